// SPDX-License-Identifier: MIT
/* test_hidepid.c - the mount options of a /proc, out of mountinfo */
#include "linux/linux.h"
#include "tap.h"

static void check(const char *line, int mode, uint32_t gid, const char *what)
{
	struct hidepid hidepid = { .mode = -1 };
	bool found = hidepid_parse(line, 0, 40, &hidepid);

	is_int(found, mode >= 0, "%s: %s", what, mode >= 0 ? "it is" : "it is not");
	if (mode >= 0) {
		is_int(hidepid.mode, mode, "%s: mode", what);
		is_int(hidepid.gid, gid, "%s: group", what);
	}
}

int main(void)
{
	check("64 63 0:40 / /proc rw - proc proc rw,hidepid=invisible\n", 2, 0, "since 5.8");
	check("64 63 0:40 / /proc rw - proc proc rw,gid=5,hidepid=ptraceable", 4, 5, "for all");
	check("64 63 0:40 / /proc rw - proc proc rw,hidepid=noaccess,gid=5\n", 1, 5, "no access");
	check("64 63 0:40 / /proc rw - proc proc rw,hidepid=2,gid=5\n", 2, 5, "before 5.8");
	check("64 63 0:40 / /proc rw,relatime shared:5 master:1 - proc none rw\n", 0, 0, "without");
	check("64 63 0:40 / /a\\040-\\040b rw - proc a\\040b rw,hidepid=1\n", 1, 0, "blanks");
	check("64 63 0:40 / /proc rw - proc proc rw,hidepid=off\n", 0, 0, "off");
	check("64 63 0:40 / /proc rw - proc proc rw,hidepid=22\n", 0, 0, "no such mode");
	check("64 63 0:40 / /proc rw - proc proc", 0, 0, "no options");
	check("64 63 0:40 / /proc rw - tmpfs proc rw,hidepid=2\n", -1, 0, "not a /proc");
	check("64 63 0:4 / /proc rw - proc proc rw,hidepid=2\n", -1, 0, "another device");
	check("64 63 1:40 / /proc rw - proc proc rw,hidepid=2\n", -1, 0, "another major number");
	check("0:40 - proc proc rw", -1, 0, "cut short");
	check("", -1, 0, "empty");
	return done();
}
