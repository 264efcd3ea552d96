// SPDX-License-Identifier: MIT
/* filters - does a dump that the kernel filters tell what is picked out of a whole one */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/random_filter.h"
#include "socktab.h"

enum { ROWS = 4096 };

struct table {
	size_t count;
	struct socktab_record rows[ROWS];
};

static int keep(const struct socktab_record *record, void *data)
{
	struct table *table = data;

	if (table->count == ROWS)
		return -EFBIG;
	table->rows[table->count++] = *record;
	return 0;
}

static int by_cookie(const void *a, const void *b)
{
	const struct socktab_record *one = a, *other = b;

	return (one->cookie > other->cookie) - (one->cookie < other->cookie);
}

static void dump(struct socktab *t, const struct socktab_filter *filter, struct table *table)
{
	int error;

	table->count = 0;
	error = socktab_visit(t, filter, keep, table);
	if (error || socktab_coverage(t)->failed) {
		fprintf(stderr, "filters: %s\n", strerror(-error));
		exit(EXIT_FAILURE);
	}
	qsort(table->rows, table->count, sizeof(*table->rows), by_cookie);
}

static bool is_same(const struct table *a, const struct table *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (a->rows[i].cookie != b->rows[i].cookie || a->rows[i].state != b->rows[i].state)
			return false;
	return true;
}

static void pick(const struct table *all, const struct socktab_filter *filter, struct table *wanted)
{
	wanted->count = 0;
	for (size_t i = 0; i < all->count; i++)
		if (socktab_match(filter, &all->rows[i]))
			wanted->rows[wanted->count++] = all->rows[i];
}

struct totals {
	uint64_t all, received, wanted, requests;
};

static struct table before, after, wanted, got;

/* The dumps before and after show whether the sockets stood still meanwhile. */
static bool try_filter(struct socktab *t, const struct socktab_filter *filter,
		       struct totals *totals)
{
	const struct socktab_filter everything = { .kinds = filter->kinds };
	const struct socktab_coverage *coverage = socktab_coverage(t);
	uint64_t rows, requests;

	for (;; before = after) {
		rows = coverage->rows;
		requests = coverage->requests;
		dump(t, filter, &got);
		rows = coverage->rows - rows;
		requests = coverage->requests - requests;
		dump(t, &everything, &after);
		if (is_same(&before, &after))
			break;
	}
	pick(&before, filter, &wanted);
	totals->all += before.count;
	totals->received += rows;
	totals->wanted += wanted.count;
	totals->requests += requests;
	return is_same(&got, &wanted);
}

int main(int argc, char **argv)
{
	int count = argc == 3 ? (int)strtol(argv[2], NULL, 10) : 0, error;
	struct dice dice = { 20 };
	struct totals totals = { 0 };
	struct socktab *t;
	uint32_t kinds;

	if (count <= 0 || socktab_parse_kinds(argv[1], strlen(argv[1]), &kinds)) {
		fputs("usage: filters PROTOCOL COUNT\n", stderr);
		return EXIT_FAILURE;
	}
	error = socktab_open(&t, NULL);
	if (error)
		return EXIT_FAILURE;
	socktab_set_source(t, SOCKTAB_SOURCE_NETLINK);
	for (int i = 1; i <= count; i++) {
		struct random_filter f;

		roll_filter(&dice, &f);
		f.filter.kinds = kinds;
		if (!try_filter(t, &f.filter, &totals)) {
			fprintf(stderr, "filters: number %d tells others\n", i);
			return EXIT_FAILURE;
		}
	}
	socktab_close(t);
	printf("all=%" PRIu64 " received=%" PRIu64 " wanted=%" PRIu64 " requests=%" PRIu64 "\n",
	       totals.all, totals.received, totals.wanted, totals.requests);
	return EXIT_SUCCESS;
}
