// SPDX-License-Identifier: MIT
/* netns.c - the network namespaces that are looked at */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "private.h"

bool selection_of_owners(const struct selection *selection)
{
	return selection->netns && strcmp(selection->netns, "owner") == 0;
}

/* ---- one that is named ------------------------------------------------------------------- */

static void say_refused(const struct selection_view *view, const char *name, bool is_process)
{
	struct plugin_report *report = view->report;
	unsigned int uid = (unsigned int)geteuid();
	const char *otherwise = "";

	if (is_process && view->selection->source == SOCKTAB_SOURCE_NETLINK)
		otherwise = "leave out --source netlink";
	else if (!is_process && uid && !socktab_coverage(view->t)->hidepid)
		otherwise = "name a process: --netns PID";
	if (uid == 0) {
		plugin_problem(report, PLUGIN_UNKNOWN,
			       "cannot enter the network namespace %s: not permitted", name);
		plugin_remedy(report, "root lacks cap_sys_admin over it here%s%s",
			      *otherwise ? ": " : "", otherwise);
		return;
	}
	plugin_problem(report, PLUGIN_UNKNOWN,
		       "cannot enter the network namespace %s: not permitted for uid %u", name,
		       uid);
	plugin_remedy(report, "run it as root%s%s", *otherwise ? ", or " : "", otherwise);
}

/* May /proc hide a process of this number, so that its namespace cannot be looked up? */
static bool is_hidden(const struct selection_view *view, const char *netns, int error)
{
	const struct socktab_coverage *coverage = socktab_coverage(view->t);
	unsigned long pid = strtoul(netns, NULL, 10);
	uint64_t id;

	if (!pid || pid > INT_MAX)
		return false;
	/* Mode 1 lists them all. */
	if (error == -ENOENT)
		return coverage->hidepid > 1 || coverage->partial;
	return error == -EPERM && coverage->hidepid && socktab_namespace(view->t, (pid_t)pid, &id);
}

static void say_hidden(const struct selection_view *view, const char *name)
{
	char hidden[SELECTION_HIDDEN_SIZE], remedy[SELECTION_REMEDY_SIZE];

	plugin_problem(view->report, PLUGIN_UNKNOWN, "cannot enter the network namespace %s: %s",
		       name, selection_format_hidden(view, hidden));
	plugin_remedy(view->report, "%s",
		      view->selection->source == SOCKTAB_SOURCE_NETLINK
			      ? "run it as root"
			      : selection_format_unhide(view, remedy));
}

static void say_error(const struct selection_view *view, int error)
{
	const char *netns = view->selection->netns, *reason = strerror(-error);
	bool is_process = !netns[strspn(netns, "0123456789")];
	char name[256];

	plugin_escape(netns, strlen(netns), name, sizeof(name));
	if (is_process && is_hidden(view, netns, error)) {
		say_hidden(view, name);
		return;
	}
	if (error == -EPERM) {
		say_refused(view, name, is_process);
		return;
	}
	if (error == -EINVAL)
		reason = "it is no network namespace";
	else if (error == -ENOENT && is_process)
		reason = "there is no such process";
	else if (error == -ENOENT && !strchr(netns, '/'))
		reason = "there is none of that name in /run/netns";
	plugin_problem(view->report, PLUGIN_UNKNOWN, "cannot enter the network namespace %s: %s",
		       name, reason);
}

/* ---- those of processes ------------------------------------------------------------------ */

static int add_pid(const struct socktab_process *process, void *data)
{
	struct selection_view *view = data;
	pid_t *pids = selection_make_room(view->pids, view->pid_count, sizeof(*pids));

	if (!pids)
		return -ENOMEM;
	view->pids = pids;
	pids[view->pid_count++] = process->pid;
	return 0;
}

static void find_owners(struct selection_view *view)
{
	char expected[512];
	int error;

	plugin_stage(view->report, "looking for the processes");
	error = socktab_processes(view->t, &view->who, add_pid, view);
	if (error)
		view->netns_error = error;
	else if (!view->pid_count)
		plugin_summary(view->report, "no process matches %s",
			       selection_format_expected(view->selection, false, expected,
							 sizeof(expected)));
}

bool selection_enter(struct selection_view *view)
{
	int error;

	if (!view->selection->netns)
		return true;
	if (selection_of_owners(view->selection)) {
		find_owners(view);
		return true;
	}
	/* A path is opened here that the caller chose: what the plugin was lent has to be dropped.
	 */
	error = socktab_enter(view->t, view->selection->netns);
	if (error)
		say_error(view, error);
	return !error;
}

/* 1: the first of its namespace, which is looked at from now on; 0: another was; -errno. */
static int enter_first(struct selection_view *view, struct socktab_table *seen, pid_t pid)
{
	uint64_t id;
	int error = socktab_namespace(view->t, pid, &id);

	if (error || socktab_table_get(seen, &id))
		return error;
	error = socktab_enter_pid(view->t, pid);
	/* It has ended; others of its namespace may not have. */
	if (error == -ENOENT)
		return error;
	if (selection_add_key(seen, &id))
		return -ENOMEM;
	return error ? error : 1;
}

/*
 * Look into each namespace that these processes are in, once however many of them share it, and
 * call visit() there. > 0 from it stops. Returns that, or its first -errno; what could not be
 * looked into is left in view->netns_error. The view stays in the last namespace.
 */
typedef int namespace_visitor(struct selection_view *view, void *data);
static int each_namespace(struct selection_view *view, const pid_t *pids, size_t count,
			  namespace_visitor *visit, void *data)
{
	struct socktab_table seen = { .key_size = sizeof(uint64_t) };
	int first_error = 0, result = 0;

	view->namespaces = 0;
	for (size_t i = 0; i < count && result <= 0; i++) {
		result = enter_first(view, &seen, pids[i]);
		if (result > 0) {
			view->namespaces++;
			result = visit(view, data);
			if (!first_error)
				first_error = result;
		} else if (result < 0 && result != -ENOENT) {
			view->netns_error = result;
		}
	}
	socktab_table_free(&seen);
	return result > 0 ? result : first_error;
}

/* ---- what is asked of them --------------------------------------------------------------- */

struct tables {
	const struct socktab_filter *filter;
	socktab_visitor *visit;
	void *data;
};

static int visit_tables(struct selection_view *view, void *data)
{
	const struct tables *tables = data;

	return selection_visit_here(view, tables->filter, tables->visit, tables->data);
}

int selection_visit_tables(struct selection_view *view, const struct socktab_filter *filter,
			   socktab_visitor *visit, void *data)
{
	struct tables tables = { filter, visit, data };

	if (!selection_of_owners(view->selection))
		return visit_tables(view, &tables);
	return each_namespace(view, view->pids, view->pid_count, visit_tables, &tables);
}

int selection_visit_of(struct selection_view *view, const pid_t *pids, size_t count,
		       const struct socktab_filter *filter, socktab_visitor *visit, void *data)
{
	struct tables tables = { filter, visit, data };

	if (view->selection->netns && !selection_of_owners(view->selection))
		return visit_tables(view, &tables);
	return each_namespace(view, pids, count, visit_tables, &tables);
}

bool selection_all_elsewhere(const struct selection_view *view, const pid_t *pids, size_t count)
{
	uint64_t home, id;

	if (socktab_namespace(view->t, 0, &home))
		return true;
	for (size_t i = 0; i < count; i++)
		if (socktab_namespace(view->t, pids[i], &id) == 0 && id == home)
			return false;
	return true;
}

/* Is it so in one of the namespaces that are looked at? 1, 0, or -errno. */
static int ask_any(struct selection_view *view, namespace_visitor *ask, void *data)
{
	int result;

	if (!selection_of_owners(view->selection))
		return ask(view, data);
	result = each_namespace(view, view->pids, view->pid_count, ask, data);
	if (!result && view->netns_error)
		return view->netns_error;
	return result || view->namespaces ? result : -ENOENT;
}

struct address {
	uint8_t family;
	const uint8_t *ip;
};

static int is_local(struct selection_view *view, void *data)
{
	const struct address *address = data;

	return socktab_is_local(view->t, address->family, address->ip);
}

int selection_is_local(struct selection_view *view, uint8_t family, const uint8_t *ip)
{
	struct address address = { family, ip };

	return ask_any(view, is_local, &address);
}

static int has_device(struct selection_view *view, void *data)
{
	return socktab_has_device(view->t, data);
}

int selection_has_device(struct selection_view *view, const char *name)
{
	return ask_any(view, has_device, (void *)name);
}

struct counter {
	const char *group, *name;
	uint64_t sum;
};

static int add_counter(struct selection_view *view, void *data)
{
	struct counter *counter = data;
	uint64_t value;
	int error = socktab_counter(view->t, counter->group, counter->name, &value);

	if (!error)
		counter->sum += value;
	return error;
}

int selection_counter(struct selection_view *view, const char *group, const char *name,
		      uint64_t *value)
{
	struct counter counter = { group, name, 0 };
	int error;

	if (!selection_of_owners(view->selection))
		return socktab_counter(view->t, group, name, value);
	error = each_namespace(view, view->pids, view->pid_count, add_counter, &counter);
	*value = counter.sum;
	return error;
}
