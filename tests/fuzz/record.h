// SPDX-License-Identifier: MIT
/* record.h - what holds for every record that a decoder gives, whatever bytes it read */
#ifndef FUZZ_RECORD_H
#define FUZZ_RECORD_H

#include <sys/socket.h>

#include "fuzz.h"
#include "socktab.h"

static inline bool is_zero(const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (bytes[i])
			return false;
	return true;
}

/* What is not known is 0. */
static inline void check_known(const struct socktab_record *r)
{
	REQUIRE(r->known & SOCKTAB_KNOWN_DEVICE || !r->ifindex);
	REQUIRE(r->known & SOCKTAB_KNOWN_V6ONLY || !r->v6only);
	REQUIRE(r->known & SOCKTAB_KNOWN_DROPS || !r->drops);
	REQUIRE(r->known & SOCKTAB_KNOWN_CGROUP || !r->cgroup);
	REQUIRE(r->known & SOCKTAB_KNOWN_FILE || (!r->file_inode && !r->file_device));
	REQUIRE(r->known & SOCKTAB_KNOWN_UID || !r->uid);
	REQUIRE(r->known & SOCKTAB_KNOWN_QUEUES || (!r->rqueue && !r->wqueue));
	REQUIRE(!(r->known & SOCKTAB_KNOWN_LIMIT) || r->state == SOCKTAB_LISTEN);
}

/* An address prints, and what was printed is read as the same address. */
static inline void check_address(uint8_t family, const struct socktab_address *address)
{
	char text[SOCKTAB_ADDRESS_SIZE];
	struct socktab_prefix prefix;

	if (family == AF_INET)
		REQUIRE(is_zero(address->ip + 4, 12));
	socktab_format_address(family, address, text);
	REQUIRE(strlen(text) < sizeof(text) && strrchr(text, ':'));
	REQUIRE(strtoul(strrchr(text, ':') + 1, NULL, 10) == address->port);
	socktab_format_ip(family, address->ip, text);
	REQUIRE(socktab_parse_prefix(text, strlen(text), &prefix) == 0);
	REQUIRE(socktab_prefix_match(&prefix, family, address->ip));
	if (prefix.family == family)
		REQUIRE(memcmp(prefix.ip, address->ip, sizeof(prefix.ip)) == 0);
	else /* an IPv4-mapped address is read as IPv4 */
		REQUIRE(memcmp(prefix.ip, address->ip + 12, 4) == 0);
}

/* A filter that asks for just what the record has takes it; one that asks for another does not. */
static inline void check_filters(const struct socktab_record *r)
{
	const struct socktab_ports local = { 0, r->laddr.port, r->laddr.port };
	const struct socktab_ports other = { 0, 0, (uint16_t)(r->laddr.port - 1) };
	const struct socktab_name name = { r->path, r->path_length };
	struct socktab_filter filter = { 0 };

	REQUIRE(socktab_match(&filter, r));
	filter.kinds = SOCKTAB_BIT(socktab_kind(r));
	filter.states = SOCKTAB_BIT(r->state);
	REQUIRE(socktab_match(&filter, r));
	if (r->family == AF_UNIX && r->path_length) {
		filter.names = &name;
		filter.name_count = 1;
		REQUIRE(socktab_match(&filter, r));
	} else if (r->family != AF_UNIX) {
		filter.local_ports = &local;
		filter.local_port_count = 1;
		REQUIRE(socktab_match(&filter, r));
		filter.local_ports = &other;
		REQUIRE(!r->laddr.port || !socktab_match(&filter, r));
	}
	filter.states = SOCKTAB_ALL_STATES & ~filter.states;
	REQUIRE(!socktab_match(&filter, r));
}

/* bytes: where the record was read from, which its path must lie in. */
static inline void check_record(const struct socktab_record *r, enum socktab_protocol protocol,
				const void *bytes, size_t length)
{
	const char *first = bytes;

	REQUIRE(r->protocol == protocol);
	REQUIRE(r->state > 0 && r->state < SOCKTAB_STATES);
	REQUIRE(socktab_kind(r) < SOCKTAB_KINDS);
	REQUIRE(SOCKTAB_MASK(protocol) & SOCKTAB_BIT(socktab_kind(r)));
	REQUIRE(socktab_traffic(r) <= (SOCKTAB_TRAFFIC4 | SOCKTAB_TRAFFIC6));
	check_known(r);
	if (r->path_length)
		REQUIRE(r->path >= first && r->path + r->path_length <= first + length);
	if (protocol == SOCKTAB_PROTOCOL_UNIX) {
		REQUIRE(r->family == AF_UNIX);
	} else {
		REQUIRE(r->family == AF_INET || r->family == AF_INET6);
		REQUIRE(!r->path_length);
		check_address(r->family, &r->laddr);
		check_address(r->family, &r->raddr);
	}
	check_filters(r);
}

#endif
