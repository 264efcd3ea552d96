// SPDX-License-Identifier: MIT
/* owners.h - what the files that look for holders share among themselves */
#ifndef SOCKTAB_LINUX_OWNERS_H
#define SOCKTAB_LINUX_OWNERS_H

#include <stdatomic.h>

#include "linux.h"

#define LOW_FDS 64 /* listeners are opened early, so these are looked at first */
#define BATCH 64   /* holders that are read before the visitor sees them */

/* What one thread reads: of each process the descriptors first <= fd < end. */
struct reader {
	struct backend *b;
	const struct socktab_table *inodes;
	socktab_holder_visitor *visit; /* NULL: what is found is kept for the other thread, */
	void *data;
	const atomic_bool *stop; /* which may need no more of it */
	unsigned int first, end;
	int dir;
	pid_t pid;
	int result;		      /* the visitor's, when it stopped */
	struct socktab_holder *found; /* with room for `room` */
	size_t count, room;
	uint64_t descriptors;
	unsigned int unreadable; /* processes */
};

struct candidate {
	pid_t pid;    /* 0: may not be read, and is counted */
	uint32_t fds; /* about so many descriptors; 0: not known */
};

/* ---- reader.c ---------------------------------------------------------------------------- */

/* With the capabilities raised. 0, 1: enough, or -errno; -EACCES: may not be read. */
int reader_read(struct reader *reader, pid_t pid);
/* The same in the thread of the visitor. 0, the visitor's value, or -errno. */
int reader_visit(struct reader *reader, pid_t pid);
/* Hand over what was found; whether the visitor stopped. */
bool reader_deliver(struct reader *reader);

/* The visitor's value, 0 or -errno. One that may not be read is counted and has no pid any more: so
 * a visitor must not return -EACCES. */
int reader_visit_candidate(struct reader *reader, struct candidate *candidate);

/* ---- the processes that match ------------------------------------------------------------ */

struct holders {
	struct reader reader;
	struct candidate *list;
	size_t count, room;
	bool counts_fds;
	uint64_t fds; /* of all */
	struct socktab_holder batch[BATCH];
};

/* ---- halves.c: all of them, in two threads where that is worth its while ------------------- */

int holders_visit_all(struct holders *holders);

#endif
