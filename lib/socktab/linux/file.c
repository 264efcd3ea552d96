// SPDX-License-Identifier: MIT
/* file.c - open and read, whatever signals come */
#include <errno.h>
#include <fcntl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include "linux.h"

int linux_open(int at, const char *path, int flags)
{
	int fd;

	do
		fd = openat(at, path, flags | O_CLOEXEC);
	while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : fd;
}

ssize_t linux_read(int fd, void *buffer, size_t size)
{
	ssize_t length;

	do
		length = read(fd, buffer, size);
	while (length < 0 && errno == EINTR);
	return length < 0 ? -errno : length;
}

bool linux_is_procfs(int fd)
{
	struct statfs status;

	return fstatfs(fd, &status) == 0 && status.f_type == PROC_SUPER_MAGIC;
}
