// SPDX-License-Identifier: MIT
/* halves.c - the descriptors of many processes, read in two threads */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "owners.h"

/* From here on a second thread is worth its while. Before Linux 6.2 nobody tells their number.
 * tests/faults compiles it with less. */
#ifndef MANY_FDS
#	define MANY_FDS 50000
#endif
#define STACK_SIZE (256 * 1024)

static int visit_in_turn(struct holders *holders)
{
	int result = 0;

	for (size_t i = 0; !result && i < holders->count; i++)
		result = reader_visit_candidate(&holders->reader, &holders->list[i]);
	return result;
}

/* It reads what comes behind half of all descriptors, while the first visits those before. */
struct second {
	struct reader reader;
	struct candidate *list;
	size_t count;
	unsigned int first; /* of the first process in the list: the rest is not its own */
	atomic_bool stop;
	int error;
};

static void *read_rest(void *data)
{
	struct second *second = data;
	struct reader *reader = &second->reader;
	int result = 0;

	reader->first = second->first;
	for (size_t i = 0; !result && i < second->count && !second->stop; i++) {
		result = reader_read(reader, second->list[i].pid);
		if (result == -EACCES) {
			reader->unreadable++;
			second->list[i].pid = 0;
			result = 0;
		}
		reader->first = 0;
	}
	second->error = result < 0 ? result : 0;
	return NULL;
}

/*
 * Split the list where half of the descriptors are; returns how many processes are wholly the first
 * thread's. Room for what the second finds is made here, since malloc() would set 64 MiB of
 * addresses aside for a thread; more descriptors than were counted before are too many then.
 */
static size_t split(const struct holders *holders, struct second *second)
{
	uint64_t before = 0, half = holders->fds / 2;
	size_t at = 0, room = (size_t)(holders->fds - half) * 9 / 8;

	while (before + holders->list[at].fds <= half)
		before += holders->list[at++].fds;
	*second = (struct second){
		.reader = { .b = holders->reader.b, .end = UINT_MAX, .stop = &second->stop },
		.list = holders->list + at,
		.count = holders->count - at,
		.first = (unsigned int)(half - before),
	};
	second->reader.found = reallocarray(NULL, room, sizeof(*second->reader.found));
	second->reader.room = second->reader.found ? room : 0;
	return at;
}

/* Capabilities belong to a thread, which begins with those of the one that makes it: so they are in
 * force in this one as long as it lives, and no visitor runs there. */
static bool start(struct second *second, pthread_t *thread)
{
	pthread_attr_t small;
	int error;

	if (!second->reader.room || pthread_attr_init(&small))
		return false;
	/* Where addresses are few the first thread needs them. */
	pthread_attr_setstacksize(&small, STACK_SIZE);
	privilege_raise(second->reader.b);
	error = pthread_create(thread, &small, read_rest, second);
	privilege_lower(second->reader.b);
	pthread_attr_destroy(&small);
	return !error;
}

/* More than a thousand are not asked about: then one thread must do. */
static bool has_processors(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 1;
}

/* What the second thread found, after what the first has visited. */
static int visit_rest(struct holders *holders, struct second *second)
{
	struct reader *reader = &holders->reader;
	int result = 0;

	reader->unreadable += second->reader.unreadable;
	if (!second->error) {
		second->reader.visit = reader->visit;
		second->reader.data = reader->data;
		reader_deliver(&second->reader);
		reader->descriptors += second->reader.descriptors;
		return second->reader.result;
	}
	/* It had not what it needs: the first thread may. */
	reader->first = second->first;
	reader->end = UINT_MAX;
	for (size_t i = 0; !result && i < second->count; i++) {
		result = reader_visit_candidate(reader, &second->list[i]);
		reader->first = 0;
	}
	return result;
}

int holders_visit_all(struct holders *holders)
{
	struct reader *reader = &holders->reader;
	struct second second;
	struct candidate shared; /* the process in which the halves meet */
	pthread_t thread;
	size_t whole;
	int result = 0;

	if (holders->fds < MANY_FDS || !has_processors())
		return visit_in_turn(holders);
	whole = split(holders, &second);
	shared = second.list[0];
	if (!start(&second, &thread)) {
		free(second.reader.found);
		return visit_in_turn(holders);
	}
	for (size_t i = 0; !result && i < whole; i++)
		result = reader_visit_candidate(reader, &holders->list[i]);
	reader->end = second.first;
	if (!result && reader->end)
		result = reader_visit_candidate(reader, &shared);
	atomic_store(&second.stop, result != 0);
	pthread_join(thread, NULL);
	if (!shared.pid) { /* counted once is enough */
		second.reader.unreadable -= !second.list[0].pid;
		second.list[0].pid = 0;
	}
	if (!result)
		result = visit_rest(holders, &second);
	free(second.reader.found);
	return result;
}
