// SPDX-License-Identifier: MIT
/* diag_decode.c - NETLINK_SOCK_DIAG, pure: a message to a record */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/unix_diag.h>

#include "linux.h"

/* What older headers lack; in the kernel's they are enumerators, which no #ifndef can see. */
enum {
	ATTRIBUTE_SKMEMINFO = 7,   /* INET_DIAG_SKMEMINFO */
	ATTRIBUTE_SKV6ONLY = 11,   /* INET_DIAG_SKV6ONLY, 4.5 */
	ATTRIBUTE_LOCALS = 12,	   /* INET_DIAG_LOCALS, 4.7 */
	ATTRIBUTE_PEERS = 13,	   /* INET_DIAG_PEERS, 4.7 */
	ATTRIBUTE_CGROUP = 21,	   /* INET_DIAG_CGROUP_ID, 5.8 */
	ATTRIBUTE_UNIX_NAME = 0,   /* UNIX_DIAG_NAME */
	ATTRIBUTE_UNIX_VFS = 1,	   /* UNIX_DIAG_VFS */
	ATTRIBUTE_UNIX_QUEUES = 4, /* UNIX_DIAG_RQLEN */
	ATTRIBUTE_UNIX_UID = 7,	   /* UNIX_DIAG_UID, 5.3 */
	MEMINFO_DROPS = 8,	   /* SK_MEMINFO_DROPS, 4.7 */
};

struct attribute {
	unsigned int type;
	size_t length;
	const unsigned char *data;
};

/* 1: *a is the attribute at *at, which moves behind it; 0: no more; -EBADMSG. */
static int next_attribute(const unsigned char **at, const unsigned char *end, struct attribute *a)
{
	size_t left = (size_t)(end - *at), step;
	struct nlattr head;

	if (left == 0)
		return 0;
	if (left < NLA_HDRLEN)
		return -EBADMSG;
	memcpy(&head, *at, sizeof(head));
	if (head.nla_len < NLA_HDRLEN || head.nla_len > left)
		return -EBADMSG;
	a->type = head.nla_type & (unsigned int)NLA_TYPE_MASK;
	a->length = head.nla_len - (size_t)NLA_HDRLEN;
	a->data = *at + NLA_HDRLEN;
	step = NLA_ALIGN((size_t)head.nla_len);
	*at += step < left ? step : left;
	return 1;
}

/* A kernel may one day append to an attribute; it cannot take away. */
static int attribute_take(const struct attribute *a, void *to, size_t size)
{
	if (a->length < size)
		return -EBADMSG;
	memcpy(to, a->data, size);
	return 0;
}

static int take_drops(const struct attribute *a, struct socktab_record *r)
{
	if (a->length < (MEMINFO_DROPS + 1) * sizeof(r->drops))
		return 0;
	memcpy(&r->drops, a->data + (size_t)MEMINFO_DROPS * sizeof(r->drops), sizeof(r->drops));
	r->known |= SOCKTAB_KNOWN_DROPS;
	return 0;
}

static int take_v6only(const struct attribute *a, struct socktab_record *r)
{
	uint8_t v6only;

	if (attribute_take(a, &v6only, sizeof(v6only)))
		return -EBADMSG;
	r->v6only = v6only != 0;
	r->known |= SOCKTAB_KNOWN_V6ONLY;
	return 0;
}

static int take_cgroup(const struct attribute *a, struct socktab_record *r)
{
	r->known |= SOCKTAB_KNOWN_CGROUP;
	return attribute_take(a, &r->cgroup, sizeof(r->cgroup));
}

/*
 * The first address of an SCTP association. The message itself is wrong for an IPv6 socket with an
 * IPv4 peer, since sctp_diag copies a sockaddr_in as if it were a sockaddr_in6.
 */
static int take_sctp_address(const struct attribute *a, const struct socktab_record *r,
			     struct socktab_address *address)
{
	struct sockaddr_in in;

	if (attribute_take(a, &in, sizeof(in)))
		return -EBADMSG;
	if (r->family != AF_INET6 || in.sin_family != AF_INET)
		return 0;
	socktab_map(AF_INET, (const uint8_t *)&in.sin_addr, address->ip);
	return 0;
}

static int inet_attribute(const struct attribute *a, struct socktab_record *r)
{
	switch (a->type) {
	case ATTRIBUTE_SKMEMINFO:
		return take_drops(a, r);
	case ATTRIBUTE_SKV6ONLY:
		return take_v6only(a, r);
	case ATTRIBUTE_CGROUP:
		return take_cgroup(a, r);
	case ATTRIBUTE_LOCALS:
		return a->length ? take_sctp_address(a, r, &r->laddr) : 0;
	case ATTRIBUTE_PEERS:
		return take_sctp_address(a, r, &r->raddr);
	default:
		return 0;
	}
}

int record_sctp_state(struct socktab_record *r, bool association, unsigned int state)
{
	/* By enum sctp_state of include/net/sctp/constants.h, from CLOSED to SHUTDOWN_ACK_SENT. */
	static const uint8_t states[] = {
		SOCKTAB_CLOSE,	   SOCKTAB_SYN_SENT,  SOCKTAB_SYN_SENT,	  SOCKTAB_ESTABLISHED,
		SOCKTAB_FIN_WAIT1, SOCKTAB_FIN_WAIT2, SOCKTAB_CLOSE_WAIT, SOCKTAB_LAST_ACK,
	};

	if (state >= (association ? sizeof(states) : SOCKTAB_STATES))
		return -EBADMSG;
	r->state = association ? states[state] : (uint8_t)state;
	if (association)
		return r->state == SOCKTAB_CLOSE;
	return r->state != SOCKTAB_LISTEN && r->state != SOCKTAB_CLOSE;
}

/* Endpoints and associations are told apart by INET_DIAG_PEERS. */
static int decode_sctp(struct socktab_record *r, bool association)
{
	if (association) {
		r->known &= (uint8_t)~SOCKTAB_KNOWN_DEVICE; /* the route's, not the socket's */
		r->ifindex = 0;
	}
	return record_sctp_state(r, association, r->state);
}

static void decode_identity(const struct inet_diag_msg *m, struct socktab_record *r)
{
	size_t size = m->idiag_family == AF_INET ? 4 : 16;

	memcpy(r->laddr.ip, m->id.idiag_src, size);
	memcpy(r->raddr.ip, m->id.idiag_dst, size);
	r->laddr.port = ntohs(m->id.idiag_sport);
	r->raddr.port = r->protocol == SOCKTAB_PROTOCOL_RAW ? 0 : ntohs(m->id.idiag_dport);
	r->cookie = m->id.idiag_cookie[0] | (uint64_t)m->id.idiag_cookie[1] << 32;
}

/* 0; 1: a row that stands for no socket of its own; -EBADMSG. */
static int inet_attributes(const unsigned char *at, const unsigned char *end,
			   struct socktab_record *r)
{
	bool association = false;
	struct attribute a;
	int more;

	while ((more = next_attribute(&at, end, &a)) > 0) {
		association |= a.type == ATTRIBUTE_PEERS;
		if (inet_attribute(&a, r))
			return -EBADMSG;
	}
	if (more < 0)
		return more;
	return r->protocol == SOCKTAB_PROTOCOL_SCTP ? decode_sctp(r, association) : 0;
}

int diag_decode_inet(const void *row, size_t length, enum socktab_protocol protocol,
		     struct socktab_record *r)
{
	const unsigned char *at = row, *end = at + length;
	struct inet_diag_msg m;
	int skip;

	if (length < sizeof(m))
		return -EBADMSG;
	memcpy(&m, row, sizeof(m));
	if (m.idiag_family != AF_INET && m.idiag_family != AF_INET6)
		return -EBADMSG;
	*r = (struct socktab_record){
		.protocol = (uint8_t)protocol,
		.family = m.idiag_family,
		.type = kind_facts[2 * protocol].type,
		.state = m.idiag_state == KERNEL_NEW_SYN_RECV ? SOCKTAB_SYN_RECV : m.idiag_state,
		.known = SOCKTAB_KNOWN_DEVICE | SOCKTAB_KNOWN_QUEUES,
		.ifindex = m.id.idiag_if,
		.rqueue = m.idiag_rqueue,
		.wqueue = m.idiag_wqueue,
		.uid = m.idiag_uid,
		.inode = m.idiag_inode,
	};
	decode_identity(&m, r);
	skip = inet_attributes(at + sizeof(m), end, r);
	if (skip)
		return skip;
	if (r->state == 0 || r->state >= SOCKTAB_STATES)
		return -EBADMSG;
	if (r->state == SOCKTAB_LISTEN)
		r->known |= SOCKTAB_KNOWN_LIMIT;
	record_owner(r);
	return 0;
}

static int unix_attribute(const struct attribute *a, struct socktab_record *r)
{
	struct unix_diag_rqlen queues;
	struct unix_diag_vfs vfs;

	switch (a->type) {
	case ATTRIBUTE_UNIX_NAME:
		r->path = (const char *)a->data;
		r->path_length = a->length;
		if (a->length > 1 && a->data[0] && !a->data[a->length - 1])
			r->path_length--; /* the NUL that bind() counted */
		return 0;
	case ATTRIBUTE_UNIX_VFS:
		if (attribute_take(a, &vfs, sizeof(vfs)))
			return -EBADMSG;
		r->file_inode = vfs.udiag_vfs_ino;
		r->file_device = vfs.udiag_vfs_dev;
		r->known |= SOCKTAB_KNOWN_FILE;
		return 0;
	case ATTRIBUTE_UNIX_QUEUES:
		if (attribute_take(a, &queues, sizeof(queues)))
			return -EBADMSG;
		r->rqueue = queues.udiag_rqueue;
		r->wqueue = queues.udiag_wqueue;
		r->known |= SOCKTAB_KNOWN_QUEUES;
		if (r->state == SOCKTAB_LISTEN)
			r->known |= SOCKTAB_KNOWN_LIMIT;
		return 0;
	case ATTRIBUTE_UNIX_UID:
		r->known |= SOCKTAB_KNOWN_UID;
		return attribute_take(a, &r->uid, sizeof(r->uid));
	default:
		return 0;
	}
}

int diag_decode_unix(const void *row, size_t length, struct socktab_record *r)
{
	const unsigned char *at = row, *end = at + length;
	struct unix_diag_msg m;
	struct attribute a;
	int more;

	if (length < sizeof(m))
		return -EBADMSG;
	memcpy(&m, row, sizeof(m));
	if (m.udiag_family != AF_UNIX || m.udiag_state == 0 || m.udiag_state >= SOCKTAB_STATES)
		return -EBADMSG;
	*r = (struct socktab_record){
		.protocol = SOCKTAB_PROTOCOL_UNIX,
		.family = AF_UNIX,
		.type = m.udiag_type,
		.state = m.udiag_state,
		.inode = m.udiag_ino,
		.cookie = m.udiag_cookie[0] | (uint64_t)m.udiag_cookie[1] << 32,
	};
	at += sizeof(m);
	while ((more = next_attribute(&at, end, &a)) > 0)
		if (unix_attribute(&a, r))
			return -EBADMSG;
	return more;
}
