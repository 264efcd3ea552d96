// SPDX-License-Identifier: MIT
/* test_table - the container: what is put in is found again, whatever the size */
#include "table.h"

#include <unistd.h>

#include "tap.h"

/* The lowest bytes of a number at the end of a key. */
static void write_key(unsigned char *key, size_t key_size, uint32_t number)
{
	for (size_t i = key_size; i > 0 && i + 4 > key_size; i--, number >>= 8)
		key[i - 1] = (unsigned char)number;
}

/* No two of a line's neighbours share a slot, in either byte order. */
static void spreads_neighbours(void)
{
	struct socktab_table table = { .key_size = 4, .consecutive = true };
	static bool taken[8];
	unsigned int shared = 0;

	for (uint32_t key = 1000; key < 1008; key++)
		*socktab_table_at(&table, &key) = 1;
	for (size_t i = 0; i < table.capacity; i++) {
		bool *place = &taken[(table.slots[i] >> 32) % (sizeof(taken) / sizeof(*taken))];

		if (!table.slots[i])
			continue;
		shared += *place;
		*place = true;
	}
	is_int(shared, 0, "consecutive numbers have slots of their own");
	socktab_table_free(&table);
}

static void counts_keys(size_t key_size, bool consecutive)
{
	struct socktab_table table = { .key_size = key_size, .consecutive = consecutive };
	unsigned char key[SOCKTAB_TABLE_KEY_MAX] = { 0 };
	unsigned int lost = 0, found = 0;

	for (uint32_t i = 0; i < 10000; i++) {
		write_key(key, key_size, i);
		uint64_t *counter = socktab_table_at(&table, key);

		*counter += i % 256 + 1;
	}
	is_int(table.count, key_size == 1 ? 256 : 10000, "keys of %zu bytes: each once", key_size);
	for (uint32_t i = 0; i < 10000; i++) {
		write_key(key, key_size, i);
		lost += socktab_table_get(&table, key) == 0;
	}
	is_int(lost, 0, "keys of %zu bytes: all found", key_size);

	const void *at;
	uint64_t counter, sum = 0;

	for (size_t slot = 0; socktab_table_next(&table, &slot, &at, &counter); found++)
		sum += counter;
	is_int(found, table.count, "keys of %zu bytes: the walk meets each", key_size);
	is_int(socktab_table_next(&table, &(size_t){ 10000 }, &at, &counter), false,
	       "keys of %zu bytes: beyond the last there is none", key_size);
	is_int(sum, 39 * 256 * 257 / 2 + 16 * 17 / 2, "keys of %zu bytes: the counters add up",
	       key_size);
	socktab_table_free(&table);
}

/*
 * Ranges of numbers that meet in the slots, which are 2^20 here: if every key had to go past the
 * range that is there already, that would be 10^11 steps, minutes instead of a tenth of a second.
 */
static void takes_ranges(void)
{
	struct socktab_table table = { .key_size = 4, .consecutive = true };
	const uint32_t first[] = { 0, 1U << 20 };
	unsigned int lost = 0;

	alarm(60);
	for (size_t range = 0; range < 2; range++)
		for (uint32_t i = 0; i < 350000; i++) {
			uint32_t key = first[range] + i;

			*socktab_table_at(&table, &key) = 1;
		}
	for (uint32_t key = 1U << 21; key < (1U << 21) + 350000; key++)
		lost += socktab_table_get(&table, &key) == 0;
	is_int(table.count, 700000, "two ranges that meet: each key once");
	is_int(lost, 350000, "and none of a third");
	alarm(0);
	socktab_table_free(&table);
}

int main(void)
{
	struct socktab_table table = { .key_size = 4 };
	uint32_t key = 7, other = 8;
	const void *at;
	uint64_t counter;
	size_t slot = 0;

	is_int(socktab_table_get(&table, &key), 0, "nothing is in an empty table");
	ok(!socktab_table_next(&table, &slot, &at, &counter), "a walk of it ends at once");
	*socktab_table_at(&table, &key) = 3;
	is_int(socktab_table_get(&table, &key), 3, "a counter is found again");
	is_int(socktab_table_get(&table, &other), 0, "another key is not");
	*socktab_table_at(&table, &key) += 1;
	is_int(socktab_table_get(&table, &key), 4, "a counter counts");
	is_int(table.count, 1, "the key is there once");

	/* Keys that are there already never move the others. */
	for (key = 0; key < 48; key++)
		*socktab_table_at(&table, &key) = 1;
	size_t capacity = table.capacity;

	for (key = 0; key < 48; key++)
		socktab_table_at(&table, &key);
	is_int(table.capacity, capacity, "looking up a known key does not grow the table");
	slot = 0;
	for (key = 0; socktab_table_next(&table, &slot, &at, &counter); key++) {
		const uint32_t expected = key == 0 ? 7 : key - (key < 8);

		if (memcmp(at, &expected, sizeof(expected)) != 0)
			break;
	}
	is_int(key, 48, "a walk meets the keys in the order in which they came");
	socktab_table_free(&table);
	is_int(table.count, 0, "freed, it is empty");
	is_int(table.key_size, 4, "and may be used again");

	const size_t sizes[] = { 1, 2, 4, 5, 8, 16, 18, SOCKTAB_TABLE_KEY_MAX };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		counts_keys(sizes[i], false);
	counts_keys(4, true);
	spreads_neighbours();
	takes_ranges();
	return done();
}
