// SPDX-License-Identifier: MIT
/* requests_look.c - look for the listeners that answer requests */
#include "listeners.h"
#include "private.h"
#include "requests_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct visit {
	struct socktab *t;
	struct requests *requests;
};

/* Which addresses the listener covers; false: none, not even perhaps. */
static bool find_cover(const struct requests_rule *rule, const struct socktab_record *record,
		       const char *device, struct request *request)
{
	uint64_t covered = 0, perhaps = 0, bound = 0;
	struct socktab_record anywhere = *record;

	/* What is reached through one device is not closed. */
	anywhere.ifindex = 0;
	for (size_t i = 0; i < rule->addresses.count; i++) {
		const struct cover_address *address = &rule->addresses.list[i];
		bool any_device = rule->closed && !address->device[0];
		enum cover cover = cover_listener(address, any_device ? &anywhere : record, device,
						  rule->exact);

		if (cover == COVER_YES)
			covered |= UINT64_C(1) << i;
		else if (cover == COVER_UNKNOWN)
			perhaps |= UINT64_C(1) << i;
		/* One that is bound to no device does not show that there is the one asked for. */
		if (cover == COVER_YES && (!address->device[0] || record->ifindex) &&
		    cover_listener(address, record, device, true) == COVER_YES)
			bound |= UINT64_C(1) << i;
	}
	request->bound |= bound;
	request->covered |= covered;
	request->perhaps |= perhaps;
	return !rule->addresses.count || covered || perhaps;
}

/* NULL: no memory. */
static struct held_socket *add_socket(const struct visit *visit, const struct request *request,
				      const struct socktab_record *record)
{
	struct held_list *held = &visit->requests->held;
	struct held_socket *socket;

	if (held_add(held, visit->t, record))
		return NULL;
	socket = &held->sockets[held->count - 1];
	socket->request = (size_t)(request - visit->requests->list);
	return socket;
}

static int add_port_listener(const struct visit *visit, uint32_t kinds,
			     const struct socktab_record *record)
{
	const struct requests_rule *rule = visit->requests->rule;
	struct request *request = requests_find(visit->requests, kinds, record->laddr.port);
	enum cover within = COVER_YES;
	const struct held_socket *socket;

	if (!request)
		return 0;
	socket = add_socket(visit, request, record);
	if (!socket)
		return -ENOMEM;
	if (rule->within.count)
		within = cover_is_within(record, &rule->within);
	if (within == COVER_NO || (within == COVER_UNKNOWN && !request->outside[0])) {
		cover_format_outside(record, socket->device, &rule->within, request->outside);
		request->perhaps_outside = within == COVER_UNKNOWN;
	}
	if (find_cover(rule, record, socket->device, request))
		return 0;
	cover_format(record, socket->device, request->elsewhere);
	visit->requests->held.count--;
	return 0;
}

/* Its port may be asked for of its family, and of both. */
static int add_listener(const struct socktab_record *record, void *data)
{
	int error = add_port_listener(data, SOCKTAB_BIT(socktab_kind(record)), record);

	return error ? error
		     : add_port_listener(
			       data, SOCKTAB_MASK((enum socktab_protocol)record->protocol), record);
}

/* A path may lead to a socket by another name than it has. */
static int add_name_listener(const struct visit *visit, struct request *request,
			     const struct socktab_record *record)
{
	int leads = socktab_leads_to(visit->t, request->name, record);
	bool same_name = socktab_has_name(record, request->name);

	if (leads < 0) {
		visit->requests->unseen = leads;
		if (request->answer == COVER_NO)
			request->answer = COVER_UNKNOWN;
	}
	if (leads > 0)
		request->answer = COVER_YES;
	if (leads > 0 || (leads < 0 && same_name))
		return add_socket(visit, request, record) ? 0 : -ENOMEM;
	request->stale |= same_name;
	return 0;
}

static int add_unix_listener(const struct socktab_record *record, void *data)
{
	const struct visit *visit = data;
	struct requests *requests = visit->requests;
	int error = 0;

	for (size_t i = 0; i < requests->count && record->path_length && !error; i++)
		if (requests->list[i].name)
			error = add_name_listener(visit, &requests->list[i], record);
	return error;
}

/* Those of one request by address, IPv4 first, then by inode: the kernel's order means nothing. */
static int by_request(const void *a, const void *b)
{
	const struct held_socket *left = a, *right = b;
	int order;

	if (left->request != right->request)
		return left->request < right->request ? -1 : 1;
	if (left->record.family != right->record.family)
		return left->record.family == AF_INET ? -1 : 1;
	order = memcmp(left->record.laddr.ip, right->record.laddr.ip,
		       sizeof(left->record.laddr.ip));
	if (order)
		return order;
	return (left->record.inode > right->record.inode) -
	       (left->record.inode < right->record.inode);
}

static void forget(struct requests *requests)
{
	for (size_t i = 0; i < requests->count; i++) {
		const struct request *old = &requests->list[i];

		requests->list[i] = (struct request){ .protocol = old->protocol,
						      .kinds = old->kinds,
						      .names_family = old->names_family,
						      .port = old->port,
						      .name = old->name,
						      .number = old->number,
						      .age = -1,
						      .age_max = -1 };
	}
	free(requests->held.sockets);
	requests->held = (struct held_list){ 0 };
	requests->unseen = 0;
}

/* Sort the sockets by request and tell every request where its own are. */
static void assign(struct requests *requests)
{
	if (requests->held.count)
		qsort(requests->held.sockets, requests->held.count, sizeof(*requests->held.sockets),
		      by_request);
	for (size_t i = requests->held.count; i-- > 0;) {
		struct request *request = &requests->list[requests->held.sockets[i].request];

		request->first = i;
		request->count++;
	}
}

/* A file tells nothing of the namespace in which its socket listens, if any does. */
static void find_files(struct requests *requests, struct socktab *t)
{
	for (size_t i = 0; i < requests->count; i++) {
		struct request *request = &requests->list[i];

		request->file = request->name && !request->count && !request->stale &&
				socktab_leads_to(t, request->name, NULL) > 0;
	}
}

static int add_any(const struct socktab_record *record, void *data)
{
	return record->family == AF_UNIX ? add_unix_listener(record, data)
					 : add_listener(record, data);
}

void requests_look(struct requests *requests, struct selection_view *view)
{
	struct visit visit = { view->t, requests };
	struct socktab_filter filter = view->selection->filter;
	int result;

	forget(requests);
	/* A path may lead to a socket by another name than it has. */
	filter.names = NULL;
	filter.name_count = 0;
	plugin_stage(view->report, "reading the socket tables");
	/* Whether something listens does not hang on whose it is. */
	view->no_candidates = true;
	result = listeners_visit(view, &filter, add_any, &visit);
	requests->bound = selection_saw_all(view, result) ? PLUGIN_EXACT : PLUGIN_AT_LEAST;
	cover_find_foreign(&requests->rule->addresses, view, &requests->foreign);
	assign(requests);
	find_files(requests, view->t);
	requests_judge(requests, view);
	selection_bound(view, result);
	view->no_candidates = !requests->held.count;
}
