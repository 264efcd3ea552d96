// SPDX-License-Identifier: MIT
/* socktab.h - the sockets of a host, and who holds them */
#ifndef SOCKTAB_H
#define SOCKTAB_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "table.h"

/*
 * Calls return 0, the visitor's value (> 0), or -errno. Nothing prints, nothing exits, nothing is
 * global. The handle owns descriptors and buffers; the caller owns everything else. A handle
 * belongs to one thread.
 */

/* ---- words ------------------------------------------------------------------------------- */

/* A table that the kernel keeps: one protocol over one family. Masks of kinds are 1u << kind. */
enum socktab_kind {
	SOCKTAB_KIND_TCP4,
	SOCKTAB_KIND_TCP6,
	SOCKTAB_KIND_UDP4,
	SOCKTAB_KIND_UDP6,
	SOCKTAB_KIND_RAW4,
	SOCKTAB_KIND_RAW6,
	SOCKTAB_KIND_SCTP4,
	SOCKTAB_KIND_SCTP6,
	SOCKTAB_KIND_MPTCP4,
	SOCKTAB_KIND_MPTCP6,
	SOCKTAB_KIND_UNIX,
	SOCKTAB_KINDS
};

#define SOCKTAB_BIT(n) (1u << (n))
#define SOCKTAB_TCP (SOCKTAB_BIT(SOCKTAB_KIND_TCP4) | SOCKTAB_BIT(SOCKTAB_KIND_TCP6))
#define SOCKTAB_UDP (SOCKTAB_BIT(SOCKTAB_KIND_UDP4) | SOCKTAB_BIT(SOCKTAB_KIND_UDP6))
#define SOCKTAB_RAW (SOCKTAB_BIT(SOCKTAB_KIND_RAW4) | SOCKTAB_BIT(SOCKTAB_KIND_RAW6))
#define SOCKTAB_SCTP (SOCKTAB_BIT(SOCKTAB_KIND_SCTP4) | SOCKTAB_BIT(SOCKTAB_KIND_SCTP6))
#define SOCKTAB_MPTCP (SOCKTAB_BIT(SOCKTAB_KIND_MPTCP4) | SOCKTAB_BIT(SOCKTAB_KIND_MPTCP6))
#define SOCKTAB_UNIX SOCKTAB_BIT(SOCKTAB_KIND_UNIX)
#define SOCKTAB_ALL (SOCKTAB_BIT(SOCKTAB_KINDS) - 1)
/* Every kind over IPv4, over IPv6: even bits, odd bits. */
#define SOCKTAB_INET4 0x155u
#define SOCKTAB_INET6 0x2aau

/* The protocol of a kind, whatever the family; SOCKTAB_MASK(protocol) is its kinds. */
enum socktab_protocol {
	SOCKTAB_PROTOCOL_TCP,
	SOCKTAB_PROTOCOL_UDP,
	SOCKTAB_PROTOCOL_RAW,
	SOCKTAB_PROTOCOL_SCTP,
	SOCKTAB_PROTOCOL_MPTCP,
	SOCKTAB_PROTOCOL_UNIX,
	SOCKTAB_PROTOCOLS
};

/*
 * Socket states, numbered as the kernel numbers TCP's (include/net/tcp_states.h). UDP and raw
 * sockets are ESTABLISHED when connected, else CLOSE; unix sockets LISTEN, ESTABLISHED or CLOSE.
 * NEW_SYN_RECV is delivered as SYN_RECV; bound sockets that neither listen nor connect are not
 * delivered, since /proc does not show them.
 */
enum socktab_state {
	SOCKTAB_ESTABLISHED = 1,
	SOCKTAB_SYN_SENT,
	SOCKTAB_SYN_RECV,
	SOCKTAB_FIN_WAIT1,
	SOCKTAB_FIN_WAIT2,
	SOCKTAB_TIME_WAIT,
	SOCKTAB_CLOSE,
	SOCKTAB_CLOSE_WAIT,
	SOCKTAB_LAST_ACK,
	SOCKTAB_LISTEN,
	SOCKTAB_CLOSING,
	SOCKTAB_STATES
};

#define SOCKTAB_ALL_STATES 0xffeu

enum socktab_source {
	SOCKTAB_SOURCE_AUTO, /* netlink, and procfs where netlink is refused */
	SOCKTAB_SOURCE_NETLINK,
	SOCKTAB_SOURCE_PROCFS,
};

/* ---- records ----------------------------------------------------------------------------- */

struct socktab_address {
	uint8_t ip[16]; /* network order; IPv4 in the first four bytes, the rest 0 */
	uint16_t port;	/* host order; for raw sockets the IP protocol number */
};

/* What a source could tell; a field whose bit is not set in `known` holds 0 and means nothing. */
#define SOCKTAB_KNOWN_DEVICE 0x01u /* ifindex */
#define SOCKTAB_KNOWN_V6ONLY 0x02u /* v6only */
#define SOCKTAB_KNOWN_LIMIT 0x04u  /* wqueue of a listener */
#define SOCKTAB_KNOWN_DROPS 0x08u  /* drops */
#define SOCKTAB_KNOWN_CGROUP 0x10u /* cgroup */
#define SOCKTAB_KNOWN_FILE 0x20u   /* file_inode, file_device */
#define SOCKTAB_KNOWN_UID 0x40u	   /* uid */
#define SOCKTAB_KNOWN_QUEUES 0x80u /* rqueue, wqueue */

/*
 * One socket. Lives on the source's stack and dies when the visitor returns. Sockets that have no
 * owner by nature (TIME_WAIT, SYN_RECV, orphans) have inode 0, and where even uid and cgroup are
 * lost SOCKTAB_KNOWN_UID is not set; connections nobody has accepted yet have inode 0 and a uid.
 * Nor is it set of a user whom our user namespace does not map.
 */
struct socktab_record {
	uint8_t protocol; /* enum socktab_protocol */
	uint8_t family;	  /* AF_INET, AF_INET6, AF_UNIX */
	uint8_t type;	  /* SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET */
	uint8_t state;	  /* enum socktab_state */
	uint8_t known;	  /* SOCKTAB_KNOWN_* */
	bool v6only;	  /* IPv6 socket that takes no IPv4 */
	struct socktab_address laddr, raddr;
	uint32_t ifindex; /* device the socket is bound to; 0: none */
	uint32_t rqueue; /* bytes not yet read; of a listener: connections waiting to be accepted */
	uint32_t wqueue; /* bytes not yet acknowledged; of a listener: limit of the accept queue,
			    which admits one more */
	uint32_t uid;	 /* who created the socket */
	uint32_t drops;	 /* datagrams dropped since the socket was made */
	uint32_t inode;	 /* as in the socket:[inode] links of /proc/PID/fd; 0: nobody holds it */
	uint64_t cookie; /* unique for the life of the kernel; 0: unknown */
	uint64_t cgroup; /* inode number of the cgroup2 directory in which it was created */
	uint32_t file_inode,
		file_device; /* of the bound path of a unix socket, as stat() has them
				(device in the kernel's encoding: major << 20 | minor) */
	const char *path; /* AF_UNIX: bound name, not terminated; an abstract one begins with NUL */
	size_t path_length; /* 0: no name */
};

/*
 * Return 0 to go on; anything else stops, and the call returns it: > 0 for an end that was wanted,
 * -errno where the visitor itself failed. A visitor must not start another visit on the handle that
 * calls it; describing a process is fine.
 */
typedef int socktab_visitor(const struct socktab_record *record, void *data);

/* ---- filters ----------------------------------------------------------------------------- */

/* Ports first..last (inclusive, host order) of every kind in the mask; kinds 0: of any kind. */
struct socktab_ports {
	uint32_t kinds;
	uint16_t first, last;
};

/* The bound name of a unix socket, not terminated; an abstract one begins with NUL. */
struct socktab_name {
	const char *bytes;
	size_t length;
};

/* The first `length` bits of ip (network order). IPv4 covers IPv4-mapped IPv6 too. */
struct socktab_prefix {
	uint8_t family; /* AF_INET or AF_INET6 */
	uint8_t length;
	uint8_t ip[16];
};

/* Makes an empty table whose keys are inodes of sockets. */
#define SOCKTAB_INODES \
	{ \
		.key_size = sizeof(uint32_t), .consecutive = true \
	}

#define SOCKTAB_TRAFFIC4 1u
#define SOCKTAB_TRAFFIC6 2u

/*
 * What is wanted. All zero means everything; different fields must all hold, the items of one
 * field are alternatives. The filter and what it points to belong to the caller.
 */
struct socktab_filter {
	uint32_t kinds;	  /* mask of enum socktab_kind */
	uint32_t states;  /* mask of enum socktab_state */
	uint32_t traffic; /* SOCKTAB_TRAFFIC*: mapped addresses and dual-stack wildcards are both */
	const struct socktab_ports *local_ports, *remote_ports;
	size_t local_port_count, remote_port_count;
	const struct socktab_name *names; /* of unix sockets: what local ports are for the others */
	size_t name_count;
	const struct socktab_prefix *local, *remote, *not_remote;
	size_t local_count, remote_count, not_remote_count;
	const uint32_t *uids;
	size_t uid_count;
	const struct socktab_table *inodes;  /* keys uint32_t; NULL: any */
	const struct socktab_table *cgroups; /* keys uint64_t; NULL: any */
};

/* Does the record pass? Pure. A v6only that is not known counts as dual-stack; a uid that is not
 * known passes, unless the socket is nobody's any more (no inode). */
bool socktab_match(const struct socktab_filter *filter, const struct socktab_record *record);
/* Is an address (network order; IPv4 in the first four bytes) in the prefix? Pure. */
bool socktab_prefix_match(const struct socktab_prefix *prefix, uint8_t family, const uint8_t *ip);
/* Is a port (host order) of that kind in one of the items? No items: no. Pure. */
bool socktab_ports_match(const struct socktab_ports *ports, size_t count, enum socktab_kind kind,
			 uint16_t port);
/* Which traffic the socket carries: a mask of SOCKTAB_TRAFFIC*; 0 for AF_UNIX. */
uint32_t socktab_traffic(const struct socktab_record *record);
/* ::ffff:0:0/96, IPv4 in an IPv6 socket; all zero, every address. Pure. */
bool socktab_is_mapped(const uint8_t ip[16]);
bool socktab_is_wildcard(uint8_t family, const uint8_t *ip);
/*
 * An address as people read it: *ip, if IPv4-mapped, moves to the IPv4 address in it. Returns the
 * family of what it points to then. Pure.
 */
uint8_t socktab_unmap(uint8_t family, const uint8_t **ip);
/* The other way, so that addresses of both families compare as keys of 16 bytes: one of IPv4
 * becomes mapped, one of IPv6 is copied. `ip` is not in `mapped`. Pure. */
void socktab_map(uint8_t family, const uint8_t *ip, uint8_t mapped[16]);

/* ---- names ------------------------------------------------------------------------------- */

/* Is that the name a unix socket is bound to, byte by byte? Pure. */
bool socktab_has_name(const struct socktab_record *record, const struct socktab_name *name);
/* Can it talk to this host only: bound to the loopback device, or an end at a loopback address?
 * Pure. */
bool socktab_is_loopback(const struct socktab_record *record);

/* The table that a record stands in. Pure. */
enum socktab_kind socktab_kind(const struct socktab_record *record);

/*
 * Does a cgroup path ("/system.slice/nginx.service") belong to a unit? It does when the unit is a
 * component of it; a bare X stands for X.service, X.socket and X@*.service too. Units below
 * user@*.service do not count, since any user can name one, unless `unit` is a path itself.
 */
bool socktab_unit_match(const char *path, const char *unit);
/* The innermost component of a cgroup path that is a unit; returns buffer, "" if there is none. */
const char *socktab_unit_name(const char *path, char *buffer, size_t size);
/* Whose it is, if it is one of a user's: the user@*.service above it; returns buffer, "" if none.
 */
const char *socktab_unit_manager(const char *path, char *buffer, size_t size);

#define SOCKTAB_MASK(protocol) \
	((protocol) == SOCKTAB_PROTOCOL_UNIX ? SOCKTAB_UNIX : 3u << (2 * (protocol)))

const char *socktab_protocol_name(enum socktab_protocol protocol); /* "tcp" */
const char *socktab_kind_name(enum socktab_kind kind);		   /* "tcp4", "unix" */
const char *socktab_state_name(enum socktab_state state);	   /* "close_wait" */
const char *socktab_source_name(enum socktab_source source);	   /* "netlink" */

/*
 * Text to value. Each takes exactly `length` bytes of text and returns 0 or -EINVAL (a port's
 * service name that is unknown: -ENOENT; first > last: -ERANGE).
 */
int socktab_parse_kinds(const char *text, size_t length, uint32_t *kinds); /* tcp4, inet, all */
/* The words that it takes, from index 0 on, and what each stands for; NULL: there are no more. */
const char *socktab_kinds_word(size_t index, uint32_t *kinds);
int socktab_parse_states(const char *text, size_t length, uint32_t *states); /* estab, connected */
/* PORT[-PORT][/PROTO]; kinds is set to 0 where the text names no protocol. */
int socktab_parse_ports(const char *text, size_t length, struct socktab_ports *ports);
int socktab_parse_prefix(const char *text, size_t length, struct socktab_prefix *prefix);

#define SOCKTAB_ADDRESS_SIZE 56
/* "10.0.0.1", "::1"; returns buffer. */
const char *socktab_format_ip(uint8_t family, const uint8_t *ip, char buffer[SOCKTAB_ADDRESS_SIZE]);
/* "10.0.0.1:80", "[::1]:80"; returns buffer. */
const char *socktab_format_address(uint8_t family, const struct socktab_address *address,
				   char buffer[SOCKTAB_ADDRESS_SIZE]);

/* ---- the handle -------------------------------------------------------------------------- */

struct socktab;

/*
 * What a view saw and what it could not see, since socktab_open(). Nothing is skipped in silence:
 * a visit is complete when `failed` is 0, `interrupted` is false and `malformed` is 0; a walk of
 * processes when `unreadable` is 0 and `hidden` is false, its list of them when `unsure` is 0.
 */
struct socktab_coverage {
	uint8_t source[SOCKTAB_KINDS]; /* enum socktab_source that answered; AUTO: not asked */
	uint32_t absent;	       /* kinds the kernel does not have: complete and empty */
	uint32_t failed;	       /* kinds that no source could answer, or not to the end */
	int error;		       /* the first -errno behind `failed` */
	bool interrupted;	       /* the kernel said that rows were lost */
	unsigned int malformed;	       /* rows or messages that made no sense, skipped */
	unsigned int processes;	       /* processes listed, matching or not */
	unsigned int unreadable;       /* matching processes whose descriptors may not be read */
	unsigned int unsure;	       /* those among them that may not even match */
	unsigned int too_long;	       /* of those: a command line of 8 MiB or more */
	bool hidden;		       /* /proc does not list every process (hidepid) */
	bool unmounted;		       /* that is not the /proc of our pid namespace */
	bool partial;		       /* it is a folder of files, without process 1 */
	uint8_t hidepid; /* that mount option of /proc where it concerns us: 1, 2, 4; told
			    by what looks for processes, and a socktab_enter() that failed */
	bool nested;	 /* not the first pid namespace: a socket that no process here
			    holds may be held outside it */
	bool cgroupless; /* units were asked for, and processes are in no cgroup2 */
	bool cgroup_cut; /* they were, and a cgroup namespace hides where some of them would be */
	bool unmapped;	 /* sockets were seen of users whom our user namespace does not map */
	bool refused;	 /* a namespace was read through /proc: it may not be entered */
	/* What the looks have cost. */
	uint64_t requests;    /* dumps asked of netlink */
	uint64_t reads;	      /* system calls that received rows of tables */
	uint64_t rows;	      /* rows received, */
	uint64_t matched;     /* and those among them that passed the filter */
	uint64_t descriptors; /* descriptors of processes looked at */
};

/*
 * Open a view of this host through the /proc mounted at procfs (NULL: "/proc"). With another /proc
 * sockets come from PROCFS/1/net and netlink is not asked unless the source is set to it. No
 * environment variable changes a result. -ENOENT: no such folder; -EINVAL: it is no /proc; -ENOSYS:
 * no backend.
 */
int socktab_open(struct socktab **t, const char *procfs);
/* Gives back all that the handle owns; NULL is nothing. */
void socktab_close(struct socktab *t);
/* Which source answers from now on; AUTO to begin with. */
void socktab_set_source(struct socktab *t, enum socktab_source source);
/* Belongs to the handle and lives as long; changes with every call that looks. */
const struct socktab_coverage *socktab_coverage(const struct socktab *t);

/*
 * Look into another network namespace from now on: a name in /run/netns, a path (with a '/'), a
 * process (all digits) of the handle's /proc; NULL: back to where socktab_open() looked. The
 * calling thread stays in its own; a thread that lives for a moment enters the other one, which
 * takes CAP_SYS_ADMIN, unless it is the caller's own. A path is opened with the caller's rights:
 * drop what he should not have first. -ENOENT: no such name, path or process; -EINVAL: not a
 * network namespace; -EPERM: not permitted. After an error the handle looks where it did before.
 */
int socktab_enter(struct socktab *t, const char *netns);

/*
 * The same for a process. What may not be entered is read through /proc/PID/net, for as long as
 * the process lives: anybody may, but with less in the records (see `known`), and not if the source
 * is set to netlink: -EPERM. -ENOENT: the process has ended.
 */
int socktab_enter_pid(struct socktab *t, pid_t pid);

/*
 * Which network namespace a process is in: a number to compare with that of others, as long as one
 * of its processes lives. pid 0: the one where socktab_open() looked. Anybody may ask. -ENOENT: the
 * process has ended.
 */
int socktab_namespace(struct socktab *t, pid_t pid, uint64_t *id);

#define SOCKTAB_DEVICE_SIZE 16
/* The name of a device in the namespace looked at; a visitor may ask. -ENXIO: no such device;
 * -EPERM: the namespace may not be entered. On an error the name is "". */
int socktab_device_name(struct socktab *t, uint32_t ifindex, char name[SOCKTAB_DEVICE_SIZE]);

/*
 * Does this name lead to this unix socket? A visitor may ask. A path does if the file that is there
 * now is the one the socket is bound to, whatever links lie between: for the processes looked at,
 * those of the handle's /proc (of its process 1 unless it is our own), or the
 * process whose namespace was entered. An abstract name does if it is
 * the socket's. record NULL: does a path lead to the file of any socket, bound in whichever
 * namespace? 1, 0; -ENODATA: there is a socket, but the source does not tell the file of this
 * one; -EXDEV: a namespace was entered by its name, and nobody knows which mounts go with it;
 * -EACCES and others: the path may not be looked at.
 */
int socktab_leads_to(struct socktab *t, const struct socktab_name *name,
		     const struct socktab_record *record);

/*
 * Visit every socket that passes the filter (NULL: all). A dump is no snapshot: under churn rows
 * can repeat (same cookie) or be missed, in silence; so an absence wants a second look. An error
 * before the first record tries the next source; later it ends the visit with -errno.
 */
int socktab_visit(struct socktab *t, const struct socktab_filter *filter, socktab_visitor *visit,
		  void *data);

/* Is it an address of this host, in the namespace looked at? 1, 0, or -errno. */
int socktab_is_local(struct socktab *t, uint8_t family, const uint8_t *ip);

/* Is there a device of that name in the namespace looked at? 1, 0, or -errno; -ENOTUNIQ: it is the
 * alternative name of one. */
int socktab_has_device(struct socktab *t, const char *name);

/*
 * A counter of the namespace since it was made, by the words of /proc/net/netstat ("TcpExt",
 * "ListenOverflows"). -ENOENT: the kernel does not keep it; -EBADMSG: the file tells no number.
 */
int socktab_counter(struct socktab *t, const char *group, const char *name, uint64_t *value);

/* ---- local ports ------------------------------------------------------------------------- */

/* A set of ports; all zero is the empty one. */
struct socktab_port_set {
	uint8_t bits[65536 / 8];
	uint32_t count; /* ports in it */
};

bool socktab_port_has(const struct socktab_port_set *set, uint16_t port);
void socktab_port_add(struct socktab_port_set *set, uint16_t port);
void socktab_port_remove(struct socktab_port_set *set, uint16_t port);

/* Whose port may connect() take over from TIME_WAIT? Numbered as tcp_tw_reuse. */
enum socktab_reuse { SOCKTAB_REUSE_NEVER, SOCKTAB_REUSE_ALWAYS, SOCKTAB_REUSE_LOOPBACK };

/* What the kernel chooses from where a program names no local port. */
struct socktab_local_ports {
	struct socktab_port_set set; /* ip_local_port_range without ip_local_reserved_ports */
	uint16_t first, last;	     /* ip_local_port_range */
	enum socktab_reuse reuse;    /* tcp_tw_reuse; never without tcp_timestamps */
};

/*
 * Those of the namespace looked at. -EOPNOTSUPP: another /proc does not tell them (it shows what
 * the reader's own namespace has), unless the source is set to netlink; -EPERM: the namespace is
 * read through /proc/PID/net, which has no settings. After an error all is zero.
 */
int socktab_local_ports(struct socktab *t, struct socktab_local_ports *local);

/*
 * Is it a TCP socket in TIME_WAIT whose port connect() would take for the same peer? It does so
 * once a second has passed (tcp_tw_reuse_delay), if the old connection had time stamps and its
 * program did not bind() first, which no source tells. bind() never does.
 */
bool socktab_reusable(const struct socktab_local_ports *local, const struct socktab_record *record);

/* ---- privilege ---------------------------------------------------------------------------- */

/*
 * Who holds the sockets of other users may be told only to a process with CAP_SYS_PTRACE and
 * CAP_DAC_READ_SEARCH. A program may be given these as permitted file capabilities, if it calls
 * socktab_limit_privilege() before it reads anything that its caller chose. From then on these two
 * are permitted at most, none is effective, inheritable or ambient, and a set-user-ID program is
 * its caller again. In a program started with more privilege than its caller's (AT_SECURE) the
 * environment is cleared. The handle raises the two for the moments in which it opens and reads
 * /proc/PID/fd and /proc/PID/exe, and under hidepid the list of processes; never in the thread of
 * a visitor while it runs, and never on another /proc than the system's. A process of root keeps
 * what root has. -errno: the program must not go on.
 */
int socktab_limit_privilege(void);

/*
 * Drop them for good: before the view of a /proc or a namespace is opened that the caller named.
 * Not root's. -errno: the program must not go on.
 */
int socktab_drop_privilege(void);

/* What keeps processes unreadable. */
enum socktab_obstacle {
	SOCKTAB_OBSTACLE_REFUSED,      /* not the lack of a capability: another user namespace, a
					  security module */
	SOCKTAB_OBSTACLE_CAPABILITY,   /* nobody has given the capabilities */
	SOCKTAB_OBSTACLE_DROPPED,      /* given, and dropped: the caller names what is looked at */
	SOCKTAB_OBSTACLE_BOUNDING,     /* the bounding set lacks them */
	SOCKTAB_OBSTACLE_NO_NEW_PRIVS, /* NoNewPrivs: the kernel ignores those of a file */
	SOCKTAB_OBSTACLE_NOSUID,       /* given to a file on a file system mounted nosuid */
	SOCKTAB_OBSTACLE_IGNORED, /* given to the file, and ignored: traced, a user namespace */
};

struct socktab_privilege {
	bool sys_ptrace, dac_read_search; /* in force, or raised where they are needed */
	bool given;			  /* those not in force are on the program's file */
	bool no_new_privs;
	enum socktab_obstacle obstacle;
};

void socktab_privilege(const struct socktab *t, struct socktab_privilege *privilege);

/* ---- processes --------------------------------------------------------------------------- */

/* Which processes. All zero means every one; fields must all hold, items are alternatives. */
struct socktab_process_filter {
	const char *const
		*commands;	 /* comm (15 bytes), base name of argv[0] or of the executable */
	const char *const *exes; /* path of the executable */
	const char *const *arguments; /* part of the command line, blanks between arguments */
	const regex_t *patterns;      /* the same by regular expression: an alternative */
	const char *const *units;     /* see socktab_unit_match() */
	const uint32_t *uids;	      /* effective user */
	const uint32_t *pids;	      /* of processes */
	bool named; /* somebody wrote these pids: one that is a thread's is none */
	size_t command_count, exe_count, argument_count, pattern_count;
	size_t unit_count, uid_count, pid_count;
};

#define SOCKTAB_COMM_SIZE 64 /* 16 for user processes, longer for kernel workers */

struct socktab_process {
	pid_t pid;
	uint32_t uid;		      /* effective */
	bool unmapped;		      /* that is anybody whom our user namespace does not map */
	char comm[SOCKTAB_COMM_SIZE]; /* as the process chose it: escape before printing */
};

typedef int socktab_process_visitor(const struct socktab_process *process, void *data);

/* Visit matching processes by ascending pid as /proc lists them; one that ends meanwhile is left
 * out. */
int socktab_processes(struct socktab *t, const struct socktab_process_filter *filter,
		      socktab_process_visitor *visit, void *data);

/* A descriptor that is a socket. */
struct socktab_holder {
	pid_t pid;
	int fd;
	uint32_t inode;
};

typedef int socktab_holder_visitor(const struct socktab_holder *holder, void *data);

/*
 * Visit the sockets that matching processes hold: each descriptor that is a socket, those in
 * `inodes` (keys uint32_t) only unless it is NULL. With inodes given those come first that cost
 * least: processes whose comm is a command of the filter, and of each its low descriptors, since
 * listeners are opened early. What the visitor does not wait for is not looked at. Without inodes
 * a second thread may read along; the visitor runs in the caller's, and sees one order. Processes
 * whose descriptors may not be read are counted in the coverage; a visitor's -EACCES would be taken
 * for that.
 */
int socktab_holders(struct socktab *t, const struct socktab_process_filter *filter,
		    const struct socktab_table *inodes, socktab_holder_visitor *visit, void *data);

/*
 * Which kinds a held socket can be, by its descriptor: for sockets that stand in no table, not
 * being bound or belonging to another namespace. 0: none of ours (netlink, packet ...). -ENOENT:
 * gone.
 */
int socktab_holder_kinds(struct socktab *t, const struct socktab_holder *holder, uint32_t *kinds);

/*
 * Visit every directory of the cgroup2 hierarchy but its root: id as in record.cgroup, path as in
 * /proc/PID/cgroup. Needs no privilege. -ENOENT: no such hierarchy is mounted.
 */
typedef int socktab_cgroup_visitor(uint64_t id, const char *path, void *data);
int socktab_cgroups(struct socktab *t, socktab_cgroup_visitor *visit, void *data);

/* What a line of text tells of a process. */
struct socktab_details {
	struct socktab_process process;
	char unit[256];	  /* the last unit of its cgroup path: "nginx.service"; "": none, unknown */
	char manager[64]; /* as socktab_unit_manager() */
	int64_t age;	  /* seconds since it started; -1: unknown */
	bool deleted;	  /* its executable was removed or replaced */
	bool deleted_known; /* the executable may be read */
};

/* -ESRCH: no such process. What may not be read is left unknown. */
int socktab_describe(struct socktab *t, pid_t pid, struct socktab_details *details);

/* Number of open descriptors and the soft limit of them (UINT64_MAX: none); readable by anyone
 * since Linux 6.2. */
int socktab_fds(struct socktab *t, pid_t pid, uint64_t *fds, uint64_t *limit);

#endif
