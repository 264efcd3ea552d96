// SPDX-License-Identifier: MIT
/* owners.c - which process holds which socket, through /proc/PID/fd */
#include "owners.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

static int add_candidate(struct holders *holders, pid_t pid)
{
	struct candidate *candidate;
	uint64_t fds = 0;

	if (holders->count == holders->room) {
		size_t room = holders->room ? 2 * holders->room : 256;
		struct candidate *larger = reallocarray(holders->list, room, sizeof(*larger));

		if (!larger)
			return -ENOMEM;
		holders->list = larger;
		holders->room = room;
	}
	if (holders->counts_fds)
		linux_count_fds(holders->reader.b, pid, &fds);
	candidate = &holders->list[holders->count++];
	*candidate = (struct candidate){ pid, fds < UINT32_MAX ? (uint32_t)fds : UINT32_MAX };
	holders->fds += candidate->fds;
	return 0;
}

static int add_process(const struct socktab_process *process, void *data)
{
	struct holders *holders = data;
	int error = add_candidate(holders, process->pid);

	/* No further process need be looked at once the visitor has seen enough. */
	return error || !holders->reader.inodes
		       ? error
		       : reader_visit_candidate(&holders->reader,
						&holders->list[holders->count - 1]);
}

int socktab_holders(struct socktab *t, const struct socktab_process_filter *filter,
		    const struct socktab_table *inodes, socktab_holder_visitor *visit, void *data)
{
	struct backend *b = t->backend;
	unsigned int low = inodes ? LOW_FDS : 0;
	struct holders holders = {
		.reader = { .b = b, .inodes = inodes, .visit = visit, .data = data, .end = low },
		.counts_fds = !inodes && linux_is_procfs(b->proc_fd),
	};
	struct socktab_coverage *coverage = &t->coverage;
	struct reader *reader = &holders.reader;
	int result;

	reader->found = holders.batch;
	reader->room = BATCH;
	result = linux_processes(t, filter, inodes, add_process, &holders);
	reader->first = low;
	reader->end = UINT_MAX;
	if (!result)
		result = holders_visit_all(&holders);
	/* A second walk sees the same processes again: the largest number counts. */
	if (reader->unreadable && coverage->unsure + reader->unreadable > coverage->unreadable)
		coverage->unreadable = coverage->unsure + reader->unreadable;
	coverage->descriptors += reader->descriptors;
	free(holders.list);
	return result;
}
