// SPDX-License-Identifier: MIT
/* proc.c - fuzzes what the library reads of a /proc: a byte that names the file, then the file */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "linux/linux.h"
#include "record.h"

enum { STAT, CGROUP, COMM, CMDLINE, LIMITS, NETSTAT, FIB_TRIE, IF_INET6, TABLES };

static const struct {
	const char *path;
	enum socktab_kind kind; /* of a table */
} files[] = {
	[STAT] = { "1/stat", 0 },
	[CGROUP] = { "1/cgroup", 0 },
	[COMM] = { "1/comm", 0 },
	[CMDLINE] = { "1/cmdline", 0 },
	[LIMITS] = { "1/limits", 0 },
	[NETSTAT] = { "1/net/netstat", 0 },
	[FIB_TRIE] = { "1/net/fib_trie", 0 },
	[IF_INET6] = { "1/net/if_inet6", 0 },
	[TABLES] = { "1/net/tcp", SOCKTAB_KIND_TCP4 },
	{ "1/net/tcp6", SOCKTAB_KIND_TCP6 },
	{ "1/net/udp", SOCKTAB_KIND_UDP4 },
	{ "1/net/unix", SOCKTAB_KIND_UNIX },
};

#define DEVICES "1/net/dev" /* read in their turn with the addresses */

enum { FILES = sizeof(files) / sizeof(files[0]) };

static char root[64];

static void remove_tree(void)
{
	static const char *const folders[] = { "/1/net", "/1/fd", "/1", "" };
	char path[128];

	for (size_t i = 0; i < FILES; i++) {
		snprintf(path, sizeof(path), "%s/%s", root, files[i].path);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/" DEVICES, root);
	unlink(path);
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", root, folders[i]);
		rmdir(path);
	}
}

static void make_tree(void)
{
	static const char *const folders[] = { "/1", "/1/net", "/1/fd" };
	const char *base = getenv("TMPDIR");
	char path[128];

	snprintf(root, sizeof(root), "%.40s/fuzz-proc.XXXXXX", base ? base : "/tmp");
	REQUIRE(mkdtemp(root));
	atexit(remove_tree);
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", root, folders[i]);
		REQUIRE(mkdir(path, 0700) == 0);
	}
}

static void write_file(const char *name, const void *bytes, size_t size)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	REQUIRE(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
	close(fd);
}

/* ---- properties -------------------------------------------------------------------------- */

static void check_process(struct socktab *t)
{
	struct socktab_details details;
	uint64_t fds, limit = 0;
	char path[PATH_MAX];
	int error = socktab_describe(t, 1, &details);

	REQUIRE(error == 0);
	REQUIRE(details.age >= -1 && !details.deleted && !details.deleted_known);
	REQUIRE(memchr(details.process.comm, '\0', sizeof(details.process.comm)));
	REQUIRE(memchr(details.unit, '\0', sizeof(details.unit)));
	error = linux_cgroup_path(t, 1, path, sizeof(path));
	REQUIRE(error == 0 || error == -ENODATA || error == -ENOENT);
	REQUIRE(error || !strchr(path, '\n'));
	error = socktab_fds(t, 1, &fds, &limit);
	REQUIRE(error == 0 || error == -EBADMSG || error == -ENOENT);
}

static int no_process(const struct socktab_process *process, void *data)
{
	REQUIRE(process->pid == 1);
	++*(unsigned int *)data;
	return 0;
}

static void check_arguments(struct socktab *t)
{
	static const char *const words[] = { "word" };
	const struct socktab_process_filter filter = { .arguments = words, .argument_count = 1 };
	const struct socktab_process_filter commands = { .commands = words, .command_count = 1 };
	unsigned int count = 0;

	REQUIRE(socktab_processes(t, &filter, no_process, &count) == 0 && count <= 1);
	REQUIRE(socktab_processes(t, &commands, no_process, &count) == 0 && count <= 2);
}

/* The word in the second of two lines below the one that says "ListenOverflows" in the first. */
static const char *reference_counter(char *text)
{
	char *names = NULL, *values = NULL, *word, *rest, *value_rest = NULL;

	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (strncmp(line, "TcpExt:", 7) != 0)
			continue;
		if (names) {
			values = line + 7;
			break;
		}
		names = line + 7;
	}
	if (!values)
		return NULL;
	values = strtok_r(values, " ", &value_rest);
	for (word = strtok_r(names, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		if (!strcmp(word, "ListenOverflows"))
			return values;
		values = values ? strtok_r(NULL, " ", &value_rest) : NULL;
	}
	return NULL;
}

static void check_counter(struct socktab *t, const uint8_t *data, size_t size)
{
	uint64_t value = 0;
	char *text = fuzz_string(data, size);
	bool whole = strlen(text) == size;
	const char *word = reference_counter(text);
	int result = socktab_counter(t, "TcpExt", "ListenOverflows", &value);

	REQUIRE(result == 0 || result == -ENOENT || result == -EBADMSG);
	if (whole && word && *word >= '0' && *word <= '9')
		REQUIRE(result == 0 && value == strtoull(word, NULL, 10));
	else if (whole)
		REQUIRE(result < 0);
	free(text);
}

static void check_net(struct socktab *t, const uint8_t *data, size_t size)
{
	static const uint8_t loopback4[16] = { 127, 0, 0, 1 }, loopback6[16] = { [15] = 1 };
	int result = socktab_is_local(t, AF_INET, loopback4);

	REQUIRE(result == 0 || result == 1 || result == -EBADMSG || result == -ENOENT);
	result = socktab_is_local(t, AF_INET6, loopback6);
	REQUIRE(result == 0 || result == 1);
	write_file(DEVICES, data, size);
	result = socktab_has_device(t, "lo");
	/* This host has one all the same. */
	REQUIRE(result == 0 || result == 1 || result == -ENOTUNIQ);
}

static int count_record(const struct socktab_record *record, void *data)
{
	check_record(record, record->protocol, record->path, record->path_length);
	++*(unsigned int *)data;
	return 0;
}

/* Is the first of several lines the heading of a table? */
static bool has_heading(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	char *line = end ? fuzz_string(data, (size_t)(end - data)) : NULL;
	bool heading = false;

	for (size_t at = 0; line && at + 5 <= (size_t)(end - data); at++)
		heading |= strncasecmp(line + at, "inode", 5) == 0;
	free(line);
	return heading;
}

/* Nothing is skipped in silence: each line but the heading is a record or malformed, but for those
 * of unix sockets that nobody has accepted yet. */
static void check_table(struct socktab *t, enum socktab_kind kind, const uint8_t *data, size_t size)
{
	const struct socktab_filter filter = { .kinds = SOCKTAB_BIT(kind) };
	unsigned int records = 0, lines = 0;
	int error = socktab_visit(t, &filter, count_record, &records);
	const struct socktab_coverage *coverage = socktab_coverage(t);

	REQUIRE(!error == (size > 0));
	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n' || i + 1 == size;
	lines -= has_heading(data, size);
	if (kind == SOCKTAB_KIND_UNIX)
		REQUIRE(records + coverage->malformed <= lines);
	else
		REQUIRE(records + coverage->malformed == lines);
	REQUIRE(size == 0 || !coverage->failed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned int choice = fuzz_choice(&data, &size) % FILES;
	struct socktab *t;

	if (size > BACKEND_BUFFER / 2)
		return 0;
	if (!*root)
		make_tree();
	write_file(files[choice].path, data, size);
	if (choice != COMM)
		write_file(files[COMM].path, "word\n", 5);
	REQUIRE(socktab_open(&t, root) == 0);
	if (choice >= TABLES)
		check_table(t, files[choice].kind, data, size);
	else if (choice == COMM || choice == CMDLINE)
		check_arguments(t);
	else if (choice == NETSTAT)
		check_counter(t, data, size);
	else if (choice > NETSTAT)
		check_net(t, data, size);
	else
		check_process(t);
	socktab_close(t);
	return 0;
}
