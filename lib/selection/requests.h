// SPDX-License-Identifier: MIT
/* requests.h - the ports that a user asks for, and the listeners that answer there */
#ifndef REQUESTS_H
#define REQUESTS_H

#include "cover.h"
#include "held.h"
#include "selection.h"

/* One port of one protocol over one or both families, or one unix socket. */
struct request {
	enum socktab_protocol protocol;
	uint32_t kinds;	   /* of the protocol */
	bool names_family; /* the port is asked for by another request too, of other families */
	uint16_t port;
	const struct socktab_name *name; /* of a unix socket; NULL: a port */
	size_t number;			 /* of a unix socket among those asked for, from 1 */
	/* what requests_look() found */
	enum cover answer; /* do its listeners cover the addresses asked for: all, any if closed? */
	bool good;	   /* that is as it should be */
	size_t first, count;	   /* the sockets that answer: from requests.held.sockets[first] */
	uint64_t covered, perhaps; /* addresses that listeners cover: bits by order of the list */
	uint64_t bound;		   /* those of them that a listener is bound to */
	uint64_t perhaps_here;	   /* those that they cover if this host has them */
	char elsewhere[SOCKTAB_ADDRESS_SIZE]; /* where one listens that answers none; "": none */
	char outside[SOCKTAB_ADDRESS_SIZE];   /* where one is bound that may not be; "": none */
	bool perhaps_outside;		      /* that is not sure */
	bool stale; /* a socket was bound to this path, which leads to it no more */
	bool file;  /* the path leads to the file of a socket, though none answers in this network
		       namespace */
	/* what the figures found */
	int64_t age, age_max; /* seconds since the youngest, the oldest holder started; -1: none */
	uint64_t deleted;     /* holders whose executable was removed or replaced */
	bool deleted_unsure;  /* that of a holder may not be read */
	bool unheld;	      /* nobody in this nested pid namespace holds one of the sockets */
};

/* What is asked of all of them. */
struct requests_rule {
	struct cover_list addresses; /* a listener must answer on each; empty: any listener does */
	bool exact;		     /* bound to exactly these addresses */
	struct cover_within within;  /* where listeners may be bound; empty: anywhere */
	bool closed;		     /* nothing may listen, on none of the addresses */
};

struct requests {
	const struct requests_rule *rule;
	struct request *list; /* each once, in the order of the options */
	size_t count;
	struct socktab_table index; /* kinds << 16 | port -> position + 1 */
	/* what a look found */
	struct held_list held;		/* sockets that answer, by order of the list */
	enum plugin_bound bound;	/* of numbers of sockets */
	int unseen;			/* -errno where a path cannot be looked at; 0 */
	struct cover_foreign foreign;	/* addresses of the rule that this host does not have */
	size_t listening, unsure, good; /* requests that are answered, that may be, that are good */
};

/* From the ports and names of a resolved filter. NULL, or what is wrong. */
const char *requests_make(struct requests *requests, const struct socktab_filter *filter,
			  const struct requests_rule *rule);

/*
 * Look for the listeners of every request: sockets in LISTEN; for UDP and raw, bound and
 * unconnected ones; for unix, listening or bound datagram sockets at a path that still leads to
 * them. Anew at each call. What could not be seen is in the report.
 */
void requests_look(struct requests *requests, struct selection_view *view);

/*
 * Set `listening`, and judge it: the mildest state over all numbers of requests that may be
 * answered, UNKNOWN if OK is among them.
 */
enum plugin_state requests_judge_listening(const struct requests *requests,
					   struct selection_view *view,
					   struct plugin_metric *metric);
/* Would it be milder if more of them listened, or fewer where they are to be closed? */
bool requests_lack(const struct requests *requests, const struct plugin_metric *metric);

/* ---- figures, in requests_figures.c ------------------------------------------------------ */

/* The rows of the plugin's table. */
enum requests_metric {
	REQUESTS_LISTENING,
	REQUESTS_LISTENERS,
	REQUESTS_BACKLOG,
	REQUESTS_AGE,
	REQUESTS_AGE_MAX,
	REQUESTS_DELETED,
	REQUESTS_RECV_QUEUE,
	REQUESTS_DROPS,
	REQUESTS_OVERFLOWS,
};

/* Before the thresholds are read: which of them these requests cannot have, and why, and of which
 * requests_set_figures() says the alerts, port by port. */
void requests_limit_metrics(const struct requests *requests, struct plugin_metric *metrics);

/* Set all but `listening`, those that take a look at processes only if somebody asks for them. */
void requests_set_figures(struct requests *requests, struct selection_view *view,
			  struct plugin_metric *metrics);
/* The fullest accept queue in percent, its length and how many it admits. False: no queue, or the
 * source does not tell the limit. */
bool requests_backlog(const struct requests *requests, const struct request *request,
		      double *percent, uint32_t *length, uint64_t *room);

/* ---- words, in requests_words.c ---------------------------------------------------------- */

/* For performance data: "tcp"; "tcp6" where the same port is asked for of other families too. */
const char *requests_label(const struct request *request);
/* "443/tcp", "443/tcp6" if of IPv6 sockets alone, "unix:/run/x.sock"; with last != first
 * "8001-8010/tcp"; returns buffer. */
const char *requests_format(const struct request *first, const struct request *last, char *buffer,
			    size_t size);
/* The proof of a good one: "443/tcp on * by nginx[1] user root", with `queue` ", accept queue 2%
 * (12 of 512)"; of a run of closed ones "23-79/tcp closed". Returns buffer. */
const char *requests_format_answer(const struct requests *requests, const struct request *request,
				   const struct request *last, struct selection_view *view,
				   bool queue, char *buffer, size_t size);
/* What is well beside what is not: "80/tcp, 22/tcp", "9 other ports", ""; returns buffer. */
const char *requests_format_others(const struct requests *requests, char *buffer, size_t size);
/* Why a request is not answered as it should be, "not listening" or where it listens instead;
 * returns buffer. */
const char *requests_format_miss(const struct requests *requests, const struct request *request,
				 char *buffer, size_t size);
/* Who holds the port of a socket in the wrong hands, and who should; returns buffer. */
const char *requests_format_holder(const struct requests *requests,
				   const struct held_socket *socket, struct selection_view *view,
				   char *buffer, size_t size);
/* The last of the requests from this one on that are missing just as plainly, port by port. */
const struct request *requests_last_of_run(const struct requests *requests,
					   const struct request *first);
/* The evidence, a line of long output for each socket and for each request without any: where it
 * is bound, its state and queue, its holder and its maker. Looks for the holders. */
void requests_say_evidence(struct requests *requests, struct selection_view *view);

#endif
