// SPDX-License-Identifier: MIT
/* verdict.c - the states: their ranking, and what a value known only as an interval comes to */
#include <math.h>
#include <stdio.h>

#include "internal.h"

const char *plugin_state_name(enum plugin_state state)
{
	static const char *const names[] = { "OK", "WARNING", "CRITICAL", "UNKNOWN" };
	return names[state];
}

enum plugin_state plugin_worst(enum plugin_state a, enum plugin_state b)
{
	static const int rank[] = {
		[PLUGIN_OK] = 0,
		[PLUGIN_UNKNOWN] = 1,
		[PLUGIN_WARNING] = 2,
		[PLUGIN_CRITICAL] = 3,
	};
	return rank[a] >= rank[b] ? a : b;
}

static enum plugin_state state_at(const struct plugin_range *warning,
				  const struct plugin_range *critical, double value)
{
	if (critical && plugin_range_alert(critical, value))
		return PLUGIN_CRITICAL;
	if (warning && plugin_range_alert(warning, value))
		return PLUGIN_WARNING;
	return PLUGIN_OK;
}

static double clamp(double value, double low, double high)
{
	return value < low ? low : value > high ? high : value;
}

/*
 * The states that occur from low to high, as bits 1u << state. The state changes only at an end of
 * a range, so it is enough to look at the ends and between each two of them.
 */
static unsigned int states_between(const struct plugin_range *warning,
				   const struct plugin_range *critical, double low, double high)
{
	double points[6] = { low, high };
	size_t count = 2;
	unsigned int seen = 0;

	if (warning) {
		points[count++] = clamp(warning->start, low, high);
		points[count++] = clamp(warning->end, low, high);
	}
	if (critical) {
		points[count++] = clamp(critical->start, low, high);
		points[count++] = clamp(critical->end, low, high);
	}
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j <= i; j++)
			seen |= 1u << state_at(warning, critical, (points[i] + points[j]) / 2);
	return seen;
}

static enum plugin_state mildest(unsigned int seen)
{
	if (seen & 1u << PLUGIN_OK)
		return PLUGIN_OK;
	return seen & 1u << PLUGIN_WARNING ? PLUGIN_WARNING : PLUGIN_CRITICAL;
}

/* OK must hold for every value of the interval, and so must not-OK; else nobody knows. */
static enum plugin_state judge_interval(const struct plugin_range *warning,
					const struct plugin_range *critical, double value,
					enum plugin_bound bound)
{
	double low = bound == PLUGIN_AT_MOST && value > 0 ? 0 : value;
	double high = bound == PLUGIN_AT_LEAST ? INFINITY : value;
	unsigned int seen = states_between(warning, critical, low, high);

	if (mildest(seen) == PLUGIN_OK && seen != 1u << PLUGIN_OK)
		return PLUGIN_UNKNOWN;
	return mildest(seen);
}

enum plugin_state plugin_judge(const struct plugin_range *warning,
			       const struct plugin_range *critical, double value,
			       enum plugin_bound bound, bool *absence)
{
	enum plugin_state state = PLUGIN_OK;

	if (absence)
		*absence = false;
	if (bound == PLUGIN_ABSENT || (!warning && !critical))
		return PLUGIN_OK;
	if (bound == PLUGIN_ANY)
		return PLUGIN_UNKNOWN;
	state = judge_interval(warning, critical, value, bound);
	if (absence && (state == PLUGIN_WARNING || state == PLUGIN_CRITICAL))
		*absence = mildest(states_between(warning, critical, value, INFINITY)) < state;
	return state;
}

static enum plugin_state judge_metric(const struct plugin_metric *metric, double value,
				      enum plugin_bound bound, bool *absence)
{
	return plugin_judge(metric->has_warning ? &metric->warning : NULL,
			    metric->has_critical ? &metric->critical : NULL, value, bound, absence);
}

enum plugin_state plugin_metric_judge(const struct plugin_metric *metric, double value,
				      enum plugin_bound bound)
{
	return judge_metric(metric, value, bound, NULL);
}

enum plugin_state plugin_metric_state(const struct plugin_metric *metric)
{
	return judge_metric(metric, metric->value, metric->bound, NULL);
}

/* ---- the verdict of a look ---------------------------------------------------------------- */

/* "close_wait 212", "max_per_peer at least 7 from 10.0.0.7" */
static const char *format_metric(const struct plugin_metric *metric, char *buffer, size_t size)
{
	static const char *const bounds[] = {
		[PLUGIN_AT_LEAST] = "at least ",
		[PLUGIN_AT_MOST] = "at most ",
		[PLUGIN_ANY] = "unknown",
	};
	const char *bound = metric->bound == PLUGIN_EXACT ? "" : bounds[metric->bound];
	char value[PLUGIN_NUMBER_SIZE] = "";

	if (metric->bound != PLUGIN_ANY)
		plugin_metric_format(metric, metric->value, value, sizeof(value));
	snprintf(buffer, size, "%s %s%s%s%s", metric->name, bound, value,
		 metric->detail[0] ? " " : "", metric->detail);
	return buffer;
}

const char *plugin_metric_limit(const struct plugin_metric *metric, enum plugin_state state,
				char *buffer, size_t size)
{
	bool by_critical = state == PLUGIN_CRITICAL || !metric->has_warning;

	return plugin_range_format(by_critical ? &metric->critical : &metric->warning, buffer,
				   size);
}

const char *plugin_metric_alert(const struct plugin_metric *metric, char *buffer, size_t size)
{
	char value[512], limit[PLUGIN_RANGE_SIZE];

	plugin_metric_limit(metric, plugin_metric_state(metric), limit, sizeof(limit));
	snprintf(buffer, size, "%s (limit %s)", format_metric(metric, value, sizeof(value)), limit);
	return buffer;
}

void plugin_summary_metrics(struct plugin_report *report, const struct plugin_metric *first)
{
	char value[512];

	for (const struct plugin_metric *metric = first; metric->name; metric++)
		if (plugin_metric_wanted(metric) && metric->bound != PLUGIN_ABSENT &&
		    plugin_metric_state(metric) == PLUGIN_OK)
			plugin_summary(report, "%s", format_metric(metric, value, sizeof(value)));
}

void plugin_report_judge(struct plugin_report *report)
{
	bool said[PLUGIN_UNKNOWN + 1];

	report->state = PLUGIN_OK;
	report->absence = false;
	for (enum plugin_state state = PLUGIN_OK; state <= PLUGIN_UNKNOWN; state++) {
		said[state] = report->problems[state].total > 0;
		if (said[state])
			report->state = plugin_worst(report->state, state);
	}
	for (const struct plugin_metric *metric = report->plugin->metrics;
	     metric->name && !report->skip_thresholds; metric++) {
		char alert[640];
		bool absence;
		enum plugin_state state;

		if (metric->judged)
			continue;
		state = judge_metric(metric, metric->value, metric->bound, &absence);
		report->state = plugin_worst(report->state, state);
		report->absence |= absence;
		if (state != PLUGIN_OK && !(metric->spoken && said[state]))
			plugin_problem(report, state, "%s",
				       plugin_metric_alert(metric, alert, sizeof(alert)));
	}
	if (report->output.length)
		report->state = PLUGIN_UNKNOWN;
}
