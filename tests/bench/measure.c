// SPDX-License-Identifier: MIT
/* measure.c - runs a command and prints what each run took: time, processor time, memory */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * measure RUNS SECONDS LIMIT FILE COMMAND [ARGUMENT]...
 *
 * RUNS times, or until SECONDS have passed (once at least), COMMAND runs with its output in FILE,
 * which is emptied before each run. A run prints a line of four numbers: microseconds that passed,
 * microseconds of processor time, peak memory in KiB (with those of its children), exit status
 * (128 + N: signal N). A run that takes more than LIMIT seconds is killed.
 *
 * The peak of a child counts from before its exec, when it shares our memory: so it is at least
 * ours, which is why this is a small program and no script.
 */

extern char **environ;

static void die(const char *what, int error)
{
	fprintf(stderr, "measure: %s: %s\n", what, strerror(error));
	exit(1);
}

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t microseconds(struct timeval t)
{
	return (int64_t)t.tv_sec * 1000000 + t.tv_usec;
}

/* A process group of its own, so that a pipeline can be ended as a whole. */
static pid_t start(const char *file, char *const *command)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none;
	pid_t pid;
	int error;

	sigemptyset(&none);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, file, O_WRONLY | O_CREAT | O_TRUNC,
					 0600);
	posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
	error = posix_spawnp(&pid, command[0], &files, &attributes, command, environ);
	if (error)
		die(command[0], error);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attributes);
	return pid;
}

static void run(const char *file, long limit, char *const *command)
{
	struct timespec patience = { .tv_sec = limit };
	struct rusage usage;
	sigset_t child;
	int64_t began;
	pid_t pid;
	int status;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	began = now();
	pid = start(file, command);
	if (sigtimedwait(&child, NULL, &patience) < 0 && errno == EAGAIN)
		kill(-pid, SIGKILL);
	if (wait4(pid, &status, 0, &usage) != pid)
		die("wait4", errno);
	printf("%" PRId64 " %" PRId64 " %ld %d\n", now() - began,
	       microseconds(usage.ru_utime) + microseconds(usage.ru_stime), usage.ru_maxrss,
	       WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

int main(int argc, char **argv)
{
	int64_t end;
	long runs, limit;

	if (argc < 6) {
		fprintf(stderr, "usage: measure RUNS SECONDS LIMIT FILE COMMAND [ARGUMENT]...\n");
		return 1;
	}
	runs = strtol(argv[1], NULL, 10);
	end = now() + (int64_t)(strtod(argv[2], NULL) * 1e6);
	limit = strtol(argv[3], NULL, 10);
	do
		run(argv[4], limit, argv + 5);
	while (--runs > 0 && now() < end);
	return 0;
}
