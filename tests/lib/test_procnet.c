// SPDX-License-Identifier: MIT
/* test_procnet.c - the /proc/net decoders and the line reader behind them */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "describe.h"
#include "linux/linux.h"
#include "tap.h"

#define UNIX SOCKTAB_KIND_UNIX
#define SCTP_EPS SOCKTAB_KIND_SCTP4
#define SCTP_ASSOCS SOCKTAB_KIND_SCTP6 /* of the two files, not of the family */

/*
 * Recorded on Linux 6.18, x86-64, but for sctp, which that kernel lacks: those lines are made up
 * as net/sctp/proc.c prints them.
 */
static const struct recorded {
	const char *name;
	enum socktab_kind kind;
	const char *line, *want;
} recorded[] = {
	{ "tcp4 listener with one connection waiting", SOCKTAB_KIND_TCP4,
	  "   3: 0100007F:2AF8 00000000:0000 0A 00000000:00000001 00:00000000 00000000  1234        "
	  "0 114103 2 0000000097356ba3 100 0 0 10 0                    ",
	  "0/2/1 state=10 127.0.0.1:11000 0.0.0.0:0 inode=114103 queues=1,0 uid=1234" },
	{ "tcp4 established, 77 bytes unread", SOCKTAB_KIND_TCP4,
	  "  17: 0100007F:2AF8 0100007F:A6B0 01 00000000:0000004D 00:00000000 00000000  1234        "
	  "0 114107 1 00000000abbab7d3 20 4 30 10 -1                   ",
	  "0/2/1 state=1 127.0.0.1:11000 127.0.0.1:42672 inode=114107 queues=77,0 uid=1234" },
	{ "tcp4 time_wait: nobody knows whose", SOCKTAB_KIND_TCP4,
	  "  12: 0100007F:2AF8 0100007F:A6CC 06 00000000:00000000 03:00001750 00000000     0        "
	  "0 0 3 0000000098124e14                                      ",
	  "0/2/1 state=6 127.0.0.1:11000 127.0.0.1:42700 inode=0 queues=0,0" },
	{ "tcp4 orphaned fin_wait2: nobody knows whose", SOCKTAB_KIND_TCP4,
	  "   6: 0100007F:A6BE 0100007F:2AF8 05 00000000:00000000 03:00001750 00000000     0        "
	  "0 0 3 0000000091203490                                      ",
	  "0/2/1 state=5 127.0.0.1:42686 127.0.0.1:11000 inode=0 queues=0,0" },
	{ "tcp4 syn_recv: the uid is its listener's", SOCKTAB_KIND_TCP4,
	  "   2: 0100007F:2AF8 0100007F:ACEC 03 00000000:00000000 01:00000059 00000000  1234        "
	  "0 0 0 00000000735986c0                                      ",
	  "0/2/1 state=3 127.0.0.1:11000 127.0.0.1:44268 inode=0 queues=0,0" },
	{ "tcp4 orphaned fin_wait1 keeps its uid", SOCKTAB_KIND_TCP4,
	  "  24: 0100007F:922A 0100007F:2AFC 04 001E1A01:00000000 04:0000000E 00000000  1234        "
	  "0 0 2 00000000ba86c7aa 20 0 0 16 -1                         ",
	  "0/2/1 state=4 127.0.0.1:37418 127.0.0.1:11004 inode=0 queues=0,1972737 uid=1234" },
	{ "tcp6 mapped", SOCKTAB_KIND_TCP6,
	  "   4: 0000000000000000FFFF00000100007F:2AF9 0000000000000000FFFF00000100007F:9292 01 "
	  "00000000:00000000 00:00000000 00000000     0        0 114118 1 00000000e5b8bc59 20 0 0 "
	  "10 -1",
	  "0/10/1 state=1 ::ffff:127.0.0.1:11001 ::ffff:127.0.0.1:37522 inode=114118 queues=0,0 "
	  "uid=0" },
	{ "udp4 with 45 datagrams dropped", SOCKTAB_KIND_UDP4,
	  "12521: 0100007F:0035 00000000:0000 07 00000000:00001040 00:00000000 00000000     0       "
	  " 0 114130 2 00000000598b98ec 45       ",
	  "1/2/2 state=7 127.0.0.1:53 0.0.0.0:0 inode=114130 queues=4160,0 uid=0 drops=45" },
	{ "udp6 connected", SOCKTAB_KIND_UDP6,
	  "12698: 00000000000000000000000001000000:80E6 00000000000000000000000001000000:0035 01 "
	  "00000000:00000000 00:00000000 00000000     0        0 114133 2 00000000cbe4cfa3 0",
	  "1/10/2 state=1 ::1:32998 ::1:53 inode=114133 queues=0,0 uid=0 drops=0" },
	{ "raw4", SOCKTAB_KIND_RAW4,
	  " 115: 0100007F:0059 0100007F:0000 01 00000000:00000000 00:00000000 00000000     0        "
	  "0 114134 2 0000000018ee61ed 0",
	  "2/2/3 state=1 127.0.0.1:89 127.0.0.1:0 inode=114134 queues=0,0 uid=0 drops=0" },
	{ "raw6", SOCKTAB_KIND_RAW6,
	  "  115: 00000000000000000000000000000000:0059 00000000000000000000000000000000:0000 07 "
	  "00000000:00000000 00:00000000 00000000     0        0 114135 2 00000000cd3c0a1f 0",
	  "2/10/3 state=7 :::89 :::0 inode=114135 queues=0,0 uid=0 drops=0" },
	{ "unix listener with a path", UNIX,
	  "000000009166164e: 00000002 00000000 00010000 0001 01 114136 /tmp/scene.d/s",
	  "5/1/1 state=10 inode=114136 path=/tmp/scene.d/s" },
	{ "unix client without a name", UNIX,
	  "0000000048192336: 00000003 00000000 00000000 0001 03 114139",
	  "5/1/1 state=1 inode=114139" },
	{ "unix seqpacket listener, abstract name", UNIX,
	  "00000000cbde881a: 00000002 00000000 00010000 0005 01 114141 @abs@two",
	  "5/1/5 state=10 inode=114141 path=\\000abs@two" },
	{ "unix datagram", UNIX, "00000000566e23d4: 00000003 00000000 00000000 0002 03 114142 @dg",
	  "5/1/2 state=1 inode=114142 path=\\000dg" },
	{ "sctp endpoint that listens (made up)", SCTP_EPS,
	  "ffff8a1b ffff8a1c 2   10  27   9000      0 41234 127.0.0.1 10.0.0.1 ",
	  "3/2/1 state=10 127.0.0.1:9000 0.0.0.0:0 inode=41234 uid=0" },
	{ "sctp endpoint, IPv6 (made up)", SCTP_EPS,
	  "ffff8a1b ffff8a1c 0   10  27   9000   1000 41234 "
	  "0000:0000:0000:0000:0000:0000:0000:0001 ",
	  "3/10/1 state=10 ::1:9000 :::0 inode=41234 uid=1000" },
	{ "sctp association of many addresses (made up)", SCTP_ASSOCS,
	  "ffff8a1b ffff8a1c 2   1   3  0       4       12       34    1000 41234 9000  9001  "
	  "10.0.0.1 *10.0.1.1 <-> 10.0.0.2 *10.0.1.2 \t    7500    10    10   10    0    0        0"
	  "        1        0   212992   212992",
	  "3/2/1 state=1 10.0.0.1:9000 10.0.1.2:9001 inode=41234 queues=34,12 uid=1000" },
	{ "sctp association of both families (made up)", SCTP_ASSOCS,
	  "ffff8a1b ffff8a1c 2   1   6  0       4       12       34    1000 41234 9000  9001  "
	  "10.0.0.1 <-> *0000:0000:0000:0000:0000:0000:0000:0001 ",
	  "3/10/1 state=8 ::ffff:10.0.0.1:9000 ::1:9001 inode=41234 queues=34,12 uid=1000" },
};

static const bool big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;

/* A recorded line as this machine's kernel would print it: words of addresses are native. */
static void to_host_order(char *line)
{
	char *colon, *at;

	for (int i = 0; big_endian && i < 2; i++) {
		at = strchr(line, ' ');
		at = i ? strchr(strchr(line, ':') + 2, ' ') + 1 : strchr(line, ':') + 2;
		colon = strchr(at, ':');
		for (; at < colon; at += 8)
			for (int k = 0; k < 4; k += 2) {
				char pair[2] = { at[k], at[k + 1] };

				memcpy(at + k, at + 6 - k, 2);
				memcpy(at + 6 - k, pair, 2);
			}
	}
}

/* On a copy of exactly that size, so that a sanitizer sees a byte read too many. */
static int decode(const char *text, size_t length, enum socktab_kind kind, struct socktab_record *r,
		  struct line *line)
{
	char *copy = malloc(length ? length : 1);
	int error;

	memcpy(copy, text, length);
	if (kind == UNIX)
		error = procnet_decode_unix(copy, length, r);
	else if (kind == SCTP_EPS || kind == SCTP_ASSOCS)
		error = procnet_decode_sctp(copy, length, kind == SCTP_ASSOCS, r);
	else
		error = procnet_decode_inet(copy, length, kind, r);
	if (error == 0 && line)
		describe(r, line);
	free(copy);
	return error;
}

static size_t load(const struct recorded *row, char *text, size_t size)
{
	size_t length = (size_t)snprintf(text, size, "%s", row->line);

	if (row->kind < SCTP_EPS)
		to_host_order(text);
	return length;
}

static void test_recorded(void)
{
	for (size_t i = 0; i < sizeof(recorded) / sizeof(*recorded); i++) {
		struct line line = { .length = 0 };
		struct socktab_record r;
		char text[512];
		size_t length = load(&recorded[i], text, sizeof(text));

		decode(text, length, recorded[i].kind, &r, &line);
		is_str(line.text, recorded[i].want, "%s", recorded[i].name);
	}
}

/* Where the inode stands: after nine words, six for unix, seven and ten for sctp. */
static const char *inode_column(const char *text, enum socktab_kind kind)
{
	int words = kind == UNIX ? 6 : kind == SCTP_EPS ? 7 : kind == SCTP_ASSOCS ? 10 : 9;

	text += strspn(text, " ");
	while (words-- > 0) {
		text += strcspn(text, " ");
		text += strspn(text, " ");
	}
	return text;
}

static void test_truncated(void)
{
	for (size_t i = 0; i < sizeof(recorded) / sizeof(*recorded); i++) {
		struct socktab_record r;
		char text[512];
		size_t length = load(&recorded[i], text, sizeof(text)), wrong = 0;
		const char *column = inode_column(text, recorded[i].kind);

		for (size_t cut = 0; cut < length; cut++) {
			int error = decode(text, cut, recorded[i].kind, &r, NULL);

			wrong += text + cut <= column ? error != -EBADMSG
						      : error && error != -EBADMSG;
		}
		is_int(wrong, 0, "%s, cut at every length", recorded[i].name);
	}
}

static void test_one_wrong_byte(void)
{
	static const char bytes[] = { '\0', ' ', ':', '/', 'G', 'g', '@', '-', '\t', (char)0xff };
	size_t wrong = 0;

	for (size_t i = 0; i < sizeof(recorded) / sizeof(*recorded); i++) {
		struct socktab_record r;
		char text[512];
		size_t length = load(&recorded[i], text, sizeof(text));

		for (size_t at = 0; at < length; at++) {
			char right = text[at];

			for (size_t k = 0; k < sizeof(bytes); k++) {
				int error;

				text[at] = bytes[k];
				error = decode(text, length, recorded[i].kind, &r, NULL);
				wrong += error != -EBADMSG && error != 0 && error != 1;
				wrong += error == 0 && (r.state == 0 || r.state >= SOCKTAB_STATES);
			}
			text[at] = right;
		}
	}
	is_int(wrong, 0, "any byte replaced: a sound record or -EBADMSG");
}

static void test_malformed(void)
{
#define TAIL " 00000000:00000000 00:00000000 00000000     0        0 1 1 0"
	static const struct {
		const char *name;
		enum socktab_kind kind;
		const char *line;
		int want;
	} lines[] = {
		{ "an empty line", SOCKTAB_KIND_TCP4, "", -EBADMSG },
		{ "as it should be", SOCKTAB_KIND_TCP4, "0: 00000000:0001 00000000:0000 0A" TAIL,
		  0 },
		{ "IPv4 in tcp6", SOCKTAB_KIND_TCP6, "0: 00000000:0001 00000000:0000 0A" TAIL,
		  -EBADMSG },
		{ "state 0", SOCKTAB_KIND_TCP4, "0: 00000000:0001 00000000:0000 00" TAIL,
		  -EBADMSG },
		{ "state 12", SOCKTAB_KIND_TCP4, "0: 00000000:0001 00000000:0000 0C" TAIL, 0 },
		{ "state 13", SOCKTAB_KIND_TCP4, "0: 00000000:0001 00000000:0000 0D" TAIL,
		  -EBADMSG },
		{ "no hex", SOCKTAB_KIND_TCP4, "0: 0000000x:0001 00000000:0000 0A" TAIL, -EBADMSG },
		{ "no drops", SOCKTAB_KIND_UDP4, "0: 00000000:0001 00000000:0000 07" TAIL,
		  -EBADMSG },
		{ "inode beyond 32 bits", SOCKTAB_KIND_TCP4,
		  "0: 00000000:0001 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 "
		  "4294967296 1",
		  -EBADMSG },
		{ "inode of 32 bits", SOCKTAB_KIND_TCP4,
		  "0: 00000000:0001 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 "
		  "4294967295 1",
		  0 },
		{ "uid that is none", SOCKTAB_KIND_TCP4,
		  "0: 00000000:0001 00000000:0000 0A 00000000:00000000 00:00000000 00000000 -1 0 1 1",
		  -EBADMSG },
		{ "rest of a unix name with a newline", UNIX, "b", -EBADMSG },
		{ "unix state 5", UNIX, "0: 00000003 00000000 00000000 0001 05 1", -EBADMSG },
		{ "unix type of more than a byte", UNIX, "0: 00000003 00000000 00000000 0100 03 1",
		  -EBADMSG },
		{ "unix, not yet accepted", UNIX, "0: 00000003 00000000 00000000 0001 02     0 /x",
		  1 },
		{ "sctp port", SCTP_EPS, "a b 2 10 27 65536 0 1 127.0.0.1 ", -EBADMSG },
		{ "sctp without address", SCTP_EPS, "a b 2 10 27 9000 0 1 ", -EBADMSG },
		{ "sctp address", SCTP_EPS, "a b 2 10 27 9000 0 1 127.0.0.256 ", -EBADMSG },
		{ "sctp address too long", SCTP_EPS,
		  "a b 2 10 27 9000 0 1 0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0001 ",
		  -EBADMSG },
		{ "sctp lone star", SCTP_EPS, "a b 2 10 27 9000 0 1 * ", -EBADMSG },
		{ "sctp without peer", SCTP_ASSOCS, "a b 2 1 3 0 4 0 0 0 1 1 2 10.0.0.1 <-> \t1",
		  -EBADMSG },
		{ "sctp endpoint told by its association", SCTP_EPS,
		  "a b 2 1 27 9000 0 1 127.0.0.1 ", 1 },
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		struct socktab_record r;

		is_int(decode(lines[i].line, strlen(lines[i].line), lines[i].kind, &r, NULL),
		       lines[i].want, "%s", lines[i].name);
	}
}

/* The kernel's own way to print an address, in whatever order this machine has. */
static void test_byte_order(void)
{
	static const uint8_t ip[16] = { 0x20, 1,    0x0d, 0xb8, 1,    2,    3,	  4,
					5,    0xfe, 0xff, 8,	0x80, 0x7f, 0xaa, 0x55 };
	struct socktab_record r;
	uint32_t words[4];
	char line[256];

	memcpy(words, ip, sizeof(words));
	snprintf(line, sizeof(line),
		 "0: %08X%08X%08X%08X:ABCD %08X%08X%08X%08X:0001 01 00000000:00000000 "
		 "00:00000000 00000000 0 0 1 1",
		 words[0], words[1], words[2], words[3], words[0], words[1], words[2], words[3]);
	is_int(decode(line, strlen(line), SOCKTAB_KIND_TCP6, &r, NULL), 0, "native words");
	ok(!memcmp(r.laddr.ip, ip, 16) && !memcmp(r.raddr.ip, ip, 16), "are network order again");
	is_int(r.laddr.port, 0xabcd, "a port is a value");
}

/* ---- the reader -------------------------------------------------------------------------- */

#define ROW "0100007F:%04X 00000000:0000 0A" TAIL "\n"

static char root[] = "/tmp/test_procnet.XXXXXX";

static void write_table(const char *file, const char *text, size_t length)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/1/net/%s", root, file);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || write(fd, text, length) != (ssize_t)length)
		printf("Bail out! cannot write %s\n", path);
	if (fd >= 0)
		close(fd);
}

struct seen {
	unsigned int records, ports, stop_at;
};

static int count(const struct socktab_record *record, void *data)
{
	struct seen *seen = data;

	seen->ports += record->laddr.port;
	return ++seen->records == seen->stop_at ? 5 : 0;
}

static int visit(struct socktab *t, enum socktab_kind kind, struct seen *seen)
{
	static const struct socktab_filter everything;

	*t = (struct socktab){ .backend = t->backend };
	*seen = (struct seen){ .stop_at = seen->stop_at };
	return backend_visit(t, SOCKTAB_SOURCE_PROCFS, SOCKTAB_BIT(kind), &everything, count, seen);
}

static void test_reader(struct socktab *t)
{
	const size_t size = 1 << 18;
	char *text = malloc(size);
	size_t length = (size_t)sprintf(text, "sl inode\n");
	struct seen seen = { .stop_at = 0 };

	for (unsigned int i = 1; i <= 1500; i++)
		length += (size_t)sprintf(text + length, "%4u: " ROW, i, i);
	write_table("tcp", text, length);
	is_int(visit(t, SOCKTAB_KIND_TCP4, &seen), 0, "lines across the buffer's end");
	is_int(seen.records, 1500, "every one");
	is_int(seen.ports, 1500 * 1501 / 2, "and none twice");
	is_int(t->coverage.malformed, 0, "none malformed");

	seen.stop_at = 700;
	is_int(visit(t, SOCKTAB_KIND_TCP4, &seen), 5, "the visitor stops");
	is_int(seen.records, 700, "at once");
	is_int(t->coverage.malformed, 0, "which leaves nothing malformed");
	seen.stop_at = 0;

	write_table("tcp", text, length - 1);
	visit(t, SOCKTAB_KIND_TCP4, &seen);
	is_int(seen.records, 1499, "a file that ends within a line");
	is_int(t->coverage.malformed, 1, "is malformed there");

	length = (size_t)sprintf(text, "sl inode\n 1: " ROW, 1);
	memset(text + length, 'x', 100000);
	length += 100000;
	length += (size_t)sprintf(text + length, "\n 2: " ROW, 2);
	write_table("tcp", text, length);
	visit(t, SOCKTAB_KIND_TCP4, &seen);
	is_int(seen.records, 2, "around an endless line");
	is_int(t->coverage.malformed, 1, "which counts once");

	write_table("tcp", text, 9);
	is_int(visit(t, SOCKTAB_KIND_TCP4, &seen), 0, "a heading alone");
	is_int(t->coverage.malformed, 0, "is a whole table");
	write_table("tcp", "garbage\n", 8);
	visit(t, SOCKTAB_KIND_TCP4, &seen);
	is_int(t->coverage.malformed, 1, "anything else is none");
	write_table("tcp", text, 0);
	is_int(visit(t, SOCKTAB_KIND_TCP4, &seen), -ENODATA, "an empty file is no table");
	is_int(seen.records + t->coverage.malformed, 0, "is an empty table");
	free(text);
}

static void test_absence(struct socktab *t)
{
	static const char protocols[] = "protocol  size sockets\n"
					"UNIX-STREAM 1152 2\n"
					"TCP       2304 1\n";
	struct seen seen = { .stop_at = 0 };
	int proc_fd = t->backend->proc_fd;

	is_int(visit(t, SOCKTAB_KIND_TCP6, &seen), -ENOENT, "no tcp6");
	ok(!backend_absent(t, SOCKTAB_KIND_TCP6), "in a copy: no evidence");
	ok(!backend_absent(t, SOCKTAB_KIND_SCTP4), "nor for no sctp");
	t->backend->proc_fd = open("/proc", O_PATH | O_DIRECTORY);
	ok(backend_absent(t, SOCKTAB_KIND_TCP6), "beside tcp of a kernel's /proc: no IPv6");
	ok(!backend_absent(t, SOCKTAB_KIND_UDP6), "neither udp nor udp6: no evidence");
	ok(!backend_absent(t, SOCKTAB_KIND_UDP4), "no udp: no evidence");
	ok(backend_absent(t, SOCKTAB_KIND_SCTP4), "no sctp beside tcp: a module not loaded");
	close(t->backend->proc_fd);
	t->backend->proc_fd = proc_fd;
	is_int(visit(t, SOCKTAB_KIND_MPTCP4, &seen), -ENOENT, "mptcp has no table");
	ok(!backend_absent(t, SOCKTAB_KIND_MPTCP4), "which says nothing about mptcp");

	write_table("protocols", protocols, 23);
	ok(!backend_absent(t, SOCKTAB_KIND_MPTCP4), "an empty list of protocols is none");
	write_table("protocols", protocols, sizeof(protocols) - 1);
	ok(!backend_absent(t, SOCKTAB_KIND_TCP4), "listed: TCP");
	ok(!backend_absent(t, SOCKTAB_KIND_UNIX), "listed: UNIX-STREAM is UNIX");
	ok(backend_absent(t, SOCKTAB_KIND_TCP6), "not listed: TCPv6, though TCP is");
	ok(backend_absent(t, SOCKTAB_KIND_MPTCP4), "not listed: MPTCP");
	ok(backend_absent(t, SOCKTAB_KIND_UDP4), "not listed: UDP");
}

static void test_sources(struct socktab *t)
{
	is_int(backend_next(t, SOCKTAB_SOURCE_AUTO), SOCKTAB_SOURCE_PROCFS,
	       "another /proc: netlink would tell of ours");
	is_int(backend_next(t, SOCKTAB_SOURCE_PROCFS), SOCKTAB_SOURCE_AUTO, "and nothing after it");
	t->source = SOCKTAB_SOURCE_NETLINK;
	is_int(backend_next(t, SOCKTAB_SOURCE_AUTO), SOCKTAB_SOURCE_NETLINK, "unless asked to");
	is_int(backend_next(t, SOCKTAB_SOURCE_NETLINK), SOCKTAB_SOURCE_AUTO, "alone");
}

static void remove_fixture(void)
{
	static const char *const files[] = { "1/net/tcp", "1/net/protocols", "1/net", "1", "." };
	char path[128];

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		snprintf(path, sizeof(path), "%s/%s", root, files[i]);
		if (i < 2)
			unlink(path);
		else
			rmdir(i < 4 ? path : root);
	}
}

static void test_files(void)
{
	struct socktab t = { .backend = NULL };
	char path[128];

	is_int(backend_open(&t.backend, "/nonexistent"), -ENOENT, "no such /proc");
	if (!mkdtemp(root)) {
		printf("Bail out! no temporary folder\n");
		return;
	}
	snprintf(path, sizeof(path), "%s/1", root);
	mkdir(path, 0700);
	is_int(backend_open(&t.backend, root), 0, "a /proc without net");
	is_int(procnet_visit(&t, SOCKTAB_KIND_TCP4, count, NULL), -ENOENT, "has no table");
	ok(!backend_absent(&t, SOCKTAB_KIND_TCP4), "which says nothing about TCP");
	backend_close(t.backend);

	snprintf(path, sizeof(path), "%s/1/net", root);
	mkdir(path, 0700);
	is_int(backend_open(&t.backend, root), 0, "another /proc");
	test_reader(&t);
	test_absence(&t);
	test_sources(&t);
	backend_close(t.backend);
	remove_fixture();
}

int main(void)
{
	test_recorded();
	test_truncated();
	test_one_wrong_byte();
	test_malformed();
	test_byte_order();
	test_files();
	return done();
}
