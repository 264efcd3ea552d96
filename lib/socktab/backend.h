// SPDX-License-Identifier: MIT
/* backend.h - what one operating system must provide */
#ifndef SOCKTAB_BACKEND_H
#define SOCKTAB_BACKEND_H

#include "socktab.h"

/*
 * A backend is one folder. It implements the functions below and, of socktab.h, those that ask the
 * system: namespaces, addresses and devices, processes, holders, cgroups. unsupported/ is the
 * template.
 */

struct backend; /* the backend's own part of the handle */

struct socktab {
	enum socktab_source source; /* asked for */
	struct socktab_coverage coverage;
	struct backend *backend;
};

int backend_open(struct backend **backend, const char *procfs);
void backend_close(struct backend *backend);

/* Of these kinds those that one visit through that source answers along with this one, which is
 * among them. Without cost. */
uint32_t backend_together(enum socktab_source source, enum socktab_kind kind, uint32_t kinds);

/*
 * Visit the tables of kinds that go together through one source (never AUTO). May deliver more than
 * the filter wants, never less. -errno before the first record lets the caller try the next source
 * when backend_unsupported(errno) is true; malformed rows and interruptions go into t->coverage.
 */
int backend_visit(struct socktab *t, enum socktab_source source, uint32_t kinds,
		  const struct socktab_filter *filter, socktab_visitor *visit, void *data);

/* The first of some kinds. */
static inline enum socktab_kind backend_first(uint32_t kinds)
{
	unsigned int kind = 0;

	while (kind < SOCKTAB_KINDS - 1 && !(kinds & SOCKTAB_BIT(kind)))
		kind++;
	return kind;
}

/* The source to try first, and the one after `source`; AUTO: no further one. */
enum socktab_source backend_next(const struct socktab *t, enum socktab_source source);

/* Does this -errno mean that the source cannot answer, rather than that something broke? */
bool backend_unsupported(int error);

/* Does the system not have this kind of socket at all? Then its table is complete and empty. */
bool backend_absent(struct socktab *t, enum socktab_kind kind);

#endif
