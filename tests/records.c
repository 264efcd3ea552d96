// SPDX-License-Identifier: MIT
/* records - the sockets of a protocol, as one source tells them, a line each: for diff */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/describe.h"
#include "socktab.h"

/*
 * What both sources know. Netlink alone tells the device, IPV6_V6ONLY, the limit of an accept
 * queue, the cgroup and the cookie, and of a unix socket its user, its queues and its file.
 */
static void keep_common(struct socktab_record *r)
{
	r->known &= SOCKTAB_KNOWN_UID | SOCKTAB_KNOWN_QUEUES | SOCKTAB_KNOWN_DROPS;
	r->cookie = 0;
	if (r->state == SOCKTAB_LISTEN)
		r->wqueue = 0;
	if (r->family != AF_UNIX)
		return;
	r->known = 0;
	r->uid = 0;
}

static int print(const struct socktab_record *record, void *data)
{
	struct socktab_record r = *record;
	struct line line;

	(void)data;
	keep_common(&r);
	puts(describe(&r, &line));
	return 0;
}

static bool find_source(const char *name, enum socktab_source *source)
{
	for (*source = 0; *source <= SOCKTAB_SOURCE_PROCFS; ++*source)
		if (strcmp(name, socktab_source_name(*source)) == 0)
			return true;
	return false;
}

int main(int argc, char **argv)
{
	struct socktab_filter filter = { 0 };
	enum socktab_source source;
	struct socktab *t;
	int error;

	if (argc != 3 || !find_source(argv[1], &source) ||
	    socktab_parse_kinds(argv[2], strlen(argv[2]), &filter.kinds)) {
		fputs("usage: records auto|netlink|procfs PROTOCOL\n", stderr);
		return EXIT_FAILURE;
	}
	error = socktab_open(&t, NULL);
	if (!error) {
		socktab_set_source(t, source);
		error = socktab_visit(t, &filter, print, NULL);
		socktab_close(t);
	}
	if (error)
		fprintf(stderr, "records: %s\n", strerror(-error));
	return error ? EXIT_FAILURE : EXIT_SUCCESS;
}
