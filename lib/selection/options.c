// SPDX-License-Identifier: MIT
/* options.c - the options that choose processes and where to look: rows and setters */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "private.h"

/* ---- owners ------------------------------------------------------------------------------ */

static const char *add_user(struct selection *selection, const char *text, size_t length)
{
	struct socktab_process_filter *who = &selection->who;
	unsigned long number;
	uint32_t uid;
	char *end;

	(void)length;
	errno = 0;
	number = strtoul(text, &end, 10);
	if (*end || text[0] < '0' || text[0] > '9') {
		if (!selection_find_user(text, &uid))
			return "no user of that name is known";
	} else if (errno || number >= UINT32_MAX) {
		return "a user id is 0 to 4294967294";
	} else {
		uid = (uint32_t)number;
	}
	APPEND(uint32_t, who->uids, who->uid_count, uid);
	return NULL;
}

static const char *add_pid(struct selection *selection, const char *text, size_t length)
{
	struct socktab_process_filter *who = &selection->who;
	unsigned long pid;
	char *end;

	(void)length;
	errno = 0;
	pid = strtoul(text, &end, 10);
	if (*end || text[0] < '1' || text[0] > '9' || errno || pid > INT_MAX)
		return "a process id is a number above 0";
	APPEND(uint32_t, who->pids, who->pid_count, (uint32_t)pid);
	return NULL;
}

static const char *add_command(struct selection *selection, const char *text, size_t length)
{
	struct socktab_process_filter *who = &selection->who;

	if (!length)
		return "a name is empty";
	if (strchr(text, '/'))
		return "a command has no '/': use --exe for a path";
	APPEND(const char *, who->commands, who->command_count, text);
	return NULL;
}

static const char *add_exe(struct selection *selection, const char *text, size_t length)
{
	struct socktab_process_filter *who = &selection->who;

	(void)length;
	if (text[0] != '/')
		return "expected the full path of an executable";
	APPEND(const char *, who->exes, who->exe_count, text);
	return NULL;
}

static const char *add_unit(struct selection *selection, const char *text, size_t length)
{
	struct socktab_process_filter *who = &selection->who;

	if (!length)
		return "a name is empty";
	if (text[0] != '/' && strchr(text, '/'))
		return "a unit has no '/', a path in the cgroup hierarchy begins with it";
	APPEND(const char *, who->units, who->unit_count, text);
	return NULL;
}

static const char *add_argument(struct selection *selection, const char *text, size_t length)
{
	struct socktab_process_filter *who = &selection->who;

	if (!length)
		return "an argument is empty";
	APPEND(const char *, who->arguments, who->argument_count, text);
	return NULL;
}

static const char *add_pattern(struct selection *selection, const char *text, size_t length)
{
	static char wrong[128];
	struct socktab_process_filter *who = &selection->who;
	const char *too_large = selection_check_pattern(text);
	regex_t pattern;
	int error;

	if (!length)
		return "an expression is empty";
	if (too_large)
		return too_large;
	error = regcomp(&pattern, text, REG_EXTENDED | REG_NOSUB);
	if (error) {
		regerror(error, &pattern, wrong, sizeof(wrong));
		return wrong;
	}
	APPEND(regex_t, who->patterns, who->pattern_count, pattern);
	APPEND(const char *, selection->pattern_texts, selection->pattern_text_count, text);
	return NULL;
}

static const char *add_pidfile(struct selection *selection, const char *text, size_t length)
{
	if (!length)
		return "a file name is empty";
	APPEND(const char *, selection->pidfiles, selection->pidfile_count, text);
	return NULL;
}

/* ---- setters and rows -------------------------------------------------------------------- */

#define TEXT_SETTER(name, item) \
	static const char *name(const struct plugin_option *option, void *target, \
				const char *text) \
	{ \
		(void)option; \
		return item(target, text, strlen(text)); \
	}

TEXT_SETTER(set_user, add_user)
TEXT_SETTER(set_pid, add_pid)
TEXT_SETTER(set_command, add_command)
TEXT_SETTER(set_exe, add_exe)
TEXT_SETTER(set_unit, add_unit)
TEXT_SETTER(set_pidfile, add_pidfile)
TEXT_SETTER(set_argument, add_argument)
TEXT_SETTER(set_pattern, add_pattern)

static const char *set_source(const struct plugin_option *option, void *target, const char *text)
{
	struct selection *selection = target;

	(void)option;
	for (enum socktab_source source = 0; source <= SOCKTAB_SOURCE_PROCFS; source++) {
		if (strcmp(text, socktab_source_name(source)) == 0) {
			selection->source = source;
			return NULL;
		}
	}
	return "sources are auto, netlink, procfs";
}

const struct plugin_option selection_owner_options[] = {
	{ "command", 'C', "NAME",
	  "a process whose comm, base name of argv[0] or executable's name is NAME", set_command,
	  0 },
	{ "exe", 0, "PATH", "a process whose executable is PATH", set_exe, 0 },
	{ "user", 'u', "NAME|UID",
	  "the effective user; for sockets, the user who created the socket", set_user, 0 },
	{ "unit", 0, "UNIT",
	  "the systemd unit, by cgroup; X stands for X.service, X.socket and X@*.service", set_unit,
	  0 },
	{ "pid", 0, "PID", "exactly this process", set_pid, 0 },
	{ "pidfile", 0, "FILE", "exactly the process whose id FILE holds", set_pidfile, 0 },
	{ 0 },
};

const struct plugin_option selection_argument_options[] = {
	{ "argument-array", 'a', "STRING", "a process whose command line contains STRING",
	  set_argument, 0 },
	{ "ereg-argument-array", 0, "REGEX", "a process whose command line matches REGEX",
	  set_pattern, 0 },
	{ 0 },
};

static const char *set_named_netns(const struct plugin_option *option, void *target,
				   const char *text)
{
	if (strcmp(text, "owner") == 0)
		return "this plugin has no owner options: name a process or a namespace";
	return plugin_set_text(option, target, text);
}

#define PROCFS_ROW \
	{ \
		"procfs", 0, "DIR", \
			"look at another /proc; sockets come from DIR/1/net unless --source netlink", \
			plugin_set_text, offsetof(struct selection, procfs) \
	}
#define SOURCE_ROW \
	{ \
		"source", 0, "SOURCE", "auto, netlink or procfs (auto: netlink, else procfs)", \
			set_source, 0 \
	}

const struct plugin_option selection_view_options[] = {
	PROCFS_ROW,
	{ "netns", 0, "NAME|PATH|PID|owner",
	  "look into another network namespace: a name in /run/netns, a path, a process, or those of "
	  "the processes that the owner options select",
	  plugin_set_text, offsetof(struct selection, netns) },
	SOURCE_ROW,
	{ 0 },
};

const struct plugin_option selection_ownerless_view_options[] = {
	PROCFS_ROW,
	{ "netns", 0, "NAME|PATH|PID",
	  "look into another network namespace: a name in /run/netns, a path, a process",
	  set_named_netns, offsetof(struct selection, netns) },
	SOURCE_ROW,
	{ 0 },
};
