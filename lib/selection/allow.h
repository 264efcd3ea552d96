// SPDX-License-Identifier: MIT
/* allow.h - lists of listeners that are expected */
#ifndef ALLOW_H
#define ALLOW_H

#include "cover.h"
#include "held.h"
#include "selection.h"

/* PORT[-PORT][/PROTO] [in=NET,...] [unit=UNIT] [command=NAME] [user=USER]: all must hold. */
struct allow_entry {
	struct socktab_ports ports;
	struct cover_within within;
	struct selection owner; /* of it only the owners */
	char *line;		/* of the file it stands in, for the names in it */
	const char *conditions; /* in it, "unit=a\0user=b"; NULL: none */
	size_t length;		/* of these */
	size_t answers;		/* listeners that it allows or may allow, by allow_judge() */
};

struct allow_list {
	struct allow_entry *entries;
	size_t count;
};

/* Option setters: add to the struct allow_list at option->offset. The file is read at once, with
 * no privilege that the caller does not have. */
plugin_setter allow_set_list, allow_set_file;

/*
 * Judge listeners, whose `held` is HELD_NO: HELD_YES where an entry allows it, HELD_UNKNOWN where
 * one may. 0; or -errno: an entry could not be asked, and where its ports are what no other
 * allows is HELD_UNKNOWN.
 */
int allow_judge(struct allow_list *list, const struct selection_view *view,
		struct held_list *listeners);
/* Is its port in one of the entries? */
bool allow_concerns(const struct allow_list *list, const struct socktab_record *record);
/* Entries of ports of these kinds that no listener answers: how many, and, where the metric that
 * counts them alerts, a problem each; in the evidence always. */
size_t allow_missing(const struct allow_list *list, uint32_t kinds);
void allow_say_missing(const struct allow_list *list, uint32_t kinds,
		       const struct plugin_metric *missing, struct plugin_report *report);

/* Print the lines of a file that would allow these, which are sorted by port and protocol: by unit
 * where there is one, each once; those bound to loopback addresses only there. And a comment if
 * these are not all. */
void allow_print(struct selection_view *view, const struct held_list *listeners, bool complete);

#endif
