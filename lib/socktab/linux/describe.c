// SPDX-License-Identifier: MIT
/* describe.c - what a line of text tells of a process */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "linux.h"

/* Field 22 of /proc/PID/stat: clock ticks from boot to start. comm, field 2, ends at the last ')',
 * since a process may put that into its name too. */
int64_t linux_stat_start(const char *stat)
{
	const char *field = strrchr(stat, ')');
	char *end;

	if (!field)
		return -1;
	for (int number = 2; number < 22; number++) {
		field = strchr(field + 1, ' ');
		if (!field)
			return -1;
	}
	unsigned long long ticks = strtoull(field + 1, &end, 10);

	return end == field + 1 ? -1 : (int64_t)ticks;
}

static int64_t process_age(const char *stat)
{
	int64_t start = linux_stat_start(stat), per_second = sysconf(_SC_CLK_TCK), age;
	struct timespec now;

	if (start < 0 || per_second <= 0 || clock_gettime(CLOCK_BOOTTIME, &now))
		return -1;
	age = now.tv_sec * per_second + now.tv_nsec / (1000000000 / per_second) - start;
	return age < 0 ? 0 : age / per_second;
}

int socktab_describe(struct socktab *t, pid_t pid, struct socktab_details *details)
{
	char path[PATH_MAX], text[PATH_MAX];
	int error;

	*details = (struct socktab_details){ .process.pid = pid, .age = -1 };
	error = linux_identify(t, &details->process);
	if (error)
		return error == -ENOENT ? -ESRCH : error;
	if (linux_read_process(t, pid, "stat", text, sizeof(text)) > 0)
		details->age = process_age(text);
	if (linux_cgroup_path(t, pid, path, sizeof(path)) == 0) {
		socktab_unit_name(path, details->unit, sizeof(details->unit));
		socktab_unit_manager(path, details->manager, sizeof(details->manager));
	}
	error = linux_read_exe(t, pid, text, &details->deleted);
	details->deleted_known = !error;
	return 0;
}
