// SPDX-License-Identifier: MIT
/* groups.c - sockets counted by what they have in common, and which groups are the largest */
#include "groups.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "group_private.h"

enum { TOP = 10 };

static const char *const tag_names[GROUP_TAGS] = {
	[GROUP_NO_PEER] = "no peer",	       [GROUP_NO_PORT] = "no port",
	[GROUP_NO_ADDRESS] = "no address",     [GROUP_NO_OWNER] = "no owner",
	[GROUP_NO_UNIT] = "unknown unit",      [GROUP_NO_PROCESS] = "held by no process",
	[GROUP_KERNEL] = "held by the kernel", [GROUP_UNREADABLE] = "holder not seen",
};

/* ---- options ----------------------------------------------------------------------------- */

static const char *set_by(const struct plugin_option *option, void *target, const char *text)
{
	struct grouping *grouping = target;

	(void)option;
	for (enum groups_by by = GROUPS_OFF + 1; by < GROUPS_WORDS; by++) {
		if (group_keys[by].name && strcmp(text, group_keys[by].name) == 0) {
			grouping->by = by;
			return NULL;
		}
	}
	return "one of local-port, remote-port, local-address, remote-address, remote, user, unit, "
	       "command, pid";
}

const struct plugin_option selection_group_options[] = {
	{ "group-by", 0, "KEY",
	  "count by local-port, remote-port, local-address, remote-address, remote (address and "
	  "port), user, unit, command or pid",
	  set_by, 0 },
	{ "top", 0, "N", "how many of the largest groups to list (10)", plugin_set_count,
	  offsetof(struct grouping, top) },
	{ 0 },
};

const char *grouping_check(const struct grouping *grouping, const struct selection *selection)
{
	bool only_unix = !(selection->filter.kinds & ~SOCKTAB_UNIX);

	if (grouping->top && !grouping->by)
		return "--top cuts the table of --group-by, which is not given";
	if (only_unix && grouping->by && grouping->by <= GROUPS_REMOTE)
		return "--group-by: a unix socket has neither port nor address";
	return NULL;
}

/* ---- counting ---------------------------------------------------------------------------- */

int groups_begin(struct groups *groups, struct selection_view *view, enum groups_by by)
{
	*groups = (struct groups){
		.by = by,
		.view = view,
		.counts.key_size = 1 + group_keys[by].size,
		.inodes = SOCKTAB_INODES,
	};
	return by == GROUPS_UNIT ? group_read_units(groups) : 0;
}

int group_add(struct groups *groups, enum group_tag tag, const uint8_t *bytes, uint64_t count)
{
	uint8_t key[SOCKTAB_TABLE_KEY_MAX] = { (uint8_t)tag };
	uint64_t *counter;

	if (!count)
		return 0;
	if (tag == GROUP_NAMED)
		memcpy(key + 1, bytes, group_keys[groups->by].size);
	counter = socktab_table_at(&groups->counts, key);
	if (!counter)
		return -ENOMEM;
	*counter += count;
	return 0;
}

int groups_count(struct groups *groups, const struct socktab_record *record)
{
	uint8_t bytes[SOCKTAB_TABLE_KEY_MAX];
	enum group_tag tag;
	uint64_t *rows;

	if (!groups->by)
		return 0;
	tag = group_keys[groups->by].take(groups, record, bytes);
	if (tag == GROUP_LEAVE_OUT)
		return 0;
	if (tag != GROUP_ASK_HOLDERS)
		return group_add(groups, tag, bytes, 1);
	rows = socktab_table_at(&groups->inodes, &record->inode);
	if (!rows)
		return -ENOMEM;
	++*rows;
	return 0;
}

void groups_free(struct groups *groups)
{
	socktab_table_free(&groups->counts);
	socktab_table_free(&groups->inodes);
	free(groups->places);
	for (size_t i = 0; i < groups->name_count; i++)
		free(groups->names[i]);
	free(groups->names);
}

/* ---- the largest: a heap with the smallest of them first, since that is the one to go ------ */

static int compare_keys(const struct groups *groups, const uint8_t *a, const uint8_t *b)
{
	if (groups->by == GROUPS_UNIT && a[0] == GROUP_NAMED && b[0] == GROUP_NAMED)
		return strcmp(groups->names[group_get_number(a + 1)],
			      groups->names[group_get_number(b + 1)]);
	return memcmp(a, b, groups->counts.key_size);
}

static bool is_larger(const struct groups *groups, const struct group *a, const struct group *b)
{
	return a->count != b->count ? a->count > b->count
				    : compare_keys(groups, a->key, b->key) < 0;
}

static void swap(struct group *a, struct group *b)
{
	struct group kept = *a;

	*a = *b;
	*b = kept;
}

/* Let the group sink to where none below it is smaller. */
static void sink(const struct groups *groups, struct group *heap, size_t count, size_t at)
{
	for (size_t child = 2 * at + 1; child < count; at = child, child = 2 * at + 1) {
		if (child + 1 < count && is_larger(groups, &heap[child], &heap[child + 1]))
			child++;
		if (is_larger(groups, &heap[child], &heap[at]))
			return;
		swap(&heap[child], &heap[at]);
	}
}

size_t groups_largest(const struct groups *groups, struct group *largest, size_t room)
{
	size_t slot = 0, count = 0;
	struct group group;

	while (count < room && socktab_table_next(&groups->counts, &slot, &group.key, &group.count))
		largest[count++] = group;
	for (size_t at = count / 2; at-- > 0;)
		sink(groups, largest, count, at);
	while (count && socktab_table_next(&groups->counts, &slot, &group.key, &group.count)) {
		if (!is_larger(groups, &group, &largest[0]))
			continue;
		largest[0] = group;
		sink(groups, largest, count, 0);
	}
	for (size_t left = count; left > 1;) {
		swap(&largest[0], &largest[--left]);
		sink(groups, largest, left, 0);
	}
	return count;
}

/* ---- words ------------------------------------------------------------------------------- */

const char *groups_format(const struct groups *groups, const struct group *group, char *buffer,
			  size_t size)
{
	const uint8_t *key = group->key;

	if (key[0] == GROUP_NAMED)
		group_keys[groups->by].format(groups, key + 1, buffer, size);
	else
		snprintf(buffer, size, "%s", tag_names[key[0]]);
	return buffer;
}

int groups_finish(struct groups *groups)
{
	int error = groups->inodes.count ? group_ask_holders(groups) : 0;

	if (error)
		plugin_problem(groups->view->report, PLUGIN_UNKNOWN,
			       "the groups could not be counted: %s", strerror(-error));
	return error;
}

int groups_add_process(struct groups *groups, pid_t pid, uint64_t count)
{
	uint8_t bytes[4];

	group_put_number(bytes, (uint32_t)pid);
	return group_add(groups, GROUP_NAMED, bytes, count);
}

void groups_say_largest(const struct groups *groups)
{
	struct plugin_report *report = groups->view->report;
	struct group largest;
	const uint8_t *key;
	char text[512];
	bool named;

	if (!groups_largest(groups, &largest, 1))
		return;
	key = largest.key;
	named = key[0] == GROUP_NAMED;
	plugin_summary(report, "most %" PRIu64 " %s%s%s", largest.count,
		       named ? group_keys[groups->by].with : "", named ? " " : "",
		       groups_format(groups, &largest, text, sizeof(text)));
	if (groups->unreadable && key[0] != GROUP_UNREADABLE)
		plugin_summary(report, "holders of %" PRIu64 " not seen", groups->unreadable);
}

void groups_list(const struct groups *groups, unsigned int verbosity, unsigned int top,
		 const char *what)
{
	struct plugin_report *report = groups->view->report;
	size_t count = groups->counts.count, room = top ? top : TOP;
	struct group *largest;
	char text[512];

	if (!count || verbosity > plugin_verbosity(report))
		return;
	room = room < count ? room : count;
	largest = malloc(room * sizeof(*largest));
	if (!largest) {
		plugin_problem(report, PLUGIN_UNKNOWN, "out of memory");
		return;
	}
	plugin_line(report, verbosity, "%s  %s", what, group_keys[groups->by].name);
	room = groups_largest(groups, largest, room);
	for (size_t i = 0; i < room; i++)
		plugin_line(report, verbosity, "%*" PRIu64 "  %s", (int)strlen(what),
			    largest[i].count,
			    groups_format(groups, &largest[i], text, sizeof(text)));
	plugin_lines_left(report, count - room);
	free(largest);
}
