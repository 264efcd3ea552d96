// SPDX-License-Identifier: MIT
/* collect.c - room for what a look collects: lists and sets */
#include <errno.h>
#include <stdlib.h>

#include "private.h"

void *selection_make_room(void *items, size_t count, size_t size)
{
	/* Full at every power of two. */
	if (count & (count - 1))
		return items;
	return realloc(items, (count ? 2 * count : 1) * size);
}

int selection_add_key(struct socktab_table *set, const void *key)
{
	uint64_t *present = socktab_table_at(set, key);

	if (!present)
		return -ENOMEM;
	*present = 1;
	return 0;
}
