// SPDX-License-Identifier: MIT
/* held_list.c - sockets and their holders one behind the other, and each in words */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "held.h"

int held_add(struct held_list *list, struct socktab *t, const struct socktab_record *record)
{
	struct held_socket *sockets = selection_make_room(list->sockets, list->count,
							  sizeof(*sockets));
	struct held_socket *socket;

	if (!sockets)
		return -ENOMEM;
	list->sockets = sockets;
	socket = &sockets[list->count++];
	*socket = (struct held_socket){ .record = *record };
	if (record->ifindex)
		socktab_device_name(t, record->ifindex, socket->device);
	return 0;
}

static int by_port(const void *a, const void *b)
{
	const struct socktab_record *left = &((const struct held_socket *)a)->record;
	const struct socktab_record *right = &((const struct held_socket *)b)->record;

	if (left->laddr.port != right->laddr.port)
		return left->laddr.port < right->laddr.port ? -1 : 1;
	if (left->protocol != right->protocol)
		return left->protocol < right->protocol ? -1 : 1;
	if (left->family != right->family)
		return left->family < right->family ? -1 : 1;
	return memcmp(left->laddr.ip, right->laddr.ip, sizeof(left->laddr.ip));
}

void held_sort(struct held_list *list)
{
	if (list->count)
		qsort(list->sockets, list->count, sizeof(*list->sockets), by_port);
}

size_t held_count(const struct held_list *list, enum held held)
{
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++)
		count += list->sockets[i].held == held;
	return count;
}

/* "rpcbind.service", "uid 1001 session-9.scope", and the holder where it can be seen. */
static const char *format_owner(struct selection_view *view, const struct held_socket *socket,
				char *buffer, size_t size)
{
	char unit[256];
	size_t length;

	if (socket->by_kernel)
		snprintf(buffer, size, "the kernel");
	if (socket->by_kernel || socket->pid)
		return socket->pid ? selection_format_holder(view, socket->pid, buffer, size)
				   : buffer;
	selection_format_unit(view, &socket->record, unit, sizeof(unit));
	length = strlen(unit);
	if (length > 8 && strcmp(unit + length - 8, ".service") == 0)
		snprintf(buffer, size, "%s", unit);
	else if (!(socket->record.known & SOCKTAB_KNOWN_UID))
		snprintf(buffer, size, "an unknown user%s%s", unit[0] ? " " : "", unit);
	else
		snprintf(buffer, size, "uid %" PRIu32 "%s%s", socket->record.uid,
			 unit[0] ? " " : "", unit);
	return buffer;
}

const char *held_format(struct selection_view *view, const struct held_socket *socket, char *buffer,
			size_t size)
{
	const struct socktab_record *record = &socket->record;
	char address[SOCKTAB_ADDRESS_SIZE], owner[512];
	size_t host;

	socktab_format_address(record->family, &record->laddr, address);
	host = (size_t)(strrchr(address, ':') - address);
	snprintf(buffer, size, "%.*s%s%s%s/%s %s", (int)host, address, socket->device[0] ? "%" : "",
		 socket->device, address + host,
		 socktab_protocol_name((enum socktab_protocol)record->protocol),
		 format_owner(view, socket, owner, sizeof(owner)));
	return buffer;
}
