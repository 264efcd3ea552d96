// SPDX-License-Identifier: MIT
/* obstacle.c - why processes are not readable, and what would make them so */
#include <stdio.h>
#include <unistd.h>

#include "private.h"

#define CAPABILITIES "cap_sys_ptrace,cap_dac_read_search"

void selection_report_privilege(const struct selection_view *view)
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

void selection_say_processes(const struct selection_view *view)
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
