// SPDX-License-Identifier: MIT
/* linux.h - what the files of this backend share */
#ifndef SOCKTAB_LINUX_H
#define SOCKTAB_LINUX_H

#include <limits.h>

#include "../backend.h"

struct backend {
	int proc_fd, net_fd;
};

/* ---- process.c --------------------------------------------------------------------------- */

typedef int linux_number_visitor(unsigned int number, void *data);

/* Visit the entries of an open directory of /proc whose names are numbers, as the kernel orders
 * them. Returns what the visitor returned if not 0, -errno, or 0. */
int linux_each_number(int dir, linux_number_visitor *visit, void *data);

/* A whole file of /proc/PID into buffer, terminated, cut to size. Its length or -errno. */
ssize_t linux_read_process(struct socktab *t, pid_t pid, const char *name, char *buffer,
			   size_t size);
/* uid and comm of process->pid. */
int linux_identify(struct socktab *t, struct socktab_process *process);
/* Path of the executable without the mark of a deleted one. */
int linux_read_exe(struct socktab *t, pid_t pid, char path[PATH_MAX], bool *deleted);
/* Path in the cgroup2 hierarchy; -ENOENT: it is in none. */
int linux_cgroup_path(struct socktab *t, pid_t pid, char *path, size_t size);

/* ---- describe.c -------------------------------------------------------------------------- */

/* Start of a process in clock ticks after boot out of the text of /proc/PID/stat; -1: malformed. */
int64_t linux_stat_start(const char *stat);

#endif
