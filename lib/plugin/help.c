// SPDX-License-Identifier: MIT
/* help.c - --help from the tables, in 80 columns, and --version */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

enum { WIDTH = 80, COLUMN = 28 };

/* The words of help from column `at` on, which is where the text stands. */
static void wrap(struct text *text, const char *words, size_t at)
{
	for (size_t length; *words; words += length + strspn(words + length, " ")) {
		length = strcspn(words, " ");
		if (at > COLUMN && at + 1 + length >= WIDTH) {
			text_add(text, "\n%*s", COLUMN, "");
			at = COLUMN;
		} else if (at > COLUMN) {
			text_add(text, " ");
			at++;
		}
		text_append(text, words, length);
		at += length;
	}
	text_add(text, "\n");
}

/* A head on the left, what it means on the right. */
static void describe(struct text *text, const char *head, const char *meaning)
{
	size_t length = strlen(head);

	if (!*meaning)
		text_add(text, "%s", head);
	else if (length + 2 > COLUMN)
		text_add(text, "%s\n%*s", head, COLUMN, "");
	else
		text_add(text, "%-*s", COLUMN, head);
	wrap(text, meaning, COLUMN);
}

/* A title that stands again adds to the group before. */
static void add_group(struct text *text, const struct plugin_option_group *group,
		      const char *title_before)
{
	if (!title_before || strcmp(group->title, title_before) != 0)
		text_add(text, "\n%s:\n", group->title);
	for (const struct plugin_option *option = group->options; option->name; option++) {
		char letter[5] = "    ", head[128];
		if (option->letter)
			snprintf(letter, sizeof(letter), "-%c, ", option->letter);
		snprintf(head, sizeof(head), "  %s--%s%s%s", letter, option->name,
			 option->argument ? " " : "", option->argument ? option->argument : "");
		describe(text, head, option->help);
	}
}

static const char *unit_word(const char *unit)
{
	static const struct {
		const char *unit, *word;
	} words[] = {
		{ "", "count" },  { "%", "%" },	      { "s", "seconds" },
		{ "B", "bytes" }, { "c", "counter" },
	};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(unit, words[i].unit))
			return words[i].word;
	return unit;
}

static void add_metrics(struct text *text, const struct plugin *plugin)
{
	text_add(text, "\nMetrics (for -w, -c and -m), with their units:\n");
	for (const struct plugin_metric *metric = plugin->metrics; metric->name; metric++) {
		char head[128], meaning[512];
		snprintf(head, sizeof(head), "  %-16s %s", metric->name, unit_word(metric->unit));
		snprintf(meaning, sizeof(meaning), "%s%s", metric->help,
			 metric == &plugin->metrics[plugin->default_metric] ? " (default)" : "");
		describe(text, head, meaning);
	}
}

static _Noreturn void print(struct text *text)
{
	plugin_write(text->bytes, text->length);
	text_free(text);
	exit(PLUGIN_UNKNOWN);
}

void plugin_help(const struct plugin *plugin)
{
	const char *last = strrchr(plugin->examples, '\n');
	const char *title = NULL;
	struct text text = { 0 };

	text_add(&text, "Usage: %s [OPTION]...\n%s\n", plugin->program, plugin->purpose);
	for (const struct plugin_option_group *group = plugin->groups; group && group->title;
	     group++) {
		add_group(&text, group, title);
		title = group->title;
	}
	add_group(&text, &plugin_common_options, title);
	add_metrics(&text, plugin);
	text_add(&text, "\nExamples:\n%s%s", plugin->examples, last && !last[1] ? "" : "\n");
	print(&text);
}

void plugin_version(const struct plugin *plugin)
{
	struct text text = { 0 };

	text_add(&text, "%s (sockcheck) %s\n", plugin->program, PACKAGE_VERSION);
	print(&text);
}
