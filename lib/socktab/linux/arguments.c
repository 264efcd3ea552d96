// SPDX-License-Identifier: MIT
/* arguments.c - which processes match by their command line */
#include <errno.h>
#include <stdlib.h>
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

/* Field 4 of /proc/PID/stat; 0: none that can be seen. */
static pid_t read_parent(struct socktab *t, pid_t pid)
{
	char text[512];
	const char *field = linux_read_process(t, pid, "stat", text, sizeof(text)) > 0
				    ? strrchr(text, ')')
				    : NULL;

	/* ") S 1 " */
	return field && strlen(field) > 4 ? (pid_t)strtol(field + 4, NULL, 10) : 0;
}

static bool is_ancestor(struct socktab *t, pid_t pid)
{
	pid_t parent = getppid();

	/* A process that ends meanwhile may leave its number to another. */
	for (int generation = 0; parent > 0 && generation < 1000; generation++) {
		if (parent == pid)
			return true;
		parent = read_parent(t, parent);
	}
	return false;
}

/* Does a process above the caller run it, as sudo, timeout and a shell do? */
static bool runs_caller(struct socktab *t, pid_t pid, const char *arguments)
{
	char own[PATH_MAX];
	const char *name;

	if (t->backend->foreign || linux_read_process(t, getpid(), "cmdline", own, sizeof(own)) < 1)
		return false;
	name = strrchr(own, '/') ? strrchr(own, '/') + 1 : own;
	return *name && strstr(arguments, name) && is_ancestor(t, pid);
}

static bool has_match(const struct socktab_process_filter *filter, const char *arguments)
{
	for (size_t i = 0; i < filter->argument_count; i++)
		if (strstr(arguments, filter->arguments[i]))
			return true;
	for (size_t i = 0; i < filter->pattern_count; i++)
		if (regexec(&filter->patterns[i], arguments, 0, NULL, 0) == 0)
			return true;
	return false;
}

int linux_match_arguments(struct socktab *t, const struct socktab_process_filter *filter, pid_t pid)
{
	char text[256 * 1024];
	ssize_t length;

	/* The caller's own command line holds what it is looking for, and so does that of whoever
	 * runs it. */
	if ((pid == getpid() || pid == getppid()) && !t->backend->foreign)
		return 0;
	length = read_arguments(t, pid, text, sizeof(text));
	if (length < 0)
		return (int)length;
	if ((size_t)length == sizeof(text) - 1)
		return -E2BIG; /* the rest may match */
	return has_match(filter, text) && !runs_caller(t, pid, text);
}
