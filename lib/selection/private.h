// SPDX-License-Identifier: MIT
/* private.h - what the files of lib/selection share among themselves */
#ifndef SELECTION_PRIVATE_H
#define SELECTION_PRIVATE_H

#include "selection.h"

/* With --unit: which cgroups there are, and which belong to the units. */
void selection_read_units(struct selection_view *view);

/* Is it the cgroup of init? Where systemd could not make a socket in its unit's cgroup it made it
 * in its own, so that says nothing about the unit. */
bool selection_is_init(const char *path);

/* view->who: the owners asked for, with the processes that the pidfiles name at this moment. False:
 * one cannot be read; the report says so. */
bool selection_read_pidfiles(struct selection_view *view);

/* Room for one more item in an array that doubles; NULL: out of memory, the items are as they
 * were. */
void *selection_make_room(void *items, size_t count, size_t size);

#endif
