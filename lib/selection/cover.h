// SPDX-License-Identifier: MIT
/* cover.h - does a listener cover an address: is it the one that connections to it reach */
#ifndef COVER_H
#define COVER_H

#include "selection.h"

enum cover { COVER_NO, COVER_UNKNOWN, COVER_YES };

/* What must be covered: an address, or some traffic of one family (then traffic is set). */
struct cover_address {
	const char *text;
	uint8_t family, ip[16];
	char device[16];  /* "": any */
	uint32_t traffic; /* SOCKTAB_TRAFFIC4 or 6; 0: an address */
};

/* All of them must be covered; at most 64. */
struct cover_list {
	struct cover_address *list;
	size_t count;
};

/* Where listeners may be bound. */
struct cover_within {
	struct socktab_prefix *list;
	size_t count;
};

/* Option setter: adds a comma list of prefixes to the struct cover_within at option->offset. */
plugin_setter cover_set_within;
/* "127.0.0.0/8, ::1"; returns buffer. */
const char *cover_format_within(const struct cover_within *within, char *buffer, size_t size);

/* Option setter: adds an address to the struct cover_list at option->offset. */
plugin_setter cover_set;
/* What this host does not have nobody covers: bits by the order of a list. */
struct cover_foreign {
	uint64_t all;	  /* no such address, or no such device */
	uint64_t devices; /* those of them that name no device of this host */
	uint64_t unknown; /* that could not be read */
	int error;	  /* -errno of one of these; 0 */
	int device_error; /* the same of their devices; -ENOTUNIQ: an alternative name */
};

void cover_find_foreign(const struct cover_list *list, struct selection_view *view,
			struct cover_foreign *foreign);
/* Ask for every kind of traffic in the mask too (-4, -6). NULL, or what is wrong. */
const char *cover_add_traffic(struct cover_list *list, uint32_t traffic);

/* "192.0.2.7", "::", "fe80::1%eth0"; mapped addresses become IPv4. NULL, or what is wrong. */
const char *cover_parse(const char *text, struct cover_address *address);

/*
 * device: the name of record->ifindex in the namespace where the socket is, "" where it has none.
 * Does a listener cover the address? Wildcards cover what they accept; exact: only a socket bound
 * to exactly this address. COVER_UNKNOWN where it hangs on IPV6_V6ONLY, which /proc does not tell.
 */
enum cover cover_listener(const struct cover_address *address, const struct socktab_record *record,
			  const char *device, bool exact);

/* Is the listener bound inside one of the prefixes? A wildcard is everywhere: only /0 holds it, and
 * both families' where it takes both. */
enum cover cover_is_within(const struct socktab_record *record, const struct cover_within *within);

/* Where one is bound that is not within these. Returns buffer. */
const char *cover_format_outside(const struct socktab_record *record, const char *device,
				 const struct cover_within *within,
				 char buffer[SOCKTAB_ADDRESS_SIZE]);

/* Where a listener is bound: "*" (both families), "10.0.0.1", "::1%eth0"; returns buffer. */
const char *cover_format(const struct socktab_record *record, const char *device,
			 char buffer[SOCKTAB_ADDRESS_SIZE]);

#endif
