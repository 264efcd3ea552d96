// SPDX-License-Identifier: MIT
/* check_listen_audit - is anything listening that should not be */
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
	[MISSING] = { .name = "missing", .help = "entries that nothing answers", .shown = true },
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

/* Tag of a socket. */
enum { SERVER, CLIENT, LEFT_OUT };

struct audit {
	struct selection_view view;
	struct socktab_local_ports ephemeral;
	bool no_range;	       /* it is needed and cannot be read */
	struct held_list list; /* held: allowed, unexpected or not to be told */
};

static bool is_left_out(const struct audit *audit, const struct socktab_record *record)
{
	if (config.ignore_loopback && socktab_is_loopback(record))
		return true;
	/* A client that has sent something looks like a server. */
	return record->protocol == SOCKTAB_PROTOCOL_UDP && !config.strict_udp && !audit->no_range &&
	       socktab_port_has(&audit->ephemeral.set, record->laddr.port);
}

static int add_listener(const struct socktab_record *record, void *data)
{
	struct audit *audit = data;

	bool left_out = is_left_out(audit, record);
	int error;

	if (left_out && !allow_concerns(&config.allowed, record))
		return 0;
	error = held_add(&audit->list, audit->view.t, record);
	if (!error && left_out)
		audit->list.sockets[audit->list.count - 1].tag = LEFT_OUT;
	return error;
}

/* They have answered entries, and are nothing else. */
static void drop_left_out(struct held_list *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++)
		if (list->sockets[i].tag != LEFT_OUT)
			list->sockets[kept++] = list->sockets[i];
	list->count = kept;
}

/* ---- the verdict ------------------------------------------------------------------------- */

/*
 * Where the range of local ports cannot be read nobody knows which UDP sockets are clients that
 * look like servers. They are marked; returns how many no entry allows.
 */
static size_t find_clients(struct audit *audit)
{
	size_t count = 0;

	for (size_t i = 0; i < audit->list.count && audit->no_range; i++) {
		struct held_socket *socket = &audit->list.sockets[i];

		if (socket->record.protocol != SOCKTAB_PROTOCOL_UDP || socket->held == HELD_YES)
			continue;
		socket->held = HELD_UNKNOWN;
		socket->tag = CLIENT;
		count++;
	}
	/* Says why, and what to do. */
	if (count)
		selection_local_ports(&audit->view, &audit->ephemeral);
	return count;
}

/* What was not seen may answer; what was seen, if it cannot be judged, may not. */
static enum plugin_bound bound_missing(enum plugin_bound bound, size_t unsure)
{
	if (bound == PLUGIN_EXACT)
		return unsure ? PLUGIN_AT_LEAST : PLUGIN_EXACT;
	return unsure ? PLUGIN_ANY : PLUGIN_AT_MOST;
}

/* ---- the words --------------------------------------------------------------------------- */

static void say_verdict(struct audit *audit, size_t unexpected, size_t unsure)
{
	static const char *const words[] = {
		[HELD_NO] = "unexpected", [HELD_UNKNOWN] = "perhaps allowed", [HELD_YES] = "allowed"
	};
	struct plugin_report *report = audit->view.report;
	enum plugin_state state = plugin_metric_judge(&metrics[UNEXPECTED], (double)unexpected,
						      PLUGIN_EXACT);
	char listener[640];

	for (size_t i = 0; i < audit->list.count; i++) {
		enum held held = audit->list.sockets[i].held;
		enum plugin_state problem = held == HELD_NO ? state
					    : held == HELD_UNKNOWN && state == PLUGIN_OK
						    ? PLUGIN_UNKNOWN
						    : PLUGIN_OK;

		/* Of thousands most are cut. */
		listener[0] = '\0';
		if (plugin_keeps(report, problem, 1))
			held_format(&audit->view, &audit->list.sockets[i], listener,
				    sizeof(listener));
		plugin_line(report, 1, "%s: %s", words[held], listener);
		if (problem != PLUGIN_OK && held == HELD_NO)
			plugin_problem(report, problem, "%s", listener);
		else if (problem != PLUGIN_OK)
			plugin_problem(report, problem, "%s may be %s", listener,
				       audit->list.sockets[i].tag == CLIENT
					       ? "a client's"
					       : "allowed, which cannot be told");
	}
	if (state != PLUGIN_OK && unexpected)
		plugin_lead(report, "%zu unexpected", unexpected);
	else if (!unsure)
		plugin_summary(report, "%zu listener%s, %zu unexpected", audit->list.count,
			       audit->list.count == 1 ? "" : "s", unexpected);
}

/* ---- the look ---------------------------------------------------------------------------- */

static void judge(struct audit *audit, enum plugin_bound bound)
{
	int error = allow_judge(&config.allowed, &audit->view, audit->list.sockets,
				audit->list.count);
	size_t perhaps = held_count(&audit->list, HELD_UNKNOWN), clients, unexpected, unsure;

	drop_left_out(&audit->list);
	clients = find_clients(audit);
	unexpected = held_count(&audit->list, HELD_NO);
	unsure = held_count(&audit->list, HELD_UNKNOWN);

	if (error || unsure)
		selection_bound(&audit->view, error);
	/* Only for the words; what cannot be seen is no reason for doubt here. */
	held_name(&audit->view, audit->list.sockets, audit->list.count);
	plugin_metric_set(&metrics[UNEXPECTED], (double)unexpected,
			  unsure || error ? PLUGIN_AT_LEAST : bound);
	plugin_metric_set(&metrics[LISTENERS], (double)audit->list.count,
			  !clients		  ? bound
			  : bound == PLUGIN_EXACT ? PLUGIN_AT_MOST
						  : PLUGIN_ANY);
	plugin_metric_set(&metrics[ALLOWED], (double)held_count(&audit->list, HELD_YES),
			  unsure || error ? PLUGIN_AT_LEAST : bound);
	plugin_metric_set(&metrics[MISSING], (double)allow_missing(&config.allowed),
			  error ? PLUGIN_ANY : bound_missing(bound, perhaps));
	/* A larger number is the worse, yet it rests on what was not found. */
	if (plugin_metric_judge(&metrics[MISSING], metrics[MISSING].value,
				metrics[MISSING].bound) != PLUGIN_OK)
		plugin_look_again(audit->view.report);
	say_verdict(audit, unexpected, unsure);
}

static void look(struct plugin_report *report)
{
	struct audit audit = { 0 };
	enum plugin_bound bound;

	if (!selection_open(&audit.view, &config.selection, report))
		return;
	audit.no_range = config.selection.filter.kinds & SOCKTAB_UDP && !config.strict_udp &&
			 socktab_local_ports(audit.view.t, &audit.ephemeral);
	selection_read_units(&audit.view);
	plugin_stage(report, "reading the socket tables");
	bound = selection_bound(&audit.view, listeners_visit(&audit.view, &config.selection.filter,
							     add_listener, &audit));
	held_sort(&audit.list);
	if (config.print) {
		drop_left_out(&audit.list);
		allow_print(&audit.view, audit.list.sockets, audit.list.count,
			    bound == PLUGIN_EXACT && !audit.no_range);
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
