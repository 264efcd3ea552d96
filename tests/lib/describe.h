// SPDX-License-Identifier: MIT
/* describe.h - a record as one line of text, for tests that compare whole records */
#ifndef DESCRIBE_H
#define DESCRIBE_H

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "socktab.h"

struct line {
	char text[512];
	size_t length;
};

__attribute__((format(printf, 2, 3))) static inline void line_add(struct line *l,
								  const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	l->length += (size_t)vsnprintf(l->text + l->length, sizeof(l->text) - l->length, format,
				       arguments);
	va_end(arguments);
}

static inline void line_path(struct line *l, const char *path, size_t length)
{
	line_add(l, " path=");
	for (size_t i = 0; i < length; i++)
		line_add(l, path[i] > ' ' && path[i] <= '~' ? "%c" : "\\%03o",
			 (unsigned int)(unsigned char)path[i]);
}

/* Fields that are not known are left out; bytes that must be zero and are not show as BAD. */
static inline const char *describe(const struct socktab_record *r, struct line *l)
{
	static const uint8_t zero[12];
	char local[INET6_ADDRSTRLEN], remote[INET6_ADDRSTRLEN];

	l->length = 0;
	line_add(l, "%u/%u/%u state=%u", r->protocol, r->family, r->type, r->state);
	if (r->family != AF_UNIX)
		line_add(l, " %s:%u %s:%u", inet_ntop(r->family, r->laddr.ip, local, sizeof(local)),
			 r->laddr.port, inet_ntop(r->family, r->raddr.ip, remote, sizeof(remote)),
			 r->raddr.port);
	if (r->family == AF_INET &&
	    (memcmp(r->laddr.ip + 4, zero, 12) != 0 || memcmp(r->raddr.ip + 4, zero, 12) != 0))
		line_add(l, " BAD");
	line_add(l, " inode=%u", r->inode);
	if (r->known & SOCKTAB_KNOWN_QUEUES)
		line_add(l, " queues=%u,%u", r->rqueue, r->wqueue);
	if (r->known & SOCKTAB_KNOWN_LIMIT)
		line_add(l, " limit");
	if (r->known & SOCKTAB_KNOWN_UID)
		line_add(l, " uid=%u", r->uid);
	else if (r->uid)
		line_add(l, " BAD");
	if (r->known & SOCKTAB_KNOWN_DEVICE)
		line_add(l, " if=%u", r->ifindex);
	if (r->known & SOCKTAB_KNOWN_V6ONLY)
		line_add(l, " v6only=%d", r->v6only);
	if (r->known & SOCKTAB_KNOWN_DROPS)
		line_add(l, " drops=%u", r->drops);
	if (r->known & SOCKTAB_KNOWN_CGROUP)
		line_add(l, " cgroup=%llu", (unsigned long long)r->cgroup);
	if (r->known & SOCKTAB_KNOWN_FILE)
		line_add(l, " file=%u,%x", r->file_inode, r->file_device);
	if (r->cookie)
		line_add(l, " cookie=%llx", (unsigned long long)r->cookie);
	if (r->path_length)
		line_path(l, r->path, r->path_length);
	return l->text;
}

#endif
