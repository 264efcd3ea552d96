// SPDX-License-Identifier: MIT
/* selection.h - the words that choose sockets and processes, shared by every plugin */
#ifndef SELECTION_H
#define SELECTION_H

#include "plugin.h"
#include "socktab.h"

/*
 * What the options say. Zero it, hand it as the target of the option groups below to the runner,
 * call selection_resolve() in prepare. Its lists live as long as the process.
 */
struct selection {
	struct socktab_filter filter;	   /* which sockets, as far as the record itself tells */
	struct socktab_process_filter who; /* which owners */
	uint32_t protocols;		   /* -P: mask of kinds; 0: not given */
	bool ipv4, ipv6;		   /* -4, -6 */
	const char *procfs;		   /* --procfs; NULL: /proc */
	enum socktab_source source;	   /* --source */
};

/* Rows for struct plugin_option_group; the target is a struct selection. */
extern const struct plugin_option selection_port_options[];	  /* -p -P -4 -6 */
extern const struct plugin_option selection_connection_options[]; /* peers, addresses, states */
extern const struct plugin_option selection_owner_options[];	  /* -C -u --pid ... */
extern const struct plugin_option selection_view_options[];	  /* --procfs --source */

/*
 * Bring ports, protocols and families together; default_kinds is what -P stands at where it is not
 * given. NULL, or what does not fit.
 */
const char *selection_resolve(struct selection *selection, uint32_t default_kinds);

/* Has an owner option been given? */
bool selection_has_owner(const struct selection *selection);
/* What an owner must be, for "expected nginx": returns buffer. */
const char *selection_format_expected(const struct selection *selection, char *buffer,
				      size_t size);

/*
 * Open the view that the options ask for. NULL where it cannot be opened: the report then says so,
 * as UNKNOWN. Close it with selection_close(), which reports what was seen and what was not.
 */
struct socktab *selection_open(const struct selection *selection, struct plugin_report *report);
void selection_close(struct socktab *t, struct plugin_report *report);

/*
 * Visit the selected sockets, owners included: with owner options only the sockets of matching
 * owners. What could not be seen is in the coverage; selection_bound() says what that makes of a
 * count. Returns what socktab_visit() does.
 */
int selection_visit(const struct selection *selection, struct socktab *t,
		    struct plugin_report *report, socktab_visitor *visit, void *data);

/*
 * What a count of sockets is after this view: PLUGIN_EXACT, or PLUGIN_AT_LEAST with the reason and
 * its remedy in the report. `result` is what the visit returned.
 */
enum plugin_bound selection_bound(const struct socktab *t, int result,
				  struct plugin_report *report);

/* The two halves of that: were all tables read, were all processes that matter. */
bool selection_saw_sockets(const struct socktab *t);
bool selection_saw_owners(const struct socktab *t);

/* "java[4711] user app in session-3.scope for 6d", escaped; returns buffer. */
const char *selection_format_holder(struct socktab *t, pid_t pid, char *buffer, size_t size);
/* "6d", "3h", "12m", "40s"; returns buffer. */
const char *selection_format_age(int64_t seconds, char *buffer, size_t size);

#endif
