// SPDX-License-Identifier: MIT
/* old_kernel.c - in place of recvmsg(), fstatat() and linux_open(): without what older kernels do
 * not tell */
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* Of linux/inet_diag.h; its INET_DIAG_CGROUP_ID has come with 5.9. What SKMEMINFO says of drops has
 * come with 4.7. */
enum { SKMEMINFO = 7, SKV6ONLY = 11, CGROUP_ID = 21, NOT_KNOWN_YET = 1000 };

/* glibc has another name for it where it gives 64 bits to times of 32. */
#if defined _TIME_BITS && _TIME_BITS == 64
#	define REAL_RECVMSG __real___recvmsg64
#	define WRAP_RECVMSG __wrap___recvmsg64
#else
#	define REAL_RECVMSG __real_recvmsg
#	define WRAP_RECVMSG __wrap_recvmsg
#endif

ssize_t REAL_RECVMSG(int fd, struct msghdr *header, int flags);
ssize_t WRAP_RECVMSG(int fd, struct msghdr *header, int flags);

static void rename_attributes(unsigned char *bytes, size_t size)
{
	struct nlattr attribute;

	for (size_t at = 0; at + sizeof(attribute) <= size; at += NLA_ALIGN(attribute.nla_len)) {
		memcpy(&attribute, bytes + at, sizeof(attribute));
		if (attribute.nla_len < sizeof(attribute))
			return;
		if (attribute.nla_type != SKMEMINFO && attribute.nla_type != SKV6ONLY &&
		    attribute.nla_type != CGROUP_ID)
			continue;
		attribute.nla_type = NOT_KNOWN_YET;
		memcpy(bytes + at, &attribute, sizeof(attribute));
	}
}

static void rename_messages(unsigned char *bytes, size_t size)
{
	const size_t body = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct inet_diag_msg));
	struct nlmsghdr message;

	for (size_t at = 0; at + sizeof(message) <= size; at += NLMSG_ALIGN(message.nlmsg_len)) {
		memcpy(&message, bytes + at, sizeof(message));
		if (message.nlmsg_len < sizeof(message) || message.nlmsg_len > size - at)
			return;
		/* Those of unix sockets are shorter, and have none of these attributes. */
		if ((message.nlmsg_type == SOCK_DIAG_BY_FAMILY ||
		     message.nlmsg_type == TCPDIAG_GETSOCK) &&
		    message.nlmsg_len > body && bytes[at + NLMSG_HDRLEN] != AF_UNIX)
			rename_attributes(bytes + at + body, message.nlmsg_len - body);
	}
}

ssize_t WRAP_RECVMSG(int fd, struct msghdr *header, int flags)
{
	ssize_t size = REAL_RECVMSG(fd, header, flags);

	if (size > 0)
		rename_messages(header->msg_iov[0].iov_base, (size_t)size);
	return size;
}

/* It has other names where it gives 64 bits to sizes or times of 32. */
#if defined __GLIBC__ && defined _TIME_BITS && _TIME_BITS == 64
#	define REAL_FSTATAT __real___fstatat64_time64
#	define WRAP_FSTATAT __wrap___fstatat64_time64
#elif defined __GLIBC__ && defined _FILE_OFFSET_BITS && _FILE_OFFSET_BITS == 64
#	define REAL_FSTATAT __real_fstatat64
#	define WRAP_FSTATAT __wrap_fstatat64
#else
#	define REAL_FSTATAT __real_fstatat
#	define WRAP_FSTATAT __wrap_fstatat
#endif

int REAL_FSTATAT(int at, const char *path, struct stat *status, int flags);
int WRAP_FSTATAT(int at, const char *path, struct stat *status, int flags);

/* That the size of /proc/PID/fd is how many there are has come with 6.2. */
int WRAP_FSTATAT(int at, const char *path, struct stat *status, int flags)
{
	const char *name = strrchr(path, '/');
	int result = REAL_FSTATAT(at, path, status, flags);

	if (name && strcmp(name, "/fd") == 0)
		status->st_size = 0;
	return result;
}

/* /proc/thread-self has come with 3.17. */
int __real_linux_open(int at, const char *path, int flags);
int __wrap_linux_open(int at, const char *path, int flags);
int __wrap_linux_open(int at, const char *path, int flags)
{
	return strstr(path, "thread-self") ? -ENOENT : __real_linux_open(at, path, flags);
}
