// SPDX-License-Identifier: MIT
/* allow.h - lists of listeners that are expected */
#ifndef ALLOW_H
#define ALLOW_H

#include "cover.h"
#include "selection.h"

/* PORT[-PORT][/PROTO] [in=NET,...] [unit=UNIT] [command=NAME] [user=USER]: all must hold. */
struct allow_entry {
	struct socktab_ports ports;
	struct cover_within within;
	struct selection owner; /* of it only the owners */
	char *line;		/* of the file it stands in, for the names in it */
	size_t answers;		/* for the caller */
};

struct allow_list {
	struct allow_entry *entries;
	size_t count;
};

/* Option setters: add to the struct allow_list at option->offset. The file is read at once, with
 * no privilege that the caller does not have. */
plugin_setter allow_set_list, allow_set_file;

#endif
