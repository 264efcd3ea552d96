// SPDX-License-Identifier: MIT
/* check_port_listen.c - the plugin, as one of the programs of faults.c */
#include "faults.h"

#define main check_port_listen
#include "../../plugins/check_port_listen.c" // NOLINT(bugprone-suspicious-include)
