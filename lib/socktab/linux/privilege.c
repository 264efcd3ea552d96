// SPDX-License-Identifier: MIT
/* privilege.c - two capabilities: kept from the start, raised for a moment, dropped for good */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <linux/capability.h>

#include "linux.h"

#define BIT(capability) (UINT64_C(1) << (capability))
/* Opening /proc/PID/fd of another user needs the second, reading what is in it the first. */
#define WANTED (BIT(CAP_SYS_PTRACE) | BIT(CAP_DAC_READ_SEARCH))

struct sets {
	uint64_t effective, permitted, inheritable;
};

/* Of this thread. */
static int get_sets(struct sets *sets)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct half[2] = { 0 };

	if (syscall(SYS_capget, &head, half))
		return -errno;
	sets->effective = (uint64_t)half[1].effective << 32 | half[0].effective;
	sets->permitted = (uint64_t)half[1].permitted << 32 | half[0].permitted;
	sets->inheritable = (uint64_t)half[1].inheritable << 32 | half[0].inheritable;
	return 0;
}

/* The inheritable set becomes empty, and with it the ambient one, which is never larger. */
static int set_sets(uint64_t permitted, uint64_t effective)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct half[2] = {
		{ .permitted = (uint32_t)permitted, .effective = (uint32_t)effective },
		{ .permitted = (uint32_t)(permitted >> 32),
		  .effective = (uint32_t)(effective >> 32) },
	};

	return syscall(SYS_capset, &head, half) ? -errno : 0;
}

/*
 * Does more privilege than the caller's come with the program (file capabilities, set-user-ID), or
 * with the service it runs in (ambient)? Root's own is not touched.
 */
static bool is_lent(const struct sets *sets)
{
	return getauxval(AT_SECURE) || (getuid() != 0 && sets->permitted);
}

/* A set-user-ID program would open with its owner's rights whatever the caller names. */
static int become_caller(void)
{
	int error = 0;

	if (geteuid() == getuid() && getegid() == getgid())
		return 0;
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) || setresgid(getgid(), getgid(), getgid()) ||
	    setresuid(getuid(), getuid(), getuid()))
		error = -errno;
	prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0);
	return error;
}

int socktab_limit_privilege(void)
{
	struct sets sets = { 0 };
	int error = get_sets(&sets);

	if (!is_lent(&sets))
		return 0;
	/* The loader has dropped what it fears itself; nothing else is needed either. */
	if (getauxval(AT_SECURE) && clearenv())
		return -ENOMEM;
	if (!error)
		error = become_caller();
	return error ? error : set_sets(sets.permitted & WANTED, 0);
}

int socktab_drop_privilege(void)
{
	struct sets sets = { 0 };
	int error = get_sets(&sets);

	if (!is_lent(&sets))
		return 0;
	return error ? error : set_sets(0, 0);
}

void privilege_find(struct backend *b)
{
	struct sets sets = { 0 };

	b->lent = 0;
	/* Only for the /proc that the kernel made. */
	if (get_sets(&sets) || b->foreign || !linux_is_procfs(b->proc_fd))
		return;
	if (is_lent(&sets))
		b->lent = sets.permitted & WANTED;
}

void privilege_raise(struct backend *b)
{
	if (b->lent)
		b->raised = set_sets(b->lent, b->lent) == 0;
}

void privilege_raise_hidden(struct backend *b)
{
	if (b->lent && hidepid_mode(b))
		privilege_raise(b);
}

void privilege_lower(struct backend *b)
{
	int error = errno;

	/* Always granted: no set grows. */
	if (b->raised)
		b->raised = set_sets(b->lent, 0) != 0;
	errno = error;
}

/* Which of the wanted capabilities are in force where they are needed. */
static uint64_t in_force(const struct backend *b)
{
	struct sets sets = { 0 };

	return b->lent || get_sets(&sets) ? b->lent : sets.effective & WANTED;
}

bool privilege_has_ptrace(const struct backend *b)
{
	return in_force(b) & BIT(CAP_SYS_PTRACE);
}

/* The permitted set that the program's file carries. */
static uint64_t of_file(void)
{
	struct vfs_ns_cap_data data = { 0 };
	ssize_t length = getxattr("/proc/self/exe", "security.capability", &data, sizeof(data));

	if (length < (ssize_t)sizeof(struct vfs_cap_data))
		return 0;
	return (uint64_t)le32toh(data.data[1].permitted) << 32 | le32toh(data.data[0].permitted);
}

static bool is_bounded(uint64_t missing)
{
	for (int capability = 0; capability < 64; capability++)
		if (missing & BIT(capability) && prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 0)
			return true;
	return false;
}

/* What keeps the missing capabilities of the program's file from being in force. */
static enum socktab_obstacle file_obstacle(void)
{
	struct statvfs status;

	/* Nothing but limiting and dropping has taken them since. */
	if (getauxval(AT_SECURE))
		return SOCKTAB_OBSTACLE_DROPPED;
	if (statvfs("/proc/self/exe", &status) == 0 && status.f_flag & ST_NOSUID)
		return SOCKTAB_OBSTACLE_NOSUID;
	return SOCKTAB_OBSTACLE_IGNORED;
}

static enum socktab_obstacle find_obstacle(const struct backend *b, uint64_t missing, bool given)
{
	if (!missing)
		return SOCKTAB_OBSTACLE_REFUSED;
	/* What a file or a service lends does not reach a /proc that the caller named. */
	if (b->foreign && getuid() != 0)
		return SOCKTAB_OBSTACLE_DROPPED;
	if (is_bounded(missing))
		return SOCKTAB_OBSTACLE_BOUNDING;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		return SOCKTAB_OBSTACLE_NO_NEW_PRIVS;
	return given ? file_obstacle() : SOCKTAB_OBSTACLE_CAPABILITY;
}

void socktab_privilege(const struct socktab *t, struct socktab_privilege *privilege)
{
	uint64_t has = in_force(t->backend), missing = WANTED & ~has;
	bool given = missing && (of_file() & missing) == missing;

	*privilege = (struct socktab_privilege){
		.sys_ptrace = has & BIT(CAP_SYS_PTRACE),
		.dac_read_search = has & BIT(CAP_DAC_READ_SEARCH),
		.given = given,
		.no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1,
		.obstacle = find_obstacle(t->backend, missing, given),
	};
}
