// SPDX-License-Identifier: MIT
/* range.c - fuzzes ranges: a range, a newline, a value. Syntax and verdict by a second opinion. */
#include <math.h>
#include <regex.h>

#include "fuzz.h"
#include "internal.h"

#define NUMBER "-?([0-9]+\\.?[0-9]*|\\.[0-9]+)"

/* ---- the second opinion: a regular expression for what is a range, strtod() for its ends ---- */

static bool has_form(const char *text, const char *form)
{
	static struct {
		const char *form;
		regex_t compiled;
	} known[4];
	size_t i = 0;

	while (known[i].form && known[i].form != form)
		i++;
	if (!known[i].form) {
		REQUIRE(regcomp(&known[i].compiled, form, REG_EXTENDED | REG_NOSUB) == 0);
		known[i].form = form;
	}
	return regexec(&known[i].compiled, text, 0, NULL, 0) == 0;
}

/* At most 40 digits on either side of the point, below 1e21. */
static bool end_fits(const char *text, size_t length)
{
	size_t whole = 0, decimals = 0;
	bool point = false;

	for (size_t i = 0; i < length && text[i]; i++) {
		point |= text[i] == '.';
		whole += !point && text[i] != '-';
		decimals += point && text[i] != '.';
	}
	return whole <= 40 && decimals <= 40 && fabs(strtod(text, NULL)) < 1e21;
}

static bool reference_parse(const char *text, double *start, double *end, bool *inside)
{
	static const char range[] = "^@?((~|" NUMBER ")?:(" NUMBER ")?|" NUMBER ")$";
	const char *colon;

	if (!has_form(text, range))
		return false;
	*inside = *text == '@';
	text += *inside;
	if (!strcmp(text, ":"))
		return false;
	colon = strchr(text, ':');
	*start = colon && *text == '~' ? -INFINITY : colon && colon > text ? strtod(text, NULL) : 0;
	if (colon && *text != '~' && !end_fits(text, (size_t)(colon - text)))
		return false;
	text = colon ? colon + 1 : text;
	*end = *text ? strtod(text, NULL) : INFINITY;
	return (!*text || end_fits(text, strlen(text))) && *start <= *end;
}

/* ---- properties -------------------------------------------------------------------------- */

static bool same(double a, double b)
{
	return !(a < b) && !(a > b);
}

static void check_value(const struct plugin_range *range, double value)
{
	bool outside = value < range->start || value > range->end;

	REQUIRE(plugin_range_alert(range, value) == (range->inside ? !outside : outside));
}

static void check_printed(const struct plugin_range *range)
{
	struct plugin_range again;
	char text[PLUGIN_RANGE_SIZE];

	plugin_range_format(range, text, sizeof(text));
	REQUIRE(!plugin_range_parse(text, &again));
	REQUIRE(same(range->start, again.start) && same(range->end, again.end));
	REQUIRE(range->inside == again.inside);
}

static void check_number(const char *text)
{
	char printed[PLUGIN_NUMBER_SIZE];
	const char *at = text, *back = printed;
	double value, again;

	if (plugin_number_parse(&at, &value))
		return;
	REQUIRE(at > text && same(value, strtod(text, NULL)));
	plugin_number_format(value, printed, sizeof(printed));
	REQUIRE(!plugin_number_parse(&back, &again) && !*back && same(value, again));
	plugin_value_format(value, printed, sizeof(printed));
	REQUIRE(has_form(printed, "^-?[0-9]+(\\.[0-9]{1,3})?$"));
	REQUIRE(fabs(strtod(printed, NULL) - value) <= 0.0005 + fabs(value) * 1e-9);
}

/* No state is better under an interval than under each value in it, and OK is OK for all. */
static void check_interval(const struct plugin_range *range, double value)
{
	static const double more[] = { 0, 0.5, 1, 7, 1e3, 1e9, 1e22 };
	enum plugin_state state = plugin_judge(NULL, range, value, PLUGIN_AT_LEAST, NULL);
	bool alerts = false, passes = false;

	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		bool alert = plugin_range_alert(range, value + more[i]);

		alerts |= alert;
		passes |= !alert;
	}
	REQUIRE(state != PLUGIN_OK || !alerts);
	REQUIRE(state != PLUGIN_CRITICAL || !passes);
	REQUIRE(!alerts || !passes || state == PLUGIN_UNKNOWN);
	state = plugin_judge(NULL, range, value, PLUGIN_EXACT, NULL);
	REQUIRE(state == (plugin_range_alert(range, value) ? PLUGIN_CRITICAL : PLUGIN_OK));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *newline = size ? memchr(data, '\n', size) : NULL;
	size_t length = newline ? (size_t)(newline - data) : size;
	char *text = fuzz_string(data, length);
	char *value = fuzz_string(data + length + !!newline, size - length - !!newline);
	double start, end, number = strtod(value, NULL);
	struct plugin_range range;
	bool inside, good = !plugin_range_parse(text, &range);

	REQUIRE(good == reference_parse(text, &start, &end, &inside));
	if (good) {
		const double values[] = { start - 1,
					  start,
					  end,
					  end + 1,
					  0,
					  -1,
					  1,
					  number,
					  nextafter(start, -INFINITY),
					  nextafter(end, INFINITY) };

		REQUIRE(same(range.start, start) && same(range.end, end) && range.inside == inside);
		check_printed(&range);
		for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
			check_value(&range, values[i]);
		if (number >= 0 && number < 1e20)
			check_interval(&range, number);
	}
	check_number(text);
	free(text);
	free(value);
	return 0;
}
