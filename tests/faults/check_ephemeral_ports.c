// SPDX-License-Identifier: MIT
/* check_ephemeral_ports.c - the plugin, as one of the programs of faults.c */
#include "faults.h"

#define main check_ephemeral_ports
#include "../../plugins/check_ephemeral_ports.c" // NOLINT(bugprone-suspicious-include)
