// SPDX-License-Identifier: MIT
/* states.c - connections by state: which a selection has, how many there are in words */
#include "states.h"

#include <inttypes.h>

#include "private.h"

static const uint32_t with_states = SOCKTAB_TCP | SOCKTAB_MPTCP | SOCKTAB_SCTP;
static const uint32_t ownerless = SOCKTAB_BIT(SOCKTAB_TIME_WAIT) | SOCKTAB_BIT(SOCKTAB_SYN_RECV);
static const uint32_t acceptable = SOCKTAB_BIT(SOCKTAB_ESTABLISHED) |
				   SOCKTAB_BIT(SOCKTAB_CLOSE_WAIT);

bool states_has(const struct socktab_record *record)
{
	return SOCKTAB_MASK(record->protocol) & with_states;
}

const char *states_missing(const struct selection *selection, enum socktab_state state)
{
	if (!(selection->filter.states & SOCKTAB_BIT(state)))
		return "this state is not selected: name it with --state";
	if (!(selection->filter.kinds & with_states))
		return "no protocol with such states is selected";
	if (selection_has_owner(selection) && ownerless & SOCKTAB_BIT(state))
		return "sockets in this state have no owner";
	return NULL;
}

bool states_counted(const struct selection *selection, enum socktab_state state)
{
	return selection->filter.states & SOCKTAB_BIT(state) &&
	       selection->filter.kinds & with_states;
}

const char *states_unaccepted_missing(const struct selection *selection)
{
	if (!(selection->filter.kinds & (SOCKTAB_TCP | SOCKTAB_MPTCP)))
		return "only TCP tells what is not accepted";
	if (!(selection->filter.states & acceptable))
		return "neither established nor close_wait is selected: name them with --state";
	if (selection_has_process(selection) || selection->who.uid_count)
		return "what is not accepted has no owner: choose by --port or --unit";
	return NULL;
}

bool states_ownerless(const struct selection *selection)
{
	return selection_has_owner(selection) && !(selection->filter.states & ~ownerless);
}

const char *states_format(const states_counts counts, char *buffer, size_t size)
{
	struct words words = { buffer, size, 0 };

	buffer[0] = '\0';
	for (enum socktab_state state = SOCKTAB_ESTABLISHED; state < SOCKTAB_STATES; state++)
		if (counts[state])
			words_add(&words, "%s%" PRIu64 " %s", words.length ? ", " : "(",
				  counts[state], socktab_state_name(state));
	if (words.length)
		words_add(&words, ")");
	return buffer;
}

void states_list(const states_counts counts, size_t width, struct plugin_report *report)
{
	for (enum socktab_state state = SOCKTAB_ESTABLISHED; state < SOCKTAB_STATES; state++)
		if (counts[state])
			plugin_line(report, 1, "%*" PRIu64 "  %s", (int)width, counts[state],
				    socktab_state_name(state));
}
