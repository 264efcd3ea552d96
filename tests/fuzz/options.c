// SPDX-License-Identifier: MIT
/* options.c - fuzzes a plugin's command line, thresholds and answer: a byte, then arguments */
#include "options.h"

#include <setjmp.h>

#include "internal.h"

/*
 * One argument a line; a vertical tab stands for a newline in it. What follows an empty line is the
 * content of every file. The first byte chooses the values that the look finds.
 */
enum { ARGUMENTS = 64, OUTPUT = 1 << 20 };

static struct {
	bool running;
	jmp_buf end;
	int code;
	unsigned int values; /* what the look finds */
	char output[OUTPUT];
	size_t length;
	const char *content; /* of files */
} run;

/* What a run allocates lives as long as the program, which is one run. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

/* ---- instead of the real ones, by the linker's --wrap ------------------------------------- */

_Noreturn void __real_exit(int code);
_Noreturn void __wrap_exit(int code);
_Noreturn void __wrap_exit(int code)
{
	if (!run.running)
		__real_exit(code);
	run.code = code;
	longjmp(run.end, 1);
}

FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode)
{
	if (!run.running)
		return __real_fopen(path, mode);
	return *run.content ? fmemopen((void *)run.content, strlen(run.content), mode)
			    : __real_fopen("/dev/null", mode);
}

FILE *__wrap_fopen64(const char *path, const char *mode); /* large files on 32 bits */
FILE *__wrap_fopen64(const char *path, const char *mode)
{
	return __wrap_fopen(path, mode);
}

bool __wrap_plugin_write(const char *bytes, size_t length);
bool __wrap_plugin_write(const char *bytes, size_t length)
{
	REQUIRE(length < OUTPUT - run.length);
	if (length) /* of nothing there are no bytes */
		memcpy(run.output + run.length, bytes, length);
	run.length += length;
	run.output[run.length] = '\0';
	return true;
}

/* Neither timer nor signal may end the fuzzer with a verdict, and nobody waits. */
void __wrap_plugin_deadline_catch(void);
void __wrap_plugin_deadline_catch(void)
{
}

void __wrap_plugin_deadline_start(double seconds);
void __wrap_plugin_deadline_start(double seconds)
{
	REQUIRE(seconds > 0 && seconds < 1e7);
}

void __wrap_plugin_wait(struct plugin_report *report, void (*look)(struct plugin_report *report));
void __wrap_plugin_wait(struct plugin_report *report, void (*look)(struct plugin_report *report))
{
	REQUIRE(plugin_settings.interval > 0);
	look(report);
}

static int start(void)
{
	return 0;
}

/* Every metric has one of these values, known in one of the ways. */
static void look(struct plugin_report *report)
{
	static const double values[] = { 0, 1, 5, 99.9996, 1e6, 4294967295.0, 0.001, 100 };
	static const enum plugin_bound bounds[] = { PLUGIN_ABSENT, PLUGIN_EXACT, PLUGIN_AT_LEAST,
						    PLUGIN_AT_MOST, PLUGIN_ANY };
	enum plugin_bound bound = bounds[run.values / 8 % 5];
	unsigned int first = run.values % 8;

	for (struct plugin_metric *metric = report->plugin->metrics; metric->name;
	     metric++, first++)
		plugin_metric_set(metric, values[first % 8], bound);
	plugin_line(report, 1, "evidence");
}

int fuzz_run(const struct plugin *plugin, int argc, char **argv)
{
	static struct plugin replaced; /* looked at after the run */

	replaced = *plugin;
	replaced.start = start;
	replaced.look = look;
	return plugin_run(&replaced, argc, argv);
}

/* ---- properties -------------------------------------------------------------------------- */

static bool same_range(const struct plugin_range *a, const struct plugin_range *b)
{
	return !(a->start < b->start) && !(a->start > b->start) && !(a->end < b->end) &&
	       !(a->end > b->end) && a->inside == b->inside;
}

/* What -w and -c said prints and is read again as the same. */
static void check_thresholds(const struct plugin *plugin)
{
	for (const struct plugin_metric *metric = plugin->metrics; metric->name; metric++) {
		const struct plugin_range *ranges[] = {
			metric->has_warning ? &metric->warning : NULL,
			metric->has_critical ? &metric->critical : NULL,
		};
		for (size_t i = 0; i < 2; i++) {
			struct plugin_range again;
			char text[PLUGIN_RANGE_SIZE];

			if (!ranges[i])
				continue;
			plugin_range_format(ranges[i], text, sizeof(text));
			REQUIRE(!plugin_range_parse(text, &again));
			REQUIRE(same_range(ranges[i], &again));
		}
	}
}

/* "NAME STATE - ", the state that the exit code says. */
static void check_head(const struct plugin *plugin)
{
	char head[128];
	int length = snprintf(head, sizeof(head), "%s %s - ", plugin->name,
			      plugin_state_name((enum plugin_state)run.code));

	REQUIRE(!strncmp(run.output, head, (size_t)length));
}

static void check_text(const struct plugin *plugin, bool limited)
{
	const char *end = strchr(run.output, '\n'), *bar;

	REQUIRE(end);
	check_head(plugin);
	for (const char *at = run.output; *at; at++)
		REQUIRE((unsigned char)*at >= 0x20 ? *at != 0x7f : *at == '\n');
	bar = memchr(run.output, '|', (size_t)(end - run.output));
	REQUIRE(!bar || !strchr(bar + 1, '|'));
	for (const char *at = run.output; at < (bar ? bar : end); at++)
		REQUIRE(*at != ';');
	REQUIRE(!limited || (end - run.output <= 1023 && run.length <= 4095));
}

static bool has_code(int code)
{
	return code >= PLUGIN_OK && code <= PLUGIN_UNKNOWN;
}

/* exited: by exit(), so with a usage error or with help, else after a look. */
static void check_answer(const struct plugin *plugin, bool exited)
{
	REQUIRE(has_code(run.code) && (!exited || run.code == PLUGIN_UNKNOWN));
	REQUIRE(strlen(run.output) == run.length);
	if (!exited && run.code == PLUGIN_OK && plugin_settings.quiet) {
		REQUIRE(!run.length);
		return;
	}
	REQUIRE(run.length && run.output[run.length - 1] == '\n');
	if (exited && (!strncmp(run.output, "Usage: ", 7) || !strncmp(run.output, "check_", 6)))
		return;
	if (plugin_settings.json)
		REQUIRE(run.output[0] == '{' && run.output[run.length - 2] == '}');
	else
		check_text(plugin, plugin_settings.verbosity < 2);
	if (!exited)
		check_thresholds(plugin);
}

/* ---- one run ----------------------------------------------------------------------------- */

/* The plugin's variables as they were before the first run. */
static void reset(void)
{
	static unsigned char *saved[8];

	for (size_t i = 0; fuzz_variables[i].size; i++) {
		const struct fuzz_variable *variable = &fuzz_variables[i];

		if (!saved[i])
			saved[i] = fuzz_copy(variable->at, variable->size);
		memcpy(variable->at, saved[i], variable->size);
	}
}

static int split(char *text, char **argv)
{
	int argc = 0;

	argv[argc++] = (char *)"check";
	run.content = "";
	while (*text && argc < ARGUMENTS) {
		size_t length = strcspn(text, "\n");
		char *rest = text + length + (text[length] == '\n');

		text[length] = '\0';
		if (!length) {
			run.content = rest;
			break;
		}
		for (char *tab = text; (tab = strchr(tab, '\v'));)
			*tab = '\n';
		argv[argc++] = text;
		text = rest;
	}
	argv[argc] = NULL;
	return argc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *argv[ARGUMENTS + 1], *text;
	volatile bool exited = true;

	if (size > 8192)
		return 0;
	fuzz_forget();
	reset();
	run.values = fuzz_choice(&data, &size);
	text = fuzz_string(data, size);
	run.length = 0;
	run.output[0] = '\0';
	run.running = true;
	if (!setjmp(run.end)) {
		run.code = fuzz_main(split(text, argv), argv);
		exited = false;
	}
	run.running = false;
	check_answer(plugin_settings.plugin, exited);
	free(text);
	return 0;
}
