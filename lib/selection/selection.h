// SPDX-License-Identifier: MIT
/* selection.h - the words that choose sockets and processes, shared by every plugin */
#ifndef SELECTION_H
#define SELECTION_H

#include "plugin.h"
#include "socktab.h"

/* Room for one more item in an array that doubles; NULL: out of memory, the items are as they
 * were. */
void *selection_make_room(void *items, size_t count, size_t size);

/* ---- what the options say ---------------------------------------------------------------- */

/* Inbound: something listens on the local port. */
enum selection_direction { SELECTION_BOTH, SELECTION_INBOUND, SELECTION_OUTBOUND };

/*
 * Zero it, hand it as the target of the option groups below to the runner, call
 * selection_resolve() in prepare. Its lists live as long as the process.
 */
struct selection {
	struct socktab_filter filter;	    /* which sockets, as far as the record itself tells */
	struct socktab_process_filter who;  /* which owners */
	uint32_t protocols;		    /* -P: mask of kinds; 0: not given */
	bool ipv4, ipv6;		    /* -4, -6 */
	enum selection_direction direction; /* --direction */
	const char *const *pattern_texts;   /* of who.patterns, as they were typed */
	size_t pattern_text_count;
	const char *const *pidfiles; /* --pidfile */
	size_t pidfile_count;
	const char *procfs;	    /* --procfs; NULL: /proc */
	const char *netns;	    /* --netns; NULL: the namespace of /proc */
	enum socktab_source source; /* --source */
	bool descriptors; /* set by a plugin that asks what processes hold: a unit's sockets are
			     no answer to that */
};

/* Rows for struct plugin_option_group; the target is a struct selection. */
extern const struct plugin_option selection_port_options[];	  /* -p */
extern const struct plugin_option selection_protocol_options[];	  /* -P -4 -6 */
extern const struct plugin_option selection_peer_options[];	  /* --remote-port, -address */
extern const struct plugin_option selection_connection_options[]; /* addresses, states */
extern const struct plugin_option
	selection_owner_options[]; /* -C --exe -u --unit --pid --pidfile */
extern const struct plugin_option selection_argument_options[]; /* -a, by command line */
extern const struct plugin_option selection_view_options[];	/* --procfs --netns --source */
/* The same of a plugin without owner options: no --netns owner. */
extern const struct plugin_option selection_ownerless_view_options[];

/*
 * Bring ports, protocols and families together; default_kinds is what -P stands at where it is not
 * given. NULL, or what does not fit.
 */
const char *selection_resolve(struct selection *selection, uint32_t default_kinds);

/*
 * After selection_resolve(), where sockets are counted: leave out MPTCP where TCP is selected as
 * well, since every MPTCP socket stands in the TCP table too. Not where a port names mptcp alone.
 */
void selection_count_once(struct selection *selection);

/* Has an owner option been given? */
bool selection_has_owner(const struct selection *selection);
/* Has one that only processes tell: command, arguments, executable, pid, pidfile? */
bool selection_has_process(const struct selection *selection);
/* What an owner must be, for "expected nginx": returns buffer. */
const char *selection_format_expected(const struct selection *selection, bool socket, char *buffer,
				      size_t size);

/* ---- one look through them --------------------------------------------------------------- */

/* The cgroups of the host, once somebody wants to know the unit of a socket. */
struct selection_units {
	struct socktab_table ids; /* cgroup id -> position in paths + 1 */
	char **paths;
	size_t count;
	bool read;
	int error; /* -errno where they could not be read; -ENOENT: there is no cgroup2 */
};

struct selection_view {
	const struct selection *selection;
	struct plugin_report *report;
	struct socktab *t;
	struct socktab_process_filter who; /* with what the pidfiles say now */
	uint32_t *file_pids; /* of each pidfile, 0: it does not exist; after them those of who */
	struct selection_units units;
	bool no_candidates;  /* no socket has been seen whose unit would have to be known */
	const char *or_unit; /* what asks whose unit sockets are of, where that may answer what is
				asked: "use --unit, or "; NULL: nothing */
	bool explained; /* why sockets are not certain has been said: any user can bind names that
			   make no sense as rows, and hide no reason by that */
	uint64_t doubtful; /* sockets whose unit could not be told */
	uint64_t userless; /* sockets whose user could not be told */
	uint64_t unheld;   /* sockets that nobody in this nested pid namespace holds */
	pid_t *pids;	   /* with --netns owner: the processes that match */
	size_t pid_count;
	unsigned int namespaces; /* of processes, looked into one after the other */
	int netns_error;	 /* -errno where one of them could not be */
};

/*
 * Open the view that the options ask for. False where it cannot be opened: the report then says
 * so, as UNKNOWN. Close it with selection_close(), which reports what was seen and what was not.
 */
bool selection_open(struct selection_view *view, const struct selection *selection,
		    struct plugin_report *report);
void selection_close(struct selection_view *view);

/*
 * Visit the selected sockets, owners included: with owner options only the sockets of matching
 * owners. Returns what socktab_visit() does.
 */
int selection_visit(struct selection_view *view, socktab_visitor *visit, void *data);

/*
 * What a count of sockets is after this view: PLUGIN_EXACT, or PLUGIN_AT_LEAST with the reason and
 * its remedy in the report. `result` is what the visit returned.
 */
enum plugin_bound selection_bound(const struct selection_view *view, int result);
/* Is it PLUGIN_EXACT? Says nothing. */
bool selection_saw_all(const struct selection_view *view, int result);

/* What was asked for and cannot be read is never OK, not even without thresholds: a problem then,
 * of a plugin whose question is a count. `result` as above. */
void selection_say_uncounted(const struct selection_view *view, int result);

/* Is it an address of the namespace looked at, with --netns owner of one of them? 1, 0, or -errno.
 */
int selection_is_local(struct selection_view *view, uint8_t family, const uint8_t *ip);
/* The same of the name of a network device. */
int selection_has_device(struct selection_view *view, const char *name);

/* As socktab_counter(), with --netns owner the sum over the namespaces. */
int selection_counter(struct selection_view *view, const char *group, const char *name,
		      uint64_t *value);

/* The two halves of selection_bound(): were all tables read, were all processes that matter. */
bool selection_saw_sockets(const struct selection_view *view);
bool selection_saw_owners(const struct selection_view *view);
/* Could the units of --unit be looked up, if any are asked for and a socket hangs on it? */
bool selection_saw_units(const struct selection_view *view);
/* Were all processes that match found, readable or not? */
bool selection_saw_processes(const struct selection_view *view);

/* Why the holder of a socket cannot be told, "its holder is not readable for uid 117"; what would
 * help goes into the report. `result` is what the look for it returned. Returns buffer. */
const char *selection_format_unreadable(const struct selection_view *view, int result, char *buffer,
					size_t size);

/* Report what is not known of a socket, and that netlink knows it; how it may be asked. */
void selection_remedy_procfs(const struct selection_view *view, const char *what);

/* The ports that the kernel chooses from in the namespace looked at. False where that cannot be
 * read: the report says so, as UNKNOWN. */
bool selection_local_ports(struct selection_view *view, struct socktab_local_ports *range);

/* Read the cgroups of the host; done by selection_open() with --unit. */
void selection_read_units(struct selection_view *view);

/* Does the cgroup in which a socket was made belong to the units of --unit? */
enum selection_unit { SELECTION_OTHER_UNIT, SELECTION_UNIT_UNKNOWN, SELECTION_UNIT };
enum selection_unit selection_judge_unit(const struct selection_view *view,
					 const struct socktab_record *record);
/* A connection that waits in an accept queue: these states have no orphans. */
bool selection_is_unaccepted(const struct socktab_record *record);
/*
 * A unit that --unit would take and this socket match: "nginx.service", below user@*.service a
 * path. As it is, not escaped. "": unknown, init's, or more than a word. Returns buffer.
 */
const char *selection_find_unit(struct selection_view *view, const struct socktab_record *record,
				char *buffer, size_t size);
/* A unit and the user@*.service whose it is ("": the system's), escaped: "nginx.service",
 * "web.service of user@1000.service". Returns buffer. */
const char *selection_name_unit(const char *unit, const char *manager, char *buffer, size_t size);
/* The same of the unit in whose cgroup a socket was made; "": unknown. */
const char *selection_format_unit(struct selection_view *view, const struct socktab_record *record,
				  char *buffer, size_t size);
/* Whatever is known of the owner of a socket: its holder (pid 0: not known) as below, else
 * "created by app in session-3.scope", else "nobody"; returns buffer. */
const char *selection_format_owner(struct selection_view *view, const struct socktab_record *record,
				   pid_t pid, char *buffer, size_t size);
/* Why nobody is there: whether the units of --unit have processes, and which pidfiles are missing
 * or stale, if they are; in the summary. */
void selection_say_unit_processes(const struct selection_view *view);
void selection_say_pidfiles(const struct selection_view *view);
/* "no process matches nginx" in the summary, unless one does, none is asked for or not all were
 * seen. */
void selection_say_no_process(const struct selection_view *view);
/* "java[4711] user app in session-3.scope for 6d", escaped; returns buffer. */
const char *selection_format_holder(const struct selection_view *view, pid_t pid, char *buffer,
				    size_t size);
/* A user's name, else the number; returns buffer. */
const char *selection_format_user(uint32_t uid, char *buffer, size_t size);
/* "6d", "3h", "12m", "40s"; returns buffer. */
const char *selection_format_age(int64_t seconds, char *buffer, size_t size);

#endif
