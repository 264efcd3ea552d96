// SPDX-License-Identifier: MIT
/* held.c - are these sockets held by whom the owner options name, and if not, by whom */
#include "held.h"

#include <errno.h>

static bool is_created_by(const struct selection *selection, const struct socktab_record *record)
{
	const struct socktab_filter by_user = {
		.uids = selection->who.uids,
		.uid_count = selection->who.uid_count,
	};

	return socktab_match(&by_user, record);
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

/* Set pid in the sockets of this state that a matching process holds; stop at the last one. */
static int find_holders(struct socktab *t, const struct socktab_process_filter *who,
			struct held_socket *sockets, size_t count, enum held held)
{
	struct search search = { sockets, count, 0, { .key_size = sizeof(uint32_t) } };
	int result = 0;

	for (size_t i = 0; i < count && !result; i++) {
		if (sockets[i].held != held || !sockets[i].record.inode || sockets[i].pid)
			continue;
		uint64_t *found = socktab_table_at(&search.inodes, &sockets[i].record.inode);

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

int held_find(const struct selection *selection, struct socktab *t, struct plugin_report *report,
	      struct held_socket *sockets, size_t count)
{
	static const struct socktab_process_filter anybody;
	struct socktab_process_filter who = selection->who;
	bool by_process = who.command_count || who.exe_count || who.pid_count;
	bool all_found = true, complete;
	int error;

	for (size_t i = 0; i < count; i++) {
		sockets[i].held = is_created_by(selection, &sockets[i].record) ? HELD_YES : HELD_NO;
		if (by_process && sockets[i].held == HELD_YES)
			sockets[i].held = HELD_UNKNOWN;
	}
	if (!selection_has_owner(selection))
		return 0;
	plugin_stage(report, "looking for the holders");
	/* For sockets the user is who created them; the record has told that already. */
	who.uid_count = 0;
	if (by_process) {
		error = find_holders(t, &who, sockets, count, HELD_UNKNOWN);
		complete = !error && selection_saw_owners(t);
		for (size_t i = 0; i < count; i++)
			if (sockets[i].held == HELD_UNKNOWN)
				sockets[i].held = sockets[i].pid ? HELD_YES
						  : complete	 ? HELD_NO
								 : HELD_UNKNOWN;
		if (error)
			return error;
	}
	for (size_t i = 0; i < count; i++)
		all_found &= sockets[i].held == HELD_YES;
	if (all_found)
		return 0;
	/* Only for the words: who holds what is not held as it should be. */
	error = find_holders(t, &anybody, sockets, count, HELD_NO);
	complete = !error && selection_saw_owners(t);
	for (size_t i = 0; i < count; i++)
		sockets[i].by_kernel = !sockets[i].pid && complete;
	return error;
}
