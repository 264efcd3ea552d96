// SPDX-License-Identifier: MIT
/* check_conn_count.c - the plugin, as one of the programs of faults.c */
#include "faults.h"

#define main check_conn_count
#include "../../plugins/check_conn_count.c" // NOLINT(bugprone-suspicious-include)
