// SPDX-License-Identifier: MIT
/* units.c - the systemd unit of a socket, by the cgroup in which it was made */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "private.h"

enum { OTHER = 1, MATCHING };

bool selection_is_init(const char *path)
{
	return strcmp(path, "/init.scope") == 0;
}

static int remember_cgroup(uint64_t id, const char *path, void *data)
{
	struct selection_view *view = data;
	const struct socktab_process_filter *who = &view->selection->who;
	uint64_t *kind = NULL;

	if (selection_is_init(path))
		return 0;
	kind = socktab_table_at(&view->cgroups, &id);
	if (!kind)
		return -ENOMEM;
	*kind = OTHER;
	for (size_t i = 0; i < who->unit_count; i++)
		if (socktab_unit_match(path, who->units[i]))
			*kind = MATCHING;
	return 0;
}

void selection_read_units(struct selection_view *view)
{
	view->cgroups.key_size = sizeof(uint64_t);
	if (view->selection->who.unit_count)
		view->cgroup_error = socktab_cgroups(view->t, remember_cgroup, view);
}

enum selection_unit selection_judge_unit(const struct selection_view *view,
					 const struct socktab_record *record)
{
	if (!(record->known & SOCKTAB_KNOWN_CGROUP))
		return SELECTION_UNIT_UNKNOWN;
	switch (socktab_table_get(&view->cgroups, &record->cgroup)) {
	case MATCHING:
		return SELECTION_UNIT;
	case OTHER:
		return SELECTION_OTHER_UNIT;
	default: /* the root, or a cgroup that was removed since */
		return SELECTION_UNIT_UNKNOWN;
	}
}

struct naming {
	uint64_t id;
	char *buffer;
	size_t size;
};

static int name_cgroup(uint64_t id, const char *path, void *data)
{
	const struct naming *naming = data;
	char unit[256];

	if (id != naming->id)
		return 0;
	socktab_unit_name(path, unit, sizeof(unit));
	plugin_escape(unit, strlen(unit), naming->buffer, naming->size);
	return 1;
}

const char *selection_format_unit(const struct selection_view *view,
				  const struct socktab_record *record, char *buffer, size_t size)
{
	struct naming naming = { record->cgroup, buffer, size };

	buffer[0] = '\0';
	if (record->known & SOCKTAB_KNOWN_CGROUP)
		socktab_cgroups(view->t, name_cgroup, &naming);
	return buffer;
}
