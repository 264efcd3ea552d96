// SPDX-License-Identifier: MIT
/* test_groups - groups of sockets: what falls into one, which are the largest, what they cost */
#include <stdlib.h>
#include <sys/socket.h>

#include "groups.h"

#include "tap.h"

static struct selection selection;
static struct selection_view view = { .selection = &selection };

static struct socktab_record record_of(const char *address, uint16_t port)
{
	struct socktab_record record = { .state = SOCKTAB_ESTABLISHED, .inode = 1 };
	struct socktab_prefix prefix;

	socktab_parse_prefix(address, strlen(address), &prefix);
	record.family = prefix.family;
	memcpy(record.raddr.ip, prefix.ip, sizeof(prefix.ip));
	record.raddr.port = port;
	return record;
}

static struct socktab_record mapped_of(const char *address, uint16_t port)
{
	struct socktab_record record = record_of(address, port);
	uint8_t ip[16] = { [10] = 0xff, [11] = 0xff };

	memcpy(ip + 12, record.raddr.ip, 4);
	memcpy(record.raddr.ip, ip, sizeof(ip));
	record.family = AF_INET6;
	return record;
}

/* Counts the records; the groups as "2 10.0.0.7, 1 ::1". */
static const char *grouped(enum groups_by by, const struct socktab_record *records, size_t count)
{
	static char text[1024];
	struct group largest[16];
	struct groups groups;
	size_t length = 0, found;

	groups_begin(&groups, &view, by);
	for (size_t i = 0; i < count; i++)
		groups_count(&groups, &records[i]);
	found = groups_largest(&groups, largest, 16);
	text[0] = '\0';
	for (size_t i = 0; i < found; i++) {
		char name[256];

		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%" PRIu64 " %s",
					   i ? ", " : "", largest[i].count,
					   groups_format(&groups, &largest[i], name, sizeof(name)));
	}
	groups_free(&groups);
	return text;
}

static void keys(void)
{
	struct socktab_record records[] = {
		record_of("10.0.0.7", 80),	 mapped_of("10.0.0.7", 81),
		record_of("2001:db8::1", 80),	 record_of("2001:db8::2", 80),
		record_of("2001:db8:0:1::1", 1), record_of("::1", 65535),
		record_of("0.0.0.0", 0),	 { .family = AF_UNIX, .inode = 1 },
	};
	size_t count = sizeof(records) / sizeof(*records);

	records[3].protocol = SOCKTAB_PROTOCOL_UDP;
	records[1].known = records[2].known = SOCKTAB_KNOWN_UID;
	records[1].uid = records[2].uid = 4000000000u;
	is_str(grouped(GROUPS_PEER, records, count),
	       "2 10.0.0.7, 2 2001:db8::/64, 1 ::1, 1 2001:db8:0:1::/64",
	       "peers: mapped folded, IPv6 by /64, nothing else");
	is_str(grouped(GROUPS_REMOTE_ADDRESS, records, count),
	       "2 10.0.0.7, 2 no peer, 1 ::1, 1 2001:db8::1, 1 2001:db8::2, 1 2001:db8:0:1::1",
	       "remote addresses: IPv6 whole");
	is_str(grouped(GROUPS_REMOTE_PORT, records, count),
	       "2 80/tcp, 2 no peer, 1 1/tcp, 1 81/tcp, 1 65535/tcp, 1 80/udp",
	       "ports: by number, each protocol its own");
	is_str(grouped(GROUPS_REMOTE, records + 2, 4),
	       "1 [::1]:65535/tcp, 1 [2001:db8::1]:80/tcp, 1 [2001:db8::2]:80/udp, "
	       "1 [2001:db8:0:1::1]:1/tcp",
	       "remote: address, port and protocol");
	is_str(grouped(GROUPS_USER, records, count), "6 no owner, 2 4000000000",
	       "users: whom nobody knows apart");
	is_str(grouped(GROUPS_OFF, records, count), "", "off: nothing");
	is_str(grouped(GROUPS_PEER, records, 0), "", "nothing counted: no group");
}

/* Addresses 10.x.y.z, in an order that is none. */
static struct socktab_record nth_peer(uint32_t n)
{
	struct socktab_record record = { .family = AF_INET, .raddr = { .ip = { 10 } } };

	for (int i = 0; i < 3; i++)
		record.raddr.ip[3 - i] = (uint8_t)(n >> 8 * i);
	return record;
}

/* The peer n has n % 1000 + 1 connections. */
static void largest_of_many(void)
{
	enum { PEERS = 20000, TOP = 45 };
	struct group largest[TOP];
	struct groups groups;
	char name[64], want[64];
	unsigned int wrong = 0;

	groups_begin(&groups, &view, GROUPS_PEER);
	for (uint32_t n = 0; n < PEERS; n++) {
		struct socktab_record record = nth_peer(n);

		for (uint32_t i = 0; i <= n % 1000; i++)
			groups_count(&groups, &record);
	}
	is_int(groups_largest(&groups, largest, TOP), TOP, "as many as there is room for");
	/* Twenty of each size. */
	for (uint32_t i = 0; i < TOP; i++) {
		uint32_t n = i % 20 * 1000 + 999 - i / 20;

		snprintf(want, sizeof(want), "10.0.%u.%u", n >> 8, n & 255);
		groups_format(&groups, &largest[i], name, sizeof(name));
		wrong += largest[i].count != 1000 - i / 20 || strcmp(name, want) != 0;
	}
	is_int(wrong, 0, "the largest first, those of one size by key");
	is_int(groups_largest(&groups, largest, 0), 0, "no room, no group");
	groups_free(&groups);
}

/* While a table grows the slots are there twice, half as many and all. */
static void memory(enum groups_by by, const char *what)
{
	enum { PEERS = 1000000 };
	struct groups groups;
	size_t bytes;
	int error = 0;

	groups_begin(&groups, &view, by);
	for (uint32_t n = 0; n < PEERS && !error; n++) {
		struct socktab_record record = nth_peer(n);

		error = groups_count(&groups, &record);
	}
	is_int(error, 0, "%s: a million", what);
	is_int(groups.counts.count, PEERS, "%s: each is a group", what);
	bytes = groups.counts.capacity * sizeof(uint64_t);
	bytes += bytes / 2 + groups.counts.count * (sizeof(uint64_t) + 24);
	ok(groups.counts.key_size <= 24 && bytes / PEERS <= 64, "%s: no more than 64 bytes each",
	   what);
	groups_free(&groups);
}

int main(void)
{
	keys();
	largest_of_many();
	memory(GROUPS_PEER, "peers");
	memory(GROUPS_REMOTE_ADDRESS, "remote addresses");
	memory(GROUPS_REMOTE, "remote");
	return done();
}
