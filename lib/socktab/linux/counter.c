// SPDX-License-Identifier: MIT
/* counter.c - counters of the namespace, through /proc/net/netstat */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "linux.h"

/* The place of a name among the words of a line; -1: absent. */
static int find_column(const char *words, const char *name)
{
	size_t length;

	for (int column = 0;; column++) {
		words += strspn(words, " \n");
		length = strcspn(words, " \n");
		if (!length)
			return -1;
		if (length == strlen(name) && memcmp(words, name, length) == 0)
			return column;
		words += length;
	}
}

/* The number in this column; -EBADMSG: there is none. */
static int take_column(const char *words, int column, uint64_t *value)
{
	for (int at = 0; at < column; at++) {
		words += strspn(words, " ");
		words += strcspn(words, " \n");
	}
	words += strspn(words, " ");
	if (*words < '0' || *words > '9')
		return -EBADMSG;
	*value = strtoull(words, NULL, 10);
	return 0;
}

/* Two lines of a group: its names, then their values, each behind "GROUP:". */
int socktab_counter(struct socktab *t, const char *group, const char *name, uint64_t *value)
{
	FILE *file = linux_open_net(t, "netstat");
	size_t group_length = strlen(group), size = 0;
	char *line = NULL;
	int column = -1, error = -ENOENT;

	if (!file)
		return -errno;
	while (getline(&line, &size, file) > 0) {
		const char *end = line + group_length;

		if (strncmp(line, group, group_length) != 0 || *end != ':')
			continue;
		if (column < 0) {
			column = find_column(end + 1, name);
			if (column < 0)
				break;
			continue;
		}
		error = take_column(end + 1, column, value);
		break;
	}
	if (error && ferror(file))
		error = -EIO;
	free(line);
	fclose(file);
	return error;
}
