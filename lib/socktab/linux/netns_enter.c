// SPDX-License-Identifier: MIT
/* netns_enter.c - which network namespace is looked at */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "linux.h"

static int open_directory(int at, const char *path)
{
	return linux_open(at, path, O_PATH | O_DIRECTORY);
}

/* From now on the tables are in net_fd, or those of ns_fd if that is not -1. Both are ours now. */
static void look_at(struct backend *b, int net_fd, int ns_fd, enum netlink netlink)
{
	b->root_of = ROOT_UNKNOWN;
	diag_close(b);
	if (b->net_fd >= 0)
		close(b->net_fd);
	if (b->ns_fd >= 0)
		close(b->ns_fd);
	b->own_net = false;
	b->net_fd = net_fd;
	b->ns_fd = ns_fd;
	b->netlink = netlink;
}

static void look_at_own(struct backend *b)
{
	look_at(b, -ENOENT, -1, NETLINK_FIRST);
	b->own_net = true;
}

void netns_home(struct backend *b)
{
	if (b->foreign)
		look_at(b, open_directory(b->proc_fd, "1/net"), -1, NETLINK_NAMED);
	else
		look_at_own(b);
	b->root_of = b->foreign ? 1 : ROOT_OWN;
}

static bool is_own(int ns_fd)
{
	struct stat own, other;

	return stat("/proc/thread-self/ns/net", &own) == 0 && fstat(ns_fd, &other) == 0 &&
	       own.st_dev == other.st_dev && own.st_ino == other.st_ino;
}

static int do_nothing(void *data)
{
	(void)data;
	return 0;
}

/* Takes the descriptor over. Our own namespace may be looked at without privilege. */
static int enter_fd(struct backend *b, int ns_fd)
{
	int error = 0;

	if (is_own(ns_fd)) {
		close(ns_fd);
		look_at_own(b);
		return 0;
	}
	error = netns_run(ns_fd, do_nothing, NULL);
	if (error)
		close(ns_fd);
	else
		look_at(b, -ENOENT, ns_fd, NETLINK_FIRST);
	return error;
}

/*
 * The path may be one that our caller chose: whoever runs with more rights than his has to have
 * dropped them by now. It may also be no namespace at all: do not wait for a FIFO's writer.
 */
static int open_path(const char *path)
{
	int fd = linux_open(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);

	if (fd == -EACCES)
		return -EPERM;
	return fd == -ENXIO || fd == -ENODEV ? -EINVAL : fd; /* sockets, devices */
}

static int open_name(const char *name)
{
	static const char *const directories[] = { "/run/netns", "/var/run/netns" };
	char path[NAME_MAX + 32];
	int fd = -ENOENT;

	if (strlen(name) > NAME_MAX)
		return -ENOENT;
	for (size_t i = 0; fd == -ENOENT && i < sizeof(directories) / sizeof(*directories); i++) {
		snprintf(path, sizeof(path), "%s/%s", directories[i], name);
		fd = open_path(path);
	}
	return fd;
}

static int enter_number(struct socktab *t, const char *digits)
{
	unsigned long pid = strtoul(digits, NULL, 10);

	/* No process is 0. */
	return !pid || pid > INT_MAX ? -ENOENT : socktab_enter_pid(t, (pid_t)pid);
}

int socktab_enter(struct socktab *t, const char *netns)
{
	int fd, error;

	if (!netns) {
		netns_home(t->backend);
		return 0;
	}
	if (!*netns)
		return -EINVAL;
	if (!netns[strspn(netns, "0123456789")]) {
		error = enter_number(t, netns);
	} else {
		fd = strchr(netns, '/') ? open_path(netns) : open_name(netns);
		error = fd < 0 ? fd : enter_fd(t->backend, fd);
	}
	if (error)
		linux_look_for_hidden(t);
	return error;
}

/* ---- the namespaces of processes --------------------------------------------------------- */

/*
 * The files below /proc/PID/net are made once for each namespace: their inode numbers tell
 * namespaces apart in every mount of /proc and for anybody, while /proc/PID/ns/net may be looked at
 * by those only who may trace the process.
 */
static int identify(int at, const char *net, uint64_t *id)
{
	char path[64];
	struct stat status;

	snprintf(path, sizeof(path), "%s/dev", net);
	if (fstatat(at, path, &status, 0))
		return errno == ESRCH ? -ENOENT : -errno;
	*id = status.st_ino;
	return 0;
}

int socktab_namespace(struct socktab *t, pid_t pid, uint64_t *id)
{
	char path[32];
	int error;

	if (!pid && !t->backend->foreign)
		return identify(AT_FDCWD, "/proc/thread-self/net", id);
	snprintf(path, sizeof(path), "%d/net", pid ? (int)pid : 1);
	privilege_raise_hidden(t->backend);
	error = identify(t->backend->proc_fd, path, id);
	privilege_lower(t->backend);
	return error;
}

static int open_namespace_of(const struct backend *b, pid_t pid)
{
	char path[32];

	snprintf(path, sizeof(path), "%d/ns/net", (int)pid);
	return linux_open(b->proc_fd, path, O_RDONLY);
}

/* Anybody may read the tables there. */
static int read_through(struct socktab *t, pid_t pid)
{
	char path[32];
	int fd;

	if (t->source == SOCKTAB_SOURCE_NETLINK)
		return -EPERM;
	snprintf(path, sizeof(path), "%d/net", (int)pid);
	privilege_raise_hidden(t->backend);
	fd = open_directory(t->backend->proc_fd, path);
	privilege_lower(t->backend);
	if (fd < 0)
		return fd == -EACCES ? -EPERM : fd;
	look_at(t->backend, fd, -1, NETLINK_NEVER);
	t->coverage.refused = true;
	return 0;
}

static int enter_namespace_of(struct socktab *t, pid_t pid)
{
	uint64_t own = 0, id = 0;
	int error = socktab_namespace(t, pid, &id), fd;

	if (error)
		return error == -EACCES ? -EPERM : error;
	if (identify(AT_FDCWD, "/proc/thread-self/net", &own) == 0 && own == id) {
		look_at_own(t->backend);
		return 0;
	}
	fd = open_namespace_of(t->backend, pid);
	if (fd >= 0 && enter_fd(t->backend, fd) == 0)
		return 0;
	return read_through(t, pid);
}

int socktab_enter_pid(struct socktab *t, pid_t pid)
{
	int error = enter_namespace_of(t, pid);

	if (!error)
		t->backend->root_of = pid;
	return error;
}
