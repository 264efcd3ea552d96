// SPDX-License-Identifier: MIT
/* test_range.c - ranges: what other implementations assert, errors, text <-> value */
#include <stdlib.h>

#include "internal.h"
#include "tap.h"

/* One line of range_cases.tsv: range, value, 1, 0 or ERR. */
static void check_case(char *line, int number)
{
	char *value = strchr(line, '\t'), *expected = value ? strchr(value + 1, '\t') : NULL;
	struct plugin_range range;

	ok(expected != NULL, "line %d has its fields", number);
	if (!expected)
		return;
	*value++ = *expected++ = '\0';
	expected[strcspn(expected, "\t")] = '\0';
	const char *error = plugin_range_parse(line, &range);
	if (!strcmp(expected, "ERR"))
		ok(error != NULL, "'%s' is an error: %s", line, error ? error : "");
	else
		ok(!error && plugin_range_alert(&range, strtod(value, NULL)) == (*expected == '1'),
		   "'%s' at %s: %s", line, value, expected);
}

static void check_table(void)
{
	const char *root = getenv("SRCDIR");
	char path[4096], line[1024];
	int number = 0;

	snprintf(path, sizeof(path), "%s/tests/data/range_cases.tsv", root ? root : ".");
	FILE *file = fopen(path, "re");
	ok(file != NULL, "%s can be read", path);
	if (!file)
		return;
	while (fgets(line, sizeof(line), file))
		if (number++)
			check_case(line, number);
	fclose(file);
	ok(number > 100, "the table has %d lines", number);
}

static void check_errors(void)
{
	static const char *const bad[] = {
		"",
		"@",
		"@:",
		":",
		"~",
		"@~",
		"~:~",
		":~",
		"10:~",
		"5:4",
		"10abc",
		"5%",
		"1,5",
		"nan",
		"inf",
		"-inf",
		"1e3",
		"0x10",
		"+1",
		" 1",
		"1 ",
		"1: 2",
		"1::2",
		"1:2:",
		"1:2:3",
		"@@1",
		"1@",
		"-",
		"--1",
		".",
		"-.",
		"1.2.3",
		"1:.",
		"~1:2",
		"~~:1",
		"1\n",
		"INFINITY:",
		"0x",
		"1000000000000000000000",
		"99999999999999999999999999999999999999999999999999",
		"0.00000000000000000000000000000000000000000000000001",
	};
	struct plugin_range range = { 1, 2, true };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(plugin_range_parse(bad[i], &range) != NULL, "'%s' is an error", bad[i]);
	ok(range.inside && range.start < 2, "an error leaves the range alone");
	is_str(plugin_range_parse("5:4", &range), "start is above end", "says start > end");
	is_str(plugin_range_parse("-4:-5", &range), "start is above end", "both are negative");
	is_str(plugin_range_parse("-5", &range),
	       "a range begins at 0 unless it says START: or ~: (minus infinity)",
	       "a negative end without a start");
}

static bool same(const struct plugin_range *a, const struct plugin_range *b)
{
	return a->start <= b->start && a->start >= b->start && a->end <= b->end &&
	       a->end >= b->end && a->inside == b->inside;
}

static void check_format(void)
{
	static const char *const pairs[][2] = {
		{ "0:10", "10" },
		{ "10", "10" },
		{ ":10", "10" },
		{ "10:", "10:" },
		{ "0:", "0:" },
		{ "~:5", "~:5" },
		{ "~:", "~:" },
		{ "@0:5", "@5" },
		{ "@5", "@5" },
		{ "@5:", "@5:" },
		{ "@~:0", "@~:0" },
		{ "-30:20", "-30:20" },
		{ "1:1", "1:1" },
		{ "0", "0" },
		{ "-0:-0", "0" },
		{ "007", "7" },
		{ ".5", "0.5" },
		{ "5.", "5" },
		{ "1.50", "1.5" },
		{ ".001:.1", "0.001:0.1" },
		{ "0.1", "0.1" },
		{ "0.3", "0.3" },
		{ "~:-95.99", "~:-95.99" },
		{ "657.8210567", "657.8210567" },
		{ "123456789012345:", "123456789012345:" },
		{ "0.0000000000000000000000000000001", "0.0000000000000000000000000000001" },
	};
	char text[PLUGIN_RANGE_SIZE];
	struct plugin_range range, again;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		ok(!plugin_range_parse(pairs[i][0], &range), "'%s' is a range", pairs[i][0]);
		is_str(plugin_range_format(&range, text, sizeof(text)), pairs[i][1],
		       "'%s' prints as '%s'", pairs[i][0], pairs[i][1]);
		plugin_range_parse(text, &again);
		ok(same(&range, &again), "'%s' parses to the same range", text);
	}
	/* Printed it has a zero before the point, one digit more than it was typed with. */
	ok(!plugin_range_parse(".0000000000000000000000000099334149903341:", &range),
	   "a very small number is a number");
	plugin_range_format(&range, text, sizeof(text));
	ok(!plugin_range_parse(text, &again) && same(&range, &again), "%s comes back", text);
	plugin_range_parse("12345678901234567890:", &range);
	plugin_range_format(&range, text, sizeof(text));
	plugin_range_parse(text, &again);
	ok(same(&range, &again), "%s comes back", text);
}

static void check_numbers(void)
{
	static const struct {
		double value;
		const char *number, *rounded;
	} cases[] = {
		{ 0, "0", "0" },
		{ -0.0, "0", "0" },
		{ 212, "212", "212" },
		{ -1, "-1", "-1" },
		{ 0.1, "0.1", "0.1" },
		{ 95.238095238095241, "95.23809523809524", "95.238" },
		{ -0.0001, "-0.0001", "0" },
		{ 99.9999, "99.9999", "100" },
		{ 1e20, "100000000000000000000", "100000000000000000000" },
	};
	char text[PLUGIN_NUMBER_SIZE];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		is_str(plugin_number_format(cases[i].value, text, sizeof(text)), cases[i].number,
		       "number %s", cases[i].number);
		is_str(plugin_value_format(cases[i].value, text, sizeof(text)), cases[i].rounded,
		       "value %s", cases[i].rounded);
	}
	is_str(plugin_number_format(12345, text, 3), "12", "a small buffer is not overrun");
}

int main(void)
{
	check_table();
	check_errors();
	check_format();
	check_numbers();
	return done();
}
