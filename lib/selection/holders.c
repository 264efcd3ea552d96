// SPDX-License-Identifier: MIT
/* holders.c - what a list of processes holds */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "private.h"

struct walk {
	const uint32_t *pids;
	size_t at; /* whose descriptors are being read */
	selection_holder_visitor *visit;
	void *data;
};

/* Processes come in the order of the list. */
static int visit_one(const struct socktab_holder *holder, void *data)
{
	struct walk *walk = data;

	while (walk->pids[walk->at] != (uint32_t)holder->pid)
		walk->at++;
	return walk->visit(holder, walk->at, walk->data);
}

int selection_visit_holders(struct socktab *t, const void *processes, size_t count, size_t size,
			    selection_holder_visitor *visit, void *data)
{
	uint32_t *pids = malloc((count + 1) * sizeof(*pids));
	struct walk walk = { .pids = pids, .visit = visit, .data = data };
	struct socktab_process_filter these = { .pids = pids, .pid_count = count };
	int result = pids ? 0 : -ENOMEM;

	for (size_t i = 0; pids && i < count; i++) {
		pid_t pid;

		memcpy(&pid, (const char *)processes + i * size, sizeof(pid));
		pids[i] = (uint32_t)pid;
	}
	/* All descriptors of a process at once: so no table of inodes is handed over. And no pids
	 * would mean every process. */
	if (pids && count)
		result = socktab_holders(t, &these, NULL, visit_one, &walk);
	free(pids);
	return result;
}
