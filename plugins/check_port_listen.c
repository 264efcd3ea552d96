// SPDX-License-Identifier: MIT
/* check_port_listen - is something listening where it should be, and is it the right service */
#include <errno.h>
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

enum { LISTENING, LISTENERS };

static struct plugin_metric metrics[] = {
	[LISTENING] = { .name = "listening",
			.help = "requested ports that listen",
			.shown = true,
			.spoken = true },
	[LISTENERS] = { .name = "listeners", .help = "sockets of a port; the port with fewest" },
	{ 0 },
};

static struct config {
	struct selection selection;
	struct cover_list addresses;
	bool exact, closed;
} config;

static const struct plugin_option options[] = {
	{ "address", 'H', "ADDR",
	  "a connection to ADDR must be accepted; 0.0.0.0 stands for every IPv4 address, :: for "
	  "every IPv6 address; all must hold",
	  cover_set, offsetof(struct config, addresses) },
	{ "exact", 0, NULL, "a socket must be bound to exactly the address of --address",
	  plugin_set_flag, offsetof(struct config, exact) },
	{ "closed", 0, NULL, "nothing may listen there", plugin_set_flag,
	  offsetof(struct config, closed) },
	{ 0 },
};

static const struct plugin_option_group groups[] = {
	{ "Ports", selection_port_options, &config.selection },
	{ "Listeners", options, &config },
	{ "Owners", selection_owner_options, &config.selection },
	{ "View", selection_view_options, &config.selection },
	{ 0 },
};

static struct requests requests; /* the ports asked for */

static void prepare(const struct plugin *plugin)
{
	static char all[24];
	const char *wrong = selection_resolve(&config.selection, SOCKTAB_TCP);

	if (!wrong && !config.selection.filter.local_port_count)
		wrong = "no port is asked for: name one with --port";
	if (!wrong && config.exact && !config.addresses.count)
		wrong = "--exact needs an --address";
	if (!wrong)
		wrong = cover_add_traffic(&config.addresses, config.selection.filter.traffic);
	if (!wrong)
		wrong = requests_make(&requests, &config.selection.filter);
	if (wrong)
		plugin_usage_error(plugin, "%s", wrong);
	/* Which traffic a listener takes is judged here, not filtered out. */
	config.selection.filter.traffic = 0;
	snprintf(all, sizeof(all), config.closed ? "0" : "%zu:", requests.count);
	metrics[LISTENING].default_critical = all;
}

/* ---- the judgement ----------------------------------------------------------------------- */

/* An address that this host does not have is covered by nobody; NULL: all are its own. */
static const struct cover_address *foreign_address(struct socktab *t)
{
	for (size_t i = 0; i < config.addresses.count; i++) {
		const struct cover_address *address = &config.addresses.list[i];

		if (!address->traffic && !socktab_is_wildcard(address->family, address->ip) &&
		    socktab_is_local(t, address->family, address->ip) == 0)
			return address;
	}
	return NULL;
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

/* ---- the words --------------------------------------------------------------------------- */

struct verdict {
	struct selection_view view;
	struct plugin_report *report;
	enum plugin_state state;	     /* of the ports that are not as they should be */
	bool saw;			     /* all tables were read */
	bool wrong_hands;		     /* a listener is not held by whom it should be */
	const struct cover_address *foreign; /* asked for, and not an address of this host */
	size_t good, unsure;
};

static bool is_good(const struct request *request)
{
	return request->answer == (config.closed ? COVER_NO : COVER_YES);
}

/* Why these ports are not as they should be. */
static void say_wrong(const struct verdict *verdict, const struct request *first,
		      const struct request *last)
{
	const struct cover_address *missed = requests_uncovered(first, &config.addresses);
	char port[32], bound[4 * SOCKTAB_ADDRESS_SIZE];

	requests_format(first, last, port, sizeof(port));
	if (first->count)
		requests_format_bound(&requests, first, bound, sizeof(bound));
	else
		snprintf(bound, sizeof(bound), "%s", first->elsewhere);
	if (!bound[0])
		plugin_problem(verdict->report, verdict->state, "%s %s", port,
			       verdict->saw ? "not listening" : "not seen listening");
	else if (!missed)
		plugin_problem(verdict->report, verdict->state, "%s listens on %s", port, bound);
	else
		plugin_problem(verdict->report, verdict->state, "%s listens on %s, %snot on %s",
			       port, bound, first->answer == COVER_UNKNOWN ? "perhaps " : "",
			       missed->text);
}

static bool is_missing(const struct request *request)
{
	return !request->count && !request->elsewhere[0];
}

/* Consecutive ports that are simply missing are one clause. */
static const struct request *last_of_run(const struct request *first)
{
	const struct request *end = requests.list + requests.count, *last = first;

	while (last + 1 < end && is_missing(first) && is_missing(last + 1) &&
	       last[1].protocol == last->protocol && last[1].port == last->port + 1)
		last++;
	return last;
}

static void say_good(const struct verdict *verdict, const struct request *request)
{
	const struct held_socket *socket = &requests.sockets[request->first];
	char port[32], bound[4 * SOCKTAB_ADDRESS_SIZE], holder[512];

	requests_format(request, request, port, sizeof(port));
	if (config.closed) {
		plugin_summary(verdict->report, "%s closed", port);
		return;
	}
	requests_format_bound(&requests, request, bound, sizeof(bound));
	if (!selection_has_owner(&config.selection)) {
		plugin_summary(verdict->report, "%s on %s", port, bound);
		return;
	}
	selection_format_owner(&verdict->view, &socket->record, socket->pid, holder,
			       sizeof(holder));
	plugin_summary(verdict->report, "%s on %s%s %s", port, bound, socket->pid ? " by" : "",
		       holder);
}

/* Beside what is wrong: "(80/tcp, 22/tcp ok)", or their number. */
static void say_rest(const struct verdict *verdict)
{
	char text[256] = "(", port[32];
	size_t length = 1;

	if (!verdict->good)
		return;
	if (verdict->good > 4) {
		plugin_summary(verdict->report, "(%zu other ports ok)", verdict->good);
		return;
	}
	for (size_t i = 0; i < requests.count; i++) {
		if (!is_good(&requests.list[i]))
			continue;
		requests_format(&requests.list[i], &requests.list[i], port, sizeof(port));
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s",
					   length > 1 ? ", " : "", port);
	}
	plugin_summary(verdict->report, "%s ok)", text);
}

static void say_ports(const struct verdict *verdict)
{
	const struct request *end = requests.list + requests.count;
	char processes[512];

	for (const struct request *request = requests.list; request < end; request++) {
		if (is_good(request)) {
			if (verdict->state == PLUGIN_OK && !verdict->wrong_hands)
				say_good(verdict, request);
		} else {
			const struct request *last = last_of_run(request);

			say_wrong(verdict, request, last);
			request = last;
		}
	}
	if (verdict->state == PLUGIN_OK)
		return;
	if (!config.closed &&
	    selection_format_unit_processes(&verdict->view, processes, sizeof(processes))[0])
		plugin_summary(verdict->report, "%s", processes);
	say_rest(verdict);
}

static void say_holder(const struct verdict *verdict, const struct held_socket *socket)
{
	const struct request *request = &requests.list[socket->tag];
	char port[32], holder[512], expected[512];

	requests_format(request, request, port, sizeof(port));
	if (socket->by_kernel)
		snprintf(holder, sizeof(holder), "held by the kernel");
	else if (socket->pid)
		snprintf(holder, sizeof(holder), "held by ");
	else
		holder[0] = '\0';
	if (!socket->by_kernel)
		selection_format_owner(&verdict->view, &socket->record, socket->pid,
				       holder + strlen(holder), sizeof(holder) - strlen(holder));
	selection_format_expected(&config.selection, expected, sizeof(expected));
	if (socket->held == HELD_NO)
		plugin_problem(verdict->report, PLUGIN_CRITICAL, "%s %s, expected %s", port, holder,
			       expected);
	else
		plugin_problem(verdict->report, PLUGIN_UNKNOWN,
			       "%s listens, its holder is not readable", port);
}

/* One clause a port is enough: the first of its sockets in the wrong hands. */
static void say_holders(struct verdict *verdict)
{
	size_t said = SIZE_MAX;

	for (size_t i = 0; i < requests.socket_count && !config.closed; i++) {
		const struct held_socket *socket = &requests.sockets[i];

		if (socket->held == HELD_YES || socket->tag == said)
			continue;
		say_holder(verdict, socket);
		said = socket->tag;
		verdict->wrong_hands = true;
	}
}

/* ---- the look ---------------------------------------------------------------------------- */

static void set_listeners(struct plugin_report *report, enum plugin_bound bound)
{
	for (size_t i = 0; i < requests.count; i++) {
		const struct request *request = &requests.list[i];

		plugin_metric_worse(&metrics[LISTENERS], (double)request->count, bound, true);
		if (i < SHOWN_PORTS)
			plugin_perfdata(report, &metrics[LISTENERS], (double)request->count, bound,
					"%s_%u_listeners", socktab_protocol_name(request->protocol),
					request->port);
	}
}

static void judge(struct verdict *verdict)
{
	const struct cover_address *foreign = foreign_address(verdict->view.t);
	size_t listening = 0;

	verdict->foreign = foreign;

	for (size_t i = 0; i < requests.count; i++) {
		struct request *request = &requests.list[i];

		if (foreign)
			request->answer = COVER_NO;
		else if (request->answer == COVER_NO && !verdict->saw)
			request->answer = COVER_UNKNOWN;
		listening += request->answer == COVER_YES;
		verdict->unsure += request->answer == COVER_UNKNOWN;
		verdict->good += is_good(request);
	}
	verdict->state = judge_listening(listening, verdict->unsure);
	if (foreign)
		plugin_problem(verdict->report, verdict->state, "%s is not an address of this host",
			       foreign->text);
	else if (verdict->unsure && verdict->saw)
		plugin_remedy(verdict->report,
			      "/proc does not tell IPv6-only sockets apart: use --source netlink");
	set_listeners(verdict->report, verdict->saw ? PLUGIN_EXACT : PLUGIN_AT_LEAST);
}

static void look(const struct plugin *plugin, struct plugin_report *report)
{
	struct verdict verdict = { .report = report };
	int error;

	(void)plugin;
	if (!selection_open(&verdict.view, &config.selection, report))
		return;
	error = requests_look(&requests, &verdict.view, &config.addresses, config.exact);
	verdict.saw = selection_bound(&verdict.view, error) == PLUGIN_EXACT;
	judge(&verdict);
	error = held_find(&verdict.view, requests.sockets, requests.socket_count);
	selection_bound(&verdict.view, error);
	say_holders(&verdict);
	if (!verdict.foreign)
		say_ports(&verdict);
	selection_close(&verdict.view);
}

int main(int argc, char **argv)
{
	const struct plugin plugin = {
		.name = "PORT_LISTEN",
		.program = "check_port_listen",
		.purpose = "Is something listening where it should be, and by whom?",
		.examples = "check_port_listen -p 22,443,53/udp\n"
			    "check_port_listen -p 443 -H 192.0.2.7 -C nginx\n"
			    "check_port_listen -p 23 --closed\n"
			    "check_port_listen -p 8001-8010 -w 9: -c 5:\n",
		.groups = groups,
		.metrics = metrics,
		.start = socktab_limit_privilege,
		.prepare = prepare,
		.look = look,
	};

	return plugin_run(&plugin, argc, argv);
}
