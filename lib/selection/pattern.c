// SPDX-License-Identifier: MIT
/* pattern.c - is a regular expression one that can be compiled in little memory */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "private.h"

#define LONGEST 1000 /* bytes: regcomp() calls itself for every parenthesis */
#define LARGEST 2000 /* parts: it writes repetitions out, and some need memory by their square */

struct size {
	unsigned long all, last; /* parts so far; of these the last one, which is repeated */
};

/* After '[': behind the ']' that ends it. */
static const char *skip_bracket(const char *text)
{
	text += *text == '^';
	text += *text == ']';
	while (*text && *text != ']') {
		char kind = *text++;

		if (kind != '[' || !*text || !strchr(":.=", *text))
			continue;
		kind = *text++;
		while (*text && !(text[0] == kind && text[1] == ']'))
			text++;
		text += *text ? 2 : 0;
	}
	return *text ? text + 1 : text;
}

/* At a '+' or '{': how many times the part before it is written out; 0: it is no repetition. */
static unsigned long read_times(const char **text)
{
	unsigned long least, most;
	const char *at = *text;
	char *end;

	if (*at == '+') {
		++*text;
		return 2;
	}
	if (*at++ != '{')
		return 0;
	least = most = strtoul(at, &end, 10);
	if (*end == ',')
		most = strtoul(end + 1, &end, 10);
	if (*end != '}')
		return 0;
	*text = end + 1;
	if (least > LARGEST || most > LARGEST)
		return LARGEST + 1;
	return (least > most ? least : most) + 1;
}

/* How many parts it has once repetitions are written out; no less than that. */
static unsigned long count_parts(const char *text)
{
	struct size sizes[LONGEST + 1] = { { 0, 0 } }, *size = sizes;

	while (*text && size->all <= LARGEST) {
		unsigned long times = read_times(&text);
		char c;

		if (times) {
			size->all += size->last * (times - 1);
			size->last *= times;
			continue;
		}
		c = *text++;
		if (c == '(') {
			*++size = (struct size){ 1, 0 };
		} else if (c == ')' && size > sizes) {
			size--;
			size->last = size[1].all;
			size->all += size->last;
		} else {
			if (c == '\\' && *text)
				text++;
			else if (c == '[')
				text = skip_bracket(text);
			size->all += size->last = 1;
		}
	}
	while (size > sizes) {
		size--;
		size->all += size[1].all;
	}
	return size->all;
}

const char *selection_check_pattern(const char *text)
{
	if (strlen(text) > LONGEST)
		return "an expression has 1000 bytes at most";
	if (count_parts(text) > LARGEST)
		return "the expression is too large: its repetitions come to more than 2000 parts";
	return NULL;
}
