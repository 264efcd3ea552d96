// SPDX-License-Identifier: MIT
/* users_file.c - the names of users, from /etc/passwd alone: for static programs */
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "private.h"

/* With a name that user, else the one of this uid. Lines that begin with # are comments, which musl
 * does not know; with + or - they stand for names from NIS. */
static bool is_user(const struct passwd *user, const char *name, uint32_t uid)
{
	if (strchr("#+-", user->pw_name[0])) /* or empty */
		return false;
	return name ? strcmp(user->pw_name, name) == 0 : user->pw_uid == uid;
}

/* NULL: none. The next call overwrites what it returned. */
static const struct passwd *read_user(const char *name, uint32_t uid)
{
	FILE *file = fopen("/etc/passwd", "re");
	const struct passwd *user;

	if (!file)
		return NULL;
	do
		user = fgetpwent(file);
	while (user && !is_user(user, name, uid));
	fclose(file);
	return user;
}

bool selection_find_user(const char *name, uint32_t *uid)
{
	const struct passwd *user = read_user(name, 0);

	if (user)
		*uid = user->pw_uid;
	return user;
}

const char *selection_user_name(uint32_t uid)
{
	const struct passwd *user = read_user(NULL, uid);

	return user ? user->pw_name : NULL;
}
