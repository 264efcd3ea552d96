// SPDX-License-Identifier: MIT
/* held.c - are these sockets held by whom the owner options name, and if not, by whom */
#include "held.h"

#include "private.h"

#include <errno.h>
#include <string.h>

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

#define FOUND UINT64_MAX

struct search {
	struct held_socket *sockets;
	size_t left;
	bool pass_init;		     /* what init holds it holds for its units */
	struct socktab_table inodes; /* of what is sought: index + 1 of one socket, or FOUND */
};

static int find_holder(const struct socktab_holder *holder, void *data)
{
	struct search *search = data;
	uint64_t *first = socktab_table_find(&search->inodes, &holder->inode);

	if (!first || *first == FOUND || (search->pass_init && holder->pid == 1))
		return 0;
	for (size_t at = (size_t)*first; at; at = search->sockets[at - 1].same)
		search->sockets[at - 1].pid = holder->pid;
	*first = FOUND;
	return --search->left == 0;
}

/* Set pid in those sockets of this state that a matching process holds; stop at the last one. */
static int find_holders(struct socktab *t, const struct socktab_process_filter *who,
			struct held_socket *sockets, size_t count, enum held held, bool pass_init)
{
	struct search search = { .sockets = sockets,
				 .pass_init = pass_init,
				 .inodes = SOCKTAB_INODES };
	int result = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t *first;

		if (sockets[i].held != held || sockets[i].sought || sockets[i].pid ||
		    (held == HELD_NO && sockets[i].somebody) || !sockets[i].record.inode)
			continue;
		first = socktab_table_at(&search.inodes, &sockets[i].record.inode);
		if (!first) {
			result = -ENOMEM;
			break;
		}
		search.left += !*first;
		sockets[i].same = (size_t)*first;
		*first = i + 1;
	}
	if (!result && search.left)
		result = socktab_holders(t, who, &search.inodes, find_holder, &search);
	socktab_table_free(&search.inodes);
	return result < 0 ? result : 0;
}

static bool any(const struct held_socket *sockets, size_t count, enum held held)
{
	for (size_t i = 0; i < count; i++)
		if (sockets[i].held == held)
			return true;
	return false;
}

/* A socket made in the unit may be held outside it: one of x.socket by a process of x.service. */
static int ask_elsewhere(const struct selection_view *view,
			 const struct socktab_process_filter *who, struct held_socket *sockets,
			 size_t count)
{
	struct socktab_process_filter anywhere = *who;
	int error;

	anywhere.unit_count = 0;
	error = find_holders(view->t, &anywhere, sockets, count, HELD_UNKNOWN, false);
	for (size_t i = 0; i < count; i++) {
		if (sockets[i].held != HELD_UNKNOWN)
			continue;
		if (selection_judge_unit(view, &sockets[i].record) != SELECTION_UNIT)
			sockets[i].pid = 0;
		else if (sockets[i].pid)
			sockets[i].held = HELD_YES;
	}
	return error;
}

static int count_process(const struct socktab_process *process, void *data)
{
	(void)process;
	++*(size_t *)data;
	return 0;
}

/* What held_seek() found may settle it, or there may be a second holder. */
static void ask_found(const struct selection_view *view, const struct socktab_process_filter *who,
		      struct held_socket *sockets, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct held_socket *socket = &sockets[i];
		struct socktab_process_filter this = *who;
		uint32_t pid = (uint32_t)socket->pid;
		size_t matches = 0;

		if (!socket->sought || !pid || socket->held != HELD_UNKNOWN)
			continue;
		this.pids = &pid;
		this.pid_count = 1;
		/* As in ask_elsewhere(). */
		if (selection_judge_unit(view, &socket->record) == SELECTION_UNIT)
			this.unit_count = 0;
		if (socktab_processes(view->t, &this, count_process, &matches) == 0 && matches) {
			socket->held = HELD_YES;
		} else {
			socket->sought = false;
			socket->pid = 0;
		}
	}
}

/* Let the matching processes decide what the records could not. */
static int ask_processes(const struct selection_view *view, struct held_socket *sockets,
			 size_t count)
{
	struct socktab_process_filter who = view->who;
	int error = 0;

	/* For sockets the user is who created them; the record has told that already. */
	who.uid_count = 0;
	ask_found(view, &who, sockets, count);
	if (who.unit_count && selection_has_process(view->selection))
		error = ask_elsewhere(view, &who, sockets, count);
	if (!error)
		error = find_holders(view->t, &who, sockets, count, HELD_UNKNOWN, false);
	for (size_t i = 0; i < count; i++) {
		sockets[i].sought = false;
		if (sockets[i].held != HELD_UNKNOWN)
			continue;
		if (sockets[i].pid)
			sockets[i].held = HELD_YES;
		else if (!error && selection_saw_owners(view))
			sockets[i].held = HELD_NO;
		/* Its holder may have moved it to another descriptor meanwhile. */
		if (sockets[i].held == HELD_NO)
			plugin_look_again(view->report);
	}
	return error;
}

/* The service manager holds the sockets of units that have no processes yet. */
static bool is_manager(const struct selection_view *view, pid_t pid)
{
	struct socktab_details details;

	return socktab_describe(view->t, pid, &details) == 0 &&
	       strcmp(details.unit, "init.scope") == 0;
}

/* What the manager alone holds stays in doubt, the rest is held by nobody. */
static int ask_manager(const struct selection_view *view, struct held_socket *sockets, size_t count)
{
	static const uint32_t init = 1;
	const struct socktab_process_filter manager = { .pids = &init, .pid_count = 1 };
	int error = find_holders(view->t, &manager, sockets, count, HELD_UNKNOWN, false);

	for (size_t i = 0; i < count && !error; i++)
		if (sockets[i].held == HELD_UNKNOWN && !sockets[i].pid)
			sockets[i].held = HELD_NO;
	return error;
}

/*
 * That no matching process holds it proves nothing in a nested pid namespace, where it may be held
 * outside; nor of a socket whose cgroup is not known, which may be of the unit all the same, as
 * those of a .socket unit are. Only another holder shows that it is not.
 */
static int doubt_unheld(const struct selection_view *view, struct held_socket *sockets,
			size_t count, bool units)
{
	static const struct socktab_process_filter anybody;
	bool nested = socktab_coverage(view->t)->nested, managed = units && is_manager(view, 1);
	bool saw;
	int error;

	/* Somebody may be the manager. */
	for (size_t i = 0; i < count && managed; i++)
		sockets[i].somebody = false;
	error = find_holders(view->t, &anybody, sockets, count, HELD_NO, managed);
	saw = !error && selection_saw_owners(view);
	for (size_t i = 0; i < count; i++) {
		if (sockets[i].held != HELD_NO || sockets[i].pid || sockets[i].somebody ||
		    judge_record(view, &sockets[i].record) != HELD_UNKNOWN)
			continue;
		if (saw && !managed && !nested)
			continue; /* the kernel's */
		sockets[i].held = HELD_UNKNOWN;
		if (saw && nested)
			selection_say_nested(view);
	}
	return saw && managed && !nested ? ask_manager(view, sockets, count) : error;
}

/* Who created them no holder tells. */
static void doubt_users(const struct selection_view *view, struct held_socket *sockets,
			size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (sockets[i].held == HELD_NO || !selection_doubts_user(view, &sockets[i].record))
			continue;
		sockets[i].held = HELD_UNKNOWN;
		selection_say_users(view);
	}
}

static int judge(const struct selection_view *view, struct held_socket *sockets, size_t count)
{
	bool units = view->selection->who.unit_count && !selection_has_process(view->selection);

	for (size_t i = 0; i < count; i++)
		sockets[i].held = judge_record(view, &sockets[i].record);
	if (!any(sockets, count, HELD_UNKNOWN))
		return 0;
	plugin_stage(view->report, "looking for the holders");
	int error = ask_processes(view, sockets, count);

	if (!error && (units || socktab_coverage(view->t)->nested))
		error = doubt_unheld(view, sockets, count, units);
	for (size_t i = 0; i < count && view->selection->who.unit_count; i++)
		if (sockets[i].held == HELD_UNKNOWN &&
		    selection_judge_unit(view, &sockets[i].record) == SELECTION_UNIT_UNKNOWN)
			selection_say_units(view);
	return error;
}

int held_judge(const struct selection_view *view, struct held_socket *sockets, size_t count)
{
	int error = judge(view, sockets, count);

	doubt_users(view, sockets, count);
	return error;
}

/* What nobody holds who matches may be held by another, see doubt_unheld(). */
static int see_others(const struct selection_view *view, struct held_socket *sockets, size_t count)
{
	static const struct socktab_process_filter anybody;
	int error;

	for (size_t i = 0; i < count; i++)
		sockets[i].somebody = sockets[i].pid != 0;
	error = find_holders(view->t, &anybody, sockets, count, HELD_NO, false);
	for (size_t i = 0; i < count; i++) {
		if (sockets[i].somebody || !sockets[i].pid)
			continue;
		sockets[i].somebody = true;
		sockets[i].pid = 0;
	}
	return error;
}

int held_seek(const struct selection_view *view, const struct socktab_process_filter *who,
	      struct held_socket *sockets, size_t count)
{
	int error;

	plugin_stage(view->report, "looking for the holders");
	error = find_holders(view->t, who, sockets, count, HELD_NO, false);
	if (!error && socktab_coverage(view->t)->nested)
		error = see_others(view, sockets, count);
	for (size_t i = 0; i < count; i++)
		sockets[i].sought = !error;
	return error;
}

/* Find some holder of those in this state that have none yet. */
static int name(const struct selection_view *view, struct held_socket *sockets, size_t count,
		enum held held)
{
	static const struct socktab_process_filter anybody;
	int error = find_holders(view->t, &anybody, sockets, count, held, false);

	/* Somebody outside of a nested pid namespace may. */
	bool saw = !error && selection_saw_owners(view) && !socktab_coverage(view->t)->nested;

	for (size_t i = 0; i < count; i++)
		if (sockets[i].held == held)
			sockets[i].by_kernel = saw && !sockets[i].pid;
	return error;
}

int held_name(const struct selection_view *view, struct held_socket *sockets, size_t count)
{
	if (!any(sockets, count, HELD_NO))
		return 0;
	plugin_stage(view->report, "looking for who holds it instead");
	return name(view, sockets, count, HELD_NO);
}

void held_name_all(const struct selection_view *view, struct held_socket *sockets, size_t count)
{
	plugin_stage(view->report, "looking for the holders");
	for (enum held held = HELD_NO; held <= HELD_YES; held++)
		if (any(sockets, count, held))
			name(view, sockets, count, held);
}
