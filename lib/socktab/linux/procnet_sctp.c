// SPDX-License-Identifier: MIT
/* procnet_sctp.c - /proc/net/sctp, pure: (line) -> record */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "procnet_cursor.h"

/* One address, IPv4 as mapped IPv6; returns its family. */
static uint8_t sctp_address(struct cursor *c, const char *word, size_t length, uint8_t ip[16])
{
	uint8_t family = length && memchr(word, ':', length) ? AF_INET6 : AF_INET, bytes[16];
	char text[INET6_ADDRSTRLEN];

	if (length >= sizeof(text)) {
		c->bad = true;
		return 0;
	}
	memcpy(text, word, length);
	text[length] = '\0';
	if (inet_pton(family, text, bytes) == 1)
		socktab_map(family, bytes, ip);
	else
		c->bad = true;
	return family;
}

/*
 * A list of addresses up to `<->`, a tab or the line's end. Which one: the first, as netlink tells
 * of our own, or the primary of the peer, which has a star.
 */
static uint8_t take_sctp_addresses(struct cursor *c, bool primary, uint8_t ip[16])
{
	uint8_t family = 0;
	const char *word;

	for (cursor_skip_spaces(c); c->at < c->end && *c->at != '\t'; cursor_skip_spaces(c)) {
		size_t length = cursor_word(c, &word);
		bool star = *word == '*';

		if (length == 3 && !memcmp(word, "<->", 3))
			break;
		if (!family || (primary && star))
			family = sctp_address(c, word + star, length - star, ip);
	}
	c->bad |= !family;
	return family;
}

static void sctp_family(struct socktab_record *r, uint8_t local, uint8_t remote)
{
	r->family = local == AF_INET && remote == AF_INET ? AF_INET : AF_INET6;
	if (r->family == AF_INET6)
		return;
	memcpy(r->laddr.ip, r->laddr.ip + 12, 4);
	memset(r->laddr.ip + 4, 0, 12);
	memcpy(r->raddr.ip, r->raddr.ip + 12, 4);
	memset(r->raddr.ip + 4, 0, 12);
}

/*
 * eps:    ENDPT SOCK STY SST HBKT LPORT UID INODE LADDRS
 * assocs: ASSOC SOCK STY SST ST HBKT ASSOC-ID TX_QUEUE RX_QUEUE UID INODE LPORT RPORT
 *         LADDRS <-> RADDRS, a tab and counters
 * The socket's family is not told: an IPv6 socket that speaks IPv4 appears as IPv4.
 */
int procnet_decode_sctp(const char *line, size_t length, bool association, struct socktab_record *r)
{
	struct cursor c = { line, line + length, false };
	uint8_t local, remote;
	uint32_t state, lport, rport = 0;

	*r = (struct socktab_record){ .protocol = SOCKTAB_PROTOCOL_SCTP, .type = SOCK_STREAM };
	cursor_skip_words(&c, association ? 4 : 3);
	state = cursor_column(&c);
	cursor_skip_words(&c, association ? 2 : 1);
	if (association) {
		r->wqueue = cursor_column(&c);
		r->rqueue = cursor_column(&c);
		r->known |= SOCKTAB_KNOWN_QUEUES;
	} else {
		lport = cursor_column(&c);
	}
	r->uid = cursor_column(&c);
	r->inode = cursor_column(&c);
	if (association) {
		lport = cursor_column(&c);
		rport = cursor_column(&c);
	}
	local = take_sctp_addresses(&c, false, r->laddr.ip);
	remote = association ? take_sctp_addresses(&c, true, r->raddr.ip) : local;
	if (c.bad || lport > UINT16_MAX || rport > UINT16_MAX)
		return -EBADMSG;
	sctp_family(r, local, remote);
	r->laddr.port = (uint16_t)lport;
	r->raddr.port = (uint16_t)rport;
	record_owner(r);
	return record_sctp_state(r, association, state);
}
