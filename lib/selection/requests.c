// SPDX-License-Identifier: MIT
/* requests.c - the ports that a user asks for: a request each */
#include "requests_private.h"

static uint32_t index_key(uint32_t kinds, uint16_t port)
{
	return kinds << 16 | port;
}

struct request *requests_find(const struct requests *requests, uint32_t kinds, uint16_t port)
{
	uint32_t key = index_key(kinds, port);
	uint64_t position = socktab_table_get(&requests->index, &key);

	return position ? &requests->list[position - 1] : NULL;
}

/* The same port of another family, or of both, is another request: the words tell them apart. */
static void tell_apart(struct requests *requests, const struct request *request)
{
	uint32_t both = SOCKTAB_MASK(request->protocol);
	const uint32_t families[] = { both & SOCKTAB_INET4, both & SOCKTAB_INET6, both };
	struct request *first = NULL;

	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++) {
		struct request *same = requests_find(requests, families[i], request->port);

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
