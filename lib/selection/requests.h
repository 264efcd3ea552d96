// SPDX-License-Identifier: MIT
/* requests.h - the ports that a user asks for, and the listeners that answer there */
#ifndef REQUESTS_H
#define REQUESTS_H

#include "cover.h"
#include "held.h"
#include "selection.h"

/* One port of one protocol, or one unix socket. */
struct request {
	enum socktab_protocol protocol;
	uint16_t port;
	const struct socktab_name *name; /* of a unix socket; NULL: a port */
	size_t number;			 /* of a unix socket among those asked for, from 1 */
	/* what requests_look() found */
	enum cover answer;	   /* do its listeners cover all the addresses asked for? */
	size_t first, count;	   /* the sockets that answer: from requests.sockets[first] */
	uint64_t covered, perhaps; /* addresses that listeners cover: bits by order of the list */
	char elsewhere[SOCKTAB_ADDRESS_SIZE]; /* where one listens that answers none; "": none */
	char outside[SOCKTAB_ADDRESS_SIZE];   /* where one is bound that may not be; "": none */
	bool stale; /* a socket was bound to this path, which leads to it no more */
	/* what requests_read_holders() found */
	int64_t age, age_max; /* seconds since the youngest, the oldest holder started; -1: none */
	uint64_t deleted;     /* holders whose executable was removed or replaced */
};

/* What is asked of all of them. */
struct requests_rule {
	struct cover_list addresses; /* a listener must answer on each; empty: any listener does */
	bool exact;		     /* bound to exactly these addresses */
	struct cover_within within;  /* where listeners may be bound; empty: anywhere */
};

struct requests {
	struct request *list; /* each once, in the order of the options */
	size_t count;
	struct socktab_table index; /* protocol << 16 | port -> position + 1 */
	/* what a look found, by order of the list */
	struct held_socket *sockets;
	size_t socket_count;
};

/* From the ports and names of a resolved filter. NULL, or what is wrong. */
const char *requests_make(struct requests *requests, const struct socktab_filter *filter);

/*
 * Look for the listeners of every request: sockets in LISTEN; for UDP and raw, bound and
 * unconnected ones; for unix, listening or bound datagram sockets at a path that still leads to
 * them. Anew at each call. Returns what socktab_visit() does.
 */
int requests_look(struct requests *requests, struct selection_view *view,
		  const struct requests_rule *rule);

/* Find the ages of all holders of the sockets that answer. Returns what socktab_holders() does. */
int requests_read_holders(struct requests *requests, const struct selection_view *view);

/* ---- figures of the sockets that answer -------------------------------------------------- */

/* The fullest accept queue in percent, its length and how many it admits. False: no queue, or the
 * source does not tell the limit. */
bool requests_backlog(const struct requests *requests, const struct request *request,
		      double *percent, uint32_t *length, uint64_t *room);
/* Bytes that wait to be read on UDP and raw sockets; false: there are none. */
bool requests_recv_queue(const struct requests *requests, const struct request *request,
			 uint64_t *bytes);
/* Datagrams that they dropped; false: there are none, or the source does not tell. */
bool requests_drops(const struct requests *requests, const struct request *request,
		    uint64_t *drops);

/* ---- words, in requests_words.c ---------------------------------------------------------- */

/* "443/tcp", "unix:/run/x.sock"; with last != first "8001-8010/tcp"; returns buffer. */
const char *requests_format(const struct request *first, const struct request *last, char *buffer,
			    size_t size);
/* Where the sockets that answer are bound: "*", "10.0.0.1, ::1", cut after a few; returns
 * buffer. */
const char *requests_format_bound(const struct requests *requests, const struct request *request,
				  char *buffer, size_t size);
/* "443/tcp on * by nginx[1] user root", with `queue` ", accept queue 2% (12 of 512)"; returns
 * buffer. */
const char *requests_format_answer(const struct requests *requests, const struct request *request,
				   struct selection_view *view, bool queue, char *buffer,
				   size_t size);
/* Why a request is not answered as it should be, "not listening" or where it listens instead;
 * `saw`: all tables were read. Returns buffer. */
const char *requests_format_miss(const struct requests *requests, const struct request *request,
				 const struct requests_rule *rule, bool saw, char *buffer,
				 size_t size);
/* The last of the requests from this one on that are missing just as plainly, port by port. */
const struct request *requests_last_of_run(const struct requests *requests,
					   const struct request *first);

#endif
