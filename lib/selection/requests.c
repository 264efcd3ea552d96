// SPDX-License-Identifier: MIT
/* requests.c - the ports that a user asks for, and the listeners that answer there */
#include "requests.h"

#include "listeners.h"
#include "private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static uint32_t index_key(uint32_t kinds, uint16_t port)
{
	return kinds << 16 | port;
}

/* The same port of another family, or of both, is another request: the words tell them apart. */
static void tell_apart(struct requests *requests, const struct request *request)
{
	uint32_t both = SOCKTAB_MASK(request->protocol);
	const uint32_t families[] = { both & SOCKTAB_INET4, both & SOCKTAB_INET6, both };
	struct request *first = NULL;

	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++) {
		uint32_t key = index_key(families[i], request->port);
		uint64_t position = socktab_table_get(&requests->index, &key);
		struct request *same = position ? &requests->list[position - 1] : NULL;

		if (first && same)
			first->names_family = same->names_family = true;
		first = first ? first : same;
	}
}

static bool add_request(struct requests *requests, enum socktab_protocol protocol, uint32_t kinds,
			uint16_t port)
{
	uint32_t key = index_key(kinds, port);
	uint64_t *position = socktab_table_at(&requests->index, &key);
	struct request *list;

	if (position && *position)
		return true;
	list = selection_make_room(requests->list, requests->count, sizeof(*list));
	if (!position || !list)
		return false;
	requests->list = list;
	list[requests->count++] =
		(struct request){ .protocol = protocol, .kinds = kinds, .port = port };
	*position = requests->count;
	tell_apart(requests, &list[requests->count - 1]);
	return true;
}

static bool add_name(struct requests *requests, const struct socktab_name *name, size_t number)
{
	struct request *list = selection_make_room(requests->list, requests->count, sizeof(*list));

	if (!list)
		return false;
	requests->list = list;
	list[requests->count++] = (struct request){ .protocol = SOCKTAB_PROTOCOL_UNIX,
						    .name = name,
						    .number = number };
	return true;
}

const char *requests_make(struct requests *requests, const struct socktab_filter *filter,
			  const struct requests_rule *rule)
{
	bool memory = true;

	requests->rule = rule;
	requests->index.key_size = sizeof(uint32_t);
	for (size_t i = 0; i < filter->local_port_count; i++) {
		const struct socktab_ports *ports = &filter->local_ports[i];

		for (unsigned int protocol = 0; protocol < SOCKTAB_PROTOCOLS; protocol++)
			for (unsigned int port = ports->first; port <= ports->last; port++)
				if (ports->kinds & SOCKTAB_MASK(protocol))
					memory &= add_request(requests, protocol,
							      ports->kinds & SOCKTAB_MASK(protocol),
							      (uint16_t)port);
	}
	for (size_t i = 0; i < filter->name_count; i++)
		memory &= add_name(requests, &filter->names[i], i + 1);
	return memory ? NULL : "out of memory";
}

struct looking {
	struct socktab *t;
	struct requests *requests;
};

/* Which addresses the listener covers; false: none, not even perhaps. */
static bool find_cover(const struct requests_rule *rule, const struct socktab_record *record,
		       const char *device, struct request *request)
{
	uint64_t covered = 0, perhaps = 0, bound = 0;

	for (size_t i = 0; i < rule->addresses.count; i++) {
		enum cover cover = cover_listener(&rule->addresses.list[i], record, device,
						  rule->exact);

		if (cover == COVER_YES)
			covered |= UINT64_C(1) << i;
		else if (cover == COVER_UNKNOWN)
			perhaps |= UINT64_C(1) << i;
		if (cover == COVER_YES &&
		    cover_listener(&rule->addresses.list[i], record, device, true) == COVER_YES)
			bound |= UINT64_C(1) << i;
	}
	request->bound |= bound;
	request->covered |= covered;
	request->perhaps |= perhaps;
	return !rule->addresses.count || covered || perhaps;
}

/* NULL: no memory. */
static struct held_socket *add_socket(const struct looking *looking, const struct request *request,
				      const struct socktab_record *record)
{
	struct held_list *held = &looking->requests->held;
	struct held_socket *socket;

	if (held_add(held, looking->t, record))
		return NULL;
	socket = &held->sockets[held->count - 1];
	socket->tag = (size_t)(request - looking->requests->list);
	return socket;
}

static int add_port_listener(const struct looking *looking, uint32_t kinds,
			     const struct socktab_record *record)
{
	const struct requests_rule *rule = looking->requests->rule;
	uint32_t key = index_key(kinds, record->laddr.port);
	uint64_t position = socktab_table_get(&looking->requests->index, &key);
	enum cover within = COVER_YES;
	const struct held_socket *socket;
	struct request *request;

	if (!position)
		return 0;
	request = &looking->requests->list[position - 1];
	socket = add_socket(looking, request, record);
	if (!socket)
		return -ENOMEM;
	if (rule->within.count)
		within = cover_is_within(record, &rule->within);
	if (within == COVER_NO || (within == COVER_UNKNOWN && !request->outside[0])) {
		cover_format(record, socket->device, request->outside);
		request->perhaps_outside = within == COVER_UNKNOWN;
	}
	if (find_cover(rule, record, socket->device, request))
		return 0;
	cover_format(record, socket->device, request->elsewhere);
	looking->requests->held.count--;
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
static int add_name_listener(const struct looking *looking, struct request *request,
			     const struct socktab_record *record)
{
	int leads = socktab_leads_to(looking->t, request->name, record);
	bool same_name = socktab_has_name(record, request->name);

	if (leads < 0) {
		looking->requests->unseen = leads;
		if (request->answer == COVER_NO)
			request->answer = COVER_UNKNOWN;
	}
	if (leads > 0)
		request->answer = COVER_YES;
	if (leads > 0 || (leads < 0 && same_name))
		return add_socket(looking, request, record) ? 0 : -ENOMEM;
	request->stale |= same_name;
	return 0;
}

static int add_unix_listener(const struct socktab_record *record, void *data)
{
	const struct looking *looking = data;
	struct requests *requests = looking->requests;
	int error = 0;

	for (size_t i = 0; i < requests->count && record->path_length && !error; i++)
		if (requests->list[i].name)
			error = add_name_listener(looking, &requests->list[i], record);
	return error;
}

static int by_tag(const void *a, const void *b)
{
	size_t left = ((const struct held_socket *)a)->tag;
	size_t right = ((const struct held_socket *)b)->tag;

	return (left > right) - (left < right);
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
		      by_tag);
	for (size_t i = requests->held.count; i-- > 0;) {
		struct request *request = &requests->list[requests->held.sockets[i].tag];

		request->first = i;
		request->count++;
	}
}

/* Do its listeners cover what is asked for? An address that nobody has nobody covers. */
static enum cover judge(const struct requests *requests, const struct request *request)
{
	const struct requests_rule *rule = requests->rule;
	size_t count = rule->addresses.count;
	uint64_t all = count < 64 ? (UINT64_C(1) << count) - 1 : UINT64_MAX;
	uint64_t covered = request->covered & ~requests->foreign;
	uint64_t perhaps = (request->perhaps | request->perhaps_here) & ~requests->foreign;
	bool saw = requests->bound == PLUGIN_EXACT;
	bool possible = !count || request->name ||
			(rule->closed ? all & ~requests->foreign : !requests->foreign);
	enum cover none = saw || !possible ? COVER_NO : COVER_UNKNOWN;

	if (request->name)
		return request->answer == COVER_NO ? none : request->answer;
	if (!count)
		return request->count ? COVER_YES : none;
	if (rule->closed)
		return covered ? COVER_YES : perhaps ? COVER_UNKNOWN : none;
	if (covered == all)
		return COVER_YES;
	return (covered | perhaps) == all ? COVER_UNKNOWN : none;
}

static void judge_all(struct requests *requests)
{
	requests->listening = requests->unsure = requests->good = 0;
	for (size_t i = 0; i < requests->count; i++) {
		struct request *request = &requests->list[i];

		/* A wildcard covers an address only if this host has it. */
		request->perhaps_here = request->covered & requests->perhaps_foreign &
					~request->bound;
		request->covered &= ~request->perhaps_here;
		request->answer = judge(requests, request);
		request->good = request->answer == (requests->rule->closed ? COVER_NO : COVER_YES);
		requests->listening += request->answer == COVER_YES;
		requests->unsure += request->answer == COVER_UNKNOWN;
		requests->good += request->good;
	}
}

static int add_any(const struct socktab_record *record, void *data)
{
	return record->family == AF_UNIX ? add_unix_listener(record, data)
					 : add_listener(record, data);
}

/* What would tell whether they listen where they are asked to. */
static void say_unsure(const struct requests *requests, const struct selection_view *view)
{
	for (size_t i = 0; i < requests->count; i++) {
		const struct request *request = &requests->list[i];

		if (request->answer != COVER_UNKNOWN || request->name)
			continue;
		if (request->perhaps)
			selection_remedy_procfs(view, "whether an IPv6 socket takes IPv4");
		if (request->perhaps_here)
			plugin_remedy(view->report,
				      "the addresses of this host cannot be read (%s): leave out "
				      "--address, or use --exact",
				      strerror(-requests->local_error));
	}
	if (requests->unseen == -ENODATA)
		selection_remedy_procfs(view, "the file of a unix socket");
	else if (requests->unseen == -EXDEV)
		plugin_remedy(view->report, "whose mounts a path belongs to is not known of a "
					    "namespace by its name: name a process of it, "
					    "--netns PID");
	else if (requests->unseen)
		plugin_remedy(view->report,
			      "the path may not be looked at by uid %u (%s): run it as root",
			      (unsigned int)geteuid(), strerror(-requests->unseen));
}

void requests_look(struct requests *requests, struct selection_view *view)
{
	struct looking looking = { view->t, requests };
	struct socktab_filter filter = view->selection->filter;

	forget(requests);
	/* A path may lead to a socket by another name than it has. */
	filter.names = NULL;
	filter.name_count = 0;
	plugin_stage(view->report, "reading the socket tables");
	/* Whether something listens does not hang on whose it is. */
	view->no_candidates = true;
	requests->bound = selection_bound(view, listeners_visit(view, &filter, add_any, &looking));
	view->no_candidates = !requests->held.count;
	requests->local_error = cover_find_foreign(&requests->rule->addresses, view,
						   &requests->foreign, &requests->perhaps_foreign);
	assign(requests);
	judge_all(requests);
	if (requests->unsure && requests->bound == PLUGIN_EXACT)
		say_unsure(requests, view);
}
