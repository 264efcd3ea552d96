// SPDX-License-Identifier: MIT
/* run.c - the runner: options, deadline, looks, answer, exit */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

/*
 * A closed standard descriptor would be given to the next file that is opened, and the answer be
 * written into it. The root directory takes the place: it needs no /dev, and writing to it fails,
 * as it should when nobody can read the answer.
 */
static void fill_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/",
			  O_RDONLY | O_DIRECTORY); /* no O_CLOEXEC: they are for children too */
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

static void look_once(struct plugin_report *report)
{
	const struct plugin *plugin = report->plugin;

	plugin_report_clear(report);
	for (struct plugin_metric *metric = plugin->metrics; metric->name; metric++)
		plugin_metric_set(metric, 0, PLUGIN_ABSENT);
	report->looks++;
	plugin_stage(report, "looking");
	plugin->look(report);
	plugin_report_end(report);
	plugin_report_judge(report);
}

/* A dump may miss a row under churn: what rests on an absence is looked at twice. */
static void look(struct plugin_report *report)
{
	look_once(report);
	if (report->look_again || report->absence)
		look_once(report);
}

/* A plugin may carry capabilities: whoever writes one must not forget to limit them. */
static void start(const struct plugin *plugin)
{
	int error = plugin->start ? plugin->start() : -ENOSYS;

	if (error)
		plugin_usage_error("cannot give up privilege: %s", strerror(-error));
}

static void read_options(const struct plugin *plugin, int argc, char **argv)
{
	struct plugin_settings *settings = &plugin_settings;

	text_free(&settings->requests);
	*settings = (struct plugin_settings){
		.plugin = plugin,
		.timeout = 10,
		.timeout_state = PLUGIN_UNKNOWN,
	};
	plugin_options_early(plugin, argc, argv);
	plugin_deadline_stage("reading the options");
	plugin_deadline_prepare();
	plugin_deadline_catch();
	plugin_deadline_start(settings->timeout);
	settings->timeout = 0;
	start(plugin);
	plugin_options_read(plugin, argc, argv);
	if (settings->interval > 0 && !(settings->wait > 0))
		plugin_usage_error("--interval needs --wait");
	if (!settings->timeout)
		settings->timeout = settings->wait + 10;
	if (!settings->interval)
		settings->interval = 0.25;
	settings->progress = settings->wait > 0 && !settings->quiet && isatty(STDOUT_FILENO);
	plugin_deadline_stage("preparing");
	plugin_deadline_prepare();
	plugin_deadline_start(settings->timeout);
	if (plugin->prepare)
		plugin->prepare();
	plugin_metrics_resolve(plugin);
}

static enum plugin_state answer(struct plugin_report *report)
{
	enum plugin_state state = report->state;
	struct text text = { 0 };

	if (state != PLUGIN_OK || !plugin_settings.quiet)
		plugin_answer(&text, report);
	/* From here on a signal must not add to what is being written. */
	plugin_deadline_silence();
	if (!plugin_write(text.bytes, text.length))
		state = PLUGIN_UNKNOWN;
	text_free(&text);
	return state;
}

/* What a row of the metric table may leave out. */
static void complete_metrics(const struct plugin *plugin)
{
	for (struct plugin_metric *metric = plugin->metrics; metric->name; metric++) {
		if (!metric->unit)
			metric->unit = "";
		if (!metric->help)
			metric->help = "";
	}
}

int plugin_run(const struct plugin *plugin, int argc, char **argv)
{
	struct plugin_report report = { .plugin = plugin };

	fill_standard_descriptors();
	complete_metrics(plugin);
	read_options(plugin, argc, argv);
	if (plugin_settings.wait > 0)
		plugin_wait(&report, look);
	else
		look(&report);
	enum plugin_state state = answer(&report);
	plugin_report_free(&report);
	text_free(&plugin_settings.requests);
	return (int)state;
}
