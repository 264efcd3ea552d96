// SPDX-License-Identifier: MIT
/* library.c - every call of libsocktab, and whether what it tells can be believed */
#include "faults.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "socktab.h"
#include "table.h"

/*
 * library netlink|procfs|auto PID LISTENERS DESCRIPTORS
 * The namespace has so many TCP listeners, and the process so many sockets. Exit 0: all was seen;
 * 3: not all, and the library said so; 2: it lied.
 */
struct truth {
	pid_t pid;
	unsigned int listeners, sockets;
};

static int count(const struct socktab_record *record, void *data)
{
	unsigned int *n = data;

	(void)record;
	++*n;
	return 0;
}

static int count_holder(const struct socktab_holder *holder, void *data)
{
	unsigned int *n = data;

	(void)holder;
	++*n;
	return 0;
}

static int count_process(const struct socktab_process *process, void *data)
{
	unsigned int *n = data;

	(void)process;
	++*n;
	return 0;
}

static int count_cgroup(uint64_t id, const char *path, void *data)
{
	unsigned int *n = data;

	(void)id;
	(void)path;
	++*n;
	return 0;
}

/* What was not said to be incomplete must be all there is; more there is never. */
static int judge(bool complete, unsigned int seen, unsigned int there)
{
	if (seen > there || (complete && seen != there))
		return 2;
	return complete ? 0 : 3;
}

static int look_at_listeners(struct socktab *t, const struct truth *truth)
{
	const struct socktab_filter listeners = { .kinds = SOCKTAB_TCP,
						  .states = SOCKTAB_BIT(SOCKTAB_LISTEN) };
	const struct socktab_coverage *coverage = socktab_coverage(t);
	unsigned int seen = 0;
	int error = socktab_visit(t, &listeners, count, &seen);

	return judge(!error && !coverage->failed && !coverage->interrupted && !coverage->malformed,
		     seen, truth->listeners);
}

static int look_at_process(struct socktab *t, const struct truth *truth)
{
	const uint32_t pid = (uint32_t)truth->pid;
	const struct socktab_process_filter this = { .pids = &pid, .pid_count = 1 };
	const struct socktab_coverage *coverage = socktab_coverage(t);
	unsigned int processes = 0, sockets = 0;
	int error = socktab_processes(t, &this, count_process, &processes);
	int verdict = judge(!error && !coverage->unsure && !coverage->hidden, processes, 1);

	error = socktab_holders(t, &this, NULL, count_holder, &sockets);
	error = judge(!error && !coverage->unreadable && !coverage->hidden, sockets,
		      truth->sockets);
	return error > verdict || verdict == 3 ? error : verdict;
}

/* No truth is known of these: what counts is that they come back, and give back. */
static void ask_the_rest(struct socktab *t, const struct truth *truth)
{
	static struct socktab_local_ports local;
	static const uint8_t loopback[16] = { 127, 0, 0, 1 };
	struct socktab_holder holder = { .pid = truth->pid, .fd = 3 };
	char name[SOCKTAB_DEVICE_SIZE];
	struct socktab_details details;
	struct socktab_privilege privilege;
	uint64_t number, limit;
	uint32_t kinds;
	unsigned int n = 0;

	socktab_visit(t, NULL, count, &n);
	socktab_processes(t, NULL, count_process, &n);
	socktab_describe(t, truth->pid, &details);
	socktab_fds(t, truth->pid, &number, &limit);
	socktab_holder_kinds(t, &holder, &kinds);
	socktab_cgroups(t, count_cgroup, &n);
	socktab_counter(t, "TcpExt", "ListenOverflows", &number);
	socktab_is_local(t, AF_INET, loopback);
	socktab_is_local(t, AF_INET6, loopback);
	socktab_has_device(t, "lo");
	socktab_local_ports(t, &local);
	socktab_device_name(t, 1, name);
	socktab_privilege(t, &privilege);
	socktab_namespace(t, truth->pid, &number);
	socktab_enter_pid(t, truth->pid);
	socktab_enter(t, NULL);
}

static unsigned int number_of(const char *text)
{
	return (unsigned int)strtoul(text, NULL, 10);
}

static int look(struct socktab *t, const struct truth *truth)
{
	int listeners = look_at_listeners(t, truth), process = look_at_process(t, truth);

	ask_the_rest(t, truth);
	if (listeners == 2 || process == 2)
		return 2;
	return listeners ? listeners : process;
}

/* The line that a run ends with; what follows is not the library's. */
static int answer(int verdict)
{
	static const char *const states[] = { "OK", "WARNING", "CRITICAL", "UNKNOWN" };
	char line[64];
	int length;

	fault_end(true);
	length = snprintf(line, sizeof(line), "LIBRARY %s - looked\n", states[verdict]);
	return write(STDOUT_FILENO, line, (size_t)length) == length ? verdict : 3;
}

int library(int argc, char **argv)
{
	struct truth truth = { 0 };
	enum socktab_source source = SOCKTAB_SOURCE_AUTO;
	struct socktab *t;
	int verdict = 3;

	if (argc != 5)
		return 3;
	while (source < SOCKTAB_SOURCE_PROCFS && strcmp(argv[1], socktab_source_name(source)) != 0)
		source++;
	truth.pid = (pid_t)number_of(argv[2]);
	truth.listeners = number_of(argv[3]);
	truth.sockets = number_of(argv[4]);
	if (socktab_open(&t, NULL) == 0) {
		socktab_set_source(t, source);
		verdict = look(t, &truth);
		socktab_close(t);
	}
	return answer(verdict);
}

/* ---- the walk of descriptors ------------------------------------------------------------- */

#define ENOUGH 7

/*
 * walk PID DESCRIPTORS
 * The process has so many sockets. The visitor sees them in order, all of them; or as many as it
 * wants, be they what one thread has read or the other. Exit as above.
 */
struct watch {
	unsigned int seen, wanted; /* wanted 0: all */
	int fd;
	bool lied;
};

static int watch(const struct socktab_holder *holder, void *data)
{
	struct watch *watch = data;

	if (holder->fd <= watch->fd || (watch->wanted && watch->seen == watch->wanted))
		watch->lied = true;
	watch->fd = holder->fd;
	return ++watch->seen == watch->wanted ? ENOUGH : 0;
}

static int look_at_holders(pid_t pid, unsigned int sockets, unsigned int wanted)
{
	const uint32_t id = (uint32_t)pid;
	const struct socktab_process_filter this = { .pids = &id, .pid_count = 1 };
	struct watch watching = { .wanted = wanted, .fd = -1 };
	const struct socktab_coverage *coverage;
	struct socktab *t;
	int result, verdict;

	if (socktab_open(&t, NULL))
		return 3;
	coverage = socktab_coverage(t);
	result = socktab_holders(t, &this, NULL, watch, &watching);
	verdict = judge(!result && !coverage->unreadable && !coverage->hidden, watching.seen,
			sockets);
	if ((wanted && watching.seen == wanted) != (result == ENOUGH) || watching.lied)
		verdict = 2;
	else if (result == ENOUGH)
		verdict = 0;
	socktab_close(t);
	return verdict;
}

int walk(int argc, char **argv)
{
	int verdict = 0;

	if (argc != 3)
		return 3;
	for (unsigned int wanted = 0; wanted <= number_of(argv[2]); wanted++) {
		int one = look_at_holders((pid_t)number_of(argv[1]), number_of(argv[2]), wanted);

		if (verdict != 2 && one)
			verdict = one;
	}
	return answer(verdict);
}
