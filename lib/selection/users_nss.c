// SPDX-License-Identifier: MIT
/* users_nss.c - the names of users, from wherever nsswitch.conf says */
#include <pwd.h>

#include "private.h"

bool selection_find_user(const char *name, uint32_t *uid)
{
	const struct passwd *user = getpwnam(name);

	if (user)
		*uid = user->pw_uid;
	return user;
}

const char *selection_user_name(uint32_t uid)
{
	const struct passwd *user = getpwuid(uid);

	return user ? user->pw_name : NULL;
}
