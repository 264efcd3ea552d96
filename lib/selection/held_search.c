// SPDX-License-Identifier: MIT
/* held_search.c - find a holder of each socket, for the verdict and for the words */
#include <errno.h>

#include "held_private.h"
#include "private.h"

/* ---- one walk through processes ---------------------------------------------------------- */

struct walk {
	struct socktab_table *pids; /* inode -> pid of a holder */
	size_t left;		    /* inodes whose holder was not met yet */
	bool pass_init;
};

static int take_holder(const struct socktab_holder *holder, void *data)
{
	struct walk *walk = data;
	uint64_t *pid;

	if (walk->pass_init && holder->pid == 1)
		return 0;
	pid = socktab_table_at(walk->pids, &holder->inode);
	if (!pid)
		return -ENOMEM;
	if (*pid)
		return 0;
	*pid = (uint64_t)holder->pid;
	return --walk->left == 0;
}

/* Add a holder of each inode among the processes that match; stop at the last inode. */
static int find_pids(struct socktab *t, const struct socktab_process_filter *who,
		     const struct socktab_table *inodes, bool pass_init, struct socktab_table *pids)
{
	struct walk walk = { pids, inodes->count, pass_init };
	int result = inodes->count ? socktab_holders(t, who, inodes, take_holder, &walk) : 0;

	return result < 0 ? result : 0;
}

/* ---- the holders of sockets -------------------------------------------------------------- */

static bool is_sought(const struct held_search *search, const struct held_socket *socket)
{
	const uint32_t *inode = &socket->record.inode;

	return socket->held == search->held && !socket->pid && *inode &&
	       !(search->except && socktab_table_get(search->except, inode));
}

int held_search(const struct selection_view *view, const struct held_search *search,
		struct held_list *list)
{
	struct socktab_table inodes = SOCKTAB_INODES, pids = SOCKTAB_INODES;
	int error = 0;

	for (size_t i = 0; i < list->count && !error; i++)
		if (is_sought(search, &list->sockets[i]))
			error = selection_add_key(&inodes, &list->sockets[i].record.inode);
	if (!error)
		error = find_pids(view->t, search->who, &inodes, search->pass_init, &pids);
	for (size_t i = 0; i < list->count; i++) {
		struct held_socket *socket = &list->sockets[i];

		if (is_sought(search, socket))
			socket->pid = (pid_t)socktab_table_get(&pids, &socket->record.inode);
	}
	socktab_table_free(&inodes);
	socktab_table_free(&pids);
	return error;
}

/* ---- before several questions ------------------------------------------------------------ */

int held_learn(struct held_known *known, const struct selection_view *view,
	       const struct socktab_process_filter *who, const struct socktab_table *inodes)
{
	const void *inode;
	uint64_t present;
	int error;

	plugin_stage(view->report, "looking for the holders");
	error = find_pids(view->t, who, inodes, false, &known->pids);
	for (size_t slot = 0; !error && socktab_table_next(inodes, &slot, &inode, &present);)
		if (!socktab_table_get(&known->pids, inode))
			error = selection_add_key(&known->unmatched, inode);
	/* Whether anybody holds them will be asked, see doubt_unheld(). */
	if (!error && socktab_coverage(view->t)->nested)
		error = find_pids(view->t, NULL, &known->unmatched, false, &known->pids);
	if (error)
		held_forget(known);
	return error;
}

void held_forget(struct held_known *known)
{
	socktab_table_free(&known->pids);
	socktab_table_free(&known->unmatched);
}

/* ---- for the words ----------------------------------------------------------------------- */

/* Find some holder of those in this state that have none yet. */
static void name(const struct selection_view *view, struct held_list *list, enum held held)
{
	const struct held_search search = { .held = held };
	bool saw = !held_search(view, &search, list) && selection_saw_owners(view);

	for (size_t i = 0; i < list->count; i++)
		if (list->sockets[i].held == held)
			/* Somebody outside of a nested pid namespace may. */
			list->sockets[i].by_kernel = saw && !list->sockets[i].pid &&
						     !socktab_coverage(view->t)->nested;
}

void held_name(const struct selection_view *view, struct held_list *list)
{
	if (!held_count(list, HELD_NO))
		return;
	plugin_stage(view->report, "looking for who holds it instead");
	name(view, list, HELD_NO);
}

void held_name_all(const struct selection_view *view, struct held_list *list)
{
	plugin_stage(view->report, "looking for the holders");
	for (enum held held = HELD_NO; held <= HELD_YES; held++)
		if (held_count(list, held))
			name(view, list, held);
}
