// SPDX-License-Identifier: MIT
/* test_visit.c - socktab_visit() over a backend that fails as told */
#include <errno.h>
#include <sys/socket.h>

#include "backend.h"
#include "tap.h"

/* The fake backend answers both of TCP in one go through netlink, if both are wanted. */
#define TCP6 SOCKTAB_BIT(SOCKTAB_KIND_TCP6)
#define TCP4 SOCKTAB_BIT(SOCKTAB_KIND_TCP4)
#define UDP4 SOCKTAB_BIT(SOCKTAB_KIND_UDP4)
#define NETLINK SOCKTAB_SOURCE_NETLINK
#define PROCFS SOCKTAB_SOURCE_PROCFS

/* What one kind answers through one source: so many records, then this. */
struct answer {
	unsigned int records;
	int error;
};

struct backend {
	struct answer netlink[SOCKTAB_KINDS], procfs[SOCKTAB_KINDS], both;
	uint32_t absent;
};

static struct backend the_backend;

int backend_open(struct backend **backend, const char *procfs)
{
	if (procfs)
		return -ENOENT;
	the_backend = (struct backend){ .absent = 0 };
	*backend = &the_backend;
	return 0;
}

void backend_close(struct backend *backend)
{
	(void)backend;
}

uint32_t backend_together(enum socktab_source source, enum socktab_kind kind, uint32_t kinds)
{
	bool both = source == NETLINK && (kinds & SOCKTAB_TCP) == SOCKTAB_TCP;

	return both && SOCKTAB_BIT(kind) & SOCKTAB_TCP ? SOCKTAB_TCP : SOCKTAB_BIT(kind);
}

int backend_visit(struct socktab *t, enum socktab_source source, uint32_t kinds,
		  const struct socktab_filter *filter, socktab_visitor *visit, void *data)
{
	enum socktab_kind kind = backend_first(kinds);
	const struct answer *a = kinds == SOCKTAB_TCP ? &t->backend->both
				 : source == NETLINK  ? &t->backend->netlink[kind]
						      : &t->backend->procfs[kind];
	struct socktab_record r = { .protocol = (uint8_t)(kind / 2), .family = AF_INET };

	for (unsigned int i = 0; filter && i < a->records; i++) {
		int stop;

		r.state = i % 2 ? SOCKTAB_LISTEN : SOCKTAB_ESTABLISHED;
		stop = visit(&r, data);
		if (stop)
			return stop;
	}
	return a->error;
}

enum socktab_source backend_next(const struct socktab *t, enum socktab_source source)
{
	if (source == SOCKTAB_SOURCE_AUTO)
		return t->source == SOCKTAB_SOURCE_AUTO ? NETLINK : t->source;
	return t->source == SOCKTAB_SOURCE_AUTO && source == NETLINK ? PROCFS : SOCKTAB_SOURCE_AUTO;
}

bool backend_unsupported(int error)
{
	return error == -EPERM || error == -ENOENT;
}

bool backend_absent(struct socktab *t, enum socktab_kind kind)
{
	return t->backend->absent & SOCKTAB_BIT(kind);
}

struct seen {
	unsigned int records, stop_at;
};

static int count(const struct socktab_record *record, void *data)
{
	struct seen *seen = data;

	(void)record;
	return ++seen->records == seen->stop_at ? 9 : 0;
}

static const struct scene {
	const char *name;
	uint32_t kinds, states, absent;
	struct answer both, netlink_tcp, netlink_tcp6, netlink_udp, procfs_tcp, procfs_tcp6,
		procfs_udp;
	unsigned int stop_at;
	int want;
	unsigned int records;
	enum socktab_source source_tcp, source_tcp6, source_udp;
	uint32_t want_absent, failed;
	int error;
} scenes[] = {
	{ .name = "netlink answers",
	  .kinds = TCP4 | UDP4,
	  .netlink_tcp = { 4, 0 },
	  .netlink_udp = { 2, 0 },
	  .procfs_tcp = { 0, -EIO },
	  .records = 6,
	  .source_tcp = NETLINK,
	  .source_udp = NETLINK },
	{ .name = "the filter is applied again",
	  .kinds = TCP4,
	  .states = SOCKTAB_BIT(SOCKTAB_LISTEN),
	  .netlink_tcp = { 4, 0 },
	  .records = 2,
	  .source_tcp = NETLINK },
	{ .name = "netlink refused: procfs, kind by kind",
	  .kinds = TCP4 | UDP4,
	  .netlink_tcp = { 0, -EPERM },
	  .netlink_udp = { 2, 0 },
	  .procfs_tcp = { 4, 0 },
	  .procfs_udp = { 9, 0 },
	  .records = 6,
	  .source_tcp = PROCFS,
	  .source_udp = NETLINK },
	{ .name = "broken is not refused",
	  .kinds = TCP4,
	  .netlink_tcp = { 0, -EIO },
	  .procfs_tcp = { 4, 0 },
	  .want = -EIO,
	  .failed = TCP4,
	  .error = -EIO },
	{ .name = "refused after a record: what was not reached failed too",
	  .kinds = TCP4 | UDP4,
	  .netlink_tcp = { 1, -EPERM },
	  .netlink_udp = { 2, 0 },
	  .procfs_tcp = { 4, 0 },
	  .want = -EPERM,
	  .records = 1,
	  .source_tcp = NETLINK,
	  .failed = TCP4 | UDP4,
	  .error = -EPERM },
	{ .name = "rows that nobody wanted are no records",
	  .kinds = TCP4,
	  .states = SOCKTAB_BIT(SOCKTAB_LISTEN),
	  .netlink_tcp = { 1, -EPERM },
	  .procfs_tcp = { 4, 0 },
	  .records = 2,
	  .source_tcp = PROCFS },
	{ .name = "one kind fails, the other is seen",
	  .kinds = TCP4 | UDP4,
	  .netlink_tcp = { 0, -EIO },
	  .netlink_udp = { 2, 0 },
	  .want = -EIO,
	  .records = 2,
	  .source_udp = NETLINK,
	  .failed = TCP4,
	  .error = -EIO },
	{ .name = "both refuse: the first reason counts",
	  .kinds = TCP4,
	  .netlink_tcp = { 0, -EPERM },
	  .procfs_tcp = { 0, -ENOENT },
	  .want = -EPERM,
	  .failed = TCP4,
	  .error = -EPERM },
	{ .name = "refused, then broken",
	  .kinds = TCP4,
	  .netlink_tcp = { 0, -EPERM },
	  .procfs_tcp = { 0, -EIO },
	  .want = -EIO,
	  .failed = TCP4,
	  .error = -EIO },
	{ .name = "a kind that does not exist",
	  .kinds = TCP4 | UDP4,
	  .absent = TCP4,
	  .netlink_tcp = { 0, -ENOENT },
	  .netlink_udp = { 2, 0 },
	  .procfs_tcp = { 0, -ENOENT },
	  .records = 2,
	  .source_udp = NETLINK,
	  .want_absent = TCP4 },
	{ .name = "a kind that is broken exists",
	  .kinds = TCP4,
	  .absent = TCP4,
	  .netlink_tcp = { 0, -EIO },
	  .procfs_tcp = { 0, -ENOENT },
	  .want = -EIO,
	  .failed = TCP4,
	  .error = -EIO },
	{ .name = "two kinds in one go",
	  .kinds = TCP4 | TCP6 | UDP4,
	  .both = { 4, 0 },
	  .netlink_tcp = { 0, -EIO },
	  .netlink_tcp6 = { 0, -EIO },
	  .netlink_udp = { 2, 0 },
	  .records = 6,
	  .source_tcp = NETLINK,
	  .source_tcp6 = NETLINK,
	  .source_udp = NETLINK },
	{ .name = "two kinds, refused together: each by itself",
	  .kinds = TCP4 | TCP6,
	  .both = { 0, -EPERM },
	  .netlink_tcp = { 4, 0 },
	  .netlink_tcp6 = { 3, 0 },
	  .procfs_tcp = { 9, 0 },
	  .records = 7,
	  .source_tcp = NETLINK,
	  .source_tcp6 = NETLINK },
	{ .name = "two kinds, refused: procfs, kind by kind",
	  .kinds = TCP4 | TCP6,
	  .both = { 0, -EPERM },
	  .netlink_tcp = { 0, -EPERM },
	  .netlink_tcp6 = { 0, -EPERM },
	  .procfs_tcp = { 4, 0 },
	  .procfs_tcp6 = { 3, 0 },
	  .records = 7,
	  .source_tcp = PROCFS,
	  .source_tcp6 = PROCFS },
	{ .name = "two kinds, broken after a record",
	  .kinds = TCP4 | TCP6,
	  .both = { 1, -EIO },
	  .netlink_tcp = { 4, 0 },
	  .procfs_tcp6 = { 3, 0 },
	  .want = -EIO,
	  .records = 1,
	  .source_tcp = NETLINK,
	  .source_tcp6 = NETLINK,
	  .failed = TCP4 | TCP6,
	  .error = -EIO },
	{ .name = "two kinds, broken before: what is left of them",
	  .kinds = TCP4 | TCP6,
	  .both = { 0, -EIO },
	  .netlink_tcp = { 0, -EIO },
	  .netlink_tcp6 = { 3, 0 },
	  .want = -EIO,
	  .records = 3,
	  .source_tcp6 = NETLINK,
	  .failed = TCP4,
	  .error = -EIO },
	{ .name = "the visitor stops",
	  .kinds = TCP4 | UDP4,
	  .netlink_tcp = { 4, 0 },
	  .netlink_udp = { 2, 0 },
	  .stop_at = 3,
	  .want = 9,
	  .records = 3,
	  .source_tcp = NETLINK },
};

static void test_scene(const struct scene *s)
{
	struct socktab_filter f = { .kinds = s->kinds, .states = s->states };
	struct seen seen = { .stop_at = s->stop_at };
	const struct socktab_coverage *c;
	struct socktab *t;

	if (socktab_open(&t, NULL))
		return;
	t->backend->absent = s->absent;
	t->backend->both = s->both;
	t->backend->netlink[SOCKTAB_KIND_TCP4] = s->netlink_tcp;
	t->backend->netlink[SOCKTAB_KIND_TCP6] = s->netlink_tcp6;
	t->backend->netlink[SOCKTAB_KIND_UDP4] = s->netlink_udp;
	t->backend->procfs[SOCKTAB_KIND_TCP4] = s->procfs_tcp;
	t->backend->procfs[SOCKTAB_KIND_TCP6] = s->procfs_tcp6;
	t->backend->procfs[SOCKTAB_KIND_UDP4] = s->procfs_udp;
	is_int(socktab_visit(t, &f, count, &seen), s->want, "%s", s->name);
	c = socktab_coverage(t);
	is_int(seen.records, s->records, "... records");
	is_int(c->source[SOCKTAB_KIND_TCP4], s->source_tcp, "... source of tcp");
	is_int(c->source[SOCKTAB_KIND_TCP6], s->source_tcp6, "... source of tcp over IPv6");
	is_int(c->source[SOCKTAB_KIND_UDP4], s->source_udp, "... source of udp");
	is_int(c->absent, s->want_absent, "... absent");
	is_int(c->failed, s->failed, "... failed");
	is_int(c->error, s->error, "... error");
	socktab_close(t);
}

static void test_explicit_source(void)
{
	struct socktab_filter f = { .kinds = TCP4 };
	struct seen seen = { .stop_at = 0 };
	struct socktab *t;

	if (socktab_open(&t, NULL))
		return;
	socktab_set_source(t, NETLINK);
	t->backend->both.error = t->backend->netlink[SOCKTAB_KIND_TCP4].error = -EPERM;
	t->backend->procfs[SOCKTAB_KIND_TCP4].records = 3;
	is_int(socktab_visit(t, &f, count, &seen), -EPERM, "netlink alone was asked for");
	is_int(socktab_coverage(t)->error, -EPERM, "... and refused");
	socktab_set_source(t, PROCFS);
	is_int(socktab_visit(t, &f, count, &seen), 0, "procfs alone");
	is_int(seen.records, 3, "... answers");
	is_int(socktab_coverage(t)->failed, TCP4, "what failed before is not forgotten");
	seen.records = 0;
	socktab_set_source(t, SOCKTAB_SOURCE_AUTO);
	t->backend->netlink[SOCKTAB_KIND_UNIX].records = 2;
	is_int(socktab_visit(t, NULL, count, &seen), 0, "no filter: every kind");
	is_int(seen.records, 5, "... every record");
	socktab_close(t);
	socktab_close(NULL);
}

int main(void)
{
	struct socktab *t;

	is_int(socktab_open(&t, "/nonexistent"), -ENOENT, "the backend's errno");
	for (size_t i = 0; i < sizeof(scenes) / sizeof(*scenes); i++)
		test_scene(&scenes[i]);
	test_explicit_source();
	return done();
}
