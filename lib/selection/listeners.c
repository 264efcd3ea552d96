// SPDX-License-Identifier: MIT
/* listeners.c - everything that waits for somebody to connect or to send */
#include "listeners.h"

#include "private.h"

#include <sys/socket.h>

struct listening {
	socktab_visitor *visit;
	void *data;
};

/* A named datagram socket is ESTABLISHED while a client is connected to it; a connection that was
 * accepted carries its listener's name. */
static int visit_unix(const struct socktab_record *record, void *data)
{
	const struct listening *listening = data;

	if (record->type == SOCK_DGRAM ? !record->path_length : record->state != SOCKTAB_LISTEN)
		return 0;
	return listening->visit(record, listening->data);
}

int listeners_visit(struct selection_view *view, const struct socktab_filter *filter,
		    socktab_visitor *visit, void *data)
{
	const uint32_t stateless = SOCKTAB_UDP | SOCKTAB_RAW;
	struct socktab_filter stream = *filter, bound = *filter, local = *filter;
	struct listening listening = { visit, data };
	int result = 0;

	/* Not one visit for all: naming CLOSE makes the kernel walk every connection. */
	stream.states = SOCKTAB_BIT(SOCKTAB_LISTEN);
	stream.kinds &= ~stateless & ~SOCKTAB_UNIX;
	bound.states = SOCKTAB_BIT(SOCKTAB_CLOSE);
	bound.kinds &= stateless;
	local.states = 0;
	local.local_port_count = 0;
	local.kinds &= SOCKTAB_UNIX;
	if (stream.kinds)
		result = selection_visit_tables(view, &stream, visit, data);
	if (!result && bound.kinds)
		result = selection_visit_tables(view, &bound, visit, data);
	if (!result && local.kinds)
		result = selection_visit_tables(view, &local, visit_unix, &listening);
	return result;
}

/* ---- what only looks so ------------------------------------------------------------------ */

void listeners_read_clients(struct listeners_clients *clients, const struct selection_view *view)
{
	if (view->selection->filter.kinds & SOCKTAB_UDP)
		clients->unread = socktab_local_ports(view->t, &clients->range) != 0;
}

bool listeners_is_client(const struct listeners_clients *clients,
			 const struct socktab_record *record)
{
	return record->protocol == SOCKTAB_PROTOCOL_UDP &&
	       socktab_port_has(&clients->range.set, record->laddr.port);
}

bool listeners_may_be_client(const struct listeners_clients *clients,
			     const struct socktab_record *record)
{
	return record->protocol == SOCKTAB_PROTOCOL_UDP && clients->unread;
}

bool listeners_any_client(const struct listeners_clients *clients, const struct held_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->sockets[i].held == HELD_YES &&
		    listeners_may_be_client(clients, &list->sockets[i].record))
			return true;
	return false;
}

bool listeners_doubt_clients(struct listeners_clients *clients, struct selection_view *view,
			     struct held_list *list)
{
	bool any = false, doubted = false;

	for (size_t i = 0; i < list->count; i++) {
		struct held_socket *socket = &list->sockets[i];

		if (!listeners_may_be_client(clients, &socket->record))
			continue;
		any = true;
		if (socket->held == HELD_YES)
			continue;
		socket->held = HELD_UNKNOWN;
		doubted = true;
	}
	/* Says why, and what to do. */
	if (doubted)
		selection_local_ports(view, &clients->range);
	return any;
}
