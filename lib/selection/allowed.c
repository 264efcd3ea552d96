// SPDX-License-Identifier: MIT
/* allowed.c - which listeners a list of expected ones allows */
#include <errno.h>
#include <stdlib.h>

#include "allow.h"
#include "private.h"

static enum cover is_in_ports(const struct allow_entry *entry, const struct socktab_record *record)
{
	if (!socktab_ports_match(&entry->ports, 1, socktab_kind(record), record->laddr.port))
		return COVER_NO;
	return entry->within.count ? cover_is_within(record, &entry->within) : COVER_YES;
}

/* ---- one walk for all entries ------------------------------------------------------------ */

/* Do processes decide whether an entry allows this listener? */
static bool hangs_on_holder(const struct allow_list *list, const struct socktab_record *record)
{
	for (size_t i = 0; i < list->count; i++)
		if (selection_has_process(&list->entries[i].owner) &&
		    is_in_ports(&list->entries[i], record) != COVER_NO)
			return true;
	return false;
}

/* The names of all command= conditions; NULL: none, or no memory. To be freed. */
static const char **all_commands(const struct allow_list *list, size_t *count)
{
	const char **commands;

	*count = 0;
	for (size_t i = 0; i < list->count; i++)
		*count += list->entries[i].owner.who.command_count;
	commands = *count ? malloc(*count * sizeof(*commands)) : NULL;
	if (!commands)
		return NULL;
	*count = 0;
	for (size_t i = 0; i < list->count; i++) {
		const struct socktab_process_filter *who = &list->entries[i].owner.who;

		for (size_t j = 0; j < who->command_count; j++)
			commands[(*count)++] = who->commands[j];
	}
	return commands;
}

/* Who of all these commands holds what: else every entry would walk through all processes. */
static int learn_holders(const struct allow_list *list, const struct selection_view *view,
			 const struct held_list *listeners, struct held_known *known)
{
	struct socktab_table inodes = SOCKTAB_INODES;
	struct socktab_process_filter who = { 0 };
	const char **commands = all_commands(list, &who.command_count);
	int error = commands || !who.command_count ? 0 : -ENOMEM;

	for (size_t i = 0; !error && i < listeners->count; i++) {
		const struct socktab_record *record = &listeners->sockets[i].record;

		if (record->inode && hangs_on_holder(list, record))
			error = selection_add_key(&inodes, &record->inode);
	}
	who.commands = commands;
	if (!error && inodes.count)
		error = held_learn(known, view, &who, &inodes);
	socktab_table_free(&inodes);
	free(commands);
	return error;
}

/* ---- entry by entry ---------------------------------------------------------------------- */

/* The listeners in the entry's ports. Without memory NULL; to be freed. */
static struct held_socket *find_candidates(const struct allow_entry *entry,
					   const struct held_list *listeners, size_t *count)
{
	struct held_socket *candidates = calloc(listeners->count + 1, sizeof(*candidates));

	*count = 0;
	for (size_t i = 0; candidates && i < listeners->count; i++)
		if (is_in_ports(entry, &listeners->sockets[i].record) != COVER_NO)
			candidates[(*count)++] = listeners->sockets[i];
	return candidates;
}

/* The best answer of all entries counts. */
static void take_answer(struct held_socket *listener, const struct held_socket *answer)
{
	if (answer->held <= listener->held)
		return;
	listener->held = answer->held;
	listener->pid = answer->pid;
}

static void take_answers(struct allow_entry *entry, const struct selection_view *view,
			 struct held_socket *candidate, struct held_list *listeners)
{
	entry->answers = 0;
	for (size_t i = 0; i < listeners->count; i++) {
		enum cover in_ports = is_in_ports(entry, &listeners->sockets[i].record);

		if (in_ports == COVER_NO)
			continue;
		if (candidate->held == HELD_YES && in_ports == COVER_UNKNOWN) {
			candidate->held = HELD_UNKNOWN;
			selection_remedy_procfs(view, "IPv6-only sockets apart");
		}
		entry->answers += candidate->held != HELD_NO;
		take_answer(&listeners->sockets[i], candidate++);
	}
}

/* The listeners in the entry's ports, by its other conditions. */
static int apply_entry(struct allow_entry *entry, const struct selection_view *of,
		       const struct held_known *known, struct held_list *listeners)
{
	struct held_list candidates = { 0 };
	struct selection asked = *of->selection;
	struct selection_view view = *of;
	int error;

	candidates.sockets = find_candidates(entry, listeners, &candidates.count);
	if (!candidates.sockets)
		return -ENOMEM;
	/* Its own owners, by the source that was chosen for all. */
	asked.who = view.who = entry->owner.who;
	view.selection = &asked;
	error = held_judge(&view, known, &candidates);
	take_answers(entry, &view, candidates.sockets, listeners);
	free(candidates.sockets);
	return error;
}

/* It could not be asked: of the listeners in its ports none that no other entry allows is
 * unexpected for sure. */
static void doubt_entry(struct allow_entry *entry, struct held_list *listeners)
{
	const struct held_socket unknown = { .held = HELD_UNKNOWN };

	entry->answers = 0;
	for (size_t i = 0; i < listeners->count; i++) {
		if (is_in_ports(entry, &listeners->sockets[i].record) == COVER_NO)
			continue;
		entry->answers++;
		take_answer(&listeners->sockets[i], &unknown);
	}
}

int allow_judge(struct allow_list *list, const struct selection_view *view,
		struct held_list *listeners)
{
	struct held_known known = HELD_KNOWN_NOTHING;
	int error = 0;

	/* What it cannot find out the entries ask for themselves. */
	learn_holders(list, view, listeners, &known);
	for (size_t i = 0; i < list->count; i++) {
		int failed = apply_entry(&list->entries[i], view, &known, listeners);

		if (failed)
			doubt_entry(&list->entries[i], listeners);
		error = error ? error : failed;
	}
	for (size_t i = 0; i < listeners->count; i++) {
		struct held_socket *listener = &listeners->sockets[i];

		if (listener->held == HELD_NO)
			listener->pid = (pid_t)socktab_table_get(&known.pids,
								 &listener->record.inode);
	}
	held_forget(&known);
	return error;
}

bool allow_concerns(const struct allow_list *list, const struct socktab_record *record)
{
	for (size_t i = 0; i < list->count; i++)
		if (is_in_ports(&list->entries[i], record) != COVER_NO)
			return true;
	return false;
}
