// SPDX-License-Identifier: MIT
/* process.c - which processes there are, and which match */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "linux.h"

/* As the kernel lays it out for getdents64. */
struct dirent64_head {
	uint64_t ino;
	int64_t off;
	uint16_t reclen;
	uint8_t type;
	char name[];
};

static long read_entries(struct backend *b, int dir, char *buffer, size_t size)
{
	long length;

	if (b)
		privilege_raise_hidden(b);
	length = syscall(SYS_getdents64, dir, buffer, size);
	if (b)
		privilege_lower(b);
	return length;
}

/* Digits and nothing else. */
static bool parse_number(const char *text, unsigned int *number)
{
	uint64_t value = 0;
	size_t length = 0;

	for (; text[length] >= '0' && text[length] <= '9' && value <= INT_MAX; length++)
		value = value * 10 + (uint64_t)(text[length] - '0');
	*number = (unsigned int)value;
	return length > 0 && !text[length] && value <= INT_MAX;
}

int linux_each_number(struct backend *b, int dir, bool few, linux_number_visitor *visit, void *data)
{
	_Alignas(struct dirent64_head) char buffer[16 * 1024];
	size_t size = few ? 2048 : sizeof(buffer);
	long length;

	while ((length = read_entries(b, dir, buffer, size)) > 0) {
		for (long at = 0; at < length;) {
			const struct dirent64_head *entry = (const void *)(buffer + at);
			unsigned int number;

			at += entry->reclen;
			if (!parse_number(entry->name, &number))
				continue;
			int stop = visit(number, entry->name, data);

			if (stop)
				return stop;
		}
	}
	/* A process that ended while its directory was read is no error. */
	return length < 0 && errno != ENOENT && errno != ESRCH ? -errno : 0;
}

/* Every pid namespace has a process 1; where it is not there something hides it, or it is a copy
 * without what tells a process and its sockets. */
static bool sees_first(struct backend *b)
{
	static const char *const files[] = { "1/comm", "1/fd" };
	struct stat status;
	bool seen = true;

	privilege_raise_hidden(b);
	for (size_t i = 0; seen && i < sizeof(files) / sizeof(*files); i++)
		seen = fstatat(b->proc_fd, files[i], &status, 0) == 0 || errno != ENOENT;
	privilege_lower(b);
	return seen;
}

/* Does hidepid keep processes from this one, whatever it raises? A process may refuse even that. */
static int hidden_mode(struct backend *b, bool first)
{
	int mode = hidepid_mode(b);

	return mode && privilege_has_ptrace(b) && (mode == 1 || first) ? 0 : mode;
}

bool linux_look_for_hidden(struct socktab *t)
{
	bool first = sees_first(t->backend);

	t->coverage.hidepid = (uint8_t)hidden_mode(t->backend, first);
	t->coverage.partial = !first && !linux_is_procfs(t->backend->proc_fd);
	return t->coverage.hidepid > 1 || !first;
}

struct walk {
	struct socktab *t;
	const struct socktab_process_filter *filter;
	socktab_process_visitor *visit;
	void *data;
	unsigned int processes, unsure, too_long; /* of this walk */
	bool comm_first;
	bool hides;			 /* this /proc does not show all of them */
	struct socktab_process *waiting; /* those of another comm, with room for `room` */
	size_t count, room;
};

static int wait_for_others(struct walk *walk, const struct socktab_process *process)
{
	if (walk->count == walk->room) {
		size_t room = walk->room ? 2 * walk->room : 64;
		struct socktab_process *larger = reallocarray(walk->waiting, room, sizeof(*larger));

		if (!larger)
			return -ENOMEM;
		walk->waiting = larger;
		walk->room = room;
	}
	walk->waiting[walk->count++] = *process;
	return 0;
}

/* Not a process any more, or one that the question cannot fit. */
static bool is_no_match(int error)
{
	return error == -ENOENT || error == -ESRCH || error == -ENODATA || error == -ENAMETOOLONG;
}

/* match: as linux_match_process() */
static int visit_match(struct walk *walk, const struct socktab_process *process, int match)
{
	walk->too_long += match == -E2BIG;
	/* It may match, and what it holds cannot be told. */
	if (match == -EACCES || match == -EPERM || match == -E2BIG)
		walk->unsure++;
	else if (match < 0 && !is_no_match(match))
		return match;
	return match > 0 ? walk->visit(process, walk->data) : 0;
}

/* As linux_match_process(), and -EPERM where only its user might not match. */
static int find_match(const struct walk *walk, const struct socktab_process *process)
{
	int match = linux_match_process(walk->t, walk->filter, process);

	return match > 0 && walk->filter->uid_count && process->unmapped ? -EPERM : match;
}

/* /proc/ID is there for the id of a thread too, though not listed. */
static bool is_thread(struct socktab *t, pid_t pid)
{
	static const char label[] = "\nTgid:";
	char text[4096];
	const char *line = linux_read_process(t, pid, "status", text, sizeof(text)) > 0
				   ? strstr(text, label)
				   : NULL;

	return line && strtol(line + strlen(label), NULL, 10) != pid;
}

static int visit_pid(unsigned int pid, const char *name, void *data)
{
	struct walk *walk = data;
	const struct socktab_process_filter *filter = walk->filter;
	struct socktab_process process = { .pid = (pid_t)pid };
	int error = linux_identify(walk->t, &process);

	(void)name;
	if (!filter->pid_count)
		walk->processes++;
	else if (error == -ENOENT && pid && walk->hides)
		walk->t->coverage.hidden = true;
	if (error)
		return visit_match(walk, &process, error);
	if (filter->uid_count && !process.unmapped &&
	    !linux_has_id(filter->uids, filter->uid_count, process.uid))
		return 0;
	if (filter->named && is_thread(walk->t, process.pid))
		return 0;
	if (walk->comm_first && !linux_match_comm(filter, process.comm))
		return wait_for_others(walk, &process);
	return visit_match(walk, &process, find_match(walk, &process));
}

static int visit_waiting(struct walk *walk)
{
	int result = 0;

	for (size_t i = 0; !result && i < walk->count; i++) {
		const struct socktab_process *process = &walk->waiting[i];

		result = visit_match(walk, process, find_match(walk, process));
	}
	return result;
}

/* A second walk sees the same processes again: the largest number counts. */
static void count_walk(struct socktab_coverage *coverage, const struct walk *walk)
{
	if (walk->processes > coverage->processes)
		coverage->processes = walk->processes;
	if (walk->unsure > coverage->unsure)
		coverage->unsure = walk->unsure;
	if (walk->too_long > coverage->too_long)
		coverage->too_long = walk->too_long;
	if (walk->unsure > coverage->unreadable)
		coverage->unreadable = walk->unsure;
}

static int visit_pids(struct walk *walk)
{
	struct socktab_table seen = { .key_size = sizeof(uint32_t) };
	int result = 0;

	for (size_t i = 0; !result && i < walk->filter->pid_count; i++) {
		uint32_t pid = walk->filter->pids[i];
		uint64_t *times = socktab_table_at(&seen, &pid);

		if (!times)
			result = -ENOMEM;
		else if (!(*times)++) /* named twice it is one */
			result = visit_pid(pid, NULL, walk);
	}
	socktab_table_free(&seen);
	return result;
}

static int visit_listed(struct walk *walk)
{
	struct backend *b = walk->t->backend;
	int dir, result;

	if (walk->hides)
		walk->t->coverage.hidden = true;
	dir = linux_open(b->proc_fd, ".", O_RDONLY | O_DIRECTORY);
	if (dir < 0)
		return dir;
	result = linux_each_number(b, dir, false, visit_pid, walk);
	close(dir);
	return result;
}

int linux_processes(struct socktab *t, const struct socktab_process_filter *filter, bool comm_first,
		    socktab_process_visitor *visit, void *data)
{
	static const struct socktab_process_filter everything;
	struct walk walk = {
		.t = t, .filter = filter ? filter : &everything, .visit = visit, .data = data
	};
	int result;

	walk.comm_first = comm_first && walk.filter->command_count;
	walk.hides = linux_look_for_hidden(t);
	t->coverage.nested = hidepid_is_nested(t->backend);
	t->coverage.unmounted = linux_is_unmounted(t->backend);
	if (t->coverage.unmounted)
		t->coverage.hidden = true;
	result = walk.filter->pid_count ? visit_pids(&walk) : visit_listed(&walk);
	if (!result)
		result = visit_waiting(&walk);
	free(walk.waiting);
	count_walk(&t->coverage, &walk);
	return result;
}

int socktab_processes(struct socktab *t, const struct socktab_process_filter *filter,
		      socktab_process_visitor *visit, void *data)
{
	return linux_processes(t, filter, false, visit, data);
}
