// SPDX-License-Identifier: MIT
/* states.h - connections by state: which a selection has, how many there are in words */
#ifndef STATES_H
#define STATES_H

#include "selection.h"

/* Counters by enum socktab_state. */
typedef uint64_t states_counts[SOCKTAB_STATES];

/* Is it of a protocol with connections: TCP, MPTCP, SCTP? Others borrow the names of the states. */
bool states_has(const struct socktab_record *record);
/* Does a resolved selection count sockets in this state, though it be to 0? */
bool states_counted(const struct selection *selection, enum socktab_state state);
/* Why it has none in this state; why none of its sockets can be one that nobody has accepted yet.
 * NULL: it has. */
const char *states_missing(const struct selection *selection, enum socktab_state state);
const char *states_unaccepted_missing(const struct selection *selection);
/* Has it none at all, since those that it has belong to nobody, and owners are asked for? */
bool states_ownerless(const struct selection *selection);

/* "(312 established, 28 time_wait)": the states that somebody is in; returns buffer. */
const char *states_format(const states_counts counts, char *buffer, size_t size);
/* The same line by line as evidence, the numbers in a column of this width. */
void states_list(const states_counts counts, size_t width, struct plugin_report *report);

#endif
