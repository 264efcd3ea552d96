// SPDX-License-Identifier: MIT
/* listeners.h - everything that waits for somebody to connect or to send */
#ifndef LISTENERS_H
#define LISTENERS_H

#include "held.h"
#include "selection.h"

/*
 * Visit the listeners of the filter, whose states are set here: sockets in LISTEN; of UDP and raw
 * those that are bound and not connected; of unix also the datagram sockets that have a name.
 * Owners are not looked at. Returns what socktab_visit() does.
 */
int listeners_visit(struct selection_view *view, const struct socktab_filter *filter,
		    socktab_visitor *visit, void *data);

/*
 * A client that has sent something by UDP looks like a server, but for its port, which the kernel
 * chose. All zero is none.
 */
struct listeners_clients {
	struct socktab_local_ports range;
	bool unread; /* the range: any UDP socket may be a client's */
};

/* If UDP is selected. */
void listeners_read_clients(struct listeners_clients *clients, const struct selection_view *view);
bool listeners_is_client(const struct listeners_clients *clients,
			 const struct socktab_record *record);
bool listeners_may_be_client(const struct listeners_clients *clients,
			     const struct socktab_record *record);
/* Is there one among those that are HELD_YES? */
bool listeners_any_client(const struct listeners_clients *clients, const struct held_list *list);
/* Returns whether any may be a client's. Those of them that are not HELD_YES become HELD_UNKNOWN,
 * and the report says why. */
bool listeners_doubt_clients(struct listeners_clients *clients, struct selection_view *view,
			     struct held_list *list);

#endif
