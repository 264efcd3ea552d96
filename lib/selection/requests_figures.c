// SPDX-License-Identifier: MIT
/* requests_figures.c - the metrics of requests but `listening`: queues, ages, drops */
#include <inttypes.h>

#include "private.h"
#include "requests_private.h"

#define SHOWN_PORTS 8 /* ports with perfdata of their own */

/* ---- one port ---------------------------------------------------------------------------- */

/* Where the figures of a look go. */
struct figures {
	const struct requests *requests;
	struct selection_view *view;
	struct plugin_metric *metrics;
};

/* "443/tcp deleted 1 (limit 0)", once for a run of ports that are plainly missing. */
static void say_alert(const struct figures *figures, const struct request *request,
		      const struct plugin_metric *metric, double value, enum plugin_bound bound)
{
	const struct requests *requests = figures->requests;
	enum plugin_state state = plugin_metric_judge(metric, value, bound);
	struct plugin_metric one = *metric;
	const struct request *last;
	char port[600], alert[640];

	if (state == PLUGIN_OK ||
	    (request > requests->list && requests_are_run(request - 1, request)))
		return;
	last = requests_last_of_run(requests, request);
	plugin_metric_set(&one, value, bound);
	plugin_problem(figures->view->report, state, "%s %s",
		       requests_format(request, last, port, sizeof(port)),
		       plugin_metric_alert(&one, alert, sizeof(alert)));
}

/* The worst port decides, and the first ones have perfdata of their own. */
static void set(const struct figures *figures, const struct request *request,
		enum requests_metric which, double value, enum plugin_bound bound)
{
	struct plugin_metric *metric = &figures->metrics[which];
	struct plugin_report *report = figures->view->report;
	/* Of these the smaller is the worse, where no threshold tells. */
	bool smaller = which == REQUESTS_LISTENERS || which == REQUESTS_AGE;

	plugin_metric_worse(metric, value, bound, smaller);
	/* Of a queue whose limit is known there is more to say. */
	if (which != REQUESTS_BACKLOG || bound == PLUGIN_ANY)
		say_alert(figures, request, metric, value, bound);
	if (request - figures->requests->list >= SHOWN_PORTS ||
	    (which != REQUESTS_LISTENERS && which != REQUESTS_BACKLOG))
		return;
	if (request->name)
		plugin_perfdata(report, metric, value, bound, "unix_%zu_%s", request->number,
				metric->name);
	else
		plugin_perfdata(report, metric, value, bound, "%s_%u_%s", requests_label(request),
				request->port, metric->name);
}

bool requests_backlog(const struct requests *requests, const struct request *request,
		      double *percent, uint32_t *length, uint64_t *room)
{
	bool found = false;

	for (size_t i = request->first; i < request->first + request->count; i++) {
		const struct socktab_record *record = &requests->held.sockets[i].record;
		/* The queue admits one more than its limit. */
		uint64_t admits = (uint64_t)record->wqueue + 1;
		double fill = 100.0 * record->rqueue / (double)admits;

		if (record->state != SOCKTAB_LISTEN || !(record->known & SOCKTAB_KNOWN_LIMIT) ||
		    (found && fill <= *percent))
			continue;
		found = true;
		*percent = fill;
		*length = record->rqueue;
		*room = admits;
	}
	return found;
}

static void set_backlog(const struct figures *figures, const struct request *request)
{
	const struct plugin_metric *metric = &figures->metrics[REQUESTS_BACKLOG];
	enum plugin_state state;
	char port[600], value[32], limit[80];
	double percent;
	uint32_t length;
	uint64_t room;

	if (!requests_backlog(figures->requests, request, &percent, &length, &room)) {
		if (!request->count ||
		    figures->requests->held.sockets[request->first].record.state != SOCKTAB_LISTEN)
			return;
		set(figures, request, REQUESTS_BACKLOG, 0, PLUGIN_ANY);
		if (plugin_metric_wanted(metric))
			selection_remedy_procfs(figures->view, "the limit of an accept queue");
		return;
	}
	set(figures, request, REQUESTS_BACKLOG, percent, PLUGIN_EXACT);
	state = plugin_metric_judge(metric, percent, PLUGIN_EXACT);
	if (state == PLUGIN_OK)
		return;
	plugin_problem(figures->view->report, state,
		       "%s accept queue %s (limit %s%%, %" PRIu32 " of %" PRIu64 ")",
		       requests_format(request, request, port, sizeof(port)),
		       plugin_metric_format(metric, percent, value, sizeof(value)),
		       plugin_metric_limit(metric, state, limit, sizeof(limit)), length, room);
}

static void set_holders(const struct figures *figures, const struct request *request, bool saw_all)
{
	bool seen = request->age >= 0, saw = saw_all && !request->unheld;

	if (seen || (request->count && !saw)) {
		set(figures, request, REQUESTS_AGE, (double)request->age,
		    saw	   ? PLUGIN_EXACT
		    : seen ? PLUGIN_AT_MOST
			   : PLUGIN_ANY);
		set(figures, request, REQUESTS_AGE_MAX, (double)request->age_max,
		    saw	   ? PLUGIN_EXACT
		    : seen ? PLUGIN_AT_LEAST
			   : PLUGIN_ANY);
	}
	set(figures, request, REQUESTS_DELETED, (double)request->deleted,
	    saw && !request->deleted_unsure ? PLUGIN_EXACT : PLUGIN_AT_LEAST);
	if (request->deleted_unsure)
		plugin_remedy(figures->view->report, "the executable of a holder may not be read");
}

/* Of UDP and raw sockets: bytes that wait to be read, datagrams dropped. Of a listener rqueue
 * counts connections. */
static void set_datagrams(const struct figures *figures, const struct request *request)
{
	enum plugin_bound bound = figures->requests->bound;
	uint64_t waiting = 0, drops = 0;
	bool found = false, known = true;

	for (size_t i = request->first; i < request->first + request->count; i++) {
		const struct socktab_record *record = &figures->requests->held.sockets[i].record;

		if (!(SOCKTAB_BIT(socktab_kind(record)) & (SOCKTAB_UDP | SOCKTAB_RAW)))
			continue;
		found = true;
		known &= (record->known & SOCKTAB_KNOWN_DROPS) != 0;
		waiting += record->rqueue;
		drops += record->drops;
	}
	if (!found)
		return;
	if (!known && plugin_metric_wanted(&figures->metrics[REQUESTS_DROPS]))
		plugin_remedy(figures->view->report,
			      "this kernel tells the drops of a socket by /proc alone: use "
			      "--source procfs");
	set(figures, request, REQUESTS_RECV_QUEUE, (double)waiting, bound);
	set(figures, request, REQUESTS_DROPS, known ? (double)drops : 0,
	    known ? bound : PLUGIN_ANY);
}

/* ---- all of them ------------------------------------------------------------------------- */

static bool wants_holders(const struct plugin_metric *metrics)
{
	return plugin_metric_wanted(&metrics[REQUESTS_AGE]) ||
	       plugin_metric_wanted(&metrics[REQUESTS_AGE_MAX]) ||
	       plugin_metric_wanted(&metrics[REQUESTS_DELETED]);
}

void requests_set_figures(struct requests *requests, struct selection_view *view,
			  struct plugin_metric *metrics)
{
	const struct figures figures = { requests, view, metrics };
	struct plugin_metric *overflows = &metrics[REQUESTS_OVERFLOWS];
	bool holders = wants_holders(metrics), saw = false;
	const char *or_unit = view->or_unit; /* of what the holders are no unit tells */
	uint64_t number;

	if (holders) {
		view->or_unit = NULL;
		saw = selection_bound(view, requests_read_holders(requests, view)) == PLUGIN_EXACT;
		view->or_unit = or_unit;
	}
	for (size_t i = 0; i < requests->count; i++) {
		const struct request *request = &requests->list[i];

		set(&figures, request, REQUESTS_LISTENERS, (double)request->count, requests->bound);
		set_backlog(&figures, request);
		if (holders)
			set_holders(&figures, request, saw);
		set_datagrams(&figures, request);
	}
	if (plugin_metric_wanted(overflows)) {
		bool known = selection_counter(view, "TcpExt", "ListenOverflows", &number) == 0;

		plugin_metric_set(overflows, known ? (double)number : 0,
				  known ? PLUGIN_EXACT : PLUGIN_ANY);
	}
}

void requests_limit_metrics(const struct requests *requests, struct plugin_metric *metrics)
{
	bool queues = false, datagrams = false;

	for (size_t i = 0; i < requests->count; i++) {
		bool stateless = SOCKTAB_MASK(requests->list[i].protocol) &
				 (SOCKTAB_UDP | SOCKTAB_RAW);

		queues |= !stateless;
		datagrams |= stateless;
	}
	for (size_t i = REQUESTS_LISTENERS; i <= REQUESTS_DROPS; i++)
		metrics[i].spoken = true;
	if (!queues)
		metrics[REQUESTS_BACKLOG].unavailable = "UDP and raw sockets have no accept queue";
	if (!datagrams)
		metrics[REQUESTS_RECV_QUEUE].unavailable = metrics[REQUESTS_DROPS].unavailable =
			"neither UDP nor raw is asked for";
}
