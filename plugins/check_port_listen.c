// SPDX-License-Identifier: MIT
/* check_port_listen - is something listening where it should be, by whom, and is it keeping up */
#include <stdio.h>

#include "plugin.h"
#include "requests.h"
#include "selection.h"

static struct plugin_metric metrics[] = {
	[REQUESTS_LISTENING] = { .name = "listening",
				 .help = "requested ports that listen",
				 .shown = true,
				 .spoken = true },
	[REQUESTS_LISTENERS] = { .name = "listeners",
				 .help = "sockets of a port; the port with fewest" },
	[REQUESTS_BACKLOG] = { .name = "backlog",
			       .unit = "%",
			       .help = "accept queue in use, fullest socket" },
	[REQUESTS_AGE] = { .name = "age",
			   .unit = "s",
			   .help = "since the youngest holder started" },
	[REQUESTS_AGE_MAX] = { .name = "age_max",
			       .unit = "s",
			       .help = "since the oldest holder started" },
	[REQUESTS_DELETED] = { .name = "deleted",
			       .help = "holders whose executable was replaced: a restart is due" },
	[REQUESTS_RECV_QUEUE] = { .name = "recv_queue",
				  .unit = "B",
				  .help = "UDP bytes waiting to be read" },
	[REQUESTS_DROPS] = { .name = "drops", .unit = "c", .help = "UDP datagrams dropped" },
	[REQUESTS_OVERFLOWS] = { .name = "overflows",
				 .unit = "c",
				 .help = "accept queues that overflowed, whole namespace" },
	{ 0 },
};

static struct config {
	struct selection selection;
	struct requests_rule rule;
} config;

static const struct plugin_option options[] = {
	{ "address", 'H', "ADDR",
	  "a listener must cover ADDR: be bound to it, or to a wildcard that takes it; 0.0.0.0 "
	  "stands for every IPv4 address, :: for every IPv6 address; all must hold",
	  cover_set, offsetof(struct config, rule.addresses) },
	{ "exact", 0, NULL, "a socket must be bound to exactly the address of --address",
	  plugin_set_flag, offsetof(struct config, rule.exact) },
	{ "bound-within", 0, "NET,...", "CRITICAL if a listener is bound anywhere else",
	  cover_set_within, offsetof(struct config, rule.within) },
	{ "closed", 0, NULL, "nothing may listen there", plugin_set_flag,
	  offsetof(struct config, rule.closed) },
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

static void prepare(void)
{
	static char all[24];
	const struct socktab_filter *filter = &config.selection.filter;
	const char *wrong = selection_resolve(&config.selection, SOCKTAB_TCP);

	if (!wrong && !filter->local_port_count && !filter->name_count)
		wrong = "no port is asked for: name one with --port";
	if (!wrong && !filter->local_port_count &&
	    (config.rule.addresses.count || config.rule.within.count))
		wrong = "a unix socket has no address: leave out --address and --bound-within";
	if (!wrong && config.rule.exact && !config.rule.addresses.count)
		wrong = "--exact needs an --address";
	if (!wrong && config.rule.closed && selection_has_owner(&config.selection))
		wrong = "--closed asks for no listener at all, so nobody can hold it: leave out the "
			"owner options";
	if (!wrong)
		wrong = cover_add_traffic(&config.rule.addresses, filter->traffic);
	if (!wrong)
		wrong = requests_make(&requests, filter, &config.rule);
	if (wrong)
		plugin_usage_error("%s", wrong);
	/* Which traffic a listener takes is judged here, not filtered out. */
	config.selection.filter.traffic = 0;
	snprintf(all, sizeof(all), config.rule.closed ? "0" : "%zu:", requests.count);
	metrics[REQUESTS_LISTENING].default_critical = all;
	requests_limit_metrics(&requests, metrics);
	for (size_t i = REQUESTS_BACKLOG; i <= REQUESTS_DROPS && config.rule.closed; i++)
		metrics[i].unavailable = "--closed asks for no listener";
}

/* ---- the verdict ------------------------------------------------------------------------- */

static void say_misses(struct plugin_report *report, enum plugin_state state)
{
	const struct request *end = requests.list + requests.count, *last;
	char port[600], miss[512];

	for (size_t i = 0; i < config.rule.addresses.count; i++) {
		const struct cover_address *address = &config.rule.addresses.list[i];
		bool no_device = requests.foreign.devices & UINT64_C(1) << i;

		if (requests.foreign.all & UINT64_C(1) << i)
			plugin_problem(report, state, "%s is not %s of this host",
				       no_device ? address->device : address->text,
				       no_device ? "a device" : "an address");
	}
	for (const struct request *request = requests.list; request < end; request = last + 1) {
		last = request;
		if (request->good)
			continue;
		last = requests_last_of_run(&requests, request);
		plugin_problem(report, state, "%s %s",
			       requests_format(request, last, port, sizeof(port)),
			       requests_format_miss(&requests, request, miss, sizeof(miss)));
	}
}

/* Returns whether there is any. */
static bool judge_places(struct selection_view *view)
{
	char port[600], within[512];
	bool wrong = false;

	for (size_t i = 0; i < requests.count; i++) {
		const struct request *request = &requests.list[i];

		if (!request->outside[0])
			continue;
		wrong = true;
		if (request->perhaps_outside)
			selection_remedy_procfs(view, "IPv6-only sockets apart");
		plugin_problem(
			view->report, request->perhaps_outside ? PLUGIN_UNKNOWN : PLUGIN_CRITICAL,
			"%s bound to %s, allowed only %s",
			requests_format(request, request, port, sizeof(port)), request->outside,
			cover_format_within(&config.rule.within, within, sizeof(within)));
	}
	return wrong;
}

/* One clause a port is enough: the first of its sockets in the wrong hands. Returns whether there
 * is any. */
static bool judge_hands(struct selection_view *view)
{
	int error = held_judge(view, NULL, &requests.held);
	const struct request *said = NULL;
	char port[600], text[1600];

	held_name(view, &requests.held);
	for (size_t i = 0; i < requests.held.count; i++) {
		const struct held_socket *socket = &requests.held.sockets[i];
		const struct request *request = &requests.list[socket->request];

		if (socket->held == HELD_YES || request == said)
			continue;
		said = request;
		if (socket->held == HELD_UNKNOWN)
			plugin_problem(
				view->report, PLUGIN_UNKNOWN, "%s listens, %s",
				requests_format(request, request, port, sizeof(port)),
				selection_format_unreadable(view, error, text, sizeof(text)));
		else
			plugin_problem(view->report, PLUGIN_CRITICAL, "%s",
				       requests_format_holder(&requests, socket, view, text,
							      sizeof(text)));
	}
	return said;
}

/* The proof of an OK, in a list that ends with how many more there are. */
static void say_good(struct selection_view *view)
{
	const struct request *end = requests.list + requests.count, *last;
	/* An alert has named the queue already. */
	bool queue = plugin_metric_state(&metrics[REQUESTS_BACKLOG]) == PLUGIN_OK;
	char text[2048];

	for (const struct request *request = requests.list; request < end; request = last + 1) {
		last = requests_last_of_run(&requests, request);
		if (request->good)
			plugin_problem(view->report, PLUGIN_OK, "%s",
				       requests_format_answer(&requests, request, last, view, queue,
							      text, sizeof(text)));
	}
}

static void look(struct plugin_report *report)
{
	struct selection_view view;
	enum plugin_state state;
	char others[2600];
	bool wrong, misses;

	if (!selection_open(&view, &config.selection, report))
		return;
	requests_look(&requests, &view);
	state = requests_judge_listening(&requests, &view, &metrics[REQUESTS_LISTENING]);
	wrong = judge_places(&view);
	wrong |= judge_hands(&view);
	/* Where too many listen, those that do not are no problem. */
	misses = state == PLUGIN_OK || requests_lack(&requests, &metrics[REQUESTS_LISTENING]);
	if (misses)
		say_misses(report, state);
	requests_set_figures(&requests, &view, metrics);
	if (state != PLUGIN_OK)
		selection_say_unit_processes(&view);
	if (state != PLUGIN_OK || wrong)
		selection_say_pidfiles(&view);
	if ((state == PLUGIN_OK || !misses) && !wrong)
		say_good(&view);
	else if (!wrong && requests_format_others(&requests, others, sizeof(others))[0])
		plugin_summary(report, "(%s ok)", others);
	requests_say_evidence(&requests, &view);
	selection_close(&view);
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
