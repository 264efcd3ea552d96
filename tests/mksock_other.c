// SPDX-License-Identifier: MIT
/* mksock_other.c - UDP, raw, netlink and packet sockets, sockets without a port, addresses */
#include "mksock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* TCP or UDP, neither bound nor connected: in no table of the kernel's. */
void make_unbound(struct maker *m, const struct item *item)
{
	struct address address = address_of(m, item, KEY_ADDR, 0, 0);
	bool tcp = item->kind->protocol == IPPROTO_TCP;

	for (unsigned long i = 0; i < item->number[KEY_COUNT]; i++) {
		int fd = open_socket(m, item, address.any.sa_family,
				     tcp ? SOCK_STREAM : SOCK_DGRAM);

		hold(m, fd, NULL, 0);
		print_socket(m, tcp ? "tcp" : "udp", "CLOSE", fd);
	}
}

/* ---- UDP ---- */

/* Where a datagram to a socket bound to this address must go. */
static struct address destination(const struct address *bound, in_port_t port)
{
	struct address to = *bound;

	if (to.any.sa_family == AF_INET) {
		to.v4.sin_port = htons(port);
		if (to.v4.sin_addr.s_addr == htonl(INADDR_ANY))
			to.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	} else {
		to.v6.sin6_port = htons(port);
		if (memcmp(&to.v6.sin6_addr, &in6addr_any, sizeof(in6addr_any)) == 0)
			to.v6.sin6_addr = in6addr_loopback;
	}
	return to;
}

/* Datagrams of one byte, each waited for. */
static void send_datagrams(struct maker *m, const struct item *item, int fd,
			   const struct address *to, unsigned long count)
{
	int sender = open_socket(m, item, to->any.sa_family, SOCK_DGRAM);

	for (unsigned long i = 0; i < count; i++) {
		unsigned long memory = unread_memory(fd), drops = drops_of(fd);
		unsigned tries = 0;

		if (sendto(sender, "", 1, 0, &to->any, to->size) != 1)
			die(m, item, "sendto");
		while (unread_memory(fd) == memory && drops_of(fd) == drops)
			if (!again(&tries))
				die(m, item, "a datagram did not arrive");
	}
	close(sender);
}

static void fill_udp(struct maker *m, const struct item *item, int fd,
		     const struct address *address)
{
	struct address to = destination(address, local_port(fd));

	send_datagrams(m, item, fd, &to, item->number[KEY_UNREAD]);
	errno = 0;
	if (drops_of(fd))
		die(m, item, "the receive buffer is too small");
	if (item->number[KEY_DROPS] == 0)
		return;
	/* A filter drops exactly so many, however large the buffer; they count the same. */
	deafen(m, item, fd);
	send_datagrams(m, item, fd, &to, item->number[KEY_DROPS]);
	set_option(m, item, fd, SOL_SOCKET, SO_DETACH_FILTER, 0);
}

static in_port_t make_udp(struct maker *m, const struct item *item, unsigned long port)
{
	struct address address = address_of(m, item, KEY_ADDR, 0, port);
	int fd = open_socket(m, item, address.any.sa_family, SOCK_DGRAM);

	bind_to(m, item, fd, &address);
	hold(m, fd, NULL, 0);
	fill_udp(m, item, fd, &address);
	print_socket(m, "udp", "CLOSE", fd);
	return local_port(fd);
}

void make_udp_bound(struct maker *m, const struct item *item)
{
	for (unsigned long p = 0; p < item->number[KEY_PORTS]; p++) {
		unsigned long port = item->number[KEY_PORT] ? item->number[KEY_PORT] + p : 0;

		for (unsigned long i = 0; i < item->number[KEY_COUNT]; i++) {
			in_port_t bound = make_udp(m, item, port);

			if (item->number[KEY_REUSEPORT])
				port = bound;
		}
	}
}

void make_udp_connected(struct maker *m, const struct item *item)
{
	for (unsigned long i = 0; i < item->number[KEY_COUNT]; i++) {
		struct address to = address_of(m, item, KEY_ADDR, i % item->number[KEY_ADDRS],
					       item->number[KEY_PORT]);
		int fd = open_socket(m, item, to.any.sa_family, SOCK_DGRAM);

		bind_client(m, item, fd, i);
		if (connect(fd, &to.any, to.size) < 0)
			die(m, item, "connect");
		hold(m, fd, NULL, 0);
		print_socket(m, "udp", "ESTABLISHED", fd);
	}
}

/* ---- what check_proc_sockets counts elsewhere ---- */

void make_raw(struct maker *m, const struct item *item)
{
	struct address address = address_of(m, item, KEY_ADDR, 0, 0);

	for (unsigned long i = 0; i < item->number[KEY_COUNT]; i++) {
		int fd = socket(address.any.sa_family, SOCK_RAW | SOCK_CLOEXEC,
				(int)item->number[KEY_PROTOCOL]);

		if (fd < 0)
			die(m, item, "socket");
		if (item->given & BIT(KEY_ADDR) && bind(fd, &address.any, address.size) < 0)
			die(m, item, "bind");
		hold(m, fd, NULL, 0);
		print_socket(m, "raw", "CLOSE", fd);
	}
}

static void make_plain(struct maker *m, const struct item *item, int family, int type, int protocol)
{
	for (unsigned long i = 0; i < item->number[KEY_COUNT]; i++) {
		int fd = socket(family, type | SOCK_CLOEXEC, protocol);

		if (fd < 0)
			die(m, item, "socket");
		hold(m, fd, NULL, 0);
		print_socket(m, item->kind->name, "CLOSE", fd);
	}
}

void make_netlink(struct maker *m, const struct item *item)
{
	make_plain(m, item, AF_NETLINK, SOCK_RAW, (int)item->number[KEY_PROTOCOL]);
}

void make_packet(struct maker *m, const struct item *item)
{
	make_plain(m, item, AF_PACKET, SOCK_DGRAM, htons(ETH_P_ARP));
}

/* ---- addresses ---- */

struct in6_request { /* linux/ipv6.h's in6_ifreq, which clashes with netinet/in.h */
	struct in6_addr address;
	uint32_t prefix;
	int ifindex;
};

/* Give the loopback interface one more address, so that connections can come from there. */
void make_address(struct maker *m, const struct item *item)
{
	struct address address = address_of(m, item, KEY_ADDR, 0, 0);
	struct in6_request v6 = { .prefix = 128, .ifindex = (int)if_nametoindex("lo") };
	struct ifreq v4 = { 0 };
	int fd = open_socket(m, item, address.any.sa_family, SOCK_DGRAM), error;
	unsigned tries = 0;

	if (address.any.sa_family == AF_INET6) {
		v6.address = address.v6.sin6_addr;
		error = ioctl(fd, SIOCSIFADDR, &v6);
	} else {
		/* An alias of its own for each address. */
		snprintf(v4.ifr_name, sizeof(v4.ifr_name), "lo:%x", address.v4.sin_addr.s_addr);
		memcpy(&v4.ifr_addr, &address.v4, sizeof(address.v4));
		error = ioctl(fd, SIOCSIFADDR, &v4);
		v4.ifr_addr.sa_family = AF_INET;
		memset(&((struct sockaddr_in *)(void *)&v4.ifr_addr)->sin_addr, 0xff, 4);
		if (error == 0) /* else the address's whole class would be local */
			error = ioctl(fd, SIOCSIFNETMASK, &v4);
	}
	if (error < 0)
		die(m, item, "SIOCSIFADDR");
	/* IPv6 looks for duplicates first, in a work queue, even here. */
	while (bind(fd, &address.any, address.size) < 0)
		if (!again(&tries))
			die(m, item, "bind");
	close(fd);
}
