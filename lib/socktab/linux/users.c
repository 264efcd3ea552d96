// SPDX-License-Identifier: MIT
/* users.c - is a user that the kernel tells of a fact: in a user namespace some are shown as nobody
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "linux.h"

/* DEFAULT_OVERFLOWUID of include/linux/highuid.h. That kernel.overflowuid may be another is not
 * looked at: it would cost every look a file. */
#define OVERFLOW_UID 65534

/* A line: the first id in the namespace, what it is outside, how many. */
static bool maps(const char *line, uint32_t uid)
{
	char *end;
	unsigned long first = strtoul(line, &end, 10), count;

	strtoul(end, &end, 10);
	count = strtoul(end, NULL, 10);
	return uid >= first && uid - first < count;
}

/* A kernel without user namespaces has no such file. */
static bool is_mapped(uint32_t uid)
{
	FILE *file = fopen("/proc/self/uid_map", "re");
	bool mapped = !file && errno == ENOENT;
	char *line = NULL;
	size_t size = 0;

	while (file && !mapped && getline(&line, &size, file) > 0)
		mapped = maps(line, uid);
	free(line);
	if (file)
		fclose(file);
	return mapped;
}

bool linux_knows_user(struct backend *b, uint32_t uid)
{
	if (uid != OVERFLOW_UID)
		return true;
	if (b->overflow == OVERFLOW_UNREAD)
		b->overflow = is_mapped(uid) ? OVERFLOW_USER : OVERFLOW_ANYBODY;
	return b->overflow == OVERFLOW_USER;
}

void linux_check_user(struct socktab *t, struct socktab_record *r)
{
	if (!(r->known & SOCKTAB_KNOWN_UID) || linux_knows_user(t->backend, r->uid))
		return;
	r->known &= (uint8_t)~SOCKTAB_KNOWN_UID;
	r->uid = 0;
	t->coverage.unmapped = true;
}
