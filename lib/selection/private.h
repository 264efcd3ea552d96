// SPDX-License-Identifier: MIT
/* private.h - what the files of lib/selection share among themselves */
#ifndef SELECTION_PRIVATE_H
#define SELECTION_PRIVATE_H

#include "selection.h"

/* In a setter: add a value to a list, or return that there is no memory for it. */
#define APPEND(type, list, count, value) \
	do { \
		type *longer_ = realloc((void *)(list), ((count) + 1) * sizeof(type)); \
		if (!longer_) \
			return "out of memory"; \
		longer_[(count)++] = (value); \
		(list) = longer_; \
	} while (0)

/* Put a key into a set. 0 or -ENOMEM. */
int selection_add_key(struct socktab_table *set, const void *key);

/*
 * Hand each item of a comma list to set(): NULL, or what is wrong; of several items it names the
 * one.
 */
typedef const char *selection_item(void *target, const char *text, size_t length);
const char *selection_each_item(const char *text, size_t length, selection_item *set, void *target);

/* socktab_parse_ports() with what is wrong in words. */
const char *selection_parse_ports(const char *text, size_t length, struct socktab_ports *ports);

/* NULL: regcomp() takes it in little memory; or why not. */
const char *selection_check_pattern(const char *text);

void selection_free_units(struct selection_units *units);
/* The remedy for sockets whose unit cannot be told. */
void selection_say_units(const struct selection_view *view);
/* The same of those whose user cannot: may this be a socket of a user asked for? */
void selection_say_users(const struct selection_view *view);
bool selection_doubts_user(const struct selection_view *view, const struct socktab_record *record);

/* Is it the cgroup of init? Where systemd could not make a socket in its unit's cgroup it made it
 * in its own, so that says nothing about the unit. */
bool selection_is_init(const char *path);
/* Is a .socket unit asked for by its full name? The service that it activates holds its sockets, so
 * only the record tells which they are. */
bool selection_names_socket_unit(const struct selection_view *view);
/* Is process 1 the service manager, which holds the sockets of units that have no processes yet? */
bool selection_has_manager(const struct selection_view *view);

/*
 * users_nss.c asks the C library, users_file.c of static programs reads /etc/passwd: see
 * services.h. NULL: the user has no name that is known here; the next call overwrites it.
 */
bool selection_find_user(const char *name, uint32_t *uid);
const char *selection_user_name(uint32_t uid);

/* view->who: the owners asked for, with the processes that the pidfiles name at this moment. False:
 * one cannot be read; the report says so. */
bool selection_read_pidfiles(struct selection_view *view);

/* Does the caller name a path that is looked at? Then the plugin gives up what it was lent: what it
 * may do for its own reasons it must not do to that. */
bool selection_names_path(const struct selection *selection);

/* Does --netns say `owner`? */
bool selection_of_owners(const struct selection *selection);

/* Look into the namespace that --netns names, or find the processes whose namespaces they are.
 * False: it cannot be entered; the report says so. */
bool selection_enter(struct selection_view *view);

/* socktab_visit() of what has the --direction asked for, in the namespace looked at. */
int selection_visit_here(struct selection_view *view, const struct socktab_filter *filter,
			 socktab_visitor *visit, void *data);

/* The same in every namespace that --netns asks for. */
int selection_visit_tables(struct selection_view *view, const struct socktab_filter *filter,
			   socktab_visitor *visit, void *data);

/*
 * The same in the namespaces of these processes. With --netns NAME, PATH or PID that namespace
 * alone is looked at.
 */
int selection_visit_of(struct selection_view *view, const pid_t *pids, size_t count,
		       const struct socktab_filter *filter, socktab_visitor *visit, void *data);

/*
 * What these processes hold, in their order: structs of that size, each beginning with a pid_t.
 * Which of them it is comes with each socket; the same one may come twice. -errno, or what the
 * visitor returned.
 */
typedef int selection_holder_visitor(const struct socktab_holder *holder, size_t process,
				     void *data);
int selection_visit_holders(struct socktab *t, const void *processes, size_t count, size_t size,
			    selection_holder_visitor *visit, void *data);

/* How many processes match. 0 or -errno. */
int selection_count_processes(const struct selection_view *view,
			      const struct socktab_process_filter *who, size_t *count);

/* Is none of these processes in the namespace of /proc itself? */
bool selection_all_elsewhere(const struct selection_view *view, const pid_t *pids, size_t count);

/* The facts of -vv about it. */
void selection_report_privilege(const struct selection_view *view);
/* The remedy for processes that are hidden or not readable. */
void selection_say_processes(const struct selection_view *view);
/* "/proc hides processes from uid 117 (hidepid=2)", and what would show them. */
#define SELECTION_HIDDEN_SIZE 80
#define SELECTION_REMEDY_SIZE 512
const char *selection_format_hidden(const struct selection_view *view,
				    char buffer[SELECTION_HIDDEN_SIZE]);
const char *selection_format_unhide(const struct selection_view *view,
				    char buffer[SELECTION_REMEDY_SIZE]);
/* The remedy for a socket that nobody holds as far as this pid namespace goes. */
void selection_say_nested(const struct selection_view *view);

/* Text that grows to the end of its buffer and no further; the buffer is always terminated. */
struct words {
	char *buffer;
	size_t size, length;
};

void words_add(struct words *words, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
