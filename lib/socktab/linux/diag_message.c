// SPDX-License-Identifier: MIT
/* diag_message.c - NETLINK_SOCK_DIAG, pure: a datagram to its messages */
#include <errno.h>
#include <string.h>

#include <linux/netlink.h>

#include "linux.h"

static int answered_error(const unsigned char *payload, size_t length, bool done)
{
	int error;

	if (length < sizeof(error))
		return -EBADMSG;
	memcpy(&error, payload, sizeof(error));
	if (done && error == 0)
		return DIAG_DONE;
	return error < 0 && error > -4096 ? error
					  : -EPROTO; /* 0: an acknowledgement, not asked for */
}

int diag_next(struct diag_walk *walk, const void **row, size_t *length)
{
	while (walk->at < walk->end) {
		size_t left = (size_t)(walk->end - walk->at), step;
		const unsigned char *payload = walk->at + NLMSG_HDRLEN;
		struct nlmsghdr head;

		if (left < NLMSG_HDRLEN)
			return -EBADMSG;
		memcpy(&head, walk->at, sizeof(head));
		if (head.nlmsg_len < NLMSG_HDRLEN || head.nlmsg_len > left)
			return -EBADMSG;
		if (head.nlmsg_pid != walk->port)
			return -ESRCH;
		if (head.nlmsg_seq != walk->sequence)
			return -EPROTO;
		if (head.nlmsg_flags & NLM_F_DUMP_INTR)
			walk->interrupted = true;
		step = NLMSG_ALIGN((size_t)head.nlmsg_len);
		walk->at += step < left ? step : left;
		*row = payload;
		*length = head.nlmsg_len - (size_t)NLMSG_HDRLEN;
		if (head.nlmsg_type == walk->type)
			return DIAG_ROW;
		switch (head.nlmsg_type) {
		case NLMSG_DONE:
		case NLMSG_ERROR:
			return answered_error(payload, *length, head.nlmsg_type == NLMSG_DONE);
		case NLMSG_OVERRUN:
			walk->interrupted = true;
			return -ENOBUFS;
		case NLMSG_NOOP:
			break;
		default:
			return -EPROTO;
		}
	}
	return DIAG_MORE;
}
