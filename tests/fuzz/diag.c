// SPDX-License-Identifier: MIT
/* diag.c - fuzzes the netlink decoders: a byte that names the protocol, then one datagram */
#include <errno.h>
#include <sys/socket.h>

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include "fuzz.h"
#include "linux/linux.h"
#include "record.h"

/* Decoding is a function of the bytes alone, and of no byte behind them. */
static void decode(enum socktab_protocol protocol, const void *row, size_t length)
{
	uint8_t *copy = fuzz_copy(row, length);
	struct socktab_record r;
	int error;

	if (protocol == SOCKTAB_PROTOCOL_UNIX)
		error = diag_decode_unix(copy, length, &r);
	else
		error = diag_decode_inet(copy, length, protocol, &r);
	REQUIRE(error == 0 || error == 1 || error == -EBADMSG);
	if (!error)
		check_record(&r, protocol, copy, length);
	if (!error && protocol != SOCKTAB_PROTOCOL_UNIX && !r.inode && !r.uid)
		REQUIRE(!(r.known & SOCKTAB_KNOWN_UID));
	free(copy);
}

/* The walk asks for the numbers of the first message, so that most inputs get past them. */
static void walk(enum socktab_protocol protocol, const uint8_t *data, size_t size)
{
	struct diag_walk walk = { .at = data, .end = data + size, .type = SOCK_DIAG_BY_FAMILY };
	const uint8_t *before = data;
	struct nlmsghdr head;
	const void *row;
	size_t length;
	int result;

	if (size >= sizeof(head)) {
		memcpy(&head, data, sizeof(head));
		walk.sequence = head.nlmsg_seq;
		walk.port = head.nlmsg_pid;
		if (head.nlmsg_type == TCPDIAG_GETSOCK)
			walk.type = TCPDIAG_GETSOCK;
	}
	while ((result = diag_next(&walk, &row, &length)) == DIAG_ROW) {
		const uint8_t *bytes = row;

		REQUIRE(bytes >= before + NLMSG_HDRLEN && bytes + length <= walk.end);
		REQUIRE(walk.at > before && walk.at <= walk.end);
		before = walk.at;
		decode(protocol, row, length);
	}
	REQUIRE(result == DIAG_MORE || result == DIAG_DONE || (result < 0 && result > -4096));
	if (result == DIAG_MORE)
		REQUIRE(walk.at == walk.end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum socktab_protocol protocol = fuzz_choice(&data, &size) % SOCKTAB_PROTOCOLS;
	uint8_t *copy = fuzz_copy(data, size);

	walk(protocol, copy, size);
	free(copy);
	return 0;
}
