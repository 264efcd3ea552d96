// SPDX-License-Identifier: MIT
/* test_metric.c - values of metrics: the worse of two, their words */
#include <math.h>

#include "internal.h"
#include "tap.h"

static void set_range(struct plugin_metric *metric, const char *warning, const char *critical)
{
	metric->has_warning = warning && !plugin_range_parse(warning, &metric->warning);
	metric->has_critical = critical && !plugin_range_parse(critical, &metric->critical);
}

static void check_set(void)
{
	struct plugin_metric metric = { .name = "connections", .unit = "" };

	plugin_metric_set(&metric, 7, PLUGIN_AT_LEAST);
	ok(metric.value > 6 && metric.bound == PLUGIN_AT_LEAST, "a value and its bound");
	plugin_metric_set(&metric, NAN, PLUGIN_EXACT);
	is_int(metric.bound, PLUGIN_ANY, "what is no number is not known");
	ok(!plugin_metric_wanted(&metric), "nobody asked for it");
	metric.rank = 1;
	ok(plugin_metric_wanted(&metric), "-m asks for it");
	metric.rank = 0;
	set_range(&metric, NULL, "5");
	ok(plugin_metric_wanted(&metric), "a threshold asks for it");
	is_int(plugin_metric_judge(&metric, 3, PLUGIN_AT_LEAST), PLUGIN_UNKNOWN, "judged");
}

/* Values a and b under the thresholds: which is kept, whatever their order? */
static void check_worse(const char *warning, const char *critical, double a, double b, bool smaller,
			double want)
{
	struct plugin_metric metric = { .name = "backlog", .unit = "%" };

	set_range(&metric, warning, critical);
	for (int turn = 0; turn < 2; turn++) {
		plugin_metric_set(&metric, 0, PLUGIN_ABSENT);
		plugin_metric_worse(&metric, turn ? b : a, PLUGIN_EXACT, smaller);
		plugin_metric_worse(&metric, turn ? a : b, PLUGIN_EXACT, smaller);
		plugin_metric_worse(&metric, 1e6, PLUGIN_ABSENT, smaller);
		ok(fabs(metric.value - want) < 1e-9 && metric.bound == PLUGIN_EXACT,
		   "worse of %g and %g under %s: %g", a, b, critical ? critical : "none", want);
	}
}

static void check_worse_bounds(void)
{
	struct plugin_metric metric = { .name = "backlog", .unit = "%" };

	set_range(&metric, NULL, "90");
	plugin_metric_worse(&metric, 10, PLUGIN_EXACT, false);
	plugin_metric_worse(&metric, 0, PLUGIN_ANY, false);
	is_int(metric.bound, PLUGIN_ANY, "not known is worse than OK");
	plugin_metric_worse(&metric, 95, PLUGIN_EXACT, false);
	is_int(metric.bound, PLUGIN_EXACT, "CRITICAL is worse than not known");
	plugin_metric_worse(&metric, 50, PLUGIN_AT_LEAST, false);
	ok(metric.value > 94, "and than perhaps");
}

static void check_words(void)
{
	static const struct {
		const char *unit, *warning;
		double value;
		const char *words;
	} cases[] = {
		{ "", NULL, 212, "212" },
		{ "%", NULL, 95.238, "95%" },
		{ "%", "95", 95.238, "95.2%" },
		{ "%", "90", 95.238, "95%" },
		{ "%", "95.2", 95.238, "95.24%" },
		{ "s", NULL, 12.3, "12s" },
		{ "B", NULL, 4096, "4096 bytes" },
		{ "B", NULL, 1, "1 byte" },
		{ "c", NULL, 3, "3" },
		{ "%", "~:99", 98.9999, "99%" },
		{ "%", "100:", 99.99999, "100.000%" },
	};
	char text[PLUGIN_NUMBER_SIZE];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct plugin_metric metric = { .name = "x", .unit = cases[i].unit };
		set_range(&metric, cases[i].warning, NULL);
		is_str(plugin_metric_format(&metric, cases[i].value, text, sizeof(text)),
		       cases[i].words, "%s", cases[i].words);
	}
}

int main(void)
{
	check_set();
	check_worse(NULL, NULL, 3, 7, false, 7);
	check_worse(NULL, NULL, 3, 7, true, 3);
	check_worse(NULL, "5:", 3, 7, false, 3);
	check_worse("5", "@3:4", 3, 7, false, 3);
	check_worse("2", "10", 3, 7, false, 7);
	check_worse_bounds();
	check_words();
	return done();
}
