// SPDX-License-Identifier: MIT
/* escape.c - fuzzes what processes and users can put into the output: any bytes at all */
#include "fuzz.h"
#include "internal.h"

static uint8_t hex(char digit)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = digit ? strchr(digits, digit) : NULL;

	REQUIRE(at);
	return (uint8_t)(at - digits);
}

/* The bytes that an escaped text stands for: the way back that a reader would go. */
static size_t unescape(const char *text, uint8_t *bytes)
{
	size_t length = 0;

	for (; *text; text++) {
		if (*text != '\\') {
			bytes[length++] = (uint8_t)*text;
		} else if (text[1] == '\\') {
			bytes[length++] = '\\';
			text++;
		} else {
			REQUIRE(text[1] == 'x');
			bytes[length++] = (uint8_t)(hex(text[2]) << 4 | hex(text[3]));
			text += 3;
		}
	}
	return length;
}

/* No control character of ASCII or of the upper half, and valid UTF-8 by its bit pattern alone. */
static void check_clean(const char *text)
{
	const uint8_t *at = (const uint8_t *)text;

	while (*at) {
		unsigned int more = *at < 0x80 ? 0 : *at < 0xe0 ? 1 : *at < 0xf0 ? 2 : 3;
		uint32_t point = more ? *at & (0x3fu >> more) : *at;

		REQUIRE(*at != '|' && *at != ';' && (*at < 0x80 || *at >= 0xc2));
		for (at++; more; more--, at++) {
			REQUIRE((*at & 0xc0) == 0x80);
			point = point << 6 | (*at & 0x3fu);
		}
		REQUIRE(point >= 0x20 && !(point >= 0x7f && point < 0xa0));
		REQUIRE(point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t room = fuzz_choice(&data, &size);
	size_t most = 4 * size + 1;
	uint8_t *copy = fuzz_copy(data, size);
	char *whole = malloc(most), *part = malloc(room + 1);
	uint8_t *back = malloc(most);
	size_t length;

	REQUIRE(whole && part && back);
	length = strlen(plugin_escape(copy, size, whole, most));
	check_clean(whole);
	REQUIRE(unescape(whole, back) == size && (!size || !memcmp(back, copy, size)));
	/* In less room: the front of it, cut between two characters, and in what is not tiny most.
	 */
	plugin_escape(copy, size, part, room + 1);
	REQUIRE(strlen(part) <= room && !strncmp(whole, part, strlen(part)));
	REQUIRE(length <= room ? strlen(part) == length : strlen(part) + 4 > room);
	check_clean(part);
	unescape(part, back);
	/* Text that is escaped already is cut the same way. */
	struct text text = { 0 };
	text_fit(&text, whole, room);
	REQUIRE(text.length <= room && text.length == strlen(text_string(&text)));
	check_clean(text_string(&text));
	REQUIRE(length > room || !strcmp(text_string(&text), whole));
	text_free(&text);
	free(copy);
	free(whole);
	free(part);
	free(back);
	return 0;
}
