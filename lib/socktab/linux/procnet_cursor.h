// SPDX-License-Identifier: MIT
/* procnet_cursor.h - what the decoders of /proc/net share: a cursor over one line */
#ifndef SOCKTAB_LINUX_PROCNET_CURSOR_H
#define SOCKTAB_LINUX_PROCNET_CURSOR_H

#include "linux.h"

/* Once bad it stays bad, so that only its end is asked. */
struct cursor {
	const char *at, *end;
	bool bad;
};

void cursor_skip_spaces(struct cursor *c);
/* Blanks, then a decimal number of 32 bits and a blank or the line's end. */
uint32_t cursor_column(struct cursor *c);
/* Blanks, then anything up to the next blank or tab; its length. */
size_t cursor_word(struct cursor *c, const char **word);
void cursor_skip_words(struct cursor *c, int count);

#endif
