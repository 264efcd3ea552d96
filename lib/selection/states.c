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

bool states_any(const struct selection *selection)
{
	return selection->filter.kinds & with_states;
}

static const char *find_missing(const struct selection *selection, enum socktab_state state)
{
	if (!(selection->filter.states & SOCKTAB_BIT(state)))
		return "this state is not selected: name it with --state";
	if (!states_any(selection))
		return "no protocol with such states is selected";
	if (selection_has_owner(selection) && ownerless & SOCKTAB_BIT(state))
		return "sockets in this state have no owner";
	return NULL;
}

void states_limit_metrics(const struct selection *selection, struct plugin_metric *metrics)
{
	for (enum socktab_state state = SOCKTAB_ESTABLISHED; state < SOCKTAB_STATES; state++) {
		struct plugin_metric *metric = &metrics[state - SOCKTAB_ESTABLISHED];

		metric->unavailable = find_missing(selection, state);
		metric->shown = selection->filter.states & SOCKTAB_BIT(state) &&
				states_any(selection);
	}
}

void states_set_metrics(const struct selection *selection, const states_counts counts,
			enum plugin_bound bound, struct plugin_metric *metrics)
{
	for (enum socktab_state state = SOCKTAB_ESTABLISHED; state < SOCKTAB_STATES; state++)
		if (selection->filter.states & SOCKTAB_BIT(state))
			plugin_metric_set(&metrics[state - SOCKTAB_ESTABLISHED],
					  (double)counts[state], bound);
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

const char *states_format(const states_counts counts, const stateless_counts others, char *buffer,
			  size_t size)
{
	struct words words = { buffer, size, 0 };

	buffer[0] = '\0';
	for (enum socktab_state state = SOCKTAB_ESTABLISHED; state < SOCKTAB_STATES; state++)
		if (counts[state])
			words_add(&words, "%s%" PRIu64 " %s", words.length ? ", " : "(",
				  counts[state], socktab_state_name(state));
	for (enum socktab_protocol p = 0; p < SOCKTAB_PROTOCOLS; p++)
		if (others[p])
			words_add(&words, "%s%" PRIu64 " %s", words.length ? ", " : "(", others[p],
				  socktab_protocol_name(p));
	if (words.length)
		words_add(&words, ")");
	return buffer;
}

void states_list(const states_counts counts, const stateless_counts others, size_t width,
		 struct plugin_report *report)
{
	for (enum socktab_state state = SOCKTAB_ESTABLISHED; state < SOCKTAB_STATES; state++)
		if (counts[state])
			plugin_line(report, 1, "%*" PRIu64 "  %s", (int)width, counts[state],
				    socktab_state_name(state));
	for (enum socktab_protocol p = 0; p < SOCKTAB_PROTOCOLS; p++)
		if (others[p])
			plugin_line(report, 1, "%*" PRIu64 "  %s", (int)width, others[p],
				    socktab_protocol_name(p));
}
