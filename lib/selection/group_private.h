// SPDX-License-Identifier: MIT
/* group_private.h - what the files behind groups.h share among themselves */
#ifndef GROUP_PRIVATE_H
#define GROUP_PRIVATE_H

#include "groups.h"

/* The first byte of a key: a group with a name, or one of those that have none. */
enum group_tag {
	GROUP_NAMED,
	GROUP_NO_PEER,
	GROUP_NO_PORT,
	GROUP_NO_ADDRESS,
	GROUP_NO_OWNER,
	GROUP_NO_UNIT,
	GROUP_NO_PROCESS,
	GROUP_KERNEL,
	GROUP_UNREADABLE,
	GROUP_TAGS,
	/* no group: */
	GROUP_ASK_HOLDERS,
	GROUP_LEAVE_OUT,
};

/* How to group by one thing. A key is the tag and `size` bytes that sort as they should. */
struct group_key {
	const char *name; /* NULL: no word of --group-by */
	const char *with; /* between a number and a group: "on" in "212 on 443/tcp" */
	size_t size;
	enum group_tag (*take)(const struct groups *groups, const struct socktab_record *record,
			       uint8_t *bytes);
	void (*format)(const struct groups *groups, const uint8_t *bytes, char *buffer,
		       size_t size);
};

extern const struct group_key group_keys[GROUPS_WORDS];

#define GROUP_COMMAND_SIZE 16 /* comm with its NUL, as user processes have it */

/* Four bytes, big-endian, so that keys sort as numbers. */
static inline void group_put_number(uint8_t *bytes, uint32_t number)
{
	for (int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(number >> (24 - 8 * i));
}

static inline uint32_t group_get_number(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

/* bytes may be NULL where the tag is not GROUP_NAMED. 0 or -ENOMEM. */
int group_add(struct groups *groups, enum group_tag tag, const uint8_t *bytes, uint64_t count);

/* ---- group_owners.c ---------------------------------------------------------------------- */

/* Which cgroup is which unit. */
int group_read_units(struct groups *groups);
/* Place the sockets in groups->inodes by their holders. */
int group_ask_holders(struct groups *groups);

#endif
