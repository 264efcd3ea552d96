// SPDX-License-Identifier: MIT
/* faults.h - calls of the C library that fail on demand, for tests: wrap.c, faults.c */
#ifndef FAULTS_H
#define FAULTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * A site is a call that lib/ and plugins/ make and that can fail; each is linked with --wrap (see
 * the list in `wraps`). SITE(name, errors): what it may plausibly fail with, ended by 0.
 */
#define NOT_HERE ENOENT, EACCES, EPERM
#define NO_ROOM EMFILE, ENFILE, ENOMEM
#define SITES \
	SITE(calloc, ENOMEM) \
	SITE(malloc, ENOMEM) \
	SITE(realloc, ENOMEM) \
	SITE(reallocarray, ENOMEM) \
	SITE(strdup, ENOMEM) \
	SITE(regcomp, ENOMEM) \
	SITE(open, EINTR, NO_ROOM, NOT_HERE, EIO) \
	SITE(openat, EINTR, NO_ROOM, NOT_HERE, ESRCH, EIO) \
	SITE(openat2, NO_ROOM, NOT_HERE, ENOSYS, EIO) \
	SITE(fopen, EINTR, NO_ROOM, NOT_HERE, EIO) \
	SITE(fdopen, ENOMEM) \
	SITE(fdopendir, ENOMEM, EIO) \
	SITE(read, EINTR, FAULT_SHORT, ENOMEM, EACCES, EPERM, ESRCH, EIO) \
	SITE(readdir, EIO, ENOMEM) \
	SITE(getdents64, FAULT_SHORT, ENOMEM, EACCES, EPERM, EIO) \
	SITE(getline, EINTR, ENOMEM, EIO) \
	SITE(fgets, EINTR, ENOMEM, EIO) \
	SITE(readlinkat, ENOMEM, NOT_HERE, ESRCH, EIO) \
	SITE(getxattr, ENOMEM, NOT_HERE, ESRCH, EIO) \
	SITE(stat, ENOMEM, NOT_HERE, ESRCH, EIO) \
	SITE(fstat, ENOMEM, EACCES, EIO) \
	SITE(fstatat, ENOMEM, NOT_HERE, ESRCH, EIO) \
	SITE(faccessat, ENOMEM, NOT_HERE, EIO) \
	SITE(fstatfs, EINTR, ENOMEM, EACCES, ENOSYS, EIO) \
	SITE(statvfs, EINTR, ENOMEM, NOT_HERE, EIO) \
	SITE(close, EINTR, EIO) \
	SITE(write, EINTR, EAGAIN, FAULT_SHORT, ENOSPC, EPIPE, EIO) \
	SITE(socket, NO_ROOM, ENOBUFS, EACCES, EPERM, EPROTONOSUPPORT, EAFNOSUPPORT) \
	SITE(connect, EINTR, EAGAIN, ENOBUFS, ENOMEM, ECONNREFUSED, EPERM) \
	SITE(getsockname, ENOBUFS, ENOMEM) \
	SITE(send, EINTR, EAGAIN, ENOBUFS, ENOMEM, ECONNREFUSED, EACCES, EPERM, FAULT_SHORT) \
	SITE(recvmsg, EINTR, EAGAIN, ENOBUFS, ENOMEM, FAULT_TRUNCATED, FAULT_CUT, FAULT_STRANGER, \
	     FAULT_STALE, FAULT_REFUSED, FAULT_MISSING, FAULT_FAILED, FAULT_LOST, FAULT_EMPTY) \
	SITE(setns, ENOMEM, EPERM, EINVAL) \
	SITE(pthread_create, EAGAIN, ENOMEM, EPERM) \
	SITE(capget, EPERM, ENOSYS) \
	SITE(capset, EPERM, ENOSYS) \
	SITE(prctl, EPERM, EINVAL) \
	SITE(getgroups, EINVAL) \
	SITE(setresuid, EAGAIN, EPERM) \
	SITE(setresgid, EAGAIN, EPERM) \
	SITE(clearenv, ENOMEM) \
	SITE(getentropy, ENOSYS, EIO) \
	SITE(getpwnam, EINTR, NO_ROOM, EIO) \
	SITE(getpwuid, EINTR, NO_ROOM, EIO) \
	SITE(getservbyname, EINTR, NO_ROOM, EIO) \
	SITE(if_indextoname, NO_ROOM, ENXIO) \
	SITE(if_nametoindex, NO_ROOM, EPERM) \
	SITE(ioctl, ENOTTY, EIO) \
	SITE(poll, EINTR, ENOMEM) \
	SITE(pselect, EINTR, ENOMEM)

enum site {
#define SITE(name, ...) SITE_##name,
	SITES
#undef SITE
		SITES_END
};

/* What is no errno, above all of these. */
enum {
	FAULT_SHORT = 1000, /* fewer bytes than asked for, the rest next time */
	FAULT_TRUNCATED,    /* MSG_TRUNC */
	FAULT_CUT,	    /* the end of the datagram is missing */
	FAULT_STRANGER,	    /* the end of the dump, from another sender than the kernel */
	FAULT_STALE,	    /* the same from the kernel, with the number of another request */
	FAULT_REFUSED,	    /* the kernel answers EPERM */
	FAULT_MISSING,	    /* ENOENT: it has no module for this kind */
	FAULT_FAILED,	    /* the dump ends with ENOMEM in its NLMSG_DONE */
	FAULT_LOST,	    /* NLM_F_DUMP_INTR: the kernel says that rows were lost */
	FAULT_EMPTY,	    /* a datagram without a byte */
};

struct fault {
	enum site site; /* SITES_END: none */
	unsigned int use;
	bool on; /* every use from that one on fails, not that one alone */
	int error;
};

/* What a run leaves behind; in memory shared with who started it. Its threads count together. */
struct outcome {
	atomic_uint uses[SITES_END];
	atomic_uint struck;	 /* times that the fault was met */
	unsigned int opened;	 /* descriptors open at the end that were not at the start */
	atomic_long allocations; /* not given back by the calls seen */
	bool ended;		 /* by returning or by exit() */
};

#define MOST_DESCRIPTORS 32 /* of a run */

/*
 * From here on calls are counted, and fail as told, until fault_end() or exit(). A main() that
 * returned has closed what it opened; one that left has not.
 */
void fault_begin(const struct fault *fault, struct outcome *outcome);
void fault_end(bool returned);

/* Does this use of the site fail? Then errno is set; what is no errno is in *special. */
bool fault_strikes(enum site site, int *special);
/* Something was allocated (1), or given back (-1). */
void fault_allocated(int count);

/* The programs that run under it, each with its own main(). */
int check_conn_count(int argc, char **argv);
int check_ephemeral_ports(int argc, char **argv);
int check_listen_audit(int argc, char **argv);
int check_port_listen(int argc, char **argv);
int check_proc_sockets(int argc, char **argv);
/* Every call of the library; its walk of descriptors, by one thread and by two; see library.c. */
int library(int argc, char **argv);
int walk(int argc, char **argv);

#endif
