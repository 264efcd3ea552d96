// SPDX-License-Identifier: MIT
/* faults.c - run a plugin again and again, each time with another call that fails */
#include "faults.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * faults [--all] [--alive] [--tally FILE] [--only SITE] STATE PROGRAM [ARGUMENT]...
 *	The program (a plugin, `library` or `walk`) first runs undisturbed and must come to STATE.
 *Then each call that it made fails in turn, with each errno of its site: at the first use and a few
 *	others (--all: at every one), once and from then on. It must then come to STATE, or to
 *	UNKNOWN with a reason; to STATE where the fault is one to be retried. What it did instead is
 *	a line on stdout, and the exit code 1. The tally gets a line for each run. --alive leaves
 *	ENOENT and ESRCH out: where they say that a process or its descriptor is gone, a smaller
 *	number of sockets is no lie.
 * faults --one SITE,ERRNO,USE[,on] STATE PROGRAM [ARGUMENT]...
 *	That run alone, its answer on stdout.
 */
#define DEADLINE 8 /* seconds; the plugins are started with less */
#define MOST_USES 4096

static const struct {
	const char *name;
	const int *errors;
} sites[] = {
#define SITE(name, ...) { #name, (const int[]){ __VA_ARGS__, 0 } },
	SITES
#undef SITE
};

static const struct {
	const char *name;
	int error;
} error_names[] = {
#define NAME(e) \
	{ \
#		e, e \
	}
	NAME(EINTR),	       NAME(EAGAIN),	    NAME(ENOBUFS),
	NAME(EMFILE),	       NAME(ENFILE),	    NAME(ENOMEM),
	NAME(EACCES),	       NAME(EPERM),	    NAME(ENOENT),
	NAME(ESRCH),	       NAME(EIO),	    NAME(ENOSYS),
	NAME(ENOSPC),	       NAME(EPIPE),	    NAME(EINVAL),
	NAME(ENXIO),	       NAME(ENOTTY),	    NAME(ECONNREFUSED),
	NAME(EPROTONOSUPPORT), NAME(EAFNOSUPPORT),  NAME(FAULT_SHORT),
	NAME(FAULT_TRUNCATED), NAME(FAULT_CUT),	    NAME(FAULT_STRANGER),
	NAME(FAULT_STALE),     NAME(FAULT_REFUSED), NAME(FAULT_MISSING),
	NAME(FAULT_FAILED),    NAME(FAULT_LOST),    NAME(FAULT_EMPTY),
#undef NAME
};

static const struct {
	const char *name;
	int (*main)(int argc, char **argv);
} programs[] = {
#define PROGRAM(name) \
	{ \
#		name, name \
	}
	PROGRAM(check_conn_count),
	PROGRAM(check_ephemeral_ports),
	PROGRAM(check_listen_audit),
	PROGRAM(check_port_listen),
	PROGRAM(check_proc_sockets),
	PROGRAM(library),
	PROGRAM(walk),
#undef PROGRAM
};

static const char *const states[] = { "OK", "WARNING", "CRITICAL", "UNKNOWN" };

struct scenario {
	int expected;
	int (*main)(int argc, char **argv);
	int argc;
	char **argv;
	struct outcome *outcome; /* shared */
	FILE *tally;
	const char *only;
	bool all, alive;
	unsigned int runs, unexpected;
};

struct answer {
	int status; /* of waitpid(); -1: it did not end */
	char output[64 * 1024], errors[4096];
};

static const char *error_name(int error)
{
	for (size_t i = 0; i < sizeof(error_names) / sizeof(*error_names); i++)
		if (error_names[i].error == error)
			return error_names[i].name;
	return "?";
}

/* ---- one run ----------------------------------------------------------------------------- */

static _Noreturn void run_child(const struct scenario *s, const struct fault *fault,
				const int out[2], const int err[2])
{
	int code;

	dup2(out[1], STDOUT_FILENO);
	dup2(err[1], STDERR_FILENO);
	for (int fd = STDERR_FILENO + 1; fd < MOST_DESCRIPTORS; fd++)
		close(fd);
	fault_begin(fault, s->outcome);
	code = s->main(s->argc, s->argv);
	fault_end(true);
	_exit(code);
}

static bool read_some(int fd, char *text, size_t size)
{
	size_t length = strlen(text);
	ssize_t n = read(fd, text + length, size - 1 - length);

	if (n > 0)
		text[length + (size_t)n] = '\0';
	return n > 0;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Until both ends are closed; false: the deadline has passed. */
static bool read_both(int out, int err, struct answer *answer)
{
	struct pollfd fds[] = { { .fd = out, .events = POLLIN }, { .fd = err, .events = POLLIN } };
	double end = now() + DEADLINE;

	while (fds[0].fd >= 0 || fds[1].fd >= 0) {
		if (now() > end)
			return false;
		poll(fds, 2, 1000);
		if (fds[0].revents && !read_some(out, answer->output, sizeof(answer->output)))
			fds[0].fd = -1;
		if (fds[1].revents && !read_some(err, answer->errors, sizeof(answer->errors)))
			fds[1].fd = -1;
	}
	return true;
}

static void run(const struct scenario *s, const struct fault *fault, struct answer *answer)
{
	int out[2], err[2];
	bool ended;
	pid_t pid;

	memset(s->outcome, 0, sizeof(*s->outcome));
	answer->output[0] = answer->errors[0] = '\0';
	if (pipe(out) || pipe(err) || (pid = fork()) < 0) {
		perror("faults");
		exit(2);
	}
	if (!pid)
		run_child(s, fault, out, err);
	close(out[1]);
	close(err[1]);
	ended = read_both(out[0], err[0], answer);
	if (!ended)
		kill(pid, SIGKILL);
	waitpid(pid, &answer->status, 0);
	if (!ended)
		answer->status = -1;
	close(out[0]);
	close(err[0]);
}

/* ---- is it sound ------------------------------------------------------------------------- */

/* Faults that are to be met by doing it again, so that nothing changes. */
static bool is_retried(const struct fault *fault)
{
	static const enum site interrupted[] = { SITE_read,  SITE_recvmsg, SITE_send,
						 SITE_write, SITE_open,	   SITE_openat };

	if (fault->error == EAGAIN && fault->site == SITE_write)
		return true;
	if (fault->error == FAULT_SHORT)
		return fault->site != SITE_send;
	if (fault->error == FAULT_STRANGER)
		return true;
	for (size_t i = 0; i < sizeof(interrupted) / sizeof(*interrupted); i++)
		if (fault->error == EINTR && fault->site == interrupted[i])
			return true;
	return false;
}

static bool says_gone(const struct fault *fault)
{
	return fault->error == ENOENT || fault->error == ESRCH;
}

/* Nobody can read what cannot be written. */
static bool is_mute(const struct fault *fault)
{
	return fault->site == SITE_write && !is_retried(fault);
}

/* "NAME STATE - text", or JSON. */
static bool says(const char *output, const char *state)
{
	const char *word = strstr(output, state);
	const char *reason = word ? word + strlen(state) : "";

	return word && (reason[0] == '"' || (strncmp(reason, " - ", 3) == 0 && reason[3] > ' '));
}

/* NULL, or what is wrong with the run. */
static const char *find_wrong(const struct scenario *s, const struct fault *fault,
			      const struct answer *answer)
{
	const struct outcome *outcome = s->outcome;
	int state;

	if (answer->status == -1)
		return "does not end";
	if (!WIFEXITED(answer->status))
		return "is ended by a signal";
	state = WEXITSTATUS(answer->status);
	if (state > 3)
		return "exits with a status above 3";
	if (answer->errors[0])
		return "writes to stderr";
	if (!outcome->ended)
		return "leaves by a way that is not known here";
	if (state != s->expected && (state != 3 || is_retried(fault)))
		return "comes to a wrong verdict";
	if (!is_mute(fault) && !says(answer->output, states[state]))
		return "does not say why";
	if (outcome->opened)
		return "leaves descriptors open";
	if ((s->main == library || s->main == walk) && outcome->allocations)
		return "does not give back memory";
	return NULL;
}

static void complain(const struct scenario *s, const struct fault *fault,
		     const struct answer *answer, const char *wrong)
{
	if (fault->site != SITES_END)
		printf("--one %s,%s,%u%s: ", sites[fault->site].name, error_name(fault->error),
		       fault->use, fault->on ? ",on" : "");
	for (int i = 0; i < s->argc; i++)
		printf("%s ", s->argv[i]);
	printf("%s (status %#x, %u descriptors, %ld allocations)\n", wrong,
	       (unsigned int)answer->status, s->outcome->opened, s->outcome->allocations);
	printf("%.*s%s", (int)strcspn(answer->output, "\n") + 1, answer->output, answer->errors);
}

/* ---- all of them ------------------------------------------------------------------------- */

static void try(struct scenario *s, const struct fault *fault)
{
	static struct answer answer;
	const char *wrong;

	run(s, fault, &answer);
	wrong = find_wrong(s, fault, &answer);
	s->runs++;
	s->unexpected += wrong != NULL;
	if (wrong)
		complain(s, fault, &answer, wrong);
	if (s->tally)
		fprintf(s->tally, "%s %s %s\n", sites[fault->site].name, error_name(fault->error),
			wrong					    ? "wrong"
			: !s->outcome->struck			    ? "unmet"
			: WEXITSTATUS(answer.status) == s->expected ? "same"
								    : "unknown");
}

/* The first two, every fourth power of two and the last one stand for the others. */
static bool is_chosen(const struct scenario *s, unsigned int use, unsigned int uses)
{
	return s->all || use == uses || use == 2 || (!(use & (use - 1)) && use & 0x11111111);
}

static void try_site(struct scenario *s, enum site site, unsigned int uses)
{
	const int *errors = sites[site].errors;
	unsigned int turn = 0, kinds = 0;

	while (errors[kinds])
		kinds++;
	for (unsigned int use = 1; use <= uses && use <= MOST_USES; use++) {
		if (!is_chosen(s, use, uses))
			continue;
		for (unsigned int i = 0; i < kinds; i++) {
			struct fault fault = { site, use, false, errors[i] };

			/* Every errno at the first use; at the others they take turns. */
			if (use > 1 && !s->all && i != turn % kinds && i != (turn + 1) % kinds)
				continue;
			if (s->alive && says_gone(&fault))
				continue;
			try(s, &fault);
			fault.on = true;
			/* What is retried for ever, and what says that all processes are gone. */
			if (use == 1 && !is_retried(&fault) && !says_gone(&fault))
				try(s, &fault);
		}
		turn += use > 1 ? 2 : 0;
	}
}

static int try_all(struct scenario *s)
{
	static const struct fault none = { .site = SITES_END };
	static struct answer answer;
	unsigned int uses[SITES_END];
	const char *wrong;

	run(s, &none, &answer);
	for (enum site site = 0; site < SITES_END; site++)
		uses[site] = s->outcome->uses[site];
	wrong = find_wrong(s, &none, &answer);
	if (!wrong && WEXITSTATUS(answer.status) != s->expected)
		wrong = "does not come to that state";
	if (wrong) {
		complain(s, &none, &answer, wrong);
		return 1;
	}
	for (enum site site = 0; site < SITES_END; site++)
		if (!s->only || strcmp(s->only, sites[site].name) == 0)
			try_site(s, site, uses[site]);
	printf("%u runs, %u wrong\n", s->runs, s->unexpected);
	return s->unexpected > 0;
}

/* ---- options ----------------------------------------------------------------------------- */

static _Noreturn void usage(const char *why)
{
	fprintf(stderr, "faults: %s; see tests/faults/faults.c\n", why);
	exit(2);
}

/* SITE,ERRNO,USE[,on] */
static void parse_fault(char *text, struct fault *fault)
{
	char *error = strchr(text, ','), *use = error ? strchr(error + 1, ',') : NULL, *end;
	size_t i = 0;

	if (!use)
		usage("SITE,ERRNO,USE[,on] expected");
	*error++ = *use++ = '\0';
	for (fault->site = 0; fault->site < SITES_END; fault->site++)
		if (strcmp(text, sites[fault->site].name) == 0)
			break;
	while (i < sizeof(error_names) / sizeof(*error_names) &&
	       strcmp(error, error_names[i].name) != 0)
		i++;
	if (fault->site == SITES_END || i == sizeof(error_names) / sizeof(*error_names))
		usage("no such site, or no such errno");
	fault->error = error_names[i].error;
	fault->use = (unsigned int)strtoul(use, &end, 10);
	fault->on = strcmp(end, ",on") == 0;
}

static int try_one(struct scenario *s, const struct fault *fault)
{
	static struct answer answer;
	const char *wrong;

	run(s, fault, &answer);
	wrong = find_wrong(s, fault, &answer);
	if (wrong)
		complain(s, fault, &answer, wrong);
	fputs(answer.output, stdout);
	printf("met %u times, of %u uses\n", s->outcome->struck, s->outcome->uses[fault->site]);
	return wrong != NULL || !s->outcome->struck;
}

static void set_program(struct scenario *s, char **argv)
{
	size_t i = 0;

	for (s->expected = 0; s->expected < 4; s->expected++)
		if (argv[0] && strcmp(argv[0], states[s->expected]) == 0)
			break;
	if (s->expected == 4 || !argv[1])
		usage("a state and a program expected");
	while (i < sizeof(programs) / sizeof(*programs) && strcmp(argv[1], programs[i].name) != 0)
		i++;
	if (i == sizeof(programs) / sizeof(*programs))
		usage("no such program");
	s->main = programs[i].main;
	s->argv = argv + 1;
	while (s->argv[s->argc])
		s->argc++;
}

int main(int argc, char **argv)
{
	struct scenario s = { 0 };
	struct fault fault = { .site = SITES_END };
	int i = 1;

	setvbuf(stdout, NULL, _IONBF, 0);
	for (int fd = STDERR_FILENO + 1; fd < 1024; fd++)
		close(fd); /* of the test that runs us */
	for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
		if (strcmp(argv[i], "--all") == 0)
			s.all = true;
		else if (strcmp(argv[i], "--alive") == 0)
			s.alive = true;
		else if (strcmp(argv[i], "--tally") == 0 && i + 1 < argc)
			s.tally = fopen(argv[++i], "a");
		else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc)
			s.only = argv[++i];
		else if (strcmp(argv[i], "--one") == 0 && i + 1 < argc)
			parse_fault(argv[++i], &fault);
		else
			usage("no such option");
	}
	set_program(&s, argv + i);
	if (s.tally)
		setvbuf(s.tally, NULL, _IOLBF, 0);
	s.outcome = mmap(NULL, sizeof(*s.outcome), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s.outcome == MAP_FAILED)
		usage("no memory");
	return fault.site == SITES_END ? try_all(&s) : try_one(&s, &fault);
}
