// SPDX-License-Identifier: MIT
/* resolve.c - what the options that choose sockets mean together */
#include "private.h"

static uint32_t give_kinds(struct socktab_ports *ports, size_t count, uint32_t kinds)
{
	uint32_t all = 0;

	for (size_t i = 0; i < count; i++) {
		if (!ports[i].kinds)
			ports[i].kinds = kinds;
		all |= ports[i].kinds;
	}
	return count ? all : SOCKTAB_ALL;
}

const char *selection_resolve(struct selection *selection, uint32_t default_kinds)
{
	struct socktab_filter *filter = &selection->filter;
	uint32_t kinds = selection->protocols ? selection->protocols : default_kinds;
	bool has_ports = filter->local_port_count || filter->remote_port_count;

	if (has_ports && !(kinds & ~SOCKTAB_UNIX))
		return "a unix socket has no port: name a protocol with --protocol";
	if (has_ports)
		kinds = give_kinds((struct socktab_ports *)filter->local_ports,
				   filter->local_port_count, kinds & ~SOCKTAB_UNIX) &
			give_kinds((struct socktab_ports *)filter->remote_ports,
				   filter->remote_port_count, kinds & ~SOCKTAB_UNIX);
	if (!kinds)
		return "--port and --remote-port name different protocols";
	if (selection_of_owners(selection) && !selection_has_owner(selection))
		return "--netns owner needs an option that selects processes";
	if (filter->name_count)
		kinds = filter->local_port_count ? kinds | SOCKTAB_UNIX : SOCKTAB_UNIX;
	if (selection->direction)
		kinds &= ~(SOCKTAB_UNIX | SOCKTAB_RAW);
	if (!kinds)
		return "--direction is told by ports: name a protocol that has them";
	if ((selection->ipv4 || selection->ipv6) && !(kinds & ~SOCKTAB_UNIX))
		return "unix sockets carry neither IPv4 nor IPv6: leave out --ipv4 and --ipv6";
	/* IPv4 over IPv6 sockets is another matter: those of both. */
	if (selection->ipv6 && !selection->ipv4 && !(kinds & (SOCKTAB_INET6 | SOCKTAB_UNIX)))
		return "IPv4 sockets carry no IPv6: leave out --ipv6, or name tcp6 or udp6";
	filter->kinds = kinds;
	filter->traffic = (selection->ipv4 ? SOCKTAB_TRAFFIC4 : 0) |
			  (selection->ipv6 ? SOCKTAB_TRAFFIC6 : 0);
	return NULL;
}

/* Ports of mptcp and not of tcp, among those that both tables would show. */
static bool names_mptcp_alone(const struct socktab_ports *ports, size_t count, uint32_t both)
{
	for (size_t i = 0; i < count; i++)
		if (ports[i].kinds & both && !(ports[i].kinds & SOCKTAB_TCP))
			return true;
	return false;
}

void selection_count_once(struct selection *selection)
{
	struct socktab_filter *filter = &selection->filter;
	uint32_t both = (filter->kinds & SOCKTAB_TCP) << (SOCKTAB_KIND_MPTCP4 - SOCKTAB_KIND_TCP4) &
			filter->kinds;

	if (!names_mptcp_alone(filter->local_ports, filter->local_port_count, both) &&
	    !names_mptcp_alone(filter->remote_ports, filter->remote_port_count, both))
		filter->kinds &= ~both;
}
