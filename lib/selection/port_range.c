// SPDX-License-Identifier: MIT
/* port_range.c - the ports that the kernel chooses from, or why they cannot be read */
#include <errno.h>
#include <string.h>

#include "selection.h"

bool selection_local_ports(struct selection_view *view, struct socktab_local_ports *range)
{
	struct plugin_report *report = view->report;
	int error = socktab_local_ports(view->t, range);

	if (!error)
		return true;
	if (error == -EOPNOTSUPP) {
		plugin_problem(report, PLUGIN_UNKNOWN,
			       "the range of local ports cannot be read through another /proc");
		plugin_remedy(report, "run it in that network namespace without --procfs, or say "
				      "that it is there with --source netlink");
		return false;
	}
	if (error == -ENOENT && socktab_coverage(view->t)->unmounted) {
		plugin_problem(report, PLUGIN_UNKNOWN, "the range of local ports cannot be read");
		plugin_remedy(report, "no /proc of this pid namespace is mounted: mount it");
		return false;
	}
	plugin_problem(report, PLUGIN_UNKNOWN, "the range of local ports cannot be read: %s",
		       error == -EPERM ? "that network namespace may not be entered"
				       : strerror(-error));
	if (error == -EPERM)
		plugin_remedy(report, "run it as root");
	return false;
}
