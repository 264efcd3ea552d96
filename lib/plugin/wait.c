// SPDX-License-Identifier: MIT
/* wait.c - --wait: look until OK, showing on a terminal what is missing */
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <unistd.h>

#include "internal.h"

static volatile sig_atomic_t interrupted;

static void note(int number)
{
	(void)number;
	interrupted = 1;
}

/* Signals wait until a look is over, so that there is a verdict to answer with. */
static void hold_signals(void)
{
	struct sigaction action = { .sa_handler = note };
	sigset_t set;

	sigemptyset(&action.sa_mask);
	sigemptyset(&set);
	for (int number = 1; number <= SIGRTMAX; number++)
		if (plugin_is_interrupt(number))
			sigaddset(&set, number);
	sigprocmask(SIG_BLOCK, &set, NULL);
	interrupted = 0;
	for (int number = 1; number <= SIGRTMAX; number++)
		if (plugin_is_interrupt(number))
			sigaction(number, &action, NULL);
}

/* Sleeps with the signals open; false if one came. */
static bool sleep_for(double seconds)
{
	struct timespec time = { .tv_sec = (time_t)seconds };
	sigset_t open;

	time.tv_nsec = (long)((seconds - (double)time.tv_sec) * 1e9);
	sigprocmask(SIG_BLOCK, NULL, &open);
	for (int number = 1; number <= SIGRTMAX; number++)
		if (plugin_is_interrupt(number))
			sigdelset(&open, number);
	pselect(0, NULL, NULL, NULL, &time, &open);
	return !interrupted;
}

static void show_progress(const struct plugin_report *report, double waited)
{
	struct text text = { 0 }, missing = { 0 };
	struct winsize window = { 0 };
	size_t columns = 80;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) && window.ws_col >= 40)
		columns = window.ws_col;
	plugin_line1(&missing, report, SIZE_MAX / 2);
	text_add(&text, "%swaiting %.0f s: ", plugin_clear_line, waited);
	text_fit(&text, text_string(&missing),
		 columns + strlen(plugin_clear_line) - 1 - text.length);
	plugin_write(text.bytes, text.length);
	text_free(&missing);
	text_free(&text);
}

void plugin_wait(struct plugin_report *report, void (*look)(struct plugin_report *report))
{
	const struct plugin_settings *settings = &plugin_settings;
	double start = plugin_now();
	bool go_on = true;

	hold_signals();
	while (go_on) {
		look(report);
		double waited = plugin_now() - start, left = settings->wait - waited;
		if (report->state == PLUGIN_OK || report->output.length || left <= 0)
			break;
		if (settings->progress)
			show_progress(report, waited);
		plugin_deadline_stage("waiting for the next try");
		go_on = sleep_for(left < settings->interval ? left : settings->interval);
	}
	if (settings->progress)
		plugin_write(plugin_clear_line, strlen(plugin_clear_line));
}
