// SPDX-License-Identifier: MIT
/* requests.c - the ports that a user asks for, and the listeners that answer there */
#include "requests.h"

#include "private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_ADDRESSES 3

static uint32_t index_key(enum socktab_protocol protocol, uint16_t port)
{
	return (uint32_t)protocol << 16 | port;
}

static bool add_request(struct requests *requests, enum socktab_protocol protocol, uint16_t port)
{
	uint32_t key = index_key(protocol, port);
	uint64_t *position = socktab_table_at(&requests->index, &key);
	struct request *list;

	if (position && *position)
		return true;
	list = selection_make_room(requests->list, requests->count, sizeof(*list));
	if (!position || !list)
		return false;
	requests->list = list;
	list[requests->count++] = (struct request){ .protocol = protocol, .port = port };
	*position = requests->count;
	return true;
}

const char *requests_make(struct requests *requests, const struct socktab_filter *filter)
{
	requests->index.key_size = sizeof(uint32_t);
	for (size_t i = 0; i < filter->local_port_count; i++) {
		const struct socktab_ports *ports = &filter->local_ports[i];

		for (unsigned int protocol = 0; protocol < SOCKTAB_PROTOCOLS; protocol++)
			for (unsigned int port = ports->first; port <= ports->last; port++)
				if (ports->kinds & SOCKTAB_MASK(protocol) &&
				    !add_request(requests, protocol, (uint16_t)port))
					return "out of memory";
	}
	return NULL;
}

struct looking {
	struct requests *requests;
	const struct cover_list *addresses;
	bool exact;
};

/* Which addresses the listener covers; false: none, not even perhaps. */
static bool find_cover(const struct looking *looking, const struct socktab_record *record,
		       struct request *request)
{
	const struct cover_list *addresses = looking->addresses;
	uint64_t covered = 0, perhaps = 0;

	for (size_t i = 0; i < addresses->count; i++) {
		enum cover cover = cover_listener(&addresses->list[i], record, looking->exact);

		if (cover == COVER_YES)
			covered |= UINT64_C(1) << i;
		else if (cover == COVER_UNKNOWN)
			perhaps |= UINT64_C(1) << i;
	}
	request->covered |= covered;
	request->perhaps |= perhaps;
	return !addresses->count || covered || perhaps;
}

static int add_listener(const struct socktab_record *record, void *data)
{
	const struct looking *looking = data;
	struct requests *requests = looking->requests;
	uint32_t key = index_key(record->protocol, record->laddr.port);
	uint64_t position = socktab_table_get(&requests->index, &key);
	struct held_socket *sockets;

	if (!position)
		return 0;
	struct request *request = &requests->list[position - 1];

	if (!find_cover(looking, record, request)) {
		cover_format(record, request->elsewhere);
		return 0;
	}
	sockets = selection_make_room(requests->sockets, requests->socket_count, sizeof(*sockets));
	if (!sockets)
		return -ENOMEM;
	requests->sockets = sockets;
	sockets[requests->socket_count++] = (struct held_socket){ .record = *record,
								  .tag = position - 1 };
	return 0;
}

static int by_tag(const void *a, const void *b)
{
	size_t left = ((const struct held_socket *)a)->tag;
	size_t right = ((const struct held_socket *)b)->tag;

	return (left > right) - (left < right);
}

static void forget(struct requests *requests)
{
	for (size_t i = 0; i < requests->count; i++)
		requests->list[i] = (struct request){ .protocol = requests->list[i].protocol,
						      .port = requests->list[i].port };
	free(requests->sockets);
	requests->sockets = NULL;
	requests->socket_count = 0;
}

/* Sort the sockets by request and tell every request where its own are. */
static void assign(struct requests *requests)
{
	if (requests->socket_count)
		qsort(requests->sockets, requests->socket_count, sizeof(*requests->sockets),
		      by_tag);
	for (size_t i = requests->socket_count; i-- > 0;) {
		struct request *request = &requests->list[requests->sockets[i].tag];

		request->first = i;
		request->count++;
	}
}

const struct cover_address *requests_uncovered(const struct request *request,
					       const struct cover_list *addresses)
{
	for (size_t i = 0; i < addresses->count; i++)
		if (!(request->covered & UINT64_C(1) << i))
			return &addresses->list[i];
	return NULL;
}

static enum cover judge(const struct request *request, const struct cover_list *addresses)
{
	uint64_t all = addresses->count < 64 ? (UINT64_C(1) << addresses->count) - 1 : UINT64_MAX;

	if (!request->count)
		return COVER_NO;
	if ((request->covered & all) == all)
		return COVER_YES;
	return ((request->covered | request->perhaps) & all) == all ? COVER_UNKNOWN : COVER_NO;
}

int requests_look(struct requests *requests, const struct selection_view *view,
		  const struct cover_list *addresses, bool exact)
{
	const uint32_t stateless = SOCKTAB_UDP | SOCKTAB_RAW;
	struct looking looking = { requests, addresses, exact };
	struct socktab_filter listening = view->selection->filter, bound = listening;
	int result = 0;

	forget(requests);
	plugin_stage(view->report, "reading the socket tables");
	/* Not one visit for both: naming CLOSE makes the kernel walk every connection. */
	listening.states = SOCKTAB_BIT(SOCKTAB_LISTEN);
	listening.kinds &= ~stateless;
	bound.states = SOCKTAB_BIT(SOCKTAB_CLOSE);
	bound.kinds &= stateless;
	if (listening.kinds)
		result = socktab_visit(view->t, &listening, add_listener, &looking);
	if (!result && bound.kinds)
		result = socktab_visit(view->t, &bound, add_listener, &looking);
	assign(requests);
	for (size_t i = 0; i < requests->count; i++)
		requests->list[i].answer = judge(&requests->list[i], addresses);
	return result;
}

const char *requests_format(const struct request *first, const struct request *last, char *buffer,
			    size_t size)
{
	const char *protocol = socktab_protocol_name(first->protocol);

	if (first == last)
		snprintf(buffer, size, "%u/%s", first->port, protocol);
	else
		snprintf(buffer, size, "%u-%u/%s", first->port, last->port, protocol);
	return buffer;
}

const char *requests_format_bound(const struct requests *requests, const struct request *request,
				  char *buffer, size_t size)
{
	const struct held_socket *sockets = &requests->sockets[request->first];
	char seen[SHOWN_ADDRESSES][SOCKTAB_ADDRESS_SIZE], address[SOCKTAB_ADDRESS_SIZE];
	size_t shown = 0, length = 0;

	buffer[0] = '\0';
	for (size_t i = 0; i < request->count && length < size; i++) {
		bool again = false;

		cover_format(&sockets[i].record, address);
		for (size_t j = 0; j < shown; j++)
			again |= strcmp(seen[j], address) == 0;
		if (again)
			continue;
		if (shown == SHOWN_ADDRESSES) {
			snprintf(buffer + length, size - length, " and others");
			break;
		}
		memcpy(seen[shown++], address, sizeof(address));
		length += (size_t)snprintf(buffer + length, size - length, "%s%s",
					   length ? ", " : "", address);
	}
	return buffer;
}
