// SPDX-License-Identifier: MIT
/* common.c - the options that every plugin has */
#include <string.h>
#include <strings.h>

#include "internal.h"

struct plugin_settings plugin_settings;

static const char *set_help(const struct plugin_option *option, void *target, const char *text)
{
	(void)option, (void)target, (void)text;
	plugin_help(plugin_settings.plugin);
}

static const char *set_version(const struct plugin_option *option, void *target, const char *text)
{
	(void)option, (void)target, (void)text;
	plugin_version(plugin_settings.plugin);
}

/* SECONDS[:STATE] */
static const char *set_timeout(const struct plugin_option *option, void *target, const char *text)
{
	struct plugin_settings *settings = target;
	static const struct plugin_option state = { .offset = offsetof(struct plugin_settings,
								       timeout_state) };
	char seconds[64];
	size_t length = strcspn(text, ":");

	if (length >= sizeof(seconds))
		return "too long";
	memcpy(seconds, text, length);
	seconds[length] = '\0';
	const char *error = plugin_set_seconds(option, target, seconds);
	if (!error && text[length])
		error = plugin_set_state(&state, settings, text + length + 1);
	return error;
}

static const char *set_verbose(const struct plugin_option *option, void *target, const char *text)
{
	struct plugin_settings *settings = target;

	(void)option, (void)text;
	settings->verbosity++;
	return NULL;
}

static const char *set_request(const struct plugin_option *option, void *target, const char *text)
{
	struct plugin_settings *settings = target;
	struct plugin_request request = { .letter = option->letter, .text = text };

	memcpy(request.option, settings->typed, sizeof(request.option));
	text_append(&settings->requests, &request, sizeof(request));
	return NULL;
}

static const char *set_format(const struct plugin_option *option, void *target, const char *text)
{
	struct plugin_settings *settings = target;

	(void)option;
	if (strcasecmp(text, "text") != 0 && strcasecmp(text, "json") != 0)
		return "expected text or json";
	settings->json = !strcasecmp(text, "json");
	return NULL;
}

static const struct plugin_option options[] = {
	{ "warning", 'w', "LIMITS",
	  "WARNING outside this RANGE of the default metric, or METRIC=RANGE, as a comma list or "
	  "repeated. A RANGE is [@]START:END: N is 0 to N, N: is N or more, ~:N is N or less, "
	  "@ alerts inside",
	  set_request, 0 },
	{ "critical", 'c', "LIMITS", "the same for CRITICAL", set_request, 0 },
	{ "metric", 'm', "LIST",
	  "metrics to show as performance data; the first is the one that a bare RANGE judges",
	  set_request, 0 },
	{ "timeout", 't', "SECONDS[:STATE]",
	  "give up after this time (default 10) with STATE: ok, warning, critical or unknown "
	  "(default unknown)",
	  set_timeout, offsetof(struct plugin_settings, timeout) },
	{ "wait", 0, "SECONDS",
	  "try again until the state is OK, at most this long; without -t the time-out becomes "
	  "SECONDS + 10",
	  plugin_set_seconds, offsetof(struct plugin_settings, wait) },
	{ "interval", 0, "SECONDS", "time between tries (default 0.25)", plugin_set_seconds,
	  offsetof(struct plugin_settings, interval) },
	{ "verbose", 'v', NULL,
	  "once: the evidence; twice: also source, coverage and times; three times: debug",
	  set_verbose, 0 },
	{ "quiet", 'q', NULL, "print nothing when the state is OK", plugin_set_flag,
	  offsetof(struct plugin_settings, quiet) },
	{ "output-format", 0, "FORMAT", "text or json (default text)", set_format, 0 },
	{ "help", 'h', NULL, "show this help", set_help, 0 },
	{ "version", 'V', NULL, "show the version", set_version, 0 },
	{ 0 },
};

const struct plugin_option_group plugin_common_options = {
	.title = "Common options",
	.options = options,
	.target = &plugin_settings,
};
