// SPDX-License-Identifier: MIT
/* allowed.c - which listeners a list of expected ones allows, and the list that would */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "allow.h"

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
static int seek_holders(const struct allow_list *list, const struct selection_view *view,
			struct held_socket *sockets, size_t count)
{
	struct socktab_process_filter who = { 0 };
	const char **commands = all_commands(list, &who.command_count);
	struct held_socket *sought = calloc(count + 1, sizeof(*sought));
	int error = commands && sought ? 0 : -ENOMEM;
	size_t n = 0;

	for (size_t i = 0; !error && i < count; i++) {
		if (!hangs_on_holder(list, &sockets[i].record))
			continue;
		sought[n] = sockets[i];
		sought[n++].tag = i;
	}
	who.commands = commands;
	if (n)
		error = held_seek(view, &who, sought, n);
	for (size_t i = 0; i < n; i++) {
		sockets[sought[i].tag].pid = sought[i].pid;
		sockets[sought[i].tag].sought = sought[i].sought;
		sockets[sought[i].tag].somebody = sought[i].somebody;
	}
	free(commands);
	free(sought);
	return who.command_count ? error : 0;
}

/* ---- entry by entry ---------------------------------------------------------------------- */

/* The best answer of all entries counts. */
static void take_answer(struct held_socket *socket, const struct held_socket *answer)
{
	if (answer->held <= socket->held)
		return;
	socket->held = answer->held;
	socket->pid = answer->pid;
}

/* The listeners in the entry's ports, by its other conditions. */
static int apply_entry(struct allow_entry *entry, const struct selection_view *of,
		       struct held_socket *sockets, size_t count)
{
	struct held_socket *candidates = calloc(count + 1, sizeof(*candidates));
	struct selection asked = *of->selection;
	struct selection_view view = *of;
	size_t n = 0;
	int error;

	if (!candidates)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		if (is_in_ports(entry, &sockets[i].record) == COVER_NO)
			continue;
		candidates[n] = sockets[i];
		/* It was sought by the commands of all entries. */
		if (!selection_has_process(&entry->owner)) {
			candidates[n].sought = false;
			candidates[n].pid = 0;
		}
		candidates[n++].tag = i;
	}
	/* Its own owners, by the source that was chosen for all. */
	asked.who = view.who = entry->owner.who;
	view.selection = &asked;
	error = held_judge(&view, candidates, n);
	entry->answers = 0;
	for (size_t i = 0; i < n; i++) {
		struct held_socket *candidate = &candidates[i];

		if (candidate->held == HELD_YES &&
		    is_in_ports(entry, &candidate->record) == COVER_UNKNOWN) {
			candidate->held = HELD_UNKNOWN;
			selection_remedy_procfs(&view, "IPv6-only sockets apart");
		}
		entry->answers += candidate->held != HELD_NO;
		take_answer(&sockets[candidate->tag], candidate);
	}
	free(candidates);
	return error;
}

int allow_judge(struct allow_list *list, const struct selection_view *view,
		struct held_socket *sockets, size_t count)
{
	int error = seek_holders(list, view, sockets, count);

	for (size_t i = 0; i < list->count; i++) {
		int failed = apply_entry(&list->entries[i], view, sockets, count);

		error = error ? error : failed;
	}
	/* Where no entry allows them for sure, they are not unexpected for sure either. */
	for (size_t i = 0; i < count; i++) {
		sockets[i].sought = sockets[i].somebody = false;
		if (error && sockets[i].held == HELD_NO)
			sockets[i].held = HELD_UNKNOWN;
	}
	return error;
}

bool allow_concerns(const struct allow_list *list, const struct socktab_record *record)
{
	for (size_t i = 0; i < list->count; i++)
		if (is_in_ports(&list->entries[i], record) != COVER_NO)
			return true;
	return false;
}

size_t allow_missing(const struct allow_list *list)
{
	size_t missing = 0;

	for (size_t i = 0; i < list->count; i++)
		missing += !list->entries[i].answers;
	return missing;
}

/* ---- the list that would allow them ------------------------------------------------------ */

/* Who listens on this host alone may do no more than that. */
static const struct {
	struct socktab_prefix net;
	const char *text;
} scopes[] = {
	{ { .family = AF_INET, .length = 8, .ip = { 127 } }, " in=127.0.0.0/8" },
	{ { .family = AF_INET6, .length = 128, .ip = { [15] = 1 } }, " in=::1" },
	{ { 0 }, "" },
};

static size_t find_scope(const struct socktab_record *record)
{
	size_t i = 0;

	while (*scopes[i].text &&
	       !socktab_prefix_match(&scopes[i].net, record->family, record->laddr.ip))
		i++;
	return i;
}

/* The name, if a line of the file can hold it as it is. */
static const char *format_user(uint32_t uid, char *buffer, size_t size)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789._-";

	selection_format_user(uid, buffer, size);
	if (buffer[strspn(buffer, plain)])
		snprintf(buffer, size, "%" PRIu32, uid);
	return buffer;
}

void allow_print(struct selection_view *view, const struct held_socket *sockets, size_t count,
		 bool complete)
{
	char before[sizeof(scopes) / sizeof(*scopes)][420] = { "" };
	char line[420], unit[300], user[80];

	for (size_t i = 0; i < count; i++) {
		const struct socktab_record *record = &sockets[i].record;
		size_t scope = find_scope(record);

		selection_find_unit(view, record, unit, sizeof(unit));
		format_user(record->uid, user, sizeof(user));
		snprintf(line, sizeof(line), "%u/%s%s %s=%s", record->laddr.port,
			 socktab_protocol_name((enum socktab_protocol)record->protocol),
			 scopes[scope].text, unit[0] ? "unit" : "user", unit[0] ? unit : user);
		if (strcmp(line, before[scope]) != 0)
			plugin_output(view->report, "%s\n", line);
		memcpy(before[scope], line, sizeof(line));
	}
	if (!complete)
		plugin_output(view->report, "# not everything could be read\n");
	else if (!count)
		plugin_output(view->report, "# nothing listens\n");
}
