// SPDX-License-Identifier: MIT
/* json.c - the answer as one JSON object (doc/sockcheck.schema.json) */
#include <string.h>

#include "internal.h"

static void add_string(struct text *text, const char *string)
{
	text_add(text, "\"");
	for (; *string; string++) {
		if (*string == '"' || *string == '\\')
			text_add(text, "\\");
		text_append(text, string, 1);
	}
	text_add(text, "\"");
}

static void add_range(struct text *text, const char *name, bool has,
		      const struct plugin_range *range)
{
	char buffer[PLUGIN_RANGE_SIZE];

	text_add(text, ",\"%s\":", name);
	if (has)
		add_string(text, plugin_range_format(range, buffer, sizeof(buffer)));
	else
		text_add(text, "null");
}

static void add_item(struct text *text, const struct plugin_item *item)
{
	static const char *const bounds[] = {
		[PLUGIN_EXACT] = "exact",
		[PLUGIN_AT_LEAST] = "at least",
		[PLUGIN_AT_MOST] = "at most",
	};
	const struct plugin_metric *metric = item->metric;
	char value[PLUGIN_NUMBER_SIZE];

	text_add(text, "{\"name\":");
	add_string(text, item->label);
	text_add(text, ",\"value\":%s,\"bound\":\"%s\",\"unit\":",
		 plugin_value_format(item->value, value, sizeof(value)), bounds[item->bound]);
	add_string(text, metric->unit);
	add_range(text, "warning", metric->has_warning, &metric->warning);
	add_range(text, "critical", metric->has_critical, &metric->critical);
	text_add(text, "}");
}

static void add_evidence(struct text *text, const struct plugin_report *report)
{
	const char *line = text_string(&report->lines);

	for (size_t i = 0; i < report->lines_kept; i++, line += strlen(line) + 1) {
		text_add(text, i ? "," : "");
		add_string(text, line);
	}
}

/* A key stands once in an object: the values of a fact that was stated again are joined. */
static void add_coverage(struct text *text, const struct plugin_report *report)
{
	const char *facts = text_string(&report->facts), *end = facts + report->facts.length;
	struct text joined = { 0 };

	for (const char *fact = facts, *next; fact < end; fact = next) {
		bool repeated = false;
		text_clear(&joined);
		next = strchr(fact, '\0') + 1;
		next = strchr(next, '\0') + 1;
		for (const char *key = facts, *value; key < end; key = strchr(value, '\0') + 1) {
			value = strchr(key, '\0') + 1;
			repeated |= key < fact && !strcmp(key, fact);
			if (!strcmp(key, fact))
				text_add(&joined, "%s%s", joined.length ? ", " : "", value);
		}
		if (repeated)
			continue;
		text_add(text, fact > facts ? "," : "");
		add_string(text, fact);
		text_add(text, ":");
		add_string(text, text_string(&joined));
	}
	text_free(&joined);
}

void plugin_json(struct text *text, enum plugin_state state, const char *summary,
		 const struct plugin_report *report)
{
	text_add(text, "{\"plugin\":");
	add_string(text, plugin_settings.plugin->name);
	text_add(text, ",\"state\":\"%s\",\"exit_code\":%d,\"summary\":", plugin_state_name(state),
		 (int)state);
	add_string(text, summary);
	text_add(text, ",\"metrics\":[");
	if (report)
		plugin_add_items(text, report, "", ",", add_item);
	text_add(text, "],\"evidence\":[");
	if (report)
		add_evidence(text, report);
	text_add(text, "],\"coverage\":{");
	if (report)
		add_coverage(text, report);
	text_add(text, "}}\n");
}
