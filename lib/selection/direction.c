// SPDX-License-Identifier: MIT
/* direction.c - inbound and outbound: does something listen on the local port */
#include <errno.h>

#include "private.h"

/* A visit of the sockets of one direction. */
struct directed_visit {
	enum selection_direction direction;
	struct socktab_table listening; /* see port_of() */
	socktab_visitor *visit;
	void *data;
};

static uint32_t port_of(const struct socktab_record *record)
{
	return (uint32_t)record->protocol << 16 | record->laddr.port;
}

static int note_port(const struct socktab_record *record, void *data)
{
	struct directed_visit *directed = data;
	uint32_t port = port_of(record);

	return selection_add_key(&directed->listening, &port);
}

static int visit_directed(const struct socktab_record *record, void *data)
{
	const struct directed_visit *directed = data;
	uint32_t port = port_of(record);
	bool inbound = socktab_table_get(&directed->listening, &port) != 0;

	return inbound == (directed->direction == SELECTION_INBOUND)
		       ? directed->visit(record, directed->data)
		       : 0;
}

/* Both families of each protocol: a listener of IPv6 takes IPv4 too. */
static uint32_t listener_kinds(uint32_t kinds, uint32_t protocols)
{
	kinds &= protocols;
	return kinds | (kinds & SOCKTAB_INET4) << 1 | (kinds & SOCKTAB_INET6) >> 1;
}

/* UDP listens where it is bound and not connected. */
static int note_listeners(struct selection_view *view, uint32_t kinds,
			  struct directed_visit *directed)
{
	const struct socktab_filter filters[] = {
		{ .kinds = listener_kinds(kinds, SOCKTAB_TCP | SOCKTAB_SCTP | SOCKTAB_MPTCP),
		  .states = SOCKTAB_BIT(SOCKTAB_LISTEN) },
		{ .kinds = listener_kinds(kinds, SOCKTAB_UDP),
		  .states = SOCKTAB_BIT(SOCKTAB_CLOSE) },
	};
	int result = 0;

	for (size_t i = 0; !result && i < sizeof(filters) / sizeof(*filters); i++)
		if (filters[i].kinds)
			result = socktab_visit(view->t, &filters[i], note_port, directed);
	/* A listener that was not seen would make outbound what is not: worse than too few. */
	if (!result && !selection_saw_sockets(view))
		result = -EBADMSG;
	return result;
}

int selection_visit_here(struct selection_view *view, const struct socktab_filter *filter,
			 socktab_visitor *visit, void *data)
{
	struct directed_visit directed = { .direction = view->selection->direction,
					   .listening = { .key_size = sizeof(uint32_t) },
					   .visit = visit,
					   .data = data };
	int result = 0;

	if (!directed.direction)
		return socktab_visit(view->t, filter, visit, data);
	result = note_listeners(view, filter->kinds ? filter->kinds : SOCKTAB_ALL, &directed);
	if (!result)
		result = socktab_visit(view->t, filter, visit_directed, &directed);
	socktab_table_free(&directed.listening);
	return result;
}
