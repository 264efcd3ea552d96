// SPDX-License-Identifier: MIT
/* options_listen_audit.c - fuzzes the command line of check_listen_audit, see options.c */
#include "options.h"

#define main fuzz_main
#define plugin_run fuzz_run
#include "../../plugins/check_listen_audit.c" // NOLINT(bugprone-suspicious-include)

const struct fuzz_variable fuzz_variables[] = {
	FUZZ_VARIABLE(metrics),
	FUZZ_VARIABLE(config),
	{ NULL, 0 },
};

void fuzz_forget(void)
{
}
