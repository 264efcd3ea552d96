// SPDX-License-Identifier: MIT
/* netns.c - open what another network namespace shows */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netlink.h>

#include "linux.h"

/*
 * This thread never leaves its namespace: what has to be done in another one is the errand of a
 * thread that enters it, opens something and ends (some 70 us). Sockets and open files stay in the
 * namespace in which they were opened. A directory does not: below /proc/thread-self/net every name
 * is looked up in the namespace of that thread, and there is none once it has ended.
 */
struct journey {
	int ns_fd;
	netns_errand *run;
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

int netns_run(int ns_fd, netns_errand *run, void *data)
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
	return netns_run(b->ns_fd, make_socket, NULL);
}

static int open_of(const char *self, const char *file)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%s/net/%s", self, file);
	return linux_open(AT_FDCWD, path, O_RDONLY);
}

static int open_table(void *data)
{
	return open_of("thread-self", data);
}

/* Our caller may have entered its namespace with one of its threads only; but thread-self has come
 * with 3.17. */
static int open_own_table(const char *file)
{
	int fd = open_of("thread-self", file);

	return fd == -ENOENT ? open_of("self", file) : fd;
}

int netns_open(const struct backend *b, const char *file)
{
	if (b->own_net)
		return open_own_table(file);
	if (b->ns_fd >= 0)
		return netns_run(b->ns_fd, open_table, (void *)file);
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
		return netns_run(b->ns_fd, open_setting, path);
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
		error = netns_run(t->backend->ns_fd, find_device, &device);
	if (error)
		name[0] = '\0';
	return error;
}
