// SPDX-License-Identifier: MIT
/* test_bytecode - what the kernel runs over a socket lets through all that socktab_match() takes */
#include <linux/inet_diag.h>

#include "linux/linux.h"
#include "random_filter.h"
#include "tap.h"

#define CGROUP_COND 13 /* INET_DIAG_BC_CGROUP_COND, which older headers lack */

/* ---- the kernel's side, after the rules of net/ipv4/inet_diag.c ---------------------------- */

/* Bytes of an instruction with what it needs; 0: the kernel would refuse it. */
static size_t op_size(const unsigned char *at, size_t left)
{
	uint8_t family, bits;

	switch (at[0]) {
	case INET_DIAG_BC_JMP:
		return 4;
	case INET_DIAG_BC_S_GE:
	case INET_DIAG_BC_S_LE:
	case INET_DIAG_BC_D_GE:
	case INET_DIAG_BC_D_LE:
		return 8;
	case CGROUP_COND:
		return 12;
	case INET_DIAG_BC_S_COND:
	case INET_DIAG_BC_D_COND:
		if (left < 12)
			return 0;
		family = at[4];
		bits = at[5];
		if (family != AF_INET && family != AF_INET6)
			return 0;
		return bits > (family == AF_INET ? 32 : 128) ? 0 : family == AF_INET ? 16 : 28;
	default:
		return 0;
	}
}

static struct inet_diag_bc_op op_at(const unsigned char *at)
{
	struct inet_diag_bc_op op;

	memcpy(&op, at, sizeof(op));
	return op;
}

/* Is an offset that of an instruction, counted by `yes`, or the end? */
static bool is_place(const unsigned char *code, size_t length, size_t place)
{
	size_t at = 0;

	while (at < place && at < length)
		at += op_at(code + at).yes;
	return at == place;
}

static bool audit(const unsigned char *code, size_t length)
{
	for (size_t at = 0; at < length;) {
		size_t left = length - at, size = left < 4 ? 0 : op_size(code + at, left);
		struct inet_diag_bc_op op;

		if (!size || size > left)
			return false;
		op = op_at(code + at);
		if (op.no < size || op.no > left + 4 || op.no % 4)
			return false;
		if (op.no < left && !is_place(code, length, at + op.no))
			return false;
		if (op.yes < size || op.yes > left || op.yes % 4)
			return false;
		at += op.yes;
	}
	return true;
}

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned int bits)
{
	for (unsigned int i = 0; i < bits; i++)
		if ((a[i / 8] ^ b[i / 8]) & 0x80 >> i % 8)
			return false;
	return true;
}

static bool in_prefix(const unsigned char *condition, uint8_t family, const uint8_t *ip)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	int32_t port;

	memcpy(&port, condition + 4, sizeof(port));
	if (port != -1)
		return false;
	if (condition[0] == family)
		return same_bits(ip, condition + 8, condition[1]);
	return family == AF_INET6 && condition[0] == AF_INET && !memcmp(ip, mapped, 12) &&
	       same_bits(ip + 12, condition + 8, condition[1]);
}

static bool holds(const unsigned char *at, const struct socktab_record *r)
{
	uint16_t port = op_at(at + 4).no;
	uint64_t cgroup;

	switch (at[0]) {
	case INET_DIAG_BC_S_GE:
		return r->laddr.port >= port;
	case INET_DIAG_BC_S_LE:
		return r->laddr.port <= port;
	case INET_DIAG_BC_D_GE:
		return r->raddr.port >= port;
	case INET_DIAG_BC_D_LE:
		return r->raddr.port <= port;
	case INET_DIAG_BC_S_COND:
		return in_prefix(at + 4, r->family, r->laddr.ip);
	case INET_DIAG_BC_D_COND:
		return in_prefix(at + 4, r->family, r->raddr.ip);
	case CGROUP_COND:
		memcpy(&cgroup, at + 4, sizeof(cgroup));
		return cgroup == r->cgroup;
	default: /* a jump */
		return false;
	}
}

static bool runs(const unsigned char *code, size_t length, const struct socktab_record *r)
{
	size_t at = 0;

	while (at < length) {
		struct inet_diag_bc_op op = op_at(code + at);

		at += op.code != INET_DIAG_BC_JMP && holds(code + at, r) ? op.yes : op.no;
	}
	return at == length;
}

/* ---- filters and records ----------------------------------------------------------------- */

static void roll_record(struct dice *dice, enum socktab_kind kind, struct socktab_record *r)
{
	bool v6 = kind_facts[kind].family == AF_INET6;

	memset(r, 0, sizeof(*r));
	r->protocol = kind_facts[kind].protocol;
	r->family = kind_facts[kind].family;
	r->state = (uint8_t)(1 + roll(dice, SOCKTAB_STATES - 1));
	r->v6only = roll(dice, 4) == 0;
	roll_address(dice, v6, r->laddr.ip);
	roll_address(dice, v6, r->raddr.ip);
	r->laddr.port = roll_port(dice);
	r->raddr.port = roll_port(dice);
	r->cgroup = roll(dice, 4);
}

/* To the kernel ::/0 and the like have mapped addresses in them. */
static bool has_mapped(const struct socktab_prefix *prefixes, size_t count)
{
	static const uint8_t mapped[16] = { [10] = 0xff, [11] = 0xff };

	for (size_t i = 0; i < count; i++)
		if (prefixes[i].family == AF_INET6 &&
		    same_bits(prefixes[i].ip, mapped,
			      prefixes[i].length < 96 ? prefixes[i].length : 96))
			return true;
	return false;
}

/* The kernel asks no socket for its family together with its port. */
static bool has_family(const struct socktab_ports *ports, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (ports[i].kinds && (ports[i].kinds & SOCKTAB_TCP) != SOCKTAB_TCP)
			return true;
	return false;
}

/* May the kernel let this record through though it does not match? */
static bool is_loose(const struct socktab_filter *f, uint32_t kinds, const struct socktab_record *r)
{
	if (kinds == SOCKTAB_TCP && (has_family(f->local_ports, f->local_port_count) ||
				     has_family(f->remote_ports, f->remote_port_count)))
		return true;
	if (f->states && !(f->states & SOCKTAB_BIT(r->state)))
		return true; /* stands in the request itself */
	if (r->protocol == SOCKTAB_PROTOCOL_SCTP)
		return true;
	if (r->protocol == SOCKTAB_PROTOCOL_RAW && f->remote_port_count)
		return true;
	if (f->traffic == SOCKTAB_TRAFFIC4 && r->v6only)
		return true;
	return r->family == AF_INET6 &&
	       (has_mapped(f->local, f->local_count) || has_mapped(f->remote, f->remote_count) ||
		has_mapped(f->not_remote, f->not_remote_count));
}

struct tally {
	unsigned int refused, lost, needless, matched, kept_away;
};

static void try_program(struct dice *dice, const struct socktab_filter *f, uint32_t kinds,
			struct tally *tally)
{
	unsigned char code[BYTECODE_MAX];
	size_t length = bytecode_compile(code, kinds, f);

	if (!audit(code, length)) {
		tally->refused++;
		return;
	}
	for (unsigned int i = 0; i < 20; i++) {
		struct socktab_record r;
		bool match, passes;

		roll_record(dice, kinds == SOCKTAB_TCP ? i % 2 : backend_first(kinds), &r);
		match = socktab_match(f, &r);
		passes = runs(code, length, &r);
		tally->lost += match && !passes;
		tally->needless += passes && !match && !is_loose(f, kinds, &r);
		tally->matched += match;
		tally->kept_away += !passes;
	}
}

static void try_filter(struct dice *dice, const struct socktab_filter *f, struct tally *tally)
{
	for (enum socktab_kind kind = 0; kind < SOCKTAB_KIND_UNIX; kind++)
		try_program(dice, f, SOCKTAB_BIT(kind), tally);
	try_program(dice, f, SOCKTAB_TCP, tally);
}

static void test_random(void)
{
	struct dice dice = { 20 };
	struct tally tally = { 0 };

	for (int i = 0; i < 5000; i++) {
		struct random_filter f;

		roll_filter(&dice, &f);
		if (roll(&dice, 8) == 0)
			roll_cgroups(&dice, &f);
		try_filter(&dice, &f.filter, &tally);
		socktab_table_free(&f.cgroups);
	}
	is_int(tally.refused, 0, "the kernel's audit would take every program");
	is_int(tally.lost, 0, "what matches is let through");
	is_int(tally.needless, 0, "and nothing else, but where the kernel cannot tell");
	ok(tally.matched > 100000, "%u records matched", tally.matched);
	ok(tally.kept_away > 400000, "%u records were kept away", tally.kept_away);
}

/* ---- edges ------------------------------------------------------------------------------- */

static size_t compile(const struct socktab_filter *f, enum socktab_kind kind, unsigned char *code)
{
	return bytecode_compile(code, SOCKTAB_BIT(kind), f);
}

static void test_nothing(void)
{
	static const struct socktab_ports port = { 0, 80, 80 };
	const struct socktab_filter all = { .states = SOCKTAB_BIT(SOCKTAB_LISTEN) };
	const struct socktab_filter f = { .local_ports = &port, .local_port_count = 1 };
	unsigned char code[BYTECODE_MAX];

	is_int(compile(&all, SOCKTAB_KIND_TCP4, code), 0, "states need no program");
	is_int(compile(&f, SOCKTAB_KIND_SCTP4, code), 0, "sctp_diag runs none");
	is_int(compile(&f, SOCKTAB_KIND_UNIX, code), 0, "nor does unix_diag");
	is_int(compile(&f, SOCKTAB_KIND_TCP4, code), 24, "a port: two comparisons and two jumps");
}

/* A condition too long is left to socktab_match(), the others stay. */
static void test_too_long(void)
{
	static struct socktab_prefix prefixes[1000];
	static const struct socktab_ports port = { 0, 80, 80 };
	struct socktab_filter f = { .remote = prefixes, .local_ports = &port };
	unsigned char code[BYTECODE_MAX + 8];
	size_t length, longest = 0;

	memset(code, 0xa5, sizeof(code));
	for (size_t i = 0; i < 1000; i++)
		prefixes[i] = (struct socktab_prefix){ AF_INET,
						       32,
						       { 10, 0, (uint8_t)(i >> 8), (uint8_t)i } };
	for (f.remote_count = 1; f.remote_count < 1000; f.remote_count++) {
		length = compile(&f, SOCKTAB_KIND_TCP4, code);
		if (length > longest)
			longest = length;
		if (length ? length != 20 * f.remote_count + 4 || !audit(code, length)
			   : f.remote_count < 200)
			break;
	}
	is_int(f.remote_count, 1000, "a list of any length");
	ok(longest > BYTECODE_MAX - 20 && longest <= BYTECODE_MAX, "up to %zu bytes", longest);
	f.local_port_count = 1;
	length = compile(&f, SOCKTAB_KIND_TCP4, code);
	is_int(length, 24, "of two conditions the one that has room");
	ok(audit(code, length), "and it is valid");
	f.remote_count = 0;
	f.not_remote = prefixes;
	f.not_remote_count = 1000;
	f.local_port_count = 0;
	length = compile(&f, SOCKTAB_KIND_TCP4, code);
	ok(length > BYTECODE_MAX - 20 && audit(code, length),
	   "as many exclusions as fit: %zu bytes", length);
	is_int(code[BYTECODE_MAX], 0xa5, "not a byte beyond");
}

int main(void)
{
	test_random();
	test_nothing();
	test_too_long();
	return done();
}
