// SPDX-License-Identifier: MIT
/* table.c - an open-addressing table from short byte keys of one size to counters */
#include "table.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Slots and entries are apart: a slot takes 8 bytes and tells most keys from each other, and
 * entries lie close and are never moved by growing, which for many means remapped by realloc().
 */
enum {
	FIRST_CAPACITY = 64,
	LINE = 8, /* slots in 64 bytes */
	KEY_WORDS = SOCKTAB_TABLE_KEY_MAX / sizeof(uint64_t),
};

static uint64_t mix(uint64_t hash)
{
	hash ^= hash >> 32;
	hash *= 0xd6e8feb86659fd93u;
	hash ^= hash >> 32;
	hash *= 0xd6e8feb86659fd93u;
	return hash ^ hash >> 32;
}

static size_t word_count(const struct socktab_table *table)
{
	return (table->key_size + sizeof(uint64_t) - 1) / sizeof(uint64_t);
}

/* A key as whole words, so that neither hashing nor comparing has to look at bytes. */
static void take_key(const struct socktab_table *table, const void *key, uint64_t words[KEY_WORDS])
{
	words[word_count(table) - 1] = 0;
	memcpy(words, key, table->key_size);
}

static uint32_t hash_key(const struct socktab_table *table, const uint64_t *words)
{
	uint64_t hash = table->seed;

	/*
	 * Neighbours share a cache line, and lines lie anywhere: ranges of numbers that met in the
	 * slots would make one long run, to be walked along by every key that lost its place.
	 */
	if (table->consecutive) { /* a number in one half of the word, by byte order */
		uint32_t number = (uint32_t)(words[0] | words[0] >> 32);

		return (uint32_t)(mix(hash ^ number / LINE) * LINE + number % LINE);
	}
	for (size_t i = 0; i < word_count(table); i++)
		hash = mix(hash ^ words[i]);
	return (uint32_t)hash;
}

static uint64_t *entry_at(const struct socktab_table *table, size_t number)
{
	return table->entries + number * (1 + word_count(table));
}

static bool same_key(const struct socktab_table *table, const uint64_t *entry,
		     const uint64_t *words)
{
	for (size_t i = 0; i < word_count(table); i++)
		if (entry[1 + i] != words[i])
			return false;
	return true;
}

/* The slot of a key, or the free slot where it belongs. There always is a free one. */
static size_t find_slot(const struct socktab_table *table, uint32_t hash, const uint64_t *words)
{
	size_t at = hash & (table->capacity - 1);

	for (uint64_t slot; (slot = table->slots[at]); at = (at + 1) & (table->capacity - 1))
		if (slot >> 32 == hash &&
		    same_key(table, entry_at(table, (uint32_t)slot - 1), words))
			break;
	return at;
}

static void move_slots(const struct socktab_table *table, uint64_t *slots, size_t capacity)
{
	for (size_t old = 0; old < table->capacity; old++) {
		size_t at = (table->slots[old] >> 32) & (capacity - 1);

		if (!table->slots[old])
			continue;
		while (slots[at])
			at = (at + 1) & (capacity - 1);
		slots[at] = table->slots[old];
	}
}

/* Half of the slots are taken at most: so many entries there is room for. */
static bool is_full(const struct socktab_table *table)
{
	return table->count >= table->capacity / 2;
}

static bool grow(struct socktab_table *table)
{
	size_t capacity = table->capacity ? 2 * table->capacity : FIRST_CAPACITY;
	size_t entry_size = (1 + word_count(table)) * sizeof(uint64_t);
	uint64_t *entries, *slots;

	if (capacity > UINT32_MAX) /* what a slot can number */
		return false;
	entries = reallocarray(table->entries, capacity / 2, entry_size);
	if (!entries)
		return false;
	table->entries = entries;
	slots = calloc(capacity, sizeof(*slots));
	if (!slots)
		return false;
	/* Without entropy the table is still right, only open to chosen keys. */
	if (!table->capacity && getentropy(&table->seed, sizeof(table->seed)))
		table->seed = (uintptr_t)table;
	move_slots(table, slots, capacity);
	free(table->slots);
	table->slots = slots;
	table->capacity = capacity;
	return true;
}

uint64_t *socktab_table_at(struct socktab_table *table, const void *key)
{
	uint64_t words[KEY_WORDS], *entry;
	uint32_t hash;
	size_t at;

	if (!table->capacity && !grow(table))
		return NULL;
	take_key(table, key, words);
	hash = hash_key(table, words);
	at = find_slot(table, hash, words);
	if (table->slots[at])
		return entry_at(table, (uint32_t)table->slots[at] - 1);
	if (is_full(table)) {
		if (!grow(table))
			return NULL;
		at = find_slot(table, hash, words);
	}
	entry = entry_at(table, table->count);
	entry[0] = 0;
	memcpy(entry + 1, words, word_count(table) * sizeof(*words));
	table->slots[at] = (uint64_t)hash << 32 | ++table->count;
	return entry;
}

uint64_t *socktab_table_find(const struct socktab_table *table, const void *key)
{
	uint64_t words[KEY_WORDS], slot;

	if (!table->count)
		return NULL;
	take_key(table, key, words);
	slot = table->slots[find_slot(table, hash_key(table, words), words)];
	return slot ? entry_at(table, (uint32_t)slot - 1) : NULL;
}

uint64_t socktab_table_get(const struct socktab_table *table, const void *key)
{
	const uint64_t *counter = socktab_table_find(table, key);

	return counter ? *counter : 0;
}

bool socktab_table_next(const struct socktab_table *table, size_t *slot, const void **key,
			uint64_t *counter)
{
	const uint64_t *entry;

	if (*slot >= table->count)
		return false;
	entry = entry_at(table, (*slot)++);
	*counter = entry[0];
	*key = entry + 1;
	return true;
}

void socktab_table_free(struct socktab_table *table)
{
	free(table->slots);
	free(table->entries);
	*table = (struct socktab_table){ .key_size = table->key_size,
					 .consecutive = table->consecutive };
}
