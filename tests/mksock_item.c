// SPDX-License-Identifier: MIT
/* mksock_item.c - the command language of mksock: KIND[,key[=value]]... */
#include "mksock.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum form { FLAG, NUMBER, STRING, CHOICE };

#define RANGE(n, low, high, otherwise) \
	{ \
		.name = n, .form = NUMBER, .min = low, .max = high, .fallback = otherwise \
	}

/* How each key is written; `fallback` is its value where it is not given. */
static const struct {
	const char *name;
	enum form form;
	unsigned long min, max, fallback;
	const char *choices[4];
} keys[KEYS] = {
	[KEY_ADDR] = { .name = "addr", .form = STRING },
	[KEY_ADDRS] = RANGE("addrs", 1, 1 << 24, 1),
	[KEY_ARGV0] = { .name = "argv0", .form = STRING },
	[KEY_BACKLOG] = RANGE("backlog", 0, INT_MAX, 128),
	[KEY_CGROUP] = { .name = "cgroup", .form = STRING },
	[KEY_COMM] = { .name = "comm", .form = STRING },
	[KEY_COPIES] = RANGE("copies", 1, 10000, 1),
	[KEY_COUNT] = RANGE("count", 0, 1 << 24, 1),
	[KEY_DEVICE] = { .name = "device", .form = STRING },
	[KEY_DROPS] = RANGE("drops", 0, 1 << 20, 0),
	[KEY_END] = { .name = "end",
		      .form = CHOICE,
		      .fallback = END_SERVER,
		      .choices = { "server", "client" } },
	[KEY_FDS] = RANGE("fds", 0, 1 << 24, 0),
	[KEY_FIN] = { .name = "fin", .form = FLAG },
	[KEY_FROM] = { .name = "from", .form = STRING },
	[KEY_FROMPORT] = RANGE("fromport", 0, 65535, 0),
	[KEY_FROMS] = RANGE("froms", 1, 1 << 24, 1),
	[KEY_GID] = RANGE("gid", 0, UINT_MAX - 1, 0),
	[KEY_NETNS] = { .name = "netns", .form = FLAG },
	[KEY_NOFILE] = RANGE("nofile", 8, 1 << 30, 0),
	[KEY_NOPORT] = { .name = "noport", .form = FLAG },
	[KEY_ORPHAN] = { .name = "orphan", .form = FLAG },
	[KEY_PATH] = { .name = "path", .form = STRING },
	[KEY_PEER] = { .name = "peer",
		       .form = CHOICE,
		       .fallback = PEER_HELD,
		       .choices = { "held", "orphan", "gone" } },
	[KEY_PORT] = RANGE("port", 0, 65535, 0),
	[KEY_PORTS] = RANGE("ports", 1, 65535, 1),
	[KEY_PROTOCOL] = RANGE("protocol", 0, 255, 0),
	[KEY_RECEIVE] = { .name = "receive", .form = FLAG },
	[KEY_REUSEPORT] = { .name = "reuseport", .form = FLAG },
	[KEY_SHARE] = { .name = "share", .form = FLAG },
	[KEY_TYPE] = { .name = "type",
		       .form = CHOICE,
		       .fallback = 0,
		       .choices = { "stream", "dgram", "seqpacket" } },
	[KEY_UID] = RANGE("uid", 0, UINT_MAX - 1, 0),
	[KEY_UNACKED] = RANGE("unacked", 0, 1 << 24, 0),
	[KEY_UNLINKED] = { .name = "unlinked", .form = FLAG },
	[KEY_UNREAD] = RANGE("unread", 0, 1 << 24, 0),
	[KEY_V6ONLY] = { .name = "v6only", .form = FLAG },
};

#define LISTEN \
	(BIT(KEY_ADDR) | BIT(KEY_PORT) | BIT(KEY_PORTS) | BIT(KEY_COUNT) | BIT(KEY_BACKLOG) | \
	 BIT(KEY_REUSEPORT) | BIT(KEY_V6ONLY) | BIT(KEY_DEVICE))
#define CONNECT \
	(BIT(KEY_ADDR) | BIT(KEY_ADDRS) | BIT(KEY_PORT) | BIT(KEY_FROM) | BIT(KEY_FROMS) | \
	 BIT(KEY_FROMPORT) | BIT(KEY_NOPORT) | BIT(KEY_COUNT))
#define STATE (CONNECT | BIT(KEY_END) | BIT(KEY_ORPHAN) | BIT(KEY_PEER))
#define SHAPE \
	(BIT(KEY_COMM) | BIT(KEY_ARGV0) | BIT(KEY_UID) | BIT(KEY_GID) | BIT(KEY_NETNS) | \
	 BIT(KEY_CGROUP) | BIT(KEY_FDS) | BIT(KEY_NOFILE))
#define UNIX (BIT(KEY_PATH) | BIT(KEY_TYPE))

const struct kind mksock_kinds[] = {
	{ "tcp-listen", make_listener, LISTEN, 0, IPPROTO_TCP },
	{ "tcp-bound", make_bound, LISTEN & ~BIT(KEY_BACKLOG), 0, IPPROTO_TCP },
	{ "tcp-unbound", make_unbound, BIT(KEY_ADDR) | BIT(KEY_COUNT), 0, IPPROTO_TCP },
	{ "tcp-connect", make_connect, CONNECT | BIT(KEY_FIN), BIT(KEY_PORT), IPPROTO_TCP },
	{ "tcp-accept", make_accept, BIT(KEY_PORT) | BIT(KEY_COUNT), BIT(KEY_PORT), IPPROTO_TCP },
	{ "tcp-overflow", make_overflow, CONNECT, BIT(KEY_PORT), IPPROTO_TCP },
	{ "tcp-established", make_state, STATE | BIT(KEY_UNREAD) | BIT(KEY_UNACKED), 0,
	  IPPROTO_TCP },
	{ "tcp-syn-sent", make_syn_sent, CONNECT, BIT(KEY_PORT), IPPROTO_TCP },
	{ "tcp-syn-recv", make_syn_recv, CONNECT | BIT(KEY_PEER), 0, IPPROTO_TCP },
	{ "tcp-fin-wait1", make_state, STATE, 0, IPPROTO_TCP },
	{ "tcp-fin-wait2", make_state, STATE, 0, IPPROTO_TCP },
	{ "tcp-time-wait", make_state, STATE & ~(BIT(KEY_ORPHAN) | BIT(KEY_PEER)), 0, IPPROTO_TCP },
	{ "tcp-close-wait", make_state, STATE, 0, IPPROTO_TCP },
	{ "tcp-last-ack", make_state, STATE, 0, IPPROTO_TCP },
	{ "tcp-closing", make_state, STATE, 0, IPPROTO_TCP },
	{ "mptcp-listen", make_listener, LISTEN, 0, IPPROTO_MPTCP },
	{ "mptcp-established", make_state, CONNECT, 0, IPPROTO_MPTCP },
	{ "sctp-listen", make_listener, LISTEN | BIT(KEY_TYPE), 0, IPPROTO_SCTP },
	{ "sctp-connect", make_connect, CONNECT, BIT(KEY_PORT), IPPROTO_SCTP },
	{ "sctp-established", make_state, CONNECT, 0, IPPROTO_SCTP },
	{ "udp-bound", make_udp_bound,
	  (LISTEN & ~BIT(KEY_BACKLOG)) | BIT(KEY_UNREAD) | BIT(KEY_DROPS), 0, IPPROTO_UDP },
	{ "udp-connected", make_udp_connected, CONNECT, BIT(KEY_PORT), IPPROTO_UDP },
	{ "udp-unbound", make_unbound, BIT(KEY_ADDR) | BIT(KEY_COUNT), 0, IPPROTO_UDP },
	{ "raw", make_raw, BIT(KEY_ADDR) | BIT(KEY_COUNT) | BIT(KEY_PROTOCOL), BIT(KEY_PROTOCOL),
	  0 },
	{ "unix-listen", make_unix_listener, UNIX | BIT(KEY_BACKLOG) | BIT(KEY_UNLINKED),
	  BIT(KEY_PATH), 0 },
	{ "unix-bound", make_unix_listener, UNIX | BIT(KEY_UNLINKED), BIT(KEY_PATH), 0 },
	{ "unix-connect", make_unix_connect, UNIX | BIT(KEY_COUNT), BIT(KEY_PATH), 0 },
	{ "unix-connected", make_unix_connected, UNIX | BIT(KEY_COUNT), BIT(KEY_PATH), 0 },
	{ "unix-pair", make_unix_pair, BIT(KEY_TYPE) | BIT(KEY_COUNT), 0, 0 },
	{ "netlink", make_netlink, BIT(KEY_PROTOCOL) | BIT(KEY_COUNT), 0, 0 },
	{ "packet", make_packet, BIT(KEY_COUNT), 0, 0 },
	{ "address", make_address, BIT(KEY_ADDR), BIT(KEY_ADDR), 0 },
	{ "self", shape, SHAPE, 0, 0 },
	{ "begin", NULL, SHAPE | BIT(KEY_COPIES) | BIT(KEY_SHARE) | BIT(KEY_RECEIVE), 0, 0 },
	{ "end", NULL, 0, 0, 0 },
	{ 0 },
};

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef", *found = strchr(digits, tolower((unsigned char)c));

	return c && found ? (int)(found - digits) : -1;
}

/* Resolve \xHH and \\ in place; false where the escape is neither. */
static bool unescape(char *text, size_t *size)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		if (*from != '\\') {
			*to = *from++;
		} else if (from[1] == '\\') {
			*to = '\\';
			from += 2;
		} else {
			if (from[1] != 'x' || hex_digit(from[2]) < 0 || hex_digit(from[3]) < 0)
				return false;
			*to = (char)(hex_digit(from[2]) * 16 + hex_digit(from[3]));
			from += 4;
		}
	}
	*to = '\0';
	*size = (size_t)(to - text);
	return true;
}

static void parse_value(struct item *item, enum key key, char *value)
{
	char *stop;

	switch (keys[key].form) {
	case FLAG:
		if (value)
			die(NULL, item, "%s takes no value", keys[key].name);
		item->number[key] = 1;
		return;
	case STRING:
		item->abstract |= key == KEY_PATH && value && value[0] == '@';
		if (!value || !unescape(value, &item->size[key]) || item->size[key] == 0)
			die(NULL, item, "%s needs a value, \\xHH and \\\\ escaped", keys[key].name);
		item->string[key] = value;
		return;
	case CHOICE:
		for (unsigned long i = 0; value && keys[key].choices[i]; i++) {
			item->number[key] = i;
			if (strcmp(value, keys[key].choices[i]) == 0)
				return;
		}
		die(NULL, item, "%s has no such value", keys[key].name);
	case NUMBER:
		errno = 0;
		item->number[key] = value ? strtoul(value, &stop, 10) : 0;
		if (!value || value[0] < '0' || value[0] > '9' || *stop || errno ||
		    item->number[key] < keys[key].min || item->number[key] > keys[key].max)
			die(NULL, item, "%s wants %lu to %lu", keys[key].name, keys[key].min,
			    keys[key].max);
	}
}

static void parse_item(struct item *item, char *text)
{
	char *word = strsep(&text, ","), *value;
	enum key key;

	for (key = 0; key < KEYS; key++)
		item->number[key] = keys[key].fallback;
	for (item->kind = mksock_kinds; item->kind->name; item->kind++)
		if (strcmp(item->kind->name, word) == 0)
			break;
	if (!item->kind->name)
		die(NULL, item, "no such kind, see mksock --help");
	while ((word = strsep(&text, ","))) {
		value = word;
		strsep(&value, "=");
		for (key = 0; key < KEYS; key++)
			if (strcmp(keys[key].name, word) == 0)
				break;
		if (key == KEYS || !(item->kind->keys & BIT(key)))
			die(NULL, item, "%s has no key '%s'", item->kind->name, word);
		item->given |= BIT(key);
		parse_value(item, key, value);
	}
	for (key = 0; key < KEYS; key++)
		if (item->kind->needs & ~item->given & BIT(key))
			die(NULL, item, "%s needs %s=", item->kind->name, keys[key].name);
}

static bool in_receiver(const struct item *begin, const struct item *item)
{
	return begin->number[KEY_RECEIVE] && (!item->kind->make || item->kind->make == shape);
}

/* Find the `end` of every `begin`. */
static int match_groups(struct item *items, int count, int i)
{
	for (; i < count; i++) {
		if (items[i].kind->make)
			continue;
		if (strcmp(items[i].kind->name, "end") == 0)
			return i;
		items[i].end = match_groups(items, count, i + 1);
		if (items[i].end == count)
			die(NULL, &items[i], "begin without end");
		for (int j = i + 1; j < items[i].end; j++)
			if (in_receiver(&items[i], &items[j]))
				die(NULL, &items[j], "cannot stand in a group that receives");
		i = items[i].end;
	}
	return count;
}

/*
 * The texts are copied, since argv0= overwrites the memory that holds them. Never returns where
 * an item is wrong, so nothing is made before all are known to be right.
 */
struct item *items_parse(int count, char **texts)
{
	struct item *items = calloc((size_t)count + 1, sizeof(*items));
	int end;

	for (int i = 0; items && i < count; i++) {
		/* Its text for messages, and a copy that parsing cuts up. */
		size_t size = strlen(texts[i]) + 1;
		char *copy = malloc(2 * size);

		if (!copy)
			die(NULL, NULL, "out of memory");
		memcpy(copy, texts[i], size);
		memcpy(copy + size, texts[i], size);
		items[i].text = copy;
		parse_item(&items[i], copy + size);
	}
	if (!items)
		die(NULL, NULL, "out of memory");
	end = match_groups(items, count, 0);
	if (end < count)
		die(NULL, &items[end], "end without begin");
	return items;
}

void items_help(void)
{
	puts("usage: mksock [KIND[,key[=value]]...]...\n\nkinds and their keys:");
	for (const struct kind *kind = mksock_kinds; kind->name; kind++) {
		printf("  %s", kind->name);
		for (enum key key = 0; key < KEYS; key++)
			if (kind->keys & BIT(key))
				printf(",%s%s", keys[key].name, keys[key].form == FLAG ? "" : "=");
		putchar('\n');
	}
}
