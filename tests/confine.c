// SPDX-License-Identifier: MIT
/* confine.c - runs a command from which the kernel refuses some system calls, as containers do */
#include <errno.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * confine CALL=ERROR... COMMAND [ARGUMENT]...
 *
 * CALL is refused with ERROR. netlink and inet6 are socket() of that family, threads what starts
 * one, the others system calls. Exit 125: what is asked for cannot be done.
 */

struct call {
	const char *name;
	long number;
	int family; /* of socket(), or -1 */
};

static const struct call calls[] = {
	{ "netlink", SYS_socket, AF_NETLINK },
#ifdef SYS_socketcall
	{ "netlink", SYS_socketcall, 1 }, /* i386: the family is out of sight, so any socket() */
#endif
	{ "inet6", SYS_socket, AF_INET6 },
	{ "threads", SYS_clone, -1 },
#ifdef SYS_clone3
	{ "threads", SYS_clone3, -1 },
#endif
	{ "getrandom", SYS_getrandom, -1 },
	{ "capget", SYS_capget, -1 },
	{ "prctl", SYS_prctl, -1 },
};

static const struct {
	const char *name;
	unsigned int number;
} errors[] = {
	{ "EACCES", EACCES }, { "EAFNOSUPPORT", EAFNOSUPPORT },	      { "ENOSYS", ENOSYS },
	{ "EPERM", EPERM },   { "EPROTONOSUPPORT", EPROTONOSUPPORT },
};

static struct sock_filter program[128];
static unsigned short length;

static void add(struct sock_filter instruction)
{
	program[length++] = instruction;
}

static void load(size_t offset)
{
	add((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned int)offset));
}

/* Where the word is not the value, `skip` instructions are. */
static void compare(unsigned int value, unsigned char skip)
{
	add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip));
}

static void answer(unsigned int what)
{
	add((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, what));
}

/* The lower half of an argument. */
static size_t argument(int n)
{
	size_t half = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0;

	return offsetof(struct seccomp_data, args) + 8 * (size_t)n + half;
}

static void refuse(const struct call *call, unsigned int error)
{
	load(offsetof(struct seccomp_data, nr));
	compare((unsigned int)call->number, call->family < 0 ? 1 : 3);
	if (call->family >= 0) {
		load(argument(0));
		compare((unsigned int)call->family, 1);
	}
	answer(SECCOMP_RET_ERRNO | error);
}

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "confine: %s: %s\n", what, why);
	return 125;
}

/* CALL=ERROR. False: no such call or error. */
static int understand(const char *text)
{
	const char *error = strchr(text, '=') + 1;
	size_t size = (size_t)(error - 1 - text);
	int found = 0;

	for (size_t e = 0; e < sizeof(errors) / sizeof(*errors); e++) {
		if (strcmp(errors[e].name, error) != 0)
			continue;
		for (size_t c = 0; c < sizeof(calls) / sizeof(*calls); c++) {
			if (strlen(calls[c].name) == size && !strncmp(calls[c].name, text, size)) {
				refuse(&calls[c], errors[e].number);
				found = 1;
			}
		}
	}
	return found;
}

int main(int argc, char **argv)
{
	struct sock_fprog filter = { .filter = program };
	int i;

	for (i = 1; i < argc && strchr(argv[i], '='); i++)
		if (length > 100 || !understand(argv[i]))
			return fail(argv[i], "no such call or error");
	if (i == argc)
		return fail("usage", "confine CALL=ERROR... COMMAND [ARGUMENT]...");
	answer(SECCOMP_RET_ALLOW);
	filter.len = length;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter))
		return fail("seccomp", strerror(errno));
	execvp(argv[i], argv + i);
	return fail(argv[i], strerror(errno));
}
