// SPDX-License-Identifier: MIT
/* check_listen_audit - is anything listening that should not be */
#include <stdio.h>
#include <stdlib.h>

#include "allow.h"
#include "cover.h"
#include "held.h"
#include "listeners.h"
#include "plugin.h"
#include "selection.h"

enum { UNEXPECTED, LISTENERS, ALLOWED, MISSING };

static struct plugin_metric metrics[] = {
	[UNEXPECTED] = { .name = "unexpected",
			 .help = "listeners that no entry allows",
			 .shown = true,
			 .spoken = true,
			 .default_critical = "0" },
	[LISTENERS] = { .name = "listeners", .help = "sockets that listen", .shown = true },
	[ALLOWED] = { .name = "allowed", .help = "listeners that an entry allows", .shown = true },
	[MISSING] = { .name = "missing",
		      .help = "entries that nothing answers",
		      .shown = true,
		      .spoken = true },
	{ 0 },
};

static struct config {
	struct selection selection;
	struct allow_list allowed;
	bool ignore_loopback, strict_udp, print;
} config;

static const struct plugin_option options[] = {
	{ "allow", 0, "LIST", "ports that may listen: PORT[-PORT][/PROTO],...; tcp if not said",
	  allow_set_list, offsetof(struct config, allowed) },
	{ "allow-file", 0, "FILE",
	  "the same by line, with conditions: PORT[-PORT][/PROTO] [in=NET,...] [unit=UNIT] "
	  "[command=NAME] [user=USER]",
	  allow_set_file, offsetof(struct config, allowed) },
	{ "ignore-loopback", 0, NULL, "leave out what only this host can reach", plugin_set_flag,
	  offsetof(struct config, ignore_loopback) },
	{ "strict-udp", 0, NULL, "UDP sockets on ports of the ephemeral range count too",
	  plugin_set_flag, offsetof(struct config, strict_udp) },
	{ "print", 0, NULL, "print the allow-file that would accept what listens now",
	  plugin_set_flag, offsetof(struct config, print) },
	{ 0 },
};

static const struct plugin_option_group groups[] = {
	{ "Listeners", options, &config },
	{ "Listeners", selection_protocol_options, &config.selection },
	{ "View", selection_ownerless_view_options, &config.selection },
	{ 0 },
};

static void prepare(void)
{
	const char *wrong;

	/* Unix sockets belong to `all`, but have no port. */
	if (config.selection.protocols == SOCKTAB_ALL)
		config.selection.protocols &= ~SOCKTAB_UNIX;
	wrong = selection_resolve(&config.selection, SOCKTAB_TCP | SOCKTAB_UDP | SOCKTAB_SCTP);
	if (!wrong && config.selection.filter.kinds & SOCKTAB_UNIX)
		wrong = "unix sockets have no port to allow: --protocol takes tcp, udp, sctp, mptcp, "
			"raw";
	if (wrong)
		plugin_usage_error("%s", wrong);
	if (config.print)
		plugin_text_only("--print");
	selection_count_once(&config.selection);
}

/* ---- what listens ------------------------------------------------------------------------ */

struct audit {
	struct selection_view view;
	struct listeners_clients clients;
	struct held_list list; /* held: allowed, unexpected or not to be told */
};

static bool is_left_out(const struct audit *audit, const struct socktab_record *record)
{
	return (config.ignore_loopback && socktab_is_loopback(record)) ||
	       listeners_is_client(&audit->clients, record);
}

/* What is left out may answer an entry all the same. */
static int add_listener(const struct socktab_record *record, void *data)
{
	struct audit *audit = data;

	if (is_left_out(audit, record) && !allow_concerns(&config.allowed, record))
		return 0;
	return held_add(&audit->list, audit->view.t, record);
}

static void drop_left_out(struct audit *audit)
{
	struct held_list *list = &audit->list;
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++)
		if (!is_left_out(audit, &list->sockets[i].record))
			list->sockets[kept++] = list->sockets[i];
	list->count = kept;
}

/* ---- the verdict ------------------------------------------------------------------------- */

/* What was not seen may answer an entry; what was seen and cannot be judged may not. */
static void set_missing(struct audit *audit, enum plugin_bound bound, int error)
{
	if (bound != PLUGIN_EXACT)
		bound = PLUGIN_AT_MOST;
	if (held_count(&audit->list, HELD_UNKNOWN))
		bound |= PLUGIN_AT_LEAST;
	plugin_metric_set(&metrics[MISSING],
			  (double)allow_missing(&config.allowed, config.selection.filter.kinds),
			  error ? PLUGIN_ANY : bound);
}

/* `all` is what is said in front of the first that is unexpected: "2 unexpected: ". */
static void say_listener(struct audit *audit, const struct held_socket *socket,
			 enum plugin_state unexpected, char *all)
{
	static const char *const words[] = {
		[HELD_NO] = "unexpected", [HELD_UNKNOWN] = "perhaps allowed", [HELD_YES] = "allowed"
	};
	struct plugin_report *report = audit->view.report;
	enum plugin_state state = socket->held == HELD_NO ? unexpected : PLUGIN_OK;
	char listener[640] = "";

	if (socket->held == HELD_UNKNOWN && unexpected == PLUGIN_OK)
		state = PLUGIN_UNKNOWN;
	/* Of thousands most are cut. */
	if (plugin_keeps(report, state, 1))
		held_format(&audit->view, socket, listener, sizeof(listener));
	plugin_line(report, 1, "%s: %s", words[socket->held], listener);
	if (state != PLUGIN_OK && socket->held == HELD_NO) {
		plugin_problem(report, state, "%s%s", all, listener);
		all[0] = '\0';
	} else if (state != PLUGIN_OK) {
		plugin_problem(report, state, "%s %s", listener,
			       listeners_may_be_client(&audit->clients, &socket->record)
				       ? "may be a client's"
				       : "may be allowed, which cannot be told");
	}
}

static void say_verdict(struct audit *audit, size_t unexpected, size_t unsure)
{
	enum plugin_state state = plugin_metric_judge(&metrics[UNEXPECTED], (double)unexpected,
						      PLUGIN_EXACT);
	const char *least = metrics[UNEXPECTED].bound == PLUGIN_EXACT ? "" : "at least ";
	char all[64];

	snprintf(all, sizeof(all), "%s%zu unexpected: ", least, unexpected);
	for (size_t i = 0; i < audit->list.count; i++)
		say_listener(audit, &audit->list.sockets[i], state, all);
	allow_say_missing(&config.allowed, config.selection.filter.kinds, &metrics[MISSING],
			  audit->view.report);
	if (!unsure && (state == PLUGIN_OK || !unexpected))
		plugin_summary(audit->view.report, "%s%zu listener%s, %s%zu unexpected", least,
			       audit->list.count, audit->list.count == 1 ? "" : "s", least,
			       unexpected);
}

static void judge(struct audit *audit, enum plugin_bound bound)
{
	struct held_list *list = &audit->list;
	int error = allow_judge(&config.allowed, &audit->view, list);
	enum plugin_bound all = bound;
	size_t unexpected, unsure;
	bool client;

	set_missing(audit, bound, error);
	drop_left_out(audit);
	if (listeners_doubt_clients(&audit->clients, &audit->view, list))
		all |= PLUGIN_AT_MOST;
	unexpected = held_count(list, HELD_NO);
	unsure = held_count(list, HELD_UNKNOWN);
	if (error || unsure) {
		selection_bound(&audit->view, error);
		bound = PLUGIN_AT_LEAST;
	}
	/* Only for the words; what cannot be seen is no reason for doubt here. */
	held_name(&audit->view, list);
	plugin_metric_set(&metrics[UNEXPECTED], (double)unexpected, bound);
	plugin_metric_set(&metrics[LISTENERS], (double)list->count, all);
	client = listeners_any_client(&audit->clients, list);
	plugin_metric_set(&metrics[ALLOWED], (double)held_count(list, HELD_YES),
			  client ? bound | PLUGIN_AT_MOST : bound);
	/* They hang on the range too; if anything is in doubt it has been said. */
	if (!unsure && client &&
	    (plugin_metric_state(&metrics[LISTENERS]) == PLUGIN_UNKNOWN ||
	     plugin_metric_state(&metrics[ALLOWED]) == PLUGIN_UNKNOWN))
		selection_local_ports(&audit->view, &audit->clients.range);
	say_verdict(audit, unexpected, unsure);
}

/* ---- the look ---------------------------------------------------------------------------- */

static void look(struct plugin_report *report)
{
	struct audit audit = { 0 };
	enum plugin_bound bound;

	if (!selection_open(&audit.view, &config.selection, report))
		return;
	audit.view.or_unit = "use unit=UNIT, or ";
	if (!config.strict_udp)
		listeners_read_clients(&audit.clients, &audit.view);
	selection_read_units(&audit.view);
	plugin_stage(report, "reading the socket tables");
	bound = selection_bound(&audit.view, listeners_visit(&audit.view, &config.selection.filter,
							     add_listener, &audit));
	held_sort(&audit.list);
	if (config.print) {
		drop_left_out(&audit);
		allow_print(&audit.view, &audit.list,
			    bound == PLUGIN_EXACT && !audit.clients.unread);
	} else {
		judge(&audit, bound);
	}
	selection_close(&audit.view);
	free(audit.list.sockets);
}

int main(int argc, char **argv)
{
	const struct plugin plugin = {
		.name = "LISTEN_AUDIT",
		.program = "check_listen_audit",
		.purpose = "Is anything listening that should not be?",
		.examples = "check_listen_audit --allow 22,80,443,53/udp\n"
			    "check_listen_audit --allow-file /etc/sockcheck/allowed "
			    "--ignore-loopback\n"
			    "check_listen_audit --print > /etc/sockcheck/allowed\n",
		.groups = groups,
		.metrics = metrics,
		.start = socktab_limit_privilege,
		.prepare = prepare,
		.look = look,
	};

	return plugin_run(&plugin, argc, argv);
}
