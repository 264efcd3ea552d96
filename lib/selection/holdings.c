// SPDX-License-Identifier: MIT
/* holdings.c - which processes hold which sockets, in memory */
#include "holdings.h"

#include "private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define COUNTED (UINT64_C(1) << 63)

struct holding {
	uint32_t process; /* index */
	uint32_t next;	  /* index + 1 of the next holder of the same socket; 0: none */
	int fd;
};

static int add_process(const struct socktab_process *process, void *data)
{
	struct holdings *holdings = data;
	struct holding_process *processes = selection_make_room(
		holdings->processes, holdings->process_count, sizeof(*processes));

	if (!processes)
		return -ENOMEM;
	holdings->processes = processes;
	processes[holdings->process_count++] = (struct holding_process){ .pid = process->pid };
	return 0;
}

static int add_holding(const struct socktab_holder *holder, size_t process, void *data)
{
	struct holdings *holdings = data;
	struct holding *list;
	uint64_t *head;

	head = socktab_table_at(&holdings->sockets, &holder->inode);
	if (!head)
		return -ENOMEM;
	/* A duplicate descriptor of the same process. */
	if (*head && holdings->list[*head - 1].process == process)
		return 0;
	list = selection_make_room(holdings->list, holdings->count, sizeof(*list));
	if (!list)
		return -ENOMEM;
	holdings->list = list;
	list[holdings->count++] = (struct holding){ .process = (uint32_t)process,
						    .next = (uint32_t)*head,
						    .fd = holder->fd };
	*head = holdings->count;
	return 0;
}

int holdings_read(struct holdings *holdings, struct socktab *t,
		  const struct socktab_process_filter *who)
{
	int result = socktab_processes(t, who, add_process, holdings);

	if (result)
		return result;
	return selection_visit_holders(t, holdings->processes, holdings->process_count,
				       sizeof(*holdings->processes), add_holding, holdings);
}

/* Walk the sockets not counted so far, each with one of its holders; start with *slot = 0. */
static bool next_uncounted(const struct holdings *holdings, size_t *slot,
			   struct socktab_holder *holder)
{
	const void *key;
	uint64_t head;

	while (socktab_table_next(&holdings->sockets, slot, &key, &head)) {
		if (head & COUNTED)
			continue;
		const struct holding *first = &holdings->list[head - 1];

		memcpy(&holder->inode, key, sizeof(holder->inode));
		holder->pid = holdings->processes[first->process].pid;
		holder->fd = first->fd;
		return true;
	}
	return false;
}

/* Is one of those not counted so far of a kind that has a table? */
static bool any_left(const struct holdings *holdings, struct socktab *t, uint32_t kinds)
{
	struct socktab_holder holder;
	size_t slot = 0;
	uint32_t kind;

	while (next_uncounted(holdings, &slot, &holder))
		if (socktab_holder_kinds(t, &holder, &kind) == 0 && kind & kinds)
			return true;
	return false;
}

static int visit_tables(const struct holdings *holdings, struct selection_view *view,
			socktab_visitor *visit, void *data)
{
	struct socktab_filter held = view->selection->filter;
	pid_t *pids;
	int result;

	pids = malloc(holdings->process_count * sizeof(*pids));
	if (!pids)
		return -ENOMEM;
	for (size_t i = 0; i < holdings->process_count; i++)
		pids[i] = holdings->processes[i].pid;
	held.inodes = &holdings->sockets;
	result = selection_visit_of(view, pids, holdings->process_count, &held, visit, data);
	/* systemd makes the sockets of a service that has a namespace of its own in the host's; and
	 * where /proc tells no namespaces, there is but that one. */
	if (!result && !view->selection->netns &&
	    selection_all_elsewhere(view, pids, holdings->process_count) &&
	    (!view->namespaces || any_left(holdings, view->t, held.kinds))) {
		socktab_enter(view->t, NULL);
		result = selection_visit_here(view, &held, visit, data);
	}
	free(pids);
	return result;
}

/* Do options ask for something that only a socket in a table has? */
static bool is_narrowed(const struct selection *selection)
{
	const struct socktab_filter *filter = &selection->filter;

	return filter->local_port_count || filter->name_count || filter->remote_port_count ||
	       filter->local_count || filter->remote_count || filter->not_remote_count ||
	       filter->states || filter->traffic || selection->direction;
}

static int visit_rest(const struct holdings *holdings, const struct selection_view *view,
		      socktab_visitor *visit, void *data)
{
	uint32_t wanted = view->selection->protocols;
	struct socktab_holder holder;
	size_t slot = 0;
	int result = 0;

	while (!result && next_uncounted(holdings, &slot, &holder)) {
		struct socktab_record record = { .inode = holder.inode };
		uint32_t kinds;
		int error = socktab_holder_kinds(view->t, &holder, &kinds);

		if (error == -ENOENT || error == -ESRCH)
			continue; /* closed meanwhile */
		if (error)
			return error;
		if (wanted && !(kinds & wanted))
			continue;
		while (record.protocol < SOCKTAB_PROTOCOLS &&
		       !(kinds & SOCKTAB_MASK(record.protocol)))
			record.protocol++;
		result = visit(&record, data);
	}
	return result;
}

int holdings_visit(const struct holdings *holdings, struct selection_view *view,
		   socktab_visitor *visit, void *data)
{
	int result = holdings->count ? visit_tables(holdings, view, visit, data) : 0, rest = 0;

	if (!is_narrowed(view->selection))
		rest = visit_rest(holdings, view, visit, data);
	return result ? result : rest;
}

bool holdings_count(struct holdings *holdings, uint32_t inode, uint32_t figures)
{
	uint64_t *head = socktab_table_find(&holdings->sockets, &inode);

	if (!head || *head & COUNTED)
		return false;
	for (uint64_t at = *head; at; at = holdings->list[at - 1].next) {
		struct holding_process *process =
			&holdings->processes[holdings->list[at - 1].process];

		process->sockets++;
		for (size_t i = 0; i < HOLDINGS_FIGURES; i++)
			process->figures[i] += figures >> i & 1;
	}
	*head |= COUNTED;
	return true;
}

int holdings_group(const struct holdings *holdings, struct groups *groups)
{
	int error = 0;

	for (size_t i = 0; !error && i < holdings->process_count; i++)
		error = groups_add_process(groups, holdings->processes[i].pid,
					   holdings->processes[i].sockets);
	return error;
}

static void set_unread(struct plugin_metric *metric)
{
	plugin_metric_set(metric, metric->value,
			  metric->bound == PLUGIN_ABSENT ? PLUGIN_ANY : PLUGIN_AT_LEAST);
}

static void take_worse(struct plugin_metric *metric, double value, enum plugin_bound bound,
		       pid_t pid, pid_t *worst)
{
	double before = metric->bound == PLUGIN_ABSENT ? -1 : metric->value;

	plugin_metric_worse(metric, value, bound, false);
	if (metric->value < before || metric->value > before)
		*worst = pid;
}

void holdings_set_fds(struct holdings *holdings, struct socktab *t, enum plugin_bound bound,
		      struct plugin_metric *fds, struct plugin_metric *usage)
{
	bool missed = false;

	for (size_t i = 0; i < holdings->process_count; i++) {
		uint64_t count, limit;
		pid_t pid = holdings->processes[i].pid;
		int error = socktab_fds(t, pid, &count, &limit);

		if (error) {
			missed |= error != -ENOENT && error != -ESRCH;
			continue;
		}
		take_worse(fds, (double)count, bound, pid, &holdings->worst_fds);
		if (limit)
			take_worse(usage, 100.0 * (double)count / (double)limit, bound, pid,
				   &holdings->worst_usage);
	}
	/* Before Linux 6.2 their number takes the right to list them. */
	if (missed) {
		set_unread(fds);
		set_unread(usage);
	}
}

void holdings_free(struct holdings *holdings)
{
	free(holdings->processes);
	free(holdings->list);
	socktab_table_free(&holdings->sockets);
}
