// SPDX-License-Identifier: MIT
/* units.c - the systemd unit of a socket, by the cgroup in which it was made */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "private.h"

static int remember_cgroup(uint64_t id, const char *path, void *data)
{
	struct selection_units *units = data;
	char **paths = selection_make_room(units->paths, units->count, sizeof(*paths)), *copy;
	uint64_t *position;

	if (!paths)
		return -ENOMEM;
	units->paths = paths;
	copy = strdup(path);
	position = socktab_table_at(&units->ids, &id);
	if (!copy || !position) {
		free(copy);
		return -ENOMEM;
	}
	paths[units->count] = copy;
	*position = ++units->count;
	return 0;
}

void selection_read_units(struct selection_view *view)
{
	struct selection_units *units = &view->units;

	if (units->read)
		return;
	units->read = true;
	units->ids.key_size = sizeof(uint64_t);
	units->error = socktab_cgroups(view->t, remember_cgroup, units);
}

void selection_free_units(struct selection_units *units)
{
	for (size_t i = 0; i < units->count; i++)
		free(units->paths[i]);
	free(units->paths);
	socktab_table_free(&units->ids);
}

/* NULL: the root, or a cgroup that was removed since, or not known at all. */
static const char *find_path(const struct selection_view *view, const struct socktab_record *record)
{
	uint64_t position = record->known & SOCKTAB_KNOWN_CGROUP
				    ? socktab_table_get(&view->units.ids, &record->cgroup)
				    : 0;

	return position ? view->units.paths[position - 1] : NULL;
}

bool selection_is_init(const char *path)
{
	return strcmp(path, "/init.scope") == 0;
}

bool selection_has_manager(const struct selection_view *view)
{
	struct socktab_details details;

	return socktab_describe(view->t, 1, &details) == 0 &&
	       strcmp(details.unit, "init.scope") == 0;
}

bool selection_names_socket_unit(const struct selection_view *view)
{
	static const char end[] = ".socket";
	const struct socktab_process_filter *who = &view->selection->who;

	for (size_t i = 0; i < who->unit_count; i++) {
		size_t length = strlen(who->units[i]);

		if (length > strlen(end) && !strcmp(who->units[i] + length - strlen(end), end))
			return true;
	}
	return false;
}

enum selection_unit selection_judge_unit(const struct selection_view *view,
					 const struct socktab_record *record)
{
	const struct socktab_process_filter *who = &view->selection->who;
	const char *path = find_path(view, record);

	if (!path || selection_is_init(path))
		return SELECTION_UNIT_UNKNOWN;
	for (size_t i = 0; i < who->unit_count; i++)
		if (socktab_unit_match(path, who->units[i]))
			return SELECTION_UNIT;
	return SELECTION_OTHER_UNIT;
}

static bool was_used(const struct selection_view *view, enum socktab_source source)
{
	const struct socktab_coverage *coverage = socktab_coverage(view->t);

	for (enum socktab_kind kind = 0; kind < SOCKTAB_KINDS; kind++)
		if (coverage->source[kind] == source)
			return true;
	return false;
}

/* /proc tells no cgroups: there the holders answer, and the hierarchy is not needed. */
static bool lacks_hierarchy(const struct selection_view *view)
{
	return view->units.error && was_used(view, SOCKTAB_SOURCE_NETLINK);
}

bool selection_saw_units(const struct selection_view *view)
{
	return !view->selection->who.unit_count || !lacks_hierarchy(view) || view->no_candidates;
}

void selection_say_units(const struct selection_view *view)
{
	struct plugin_report *report = view->report;

	if (lacks_hierarchy(view) && view->units.error == -ENOENT)
		plugin_remedy(report, "the unit of a socket cannot be told without cgroup2: mount "
				      "it on /sys/fs/cgroup, or use --command");
	else if (lacks_hierarchy(view))
		plugin_remedy(report, "the cgroups could not be read (%s)",
			      strerror(-view->units.error));
	else if (was_used(view, SOCKTAB_SOURCE_PROCFS))
		selection_remedy_procfs(view, "the unit of a socket");
	else
		plugin_remedy(report, "the cgroup in which it was made names no unit (the root, "
				      "init.scope, or one removed since)");
}

const char *selection_name_unit(const char *unit, const char *manager, char *buffer, size_t size)
{
	struct words words = { buffer, size, 0 };
	char text[4 * 256];

	buffer[0] = '\0';
	words_add(&words, "%s", plugin_escape(unit, strlen(unit), text, sizeof(text)));
	if (manager[0])
		words_add(&words, " of %s",
			  plugin_escape(manager, strlen(manager), text, sizeof(text)));
	return buffer;
}

const char *selection_format_unit(struct selection_view *view, const struct socktab_record *record,
				  char *buffer, size_t size)
{
	const char *path;
	char unit[256], manager[64];

	selection_read_units(view);
	path = find_path(view, record);
	buffer[0] = '\0';
	if (!path)
		return buffer;
	socktab_unit_name(path, unit, sizeof(unit));
	socktab_unit_manager(path, manager, sizeof(manager));
	return selection_name_unit(unit, manager, buffer, size);
}

const char *selection_find_unit(struct selection_view *view, const struct socktab_record *record,
				char *buffer, size_t size)
{
	const char *path;

	selection_read_units(view);
	path = find_path(view, record);
	buffer[0] = '\0';
	if (!path || selection_is_init(path))
		return buffer;
	socktab_unit_name(path, buffer, size);
	if (buffer[0] && !socktab_unit_match(path, buffer) && strlen(path) < size)
		memcpy(buffer, path, strlen(path) + 1);
	if (buffer[strcspn(buffer, " \t\r\n#")] || !buffer[0] || !socktab_unit_match(path, buffer))
		buffer[0] = '\0';
	return buffer;
}
