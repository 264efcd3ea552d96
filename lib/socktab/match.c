// SPDX-License-Identifier: MIT
/* match.c - does this record pass this filter */
#include <netinet/in.h>
#include <string.h>

#include "socktab.h"

static const uint8_t mapped_prefix[12] = { [10] = 0xff, [11] = 0xff };

bool socktab_is_mapped(const uint8_t ip[16])
{
	return memcmp(ip, mapped_prefix, sizeof(mapped_prefix)) == 0;
}

uint8_t socktab_unmap(uint8_t family, const uint8_t **ip)
{
	if (family != AF_INET6 || !socktab_is_mapped(*ip))
		return family;
	*ip += sizeof(mapped_prefix);
	return AF_INET;
}

void socktab_map(uint8_t family, const uint8_t *ip, uint8_t mapped[16])
{
	if (family == AF_INET6) {
		memcpy(mapped, ip, 16);
		return;
	}
	memcpy(mapped, mapped_prefix, sizeof(mapped_prefix));
	memcpy(mapped + sizeof(mapped_prefix), ip, 4);
}

bool socktab_is_wildcard(uint8_t family, const uint8_t *ip)
{
	static const uint8_t zero[16];

	return memcmp(ip, zero, family == AF_INET ? 4 : 16) == 0;
}

bool socktab_has_name(const struct socktab_record *record, const struct socktab_name *name)
{
	return record->path_length == name->length &&
	       memcmp(record->path, name->bytes, name->length) == 0;
}

enum socktab_kind socktab_kind(const struct socktab_record *record)
{
	if (record->protocol == SOCKTAB_PROTOCOL_UNIX)
		return SOCKTAB_KIND_UNIX;
	return 2 * record->protocol + (record->family == AF_INET6);
}

uint32_t socktab_traffic(const struct socktab_record *record)
{
	if (record->family == AF_INET)
		return SOCKTAB_TRAFFIC4;
	if (record->family != AF_INET6)
		return 0;
	if (socktab_is_mapped(record->laddr.ip) || socktab_is_mapped(record->raddr.ip))
		return SOCKTAB_TRAFFIC4;
	if (socktab_is_wildcard(AF_INET6, record->laddr.ip) &&
	    socktab_is_wildcard(AF_INET6, record->raddr.ip) && !record->v6only)
		return SOCKTAB_TRAFFIC4 | SOCKTAB_TRAFFIC6;
	return SOCKTAB_TRAFFIC6;
}

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned int bits)
{
	unsigned int rest = bits % 8;

	if (memcmp(a, b, bits / 8) != 0)
		return false;
	return !rest || (a[bits / 8] ^ b[bits / 8]) >> (8 - rest) == 0;
}

bool socktab_prefix_match(const struct socktab_prefix *prefix, uint8_t family, const uint8_t *ip)
{
	return socktab_unmap(family, &ip) == prefix->family &&
	       same_bits(prefix->ip, ip, prefix->length);
}

static bool any_prefix(const struct socktab_prefix *prefixes, size_t count, uint8_t family,
		       const uint8_t *ip)
{
	for (size_t i = 0; i < count; i++)
		if (socktab_prefix_match(&prefixes[i], family, ip))
			return true;
	return false;
}

static bool is_loopback(uint8_t family, const uint8_t *ip)
{
	static const struct socktab_prefix loopback[] = {
		{ .family = AF_INET, .length = 8, .ip = { 127 } },
		{ .family = AF_INET6, .length = 128, .ip = { [15] = 1 } },
	};

	return socktab_prefix_match(&loopback[0], family, ip) ||
	       socktab_prefix_match(&loopback[1], family, ip);
}

bool socktab_is_loopback(const struct socktab_record *record)
{
	/* Linux makes lo the first device of every namespace. */
	return record->ifindex == 1 || is_loopback(record->family, record->laddr.ip) ||
	       is_loopback(record->family, record->raddr.ip);
}

bool socktab_ports_match(const struct socktab_ports *ports, size_t count, enum socktab_kind kind,
			 uint16_t port)
{
	for (size_t i = 0; i < count; i++) {
		if (ports[i].kinds && !(ports[i].kinds & SOCKTAB_BIT(kind)))
			continue;
		if (port >= ports[i].first && port <= ports[i].last)
			return true;
	}
	return false;
}

static bool match_name(const struct socktab_filter *filter, const struct socktab_record *record)
{
	if (!filter->name_count && !filter->local_port_count)
		return true;
	for (size_t i = 0; i < filter->name_count; i++)
		if (socktab_has_name(record, &filter->names[i]))
			return true;
	return false;
}

static bool match_addresses(const struct socktab_filter *filter,
			    const struct socktab_record *record)
{
	uint8_t family = record->family;
	enum socktab_kind kind = socktab_kind(record);

	if (family == AF_UNIX) /* has a name where the others have ports, and no addresses */
		return match_name(filter, record) && !filter->remote_port_count &&
		       !filter->local_count && !filter->remote_count;
	if ((filter->local_port_count || filter->name_count) &&
	    !socktab_ports_match(filter->local_ports, filter->local_port_count, kind,
				 record->laddr.port))
		return false;
	if (filter->remote_port_count &&
	    !socktab_ports_match(filter->remote_ports, filter->remote_port_count, kind,
				 record->raddr.port))
		return false;
	if (filter->local_count &&
	    !any_prefix(filter->local, filter->local_count, family, record->laddr.ip))
		return false;
	if (filter->remote_count &&
	    !any_prefix(filter->remote, filter->remote_count, family, record->raddr.ip))
		return false;
	return !any_prefix(filter->not_remote, filter->not_remote_count, family, record->raddr.ip);
}

static bool match_uid(const struct socktab_filter *filter, const struct socktab_record *record)
{
	if (!(record->known & SOCKTAB_KNOWN_UID))
		return record->inode != 0;
	for (size_t i = 0; i < filter->uid_count; i++)
		if (filter->uids[i] == record->uid)
			return true;
	return false;
}

static bool filters_addresses(const struct socktab_filter *filter)
{
	return filter->local_port_count || filter->name_count || filter->remote_port_count ||
	       filter->local_count || filter->remote_count || filter->not_remote_count;
}

bool socktab_match(const struct socktab_filter *filter, const struct socktab_record *record)
{
	if (filter->kinds && !(filter->kinds & SOCKTAB_BIT(socktab_kind(record))))
		return false;
	if (filter->states && !(filter->states & SOCKTAB_BIT(record->state)))
		return false;
	if (filter->traffic && !(filter->traffic & socktab_traffic(record)))
		return false;
	if (filters_addresses(filter) && !match_addresses(filter, record))
		return false;
	if (filter->uid_count && !match_uid(filter, record))
		return false;
	if (filter->inodes && !socktab_table_get(filter->inodes, &record->inode))
		return false;
	return !filter->cgroups || socktab_table_get(filter->cgroups, &record->cgroup);
}
