// SPDX-License-Identifier: MIT
/* process_match.c - does a process match: by its names, its units, its executable */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "linux.h"

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool linux_has_id(const uint32_t *ids, size_t count, uint32_t id)
{
	for (size_t i = 0; i < count; i++)
		if (ids[i] == id)
			return true;
	return false;
}

static bool has_name(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* comm holds the first 15 bytes of a name: a longer name asked for may be cut there. */
bool linux_match_comm(const struct socktab_process_filter *filter, const char *comm)
{
	for (size_t i = 0; i < filter->command_count; i++) {
		const char *name = filter->commands[i];

		if (strcmp(name, comm) == 0)
			return true;
		if (strlen(name) > 15 && strlen(comm) == 15 && strncmp(name, comm, 15) == 0)
			return true;
	}
	return false;
}

/* 1, 0, or -errno where it cannot be told. */
static int match_command(struct socktab *t, const struct socktab_process_filter *filter,
			 const struct socktab_process *process)
{
	char text[PATH_MAX];
	bool deleted;

	if (linux_match_comm(filter, process->comm))
		return 1;
	ssize_t length = linux_read_process(t, process->pid, "cmdline", text, sizeof(text));

	if (length < 0)
		return (int)length;
	if (length > 0 && has_name(filter->commands, filter->command_count, base_name(text)))
		return 1;
	/* Where the executable may not be read, its name adds no match. */
	return linux_read_exe(t, process->pid, text, &deleted) == 0 &&
	       has_name(filter->commands, filter->command_count, base_name(text));
}

static int match_exe(struct socktab *t, const struct socktab_process_filter *filter, pid_t pid)
{
	char path[PATH_MAX];
	bool deleted;
	int error = linux_read_exe(t, pid, path, &deleted);

	return error ? error : has_name(filter->exes, filter->exe_count, path);
}

/* Is it the first one, whose root is that of all cgroups? Before Linux 4.6 there is no other. Of a
 * copy nobody knows. The inode is PROC_CGROUP_INIT_INO of the kernel. */
static bool is_first_cgroup_namespace(const struct backend *b)
{
	struct stat status;

	return !linux_is_procfs(b->proc_fd) ||
	       fstatat(AT_FDCWD, "/proc/self/ns/cgroup", &status, 0) || status.st_ino == 0xEFFFFFFB;
}

/*
 * May the unit be in what a cgroup namespace hides of the path? "/../nginx.service", seen from one
 * that the process is not in, may be in any slice; what names no unit may be in any unit.
 */
static bool is_cut(const struct backend *b, const char *path, const char *unit)
{
	bool outside = strncmp(path, "/..", 3) == 0;
	size_t length = strlen(unit);
	char name[256];

	if (!*socktab_unit_name(path, name, sizeof(name)))
		return outside || !is_first_cgroup_namespace(b);
	return outside &&
	       (*unit == '/' || (length > 6 && strcmp(unit + length - 6, ".slice") == 0));
}

static int match_unit(struct socktab *t, const struct socktab_process_filter *filter, pid_t pid)
{
	char path[PATH_MAX];
	int error = linux_cgroup_path(t, pid, path, sizeof(path));

	if (error == -ENODATA)
		t->coverage.cgroupless = true;
	for (size_t i = 0; !error && i < filter->unit_count; i++)
		if (socktab_unit_match(path, filter->units[i]))
			return 1;
	for (size_t i = 0; !error && i < filter->unit_count; i++)
		if (is_cut(t->backend, path, filter->units[i]))
			t->coverage.cgroup_cut = true;
	return error;
}

int linux_match_process(struct socktab *t, const struct socktab_process_filter *filter,
			const struct socktab_process *process)
{
	int match = 1;

	if (filter->unit_count)
		match = match_unit(t, filter, process->pid);
	if (match > 0 && filter->command_count)
		match = match_command(t, filter, process);
	if (match > 0 && (filter->argument_count || filter->pattern_count))
		match = linux_match_arguments(t, filter, process->pid);
	if (match > 0 && filter->exe_count)
		match = match_exe(t, filter, process->pid);
	return match;
}
