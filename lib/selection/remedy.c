// SPDX-License-Identifier: MIT
/* remedy.c - what a view could not see, and what would make it visible */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "private.h"

bool selection_saw_sockets(const struct selection_view *view)
{
	const struct socktab_coverage *coverage = socktab_coverage(view->t);

	return !coverage->failed && !coverage->interrupted && !coverage->malformed &&
	       !view->netns_error;
}

/* Of the processes looked at. */
static bool saw_cgroups(const struct socktab_coverage *coverage)
{
	return !coverage->cgroupless && !coverage->cgroup_cut;
}

bool selection_saw_owners(const struct selection_view *view)
{
	const struct socktab_coverage *coverage = socktab_coverage(view->t);

	return !coverage->unreadable && !coverage->hidden && saw_cgroups(coverage) &&
	       selection_saw_units(view);
}

bool selection_saw_processes(const struct selection_view *view)
{
	const struct socktab_coverage *coverage = socktab_coverage(view->t);

	return !coverage->unsure && !coverage->hidden && saw_cgroups(coverage);
}

void selection_remedy_procfs(const struct selection_view *view, const char *what)
{
	bool chosen = view->selection->source == SOCKTAB_SOURCE_PROCFS || view->selection->procfs;

	plugin_remedy(view->report, "/proc does not tell %s: %s", what,
		      socktab_coverage(view->t)->refused ? "run it as root"
		      : chosen				 ? "use --source netlink"
							 : "run it where netlink is permitted");
}

bool selection_doubts_user(const struct selection_view *view, const struct socktab_record *record)
{
	return view->selection->who.uid_count && !(record->known & SOCKTAB_KNOWN_UID) &&
	       record->inode;
}

void selection_say_users(const struct selection_view *view)
{
	if (socktab_coverage(view->t)->unmapped)
		plugin_remedy(view->report, "this user namespace does not tell all users apart: "
					    "run it outside");
	else if (socktab_coverage(view->t)->source[SOCKTAB_KIND_UNIX] == SOCKTAB_SOURCE_PROCFS)
		selection_remedy_procfs(view, "who created a unix socket");
	else
		plugin_remedy(view->report, "before Linux 5.3 the kernel does not tell who created "
					    "a unix socket: use --command");
}

/* The first of what keeps tables or processes from being seen. */
static void say_unread(const struct selection_view *view, int result)
{
	struct plugin_report *report = view->report;
	const struct socktab_coverage *coverage = socktab_coverage(view->t);

	if (coverage->interrupted) {
		plugin_look_again(report);
		plugin_remedy(report, "rows were lost while the socket tables were read");
	} else if (view->netns_error == -EPERM) {
		plugin_remedy(report,
			      "uid %u may not enter the network namespaces of other processes: "
			      "leave out --source netlink, or run it as root",
			      (unsigned int)geteuid());
	} else if (view->netns_error) {
		plugin_remedy(report, "the network namespaces could not be looked at: %s",
			      strerror(-view->netns_error));
	} else if (coverage->failed && coverage->unmounted) {
		plugin_remedy(report, "no /proc of this pid namespace is mounted: mount it");
	} else if (coverage->failed) {
		/* A table of /proc/PID/net ends with the process. */
		if (coverage->refused)
			plugin_look_again(report);
		plugin_remedy(report, "the socket tables could not be read (%s)",
			      strerror(-coverage->error));
	} else if (coverage->hidden || coverage->unreadable) {
		selection_say_processes(view);
	} else if (result < 0 && !(result == -EBADMSG && coverage->malformed)) {
		plugin_look_again(report);
		plugin_remedy(report, "the sockets could not be read: %s", strerror(-result));
	} else if (coverage->cgroupless) {
		plugin_remedy(report, "the unit of a process cannot be told without cgroup2");
	} else if (coverage->cgroup_cut) {
		plugin_remedy(report,
			      "a cgroup namespace hides part of the cgroups of processes: run "
			      "it in that of the host (--cgroupns=host)");
	} else if (coverage->malformed && !view->explained) {
		plugin_remedy(report, "%u row%s made no sense", coverage->malformed,
			      coverage->malformed == 1 ? "" : "s");
	}
}

bool selection_saw_all(const struct selection_view *view, int result)
{
	return result >= 0 && selection_saw_sockets(view) && selection_saw_owners(view) &&
	       !view->doubtful && !view->userless && !view->unheld;
}

enum plugin_bound selection_bound(const struct selection_view *view, int result)
{
	if (selection_saw_all(view, result))
		return PLUGIN_EXACT;
	if (view->unheld)
		selection_say_nested(view);
	if (view->userless)
		selection_say_users(view);
	if (view->doubtful || !selection_saw_units(view))
		selection_say_units(view);
	say_unread(view, result);
	return PLUGIN_AT_LEAST;
}

void selection_say_uncounted(const struct selection_view *view, int result)
{
	if (result < 0 || socktab_coverage(view->t)->failed || view->netns_error ||
	    !selection_saw_units(view))
		plugin_problem(view->report, PLUGIN_UNKNOWN, "cannot count them all");
}
