// SPDX-License-Identifier: MIT
/* options_sockets.c - the options that choose sockets: rows and setters */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "private.h"

/* Hand each item of a comma list to set(). Of several what is wrong names the one. */
const char *selection_each_item(const char *text, size_t length, selection_item *set, void *target)
{
	static char complaint[400];
	const char *end = text + length;
	char item[128];

	for (const char *next = text;; next += length + 1) {
		const char *comma = memchr(next, ',', (size_t)(end - next)), *wrong;

		length = (size_t)((comma ? comma : end) - next);
		wrong = length ? set(target, next, length) : "an item is empty";
		if (wrong && length && (comma || next != text)) {
			plugin_escape(next, length, item, sizeof(item));
			snprintf(complaint, sizeof(complaint), "'%s': %s", item, wrong);
			return complaint;
		}
		if (wrong || !comma)
			return wrong;
	}
}

/* The item of a list of the filter. */
#define FILTER_ITEM(name, add, list, count) \
	static const char *name(void *target, const char *text, size_t length) \
	{ \
		struct socktab_filter *filter = &((struct selection *)target)->filter; \
		return add(&filter->list, &filter->count, text, length); \
	}

/* ---- ports and protocols ----------------------------------------------------------------- */

/* "protocols are tcp, udp ...": all that -P takes, or those of them that a port can have. */
static const char *list_protocols(bool ports)
{
	static char list[256];
	struct words words = { list, sizeof(list), 0 };
	const char *word;
	uint32_t kinds;

	for (size_t i = 0; (word = socktab_kinds_word(i, &kinds)); i++)
		if (!ports || !(kinds & SOCKTAB_UNIX))
			words_add(&words, "%s%s", i ? ", " : "protocols are ", word);
	return list;
}

const char *selection_parse_ports(const char *text, size_t length, struct socktab_ports *ports)
{
	int error = socktab_parse_ports(text, length, ports);

	if (error && length >= 5 && memcmp(text, "unix:", 5) == 0)
		return "a unix socket is no port, only ports are taken here";
	switch (error) {
	case 0:
		return NULL;
	case -ERANGE:
		return "the first port is above the last";
	case -ENOENT:
		return "no service of that name is known";
	case -EPROTONOSUPPORT:
		return list_protocols(true);
	default:
		return "expected PORT[-PORT][/PROTO] with ports from 1 to 65535";
	}
}

static const char *add_ports(const struct socktab_ports **list, size_t *count, const char *text,
			     size_t length)
{
	struct socktab_ports ports;
	const char *wrong = selection_parse_ports(text, length, &ports);

	if (!wrong)
		APPEND(struct socktab_ports, *list, *count, ports);
	return wrong;
}

FILTER_ITEM(add_local_ports, add_ports, local_ports, local_port_count)
FILTER_ITEM(add_remote_ports, add_ports, remote_ports, remote_port_count)

static const char *add_protocol(void *target, const char *text, size_t length)
{
	struct selection *selection = target;
	uint32_t kinds;

	if (socktab_parse_kinds(text, length, &kinds))
		return list_protocols(false);
	selection->protocols |= kinds;
	return NULL;
}

static const char *add_state(void *target, const char *text, size_t length)
{
	struct selection *selection = target;
	uint32_t states;

	if (socktab_parse_states(text, length, &states))
		return "states are established, syn_sent, syn_recv, fin_wait1, fin_wait2, "
		       "time_wait, close, close_wait, last_ack, listen, closing, all, connected, "
		       "synchronized";
	selection->filter.states |= states;
	return NULL;
}

/* ---- addresses --------------------------------------------------------------------------- */

static const char *add_prefix(const struct socktab_prefix **list, size_t *count, const char *text,
			      size_t length)
{
	struct socktab_prefix prefix;

	switch (socktab_parse_prefix(text, length, &prefix)) {
	case 0:
		APPEND(struct socktab_prefix, *list, *count, prefix);
		return NULL;
	case -ERANGE:
		return "a prefix length is 0 to 32 for IPv4, 0 to 128 for IPv6";
	default:
		return "expected a numeric ADDR[/LEN]";
	}
}

FILTER_ITEM(add_local, add_prefix, local, local_count)
FILTER_ITEM(add_remote, add_prefix, remote, remote_count)
FILTER_ITEM(add_not_remote, add_prefix, not_remote, not_remote_count)

/* ---- setters and rows -------------------------------------------------------------------- */

static const char *add_name(struct selection *selection, const char *text)
{
	struct socktab_filter *filter = &selection->filter;
	struct socktab_name name = { text, strlen(text) };
	char *abstract;

	if (text[0] != '/' && (text[0] != '@' || !text[1]))
		return "expected unix:/full/path or unix:@abstract-name";
	if (text[0] == '@') {
		abstract = strdup(text);
		if (!abstract)
			return "out of memory";
		abstract[0] = '\0';
		name.bytes = abstract;
	}
	/* What options take lives as long as the process, which ends when there is no memory. */
	// NOLINTNEXTLINE(clang-analyzer-unix.Malloc)
	APPEND(struct socktab_name, filter->names, filter->name_count, name);
	return NULL;
}

/* unix:/run/x.sock, unix:@name: one item up to the end of the text, commas included. */
static const char *set_port(const struct plugin_option *option, void *target, const char *text)
{
	bool first = strncmp(text, "unix:", 5) == 0;
	const char *name = first ? text : strstr(text, ",unix:"), *wrong = NULL;
	size_t ports = name ? (size_t)(name - text) : strlen(text);

	(void)option;
	if (!first)
		wrong = selection_each_item(text, ports, add_local_ports, target);
	if (wrong || !name)
		return wrong;
	return add_name(target, name + strlen(first ? "unix:" : ",unix:"));
}

#define LIST_SETTER(name, item) \
	static const char *name(const struct plugin_option *option, void *target, \
				const char *text) \
	{ \
		(void)option; \
		return selection_each_item(text, strlen(text), item, target); \
	}

LIST_SETTER(set_remote_port, add_remote_ports)
LIST_SETTER(set_protocol, add_protocol)
LIST_SETTER(set_state, add_state)
LIST_SETTER(set_local, add_local)
LIST_SETTER(set_remote, add_remote)
LIST_SETTER(set_not_remote, add_not_remote)

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
