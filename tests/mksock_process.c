// SPDX-License-Identifier: MIT
/* mksock_process.c - the processes of mksock: their looks, their descriptors, their end */
#include "mksock.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void wait_children(void)
{
	while (wait(NULL) > 0 || errno == EINTR)
		;
}

/*
 * One line on stderr, with errno's text unless errno is 0, and exit 1. Format NULL: a child has
 * said it already. The top process takes its descendants along.
 */
_Noreturn void die(const struct maker *m, const struct item *item, const char *format, ...)
{
	int error = m ? errno : 0;
	char line[512];
	va_list args;

	if (format) {
		va_start(args, format);
		vsnprintf(line, sizeof(line), format, args);
		va_end(args);
		fprintf(stderr, "mksock: %s%s%s%s%s\n", item ? item->text : "", item ? ": " : "",
			line, error ? ": " : "", error ? strerror(error) : "");
	}
	fflush(stdout);
	if (m && m->lifeline[1] >= 0) {
		close(m->lifeline[1]);
		wait_children();
	}
	_exit(1);
}

void hold(struct maker *m, int fd, const struct item *listener, in_port_t port)
{
	if (m->nheld == m->room) {
		m->room = m->room ? 2 * m->room : 64;
		m->held = realloc(m->held, m->room * sizeof(*m->held));
		if (!m->held)
			die(m, NULL, "out of memory");
	}
	m->held[m->nheld++] = (struct held){ .fd = fd, .listener = listener, .port = port };
}

/* Close what was held last, down to `from`. */
void unhold(struct maker *m, size_t from)
{
	while (m->nheld > from)
		close(m->held[--m->nheld].fd);
}

/* ---- looks ---- */

static void set_cgroup(struct maker *m, const struct item *item)
{
	char file[4096];
	int fd;

	snprintf(file, sizeof(file), "%s/cgroup.procs", item->string[KEY_CGROUP]);
	fd = open(file, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0\n", 2) != 2)
		die(m, item, "%s", file);
	close(fd);
}

static void open_plain(struct maker *m, const struct item *item)
{
	for (unsigned long i = 0; i < item->number[KEY_FDS]; i++) {
		int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			die(m, item, "/dev/null");
		hold(m, fd, NULL, 0);
	}
}

static void set_nofile(struct maker *m, const struct item *item)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		die(m, item, "getrlimit");
	limit.rlim_cur = item->number[KEY_NOFILE];
	if (limit.rlim_max < limit.rlim_cur)
		limit.rlim_max = limit.rlim_cur;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		die(m, item, "setrlimit");
}

/* As setproctitle does it: the rest of the old command line becomes NUL bytes. */
static void set_argv0(struct maker *m, const struct item *item)
{
	errno = 0;
	if (item->size[KEY_ARGV0] >= m->argvsize)
		die(m, item, "longer than the command line");
	memset(m->argv, 0, m->argvsize);
	memcpy(m->argv, item->string[KEY_ARGV0], item->size[KEY_ARGV0]);
}

/* Keep no capability but `keep`, a bit mask, where we have that. */
static void limit_capabilities(uint32_t keep)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { 0 } };

	syscall(SYS_capget, &header, data);
	keep &= data[0].permitted;
	memset(data, 0, sizeof(data));
	data[0].permitted = data[0].effective = keep;
	syscall(SYS_capset, &header, data);
}

/*
 * Some kernels want CAP_NET_ADMIN for a socket filter (6.18.44 does), so it stays until everything
 * is made, see process_ready().
 */
static void set_user(struct maker *m, const struct item *item)
{
	uid_t uid = (uid_t)item->number[KEY_UID];
	gid_t gid = (gid_t)item->number[item->given & BIT(KEY_GID) ? KEY_GID : KEY_UID];

	if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0)
		die(m, item, "setresgid");
	if (!(item->given & BIT(KEY_UID)))
		return;
	prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
	if (setresuid(uid, uid, uid) < 0)
		die(m, item, "setresuid");
	if (uid != 0)
		limit_capabilities(1u << CAP_NET_ADMIN);
	m->demoted = uid != 0;
	/* Readable by its own user again, as a process is that was started by it. */
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

void shape(struct maker *m, const struct item *item)
{
	if (item->given & BIT(KEY_NOFILE))
		set_nofile(m, item);
	if (item->given & BIT(KEY_CGROUP))
		set_cgroup(m, item);
	if (item->given & BIT(KEY_NETNS)) {
		if (unshare(CLONE_NEWNET) < 0)
			die(m, item, "unshare");
		loopback_up(m, item);
	}
	open_plain(m, item);
	if (item->given & BIT(KEY_COMM))
		prctl(PR_SET_NAME, item->string[KEY_COMM], 0, 0, 0);
	if (item->given & BIT(KEY_ARGV0))
		set_argv0(m, item);
	if (item->given & (BIT(KEY_UID) | BIT(KEY_GID)))
		set_user(m, item);
}

void loopback_up(struct maker *m, const struct item *item)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request) < 0)
		die(m, item, "loopback");
	if (!(request.ifr_flags & IFF_UP)) {
		request.ifr_flags |= IFF_UP;
		if (ioctl(fd, SIOCSIFFLAGS, &request) < 0)
			die(m, item, "loopback is down and cannot be raised");
	}
	close(fd);
}

/* ---- the end ---- */

/* All is made: give up what only the making needed, and print the process. */
void process_ready(const struct maker *m)
{
	char comm[16] = "";

	if (m->demoted)
		limit_capabilities(0);
	prctl(PR_GET_NAME, comm, 0, 0, 0);
	printf("pid %d ", (int)m->pid);
	print_bytes(comm, strlen(comm));
	putchar('\n');
}

/* Until EOF on stdin. Connections are reset, so that they do not linger in the namespace. */
_Noreturn void wait_and_end(struct maker *m)
{
	struct linger reset = { .l_onoff = 1, .l_linger = 0 };
	char bytes[256];
	ssize_t size;

	do
		size = read(STDIN_FILENO, bytes, sizeof(bytes));
	while (size > 0 || (size < 0 && errno == EINTR));
	for (size_t i = 0; i < m->nheld; i++)
		setsockopt(m->held[i].fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	unhold(m, 0);
	if (m->lifeline[1] >= 0)
		close(m->lifeline[1]);
	wait_children();
	free(m->held);
	exit(0);
}
