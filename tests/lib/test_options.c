// SPDX-License-Identifier: MIT
/* test_options.c - the command line: every bad word gets one line that names it, and exit 3 */
#include "fake.h"
#include "tap.h"

static struct {
	const char *command;
	double seconds;
	unsigned int top;
	enum plugin_state state;
	bool closed;
	const char *port;
} data;

static const char *set_port(const struct plugin_option *option, void *target, const char *text)
{
	(void)option, (void)target;
	if (strchr(text, '-'))
		return "first port is above the last";
	data.port = text;
	return NULL;
}

static const struct plugin_option options[] = {
	{ "port", 'p', "LIST", "ports", set_port, 0 },
	{ "command", 'C', "NAME",
	  "a process whose name is NAME, in words that are too long for one line of eighty columns",
	  plugin_set_text, offsetof(__typeof__(data), command) },
	{ "a-very-long-option-that-leaves-no-room", 0, "ADDRESS", "help on the next line",
	  plugin_set_text, offsetof(__typeof__(data), command) },
	{ "pause", 0, "SECONDS", "a time", plugin_set_seconds,
	  offsetof(__typeof__(data), seconds) },
	{ "top", 0, "N", "a number", plugin_set_count, offsetof(__typeof__(data), top) },
	{ "no-match-state", 0, "STATE", "a state", plugin_set_state,
	  offsetof(__typeof__(data), state) },
	{ "head-of-26-chars", 0, "W", "fits", plugin_set_text,
	  offsetof(__typeof__(data), command) },
	{ "one-head-of-27-char", 0, NULL, "does not", plugin_set_flag,
	  offsetof(__typeof__(data), closed) },
	{ "closed", 0, NULL, "a flag", plugin_set_flag, offsetof(__typeof__(data), closed) },
	{ "ipv4", '4', NULL, "another", plugin_set_flag, offsetof(__typeof__(data), closed) },
	{ 0 },
};

static const struct plugin_option_group groups[] = {
	{ "What to look at", options, &data },
	{ 0 },
};

static struct plugin_metric metrics[] = {
	{ .name = "connections", .unit = "", .help = "the selection", .shown = true },
	{ .name = "close_wait",
	  .unit = "",
	  .help = "sockets in CLOSE_WAIT",
	  .shown = true,
	  .default_warning = "20",
	  .default_critical = "40" },
	{ .name = "backlog", .unit = "%", .help = "accept queue" },
	{ .name = "age", .unit = "s" },
	{ .name = "listen",
	  .unit = "",
	  .help = "sockets in LISTEN",
	  .unavailable = "not selected by -s" },
	{ 0 },
};

static void prepare(void)
{
	if (data.closed && data.port)
		plugin_usage_error("--closed and --port exclude each other");
}

static void look(struct plugin_report *report)
{
	for (size_t i = 0; i < 4; i++)
		plugin_metric_set(&metrics[i], 30, PLUGIN_EXACT);
	plugin_summary(report, "command %s, seconds %g, top %u, state %d, closed %d, port %s",
		       data.command ? data.command : "-", data.seconds, data.top, (int)data.state,
		       data.closed, data.port ? data.port : "-");
}

static const struct plugin plugin = {
	.name = "FAKE",
	.program = "check_fake",
	.purpose = "Is this a test?",
	.examples = "  check_fake -p 1\n  check_fake -p 2\n  check_fake -p 3\n",
	.groups = groups,
	.metrics = metrics,
	.prepare = prepare,
	.look = look,
};

/* One line on stdout after the head, nothing on stderr, exit 3. */
static void check_bad(const char *want, const char *const *words)
{
	char line[2048], all[256] = "";

	for (size_t i = 0; words[i]; i++)
		snprintf(strchr(all, '\0'), sizeof(all) - strlen(all), " %.100s", words[i]);
	snprintf(line, sizeof(line), "FAKE UNKNOWN - %s\n", want);
	fake_run(&plugin, NULL, words);
	is_str(fake.out, line, "bad:%s", all);
	is_int(fake.code, 3, "exit 3");
	is_str(fake.err, "", "nothing on stderr");
}

#define BAD(want, ...) check_bad((want), (const char *const[]){ __VA_ARGS__, NULL })

static void check_bad_options(void)
{
	BAD("--port '80-22': first port is above the last", "--port", "80-22");
	BAD("--port '80-22': first port is above the last", "--port=80-22");
	BAD("-p '80-22': first port is above the last", "-p", "80-22");
	BAD("-p '80-22': first port is above the last", "-4p80-22");
	BAD("-p 'a\\x7cb\\x3b\\x0a\\\\-': first port is above the last", "-p", "a|b;\n\\-");
	BAD("unknown option '--foo'", "--foo");
	BAD("unknown option '--foo'", "--foo=bar");
	BAD("unknown option '--por'", "--por", "80");
	BAD("unknown option '--p'", "--p", "80");
	BAD("unknown option '--verb'", "--verb");
	BAD("unknown option '--'", "--=x");
	BAD("unknown option '-Z'", "-Z");
	BAD("unknown option '-Z'", "-vZq");
	BAD("unknown option '-\\x07'", "-\a");
	BAD("unknown option '-:'", "-:");
	BAD("--closed takes no argument", "--closed=yes");
	BAD("--port needs an argument: LIST", "--port");
	BAD("-p needs an argument: LIST", "-p");
	BAD("-w needs an argument: LIMITS", "-v", "-w");
	BAD("argument 'x' left over", "x");
	BAD("argument 'x' left over", "-p", "1", "x", "--foo");
	BAD("argument 'x' left over", "--", "x");
	BAD("argument '' left over", "");
	BAD("argument '-' left over", "-");
	BAD("-C '': must not be empty", "-C", "");
	BAD("--closed and --port exclude each other", "--closed", "-p", "1");
}

static void check_bad_values(void)
{
	static const char *const times[] = { "",    "0",   "-1",  "x",	     "1s",
					     "1e3", "nan", "1,5", "1000001", "0x1" };
	static const char *const counts[] = { "", "0", "-1", "x", "1.5", "9999999999", "+1", " 1" };

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		char want[128];
		snprintf(want, sizeof(want),
			 "--wait '%s': expected seconds, above 0 and up to 1000000", times[i]);
		BAD(want, "--wait", times[i]);
	}
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		char want[128];
		snprintf(want, sizeof(want), "--top '%s': expected a number, 1 to 999999999",
			 counts[i]);
		BAD(want, "--top", counts[i]);
	}
	BAD("-t '1:foo': expected ok, warning, critical or unknown", "-t", "1:foo");
	BAD("-t '1:': expected ok, warning, critical or unknown", "-t", "1:");
	BAD("-t ':ok': expected seconds, above 0 and up to 1000000", "-t", ":ok");
	BAD("--no-match-state 'fine': expected ok, warning, critical or unknown",
	    "--no-match-state", "fine");
	BAD("--output-format 'xml': expected text or json", "--output-format", "xml");
}

#define RANGE "expected a range [@]START:END in plain decimal numbers"
#define KNOWN "there are: connections close_wait backlog age listen"

static void check_bad_thresholds(void)
{
	BAD("-w 'foo': not a plain decimal number", "-w", "foo");
	BAD("-w '10abc': " RANGE, "-w", "10abc");
	BAD("--warning '5%': " RANGE, "--warning", "5%");
	BAD("-c '1,5': " RANGE, "-c", "1,5");
	BAD("-c '': empty, expected a range [@]START:END", "-c", "");
	BAD("-c '10:5': start is above end", "-c", "10:5");
	BAD("-c 'close_wait=10:5': start is above end", "-c", "connections=1,close_wait=10:5");
	BAD("-c '5': expected METRIC=RANGE", "-c", "close_wait=1,5");
	BAD("-c '': expected METRIC=RANGE", "-c", "close_wait=1,");
	BAD("-c 'close_wait=': empty, expected a range [@]START:END", "-c", "close_wait=");
	BAD("-w 'foo=5': no metric 'foo', " KNOWN, "-w", "foo=5");
	BAD("-w '=5': no metric '', " KNOWN, "-w", "=5");
	BAD("-w 'listen=5': listen is not available: not selected by -s", "-w", "listen=5");
	BAD("-w '6': connections has this threshold already", "-w", "5", "-w", "6");
	BAD("-w 'connections=6': connections has this threshold already", "-w", "5", "-w",
	    "connections=6");
	BAD("-w 'age=2': age has this threshold already", "-w", "age=1,age=2");
	BAD("-m 'foo': no metric 'foo', " KNOWN, "-m", "age,foo");
	BAD("-m '': no metric '', " KNOWN, "-m", "age,");
	BAD("--metric 'age': is named twice", "--metric", "age,age");
	BAD("-m 'listen': listen is not available: not selected by -s", "-m", "listen");
}

static void check_good(const char *want, int code, const char *const *words)
{
	fake_run(&plugin, NULL, words);
	is_str(fake.out, want, "good: %s", words[0] ? words[0] : "nothing");
	is_int(fake.code, code, "exit %d", code);
	is_str(fake.err, "", "nothing on stderr");
}

#define GOOD(want, code, ...) check_good((want), (code), (const char *const[]){ __VA_ARGS__, NULL })
#define NOTHING "command -, seconds 0, top 0, state 0, closed 0, port -"

static void check_good_options(void)
{
	GOOD("FAKE WARNING - close_wait 30 (limit 20), command a, seconds 1.5, top 7, state 2, closed 1, "
	     "port - | connections=30 close_wait=30;20;40\n",
	     1, "-C", "a", "--pause=1.5", "--top", "7", "--no-match-state", "CRITICAL", "-4");
	GOOD("FAKE CRITICAL - connections 30 (limit 10), command -, seconds 0, top 0, state 0, closed 0, "
	     "port 2 | connections=30;5;10 close_wait=30;50\n",
	     2, "-w5", "-c", "connections=10", "-w", "close_wait=50", "-p1", "-p", "2");
	GOOD("FAKE OK - " NOTHING " | age=30s;;~:60 backlog=30%;;;0;100 connections=30 "
	     "close_wait=30;;50\n",
	     0, "-m", "age,backlog", "-c", "~:60", "-c", "close_wait=0:50");
	GOOD("FAKE WARNING - backlog 30% (limit 31:), " NOTHING
	     " | connections=30 close_wait=30;;50 backlog=30%;31:;;0;100\n",
	     1, "-w", "backlog=31:", "-c", "close_wait=50", "--timeout", "5:critical");
}

static void check_help(void)
{
	FAKE(&plugin, "--help", "--foo");
	is_int(fake.code, 3, "help exits 3");
	is_str(fake.err, "", "nothing on stderr");
	ok(!strncmp(fake.out, "Usage: check_fake [OPTION]...\nIs this a test?\n", 46),
	   "usage first");
	size_t longest = 0;
	for (const char *line = fake.out; *line; line += strcspn(line, "\n") + 1)
		longest = strcspn(line, "\n") > longest ? strcspn(line, "\n") : longest;
	ok(longest <= 80, "help fits 80 columns: %zu", longest);
	ok(!strstr(fake.out, " \n"), "no line ends with a blank");
	ok(strstr(fake.out, "\n  -p, --port LIST           ports\n"), "an option");
	ok(strstr(fake.out, "\n      --closed              a flag\n"), "a flag without a letter");
	ok(strstr(fake.out, "no-room ADDRESS\n                            help on"), "a long head");
	ok(strstr(fake.out, "\n      --head-of-26-chars W  fits\n"), "a head that just fits");
	ok(strstr(fake.out,
		  "\n      --one-head-of-27-char\n                            does not\n"),
	   "a head that does not");
	ok(strstr(fake.out, "\n  age              seconds\n"), "nothing to say of a metric");
	ok(strstr(fake.out, "\n  backlog          %        accept queue\n"),
	   "a metric and its unit");
	ok(strstr(fake.out, "(default)\n"), "the default metric");
	ok(strstr(fake.out, "Examples:\n  check_fake -p 1\n"), "examples");
	FAKE(&plugin, "-V");
	is_str(fake.out, "check_fake (sockcheck) " PACKAGE_VERSION "\n", "version");
	is_int(fake.code, 3, "version exits 3");
}

static void check_json_errors(void)
{
	FAKE(&plugin, "--output-format", "json", "--foo\"\\");
	is_str(fake.out,
	       "{\"plugin\":\"FAKE\",\"state\":\"UNKNOWN\",\"exit_code\":3,\"summary\":"
	       "\"unknown option '--foo\\\"\\\\\\\\'\",\"metrics\":[],\"evidence\":[],\"coverage\":{}}\n",
	       "a usage error as JSON");
	is_int(fake.code, 3, "exit 3");
}

int main(void)
{
	check_bad_options();
	check_bad_values();
	check_bad_thresholds();
	check_good_options();
	check_help();
	check_json_errors();
	return done();
}
