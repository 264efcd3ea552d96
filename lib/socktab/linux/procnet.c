// SPDX-License-Identifier: MIT
/* procnet.c - /proc/net: read a table line by line */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "linux.h"

static bool has_column(const char *line, size_t length, const char *column)
{
	size_t width = strlen(column);

	for (size_t at = 0; at + width <= length; at++)
		if (strncasecmp(line + at, column, width) == 0)
			return true;
	return false;
}

struct lines {
	struct socktab *t;
	const char *column;
	procnet_line *call;
	void *data;
	bool headed; /* the heading has been read */
	bool skip;   /* what comes is the rest of an over-long line */
};

static int take_line(struct lines *lines, char *line, size_t length)
{
	if (lines->headed && !lines->skip)
		return lines->call(line, length, lines->data);
	if (!lines->headed && !has_column(line, length, lines->column))
		lines->t->coverage.malformed++;
	lines->headed = true;
	lines->skip = false;
	return 0;
}

/* Hand over whole lines; what is left of the last one moves to the front. */
static int split_lines(struct lines *lines, char *text, size_t *length)
{
	char *at = text, *end = text + *length, *newline;

	while ((newline = memchr(at, '\n', (size_t)(end - at)))) {
		int result = take_line(lines, at, (size_t)(newline - at));

		if (result)
			return result;
		at = newline + 1;
	}
	*length = (size_t)(end - at);
	memmove(text, at, *length);
	return 0;
}

static ssize_t read_more(struct socktab *t, int fd, size_t held)
{
	struct backend *b = t->backend;

	t->coverage.reads++;
	return linux_read(fd, b->buffer + held, sizeof(b->buffer) - held);
}

int procnet_lines(struct socktab *t, const char *file, const char *column, procnet_line *call,
		  void *data)
{
	struct lines lines = { t, column, call, data, false, false };
	struct backend *b = t->backend;
	bool empty = true;
	size_t held = 0;
	ssize_t n = 0;
	int fd, result = 0;

	fd = netns_open(b, file);
	if (fd < 0)
		return fd;
	while (!result && (n = read_more(t, fd, held)) > 0) {
		empty = false;
		held += (size_t)n;
		result = split_lines(&lines, (char *)b->buffer, &held);
		if (!result && held == sizeof(b->buffer)) {
			t->coverage.malformed += !lines.skip;
			lines.skip = true;
			held = 0;
		}
	}
	t->coverage.malformed += !result && held > 0 && !lines.skip; /* ended within a line */
	close(fd);
	if (!result && !n && empty)
		return -ENODATA; /* every table has its heading: this is none */
	return result ? result : (int)n;
}

struct table {
	struct socktab *t;
	enum socktab_kind kind;
	bool associations;
	socktab_visitor *visit;
	void *data;
};

static int visit_line(char *line, size_t length, void *data)
{
	const struct table *table = data;
	const struct kind_facts *facts = &kind_facts[table->kind];
	struct socktab_record record;
	int error;

	table->t->coverage.rows++;
	if (facts->protocol == SOCKTAB_PROTOCOL_UNIX)
		error = procnet_decode_unix(line, length, &record);
	else if (facts->protocol == SOCKTAB_PROTOCOL_SCTP)
		error = procnet_decode_sctp(line, length, table->associations, &record);
	else
		error = procnet_decode_inet(line, length, table->kind, &record);
	if (error < 0)
		table->t->coverage.malformed++;
	if (error || record.family != facts->family)
		return 0;
	linux_check_user(table->t, &record);
	return table->visit(&record, table->data);
}

int procnet_visit(struct socktab *t, enum socktab_kind kind, socktab_visitor *visit, void *data)
{
	const struct kind_facts *facts = &kind_facts[kind];
	struct table table = { t, kind, false, visit, data };
	int error;

	if (!facts->file)
		return -ENOENT;
	error = procnet_lines(t, facts->file, "inode", visit_line, &table);
	if (error || facts->protocol != SOCKTAB_PROTOCOL_SCTP)
		return error;
	table.associations = true;
	return procnet_lines(t, "sctp/assocs", "inode", visit_line, &table);
}
