// SPDX-License-Identifier: MIT
/* wrap_kernel.c - netlink that fails on demand, with answers of its own; bare system calls */
#include "faults.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/netlink.h>

static struct nlmsghdr last_request;

int __real_socket(int domain, int type, int protocol);
int __wrap_socket(int domain, int type, int protocol);
int __wrap_socket(int domain, int type, int protocol)
{
	int special;

	return fault_strikes(SITE_socket, &special) ? -1 : __real_socket(domain, type, protocol);
}

int __real_connect(int fd, const struct sockaddr *address, socklen_t length);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t length);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t length)
{
	int special;

	return fault_strikes(SITE_connect, &special) ? -1 : __real_connect(fd, address, length);
}

int __real_getsockname(int fd, struct sockaddr *address, socklen_t *length);
int __wrap_getsockname(int fd, struct sockaddr *address, socklen_t *length);
int __wrap_getsockname(int fd, struct sockaddr *address, socklen_t *length)
{
	int special;

	if (fault_strikes(SITE_getsockname, &special))
		return -1;
	return __real_getsockname(fd, address, length);
}

ssize_t __real_send(int fd, const void *bytes, size_t length, int flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t length, int flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t length, int flags)
{
	bool struck;
	int special;

	memcpy(&last_request, bytes, sizeof(last_request));
	struck = fault_strikes(SITE_send, &special);
	if (struck && !special)
		return -1;
	return __real_send(fd, bytes, length, flags) - struck;
}

/* Answers that stand between the request and the kernel's. */
static const struct forgery {
	int fault;
	uint16_t type;
	uint32_t sender, off; /* off: from the sequence number of the request */
	int32_t error;
} forgeries[] = {
	{ FAULT_STRANGER, NLMSG_DONE, 4711, 0, 0 },   { FAULT_STALE, NLMSG_DONE, 0, 1, 0 },
	{ FAULT_REFUSED, NLMSG_ERROR, 0, 0, -EPERM }, { FAULT_MISSING, NLMSG_ERROR, 0, 0, -ENOENT },
	{ FAULT_FAILED, NLMSG_DONE, 0, 0, -ENOMEM },
};

static ssize_t forge(int fd, struct msghdr *message, const struct forgery *forgery)
{
	struct sockaddr_nl *from = message->msg_name, own = { 0 };
	socklen_t length = sizeof(own);
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
	} answer = {
		.head.nlmsg_len = sizeof(answer),
		.head.nlmsg_type = forgery->type,
		.head.nlmsg_seq = last_request.nlmsg_seq - forgery->off,
		.error.error = forgery->error,
		.error.msg = last_request,
	};

	__real_getsockname(fd, (struct sockaddr *)&own, &length);
	answer.head.nlmsg_pid = own.nl_pid;
	*from = (struct sockaddr_nl){ .nl_family = AF_NETLINK, .nl_pid = forgery->sender };
	message->msg_namelen = sizeof(*from);
	message->msg_flags = 0;
	memcpy(message->msg_iov->iov_base, &answer, sizeof(answer));
	return sizeof(answer);
}

ssize_t __real_recvmsg(int fd, struct msghdr *message, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *message, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *message, int flags)
{
	struct nlmsghdr *head = message->msg_iov->iov_base;
	ssize_t length;
	int special;

	if (!fault_strikes(SITE_recvmsg, &special))
		return __real_recvmsg(fd, message, flags);
	if (!special)
		return -1;
	for (size_t i = 0; i < sizeof(forgeries) / sizeof(*forgeries); i++)
		if (forgeries[i].fault == special)
			return forge(fd, message, &forgeries[i]);
	length = __real_recvmsg(fd, message, flags);
	if (special == FAULT_TRUNCATED)
		message->msg_flags |= MSG_TRUNC;
	else if (special == FAULT_LOST && length >= (ssize_t)sizeof(*head))
		head->nlmsg_flags |= NLM_F_DUMP_INTR;
	else if (special == FAULT_CUT)
		length -= 6; /* within the last message */
	else if (special == FAULT_EMPTY)
		length = 0;
	return length;
}

#ifndef SYS_openat2
#	define SYS_openat2 437
#endif

/* Those that lib/socktab makes; another one is not known here, and fails every test. */
static enum site find_site(long number)
{
	return number == SYS_getdents64 ? SITE_getdents64
	       : number == SYS_capget	? SITE_capget
	       : number == SYS_capset	? SITE_capset
	       : number == SYS_openat2	? SITE_openat2
					: SITES_END;
}

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
long __wrap_syscall(long number, ...)
{
	enum site site = find_site(number);
	va_list arguments;
	long first, second, third = 0, fourth = 0;
	int special;

	if (site == SITES_END) {
		static const char words[] = "a system call that wrap_kernel.c does not know\n";

		write(STDERR_FILENO, words, sizeof(words) - 1);
		_exit(99);
	}
	va_start(arguments, number);
	if (site == SITE_getdents64 || site == SITE_openat2)
		first = va_arg(arguments, int);
	else
		first = (long)va_arg(arguments, void *);
	second = (long)va_arg(arguments, void *);
	if (site == SITE_openat2)
		third = (long)va_arg(arguments, void *);
	if (site == SITE_getdents64 || site == SITE_openat2)
		*(site == SITE_openat2 ? &fourth : &third) = (long)va_arg(arguments, size_t);
	va_end(arguments);
	if (fault_strikes(site, &special)) {
		if (!special)
			return -1;
		third = third > 128 ? 128 : third;
	}
	return __real_syscall(number, first, second, third, fourth);
}
