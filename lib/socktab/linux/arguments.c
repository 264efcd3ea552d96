// SPDX-License-Identifier: MIT
/* arguments.c - which processes match by their command line */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "linux.h"

/* The arguments with blanks between them, as ps shows them. */
static ssize_t read_arguments(struct socktab *t, pid_t pid, char *text, size_t size)
{
	ssize_t length = linux_read_process(t, pid, "cmdline", text, size);

	while (length > 0 && !text[length - 1])
		length--;
	for (ssize_t i = 0; i < length; i++)
		if (!text[i])
			text[i] = ' ';
	return length;
}

int linux_match_arguments(struct socktab *t, const struct socktab_process_filter *filter, pid_t pid)
{
	char text[256 * 1024];
	ssize_t length;

	/* The caller's own command line holds what it is looking for, and so does that of the shell
	 * that runs it. */
	if ((pid == getpid() || pid == getppid()) && !t->backend->foreign)
		return 0;
	length = read_arguments(t, pid, text, sizeof(text));
	if (length < 0)
		return (int)length;
	if ((size_t)length == sizeof(text) - 1)
		return -E2BIG; /* the rest may match */
	for (size_t i = 0; i < filter->argument_count; i++)
		if (strstr(text, filter->arguments[i]))
			return 1;
	for (size_t i = 0; i < filter->pattern_count; i++)
		if (regexec(&filter->patterns[i], text, 0, NULL, 0) == 0)
			return 1;
	return 0;
}
