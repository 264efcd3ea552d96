// SPDX-License-Identifier: MIT
/* fake.h - run a plugin in a child process and catch all that it says */
#ifndef FAKE_H
#define FAKE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plugin.h"

struct fake {
	int code; /* what it exited with, -1: killed by a signal */
	size_t length;
	char out[1 << 20], err[4096];
};

static struct fake fake;

static inline size_t fake_read(FILE *file, char *buffer, size_t size)
{
	rewind(file);
	size_t length = fread(buffer, 1, size - 1, file);
	buffer[length] = '\0';
	fclose(file);
	return length;
}

/* It has nothing to give up. */
static inline int fake_start(void)
{
	return 0;
}

/* Runs plugin with these words as its arguments; the last is NULL. before is called in the child.
 */
static inline void fake_run(const struct plugin *plugin, void (*before)(void),
			    const char *const *words)
{
	FILE *out = tmpfile(), *err = tmpfile();
	char *argv[64] = { (char *)"check_fake" };
	int argc = 1, status;

	for (; words[argc - 1]; argc++)
		argv[argc] = (char *)words[argc - 1];
	fflush(stdout);
	pid_t pid = fork();
	if (!pid) {
		dup2(fileno(out), STDOUT_FILENO);
		dup2(fileno(err), STDERR_FILENO);
		if (before)
			before();
		struct plugin limited = *plugin;
		if (!limited.start)
			limited.start = fake_start;
		exit(plugin_run(&limited, argc, argv));
	}
	waitpid(pid, &status, 0);
	fake.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	fake.length = fake_read(out, fake.out, sizeof(fake.out));
	fake_read(err, fake.err, sizeof(fake.err));
}

#define FAKE(plugin, ...) fake_run((plugin), NULL, (const char *const[]){ __VA_ARGS__, NULL })

#endif
