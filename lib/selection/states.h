// SPDX-License-Identifier: MIT
/* states.h - connections by state: which a selection has, how many there are in words */
#ifndef STATES_H
#define STATES_H

#include "selection.h"

/* Counters by enum socktab_state. */
typedef uint64_t states_counts[SOCKTAB_STATES];
/* Of the sockets that have none beside them, by enum socktab_protocol. */
typedef uint64_t stateless_counts[SOCKTAB_PROTOCOLS];

/* Is it of a protocol with connections: TCP, MPTCP, SCTP? Others borrow the names of the states. */
bool states_has(const struct socktab_record *record);
/* Can a resolved selection have any such? */
bool states_any(const struct selection *selection);
/*
 * Rows of a plugin's table, one for each state from ESTABLISHED on: before the thresholds are read,
 * which of them a resolved selection cannot have, and why; then their values.
 */
void states_limit_metrics(const struct selection *selection, struct plugin_metric *metrics);
void states_set_metrics(const struct selection *selection, const states_counts counts,
			enum plugin_bound bound, struct plugin_metric *metrics);
/* Why none of its sockets can be one that nobody has accepted yet. NULL: they can. */
const char *states_unaccepted_missing(const struct selection *selection);
/* Has it none at all, since those that it has belong to nobody, and owners are asked for? */
bool states_ownerless(const struct selection *selection);

/* "(312 established, 28 time_wait, 3 udp)": the states that somebody is in; returns buffer. */
const char *states_format(const states_counts counts, const stateless_counts others, char *buffer,
			  size_t size);
/* The same line by line as evidence, the numbers in a column of this width. */
void states_list(const states_counts counts, const stateless_counts others, size_t width,
		 struct plugin_report *report);

#endif
