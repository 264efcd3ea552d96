// SPDX-License-Identifier: MIT
/* sockets.c - from the options to the sockets they choose */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "private.h"

static uint32_t give_kinds(struct socktab_ports *ports, size_t count, uint32_t kinds)
{
	uint32_t all = 0;

	for (size_t i = 0; i < count; i++) {
		if (!ports[i].kinds)
			ports[i].kinds = kinds;
		all |= ports[i].kinds;
	}
	return count ? all : SOCKTAB_ALL;
}

const char *selection_resolve(struct selection *selection, uint32_t default_kinds)
{
	struct socktab_filter *filter = &selection->filter;
	uint32_t kinds = selection->protocols ? selection->protocols : default_kinds;
	bool has_ports = filter->local_port_count || filter->remote_port_count;

	if (has_ports && !(kinds & ~SOCKTAB_UNIX))
		return "a unix socket has no port: name a protocol with --protocol";
	if (has_ports)
		kinds = give_kinds((struct socktab_ports *)filter->local_ports,
				   filter->local_port_count, kinds & ~SOCKTAB_UNIX) &
			give_kinds((struct socktab_ports *)filter->remote_ports,
				   filter->remote_port_count, kinds & ~SOCKTAB_UNIX);
	if (!kinds)
		return "--port and --remote-port name different protocols";
	if (selection_of_owners(selection) && !selection_has_owner(selection))
		return "--netns owner needs an option that selects processes";
	if (filter->name_count)
		kinds = filter->local_port_count ? kinds | SOCKTAB_UNIX : SOCKTAB_UNIX;
	if (selection->direction)
		kinds &= ~(SOCKTAB_UNIX | SOCKTAB_RAW);
	if (!kinds)
		return "--direction is told by ports: name a protocol that has them";
	/* IPv4 over IPv6 sockets is another matter: those of both. */
	if (selection->ipv6 && !selection->ipv4 && !(kinds & (SOCKTAB_INET6 | SOCKTAB_UNIX)))
		return "IPv4 sockets carry no IPv6: leave out --ipv6, or name tcp6 or udp6";
	filter->kinds = kinds;
	filter->traffic = (selection->ipv4 ? SOCKTAB_TRAFFIC4 : 0) |
			  (selection->ipv6 ? SOCKTAB_TRAFFIC6 : 0);
	return NULL;
}

/* What a plugin may do for its own reasons it must not do to a path of its caller. */
static bool names_path(const struct selection *selection)
{
	return selection->procfs || (selection->netns && strchr(selection->netns, '/'));
}

/* Ports of mptcp and not of tcp, among those that both tables would show. */
static bool names_mptcp_alone(const struct socktab_ports *ports, size_t count, uint32_t both)
{
	for (size_t i = 0; i < count; i++)
		if (ports[i].kinds & both && !(ports[i].kinds & SOCKTAB_TCP))
			return true;
	return false;
}

void selection_count_once(struct selection *selection)
{
	struct socktab_filter *filter = &selection->filter;
	uint32_t both = (filter->kinds & SOCKTAB_TCP) << (SOCKTAB_KIND_MPTCP4 - SOCKTAB_KIND_TCP4) &
			filter->kinds;

	if (!names_mptcp_alone(filter->local_ports, filter->local_port_count, both) &&
	    !names_mptcp_alone(filter->remote_ports, filter->remote_port_count, both))
		filter->kinds &= ~both;
}

bool selection_open(struct selection_view *view, const struct selection *selection,
		    struct plugin_report *report)
{
	const char *procfs = selection->procfs ? selection->procfs : "/proc";
	char directory[256];
	int error;

	*view = (struct selection_view){ .selection = selection, .report = report };
	if (!selection_read_pidfiles(view))
		return false;
	error = names_path(selection) ? socktab_drop_privilege() : 0;
	if (!error)
		error = socktab_open(&view->t, selection->procfs);
	if (!error) {
		socktab_set_source(view->t, selection->source);
		if (!selection_enter(view)) {
			selection_forget(view);
			return false;
		}
		if (selection->who.unit_count && !selection->descriptors)
			selection_read_units(view);
		return true;
	}
	plugin_escape(procfs, strlen(procfs), directory, sizeof(directory));
	if (error == -ENOSYS)
		plugin_problem(report, PLUGIN_UNKNOWN,
			       "this build knows no way to list the sockets of this system");
	else
		plugin_problem(report, PLUGIN_UNKNOWN, "cannot look at %s: %s", directory,
			       error == -EINVAL ? "it is no /proc" : strerror(-error));
	selection_forget(view);
	return false;
}

void *selection_make_room(void *items, size_t count, size_t size)
{
	/* Full at every power of two. */
	if (count & (count - 1))
		return items;
	return realloc(items, (count ? 2 * count : 1) * size);
}

static int add_inode(const struct socktab_holder *holder, void *data)
{
	uint64_t *count = socktab_table_at(data, &holder->inode);

	if (!count)
		return -ENOMEM;
	*count = 1;
	return 0;
}

bool selection_is_unaccepted(const struct socktab_record *record)
{
	return !record->inode &&
	       SOCKTAB_BIT(socktab_kind(record)) & (SOCKTAB_TCP | SOCKTAB_MPTCP) &&
	       (record->state == SOCKTAB_ESTABLISHED || record->state == SOCKTAB_CLOSE_WAIT);
}

/* Between the tables and the plugin: is it a socket of the unit? */
struct sieve {
	struct selection_view *view;
	socktab_visitor *visit;
	void *data;
	struct socktab_table doubtful; /* inodes */
};

/*
 * Is it somebody's, whether that can be told or not? Connections not yet accepted and orphans that
 * still send have no inode but a cgroup, which not every source tells.
 */
static bool has_unit(const struct socktab_record *record)
{
	const uint32_t ownerless = SOCKTAB_BIT(SOCKTAB_TIME_WAIT) | SOCKTAB_BIT(SOCKTAB_SYN_RECV) |
				   SOCKTAB_BIT(SOCKTAB_FIN_WAIT2);

	return record->known & SOCKTAB_KNOWN_CGROUP || !(SOCKTAB_BIT(record->state) & ownerless);
}

static int sift_unit(const struct socktab_record *record, void *data)
{
	struct sieve *sieve = data;
	uint64_t *doubt;

	switch (selection_judge_unit(sieve->view, record)) {
	case SELECTION_UNIT:
		return sieve->visit(record, sieve->data);
	case SELECTION_OTHER_UNIT:
		return 0;
	case SELECTION_UNIT_UNKNOWN:
		break;
	}
	if (!record->inode && !has_unit(record))
		return 0;
	sieve->view->no_candidates = false;
	if (!record->inode) {
		sieve->view->doubtful++;
		return 0;
	}
	doubt = socktab_table_at(&sieve->doubtful, &record->inode);
	if (!doubt)
		return -ENOMEM;
	*doubt = 1;
	return 0;
}

/*
 * Which of them stay in doubt: not those that somebody else is seen to hold. That the unit has no
 * process which holds them is not enough, see doubt_unheld() in held.c; with other options it is.
 */
static int count_doubts(struct sieve *sieve, struct socktab_table *held)
{
	struct selection_view *view = sieve->view;
	int result = 0;

	if (!selection_has_process(view->selection))
		result = socktab_holders(view->t, NULL, &sieve->doubtful, add_inode, held);
	if (!selection_saw_owners(view))
		view->doubtful += sieve->doubtful.count - held->count;
	return result;
}

/* What the record could not tell, the holders do: visit those of the doubtful that they hold. */
static int visit_doubtful(struct sieve *sieve, const struct socktab_filter *filter,
			  const struct socktab_process_filter *who)
{
	struct socktab_table held = SOCKTAB_INODES;
	struct socktab_filter these = *filter;
	struct selection_view *view = sieve->view;
	int result;

	plugin_stage(view->report, "looking for the holders");
	result = socktab_holders(view->t, who, &sieve->doubtful, add_inode, &held);
	these.inodes = &held;
	if (!result)
		result = selection_visit_tables(view, &these, sieve->visit, sieve->data);
	if (!result && held.count < sieve->doubtful.count)
		result = count_doubts(sieve, &held);
	socktab_table_free(&held);
	return result;
}

static int visit_unit(struct selection_view *view, const struct socktab_filter *filter,
		      const struct socktab_process_filter *who, socktab_visitor *visit, void *data)
{
	struct sieve sieve = { view, visit, data, SOCKTAB_INODES };
	int result;

	view->no_candidates = true;
	result = selection_visit_tables(view, filter, sift_unit, &sieve);
	if (!result && sieve.doubtful.count)
		result = visit_doubtful(&sieve, filter, who);
	socktab_table_free(&sieve.doubtful);
	return result;
}

struct note {
	const struct socktab_table *except;
	struct socktab_table inodes;
};

static int note_inode(const struct socktab_record *record, void *data)
{
	struct note *note = data;
	uint64_t *count;

	if (!record->inode || (note->except && socktab_table_get(note->except, &record->inode)))
		return 0;
	count = socktab_table_at(&note->inodes, &record->inode);
	if (!count)
		return -ENOMEM;
	*count = 1;
	return 0;
}

/*
 * In a nested pid namespace a matching process outside may hold what nobody here holds, unless it
 * was closed meanwhile.
 */
static int count_unheld(struct selection_view *view, const struct socktab_filter *filter)
{
	struct note others = { filter->inodes, SOCKTAB_INODES };
	struct note held = { NULL, SOCKTAB_INODES }, left = { &held.inodes, SOCKTAB_INODES };
	struct socktab_filter these = *filter;
	int result;

	these.inodes = NULL;
	result = selection_visit_tables(view, &these, note_inode, &others);
	if (!result && others.inodes.count)
		result = socktab_holders(view->t, NULL, &others.inodes, add_inode, &held.inodes);
	these.inodes = &others.inodes;
	if (!result && held.inodes.count < others.inodes.count)
		result = selection_visit_tables(view, &these, note_inode, &left);
	view->unheld += left.inodes.count;
	socktab_table_free(&others.inodes);
	socktab_table_free(&held.inodes);
	socktab_table_free(&left.inodes);
	return result;
}

/* Before the plugin: a socket whose user is not known is neither among them nor not. */
struct known_users {
	struct selection_view *view;
	socktab_visitor *visit;
	void *data;
};

static int visit_known(const struct socktab_record *record, void *data)
{
	const struct known_users *known = data;

	if (!selection_doubts_user(known->view, record))
		return known->visit(record, known->data);
	known->view->userless++;
	return 0;
}

int selection_visit(struct selection_view *view, socktab_visitor *visit, void *data)
{
	struct known_users known = { view, visit, data };
	struct socktab_filter filter = view->selection->filter;
	struct socktab_process_filter who = view->who;
	struct socktab_table inodes = SOCKTAB_INODES;
	int result = 0;

	/* The record itself tells who created the socket: no process need be asked. */
	filter.uids = who.uids;
	filter.uid_count = who.uid_count;
	who.uid_count = 0;
	if (selection_has_process(view->selection)) {
		struct socktab_process_filter named = who;

		named.unit_count = 0;
		plugin_stage(view->report, "reading which sockets the processes hold");
		result = socktab_holders(view->t, &named, NULL, add_inode, &inodes);
		filter.inodes = &inodes;
	}
	plugin_stage(view->report, "reading the socket tables");
	if (!result && who.unit_count)
		result = visit_unit(view, &filter, &who, visit_known, &known);
	else if (!result)
		result = selection_visit_tables(view, &filter, visit_known, &known);
	if (!result && filter.inodes && socktab_coverage(view->t)->nested &&
	    selection_saw_owners(view))
		result = count_unheld(view, &filter);
	socktab_table_free(&inodes);
	return result;
}
