// SPDX-License-Identifier: MIT
/* arguments.c - which processes match by their command line */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "linux.h"

/* The kernel takes 6 MiB at most from execve(), but a process may point at more of its memory. */
#define ARGUMENTS_MAX ((size_t)8 * 1024 * 1024)

/* The arguments with blanks between them, as ps shows them, in memory to be freed. The length, at
 * most ARGUMENTS_MAX - 1, or -errno. */
static ssize_t read_arguments(struct socktab *t, pid_t pid, char **text)
{
	size_t size = 4 * 1024;
	ssize_t length;

	for (;; size *= 8) {
		char *larger;

		size = size < ARGUMENTS_MAX ? size : ARGUMENTS_MAX;
		larger = realloc(*text, size);
		if (!larger)
			return -ENOMEM;
		*text = larger;
		length = linux_read_process(t, pid, "cmdline", larger, size);
		if (length < 0)
			return length;
		if ((size_t)length < size - 1 || size == ARGUMENTS_MAX)
			break;
	}
	ssize_t end = length;

	while (end > 0 && !(*text)[end - 1])
		end--;
	for (ssize_t i = 0; i < end; i++)
		if (!(*text)[i])
			(*text)[i] = ' ';
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

static bool has_word(const struct socktab_process_filter *filter, const char *arguments)
{
	for (size_t i = 0; i < filter->argument_count; i++)
		if (strstr(arguments, filter->arguments[i]))
			return true;
	return false;
}

static bool has_pattern(const struct socktab_process_filter *filter, const char *arguments)
{
	for (size_t i = 0; i < filter->pattern_count; i++)
		if (regexec(&filter->patterns[i], arguments, 0, NULL, 0) == 0)
			return true;
	return false;
}

int linux_match_arguments(struct socktab *t, const struct socktab_process_filter *filter, pid_t pid)
{
	char *text = NULL;
	ssize_t length;
	int match;

	/* The caller's own command line holds what it is looking for, and so does that of whoever
	 * runs it. */
	if ((pid == getpid() || pid == getppid()) && !t->backend->foreign)
		return 0;
	length = read_arguments(t, pid, &text);
	if (length < 0)
		match = (int)length;
	else if (has_word(filter, text))
		match = !runs_caller(t, pid, text);
	else if ((size_t)length == ARGUMENTS_MAX - 1)
		match = -E2BIG; /* the rest may match; a pattern goes for the whole */
	else
		match = has_pattern(filter, text) && !runs_caller(t, pid, text);
	free(text);
	return match;
}
