// SPDX-License-Identifier: MIT
/* groups.h - sockets counted by what they have in common, and which groups are the largest */
#ifndef GROUPS_H
#define GROUPS_H

#include "selection.h"

/* The words of --group-by, in their order, and what only metrics group by. */
enum groups_by {
	GROUPS_OFF,
	GROUPS_LOCAL_PORT,
	GROUPS_REMOTE_PORT,
	GROUPS_LOCAL_ADDRESS,
	GROUPS_REMOTE_ADDRESS,
	GROUPS_REMOTE, /* address and port */
	GROUPS_USER,
	GROUPS_UNIT,
	GROUPS_COMMAND, /* a socket counts once for each name that its holders have */
	GROUPS_PID,	/* a socket counts once for each process that holds it */
	GROUPS_PEER,	/* remote address, IPv6 by /64; sockets without a peer do not count */
	GROUPS_WORDS
};

/* What the options say: zero it, and make it the target of their rows. */
struct grouping {
	enum groups_by by; /* --group-by */
	unsigned int top;  /* --top; 0: not given */
};

extern const struct plugin_option selection_group_options[]; /* --group-by --top */

/* NULL, or what does not fit together. */
const char *grouping_check(const struct grouping *grouping, const struct selection *selection);

/* Counters of groups: memory grows with their number, for unit, command and pid with the sockets.
 * IPv4-mapped addresses are the IPv4 addresses that they hold. */
struct groups {
	enum groups_by by;
	struct selection_view *view;
	struct socktab_table counts; /* see group_keys.c */
	struct socktab_table inodes; /* of sockets that only their holders can place: how many rows,
					and above these 32 bits the last turn that counted them */
	uint64_t unreadable;	     /* sockets whose holders may not be read */
	/* by unit */
	uint32_t *places; /* of the unit of each cgroup in view->units: in names, + 1 */
	char **names;
	size_t name_count;
};

struct group {
	const void *key; /* points into the groups */
	uint64_t count;
};

/*
 * Begin, count each record, finish, list or ask for the largest, free. All do nothing where `by` is
 * GROUPS_OFF. Return 0 or -errno.
 */
int groups_begin(struct groups *groups, struct selection_view *view, enum groups_by by);
int groups_count(struct groups *groups, const struct socktab_record *record);
void groups_free(struct groups *groups);

/* The largest groups, largest first, those of one size by key; returns how many there are, at most
 * `room`. */
size_t groups_largest(const struct groups *groups, struct group *largest, size_t room);
/* "443/tcp", "10.0.0.7", "nginx.service", escaped; returns buffer. The view must be open. */
const char *groups_format(const struct groups *groups, const struct group *group, char *buffer,
			  size_t size);

/* After all are counted, where only holders can place some. Looks at processes if it must, which
 * may leave the view incomplete: the bounds of the sockets themselves are to be had before. 0 or
 * -errno, which stands in the report as UNKNOWN. */
int groups_finish(struct groups *groups);
/* In groups by GROUPS_PID: so many sockets that a process is known to hold. 0 or -ENOMEM. */
int groups_add_process(struct groups *groups, pid_t pid, uint64_t count);
/* The largest of all, and what could not be told, in the summary. */
void groups_say_largest(const struct groups *groups);
/* A table of the largest, `top` of them (0: ten), as long output from this verbosity on. */
void groups_list(const struct groups *groups, unsigned int verbosity, unsigned int top,
		 const char *what);

#endif
