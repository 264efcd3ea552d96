// SPDX-License-Identifier: MIT
/* held.c - are these sockets held by whom the owner options name, and if not, by whom */
#include "held_private.h"
#include "private.h"

/* What the record itself tells: who created the socket, and in which unit. */
static enum held judge_record(const struct selection_view *view,
			      const struct socktab_record *record)
{
	const struct selection *selection = view->selection;
	const struct socktab_filter by_user = {
		.uids = selection->who.uids,
		.uid_count = selection->who.uid_count,
	};

	/* A user that is not known passes, for doubt_users(). */
	if (!socktab_match(&by_user, record))
		return HELD_NO;
	if (selection->who.unit_count) {
		enum selection_unit unit = selection_judge_unit(view, record);

		if (unit != SELECTION_UNIT)
			return unit == SELECTION_OTHER_UNIT ? HELD_NO : HELD_UNKNOWN;
	}
	return selection_has_process(selection) ? HELD_UNKNOWN : HELD_YES;
}

/* ---- by matching processes --------------------------------------------------------------- */

/* For sockets the user is who created them; the record has told that already. */
static struct socktab_process_filter without_user(const struct selection_view *view)
{
	struct socktab_process_filter who = view->who;

	who.uid_count = 0;
	return who;
}

/* One made in the unit may be held outside it: one of x.socket by a process of x.service. */
static bool is_made_in_unit(const struct selection_view *view, const struct held_socket *socket)
{
	return selection_judge_unit(view, &socket->record) == SELECTION_UNIT;
}

/* What is known may settle it; but there may be a second holder. */
static void ask_known(const struct selection_view *view, const struct held_known *known,
		      struct held_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct held_socket *socket = &list->sockets[i];
		uint32_t pid = (uint32_t)socktab_table_get(&known->pids, &socket->record.inode);
		struct socktab_process_filter this = without_user(view);
		size_t matches;

		if (!pid || socket->held != HELD_UNKNOWN ||
		    socktab_table_get(&known->unmatched, &socket->record.inode))
			continue;
		this.pids = &pid;
		this.pid_count = 1;
		if (is_made_in_unit(view, socket))
			this.unit_count = 0;
		if (selection_count_processes(view, &this, &matches) || !matches)
			continue;
		socket->held = HELD_YES;
		socket->pid = (pid_t)pid;
	}
}

static int ask_outside_unit(const struct selection_view *view, struct held_search search,
			    struct held_list *list)
{
	struct socktab_process_filter anywhere = *search.who;
	int error;

	anywhere.unit_count = 0;
	search.who = &anywhere;
	error = held_search(view, &search, list);
	for (size_t i = 0; i < list->count; i++) {
		struct held_socket *socket = &list->sockets[i];

		if (socket->held != HELD_UNKNOWN)
			continue;
		if (!is_made_in_unit(view, socket))
			socket->pid = 0;
		else if (socket->pid)
			socket->held = HELD_YES;
	}
	return error;
}

/* Let the matching processes decide what the records could not. */
static int ask_processes(const struct selection_view *view, const struct held_known *known,
			 struct held_list *list)
{
	const struct socktab_process_filter who = without_user(view);
	struct held_search search = { .who = &who, .held = HELD_UNKNOWN };
	int error = 0;

	if (selection_has_process(view->selection)) {
		ask_known(view, known, list);
		search.except = &known->unmatched;
		if (who.unit_count)
			error = ask_outside_unit(view, search, list);
	}
	if (!error)
		error = held_search(view, &search, list);
	for (size_t i = 0; i < list->count; i++) {
		struct held_socket *socket = &list->sockets[i];

		if (socket->held != HELD_UNKNOWN)
			continue;
		if (socket->pid)
			socket->held = HELD_YES;
		else if (!error && selection_saw_owners(view))
			socket->held = HELD_NO;
		/* Its holder may have moved it to another descriptor meanwhile. */
		if (socket->held == HELD_NO)
			plugin_look_again(view->report);
	}
	return error;
}

/* ---- what no matching process holds ------------------------------------------------------ */

/* With a .socket unit the holder tells nothing against it, if he is who the other options name. */
static int doubt_held(const struct selection_view *view, struct held_list *list)
{
	struct socktab_process_filter anywhere = without_user(view);
	const struct held_search search = { .who = &anywhere, .held = HELD_NO };
	int error;

	anywhere.unit_count = 0;
	error = held_search(view, &search, list);
	for (size_t i = 0; i < list->count; i++) {
		struct held_socket *socket = &list->sockets[i];

		if (socket->held == HELD_NO && socket->pid &&
		    judge_record(view, &socket->record) == HELD_UNKNOWN)
			socket->held = HELD_UNKNOWN;
	}
	return error;
}

/* What the manager alone holds stays in doubt, the rest is held by nobody. */
static int ask_manager(const struct selection_view *view, struct held_list *list)
{
	static const uint32_t init = 1;
	const struct socktab_process_filter manager = { .pids = &init, .pid_count = 1 };
	const struct held_search search = { .who = &manager, .held = HELD_UNKNOWN };
	int error = held_search(view, &search, list);

	for (size_t i = 0; i < list->count && !error; i++)
		if (list->sockets[i].held == HELD_UNKNOWN && !list->sockets[i].pid)
			list->sockets[i].held = HELD_NO;
	return error;
}

/*
 * That no matching process holds it proves nothing in a nested pid namespace, where it may be held
 * outside; nor of a socket whose cgroup is not known, which may be of the unit all the same, as
 * those of a .socket unit are. Only another holder shows that it is not.
 */
static int doubt_unheld(const struct selection_view *view, const struct held_known *known,
			struct held_list *list, bool units)
{
	bool nested = socktab_coverage(view->t)->nested,
	     managed = units && selection_has_manager(view);
	const struct held_search search = { .held = HELD_NO, .pass_init = managed };
	bool saw;
	int error;

	/* Whoever is known to hold it may be the manager. */
	for (size_t i = 0; i < list->count && !managed; i++)
		if (list->sockets[i].held == HELD_NO)
			list->sockets[i].pid = (pid_t)socktab_table_get(
				&known->pids, &list->sockets[i].record.inode);
	error = held_search(view, &search, list);
	saw = !error && selection_saw_owners(view);
	for (size_t i = 0; i < list->count; i++) {
		struct held_socket *socket = &list->sockets[i];

		if (socket->held != HELD_NO || socket->pid ||
		    judge_record(view, &socket->record) != HELD_UNKNOWN)
			continue;
		if (saw && !managed && !nested)
			continue; /* the kernel's */
		socket->held = HELD_UNKNOWN;
		if (saw && nested)
			selection_say_nested(view);
	}
	return saw && managed && !nested ? ask_manager(view, list) : error;
}

/* ---- the verdict ------------------------------------------------------------------------- */

/* Who created them no holder tells. */
static void doubt_users(const struct selection_view *view, struct held_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct held_socket *socket = &list->sockets[i];

		if (socket->held == HELD_NO || !selection_doubts_user(view, &socket->record))
			continue;
		socket->held = HELD_UNKNOWN;
		selection_say_users(view);
	}
}

static int ask_holders(const struct selection_view *view, const struct held_known *known,
		       struct held_list *list)
{
	bool units = view->selection->who.unit_count && !selection_has_process(view->selection);
	int error;

	plugin_stage(view->report, "looking for the holders");
	error = ask_processes(view, known, list);
	if (!error && selection_names_socket_unit(view))
		error = doubt_held(view, list);
	if (!error && (units || socktab_coverage(view->t)->nested))
		error = doubt_unheld(view, known, list, units);
	for (size_t i = 0; i < list->count && view->selection->who.unit_count; i++)
		if (list->sockets[i].held == HELD_UNKNOWN &&
		    selection_judge_unit(view, &list->sockets[i].record) == SELECTION_UNIT_UNKNOWN)
			selection_say_units(view);
	return error;
}

int held_judge(const struct selection_view *view, const struct held_known *known,
	       struct held_list *list)
{
	static const struct held_known nothing = HELD_KNOWN_NOTHING;
	int error = 0;

	for (size_t i = 0; i < list->count; i++) {
		list->sockets[i].held = judge_record(view, &list->sockets[i].record);
		list->sockets[i].pid = 0;
	}
	if (held_count(list, HELD_UNKNOWN))
		error = ask_holders(view, known ? known : &nothing, list);
	doubt_users(view, list);
	return error;
}
