// SPDX-License-Identifier: MIT
/* descriptors.c - how many descriptors a process has, and what one of them is */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "linux.h"

int linux_open_fds(struct backend *b, pid_t pid)
{
	char path[32];

	snprintf(path, sizeof(path), "%d/fd", (int)pid);
	return linux_open(b->proc_fd, path, O_RDONLY | O_DIRECTORY);
}

int linux_count_fds(struct backend *b, pid_t pid, uint64_t *fds)
{
	char path[32];
	struct stat status;
	int error;

	snprintf(path, sizeof(path), "%d/fd", (int)pid);
	privilege_raise_hidden(b);
	error = fstatat(b->proc_fd, path, &status, 0) ? -errno : 0;
	privilege_lower(b);
	*fds = error ? 0 : (uint64_t)status.st_size;
	return error;
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
	fd = linux_open_fds(t->backend, holder->pid);
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
	struct stat own;
	int dir, result = linux_count_fds(t->backend, pid, fds);

	if (result)
		return result;
	/* Before Linux 6.2 the size is always 0; this process has a descriptor for sure. */
	if (*fds || (fstatat(t->backend->proc_fd, "self/fd", &own, 0) == 0 && own.st_size > 0))
		return 0;
	privilege_raise(t->backend);
	dir = linux_open_fds(t->backend, pid);
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
