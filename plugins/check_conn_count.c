// SPDX-License-Identifier: MIT
/* check_conn_count - how many connections, in which states, to whom */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "plugin.h"
#include "selection.h"
#include "socktab.h"

/* The metrics after this one are the states, in the order of ss. */
enum { CONNECTIONS, FIRST_STATE };

static struct plugin_metric metrics[] = {
	[CONNECTIONS] = { .name = "connections", .help = "connections selected", .shown = true },
	{ .name = "established", .help = "in this state; one metric for each selected state" },
	{ .name = "syn_sent", .help = "the same" },
	{ .name = "syn_recv", .help = "the same" },
	{ .name = "fin_wait1", .help = "the same" },
	{ .name = "fin_wait2", .help = "the same" },
	{ .name = "time_wait", .help = "the same" },
	{ .name = "close", .help = "the same" },
	{ .name = "close_wait", .help = "the same" },
	{ .name = "last_ack", .help = "the same" },
	{ .name = "listen", .help = "the same" },
	{ .name = "closing", .help = "the same" },
	{ 0 },
};

static struct selection selection;

static const struct plugin_option_group groups[] = {
	{ "Sockets", selection_port_options, &selection },
	{ "Sockets", selection_protocol_options, &selection },
	{ "Connections", selection_peer_options, &selection },
	{ "Connections", selection_connection_options, &selection },
	{ "Owners", selection_owner_options, &selection },
	{ "View", selection_view_options, &selection },
	{ 0 },
};

/* Socket states are numbered from 1 in the order of the table. */
static struct plugin_metric *state_metric(enum socktab_state state)
{
	return &metrics[FIRST_STATE + state - SOCKTAB_ESTABLISHED];
}

static void prepare(const struct plugin *plugin)
{
	const uint32_t not_connected = SOCKTAB_BIT(SOCKTAB_LISTEN) | SOCKTAB_BIT(SOCKTAB_CLOSE);
	const uint32_t with_states = SOCKTAB_TCP | SOCKTAB_MPTCP | SOCKTAB_SCTP;
	const uint32_t ownerless = SOCKTAB_BIT(SOCKTAB_TIME_WAIT) | SOCKTAB_BIT(SOCKTAB_SYN_RECV);
	struct socktab_filter *filter = &selection.filter;
	const char *wrong = selection_resolve(&selection, SOCKTAB_TCP);

	if (wrong)
		plugin_usage_error(plugin, "%s", wrong);
	if (!filter->states)
		filter->states = SOCKTAB_ALL_STATES & ~not_connected;
	if (selection_has_owner(&selection) && !(filter->states & ~ownerless))
		plugin_usage_error(plugin, "sockets in these states have no owner: leave out the "
					   "owner options, or select other states with --state");
	for (enum socktab_state state = SOCKTAB_ESTABLISHED; state < SOCKTAB_STATES; state++) {
		struct plugin_metric *metric = state_metric(state);

		metric->shown = filter->states & SOCKTAB_BIT(state) && filter->kinds & with_states;
		if (!(filter->states & SOCKTAB_BIT(state)))
			metric->unavailable = "this state is not selected: name it with --state";
		else if (!(filter->kinds & with_states))
			metric->unavailable = "no protocol with such states is selected";
		else if (selection_has_owner(&selection) && ownerless & SOCKTAB_BIT(state))
			metric->unavailable = "sockets in this state have no owner";
	}
}

struct counts {
	uint64_t all, states[SOCKTAB_STATES];
};

static int count(const struct socktab_record *record, void *data)
{
	struct counts *counts = data;

	counts->all++;
	counts->states[record->state]++;
	return 0;
}

/* "(312 established, 28 time_wait)": the states that somebody is in. */
static const char *format_states(const struct counts *counts, char *buffer, size_t size)
{
	size_t length = 0;

	buffer[0] = '\0';
	for (enum socktab_state state = SOCKTAB_ESTABLISHED; state < SOCKTAB_STATES; state++)
		if (counts->states[state] && length < size)
			length += (size_t)snprintf(buffer + length, size - length,
						   "%s%" PRIu64 " %s", length ? ", " : "(",
						   counts->states[state],
						   socktab_state_name(state));
	if (length && length < size)
		snprintf(buffer + length, size - length, ")");
	return buffer;
}

static void look(const struct plugin *plugin, struct plugin_report *report)
{
	struct counts counts = { 0 };
	enum plugin_bound bound;
	struct plugin_metric *connections = &metrics[CONNECTIONS];
	char states[512];
	struct selection_view view;

	(void)plugin;
	if (!selection_open(&view, &selection, report))
		return;
	bound = selection_bound(&view, selection_visit(&view, count, &counts));
	/* What was asked for and cannot be read is never OK, not even without thresholds. */
	if (socktab_coverage(view.t)->failed || !selection_saw_units(&view))
		plugin_problem(report, PLUGIN_UNKNOWN, "cannot count them all");
	selection_close(&view);
	plugin_metric_set(connections, (double)counts.all, bound);
	for (enum socktab_state state = SOCKTAB_ESTABLISHED; state < SOCKTAB_STATES; state++)
		if (selection.filter.states & SOCKTAB_BIT(state))
			plugin_metric_set(state_metric(state), (double)counts.states[state], bound);
	format_states(&counts, states, sizeof(states));
	/* An alert has named the number already. */
	if (plugin_metric_judge(connections, connections->value, bound) != PLUGIN_OK)
		plugin_summary(report, "%s", states);
	else
		plugin_summary(report, "%s%" PRIu64 " connection%s%s%s",
			       bound == PLUGIN_EXACT ? "" : "at least ", counts.all,
			       counts.all == 1 ? "" : "s", states[0] ? " " : "", states);
}

int main(int argc, char **argv)
{
	const struct plugin plugin = {
		.name = "CONN_COUNT",
		.program = "check_conn_count",
		.purpose = "How many connections, in which states, to whom?",
		.examples = "check_conn_count -w 500 -c 1000\n"
			    "check_conn_count -p 443 -s established -c 20000\n"
			    "check_conn_count -w time_wait=5000,close_wait=100 -c close_wait=500\n"
			    "check_conn_count --remote-address 10.0.5.0/24 --remote-port 5432 \\\n"
			    "    -s established -c 1:\n",
		.groups = groups,
		.metrics = metrics,
		.prepare = prepare,
		.look = look,
	};

	return plugin_run(&plugin, argc, argv);
}
