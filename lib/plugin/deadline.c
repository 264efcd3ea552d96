// SPDX-License-Identifier: MIT
/* deadline.c - a timer or a signal ends the program with one line that names the stage */
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

const char plugin_clear_line[] = "\r\033[K";

struct ending {
	char line[1024];
	size_t length;
	int code;
};

/*
 * The handlers only write one of these and leave. A stage is prepared in the pair that is not
 * current, then made the current one: a signal finds either the old stage or the new one whole,
 * whichever thread it comes to.
 */
enum { TIMER, INTERRUPT, FAULT, ENDINGS };
static struct ending endings[2][ENDINGS]; /* [pair] */
static atomic_int current;
static atomic_bool is_ending;

double plugin_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool is_among(const int *numbers, size_t count, int number)
{
	for (size_t i = 0; i < count; i++)
		if (numbers[i] == number)
			return true;
	return false;
}

static bool is_fault(int number)
{
	static const int faults[] = { SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS, SIGTRAP };

	return is_among(faults, sizeof(faults) / sizeof(faults[0]), number);
}

/* Every other one that would end the program is. */
bool plugin_is_interrupt(int number)
{
	static const int others[] = {
		SIGKILL, SIGSTOP, /* cannot be caught */
		SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, SIGCHLD, SIGURG, SIGWINCH, /* end nothing */
		SIGPIPE, SIGXFSZ, SIGALRM,				       /* see below */
	};

	return !is_fault(number) && !is_among(others, sizeof(others) / sizeof(others[0]), number);
}

static void end(int number)
{
	const struct ending *ending = &endings[current][number == SIGALRM  ? TIMER
							: is_fault(number) ? FAULT
									   : INTERRUPT];

	/* Another thread writes its line. Or the timer came again: write() is stuck in a pipe that
	 * nobody reads. */
	if (atomic_exchange(&is_ending, true)) {
		if (number == SIGALRM)
			_exit(PLUGIN_UNKNOWN);
		for (;;)
			pause();
	}
	/* Nobody read the verdict: UNKNOWN. */
	if (write(STDOUT_FILENO, ending->line, ending->length) != (ssize_t)ending->length)
		_exit(PLUGIN_UNKNOWN);
	_exit(ending->code);
}

static void on_signal(int number, void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_NODEFER | SA_ONSTACK };

	sigfillset(&action.sa_mask);
	sigdelset(&action.sa_mask, SIGALRM);
	sigaction(number, &action, NULL);
}

/* A sanitizer that watches for faults has more to say of them. */
static bool is_unwatched_fault(int number)
{
	struct sigaction action;

	return is_fault(number) && !sigaction(number, NULL, &action) &&
	       action.sa_handler == SIG_DFL;
}

/* A stack that has overflown has no room for a handler. A sanitizer's own stays. */
static void use_other_stack(void)
{
	static char bytes[64 * 1024];
	const stack_t other = { .ss_sp = bytes, .ss_size = sizeof(bytes) };
	stack_t before;

	if (!sigaltstack(NULL, &before) && before.ss_flags & SS_DISABLE)
		sigaltstack(&other, NULL);
}

void plugin_deadline_catch(void)
{
	sigset_t caught;

	use_other_stack();
	sigemptyset(&caught);
	for (int number = 1; number <= SIGRTMAX; number++) {
		if (number != SIGALRM && !plugin_is_interrupt(number) &&
		    !is_unwatched_fault(number))
			continue;
		on_signal(number, end);
		sigaddset(&caught, number);
	}
	/* A reader that is gone or a full disk is an error of write(), not a death. */
	on_signal(SIGPIPE, SIG_IGN);
	on_signal(SIGXFSZ, SIG_IGN);
	sigprocmask(SIG_UNBLOCK, &caught, NULL);
}

void plugin_deadline_start(double seconds)
{
	struct itimerval timer = { .it_value.tv_sec = (time_t)seconds, .it_interval.tv_sec = 1 };
	double rest = (seconds - (double)timer.it_value.tv_sec) * 1e6;

	timer.it_value.tv_usec = (suseconds_t)rest + 1; /* all zero would mean no timer */
	if (timer.it_value.tv_usec > 999999)
		timer.it_value.tv_usec = 999999;
	setitimer(ITIMER_REAL, &timer, NULL);
}

static void prepare(struct ending *ending, enum plugin_state state, const char *sentence)
{
	struct text text = { 0 };

	if (plugin_settings.progress)
		text_add(&text, "%s", plugin_clear_line);
	if (!plugin_settings.quiet || state != PLUGIN_OK)
		plugin_sentence(&text, state, sentence);
	ending->length = text.length < sizeof(ending->line) ? text.length : sizeof(ending->line);
	memcpy(ending->line, text_string(&text), ending->length);
	ending->code = (int)state;
	text_free(&text);
}

void plugin_deadline_stage(const char *stage)
{
	struct ending *pair = endings[!current];
	char number[PLUGIN_NUMBER_SIZE];
	struct text sentence = { 0 };

	text_add(&sentence, "timed out after %s s while %s",
		 plugin_number_format(plugin_settings.timeout, number, sizeof(number)), stage);
	prepare(&pair[TIMER], plugin_settings.timeout_state, text_string(&sentence));
	text_clear(&sentence);
	text_add(&sentence, "interrupted while %s", stage);
	prepare(&pair[INTERRUPT], PLUGIN_UNKNOWN, text_string(&sentence));
	text_clear(&sentence);
	text_add(&sentence, "crashed while %s", stage);
	prepare(&pair[FAULT], PLUGIN_UNKNOWN, text_string(&sentence));
	text_free(&sentence);
	current = !current;
}

void plugin_deadline_silence(void)
{
	struct ending *pair = endings[!current];

	for (size_t i = 0; i < ENDINGS; i++) {
		pair[i].length = 0;
		pair[i].code = PLUGIN_UNKNOWN;
	}
	current = !current;
}
