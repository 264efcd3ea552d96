// SPDX-License-Identifier: MIT
/* unit.c - systemd units in cgroup paths */
#include <stdio.h>
#include <string.h>

#include "socktab.h"

static bool ends_with(const char *text, size_t length, const char *end)
{
	size_t end_length = strlen(end);

	return length > end_length && memcmp(text + length - end_length, end, end_length) == 0;
}

/* Kinds of unit that own a cgroup; see systemd.unit(5). */
static bool is_unit(const char *name, size_t length)
{
	static const char *const ends[] = { ".service", ".socket", ".scope",
					    ".slice",	".mount",  ".swap" };

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (ends_with(name, length, ends[i]))
			return true;
	return false;
}

static bool component_matches(const char *name, size_t length, const char *unit)
{
	size_t unit_length = strlen(unit);
	const char *rest = name + unit_length;
	size_t rest_length = length - unit_length;

	if (length < unit_length || memcmp(name, unit, unit_length) != 0)
		return false;
	if (!rest_length)
		return true;
	if (is_unit(unit, unit_length))
		return false;
	if (rest[0] == '@')
		return ends_with(name, length, ".service");
	return (rest_length == 8 && memcmp(rest, ".service", 8) == 0) ||
	       (rest_length == 7 && memcmp(rest, ".socket", 7) == 0);
}

static bool path_below(const char *path, const char *parent)
{
	size_t length = strlen(parent);

	while (length && parent[length - 1] == '/')
		length--;
	return strncmp(path, parent, length) == 0 && (!path[length] || path[length] == '/');
}

static bool is_user_manager(const char *name, size_t length)
{
	return length > 5 && memcmp(name, "user@", 5) == 0 && ends_with(name, length, ".service");
}

bool socktab_unit_match(const char *path, const char *unit)
{
	if (unit[0] == '/')
		return path_below(path, unit);
	while (*path) {
		size_t length;

		path += strspn(path, "/");
		length = strcspn(path, "/");
		if (length && component_matches(path, length, unit))
			return true;
		if (is_user_manager(path, length))
			return false;
		path += length;
	}
	return false;
}

const char *socktab_unit_name(const char *path, char *buffer, size_t size)
{
	buffer[0] = '\0';
	while (*path) {
		size_t length;

		path += strspn(path, "/");
		length = strcspn(path, "/");
		if (is_unit(path, length))
			snprintf(buffer, size, "%.*s", (int)length, path);
		path += length;
	}
	return buffer;
}

const char *socktab_unit_manager(const char *path, char *buffer, size_t size)
{
	char below[8];

	buffer[0] = '\0';
	while (*path && !buffer[0]) {
		size_t length;

		path += strspn(path, "/");
		length = strcspn(path, "/");
		if (is_user_manager(path, length) &&
		    socktab_unit_name(path + length, below, sizeof(below))[0])
			snprintf(buffer, size, "%.*s", (int)length, path);
		path += length;
	}
	return buffer;
}
