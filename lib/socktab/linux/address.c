// SPDX-License-Identifier: MIT
/* address.c - the addresses and devices of the host, through /proc/net */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "linux.h"

FILE *linux_open_net(struct socktab *t, const char *name)
{
	int fd = netns_open(t->backend, name);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

	if (fd < 0)
		errno = -fd;
	else if (!file)
		close(fd);
	return file;
}

/* "     |-- 127.0.0.0" followed by "        /8 host LOCAL": the routes to this host itself. */
static int is_local4(FILE *file, const uint8_t *ip)
{
	struct socktab_prefix prefix = { .family = AF_INET };
	char line[256];
	int local = 0;

	while (!local && fgets(line, sizeof(line), file)) {
		char *leaf = strstr(line, "|-- "), *slash = strchr(line, '/');

		line[strcspn(line, "\n")] = '\0';
		if (leaf) {
			if (inet_pton(AF_INET, leaf + 4, prefix.ip) != 1)
				return -EBADMSG;
		} else if (slash && strstr(slash, " host LOCAL")) {
			prefix.length = (uint8_t)strtoul(slash + 1, NULL, 10);
			local = prefix.length <= 32 && socktab_prefix_match(&prefix, AF_INET, ip);
		}
	}
	return ferror(file) ? -EIO : local;
}

/* "00000000000000000000000000000001 01 80 10 80       lo" */
static int is_local6(FILE *file, const uint8_t *ip)
{
	char line[256], hex[33];

	for (int i = 0; i < 16; i++)
		snprintf(hex + 2 * i, 3, "%02x", ip[i]);
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, hex, 32) == 0)
			return 1;
	return ferror(file) ? -EIO : 0;
}

int socktab_is_local(struct socktab *t, uint8_t family, const uint8_t *ip)
{
	FILE *file = linux_open_net(t, family == AF_INET ? "fib_trie" : "if_inet6");
	int local;

	/* Without IPv6 there is no such table and no such address. */
	if (!file)
		return errno == ENOENT && family == AF_INET6 ? 0 : -errno;
	local = family == AF_INET ? is_local4(file, ip) : is_local6(file, ip);
	fclose(file);
	return local;
}

/* "  eth0: 1234 ..." below two lines of heading, which have no colon. */
static int has_device(FILE *file, const char *name)
{
	char line[256];

	while (fgets(line, sizeof(line), file)) {
		char *start = line + strspn(line, " "), *colon = strchr(start, ':');

		if (!colon)
			continue;
		*colon = '\0';
		if (strcmp(start, name) == 0)
			return 1;
	}
	return ferror(file) ? -EIO : 0;
}

static int find_device(void *name)
{
	return if_nametoindex(name) ? 1 : -errno;
}

/* The table has no alternative names, which the kernel takes too. */
static int has_other_name(const struct backend *b, char *name)
{
	int found = b->netlink == NETLINK_NEVER ? 0 : netns_run(b->ns_fd, find_device, name);

	return found == -ENODEV ? 0 : found > 0 ? -ENOTUNIQ : found;
}

int socktab_has_device(struct socktab *t, const char *name)
{
	char copy[SOCKTAB_DEVICE_SIZE];
	FILE *file = linux_open_net(t, "dev");
	int has;

	if (!file)
		return -errno;
	has = has_device(file, name);
	fclose(file);
	snprintf(copy, sizeof(copy), "%s", name);
	return has ? has : has_other_name(t->backend, copy);
}
