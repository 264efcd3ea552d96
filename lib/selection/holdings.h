// SPDX-License-Identifier: MIT
/* holdings.h - which processes hold which sockets, in memory */
#ifndef HOLDINGS_H
#define HOLDINGS_H

#include "groups.h"

#define HOLDINGS_FIGURES 15

struct holding_process {
	pid_t pid;
	uint64_t sockets;		    /* counted so far */
	uint32_t figures[HOLDINGS_FIGURES]; /* those of them that count for each of the caller's */
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
	pid_t worst_fds, worst_usage; /* whose are what holdings_set_fds() has set; 0: nobody's */
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
 * Count a socket once: adds 1 to the sockets of every process that holds it, and to these of its
 * figures, a mask. False: counted before, or nobody here holds it.
 */
bool holdings_count(struct holdings *holdings, uint32_t inode, uint32_t figures);

/* The process with most of a figure, and how many; 0: none has any. */
pid_t holdings_most(const struct holdings *holdings, size_t figure, uint64_t *count);

/*
 * Of the caller's metrics, which have the numbers of the figures, and behind them, from `fds` on,
 * the two of holdings_set_fds(): name for each that alerts the process with most, in the alert and
 * in the output from this verbosity on. False: none does, or no process has any.
 */
bool holdings_blame(const struct holdings *holdings, const struct selection_view *view,
		    struct plugin_metric *metrics, size_t fds, unsigned int verbosity);

/* Add the sockets of all processes to groups by GROUPS_PID. 0 or -ENOMEM. */
int holdings_group(const struct holdings *holdings, struct groups *groups);

/*
 * Set two metrics: open descriptors, and these in percent of the soft limit, of the worst process.
 * They are counted without privilege, so they may be exact where sockets are not: `bound` is what
 * is known of the list of processes.
 */
void holdings_set_fds(struct holdings *holdings, struct socktab *t, enum plugin_bound bound,
		      struct plugin_metric *fds, struct plugin_metric *usage);

void holdings_free(struct holdings *holdings);

#endif
