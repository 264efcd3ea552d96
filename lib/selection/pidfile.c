// SPDX-License-Identifier: MIT
/* pidfile.c - the processes that files name */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "private.h"

/* A number, perhaps with white space around it and more lines behind (as PostgreSQL writes). */
static int parse_pid(const char *text, uint32_t *pid)
{
	char *end;
	unsigned long number;

	text += strspn(text, " \t");
	errno = 0;
	number = strtoul(text, &end, 10);
	if (end == text || errno || *text == '-' || *text == '+' || !number || number > INT_MAX)
		return -EINVAL;
	if (!strchr(" \t\r\n", *end))
		return -EINVAL;
	*pid = (uint32_t)number;
	return 0;
}

/* A missing file names no process: pid 0, which no process has. */
static int read_pidfile(const char *file, uint32_t *pid)
{
	char text[64];
	ssize_t length;
	int fd, error;

	*pid = 0;
	do
		fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	do
		length = read(fd, text, sizeof(text) - 1);
	while (length < 0 && errno == EINTR);
	error = errno;
	close(fd);
	if (length < 0)
		return -error;
	text[length] = '\0';
	return parse_pid(text, pid);
}

static bool names(const struct socktab_process_filter *who, uint32_t pid)
{
	for (size_t i = 0; i < who->pid_count; i++)
		if (who->pids[i] == pid)
			return true;
	return !who->pid_count;
}

/* What the files name and --pid as well, if that is given; nobody: pid 0. */
static void choose_pids(struct selection_view *view, uint32_t *pids)
{
	size_t count = 0;

	for (size_t i = 0; i < view->selection->pidfile_count; i++)
		if (names(&view->selection->who, view->file_pids[i]))
			pids[count++] = view->file_pids[i];
	view->who.pids = pids;
	view->who.pid_count = count ? count : 1;
}

bool selection_read_pidfiles(struct selection_view *view)
{
	const struct selection *selection = view->selection;
	size_t count = selection->pidfile_count;
	char name[256];

	view->who = selection->who;
	view->who.named = true;
	if (!count)
		return true;
	view->file_pids = calloc(2 * count, sizeof(*view->file_pids));
	if (!view->file_pids) {
		plugin_problem(view->report, PLUGIN_UNKNOWN, "out of memory");
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		const char *file = selection->pidfiles[i];
		int error = read_pidfile(file, &view->file_pids[i]);

		if (!error)
			continue;
		plugin_escape(file, strlen(file), name, sizeof(name));
		plugin_problem(view->report, PLUGIN_UNKNOWN, "--pidfile %s: %s", name,
			       error == -EINVAL ? "holds no process id" : strerror(-error));
		free(view->file_pids);
		view->file_pids = NULL;
		return false;
	}
	choose_pids(view, view->file_pids + count);
	return true;
}

/* What is in the file is never echoed, not even its number. */
void selection_say_pidfiles(const struct selection_view *view)
{
	const struct selection *selection = view->selection;
	char name[256];

	for (size_t i = 0; i < selection->pidfile_count; i++) {
		const char *file = selection->pidfiles[i];
		const uint32_t *pid = &view->file_pids[i];
		const struct socktab_process_filter who = { .pids = pid,
							    .pid_count = 1,
							    .named = true };
		size_t count;

		plugin_escape(file, strlen(file), name, sizeof(name));
		if (!*pid)
			plugin_summary(view->report, "%s does not exist", name);
		else if (selection_count_processes(view, &who, &count) == 0 && !count &&
			 selection_saw_processes(view))
			plugin_summary(view->report, "%s is stale, no process has its id", name);
	}
}
