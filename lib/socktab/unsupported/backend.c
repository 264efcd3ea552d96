// SPDX-License-Identifier: MIT
/* backend.c - no operating system: the template for a port */
#include <errno.h>

#include "../backend.h"

/*
 * To port: copy this folder, name it after the system, add its line to configure.ac, and replace
 * the functions one by one; the tree builds at every step, and what is not there yet answers
 * -ENOSYS, which every plugin reports as UNKNOWN. Start with backend_open(), backend_close() and
 * backend_visit() for TCP: check_conn_count works from then on. Ignore the filter at first, since
 * socktab.c applies it again: be right, then fast.
 */

/* Descriptors and buffers of the handle; complete it here. Nothing may be global. */
struct backend {
	int unused;
};

/*
 * Set *backend to what the calls below need, or return -errno and leave nothing behind. procfs is
 * the root of another /proc where the system has one (NULL: our own); refuse it with -ENOENT else.
 */
int backend_open(struct backend **backend, const char *procfs)
{
	(void)backend;
	(void)procfs;
	return -ENOSYS;
}

/* Give everything back. */
void backend_close(struct backend *backend)
{
	(void)backend;
}

/* Where one call of the system tells of several kinds at once, name them. */
uint32_t backend_together(enum socktab_source source, enum socktab_kind kind, uint32_t kinds)
{
	(void)source;
	(void)kinds;
	return SOCKTAB_BIT(kind);
}

/*
 * Call visit() with a record for each socket of these kinds. Let the record live on the stack; set
 * a field's bit in `known` only where the system told it. Stop and return what visit() returns
 * when that is not 0. A row that makes no sense: t->coverage.malformed++, go on.
 */
int backend_visit(struct socktab *t, enum socktab_source source, uint32_t kinds,
		  const struct socktab_filter *filter, socktab_visitor *visit, void *data)
{
	(void)t;
	(void)source;
	(void)kinds;
	(void)filter;
	(void)visit;
	(void)data;
	return -ENOSYS;
}

/* With one source: that source after AUTO, AUTO after it. */
enum socktab_source backend_next(const struct socktab *t, enum socktab_source source)
{
	(void)t;
	(void)source;
	return SOCKTAB_SOURCE_AUTO;
}

/* The errors by which a source says that it is not there, or not for us. */
bool backend_unsupported(int error)
{
	return error == -ENOSYS;
}

/* Only on evidence: an absent kind counts as complete and empty. */
bool backend_absent(struct socktab *t, enum socktab_kind kind)
{
	(void)t;
	(void)kind;
	return false;
}

/* The processes that pass the filter, by ascending pid. */
int socktab_processes(struct socktab *t, const struct socktab_process_filter *filter,
		      socktab_process_visitor *visit, void *data)
{
	(void)t;
	(void)filter;
	(void)visit;
	(void)data;
	return -ENOSYS;
}

/* The sockets that these processes hold; count in the coverage what may not be read. */
int socktab_holders(struct socktab *t, const struct socktab_process_filter *filter,
		    const struct socktab_table *inodes, socktab_holder_visitor *visit, void *data)
{
	(void)t;
	(void)filter;
	(void)inodes;
	(void)visit;
	(void)data;
	return -ENOSYS;
}

/* How many descriptors a process has open, and may have. */
int socktab_fds(struct socktab *t, pid_t pid, uint64_t *fds, uint64_t *limit)
{
	(void)t;
	(void)pid;
	(void)fds;
	(void)limit;
	return -ENOSYS;
}

/* Where a program can be given privilege beyond its caller's: give up all that is not needed. */
int socktab_limit_privilege(void)
{
	return 0;
}

/* All of it, for good. */
int socktab_drop_privilege(void)
{
	return 0;
}

/* What keeps processes unreadable. */
void socktab_privilege(const struct socktab *t, struct socktab_privilege *privilege)
{
	(void)t;
	*privilege = (struct socktab_privilege){ .obstacle = SOCKTAB_OBSTACLE_REFUSED };
}

/* What a line of text tells of a process. */
int socktab_describe(struct socktab *t, pid_t pid, struct socktab_details *details)
{
	(void)t;
	(void)pid;
	(void)details;
	return -ENOSYS;
}

/* Which kinds a held socket can be that stands in no table. */
int socktab_holder_kinds(struct socktab *t, const struct socktab_holder *holder, uint32_t *kinds)
{
	(void)t;
	(void)holder;
	(void)kinds;
	return -ENOSYS;
}

/* The units of a service manager; a system without any has none. */
int socktab_cgroups(struct socktab *t, socktab_cgroup_visitor *visit, void *data)
{
	(void)t;
	(void)visit;
	(void)data;
	return -ENOENT;
}

/* Other network namespaces: -EINVAL where the system has none, as here. NULL: back. */
int socktab_enter(struct socktab *t, const char *netns)
{
	(void)t;
	return netns ? -EINVAL : 0;
}

/* That of a process; where there is one for all, there it is. */
int socktab_enter_pid(struct socktab *t, pid_t pid)
{
	(void)t;
	(void)pid;
	return 0;
}

/* Where there is one for all, one number for all. */
int socktab_namespace(struct socktab *t, pid_t pid, uint64_t *id)
{
	(void)t;
	(void)pid;
	*id = 1;
	return 0;
}

/* The name of a network device, as if_indextoname() has it. */
int socktab_device_name(struct socktab *t, uint32_t ifindex, char name[SOCKTAB_DEVICE_SIZE])
{
	(void)t;
	(void)ifindex;
	name[0] = '\0';
	return -ENOSYS;
}

/* Does a path lead to the file that this unix socket is bound to? */
int socktab_leads_to(struct socktab *t, const struct socktab_name *name,
		     const struct socktab_record *record)
{
	(void)t;
	(void)name;
	(void)record;
	return -ENOSYS;
}

/* Is it an address of this host? */
int socktab_is_local(struct socktab *t, uint8_t family, const uint8_t *ip)
{
	(void)t;
	(void)family;
	(void)ip;
	return -ENOSYS;
}

/* Is there a network device of that name? */
int socktab_has_device(struct socktab *t, const char *name)
{
	(void)t;
	(void)name;
	return -ENOSYS;
}

/* A counter of the network stack. */
int socktab_counter(struct socktab *t, const char *group, const char *name, uint64_t *value)
{
	(void)t;
	(void)group;
	(void)name;
	(void)value;
	return -ENOENT;
}

/* The ports that the system chooses from for programs that name none. */
int socktab_local_ports(struct socktab *t, struct socktab_local_ports *local)
{
	(void)t;
	(void)local;
	return -ENOSYS;
}
