// SPDX-License-Identifier: MIT
/* group_keys.c - what sockets can be grouped by: record -> key -> text */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "group_private.h"

/* ---- addresses: 16 bytes, IPv4 as its mapped address -------------------------------------- */

static void format_address(const struct groups *groups, const uint8_t *bytes, char *buffer,
			   size_t size)
{
	uint8_t family = socktab_unmap(AF_INET6, &bytes);
	char text[SOCKTAB_ADDRESS_SIZE];

	(void)groups;
	snprintf(buffer, size, "%s", socktab_format_ip(family, bytes, text));
}

static bool has_peer(const struct socktab_record *record)
{
	return record->family != AF_UNIX && !socktab_is_wildcard(record->family, record->raddr.ip);
}

static enum group_tag take_local_address(const struct groups *groups,
					 const struct socktab_record *record, uint8_t *bytes)
{
	(void)groups;
	if (record->family == AF_UNIX)
		return GROUP_NO_ADDRESS;
	socktab_map(record->family, record->laddr.ip, bytes);
	return GROUP_NAMED;
}

static enum group_tag take_remote_address(const struct groups *groups,
					  const struct socktab_record *record, uint8_t *bytes)
{
	(void)groups;
	if (!has_peer(record))
		return GROUP_NO_PEER;
	socktab_map(record->family, record->raddr.ip, bytes);
	return GROUP_NAMED;
}

/* Whoever has one IPv6 address has the /64 around it. */
static enum group_tag take_peer(const struct groups *groups, const struct socktab_record *record,
				uint8_t *bytes)
{
	if (take_remote_address(groups, record, bytes) != GROUP_NAMED)
		return GROUP_LEAVE_OUT;
	if (!socktab_is_mapped(bytes))
		memset(bytes + 8, 0, 8);
	return GROUP_NAMED;
}

static void format_peer(const struct groups *groups, const uint8_t *bytes, char *buffer,
			size_t size)
{
	static const uint8_t zero[8];

	/* The only address in ::/64 that is anybody's. */
	if (memcmp(bytes, zero, sizeof(zero)) == 0 && !socktab_is_mapped(bytes)) {
		snprintf(buffer, size, "::1");
		return;
	}
	format_address(groups, bytes, buffer, size);
	if (!socktab_is_mapped(bytes))
		snprintf(buffer + strlen(buffer), size - strlen(buffer), "/64");
}

/* ---- ports: the protocol and two bytes ---------------------------------------------------- */

static enum group_tag take_port(const struct socktab_record *record, uint16_t port, uint8_t *bytes)
{
	bytes[0] = record->protocol;
	bytes[1] = (uint8_t)(port >> 8);
	bytes[2] = (uint8_t)port;
	return GROUP_NAMED;
}

static enum group_tag take_local_port(const struct groups *groups,
				      const struct socktab_record *record, uint8_t *bytes)
{
	(void)groups;
	if (record->family == AF_UNIX)
		return GROUP_NO_PORT;
	return take_port(record, record->laddr.port, bytes);
}

static enum group_tag take_remote_port(const struct groups *groups,
				       const struct socktab_record *record, uint8_t *bytes)
{
	(void)groups;
	if (!has_peer(record))
		return GROUP_NO_PEER;
	return take_port(record, record->raddr.port, bytes);
}

static void format_port(const struct groups *groups, const uint8_t *bytes, char *buffer,
			size_t size)
{
	(void)groups;
	snprintf(buffer, size, "%u/%s", (unsigned int)bytes[1] << 8 | bytes[2],
		 socktab_protocol_name(bytes[0]));
}

static enum group_tag take_remote(const struct groups *groups, const struct socktab_record *record,
				  uint8_t *bytes)
{
	take_port(record, record->raddr.port, bytes + 16);
	return take_remote_address(groups, record, bytes);
}

static void format_remote(const struct groups *groups, const uint8_t *bytes, char *buffer,
			  size_t size)
{
	bool mapped = socktab_is_mapped(bytes);
	char ip[SOCKTAB_ADDRESS_SIZE], port[32];

	format_address(groups, bytes, ip, sizeof(ip));
	format_port(groups, bytes + 16, port, sizeof(port));
	snprintf(buffer, size, mapped ? "%s:%s" : "[%s]:%s", ip, port);
}

/* ---- owners ------------------------------------------------------------------------------ */

static enum group_tag take_user(const struct groups *groups, const struct socktab_record *record,
				uint8_t *bytes)
{
	(void)groups;
	if (!(record->known & SOCKTAB_KNOWN_UID))
		return GROUP_NO_OWNER;
	group_put_number(bytes, record->uid);
	return GROUP_NAMED;
}

static void format_user(const struct groups *groups, const uint8_t *bytes, char *buffer,
			size_t size)
{
	(void)groups;
	selection_format_user(group_get_number(bytes), buffer, size);
}

static enum group_tag take_unit(const struct groups *groups, const struct socktab_record *record,
				uint8_t *bytes)
{
	uint64_t position = 0;
	uint32_t place;

	if (record->known & SOCKTAB_KNOWN_CGROUP)
		position = socktab_table_get(&groups->view->units.ids, &record->cgroup);
	place = position ? groups->places[position - 1] : 0;
	if (!place)
		return record->inode ? GROUP_ASK_HOLDERS : GROUP_NO_UNIT;
	group_put_number(bytes, place - 1);
	return GROUP_NAMED;
}

static void format_unit(const struct groups *groups, const uint8_t *bytes, char *buffer,
			size_t size)
{
	const char *name = groups->names[group_get_number(bytes)];

	plugin_escape(name, strlen(name), buffer, size);
}

static enum group_tag take_holder(const struct groups *groups, const struct socktab_record *record,
				  uint8_t *bytes)
{
	(void)groups;
	(void)bytes;
	return record->inode ? GROUP_ASK_HOLDERS : GROUP_NO_PROCESS;
}

static void format_command(const struct groups *groups, const uint8_t *bytes, char *buffer,
			   size_t size)
{
	(void)groups;
	plugin_escape(bytes, strnlen((const char *)bytes, GROUP_COMMAND_SIZE), buffer, size);
}

static void format_pid(const struct groups *groups, const uint8_t *bytes, char *buffer, size_t size)
{
	selection_format_holder(groups->view, (pid_t)group_get_number(bytes), buffer, size);
}

const struct group_key group_keys[GROUPS_WORDS] = {
	[GROUPS_LOCAL_PORT] = { "local-port", "on", 3, take_local_port, format_port },
	[GROUPS_REMOTE_PORT] = { "remote-port", "with", 3, take_remote_port, format_port },
	[GROUPS_LOCAL_ADDRESS] = { "local-address", "on", 16, take_local_address, format_address },
	[GROUPS_REMOTE_ADDRESS] = { "remote-address", "with", 16, take_remote_address,
				    format_address },
	[GROUPS_REMOTE] = { "remote", "with", 19, take_remote, format_remote },
	[GROUPS_USER] = { "user", "of", 4, take_user, format_user },
	[GROUPS_UNIT] = { "unit", "of", 4, take_unit, format_unit },
	[GROUPS_COMMAND] = { "command", "of", GROUP_COMMAND_SIZE, take_holder, format_command },
	[GROUPS_PID] = { "pid", "in", 4, take_holder, format_pid },
	[GROUPS_PEER] = { NULL, "from", 16, take_peer, format_peer },
};
