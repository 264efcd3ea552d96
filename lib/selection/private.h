// SPDX-License-Identifier: MIT
/* private.h - what the files of lib/selection share among themselves */
#ifndef SELECTION_PRIVATE_H
#define SELECTION_PRIVATE_H

#include "selection.h"

/* socktab_parse_ports() with what is wrong in words. */
const char *selection_parse_ports(const char *text, size_t length, struct socktab_ports *ports);

void selection_free_units(struct selection_units *units);

/* view->who: the owners asked for, with the processes that the pidfiles name at this moment. False:
 * one cannot be read; the report says so. */
bool selection_read_pidfiles(struct selection_view *view);

/* The facts of -vv about it. */
void selection_report_privilege(const struct selection_view *view);
/* The remedy for processes that are hidden or not readable. */
void selection_say_processes(const struct selection_view *view);
/* The remedy for a socket that nobody holds as far as this pid namespace goes. */
void selection_say_nested(const struct selection_view *view);

/* Room for one more item in an array that doubles; NULL: out of memory, the items are as they
 * were. */
void *selection_make_room(void *items, size_t count, size_t size);

/* Text that grows to the end of its buffer and no further; the buffer is always terminated. */
struct words {
	char *buffer;
	size_t size, length;
};

void words_add(struct words *words, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
