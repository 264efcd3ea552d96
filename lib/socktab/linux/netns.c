// SPDX-License-Identifier: MIT
/* netns.c - look into another network namespace */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "linux.h"

/*
 * This thread never leaves its namespace: what has to be done in another one is the errand of a
 * thread that enters it, opens something and ends (some 70 us). Sockets and open files stay in the
 * namespace in which they were opened. A directory does not: below /proc/thread-self/net every name
 * is looked up in the namespace of that thread, and there is none once it has ended.
 */
typedef int errand(void *data);

struct journey {
	int ns_fd;
	errand *run;
	void *data;
	int result;
};

static void *travel(void *data)
{
	struct journey *journey = data;

	/* Needs CAP_SYS_ADMIN here and in the user namespace that owns the target. Where it has to
	 * be raised first, this is the place: capabilities belong to a thread. */
	if (setns(journey->ns_fd, CLONE_NEWNET))
		journey->result = -errno;
	else
		journey->result = journey->run(journey->data);
	return NULL;
}

static int run_in(int ns_fd, errand *run, void *data)
{
	struct journey journey = { ns_fd, run, data, 0 };
	pthread_t thread;
	int error;

	if (ns_fd < 0)
		return run(data);
	error = pthread_create(&thread, NULL, travel, &journey);
	if (error)
		return -error;
	pthread_join(thread, NULL);
	return journey.result;
}

/* ---- what is opened there ---------------------------------------------------------------- */

static int make_socket(void *data)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	(void)data;
	return fd < 0 ? -errno : fd;
}

int netns_socket(const struct backend *b)
{
	/* It would tell of the wrong namespace. */
	if (b->netlink == NETLINK_NEVER)
		return -EPERM;
	return run_in(b->ns_fd, make_socket, NULL);
}

static int open_table(void *data)
{
	const char *file = data;
	char path[64];

	snprintf(path, sizeof(path), "/proc/thread-self/net/%s", file);
	return linux_open(AT_FDCWD, path, O_RDONLY);
}

int netns_open(const struct backend *b, const char *file)
{
	if (b->ns_fd >= 0)
		return run_in(b->ns_fd, open_table, (void *)file);
	return b->net_fd < 0 ? b->net_fd : linux_open(b->net_fd, file, O_RDONLY);
}

/* What is below /proc/sys/net is the reader's own namespace, whatever /proc it is read in. */
static int open_setting(void *data)
{
	return linux_open(AT_FDCWD, data, O_RDONLY);
}

int netns_open_setting(const struct socktab *t, const char *name)
{
	const struct backend *b = t->backend;
	char path[64];

	if (b->netlink == NETLINK_NEVER)
		return -EPERM;
	if (b->netlink == NETLINK_NAMED && t->source != SOCKTAB_SOURCE_NETLINK)
		return -EOPNOTSUPP;
	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/%s", name);
	if (b->ns_fd >= 0)
		return run_in(b->ns_fd, open_setting, path);
	return linux_open(b->proc_fd, path + strlen("/proc/"), O_RDONLY);
}

struct device {
	uint32_t ifindex;
	char *name;
};

static int find_device(void *data)
{
	const struct device *device = data;

	return if_indextoname(device->ifindex, device->name) ? 0 : -errno;
}

_Static_assert(SOCKTAB_DEVICE_SIZE >= IF_NAMESIZE, "a name fits its buffer");

int socktab_device_name(struct socktab *t, uint32_t ifindex, char name[SOCKTAB_DEVICE_SIZE])
{
	struct device device = { ifindex, name };
	int error = -EPERM;

	if (t->backend->netlink != NETLINK_NEVER)
		error = run_in(t->backend->ns_fd, find_device, &device);
	if (error)
		name[0] = '\0';
	return error;
}

/* ---- where we look ----------------------------------------------------------------------- */

static int open_directory(int at, const char *path)
{
	return linux_open(at, path, O_PATH | O_DIRECTORY);
}

/* From now on the tables are those of net_fd, or of ns_fd if that is not -1. Both are ours now. */
static void look_at(struct backend *b, int net_fd, int ns_fd, enum netlink netlink)
{
	b->root_of = ROOT_UNKNOWN;
	diag_close(b);
	if (b->net_fd >= 0)
		close(b->net_fd);
	if (b->ns_fd >= 0)
		close(b->ns_fd);
	b->net_fd = net_fd;
	b->ns_fd = ns_fd;
	b->netlink = netlink;
}

/* thread-self (3.17): our caller may have entered this namespace with one of its threads only. */
static void look_at_own(struct backend *b)
{
	int fd = open_directory(AT_FDCWD, "/proc/thread-self/net");

	if (fd == -ENOENT)
		fd = open_directory(AT_FDCWD, "/proc/self/net");
	look_at(b, fd, -1, NETLINK_FIRST);
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
	error = run_in(ns_fd, do_nothing, NULL);
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

int socktab_enter(struct socktab *t, const char *netns)
{
	int fd;

	if (!netns) {
		netns_home(t->backend);
		return 0;
	}
	if (!*netns)
		return -EINVAL;
	if (!netns[strspn(netns, "0123456789")]) {
		if (!netns[strspn(netns, "0")])
			return -ENOENT; /* no process is 0 */
		unsigned long pid = strtoul(netns, NULL, 10);

		return pid > INT_MAX ? -ENOENT : socktab_enter_pid(t, (pid_t)pid);
	}
	fd = strchr(netns, '/') ? open_path(netns) : open_name(netns);
	return fd < 0 ? fd : enter_fd(t->backend, fd);
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
