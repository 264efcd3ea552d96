// SPDX-License-Identifier: MIT
/* procnet.c - fuzzes the lines of /proc/net: a byte that names the table, then one line */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>

#include "../lib/describe.h"
#include "fuzz.h"
#include "linux/linux.h"
#include "record.h"

enum { ASSOCIATIONS = SOCKTAB_KINDS }; /* after the kinds: SCTP's second table */

enum { LINE_SIZE = 8192 };

static int decode(unsigned int table, char *line, size_t length, struct socktab_record *r)
{
	if (table == SOCKTAB_KIND_UNIX)
		return procnet_decode_unix(line, length, r);
	if (table == ASSOCIATIONS || kind_facts[table].protocol == SOCKTAB_PROTOCOL_SCTP)
		return procnet_decode_sctp(line, length, table == ASSOCIATIONS, r);
	return procnet_decode_inet(line, length, (enum socktab_kind)table, r);
}

/* ---- a record as the kernel would print it ------------------------------------------------ */

static size_t print_words(char *text, uint8_t family, const struct socktab_address *address)
{
	size_t length = 0;
	uint32_t word;

	for (size_t i = 0; i < (family == AF_INET ? 1 : 4); i++) {
		memcpy(&word, address->ip + 4 * i, sizeof(word));
		length += (size_t)sprintf(text + length, "%08" PRIX32, word);
	}
	return length + (size_t)sprintf(text + length, ":%04X ", address->port);
}

static size_t print_inet(char *line, const struct socktab_record *r)
{
	size_t length = (size_t)sprintf(line, "   7: ");

	length += print_words(line + length, r->family, &r->laddr);
	length += print_words(line + length, r->family, &r->raddr);
	length += (size_t)sprintf(line + length,
				  "%02X %08" PRIX32 ":%08" PRIX32 " 00:00000000 00000000 %5" PRIu32
				  "        0 %" PRIu32,
				  r->state, r->wqueue, r->rqueue, r->uid, r->inode);
	if (r->type == SOCK_STREAM)
		return length + (size_t)sprintf(line + length, " 1 0000000000000000 100 0 0 10 0");
	return length + (size_t)sprintf(line + length, " 2 0000000000000000 %" PRIu32, r->drops);
}

static size_t print_unix(char *line, const struct socktab_record *r)
{
	bool listens = r->state == SOCKTAB_LISTEN;
	size_t length = (size_t)sprintf(
		line, "0000000000000000: 00000002 00000000 %08X %04X %02X %5" PRIu32,
		listens ? 0x10000u : 0u, (unsigned int)r->type,
		r->state == SOCKTAB_ESTABLISHED ? 3u : 1u, r->inode);

	if (!r->path)
		return length;
	line[length++] = ' ';
	memcpy(line + length, r->path, r->path_length);
	if (r->path_length && !r->path[0])
		line[length] = '@';
	return length + r->path_length;
}

static size_t print_sctp(char *line, bool association, const struct socktab_record *r)
{
	static const uint8_t states[SOCKTAB_STATES] = {
		[SOCKTAB_SYN_SENT] = 1,	 [SOCKTAB_ESTABLISHED] = 3, [SOCKTAB_FIN_WAIT1] = 4,
		[SOCKTAB_FIN_WAIT2] = 5, [SOCKTAB_CLOSE_WAIT] = 6,  [SOCKTAB_LAST_ACK] = 7,
	};
	char local[SOCKTAB_ADDRESS_SIZE], remote[SOCKTAB_ADDRESS_SIZE];

	socktab_format_ip(r->family, r->laddr.ip, local);
	socktab_format_ip(r->family, r->raddr.ip, remote);
	if (!association)
		return (size_t)sprintf(
			line, "       0        0 2   %-3d 99   %-5d %5" PRIu32 " %5" PRIu32 " %s",
			r->state, r->laddr.port, r->uid, r->inode, local);
	return (size_t)sprintf(line,
			       "       0        0 2   1   %-3d 99    1 %8" PRIu32 " %8" PRIu32
			       " %7" PRIu32 " %5" PRIu32 " %-5d %5d %s <-> *%s \t 120000 10 10",
			       states[r->state], r->wqueue, r->rqueue, r->uid, r->inode,
			       r->laddr.port, r->raddr.port, local, remote);
}

static void check_printed(unsigned int table, const struct socktab_record *r)
{
	static char line[LINE_SIZE];
	struct socktab_record again;
	struct line want, got;
	size_t length;

	if (r->path_length > LINE_SIZE / 2)
		return;
	if (table == SOCKTAB_KIND_UNIX)
		length = print_unix(line, r);
	else if (r->protocol == SOCKTAB_PROTOCOL_SCTP)
		length = print_sctp(line, table == ASSOCIATIONS, r);
	else
		length = print_inet(line, r);
	REQUIRE(decode(table, line, length, &again) == 0);
	REQUIRE(again.path_length == r->path_length);
	REQUIRE(!r->path_length || !memcmp(again.path, r->path, r->path_length));
	again.path_length = 0;
	struct socktab_record plain = *r;
	plain.path_length = 0;
	REQUIRE(!strcmp(describe(&plain, &want), describe(&again, &got)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned int table = fuzz_choice(&data, &size) % (ASSOCIATIONS + 1);
	enum socktab_protocol protocol =
		table == ASSOCIATIONS ? SOCKTAB_PROTOCOL_SCTP
				      : (enum socktab_protocol)kind_facts[table].protocol;
	char *line = fuzz_copy(data, size);
	struct socktab_record r;
	int error = decode(table, line, size, &r);

	REQUIRE(error == 0 || error == 1 || error == -EBADMSG);
	if (!error) {
		check_record(&r, protocol, line, size);
		check_printed(table, &r);
	}
	free(line);
	return 0;
}
