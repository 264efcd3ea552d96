// SPDX-License-Identifier: MIT
/* process_files.c - what the files of one process say of it */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "linux.h"

#define PATH_SIZE 32 /* "PID/cmdline" */

ssize_t linux_read_process(struct socktab *t, pid_t pid, const char *name, char *buffer,
			   size_t size)
{
	char path[PATH_SIZE];
	size_t length = 0;
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "%d/%s", (int)pid, name);
	privilege_raise_hidden(t->backend);
	fd = linux_open(t->backend->proc_fd, path, O_RDONLY);
	privilege_lower(t->backend);
	if (fd < 0)
		return fd;
	do {
		got = linux_read(fd, buffer + length, size - 1 - length);
		if (got > 0)
			length += (size_t)got;
	} while (got > 0 && length < size - 1);
	close(fd);
	buffer[length] = '\0';
	return got < 0 ? got : (ssize_t)length;
}

int linux_read_exe(struct socktab *t, pid_t pid, char path[PATH_MAX], bool *deleted)
{
	static const char mark[] = " (deleted)";
	const size_t mark_length = sizeof(mark) - 1;
	char link[PATH_SIZE];
	ssize_t length;

	snprintf(link, sizeof(link), "%d/exe", (int)pid);
	privilege_raise(t->backend);
	length = readlinkat(t->backend->proc_fd, link, path, PATH_MAX - 1);
	privilege_lower(t->backend);
	if (length < 0)
		return -errno;
	path[length] = '\0';
	*deleted = (size_t)length > mark_length && strcmp(path + length - mark_length, mark) == 0;
	if (*deleted)
		path[(size_t)length - mark_length] = '\0';
	return 0;
}

/* The path behind "\nPREFIX" in the text of /proc/PID/cgroup; NULL: no such line. */
static char *cgroup_line(char *text, const char *prefix)
{
	for (char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		const char *colon = strchr(line, ':');

		if (colon && strncmp(colon, prefix, strlen(prefix)) == 0)
			return line + (colon - line) + strlen(prefix);
	}
	return NULL;
}

int linux_cgroup_path(struct socktab *t, pid_t pid, char *path, size_t size)
{
	ssize_t length = linux_read_process(t, pid, "cgroup", path, size);
	char *unified, *legacy;

	if (length < 0)
		return (int)length;
	unified = cgroup_line(path, "::");
	legacy = cgroup_line(path, ":name=systemd:");
	/* Where systemd keeps its units in a hierarchy of its own, the unified one stays empty. */
	if (legacy && (!unified || strncmp(unified, "/\n", 2) == 0))
		unified = legacy;
	if (!unified)
		return -ENODATA;
	length = (ssize_t)strcspn(unified, "\n");
	memmove(path, unified, (size_t)length);
	path[length] = '\0';
	return 0;
}

int linux_identify(struct socktab *t, struct socktab_process *process)
{
	char path[PATH_SIZE];
	struct stat status;
	int error;

	/* The directory belongs to the effective user even if the process cannot be dumped. */
	snprintf(path, sizeof(path), "%d", (int)process->pid);
	privilege_raise_hidden(t->backend);
	error = fstatat(t->backend->proc_fd, path, &status, 0) ? -errno : 0;
	privilege_lower(t->backend);
	if (error)
		return error;
	process->uid = status.st_uid;
	process->unmapped = !linux_knows_user(t->backend, process->uid);
	ssize_t length = linux_read_process(t, process->pid, "comm", process->comm,
					    sizeof(process->comm));

	if (length < 0)
		return (int)length;
	if (length > 0 && process->comm[length - 1] == '\n')
		process->comm[length - 1] = '\0';
	return 0;
}
