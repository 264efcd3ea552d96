// SPDX-License-Identifier: MIT
/* internal.h - what the files of lib/plugin share with each other */
#ifndef PLUGIN_INTERNAL_H
#define PLUGIN_INTERNAL_H

#include <stdarg.h>
#include <stddef.h>

#include "plugin.h"

/* ---- text.c: a text that grows ----------------------------------------------------------- */

/* All zero is an empty text. Running out of memory ends the program with its UNKNOWN line. */
struct text {
	char *bytes; /* terminated; NULL while nothing was ever added */
	size_t length, size;
};

void text_append(struct text *text, const void *bytes, size_t length);
void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_vadd(struct text *text, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0), nonnull));
void text_clear(struct text *text);
/* The bytes, or "" if nothing was ever added. */
const char *text_string(const struct text *text) __attribute__((returns_nonnull));
void text_free(struct text *text);

/*
 * Append bytes that somebody else chose: control characters, what is not UTF-8 and the characters
 * of `special` become \xHH, but a backslash in `special` is doubled, and control characters in
 * `plain` go through.
 */
void text_escape(struct text *text, const void *bytes, size_t length, const char *special,
		 const char *plain);
/* Append text within room bytes, cut with "..." where it is longer. */
void text_fit(struct text *text, const char *bytes, size_t room);

/* ---- range.c ----------------------------------------------------------------------------- */

/* Is it a whole number, small enough that every one of that size is one? */
bool number_is_whole(double value);

/* A plain decimal at *text: NULL and *text behind it, or what is wrong. */
const char *plugin_number_parse(const char **text, double *value);
/* A measured value for perfdata and JSON: no more than three decimals. */
const char *plugin_value_format(double value, char *buffer, size_t size);

enum {
	PLUGIN_NUMBER_SIZE = 80, /* holds any number */
	PLUGIN_RANGE_SIZE = 2 * PLUGIN_NUMBER_SIZE,
};

/* ---- common.c: what the command line said ------------------------------------------------- */

enum { PLUGIN_OPTION_SIZE = 64 };

/* -w, -c or -m, kept until the plugin has prepared its metrics. */
struct plugin_request {
	int letter;
	char option[PLUGIN_OPTION_SIZE]; /* as it was typed */
	const char *text;
};

/* Written while the options are read, never after; where errors and signals find it too. */
struct plugin_settings {
	const struct plugin *plugin;
	char typed[PLUGIN_OPTION_SIZE]; /* the option that is being taken, as it was typed */
	struct text requests;		/* of struct plugin_request */
	double timeout, wait, interval; /* seconds; 0: not given */
	enum plugin_state timeout_state;
	unsigned int verbosity;
	bool quiet, json, progress;
};

extern struct plugin_settings plugin_settings;
extern const struct plugin_option_group plugin_common_options;

/* ---- options.c, help.c ------------------------------------------------------------------- */

/* The options that concern the reading of the others; what is wrong with them is not said yet. */
void plugin_options_early(const struct plugin *plugin, int argc, char **argv);
/* Reads argv into the groups' targets, or ends with a usage error, --help or --version. */
void plugin_options_read(const struct plugin *plugin, int argc, char **argv);
/* Usage error: `OPTION 'TEXT': WHAT`. */
_Noreturn void plugin_bad_argument(const char *option, const char *text, const char *what);
_Noreturn void plugin_help(const struct plugin *plugin);
_Noreturn void plugin_version(const struct plugin *plugin);

/* ---- metric.c ---------------------------------------------------------------------------- */

/* -m, -w, -c and the defaults into the metrics, or a usage error. */
void plugin_metrics_resolve(const struct plugin *plugin);

/* ---- report.c ---------------------------------------------------------------------------- */

/* Problems of one state: terminated strings one behind the other. */
struct plugin_problems {
	struct text items;
	size_t kept, total;
};

/* Something measured that goes into perfdata and JSON. */
struct plugin_item {
	char label[64];
	const struct plugin_metric *metric;
	double value;
	enum plugin_bound bound;
};

struct plugin_report {
	const struct plugin *plugin;
	struct plugin_problems problems[PLUGIN_UNKNOWN + 1];
	struct text summary, remedy, output;
	struct text lines; /* terminated strings */
	size_t lines_kept, lines_total;
	struct text facts;  /* key, value, key, value: terminated strings */
	struct text extras; /* of struct plugin_item */
	struct text times;
	const char *stage;
	double stage_start;
	bool look_again, skip_thresholds;
	/* the verdict, by plugin_report_judge() */
	enum plugin_state state;
	bool absence;
	unsigned int looks;
};

void plugin_report_clear(struct plugin_report *report);
void plugin_report_free(struct plugin_report *report);
/* The look is over: ends its last stage and adds the runner's own facts. */
void plugin_report_end(struct plugin_report *report);
/* verdict.c: puts the alerts of metrics into words and finds the state. */
void plugin_report_judge(struct plugin_report *report);
/* No limit to what is printed or kept: -vv, JSON. */
bool plugin_unlimited(void);

/* ---- output.c, json.c -------------------------------------------------------------------- */

/*
 * Add what has a value, as add() writes it: the metrics in the order of perfdata, then the extras.
 * `before` the first, `between` each two.
 */
typedef void plugin_item_writer(struct text *text, const struct plugin_item *item);
void plugin_add_items(struct text *text, const struct plugin_report *report, const char *before,
		      const char *between, plugin_item_writer *add);
/* The text of line 1 without its head and perfdata, within room bytes. */
void plugin_line1(struct text *text, const struct plugin_report *report, size_t room);
/* The whole answer in the format that was asked for: of a report, or one bare sentence. */
void plugin_answer(struct text *text, const struct plugin_report *report);
void plugin_sentence(struct text *text, enum plugin_state state, const char *sentence);
/* The same as one JSON object; report may be NULL. */
void plugin_json(struct text *text, enum plugin_state state, const char *summary,
		 const struct plugin_report *report);
/* All of it to standard output; false if that cannot be done. */
bool plugin_write(const char *bytes, size_t length);
_Noreturn void plugin_out_of_memory(void);

/* ---- deadline.c -------------------------------------------------------------------------- */

extern const char plugin_clear_line[]; /* what wipes the progress line off a terminal */

double plugin_now(void); /* monotonic, seconds */
/* From now on a signal ends the program with a line that names the stage, */
void plugin_deadline_catch(void);
/* and so does this timer, in the place of the last one. */
void plugin_deadline_start(double seconds);
/* A signal that would end the program without being the sign of a fault in it: SIGTERM and more. */
bool plugin_is_interrupt(int number);
/* Make the lines anew, after the settings changed. */
void plugin_deadline_prepare(void);
/* A literal; see plugin_stage(). */
void plugin_deadline_stage(const char *stage);
/* The answer is being written: the deadline still ends the program, but adds no line to it. */
void plugin_deadline_silence(void);

/* ---- wait.c ------------------------------------------------------------------------------ */

/* Looks until OK, until the time is up or until a signal. */
void plugin_wait(struct plugin_report *report, void (*look)(struct plugin_report *report));

#endif
