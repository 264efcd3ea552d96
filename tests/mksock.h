// SPDX-License-Identifier: MIT
/* mksock.h - the parts of the test helper mksock */
#ifndef MKSOCK_H
#define MKSOCK_H

#ifndef _GNU_SOURCE
#	define _GNU_SOURCE
#endif

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#ifndef IPPROTO_MPTCP
#	define IPPROTO_MPTCP 262
#endif

/* What an item may say after its kind, `,key` or `,key=value`. */
enum key {
	KEY_ADDR,
	KEY_ADDRS,
	KEY_ARGV0,
	KEY_BACKLOG,
	KEY_CGROUP,
	KEY_COMM,
	KEY_COPIES,
	KEY_COUNT,
	KEY_DEVICE,
	KEY_DROPS,
	KEY_END,
	KEY_FDS,
	KEY_FIN,
	KEY_FROM,
	KEY_FROMPORT,
	KEY_FROMS,
	KEY_GID,
	KEY_NETNS,
	KEY_NOFILE,
	KEY_NOPORT,
	KEY_ORPHAN,
	KEY_PATH,
	KEY_PEER,
	KEY_PORT,
	KEY_PORTS,
	KEY_PROTOCOL,
	KEY_RECEIVE,
	KEY_REUSEPORT,
	KEY_SHARE,
	KEY_TYPE,
	KEY_UID,
	KEY_UNACKED,
	KEY_UNLINKED,
	KEY_UNREAD,
	KEY_V6ONLY,
	KEYS
};

#define BIT(n) (UINT64_C(1) << (n))

enum peer { PEER_HELD, PEER_ORPHAN, PEER_GONE };
enum end { END_SERVER, END_CLIENT };

struct item;
struct maker;
typedef void maker_fn(struct maker *m, const struct item *item);

struct kind {
	const char *name;
	maker_fn *make; /* NULL: begin and end, which the main loop runs */
	uint64_t keys;	/* allowed, BIT(KEY_...) */
	uint64_t needs; /* must be given */
	int protocol;	/* for socket() */
};

/* One argument. Strings belong to the item; `size` counts bytes, which may include NUL. */
struct item {
	const struct kind *kind;
	const char *text; /* as given, for messages */
	uint64_t given;	  /* BIT(KEY_...) */
	unsigned long number[KEYS];
	char *string[KEYS];
	size_t size[KEYS];
	bool abstract; /* path began with an unescaped @ */
	int end;       /* of begin: the index of its end */
};

/* A descriptor that this process holds until it ends. */
struct held {
	int fd;
	const struct item *listener; /* the item that made it, if it accepts connections */
	in_port_t port;		     /* of a TCP listener, host order */
};

/* One process. Copied by fork: a child starts with its parent's, and forgets what it may not keep.
 */
struct maker {
	struct held *held;
	size_t nheld;
	size_t room;
	pid_t pid;	 /* the holder to print: not ours while making sockets for a receiver */
	bool top;	 /* this is the process that the caller started */
	bool demoted;	 /* another user since uid= */
	int lifeline[2]; /* top with children: the pipe whose closing ends them; else -1 */
	char *argv;	 /* the memory that /proc/PID/cmdline shows */
	size_t argvsize; /* bytes */
};

/* How a process and a child that it starts talk until the child is ready. */
struct child {
	pid_t pid;
	int sync;    /* the child writes one byte when it has made everything */
	int channel; /* unix socket over which a receiver gets descriptors, else -1 */
};

struct address {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	};
	socklen_t size;
};

/* ---- mksock_item.c: the command language ---- */
extern const struct kind mksock_kinds[];
struct item *items_parse(int count, char **texts);
void items_help(void);

/* ---- mksock_process.c: processes ---- */
_Noreturn void die(const struct maker *m, const struct item *item, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void hold(struct maker *m, int fd, const struct item *listener, in_port_t port);
void unhold(struct maker *m, size_t from);
void shape(struct maker *m, const struct item *item);
void loopback_up(struct maker *m, const struct item *item);
void process_ready(const struct maker *m);
_Noreturn void wait_and_end(struct maker *m);

/* ---- mksock_child.c: child processes ---- */
pid_t child_start(struct maker *m, const struct item *item, struct child *child);
void child_ready(const struct child *child);
void child_wait(struct maker *m, const struct item *item, const struct child *child);
void send_held(struct maker *m, const struct item *item, int channel, size_t from);
void receive_held(struct maker *m, const struct item *item, int channel);

/* ---- mksock_socket.c: what all kinds of sockets share ---- */
int socket_type(const struct item *item);
int open_socket(const struct maker *m, const struct item *item, int family, int type);
void set_option(const struct maker *m, const struct item *item, int fd, int level, int option,
		int value);
struct address address_of(const struct maker *m, const struct item *item, enum key key,
			  unsigned long plus, unsigned long port);
void bind_to(const struct maker *m, const struct item *item, int fd, const struct address *address);
void bind_client(const struct maker *m, const struct item *item, int fd, unsigned long i);
in_port_t local_port(int fd);
unsigned long drops_of(int fd);
unsigned long unread_memory(int fd);
bool again(unsigned *tries);
void deafen(const struct maker *m, const struct item *item, int fd);

/* One line of output: printed for fd now, or remembered, for a socket about to lose its fd. */
struct row {
	char local[64];
	char remote[64];
	unsigned long inode;
};
struct row row_of(int fd);
void format_address(const struct address *a, char *text, size_t size);
void print_row(const struct maker *m, const char *protocol, const char *state, struct row row);
void print_socket(const struct maker *m, const char *protocol, const char *state, int fd);
void print_bytes(const char *data, size_t size);

/* ---- mksock_tcp.c, mksock_states.c, mksock_other.c, mksock_unix.c: the kinds ---- */
/* Where clients connect: the listeners that an earlier item made, or one of the item's own. */
struct server {
	int fd; /* the item's own listener, else -1 */
	in_port_t port;
};
const char *protocol_name(const struct item *item);
int listener_open(struct maker *m, const struct item *item, unsigned long port, int backlog);
struct server server_find(struct maker *m, const struct item *item, int backlog);
void wait_state(const struct maker *m, const struct item *item, int fd, uint8_t state);
void server_close(const struct server *server);
int client_connect(struct maker *m, const struct item *item, unsigned long i, in_port_t port,
		   bool deaf);
int server_accept(struct maker *m, const struct item *item, const struct server *server,
		  in_port_t client);

maker_fn make_listener, make_bound, make_connect, make_accept, make_overflow;
maker_fn make_state, make_syn_sent, make_syn_recv, make_unbound;
maker_fn make_udp_bound, make_udp_connected, make_raw, make_netlink, make_packet, make_address;
maker_fn make_unix_listener, make_unix_connect, make_unix_connected, make_unix_pair;

#endif
