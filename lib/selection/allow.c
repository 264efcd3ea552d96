// SPDX-License-Identifier: MIT
/* allow.c - lists of listeners that are expected */
#include "allow.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "private.h"

static struct allow_entry *add_entry(struct allow_list *list)
{
	struct allow_entry *entries = selection_make_room(list->entries, list->count,
							  sizeof(*entries));

	if (!entries)
		return NULL;
	list->entries = entries;
	entries[list->count] = (struct allow_entry){ 0 };
	return &entries[list->count++];
}

/* Without a protocol TCP only: a name for every protocol would allow too much. */
static const char *parse_ports(const char *text, size_t length, struct socktab_ports *ports)
{
	const char *wrong = selection_parse_ports(text, length, ports);

	if (!wrong && !ports->kinds)
		ports->kinds = SOCKTAB_TCP;
	return wrong;
}

const char *allow_set_list(const struct plugin_option *option, void *target, const char *text)
{
	struct allow_list *list = (void *)((char *)target + option->offset);

	for (;;) {
		size_t length = strcspn(text, ",");
		struct allow_entry *entry = add_entry(list);
		const char *wrong = entry ? parse_ports(text, length, &entry->ports)
					  : "out of memory";

		if (wrong || !text[length])
			return wrong;
		text += length + 1;
	}
}

/* "in=", "unit=" ...: what the owner options and --bound-within take, by the same setters. */
static const char *set_condition(struct allow_entry *entry, const char *word)
{
	static const struct plugin_option within = { .offset = 0 };
	const char *value = strchr(word, '=');
	size_t length = value ? (size_t)(value - word) : 0;

	if (!value || !value[1])
		return "expected in=NET, unit=UNIT, command=NAME or user=USER";
	if (length == 2 && memcmp(word, "in", 2) == 0)
		return cover_set_within(&within, &entry->within, value + 1);
	for (const struct plugin_option *row = selection_owner_options; row->name; row++)
		if (strlen(row->name) == length && memcmp(word, row->name, length) == 0 &&
		    (!strcmp(row->name, "unit") || !strcmp(row->name, "command") ||
		     !strcmp(row->name, "user")))
			return row->set(row, &entry->owner, value + 1);
	return "expected in=NET, unit=UNIT, command=NAME or user=USER";
}

/* The words of a line stay in it: it is kept as long as the list. */
static const char *parse_line(struct allow_list *list, char *line)
{
	char *start = line;
	struct allow_entry *entry;
	const char *wrong;
	size_t length;

	line[strcspn(line, "#\r\n")] = '\0';
	line += strspn(line, " \t");
	if (!*line)
		return NULL;
	entry = add_entry(list);
	if (!entry)
		return "out of memory";
	entry->line = start;
	length = strcspn(line, " \t");
	wrong = parse_ports(line, length, &entry->ports);
	entry->conditions = line + length + strspn(line + length, " \t");
	entry->length = strlen(entry->conditions);
	for (line += length; !wrong; line += length) {
		char end;

		line += strspn(line, " \t");
		length = strcspn(line, " \t");
		if (!length)
			break;
		end = line[length];
		line[length] = '\0';
		wrong = set_condition(entry, line);
		length += end != '\0';
	}
	return wrong;
}

/* What never ends or nobody writes to is refused; a pipe from a command is waited for. */
static const char *open_file(const char *name, FILE **file, bool *is_pipe)
{
	struct stat status;
	int fd = -1;

	*is_pipe = false;
	if (stat(name, &status) == 0) {
		*is_pipe = S_ISFIFO(status.st_mode);
		if (!*is_pipe && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
			return "is no regular file";
	}
	if (*is_pipe) {
		fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		*file = fd < 0 || fcntl(fd, F_SETFL, 0) ? NULL : fdopen(fd, "r");
	} else {
		*file = fopen(name, "re");
	}
	return *file ? NULL : strerror(errno);
}

const char *allow_set_file(const struct plugin_option *option, void *target, const char *text)
{
	static char complaint[320];
	struct allow_list *list = (void *)((char *)target + option->offset);
	bool is_pipe = false;
	FILE *file = NULL;
	const char *wrong = open_file(text, &file, &is_pipe);
	unsigned int number = 0;
	int error;
	char *line = NULL;
	size_t size = 0;
	ssize_t length;

	if (wrong)
		return wrong;
	errno = 0;
	while (!wrong && (length = getline(&line, &size, file)) > 0) {
		size_t count = list->count;

		number++;
		wrong = strlen(line) == (size_t)length ? parse_line(list, line)
						       : "holds a NUL byte";
		if (list->count == count)
			continue;
		line = NULL; /* kept by the entry */
		size = 0;
	}
	error = !wrong && ferror(file) ? errno : 0;
	fclose(file);
	free(line);
	if (!wrong && !error && is_pipe && !number)
		return "is a pipe to which nothing is written";
	if (!wrong)
		return error ? strerror(error) : NULL;
	snprintf(complaint, sizeof(complaint), "line %u: %s", number, wrong);
	return complaint;
}
