// SPDX-License-Identifier: MIT
/* watch.c - looks at steady sockets again and again in one process: right, and without growing */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "socktab.h"
#include "table.h"

/*
 * watch SECONDS PID SOCKETS PORT LISTENERS CONNECTIONS
 * The process holds so many sockets, and at PORT there are so many TCP listeners and, counting one
 * end, connections. One handle lives all the time, another for each round. TAP.
 */
struct truth {
	uint32_t pid;
	unsigned int sockets, listeners, connections;
	uint16_t port;
};

struct watch {
	struct truth truth;
	unsigned long rounds, wrong_ports, wrong_holders, wrong_answers;
	unsigned long rows, missed, repeated; /* of dumps of everything */
};

struct size {
	long pages;
	unsigned int descriptors;
};

static struct size measure(void)
{
	struct size size = { 0 };
	FILE *file = fopen("/proc/self/statm", "re");
	char line[128] = "", *end = line;

	if (file && fgets(line, sizeof(line), file)) {
		strtol(line, &end, 10);
		size.pages = strtol(end, NULL, 10);
	}
	if (file)
		fclose(file);
	for (int fd = 0; fd < 256; fd++)
		size.descriptors += dup2(fd, fd) >= 0;
	return size;
}

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

static int describe(const struct socktab_process *process, void *data)
{
	struct socktab_details details;

	socktab_describe(data, process->pid, &details);
	return 0;
}

/* Rows of the port, asked of the kernel: few enough for one datagram, so none is missed. */
static unsigned int count_port(struct socktab *t, const struct truth *truth,
			       enum socktab_state state)
{
	const struct socktab_ports port = { .first = truth->port, .last = truth->port };
	const struct socktab_filter filter = { .kinds = SOCKTAB_TCP,
					       .states = SOCKTAB_BIT(state),
					       .local_ports = &port,
					       .local_port_count = 1 };
	unsigned int n = 0;

	return socktab_visit(t, &filter, count, &n) ? 0 : n;
}

struct steady {
	const struct truth *truth;
	unsigned int all, steady;
};

static int count_steady(const struct socktab_record *record, void *data)
{
	struct steady *steady = data;

	steady->all++;
	steady->steady += record->state == SOCKTAB_ESTABLISHED &&
			  record->laddr.port == steady->truth->port;
	return 0;
}

/* A dump of everything may miss rows or repeat them; how many is told. */
static bool dump_all(struct watch *w, struct socktab *t)
{
	const struct socktab_filter filter = { .kinds = SOCKTAB_TCP | SOCKTAB_UDP | SOCKTAB_UNIX };
	struct steady steady = { .truth = &w->truth };
	unsigned int there = w->truth.connections;
	int error = socktab_visit(t, &filter, count_steady, &steady);

	w->rows += steady.all;
	w->missed += steady.steady < there ? there - steady.steady : 0;
	w->repeated += steady.steady > there ? steady.steady - there : 0;
	return !error;
}

static void look(struct watch *w, struct socktab *t)
{
	const struct socktab_process_filter this = { .pids = &w->truth.pid, .pid_count = 1 };
	unsigned int held = 0;

	w->wrong_ports += count_port(t, &w->truth, SOCKTAB_LISTEN) != w->truth.listeners ||
			  count_port(t, &w->truth, SOCKTAB_ESTABLISHED) != w->truth.connections;
	w->wrong_holders += socktab_holders(t, &this, NULL, count_holder, &held) ||
			    held != w->truth.sockets;
	held = 0;
	w->wrong_answers += !dump_all(w, t) || socktab_processes(t, NULL, describe, t) ||
			    socktab_holders(t, NULL, NULL, count_holder, &held) ||
			    held < w->truth.sockets;
	w->rounds++;
}

static void look_anew(struct watch *w)
{
	struct socktab *t;

	if (socktab_open(&t, NULL)) {
		w->wrong_answers++;
		return;
	}
	socktab_set_source(t, w->rounds % 4 ? SOCKTAB_SOURCE_NETLINK : SOCKTAB_SOURCE_AUTO);
	look(w, t);
	socktab_close(t);
}

static void test(bool passed, const char *what)
{
	static int number;

	printf("%sok %d - %s\n", passed ? "" : "not ", ++number, what);
}

static unsigned int number_of(const char *text)
{
	return (unsigned int)strtoul(text, NULL, 10);
}

static time_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

int main(int argc, char **argv)
{
	struct watch w = { 0 };
	struct size before, after;
	struct socktab *t;
	time_t end;

	if (argc != 7 || socktab_open(&t, NULL))
		return EXIT_FAILURE;
	w.truth = (struct truth){ .pid = number_of(argv[2]),
				  .sockets = number_of(argv[3]),
				  .port = (uint16_t)number_of(argv[4]),
				  .listeners = number_of(argv[5]),
				  .connections = number_of(argv[6]) };
	for (int i = 0; i < 10; i++) { /* what is allocated once */
		look(&w, t);
		look_anew(&w);
	}
	before = measure();
	for (end = now() + (time_t)number_of(argv[1]); now() < end;) {
		look(&w, t);
		look_anew(&w);
	}
	after = measure();
	socktab_close(t);
	test(!w.wrong_ports, "the steady port in every look");
	test(!w.wrong_holders, "the steady process in every look");
	test(!w.wrong_answers, "every dump of everything, every walk of processes");
	test(after.descriptors == before.descriptors, "as many descriptors as before");
	test((after.pages - before.pages) * sysconf(_SC_PAGESIZE) <= 128 * 1024, "no growth");
	printf("# %lu looks, %lu rows of which %lu steady ones missed and %lu repeated\n", w.rounds,
	       w.rows, w.missed, w.repeated);
	printf("# wrong: %lu ports, %lu holders, %lu answers\n", w.wrong_ports, w.wrong_holders,
	       w.wrong_answers);
	printf("# %ld KiB and %u descriptors, then %ld KiB and %u\n",
	       before.pages * (sysconf(_SC_PAGESIZE) / 1024), before.descriptors,
	       after.pages * (sysconf(_SC_PAGESIZE) / 1024), after.descriptors);
	return EXIT_SUCCESS;
}
