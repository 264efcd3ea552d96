// SPDX-License-Identifier: MIT
/* diag.c - NETLINK_SOCK_DIAG: send a request, receive the dump */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "linux.h"

#define SCTP_ENDPOINTS (SOCKTAB_BIT(SOCKTAB_LISTEN) | SOCKTAB_BIT(SOCKTAB_CLOSE))

void diag_close(struct backend *b)
{
	if (b->nl_fd >= 0)
		close(b->nl_fd);
	b->nl_fd = -1;
}

/* Connected to the kernel, the socket hears nobody else. */
static int diag_open(struct backend *b)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	socklen_t length = sizeof(address);
	int fd;

	if (b->nl_fd >= 0)
		return 0;
	fd = netns_socket(b);
	if (fd < 0)
		return fd;
	b->nl_fd = fd;
	if (connect(b->nl_fd, (struct sockaddr *)&address, sizeof(address)) ||
	    getsockname(b->nl_fd, (struct sockaddr *)&address, &length)) {
		int error = -errno;

		diag_close(b);
		return error;
	}
	b->nl_port = address.nl_pid;
	return 0;
}

static int diag_send(struct socktab *t, const unsigned char *request, size_t length)
{
	ssize_t n;

	t->coverage.requests++;
	do
		n = send(t->backend->nl_fd, request, length, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == length ? 0 : -EPROTO;
}

bool diag_from_kernel(const struct sockaddr_nl *from, size_t length)
{
	return length >= sizeof(*from) && from->nl_family == AF_NETLINK && from->nl_pid == 0;
}

/* One datagram. -ENOBUFS: rows were lost, in the kernel's queue or in our buffer. */
static int diag_receive(struct socktab *t, struct diag_walk *walk)
{
	struct backend *b = t->backend;
	struct sockaddr_nl from = { .nl_family = AF_UNSPEC };
	struct iovec io = { .iov_base = b->buffer, .iov_len = sizeof(b->buffer) };
	struct msghdr m = { .msg_name = &from, .msg_iov = &io, .msg_iovlen = 1 };
	ssize_t n;

	do {
		m.msg_namelen = sizeof(from);
		t->coverage.reads++;
		n = recvmsg(b->nl_fd, &m, 0);
	} while (n < 0 ? errno == EINTR : n > 0 && !diag_from_kernel(&from, m.msg_namelen));
	if (n < 0 && errno != ENOBUFS)
		return -errno;
	if (n < 0 || m.msg_flags & MSG_TRUNC) {
		walk->interrupted = true;
		return -ENOBUFS;
	}
	walk->at = b->buffer;
	walk->end = b->buffer + n;
	return n > 0 ? 0 : -EPROTO;
}

struct dump {
	struct socktab *t;
	uint32_t kinds;
	enum socktab_protocol protocol;
	uint32_t states; /* wanted; raw_diag and sctp_diag deliver others too */
	socktab_visitor *visit;
	void *data;
	int stopped; /* what the visitor returned */
};

static int diag_decode(enum socktab_protocol protocol, const void *row, size_t length,
		       struct socktab_record *r)
{
	if (protocol == SOCKTAB_PROTOCOL_UNIX)
		return diag_decode_unix(row, length, r);
	return diag_decode_inet(row, length, protocol, r);
}

/* The rows of one datagram: as diag_next(), and DIAG_DONE once the visitor stopped. */
static int diag_deliver(struct dump *d, struct diag_walk *walk)
{
	struct socktab_record record;
	const void *row;
	size_t length;
	int next;

	while ((next = diag_next(walk, &row, &length)) == DIAG_ROW) {
		int error = diag_decode(d->protocol, row, length, &record);

		d->t->coverage.rows++;
		if (error < 0)
			d->t->coverage.malformed++;
		if (error || !(d->states & SOCKTAB_BIT(record.state)))
			continue;
		linux_check_user(d->t, &record);
		d->stopped = d->visit(&record, d->data);
		if (d->stopped)
			return DIAG_DONE;
	}
	return next;
}

/* Ask for these states; a dump that was not read to its end leaves the socket unusable. */
static int diag_ask(struct dump *d, uint32_t states, const struct socktab_filter *filter)
{
	struct backend *b = d->t->backend;
	struct diag_walk walk = { .sequence = ++b->nl_sequence, .type = diag_type(d->kinds) };
	/* It has been sent when the first answer comes. */
	size_t length = diag_request(b->buffer, d->kinds, states, filter, walk.sequence);
	int error = diag_open(b);

	if (error)
		return error;
	walk.port = b->nl_port;
	error = diag_send(d->t, b->buffer, length);
	while (error == DIAG_MORE) {
		error = diag_receive(d->t, &walk);
		if (!error)
			error = diag_deliver(d, &walk);
	}
	d->t->coverage.interrupted |= walk.interrupted;
	if (error != DIAG_DONE || d->stopped)
		diag_close(b);
	if (d->stopped)
		return d->stopped;
	return error == DIAG_DONE ? 0 : error;
}

/* A kernel that does not know a condition refuses them all, before the first row. */
static int diag_dump(struct dump *d, uint32_t states, const struct socktab_filter *filter)
{
	uint64_t rows = d->t->coverage.rows;
	int error = diag_ask(d, states, filter);

	return error == -EINVAL && d->t->coverage.rows == rows ? diag_ask(d, states, NULL) : error;
}

/*
 * With LISTEN among the states sctp_diag tells every endpoint, and tells those with associations
 * once more before these: so endpoints and associations are asked for separately.
 */
static int diag_sctp(struct dump *d, const struct socktab_filter *filter)
{
	uint32_t states = d->states;
	int error = 0;

	d->states = states & SCTP_ENDPOINTS;
	if (d->states)
		error = diag_dump(d, SOCKTAB_BIT(SOCKTAB_LISTEN), filter);
	d->states = states & ~SCTP_ENDPOINTS;
	if (!error && d->states)
		error = diag_dump(d, d->states, filter);
	return error;
}

int diag_visit(struct socktab *t, uint32_t kinds, const struct socktab_filter *filter,
	       socktab_visitor *visit, void *data)
{
	/* Named one by one: all bits would bring bound sockets that neither listen nor connect. */
	uint32_t states = filter->states ? filter->states & SOCKTAB_ALL_STATES : SOCKTAB_ALL_STATES;
	enum socktab_protocol protocol = kind_facts[backend_first(kinds)].protocol;
	struct dump d = { t, kinds, protocol, states, visit, data, 0 };

	if (protocol == SOCKTAB_PROTOCOL_SCTP)
		return diag_sctp(&d, filter);
	return diag_dump(&d, states, filter);
}
