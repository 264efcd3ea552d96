// SPDX-License-Identifier: MIT
/* text.c - a text that grows, and foreign bytes made fit for output */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* Room for `more` bytes and a terminator. */
static void text_reserve(struct text *text, size_t more)
{
	size_t size = text->size ? text->size : 256;

	if (more < text->size - text->length)
		return;
	while (size - text->length <= more) {
		if (size > SIZE_MAX / 2)
			plugin_out_of_memory();
		size *= 2;
	}
	char *bytes = realloc(text->bytes, size);
	if (!bytes)
		plugin_out_of_memory();
	text->bytes = bytes;
	text->size = size;
}

void text_append(struct text *text, const void *bytes, size_t length)
{
	text_reserve(text, length);
	if (length)
		memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
	text->bytes[text->length] = '\0';
}

void text_vadd(struct text *text, const char *format, va_list arguments)
{
	va_list again;
	size_t room;
	int length;

	text_reserve(text, 0);
	room = text->size - text->length;
	va_copy(again, arguments);
	length = vsnprintf(text->bytes + text->length, room, format, arguments);
	if (length > 0 && (size_t)length >= room) {
		text_reserve(text, (size_t)length);
		vsnprintf(text->bytes + text->length, (size_t)length + 1, format, again);
	}
	va_end(again);
	if (length > 0)
		text->length += (size_t)length;
	text->bytes[text->length] = '\0';
}

void text_add(struct text *text, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	text_vadd(text, format, arguments);
	va_end(arguments);
}

void text_clear(struct text *text)
{
	text->length = 0;
	if (text->bytes)
		text->bytes[0] = '\0';
}

const char *text_string(const struct text *text)
{
	return text->bytes ? text->bytes : "";
}

void text_free(struct text *text)
{
	free(text->bytes);
	*text = (struct text){ 0 };
}

static bool between(unsigned char byte, unsigned char low, unsigned char high)
{
	return low <= byte && byte <= high;
}

/* The length of the UTF-8 character at bytes, 0 if it is none (RFC 3629: no surrogates). */
static size_t utf8_length(const unsigned char *bytes, size_t left)
{
	static const struct {
		unsigned char first, last;   /* of the first byte */
		unsigned char second, above; /* of the second byte */
		size_t length;
	} forms[] = {
		{ 0x00, 0x7f, 0x00, 0xff, 1 }, { 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	for (size_t i = 0; left && i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (!between(bytes[0], forms[i].first, forms[i].last))
			continue;
		if (left < forms[i].length)
			return 0;
		if (forms[i].length > 1 && !between(bytes[1], forms[i].second, forms[i].above))
			return 0;
		for (size_t j = 2; j < forms[i].length; j++)
			if (!between(bytes[j], 0x80, 0xbf))
				return 0;
		return forms[i].length;
	}
	return 0;
}

/*
 * U+0000 to U+001F, U+007F to U+009F: a terminal obeys the upper ones as well. And what ends a line
 * or turns the direction of those that follow, so that a line does not say what it seems to:
 * U+061C, U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069. Of a valid character.
 */
static bool is_control(const unsigned char *bytes)
{
	if (bytes[0] == 0xe2 && bytes[1] == 0x80)
		return between(bytes[2], 0x8e, 0x8f) || between(bytes[2], 0xa8, 0xae);
	if (bytes[0] == 0xe2 && bytes[1] == 0x81)
		return between(bytes[2], 0xa6, 0xa9);
	return bytes[0] < 0x20 || bytes[0] == 0x7f || (bytes[0] == 0xc2 && bytes[1] < 0xa0) ||
	       (bytes[0] == 0xd8 && bytes[1] == 0x9c);
}

static bool is_one_of(unsigned char byte, const char *set)
{
	while (*set && (unsigned char)*set != byte)
		set++;
	return *set;
}

/* One character of the input, as it shall be printed, into out; returns its length there. */
static size_t escape_one(const unsigned char *bytes, size_t left, const char *special,
			 const char *plain, char out[5], size_t *used)
{
	size_t length = utf8_length(bytes, left);

	*used = 1;
	if (bytes[0] == '\\' && is_one_of('\\', special))
		return (size_t)snprintf(out, 5, "\\\\");
	if (!length || is_one_of(bytes[0], special) ||
	    (is_control(bytes) && !is_one_of(bytes[0], plain)))
		return (size_t)snprintf(out, 5, "\\x%02x", bytes[0]);
	memcpy(out, bytes, length);
	*used = length;
	return length;
}

/* How many bytes stand as they are: most texts are nothing but ASCII that means nothing to anybody.
 */
static size_t plain_length(const unsigned char *bytes, size_t left, const char *special)
{
	size_t length = 0;

	while (length < left && between(bytes[length], 0x20, 0x7e) &&
	       !is_one_of(bytes[length], special))
		length++;
	return length;
}

void text_escape(struct text *text, const void *bytes, size_t length, const char *special,
		 const char *plain)
{
	const unsigned char *next = bytes;
	char out[5];
	size_t used;

	for (size_t left = length; left; left -= used, next += used) {
		used = plain_length(next, left, special);
		if (used)
			text_append(text, next, used);
		else
			text_append(text, out, escape_one(next, left, special, plain, out, &used));
	}
}

const char *plugin_escape(const void *bytes, size_t length, char *buffer, size_t size)
{
	const unsigned char *next = bytes;
	size_t at = 0, used;
	char out[5];

	if (!size)
		return buffer;
	for (size_t left = length; left; left -= used, next += used) {
		size_t count = escape_one(next, left, "|;\\", "", out, &used);
		if (count >= size - at)
			break;
		memcpy(buffer + at, out, count);
		at += count;
	}
	buffer[at] = '\0';
	return buffer;
}

/* The largest length <= room at which text may be cut: not inside an escape or a character. */
static size_t text_cut(const char *text, size_t room)
{
	size_t left = strlen(text), at = 0, length;

	for (; left; at += length, left -= length) {
		length = utf8_length((const unsigned char *)text + at, left);
		if (text[at] == '\\' && left >= 2)
			length = text[at + 1] == 'x' && left >= 4 ? 4 : 2;
		if (!length)
			length = 1;
		if (length > room - at)
			break;
	}
	return at;
}

void text_fit(struct text *text, const char *bytes, size_t room)
{
	size_t length = strlen(bytes);

	if (length <= room) {
		text_append(text, bytes, length);
		return;
	}
	text_append(text, bytes, text_cut(bytes, room > 3 ? room - 3 : 0));
	text_append(text, "...", room < 3 ? room : 3);
}
