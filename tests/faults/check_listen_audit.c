// SPDX-License-Identifier: MIT
/* check_listen_audit.c - the plugin, as one of the programs of faults.c */
#include "faults.h"

#define main check_listen_audit
#include "../../plugins/check_listen_audit.c" // NOLINT(bugprone-suspicious-include)
