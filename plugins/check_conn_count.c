// SPDX-License-Identifier: MIT
/* check_conn_count - how many connections, in which states, to whom */
#include <inttypes.h>
#include <string.h>

#include "groups.h"
#include "plugin.h"
#include "selection.h"
#include "states.h"

/* The states stand in the order of enum socktab_state. */
enum {
	CONNECTIONS,
	FIRST_STATE,
	PEERS = FIRST_STATE + SOCKTAB_STATES - SOCKTAB_ESTABLISHED,
	MAX_PER_PEER,
	RECV_QUEUE,
	SEND_QUEUE,
	UNACCEPTED,
	METRICS
};

static struct plugin_metric metrics[] = {
	[CONNECTIONS] = { .name = "connections", .help = "connections selected", .shown = true },
	[FIRST_STATE] = { .name = "established",
			  .help = "in this state; one metric for each selected state" },
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
	[PEERS] = { .name = "peers", .help = "distinct remote addresses, IPv6 by /64" },
	[MAX_PER_PEER] = { .name = "max_per_peer",
			   .help = "connections of the peer that has most" },
	[RECV_QUEUE] = { .name = "recv_queue", .unit = "B", .help = "received and not yet read" },
	[SEND_QUEUE] = { .name = "send_queue", .unit = "B", .help = "sent and not acknowledged" },
	[UNACCEPTED] = { .name = "unaccepted",
			 .help = "established or close_wait, and not yet accepted" },
	[METRICS] = { 0 },
};

static struct selection selection;
static struct grouping grouping;
static const struct plugin_option_group groups[] = {
	{ "Sockets", selection_port_options, &selection },
	{ "Sockets", selection_protocol_options, &selection },
	{ "Connections", selection_peer_options, &selection },
	{ "Connections", selection_connection_options, &selection },
	{ "Owners", selection_owner_options, &selection },
	{ "Groups", selection_group_options, &grouping },
	{ "View", selection_view_options, &selection },
	{ 0 },
};

/* ---- what can be asked for --------------------------------------------------------------- */

static const uint32_t not_connected = SOCKTAB_BIT(SOCKTAB_LISTEN) | SOCKTAB_BIT(SOCKTAB_CLOSE);

static void prepare(void)
{
	struct socktab_filter *filter = &selection.filter;
	const char *wrong = selection_resolve(&selection, SOCKTAB_TCP);

	if (!wrong)
		wrong = grouping_check(&grouping, &selection);
	if (wrong)
		plugin_usage_error("%s", wrong);
	selection_count_once(&selection);
	if (!filter->states)
		filter->states = SOCKTAB_ALL_STATES & ~not_connected;
	if (states_ownerless(&selection))
		plugin_usage_error("sockets in these states have no owner: leave out the "
				   "owner options, or select other states with --state");
	states_limit_metrics(&selection, &metrics[FIRST_STATE]);
	if (!(filter->kinds & ~SOCKTAB_UNIX))
		metrics[PEERS].unavailable = metrics[MAX_PER_PEER].unavailable =
			"unix sockets have no addresses";
	if (filter->states == SOCKTAB_BIT(SOCKTAB_LISTEN))
		metrics[RECV_QUEUE].unavailable = metrics[SEND_QUEUE].unavailable =
			"listeners have no bytes waiting";
	metrics[UNACCEPTED].unavailable = states_unaccepted_missing(&selection);
}

/* ---- the look ---------------------------------------------------------------------------- */

struct counts {
	uint64_t all;
	states_counts states;	 /* where any are metrics, of the protocols that have them; */
	stateless_counts others; /* the rest then */
	uint64_t recv_queue, send_queue, unaccepted;
	bool queues_unknown;
	struct groups peers, groups;
};

static int count(const struct socktab_record *record, void *data)
{
	struct counts *counts = data;
	int error = groups_count(&counts->peers, record);

	counts->all++;
	if (states_has(record) || !states_any(&selection))
		counts->states[record->state]++;
	else
		counts->others[record->protocol]++;
	if (!(record->known & SOCKTAB_KNOWN_QUEUES)) {
		counts->queues_unknown = true;
	} else if (record->state != SOCKTAB_LISTEN) {
		counts->recv_queue += record->rqueue;
		counts->send_queue += record->wqueue;
	}
	counts->unaccepted += selection_is_unaccepted(record);
	return error ? error : groups_count(&counts->groups, record);
}

static void set_peers(const struct groups *peers, enum plugin_bound bound)
{
	struct group largest = { 0 };
	char peer[SOCKTAB_ADDRESS_SIZE];

	if (!peers->by)
		return;
	plugin_metric_set(&metrics[PEERS], (double)peers->counts.count, bound);
	groups_largest(peers, &largest, 1);
	plugin_metric_set(&metrics[MAX_PER_PEER], (double)largest.count, bound);
	if (largest.count)
		plugin_metric_detail(&metrics[MAX_PER_PEER], "from %s",
				     groups_format(peers, &largest, peer, sizeof(peer)));
}

static void set_metrics(const struct counts *counts, enum plugin_bound bound,
			enum plugin_bound queues)
{
	plugin_metric_set(&metrics[CONNECTIONS], (double)counts->all, bound);
	states_set_metrics(&selection, counts->states, bound, &metrics[FIRST_STATE]);
	set_peers(&counts->peers, bound);
	plugin_metric_set(&metrics[RECV_QUEUE], (double)counts->recv_queue, queues);
	plugin_metric_set(&metrics[SEND_QUEUE], (double)counts->send_queue, queues);
	plugin_metric_set(&metrics[UNACCEPTED], (double)counts->unaccepted, bound);
}

static void put_into_words(const struct selection_view *view, const struct counts *counts)
{
	struct plugin_report *report = view->report;
	char states[512];

	states_format(counts->states, counts->others, states, sizeof(states));
	/* An alert has named the state, or the number, already. */
	for (size_t state = FIRST_STATE; state < PEERS; state++)
		if (plugin_metric_state(&metrics[state]) != PLUGIN_OK)
			states[0] = '\0';
	if (plugin_metric_state(&metrics[CONNECTIONS]) != PLUGIN_OK)
		plugin_summary(report, "%s", states);
	else
		plugin_summary(report, "%s%" PRIu64 " connection%s%s%s",
			       metrics[CONNECTIONS].bound == PLUGIN_EXACT ? "" : "at least ",
			       counts->all, counts->all == 1 ? "" : "s", states[0] ? " " : "",
			       states);
	plugin_summary_metrics(report, &metrics[PEERS]);
	if (!counts->all)
		selection_say_no_process(view);
}

/* What -v shows: in which states, and with whom unless --group-by asks for something else. */
static void show(const struct counts *counts, struct groups *table, struct plugin_report *report)
{
	static const char what[] = "connections";

	states_list(counts->states, counts->others, strlen(what), report);
	if (groups_finish(table))
		return;
	if (grouping.by)
		groups_say_largest(table);
	groups_list(table, grouping.by ? 0 : 1, grouping.top, what);
}

static void look(struct plugin_report *report)
{
	bool by_peer = plugin_metric_wanted(&metrics[PEERS]) ||
		       plugin_metric_wanted(&metrics[MAX_PER_PEER]);
	struct counts counts = { 0 };
	enum plugin_bound bound, queues;
	struct selection_view view;
	int result;

	if (!selection_open(&view, &selection, report))
		return;
	groups_begin(&counts.peers, &view, by_peer ? GROUPS_PEER : GROUPS_OFF);
	result = groups_begin(&counts.groups, &view,
			      !grouping.by && plugin_verbosity(report) ? GROUPS_REMOTE_ADDRESS
								       : grouping.by);
	if (!result)
		result = selection_visit(&view, count, &counts);
	bound = queues = selection_bound(&view, result);
	selection_say_uncounted(&view, result);
	if (counts.queues_unknown) {
		queues = PLUGIN_AT_LEAST;
		selection_remedy_procfs(&view, "the queues of unix sockets");
	}
	set_metrics(&counts, bound, queues);
	put_into_words(&view, &counts);
	show(&counts, &counts.groups, report);
	groups_free(&counts.peers);
	groups_free(&counts.groups);
	selection_close(&view);
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
			    "    -s established -c 1:\n"
			    "check_conn_count -p 443 -w max_per_peer=200 \\\n"
			    "    --exclude-remote-address 10.0.0.0/8\n"
			    "check_conn_count --direction outbound --group-by remote --top 5\n",
		.groups = groups,
		.metrics = metrics,
		.start = socktab_limit_privilege,
		.prepare = prepare,
		.look = look,
	};

	return plugin_run(&plugin, argc, argv);
}
