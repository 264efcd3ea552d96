// SPDX-License-Identifier: MIT
/* mksock_states.c - pairs of sockets in any state of TCP; of MPTCP and SCTP, established ones */
#include "mksock.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/*
 * No firewall and no privilege: a socket whose filter drops everything is deaf, so that its peer
 * waits for an answer for ever. `self` is the end that the kind names, `peer` the other one.
 */
enum action { END_OF_STEPS, DEAFEN_PEER, FIN_SELF, FIN_PEER };

/*
 * Not waited for: the kernel delays the ACK of a FIN by milliseconds, hoping for data to send
 * along, and a FIN of the peer's own brings it at once.
 */
#define ANY 0

struct step {
	enum action action;
	uint8_t self, peer; /* the states that both ends reach by it */
};

struct recipe {
	const char *kind;
	const char *self, *peer; /* the last step's states by name; peer NULL: nothing is left */
	bool self_orphan, peer_orphan; /* may that end be closed and stay in its state? */
	struct step steps[4];
};

static const struct recipe recipes[] = {
	{ "tcp-established", "ESTABLISHED", "ESTABLISHED", false, false, { { 0 } } },
	{ "mptcp-established", "ESTABLISHED", "ESTABLISHED", false, false, { { 0 } } },
	{ "sctp-established", "ESTABLISHED", "ESTABLISHED", false, false, { { 0 } } },
	{ "tcp-fin-wait1",
	  "FIN_WAIT1",
	  "ESTABLISHED",
	  true,
	  false,
	  { { DEAFEN_PEER, TCP_ESTABLISHED, TCP_ESTABLISHED },
	    { FIN_SELF, TCP_FIN_WAIT1, TCP_ESTABLISHED } } },
	{ "tcp-fin-wait2",
	  "FIN_WAIT2",
	  "CLOSE_WAIT",
	  true,
	  false,
	  { { FIN_SELF, TCP_FIN_WAIT2, TCP_CLOSE_WAIT } } },
	{ "tcp-time-wait",
	  "TIME_WAIT",
	  NULL,
	  true,
	  true,
	  { { FIN_SELF, ANY, TCP_CLOSE_WAIT }, { FIN_PEER, TCP_CLOSE, TCP_CLOSE } } },
	{ "tcp-close-wait",
	  "CLOSE_WAIT",
	  "FIN_WAIT2",
	  false,
	  true,
	  { { FIN_PEER, TCP_CLOSE_WAIT, TCP_FIN_WAIT2 } } },
	{ "tcp-last-ack",
	  "LAST_ACK",
	  "FIN_WAIT2",
	  true,
	  false,
	  { { FIN_PEER, TCP_CLOSE_WAIT, TCP_FIN_WAIT2 },
	    { DEAFEN_PEER, TCP_CLOSE_WAIT, TCP_FIN_WAIT2 },
	    { FIN_SELF, TCP_LAST_ACK, TCP_FIN_WAIT2 } } },
	{ "tcp-closing",
	  "CLOSING",
	  "FIN_WAIT1",
	  true,
	  true,
	  { { DEAFEN_PEER, TCP_ESTABLISHED, TCP_ESTABLISHED },
	    { FIN_SELF, TCP_FIN_WAIT1, TCP_ESTABLISHED },
	    { FIN_PEER, TCP_CLOSING, TCP_FIN_WAIT1 } } },
};

static const struct recipe *find_recipe(const struct item *item)
{
	const struct recipe *recipe = recipes;

	while (strcmp(recipe->kind, item->kind->name) != 0)
		recipe++;
	return recipe;
}

static void take_steps(struct maker *m, const struct item *item, const struct step *step, int self,
		       int peer)
{
	for (; step->action != END_OF_STEPS; step++) {
		if (step->action == DEAFEN_PEER)
			deafen(m, item, peer);
		else if (shutdown(step->action == FIN_SELF ? self : peer, SHUT_WR) < 0)
			die(m, item, "shutdown");
		if (step->self != ANY)
			wait_state(m, item, self, step->self);
		wait_state(m, item, peer, step->peer);
	}
}

/* End a socket without a trace; the peer does not hear its RST. */
static void vanish(struct maker *m, const struct item *item, int self, int peer)
{
	struct linger reset = { .l_onoff = 1, .l_linger = 0 };
	unsigned long before = drops_of(self);
	unsigned tries = 0;

	deafen(m, item, self);
	setsockopt(peer, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(peer);
	while (drops_of(self) == before)
		if (!again(&tries))
			die(m, item, "no RST");
}

static void send_bytes(struct maker *m, const struct item *item, int fd, unsigned long bytes)
{
	static const char zeros[4096];

	while (bytes > 0) {
		size_t size = bytes < sizeof(zeros) ? bytes : sizeof(zeros);
		ssize_t sent = send(fd, zeros, size, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent < 0)
			die(m, item, "send");
		bytes -= (size_t)sent;
	}
}

static void fill_queues(struct maker *m, const struct item *item, int self, int peer)
{
	unsigned tries = 0;
	int unread = 0;

	send_bytes(m, item, peer, item->number[KEY_UNREAD]);
	while (ioctl(self, FIONREAD, &unread) == 0 && unread != (int)item->number[KEY_UNREAD])
		if (!again(&tries))
			die(m, item, "only %d bytes fit", unread);
	if (item->number[KEY_UNACKED]) {
		deafen(m, item, peer);
		send_bytes(m, item, self, item->number[KEY_UNACKED]);
	}
}

/* Hold or close one end, and print what is left of it. */
static void leave(struct maker *m, const struct item *item, const char *state, struct row row,
		  int fd, bool orphan)
{
	if (orphan) {
		close(fd);
		row.inode = 0;
	} else {
		hold(m, fd, NULL, 0);
	}
	if (state)
		print_row(m, protocol_name(item), state, row);
}

static void make_pair(struct maker *m, const struct item *item, const struct recipe *recipe,
		      int self, int peer)
{
	struct row self_row = row_of(self), peer_row = row_of(peer);
	bool ended = !recipe->peer;

	take_steps(m, item, recipe->steps, self, peer);
	fill_queues(m, item, self, peer);
	if (item->number[KEY_PEER] == PEER_GONE)
		vanish(m, item, self, peer);
	else
		leave(m, item, recipe->peer, peer_row, peer,
		      ended || item->number[KEY_PEER] == PEER_ORPHAN);
	leave(m, item, recipe->self, self_row, self, ended || item->number[KEY_ORPHAN]);
}

void make_state(struct maker *m, const struct item *item)
{
	const struct recipe *recipe = find_recipe(item);
	struct server server;

	errno = 0;
	if ((item->number[KEY_ORPHAN] && !recipe->self_orphan) ||
	    (item->number[KEY_PEER] == PEER_ORPHAN && !recipe->peer_orphan))
		die(m, item, "that end leaves its state when it is closed");
	server = server_find(m, item, 128);
	for (unsigned long i = 0; i < item->number[KEY_COUNT]; i++) {
		int client = client_connect(m, item, i, server.port, false);
		int accepted = server_accept(m, item, &server, local_port(client));
		bool swap = item->number[KEY_END] == END_CLIENT;

		make_pair(m, item, recipe, swap ? client : accepted, swap ? accepted : client);
	}
	server_close(&server);
}

/* ---- half a handshake ---- */

static struct row syn_sent_row(struct maker *m, const struct item *item, unsigned long i, int fd,
			       in_port_t port)
{
	struct address to = address_of(m, item, KEY_ADDR, i % item->number[KEY_ADDRS], port);
	struct row row = row_of(fd); /* the kernel names no peer before the handshake */

	format_address(&to, row.remote, sizeof(row.remote));
	return row;
}

void make_syn_sent(struct maker *m, const struct item *item)
{
	in_port_t port = (in_port_t)item->number[KEY_PORT];

	for (unsigned long i = 0; i < item->number[KEY_COUNT]; i++) {
		int fd = client_connect(m, item, i, port, true);

		hold(m, fd, NULL, 0);
		print_row(m, "tcp", "SYN_SENT", syn_sent_row(m, item, i, fd, port));
	}
}

/* Let the listener hear SYNs only: not the RST that answers a SYN-ACK to a client that is gone. */
static void hear_syn_only(struct maker *m, const struct item *item, int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13), /* the flags; data starts at the header */
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x16),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x02, 0, 1), /* SYN, neither ACK nor RST */
		BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog filter = { .len = 5, .filter = code };

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) < 0)
		die(m, item, "SO_ATTACH_FILTER");
}

static void prepare_listener(struct maker *m, const struct item *item, int fd)
{
	struct tcp_info info = { 0 };
	socklen_t size = sizeof(info);

	/* Beyond its backlog the listener would answer with cookies and remember nothing. */
	errno = 0;
	getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size);
	if (info.tcpi_sacked < item->number[KEY_COUNT]) /* of a listener: its backlog */
		die(m, item, "the listener's backlog is only %u", info.tcpi_sacked);
	set_option(m, item, fd, IPPROTO_TCP, TCP_SYNCNT, 127); /* do not give up after a minute */
	if (item->number[KEY_PEER] == PEER_GONE)
		hear_syn_only(m, item, fd);
}

static void make_request(struct maker *m, const struct item *item, unsigned long i, in_port_t port)
{
	int fd = client_connect(m, item, i, port, true);
	struct row sent = syn_sent_row(m, item, i, fd, port), received = { .inode = 0 };
	unsigned tries = 0;

	while (drops_of(fd) == 0) /* the SYN-ACK */
		if (!again(&tries))
			die(m, item, "the listener does not answer");
	memcpy(received.local, sent.remote, sizeof(received.local));
	memcpy(received.remote, sent.local, sizeof(received.remote));
	if (item->number[KEY_PEER] == PEER_GONE)
		close(fd);
	else
		leave(m, item, "SYN_SENT", sent, fd, false);
	print_row(m, "tcp", "SYN_RECV", received);
}

void make_syn_recv(struct maker *m, const struct item *item)
{
	struct server server;

	errno = 0;
	if (item->number[KEY_PEER] == PEER_ORPHAN)
		die(m, item, "that end leaves its state when it is closed");
	server = server_find(m, item, 2 * (int)item->number[KEY_COUNT] + 16);
	if (server.fd >= 0) {
		hold(m, server.fd, item, server.port);
		print_socket(m, "tcp", "LISTEN", server.fd);
	}
	for (size_t i = 0; i < m->nheld; i++)
		if (m->held[i].listener && m->held[i].port == server.port)
			prepare_listener(m, item, m->held[i].fd);
	for (unsigned long i = 0; i < item->number[KEY_COUNT]; i++)
		make_request(m, item, i, server.port);
}
