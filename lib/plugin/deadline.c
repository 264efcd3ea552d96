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
	struct text line; /* with room for the stage at */
	size_t at;
	bool silent;
	int code;
};

enum { ENDING_SIZE = 1024 };
enum { TIMER, INTERRUPT, FAULT, ENDINGS };

struct endings {
	struct ending of[ENDINGS];
};

/*
 * The handlers only put the stage into one of these lines, write it and leave. They are prepared in
 * the set that is not current, then made the current one: a signal finds either the old set or the
 * new one whole, whichever thread it comes to.
 */
static struct endings sets[2];
static struct endings *_Atomic current = &sets[0];
static const char *_Atomic stage = "";
static atomic_bool is_ending, is_answered;

double plugin_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool is_fault(int number)
{
	switch (number) {
	case SIGABRT:
	case SIGBUS:
	case SIGFPE:
	case SIGILL:
	case SIGSEGV:
	case SIGSYS:
	case SIGTRAP:
		return true;
	default:
		return false;
	}
}

/* Every other one that would end the program is. */
bool plugin_is_interrupt(int number)
{
	switch (number) {
	case SIGKILL: /* cannot be caught */
	case SIGSTOP:
	case SIGTSTP: /* end nothing */
	case SIGTTIN:
	case SIGTTOU:
	case SIGCONT:
	case SIGCHLD:
	case SIGURG:
	case SIGWINCH:
	case SIGPIPE: /* see below */
	case SIGXFSZ:
	case SIGALRM:
		return false;
	default:
		return !is_fault(number);
	}
}

/* By what a handler may call. */
static size_t append(char line[ENDING_SIZE], size_t length, const char *text, size_t more)
{
	if (more > ENDING_SIZE - length)
		more = ENDING_SIZE - length;
	memcpy(line + length, text, more);
	return length + more;
}

static void end(int number)
{
	const struct ending *ending = &current->of[number == SIGALRM  ? TIMER
						   : is_fault(number) ? FAULT
								      : INTERRUPT];
	char line[ENDING_SIZE];
	const char *now = stage;
	size_t length;

	/* Another thread writes its line. Or the timer came again: write() is stuck in a pipe that
	 * nobody reads. */
	if (atomic_exchange(&is_ending, true)) {
		if (number == SIGALRM)
			_exit(PLUGIN_UNKNOWN);
		for (;;)
			pause();
	}
	if (is_answered)
		_exit(PLUGIN_UNKNOWN);
	if (ending->silent)
		_exit(ending->code);
	length = append(line, 0, ending->line.bytes, ending->at);
	length = append(line, length, now, strlen(now));
	length = append(line, length, ending->line.bytes + ending->at,
			ending->line.length - ending->at);
	/* Nobody read the verdict: UNKNOWN. */
	_exit(write(STDOUT_FILENO, line, length) == (ssize_t)length ? ending->code
								    : PLUGIN_UNKNOWN);
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

/* The stage comes at the end of the sentence. */
static void prepare(struct ending *ending, enum plugin_state state, const char *sentence)
{
	text_clear(&ending->line);
	if (plugin_settings.progress)
		text_add(&ending->line, "%s", plugin_clear_line);
	plugin_sentence(&ending->line, state, sentence);
	ending->at = (size_t)(strstr(text_string(&ending->line), sentence) - ending->line.bytes) +
		     strlen(sentence);
	ending->silent = plugin_settings.quiet && state == PLUGIN_OK;
	ending->code = (int)state;
}

void plugin_deadline_prepare(void)
{
	struct endings *set = &sets[current == &sets[0]];
	char number[PLUGIN_NUMBER_SIZE];
	struct text sentence = { 0 };

	text_add(&sentence, "timed out after %s s while ",
		 plugin_number_format(plugin_settings.timeout, number, sizeof(number)));
	prepare(&set->of[TIMER], plugin_settings.timeout_state, text_string(&sentence));
	text_free(&sentence);
	prepare(&set->of[INTERRUPT], PLUGIN_UNKNOWN, "interrupted while ");
	prepare(&set->of[FAULT], PLUGIN_UNKNOWN, "crashed while ");
	current = set;
}

void plugin_deadline_stage(const char *new_stage)
{
	stage = new_stage;
}

void plugin_deadline_silence(void)
{
	is_answered = true;
}
