// SPDX-License-Identifier: MIT
/* procnet_decode.c - /proc/net, pure: (line) -> record */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "procnet_cursor.h"

/* ---- a cursor over one line -------------------------------------------------------------- */

#define DIGIT 0x10 /* with the value of the digit below it; 0: none */

static const uint8_t hex_digit[256] = {
	['0'] = 0x10, ['1'] = 0x11, ['2'] = 0x12, ['3'] = 0x13, ['4'] = 0x14, ['5'] = 0x15,
	['6'] = 0x16, ['7'] = 0x17, ['8'] = 0x18, ['9'] = 0x19, ['A'] = 0x1a, ['B'] = 0x1b,
	['C'] = 0x1c, ['D'] = 0x1d, ['E'] = 0x1e, ['F'] = 0x1f, ['a'] = 0x1a, ['b'] = 0x1b,
	['c'] = 0x1c, ['d'] = 0x1d, ['e'] = 0x1e, ['f'] = 0x1f,
};

/* Exactly so many digits. */
static uint32_t take_hex(struct cursor *c, int digits)
{
	const char *at = c->at;
	uint32_t value = 0;
	uint8_t all = DIGIT;

	if (c->end - at < digits) {
		c->bad = true;
		return 0;
	}
	for (int i = 0; i < digits; i++) {
		uint8_t digit = hex_digit[(unsigned char)at[i]];

		all &= digit;
		value = value << 4 | (digit & 0xf);
	}
	c->bad |= !all;
	c->at = at + digits;
	return value;
}

static void take_char(struct cursor *c, char wanted)
{
	if (c->at < c->end && *c->at == wanted)
		c->at++;
	else
		c->bad = true;
}

void cursor_skip_spaces(struct cursor *c)
{
	while (c->at < c->end && *c->at == ' ')
		c->at++;
}

/* Blanks, then a decimal number of 32 bits. */
static uint32_t take_decimal(struct cursor *c)
{
	uint64_t value = 0;
	const char *first, *at;

	cursor_skip_spaces(c);
	for (first = at = c->at; at < c->end && *at >= '0' && *at <= '9'; at++) {
		value = value * 10 + (uint64_t)(*at - '0');
		if (value > UINT32_MAX)
			break;
	}
	c->bad |= at == first || value > UINT32_MAX;
	c->at = at;
	return (uint32_t)value;
}

uint32_t cursor_column(struct cursor *c)
{
	uint32_t value = take_decimal(c);

	c->bad |= c->at < c->end && *c->at != ' ';
	return value;
}

size_t cursor_word(struct cursor *c, const char **word)
{
	const char *at;

	cursor_skip_spaces(c);
	for (*word = at = c->at; at < c->end && *at != ' ' && *at != '\t'; at++)
		;
	c->bad |= at == *word;
	c->at = at;
	return (size_t)(at - *word);
}

void cursor_skip_words(struct cursor *c, int count)
{
	const char *word;

	while (count-- > 0)
		cursor_word(c, &word);
}

/* ---- tcp, udp, raw ----------------------------------------------------------------------- */

/* The kernel prints 32-bit words of the address as native integers: storing them natively again
 * is right in either byte order. The port is printed as a value. */
static void take_address(struct cursor *c, uint8_t family, struct socktab_address *address)
{
	size_t words = family == AF_INET ? 1 : 4;

	for (size_t i = 0; i < words; i++) {
		uint32_t word = take_hex(c, 8);

		memcpy(address->ip + 4 * i, &word, sizeof(word));
	}
	take_char(c, ':');
	address->port = (uint16_t)take_hex(c, 4);
	take_char(c, ' ');
}

/*
 *   sl  local_address rem_address   st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode
 * and for udp and raw: ref pointer drops
 */
int procnet_decode_inet(const char *line, size_t length, enum socktab_kind kind,
			struct socktab_record *r)
{
	const struct kind_facts *facts = &kind_facts[kind];
	struct cursor c = { line, line + length, false };

	*r = (struct socktab_record){
		.protocol = facts->protocol,
		.family = facts->family,
		.type = facts->type,
		.known = SOCKTAB_KNOWN_QUEUES,
	};
	take_decimal(&c);
	take_char(&c, ':');
	take_char(&c, ' ');
	take_address(&c, r->family, &r->laddr);
	take_address(&c, r->family, &r->raddr);
	r->state = (uint8_t)take_hex(&c, 2);
	take_char(&c, ' ');
	r->wqueue = take_hex(&c, 8);
	take_char(&c, ':');
	r->rqueue = take_hex(&c, 8);
	cursor_skip_words(&c, 2);
	r->uid = cursor_column(&c);
	cursor_skip_words(&c, 1);
	r->inode = cursor_column(&c);
	if (r->type != SOCK_STREAM) {
		cursor_skip_words(&c, 2);
		r->drops = cursor_column(&c);
		r->known |= SOCKTAB_KNOWN_DROPS;
	}
	if (r->state == KERNEL_NEW_SYN_RECV)
		r->state = SOCKTAB_SYN_RECV;
	if (c.bad || r->state == 0 || r->state >= SOCKTAB_STATES)
		return -EBADMSG;
	record_owner(r);
	return 0;
}

/* ---- unix -------------------------------------------------------------------------------- */

#define FLAG_LISTENING 0x10000u /* __SO_ACCEPTCON */

/* By enum socket_state of include/uapi/linux/net.h, from SS_FREE to SS_DISCONNECTING. */
static const uint8_t unix_states[] = {
	0, SOCKTAB_CLOSE, SOCKTAB_ESTABLISHED, SOCKTAB_ESTABLISHED, SOCKTAB_CLOSE,
};

/*
 * Num: RefCount Protocol Flags Type St Inode Path
 *
 * The name is printed as it is, and any user may bind one. What follows a newline in it is a line
 * of its own here: as a rule malformed, but a name of 58 bytes and more can hold a whole row that
 * nothing tells from a true one. A leading `@` is taken for the NUL of an abstract name, though a
 * relative path may begin with it. Netlink has neither weakness: the auto source asks it first.
 *
 * Sockets without an inode (not yet accepted) are left out, as unix_diag leaves them out.
 */
int procnet_decode_unix(char *line, size_t length, struct socktab_record *r)
{
	struct cursor c = { line, line + length, false };
	uint32_t flags, type, state;
	const char *word;
	size_t size = cursor_word(&c, &word);

	*r = (struct socktab_record){ .protocol = SOCKTAB_PROTOCOL_UNIX, .family = AF_UNIX };
	c.bad |= size == 0 || word[size - 1] != ':';
	cursor_skip_words(&c, 2);
	take_char(&c, ' ');
	flags = take_hex(&c, 8);
	take_char(&c, ' ');
	type = take_hex(&c, 4);
	take_char(&c, ' ');
	state = take_hex(&c, 2);
	r->inode = cursor_column(&c);
	if (c.bad || type > UINT8_MAX || state >= sizeof(unix_states) || !unix_states[state])
		return -EBADMSG;
	r->type = (uint8_t)type;
	r->state = flags & FLAG_LISTENING ? SOCKTAB_LISTEN : unix_states[state];
	if (c.at < c.end) {
		char *name = line + (c.at - line) + 1;

		r->path = name;
		r->path_length = (size_t)(c.end - name);
		if (r->path_length > 0 && *name == '@')
			*name = '\0';
	}
	return r->inode ? 0 : 1;
}
