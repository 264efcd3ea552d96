// SPDX-License-Identifier: MIT
/* json.h - is this text one JSON value (RFC 8259), in UTF-8? */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <string.h>

static const char *json_value(const char *text);

/* Each returns what follows, or NULL; NULL goes in and comes out. */
static inline const char *json_blank(const char *text)
{
	return text ? text + strspn(text, " \t\r\n") : NULL;
}

static inline const char *json_character(const char *text)
{
	const unsigned char *byte = (const unsigned char *)text;
	size_t length = *byte < 0x80 ? 1 : *byte >= 0xf0 ? 4 : *byte >= 0xe0 ? 3 : 2;

	if (*byte < 0x20 || (*byte >= 0x80 && *byte < 0xc2) || *byte > 0xf4)
		return NULL;
	for (size_t i = 1; i < length; i++)
		if ((byte[i] & 0xc0) != 0x80)
			return NULL;
	if (*byte != '\\')
		return text + length;
	if (text[1] == 'u')
		return strspn(text + 2, "0123456789abcdefABCDEF") >= 4 ? text + 6 : NULL;
	return text[1] && strchr("\"\\/bfnrt", text[1]) ? text + 2 : NULL;
}

static inline const char *json_string(const char *text)
{
	if (*text++ != '"')
		return NULL;
	while (text && *text != '"')
		text = json_character(text);
	return text ? text + 1 : NULL;
}

static inline const char *json_number(const char *text)
{
	size_t digits = strspn(text += *text == '-', "0123456789");

	if (!digits || (*text == '0' && digits > 1))
		return NULL;
	text += digits;
	if (*text != '.')
		return text;
	digits = strspn(text + 1, "0123456789");
	return digits ? text + 1 + digits : NULL;
}

/* An array or, with keys, an object. */
static inline const char *json_list(const char *text, char end, bool keys)
{
	text = json_blank(text + 1);
	while (text && *text != end) {
		if (keys)
			text = json_blank(json_string(text));
		if (text && keys)
			text = *text == ':' ? text + 1 : NULL;
		text = json_blank(text ? json_value(text) : NULL);
		if (text && *text == ',')
			text = json_blank(text + 1);
		else if (text && *text != end)
			text = NULL;
	}
	return text ? text + 1 : NULL;
}

static const char *json_value(const char *text)
{
	text = json_blank(text);
	switch (*text) {
	case '{':
		return json_list(text, '}', true);
	case '[':
		return json_list(text, ']', false);
	case '"':
		return json_string(text);
	case 'n':
		return strncmp(text, "null", 4) ? NULL : text + 4;
	default:
		return json_number(text);
	}
}

static inline bool json_valid(const char *text)
{
	text = json_blank(json_value(text));
	return text && !*text;
}

#endif
