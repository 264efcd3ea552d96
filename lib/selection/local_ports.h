// SPDX-License-Identifier: MIT
/* local_ports.h - how far the ports that the kernel chooses from are used up */
#ifndef LOCAL_PORTS_H
#define LOCAL_PORTS_H

#include "selection.h"

/*
 * Where a program names no local port the kernel looks for a free one. Free is
 * for connect() over TCP	a port on which nobody listens and that no connection from the same
 *				address has to the same destination;
 * for bind()			a port that nothing on the same address has, TIME_WAIT included;
 * for connect() over UDP	a port that nothing on any address has, since it starts as bind() to
 *				the wildcard.
 * A port on which a TCP socket was bound before it connected is not free for connect() either; but
 * no source tells which these are.
 */

/* IPv4 addresses are mapped into IPv6, for the families share their ports. */
struct destination {
	uint8_t laddr[16], raddr[16];
	uint16_t rport; /* 0: sockets that are not connected */
};

struct destination_use {
	struct destination at;
	uint32_t sockets, time_wait; /* without what could be reused; of these, in TIME_WAIT */
};

struct local_ports {
	struct socktab_local_ports range; /* its set: without the ports that something listens on */
	uint32_t listening;		  /* so many of them */
	/* Sockets on a port of the set */
	uint64_t used;	    /* without reusable ones */
	uint64_t time_wait; /* in TIME_WAIT, reusable or not */
	/* in TIME_WAIT, and connect() could have their port; in the end those to the fullest
	 * destination alone, if there is one */
	uint64_t reusable;
	uint64_t destinations;	       /* distinct, of connected sockets */
	struct socktab_port_set taken; /* by anything */
	struct destination_use fullest;
	struct socktab_record fullest_socket; /* one of its sockets, to tell the unit */
	uint8_t fullest_address[16];
	uint32_t fullest_address_ports;
	struct socktab_table by_destination, by_port, reusable_by_destination; /* behind that */
};

/* Zero and prepare it; give its memory back with local_ports_free(). */
void local_ports_start(struct local_ports *ports, const struct socktab_local_ports *range);
void local_ports_free(struct local_ports *ports);

/* A visitor for the sockets that listen, which come first, and one for all others. */
socktab_visitor local_ports_listens, local_ports_count;
/* Then find the fullest address. 0 or -ENOMEM. */
int local_ports_end(struct local_ports *ports);

/* All of that for the sockets selected. As socktab_visit(). */
int local_ports_look(struct local_ports *ports, struct selection_view *view);

/* The fullest destinations, fullest first: an array to be freed. Returns how many, at most `most`;
 * 0 without memory too. */
size_t local_ports_top(const struct local_ports *ports, size_t most, struct destination_use **list);

/* Percent of the set. */
double local_ports_percent(const struct local_ports *ports, uint32_t count);

/* "from 10.0.1.4 to 10.0.5.11:8080", "unconnected on 0.0.0.0"; returns buffer. */
const char *local_ports_format(const struct destination *destination, char *buffer, size_t size);
/* "10.0.1.4"; returns buffer. */
const char *local_ports_format_ip(const uint8_t ip[16], char buffer[SOCKTAB_ADDRESS_SIZE]);

#endif
