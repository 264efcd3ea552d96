// SPDX-License-Identifier: MIT
/* range.c - numbers and ranges of the plugin guidelines: text <-> value */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* Larger numbers are an overflow: no count comes near, and every number fits its buffer. */
static const double number_limit = 1e21;

static const char no_range[] = "expected a range [@]START:END in plain decimal numbers";

enum { NUMBER_LENGTH = 40 }; /* digits before the point, digits behind it */

static size_t count_digits(const char *text)
{
	return strspn(text, "0123456789");
}

const char *plugin_number_parse(const char **text, double *value)
{
	static const char not_a_number[] = "not a plain decimal number";
	const char *next = *text + (**text == '-');
	size_t digits = count_digits(next), decimals = 0;

	next += digits;
	if (*next == '.') {
		decimals = count_digits(++next);
		next += decimals;
	}
	if (!digits && !decimals)
		return not_a_number;
	if (digits > NUMBER_LENGTH || decimals > NUMBER_LENGTH)
		return "number too long";
	/* strtod() knows more than plain decimals: it must have stopped where we did. */
	char *end;
	double number = strtod(*text, &end);
	if (end != next)
		return not_a_number;
	if (!(fabs(number) < number_limit))
		return "number too large";
	*value = number + 0.0; /* no minus before a zero */
	*text = next;
	return NULL;
}

/* START, which is ~ for minus infinity or nothing for 0, and the colon behind it. */
static const char *parse_start(const char **text, double *start)
{
	const char *error = NULL;

	if (**text == '~') {
		*start = -INFINITY;
		(*text)++;
	} else if (**text != ':') {
		error = plugin_number_parse(text, start);
	}
	if (!error && *(*text)++ != ':')
		error = no_range;
	return error;
}

const char *plugin_range_parse(const char *text, struct plugin_range *range)
{
	struct plugin_range result = { .start = 0, .end = INFINITY };
	const char *error = NULL;
	bool starts;

	if (!*text)
		return "empty, expected a range [@]START:END";
	if (*text == '@') {
		result.inside = true;
		text++;
	}
	if (!*text || !strcmp(text, ":"))
		return "neither start nor end, expected a range [@]START:END";
	starts = strchr(text, ':') && *text != ':';
	if (strchr(text, ':'))
		error = parse_start(&text, &result.start);
	if (!error && *text)
		error = plugin_number_parse(&text, &result.end);
	if (error)
		return error;
	if (*text)
		return no_range;
	if (result.start > result.end)
		return starts ? "start is above end"
			      : "a range begins at 0 unless it says START: or ~: (minus infinity)";
	*range = result;
	return NULL;
}

bool plugin_range_alert(const struct plugin_range *range, double value)
{
	bool within = range->start <= value && value <= range->end;
	return within == range->inside;
}

const char *plugin_range_format(const struct plugin_range *range, char *buffer, size_t size)
{
	char start[PLUGIN_NUMBER_SIZE] = "~", end[PLUGIN_NUMBER_SIZE] = "";
	bool bounded = isfinite(range->end);

	if (isfinite(range->start))
		plugin_number_format(range->start, start, sizeof(start));
	if (bounded)
		plugin_number_format(range->end, end, sizeof(end));
	if (bounded && !strcmp(start, "0"))
		start[0] = '\0';
	snprintf(buffer, size, "%s%s%s%s", range->inside ? "@" : "", start, *start ? ":" : "", end);
	return buffer;
}

bool number_is_whole(double value)
{
	return fabs(value) < 1e15 && (double)(int64_t)value == value;
}

/*
 * The program never calls setlocale(), so that printf's point is a point. NUMBER_LENGTH decimals
 * give back every number that plugin_number_parse() takes.
 */
const char *plugin_number_format(double value, char *buffer, size_t size)
{
	char text[PLUGIN_NUMBER_SIZE];

	/* As most are: printf's way with fractions is a long one. */
	if (number_is_whole(value)) {
		snprintf(buffer, size, "%" PRId64, (int64_t)value);
		return buffer;
	}
	for (int decimals = 0; decimals <= NUMBER_LENGTH; decimals++) {
		snprintf(text, sizeof(text), "%.*f", decimals, value);
		if (!(strtod(text, NULL) < value) && !(strtod(text, NULL) > value))
			break;
	}
	snprintf(buffer, size, "%s", text);
	return buffer;
}

const char *plugin_value_format(double value, char *buffer, size_t size)
{
	char text[PLUGIN_NUMBER_SIZE];

	if (number_is_whole(value))
		return plugin_number_format(value, buffer, size);
	snprintf(text, sizeof(text), "%.3f", value);
	return plugin_number_format(strtod(text, NULL), buffer, size);
}
