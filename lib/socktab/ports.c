// SPDX-License-Identifier: MIT
/* ports.c - sets of ports, and what TIME_WAIT does to them */
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

/* As tcp_twsk_unique() of net/ipv4/tcp_ipv4.c. */
bool socktab_reusable(const struct socktab_local_ports *local, const struct socktab_record *record)
{
	if (record->state != SOCKTAB_TIME_WAIT || local->reuse == SOCKTAB_REUSE_NEVER)
		return false;
	return local->reuse == SOCKTAB_REUSE_ALWAYS || socktab_is_loopback(record);
}
