// SPDX-License-Identifier: MIT
/* check_proc_sockets - what does this service hold open, and is it leaking */
#include <inttypes.h>

#include "holdings.h"
#include "plugin.h"
#include "selection.h"
#include "socktab.h"

enum {
	PROCESSES,
	SOCKETS,
	MAX_PER_PROCESS,
	TCP,
	UDP,
	UNIX,
	OTHER,
	FIRST_STATE,
	FDS = FIRST_STATE + 8,
	FD_USAGE
};

static struct plugin_metric metrics[] = {
	[PROCESSES] = { .name = "processes", .help = "processes that match", .shown = true },
	[SOCKETS] = { .name = "sockets", .help = "sockets, each once", .shown = true },
	[MAX_PER_PROCESS] = { .name = "max_per_process",
			      .help = "sockets of the process that holds most",
			      .shown = true },
	[TCP] = { .name = "tcp", .help = "TCP sockets", .shown = true },
	[UDP] = { .name = "udp", .help = "UDP sockets", .shown = true },
	[UNIX] = { .name = "unix", .help = "unix sockets", .shown = true },
	[OTHER] = { .name = "other", .help = "netlink, packet and the rest", .shown = true },
	[FIRST_STATE] = { .name = "established",
			  .help = "TCP sockets in this state",
			  .shown = true },
	{ .name = "close_wait", .help = "the same", .shown = true },
	{ .name = "listen", .help = "the same", .shown = true },
	{ .name = "syn_sent", .help = "the same" },
	{ .name = "fin_wait1", .help = "the same" },
	{ .name = "fin_wait2", .help = "the same" },
	{ .name = "last_ack", .help = "the same" },
	{ .name = "closing", .help = "the same" },
	[FDS] = { .name = "fds", .help = "open descriptors, the process with most", .shown = true },
	[FD_USAGE] = { .name = "fd_usage",
		       .unit = "%",
		       .help = "descriptors against the soft limit, worst process",
		       .shown = true },
	{ 0 },
};

/* The states that have holders, in the order of the metrics. */
static const uint8_t states[] = {
	SOCKTAB_ESTABLISHED, SOCKTAB_CLOSE_WAIT, SOCKTAB_LISTEN,   SOCKTAB_SYN_SENT,
	SOCKTAB_FIN_WAIT1,   SOCKTAB_FIN_WAIT2,	 SOCKTAB_LAST_ACK, SOCKTAB_CLOSING,
};

static struct selection selection = { .descriptors = true };

static struct config {
	unsigned int top;
	enum plugin_state no_match;
} config = { .no_match = PLUGIN_CRITICAL };

static const struct plugin_option options[] = {
	{ "top", 0, "N", "list the N processes that hold most (default 10)", plugin_set_count,
	  offsetof(struct config, top) },
	{ "no-match-state", 0, "STATE",
	  "when no process matches: ok, warning, critical or unknown (default critical)",
	  plugin_set_state, offsetof(struct config, no_match) },
	{ 0 },
};

static const struct plugin_option_group groups[] = {
	{ "Processes", selection_owner_options, &selection },
	{ "Processes", selection_argument_options, &selection },
	{ "Answer", options, &config },
	{ "Sockets", selection_port_options, &selection },
	{ "Sockets", selection_protocol_options, &selection },
	{ "Connections", selection_peer_options, &selection },
	{ "Connections", selection_connection_options, &selection },
	{ "View", selection_view_options, &selection },
	{ 0 },
};

/* What the selection cannot have. */
static void limit_metrics(void)
{
	const struct socktab_filter *filter = &selection.filter;
	uint32_t kinds = filter->kinds;

	if (!(kinds & SOCKTAB_TCP))
		metrics[TCP].unavailable = "TCP is not selected";
	if (!(kinds & SOCKTAB_UDP))
		metrics[UDP].unavailable = "UDP is not selected";
	if (!(kinds & SOCKTAB_UNIX))
		metrics[UNIX].unavailable = "unix sockets are not selected";
	if (!(kinds & ~(SOCKTAB_TCP | SOCKTAB_UDP | SOCKTAB_UNIX)))
		metrics[OTHER].unavailable = "no other protocol is selected";
	for (size_t i = 0; i < sizeof(states); i++) {
		struct plugin_metric *metric = &metrics[FIRST_STATE + i];

		metric->unavailable = metrics[TCP].unavailable;
		if (filter->states && !(filter->states & SOCKTAB_BIT(states[i])))
			metric->unavailable = "this state is not selected: name it with --state";
	}
}

static void prepare(void)
{
	const char *wrong = selection_resolve(&selection, SOCKTAB_ALL & ~SOCKTAB_MPTCP);

	if (wrong)
		plugin_usage_error("%s", wrong);
	limit_metrics();
}

struct sums {
	struct holdings holdings;
	struct groups processes;
	uint64_t sockets, figures[FDS]; /* by metric */
};

_Static_assert(FDS <= HOLDINGS_FIGURES, "each process has those figures too");

/* The metrics in which a socket counts. */
static uint32_t find_figures(const struct socktab_record *record)
{
	static const uint8_t protocols[] = { SOCKTAB_PROTOCOL_TCP, SOCKTAB_PROTOCOL_UDP,
					     SOCKTAB_PROTOCOL_UNIX };
	uint32_t figures = SOCKTAB_BIT(MAX_PER_PROCESS);
	size_t i = 0;

	while (i < sizeof(protocols) && record->protocol != protocols[i])
		i++;
	figures |= SOCKTAB_BIT(TCP + i);
	for (i = 0; i < sizeof(states) && record->protocol == SOCKTAB_PROTOCOL_TCP; i++)
		if (record->state == states[i])
			figures |= SOCKTAB_BIT(FIRST_STATE + i);
	return figures;
}

static int add_socket(const struct socktab_record *record, void *data)
{
	struct sums *sums = data;
	uint32_t figures = find_figures(record);

	if (!holdings_count(&sums->holdings, record->inode, figures))
		return 0;
	sums->sockets++;
	for (size_t i = 0; i < FDS; i++)
		sums->figures[i] += figures >> i & 1;
	return 0;
}

static void set_metrics(const struct sums *sums, enum plugin_bound bound,
			enum plugin_bound matching)
{
	uint64_t most;

	plugin_metric_set(&metrics[PROCESSES], (double)sums->holdings.process_count, matching);
	plugin_metric_set(&metrics[SOCKETS], (double)sums->sockets, bound);
	for (size_t i = TCP; i < FDS; i++)
		plugin_metric_set(&metrics[i], (double)sums->figures[i], bound);
	holdings_most(&sums->holdings, MAX_PER_PROCESS, &most);
	plugin_metric_set(&metrics[MAX_PER_PROCESS], (double)most, bound);
}

static const char *least(size_t metric)
{
	return metrics[metric].bound == PLUGIN_EXACT ? "" : "at least ";
}

static void put_into_words(const struct selection_view *view, struct sums *sums)
{
	uint64_t sockets = sums->sockets;
	size_t count = sums->holdings.process_count;
	/* Always where it is asked for: with --top, or when no option selects processes. */
	unsigned int verbosity = config.top || !selection_has_owner(&selection) ? 0 : 1;

	plugin_summary(view->report, "%s%" PRIu64 " socket%s in %s%zu process%s", least(SOCKETS),
		       sockets, sockets == 1 ? "" : "s", least(PROCESSES), count,
		       count == 1 ? "" : "es");
	if (!holdings_blame(&sums->holdings, view, metrics, FDS, verbosity) && count > 1)
		groups_say_largest(&sums->processes);
	groups_list(&sums->processes, verbosity, config.top, "sockets");
}

static void say_no_match(const struct selection_view *view, bool saw_all)
{
	struct plugin_report *report = view->report;
	char expected[512];

	plugin_look_again(report);
	plugin_skip_thresholds(report);
	selection_format_expected(&selection, false, expected, sizeof(expected));
	plugin_problem(report, saw_all ? config.no_match : PLUGIN_UNKNOWN,
		       !expected[0] ? "no process is visible%s"
		       : saw_all    ? "no process matches %s"
				    : "no process seen matches %s",
		       expected);
	selection_say_pidfiles(view);
}

static void look(struct plugin_report *report)
{
	struct sums sums = { .holdings = HOLDINGS_INIT };
	struct selection_view view;
	enum plugin_bound bound, matching;
	bool read;
	int result, error;

	if (!selection_open(&view, &selection, report))
		return;
	groups_begin(&sums.processes, &view, GROUPS_PID);
	plugin_stage(report, "reading which sockets the processes hold");
	result = holdings_read(&sums.holdings, view.t, &view.who);
	read = !result;
	matching = read && selection_saw_processes(&view) ? PLUGIN_EXACT : PLUGIN_AT_LEAST;
	if (read) {
		plugin_stage(report, "reading the socket tables");
		result = holdings_visit(&sums.holdings, &view, add_socket, &sums);
	}
	error = holdings_group(&sums.holdings, &sums.processes);
	result = result ? result : error;
	bound = selection_bound(&view, result);
	selection_say_uncounted(&view, result);
	set_metrics(&sums, bound, matching);
	holdings_set_fds(&sums.holdings, view.t, matching, &metrics[FDS], &metrics[FD_USAGE]);
	if (sums.holdings.process_count)
		put_into_words(&view, &sums);
	else
		say_no_match(&view, matching == PLUGIN_EXACT);
	selection_close(&view);
	groups_free(&sums.processes);
	holdings_free(&sums.holdings);
}

int main(int argc, char **argv)
{
	const struct plugin plugin = {
		.name = "PROC_SOCKETS",
		.program = "check_proc_sockets",
		.purpose = "What does this service hold open, and is it leaking?",
		.examples = "check_proc_sockets -C nginx -w 2000 -c 5000\n"
			    "check_proc_sockets --unit postgresql -w close_wait=20 -c fd_usage=90\n"
			    "check_proc_sockets --pidfile /run/app.pid -p 8080 -c listen=1:\n"
			    "check_proc_sockets --top 10\n",
		.groups = groups,
		.metrics = metrics,
		.default_metric = SOCKETS,
		.start = socktab_limit_privilege,
		.prepare = prepare,
		.look = look,
	};

	return plugin_run(&plugin, argc, argv);
}
