// SPDX-License-Identifier: MIT
/* sockets.c - visit the sockets that are selected, by their owners too */
#include "private.h"

static int add_inode(const struct socktab_holder *holder, void *data)
{
	return selection_add_key(data, &holder->inode);
}

bool selection_is_unaccepted(const struct socktab_record *record)
{
	return !record->inode &&
	       SOCKTAB_BIT(socktab_kind(record)) & (SOCKTAB_TCP | SOCKTAB_MPTCP) &&
	       (record->state == SOCKTAB_ESTABLISHED || record->state == SOCKTAB_CLOSE_WAIT);
}

/* ---- what nobody is seen to hold ---------------------------------------------------------- */

/* The inodes of visited sockets that are not in another set. */
struct inodes_beside {
	const struct socktab_table *these;
	struct socktab_table others;
};

static int add_other(const struct socktab_record *record, void *data)
{
	struct inodes_beside *beside = data;

	if (!record->inode || socktab_table_get(beside->these, &record->inode))
		return 0;
	return selection_add_key(&beside->others, &record->inode);
}

/*
 * In a nested pid namespace a matching process outside may hold those of `inodes` that nobody here
 * holds, unless they were closed meanwhile.
 */
static int count_unheld(struct selection_view *view, const struct socktab_filter *filter,
			const struct socktab_table *inodes, const struct socktab_table *held)
{
	struct inodes_beside unheld = { held, SOCKTAB_INODES };
	struct socktab_filter these = *filter;
	int result = 0;

	these.inodes = inodes;
	if (held->count < inodes->count)
		result = selection_visit_tables(view, &these, add_other, &unheld);
	view->unheld += unheld.others.count;
	socktab_table_free(&unheld.others);
	return result;
}

/* Of all that are selected but those in filter->inodes. */
static int count_unheld_others(struct selection_view *view, const struct socktab_filter *filter)
{
	struct socktab_table held = SOCKTAB_INODES;
	struct inodes_beside unmatched = { filter->inodes, SOCKTAB_INODES };
	struct socktab_filter these = *filter;
	int result;

	these.inodes = NULL;
	result = selection_visit_tables(view, &these, add_other, &unmatched);
	if (!result && unmatched.others.count)
		result = socktab_holders(view->t, NULL, &unmatched.others, add_inode, &held);
	if (!result)
		result = count_unheld(view, &these, &unmatched.others, &held);
	socktab_table_free(&unmatched.others);
	socktab_table_free(&held);
	return result;
}

/* ---- by unit ------------------------------------------------------------------------------ */

/* A visit of the sockets of the units asked for. */
struct unit_visit {
	struct selection_view *view;
	socktab_visitor *visit;
	void *data;
	struct socktab_table doubtful; /* inodes of sockets whose record tells no unit */
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

static int visit_if_of_unit(const struct socktab_record *record, void *data)
{
	struct unit_visit *of_unit = data;

	switch (selection_judge_unit(of_unit->view, record)) {
	case SELECTION_UNIT:
		return of_unit->visit(record, of_unit->data);
	case SELECTION_OTHER_UNIT:
		return 0;
	case SELECTION_UNIT_UNKNOWN:
		break;
	}
	if (!record->inode && !has_unit(record))
		return 0;
	of_unit->view->no_candidates = false;
	if (!record->inode) {
		of_unit->view->doubtful++;
		return 0;
	}
	return selection_add_key(&of_unit->doubtful, &record->inode);
}

static int add_unless_init(const struct socktab_holder *holder, void *data)
{
	return holder->pid == 1 ? 0 : add_inode(holder, data);
}

/* The service manager holds the sockets of units that have no processes yet. */
static int count_managed(struct unit_visit *of_unit, const struct socktab_table *held)
{
	static const uint32_t init = 1;
	const struct socktab_process_filter manager = { .pids = &init, .pid_count = 1 };
	struct socktab_table managed = SOCKTAB_INODES;
	const void *inode;
	uint64_t present;
	int result = socktab_holders(of_unit->view->t, &manager, &of_unit->doubtful, add_inode,
				     &managed);

	for (size_t slot = 0; socktab_table_next(&managed, &slot, &inode, &present);)
		of_unit->view->doubtful += !socktab_table_get(held, inode);
	socktab_table_free(&managed);
	return result;
}

/*
 * Which of them stay in doubt: with a .socket unit all, else not those that somebody else is seen
 * to hold. That the unit has no process which holds them is not enough, see doubt_unheld() in
 * held.c; with other options it is.
 */
static int count_doubts(struct unit_visit *of_unit, const struct socktab_filter *filter,
			struct socktab_table *held)
{
	struct selection_view *view = of_unit->view;
	bool named = selection_has_process(view->selection);
	bool managed = !named && selection_has_manager(view);
	int result = 0;

	if (selection_names_socket_unit(view)) {
		view->doubtful += of_unit->doubtful.count - held->count;
		return 0;
	}
	if (!named)
		result = socktab_holders(view->t, NULL, &of_unit->doubtful,
					 managed ? add_unless_init : add_inode, held);
	if (!selection_saw_owners(view))
		view->doubtful += of_unit->doubtful.count - held->count;
	else if (!result && !named && socktab_coverage(view->t)->nested)
		result = count_unheld(view, filter, &of_unit->doubtful, held);
	else if (!result && managed)
		result = count_managed(of_unit, held);
	return result;
}

/* What the record could not tell, the holders do: visit those of the doubtful that they hold. */
static int visit_doubtful(struct unit_visit *of_unit, const struct socktab_filter *filter,
			  const struct socktab_process_filter *who)
{
	struct socktab_table held = SOCKTAB_INODES;
	struct socktab_filter these = *filter;
	struct selection_view *view = of_unit->view;
	int result;

	plugin_stage(view->report, "looking for the holders");
	result = socktab_holders(view->t, who, &of_unit->doubtful, add_inode, &held);
	these.inodes = &held;
	if (!result)
		result = selection_visit_tables(view, &these, of_unit->visit, of_unit->data);
	if (!result && held.count < of_unit->doubtful.count)
		result = count_doubts(of_unit, filter, &held);
	socktab_table_free(&held);
	return result;
}

static int visit_unit(struct selection_view *view, const struct socktab_filter *filter,
		      const struct socktab_process_filter *who, socktab_visitor *visit, void *data)
{
	struct unit_visit of_unit = { view, visit, data, SOCKTAB_INODES };
	int result;

	view->no_candidates = true;
	result = selection_visit_tables(view, filter, visit_if_of_unit, &of_unit);
	if (!result && of_unit.doubtful.count)
		result = visit_doubtful(&of_unit, filter, who);
	socktab_table_free(&of_unit.doubtful);
	return result;
}

/* ---- all of them -------------------------------------------------------------------------- */

/* A visit without sockets of which nobody knows whether they are of a user asked for. */
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
		result = count_unheld_others(view, &filter);
	socktab_table_free(&inodes);
	return result;
}
