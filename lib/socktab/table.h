// SPDX-License-Identifier: MIT
/* table.h - an open-addressing table from short byte keys of one size to counters */
#ifndef SOCKTAB_TABLE_H
#define SOCKTAB_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SOCKTAB_TABLE_KEY_MAX 40

/* Make it with { .key_size = N }, give its memory back with socktab_table_free(). */
struct socktab_table {
	size_t key_size;   /* 1 to SOCKTAB_TABLE_KEY_MAX bytes */
	bool consecutive;  /* keys are numbers of 4 bytes that were given out one after the other */
	size_t count;	   /* keys in the table */
	size_t capacity;   /* slots, a power of two; 0 before the first key. For each 3/4 entry */
	uint64_t seed;	   /* so that a peer cannot choose keys that collide */
	uint64_t *slots;   /* hash << 32 | number of the entry + 1; 0: free */
	uint64_t *entries; /* one behind the other: the counter, the key, zeros up to 8 bytes */
};

/*
 * The counter of a key, made 0 if the key is new; the caller must leave it above 0. Valid until
 * the next new key; a walk goes on undisturbed by keys that are there already. NULL: out of
 * memory, the table is as it was.
 */
uint64_t *socktab_table_at(struct socktab_table *table, const void *key);

/* The counter of a key, valid until the next new one; NULL: not in the table. */
uint64_t *socktab_table_find(const struct socktab_table *table, const void *key);

/* Its value; 0: not in the table. */
uint64_t socktab_table_get(const struct socktab_table *table, const void *key);

/* Walk in the order in which the keys came: start with *slot = 0; false at the end. */
bool socktab_table_next(const struct socktab_table *table, size_t *slot, const void **key,
			uint64_t *counter);

void socktab_table_free(struct socktab_table *table);

#endif
