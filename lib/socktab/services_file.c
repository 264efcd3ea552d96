// SPDX-License-Identifier: MIT
/* services_file.c - the names of ports, from /etc/services alone: for static programs */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "services.h"

#define BLANKS " \t\r\n"

struct word {
	const char *text;
	size_t length;
};

/* The next word of a line, empty at its end or comment; *line goes on behind it. */
static struct word next_word(const char **line)
{
	struct word word = { *line + strspn(*line, BLANKS), 0 };

	word.length = strcspn(word.text, BLANKS "#");
	*line = word.text + word.length;
	return word;
}

static bool same(struct word word, const char *text)
{
	return word.length == strlen(text) && memcmp(word.text, text, word.length) == 0;
}

/* PORT/PROTOCOL, or 0. */
static uint16_t decode_port(struct word word, const char *protocol)
{
	unsigned long port;
	char *end;

	if (!word.length || word.text[0] < '0' || word.text[0] > '9')
		return 0;
	port = strtoul(word.text, &end, 10);
	if (port > UINT16_MAX || *end++ != '/')
		return 0;
	word.length -= (size_t)(end - word.text);
	word.text = end;
	return same(word, protocol) ? (uint16_t)port : 0;
}

/* NAME PORT/PROTOCOL [ALIAS]... [# COMMENT] */
static uint16_t decode_line(const char *line, const char *name, const char *protocol)
{
	struct word word = next_word(&line);
	uint16_t port = decode_port(next_word(&line), protocol);

	while (word.length && !same(word, name))
		word = next_word(&line);
	return word.length ? port : 0;
}

int socktab_read_service(FILE *file, const char *name, const char *protocol, uint16_t *port)
{
	char *line = NULL;
	size_t size = 0;

	*port = 0;
	while (!*port && getline(&line, &size, file) >= 0)
		*port = decode_line(line, name, protocol);
	free(line);
	return *port ? 0 : -ENOENT;
}

int socktab_find_service(const char *name, const char *protocol, uint16_t *port)
{
	FILE *file = fopen("/etc/services", "re");
	int error;

	if (!file)
		return -ENOENT;
	error = socktab_read_service(file, name, protocol, port);
	fclose(file);
	return error;
}
