// SPDX-License-Identifier: MIT
/* test_diag.c - the netlink decoders on recorded, truncated, hostile and made-up bytes */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>

#include "describe.h"
#include "linux/linux.h"
#include "tap.h"

#define TCP SOCKTAB_PROTOCOL_TCP
#define UDP SOCKTAB_PROTOCOL_UDP
#define MPTCP SOCKTAB_PROTOCOL_MPTCP
#define UNIX SOCKTAB_PROTOCOL_UNIX

/*
 * Payloads recorded on Linux 6.18, x86-64. Of raw_diag and sctp_diag, which that kernel lacks,
 * messages are made up below as net/ipv4/raw_diag.c and net/sctp/diag.c fill them.
 */
static const struct recorded {
	const char *name;
	enum socktab_protocol protocol;
	const char *hex, *want;
} recorded[] = {
	{ "tcp4 listener with one connection waiting", TCP,
	  "020a00002af800007f000001000000000000000000000000000000000000000000000000000000000000000"
	  "08e10000000000000000000000100000005000000d2040000b7bd010005000800000000000c001500010000"
	  "00000000000600160052000000",
	  "0/2/1 state=10 127.0.0.1:11000 0.0.0.0:0 inode=114103 queues=1,5 limit uid=1234 if=0 "
	  "cgroup=1 cookie=108e" },
	{ "tcp4 established, 77 bytes unread", TCP,
	  "020100002af8a6b07f0000010000000000000000000000007f0000010000000000000000000000000000000"
	  "09c10000000000000000000004d00000000000000d2040000bbbd010005000800000000000c001500010000"
	  "00000000000600160052000000",
	  "0/2/1 state=1 127.0.0.1:11000 127.0.0.1:42672 inode=114107 queues=77,0 uid=1234 if=0 "
	  "cgroup=1 cookie=109c" },
	{ "tcp4 syn_sent", TCP,
	  "02020100b8da2afb7f0000010000000000000000000000007f0000010000000000000000000000000000000"
	  "09f10000000000000b00200000000000001000000d2040000cabd010005000800000000000c001500010000"
	  "00000000000600160052000000",
	  "0/2/1 state=2 127.0.0.1:47322 127.0.0.1:11003 inode=114122 queues=0,1 uid=1234 if=0 "
	  "cgroup=1 cookie=109f" },
	{ "tcp4 time_wait: nobody knows whose", TCP,
	  "020603002af8a6cc7f0000010000000000000000000000007f0000010000000000000000000000000000000"
	  "0971000000000000028e9000000000000000000000000000000000000",
	  "0/2/1 state=6 127.0.0.1:11000 127.0.0.1:42700 inode=0 queues=0,0 if=0 cookie=1097" },
	{ "tcp4 orphaned fin_wait2: nobody knows whose", TCP,
	  "02050300a6be2af87f0000010000000000000000000000007f0000010000000000000000000000000000000"
	  "0911000000000000030e9000000000000000000000000000000000000",
	  "0/2/1 state=5 127.0.0.1:42686 127.0.0.1:11000 inode=0 queues=0,0 if=0 cookie=1091" },
	{ "tcp4 orphaned fin_wait1 keeps its uid", TCP,
	  "02040400922a2afc7f0000010000000000000000000000007f0000010000000000000000000000000000000"
	  "0a3100000000000009800000000000000011a1e00d20400000000000005000800030000000c001500010000"
	  "00000000000600160052000000",
	  "0/2/1 state=4 127.0.0.1:37418 127.0.0.1:11004 inode=0 queues=0,1972737 uid=1234 if=0 "
	  "cgroup=1 cookie=10a3" },
	{ "tcp4 not yet accepted keeps its uid", TCP,
	  "020100002af8a6ce7f0000010000000000000000000000007f0000010000000000000000000000000000000"
	  "0961000000000000000000000000000000000000 0d20400000000000005000800000000000c00150001000"
	  "000000000000600160052000000",
	  "0/2/1 state=1 127.0.0.1:11000 127.0.0.1:42702 inode=0 queues=0,0 uid=1234 if=0 cgroup=1 "
	  "cookie=1096" },
	{ "tcp6 listener, v6only", TCP,
	  "0a0a00002afa000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "0a51000000000000000000000000000000500000000000000c4bd0100050008000000000005000b00010000"
	  "000c00150001000000000000000600160012000000",
	  "0/10/1 state=10 :::11002 :::0 inode=114116 queues=0,5 limit uid=0 if=0 v6only=1 cgroup=1 "
	  "cookie=10a5" },
	{ "tcp6 listener, dual stack", TCP,
	  "0a0a00002af9000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "0a61000000000000000000000010000000500000000000000c3bd0100050008000000000005000b00000000"
	  "000c00150001000000000000000600160012000000",
	  "0/10/1 state=10 :::11001 :::0 inode=114115 queues=1,5 limit uid=0 if=0 v6only=0 cgroup=1 "
	  "cookie=10a6" },
	{ "tcp6 mapped", TCP,
	  "0a0100002af9929200000000000000000000ffff7f00000100000000000000000000ffff7f0000010000000"
	  "0a81000000000000000000000000000000000000000000000c6bd010005000800000000000c001500010000"
	  "00000000000600160012000000",
	  "0/10/1 state=1 ::ffff:127.0.0.1:11001 ::ffff:127.0.0.1:37522 inode=114118 queues=0,0 "
	  "uid=0 if=0 cgroup=1 cookie=10a8" },
	{ "tcp6 syn_recv: nobody knows whose", TCP,
	  "0a0301002af8951400000000000000000000000000000001000000000000000000000000000000010000000"
	  "0b456000000000000e403000000000000000000000000000000000000",
	  "0/10/1 state=3 ::1:11000 ::1:38164 inode=0 queues=0,0 if=0 cookie=56b4" },
	{ "tcp6 not yet accepted, uid 0: before 6.17 every one says 0", TCP,
	  "0a0100002af9dec000000000000000000000000000000001000000000000000000000000000000010000000"
	  "0a910000000000000000000000000000000000000000000000000000005000800000000000c001500010000"
	  "00000000000600160012000000",
	  "0/10/1 state=1 ::1:11001 ::1:57024 inode=0 queues=0,0 if=0 cgroup=1 cookie=10a9" },
	{ "udp4 with 45 datagrams dropped", UDP,
	  "02070000003500007f000001000000000000000000000000000000000000000000000000000000000000000"
	  "0ab1000000000000000000000401000000000000000000000d2bd010005000800000000000c001500010000"
	  "000000000006001600500000002800070040100000001200000000000000400300c00f00000000000000000"
	  "000000000002d000000",
	  "1/2/2 state=7 127.0.0.1:53 0.0.0.0:0 inode=114130 queues=4160,0 uid=0 if=0 drops=45 "
	  "cgroup=1 cookie=10ab" },
	{ "udp4 bound to a device", UDP,
	  "02070000004400007f000001000000000000000000000000000000000000000000000000000000000100000"
	  "0b656000000000000000000000000000000000000d20400005f82010005000800000000000c001500010000"
	  "000000000006001600500000002800070000000000004003000000000000400300000000000000000000000"
	  "0000000000000000000",
	  "1/2/2 state=7 127.0.0.1:68 0.0.0.0:0 inode=98911 queues=0,0 uid=1234 if=1 drops=0 "
	  "cgroup=1 cookie=56b6" },
	{ "udp6", UDP,
	  "0a0700000035000000000000000000000000000000000001000000000000000000000000000000000000000"
	  "0ac1000000000000000000000000000000000000000000000d4bd0100050008000000000005000b00010000"
	  "000c0015000100000000000000060016001000000028000700000000000040030000000000004003000000"
	  "000000000000000000000000000000000000",
	  "1/10/2 state=7 ::1:53 :::0 inode=114132 queues=0,0 uid=0 if=0 v6only=1 drops=0 cgroup=1 "
	  "cookie=10ac" },
	{ "mptcp4 listener", MPTCP,
	  "020a000007d000007f000001000000000000000000000000000000000000000000000000000000000000000"
	  "0b01000000000000000000000000000000900000000000000e2bd010005000800000000000c001500010000"
	  "00000000000600160052000000",
	  "4/2/1 state=10 127.0.0.1:2000 0.0.0.0:0 inode=114146 queues=0,9 limit uid=0 if=0 "
	  "cgroup=1 cookie=10b0" },
	{ "unix listener with a path", UNIX,
	  "01010a00d8bd0100b210000000000000130000002f746d702f7363656e652e642f7300000c00010017a0a70"
	  "00000e00f0c000400010000000700000005000600000000000800070000000000",
	  "5/1/1 state=10 inode=114136 queues=1,7 limit uid=0 file=10985495,fe00000 cookie=10b2 "
	  "path=/tmp/scene.d/s" },
	{ "unix listener whose path is gone", UNIX,
	  "01010a00dcbd0100b310000000000000140000002f746d702f7363656e652e642f7374000c00010025a0a70"
	  "00000e00f0c000400000000000700000005000600000000000800070000000000",
	  "5/1/1 state=10 inode=114140 queues=0,7 limit uid=0 file=10985509,fe00000 cookie=10b3 "
	  "path=/tmp/scene.d/st" },
	{ "unix client without a name", UNIX,
	  "01010100d9bd0100b4100000000000000c000400000000000000000005000600000000000800070000000000",
	  "5/1/1 state=1 inode=114137 queues=0,0 uid=0 cookie=10b4" },
	{ "unix seqpacket listener, abstract name with a NUL in it", UNIX,
	  "01050a00ddbd0100bb100000000000000c000000006162730074776f0c00040000000000010000000500060"
	  "0000000000800070000000000",
	  "5/1/5 state=10 inode=114141 queues=0,1 limit uid=0 cookie=10bb path=\\000abs\\000two" },
	{ "unix datagram, abstract name", UNIX,
	  "01020100debd0100ba1000000000000007000000006467000c00040000000000000000000500060000000000"
	  "0800070000000000",
	  "5/1/2 state=1 inode=114142 queues=0,0 uid=0 cookie=10ba path=\\000dg" },
};

static const bool big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;

static void reverse(unsigned char *bytes, size_t size)
{
	for (size_t i = 0; big_endian && i < size / 2; i++) {
		unsigned char c = bytes[i];

		bytes[i] = bytes[size - 1 - i];
		bytes[size - 1 - i] = c;
	}
}

static void reverse_words(unsigned char *bytes, size_t size)
{
	for (size_t i = 0; i + 4 <= size; i += 4)
		reverse(bytes + i, 4);
}

/* What the kernel writes in host order, from the recording machine's order to ours. */
static void to_host_order(unsigned char *bytes, size_t length, bool local)
{
	size_t at = local ? sizeof(struct unix_diag_msg) : sizeof(struct inet_diag_msg);

	if (local)
		reverse_words(bytes + 4, at - 4);
	else
		reverse_words(bytes + 40, at - 40);
	while (at + NLA_HDRLEN <= length) {
		struct nlattr head;

		reverse(bytes + at, 2);
		reverse(bytes + at + 2, 2);
		memcpy(&head, bytes + at, sizeof(head));
		if (!local && head.nla_type == 21)
			reverse(bytes + at + NLA_HDRLEN, 8);
		else if (!local || head.nla_type != UNIX_DIAG_NAME)
			reverse_words(bytes + at + NLA_HDRLEN, head.nla_len - 4u);
		at += NLA_ALIGN((size_t)head.nla_len);
	}
}

static size_t unhex(const char *hex, unsigned char *bytes)
{
	size_t digits = 0;

	for (; *hex; hex++) {
		const char *set = "0123456789abcdef", *digit = strchr(set, *hex);

		if (!digit)
			continue;
		if (digits % 2 == 0)
			bytes[digits / 2] = 0;
		bytes[digits / 2] = (unsigned char)(bytes[digits / 2] << 4 | (digit - set));
		digits++;
	}
	return digits / 2;
}

static size_t load(const struct recorded *row, unsigned char *bytes)
{
	size_t length = unhex(row->hex, bytes);

	to_host_order(bytes, length, row->protocol == UNIX);
	return length;
}

/* On a copy of exactly that size, so that a sanitizer sees a byte read too many. */
static int decode(const unsigned char *bytes, size_t length, enum socktab_protocol protocol,
		  struct socktab_record *r, struct line *line)
{
	unsigned char *copy = malloc(length ? length : 1);
	int error;

	memcpy(copy, bytes, length);
	error = protocol == UNIX ? diag_decode_unix(copy, length, r)
				 : diag_decode_inet(copy, length, protocol, r);
	if (error == 0 && line)
		describe(r, line);
	free(copy);
	return error;
}

static void test_recorded(void)
{
	for (size_t i = 0; i < sizeof(recorded) / sizeof(*recorded); i++) {
		unsigned char bytes[512];
		size_t length = load(&recorded[i], bytes);
		struct socktab_record r;
		struct line line = { .length = 0 };

		decode(bytes, length, recorded[i].protocol, &r, &line);
		is_str(line.text, recorded[i].want, "%s", recorded[i].name);
	}
}

static size_t fixed_size(enum socktab_protocol protocol)
{
	return protocol == UNIX ? sizeof(struct unix_diag_msg) : sizeof(struct inet_diag_msg);
}

/* Whether a message cut here ends behind a whole attribute, or in its padding. */
static bool is_boundary(const unsigned char *bytes, size_t length, size_t at)
{
	struct nlattr head;

	for (; at < length; at += NLA_ALIGN((size_t)head.nla_len)) {
		memcpy(&head, bytes + at, sizeof(head));
		if (length - at >= head.nla_len && length - at <= NLA_ALIGN((size_t)head.nla_len))
			return true;
	}
	return at == length;
}

static void test_truncated(void)
{
	for (size_t i = 0; i < sizeof(recorded) / sizeof(*recorded); i++) {
		enum socktab_protocol protocol = recorded[i].protocol;
		unsigned char bytes[512];
		size_t length = load(&recorded[i], bytes), cut, wrong = 0;
		struct socktab_record r;

		for (cut = 0; cut < length; cut++) {
			unsigned char whole[512] = { 0 };
			int error = decode(bytes, cut, protocol, &r, NULL);
			bool fits = cut >= fixed_size(protocol);

			memcpy(whole, bytes, length);
			fits = fits && is_boundary(whole, cut, fixed_size(protocol));
			wrong += error != (fits ? 0 : -EBADMSG);
		}
		is_int(wrong, 0, "%s, cut at every length", recorded[i].name);
	}
}

static void test_hostile_lengths(void)
{
	static const uint16_t lengths[] = { 0, 1, 3, 600, 0x7fff, 0xffff };

	for (size_t i = 0; i < sizeof(recorded) / sizeof(*recorded); i++) {
		enum socktab_protocol protocol = recorded[i].protocol;
		unsigned char bytes[512], hostile[512];
		size_t length = load(&recorded[i], bytes), at = fixed_size(protocol), wrong = 0;
		struct socktab_record r;
		struct nlattr head;

		for (; at < length; at += NLA_ALIGN((size_t)head.nla_len)) {
			memcpy(&head, bytes + at, sizeof(head));
			for (size_t k = 0; k < sizeof(lengths) / sizeof(*lengths); k++) {
				memcpy(hostile, bytes, length);
				memcpy(hostile + at, &lengths[k], sizeof(lengths[k]));
				wrong += decode(hostile, length, protocol, &r, NULL) != -EBADMSG;
			}
		}
		is_int(wrong, 0, "%s, hostile attribute lengths", recorded[i].name);
	}
}

/* ---- messages made up from the kernel's structs ------------------------------------------ */

struct message {
	unsigned char bytes[1024];
	size_t length;
};

static void message_inet(struct message *m, const struct inet_diag_msg *head)
{
	memcpy(m->bytes, head, sizeof(*head));
	m->length = sizeof(*head);
}

static void message_attribute(struct message *m, uint16_t type, const void *data, uint16_t size)
{
	struct nlattr head = { .nla_len = (uint16_t)(NLA_HDRLEN + size), .nla_type = type };

	memset(m->bytes + m->length, 0, NLA_HDRLEN + NLA_ALIGN((size_t)size));
	memcpy(m->bytes + m->length, &head, sizeof(head));
	memcpy(m->bytes + m->length + NLA_HDRLEN, data, size);
	m->length += NLA_HDRLEN + NLA_ALIGN((size_t)size);
}

static void test_raw(void)
{
	struct inet_diag_msg head = {
		.idiag_family = AF_INET,
		.idiag_state = 1,
		.id.idiag_sport = htons(89),
		.id.idiag_dport = htons(77), /* connect() stores it; /proc does not show it */
		.id.idiag_src[0] = htonl(INADDR_LOOPBACK),
		.id.idiag_src[1] = 1, /* an old kernel's garbage */
		.idiag_inode = 7,
		.idiag_uid = 5,
	};
	struct message m;
	struct socktab_record r;
	struct line line = { .length = 0 };

	message_inet(&m, &head);
	message_attribute(&m, 10, "Y", 1); /* INET_DIAG_PROTOCOL */
	is_int(decode(m.bytes, m.length, SOCKTAB_PROTOCOL_RAW, &r, &line), 0, "raw (made up)");
	is_str(line.text, "2/2/3 state=1 127.0.0.1:89 0.0.0.0:0 inode=7 queues=0,0 uid=5 if=0",
	       "raw record (made up)");
}

static void test_sctp(void)
{
	struct sockaddr_storage local[2] = { 0 }, peer[1] = { 0 };
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x0a000001) };
	struct inet_diag_msg head = {
		.idiag_family = AF_INET6,
		.idiag_state = 10,
		.id.idiag_sport = htons(9000),
		.id.idiag_if = 3,
		.idiag_wqueue = 128,
		.idiag_inode = 7,
	};
	struct message m;
	struct socktab_record r;
	struct line line = { .length = 0 };

	message_inet(&m, &head);
	message_attribute(&m, 12, local, sizeof(local[0]));
	decode(m.bytes, m.length, SOCKTAB_PROTOCOL_SCTP, &r, &line);
	is_str(line.text, "3/10/1 state=10 :::9000 :::0 inode=7 queues=0,128 limit uid=0 if=3",
	       "sctp endpoint that listens (made up)");

	head.idiag_state = 3;
	head.id.idiag_dport = htons(9001);
	memcpy(&local[0], &in, sizeof(in));
	in.sin_addr.s_addr = htonl(0x0a000002);
	memcpy(&peer[0], &in, sizeof(in));
	message_inet(&m, &head);
	message_attribute(&m, 12, local, sizeof(local));
	message_attribute(&m, 13, peer, sizeof(peer));
	decode(m.bytes, m.length, SOCKTAB_PROTOCOL_SCTP, &r, &line);
	is_str(line.text,
	       "3/10/1 state=1 ::ffff:10.0.0.1:9000 ::ffff:10.0.0.2:9001 inode=7 queues=0,128 uid=0",
	       "sctp association of an IPv6 socket with an IPv4 peer (made up)");
	m.bytes[1] = 8;
	is_int(decode(m.bytes, m.length, SOCKTAB_PROTOCOL_SCTP, &r, NULL), -EBADMSG,
	       "sctp association in no state that exists");

	head.idiag_state = 1;
	message_inet(&m, &head);
	message_attribute(&m, 12, local, sizeof(local));
	is_int(decode(m.bytes, m.length, SOCKTAB_PROTOCOL_SCTP, &r, NULL), 1,
	       "sctp endpoint that is told by its association");
}

static void test_short_attributes(void)
{
	static const uint16_t inet[] = { 11, 12, 13 }; /* SKV6ONLY, LOCALS, PEERS */
	static const uint16_t local[] = { 1, 4 };      /* VFS, RQLEN */
	const struct inet_diag_msg head = { .idiag_family = AF_INET6, .idiag_state = 1 };
	struct unix_diag_msg name = { .udiag_family = AF_UNIX, .udiag_state = 10 };
	struct message m;
	struct socktab_record r;

	for (size_t i = 0; i < sizeof(inet) / sizeof(*inet); i++) {
		message_inet(&m, &head);
		message_attribute(&m, inet[i], "", i > 0);
		is_int(decode(m.bytes, m.length, SOCKTAB_PROTOCOL_SCTP, &r, NULL), -EBADMSG,
		       "attribute %u is too short", inet[i]);
	}
	for (size_t i = 0; i < sizeof(local) / sizeof(*local); i++) {
		memcpy(m.bytes, &name, sizeof(name));
		m.length = sizeof(name);
		is_int(decode(m.bytes, m.length, UNIX, &r, NULL), 0, "no attribute");
		message_attribute(&m, local[i], "", 1);
		is_int(decode(m.bytes, m.length, UNIX, &r, NULL), -EBADMSG,
		       "unix attribute %u is too short", local[i]);
	}
	name.udiag_family = AF_INET;
	memcpy(m.bytes, &name, sizeof(name));
	is_int(decode(m.bytes, sizeof(name), UNIX, &r, NULL), -EBADMSG, "no unix socket");
	is_int(decode(m.bytes, sizeof(name) - 1, UNIX, &r, NULL), -EBADMSG, "half a message");
}

static void test_wrong_values(void)
{
	struct inet_diag_msg head = { .idiag_family = AF_INET, .idiag_state = 12 };
	uint32_t meminfo[8] = { 0 }, half = 0;
	struct message m;
	struct socktab_record r;

	message_inet(&m, &head);
	is_int(decode(m.bytes, m.length, TCP, &r, NULL), 0, "NEW_SYN_RECV");
	is_int(r.state, SOCKTAB_SYN_RECV, "... is SYN_RECV");
	message_attribute(&m, 7, meminfo, sizeof(meminfo));
	is_int(decode(m.bytes, m.length, TCP, &r, NULL), 0, "an older kernel's short meminfo");
	is_int(r.known & SOCKTAB_KNOWN_DROPS, 0, "... tells no drops");
	message_attribute(&m, 99, "?", 1);
	is_int(decode(m.bytes, m.length, TCP, &r, NULL), 0, "unknown attribute");
	message_attribute(&m, 21, &half, sizeof(half));
	is_int(decode(m.bytes, m.length, TCP, &r, NULL), -EBADMSG, "cgroup id of four bytes");
	message_inet(&m, &head);
	m.bytes[1] = 13;
	is_int(decode(m.bytes, m.length, TCP, &r, NULL), -EBADMSG, "state 13");
	m.bytes[1] = 0;
	is_int(decode(m.bytes, m.length, TCP, &r, NULL), -EBADMSG, "state 0");
	m.bytes[0] = AF_UNIX;
	is_int(decode(m.bytes, m.length, TCP, &r, NULL), -EBADMSG, "family");
}

/* ---- datagrams --------------------------------------------------------------------------- */

static void datagram_add(struct message *m, uint16_t type, uint16_t flags, uint32_t sequence,
			 uint32_t port, const void *data, size_t size)
{
	struct nlmsghdr head = {
		.nlmsg_len = (uint32_t)(NLMSG_HDRLEN + size),
		.nlmsg_type = type,
		.nlmsg_flags = flags,
		.nlmsg_seq = sequence,
		.nlmsg_pid = port,
	};

	memcpy(m->bytes + m->length, &head, sizeof(head));
	memcpy(m->bytes + m->length + NLMSG_HDRLEN, data, size);
	m->length += NLMSG_ALIGN(NLMSG_HDRLEN + size);
}

/* Walk a copy of the first `length` bytes; how many rows, and what ended it. */
static int walk(const struct message *m, size_t length, int *rows, bool *interrupted)
{
	unsigned char *copy = malloc(length ? length : 1);
	struct diag_walk w = { .at = copy,
			       .end = copy + length,
			       .sequence = 7,
			       .port = 42,
			       .type = SOCK_DIAG_BY_FAMILY };
	const void *row;
	size_t size;
	int next;

	memcpy(copy, m->bytes, length);
	*rows = 0;
	while ((next = diag_next(&w, &row, &size)) == DIAG_ROW)
		++*rows;
	*interrupted = w.interrupted;
	free(copy);
	return next;
}

static void test_walk_one(const char *name, uint16_t type, uint16_t flags, uint32_t sequence,
			  uint32_t port, int32_t error, size_t size, int want, bool lost)
{
	struct message m = { .length = 0 };
	bool interrupted;
	int rows;

	datagram_add(&m, SOCK_DIAG_BY_FAMILY, 0, 7, 42, "row.", 4);
	datagram_add(&m, type, flags, sequence, port, &error, size);
	is_int(walk(&m, m.length, &rows, &interrupted), want, "%s", name);
	is_int(interrupted, lost, "%s: interrupted", name);
	is_int(rows, want == DIAG_MORE && type == SOCK_DIAG_BY_FAMILY ? 2 : 1, "%s: rows", name);
}

static void test_walk(void)
{
	const uint16_t row = SOCK_DIAG_BY_FAMILY, done = NLMSG_DONE, error = NLMSG_ERROR;

	test_walk_one("two rows", row, NLM_F_MULTI, 7, 42, 0, 4, DIAG_MORE, false);
	test_walk_one("the kernel lost its place", row, NLM_F_DUMP_INTR, 7, 42, 0, 4, DIAG_MORE,
		      true);
	test_walk_one("done", done, 0, 7, 42, 0, 4, DIAG_DONE, false);
	test_walk_one("done, interrupted", done, NLM_F_DUMP_INTR, 7, 42, 0, 4, DIAG_DONE, true);
	test_walk_one("done with an errno", done, 0, 7, 42, -ENOENT, 4, -ENOENT, false);
	test_walk_one("done with nonsense", done, 0, 7, 42, 5, 4, -EPROTO, false);
	test_walk_one("done cut short", done, 0, 7, 42, 0, 3, -EBADMSG, false);
	test_walk_one("error", error, 0, 7, 42, -EPERM, 4, -EPERM, false);
	test_walk_one("error with the request behind it", error, 0, 7, 42, -EINVAL, 4, -EINVAL,
		      false);
	test_walk_one("acknowledgement", error, 0, 7, 42, 0, 4, -EPROTO, false);
	test_walk_one("error beyond every errno", error, 0, 7, 42, -4096, 4, -EPROTO, false);
	test_walk_one("error cut short", error, 0, 7, 42, 0, 0, -EBADMSG, false);
	test_walk_one("wrong sequence", row, 0, 8, 42, 0, 4, -EPROTO, false);
	test_walk_one("wrong port", row, 0, 7, 43, 0, 4, -ESRCH, false);
	test_walk_one("wrong type", 16, 0, 7, 42, 0, 4, -EPROTO, false);
	test_walk_one("no operation", NLMSG_NOOP, 0, 7, 42, 0, 4, DIAG_MORE, false);
	test_walk_one("overrun", NLMSG_OVERRUN, 0, 7, 42, 0, 4, -ENOBUFS, true);
}

static void test_walk_lengths(void)
{
	static const uint32_t lengths[] = { 0, 1, 15, 21, 0x7fffffff, 0x80000000u, 0xffffffff };
	struct message m = { .length = 0 };
	bool interrupted;
	int rows, wrong = 0;

	datagram_add(&m, SOCK_DIAG_BY_FAMILY, 0, 7, 42, "row.", 4);
	for (size_t length = 1; length < m.length; length++)
		wrong += walk(&m, length, &rows, &interrupted) != -EBADMSG || rows;
	is_int(wrong, 0, "a message cut at every length");
	is_int(walk(&m, 0, &rows, &interrupted), DIAG_MORE, "nothing");
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		memcpy(m.bytes, &lengths[i], sizeof(lengths[i]));
		is_int(walk(&m, m.length, &rows, &interrupted), -EBADMSG, "length %" PRIu32,
		       lengths[i]);
	}
}

/* ---- requests ---------------------------------------------------------------------------- */

/* Returns the request's fixed part; *code is the length of the program behind it. */
static struct inet_diag_req_v2 request(uint32_t kinds, const struct socktab_filter *filter,
				       size_t *length, size_t *code)
{
	unsigned char bytes[DIAG_REQUEST_MAX], program[BYTECODE_MAX];
	struct inet_diag_req_v2 r;
	struct nlattr last;

	*length = diag_request(bytes, kinds, SOCKTAB_ALL_STATES, filter, 7);
	*code = filter ? bytecode_compile(program, kinds, filter) : 0;
	memcpy(&r, bytes + NLMSG_HDRLEN, sizeof(r));
	if (!*code)
		return r;
	memcpy(&last, bytes + *length - *code - NLA_HDRLEN, sizeof(last));
	is_int(last.nla_type, INET_DIAG_REQ_BYTECODE, "the program is an attribute");
	is_int(last.nla_len, NLA_HDRLEN + *code, "... of its length");
	ok(memcmp(bytes + *length - *code, program, *code) == 0, "... the last one");
	return r;
}

static void test_request(void)
{
	struct socktab_ports ports[] = { { 0, 443, 443 }, { SOCKTAB_UDP, 53, 53 } };
	struct socktab_filter f = { .local_ports = ports, .local_port_count = 2 };
	struct inet_diag_req_v2 r;
	size_t length, code;

	r = request(SOCKTAB_BIT(SOCKTAB_KIND_TCP6), NULL, &length, &code);
	is_int(r.idiag_states, 0xffe, "the eleven states, and no bound idle sockets");
	is_int(r.idiag_ext, 0, "tcp is asked for nothing more");
	is_int(length, 72, "length");
	request(SOCKTAB_BIT(SOCKTAB_KIND_TCP6), &f, &length, &code);
	is_int(length, 72 + 4 + 24, "with a filter the kernel is told which");
	r = request(SOCKTAB_BIT(SOCKTAB_KIND_UDP4), &f, &length, &code);
	is_int(r.idiag_ext, 0x40, "udp is asked for its drops");
	r = request(SOCKTAB_BIT(SOCKTAB_KIND_MPTCP4), NULL, &length, &code);
	is_int(length, 80, "mptcp's number needs an attribute");
	is_int(r.sdiag_protocol, 0, "... and no other table answers a kernel that ignores it");
	request(SOCKTAB_BIT(SOCKTAB_KIND_MPTCP4), &f, &length, &code);
	is_int(length, 80 + 4 + 24, "... besides that of the filter");
}

static void test_tcp_request(void)
{
	struct socktab_ports port = { SOCKTAB_BIT(SOCKTAB_KIND_TCP6), 443, 443 };
	struct socktab_filter f = { .local_ports = &port, .local_port_count = 1 };
	unsigned char bytes[DIAG_REQUEST_MAX];
	struct inet_diag_req r;
	struct nlmsghdr head;
	struct nlattr program;
	size_t length = diag_request(bytes, SOCKTAB_TCP, 0x402, NULL, 7);

	memcpy(&head, bytes, sizeof(head));
	memcpy(&r, bytes + NLMSG_HDRLEN, sizeof(r));
	is_int(head.nlmsg_type, TCPDIAG_GETSOCK, "both families of tcp are asked for at once");
	is_int(head.nlmsg_len, length, "... in a message of its length");
	is_int(length, 76, "... which has no room for a family");
	is_int(r.idiag_states, 0x402, "... in these states");
	length = diag_request(bytes, SOCKTAB_TCP, 0x402, &f, 7);
	memcpy(&program, bytes + 76, sizeof(program));
	is_int(length, 76 + 4 + 24, "... and at this port, if only one of them is");
	is_int(program.nla_type, INET_DIAG_REQ_BYTECODE, "... by a program behind it");
}

static void test_sender(void)
{
	struct sockaddr_nl from = { .nl_family = AF_NETLINK };

	ok(diag_from_kernel(&from, sizeof(from)), "the kernel");
	ok(!diag_from_kernel(&from, sizeof(from) - 1), "a short address");
	from.nl_pid = 1;
	ok(!diag_from_kernel(&from, sizeof(from)), "a process");
	from = (struct sockaddr_nl){ .nl_family = AF_UNSPEC };
	ok(!diag_from_kernel(&from, sizeof(from)), "nobody");
}

int main(void)
{
	test_recorded();
	test_truncated();
	test_hostile_lengths();
	test_raw();
	test_sctp();
	test_short_attributes();
	test_wrong_values();
	test_walk();
	test_walk_lengths();
	test_request();
	test_tcp_request();
	test_sender();
	return done();
}
