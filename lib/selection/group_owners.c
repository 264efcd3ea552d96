// SPDX-License-Identifier: MIT
/* group_owners.c - groups that the record does not tell: by the holders, and the names of units */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "group_private.h"
#include "private.h"

/* ---- units ------------------------------------------------------------------------------- */

/* The place of a name in the list, with the newest looked at first; -ENOMEM. */
static int64_t place_of(struct groups *groups, const char *name)
{
	char **names;

	for (size_t i = groups->name_count; i-- > 0;)
		if (strcmp(groups->names[i], name) == 0)
			return (int64_t)i;
	names = selection_make_room((void *)groups->names, groups->name_count, sizeof(*names));
	if (!names)
		return -ENOMEM;
	groups->names = names;
	names[groups->name_count] = strdup(name);
	return names[groups->name_count] ? (int64_t)groups->name_count++ : -ENOMEM;
}

/* A cgroup in no unit goes by its path; where there are none the holders tell. */
int group_read_units(struct groups *groups)
{
	const struct selection_units *units = &groups->view->units;
	char unit[256];

	selection_read_units(groups->view);
	groups->places = calloc(units->count + 1, sizeof(*groups->places));
	if (!groups->places)
		return -ENOMEM;
	for (size_t i = 0; i < units->count; i++) {
		const char *path = units->paths[i];
		int64_t place;

		if (selection_is_init(path))
			continue;
		socktab_unit_name(path, unit, sizeof(unit));
		place = place_of(groups, unit[0] ? unit : path);
		if (place < 0)
			return -ENOMEM;
		groups->places[i] = (uint32_t)place + 1;
	}
	return 0;
}

/* ---- holders ----------------------------------------------------------------------------- */

struct process {
	pid_t pid;
	uint32_t turn;
	uint64_t sockets;
	char comm[GROUP_COMMAND_SIZE];
};

struct asking {
	struct groups *groups;
	struct process *processes;
	size_t count;
};

static int add_process(const struct socktab_process *process, void *data)
{
	struct asking *asking = data;
	struct process *processes = selection_make_room(asking->processes, asking->count,
							sizeof(*processes));

	if (!processes)
		return -ENOMEM;
	asking->processes = processes;
	processes[asking->count] = (struct process){ .pid = process->pid };
	memcpy(processes[asking->count++].comm, process->comm, GROUP_COMMAND_SIZE - 1);
	return 0;
}

static int by_comm(const void *a, const void *b)
{
	const struct process *one = a, *other = b;
	int order = memcmp(one->comm, other->comm, GROUP_COMMAND_SIZE);

	return order ? order : (one->pid > other->pid) - (one->pid < other->pid);
}

/* A socket counts once in each turn: processes of one name share it, and come one behind the
 * other. */
static void take_turns(struct asking *asking)
{
	uint32_t turn = 1;

	qsort(asking->processes, asking->count, sizeof(*asking->processes), by_comm);
	for (size_t i = 0; i < asking->count; i++) {
		struct process *process = &asking->processes[i];

		if (i && (asking->groups->by != GROUPS_COMMAND ||
			  memcmp(process->comm, process[-1].comm, GROUP_COMMAND_SIZE) != 0))
			turn++;
		process->turn = turn;
	}
}

static int count_held(const struct socktab_holder *holder, size_t at, void *data)
{
	struct asking *asking = data;
	struct groups *groups = asking->groups;
	uint64_t *rows = socktab_table_find(&groups->inodes, &holder->inode);
	struct process *process = &asking->processes[at];

	if (!rows)
		return 0;
	/* A socket is in one unit only: its first holder's. */
	if (*rows >> 32 == process->turn || (groups->by == GROUPS_UNIT && *rows >> 32))
		return 0;
	process->sockets += (uint32_t)*rows;
	*rows = (uint64_t)process->turn << 32 | (uint32_t)*rows;
	return 0;
}

/* Each matching process in turn. The users and units of the options have chosen sockets. */
static int read_holders(struct asking *asking)
{
	const struct selection_view *view = asking->groups->view;
	struct socktab_process_filter who = view->who;
	int result;

	who.uid_count = who.unit_count = 0;
	result = socktab_processes(view->t, &who, add_process, asking);
	if (result || !asking->count)
		return result;
	take_turns(asking);
	return selection_visit_holders(view->t, asking->processes, asking->count,
				       sizeof(*asking->processes), count_held, asking);
}

static int add_unit(struct groups *groups, const struct process *process)
{
	struct socktab_details details;
	uint8_t bytes[4];
	int64_t place;

	if (socktab_describe(groups->view->t, process->pid, &details) || !details.unit[0])
		return group_add(groups, GROUP_NO_UNIT, NULL, process->sockets);
	place = place_of(groups, details.unit);
	if (place < 0)
		return -ENOMEM;
	group_put_number(bytes, (uint32_t)place);
	return group_add(groups, GROUP_NAMED, bytes, process->sockets);
}

static int add_sockets(struct groups *groups, const struct process *process)
{
	uint8_t bytes[4];

	if (!process->sockets)
		return 0;
	if (groups->by == GROUPS_UNIT)
		return add_unit(groups, process);
	if (groups->by == GROUPS_COMMAND)
		return group_add(groups, GROUP_NAMED, (const uint8_t *)process->comm,
				 process->sockets);
	group_put_number(bytes, (uint32_t)process->pid);
	return group_add(groups, GROUP_NAMED, bytes, process->sockets);
}

/* ---- sockets without a holder ------------------------------------------------------------ */

static int count_row(const struct socktab_record *record, void *data)
{
	struct groups *groups = data;

	/* Nobody's turn has counted it, though it was there before and after. */
	if (socktab_table_get(&groups->inodes, &record->inode) >> 32)
		return 0;
	return group_add(groups, GROUP_KERNEL, NULL, 1);
}

static uint64_t count_left(const struct groups *groups)
{
	uint64_t rows, left = 0;
	const void *inode;

	for (size_t slot = 0; socktab_table_next(&groups->inodes, &slot, &inode, &rows);)
		left += rows >> 32 ? 0 : rows;
	return left;
}

/* The kernel's own, if everything could be read and they are still there; else closed meanwhile. */
static int add_left(struct groups *groups)
{
	struct selection_view *view = groups->view;
	struct socktab_filter filter = view->selection->filter;
	uint64_t left = count_left(groups);
	const uint8_t kernel[SOCKTAB_TABLE_KEY_MAX] = { GROUP_KERNEL };
	uint64_t held;
	int result;

	if (!left)
		return 0;
	if (!selection_saw_owners(view) || socktab_coverage(view->t)->nested) {
		groups->unreadable = left;
		return group_add(groups,
				 groups->by == GROUPS_UNIT ? GROUP_NO_UNIT : GROUP_UNREADABLE, NULL,
				 left);
	}
	if (groups->by == GROUPS_UNIT)
		return group_add(groups, GROUP_NO_UNIT, NULL, left);
	filter.inodes = &groups->inodes;
	result = selection_visit_tables(view, &filter, count_row, groups);
	held = socktab_table_get(&groups->counts, kernel);
	if (!result && left > held)
		result = group_add(groups, GROUP_NO_PROCESS, NULL, left - held);
	return result;
}

int group_ask_holders(struct groups *groups)
{
	struct asking asking = { .groups = groups };
	int result;

	plugin_stage(groups->view->report, "looking for the holders");
	result = read_holders(&asking);
	for (size_t i = 0; !result && i < asking.count; i++)
		result = add_sockets(groups, &asking.processes[i]);
	free(asking.processes);
	return result ? result : add_left(groups);
}
