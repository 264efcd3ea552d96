// SPDX-License-Identifier: MIT
/* mksock.c - makes exactly the sockets that a test names, prints them and waits */
#include "mksock.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * mksock ITEM...		an ITEM is KIND[,key[=value]]...; mksock --help lists kinds and keys
 *
 * Items are made in their order. Then come the lines
 *	socket PROTOCOL STATE LOCAL REMOTE inode=INODE pid=PID
 *	pid PID COMM
 *	ready
 * the first for each socket (inode and pid are 0 where nobody holds it), the second for each
 * process, ours last; then mksock waits until its stdin ends. What is wrong is one line on stderr
 * and exit 1. Root is needed for raw, packet, uid=, gid=, netns, cgroup= and ports below 1024
 * alone; newer kernels (6.18.44) want CAP_NET_ADMIN for the states that need a filter.
 *
 * In values \xHH is any byte (a comma is \x2c) and \\ a backslash. count= defaults to 1, addr= to
 * 127.0.0.1; port=0, the default, lets the kernel choose. An address with a colon makes IPv6
 * sockets, ::ffff:127.0.0.1 IPv6 sockets that speak IPv4. The loopback interface is raised if it
 * is down. More than a thousand sockets want self,nofile=N.
 *
 * Listeners and clients
 *	tcp-listen	LISTEN; backlog=N (128), ports=N from port= on, count=N with reuseport,
 *			v6only, device=lo
 *	mptcp-listen	the same, also a LISTEN row in the TCP table; sctp-listen
 *	tcp-bound	bound, does not listen: not in /proc, CLOSE when asked by netlink
 *	tcp-unbound	in no table
 *	tcp-connect	client in ESTABLISHED, of a listener of any process in the namespace; until
 *			somebody accepts, the other end is ESTABLISHED with inode 0. With `fin`
 *			FIN_WAIT2, and the other end CLOSE_WAIT
 *	tcp-accept	accepts count connections that wait at this process's listeners on port=
 *	tcp-overflow	adds count to ListenOverflows of a full listener, leaves no socket
 * Clients connect to addr=, with addrs=N to N addresses from there on in turn; from where the
 * kernel chooses, or after bind() to from= (froms=N in turn) and fromport= (counting up), with
 * `noport` under IP_BIND_ADDRESS_NO_PORT.
 *
 * Pairs. The end named by the kind has the local port port=, with end=client the remote port. The
 * connections go to a listener of this process on that port if an earlier item made one, else to
 * one of their own that is closed again, so that there is nothing else than, count times:
 *	tcp-established	ESTABLISHED	peer ESTABLISHED; unread=BYTES, unacked=BYTES are queued
 *	tcp-fin-wait1	FIN_WAIT1	peer ESTABLISHED
 *	tcp-fin-wait2	FIN_WAIT2	peer CLOSE_WAIT
 *	tcp-time-wait	TIME_WAIT	no peer; for 60 s
 *	tcp-close-wait	CLOSE_WAIT	peer FIN_WAIT2
 *	tcp-last-ack	LAST_ACK	peer FIN_WAIT2
 *	tcp-closing	CLOSING		peer FIN_WAIT1
 *	tcp-syn-sent	SYN_SENT	a client alone, but a SYN_RECV where something listens
 *	tcp-syn-recv	SYN_RECV	peer SYN_SENT; its own listener stays. These rows outlive
 *					mksock by seconds
 *	mptcp-established		two ESTABLISHED in the MPTCP table, two in the TCP table
 * Both ends are held by this process, but:
 *	orphan		the named end was closed in its state and has inode 0 (FIN_WAIT1, CLOSING,
 *			LAST_ACK for some 100 s; FIN_WAIT2 for 60 s)
 *	peer=orphan	the same of the peer of CLOSE_WAIT and CLOSING
 *	peer=gone	there is no peer. A listener that tcp-syn-recv used so accepts nothing more
 *
 * Others
 *	udp-bound	CLOSE; unread=N datagrams wait, drops=N were dropped; else as tcp-listen
 *	udp-connected	ESTABLISHED, whether somebody is at addr= and port= or not
 *	udp-unbound	in no table
 *	unix-listen	LISTEN; path=/file or path=@abstract, type=stream (default) or seqpacket.
 *			`unlinked`: the file is removed after. Else it stays when mksock ends
 *	unix-bound	the same, bound only; type=dgram too
 *	unix-connect	client of a listener of any process, not yet accepted
 *	unix-connected	client and accepted end; the listener as for TCP pairs
 *	unix-pair	a socketpair: two sockets for each of count
 *	raw		protocol=N; addr=. netlink and packet are not bound to anything
 *	address		no socket: the loopback interface gets the address addr=, /32 or /128
 *
 * Processes
 *	self		shapes this process, from here on
 *	begin ITEM... end
 *			a child makes the ITEMs before the next one is looked at; copies=N children
 * Both take, and do in this order: nofile=N (soft limit of descriptors), cgroup=DIR, netns (a new
 * network namespace), fds=N (so many more descriptors, of /dev/null), comm=, argv0=, uid= and gid=
 * (gid defaults to uid, supplementary groups go). begin also takes
 *	share		the child keeps what its parent holds so far, as pre-fork workers do
 *	receive		the parent makes the ITEMs and hands them over a unix socket to the child,
 *			which alone holds them then
 */

/* Descriptors that leak in would be held open until the end, and counted by the plugins. */
static void close_inherited(void)
{
	DIR *directory = opendir("/proc/self/fd");
	struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		int fd = (int)strtol(entry->d_name, NULL, 10);

		if (fd > STDERR_FILENO && fd != dirfd(directory))
			close(fd);
	}
	if (directory)
		closedir(directory);
}

static void run(struct maker *m, const struct item *items, int from, int to);

static void run_group(struct maker *m, const struct item *items, int begin)
{
	const struct item *item = &items[begin];
	struct child child;
	size_t mark = m->nheld;

	if (child_start(m, item, &child) == 0) {
		shape(m, item);
		if (item->number[KEY_RECEIVE])
			receive_held(m, item, child.channel);
		else
			run(m, items, begin + 1, item->end);
		process_ready(m);
		child_ready(&child);
		wait_and_end(m);
	}
	if (item->number[KEY_RECEIVE]) {
		m->pid = child.pid;
		run(m, items, begin + 1, item->end);
		m->pid = getpid();
		send_held(m, item, child.channel, mark);
	}
	child_wait(m, item, &child);
}

static void run(struct maker *m, const struct item *items, int from, int to)
{
	for (int i = from; i < to; i++) {
		if (items[i].kind->make) {
			items[i].kind->make(m, &items[i]);
			continue;
		}
		for (unsigned long copy = 0; copy < items[i].number[KEY_COPIES]; copy++)
			run_group(m, items, i);
		i = items[i].end;
	}
}

int main(int argc, char **argv)
{
	struct maker m = { .pid = getpid(), .top = true, .lifeline = { -1, -1 } };
	struct item *items;

	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		items_help();
		return 0;
	}
	close_inherited();
	m.argv = argv[0];
	m.argvsize = (size_t)(argv[argc - 1] + strlen(argv[argc - 1]) + 1 - argv[0]);
	/* Children print too: never half a line. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	items = items_parse(argc - 1, argv + 1);
	loopback_up(&m, NULL);
	run(&m, items, 0, argc - 1);
	process_ready(&m);
	puts("ready");
	fflush(stdout);
	wait_and_end(&m);
}
