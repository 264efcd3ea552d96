// SPDX-License-Identifier: MIT
/* options.c - the command line: option tables drive getopt_long() */
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "internal.h"

/* ---- setters shared by several rows ------------------------------------------------------- */

static void *field(const struct plugin_option *option, void *target)
{
	return (char *)target + option->offset;
}

const char *plugin_set_flag(const struct plugin_option *option, void *target, const char *text)
{
	(void)text;
	*(bool *)field(option, target) = true;
	return NULL;
}

const char *plugin_set_text(const struct plugin_option *option, void *target, const char *text)
{
	if (!*text)
		return "must not be empty";
	*(const char **)field(option, target) = text;
	return NULL;
}

const char *plugin_set_seconds(const struct plugin_option *option, void *target, const char *text)
{
	static const double longest = 1e6; /* fits any timer, and is more than eleven days */
	double seconds;

	if (plugin_number_parse(&text, &seconds) || *text || seconds <= 0 || seconds > longest)
		return "expected seconds, above 0 and up to 1000000";
	*(double *)field(option, target) = seconds;
	return NULL;
}

const char *plugin_set_count(const struct plugin_option *option, void *target, const char *text)
{
	size_t digits = strspn(text, "0123456789");
	unsigned long count = digits && digits < 10 && !text[digits] ? strtoul(text, NULL, 10)
								     : ULONG_MAX;

	if (!count || count == ULONG_MAX)
		return "expected a number, 1 to 999999999";
	*(unsigned int *)field(option, target) = (unsigned int)count;
	return NULL;
}

const char *plugin_set_state(const struct plugin_option *option, void *target, const char *text)
{
	for (enum plugin_state state = PLUGIN_OK; state <= PLUGIN_UNKNOWN; state++) {
		if (strcasecmp(text, plugin_state_name(state)) != 0)
			continue;
		*(enum plugin_state *)field(option, target) = state;
		return NULL;
	}
	return "expected ok, warning, critical or unknown";
}

/* ---- errors ------------------------------------------------------------------------------ */

void plugin_usage_error(const char *format, ...)
{
	struct text sentence = { 0 }, text = { 0 };
	va_list arguments;

	va_start(arguments, format);
	text_vadd(&sentence, format, arguments);
	va_end(arguments);
	plugin_sentence(&text, PLUGIN_UNKNOWN, text_string(&sentence));
	plugin_write(text.bytes, text.length);
	text_free(&sentence);
	text_free(&text);
	exit(PLUGIN_UNKNOWN);
}

void plugin_text_only(const char *option)
{
	if (plugin_settings.json)
		plugin_usage_error("%s prints a text of its own: leave out --output-format",
				   option);
}

void plugin_bad_argument(const char *option, const char *text, const char *what)
{
	char escaped[256];

	plugin_usage_error("%s '%s': %s", option,
			   plugin_escape(text, strlen(text), escaped, sizeof(escaped)), what);
}

/* ---- the table and getopt_long() ---------------------------------------------------------- */

enum { ROWS = 128, LONG_VALUE = 256 };

struct row {
	const struct plugin_option *option;
	void *target;
};

/* The rows of all groups in one piece. A long option's value is LONG_VALUE + its row. */
struct rows {
	struct row row[ROWS];
	size_t count;
	struct option longs[ROWS + 1];
	char shorts[2 + 2 * ROWS + 1];
};

static void add_group(struct rows *rows, const struct plugin_option_group *group)
{
	char *letter = strchr(rows->shorts, '\0');

	for (const struct plugin_option *option = group->options; option->name; option++) {
		if (rows->count == ROWS)
			plugin_usage_error("too many options in its table");
		rows->row[rows->count] = (struct row){ option, group->target };
		rows->longs[rows->count] = (struct option){
			.name = option->name,
			.has_arg = option->argument ? required_argument : no_argument,
			.val = LONG_VALUE + (int)rows->count,
		};
		rows->count++;
		if (option->letter)
			*letter++ = (char)option->letter;
		if (option->letter && option->argument)
			*letter++ = ':';
	}
	*letter = '\0';
}

static void collect(struct rows *rows, const struct plugin *plugin)
{
	/* Arguments that are no option come as 1, a missing one as ':'. */
	*rows = (struct rows){ .shorts = "-:" };
	for (const struct plugin_option_group *group = plugin->groups; group && group->title;
	     group++)
		add_group(rows, group);
	add_group(rows, &plugin_common_options);
}

/* The row of a value of getopt_long() or of its optopt; NULL if there is none. */
static const struct row *find_row(const struct rows *rows, int value)
{
	for (size_t i = 0; value && i < rows->count; i++)
		if (value == rows->row[i].option->letter || value == LONG_VALUE + (int)i)
			return &rows->row[i];
	return NULL;
}

static _Noreturn void left_over(const char *text)
{
	char escaped[256];

	plugin_usage_error("argument '%s' left over",
			   plugin_escape(text, strlen(text), escaped, sizeof(escaped)));
}

static _Noreturn void unknown_option(const char *text)
{
	char escaped[256];

	plugin_usage_error("unknown option '%s'",
			   plugin_escape(text, strcspn(text, "="), escaped, sizeof(escaped)));
}

/* getopt_long() said '?': an option that is not in the table, or a flag with an argument. */
static _Noreturn void bad_option(const struct rows *rows, const char *element)
{
	const struct row *row = find_row(rows, optopt);
	char letter[] = { '-', (char)optopt, '\0' };

	if (row)
		plugin_usage_error("--%s takes no argument", row->option->name);
	unknown_option(strncmp(element, "--", 2) != 0 ? letter : element);
}

/* The option as it was typed, for messages. */
static void note_typed(const struct plugin_option *option, bool is_long, const char *element)
{
	struct plugin_settings *settings = &plugin_settings;

	if (!is_long) {
		snprintf(settings->typed, sizeof(settings->typed), "-%c", option->letter);
		return;
	}
	/* An abbreviation that works today would break when an option is added. */
	if (strcspn(element + 2, "=") != strlen(option->name))
		unknown_option(element);
	snprintf(settings->typed, sizeof(settings->typed), "--%s", option->name);
}

/* One option as getopt_long() found it; element is where it stood in argv. */
static void take(const struct rows *rows, int value, const char *element)
{
	bool missing = value == ':';
	const struct row *row = find_row(rows, missing ? optopt : value);

	if (!row)
		bad_option(rows, element);
	const struct plugin_option *option = row->option;
	note_typed(option, (missing ? optopt : value) >= LONG_VALUE, element);
	if (missing)
		plugin_usage_error("%s needs an argument: %s", plugin_settings.typed,
				   option->argument);
	const char *text = option->argument ? optarg : NULL;
	const char *error = option->set(option, row->target, text);
	if (error && text)
		plugin_bad_argument(plugin_settings.typed, text, error);
	if (error)
		plugin_usage_error("%s: %s", plugin_settings.typed, error);
}

/* Reading the others may take time (a file) and fail: these say how long, and how it is told. */
static bool is_early(const struct row *row)
{
	static const char *const names[] = { "timeout", "quiet", "output-format" };
	bool early = false;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		early |= row && row->target == &plugin_settings &&
			 !strcmp(row->option->name, names[i]);
	return early;
}

/* Wherever they stand; what is wrong with them is said when it is their turn. */
void plugin_options_early(const struct plugin *plugin, int argc, char **argv)
{
	const struct row *row;
	struct rows rows;
	int value;

	collect(&rows, plugin);
	opterr = 0;
	optind = 0; /* start afresh, whoever called getopt() before */
	while ((value = getopt_long(argc, argv, rows.shorts, rows.longs, NULL)) != -1) {
		row = find_row(&rows, value);
		if (is_early(row))
			row->option->set(row->option, row->target, optarg);
	}
}

void plugin_options_read(const struct plugin *plugin, int argc, char **argv)
{
	struct rows rows;

	collect(&rows, plugin);
	opterr = 0;
	optind = 0;
	for (;;) {
		const char *element = argv[optind ? optind : 1];
		int value = getopt_long(argc, argv, rows.shorts, rows.longs, NULL);
		if (value == -1)
			break;
		if (value == 1)
			left_over(optarg);
		take(&rows, value, element);
	}
	if (optind < argc)
		left_over(argv[optind]);
}
