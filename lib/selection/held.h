// SPDX-License-Identifier: MIT
/* held.h - are these sockets held by whom the owner options name, and if not, by whom */
#ifndef HELD_H
#define HELD_H

#include "selection.h"

enum held { HELD_NO, HELD_UNKNOWN, HELD_YES };

/* One socket that held_add() has put there; held_judge() and held_name() fill in the rest. */
struct held_socket {
	struct socktab_record record;	  /* its path is not used */
	char device[SOCKTAB_DEVICE_SIZE]; /* name of record.ifindex where the socket is */
	size_t request;			  /* of requests: index of the one that it answers */
	enum held held;			  /* by a matching owner */
	pid_t pid;			  /* a holder, a matching one if there is; 0: none seen */
	bool by_kernel;			  /* nobody holds it, and everything could be read */
};

/* Zero it; its sockets are to be freed. */
struct held_list {
	struct held_socket *sockets;
	size_t count;
};

/* Add one, with the name of its device: from within a visitor, while its namespace is looked at. 0
 * or -ENOMEM. */
int held_add(struct held_list *list, struct socktab *t, const struct socktab_record *record);
/* By port, then protocol. */
void held_sort(struct held_list *list);
size_t held_count(const struct held_list *list, enum held held);
/* Address, protocol and what is seen of the owner: "0.0.0.0:4444/tcp uid 1001 session-9.scope";
 * with a device as ss writes it, "[::]%eth0:80". Returns buffer. */
const char *held_format(struct selection_view *view, const struct held_socket *socket, char *buffer,
			size_t size);

/*
 * What is known of the holders of sockets before several questions are asked about them. Make it
 * with HELD_KNOWN_NOTHING, give its memory back with held_forget().
 */
struct held_known {
	struct socktab_table pids;	/* inode -> pid of a holder, a matching one if there is */
	struct socktab_table unmatched; /* inodes that no matching process holds */
};

#define HELD_KNOWN_NOTHING \
	{ \
		SOCKTAB_INODES, SOCKTAB_INODES \
	}

/*
 * Find a holder of each inode among the processes of a filter that matches whoever any of the
 * questions matches. They then need no walk of their own but where a socket may have another
 * holder. 0; or -errno and nothing is known.
 */
int held_learn(struct held_known *known, const struct selection_view *view,
	       const struct socktab_process_filter *who, const struct socktab_table *inodes);
void held_forget(struct held_known *known);

/*
 * Are they held as the owner options ask? Without any every socket is HELD_YES and no process is
 * looked at; user and unit are judged by the record alone where it tells them. What could not be
 * read makes HELD_UNKNOWN of what was not found. known: NULL, or what held_learn() found; then no
 * process is asked for by its pid. Returns 0 or -errno.
 */
int held_judge(const struct selection_view *view, const struct held_known *known,
	       struct held_list *list);

/* Only for the words: find some holder of those that are HELD_NO. */
void held_name(const struct selection_view *view, struct held_list *list);

/* The same of all of them, as far as they have no pid yet. */
void held_name_all(const struct selection_view *view, struct held_list *list);

#endif
