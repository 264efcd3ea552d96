// SPDX-License-Identifier: MIT
/* metric.c - metrics: what -m, -w and -c ask of them, and their values */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* ---- values ------------------------------------------------------------------------------ */

void plugin_metric_set(struct plugin_metric *metric, double value, enum plugin_bound bound)
{
	metric->value = isfinite(value) ? value : 0;
	metric->bound = isfinite(value) ? bound : PLUGIN_ANY;
	metric->judged = false;
	metric->detail[0] = '\0';
}

void plugin_metric_detail(struct plugin_metric *metric, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(metric->detail, sizeof(metric->detail), format, arguments);
	va_end(arguments);
}

bool plugin_metric_wanted(const struct plugin_metric *metric)
{
	return metric->rank || metric->has_warning || metric->has_critical;
}

void plugin_metric_worse(struct plugin_metric *metric, double value, enum plugin_bound bound,
			 bool smaller)
{
	enum plugin_state before = plugin_metric_state(metric);
	enum plugin_state state = plugin_metric_judge(metric, value, bound);
	bool replace = plugin_worst(before, state) != before;

	if (bound == PLUGIN_ABSENT)
		return;
	/* Between equals what is not known counts as the worst. */
	if (state == before)
		replace = bound == PLUGIN_ANY ||
			  (metric->bound != PLUGIN_ANY &&
			   (smaller ? value < metric->value : value > metric->value));
	if (replace || metric->bound == PLUGIN_ABSENT)
		plugin_metric_set(metric, value, bound);
}

/* 95.238 is "95%", but under a limit of 95 it is "95.2%": the words must not look like OK. */
const char *plugin_metric_format(const struct plugin_metric *metric, double value, char *buffer,
				 size_t size)
{
	bool bytes = strcmp(metric->unit, "B") == 0;
	const char *unit = !bytes ? metric->unit : value == 1 ? " byte" : " bytes";
	enum plugin_state state = plugin_metric_judge(metric, value, PLUGIN_EXACT);
	char number[PLUGIN_NUMBER_SIZE];

	if (number_is_whole(value))
		plugin_number_format(value, number, sizeof(number));
	for (int decimals = 0; decimals <= 3 && !number_is_whole(value); decimals++) {
		snprintf(number, sizeof(number), "%.*f", decimals, value);
		if (plugin_metric_judge(metric, strtod(number, NULL), PLUGIN_EXACT) == state)
			break;
	}
	snprintf(buffer, size, "%s%s", number, strcmp(unit, "c") ? unit : "");
	return buffer;
}

/* ---- the command line -------------------------------------------------------------------- */

enum { ITEM_SIZE = 256 };

/* "no metric 'x', there are: a b c" */
static _Noreturn void unknown_metric(const struct plugin_request *request, const char *item,
				     const char *name)
{
	char what[1024], escaped[ITEM_SIZE];
	size_t at = 0;

	plugin_escape(name, strlen(name), escaped, sizeof(escaped));
	at += (size_t)snprintf(what, sizeof(what), "no metric '%s', there are:", escaped);
	for (const struct plugin_metric *metric = plugin_settings.plugin->metrics;
	     metric->name && at < sizeof(what); metric++)
		at += (size_t)snprintf(what + at, sizeof(what) - at, " %s", metric->name);
	plugin_bad_argument(request->option, item, what);
}

static _Noreturn void bad_metric(const struct plugin_request *request, const char *item,
				 const struct plugin_metric *metric, const char *what)
{
	char text[512];

	snprintf(text, sizeof(text), "%s %s", metric->name, what);
	plugin_bad_argument(request->option, item, text);
}

static struct plugin_metric *find_metric(const struct plugin_request *request, const char *item,
					 const char *name)
{
	struct plugin_metric *metric = plugin_settings.plugin->metrics;

	while (metric->name && strcmp(metric->name, name) != 0)
		metric++;
	if (!metric->name)
		unknown_metric(request, item, name);
	return metric;
}

static void check_available(const struct plugin_request *request, const char *item,
			    const struct plugin_metric *metric)
{
	char what[400];

	if (!metric->unavailable)
		return;
	snprintf(what, sizeof(what), "is not available: %s", metric->unavailable);
	bad_metric(request, item, metric, what);
}

static void set_threshold(const struct plugin_request *request, const char *item,
			  struct plugin_metric *metric, const char *range)
{
	bool is_warning = request->letter == 'w';
	bool *has = is_warning ? &metric->has_warning : &metric->has_critical;
	const char *error = plugin_range_parse(range,
					       is_warning ? &metric->warning : &metric->critical);

	if (error)
		plugin_bad_argument(request->option, item, error);
	check_available(request, item, metric);
	if (*has)
		bad_metric(request, item, metric, "has this threshold already");
	*has = true;
}

/* The next item of a comma list into item; what follows it, or NULL. */
static const char *next_item(const struct plugin_request *request, const char *list,
			     char item[ITEM_SIZE])
{
	size_t length = strcspn(list, ",");

	if (length >= ITEM_SIZE)
		plugin_bad_argument(request->option, list, "too long");
	memcpy(item, list, length);
	item[length] = '\0';
	return list[length] ? list + length + 1 : NULL;
}

static void take_thresholds(const struct plugin_request *request, struct plugin_metric *bare)
{
	char item[ITEM_SIZE], name[ITEM_SIZE];

	if (!strchr(request->text, '=')) {
		set_threshold(request, request->text, bare, request->text);
		return;
	}
	for (const char *list = request->text; list;) {
		list = next_item(request, list, item);
		size_t length = strcspn(item, "=");
		if (!item[length])
			plugin_bad_argument(request->option, item, "expected METRIC=RANGE");
		memcpy(name, item, length);
		name[length] = '\0';
		set_threshold(request, item, find_metric(request, item, name), item + length + 1);
	}
}

/* -m: ranks from *rank on; returns the metric that bare ranges judge. */
static struct plugin_metric *take_metrics(const struct plugin_request *request, unsigned int *rank,
					  struct plugin_metric *first)
{
	char item[ITEM_SIZE];

	for (const char *list = request->text; list;) {
		list = next_item(request, list, item);
		struct plugin_metric *metric = find_metric(request, item, item);
		check_available(request, item, metric);
		if (metric->rank)
			plugin_bad_argument(request->option, item, "is named twice");
		metric->rank = ++*rank;
		if (metric->rank == 1)
			first = metric;
	}
	return first;
}

/* Defaults hold where the user set neither threshold of the metric. */
static void take_defaults(struct plugin_metric *metric)
{
	if (metric->has_warning || metric->has_critical || metric->unavailable)
		return;
	if (metric->default_warning)
		metric->has_warning = !plugin_range_parse(metric->default_warning,
							  &metric->warning);
	if (metric->default_critical)
		metric->has_critical = !plugin_range_parse(metric->default_critical,
							   &metric->critical);
}

void plugin_metrics_resolve(const struct plugin *plugin)
{
	const struct text *text = &plugin_settings.requests;
	const struct plugin_request *requests = (const void *)text->bytes;
	size_t count = text->length / sizeof(*requests);
	struct plugin_metric *bare = &plugin->metrics[plugin->default_metric];
	unsigned int rank = 0;

	for (struct plugin_metric *metric = plugin->metrics; metric->name; metric++) {
		metric->has_warning = metric->has_critical = false;
		metric->rank = 0;
	}
	for (size_t i = 0; i < count; i++)
		if (requests[i].letter == 'm')
			bare = take_metrics(&requests[i], &rank, bare);
	for (size_t i = 0; i < count; i++)
		if (requests[i].letter != 'm')
			take_thresholds(&requests[i], bare);
	for (struct plugin_metric *metric = plugin->metrics; metric->name; metric++)
		take_defaults(metric);
}
