// SPDX-License-Identifier: MIT
/* options.c - the options that choose sockets and processes: rows and setters */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "private.h"

/* In a setter: add a value to a list, or return that there is no memory for it. */
#define APPEND(type, list, count, value) \
	do { \
		type *longer_ = realloc((void *)(list), ((count) + 1) * sizeof(type)); \
		if (!longer_) \
			return "out of memory"; \
		longer_[(count)++] = (value); \
		(list) = longer_; \
	} while (0)

typedef const char *item_setter(struct selection *selection, const char *text, size_t length);

static const char *each_item(struct selection *selection, const char *text, item_setter *set)
{
	for (;;) {
		size_t length = strcspn(text, ",");
		const char *wrong = length ? set(selection, text, length) : "an item is empty";

		if (wrong || !text[length])
			return wrong;
		text += length + 1;
	}
}

/* ---- ports and protocols ----------------------------------------------------------------- */

const char *selection_parse_ports(const char *text, size_t length, struct socktab_ports *ports)
{
	switch (socktab_parse_ports(text, length, ports)) {
	case 0:
		return NULL;
	case -ERANGE:
		return "the first port is above the last";
	case -ENOENT:
		return "no service of that name is known";
	case -EPROTONOSUPPORT:
		return "protocols are tcp, udp, sctp, mptcp, raw";
	default:
		return "expected PORT[-PORT][/PROTO] with ports from 1 to 65535";
	}
}

static const char *add_local_ports(struct selection *selection, const char *text, size_t length)
{
	struct socktab_filter *filter = &selection->filter;
	struct socktab_ports ports;
	const char *wrong = selection_parse_ports(text, length, &ports);

	if (!wrong)
		APPEND(struct socktab_ports, filter->local_ports, filter->local_port_count, ports);
	return wrong;
}

static const char *add_remote_ports(struct selection *selection, const char *text, size_t length)
{
	struct socktab_filter *filter = &selection->filter;
	struct socktab_ports ports;
	const char *wrong = selection_parse_ports(text, length, &ports);

	if (!wrong)
		APPEND(struct socktab_ports, filter->remote_ports, filter->remote_port_count,
		       ports);
	return wrong;
}

static const char *add_protocol(struct selection *selection, const char *text, size_t length)
{
	uint32_t kinds;

	if (socktab_parse_kinds(text, length, &kinds))
		return "protocols are tcp, udp, unix, raw, sctp, mptcp (with 4 or 6 for one "
		       "family), inet, inet4, inet6, all";
	selection->protocols |= kinds;
	return NULL;
}

static const char *add_state(struct selection *selection, const char *text, size_t length)
{
	uint32_t states;

	if (socktab_parse_states(text, length, &states))
		return "states are established, syn_sent, syn_recv, fin_wait1, fin_wait2, "
		       "time_wait, close, close_wait, last_ack, listen, closing, all, connected, "
		       "synchronized";
	selection->filter.states |= states;
	return NULL;
}

/* ---- addresses --------------------------------------------------------------------------- */

static const char *parse_prefix(const char *text, size_t length, struct socktab_prefix *prefix)
{
	switch (socktab_parse_prefix(text, length, prefix)) {
	case 0:
		return NULL;
	case -ERANGE:
		return "a prefix length is 0 to 32 for IPv4, 0 to 128 for IPv6";
	default:
		return "expected a numeric ADDR[/LEN]";
	}
}

static const char *add_local(struct selection *selection, const char *text, size_t length)
{
	struct socktab_filter *filter = &selection->filter;
	struct socktab_prefix prefix;
	const char *wrong = parse_prefix(text, length, &prefix);

	if (!wrong)
		APPEND(struct socktab_prefix, filter->local, filter->local_count, prefix);
	return wrong;
}

static const char *add_remote(struct selection *selection, const char *text, size_t length)
{
	struct socktab_filter *filter = &selection->filter;
	struct socktab_prefix prefix;
	const char *wrong = parse_prefix(text, length, &prefix);

	if (!wrong)
		APPEND(struct socktab_prefix, filter->remote, filter->remote_count, prefix);
	return wrong;
}

static const char *add_not_remote(struct selection *selection, const char *text, size_t length)
{
	struct socktab_filter *filter = &selection->filter;
	struct socktab_prefix prefix;
	const char *wrong = parse_prefix(text, length, &prefix);

	if (!wrong)
		APPEND(struct socktab_prefix, filter->not_remote, filter->not_remote_count, prefix);
	return wrong;
}

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
	regex_t pattern;
	int error;

	if (!length)
		return "an expression is empty";
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

#define LIST_SETTER(name, item) \
	static const char *name(const struct plugin_option *option, void *target, \
				const char *text) \
	{ \
		(void)option; \
		return each_item(target, text, item); \
	}
#define TEXT_SETTER(name, item) \
	static const char *name(const struct plugin_option *option, void *target, \
				const char *text) \
	{ \
		(void)option; \
		return item(target, text, strlen(text)); \
	}

static const char *add_name(struct selection *selection, const char *bytes, size_t length)
{
	struct socktab_filter *filter = &selection->filter;
	const struct socktab_name name = { bytes, length };

	APPEND(struct socktab_name, filter->names, filter->name_count, name);
	return NULL;
}

/* unix:/run/x.sock, unix:@name: one item, commas included. */
static const char *set_port(const struct plugin_option *option, void *target, const char *text)
{
	struct selection *selection = target;
	const char *name = text + 5, *wrong;
	char *abstract;

	(void)option;
	if (strncmp(text, "unix:", 5) != 0)
		return each_item(selection, text, add_local_ports);
	if (name[0] == '/')
		return add_name(selection, name, strlen(name));
	if (name[0] != '@' || !name[1])
		return "expected unix:/full/path or unix:@abstract-name";
	abstract = strdup(name);
	if (!abstract)
		return "out of memory";
	abstract[0] = '\0';
	wrong = add_name(selection, abstract, strlen(name));
	if (wrong)
		free(abstract);
	return wrong;
}

LIST_SETTER(set_remote_port, add_remote_ports)
LIST_SETTER(set_protocol, add_protocol)
LIST_SETTER(set_state, add_state)
LIST_SETTER(set_local, add_local)
LIST_SETTER(set_remote, add_remote)
LIST_SETTER(set_not_remote, add_not_remote)
TEXT_SETTER(set_user, add_user)
TEXT_SETTER(set_pid, add_pid)
TEXT_SETTER(set_command, add_command)
TEXT_SETTER(set_exe, add_exe)
TEXT_SETTER(set_unit, add_unit)
TEXT_SETTER(set_pidfile, add_pidfile)
TEXT_SETTER(set_argument, add_argument)
TEXT_SETTER(set_pattern, add_pattern)

static const char *set_direction(const struct plugin_option *option, void *target, const char *text)
{
	struct selection *selection = target;

	(void)option;
	if (strcmp(text, "inbound") == 0)
		selection->direction = SELECTION_INBOUND;
	else if (strcmp(text, "outbound") == 0)
		selection->direction = SELECTION_OUTBOUND;
	else
		return "directions are inbound, outbound";
	return NULL;
}

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

const struct plugin_option selection_port_options[] = {
	{ "port", 'p', "LIST",
	  "local ports: PORT[-PORT][/PROTO],..., service names allowed; unix:/path and unix:@name",
	  set_port, 0 },
	{ 0 },
};

const struct plugin_option selection_protocol_options[] = {
	{ "protocol", 'P', "LIST",
	  "tcp udp unix raw sctp mptcp, with 4 or 6 for one family, inet, inet4, inet6, all; also "
	  "the protocol of ports that name none",
	  set_protocol, 0 },
	{ "ipv4", '4', NULL, "IPv4 traffic, dual-stack sockets included", plugin_set_flag,
	  offsetof(struct selection, ipv4) },
	{ "ipv6", '6', NULL, "IPv6 traffic", plugin_set_flag, offsetof(struct selection, ipv6) },
	{ 0 },
};

const struct plugin_option selection_peer_options[] = {
	{ "remote-port", 0, "LIST", "ports of the peer: PORT[-PORT][/PROTO],...", set_remote_port,
	  0 },
	{ "remote-address", 0, "LIST", "addresses of the peer: ADDR[/LEN],...", set_remote, 0 },
	{ 0 },
};

const struct plugin_option selection_connection_options[] = {
	{ "exclude-remote-address", 0, "LIST", "leave out peers: ADDR[/LEN],...", set_not_remote,
	  0 },
	{ "local-address", 0, "LIST", "local addresses: ADDR[/LEN],...", set_local, 0 },
	{ "state", 's', "LIST",
	  "states as ss and netstat write them, or all, connected, synchronized", set_state, 0 },
	{ "direction", 0, "WORD", "inbound: to a port that something listens on; or outbound",
	  set_direction, 0 },
	{ 0 },
};

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

const struct plugin_option selection_view_options[] = {
	{ "procfs", 0, "DIR",
	  "look at another /proc; sockets come from DIR/1/net unless --source netlink",
	  plugin_set_text, offsetof(struct selection, procfs) },
	{ "netns", 0, "NAME|PATH|PID|owner",
	  "look into another network namespace: a name in /run/netns, a path, a process, or those of "
	  "the processes that the owner options select",
	  plugin_set_text, offsetof(struct selection, netns) },
	{ "source", 0, "SOURCE", "auto, netlink or procfs (auto: netlink, else procfs)", set_source,
	  0 },
	{ 0 },
};
