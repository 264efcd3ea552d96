// SPDX-License-Identifier: MIT
/* hidepid.c - does this /proc keep processes from us, and does it lie in a namespace of pids */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "linux.h"

/* Numbers until 5.8, names since. */
static const struct {
	const char *name;
	int mode;
} modes[] = {
	{ "1", 1 },	   { "2", 2 },	       { "4", 4 },
	{ "noaccess", 1 }, { "invisible", 2 }, { "ptraceable", 4 },
};

static int parse_mode(const char *text, size_t length)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		if (strlen(modes[i].name) == length && !memcmp(modes[i].name, text, length))
			return modes[i].mode;
	return 0;
}

static void parse_options(const char *options, struct hidepid *hidepid)
{
	for (;;) {
		size_t length = strcspn(options, ",\n");

		if (strncmp(options, "hidepid=", 8) == 0)
			hidepid->mode = parse_mode(options + 8, length - 8);
		else if (strncmp(options, "gid=", 4) == 0)
			hidepid->gid = (uint32_t)strtoul(options + 4, NULL, 10);
		if (options[length] != ',')
			return;
		options += length + 1;
	}
}

/* Is it this number, and then this character? Moves behind it. */
static bool take_number(const char **text, unsigned int wanted, char after)
{
	char *end;

	if (**text < '0' || **text > '9' || strtoul(*text, &end, 10) != wanted || *end != after)
		return false;
	*text = end + 1;
	return true;
}

/* ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [TAG...] - TYPE SOURCE OPTIONS; no field has blanks. */
bool hidepid_parse(const char *line, unsigned int major_number, unsigned int minor_number,
		   struct hidepid *hidepid)
{
	const char *field = line, *type = strstr(line, " - proc ");

	for (int i = 0; i < 2 && field; i++) {
		field = strchr(field, ' ');
		field = field ? field + 1 : NULL;
	}
	if (!field || !type || !take_number(&field, major_number, ':') ||
	    !take_number(&field, minor_number, ' '))
		return false;
	*hidepid = (struct hidepid){ 0 };
	field = strchr(type + strlen(" - proc "), ' ');
	if (field)
		parse_options(field + 1, hidepid);
	return true;
}

static bool is_member(uint32_t gid)
{
	gid_t groups[1024];
	int count = getgroups(sizeof(groups) / sizeof(*groups), groups);

	for (int i = 0; i < count; i++)
		if (groups[i] == gid)
			return true;
	return getegid() == gid;
}

/* Every /proc has a device number of its own; the option belongs to it. */
static void read_mounts(const struct stat *status, struct hidepid *hidepid)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	size_t size = 0;
	char *line = NULL;

	while (file && getline(&line, &size, file) > 0)
		if (hidepid_parse(line, major(status->st_dev), minor(status->st_dev), hidepid))
			break;
	free(line);
	if (file)
		fclose(file);
}

int hidepid_mode(struct backend *b)
{
	struct hidepid hidepid = { 0 };
	struct stat status;

	if (b->hidepid >= 0)
		return b->hidepid;
	if (fstat(b->proc_fd, &status) == 0)
		read_mounts(&status, &hidepid);
	/* Without gid= it is the group of root that may see everything; 4 spares nobody. */
	b->hidepid = hidepid.mode <= 2 && is_member(hidepid.gid) ? 0 : hidepid.mode;
	return b->hidepid;
}

/* PROC_PID_INIT_INO of linux/proc_ns.h. */
bool hidepid_is_nested(const struct backend *b)
{
	static const char first[] = "pid:[4026531836]";
	char link[64];
	ssize_t length;

	/* Another /proc is that of its process 1. */
	length = readlinkat(b->proc_fd, b->foreign ? "1/ns/pid" : "self/ns/pid", link,
			    sizeof(link));
	return length > 4 && !memcmp(link, "pid:", 4) &&
	       (length != sizeof(first) - 1 || memcmp(link, first, sizeof(first) - 1) != 0);
}
