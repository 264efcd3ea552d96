// SPDX-License-Identifier: MIT
/* report.c - what one look found, and the state it comes to */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

/* What is kept of a list of which no more than 4,095 bytes can be printed. */
enum { KEEP = 8192 };

bool plugin_unlimited(void)
{
	return plugin_settings.json || plugin_settings.verbosity >= 2;
}

/* Formatted, and made fit for output in case the plugin forgot plugin_escape(). */
static void add_clean(struct text *text, const char *special, const char *plain, const char *format,
		      va_list arguments)
{
	struct text raw = { 0 };

	text_vadd(&raw, format, arguments);
	text_escape(text, text_string(&raw), raw.length, special, plain);
	text_free(&raw);
}

/* A terminated string behind those that are there. */
static void add_string(struct text *text, const char *special, const char *format,
		       va_list arguments)
{
	add_clean(text, special, "", format, arguments);
	text_append(text, "", 1);
}

/* A clause, with a comma behind the one before. */
static void add_clause(struct text *text, const char *format, va_list arguments)
{
	/* What stands in brackets belongs to the clause before it. */
	if (text->length)
		text_add(text, format[0] == '(' ? " " : ", ");
	add_clean(text, "|;", "", format, arguments);
}

void plugin_problem(struct plugin_report *report, enum plugin_state state, const char *format, ...)
{
	struct plugin_problems *problems = &report->problems[state];
	va_list arguments;

	problems->total++;
	if (problems->items.length > KEEP && !plugin_unlimited())
		return;
	va_start(arguments, format);
	add_string(&problems->items, "|;", format, arguments);
	va_end(arguments);
	problems->kept++;
}

void plugin_summary(struct plugin_report *report, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	add_clause(&report->summary, format, arguments);
	va_end(arguments);
}

void plugin_remedy(struct plugin_report *report, const char *format, ...)
{
	struct text remedy = { 0 };
	va_list arguments;

	va_start(arguments, format);
	text_vadd(&remedy, format, arguments);
	va_end(arguments);
	/* Several metrics often need the same. */
	if (!strstr(text_string(&report->remedy), text_string(&remedy))) {
		if (report->remedy.length)
			text_add(&report->remedy, ", or ");
		text_escape(&report->remedy, remedy.bytes, remedy.length, "|;", "");
	}
	text_free(&remedy);
}

void plugin_line(struct plugin_report *report, unsigned int verbosity, const char *format, ...)
{
	va_list arguments;

	if (verbosity > plugin_verbosity(report))
		return;
	report->lines_total++;
	if (report->lines.length > KEEP && !plugin_unlimited())
		return;
	va_start(arguments, format);
	add_string(&report->lines, "|", format, arguments);
	va_end(arguments);
	report->lines_kept++;
}

bool plugin_keeps(const struct plugin_report *report, enum plugin_state problem,
		  unsigned int verbosity)
{
	return plugin_unlimited() ||
	       (problem != PLUGIN_OK && report->problems[problem].items.length <= KEEP) ||
	       (verbosity <= plugin_verbosity(report) && report->lines.length <= KEEP);
}

void plugin_lines_left(struct plugin_report *report, size_t count)
{
	report->lines_total += count;
}

static void add_fact(struct plugin_report *report, const char *key, const char *format,
		     va_list arguments)
{
	text_escape(&report->facts, key, strlen(key), "|", "");
	text_append(&report->facts, "", 1);
	add_string(&report->facts, "|", format, arguments);
}

void plugin_fact(struct plugin_report *report, const char *key, const char *format, ...)
{
	va_list arguments;

	if (!plugin_unlimited())
		return;
	va_start(arguments, format);
	add_fact(report, key, format, arguments);
	va_end(arguments);
}

void plugin_debug(struct plugin_report *report, const char *key, const char *format, ...)
{
	va_list arguments;

	if (!plugin_settings.json && plugin_settings.verbosity < 3)
		return;
	va_start(arguments, format);
	add_fact(report, key, format, arguments);
	va_end(arguments);
}

void plugin_output(struct plugin_report *report, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	add_clean(&report->output, "", "\n\t", format, arguments);
	va_end(arguments);
}

void plugin_perfdata(struct plugin_report *report, const struct plugin_metric *metric, double value,
		     enum plugin_bound bound, const char *label_format, ...)
{
	struct plugin_item item = { .metric = metric, .value = value, .bound = bound };
	va_list arguments;

	if (bound == PLUGIN_ABSENT || bound == PLUGIN_ANY || !isfinite(value))
		return;
	va_start(arguments, label_format);
	vsnprintf(item.label, sizeof(item.label), label_format, arguments);
	va_end(arguments);
	for (char *c = item.label; *c; c++)
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-", *c))
			*c = '_';
	text_append(&report->extras, &item, sizeof(item));
}

void plugin_skip_thresholds(struct plugin_report *report)
{
	report->skip_thresholds = true;
}

void plugin_look_again(struct plugin_report *report)
{
	report->look_again = true;
}

unsigned int plugin_verbosity(const struct plugin_report *report)
{
	(void)report;
	/* JSON always has the evidence. */
	if (plugin_settings.json && plugin_settings.verbosity < 1)
		return 1;
	return plugin_settings.verbosity;
}

static void end_stage(struct plugin_report *report)
{
	if (report->stage && plugin_unlimited())
		text_add(&report->times, "%s%s %.1f ms", report->times.length ? ", " : "",
			 report->stage, (plugin_now() - report->stage_start) * 1000);
	report->stage = NULL;
}

void plugin_stage(struct plugin_report *report, const char *stage)
{
	end_stage(report);
	report->stage = stage;
	if (plugin_unlimited())
		report->stage_start = plugin_now();
	plugin_deadline_stage(stage);
}

void plugin_report_end(struct plugin_report *report)
{
	end_stage(report);
	if (report->times.length)
		plugin_fact(report, "times", "%s", report->times.bytes);
	if (report->looks > 1)
		plugin_fact(report, "looks", "%u", report->looks);
	if (report->remedy.length)
		plugin_fact(report, "remedy", "%s", report->remedy.bytes);
}

void plugin_report_clear(struct plugin_report *report)
{
	for (enum plugin_state state = PLUGIN_OK; state <= PLUGIN_UNKNOWN; state++) {
		struct plugin_problems *problems = &report->problems[state];
		text_clear(&problems->items);
		problems->kept = problems->total = 0;
	}
	text_clear(&report->summary);
	text_clear(&report->remedy);
	text_clear(&report->output);
	text_clear(&report->lines);
	report->lines_kept = report->lines_total = 0;
	text_clear(&report->facts);
	text_clear(&report->extras);
	text_clear(&report->times);
	report->look_again = report->skip_thresholds = false;
}

void plugin_report_free(struct plugin_report *report)
{
	for (enum plugin_state state = PLUGIN_OK; state <= PLUGIN_UNKNOWN; state++)
		text_free(&report->problems[state].items);
	text_free(&report->summary);
	text_free(&report->remedy);
	text_free(&report->output);
	text_free(&report->lines);
	text_free(&report->facts);
	text_free(&report->extras);
	text_free(&report->times);
}
