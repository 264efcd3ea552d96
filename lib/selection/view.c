// SPDX-License-Identifier: MIT
/* view.c - open a view of the sockets that options ask for, close it with what it has seen */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "private.h"

bool selection_names_path(const struct selection *selection)
{
	return selection->procfs || (selection->netns && strchr(selection->netns, '/'));
}

/* Give back what the view owns. */
static void forget(struct selection_view *view)
{
	selection_free_units(&view->units);
	free(view->file_pids);
	free(view->pids);
	socktab_close(view->t);
}

bool selection_open(struct selection_view *view, const struct selection *selection,
		    struct plugin_report *report)
{
	const char *procfs = selection->procfs ? selection->procfs : "/proc";
	char directory[256];
	int error;

	*view = (struct selection_view){ .selection = selection, .report = report };
	if (!selection_read_pidfiles(view))
		return false;
	error = selection_names_path(selection) ? socktab_drop_privilege() : 0;
	if (!error)
		error = socktab_open(&view->t, selection->procfs);
	if (!error) {
		socktab_set_source(view->t, selection->source);
		if (!selection_enter(view)) {
			forget(view);
			return false;
		}
		if (selection_has_process(selection) && !selection->descriptors)
			view->or_unit = "use --unit, or ";
		if (selection->who.unit_count && !selection->descriptors)
			selection_read_units(view);
		return true;
	}
	plugin_escape(procfs, strlen(procfs), directory, sizeof(directory));
	if (error == -ENOSYS)
		plugin_problem(report, PLUGIN_UNKNOWN,
			       "this build knows no way to list the sockets of this system");
	else
		plugin_problem(report, PLUGIN_UNKNOWN, "cannot look at %s: %s", directory,
			       error == -EINVAL ? "it is no /proc" : strerror(-error));
	forget(view);
	return false;
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
	plugin_debug(report, "work",
		     "%" PRIu64 " requests, %" PRIu64 " reads, %" PRIu64 " rows, %" PRIu64
		     " matched, %" PRIu64 " descriptors",
		     coverage->requests, coverage->reads, coverage->rows, coverage->matched,
		     coverage->descriptors);
	selection_report_privilege(view);
	if (view->namespaces)
		plugin_fact(report, "namespaces", "%u looked into%s", view->namespaces,
			    view->netns_error ? ", others not" : "");
	forget(view);
}
