// SPDX-License-Identifier: MIT
/* mksock_tcp.c - TCP sockets that listen, connect and accept */
#include "mksock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE 5 /* seconds for a handshake on loopback */

const char *protocol_name(const struct item *item)
{
	return item->kind->protocol == IPPROTO_MPTCP  ? "mptcp"
	       : item->kind->protocol == IPPROTO_SCTP ? "sctp"
						      : "tcp";
}

static int bound_open(struct maker *m, const struct item *item, unsigned long port)
{
	struct address address = address_of(m, item, KEY_ADDR, 0, port);
	int fd = open_socket(m, item, address.any.sa_family, socket_type(item));

	/* The listener of clients that connect to several addresses. */
	if (item->number[KEY_ADDRS] > 1 && address.any.sa_family == AF_INET)
		address.v4.sin_addr.s_addr = htonl(INADDR_ANY);
	else if (item->number[KEY_ADDRS] > 1)
		address.v6.sin6_addr = in6addr_any;
	set_option(m, item, fd, SOL_SOCKET, SO_REUSEADDR, 1);
	bind_to(m, item, fd, &address);
	return fd;
}

int listener_open(struct maker *m, const struct item *item, unsigned long port, int backlog)
{
	int fd = bound_open(m, item, port);

	if (listen(fd, backlog) < 0)
		die(m, item, "listen");
	return fd;
}

void make_listener(struct maker *m, const struct item *item)
{
	for (unsigned long p = 0; p < item->number[KEY_PORTS]; p++) {
		unsigned long port = item->number[KEY_PORT] ? item->number[KEY_PORT] + p : 0;

		for (unsigned long i = 0; i < item->number[KEY_COUNT]; i++) {
			int fd = listener_open(m, item, port, (int)item->number[KEY_BACKLOG]);

			/* A group whose port the kernel chose goes on with that one. */
			if (item->number[KEY_REUSEPORT])
				port = local_port(fd);
			hold(m, fd, item, local_port(fd));
			print_socket(m, protocol_name(item), "LISTEN", fd);
		}
	}
}

void make_bound(struct maker *m, const struct item *item)
{
	for (unsigned long p = 0; p < item->number[KEY_PORTS]; p++) {
		unsigned long port = item->number[KEY_PORT] ? item->number[KEY_PORT] + p : 0;

		for (unsigned long i = 0; i < item->number[KEY_COUNT]; i++) {
			int fd = bound_open(m, item, port);

			hold(m, fd, NULL, 0);
			print_socket(m, "tcp", "CLOSE", fd);
		}
	}
}

/* ---- servers and clients ---- */

/* A listener made earlier on port=, else one of the item's own. */
struct server server_find(struct maker *m, const struct item *item, int backlog)
{
	struct server server = { .fd = -1, .port = (in_port_t)item->number[KEY_PORT] };

	for (size_t i = 0; i < m->nheld; i++)
		if (m->held[i].listener && m->held[i].port && m->held[i].port == server.port)
			return server;
	server.fd = listener_open(m, item, server.port, backlog);
	server.port = local_port(server.fd);
	return server;
}

void server_close(const struct server *server)
{
	if (server->fd >= 0)
		close(server->fd);
}

/* Start the i-th connection; a deaf client stays in SYN_SENT, another is ESTABLISHED on return. */
int client_connect(struct maker *m, const struct item *item, unsigned long i, in_port_t port,
		   bool deaf)
{
	struct address to = address_of(m, item, KEY_ADDR, i % item->number[KEY_ADDRS], port);
	struct timeval patience = { .tv_sec = PATIENCE };
	int fd = open_socket(m, item, to.any.sa_family, SOCK_STREAM | (deaf ? SOCK_NONBLOCK : 0));

	bind_client(m, item, fd, i);
	if (deaf) {
		deafen(m, item, fd);
		/* Go on for hours: with the default it would be a minute. */
		set_option(m, item, fd, IPPROTO_TCP, TCP_SYNCNT, 127);
	}
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0)
		die(m, item, "SO_SNDTIMEO");
	if (connect(fd, &to.any, to.size) < 0 && !(deaf && errno == EINPROGRESS))
		die(m, item, "connect%s", errno == EINPROGRESS ? " got no answer" : "");
	return fd;
}

static int poll_listeners(struct maker *m, const struct item *item, in_port_t port)
{
	struct pollfd *polled = calloc(m->nheld + 1, sizeof(*polled));
	nfds_t count = 0;
	int fd = -1;

	for (size_t i = 0; polled && i < m->nheld; i++)
		if (m->held[i].listener && m->held[i].port == port)
			polled[count++] = (struct pollfd){ .fd = m->held[i].fd, .events = POLLIN };
	errno = 0;
	if (count == 0)
		die(m, item, "this process does not listen on port %u", port);
	if (poll(polled, count, PATIENCE * 1000) > 0)
		for (nfds_t i = 0; i < count && fd < 0; i++)
			fd = polled[i].revents ? polled[i].fd : -1;
	if (fd < 0)
		die(m, item, "no connection to accept");
	free(polled);
	return fd;
}

/* The connection of the client with this local port, or of anyone where it is 0. */
int server_accept(struct maker *m, const struct item *item, const struct server *server,
		  in_port_t client)
{
	struct timeval patience = { .tv_sec = PATIENCE };
	struct address peer = { .size = sizeof(peer.v6) };
	int listener = server->fd, fd;

	if (listener < 0)
		listener = poll_listeners(m, item, server->port);
	else
		setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	fd = accept4(listener, &peer.any, &peer.size, SOCK_CLOEXEC);
	if (fd < 0)
		die(m, item, "accept");
	errno = 0;
	if (client &&
	    client != ntohs(peer.any.sa_family == AF_INET6 ? peer.v6.sin6_port : peer.v4.sin_port))
		die(m, item, "another connection waits at port %u: accept it first", server->port);
	return fd;
}

/* ---- kinds ---- */

static uint8_t state_of(const struct maker *m, const struct item *item, int fd)
{
	struct tcp_info info = { 0 };
	socklen_t size = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0)
		die(m, item, "TCP_INFO");
	return info.tcpi_state;
}

void wait_state(const struct maker *m, const struct item *item, int fd, uint8_t state)
{
	unsigned tries = 0;

	while (state_of(m, item, fd) != state)
		if (!again(&tries))
			die(m, item, "state %u, not %u", state_of(m, item, fd), state);
}

void make_connect(struct maker *m, const struct item *item)
{
	in_port_t port = (in_port_t)item->number[KEY_PORT];

	for (unsigned long i = 0; i < item->number[KEY_COUNT]; i++) {
		int fd = client_connect(m, item, i, port, false);

		hold(m, fd, NULL, 0);
		if (item->number[KEY_FIN]) {
			shutdown(fd, SHUT_WR);
			wait_state(m, item, fd, TCP_FIN_WAIT2);
		}
		print_socket(m, protocol_name(item),
			     item->number[KEY_FIN] ? "FIN_WAIT2" : "ESTABLISHED", fd);
	}
}

void make_accept(struct maker *m, const struct item *item)
{
	struct server server = { .fd = -1, .port = (in_port_t)item->number[KEY_PORT] };

	for (unsigned long i = 0; i < item->number[KEY_COUNT]; i++) {
		int fd = server_accept(m, item, &server, 0);
		bool fin = state_of(m, item, fd) == TCP_CLOSE_WAIT;

		hold(m, fd, NULL, 0);
		print_socket(m, "tcp", fin ? "CLOSE_WAIT" : "ESTABLISHED", fd);
	}
}

/* The namespace's TcpExt ListenOverflows: the value below the name in the line of names. */
static unsigned long overflows(const struct maker *m, const struct item *item)
{
	FILE *file = fopen("/proc/thread-self/net/netstat", "re");
	char *names = NULL, *values = NULL, *name, *value, *rest, *others;
	size_t nsize = 0, vsize = 0;
	unsigned long count = 0;

	if (!file || getline(&names, &nsize, file) < 0 || getline(&values, &vsize, file) < 0)
		die(m, item, "/proc/net/netstat");
	rest = names;
	others = values;
	while ((name = strsep(&rest, " \n")) && (value = strsep(&others, " \n")))
		if (strcmp(name, "ListenOverflows") == 0)
			count = strtoul(value, NULL, 10);
	free(names);
	free(values);
	fclose(file);
	return count;
}

/* Each attempt is given up before its SYN could be sent, and counted, again after a second. */
void make_overflow(struct maker *m, const struct item *item)
{
	for (unsigned long i = 0; i < item->number[KEY_COUNT]; i++) {
		unsigned long before = overflows(m, item);
		unsigned tries = 0;
		int fd = client_connect(m, item, i, (in_port_t)item->number[KEY_PORT], true);

		while (overflows(m, item) == before)
			if (drops_of(fd) || !again(&tries))
				die(m, item, "the accept queue is not full");
		close(fd);
	}
}
