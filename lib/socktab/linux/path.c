// SPDX-License-Identifier: MIT
/* path.c - does a path lead to a unix socket, in the mounts of its process */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "linux.h"

/* Of linux/openat2.h, which older headers lack. */
#ifndef SYS_openat2
#	define SYS_openat2 437
#endif
#define IN_ROOT 0x10 /* RESOLVE_IN_ROOT: absolute links begin there too */

/* 0 or -errno; where nothing is there status->st_mode is 0. */
static int result_of(int failed, struct stat *status)
{
	if (!failed)
		return 0;
	status->st_mode = 0;
	return errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == ENAMETOOLONG
		       ? 0
		       : -errno;
}

static int look_below(int root, const char *path, struct stat *status)
{
	struct {
		uint64_t flags, mode, resolve;
	} how = { .flags = O_PATH | O_CLOEXEC, .resolve = IN_ROOT };
	/* No function of libc has it yet; since 5.6. */
	int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how)), result;

	if (fd < 0)
		return result_of(true, status);
	result = result_of(fstat(fd, status) != 0, status);
	close(fd);
	return result;
}

/* What is there for the processes that are looked at. -EXDEV: whose mounts these are is not known.
 * Nothing is raised for a name that the caller chose. */
static int look_there(const struct backend *b, const char *path, struct stat *status)
{
	char link[32];
	int root, result;

	if (b->root_of == ROOT_OWN)
		return result_of(stat(path, status) != 0, status);
	if (b->root_of == ROOT_UNKNOWN)
		return -EXDEV;
	snprintf(link, sizeof(link), "%d/root", b->root_of);
	root = linux_open(b->proc_fd, link, O_PATH | O_DIRECTORY);
	if (root < 0)
		return root;
	result = look_below(root, path, status);
	close(root);
	return result;
}

static bool is_device(const struct stat *status, const struct socktab_record *record)
{
	return (major(status->st_dev) << 20 | minor(status->st_dev)) == record->file_device;
}

/* By inode number, since that tells a new socket at an old path apart; by device where the names
 * differ (a link, a relative path). On overlayfs stat() has another device than the socket. */
static bool is_file(const struct stat *status, const struct socktab_record *record, bool same_name)
{
	return (uint32_t)status->st_ino == record->file_inode &&
	       (same_name || is_device(status, record));
}

int socktab_leads_to(struct socktab *t, const struct socktab_name *name,
		     const struct socktab_record *record)
{
	bool is_path = name->length && name->bytes[0], same_name, known;
	struct stat status;
	int error;

	if (!record) {
		error = is_path ? look_there(t->backend, name->bytes, &status) : 0;
		return error ? error : is_path && S_ISSOCK(status.st_mode);
	}
	same_name = socktab_has_name(record, name);
	known = record->known & SOCKTAB_KNOWN_FILE;
	/* An abstract one is no file. */
	if (!is_path || !record->path_length || !record->path[0])
		return same_name;
	/* The file itself is there for us, whatever the mounts of others are. */
	if (known && t->backend->root_of != ROOT_OWN && stat(name->bytes, &status) == 0 &&
	    is_file(&status, record, false))
		return 1;
	error = look_there(t->backend, name->bytes, &status);
	if (error)
		return same_name ? error : 0;
	if (!S_ISSOCK(status.st_mode))
		return 0;
	return known ? is_file(&status, record, same_name) : -ENODATA;
}
