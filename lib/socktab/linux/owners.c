// SPDX-License-Identifier: MIT
/* owners.c - which process holds which socket, through /proc/PID/fd */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "linux.h"

#define LOW_FDS 64 /* listeners are opened early, so these are looked at first */
#define BATCH 64   /* holders that are read before the visitor sees them */

struct fd_walk {
	struct socktab *t;
	const struct socktab_table *inodes;
	socktab_holder_visitor *visit;
	void *data;
	int dir;
	unsigned int first, end; /* descriptors to look at: first <= fd < end */
	pid_t pid;
	int result; /* the visitor's, when it stopped */
	size_t count;
	struct socktab_holder found[BATCH];
};

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

/* Hand over what was found; whether the visitor stopped. */
static bool deliver(struct fd_walk *walk)
{
	for (size_t i = 0; i < walk->count && !walk->result; i++)
		walk->result = walk->visit(&walk->found[i], walk->data);
	walk->count = 0;
	return walk->result != 0;
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
	struct fd_walk *walk = data;
	struct socktab_holder holder = { .pid = walk->pid, .fd = (int)fd };
	char link[64];
	ssize_t length;

	if (fd >= walk->end) /* /proc lists them in ascending order */
		return 1;
	if (fd < walk->first)
		return 0;
	walk->t->coverage.descriptors++;
	length = readlinkat(walk->dir, name, link, sizeof(link));
	if (length < 0)
		return gone_or(-errno);
	if (!parse_socket_link(link, (size_t)length, &holder.inode))
		return 0;
	if (walk->inodes && !socktab_table_get(walk->inodes, &holder.inode))
		return 0;
	walk->found[walk->count++] = holder;
	if (walk->count < BATCH)
		return 0;
	/* One by one they would take two system calls each with lent capabilities. */
	privilege_lower(walk->t->backend);
	bool stop = deliver(walk);

	privilege_raise(walk->t->backend);
	return stop;
}

/* Of /proc/PID/fd, with the capabilities raised; a descriptor or -errno. */
static int open_fds(struct backend *b, pid_t pid)
{
	char path[32];

	snprintf(path, sizeof(path), "%d/fd", (int)pid);
	return linux_open(b->proc_fd, path, O_RDONLY | O_DIRECTORY);
}

/* 0, the visitor's value, or -errno; -EACCES: may not be read. */
static int visit_process(struct fd_walk *walk, pid_t pid)
{
	int result;

	privilege_raise(walk->t->backend);
	walk->dir = open_fds(walk->t->backend, pid);
	if (walk->dir < 0) {
		privilege_lower(walk->t->backend);
		return gone_or(walk->dir);
	}
	walk->pid = pid;
	walk->result = 0;
	result = linux_each_number(NULL, walk->dir, walk->end <= LOW_FDS, visit_fd, walk);
	privilege_lower(walk->t->backend);
	close(walk->dir);
	deliver(walk);
	return walk->result || result > 0 ? walk->result : result;
}

/* The processes that match, and how far their descriptors were looked at. */
struct holders {
	struct fd_walk walk;
	pid_t *pid; /* 0: may not be read */
	size_t count, room;
	unsigned int unreadable;
};

static int add_pid(struct holders *holders, pid_t pid)
{
	if (holders->count == holders->room) {
		size_t room = holders->room ? 2 * holders->room : 256;
		pid_t *larger = reallocarray(holders->pid, room, sizeof(*larger));

		if (!larger)
			return -ENOMEM;
		holders->pid = larger;
		holders->room = room;
	}
	holders->pid[holders->count++] = pid;
	return 0;
}

static int visit_nth(struct holders *holders, size_t n)
{
	int result = holders->pid[n] ? visit_process(&holders->walk, holders->pid[n]) : 0;

	if (result != -EACCES)
		return result;
	holders->unreadable++;
	holders->pid[n] = 0; /* count it once */
	return 0;
}

static int add_process(const struct socktab_process *process, void *data)
{
	struct holders *holders = data;
	int error = add_pid(holders, process->pid);

	/* No further process need be looked at once the visitor has seen enough. */
	return error || !holders->walk.inodes ? error : visit_nth(holders, holders->count - 1);
}

int socktab_holders(struct socktab *t, const struct socktab_process_filter *filter,
		    const struct socktab_table *inodes, socktab_holder_visitor *visit, void *data)
{
	unsigned int low = inodes ? LOW_FDS : 0;
	struct holders holders = {
		.walk = { .t = t, .inodes = inodes, .visit = visit, .data = data, .end = low },
	};
	struct socktab_coverage *coverage = &t->coverage;
	int result = linux_processes(t, filter, inodes, add_process, &holders);

	holders.walk.first = low;
	holders.walk.end = UINT_MAX;
	for (size_t i = 0; !result && i < holders.count; i++)
		result = visit_nth(&holders, i);
	/* A second walk sees the same processes again: the largest number counts. */
	if (holders.unreadable && coverage->unsure + holders.unreadable > coverage->unreadable)
		coverage->unreadable = coverage->unsure + holders.unreadable;
	free(holders.pid);
	return result;
}

/* Names of struct proto: "TCP", "UDPv6", "UNIX-STREAM". */
static uint32_t protocol_kinds(const char *name)
{
	static const struct {
		const char *name;
		enum socktab_kind kind;
	} kinds[] = {
		{ "TCP", SOCKTAB_KIND_TCP4 },	  { "TCPv6", SOCKTAB_KIND_TCP6 },
		{ "UDP", SOCKTAB_KIND_UDP4 },	  { "UDPv6", SOCKTAB_KIND_UDP6 },
		{ "RAW", SOCKTAB_KIND_RAW4 },	  { "RAWv6", SOCKTAB_KIND_RAW6 },
		{ "SCTP", SOCKTAB_KIND_SCTP4 },	  { "SCTPv6", SOCKTAB_KIND_SCTP6 },
		{ "MPTCP", SOCKTAB_KIND_MPTCP4 }, { "MPTCPv6", SOCKTAB_KIND_MPTCP6 },
		{ "UNIX", SOCKTAB_KIND_UNIX },	  { "UNIX-STREAM", SOCKTAB_KIND_UNIX },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return SOCKTAB_BIT(kinds[i].kind);
	return 0;
}

int socktab_holder_kinds(struct socktab *t, const struct socktab_holder *holder, uint32_t *kinds)
{
	char path[64], name[64];
	ssize_t length;
	int fd, error;

	*kinds = 0;
	/* There is no getxattrat() before Linux 6.13: through the descriptor of /proc. */
	privilege_raise(t->backend);
	fd = open_fds(t->backend, holder->pid);
	snprintf(path, sizeof(path), "/proc/self/fd/%d/%d", fd, holder->fd);
	length = fd < 0 ? -1 : getxattr(path, "system.sockprotoname", name, sizeof(name) - 1);
	error = errno;
	privilege_lower(t->backend);
	if (fd < 0)
		return fd;
	close(fd);
	if (length < 0)
		return error == ENODATA || error == EOPNOTSUPP ? 0 : -error;
	name[length] = '\0';
	*kinds = protocol_kinds(name);
	return 0;
}

/* Counts every entry. */
static int count_fd(unsigned int fd, const char *name, void *data)
{
	uint64_t *count = data;

	(void)fd, (void)name;
	++*count;
	return 0;
}

static int count_fds(struct socktab *t, pid_t pid, uint64_t *fds)
{
	char path[32];
	struct stat status, own;
	int dir, result;

	snprintf(path, sizeof(path), "%d/fd", (int)pid);
	privilege_raise_hidden(t->backend);
	result = fstatat(t->backend->proc_fd, path, &status, 0) ? -errno : 0;
	privilege_lower(t->backend);
	if (result)
		return result;
	*fds = (uint64_t)status.st_size;
	/* Before Linux 6.2 the size is always 0; this process has a descriptor for sure. */
	if (*fds || (fstatat(t->backend->proc_fd, "self/fd", &own, 0) == 0 && own.st_size > 0))
		return 0;
	privilege_raise(t->backend);
	dir = open_fds(t->backend, pid);
	privilege_lower(t->backend);
	if (dir < 0)
		return dir;
	result = linux_each_number(NULL, dir, false, count_fd, fds);
	close(dir);
	return result;
}

int socktab_fds(struct socktab *t, pid_t pid, uint64_t *fds, uint64_t *limit)
{
	static const char label[] = "Max open files";
	char text[4096], *line;
	int error = count_fds(t, pid, fds);
	ssize_t length;

	if (error)
		return error;
	length = linux_read_process(t, pid, "limits", text, sizeof(text));
	if (length < 0)
		return (int)length;
	line = strstr(text, label);
	if (!line)
		return -EBADMSG;
	line += strlen(label);
	line += strspn(line, " ");
	if (strncmp(line, "unlimited", 9) != 0 && (*line < '0' || *line > '9'))
		return -EBADMSG;
	*limit = *line == 'u' ? UINT64_MAX : strtoull(line, NULL, 10);
	return 0;
}
