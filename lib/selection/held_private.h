// SPDX-License-Identifier: MIT
/* held_private.h - what held.c asks of held_search.c */
#ifndef HELD_PRIVATE_H
#define HELD_PRIVATE_H

#include "held.h"

struct held_search {
	const struct socktab_process_filter *who; /* among these processes; NULL: all */
	enum held held;				  /* for sockets in this state that have no pid */
	const struct socktab_table *except;	  /* but not for these inodes; NULL: for all */
	bool pass_init;				  /* what init holds it holds for its units */
};

/* Set the pid of each socket that such a process holds. 0 or -errno. */
int held_search(const struct selection_view *view, const struct held_search *search,
		struct held_list *list);

#endif
