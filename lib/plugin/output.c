// SPDX-License-Identifier: MIT
/* output.c - the answer as text: line 1, perfdata, long output, each within its limit */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

enum {
	LINE_LIMIT = 1023,   /* what NRPE v2 carries */
	OUTPUT_LIMIT = 4095, /* Nagios 4 may lose what is above */
	TEXT_LEAST = 80,     /* left to the text whatever perfdata takes, which is never cut */
	MORE = 32,	     /* for ", ... and N more" */
};

/* ---- perfdata ---------------------------------------------------------------------------- */

static void add_item(struct text *items, const struct plugin_metric *metric)
{
	struct plugin_item item = {
		.metric = metric,
		.value = metric->value,
		.bound = metric->bound,
	};

	snprintf(item.label, sizeof(item.label), "%s", metric->name);
	if (item.bound != PLUGIN_ABSENT && item.bound != PLUGIN_ANY)
		text_append(items, &item, sizeof(item));
}

static const struct plugin_metric *find_rank(const struct plugin *plugin, unsigned int rank)
{
	for (const struct plugin_metric *metric = plugin->metrics; metric->name; metric++)
		if (metric->rank == rank)
			return metric;
	return NULL;
}

static void collect_items(struct text *items, const struct plugin_report *report)
{
	const struct plugin *plugin = report->plugin;
	const struct plugin_metric *metric;

	for (unsigned int rank = 1; (metric = find_rank(plugin, rank)); rank++)
		add_item(items, metric);
	for (metric = plugin->metrics; metric->name; metric++)
		if (!metric->rank && metric->shown)
			add_item(items, metric);
	for (metric = plugin->metrics; metric->name; metric++)
		if (!metric->rank && !metric->shown && plugin_metric_wanted(metric))
			add_item(items, metric);
	text_append(items, text_string(&report->extras), report->extras.length);
}

void plugin_add_items(struct text *text, const struct plugin_report *report, const char *before,
		      const char *between, plugin_item_writer *add)
{
	struct text items = { 0 };

	collect_items(&items, report);
	const struct plugin_item *item = (const void *)items.bytes;
	for (size_t i = 0; i < items.length / sizeof(*item); i++) {
		text_add(text, "%s", i ? between : before);
		add(text, &item[i]);
	}
	text_free(&items);
}

/* label=value[UOM];warn;crit;min;max without the semicolons that nothing follows */
static void add_perfdata(struct text *text, const struct plugin_item *item)
{
	const struct plugin_metric *metric = item->metric;
	char value[PLUGIN_NUMBER_SIZE], warning[PLUGIN_RANGE_SIZE] = "",
					critical[PLUGIN_RANGE_SIZE] = "";
	const char *limits = strcmp(metric->unit, "%") ? "" : "0;100";

	plugin_value_format(item->value, value, sizeof(value));
	if (metric->has_warning)
		plugin_range_format(&metric->warning, warning, sizeof(warning));
	if (metric->has_critical)
		plugin_range_format(&metric->critical, critical, sizeof(critical));
	text_add(text, "%s=%s%s;%s;%s;%s", item->label, value, metric->unit, warning, critical,
		 limits);
	while (text->bytes[text->length - 1] == ';')
		text->bytes[--text->length] = '\0';
}

/* ---- line 1 ------------------------------------------------------------------------------ */

/* Worst state first, as many as fit; the first always stands, cut where it must be. */
static void add_problems(struct text *text, const struct plugin_report *report, size_t room)
{
	static const enum plugin_state order[] = { PLUGIN_CRITICAL, PLUGIN_WARNING, PLUGIN_UNKNOWN,
						   PLUGIN_OK };
	size_t start = text->length, left = 0;
	bool full = false;

	for (size_t i = 0; i < 4; i++)
		left += report->problems[i].total;
	for (size_t i = 0; i < 4 && !full; i++) {
		const struct plugin_problems *problems = &report->problems[order[i]];
		const char *item = text_string(&problems->items);
		for (size_t j = 0; j < problems->kept; j++, left--, item += strlen(item) + 1) {
			size_t used = text->length - start, more = left > 1 ? MORE : 0;
			full = used && used + 2 + strlen(item) + more > room;
			if (full)
				break;
			text_add(text, used ? ", " : "");
			text_fit(text, item, used || room <= more ? room : room - more);
		}
		full |= problems->kept < problems->total;
	}
	if (left)
		text_add(text, ", ... and %zu more", left);
}

/* What add_problems() takes if nothing is cut; SIZE_MAX / 2 if not all are kept. */
static size_t problems_length(const struct plugin_report *report)
{
	size_t length = 0;

	for (size_t i = 0; i < 4; i++) {
		const struct plugin_problems *problems = &report->problems[i];
		if (problems->kept < problems->total)
			return SIZE_MAX / 2;
		length += problems->items.length + problems->kept;
	}
	return length;
}

/* The summary gets what the problems leave, but a third of the room at least. */
static size_t summary_room(const struct plugin_report *report, size_t room)
{
	size_t problems = problems_length(report);
	size_t left = problems < room ? room - problems : 0;
	size_t least = left > room / 3 ? left : room / 3;

	return report->summary.length < least ? report->summary.length : least;
}

void plugin_line1(struct text *text, const struct plugin_report *report, size_t room)
{
	const char *remedy = report->state == PLUGIN_UNKNOWN ? text_string(&report->remedy) : "";
	size_t remedy_room = strlen(remedy) < room / 2 ? strlen(remedy) : room / 2;
	size_t start = text->length;

	room -= remedy_room + 2;
	if (problems_length(report))
		add_problems(text, report, room - summary_room(report, room) - 2);
	if (report->summary.length) {
		if (text->length > start)
			text_add(text, report->summary.bytes[0] == '(' ? " " : ", ");
		text_fit(text, report->summary.bytes, summary_room(report, room));
	}
	if (*remedy) {
		text_add(text, text->length > start ? ": " : "");
		text_fit(text, remedy, remedy_room);
	}
}

static void add_line1(struct text *text, const struct plugin_report *report)
{
	struct text perfdata = { 0 };
	size_t room = SIZE_MAX / 2, start = text->length;

	plugin_add_items(&perfdata, report, " | ", " ", add_perfdata);
	text_add(text, "%s %s - ", report->plugin->name, plugin_state_name(report->state));
	size_t taken = text->length - start + perfdata.length + 1;
	if (!plugin_unlimited())
		room = taken + TEXT_LEAST < LINE_LIMIT ? LINE_LIMIT - taken : TEXT_LEAST;
	plugin_line1(text, report, room);
	text_add(text, "%s\n", text_string(&perfdata));
	text_free(&perfdata);
}

/* ---- the answer -------------------------------------------------------------------------- */

static void add_lines(struct text *text, const struct plugin_report *report)
{
	const char *line = text_string(&report->lines);
	size_t left = report->lines_total;

	for (size_t i = 0; i < report->lines_kept; i++, left--, line += strlen(line) + 1) {
		size_t length = strlen(line), more = left > 1 ? MORE : 0;
		if (!plugin_unlimited() && text->length + length + 1 + more > OUTPUT_LIMIT)
			break;
		text_append(text, line, length);
		text_append(text, "\n", 1);
	}
	if (left)
		text_add(text, "... and %zu more\n", left);
}

static void add_facts(struct text *text, const struct plugin_report *report)
{
	const char *fact = text_string(&report->facts), *end = fact + report->facts.length;

	while (fact < end) {
		const char *value = fact + strlen(fact) + 1;
		text_add(text, "%s: %s\n", fact, value);
		fact = value + strlen(value) + 1;
	}
}

void plugin_answer(struct text *text, const struct plugin_report *report)
{
	if (report->output.length) {
		text_append(text, report->output.bytes, report->output.length);
		if (text->bytes[text->length - 1] != '\n')
			text_add(text, "\n");
	} else if (plugin_settings.json) {
		struct text summary = { 0 };
		plugin_line1(&summary, report, SIZE_MAX / 2);
		plugin_json(text, report->state, text_string(&summary), report);
		text_free(&summary);
	} else {
		add_line1(text, report);
		add_lines(text, report);
		if (plugin_settings.verbosity >= 2)
			add_facts(text, report);
	}
}

void plugin_sentence(struct text *text, enum plugin_state state, const char *sentence)
{
	struct text clean = { 0 };

	text_escape(&clean, sentence, strlen(sentence), "|;", "");
	if (plugin_settings.json) {
		plugin_json(text, state, text_string(&clean), NULL);
	} else {
		text_add(text, "%s %s - ", plugin_settings.plugin->name, plugin_state_name(state));
		text_fit(text, text_string(&clean), LINE_LIMIT - 1 - text->length);
		text_add(text, "\n");
	}
	text_free(&clean);
}

bool plugin_write(const char *bytes, size_t length)
{
	while (length) {
		ssize_t written = write(STDOUT_FILENO, bytes, length);
		if (written < 0 && errno == EAGAIN) {
			/* Somebody made the pipe non-blocking; the deadline is still running. */
			poll(&(struct pollfd){ .fd = STDOUT_FILENO, .events = POLLOUT }, 1, -1);
		} else if (written < 0 && errno != EINTR) {
			return false;
		} else if (written > 0) {
			bytes += written;
			length -= (size_t)written;
		}
	}
	return true;
}

void plugin_out_of_memory(void)
{
	char line[512];

	snprintf(line, sizeof(line),
		 plugin_settings.json ? "{\"plugin\":\"%s\",\"state\":\"UNKNOWN\",\"exit_code\":3,"
					"\"summary\":\"out of memory\",\"metrics\":[],"
					"\"evidence\":[],\"coverage\":{}}\n"
				      : "%s UNKNOWN - out of memory\n",
		 plugin_settings.plugin->name);
	plugin_write(line, strlen(line));
	_exit(PLUGIN_UNKNOWN);
}
