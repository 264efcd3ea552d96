// SPDX-License-Identifier: MIT
/* linux.h - what the files of the Linux backend share */
#ifndef SOCKTAB_LINUX_H
#define SOCKTAB_LINUX_H

#include <limits.h>
#include <stdio.h>

#include "../backend.h"

/* One datagram of a dump: the kernel fills 32 KiB at most, and as much as the reader offers. */
#define BACKEND_BUFFER 32768

/* Would netlink tell of the namespace that is looked at? */
enum netlink {
	NETLINK_FIRST, /* yes */
	NETLINK_NAMED, /* where the user says so, by naming it as the source */
	NETLINK_NEVER,
};

/* Whom does the user id stand for that the kernel shows where ours has none for a user? */
enum overflow {
	OVERFLOW_UNREAD,
	OVERFLOW_USER, /* the one who has it */
	OVERFLOW_ANYBODY,
};

/* Whose root directory paths begin at: that of a process, by its id, or */
enum { ROOT_OWN = 0, ROOT_UNKNOWN = -1 };

struct backend {
	int proc_fd; /* the root of /proc, O_PATH */
	/* Where the tables of /proc/net are: this thread's own; */
	bool own_net;
	int ns_fd;  /* else those of this namespace, in which a thread opens them, if not -1; */
	int net_fd; /* else in this directory, O_PATH; -errno where there is none */
	int nl_fd;  /* NETLINK_SOCK_DIAG; -1: not open. Stays in the namespace it was made in */
	enum netlink netlink;
	pid_t root_of;	      /* the mounts that belong to it, as far as that can be told */
	uint32_t nl_port;     /* the address the kernel answers to */
	uint32_t nl_sequence; /* of the last request */
	bool foreign;	      /* not our own /proc: what netlink tells may be another host's */
	uint64_t lent;	      /* capabilities to raise where they are needed; 0: none */
	bool raised;
	int hidepid; /* what hidepid_mode() found; -1: not yet looked */
	enum overflow overflow;
	_Alignas(16) unsigned char buffer[BACKEND_BUFFER];
};

/* What Linux calls each kind. */
struct kind_facts {
	uint8_t protocol; /* enum socktab_protocol */
	uint8_t family;
	uint8_t type;
	uint16_t ipproto;
	const char *file; /* below /proc/net; NULL: has no table there */
	const char *name; /* in /proc/net/protocols */
};

/* TCP_NEW_SYN_RECV of include/net/tcp_states.h; never seen so far, but never promised either. */
#define KERNEL_NEW_SYN_RECV 12

extern const struct kind_facts kind_facts[SOCKTAB_KINDS];

/*
 * Complete a record whose uid and inode stand as the kernel told them: is the uid a fact? Rows
 * without an inode say 0 where nobody knows any more (TIME_WAIT, orphaned FIN_WAIT2; before 6.17
 * every orphan and every connection not yet accepted), and /proc gives SYN_RECV its listener's.
 */
static inline void record_owner(struct socktab_record *r)
{
	if (r->inode == 0 && (r->uid == 0 || r->state == SOCKTAB_SYN_RECV))
		r->uid = 0;
	else
		r->known |= SOCKTAB_KNOWN_UID;
}

/*
 * SCTP lists endpoints and associations, which share an inode. An endpoint that listens or idles
 * is a row; one that is connected is told by its association, whose states are put in the words
 * of TCP. 0; 1: a row that stands for no socket of its own; -EBADMSG: no such state.
 */
int record_sctp_state(struct socktab_record *r, bool association, unsigned int state);

/* Is there no /proc of our pid namespace where it should be mounted? */
bool linux_is_unmounted(const struct backend *b);

/* ---- bytecode.c -------------------------------------------------------------------------- */

#define BYTECODE_MAX 4096

/* Write the program that lets through what passes the filter of the sockets of these kinds, and
 * maybe more; returns its length, 0: there is nothing to ask. Pure. */
size_t bytecode_compile(unsigned char code[BYTECODE_MAX], uint32_t kinds,
			const struct socktab_filter *filter);

/* ---- file.c ------------------------------------------------------------------------------ */

/* As openat() with O_CLOEXEC, and read(), but signals do not matter, and errors are -errno. */
int linux_open(int at, const char *path, int flags);
ssize_t linux_read(int fd, void *buffer, size_t size);
/* Is it in a /proc that the kernel made, not in a copy? */
bool linux_is_procfs(int fd);

/* ---- diag.c, diag_request.c, diag_message.c, diag_decode.c: NETLINK_SOCK_DIAG ------------ */

struct sockaddr_nl;

int diag_visit(struct socktab *t, uint32_t kinds, const struct socktab_filter *filter,
	       socktab_visitor *visit, void *data);
void diag_close(struct backend *b);

/* Anybody may write to a netlink socket; only the kernel does so from port 0. */
bool diag_from_kernel(const struct sockaddr_nl *from, size_t length);

#define DIAG_REQUEST_MAX (84 + BYTECODE_MAX)

/*
 * Write the request for one kind, or for both of TCP, in these states; returns its length. With a
 * filter the kernel is told of it, as far as it can be: it delivers more than the filter wants,
 * never less. NULL: all.
 */
size_t diag_request(unsigned char request[DIAG_REQUEST_MAX], uint32_t kinds, uint32_t states,
		    const struct socktab_filter *filter, uint32_t sequence);
/* The type of that message, and of the rows that answer it. */
uint16_t diag_type(uint32_t kinds);

/* A datagram on its way through diag_next(). */
struct diag_walk {
	const unsigned char *at, *end;
	uint32_t sequence, port; /* of the request, of its sender */
	uint16_t type;		 /* of the rows */
	bool interrupted;	 /* the kernel said that rows were lost */
};

enum { DIAG_MORE, DIAG_ROW, DIAG_DONE };

/*
 * The next message of the datagram. DIAG_ROW: *row and *length are its payload; DIAG_MORE: nothing
 * left, receive the next datagram; DIAG_DONE: the dump is complete. -EBADMSG: a length is wrong;
 * -EPROTO: not an answer to this request, by sequence or type; -ESRCH: meant for another port;
 * -ENOBUFS: the kernel ran out of room; else the errno that the kernel answered.
 */
int diag_next(struct diag_walk *walk, const void **row, size_t *length);

/*
 * Decode the payload of one row. 0; 1: a row that stands for no socket of its own; -EBADMSG. The
 * record's path points into the payload.
 */
int diag_decode_inet(const void *row, size_t length, enum socktab_protocol protocol,
		     struct socktab_record *r);
int diag_decode_unix(const void *row, size_t length, struct socktab_record *r);

/* ---- procnet.c, procnet_decode.c, procnet_sctp.c: /proc/net ------------------------------ */

int procnet_visit(struct socktab *t, enum socktab_kind kind, socktab_visitor *visit, void *data);

/* Return 0 to go on; anything else stops and is returned. */
typedef int procnet_line(char *line, size_t length, void *data);

/*
 * Call for every line but the first of a file below /proc/net, without its newline. Returns 0,
 * what the callback returned, or -errno. A line that never ends is counted as malformed, and
 * so is a heading that does not name this column, in capitals or not.
 */
int procnet_lines(struct socktab *t, const char *file, const char *column, procnet_line *call,
		  void *data);

/*
 * Decode one line. 0; 1: a row that stands for no socket of its own; -EBADMSG. An abstract unix
 * name gets its leading NUL back in place, and the record's path points into the line.
 */
int procnet_decode_inet(const char *line, size_t length, enum socktab_kind kind,
			struct socktab_record *r);
int procnet_decode_unix(char *line, size_t length, struct socktab_record *r);
int procnet_decode_sctp(const char *line, size_t length, bool association,
			struct socktab_record *r);

/* ---- netns.c, netns_enter.c -------------------------------------------------------------- */

/*
 * Do something in the namespace of that descriptor, in a thread of its own; -1: here. Returns what
 * it returns, or -errno where the namespace may not be entered.
 */
typedef int netns_errand(void *data);
int netns_run(int ns_fd, netns_errand *run, void *data);
/* Look (again) at the namespace that the /proc of the handle stands for. */
void netns_home(struct backend *b);
/* In the namespace looked at: a netlink socket, a file of /proc/net. A descriptor or -errno. */
int netns_socket(const struct backend *b);
int netns_open(const struct backend *b, const char *file);
/* Of its settings in /proc/sys/net/ipv4. -EPERM: it may not be entered; -EOPNOTSUPP: it belongs to
 * another /proc, and nobody said that we share it. */
int netns_open_setting(const struct socktab *t, const char *name);

/* ---- ports.c ----------------------------------------------------------------------------- */

/* Decode the files of /proc/sys/net/ipv4: the range into an empty set, the reserved ports out of
 * it. 0 or -EBADMSG. */
int ports_decode_range(const char *text, struct socktab_local_ports *local);
int ports_decode_reserved(const char *text, struct socktab_local_ports *local);
int ports_decode_reuse(const char *text, const char *timestamps, struct socktab_local_ports *local);

/* ---- process.c --------------------------------------------------------------------------- */

typedef int linux_number_visitor(unsigned int number, const char *name, void *data);

/*
 * Visit the entries of an open directory of /proc whose names are numbers, as the kernel orders
 * them. Returns what the visitor returned if not 0, -errno, or 0. b: where hidepid may hide some,
 * as in /proc itself; NULL elsewhere. few: the first 64 will do, as the kernel takes its time for
 * every entry that it is asked for.
 */
int linux_each_number(struct backend *b, int dir, bool few, linux_number_visitor *visit,
		      void *data);

/* Set what the coverage says of processes that /proc hides; may it not show some at all? */
bool linux_look_for_hidden(struct socktab *t);

/* As socktab_processes(); comm_first: those whose comm is a command of the filter before those of
 * which more has to be read. */
int linux_processes(struct socktab *t, const struct socktab_process_filter *filter, bool comm_first,
		    socktab_process_visitor *visit, void *data);

/* ---- process_files.c --------------------------------------------------------------------- */

/* A whole file of /proc/PID into buffer, terminated, cut to size. Its length or -errno. */
ssize_t linux_read_process(struct socktab *t, pid_t pid, const char *name, char *buffer,
			   size_t size);
/* uid and comm of process->pid. */
int linux_identify(struct socktab *t, struct socktab_process *process);
/* Path of the executable without the mark of a deleted one. */
int linux_read_exe(struct socktab *t, pid_t pid, char path[PATH_MAX], bool *deleted);
/* Path in the cgroup2 hierarchy, or in systemd's own; -ENODATA: it is in none. */
int linux_cgroup_path(struct socktab *t, pid_t pid, char *path, size_t size);

/* ---- descriptors.c ----------------------------------------------------------------------- */

/* Of /proc/PID/fd, with the capabilities raised; a descriptor or -errno. */
int linux_open_fds(struct backend *b, pid_t pid);
/* How many descriptors a process has; before Linux 6.2 always 0. 0 or -errno. */
int linux_count_fds(struct backend *b, pid_t pid, uint64_t *fds);

/* ---- process_match.c --------------------------------------------------------------------- */

bool linux_has_id(const uint32_t *ids, size_t count, uint32_t id);
bool linux_match_comm(const struct socktab_process_filter *filter, const char *comm);
/* Does it match by all but user and pid? 1, 0, or -errno where it cannot be told. */
int linux_match_process(struct socktab *t, const struct socktab_process_filter *filter,
			const struct socktab_process *process);

/* ---- arguments.c ------------------------------------------------------------------------- */

/* Does the command line match? 1, 0, or -errno where it cannot be read. */
int linux_match_arguments(struct socktab *t, const struct socktab_process_filter *filter,
			  pid_t pid);

/* ---- address.c --------------------------------------------------------------------------- */

/* A file below /proc/net of the namespace looked at; NULL with errno. */
FILE *linux_open_net(struct socktab *t, const char *name);

/* ---- users.c ----------------------------------------------------------------------------- */

/* Is that who it is, not just somebody whom our user namespace does not map? */
bool linux_knows_user(struct backend *b, uint32_t uid);
/* The user of a decoded record is none of those facts, if not. */
void linux_check_user(struct socktab *t, struct socktab_record *r);

/* ---- privilege.c ------------------------------------------------------------------------- */

/* Set b->lent. */
void privilege_find(struct backend *b);
/*
 * Between these two the capabilities lent to this program are effective. Only a system call or two
 * on fixed names below /proc may stand there; no visitor, and nothing that a caller named.
 */
void privilege_raise(struct backend *b);
void privilege_lower(struct backend *b);
/* For what everybody may read, unless hidepid protects all that is in /proc/PID. */
void privilege_raise_hidden(struct backend *b);
/* Are the rights in force that make every process readable, or will they be when raised? */
bool privilege_has_ptrace(const struct backend *b);

/* ---- hidepid.c --------------------------------------------------------------------------- */

/* Mount options of a /proc. */
struct hidepid {
	int mode;     /* 1: what is in /proc/PID, 2: that it is there, 4: that to everybody */
	uint32_t gid; /* the group that may see everything */
};

/* Decode a line of mountinfo; false: not the /proc with this device number. Pure. */
bool hidepid_parse(const char *line, unsigned int major_number, unsigned int minor_number,
		   struct hidepid *hidepid);
/* The mode in which processes are kept from this one unless it raises its capabilities; 0: none. */
int hidepid_mode(struct backend *b);
/* Is this another pid namespace than the first, so that there may be processes outside it? */
bool hidepid_is_nested(const struct backend *b);

/* ---- describe.c -------------------------------------------------------------------------- */

/* Start of a process in clock ticks after boot out of the text of /proc/PID/stat; -1: malformed. */
int64_t linux_stat_start(const char *stat);

#endif
