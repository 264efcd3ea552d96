// SPDX-License-Identifier: MIT
/* backend.c - the two sources of Linux, and which one is asked */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "linux.h"

#define PROTOCOL_MPTCP 262 /* IPPROTO_MPTCP, which older headers lack */

#define FACTS(p, f, t, ip, path, proc) \
	{ \
		.protocol = SOCKTAB_PROTOCOL_##p, .family = (f), .type = (t), .ipproto = (ip), \
		.file = (path), .name = (proc) \
	}

const struct kind_facts kind_facts[SOCKTAB_KINDS] = {
	[SOCKTAB_KIND_TCP4] = FACTS(TCP, AF_INET, SOCK_STREAM, IPPROTO_TCP, "tcp", "TCP"),
	[SOCKTAB_KIND_TCP6] = FACTS(TCP, AF_INET6, SOCK_STREAM, IPPROTO_TCP, "tcp6", "TCPv6"),
	[SOCKTAB_KIND_UDP4] = FACTS(UDP, AF_INET, SOCK_DGRAM, IPPROTO_UDP, "udp", "UDP"),
	[SOCKTAB_KIND_UDP6] = FACTS(UDP, AF_INET6, SOCK_DGRAM, IPPROTO_UDP, "udp6", "UDPv6"),
	[SOCKTAB_KIND_RAW4] = FACTS(RAW, AF_INET, SOCK_RAW, IPPROTO_RAW, "raw", "RAW"),
	[SOCKTAB_KIND_RAW6] = FACTS(RAW, AF_INET6, SOCK_RAW, IPPROTO_RAW, "raw6", "RAWv6"),
	[SOCKTAB_KIND_SCTP4] = FACTS(SCTP, AF_INET, SOCK_STREAM, IPPROTO_SCTP, "sctp/eps", "SCTP"),
	[SOCKTAB_KIND_SCTP6] = FACTS(SCTP, AF_INET6, SOCK_STREAM, IPPROTO_SCTP, "sctp/eps",
				     "SCTPv6"),
	[SOCKTAB_KIND_MPTCP4] = FACTS(MPTCP, AF_INET, SOCK_STREAM, PROTOCOL_MPTCP, NULL, "MPTCP"),
	[SOCKTAB_KIND_MPTCP6] = FACTS(MPTCP, AF_INET6, SOCK_STREAM, PROTOCOL_MPTCP, NULL,
				      "MPTCPv6"),
	[SOCKTAB_KIND_UNIX] = FACTS(UNIX, AF_UNIX, 0, 0, "unix", "UNIX"),
};

/* Under hidepid process 1 may not be seen; a copy, as tests have it, has that at least. Inode 1 is
 * PROC_ROOT_INO of linux/proc_ns.h. */
static bool is_proc(int fd)
{
	struct stat status;

	return faccessat(fd, "1", F_OK, 0) == 0 ||
	       (linux_is_procfs(fd) && fstat(fd, &status) == 0 && status.st_ino == 1);
}

/* Nothing is there, or what another pid namespace sees, to which we do not belong. */
bool linux_is_unmounted(const struct backend *b)
{
	char self;

	return !b->foreign && readlinkat(b->proc_fd, "self", &self, 1) < 0;
}

int backend_open(struct backend **backend, const char *procfs)
{
	struct backend *b = malloc(sizeof(*b));

	if (!b)
		return -ENOMEM;
	b->proc_fd = linux_open(AT_FDCWD, procfs ? procfs : "/proc", O_PATH | O_DIRECTORY);
	if (b->proc_fd < 0) {
		int error = b->proc_fd;

		free(b);
		return error;
	}
	b->foreign = procfs && strcmp(procfs, "/proc") != 0;
	if (b->foreign && !is_proc(b->proc_fd)) {
		close(b->proc_fd);
		free(b);
		return -EINVAL;
	}
	b->net_fd = b->ns_fd = b->nl_fd = -1;
	b->raised = false;
	b->hidepid = -1;
	b->overflow = OVERFLOW_UNREAD;
	privilege_find(b);
	netns_home(b);
	b->nl_port = b->nl_sequence = 0;
	*backend = b;
	return 0;
}

void backend_close(struct backend *b)
{
	if (!b)
		return;
	diag_close(b);
	if (b->net_fd >= 0)
		close(b->net_fd);
	if (b->ns_fd >= 0)
		close(b->ns_fd);
	close(b->proc_fd);
	free(b);
}

uint32_t backend_together(enum socktab_source source, enum socktab_kind kind, uint32_t kinds)
{
	bool both = source == SOCKTAB_SOURCE_NETLINK && (kinds & SOCKTAB_TCP) == SOCKTAB_TCP;

	return both && kind_facts[kind].protocol == SOCKTAB_PROTOCOL_TCP ? SOCKTAB_TCP
									 : SOCKTAB_BIT(kind);
}

int backend_visit(struct socktab *t, enum socktab_source source, uint32_t kinds,
		  const struct socktab_filter *filter, socktab_visitor *visit, void *data)
{
	enum socktab_kind kind = backend_first(kinds);

	if (source != SOCKTAB_SOURCE_NETLINK) {
		t->coverage.unmounted |= linux_is_unmounted(t->backend);
		return procnet_visit(t, kind, visit, data);
	}
	/* Asking for SCTP would load its module; a kernel without it has nothing to tell. */
	if (kind_facts[kind].protocol == SOCKTAB_PROTOCOL_SCTP && backend_absent(t, kind))
		return -ENOENT;
	return diag_visit(t, kinds, filter, visit, data);
}

enum socktab_source backend_next(const struct socktab *t, enum socktab_source source)
{
	if (source == SOCKTAB_SOURCE_AUTO && t->source != SOCKTAB_SOURCE_AUTO)
		return t->source;
	if (source == SOCKTAB_SOURCE_AUTO && t->backend->netlink == NETLINK_FIRST)
		return SOCKTAB_SOURCE_NETLINK;
	if (t->source == SOCKTAB_SOURCE_AUTO && source != SOCKTAB_SOURCE_PROCFS)
		return SOCKTAB_SOURCE_PROCFS;
	return SOCKTAB_SOURCE_AUTO;
}

bool backend_unsupported(int error)
{
	static const int refusals[] = {
		EPERM,	      EACCES,	       ENOSYS, /* seccomp, a security module */
		EAFNOSUPPORT, EPROTONOSUPPORT, /* no netlink, no NETLINK_SOCK_DIAG: gVisor */
		ECONNREFUSED,		       /* nobody listens in the kernel */
		ENOENT,			       /* no diag module for this kind, no such table */
		EOPNOTSUPP,   EINVAL,	       /* before 3.3: no SOCK_DIAG_BY_FAMILY */
	};

	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++)
		if (error == -refusals[i])
			return true;
	return false;
}

struct protocol_search {
	const char *name;
	size_t length;
	unsigned int rows;
};

/* The first word of a row; a newer kernel lists UNIX-STREAM besides UNIX. */
static int find_protocol(char *line, size_t length, void *data)
{
	struct protocol_search *search = data;

	search->rows++;
	return length > search->length && !memcmp(line, search->name, search->length) &&
	       (line[search->length] == ' ' || line[search->length] == '-');
}

static bool table_exists(const struct backend *b, const char *file)
{
	int fd = file ? netns_open(b, file) : -ENOENT;

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/*
 * /proc/net/protocols names what the kernel has, in every namespace. Where it cannot be read or is
 * an empty stub (gVisor), a missing table means something only beside one that is there: tcp
 * without tcp6 is a kernel without IPv6; neither tcp nor tcp6 is no evidence at all. Nor is what
 * a copy lacks: whoever made it may have left it out.
 */
bool backend_absent(struct socktab *t, enum socktab_kind kind)
{
	const struct kind_facts *facts = &kind_facts[kind];
	struct protocol_search search = { .name = facts->name, .length = strlen(facts->name) };
	const struct backend *b = t->backend;

	if (procnet_lines(t, "protocols", "protocol", find_protocol, &search) > 0)
		return false;
	if (search.rows > 0)
		return true;
	if (!facts->file || !linux_is_procfs(b->proc_fd) || table_exists(b, facts->file))
		return false;
	if (facts->protocol == SOCKTAB_PROTOCOL_SCTP)
		return table_exists(b, "tcp");
	return facts->family == AF_INET6 && table_exists(b, kind_facts[kind - 1].file);
}
