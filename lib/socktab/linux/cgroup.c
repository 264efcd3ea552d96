// SPDX-License-Identifier: MIT
/* cgroup.c - the directories of the cgroup2 hierarchy, whose inode numbers sockets carry */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "linux.h"

#define CGROUP2_MAGIC 0x63677270 /* CGROUP2_SUPER_MAGIC of linux/magic.h, since 4.6 */

struct cgroup_walk {
	socktab_cgroup_visitor *visit;
	void *data;
	char path[PATH_MAX];
};

/* Unified hierarchy, or the second one of a hybrid set-up, where systemd puts them. */
static int open_root(void)
{
	static const char *const roots[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
	int error = -ENOENT;

	for (size_t i = 0; i < sizeof(roots) / sizeof(*roots); i++) {
		int fd = linux_open(AT_FDCWD, roots[i], O_RDONLY | O_DIRECTORY);
		struct statfs status;

		if (fd < 0) {
			error = fd == -ENOENT ? error : fd;
			continue;
		}
		if (fstatfs(fd, &status) == 0 && status.f_type == CGROUP2_MAGIC)
			return fd;
		close(fd);
	}
	return error;
}

static int walk_below(struct cgroup_walk *walk, int fd, size_t length);

/*
 * What cannot be looked into is left out: anybody may own a cgroup, and close it to others or nest
 * it ever deeper. Of what is in there the caller then knows no path.
 */
static int walk_child(struct cgroup_walk *walk, int parent, const struct dirent *entry,
		      size_t length)
{
	int added = snprintf(walk->path + length, sizeof(walk->path) - length, "/%s",
			     entry->d_name);
	int fd, result;

	if (added < 0 || length + (size_t)added >= sizeof(walk->path))
		return 0;
	result = walk->visit(entry->d_ino, walk->path, walk->data);
	if (result)
		return result;
	fd = linux_open(parent, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	return fd < 0 ? 0 : walk_below(walk, fd, length + (size_t)added);
}

/* Takes the descriptor over. */
static int walk_below(struct cgroup_walk *walk, int fd, size_t length)
{
	DIR *directory = fdopendir(fd);
	const struct dirent *entry;
	int result = 0;

	if (!directory) {
		result = -errno;
		close(fd);
		return result;
	}
	while (!result) {
		errno = 0;
		entry = readdir(directory);
		if (!entry) {
			result = -errno;
			break;
		}
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
			result = walk_child(walk, fd, entry, length);
	}
	closedir(directory);
	return result;
}

int socktab_cgroups(struct socktab *t, socktab_cgroup_visitor *visit, void *data)
{
	struct cgroup_walk walk = { .visit = visit, .data = data };
	int fd = open_root();

	(void)t;
	return fd < 0 ? fd : walk_below(&walk, fd, 0);
}
