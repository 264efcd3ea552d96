// SPDX-License-Identifier: MIT
/* socktab.c - open, visit, close; choosing a source and falling back */
#include <errno.h>
#include <stdlib.h>

#include "backend.h"

int socktab_open(struct socktab **t, const char *procfs)
{
	struct socktab *new = calloc(1, sizeof(*new));
	int error;

	if (!new)
		return -ENOMEM;
	error = backend_open(&new->backend, procfs);
	if (error) {
		free(new);
		return error;
	}
	*t = new;
	return 0;
}

void socktab_close(struct socktab *t)
{
	if (!t)
		return;
	backend_close(t->backend);
	free(t);
}

void socktab_set_source(struct socktab *t, enum socktab_source source)
{
	t->source = source;
}

const struct socktab_coverage *socktab_coverage(const struct socktab *t)
{
	return &t->coverage;
}

/* One socktab_visit(): who is shown what passes the filter, and whether anything was. */
struct visit {
	struct socktab *t;
	const struct socktab_filter *filter;
	socktab_visitor *visitor;
	void *data;
	bool delivered; /* of the kind that is visited */
};

static int deliver_matching(const struct socktab_record *record, void *data)
{
	struct visit *visit = data;

	if (!socktab_match(visit->filter, record))
		return 0;
	visit->delivered = true;
	visit->t->coverage.matched++;
	return visit->visitor(record, visit->data);
}

static void note_source(struct socktab_coverage *coverage, uint32_t kinds,
			enum socktab_source source)
{
	for (unsigned int kind = 0; kind < SOCKTAB_KINDS; kind++)
		if (kinds & SOCKTAB_BIT(kind))
			coverage->source[kind] = (uint8_t)source;
}

static int visit_through(struct socktab *t, enum socktab_source source, uint32_t kinds,
			 struct visit *visit)
{
	int result = backend_visit(t, source, kinds, visit->filter, deliver_matching, visit);

	if (result >= 0 || visit->delivered)
		note_source(&t->coverage, kinds, source);
	return result;
}

/*
 * One kind, from the first source that can answer, and those of the wanted kinds that this source
 * tells in one go; what has been told is wanted no more. The error is the first source's.
 */
static int visit_kind(struct socktab *t, enum socktab_kind kind, uint32_t *wanted,
		      struct visit *visit)
{
	struct socktab_coverage *coverage = &t->coverage;
	enum socktab_source source = SOCKTAB_SOURCE_AUTO;
	int error = -ENOSYS;

	visit->delivered = false;
	while ((source = backend_next(t, source)) != SOCKTAB_SOURCE_AUTO) {
		uint32_t kinds = backend_together(source, kind, *wanted);
		int result = visit_through(t, source, kinds, visit);

		if (result < 0 && !visit->delivered && kinds != SOCKTAB_BIT(kind)) {
			kinds = SOCKTAB_BIT(kind);
			result = visit_through(t, source, kinds, visit);
		}
		if (result >= 0) {
			*wanted &= ~kinds;
			return result;
		}
		if (error == -ENOSYS || !backend_unsupported(result))
			error = result;
		if (visit->delivered || !backend_unsupported(result))
			break;
	}
	if (backend_unsupported(error) && !visit->delivered && backend_absent(t, kind)) {
		coverage->absent |= SOCKTAB_BIT(kind);
		return 0;
	}
	coverage->failed |= SOCKTAB_BIT(kind);
	if (!coverage->error)
		coverage->error = error;
	return error;
}

/*
 * A kind that fails before its first record does not keep the others from being seen; its error is
 * returned at the end. Later on the visit ends, and the kinds not reached have failed too.
 */
int socktab_visit(struct socktab *t, const struct socktab_filter *filter, socktab_visitor *visitor,
		  void *data)
{
	static const struct socktab_filter everything;
	struct visit visit = { t, filter ? filter : &everything, visitor, data, false };
	uint32_t kinds = visit.filter->kinds ? visit.filter->kinds & SOCKTAB_ALL : SOCKTAB_ALL;
	int error = 0;

	for (unsigned int kind = 0; kind < SOCKTAB_KINDS; kind++) {
		int result;

		if (!(kinds & SOCKTAB_BIT(kind)))
			continue;
		result = visit_kind(t, kind, &kinds, &visit);
		kinds &= ~SOCKTAB_BIT(kind);
		if (result > 0)
			return result;
		if (result < 0 && visit.delivered) {
			t->coverage.failed |= kinds & ~(SOCKTAB_BIT(kind) - 1);
			return result;
		}
		if (!error)
			error = result;
	}
	return error;
}
