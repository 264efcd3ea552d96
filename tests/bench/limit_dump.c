// SPDX-License-Identifier: MIT
/* limit_dump.c - limit_dump STATES: TCP sockets by netlink, received and not looked at */
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct request {
	struct nlmsghdr head;
	struct inet_diag_req body; /* of both families */
};

static int dump(int fd, unsigned int states)
{
	static _Alignas(struct nlmsghdr) unsigned char buffer[32768]; /* the kernel's most */
	struct request request = {
		.head.nlmsg_len = sizeof(request),
		.head.nlmsg_type = TCPDIAG_GETSOCK,
		.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		.body.idiag_states = states,
	};
	struct nlmsghdr first;

	if (send(fd, &request, sizeof(request), 0) < 0)
		return 1;
	/* The kernel goes on while it is read from; NLMSG_DONE may stand behind rows. */
	do {
		ssize_t n = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);

		if (n < (ssize_t)sizeof(first))
			return n >= 0 || errno != EAGAIN;
		memcpy(&first, buffer, sizeof(first));
	} while (first.nlmsg_type == TCPDIAG_GETSOCK);
	return first.nlmsg_type != NLMSG_DONE;
}

int main(int argc, char **argv)
{
	unsigned int states = argc > 1 ? (unsigned int)strtoul(argv[1], NULL, 0) : 0xffe;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	return fd < 0 || dump(fd, states);
}
