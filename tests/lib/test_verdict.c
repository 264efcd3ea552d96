// SPDX-License-Identifier: MIT
/* test_verdict.c - the truth table of the interval verdict */
#include <math.h>

#include "internal.h"
#include "tap.h"

/* Letters of the states, and of what is known: = exact, > at least, < at most, ? any, - absent. */
static const char state_letters[] = "OWCU";

static const struct {
	const char *warning, *critical; /* NULL: none */
	double value;
	const char *states; /* exact, at least, at most, any */
} table[] = {
	/* counts and ages with an upper limit */
	{ "5", "10", 3, "OUOU" },
	{ "5", "10", 5, "OUOU" },
	{ "5", "10", 6, "WWUU" },
	{ "5", "10", 7, "WWUU" },
	{ "5", "10", 10, "WWUU" },
	{ "5", "10", 11, "CCUU" },
	{ "5", NULL, 3, "OUOU" },
	{ "5", NULL, 7, "WWUU" },
	{ NULL, "10", 7, "OUOU" },
	{ NULL, "10", 11, "CCUU" },
	{ NULL, "0", 0, "OUOU" },
	{ NULL, "0", 1, "CCUU" },
	/* with a lower limit */
	{ "3:", "1:", 0, "CUCU" },
	{ "3:", "1:", 1, "WUWU" },
	{ "3:", "1:", 2, "WUWU" },
	{ "3:", "1:", 3, "OOUU" },
	{ "3:", "1:", 9, "OOUU" },
	{ NULL, "1:", 0, "CUCU" },
	{ NULL, "1:", 1, "OOUU" },
	{ "300:", NULL, 200, "WUWU" },
	{ "300:", "60:", 30, "CUCU" },
	{ "300:", "60:", 100, "WUWU" },
	/* between two limits */
	{ "3:5", "1:10", 0, "CUCU" },
	{ "3:5", "1:10", 2, "WUWU" },
	{ "3:5", "1:10", 4, "OUUU" },
	{ "3:5", "1:10", 6, "WWUU" },
	{ "3:5", "1:10", 11, "CCUU" },
	/* @ alerts inside */
	{ NULL, "@0", 0, "CUCU" },
	{ NULL, "@0", 1, "OOUU" },
	{ "@1:4", "@0", 0, "CUCU" },
	{ "@1:4", "@0", 2, "WUUU" },
	{ "@1:4", "@0", 5, "OOUU" },
	{ NULL, "@5:7", 3, "OUOU" },
	{ NULL, "@5:7", 6, "CUUU" },
	{ NULL, "@5:7", 8, "OOUU" },
	{ NULL, "@5:7", 7, "CUUU" },
	{ "@5:", "@10:", 4, "OUOU" },
	{ "@5:", "@10:", 5, "WWUU" },
	{ "@5:", "@10:", 12, "CCUU" },
	/* a gap far above what was seen */
	{ NULL, "@1000:1001", 3, "OUOU" },
	{ "~:1000", "~:2000", 1500, "WWUU" },
	/* limits that no value reaches, and none */
	{ "0:", NULL, 7, "OOOU" },
	{ "~:", "~:", 7, "OOOU" },
	{ NULL, "@0:", 7, "CCCU" },
	{ NULL, NULL, 7, "OOOO" },
};

static const struct plugin_range *parse(const char *text, struct plugin_range *range)
{
	return text && !plugin_range_parse(text, range) ? range : NULL;
}

static void check_table(void)
{
	static const enum plugin_bound bounds[] = { PLUGIN_EXACT, PLUGIN_AT_LEAST, PLUGIN_AT_MOST,
						    PLUGIN_ANY };
	static const char *const names[] = { "", "at least ", "at most ", "any, " };
	struct plugin_range warning, critical;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct plugin_range *w = parse(table[i].warning, &warning);
		const struct plugin_range *c = parse(table[i].critical, &critical);
		for (size_t j = 0; j < 4; j++)
			is_int(state_letters[plugin_judge(w, c, table[i].value, bounds[j], NULL)],
			       table[i].states[j], "-w %s -c %s, %s%g: %c",
			       w ? table[i].warning : "none", c ? table[i].critical : "none",
			       names[j], table[i].value, table[i].states[j]);
		is_int(plugin_judge(w, c, table[i].value, PLUGIN_ABSENT, NULL), PLUGIN_OK,
		       "absent is OK");
	}
}

/* Exact values and steps of 0.5 up to far away: does the rule hold literally? */
static void check_against_enumeration(void)
{
	static const char *const texts[] = { NULL,   "5",   "3:",  "3:7", "@3",
					     "@4:6", "@5:", "~:4", "6:6", "@5:5" };
	struct plugin_range warning, critical;
	size_t count = sizeof(texts) / sizeof(texts[0]), wrong = 0;

	for (size_t i = 0; i < count * count; i++) {
		const struct plugin_range *w = parse(texts[i / count], &warning);
		const struct plugin_range *c = parse(texts[i % count], &critical);
		for (int low = 0; low < 24; low++) {
			unsigned int seen = 0;
			for (int value = low; value < 80; value++)
				seen |= 1u << plugin_judge(w, c, value / 2.0, PLUGIN_EXACT, NULL);
			enum plugin_state want = seen == 1  ? PLUGIN_OK
						 : seen & 1 ? PLUGIN_UNKNOWN
						 : seen & 2 ? PLUGIN_WARNING
							    : PLUGIN_CRITICAL;
			wrong += plugin_judge(w, c, low / 2.0, PLUGIN_AT_LEAST, NULL) != want;
		}
	}
	is_int(wrong, 0, "at least: the rule holds for every value");
}

static void check_absence(void)
{
	static const struct {
		const char *warning, *critical;
		double value;
		enum plugin_bound bound;
		bool absence;
	} cases[] = {
		{ NULL, "1:", 0, PLUGIN_EXACT, true },	   { NULL, "1:", 1, PLUGIN_EXACT, false },
		{ NULL, "10", 11, PLUGIN_EXACT, false },   { "9:", "5:", 3, PLUGIN_EXACT, true },
		{ "9:", "5:", 7, PLUGIN_EXACT, true },	   { "10", NULL, 11, PLUGIN_EXACT, false },
		{ NULL, "@0", 0, PLUGIN_EXACT, true },	   { "5", "10", 7, PLUGIN_AT_LEAST, false },
		{ NULL, "1:", 0, PLUGIN_AT_LEAST, false }, { NULL, "1:", 0, PLUGIN_ANY, false },
		{ NULL, "5:6", 7, PLUGIN_EXACT, false },   { "3", "@4:5", 4, PLUGIN_EXACT, true },
	};
	struct plugin_range warning, critical;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool absence = !cases[i].absence;
		plugin_judge(parse(cases[i].warning, &warning), parse(cases[i].critical, &critical),
			     cases[i].value, cases[i].bound, &absence);
		is_int(absence, cases[i].absence, "absence %zu", i);
	}
}

static void check_worst(void)
{
	static const enum plugin_state ranking[] = { PLUGIN_OK, PLUGIN_UNKNOWN, PLUGIN_WARNING,
						     PLUGIN_CRITICAL };
	for (size_t i = 0; i < 4; i++)
		for (size_t j = 0; j < 4; j++)
			is_int(plugin_worst(ranking[i], ranking[j]), ranking[i > j ? i : j],
			       "%s and %s", plugin_state_name(ranking[i]),
			       plugin_state_name(ranking[j]));
}

int main(void)
{
	check_table();
	check_against_enumeration();
	check_absence();
	check_worst();
	return done();
}
