// SPDX-License-Identifier: MIT
/* bytecode.c - a filter to the bytecode that inet_diag runs over every socket, pure */
#include <netinet/in.h>
#include <string.h>

#include <linux/inet_diag.h>

#include "linux.h"

/*
 * An instruction goes `yes` bytes on where its condition holds, else `no` bytes. A socket passes
 * that ends exactly behind the program, and 4 bytes further it does not. The kernel's audit wants
 * every `no` to meet an instruction that is reached by `yes` alone: so each `yes` leads to the
 * next instruction, and JMP, which takes its `no`, is the way out of an alternative.
 *
 * socktab_match() judges every row once more, so what cannot be said here is left out: let through
 * more, never less.
 */
enum {
	/* What older headers lack; an enumerator of the kernel's, which no #ifndef can see. */
	CGROUP_COND = 13, /* INET_DIAG_BC_CGROUP_COND, 5.8 */
};

/* `no` while the program is built: an offset in it, or one of these, which no offset can be. */
enum { ELSE = 1, PASS = 2, REJECT = 3 };

struct program {
	unsigned char *code;
	size_t length;
	bool full;
};

static void emit(struct program *p, uint8_t code, uint16_t no, const void *operand, size_t size)
{
	struct inet_diag_bc_op op = { code, (uint8_t)(sizeof(op) + size), no };

	if (p->length + op.yes > BYTECODE_MAX) {
		p->full = true;
		return;
	}
	memcpy(p->code + p->length, &op, sizeof(op));
	if (size)
		memcpy(p->code + p->length + sizeof(op), operand, size);
	p->length += op.yes;
}

/* Let what waits for this place, from an offset on, go to the end of what is there so far. */
static void land(struct program *p, size_t from, uint16_t waiting)
{
	struct inet_diag_bc_op op;

	for (size_t at = from; at < p->length; at += op.yes) {
		memcpy(&op, p->code + at, sizeof(op));
		if (op.no == waiting)
			op.no = (uint16_t)p->length;
		memcpy(p->code + at, &op, sizeof(op));
	}
}

/* The conditions from an offset on are one alternative: where all hold, the clause is decided. */
static void decide(struct program *p, size_t from, uint16_t outcome)
{
	emit(p, INET_DIAG_BC_JMP, outcome, NULL, 0);
	land(p, from, ELSE);
}

/* The clause from an offset on is complete; without room for all of it there is none. */
static void finish(struct program *p, size_t from)
{
	land(p, from, PASS);
	if (p->full)
		p->length = from;
	p->full = false;
}

/* Nothing but what was decided to pass. */
static void finish_any(struct program *p, size_t from)
{
	emit(p, INET_DIAG_BC_JMP, REJECT, NULL, 0);
	finish(p, from);
}

/* ---- clauses ----------------------------------------------------------------------------- */

static void compare(struct program *p, uint8_t code, uint16_t port)
{
	const struct inet_diag_bc_op operand = { .no = port };

	emit(p, code, ELSE, &operand, sizeof(operand));
}

static void any_ports(struct program *p, uint32_t kinds, const struct socktab_ports *ports,
		      size_t count, uint8_t least, uint8_t most)
{
	size_t from = p->length;

	for (size_t i = 0; i < count && !p->full; i++) {
		size_t alternative = p->length;

		if (ports[i].kinds && !(ports[i].kinds & kinds))
			continue;
		compare(p, least, ports[i].first);
		compare(p, most, ports[i].last);
		decide(p, alternative, PASS);
	}
	finish_any(p, from);
}

/* AF_INET holds for the mapped addresses of IPv6 sockets too. */
static void host(struct program *p, uint8_t code, uint8_t family, uint8_t length, const uint8_t *ip)
{
	size_t size = family == AF_INET ? 4 : 16;
	struct inet_diag_hostcond condition;
	unsigned char operand[sizeof(condition) + 16];

	memset(&condition, 0, sizeof(condition));
	condition.family = family;
	condition.prefix_len = length;
	condition.port = -1;
	memcpy(operand, &condition, sizeof(condition));
	memcpy(operand + sizeof(condition), ip, size);
	emit(p, code, ELSE, operand, sizeof(condition) + size);
}

static void any_prefix(struct program *p, uint32_t kinds, const struct socktab_prefix *prefixes,
		       size_t count, uint8_t code)
{
	size_t from = p->length;

	for (size_t i = 0; i < count && !p->full; i++) {
		size_t alternative = p->length;

		if (prefixes[i].family == AF_INET6 && !(kinds & SOCKTAB_INET6))
			continue;
		host(p, code, prefixes[i].family, prefixes[i].length, prefixes[i].ip);
		decide(p, alternative, PASS);
	}
	finish_any(p, from);
}

/* To the kernel mapped addresses are in ::/0 and the like, to us they are IPv4. */
static bool overlaps_mapped(const struct socktab_prefix *prefix)
{
	static const uint8_t any[4];
	uint8_t mapped[16];

	socktab_map(AF_INET, any, mapped);
	for (unsigned int bit = 0; bit < prefix->length && bit < 96; bit++)
		if ((prefix->ip[bit / 8] ^ mapped[bit / 8]) & 0x80 >> bit % 8)
			return false;
	return prefix->family == AF_INET6;
}

static void no_prefix(struct program *p, uint32_t kinds, const struct socktab_prefix *prefixes,
		      size_t count, uint8_t code)
{
	for (size_t i = 0; i < count; i++) {
		size_t from = p->length;

		if (overlaps_mapped(&prefixes[i]) ||
		    (prefixes[i].family == AF_INET6 && !(kinds & SOCKTAB_INET6)))
			continue;
		host(p, code, prefixes[i].family, prefixes[i].length, prefixes[i].ip);
		decide(p, from, REJECT);
		finish(p, from);
	}
}

/* As socktab_traffic(), but for v6only, which the bytecode cannot ask. */
static void any_traffic(struct program *p, uint32_t kinds, uint32_t traffic)
{
	uint16_t is_ipv4 = traffic & SOCKTAB_TRAFFIC4 ? PASS : REJECT;
	bool both = (traffic & SOCKTAB_TRAFFIC4) && (traffic & SOCKTAB_TRAFFIC6);
	static const uint8_t any[16];
	size_t from = p->length;

	if (both || (!(kinds & SOCKTAB_INET6) && is_ipv4 == PASS))
		return;
	if (kinds & SOCKTAB_INET6) {
		host(p, INET_DIAG_BC_S_COND, AF_INET, 0, any);
		decide(p, from, is_ipv4);
		size_t second = p->length;

		host(p, INET_DIAG_BC_D_COND, AF_INET, 0, any);
		decide(p, second, is_ipv4);
		if (is_ipv4 == REJECT) {
			finish(p, from);
			return;
		}
		second = p->length;
		host(p, INET_DIAG_BC_S_COND, AF_INET6, 128, any);
		host(p, INET_DIAG_BC_D_COND, AF_INET6, 128, any);
		decide(p, second, PASS);
	}
	finish_any(p, from);
}

static void any_cgroup(struct program *p, const struct socktab_table *cgroups)
{
	size_t slot = 0, from = p->length;
	uint64_t counter;
	const void *id;

	while (!p->full && socktab_table_next(cgroups, &slot, &id, &counter)) {
		size_t alternative = p->length;

		emit(p, CGROUP_COND, ELSE, id, sizeof(uint64_t));
		decide(p, alternative, PASS);
	}
	finish_any(p, from);
}

/* ---- the whole --------------------------------------------------------------------------- */

/* Distances instead of offsets. */
static void resolve(struct program *p)
{
	struct inet_diag_bc_op op;

	for (size_t at = 0; at < p->length; at += op.yes) {
		memcpy(&op, p->code + at, sizeof(op));
		if (op.no == REJECT)
			op.no = (uint16_t)(p->length + sizeof(op));
		op.no = (uint16_t)(op.no - at);
		memcpy(p->code + at, &op, sizeof(op));
	}
}

size_t bytecode_compile(unsigned char code[BYTECODE_MAX], uint32_t kinds,
			const struct socktab_filter *f)
{
	struct program p = { .code = code };

	/* sctp_diag runs none. */
	if (kinds & (SOCKTAB_UNIX | SOCKTAB_SCTP))
		return 0;
	if (f->local_port_count || f->name_count)
		any_ports(&p, kinds, f->local_ports, f->local_port_count, INET_DIAG_BC_S_GE,
			  INET_DIAG_BC_S_LE);
	/* A connected raw socket keeps the port that it was given, which is none of ours. */
	if (f->remote_port_count && !(kinds & SOCKTAB_RAW))
		any_ports(&p, kinds, f->remote_ports, f->remote_port_count, INET_DIAG_BC_D_GE,
			  INET_DIAG_BC_D_LE);
	if (f->local_count)
		any_prefix(&p, kinds, f->local, f->local_count, INET_DIAG_BC_S_COND);
	if (f->remote_count)
		any_prefix(&p, kinds, f->remote, f->remote_count, INET_DIAG_BC_D_COND);
	no_prefix(&p, kinds, f->not_remote, f->not_remote_count, INET_DIAG_BC_D_COND);
	if (f->traffic)
		any_traffic(&p, kinds, f->traffic);
	if (f->cgroups)
		any_cgroup(&p, f->cgroups);
	resolve(&p);
	return p.length;
}
