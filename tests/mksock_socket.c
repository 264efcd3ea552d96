// SPDX-License-Identifier: MIT
/* mksock_socket.c - what all kinds of sockets share: addresses, options, one line of output */
#include "mksock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/sock_diag.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#ifndef IP_BIND_ADDRESS_NO_PORT
#	define IP_BIND_ADDRESS_NO_PORT 24
#endif

/* By type=, a stream where the kind has none. */
int socket_type(const struct item *item)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET };

	return types[item->number[KEY_TYPE]];
}

int open_socket(const struct maker *m, const struct item *item, int family, int type)
{
	int fd = socket(family, type | SOCK_CLOEXEC, item->kind->protocol);

	if (fd < 0)
		die(m, item, "socket");
	return fd;
}

void set_option(const struct maker *m, const struct item *item, int fd, int level, int option,
		int value)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)) < 0)
		die(m, item, "setsockopt %d", option);
}

/* Drop whatever arrives from now on. The drops count, see drops_of(). */
void deafen(const struct maker *m, const struct item *item, int fd)
{
	struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog filter = { .len = 1, .filter = &drop };

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) < 0)
		die(m, item, "SO_ATTACH_FILTER");
}

static unsigned long meminfo(int fd, int which)
{
	uint32_t info[SK_MEMINFO_VARS] = { 0 };
	socklen_t size = sizeof(info);

	getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &size);
	return info[which];
}

unsigned long drops_of(int fd)
{
	return meminfo(fd, SK_MEMINFO_DROPS);
}

/* Bytes of kernel memory that unread packets take. */
unsigned long unread_memory(int fd)
{
	return meminfo(fd, SK_MEMINFO_RMEM_ALLOC);
}

/* For loops that wait until a packet has arrived: false after some five seconds. */
bool again(unsigned *tries)
{
	struct timespec pause = { .tv_nsec = 1000000 };

	/* Loopback delivers before send() returns, unless the machine is busy. */
	if ((*tries)++ > 10)
		nanosleep(&pause, NULL);
	errno = ETIMEDOUT;
	return *tries < 5000;
}

/* ---- addresses ---- */

/* The address under `key`, 127.0.0.1 by default, plus so many; the port in host order. */
struct address address_of(const struct maker *m, const struct item *item, enum key key,
			  unsigned long plus, unsigned long port)
{
	const char *text = item->string[key] ? item->string[key] : "127.0.0.1";
	struct address a = { .size = sizeof(a.v4) };
	uint32_t low;

	if (inet_pton(AF_INET, text, &a.v4.sin_addr) == 1) {
		a.v4.sin_family = AF_INET;
		a.v4.sin_port = htons((uint16_t)port);
		a.v4.sin_addr.s_addr = htonl(ntohl(a.v4.sin_addr.s_addr) + (uint32_t)plus);
		return a;
	}
	a.size = sizeof(a.v6);
	if (inet_pton(AF_INET6, text, &a.v6.sin6_addr) != 1) {
		errno = 0;
		die(m, item, "not an address: %s", text);
	}
	a.v6.sin6_family = AF_INET6;
	a.v6.sin6_port = htons((uint16_t)port);
	memcpy(&low, &a.v6.sin6_addr.s6_addr[12], sizeof(low));
	low = htonl(ntohl(low) + (uint32_t)plus);
	memcpy(&a.v6.sin6_addr.s6_addr[12], &low, sizeof(low));
	return a;
}

void bind_to(const struct maker *m, const struct item *item, int fd, const struct address *address)
{
	if (item->given & BIT(KEY_DEVICE) &&
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, item->string[KEY_DEVICE],
		       (socklen_t)item->size[KEY_DEVICE]) < 0)
		die(m, item, "SO_BINDTODEVICE");
	if (address->any.sa_family == AF_INET6)
		set_option(m, item, fd, IPPROTO_IPV6, IPV6_V6ONLY, (int)item->number[KEY_V6ONLY]);
	if (item->number[KEY_REUSEPORT])
		set_option(m, item, fd, SOL_SOCKET, SO_REUSEPORT, 1);
	if (bind(fd, &address->any, address->size) < 0)
		die(m, item, "bind");
}

/* from= and fromport= of the i-th connection: bind before connect, as some programs do. */
void bind_client(const struct maker *m, const struct item *item, int fd, unsigned long i)
{
	unsigned long froms = item->number[KEY_FROMS], port = item->number[KEY_FROMPORT];
	struct address from;

	if (!(item->given & (BIT(KEY_FROM) | BIT(KEY_FROMPORT))))
		return;
	from = address_of(m, item, KEY_FROM, i % froms, port ? port + i / froms : 0);
	if (item->number[KEY_NOPORT])
		set_option(m, item, fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
	if (bind(fd, &from.any, from.size) < 0)
		die(m, item, "bind");
}

in_port_t local_port(int fd)
{
	struct address a = { .size = sizeof(a.v6) };

	getsockname(fd, &a.any, &a.size);
	return ntohs(a.any.sa_family == AF_INET6 ? a.v6.sin6_port : a.v4.sin_port);
}

/* ---- output ---- */

/* Nothing but printable ASCII, no blank: the rest, and the backslash, as \xHH. */
void print_bytes(const char *data, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)data[i];

		printf(c <= ' ' || c >= 0x7f || c == '\\' ? "\\x%02x" : "%c", c);
	}
}

void format_address(const struct address *a, char *text, size_t size)
{
	char ip[INET6_ADDRSTRLEN];

	if (a->any.sa_family == AF_INET && inet_ntop(AF_INET, &a->v4.sin_addr, ip, sizeof(ip)))
		snprintf(text, size, "%s:%u", ip, ntohs(a->v4.sin_port));
	else if (a->any.sa_family == AF_INET6 &&
		 inet_ntop(AF_INET6, &a->v6.sin6_addr, ip, sizeof(ip)))
		snprintf(text, size, "[%s]:%u", ip, ntohs(a->v6.sin6_port));
	else
		snprintf(text, size, "-");
}

struct row row_of(int fd)
{
	struct address local = { .size = sizeof(local.v6) }, remote = { .size = sizeof(remote.v6) };
	struct row row = { .local = "-", .remote = "-" };
	struct stat status;

	if (getsockname(fd, &local.any, &local.size) == 0)
		format_address(&local, row.local, sizeof(row.local));
	if (getpeername(fd, &remote.any, &remote.size) == 0)
		format_address(&remote, row.remote, sizeof(row.remote));
	if (fstat(fd, &status) == 0)
		row.inode = status.st_ino;
	return row;
}

void print_row(const struct maker *m, const char *protocol, const char *state, struct row row)
{
	printf("socket %s %s %s %s inode=%lu pid=%d\n", protocol, state, row.local, row.remote,
	       row.inode, row.inode ? (int)m->pid : 0);
}

void print_socket(const struct maker *m, const char *protocol, const char *state, int fd)
{
	print_row(m, protocol, state, row_of(fd));
}
