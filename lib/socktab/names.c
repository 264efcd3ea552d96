// SPDX-License-Identifier: MIT
/* names.c - states, protocols, ports, addresses, prefixes: text <-> value */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "services.h"
#include "socktab.h"

struct name {
	const char *text;
	uint32_t value;
};

static const char *const protocol_names[SOCKTAB_PROTOCOLS] = {
	[SOCKTAB_PROTOCOL_TCP] = "tcp",	    [SOCKTAB_PROTOCOL_UDP] = "udp",
	[SOCKTAB_PROTOCOL_RAW] = "raw",	    [SOCKTAB_PROTOCOL_SCTP] = "sctp",
	[SOCKTAB_PROTOCOL_MPTCP] = "mptcp", [SOCKTAB_PROTOCOL_UNIX] = "unix",
};

static const char *const kind_names[SOCKTAB_KINDS] = {
	"tcp4",	 "tcp6",  "udp4",   "udp6",   "raw4", "raw6",
	"sctp4", "sctp6", "mptcp4", "mptcp6", "unix",
};

static const char *const state_names[SOCKTAB_STATES] = {
	"unknown",   "established", "syn_sent",	  "syn_recv", "fin_wait1", "fin_wait2",
	"time_wait", "close",	    "close_wait", "last_ack", "listen",	   "closing",
};

static const char *const source_names[] = { "auto", "netlink", "procfs" };

/* inet is TCP and UDP, as in psutil. */
static const struct name kind_groups[] = {
	{ "tcp", SOCKTAB_TCP },
	{ "udp", SOCKTAB_UDP },
	{ "raw", SOCKTAB_RAW },
	{ "sctp", SOCKTAB_SCTP },
	{ "mptcp", SOCKTAB_MPTCP },
	{ "inet", SOCKTAB_TCP | SOCKTAB_UDP },
	{ "inet4", (SOCKTAB_TCP | SOCKTAB_UDP) & SOCKTAB_INET4 },
	{ "inet6", (SOCKTAB_TCP | SOCKTAB_UDP) & SOCKTAB_INET6 },
	{ "all", SOCKTAB_ALL },
};

#define NOT_CONNECTED (SOCKTAB_BIT(SOCKTAB_LISTEN) | SOCKTAB_BIT(SOCKTAB_CLOSE))

/* Other spellings and groups, as ss has them; lower case without - and _. */
static const struct name state_groups[] = {
	{ "estab", SOCKTAB_BIT(SOCKTAB_ESTABLISHED) },
	{ "synrcv", SOCKTAB_BIT(SOCKTAB_SYN_RECV) },
	{ "closed", SOCKTAB_BIT(SOCKTAB_CLOSE) },
	{ "unconn", SOCKTAB_BIT(SOCKTAB_CLOSE) },
	{ "unconnected", SOCKTAB_BIT(SOCKTAB_CLOSE) },
	{ "listening", SOCKTAB_BIT(SOCKTAB_LISTEN) },
	{ "all", SOCKTAB_ALL_STATES },
	{ "connected", SOCKTAB_ALL_STATES & ~NOT_CONNECTED },
	{ "synchronized", SOCKTAB_ALL_STATES & ~(NOT_CONNECTED | SOCKTAB_BIT(SOCKTAB_SYN_SENT)) },
};

const char *socktab_protocol_name(enum socktab_protocol protocol)
{
	return protocol_names[protocol];
}

const char *socktab_kind_name(enum socktab_kind kind)
{
	return kind_names[kind];
}

const char *socktab_state_name(enum socktab_state state)
{
	return state_names[state];
}

const char *socktab_source_name(enum socktab_source source)
{
	return source_names[source];
}

/* Lower case without - and _, so that CLOSE-WAIT, close_wait and closewait are one word. */
static bool same_word(const char *word, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '-' || text[i] == '_')
			continue;
		while (*word == '_')
			word++;
		if (!*word || *word++ != tolower((unsigned char)text[i]))
			return false;
	}
	return !*word;
}

static int find_name(const struct name *names, size_t count, const char *text, size_t length,
		     uint32_t *value)
{
	for (size_t i = 0; i < count; i++) {
		if (same_word(names[i].text, text, length)) {
			*value = names[i].value;
			return 0;
		}
	}
	return -EINVAL;
}

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

const char *socktab_kinds_word(size_t index, uint32_t *kinds)
{
	if (index < COUNT(kind_groups)) {
		*kinds = kind_groups[index].value;
		return kind_groups[index].text;
	}
	index -= COUNT(kind_groups);
	if (index >= SOCKTAB_KINDS)
		return NULL;
	*kinds = SOCKTAB_BIT(index);
	return kind_names[index];
}

int socktab_parse_kinds(const char *text, size_t length, uint32_t *kinds)
{
	const char *word;
	uint32_t value;

	for (size_t i = 0; (word = socktab_kinds_word(i, &value)); i++) {
		if (same_word(word, text, length)) {
			*kinds = value;
			return 0;
		}
	}
	return -EINVAL;
}

int socktab_parse_states(const char *text, size_t length, uint32_t *states)
{
	for (unsigned int state = SOCKTAB_ESTABLISHED; state < SOCKTAB_STATES; state++) {
		if (same_word(state_names[state], text, length)) {
			*states = SOCKTAB_BIT(state);
			return 0;
		}
	}
	return find_name(state_groups, COUNT(state_groups), text, length, states);
}

/* Decimal digits only. -EINVAL: not a number, -ERANGE: above max. */
static int parse_number(const char *text, size_t length, unsigned int max, unsigned int *number)
{
	*number = 0;
	if (!length)
		return -EINVAL;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -EINVAL;
		if (*number <= max)
			*number = *number * 10 + (unsigned int)(text[i] - '0');
	}
	return *number > max ? -ERANGE : 0;
}

static int parse_port(const char *text, size_t length, uint16_t *port)
{
	unsigned int number;

	if (parse_number(text, length, 65535, &number) || !number)
		return -EINVAL;
	*port = (uint16_t)number;
	return 0;
}

/* A name of services(5), for the protocol asked for or, without one, for TCP before UDP. */
static int parse_service(const char *text, size_t length, uint32_t kinds, uint16_t *port)
{
	char name[64];
	int error;

	if (!length || length >= sizeof(name) || (text[0] >= '0' && text[0] <= '9') ||
	    memchr(text, 0, length))
		return -EINVAL;
	memcpy(name, text, length);
	name[length] = '\0';
	error = socktab_find_service(name, kinds & SOCKTAB_UDP ? "udp" : "tcp", port);
	if (error && !kinds)
		error = socktab_find_service(name, "udp", port);
	return error;
}

int socktab_parse_ports(const char *text, size_t length, struct socktab_ports *ports)
{
	const char *slash = memchr(text, '/', length);
	size_t end = slash ? (size_t)(slash - text) : length;
	const char *dash = memchr(text, '-', end);

	*ports = (struct socktab_ports){ 0 };
	if (slash && (socktab_parse_kinds(slash + 1, length - end - 1, &ports->kinds) ||
		      ports->kinds & SOCKTAB_UNIX))
		return -EPROTONOSUPPORT;
	if (parse_port(text, end, &ports->first) == 0) {
		ports->last = ports->first;
		return 0;
	}
	if (dash && parse_port(text, (size_t)(dash - text), &ports->first) == 0) {
		if (parse_port(dash + 1, end - (size_t)(dash - text) - 1, &ports->last))
			return -EINVAL;
		return ports->first > ports->last ? -ERANGE : 0;
	}
	int error = parse_service(text, end, ports->kinds, &ports->first);

	ports->last = ports->first;
	return error;
}

static void unmap_prefix(struct socktab_prefix *prefix)
{
	struct socktab_prefix ipv4 = { .family = AF_INET, .length = prefix->length - 96 };
	const uint8_t *ip = prefix->ip;

	if (socktab_unmap(prefix->family, &ip) != AF_INET)
		return;
	memcpy(ipv4.ip, ip, 4);
	*prefix = ipv4;
}

int socktab_parse_prefix(const char *text, size_t length, struct socktab_prefix *prefix)
{
	const char *slash = memchr(text, '/', length);
	size_t end = slash ? (size_t)(slash - text) : length;
	char address[INET6_ADDRSTRLEN];
	unsigned int bits;

	*prefix = (struct socktab_prefix){ .family = memchr(text, ':', end) ? AF_INET6 : AF_INET };
	if (end >= sizeof(address) || memchr(text, 0, end))
		return -EINVAL;
	memcpy(address, text, end);
	address[end] = '\0';
	if (inet_pton(prefix->family, address, prefix->ip) != 1)
		return -EINVAL;
	bits = prefix->family == AF_INET ? 32 : 128;
	if (slash && parse_number(slash + 1, length - end - 1, bits, &bits))
		return -ERANGE;
	prefix->length = (uint8_t)bits;
	/* ::/0 and the like hold mapped addresses and others. */
	if (prefix->family == AF_INET6 && bits >= 96)
		unmap_prefix(prefix);
	return 0;
}

const char *socktab_format_ip(uint8_t family, const uint8_t *ip, char buffer[SOCKTAB_ADDRESS_SIZE])
{
	if (!inet_ntop(family, ip, buffer, SOCKTAB_ADDRESS_SIZE))
		buffer[0] = '\0';
	return buffer;
}

const char *socktab_format_address(uint8_t family, const struct socktab_address *address,
				   char buffer[SOCKTAB_ADDRESS_SIZE])
{
	char ip[SOCKTAB_ADDRESS_SIZE];

	socktab_format_ip(family, address->ip, ip);
	snprintf(buffer, SOCKTAB_ADDRESS_SIZE, family == AF_INET6 ? "[%.45s]:%u" : "%.45s:%u", ip,
		 address->port);
	return buffer;
}
