// SPDX-License-Identifier: MIT
/* allow_words.c - the entries that are missing, and the list that would allow what listens */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "allow.h"
#include "private.h"

/* ---- those that are missing -------------------------------------------------------------- */

static bool is_missing(const struct allow_entry *entry, uint32_t kinds)
{
	return !entry->answers && entry->ports.kinds & kinds;
}

size_t allow_missing(const struct allow_list *list, uint32_t kinds)
{
	size_t missing = 0;

	for (size_t i = 0; i < list->count; i++)
		missing += is_missing(&list->entries[i], kinds);
	return missing;
}

/* The word that stands for just these kinds. */
static const char *find_word(uint32_t kinds)
{
	const char *word;
	uint32_t these;

	for (size_t i = 0; (word = socktab_kinds_word(i, &these)); i++)
		if (these == kinds)
			break;
	return word;
}

/* "8000-8010/tcp", "22/tcp unit=ssh.service", escaped; returns buffer. */
static const char *format_entry(const struct allow_entry *entry, char *buffer, size_t size)
{
	const struct socktab_ports *ports = &entry->ports;
	struct words words = { buffer, size, 0 };
	char condition[1024];

	words_add(&words, "%u", ports->first);
	if (ports->first != ports->last)
		words_add(&words, "-%u", ports->last);
	words_add(&words, "/%s", find_word(ports->kinds));
	/* They end where blanks were. */
	for (size_t at = 0, length; at < entry->length; at += length + 1) {
		const char *start = entry->conditions + at;

		length = strcspn(start, " \t");
		if (length)
			words_add(&words, " %s",
				  plugin_escape(start, length, condition, sizeof(condition)));
	}
	return buffer;
}

void allow_say_missing(const struct allow_list *list, uint32_t kinds,
		       const struct plugin_metric *missing, struct plugin_report *report)
{
	enum plugin_state state = plugin_metric_state(missing);
	const char *what = missing->bound == PLUGIN_EXACT ? "missing" : "not seen";
	char alert[640], entry[1024];
	bool first = true;

	/* A larger number is the worse, yet it rests on what was not found. */
	if (state != PLUGIN_OK)
		plugin_look_again(report);
	plugin_metric_alert(missing, alert, sizeof(alert));
	for (size_t i = 0; i < list->count; i++) {
		if (!is_missing(&list->entries[i], kinds))
			continue;
		format_entry(&list->entries[i], entry, sizeof(entry));
		plugin_line(report, 1, "%s: %s", what, entry);
		if (state != PLUGIN_OK)
			plugin_problem(report, state, "%s%s%s", first ? alert : "",
				       first ? ": " : "", entry);
		first = false;
	}
	if (state != PLUGIN_OK && first)
		plugin_problem(report, state, "%s", alert);
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

/* "unit=nginx.service", "user=root"; "": the user is not known. */
static const char *format_owner(struct selection_view *view, const struct socktab_record *record,
				char *buffer, size_t size)
{
	char unit[300], user[80];

	selection_find_unit(view, record, unit, sizeof(unit));
	buffer[0] = '\0';
	if (unit[0])
		snprintf(buffer, size, "unit=%s", unit);
	else if (record->known & SOCKTAB_KNOWN_UID)
		snprintf(buffer, size, "user=%s", format_user(record->uid, user, sizeof(user)));
	return buffer;
}

void allow_print(struct selection_view *view, const struct held_list *listeners, bool complete)
{
	char before[sizeof(scopes) / sizeof(*scopes)][420] = { "" };
	char line[420], owner[320];

	for (size_t i = 0; i < listeners->count; i++) {
		const struct socktab_record *record = &listeners->sockets[i].record;
		size_t scope = find_scope(record);

		format_owner(view, record, owner, sizeof(owner));
		snprintf(line, sizeof(line), "%s%u/%s%s %s", owner[0] ? "" : "# ",
			 record->laddr.port,
			 socktab_protocol_name((enum socktab_protocol)record->protocol),
			 scopes[scope].text, owner[0] ? owner : "of an unknown user");
		if (strcmp(line, before[scope]) != 0)
			plugin_output(view->report, "%s\n", line);
		memcpy(before[scope], line, sizeof(line));
	}
	if (!complete)
		plugin_output(view->report, "# not everything could be read\n");
	else if (!listeners->count)
		plugin_output(view->report, "# nothing listens\n");
}
