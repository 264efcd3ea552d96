// SPDX-License-Identifier: MIT
/* local_ports.c - how far the ports that the kernel chooses from are used up */
#include "local_ports.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "groups.h"
#include "private.h"

/* Keys of by_port: taken on this address. */
struct local_port {
	uint8_t ip[16];
	uint16_t port;
};

/* Counters of by_destination: sockets, and in the lower half those of them in TIME_WAIT. */
#define ONE_SOCKET (UINT64_C(1) << 32)

static struct destination_use use_of(const struct destination *at, uint64_t counter)
{
	return (struct destination_use){ *at, (uint32_t)(counter >> 32), (uint32_t)counter };
}

static const uint8_t wildcard6[16], wildcard4[16] = { [10] = 0xff, [11] = 0xff };

static const uint8_t *wildcard_of(const uint8_t ip[16])
{
	return socktab_is_mapped(ip) ? wildcard4 : wildcard6;
}

static bool same_ip(const uint8_t a[16], const uint8_t b[16])
{
	return memcmp(a, b, 16) == 0;
}

void local_ports_start(struct local_ports *ports, const struct socktab_local_ports *range)
{
	*ports = (struct local_ports){
		.range = *range,
		.by_destination = { .key_size = sizeof(struct destination) },
		.by_port = { .key_size = sizeof(struct local_port) },
		.reusable_by_destination = { .key_size = sizeof(struct destination) },
	};
}

void local_ports_free(struct local_ports *ports)
{
	socktab_table_free(&ports->by_destination);
	socktab_table_free(&ports->by_port);
	socktab_table_free(&ports->reusable_by_destination);
}

/* ---- counting ---------------------------------------------------------------------------- */

int local_ports_listens(const struct socktab_record *record, void *data)
{
	struct local_ports *ports = data;
	uint32_t before = ports->range.set.count;

	socktab_port_remove(&ports->range.set, record->laddr.port);
	ports->listening += before - ports->range.set.count;
	return 0;
}

static bool take(struct local_ports *ports, const uint8_t ip[16], uint16_t port)
{
	struct local_port key = { .port = port };

	memcpy(key.ip, ip, sizeof(key.ip));
	return selection_add_key(&ports->by_port, &key) == 0;
}

static bool count_port(struct local_ports *ports, const struct socktab_record *record)
{
	uint16_t port = record->laddr.port;
	uint8_t ip[16];

	socktab_map(record->family, record->laddr.ip, ip);
	socktab_port_add(&ports->taken, port);
	/* The wildcard of IPv6 takes IPv4 too. */
	if (same_ip(ip, wildcard6) && !record->v6only && !take(ports, wildcard4, port))
		return false;
	return take(ports, ip, port);
}

static struct destination destination_of(const struct socktab_record *record)
{
	struct destination at = { .rport = record->raddr.port };

	socktab_map(record->family, record->laddr.ip, at.laddr);
	socktab_map(record->family, record->raddr.ip, at.raddr);
	return at;
}

static bool count_reusable(struct local_ports *ports, const struct socktab_record *record)
{
	const struct destination at = destination_of(record);
	uint64_t *counter = socktab_table_at(&ports->reusable_by_destination, &at);

	if (!counter)
		return false;
	++*counter;
	ports->reusable++;
	return true;
}

static bool count_destination(struct local_ports *ports, const struct socktab_record *record)
{
	const struct destination at = destination_of(record);
	uint64_t *counter = socktab_table_at(&ports->by_destination, &at);
	struct destination_use use;

	if (!counter)
		return false;
	ports->destinations += !*counter && at.rport;
	*counter += ONE_SOCKET + (record->state == SOCKTAB_TIME_WAIT);
	use = use_of(&at, *counter);
	if (use.sockets <= ports->fullest.sockets)
		return true;
	/* TIME_WAIT does not tell the unit; another socket to the same destination may have. */
	if (record->known & SOCKTAB_KNOWN_CGROUP ||
	    memcmp(&at, &ports->fullest.at, sizeof(at)) != 0)
		ports->fullest_socket = *record;
	ports->fullest = use;
	return true;
}

int local_ports_count(const struct socktab_record *record, void *data)
{
	struct local_ports *ports = data;

	if (!socktab_port_has(&ports->range.set, record->laddr.port))
		return 0;
	ports->time_wait += record->state == SOCKTAB_TIME_WAIT;
	if (!count_port(ports, record))
		return -ENOMEM;
	if (socktab_reusable(&ports->range, record))
		return count_reusable(ports, record) ? 0 : -ENOMEM;
	ports->used++;
	return count_destination(ports, record) ? 0 : -ENOMEM;
}

/* ---- what it comes to -------------------------------------------------------------------- */

/* How many ports each address has taken, without those that the wildcard takes on all of them. */
static bool count_addresses(const struct local_ports *ports, struct socktab_table *addresses)
{
	const void *key;
	uint64_t counter, *count;

	for (size_t slot = 0; socktab_table_next(&ports->by_port, &slot, &key, &counter);) {
		struct local_port at, everywhere;

		memcpy(&at, key, sizeof(at));
		everywhere = at;
		memcpy(everywhere.ip, wildcard_of(at.ip), sizeof(everywhere.ip));
		if (!same_ip(at.ip, everywhere.ip) &&
		    socktab_table_get(&ports->by_port, &everywhere))
			continue;
		count = socktab_table_at(addresses, at.ip);
		if (!count)
			return false;
		++*count;
	}
	return true;
}

int local_ports_end(struct local_ports *ports)
{
	struct socktab_table addresses = { .key_size = 16 };
	bool counted = count_addresses(ports, &addresses);
	const void *ip;
	uint64_t count;

	for (size_t slot = 0; socktab_table_next(&addresses, &slot, &ip, &count);) {
		const uint8_t *wildcard = wildcard_of(ip);

		if (!same_ip(ip, wildcard))
			count += socktab_table_get(&addresses, wildcard);
		if (count <= ports->fullest_address_ports)
			continue;
		ports->fullest_address_ports = (uint32_t)count;
		memcpy(ports->fullest_address, ip, sizeof(ports->fullest_address));
	}
	socktab_table_free(&addresses);
	if (ports->fullest.sockets)
		ports->reusable = socktab_table_get(&ports->reusable_by_destination,
						    &ports->fullest.at);
	return counted ? 0 : -ENOMEM;
}

int local_ports_look(struct local_ports *ports, struct selection_view *view)
{
	const struct socktab_filter listening = { .kinds = SOCKTAB_TCP,
						  .states = SOCKTAB_BIT(SOCKTAB_LISTEN) };
	int result = 0, error;

	if (view->selection->filter.kinds & SOCKTAB_TCP) {
		plugin_stage(view->report, "reading on which ports something listens");
		result = socktab_visit(view->t, &listening, local_ports_listens, ports);
	}
	/* Without the listeners, what is outbound cannot be told. */
	if (!result && selection_saw_sockets(view))
		result = selection_visit(view, local_ports_count, ports);
	error = local_ports_end(ports);
	return result ? result : error;
}

size_t local_ports_top(const struct local_ports *ports, size_t most, struct destination_use **list)
{
	const struct groups groups = { .counts = ports->by_destination };
	size_t count = most < groups.counts.count ? most : groups.counts.count;
	struct group *largest = malloc((count + 1) * sizeof(*largest));

	*list = malloc((count + 1) * sizeof(**list));
	if (!largest || !*list) {
		free(largest);
		return 0;
	}
	count = groups_largest(&groups, largest, count);
	for (size_t i = 0; i < count; i++) {
		struct destination at;

		memcpy(&at, largest[i].key, sizeof(at));
		(*list)[i] = use_of(&at, largest[i].count);
	}
	free(largest);
	return count;
}

double local_ports_percent(const struct local_ports *ports, uint32_t count)
{
	uint32_t all = ports->range.set.count;

	/* No port at all is as bad as none left; a row that came twice must not make it more. */
	return count < all ? 100.0 * count / all : 100;
}

/* ---- words ------------------------------------------------------------------------------- */

static const char *format_address(const uint8_t *ip, uint16_t port,
				  char buffer[SOCKTAB_ADDRESS_SIZE])
{
	struct socktab_address address = { .port = port };
	uint8_t family = socktab_unmap(AF_INET6, &ip);

	if (!port)
		return socktab_format_ip(family, ip, buffer);
	memcpy(address.ip, ip, family == AF_INET ? 4 : 16);
	return socktab_format_address(family, &address, buffer);
}

const char *local_ports_format_ip(const uint8_t ip[16], char buffer[SOCKTAB_ADDRESS_SIZE])
{
	return format_address(ip, 0, buffer);
}

const char *local_ports_format(const struct destination *at, char *buffer, size_t size)
{
	char local[SOCKTAB_ADDRESS_SIZE], remote[SOCKTAB_ADDRESS_SIZE];

	format_address(at->laddr, 0, local);
	if (at->rport)
		snprintf(buffer, size, "from %s to %s", local,
			 format_address(at->raddr, at->rport, remote));
	else
		snprintf(buffer, size, "unconnected on %s", local);
	return buffer;
}
