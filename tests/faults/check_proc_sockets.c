// SPDX-License-Identifier: MIT
/* check_proc_sockets.c - the plugin, as one of the programs of faults.c */
#include "faults.h"

#define main check_proc_sockets
#include "../../plugins/check_proc_sockets.c" // NOLINT(bugprone-suspicious-include)
