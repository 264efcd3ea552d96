// SPDX-License-Identifier: MIT
/* test_run.c - the runner: looking again, waiting, deadline, signals, a standard output that fails
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <sys/resource.h>

#include "fake.h"
#include "json.h"
#include "tap.h"

static struct plugin_metric metrics[] = {
	{ .name = "listening", .unit = "", .help = "ports", .shown = true },
	{ 0 },
};

static struct plugin plugin = {
	.name = "FAKE",
	.program = "check_fake",
	.purpose = "Why?",
	.examples = "",
	.metrics = metrics,
};

#define LOOK(function, ...) LOOK_AFTER(NULL, function, __VA_ARGS__)
#define LOOK_AFTER(before, function, ...) \
	(plugin.look = (function), \
	 fake_run(&plugin, (before), (const char *const[]){ __VA_ARGS__, NULL }))

static void expect(const char *want, int code, const char *what)
{
	is_str(fake.out, want, "%s", what);
	is_int(fake.code, code, "%s: exit %d", what, code);
	is_str(fake.err, "", "%s: nothing on stderr", what);
}

static int looks; /* of the child */

/* One more listens at every look. */
static void look_rising(struct plugin_report *report)
{
	plugin_metric_set(&metrics[0], looks++, PLUGIN_EXACT);
	plugin_summary(report, "looks %d", looks);
}

static void look_flawed(struct plugin_report *report)
{
	look_rising(report);
	plugin_look_again(report);
	plugin_problem(report, PLUGIN_WARNING, "look %d", looks);
}

static void check_second_look(void)
{
	LOOK(look_rising, "-c", "1:");
	expect("FAKE OK - looks 2 | listening=1;;1:\n", 0, "an absence is looked at twice");
	LOOK(look_rising, "-c", "5:");
	expect("FAKE CRITICAL - listening 1 (limit 5:), looks 2 | listening=1;;5:\n", 2,
	       "twice and no more");
	LOOK(look_rising, "-c", "0");
	expect("FAKE OK - looks 1 | listening=0;;0\n", 0, "OK needs one look");
	LOOK(look_flawed, "-t", "5");
	expect("FAKE WARNING - look 2, looks 2 | listening=1\n", 1,
	       "a flawed view is looked at again, and the first is forgotten");
}

static int keep_privilege(void)
{
	return -EPERM;
}

/* Before the options are read, whatever they are. */
static void check_start(void)
{
	plugin.start = keep_privilege;
	LOOK(look_rising, "--nonsense");
	expect("FAKE UNKNOWN - cannot give up privilege: Operation not permitted\n", 3,
	       "no plugin goes on with more privilege than it needs");
	plugin.start = NULL;
}

static void check_wait(void)
{
	LOOK(look_rising, "--wait", "5", "--interval", "0.01", "-c", "6:");
	expect("FAKE OK - looks 7 | listening=6;;6:\n", 0, "--wait ends with OK");
	LOOK(look_rising, "--wait", "0.05", "--interval", "1", "-c", "60:");
	expect("FAKE CRITICAL - listening 3 (limit 60:), looks 4 | listening=3;;60:\n", 2,
	       "--wait ends with its time");
	LOOK(look_rising, "--wait", "5", "-q", "--interval", "0.01", "-c", "6:");
	expect("", 0, "--wait -q");
}

static void look_raising(struct plugin_report *report)
{
	look_rising(report);
	raise(looks % 2 ? SIGINT : SIGTERM);
}

static void look_blocked(struct plugin_report *report)
{
	plugin_stage(report, "reading the socket table");
	for (;;)
		pause();
}

static void prepare_blocked(void)
{
	pause();
}

static void limit_stack(void)
{
	struct rlimit limit = { 256 * 1024, 256 * 1024 };

	setrlimit(RLIMIT_STACK, &limit);
}

/* A number that the compiler does not know to be endless. */
static volatile unsigned int deepest = UINT_MAX;

static unsigned int descend(unsigned int depth)
{
	volatile char bytes[1024] = { 0 };

	bytes[depth % sizeof(bytes)] = 1;
	return depth == deepest ? 0 : descend(depth + 1) + (unsigned int)bytes[0];
}

static void look_deep(struct plugin_report *report)
{
	plugin_stage(report, "going down");
	plugin_metric_set(&metrics[0], descend(0), PLUGIN_EXACT);
}

/* A sanitizer has its own words for faults. */
static void check_overflow(void)
{
	struct sigaction action;

	if (sigaction(SIGSEGV, NULL, &action) || action.sa_handler != SIG_DFL) {
		ok(true, "a stack that overflows # SKIP a sanitizer watches for faults");
		return;
	}
	LOOK_AFTER(limit_stack, look_deep, NULL);
	expect("FAKE UNKNOWN - crashed while going down\n", 3, "a stack that overflows");
}

static void check_signals(void)
{
	LOOK(look_raising, "--wait", "5", "-c", "60:");
	expect("FAKE CRITICAL - listening 1 (limit 60:), looks 2 | listening=1;;60:\n", 2,
	       "a signal during --wait: the last verdict");
	LOOK(look_raising, "-c", "60:");
	expect("FAKE UNKNOWN - interrupted while looking\n", 3, "a signal otherwise");
}

#define LATE "timed out after 0.05 s while "

static void check_deadline(void)
{
	LOOK(look_blocked, "-t", "0.05");
	expect("FAKE UNKNOWN - " LATE "reading the socket table\n", 3, "deadline");
	LOOK(look_blocked, "-t", "0.05:critical");
	expect("FAKE CRITICAL - " LATE "reading the socket table\n", 2, "deadline with a state");
	LOOK(look_blocked, "-qt", "0.05:ok");
	expect("", 0, "deadline -q");
	LOOK(look_blocked, "-t", "0.05", "--output-format=json");
	expect("{\"plugin\":\"FAKE\",\"state\":\"UNKNOWN\",\"exit_code\":3,\"summary\":\"" LATE
	       "reading the socket table\",\"metrics\":[],\"evidence\":[],\"coverage\":{}}\n",
	       3, "deadline in JSON");
	LOOK(look_rising, "-t", "0.05", "--wait", "5", "-c", "60:");
	expect("FAKE UNKNOWN - " LATE "waiting for the next try\n", 3, "deadline while waiting");
	LOOK(look_blocked, "-t", "0.000000001");
	is_int(fake.code, 3, "the shortest time is no unlimited time");
	plugin.prepare = prepare_blocked;
	LOOK(look_blocked, "-t", "0.05");
	expect("FAKE UNKNOWN - " LATE "preparing\n", 3, "deadline while preparing");
	plugin.prepare = NULL;
}

/* ---- a standard output that fails --------------------------------------------------------- */

static void close_all(void)
{
	close(0);
	close(1);
	close(2);
}

static void fill_disk(void)
{
	dup2(open("/dev/full", O_WRONLY | O_CLOEXEC), 1);
}

static void break_pipe(void)
{
	int ends[2];

	if (pipe(ends))
		return;
	close(ends[0]);
	dup2(ends[1], 1);
}

/* A pipe that is full and that nobody reads. */
static void clog_pipe(int flags)
{
	static char page[4096];
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return;
	while (write(ends[1], page, sizeof(page)) > 0)
		continue;
	fcntl(ends[1], F_SETFL, flags);
	dup2(ends[1], 1);
}

static void clog_blocking(void)
{
	clog_pipe(0);
}

static void clog_nonblocking(void)
{
	clog_pipe(O_NONBLOCK);
}

static void limit_file(void)
{
	struct rlimit limit = { 8, 8 };

	setrlimit(RLIMIT_FSIZE, &limit);
}

static void block_signals(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
}

/* The plugin's own files must not get a standard descriptor. */
static void look_opening(struct plugin_report *report)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	look_rising(report);
	if (fd <= 2)
		_exit(0);
	close(fd);
}

static void check_output_fails(void)
{
	static const struct {
		const char *name;
		void (*before)(void);
	} cases[] = {
		{ "closed", close_all },
		{ "full", fill_disk },
		{ "broken pipe", break_pipe },
		{ "file too large", limit_file },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		LOOK_AFTER(cases[i].before, look_opening, "-c", "0");
		is_int(fake.code, 3, "standard output %s: exit 3", cases[i].name);
		is_str(fake.err, "", "nothing on stderr");
		LOOK_AFTER(cases[i].before, look_opening, "--help");
		is_int(fake.code, 3, "with --help, too");
		LOOK_AFTER(cases[i].before, look_blocked, "-t", "0.05:ok");
		is_int(fake.code, 3, "a deadline with STATE ok that nobody read: exit 3");
	}
	LOOK_AFTER(clog_blocking, look_rising, "-t", "0.05", "-c", "0");
	is_int(fake.code, 3, "a full pipe that nobody reads: exit 3 by the deadline");
	LOOK_AFTER(clog_nonblocking, look_rising, "-t", "0.05:ok", "-c", "0");
	is_int(fake.code, 3, "also where it does not block");
	LOOK_AFTER(clog_blocking, look_blocked, "-t", "0.05:ok");
	is_int(fake.code, 3, "and where the deadline itself cannot say so");
	LOOK_AFTER(block_signals, look_blocked, "-t", "0.05");
	is_int(fake.code, 3, "the deadline comes though the caller had blocked all signals");
}

static void foreign_locale(void)
{
	setenv("LC_ALL", "de_DE.UTF-8", 1);
}

static void look_half(struct plugin_report *report)
{
	(void)report;
	plugin_metric_set(&metrics[0], 0.5, PLUGIN_EXACT);
}

static void check_locale(void)
{
	LOOK_AFTER(foreign_locale, look_half, "-c", "0.25");
	expect("FAKE CRITICAL - listening 0.5 (limit 0.25) | listening=0.5;;0.25\n", 2, "locale");
}

int main(void)
{
	check_start();
	check_second_look();
	check_wait();
	check_signals();
	check_overflow();
	check_deadline();
	check_output_fails();
	check_locale();
	return done();
}
