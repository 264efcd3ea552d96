// SPDX-License-Identifier: MIT
/* options_conn_count.c - fuzzes the command line of check_conn_count, see options.c */
#include "options.h"

#define main fuzz_main
#define plugin_run fuzz_run
#include "../../plugins/check_conn_count.c" // NOLINT(bugprone-suspicious-include)

const struct fuzz_variable fuzz_variables[] = {
	FUZZ_VARIABLE(metrics),
	FUZZ_VARIABLE(selection),
	FUZZ_VARIABLE(grouping),
	{ NULL, 0 },
};

void fuzz_forget(void)
{
}
