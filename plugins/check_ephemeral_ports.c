// SPDX-License-Identifier: MIT
/* check_ephemeral_ports - is this host about to run out of local ports */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "local_ports.h"
#include "plugin.h"
#include "selection.h"
#include "socktab.h"

enum { USAGE, LOCAL_USAGE, USED, TIME_WAIT, DESTINATIONS };

static struct plugin_metric metrics[] = {
	[USAGE] = { .name = "usage",
		    .unit = "%",
		    .shown = true,
		    .spoken = true,
		    .help = "of the range, by the fullest destination; for UDP by all sockets",
		    .default_warning = "70",
		    .default_critical = "90" },
	[LOCAL_USAGE] = { .name = "local_usage",
			  .unit = "%",
			  .shown = true,
			  .spoken = true,
			  .help = "of the range, by the fullest local address" },
	[USED] = { .name = "used",
		   .shown = true,
		   .help = "outbound sockets, without TIME_WAIT that the kernel would reuse" },
	[TIME_WAIT] = { .name = "time_wait",
			.shown = true,
			.help = "outbound sockets in TIME_WAIT, reusable or not" },
	[DESTINATIONS] = { .name = "destinations",
			   .shown = true,
			   .help = "local address, remote address and remote port, distinct" },
	{ 0 },
};

static struct selection selection;
static unsigned int top = 10;

static const struct plugin_option top_options[] = {
	{ "top", 0, "N", "with -v: so many destinations, fullest first (default 10)",
	  plugin_set_count, 0 },
	{ 0 },
};

static const struct plugin_option_group groups[] = {
	{ "Sockets", selection_protocol_options, &selection },
	{ "Connections", selection_peer_options, &selection },
	{ "Evidence", top_options, &top },
	{ "View", selection_ownerless_view_options, &selection },
	{ 0 },
};

static void prepare(void)
{
	const char *wrong = selection_resolve(&selection, SOCKTAB_TCP);
	uint32_t kinds = selection.filter.kinds;

	if (wrong)
		plugin_usage_error("%s", wrong);
	if (kinds & ~SOCKTAB_TCP && kinds & ~SOCKTAB_UDP)
		plugin_usage_error("--protocol: TCP or UDP, which have a range each");
	/* UDP's unconnected sockets take ports too. */
	selection.filter.states = SOCKTAB_ALL_STATES & ~SOCKTAB_BIT(SOCKTAB_LISTEN);
	if (kinds & SOCKTAB_TCP)
		selection.filter.states &= ~SOCKTAB_BIT(SOCKTAB_CLOSE);
	else
		metrics[TIME_WAIT].unavailable = "UDP has no TIME_WAIT";
}

/* ---- words ------------------------------------------------------------------------------- */

static bool is_udp(void)
{
	return !(selection.filter.kinds & SOCKTAB_TCP);
}

/* ", 1614 more in TIME_WAIT" of the same destination: those that do not count come last. */
static const char *format_waiting(const struct local_ports *ports, char *buffer, size_t size)
{
	int length = 0;

	buffer[0] = '\0';
	if (ports->fullest.time_wait)
		length = snprintf(buffer, size, ", %" PRIu32 " of them in TIME_WAIT",
				  ports->fullest.time_wait);
	if (ports->reusable)
		snprintf(buffer + length, size - (size_t)length, ", %" PRIu64 " more in TIME_WAIT",
			 ports->reusable);
	return buffer;
}

/* "limit 90%, " of one that alerts. */
static const char *format_limit(const struct plugin_metric *metric, char *buffer, size_t size)
{
	enum plugin_state state = plugin_metric_state(metric);
	char limit[80];

	buffer[0] = '\0';
	if (state != PLUGIN_OK)
		snprintf(buffer, size, "limit %s%%, ",
			 plugin_metric_limit(metric, state, limit, sizeof(limit)));
	return buffer;
}

/* "94% used from 10.0.1.4 to 10.0.5.11:8080 by app.service (limit 90%, 26538 of 28232)" */
static const char *format_usage(const struct local_ports *ports, struct selection_view *view,
				char *buffer, size_t size)
{
	const struct plugin_metric *usage = &metrics[USAGE];
	const char *least = usage->bound == PLUGIN_EXACT ? "" : "at least ";
	const struct destination_use *fullest = &ports->fullest;
	char value[32], where[256] = "", unit[256] = "", waiting[80], limit[96];
	uint32_t all = ports->range.set.count;

	plugin_metric_format(usage, usage->value, value, sizeof(value));
	format_waiting(ports, waiting, sizeof(waiting));
	format_limit(usage, limit, sizeof(limit));
	if (fullest->sockets) {
		local_ports_format(&fullest->at, where, sizeof(where));
		selection_format_unit(view, &ports->fullest_socket, unit, sizeof(unit));
	}
	if (!all)
		snprintf(buffer, size, "no port to choose from: all of %u-%u are reserved%s",
			 ports->range.first, ports->range.last,
			 ports->listening ? " or listened on" : "");
	else if (is_udp() && fullest->sockets)
		snprintf(buffer, size,
			 "%s%s used (%s%" PRIu32 " of %" PRIu32 "), most %s%s%s (%" PRIu32 ")",
			 least, value, limit, ports->taken.count, all, where, *unit ? " by " : "",
			 unit, fullest->sockets);
	else
		snprintf(buffer, size, "%s%s used%s%s%s%s (%s%" PRIu32 " of %" PRIu32 "%s)", least,
			 value, *where ? " " : "", where, *unit ? " by " : "", unit, limit,
			 fullest->sockets, all, waiting);
	return buffer;
}

static void say_usage(const struct local_ports *ports, struct selection_view *view)
{
	const struct plugin_metric *local = &metrics[LOCAL_USAGE];
	enum plugin_state state = plugin_metric_state(&metrics[USAGE]);
	char text[768], value[32], limit[96], ip[SOCKTAB_ADDRESS_SIZE];

	format_usage(ports, view, text, sizeof(text));
	if (state == PLUGIN_OK)
		plugin_summary(view->report, "%s", text);
	else
		plugin_problem(view->report, state, "%s", text);
	state = plugin_metric_state(local);
	if (state != PLUGIN_OK)
		plugin_problem(view->report, state,
			       "%s%s of the ports of %s used (%s%" PRIu32 " of %" PRIu32 ")",
			       local->bound == PLUGIN_EXACT ? "" : "at least ",
			       plugin_metric_format(local, local->value, value, sizeof(value)),
			       ports->fullest_address_ports
				       ? local_ports_format_ip(ports->fullest_address, ip)
				       : "an address",
			       format_limit(local, limit, sizeof(limit)),
			       ports->fullest_address_ports, ports->range.set.count);
}

static void add_evidence(const struct local_ports *ports, struct plugin_report *report)
{
	const struct socktab_local_ports *range = &ports->range;
	uint32_t all = (uint32_t)range->last - range->first + 1, usable = range->set.count;
	char where[256], ip[SOCKTAB_ADDRESS_SIZE];
	struct destination_use *list;
	size_t count = local_ports_top(ports, top, &list);

	plugin_line(report, 1,
		    "range %u-%u: %" PRIu32 " port%s to choose from, %" PRIu32 " reserved, %" PRIu32
		    " listened on",
		    range->first, range->last, usable, usable == 1 ? "" : "s",
		    all - usable - ports->listening, ports->listening);
	if (ports->fullest_address_ports)
		plugin_line(report, 1, "%" PRIu32 " port%s taken on %s",
			    ports->fullest_address_ports,
			    ports->fullest_address_ports == 1 ? "" : "s",
			    local_ports_format_ip(ports->fullest_address, ip));
	for (size_t i = 0; i < count; i++)
		plugin_line(report, 1, "%" PRIu32 " %s, %" PRIu32 " in TIME_WAIT", list[i].sockets,
			    local_ports_format(&list[i].at, where, sizeof(where)),
			    list[i].time_wait);
	free(list);
}

/* ---- the look ---------------------------------------------------------------------------- */

static void look_at(struct local_ports *ports, struct selection_view *view)
{
	enum plugin_bound bound = selection_bound(view, local_ports_look(ports, view));
	uint32_t use = is_udp() ? ports->taken.count : ports->fullest.sockets;

	plugin_metric_set(&metrics[USAGE], local_ports_percent(ports, use), bound);
	plugin_metric_set(&metrics[LOCAL_USAGE],
			  local_ports_percent(ports, ports->fullest_address_ports), bound);
	plugin_metric_set(&metrics[USED], (double)ports->used, bound);
	plugin_metric_set(&metrics[TIME_WAIT], (double)ports->time_wait, bound);
	plugin_metric_set(&metrics[DESTINATIONS], (double)ports->destinations, bound);
	say_usage(ports, view);
	if (plugin_verbosity(view->report))
		add_evidence(ports, view->report);
}

static void look(struct plugin_report *report)
{
	struct selection chosen = selection;
	struct socktab_ports chosen_from;
	struct socktab_local_ports range;
	struct selection_view view;
	struct local_ports ports;

	if (!selection_open(&view, &chosen, report))
		return;
	if (selection_local_ports(&view, &range)) {
		/* Of a busy server most connections have its port: these need not be told. */
		chosen_from = (struct socktab_ports){ .first = range.first, .last = range.last };
		chosen.filter.local_ports = &chosen_from;
		chosen.filter.local_port_count = 1;
		local_ports_start(&ports, &range);
		look_at(&ports, &view);
		local_ports_free(&ports);
	}
	selection_close(&view);
}

int main(int argc, char **argv)
{
	const struct plugin plugin = {
		.name = "EPHEMERAL_PORTS",
		.program = "check_ephemeral_ports",
		.purpose = "Is this host about to run out of local ports?",
		.examples = "check_ephemeral_ports\n"
			    "check_ephemeral_ports -w 60 -c 80 -c local_usage=95\n"
			    "check_ephemeral_ports --remote-address 10.0.5.0/24 -v --top 20\n"
			    "check_ephemeral_ports -P udp\n",
		.groups = groups,
		.metrics = metrics,
		.start = socktab_limit_privilege,
		.prepare = prepare,
		.look = look,
	};

	return plugin_run(&plugin, argc, argv);
}
