// SPDX-License-Identifier: MIT
/* test_process - processes and what they hold, by a /proc made for the purpose */
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "linux/linux.h"
#include "socktab.h"
#include "tap.h"

/* ---- a /proc ----------------------------------------------------------------------------- */

static char root[] = "/tmp/test_process.XXXXXX";

static const char *path_of(int pid, const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%d%s%s", root, pid, name[0] ? "/" : "", name);
	return path;
}

static void put(int pid, const char *name, const char *bytes, size_t length)
{
	FILE *file = fopen(path_of(pid, name), "w");

	if (!file || fwrite(bytes, 1, length, file) != length || fclose(file))
		exit(99);
}

#define PUT(pid, name, text) put(pid, name, text, sizeof(text) - 1)

static void make_process(int pid, const char *comm, const char *cgroup)
{
	char line[256];

	if (mkdir(path_of(pid, ""), 0755) || mkdir(path_of(pid, "fd"), 0755))
		exit(99);
	snprintf(line, sizeof(line), "%s\n", comm);
	put(pid, "comm", line, strlen(line));
	PUT(pid, "cmdline", "");
	snprintf(line, sizeof(line), "1:cpu:/other\n0::%s\n", cgroup);
	put(pid, "cgroup", line, strlen(line));
	snprintf(line, sizeof(line), "%d (%s) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 100 0 0\n",
		 pid, comm);
	put(pid, "stat", line, strlen(line));
}

static void make_fd(int pid, int fd, const char *target)
{
	char name[32];

	snprintf(name, sizeof(name), "fd/%d", fd);
	if (symlink(target, path_of(pid, name)))
		exit(99);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status, (void)type, (void)walk;
	return remove(path);
}

static void remove_root(void)
{
	nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void make_root(void)
{
	if (!mkdtemp(root))
		exit(99);
	atexit(remove_root);
	make_process(1, "init", "/init.scope");
	make_process(20, ") R 1 (", "/system.slice/web.service");
	PUT(20, "cmdline", "/usr/sbin/web: master\0-x\0");
	make_fd(20, 0, "/dev/null");
	make_fd(20, 3, "socket:[101]");
	make_fd(20, 4, "pipe:[102]");
	make_fd(20, 70, "socket:[103]");
	make_process(21, "averyveryverylo", "/system.slice/web.service");
	make_fd(21, 5, "socket:[101]");
	make_fd(21, 6, "socket:[104]");
	make_fd(21, 7, "socket:[104]");
	make_fd(21, 8, "socket:[4294967295]");
	make_fd(21, 9, "socket:[12x]");
	make_fd(21, 10, "socket:");
	make_process(22, "other", "/user.slice/user-1.slice/user@1.service/web.service");
	PUT(22, "limits",
	    "Limit                     Soft Limit           Hard Limit           Units\n"
	    "Max processes             10                   20                   processes\n"
	    "Max open files            1024                 4096                 files\n");
	make_process(23, "free", "/");
	PUT(23, "limits",
	    "Max open files            unlimited            unlimited            "
	    "files\n");
	make_process(24, "odd", "/");
	PUT(24, "limits", "no limits at all\n");
	/* Names that are no processes. */
	if (mkdir(path_of(25, ""), 0755)) /* has ended: nothing in it */
		exit(99);
}

/* ---- text of /proc ----------------------------------------------------------------------- */

static void test_stat(void)
{
	is_int(linux_stat_start("7 (cat) R 1 7 7 0 -1 4 5 6 7 8 9 10 11 12 20 0 1 0 4711 99 0"),
	       4711, "stat: field 22");
	is_int(linux_stat_start("7 () R 1 () R 1 () S 1 7 7 0 -1 4 5 6 7 8 9 10 11 12 20 0 1 0 12 "
				"99"),
	       12, "stat: comm ends at the last parenthesis");
	is_int(linux_stat_start("7 (a b c) S 1 7 7 0 -1 4 5 6 7 8 9 10 11 12 20 0 1 0 13 99"), 13,
	       "stat: comm with blanks");
	is_int(linux_stat_start("7 (a\nb) S 1 7 7 0 -1 4 5 6 7 8 9 10 11 12 20 0 1 0 14 9"), 14,
	       "stat: comm with a newline");
	is_int(linux_stat_start(""), -1, "stat: empty");
	is_int(linux_stat_start("7 (cat) R 1 7"), -1, "stat: cut short");
	is_int(linux_stat_start("7 cat R 1"), -1, "stat: no parenthesis");
	is_int(linux_stat_start("7 (cat) R 1 7 7 0 -1 4 5 6 7 8 9 10 11 12 20 0 1 0 x"), -1,
	       "stat: no number");
}

static void test_describe(struct socktab *t)
{
	struct socktab_details details;

	is_int(socktab_describe(t, 20, &details), 0, "describe a process");
	is_str(details.process.comm, ") R 1 (", "its comm as it chose it");
	is_int(details.process.uid, getuid(), "the owner of its directory");
	is_str(details.unit, "web.service", "its unit");
	ok(details.age >= 0, "its age");
	ok(!details.deleted_known, "an executable that may not be read");
	is_int(socktab_describe(t, 23, &details), 0, "describe one in no unit");
	is_str(details.unit, "", "no unit");
	is_int(socktab_describe(t, 999, &details), -ESRCH, "no such process");
	is_int(symlink("/usr/sbin/web (deleted)", path_of(20, "exe")), 0, "an executable");
	is_int(socktab_describe(t, 20, &details), 0, "describe it again");
	ok(details.deleted_known && details.deleted, "its executable was replaced");
}

/* ---- which processes --------------------------------------------------------------------- */

struct seen {
	char text[256];
	size_t length, stop_after, calls;
};

static int see_process(const struct socktab_process *process, void *data)
{
	struct seen *seen = data;

	seen->length += (size_t)snprintf(seen->text + seen->length,
					 sizeof(seen->text) - seen->length, "%d ",
					 (int)process->pid);
	return ++seen->calls == seen->stop_after ? 42 : 0;
}

/* Directories are listed in the order of the file system, so the pids are sorted. */
static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void are_processes(struct socktab *t, const struct socktab_process_filter *filter,
			  const char *pids)
{
	struct seen seen = { 0 }, sorted = { 0 };
	int list[16] = { 0 }, count = 0;

	is_int(socktab_processes(t, filter, see_process, &seen), 0, "processes: %s", pids);
	for (char *at = seen.text, *end; *at; at = end + 1)
		list[count++] = (int)strtol(at, &end, 10);
	qsort(list, (size_t)count, sizeof(*list), by_number);
	for (int i = 0; i < count; i++)
		sorted.length += (size_t)snprintf(sorted.text + sorted.length,
						  sizeof(sorted.text) - sorted.length, "%d ",
						  list[i]);
	is_str(sorted.text, pids, "exactly these");
}

static void are_commands(struct socktab *t, const char *command, const char *pids)
{
	const struct socktab_process_filter filter = { .commands = &command, .command_count = 1 };

	are_processes(t, &filter, pids);
}

static void are_of_unit(struct socktab *t, const char *unit, const char *pids)
{
	const struct socktab_process_filter filter = { .units = &unit, .unit_count = 1 };

	are_processes(t, &filter, pids);
}

static void test_processes(struct socktab *t)
{
	const uint32_t uid = getuid(), other = getuid() + 1, pids[] = { 22, 999, 20 };
	const char *const commands[] = { "other", "init" };
	struct socktab_process_filter filter = { 0 };
	struct seen seen = { .stop_after = 2 };

	are_processes(t, NULL, "1 20 21 22 23 24 ");
	are_commands(t, "other", "22 ");
	are_commands(t, "othe", "");
	are_commands(t, ") R 1 (", "20 ");
	are_commands(t, "web: master", "20 ");
	are_commands(t, "master", "");
	are_commands(t, "web", "20 "); /* its executable */
	are_commands(t, "averyveryverylo", "21 ");
	are_commands(t, "averyveryverylongname", "21 ");
	are_commands(t, "averyveryveryl", "");
	are_of_unit(t, "web", "20 21 ");
	are_of_unit(t, "web.service", "20 21 ");
	are_of_unit(t, "other.service", "");
	are_of_unit(t, "/user.slice/user-1.slice/user@1.service/web.service", "22 ");
	filter = (struct socktab_process_filter){ .uids = &uid, .uid_count = 1 };
	are_processes(t, &filter, "1 20 21 22 23 24 ");
	filter.uids = &other;
	are_processes(t, &filter, "");
	filter = (struct socktab_process_filter){ .pids = pids, .pid_count = 3 };
	are_processes(t, &filter, "20 22 ");
	filter.commands = commands;
	filter.command_count = 2;
	are_processes(t, &filter, "22 ");
	is_int(socktab_processes(t, NULL, see_process, &seen), 42, "the visitor may stop");
	is_int((int64_t)seen.calls, 2, "and is not called again");
	ok(!socktab_coverage(t)->hidden, "process 1 is there: nothing is hidden");
}

/* ---- what they hold ---------------------------------------------------------------------- */

static int see_holder(const struct socktab_holder *holder, void *data)
{
	struct seen *seen = data;

	seen->length += (size_t)snprintf(seen->text + seen->length,
					 sizeof(seen->text) - seen->length, "%d:%d:%" PRIu32 " ",
					 (int)holder->pid, holder->fd, holder->inode);
	return ++seen->calls == seen->stop_after ? 42 : 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Only /proc lists descriptors in order. */
static void sort_words(struct seen *seen)
{
	char *words[16] = { 0 }, text[sizeof(seen->text)];
	size_t count = 0;

	memcpy(text, seen->text, sizeof(text));
	for (char *at = text, *end; (end = strchr(at, ' ')); at = end + 1) {
		*end = '\0';
		words[count++] = at;
	}
	qsort(words, count, sizeof(*words), by_text);
	seen->length = 0;
	for (size_t i = 0; i < count; i++)
		seen->length += (size_t)snprintf(seen->text + seen->length,
						 sizeof(seen->text) - seen->length, "%s ",
						 words[i]);
}

static struct seen find_holders(struct socktab *t, const struct socktab_table *inodes,
				size_t stop_after)
{
	static const uint32_t pids[] = { 20, 21, 25, 999 };
	const struct socktab_process_filter filter = { .pids = pids, .pid_count = 4 };
	struct seen seen = { .stop_after = stop_after };

	is_int(socktab_holders(t, &filter, inodes, see_holder, &seen), stop_after ? 42 : 0,
	       "look for holders");
	return seen;
}

static void test_holders(struct socktab *t)
{
	struct socktab_table inodes = { .key_size = sizeof(uint32_t) };
	const uint32_t wanted[] = { 103, UINT32_MAX, 999 };
	struct seen seen;

	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		*socktab_table_at(&inodes, &wanted[i]) = 1;
	seen = find_holders(t, &inodes, 0);
	is_str(seen.text, "21:8:4294967295 20:70:103 ",
	       "low descriptors of every process before the high ones of any");
	seen = find_holders(t, &inodes, 1);
	is_str(seen.text, "21:8:4294967295 ", "the visitor may stop");
	socktab_table_free(&inodes);
	seen = find_holders(t, NULL, 0);
	sort_words(&seen);
	is_str(seen.text, "20:3:101 20:70:103 21:5:101 21:6:104 21:7:104 21:8:4294967295 ",
	       "every descriptor that is a socket, and nothing like it");
	seen = find_holders(t, NULL, 2);
	is_int((int64_t)seen.calls, 2, "the visitor may stop there too");
	is_int(socktab_coverage(t)->unreadable, 0, "all could be read");
}

static void test_fds(struct socktab *t)
{
	uint64_t fds, limit;

	is_int(socktab_fds(t, 22, &fds, &limit), 0, "descriptors");
	is_int((int64_t)limit, 1024, "the soft limit");
	is_int(socktab_fds(t, 23, &fds, &limit), 0, "descriptors without a limit");
	ok(limit == UINT64_MAX, "unlimited");
	is_int(socktab_fds(t, 24, &fds, &limit), -EBADMSG, "no such limit in the text");
	PUT(24, "limits", "Max open files            \n");
	is_int(socktab_fds(t, 24, &fds, &limit), -EBADMSG, "a limit without its number");
	is_int(socktab_fds(t, 999, &fds, &limit), -ENOENT, "no such process");
}

/* Of the kernel's own /proc: exact numbers. */
static void test_own_fds(void)
{
	struct socktab *t;
	uint64_t before, after, limit;

	is_int(socktab_open(&t, NULL), 0, "open /proc");
	is_int(socktab_fds(t, getpid(), &before, &limit), 0, "our own descriptors");
	int fd = dup(STDOUT_FILENO);

	is_int(socktab_fds(t, getpid(), &after, &limit), 0, "our own descriptors again");
	is_int((int64_t)(after - before), 1, "one more");
	is_int((int64_t)limit, sysconf(_SC_OPEN_MAX), "the soft limit");
	close(fd);
	socktab_close(t);
}

/* ---- what may not be read ---------------------------------------------------------------- */

/* Permissions mean nothing to root: become somebody else where that is possible. */
static void test_unreadable(void)
{
	static const uint32_t pids[] = { 20, 21 };
	const struct socktab_process_filter filter = { .pids = pids, .pid_count = 2 };
	struct seen seen = { 0 };
	struct socktab *t;

	if (chmod(root, 0755) || chmod(path_of(20, "fd"), 0) || (getuid() == 0 && seteuid(65534))) {
		ok(true, "unreadable processes are counted # SKIP cannot become another user");
		return;
	}
	is_int(socktab_open(&t, root), 0, "open as another user");
	is_int(socktab_holders(t, &filter, NULL, see_holder, &seen), 0,
	       "what may not be read is no error");
	sort_words(&seen);
	is_str(seen.text, "21:5:101 21:6:104 21:7:104 21:8:4294967295 ", "the others are seen");
	is_int(socktab_coverage(t)->unreadable, 1, "and it is counted, once");
	socktab_close(t);
	if (getuid() == 0 && seteuid(0))
		exit(99);
}

static void test_hidden(void)
{
	struct socktab *t;
	struct seen seen = { 0 };
	char before[PATH_MAX];

	snprintf(before, sizeof(before), "%s", path_of(1, ""));
	if (socktab_open(&t, root) || rename(before, path_of(1000000, "")))
		exit(99);
	is_int(socktab_processes(t, NULL, see_process, &seen), 0, "without process 1");
	ok(socktab_coverage(t)->hidden, "processes are hidden");
	socktab_close(t);
	is_int(socktab_open(&t, "/no/such/proc"), -ENOENT, "no such /proc");
}

int main(void)
{
	struct socktab *t;

	make_root();
	if (socktab_open(&t, root))
		return 99;
	test_stat();
	test_describe(t);
	test_processes(t);
	test_holders(t);
	test_fds(t);
	socktab_close(t);
	test_own_fds();
	test_unreadable();
	test_hidden();
	return done();
}
