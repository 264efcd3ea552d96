// SPDX-License-Identifier: MIT
/* ports.c - sets of ports, and what TIME_WAIT does to them */
#include <netinet/in.h>
#include <string.h>

#include "socktab.h"

bool socktab_port_has(const struct socktab_port_set *set, uint16_t port)
{
	return set->bits[port / 8] & SOCKTAB_BIT(port % 8);
}

void socktab_port_add(struct socktab_port_set *set, uint16_t port)
{
	set->count += !socktab_port_has(set, port);
	set->bits[port / 8] |= (uint8_t)SOCKTAB_BIT(port % 8);
}

void socktab_port_remove(struct socktab_port_set *set, uint16_t port)
{
	set->count -= socktab_port_has(set, port);
	set->bits[port / 8] &= (uint8_t)~SOCKTAB_BIT(port % 8);
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

/* As tcp_twsk_unique() of net/ipv4/tcp_ipv4.c; the loopback device has index 1 everywhere. */
bool socktab_reusable(const struct socktab_local_ports *local, const struct socktab_record *record)
{
	if (record->state != SOCKTAB_TIME_WAIT || local->reuse == SOCKTAB_REUSE_NEVER)
		return false;
	return local->reuse == SOCKTAB_REUSE_ALWAYS || record->ifindex == 1 ||
	       is_loopback(record->family, record->laddr.ip) ||
	       is_loopback(record->family, record->raddr.ip);
}
