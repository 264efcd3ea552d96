// SPDX-License-Identifier: MIT
/* table.c - an open-addressing table from short byte keys of one size to counters */
#include "table.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_CAPACITY 64

static uint64_t mix(uint64_t hash)
{
	hash ^= hash >> 32;
	hash *= 0xd6e8feb86659fd93u;
	hash ^= hash >> 32;
	hash *= 0xd6e8feb86659fd93u;
	return hash ^ hash >> 32;
}

static uint64_t hash_key(const struct socktab_table *table, const unsigned char *key)
{
	uint64_t hash = table->seed;

	for (size_t at = 0; at < table->key_size; at += sizeof(uint64_t)) {
		size_t left = table->key_size - at;
		uint64_t word = 0;

		memcpy(&word, key + at, left < sizeof(word) ? left : sizeof(word));
		hash = mix(hash ^ word);
	}
	return hash;
}

/* The slot of a key, or the free slot where it belongs. There always is a free one. */
static size_t find_slot(const struct socktab_table *table, const void *key)
{
	size_t slot = hash_key(table, key) & (table->capacity - 1);

	while (table->counters[slot] &&
	       memcmp(table->keys + slot * table->key_size, key, table->key_size) != 0)
		slot = (slot + 1) & (table->capacity - 1);
	return slot;
}

static bool grow(struct socktab_table *table)
{
	struct socktab_table larger = *table;

	larger.capacity = table->capacity ? 2 * table->capacity : FIRST_CAPACITY;
	/* Without entropy the table is still right, only open to chosen keys. */
	if (!table->capacity && getentropy(&larger.seed, sizeof(larger.seed)))
		larger.seed = (uintptr_t)table;
	larger.keys = malloc(larger.capacity * larger.key_size);
	larger.counters = calloc(larger.capacity, sizeof(*larger.counters));
	if (!larger.keys || !larger.counters) {
		free(larger.keys);
		free(larger.counters);
		return false;
	}
	for (size_t old = 0; old < table->capacity; old++) {
		const unsigned char *key = table->keys + old * table->key_size;

		if (!table->counters[old])
			continue;
		size_t slot = find_slot(&larger, key);

		memcpy(larger.keys + slot * larger.key_size, key, larger.key_size);
		larger.counters[slot] = table->counters[old];
	}
	struct socktab_table smaller = *table;

	*table = larger;
	free(smaller.keys);
	free(smaller.counters);
	return true;
}

uint64_t *socktab_table_at(struct socktab_table *table, const void *key)
{
	size_t slot = table->capacity ? find_slot(table, key) : 0;

	if (table->capacity && table->counters[slot])
		return &table->counters[slot];
	if (4 * (table->count + 1) > 3 * table->capacity) {
		if (!grow(table))
			return NULL;
		slot = find_slot(table, key);
	}
	memcpy(table->keys + slot * table->key_size, key, table->key_size);
	table->count++;
	return &table->counters[slot];
}

uint64_t socktab_table_get(const struct socktab_table *table, const void *key)
{
	return table->count ? table->counters[find_slot(table, key)] : 0;
}

bool socktab_table_next(const struct socktab_table *table, size_t *slot, const void **key,
			uint64_t *counter)
{
	while (*slot < table->capacity) {
		size_t at = (*slot)++;

		if (!table->counters[at])
			continue;
		*key = table->keys + at * table->key_size;
		*counter = table->counters[at];
		return true;
	}
	return false;
}

void socktab_table_free(struct socktab_table *table)
{
	free(table->keys);
	free(table->counters);
	*table = (struct socktab_table){ .key_size = table->key_size };
}
