// SPDX-License-Identifier: MIT
/* held.c - are these sockets held by whom the owner options name, and if not, by whom */
#include "held.h"

#include "private.h"

#include <errno.h>

/* What the record itself tells: who created the socket, and in which unit. */
static enum held judge_record(const struct selection_view *view,
			      const struct socktab_record *record)
{
	const struct selection *selection = view->selection;
	const struct socktab_filter by_user = {
		.uids = selection->who.uids,
		.uid_count = selection->who.uid_count,
	};

	if (!socktab_match(&by_user, record))
		return HELD_NO;
	if (selection->who.unit_count) {
		enum selection_unit unit = selection_judge_unit(view, record);

		if (unit != SELECTION_UNIT)
			return unit == SELECTION_OTHER_UNIT ? HELD_NO : HELD_UNKNOWN;
	}
	return selection_has_process(selection) ? HELD_UNKNOWN : HELD_YES;
}

struct search {
	struct held_socket *sockets;
	size_t count, left;
	struct socktab_table inodes; /* of what is sought: 1, 2 once it is found */
};

static int find_holder(const struct socktab_holder *holder, void *data)
{
	struct search *search = data;
	uint64_t *found = socktab_table_at(&search->inodes, &holder->inode);

	if (!found || *found == 2)
		return 0;
	*found = 2;
	for (size_t i = 0; i < search->count; i++)
		if (search->sockets[i].record.inode == holder->inode)
			search->sockets[i].pid = holder->pid;
	return --search->left == 0;
}

/* Set pid in those sockets of this state that a matching process holds; stop at the last one. */
static int find_holders(struct socktab *t, const struct socktab_process_filter *who,
			struct held_socket *sockets, size_t count, enum held held)
{
	struct search search = { sockets, count, 0, { .key_size = sizeof(uint32_t) } };
	int result = 0;

	for (size_t i = 0; i < count && !result; i++) {
		uint64_t *found;

		if (sockets[i].held != held || !sockets[i].record.inode)
			continue;
		found = socktab_table_at(&search.inodes, &sockets[i].record.inode);
		if (!found)
			result = -ENOMEM;
		else if (!*found)
			search.left += (*found = 1);
	}
	if (!result && search.left)
		result = socktab_holders(t, who, &search.inodes, find_holder, &search);
	socktab_table_free(&search.inodes);
	return result < 0 ? result : 0;
}

static bool any(const struct held_socket *sockets, size_t count, enum held held)
{
	for (size_t i = 0; i < count; i++)
		if (sockets[i].held == held)
			return true;
	return false;
}

/* Let the matching processes decide what the records could not. */
static int ask_processes(const struct selection_view *view, struct held_socket *sockets,
			 size_t count)
{
	struct socktab_process_filter who = view->who;
	int error;

	/* For sockets the user is who created them; the record has told that already. */
	who.uid_count = 0;
	error = find_holders(view->t, &who, sockets, count, HELD_UNKNOWN);
	for (size_t i = 0; i < count; i++) {
		if (sockets[i].held != HELD_UNKNOWN)
			continue;
		if (sockets[i].pid)
			sockets[i].held = HELD_YES;
		else if (!error && selection_saw_owners(view))
			sockets[i].held = HELD_NO;
	}
	return error;
}

/*
 * What no process of a nested pid namespace holds may be held outside it, by a matching owner or
 * not: the absence of one proves nothing then.
 */
static int doubt_unheld(const struct selection_view *view, struct held_socket *sockets,
			size_t count)
{
	static const struct socktab_process_filter anybody;
	int error = find_holders(view->t, &anybody, sockets, count, HELD_NO);

	for (size_t i = 0; i < count; i++) {
		if (sockets[i].held != HELD_NO || sockets[i].pid ||
		    judge_record(view, &sockets[i].record) != HELD_UNKNOWN)
			continue;
		sockets[i].held = HELD_UNKNOWN;
		if (selection_saw_owners(view))
			selection_say_nested(view);
	}
	return error;
}

int held_judge(const struct selection_view *view, struct held_socket *sockets, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sockets[i].held = judge_record(view, &sockets[i].record);
	if (!any(sockets, count, HELD_UNKNOWN))
		return 0;
	plugin_stage(view->report, "looking for the holders");
	int error = ask_processes(view, sockets, count);

	return error || !socktab_coverage(view->t)->nested ? error
							   : doubt_unheld(view, sockets, count);
}

int held_name(const struct selection_view *view, struct held_socket *sockets, size_t count)
{
	static const struct socktab_process_filter anybody;
	int error;

	if (!any(sockets, count, HELD_NO))
		return 0;
	plugin_stage(view->report, "looking for who holds it instead");
	error = find_holders(view->t, &anybody, sockets, count, HELD_NO);
	for (size_t i = 0; i < count; i++)
		sockets[i].by_kernel = sockets[i].held == HELD_NO && !sockets[i].pid && !error &&
				       selection_saw_owners(view);
	return error;
}
