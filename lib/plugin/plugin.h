// SPDX-License-Identifier: MIT
/* plugin.h - the contract of a monitoring plugin: options, thresholds, metrics, output, exit */
#ifndef PLUGIN_H
#define PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A plugin is a struct plugin and a main() that hands it to plugin_run(). The runner owns options,
 * deadline, looking again, waiting, output and exit; the plugin supplies one function that looks
 * once and judges. Texts of the plugin guidelines: https://www.monitoring-plugins.org/doc/.
 */

/* ---- states ------------------------------------------------------------------------------ */

enum plugin_state { PLUGIN_OK, PLUGIN_WARNING, PLUGIN_CRITICAL, PLUGIN_UNKNOWN };

/* CRITICAL > WARNING > UNKNOWN > OK. */
enum plugin_state plugin_worst(enum plugin_state a, enum plugin_state b);
const char *plugin_state_name(enum plugin_state state); /* "WARNING" */

/* ---- ranges ------------------------------------------------------------------------------ */

/* [@]start:end, both ends inclusive; alerts outside, with `inside` inside. Ends may be infinite. */
struct plugin_range {
	double start, end;
	bool inside;
};

/* NULL, or what is wrong with the text, for a message that names the option. Locale-free. */
const char *plugin_range_parse(const char *text, struct plugin_range *range);
/* Does the value alert: outside the range, with `inside` in it? */
bool plugin_range_alert(const struct plugin_range *range, double value);
/* The shortest text that parses to the same range ("0:N" is "N"); returns buffer. */
const char *plugin_range_format(const struct plugin_range *range, char *buffer, size_t size);
/* Plain decimal with a point whatever the locale, no exponent; returns buffer. */
const char *plugin_number_format(double value, char *buffer, size_t size);

/* ---- metrics ----------------------------------------------------------------------------- */

/* What is known of a value. Of two reasons for doubt both hold: join them with |. */
enum plugin_bound {
	PLUGIN_ABSENT = 0, /* not determined, or without meaning: no perfdata, no verdict */
	PLUGIN_EXACT = 1,
	PLUGIN_AT_LEAST = 3, /* a count from an incomplete view: the truth is value or more */
	PLUGIN_AT_MOST = 5,  /* an age from an incomplete view: the truth is 0 to value */
	PLUGIN_ANY = 7,	     /* nothing is known: UNKNOWN if a threshold asks, else as ABSENT */
};

/* A row of the plugin's metric table; a row without a name ends the table. */
struct plugin_metric {
	/* declared by the plugin; name is at once the perfdata label: [A-Za-z0-9_-]+ */
	const char *name;
	const char *unit; /* NULL (a count), "%", "s", "B", "c" */
	const char *help; /* for --help, a few words; may be NULL */
	bool shown;	  /* in perfdata whether or not it is asked for */
	bool spoken;	  /* the plugin puts its alerts into words itself */
	/* may be set in plugin.prepare: */
	const char *unavailable; /* why this selection has none: "state not selected by -s" */
	/* ranges for where the user names none */
	const char *default_warning, *default_critical;
	/* from the command line, set by the runner after prepare */
	struct plugin_range warning, critical;
	bool has_warning, has_critical;
	unsigned int rank; /* place in perfdata by -m; 0: not asked for there */
	/* set by each look with plugin_metric_set(); the runner makes them ABSENT before a look */
	double value;
	enum plugin_bound bound;
	bool judged; /* set after it: the plugin knows more than the bound tells, and has judged it
			itself, with plugin_problem() where it is not OK */
	char detail[128]; /* set by plugin_metric_detail() */
};

void plugin_metric_set(struct plugin_metric *metric, double value, enum plugin_bound bound);
/* Who or where, said behind the value: "from 10.0.0.7" in "max_per_peer 212 from 10.0.0.7 (limit
 * 200)". Holds until the value is set again. */
void plugin_metric_detail(struct plugin_metric *metric, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Has a threshold or -m asked for it? What nobody asked for need not be found out. */
bool plugin_metric_wanted(const struct plugin_metric *metric);
/* The state of a value under the metric's thresholds, by the interval rule of verdict.c. */
enum plugin_state plugin_metric_judge(const struct plugin_metric *metric, double value,
				      enum plugin_bound bound);
/* That of the value it has. */
enum plugin_state plugin_metric_state(const struct plugin_metric *metric);
/*
 * A value in words, with its unit and as few decimals as still show its state: "95%", "12s",
 * "4096 bytes". Returns buffer.
 */
const char *plugin_metric_format(const struct plugin_metric *metric, double value, char *buffer,
				 size_t size);
/* Its alert in words, for a plugin that says it itself: "close_wait 212 (limit 100)". Returns
 * buffer. */
const char *plugin_metric_alert(const struct plugin_metric *metric, char *buffer, size_t size);
/* The range that a value of this state, which is not OK, is said to be outside of: "90". Returns
 * buffer. */
const char *plugin_metric_limit(const struct plugin_metric *metric, enum plugin_state state,
				char *buffer, size_t size);
/*
 * Keep the worse of the metric's value and this one: by state, then by size (the larger, with
 * `smaller` the smaller). For metrics of several ports, where the worst port decides.
 */
void plugin_metric_worse(struct plugin_metric *metric, double value, enum plugin_bound bound,
			 bool smaller);

/* ---- the interval verdict ---------------------------------------------------------------- */

/*
 * The state of a metric known only as an interval. If all values in it give OK: OK; if none does:
 * the mildest state that occurs; if both occur: UNKNOWN. *absence (may be NULL) is set when the
 * state is not OK although a larger value would make it milder: evidence of absence, which the
 * runner confirms by a second look. NULL ranges never alert.
 */
enum plugin_state plugin_judge(const struct plugin_range *warning,
			       const struct plugin_range *critical, double value,
			       enum plugin_bound bound, bool *absence);

/* ---- options ----------------------------------------------------------------------------- */

struct plugin_option;

/*
 * Take the option's argument (NULL for a flag) into target, the group's own. Return NULL, or what
 * is wrong, as in "ports are 1 to 65535": the runner prints `--port '80-22': <that>`. The text is
 * part of argv and may be kept.
 */
typedef const char *plugin_setter(const struct plugin_option *option, void *target,
				  const char *text);

/* A row of an option table; a row without a name ends the table. */
struct plugin_option {
	const char *name;     /* long name without dashes */
	int letter;	      /* short name, 0: none */
	const char *argument; /* its name in --help, NULL: a flag */
	const char *help;     /* wrapped by the runner */
	plugin_setter *set;
	size_t offset; /* for setters shared by several rows: the field in target */
};

struct plugin_option_group {
	const char *title; /* heading in --help; NULL ends the array of groups */
	const struct plugin_option *options;
	void *target;
};

/* Setters for the field at option->offset: bool, const char *, double (> 0 seconds), unsigned. */
plugin_setter plugin_set_flag, plugin_set_text, plugin_set_seconds, plugin_set_count;
/* "ok", "warning", "critical", "unknown" (any case) into an enum plugin_state. */
plugin_setter plugin_set_state;

/* ---- the report of one look -------------------------------------------------------------- */

struct plugin_report;

/*
 * All texts are printf formats; the report keeps a copy. What a process or a user chose goes in
 * through plugin_escape(). Line 1 is put together from the problems, worst state first, then in
 * order of arrival; the alerts of metrics are problems that come last among their state (those of
 * a `spoken` metric only if the plugin named no problem of that state). Then comes the summary,
 * behind a comma unless it starts with a parenthesis, and where the verdict is UNKNOWN the remedy,
 * behind a colon. Lists are cut to the limit with "... and N more".
 */
void plugin_problem(struct plugin_report *report, enum plugin_state state, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void plugin_summary(struct plugin_report *report, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The same for metrics from this row on to the last: of what was asked for the values that do not
 * alert, in the words of an alert. */
void plugin_summary_metrics(struct plugin_report *report, const struct plugin_metric *first);
void plugin_remedy(struct plugin_report *report, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* A line of long output, shown from this verbosity on (0: always; 1: -v, the evidence). */
void plugin_line(struct plugin_report *report, unsigned int verbosity, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* So many more lines there would be: the plugin itself has cut its list. Call it after the last. */
void plugin_lines_left(struct plugin_report *report, size_t count);
/* Would a problem of this state (OK: none) or a line of this verbosity still be kept? What is cut
 * is counted only, so that its words need not be found out. */
bool plugin_keeps(const struct plugin_report *report, enum plugin_state problem,
		  unsigned int verbosity);
/* How the answer was found: "source: netlink". For -vv and the coverage object of JSON. */
void plugin_fact(struct plugin_report *report, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* What only who changes the plugin wants to know: for -vvv and the same object. */
void plugin_debug(struct plugin_report *report, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* One more perfdata item with the metric's unit and thresholds, after the metrics. */
void plugin_perfdata(struct plugin_report *report, const struct plugin_metric *metric, double value,
		     enum plugin_bound bound, const char *label_format, ...)
	__attribute__((format(printf, 5, 6)));
/* This view is known to be flawed (rows lost, cut short), or a problem rests on an absence: look
 * again from the start, once. */
void plugin_look_again(struct plugin_report *report);
/* What was asked about is not there, and the report says so itself: the metrics of this look stand
 * in perfdata, but no threshold is applied to them. */
void plugin_skip_thresholds(struct plugin_report *report);
/* What is being done, for the time-out line and the times of -vv: "reading the socket table". A
 * constant string of plain words, with nothing in it that a line or JSON would have to escape. */
void plugin_stage(struct plugin_report *report, const char *stage);
/* Lines up to this one are shown; with JSON 1 at least. */
unsigned int plugin_verbosity(const struct plugin_report *report);
/* Print this instead of a verdict line and exit 3 (what --print asks for). Calls add up; newlines
 * and tabs are the caller's. */
void plugin_output(struct plugin_report *report, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Bytes that somebody else chose, made fit for any output: backslash doubled; `|`, `;`, control
 * characters, NUL and what is not UTF-8 as \xHH. Always terminates, never cuts inside an escape;
 * returns buffer.
 */
const char *plugin_escape(const void *bytes, size_t length, char *buffer, size_t size);

/* ---- the runner -------------------------------------------------------------------------- */

struct plugin {
	const char *name;			  /* "PORT_LISTEN" */
	const char *program;			  /* "check_port_listen" */
	const char *purpose;			  /* one line of --help: the question it answers */
	const char *examples;			  /* lines of --help, at least three */
	const struct plugin_option_group *groups; /* the runner adds the common options */
	struct plugin_metric *metrics;		  /* in the order of perfdata */
	size_t default_metric; /* which of them a bare range judges, unless -m says otherwise */
	/* First of all, before anything is read that the caller chose: give up all privilege that
	 * the plugin does not need. 0 or -errno. A plugin without it does not run. */
	int (*start)(void);
	/* After the options are read, before thresholds are resolved; may be NULL. Complains with
	 * plugin_usage_error(). */
	void (*prepare)(void);
	/* Look once: set the metrics and fill the report. May be called again; keeps no state. */
	void (*look)(struct plugin_report *report);
};

/* Runs the plugin; returns what main() returns: 0 to 3. */
int plugin_run(const struct plugin *plugin, int argc, char **argv);

/* One line `NAME UNKNOWN - <text>` and exit 3: bad input found in prepare. */
_Noreturn void plugin_usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* In prepare: the option prints what JSON cannot say; a usage error where that is asked for. */
void plugin_text_only(const char *option);

#endif
