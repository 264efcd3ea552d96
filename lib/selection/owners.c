// SPDX-License-Identifier: MIT
/* owners.c - who was asked for, who holds it: in words */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "private.h"

bool selection_has_owner(const struct selection *selection)
{
	const struct socktab_process_filter *who = &selection->who;

	return selection_has_process(selection) || who->unit_count || who->uid_count;
}

bool selection_has_process(const struct selection *selection)
{
	const struct socktab_process_filter *who = &selection->who;

	return who->command_count || who->exe_count || who->argument_count || who->pattern_count ||
	       who->pid_count || selection->pidfile_count;
}

static void add_names(struct words *words, const char *before, const char *const *names,
		      size_t count)
{
	char name[256];

	for (size_t i = 0; i < count; i++)
		words_add(words, "%s%s", i ? " or " : before,
			  plugin_escape(names[i], strlen(names[i]), name, sizeof(name)));
}

/* A bare name is first of all that of a service. */
static void add_units(struct words *words, const char *before, const char *const *units,
		      size_t count)
{
	for (size_t i = 0; i < count; i++) {
		add_names(words, i ? " or " : before, &units[i], 1);
		if (units[i][0] != '/' && !strchr(units[i], '.'))
			words_add(words, ".service");
	}
}

const char *selection_format_user(uint32_t uid, char *buffer, size_t size)
{
	const char *name = selection_user_name(uid);

	if (name)
		return plugin_escape(name, strlen(name), buffer, size);
	snprintf(buffer, size, "%" PRIu32, uid);
	return buffer;
}

const char *selection_format_expected(const struct selection *selection, bool socket, char *buffer,
				      size_t size)
{
	const struct socktab_process_filter *who = &selection->who;
	struct words words = { buffer, size, 0 };
	char user[64];

	buffer[0] = '\0';
	add_names(&words, "", who->commands, who->command_count);
	add_names(&words, words.length ? " " : "", who->exes, who->exe_count);
	add_names(&words, words.length ? " with argument " : "argument ", who->arguments,
		  who->argument_count);
	add_names(&words,
		  words.length ? " with a command line that matches "
			       : "a command line that matches ",
		  selection->pattern_texts, selection->pattern_text_count);
	add_units(&words, words.length ? " of " : "", who->units, who->unit_count);
	for (size_t i = 0; i < who->pid_count; i++)
		words_add(&words, "%spid %" PRIu32, i ? " or " : (words.length ? " with " : ""),
			  who->pids[i]);
	add_names(&words,
		  who->pid_count ? " named by "
		  : words.length ? " with "
				 : "",
		  selection->pidfiles, selection->pidfile_count);
	if (who->uid_count && socket)
		words_add(&words, words.length ? ", created by " : "a socket created by ");
	else if (who->uid_count)
		words_add(&words, words.length ? " of user " : "user ");
	for (size_t i = 0; i < who->uid_count; i++)
		words_add(&words, "%s%s", i ? " or " : "",
			  selection_format_user(who->uids[i], user, sizeof(user)));
	return buffer;
}

const char *selection_format_age(int64_t seconds, char *buffer, size_t size)
{
	static const struct {
		int64_t seconds;
		char unit;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	size_t i = 0;

	while (i < 3 && seconds < units[i].seconds)
		i++;
	snprintf(buffer, size, "%" PRId64 "%c", seconds / units[i].seconds, units[i].unit);
	return buffer;
}

const char *selection_format_holder(const struct selection_view *view, pid_t pid, char *buffer,
				    size_t size)
{
	struct words words = { buffer, size, 0 };
	struct socktab_details details;
	char text[4 * sizeof(details.unit)];

	buffer[0] = '\0';
	if (socktab_describe(view->t, pid, &details)) {
		words_add(&words, "process %d", (int)pid);
		return buffer;
	}
	words_add(&words, "%s[%d]",
		  plugin_escape(details.process.comm, strlen(details.process.comm), text,
				sizeof(text)),
		  (int)pid);
	if (!details.process.unmapped)
		words_add(&words, " user %s",
			  selection_format_user(details.process.uid, text, sizeof(text)));
	if (details.unit[0])
		words_add(&words, " in %s",
			  selection_name_unit(details.unit, details.manager, text, sizeof(text)));
	if (details.age >= 0)
		words_add(&words, " for %s", selection_format_age(details.age, text, sizeof(text)));
	if (details.deleted)
		words_add(&words, " (executable deleted)");
	return buffer;
}

const char *selection_format_owner(struct selection_view *view, const struct socktab_record *record,
				   pid_t pid, char *buffer, size_t size)
{
	struct words words = { buffer, size, 0 };
	char text[256];

	if (pid)
		return selection_format_holder(view, pid, buffer, size);
	words_add(&words, "created by %s",
		  record->known & SOCKTAB_KNOWN_UID
			  ? selection_format_user(record->uid, text, sizeof(text))
			  : "an unknown user");
	if (selection_format_unit(view, record, text, sizeof(text))[0])
		words_add(&words, " in %s", text);
	return buffer;
}

static int count_process(const struct socktab_process *process, void *data)
{
	size_t *count = data;

	(void)process;
	++*count;
	return 0;
}

int selection_count_processes(const struct selection_view *view,
			      const struct socktab_process_filter *who, size_t *count)
{
	*count = 0;
	return socktab_processes(view->t, who, count_process, count);
}

void selection_say_unit_processes(const struct selection_view *view)
{
	const struct socktab_process_filter *who = &view->selection->who;
	const struct socktab_process_filter units = { .units = who->units,
						      .unit_count = who->unit_count };
	char names[512] = "";
	struct words words = { names, sizeof(names), 0 };
	size_t count;

	if (!who->unit_count || selection_count_processes(view, &units, &count))
		return;
	add_units(&words, "", who->units, who->unit_count);
	if (count)
		plugin_summary(view->report, "%s has %zu process%s", names, count,
			       count == 1 ? "" : "es");
	else if (selection_saw_owners(view))
		plugin_summary(view->report, "%s has no processes", names);
}

void selection_say_no_process(const struct selection_view *view)
{
	struct selection owners = *view->selection;
	struct socktab_process_filter who = view->who;
	char expected[512];
	size_t count;

	/* For sockets the user is who created them. */
	owners.who.uid_count = who.uid_count = 0;
	/* With --netns owner that has been said already. */
	if (!selection_has_owner(&owners) || selection_of_owners(&owners) ||
	    selection_count_processes(view, &who, &count) || count ||
	    !selection_saw_processes(view) || view->unheld)
		return;
	plugin_summary(view->report, "no process matches %s",
		       selection_format_expected(&owners, false, expected, sizeof(expected)));
}
