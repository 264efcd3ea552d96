// SPDX-License-Identifier: MIT
/* options_port_listen.c - fuzzes the command line of check_port_listen, see options.c */
#include "options.h"

#define main fuzz_main
#define plugin_run fuzz_run
#include "../../plugins/check_port_listen.c" // NOLINT(bugprone-suspicious-include)

const struct fuzz_variable fuzz_variables[] = {
	FUZZ_VARIABLE(metrics),
	FUZZ_VARIABLE(config),
	FUZZ_VARIABLE(requests),
	{ NULL, 0 },
};

/* A range can be as long as there are ports. */
void fuzz_forget(void)
{
	free(requests.list);
	socktab_table_free(&requests.index);
}
