// SPDX-License-Identifier: MIT
/* listeners.h - everything that waits for somebody to connect or to send */
#ifndef LISTENERS_H
#define LISTENERS_H

#include "selection.h"

/*
 * Visit the listeners of the filter, whose states are set here: sockets in LISTEN; of UDP and raw
 * those that are bound and not connected; of unix also the datagram sockets that have a name.
 * Owners are not looked at. Returns what socktab_visit() does.
 */
int listeners_visit(struct selection_view *view, const struct socktab_filter *filter,
		    socktab_visitor *visit, void *data);

#endif
