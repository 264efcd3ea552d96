// SPDX-License-Identifier: MIT
/* random_filter.h - filters by a fixed seed, of addresses and ports that sockets of a test have */
#ifndef RANDOM_FILTER_H
#define RANDOM_FILTER_H

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include "socktab.h"

/* xorshift64: the same numbers everywhere. Not 0. */
struct dice {
	uint64_t state;
};

static inline uint32_t roll(struct dice *dice, uint32_t below)
{
	dice->state ^= dice->state << 13;
	dice->state ^= dice->state >> 7;
	dice->state ^= dice->state << 17;
	return (uint32_t)(dice->state >> 32) % below;
}

static inline uint8_t roll_address(struct dice *dice, bool v6, uint8_t ip[16])
{
	static const char *const four[] = { "127.0.0.1",  "127.0.0.2", "10.0.0.1",
					    "10.0.0.129", "10.1.2.3",  "0.0.0.0" };
	static const char *const six[] = { "::",
					   "::1",
					   "::ffff:127.0.0.1",
					   "::ffff:10.0.0.129",
					   "::ffff:0.0.0.0",
					   "::fffe:127.0.0.1",
					   "2001:db8::1",
					   "2001:db8:0:1::1",
					   "fe80::1" };
	const char *text = v6 ? six[roll(dice, sizeof(six) / sizeof(*six))]
			      : four[roll(dice, sizeof(four) / sizeof(*four))];
	uint8_t family = v6 ? AF_INET6 : AF_INET;

	memset(ip, 0, 16);
	inet_pton(family, text, ip);
	return family;
}

/* As sources.bats uses them. */
static inline uint16_t roll_port(struct dice *dice)
{
	static const uint16_t edges[] = { 0, 1, 253, 65535 };

	if (roll(dice, 4) == 0)
		return edges[roll(dice, 4)];
	return (uint16_t)(20000 + 1000 * roll(dice, 3) + roll(dice, 14));
}

enum { RANDOM_ITEMS = 4 };

/* Point into themselves: not to be copied. */
struct random_filter {
	struct socktab_filter filter;
	struct socktab_ports local_ports[RANDOM_ITEMS], remote_ports[RANDOM_ITEMS];
	struct socktab_prefix local[RANDOM_ITEMS], remote[RANDOM_ITEMS], not_remote[RANDOM_ITEMS];
	struct socktab_table cgroups;
};

static inline size_t roll_ports(struct dice *dice, struct socktab_ports *ports)
{
	size_t count = roll(dice, RANDOM_ITEMS + 1);

	for (size_t i = 0; i < count; i++) {
		uint16_t first = roll_port(dice), last = roll(dice, 2) ? roll_port(dice) : first;

		ports[i].kinds = roll(dice, 3) ? 0 : SOCKTAB_BIT(roll(dice, SOCKTAB_KINDS));
		ports[i].first = first < last ? first : last;
		ports[i].last = first < last ? last : first;
	}
	return count;
}

static inline size_t roll_prefixes(struct dice *dice, struct socktab_prefix *prefixes)
{
	static const uint8_t lengths[] = {
		0, 1, 7, 8, 24, 31, 32, 33, 64, 80, 95, 96, 97, 127, 128
	};
	size_t count = roll(dice, RANDOM_ITEMS + 1);

	for (size_t i = 0; i < count; i++) {
		struct socktab_prefix *prefix = &prefixes[i];

		prefix->family = roll_address(dice, roll(dice, 2), prefix->ip);
		prefix->length = lengths[roll(dice, prefix->family == AF_INET ? 7 : 15)];
	}
	return count;
}

/* Some of the fields are given, so that neither all pass nor none. */
static inline void roll_filter(struct dice *dice, struct random_filter *f)
{
	struct socktab_filter *filter = &f->filter;

	memset(f, 0, sizeof(*f));
	f->cgroups.key_size = sizeof(uint64_t);
	filter->local_ports = f->local_ports;
	filter->remote_ports = f->remote_ports;
	filter->local = f->local;
	filter->remote = f->remote;
	filter->not_remote = f->not_remote;
	if (roll(dice, 3) == 0)
		filter->local_port_count = roll_ports(dice, f->local_ports);
	if (roll(dice, 3) == 0)
		filter->remote_port_count = roll_ports(dice, f->remote_ports);
	if (roll(dice, 3) == 0)
		filter->local_count = roll_prefixes(dice, f->local);
	if (roll(dice, 3) == 0)
		filter->remote_count = roll_prefixes(dice, f->remote);
	if (roll(dice, 3) == 0)
		filter->not_remote_count = roll_prefixes(dice, f->not_remote);
	if (roll(dice, 4) == 0)
		filter->traffic = roll(dice, 4);
	if (roll(dice, 4) == 0)
		filter->states = (1 + roll(dice, SOCKTAB_ALL_STATES)) & SOCKTAB_ALL_STATES;
}

/* Cgroups 1 to 3, as the kernel numbers the topmost. False: out of memory. */
static inline bool roll_cgroups(struct dice *dice, struct random_filter *f)
{
	uint64_t id = 1 + roll(dice, 3), *counter = socktab_table_at(&f->cgroups, &id);

	if (counter)
		*counter = 1;
	f->filter.cgroups = &f->cgroups;
	return counter;
}

#endif
