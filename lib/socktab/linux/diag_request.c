// SPDX-License-Identifier: MIT
/* diag_request.c - NETLINK_SOCK_DIAG, pure: kinds, states and a filter to a request */
#include <string.h>
#include <sys/socket.h>

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>

#include "linux.h"

/* What older headers lack; an enumerator of the kernel's, which no #ifndef can see. */
enum {
	REQUEST_PROTOCOL = 3, /* INET_DIAG_REQ_PROTOCOL, 5.9 */
	SHOW_UID = 0x40,      /* UDIAG_SHOW_UID, 5.3; older kernels ignore it */
};

struct inet_request {
	struct nlmsghdr head;
	struct inet_diag_req_v2 inet;
};

/* The request before SOCK_DIAG_BY_FAMILY: it names no family, and so both are told in one walk
 * through the kernel's tables. */
struct both_request {
	struct nlmsghdr head;
	struct inet_diag_req tcp;
};

struct unix_request {
	struct nlmsghdr head;
	struct unix_diag_req local;
};

/* Behind the request so far; returns its length with it. */
static size_t add_attribute(unsigned char *request, size_t length, uint16_t type, size_t size)
{
	struct nlattr attribute = { (uint16_t)(NLA_HDRLEN + size), type };

	memcpy(request + length, &attribute, sizeof(attribute));
	return length + NLA_HDRLEN + NLA_ALIGN(size);
}

uint16_t diag_type(uint32_t kinds)
{
	return kinds == SOCKTAB_TCP ? TCPDIAG_GETSOCK : SOCK_DIAG_BY_FAMILY;
}

static struct nlmsghdr request_head(uint32_t kinds, size_t length, uint32_t sequence)
{
	return (struct nlmsghdr){
		.nlmsg_len = (uint32_t)length,
		.nlmsg_type = diag_type(kinds),
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		.nlmsg_seq = sequence,
	};
}

/* Behind the request so far; returns its length with it. */
static size_t add_filter(unsigned char *request, size_t length, uint32_t kinds,
			 const struct socktab_filter *filter)
{
	size_t code = 0;

	if (filter)
		code = bytecode_compile(request + length + NLA_HDRLEN, kinds, filter);
	return code ? add_attribute(request, length, INET_DIAG_REQ_BYTECODE, code) : length;
}

static size_t tcp_request(unsigned char *request, uint32_t states,
			  const struct socktab_filter *filter, uint32_t sequence)
{
	struct both_request r = { .tcp.idiag_states = states };
	size_t length = add_filter(request, sizeof(r), SOCKTAB_TCP, filter);

	r.head = request_head(SOCKTAB_TCP, length, sequence);
	memcpy(request, &r, sizeof(r));
	return length;
}

static size_t inet_request(unsigned char *request, enum socktab_kind kind, uint32_t states,
			   const struct socktab_filter *filter, uint32_t sequence)
{
	const struct kind_facts *facts = &kind_facts[kind];
	bool drops = facts->type == SOCK_DGRAM || facts->type == SOCK_RAW;
	/* A protocol beyond 255 goes into an attribute; a kernel that ignores it knows no protocol
	 * 0 */
	bool wide = facts->ipproto > UINT8_MAX;
	struct inet_request r = {
		.inet.sdiag_family = facts->family,
		.inet.sdiag_protocol = wide ? 0 : (uint8_t)facts->ipproto,
		.inet.idiag_ext = drops ? 1 << (INET_DIAG_SKMEMINFO - 1) : 0,
		.inet.idiag_states = states,
	};
	size_t length = sizeof(r);
	uint32_t protocol = facts->ipproto;

	if (wide) {
		memcpy(request + length + NLA_HDRLEN, &protocol, sizeof(protocol));
		length = add_attribute(request, length, REQUEST_PROTOCOL, sizeof(protocol));
	}
	length = add_filter(request, length, SOCKTAB_BIT(kind), filter);
	r.head = request_head(SOCKTAB_BIT(kind), length, sequence);
	memcpy(request, &r, sizeof(r));
	return length;
}

static size_t unix_request(unsigned char *request, uint32_t states, uint32_t sequence)
{
	struct unix_request r = {
		.head = request_head(SOCKTAB_UNIX, sizeof(r), sequence),
		.local.sdiag_family = AF_UNIX,
		.local.udiag_states = states,
		.local.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_VFS | UDIAG_SHOW_RQLEN | SHOW_UID,
	};

	memcpy(request, &r, sizeof(r));
	return sizeof(r);
}

size_t diag_request(unsigned char request[DIAG_REQUEST_MAX], uint32_t kinds, uint32_t states,
		    const struct socktab_filter *filter, uint32_t sequence)
{
	if (kinds == SOCKTAB_TCP)
		return tcp_request(request, states, filter, sequence);
	if (kinds & SOCKTAB_UNIX)
		return unix_request(request, states, sequence);
	return inet_request(request, backend_first(kinds), states, filter, sequence);
}
