// SPDX-License-Identifier: MIT
/* holdings.h - which processes hold which sockets, in memory */
#ifndef HOLDINGS_H
#define HOLDINGS_H

#include "groups.h"

struct holding_process {
	pid_t pid;
	uint64_t sockets; /* for the caller: zero at first */
};

/*
 * A socket once, however many hold it; of each the processes, each once. Zero it with
 * HOLDINGS_INIT, give its memory back with holdings_free().
 */
struct holdings {
	struct holding_process *processes;
	size_t process_count;
	struct holding *list; /* chained by socket */
	size_t count;
	struct socktab_table sockets; /* inode -> head of its chain + 1, and HOLDINGS_COUNTED */
};

#define HOLDINGS_INIT \
	{ \
		.sockets = SOCKTAB_INODES \
	}

/* Find the matching processes and what they hold. -errno, as socktab_holders(). */
int holdings_read(struct holdings *holdings, struct socktab *t,
		  const struct socktab_process_filter *who);

/*
 * Visit the selected sockets that are held, each in the network namespaces of the processes, unless
 * --netns names another; what the visitor has not counted then, in the namespace of /proc. Last,
 * unless options ask for what only a socket in a table has, what stands in none: not bound, made in
 * another namespace, or of another protocol. Of these a record has protocol and inode alone, and
 * those of no protocol of ours have SOCKTAB_PROTOCOLS. As socktab_visit().
 */
int holdings_visit(const struct holdings *holdings, struct selection_view *view,
		   socktab_visitor *visit, void *data);

/*
 * Count a socket once: adds 1 to the figure of every process that holds it. False: counted before,
 * or nobody here holds it.
 */
bool holdings_count(struct holdings *holdings, uint32_t inode);

/* Add the figures of all processes to groups by GROUPS_PID. 0 or -ENOMEM. */
int holdings_group(const struct holdings *holdings, struct groups *groups);

/*
 * Set two metrics: open descriptors, and these in percent of the soft limit, of the worst process.
 * They are counted without privilege, so they may be exact where sockets are not: `bound` is what
 * is known of the list of processes.
 */
void holdings_set_fds(const struct holdings *holdings, struct socktab *t, enum plugin_bound bound,
		      struct plugin_metric *fds, struct plugin_metric *usage);

void holdings_free(struct holdings *holdings);

#endif
