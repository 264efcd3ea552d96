// SPDX-License-Identifier: MIT
/* options.h - for options_*.c: a plugin as a function that can be called again and again */
#ifndef FUZZ_OPTIONS_H
#define FUZZ_OPTIONS_H

#include "fuzz.h"
#include "plugin.h"

/*
 * A harness includes the plugin's own file, so that its variables can be put back as they were:
 * a plugin runs once and ends, its lists grow with each run.
 */
struct fuzz_variable {
	void *at;
	size_t size;
};

#define FUZZ_VARIABLE(name) \
	{ \
		&(name), sizeof(name) \
	}

extern const struct fuzz_variable fuzz_variables[]; /* to the one without a size */

/* Gives back what a run may have allocated a lot of; called before its variables are put back. */
void fuzz_forget(void);

int fuzz_main(int argc, char **argv);				  /* the plugin's */
int fuzz_run(const struct plugin *plugin, int argc, char **argv); /* instead of plugin_run() */

#endif
