// SPDX-License-Identifier: MIT
/* check_port_listen - is something listening where it should be, by whom, and is it keeping up */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cover.h"
#include "held.h"
#include "plugin.h"
#include "requests.h"
#include "selection.h"

#define SHOWN_PORTS 8 /* ports with perfdata of their own */

enum { LISTENING, LISTENERS, BACKLOG, AGE, AGE_MAX, DELETED, RECV_QUEUE, DROPS, OVERFLOWS };

static struct plugin_metric metrics[] = {
	[LISTENING] = { .name = "listening",
			.help = "requested ports that listen",
			.shown = true,
			.spoken = true },
	[LISTENERS] = { .name = "listeners", .help = "sockets of a port; the port with fewest" },
	[BACKLOG] = { .name = "backlog",
		      .unit = "%",
		      .help = "accept queue in use, fullest socket",
		      .spoken = true },
	[AGE] = { .name = "age", .unit = "s", .help = "since the youngest holder started" },
	[AGE_MAX] = { .name = "age_max", .unit = "s", .help = "since the oldest holder started" },
	[DELETED] = { .name = "deleted",
		      .help = "holders whose executable was replaced: a restart is due" },
	[RECV_QUEUE] = { .name = "recv_queue",
			 .unit = "B",
			 .help = "UDP bytes waiting to be read" },
	[DROPS] = { .name = "drops", .unit = "c", .help = "UDP datagrams dropped" },
	[OVERFLOWS] = { .name = "overflows",
			.unit = "c",
			.help = "accept queues that overflowed, whole namespace" },
	{ 0 },
};

static struct config {
	struct selection selection;
	struct requests_rule rule;
	bool closed;
} config;

static const struct plugin_option options[] = {
	{ "address", 'H', "ADDR",
	  "a connection to ADDR must be accepted; 0.0.0.0 stands for every IPv4 address, :: for "
	  "every IPv6 address; all must hold",
	  cover_set, offsetof(struct config, rule.addresses) },
	{ "exact", 0, NULL, "a socket must be bound to exactly the address of --address",
	  plugin_set_flag, offsetof(struct config, rule.exact) },
	{ "bound-within", 0, "NET,...", "CRITICAL if a listener is bound anywhere else",
	  cover_set_within, offsetof(struct config, rule.within) },
	{ "closed", 0, NULL, "nothing may listen there", plugin_set_flag,
	  offsetof(struct config, closed) },
	{ 0 },
};

static const struct plugin_option_group groups[] = {
	{ "Ports", selection_port_options, &config.selection },
	{ "Ports", selection_protocol_options, &config.selection },
	{ "Listeners", options, &config },
	{ "Owners", selection_owner_options, &config.selection },
	{ "View", selection_view_options, &config.selection },
	{ 0 },
};

static struct requests requests; /* the ports asked for */

static void prepare(const struct plugin *plugin)
{
	static char all[24];
	const struct socktab_filter *filter = &config.selection.filter;
	const char *wrong = selection_resolve(&config.selection, SOCKTAB_TCP);

	if (!wrong && !filter->local_port_count && !filter->name_count)
		wrong = "no port is asked for: name one with --port";
	if (!wrong && config.rule.exact && !config.rule.addresses.count)
		wrong = "--exact needs an --address";
	if (!wrong && config.closed && selection_has_owner(&config.selection))
		wrong = "--closed asks for no listener at all, so nobody can hold it: leave out the "
			"owner options";
	if (!wrong)
		wrong = cover_add_traffic(&config.rule.addresses, filter->traffic);
	if (!wrong)
		wrong = requests_make(&requests, filter);
	if (wrong)
		plugin_usage_error(plugin, "%s", wrong);
	/* Which traffic a listener takes is judged here, not filtered out. */
	config.selection.filter.traffic = 0;
	snprintf(all, sizeof(all), config.closed ? "0" : "%zu:", requests.count);
	metrics[LISTENING].default_critical = all;
}

/* ---- the figures ------------------------------------------------------------------------- */

/* One figure of one port: the worst port decides, and the first ones have perfdata of their own. */
static void set(struct plugin_report *report, size_t i, unsigned int metric, double value,
		enum plugin_bound bound)
{
	const struct request *request = &requests.list[i];
	const char *name = metrics[metric].name;
	/* Of these the smaller is the worse, where no threshold tells. */
	bool smaller = metric == LISTENERS || metric == AGE;

	plugin_metric_worse(&metrics[metric], value, bound, smaller);
	if (i >= SHOWN_PORTS || (metric != LISTENERS && metric != BACKLOG))
		return;
	if (request->name)
		plugin_perfdata(report, &metrics[metric], value, bound, "unix_%zu_%s",
				request->number, name);
	else
		plugin_perfdata(report, &metrics[metric], value, bound, "%s_%u_%s",
				socktab_protocol_name(request->protocol), request->port, name);
}

static void set_backlog(const struct selection_view *view, size_t i)
{
	struct plugin_report *report = view->report;
	const struct request *request = &requests.list[i];
	enum plugin_state state;
	char port[600], value[32];
	double percent;
	uint32_t length;
	uint64_t room;

	if (!requests_backlog(&requests, request, &percent, &length, &room)) {
		if (!request->count ||
		    requests.sockets[request->first].record.state != SOCKTAB_LISTEN)
			return;
		set(report, i, BACKLOG, 0, PLUGIN_ANY);
		if (plugin_metric_wanted(&metrics[BACKLOG]))
			selection_remedy_procfs(view, "the limit of an accept queue");
		return;
	}
	set(report, i, BACKLOG, percent, PLUGIN_EXACT);
	state = plugin_metric_judge(&metrics[BACKLOG], percent, PLUGIN_EXACT);
	if (state != PLUGIN_OK)
		plugin_problem(
			report, state, "%s accept queue %s (%" PRIu32 " of %" PRIu64 ")",
			requests_format(request, request, port, sizeof(port)),
			plugin_metric_format(&metrics[BACKLOG], percent, value, sizeof(value)),
			length, room);
}

static void set_holders(struct plugin_report *report, size_t i, bool saw)
{
	const struct request *request = &requests.list[i];

	if (request->age >= 0 || (request->count && !saw)) {
		bool seen = request->age >= 0;

		set(report, i, AGE, (double)request->age,
		    saw	   ? PLUGIN_EXACT
		    : seen ? PLUGIN_AT_MOST
			   : PLUGIN_ANY);
		set(report, i, AGE_MAX, (double)request->age_max,
		    saw	   ? PLUGIN_EXACT
		    : seen ? PLUGIN_AT_LEAST
			   : PLUGIN_ANY);
	}
	set(report, i, DELETED, (double)request->deleted, saw ? PLUGIN_EXACT : PLUGIN_AT_LEAST);
}

static void set_datagrams(struct plugin_report *report, size_t i, double waiting,
			  enum plugin_bound bound)
{
	uint64_t drops;
	bool known = requests_drops(&requests, &requests.list[i], &drops);

	set(report, i, RECV_QUEUE, waiting, bound);
	set(report, i, DROPS, known ? (double)drops : 0, known ? bound : PLUGIN_ANY);
}

static bool wants_holders(void)
{
	return plugin_metric_wanted(&metrics[AGE]) || plugin_metric_wanted(&metrics[AGE_MAX]) ||
	       plugin_metric_wanted(&metrics[DELETED]);
}

static void set_figures(struct selection_view *view, enum plugin_bound bound)
{
	struct plugin_report *report = view->report;
	bool holders = wants_holders(), saw_holders = false;
	uint64_t number;

	if (holders)
		saw_holders = selection_bound(view, requests_read_holders(&requests, view)) ==
			      PLUGIN_EXACT;
	for (size_t i = 0; i < requests.count; i++) {
		const struct request *request = &requests.list[i];

		set(report, i, LISTENERS, (double)request->count, bound);
		set_backlog(view, i);
		if (holders)
			set_holders(report, i, saw_holders);
		if (requests_recv_queue(&requests, request, &number))
			set_datagrams(report, i, (double)number, bound);
	}
	if (plugin_metric_wanted(&metrics[OVERFLOWS])) {
		bool known = selection_counter(view, "TcpExt", "ListenOverflows", &number) == 0;

		plugin_metric_set(&metrics[OVERFLOWS], known ? (double)number : 0,
				  known ? PLUGIN_EXACT : PLUGIN_ANY);
	}
}

/* ---- the verdict ------------------------------------------------------------------------- */

struct verdict {
	struct selection_view view;
	enum plugin_state state; /* of the ports that are not as they should be */
	bool saw;		 /* all tables were read */
	bool wrong;		 /* a listener is in the wrong hands or place */
	size_t good, unsure;
};

static bool is_good(const struct request *request)
{
	return request->answer == (config.closed ? COVER_NO : COVER_YES);
}

/* The mildest state over all numbers of ports that may listen; UNKNOWN if OK is among them. */
static enum plugin_state judge_listening(size_t sure, size_t unsure)
{
	struct plugin_metric *metric = &metrics[LISTENING];
	enum plugin_state least = plugin_metric_judge(metric, (double)sure, PLUGIN_EXACT);

	plugin_metric_set(metric, (double)sure, unsure ? PLUGIN_AT_LEAST : PLUGIN_EXACT);
	for (size_t more = 1; more <= unsure; more++) {
		enum plugin_state state = plugin_metric_judge(metric, (double)(sure + more),
							      PLUGIN_EXACT);

		if ((state == PLUGIN_OK) != (least == PLUGIN_OK))
			return PLUGIN_UNKNOWN;
		if (state == PLUGIN_WARNING)
			least = PLUGIN_WARNING;
	}
	return least;
}

static void judge(struct verdict *verdict)
{
	const struct cover_address *foreign = cover_find_foreign(&config.rule.addresses,
								 &verdict->view);
	size_t listening = 0;

	for (size_t i = 0; i < requests.count; i++) {
		struct request *request = &requests.list[i];

		if (foreign && !request->name)
			request->answer = COVER_NO;
		else if (request->answer == COVER_NO && !verdict->saw)
			request->answer = COVER_UNKNOWN;
		listening += request->answer == COVER_YES;
		verdict->unsure += request->answer == COVER_UNKNOWN;
		verdict->good += is_good(request);
	}
	verdict->state = judge_listening(listening, verdict->unsure);
	if (foreign)
		plugin_problem(verdict->view.report, verdict->state,
			       "%s is not an address of this host", foreign->text);
	if (verdict->unsure && verdict->saw)
		selection_remedy_procfs(&verdict->view, "enough of a socket");
}

static void say_misses(const struct verdict *verdict)
{
	const struct request *end = requests.list + requests.count, *last;
	char port[600], miss[512];

	for (const struct request *request = requests.list; request < end; request = last + 1) {
		last = request;
		if (is_good(request))
			continue;
		last = requests_last_of_run(&requests, request);
		plugin_problem(verdict->view.report, verdict->state, "%s %s",
			       requests_format(request, last, port, sizeof(port)),
			       requests_format_miss(&requests, request, &config.rule, verdict->saw,
						    miss, sizeof(miss)));
	}
}

static void say_outside(struct verdict *verdict)
{
	char port[600], within[512];

	for (size_t i = 0; i < requests.count; i++) {
		const struct request *request = &requests.list[i];

		if (!request->outside[0])
			continue;
		verdict->wrong = true;
		plugin_problem(
			verdict->view.report, PLUGIN_CRITICAL, "%s bound to %s, allowed only %s",
			requests_format(request, request, port, sizeof(port)), request->outside,
			cover_format_within(&config.rule.within, within, sizeof(within)));
	}
}

static void say_holder(struct verdict *verdict, const struct held_socket *socket)
{
	const struct request *request = &requests.list[socket->tag];
	struct plugin_report *report = verdict->view.report;
	char port[600], owner[512], expected[512];

	requests_format(request, request, port, sizeof(port));
	if (socket->held == HELD_UNKNOWN) {
		plugin_problem(report, PLUGIN_UNKNOWN, "%s listens, its holder cannot be told",
			       port);
		return;
	}
	selection_format_owner(&verdict->view, &socket->record, socket->pid, owner, sizeof(owner));
	plugin_problem(
		report, PLUGIN_CRITICAL, "%s %s%s, expected %s", port,
		socket->pid || socket->by_kernel ? "held by " : "",
		socket->by_kernel ? "the kernel" : owner,
		selection_format_expected(&config.selection, true, expected, sizeof(expected)));
}

/* One clause a port is enough: the first of its sockets in the wrong hands. */
static void say_holders(struct verdict *verdict)
{
	size_t said = SIZE_MAX;

	for (size_t i = 0; i < requests.socket_count; i++) {
		const struct held_socket *socket = &requests.sockets[i];

		if (socket->held == HELD_YES || socket->tag == said)
			continue;
		say_holder(verdict, socket);
		said = socket->tag;
		verdict->wrong = true;
	}
}

/* The proof of an OK, or what is well beside what is not: "(80/tcp, 22/tcp ok)". */
static void say_good(struct verdict *verdict)
{
	bool ok = verdict->state == PLUGIN_OK && !verdict->wrong;
	/* An alert has named the queue already. */
	bool queue = plugin_metric_judge(&metrics[BACKLOG], metrics[BACKLOG].value,
					 metrics[BACKLOG].bound) == PLUGIN_OK;
	struct plugin_report *report = verdict->view.report;
	char text[2048], rest[2600] = "";
	size_t length = 0;

	if (!ok && !verdict->wrong && verdict->good > 4)
		plugin_summary(report, "(%zu other ports ok)", verdict->good);
	for (size_t i = 0; i < requests.count; i++) {
		const struct request *request = &requests.list[i];

		if (!is_good(request))
			continue;
		requests_format(request, request, text, sizeof(text));
		if (ok && config.closed)
			plugin_summary(report, "%s closed", text);
		else if (ok)
			plugin_summary(report, "%s",
				       requests_format_answer(&requests, request, &verdict->view,
							      queue, text, sizeof(text)));
		else if (!verdict->wrong && verdict->good <= 4)
			length += (size_t)snprintf(rest + length, sizeof(rest) - length, "%s%s",
						   length ? ", " : "", text);
	}
	if (rest[0])
		plugin_summary(report, "(%s ok)", rest);
}

static void look(const struct plugin *plugin, struct plugin_report *report)
{
	struct verdict verdict = { 0 };
	enum plugin_bound bound;
	char processes[512];

	(void)plugin;
	if (!selection_open(&verdict.view, &config.selection, report))
		return;
	bound = selection_bound(&verdict.view,
				requests_look(&requests, &verdict.view, &config.rule));
	verdict.saw = bound == PLUGIN_EXACT;
	judge(&verdict);
	if (!config.closed) {
		selection_bound(&verdict.view,
				held_judge(&verdict.view, requests.sockets, requests.socket_count));
		held_name(&verdict.view, requests.sockets, requests.socket_count);
	}
	say_outside(&verdict);
	if (!config.closed)
		say_holders(&verdict);
	say_misses(&verdict);
	set_figures(&verdict.view, bound);
	if (verdict.state != PLUGIN_OK &&
	    selection_format_unit_processes(&verdict.view, processes, sizeof(processes))[0])
		plugin_summary(report, "%s", processes);
	say_good(&verdict);
	selection_close(&verdict.view);
}

int main(int argc, char **argv)
{
	const struct plugin plugin = {
		.name = "PORT_LISTEN",
		.program = "check_port_listen",
		.purpose =
			"Is something listening where it should be, by whom, and is it keeping up?",
		.examples = "check_port_listen -p 22,443,53/udp\n"
			    "check_port_listen -p 443 -H 192.0.2.7 --unit nginx -w backlog=50\n"
			    "check_port_listen -p 8080 --wait 30\n"
			    "check_port_listen -p 23 --closed\n"
			    "check_port_listen -p 8001-8010 -w 9: -c 5:\n"
			    "check_port_listen -p 6379 --bound-within 127.0.0.0/8,::1\n",
		.groups = groups,
		.metrics = metrics,
		.start = socktab_limit_privilege,
		.prepare = prepare,
		.look = look,
	};

	return plugin_run(&plugin, argc, argv);
}
