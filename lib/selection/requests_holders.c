// SPDX-License-Identifier: MIT
/* requests_holders.c - since when the holders of requested ports run, with which executables */
#include <errno.h>
#include <string.h>

#include "private.h"
#include "requests_private.h"

struct holder_key {
	uint32_t request, pid;
};

#define SEEN (UINT64_C(1) << 63) /* that a holder of the socket was */

struct holder_search {
	const struct requests *requests;
	struct socktab_table inodes;  /* -> position of one such socket + 1 */
	struct socktab_table holders; /* of struct holder_key: each process once a request */
};

static int add_holder(const struct socktab_holder *holder, void *data)
{
	struct holder_search *search = data;
	uint64_t *socket = socktab_table_find(&search->inodes, &holder->inode);
	uint64_t position = *socket & ~SEEN;
	struct holder_key key = { (uint32_t)search->requests->held.sockets[position - 1].request,
				  (uint32_t)holder->pid };

	*socket |= SEEN;
	return selection_add_key(&search->holders, &key);
}

/* What nobody in a nested pid namespace holds somebody outside of it may hold. */
static void find_unheld(struct requests *requests, const struct holder_search *search,
			const struct selection_view *view)
{
	if (!socktab_coverage(view->t)->nested)
		return;
	for (size_t i = 0; i < requests->held.count; i++) {
		uint32_t inode = requests->held.sockets[i].record.inode;

		if (!inode || socktab_table_get(&search->inodes, &inode) & SEEN)
			continue;
		requests->list[requests->held.sockets[i].request].unheld = true;
		selection_say_nested(view);
	}
}

static void add_age(struct request *request, const struct socktab_details *details)
{
	if (details->age >= 0 && (request->age < 0 || details->age < request->age))
		request->age = details->age;
	if (details->age > request->age_max)
		request->age_max = details->age;
	request->deleted += details->deleted;
	request->deleted_unsure |= !details->deleted_known;
}

int requests_read_holders(struct requests *requests, const struct selection_view *view)
{
	struct holder_search search = { requests,
					{ .key_size = sizeof(uint32_t) },
					{ .key_size = sizeof(struct holder_key) } };
	struct socktab_details details;
	const void *key;
	uint64_t seen;
	int result = 0;

	plugin_stage(view->report, "reading the holders");
	for (size_t i = 0; i < requests->held.count && !result; i++) {
		uint32_t inode = requests->held.sockets[i].record.inode;
		uint64_t *socket = inode ? socktab_table_at(&search.inodes, &inode) : NULL;

		if (socket)
			*socket = i + 1;
		else if (inode)
			result = -ENOMEM;
	}
	if (!result && search.inodes.count)
		result = socktab_holders(view->t, NULL, &search.inodes, add_holder, &search);
	if (!result)
		find_unheld(requests, &search, view);
	for (size_t slot = 0; socktab_table_next(&search.holders, &slot, &key, &seen);) {
		struct holder_key holder;

		memcpy(&holder, key, sizeof(holder));
		if (socktab_describe(view->t, (pid_t)holder.pid, &details) == 0)
			add_age(&requests->list[holder.request], &details);
	}
	socktab_table_free(&search.inodes);
	socktab_table_free(&search.holders);
	return result;
}
