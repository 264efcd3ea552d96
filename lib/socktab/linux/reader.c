// SPDX-License-Identifier: MIT
/* reader.c - the sockets among the descriptors of a process */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "owners.h"

/* "socket:[123]", not terminated */
static bool parse_socket_link(const char *link, size_t length, uint32_t *inode)
{
	static const char prefix[] = "socket:[";
	size_t at = sizeof(prefix) - 1;

	if (length <= at || memcmp(link, prefix, at) != 0)
		return false;
	for (*inode = 0; at < length && link[at] >= '0' && link[at] <= '9'; at++)
		*inode = *inode * 10 + (uint32_t)(link[at] - '0');
	return at + 1 == length && link[at] == ']';
}

static bool keep(struct reader *reader, const struct socktab_holder *holder)
{
	if (reader->count == reader->room)
		return false;
	reader->found[reader->count++] = *holder;
	return true;
}

bool reader_deliver(struct reader *reader)
{
	for (size_t i = 0; i < reader->count && !reader->result; i++)
		reader->result = reader->visit(&reader->found[i], reader->data);
	reader->count = 0;
	return reader->result != 0;
}

/* What was closed meanwhile, or whose process ended, holds nothing. */
static int gone_or(int error)
{
	if (error == -ENOENT || error == -ESRCH)
		return 0;
	return error == -EPERM ? -EACCES : error;
}

static int visit_fd(unsigned int fd, const char *name, void *data)
{
	struct reader *reader = data;
	struct socktab_holder holder = { .pid = reader->pid, .fd = (int)fd };
	char link[64];
	ssize_t length;

	if (fd >= reader->end) /* /proc lists them in ascending order */
		return 1;
	if (fd < reader->first)
		return 0;
	if (reader->stop && atomic_load_explicit(reader->stop, memory_order_relaxed))
		return 1;
	reader->descriptors++;
	length = readlinkat(reader->dir, name, link, sizeof(link));
	if (length < 0)
		return gone_or(-errno);
	if (!parse_socket_link(link, (size_t)length, &holder.inode))
		return 0;
	if (reader->inodes && !socktab_table_get(reader->inodes, &holder.inode))
		return 0;
	if (!keep(reader, &holder))
		return -ENOMEM;
	if (!reader->visit || reader->count < reader->room)
		return 0;
	/* One by one they would take two system calls each with lent capabilities. */
	privilege_lower(reader->b);
	bool stop = reader_deliver(reader);

	privilege_raise(reader->b);
	return stop;
}

/* 0, 1: enough, or -errno; -EACCES: may not be read. Leaves the directory open. */
static int read_process(struct reader *reader, pid_t pid)
{
	reader->dir = linux_open_fds(reader->b, pid);
	if (reader->dir < 0)
		return gone_or(reader->dir);
	reader->pid = pid;
	return linux_each_number(NULL, reader->dir, reader->end <= LOW_FDS, visit_fd, reader);
}

static void close_process(const struct reader *reader)
{
	if (reader->dir >= 0)
		close(reader->dir);
}

int reader_read(struct reader *reader, pid_t pid)
{
	int result = read_process(reader, pid);

	close_process(reader);
	return result;
}

int reader_visit(struct reader *reader, pid_t pid)
{
	int result;

	reader->result = 0;
	privilege_raise(reader->b);
	result = read_process(reader, pid);
	privilege_lower(reader->b);
	close_process(reader);
	reader_deliver(reader);
	return reader->result || result > 0 ? reader->result : result;
}

int reader_visit_candidate(struct reader *reader, struct candidate *candidate)
{
	int result = candidate->pid ? reader_visit(reader, candidate->pid) : 0;

	if (result != -EACCES)
		return result;
	reader->unreadable++;
	candidate->pid = 0;
	return 0;
}
