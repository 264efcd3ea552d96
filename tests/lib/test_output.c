// SPDX-License-Identifier: MIT
/* test_output.c - the answer: limits, escaping, perfdata, JSON */
#include <ctype.h>

#include "fake.h"
#include "json.h"
#include "tap.h"

static struct plugin_metric metrics[] = {
	{ .name = "connections", .unit = "", .help = "all", .shown = true },
	{ .name = "close_wait", .unit = "", .help = "some", .shown = true },
	{ .name = "backlog", .unit = "%", .help = "accept queue", .spoken = true },
	{ .name = "age", .unit = "s", .help = "age" },
	{ .name = "drops", .unit = "c", .help = "drops", .shown = true },
	{ 0 },
};

static struct plugin plugin = {
	.name = "FAKE",
	.program = "check_fake",
	.purpose = "Why?",
	.examples = "",
	.metrics = metrics,
};

/* Runs the plugin with this look. */
#define LOOK(function, ...) (plugin.look = (function), FAKE(&plugin, __VA_ARGS__))

static void expect(const char *want, int code, const char *what)
{
	is_str(fake.out, want, "%s", what);
	is_int(fake.code, code, "%s: exit %d", what, code);
	is_str(fake.err, "", "%s: nothing on stderr", what);
}

/* ---- plugin_escape() ---------------------------------------------------------------------- */

static void check_escape(void)
{
	static const struct {
		const char *bytes;
		size_t length, size;
		const char *want;
	} cases[] = {
		{ "nginx", 5, 64, "nginx" },
		{ "a|b;c", 5, 64, "a\\x7cb\\x3bc" },
		{ "a\\b", 3, 64, "a\\\\b" },
		{ "a\0b\n\t\x1b[m\x7f", 9, 64, "a\\x00b\\x0a\\x09\\x1b[m\\x7f" },
		{ "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", 14, 64,
		  "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80" },
		{ "\xc3", 1, 64, "\\xc3" },
		{ "\xc3(", 2, 64, "\\xc3(" },
		{ "\xff\xfe", 2, 64, "\\xff\\xfe" },
		{ "\xc0\xaf", 2, 64, "\\xc0\\xaf" },
		{ "\xe0\x80\xaf", 3, 64, "\\xe0\\x80\\xaf" },
		{ "\xed\xa0\x80", 3, 64, "\\xed\\xa0\\x80" },
		{ "\xf4\x90\x80\x80", 4, 64, "\\xf4\\x90\\x80\\x80" },
		{ "\xc2\x9b"
		  "31m",
		  5, 64, "\\xc2\\x9b31m" },
		/* U+061C, U+200F, U+2028, U+202E, U+2069, and their neighbours */
		{ "a\xd8\x9c\xd8\x9d\xd8\x9b", 7, 64, "a\\xd8\\x9c\xd8\x9d\xd8\x9b" },
		{ "\xe2\x80\x8f\xe2\x80\x90\xe2\x80\x8d", 9, 64,
		  "\\xe2\\x80\\x8f\xe2\x80\x90\xe2\x80\x8d" },
		{ "\xe2\x80\xa8\xe2\x80\xa7", 6, 64, "\\xe2\\x80\\xa8\xe2\x80\xa7" },
		{ "\xe2\x80\xaegnp.exe", 10, 64, "\\xe2\\x80\\xaegnp.exe" },
		{ "\xe2\x80\xaf\xe2\x81\xa9\xe2\x81\xaa", 9, 64,
		  "\xe2\x80\xaf\\xe2\\x81\\xa9\xe2\x81\xaa" },
		{ ") R 1 (", 7, 64, ") R 1 (" },
		{ "", 0, 64, "" },
		{ "abcdef", 6, 4, "abc" },
		{ "ab|c", 4, 6, "ab" },
		{ "ab|c", 4, 7, "ab\\x7c" },
		{ "ab\\", 3, 4, "ab" },
		{ "\xe2\x82(\xf0\x9f\x98(", 7, 64, "\\xe2\\x82(\\xf0\\x9f\\x98(" },
		{ "ab\xe2\x82\xac", 5, 5, "ab" },
		{ "abc", 3, 1, "" },
	};
	char buffer[64];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(buffer, 'Z', sizeof(buffer));
		is_str(plugin_escape(cases[i].bytes, cases[i].length, buffer, cases[i].size),
		       cases[i].want, "escape %zu: %s", i, cases[i].want);
		ok(cases[i].size == 64 || buffer[cases[i].size] == 'Z', "not overrun");
	}
	buffer[0] = 'Z';
	plugin_escape("abc", 3, buffer, 0);
	is_int(buffer[0], 'Z', "size 0 writes nothing");
}

/* ---- line 1 ------------------------------------------------------------------------------ */

static void look_ok(struct plugin_report *report)
{
	plugin_metric_set(&metrics[0], 340, PLUGIN_EXACT);
	plugin_metric_set(&metrics[1], 212, PLUGIN_EXACT);
	plugin_metric_set(&metrics[2], 95.23809, PLUGIN_EXACT);
	plugin_metric_set(&metrics[3], 12.3456, PLUGIN_AT_MOST);
	plugin_metric_set(&metrics[4], 3, PLUGIN_EXACT);
	plugin_perfdata(report, &metrics[2], 50, PLUGIN_EXACT, "tcp_%d_backlog", 443);
	plugin_perfdata(report, &metrics[2], 50, PLUGIN_ABSENT, "tcp_%d_backlog", 80);
	plugin_perfdata(report, &metrics[0], 1, PLUGIN_EXACT, "bad label=%s", "'|;");
	plugin_summary(report, "%d connections", 340);
	plugin_remedy(report, "not said when all is known");
}

#define EXTRAS " tcp_443_backlog=50%;;;0;100 bad_label____=1"

static void check_line1(void)
{
	LOOK(look_ok, "-t", "5");
	expect("FAKE OK - 340 connections | connections=340 close_wait=212 drops=3c" EXTRAS "\n", 0,
	       "shown metrics, then extras");
	LOOK(look_ok, "-w", "close_wait=100", "-c", "close_wait=0:500");
	expect("FAKE WARNING - close_wait 212 (limit 100), 340 connections | connections=340 "
	       "close_wait=212;100;500 drops=3c" EXTRAS "\n",
	       1, "an alert with its limit");
	LOOK(look_ok, "-m", "backlog,close_wait", "-w", "@90:", "-c",
	     "connections=300,drops=2,age=10");
	expect("FAKE CRITICAL - connections 340 (limit 300), drops 3 (limit 2), backlog 95% (limit @90:), "
	       "age at most 12s (limit 10), 340 connections | backlog=95.238%;@90:;;0;100 close_wait=212 "
	       "connections=340;;300 drops=3c;;2 age=12.346s;;10 tcp_443_backlog=50%;@90:;;0;100 "
	       "bad_label____=1;;300\n",
	       2, "worst first, perfdata in its order");
}

static void look_interval(struct plugin_report *report)
{
	plugin_metric_set(&metrics[0], 7, PLUGIN_AT_LEAST);
	plugin_metric_set(&metrics[1], 0, PLUGIN_ANY);
	plugin_summary(report, "7 seen");
	plugin_remedy(report, "use --unit");
	plugin_remedy(report, "use --unit");
	plugin_remedy(report, "be %s", "root");
}

static void check_interval(void)
{
	LOOK(look_interval, "-c", "10");
	expect("FAKE UNKNOWN - connections at least 7 (limit 10), 7 seen: use --unit, or be root | "
	       "connections=7;;10\n",
	       3, "at least, with the remedy");
	LOOK(look_interval, "-w", "5", "-c", "10");
	expect("FAKE WARNING - connections at least 7 (limit 5), 7 seen | connections=7;5;10\n", 1,
	       "the mildest state that occurs");
	LOOK(look_interval, "-w", "close_wait=5");
	expect("FAKE UNKNOWN - close_wait unknown (limit 5), 7 seen: use --unit, or be root | "
	       "connections=7\n",
	       3, "not known");
	LOOK(look_interval, "-w", "1:");
	expect("FAKE OK - 7 seen | connections=7;1:\n", 0, "OK for every value");
}

static void look_words(struct plugin_report *report)
{
	plugin_metric_set(&metrics[2], 95, PLUGIN_EXACT);
	plugin_problem(report, PLUGIN_UNKNOWN, "c");
	plugin_problem(report, PLUGIN_WARNING, "b");
	plugin_problem(report, PLUGIN_CRITICAL, "a1");
	plugin_problem(report, PLUGIN_CRITICAL, "a2 %s", "x|y;z\n\\\\q\\x41\xff");
	plugin_summary(report, "(80/tcp ok)");
	plugin_line(report, 0, "always | ; \\ \x1b");
	plugin_line(report, 1, "evidence");
	plugin_line(report, 2, "more");
	plugin_fact(report, "source", "netlink");
}

#define WORDS "a1, a2 x\\x7cy\\x3bz\\x0a\\\\q\\x41\\xff, "

static void check_words(void)
{
	LOOK(look_words, "-t", "5");
	expect("FAKE CRITICAL - " WORDS "b, c (80/tcp ok)\nalways \\x7c ; \\ \\x1b\n", 2,
	       "problems in order, made fit for output once");
	LOOK(look_words, "-w", "backlog=90");
	expect("FAKE CRITICAL - " WORDS "b, c (80/tcp ok) | backlog=95%;90;;0;100\n"
	       "always \\x7c ; \\ \\x1b\n",
	       2, "spoken: the plugin named a problem of that state");
	LOOK(look_words, "-v");
	expect("FAKE CRITICAL - " WORDS "b, c (80/tcp ok)\nalways \\x7c ; \\ \\x1b\nevidence\n", 2,
	       "-v");
	LOOK(look_words, "-vv");
	ok(strstr(fake.out, "\nevidence\nmore\nsource: netlink\ntimes: looking "),
	   "-vv: facts and times");
}

static void look_spoken(struct plugin_report *report)
{
	plugin_metric_set(&metrics[2], 95, PLUGIN_EXACT);
	plugin_problem(report, PLUGIN_WARNING, "another");
}

static void check_spoken(void)
{
	LOOK(look_spoken, "-c", "backlog=90");
	expect("FAKE CRITICAL - backlog 95% (limit 90), another | backlog=95%;;90;0;100\n", 2,
	       "spoken, but the plugin was silent");
}

static void look_printed(struct plugin_report *report)
{
	plugin_output(report, "22/tcp\tunit=ssh|x;\n");
	for (int i = 0; i < 2000; i++)
		plugin_output(report, "%d/tcp", i);
}

static void look_silent(struct plugin_report *report)
{
	(void)report;
}

static void check_other(void)
{
	LOOK(look_printed, "-t", "5");
	ok(!strncmp(fake.out, "22/tcp\tunit=ssh|x;\n0/tcp1/tcp", 29), "printed as it stands");
	ok(fake.length > 10000 && fake.out[fake.length - 1] == '\n', "all of it");
	is_int(fake.code, 3, "exit 3");
	LOOK(look_ok, "-q");
	expect("", 0, "-q: nothing when OK");
	LOOK(look_ok, "-q", "-c", "1");
	ok(fake.length > 0 && fake.code == 2, "-q: all else is said");
	LOOK(look_silent, "-q", "-q", "-c", "1");
	expect("", 0, "absent metrics have no verdict");
}

/* ---- limits ------------------------------------------------------------------------------ */

static int problems, item_width;

static void look_many(struct plugin_report *report)
{
	look_ok(report);
	for (int i = 0; i < problems; i++) {
		plugin_problem(report, i % 2 ? PLUGIN_WARNING : PLUGIN_CRITICAL,
			       "%0*d/tcp \xe2\x82\xac|", item_width, i);
		plugin_line(report, 1, "%d/tcp", i);
	}
}

/* The number in the last "... and N more" of the first `length` bytes, 0 if there is none. */
static long count_more(const char *text, size_t length)
{
	long count = 0;
	for (const char *at = text; (at = strstr(at, "... and ")) && at < text + length; at++)
		count = strtol(at + 8, NULL, 10);
	return count;
}

static size_t count_of(const char *text, size_t length, char byte)
{
	size_t count = 0;
	for (size_t i = 0; i < length; i++)
		count += text[i] == byte;
	return count;
}

static void check_many(int count, int width)
{
	problems = count;
	item_width = width;
	LOOK(look_many, "-v", "-c", "close_wait=10");
	size_t line1 = strcspn(fake.out, "\n") + 1;
	size_t shown = count_of(fake.out, line1, '/') +
		       (strstr(fake.out, "close_wait 212 (") != NULL);
	ok(line1 <= 1023, "%d problems of %d: line 1 has %zu bytes", count, width, line1);
	ok(fake.length <= 4095, "the output has %zu bytes", fake.length);
	if (width < 500)
		is_int(shown + (size_t)count_more(fake.out, line1), count + 1,
		       "shown and left out make all, with the metric");
	is_int(count_of(fake.out + line1, fake.length - line1, '/') +
		       (size_t)count_more(fake.out + line1, fake.length),
	       count, "so they do in the long output");
	ok(strstr(fake.out, " | connections=340 close_wait=212;;10 drops=3c" EXTRAS "\n"),
	   "perfdata is whole");
	is_int(count_of(fake.out, fake.length, '|'), 1, "one | only");
	is_int(fake.code, 2, "exit 2");
}

static const char *long_text(void)
{
	static char text[4001];
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		text[i] = "\\x7c\\\\\xc3\xa9"[i % 8];
	return text;
}

static void look_long(struct plugin_report *report)
{
	plugin_problem(report, PLUGIN_UNKNOWN, "%s", long_text());
	plugin_summary(report, "%s", long_text());
	plugin_remedy(report, "%s", long_text());
	plugin_line(report, 0, "short");
	plugin_line(report, 0, "%s", long_text());
	plugin_line(report, 0, "short");
}

/* No half an escape, no half a character: every unit is one of three. */
static bool is_whole(const char *text, size_t length)
{
	static const char *const units[] = { "\\\\", "\\x7c", "\xc3\xa9" };

	for (const char *at = text; at < text + length;) {
		size_t unit = isprint((unsigned char)*at) && *at != '\\';
		for (size_t i = 0; i < 3; i++)
			if (!strncmp(at, units[i], strlen(units[i])))
				unit = strlen(units[i]);
		if (!unit)
			return false;
		at += unit;
	}
	return true;
}

static void check_long(void)
{
	LOOK(look_long, "-t", "5");
	size_t line1 = strcspn(fake.out, "\n") + 1;
	ok(line1 <= 1023 && line1 > 900, "line 1 has %zu bytes", line1);
	ok(is_whole(fake.out, line1 - 1), "nothing is cut in half");
	is_str(fake.out + line1, "short\n... and 2 more\n", "a long line is left out");
	LOOK(look_long, "-vv");
	ok(fake.length > 16000, "-vv has no limit");
}

static void look_perfdata(struct plugin_report *report)
{
	look_many(report);
	for (int i = 0; i < 60; i++)
		plugin_perfdata(report, &metrics[2], i, PLUGIN_EXACT, "tcp_%d_backlog", i);
}

static void check_perfdata_whole(void)
{
	problems = 5000;
	item_width = 3;
	LOOK(look_perfdata, "-c", "backlog=90");
	ok(strstr(fake.out, " tcp_59_backlog=59%;;90;0;100\n"),
	   "too much perfdata is printed whole");
	const char *bar = strchr(fake.out, '|');
	ok(bar && bar - fake.out < 120 && strstr(fake.out, "more"), "and the text shrinks");
}

/* ---- JSON -------------------------------------------------------------------------------- */

static void check_json_many(void)
{
	problems = 5000;
	item_width = 5;
	LOOK(look_many, "--output-format", "json", "-c", "close_wait=10");
	ok(json_valid(fake.out), "5,000 problems: valid JSON");
	is_int(count_of(fake.out, fake.length, '/'), 10000, "none is left out");
	is_int(fake.code, 2, "exit 2");
	is_int(count_of(fake.out, fake.length, '\n'), 1, "one line");
}

static void look_hostile(struct plugin_report *report)
{
	char all[512], escaped[2048];

	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (char)i;
	plugin_escape(all, sizeof(all), escaped, sizeof(escaped));
	plugin_metric_set(&metrics[0], 7.5, PLUGIN_AT_LEAST);
	plugin_problem(report, PLUGIN_CRITICAL, "%s", escaped);
	plugin_problem(report, PLUGIN_CRITICAL, "%.200s", all + 1);
	plugin_problem(report, PLUGIN_CRITICAL, "nul%cnul", 0);
	plugin_summary(report, "%.255s", all + 257);
	plugin_line(report, 1, "%.255s", all + 1);
	plugin_line(report, 2, "not evidence");
	plugin_fact(report, "key \"\xff\\|", "%.255s", all + 1);
	plugin_fact(report, "source", "netlink");
	plugin_fact(report, "source", "procfs");
}

static void check_json(void)
{
	LOOK(look_hostile, "--output-format", "json", "-w", "connections=@5:9");
	ok(json_valid(fake.out), "hostile bytes: valid JSON");
	is_str(fake.err, "", "nothing on stderr");
	ok(strstr(fake.out, "nul\\\\x00nul"), "a NUL is shown");
	const char *source = strstr(fake.out, "\"source\":");
	ok(source && !strncmp(source, "\"source\":\"netlink, procfs\"", 26) &&
		   !strstr(source + 1, "\"source\":"),
	   "a key stands once");
	ok(!strstr(fake.out, "not evidence"), "evidence is what -v shows");
	ok(strstr(fake.out,
		  "{\"name\":\"connections\",\"value\":7.5,\"bound\":\"at least\",\"unit\":\"\","
		  "\"warning\":\"@5:9\",\"critical\":null}"),
	   "a metric");
	LOOK(look_ok, "--output-format", "json", "-w", "drops=1", "-c", "backlog=90");
	ok(strstr(fake.out, "{\"name\":\"backlog\",\"value\":95.238,\"bound\":\"exact\",\"unit\":"
			    "\"%\",\"warning\":null,\"critical\":\"90\"}"),
	   "a metric with its unit");
	ok(strstr(fake.out, "\"value\":3,\"bound\":\"exact\",\"unit\":\"c\",\"warning\":\"1\""),
	   "a counter with its unit");
	ok(strstr(fake.out, "{\"plugin\":\"FAKE\",\"state\":\"CRITICAL\",\"exit_code\":2,"
			    "\"summary\":\"") == fake.out,
	   "the first keys");
	LOOK(look_hostile, "-v");
	is_int(count_of(fake.out, fake.length, '\n'), 2, "hostile bytes: two lines");
	is_int(count_of(fake.out, strcspn(fake.out, "\n"), ';'), 0, "no ; in line 1");
	is_int(count_of(fake.out, strcspn(fake.out, "\n"), '|'), 1, "one | before perfdata");
}

int main(void)
{
	check_escape();
	check_line1();
	check_interval();
	check_words();
	check_spoken();
	check_other();
	check_many(3, 5);
	check_many(200, 5);
	check_many(5000, 5);
	check_many(5000, 300);
	check_many(3, 2000);
	check_long();
	check_perfdata_whole();
	check_json_many();
	check_json();
	return done();
}
