// SPDX-License-Identifier: MIT
/* requests.h - the ports that a user asks for, and the listeners that answer there */
#ifndef REQUESTS_H
#define REQUESTS_H

#include "cover.h"
#include "held.h"
#include "selection.h"

/* One port of one protocol. */
struct request {
	enum socktab_protocol protocol;
	uint16_t port;
	/* what a look found */
	enum cover answer;	   /* do its listeners cover all the addresses asked for? */
	size_t first, count;	   /* the sockets that answer: from requests.sockets[first] */
	uint64_t covered, perhaps; /* addresses that listeners cover: bits by order of the list */
	char elsewhere[SOCKTAB_ADDRESS_SIZE]; /* where one listens that answers none; "": none */
};

struct requests {
	struct request *list; /* each once, in the order of the options */
	size_t count;
	struct socktab_table index; /* protocol << 16 | port -> position + 1 */
	/* what a look found, by order of the list */
	struct held_socket *sockets;
	size_t socket_count;
};

/* From the ports of a resolved filter. NULL, or what is wrong. */
const char *requests_make(struct requests *requests, const struct socktab_filter *filter);

/*
 * Look for the listeners of every request: sockets in LISTEN; for UDP and raw, bound and
 * unconnected ones. Anew at each call. With no addresses any listener answers. Returns what
 * socktab_visit() does.
 */
int requests_look(struct requests *requests, struct selection_view *view,
		  const struct cover_list *addresses, bool exact);

/* The first address of the list that the request's listeners do not cover; NULL: all are. */
const struct cover_address *requests_uncovered(const struct request *request,
					       const struct cover_list *addresses);

/* "443/tcp"; with last > first "8001-8010/tcp"; returns buffer. */
const char *requests_format(const struct request *first, const struct request *last, char *buffer,
			    size_t size);
/* Where the sockets that answer are bound: "*", "10.0.0.1 and ::1", cut after a few; returns
 * buffer. */
const char *requests_format_bound(const struct requests *requests, const struct request *request,
				  char *buffer, size_t size);

#endif
