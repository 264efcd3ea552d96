// SPDX-License-Identifier: MIT
/* requests_figures.c - who holds the listeners of a request, and how full their queues are */
#include <errno.h>
#include <string.h>

#include "requests.h"

/* ---- holders ----------------------------------------------------------------------------- */

struct holder_key {
	uint32_t request, pid;
};

struct holder_search {
	const struct requests *requests;
	struct socktab_table inodes;  /* -> position of the first socket + 1 */
	struct socktab_table holders; /* of struct holder_key: each process once a request */
};

static int add_holder(const struct socktab_holder *holder, void *data)
{
	struct holder_search *search = data;
	uint64_t socket = socktab_table_get(&search->inodes, &holder->inode);
	struct holder_key key = { (uint32_t)search->requests->sockets[socket - 1].tag,
				  (uint32_t)holder->pid };
	uint64_t *seen = socktab_table_at(&search->holders, &key);

	if (!seen)
		return -ENOMEM;
	*seen = 1;
	return 0;
}

static void add_age(struct request *request, const struct socktab_details *details)
{
	if (details->age >= 0 && (request->age < 0 || details->age < request->age))
		request->age = details->age;
	if (details->age > request->age_max)
		request->age_max = details->age;
	request->deleted += details->deleted;
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
	for (size_t i = 0; i < requests->socket_count && !result; i++) {
		uint32_t inode = requests->sockets[i].record.inode;
		uint64_t *socket = inode ? socktab_table_at(&search.inodes, &inode) : NULL;

		if (socket)
			*socket = i + 1;
		else if (inode)
			result = -ENOMEM;
	}
	if (!result && search.inodes.count)
		result = socktab_holders(view->t, NULL, &search.inodes, add_holder, &search);
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

/* ---- figures ----------------------------------------------------------------------------- */

bool requests_backlog(const struct requests *requests, const struct request *request,
		      double *percent, uint32_t *length, uint64_t *room)
{
	bool found = false;

	for (size_t i = request->first; i < request->first + request->count; i++) {
		const struct socktab_record *record = &requests->sockets[i].record;
		/* The queue admits one more than its limit. */
		uint64_t admits = (uint64_t)record->wqueue + 1;
		double fill = 100.0 * record->rqueue / (double)admits;

		if (record->state != SOCKTAB_LISTEN || !(record->known & SOCKTAB_KNOWN_LIMIT) ||
		    (found && fill <= *percent))
			continue;
		found = true;
		*percent = fill;
		*length = record->rqueue;
		*room = admits;
	}
	return found;
}

/* Of a listener rqueue counts connections. */
static bool has_datagrams(const struct socktab_record *record)
{
	return record->protocol == SOCKTAB_PROTOCOL_UDP || record->protocol == SOCKTAB_PROTOCOL_RAW;
}

bool requests_recv_queue(const struct requests *requests, const struct request *request,
			 uint64_t *bytes)
{
	bool found = false;

	*bytes = 0;
	for (size_t i = request->first; i < request->first + request->count; i++) {
		const struct socktab_record *record = &requests->sockets[i].record;

		if (!has_datagrams(record))
			continue;
		found = true;
		*bytes += record->rqueue;
	}
	return found;
}

bool requests_drops(const struct requests *requests, const struct request *request, uint64_t *drops)
{
	bool known = false;

	*drops = 0;
	for (size_t i = request->first; i < request->first + request->count; i++) {
		const struct socktab_record *record = &requests->sockets[i].record;

		if (!has_datagrams(record))
			continue;
		if (!(record->known & SOCKTAB_KNOWN_DROPS))
			return false;
		known = true;
		*drops += record->drops;
	}
	return known;
}
