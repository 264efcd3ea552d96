// SPDX-License-Identifier: MIT
/* obstacle.c - why processes are not readable, and what would make them so */
#include <stdio.h>
#include <unistd.h>

#include "private.h"

#define CAPABILITIES "cap_sys_ptrace,cap_dac_read_search"

/* By sys_ptrace, dac_read_search. */
static const char *const names[2][2] = { { "none", "cap_dac_read_search" },
					 { "cap_sys_ptrace", CAPABILITIES } };

void selection_report_privilege(const struct selection_view *view)
{
	const struct socktab_coverage *coverage = socktab_coverage(view->t);
	struct plugin_report *report = view->report;
	struct socktab_privilege privilege;

	socktab_privilege(view->t, &privilege);
	plugin_fact(report, "uid", "%u", (unsigned int)geteuid());
	plugin_fact(report, "capabilities", "%s",
		    names[privilege.sys_ptrace][privilege.dac_read_search]);
	if (privilege.no_new_privs)
		plugin_fact(report, "no_new_privs", "set");
	if (coverage->hidepid)
		plugin_fact(report, "hidepid", "%u", coverage->hidepid);
	if (coverage->nested)
		plugin_fact(report, "pid_namespace", "not the first");
}

static int stop_at_first(uint64_t id, const char *path, void *data)
{
	(void)id;
	(void)path;
	(void)data;
	return 1;
}

/*
 * Would a unit answer the question without a look at processes? Only one of whose sockets are, only
 * where netlink tells their cgroup, and only if there is a hierarchy of units.
 */
static bool unit_helps(const struct selection_view *view)
{
	const struct selection *selection = view->selection;
	const struct socktab_coverage *coverage = socktab_coverage(view->t);

	if (!view->or_unit || selection->who.unit_count || selection->procfs ||
	    selection->source == SOCKTAB_SOURCE_PROCFS)
		return false;
	for (size_t kind = 0; kind < SOCKTAB_KINDS; kind++)
		if (coverage->source[kind] == SOCKTAB_SOURCE_PROCFS)
			return false;
	return socktab_cgroups(view->t, stop_at_first, NULL) > 0;
}

/* What would help: words around the names of the capabilities that are missing; where these are
 * there already, no `after`. */
static const struct remedy {
	const char *before, *after;
} remedies[] = {
	[SOCKTAB_OBSTACLE_REFUSED] = { "run it in the user namespace of these processes, and see "
				       "that no security module keeps them",
				       NULL },
	[SOCKTAB_OBSTACLE_CAPABILITY] = { "run it with ", "" },
	[SOCKTAB_OBSTACLE_DROPPED] = { "run it as root with ",
				       ", since the plugin's own are given up where the caller "
				       "says what to look at" },
	[SOCKTAB_OBSTACLE_BOUNDING] = { "start its caller with ",
					" in the bounding set (CapabilityBoundingSet=, "
					"--cap-add)" },
	[SOCKTAB_OBSTACLE_NO_NEW_PRIVS] = { "start its caller without NoNewPrivs "
					    "(NoNewPrivileges=no), under which the kernel ignores "
					    "the capabilities of files",
					    NULL },
	[SOCKTAB_OBSTACLE_NOSUID] = { "install it where the file system is not mounted nosuid, "
				      "under which the kernel ignores its capabilities",
				      NULL },
	[SOCKTAB_OBSTACLE_IGNORED] = { "run it untraced and outside a user namespace, where the "
				       "kernel heeds its capabilities",
				       NULL },
};

/* Root needs no file that carries capabilities; for others, where that alone would do or is
 * missing too. */
static bool needs_file(const struct socktab_privilege *privilege)
{
	return geteuid() != 0 && !privilege->given &&
	       (privilege->obstacle == SOCKTAB_OBSTACLE_CAPABILITY ||
		privilege->obstacle == SOCKTAB_OBSTACLE_BOUNDING ||
		privilege->obstacle == SOCKTAB_OBSTACLE_NO_NEW_PRIVS);
}

static const char *format_remedy(const struct selection_view *view, char *buffer, size_t size)
{
	struct socktab_privilege privilege;
	const struct remedy *remedy;
	const char *missing;
	bool file;

	socktab_privilege(view->t, &privilege);
	/* Whatever is given to the plugin it gives up. */
	if (geteuid() != 0 && privilege.obstacle != SOCKTAB_OBSTACLE_REFUSED &&
	    selection_names_path(view->selection))
		privilege.obstacle = SOCKTAB_OBSTACLE_DROPPED;
	remedy = &remedies[privilege.obstacle];
	missing = names[!privilege.sys_ptrace][!privilege.dac_read_search];
	file = needs_file(&privilege);
	if (file && privilege.obstacle == SOCKTAB_OBSTACLE_CAPABILITY)
		snprintf(buffer, size, "give the plugin " CAPABILITIES);
	else
		snprintf(buffer, size, "%s%s%s%s", remedy->before, remedy->after ? missing : "",
			 remedy->after ? remedy->after : "",
			 file ? ", and give the plugin " CAPABILITIES : "");
	return buffer;
}

const char *selection_format_unhide(const struct selection_view *view,
				    char buffer[SELECTION_REMEDY_SIZE])
{
	const struct socktab_coverage *coverage = socktab_coverage(view->t);
	struct words words = { buffer, SELECTION_REMEDY_SIZE, 0 };
	char remedy[384];

	words_add(&words, "%s",
		  coverage->unmounted ? "mount it"
		  : coverage->partial ? "put the whole of a /proc there"
				      : format_remedy(view, remedy, sizeof(remedy)));
	/* The group sees all processes, though not into them; mode 4 knows no group. */
	if (coverage->hidepid == 1 || coverage->hidepid == 2)
		words_add(&words, ", or mount /proc with gid= of its group");
	return buffer;
}

/* What would tell without a look at processes: the beginning of a remedy. */
static const char *or_unit(const struct selection_view *view)
{
	return unit_helps(view) ? view->or_unit : "";
}

static bool is_hidden(const struct socktab_coverage *coverage)
{
	return coverage->hidden || coverage->hidepid;
}

/* "/proc hides its holder from uid 117 (hidepid=2)", "no /proc of this pid namespace is mounted" */
static const char *format_hidden(const struct socktab_coverage *coverage, const char *what,
				 char *buffer, size_t size)
{
	struct words words = { buffer, size, 0 };

	if (coverage->unmounted) {
		words_add(&words, "no /proc of this pid namespace is mounted");
		return buffer;
	}
	if (coverage->partial) {
		words_add(&words, "the folder of --procfs lacks process 1, and maybe others");
		return buffer;
	}
	words_add(&words, "/proc hides %s from uid %u (hidepid", what, (unsigned int)geteuid());
	if (coverage->hidepid)
		words_add(&words, "=%u", coverage->hidepid);
	words_add(&words, ")");
	return buffer;
}

const char *selection_format_hidden(const struct selection_view *view,
				    char buffer[SELECTION_HIDDEN_SIZE])
{
	return format_hidden(socktab_coverage(view->t), "processes", buffer, SELECTION_HIDDEN_SIZE);
}

void selection_say_processes(const struct selection_view *view)
{
	const struct socktab_coverage *coverage = socktab_coverage(view->t);
	unsigned int count = coverage->unreadable;
	char remedy[SELECTION_REMEDY_SIZE], hidden[SELECTION_HIDDEN_SIZE];

	selection_format_unhide(view, remedy);
	/* No privilege helps with those. */
	if (coverage->too_long && coverage->too_long == count && !is_hidden(coverage))
		plugin_remedy(view->report,
			      "the command line of %u process%s 8 MiB or longer: choose by "
			      "--command, --exe or --unit",
			      count, count == 1 ? " is" : "es is");
	else if (is_hidden(coverage))
		plugin_remedy(view->report, "%s: %s%s", selection_format_hidden(view, hidden),
			      or_unit(view), remedy);
	else
		plugin_remedy(view->report, "%u process%s not readable for uid %u: %s%s", count,
			      count == 1 ? " is" : "es are", (unsigned int)geteuid(), or_unit(view),
			      remedy);
}

const char *selection_format_unreadable(const struct selection_view *view, int result, char *buffer,
					size_t size)
{
	const struct socktab_coverage *coverage = socktab_coverage(view->t);
	struct words words = { buffer, size, 0 };
	char remedy[SELECTION_REMEDY_SIZE];

	/* Its unit could tell too, and there may be several reasons why it does not. */
	if (result < 0 || view->selection->who.unit_count ||
	    (!is_hidden(coverage) && !coverage->unreadable)) {
		words_add(&words, "its holder cannot be told");
		selection_bound(view, result);
		return buffer;
	}
	plugin_remedy(view->report, "%s%s", or_unit(view), selection_format_unhide(view, remedy));
	if (is_hidden(coverage))
		return format_hidden(coverage, "its holder", buffer, size);
	words_add(&words, "its holder is not readable for uid %u", (unsigned int)geteuid());
	return buffer;
}

void selection_say_nested(const struct selection_view *view)
{
	plugin_remedy(view->report,
		      "no process of this pid namespace holds it: %srun the plugin in that of its "
		      "holder (on the host, --pid=host)",
		      or_unit(view));
}
