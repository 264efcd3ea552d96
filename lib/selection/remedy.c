// SPDX-License-Identifier: MIT
/* remedy.c - what a view could not see, and what would make it visible */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "private.h"

#define CAPABILITIES "cap_sys_ptrace,cap_dac_read_search"

bool selection_saw_sockets(const struct selection_view *view)
{
	const struct socktab_coverage *coverage = socktab_coverage(view->t);

	return !coverage->failed && !coverage->interrupted && !coverage->malformed;
}

bool selection_saw_owners(const struct selection_view *view)
{
	const struct socktab_coverage *coverage = socktab_coverage(view->t);

	return !coverage->unreadable && !coverage->hidden;
}

static void report_tables(const struct socktab_coverage *coverage, struct plugin_report *report)
{
	for (enum socktab_kind kind = 0; kind < SOCKTAB_KINDS; kind++) {
		const char *name = socktab_kind_name(kind);

		if (coverage->failed & SOCKTAB_BIT(kind))
			plugin_fact(report, name, "not read: %s", strerror(-coverage->error));
		else if (coverage->absent & SOCKTAB_BIT(kind))
			plugin_fact(report, name, "not in this kernel");
		else if (coverage->source[kind])
			plugin_fact(report, name, "%s",
				    socktab_source_name(coverage->source[kind]));
	}
}

static void report_privilege(const struct selection_view *view)
{
	static const char *const in_force[2][2] = { { "none", "cap_dac_read_search" },
						    { "cap_sys_ptrace", CAPABILITIES } };
	const struct socktab_coverage *coverage = socktab_coverage(view->t);
	struct plugin_report *report = view->report;
	struct socktab_privilege privilege;

	socktab_privilege(view->t, &privilege);
	plugin_fact(report, "uid", "%u", (unsigned int)geteuid());
	plugin_fact(report, "capabilities", "%s",
		    in_force[privilege.sys_ptrace][privilege.dac_read_search]);
	if (privilege.no_new_privs)
		plugin_fact(report, "no_new_privs", "set");
	if (coverage->hidepid)
		plugin_fact(report, "hidepid", "%u", coverage->hidepid);
	if (coverage->nested)
		plugin_fact(report, "pid namespace", "not the first");
}

void selection_close(struct selection_view *view)
{
	const struct socktab_coverage *coverage = socktab_coverage(view->t);

	struct plugin_report *report = view->report;

	report_tables(coverage, report);
	if (coverage->interrupted)
		plugin_fact(report, "interrupted", "rows were lost");
	if (coverage->malformed)
		plugin_fact(report, "malformed", "%u rows skipped", coverage->malformed);
	if (coverage->processes)
		plugin_fact(report, "processes", "%u looked at, %u not readable%s",
			    coverage->processes, coverage->unreadable,
			    coverage->hidden ? ", others hidden" : "");
	if (coverage->processes || coverage->unreadable || coverage->hidepid)
		report_privilege(view);
	socktab_table_free(&view->cgroups);
	socktab_close(view->t);
}

/* ---- what would make processes readable -------------------------------------------------- */

static int stop_at_first(uint64_t id, const char *path, void *data)
{
	(void)id;
	(void)path;
	(void)data;
	return 1;
}

/*
 * Would --unit answer the question without a look at processes? Only about sockets, only where
 * netlink tells their cgroup, and only if there is a hierarchy of units.
 */
static bool unit_helps(const struct selection_view *view)
{
	const struct selection *selection = view->selection;
	const struct socktab_coverage *coverage = socktab_coverage(view->t);

	if (selection->descriptors || selection->who.unit_count || selection->procfs ||
	    selection->source == SOCKTAB_SOURCE_PROCFS)
		return false;
	for (size_t kind = 0; kind < SOCKTAB_KINDS; kind++)
		if (coverage->source[kind] == SOCKTAB_SOURCE_PROCFS)
			return false;
	return socktab_cgroups(view->t, stop_at_first, NULL) > 0;
}

/* Capabilities on the plugin's file would be in vain: what to change, for the caller or the file.
 */
static const char *remedy_of(enum socktab_obstacle obstacle)
{
	switch (obstacle) {
	case SOCKTAB_OBSTACLE_DROPPED:
		return "run it as root with " CAPABILITIES
		       ", since the plugin's own are given up where the caller says what to look "
		       "at";
	case SOCKTAB_OBSTACLE_BOUNDING:
		return "start its caller with " CAPABILITIES
		       " in the bounding set (CapabilityBoundingSet=, --cap-add)";
	case SOCKTAB_OBSTACLE_NO_NEW_PRIVS:
		return "start its caller without NoNewPrivs (NoNewPrivileges=no), which keeps "
		       "capabilities of files from it";
	case SOCKTAB_OBSTACLE_NOSUID:
		return "install the plugin where the file system is not mounted nosuid, so that "
		       "its capabilities count";
	case SOCKTAB_OBSTACLE_IGNORED:
		return "run it untraced and outside a user namespace, where its capabilities "
		       "count";
	case SOCKTAB_OBSTACLE_REFUSED:
		return "run it in the user namespace of these processes, and see that no security "
		       "module keeps them";
	case SOCKTAB_OBSTACLE_CAPABILITY:
		break;
	}
	return "give the plugin " CAPABILITIES;
}

static void say_processes(const struct selection_view *view)
{
	const struct socktab_coverage *coverage = socktab_coverage(view->t);
	const char *unit = unit_helps(view) ? "use --unit, or " : "";
	unsigned int uid = (unsigned int)geteuid();
	struct socktab_privilege privilege;
	const char *remedy, *group = "", *file = "";
	char option[16] = "";

	socktab_privilege(view->t, &privilege);
	remedy = remedy_of(privilege.obstacle);
	/* Root needs no file that carries them, once it may have them. */
	if (!privilege.given && uid != 0 &&
	    (privilege.obstacle == SOCKTAB_OBSTACLE_BOUNDING ||
	     privilege.obstacle == SOCKTAB_OBSTACLE_NO_NEW_PRIVS))
		file = ", and give the plugin " CAPABILITIES;
	else if (uid == 0 && privilege.obstacle == SOCKTAB_OBSTACLE_CAPABILITY)
		remedy = "run it with " CAPABILITIES;
	/* The group sees all processes, though not into them; mode 4 knows no group. */
	if (coverage->hidepid == 1 || coverage->hidepid == 2)
		group = ", or mount /proc with gid= of its group";
	if (coverage->hidepid)
		snprintf(option, sizeof(option), "=%u", coverage->hidepid);
	if (coverage->hidden || coverage->hidepid)
		plugin_remedy(view->report,
			      "/proc hides processes from uid %u (hidepid%s): %s%s%s%s", uid,
			      option, unit, remedy, file, group);
	else
		plugin_remedy(view->report, "%u processes are not readable for uid %u: %s%s%s",
			      coverage->unreadable, uid, unit, remedy, file);
}

void selection_say_nested(const struct selection_view *view)
{
	plugin_remedy(view->report,
		      "no process of this pid namespace holds it: %srun the plugin in that of its "
		      "holder (on the host, --pid=host)",
		      unit_helps(view) ? "use --unit, or " : "");
}

enum plugin_bound selection_bound(const struct selection_view *view, int result)
{
	struct plugin_report *report = view->report;
	const struct socktab_coverage *coverage = socktab_coverage(view->t);

	if (result >= 0 && selection_saw_sockets(view) && selection_saw_owners(view) &&
	    !view->doubtful)
		return PLUGIN_EXACT;
	if (coverage->interrupted) {
		plugin_look_again(report);
		plugin_remedy(report, "rows were lost while the socket tables were read");
	} else if (coverage->failed) {
		plugin_remedy(report, "the socket tables could not be read (%s)",
			      strerror(-coverage->error));
	} else if (coverage->hidden || coverage->unreadable) {
		say_processes(view);
	} else if (result < 0) {
		plugin_look_again(report);
		plugin_remedy(report, "the sockets could not be read: %s", strerror(-result));
	} else {
		plugin_remedy(report, "%u rows made no sense", coverage->malformed);
	}
	return PLUGIN_AT_LEAST;
}
