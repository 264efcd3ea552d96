// SPDX-License-Identifier: MIT
/* storm.c - makes sockets and processes come and go, as fast as it can, until its stdin ends */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * storm FIRST_PORT
 * Two workers. One opens and closes connections, most of them reset so that no TIME_WAIT stays, and
 * listeners on PORTS ports from FIRST_PORT on, again and again the same; the other forks children
 * that hold sockets, exec this program, or only end. With the rights for it process ids are reused
 * at once: /proc/sys/kernel/ns_last_pid of this pid namespace is set back time and again. Prints
 * `ready`, and at the end what it did.
 */
#define PORTS 8
#define BATCH 16

struct counts {
	unsigned long connections, listeners, forks, execs, reused, turns;
};

static struct counts *counts; /* shared with the workers */

static struct sockaddr_in address(uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(port),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static int listen_on(uint16_t port)
{
	struct sockaddr_in a = address(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, BATCH)) {
		close(fd);
		return -1;
	}
	return fd;
}

static void close_reset(int fd, bool reset)
{
	const struct linger now = { .l_onoff = 1 };

	if (reset)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}

/* Connections to one listener, then all of it is gone. */
static void come_and_go(uint16_t port)
{
	struct sockaddr_in a = address(port);
	int ends[2 * BATCH], count = 0, listener = listen_on(port);

	if (listener < 0)
		return;
	counts->listeners++;
	for (int i = 0; i < BATCH; i++) {
		int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), server = -1;

		if (client >= 0 && connect(client, (struct sockaddr *)&a, sizeof(a)) == 0)
			server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (client >= 0)
			ends[count++] = client;
		if (server >= 0)
			ends[count++] = server;
		counts->connections += server >= 0;
	}
	for (int i = 0; i < count; i++)
		close_reset(ends[i], port % 4 != 0);
	close(listener);
}

static _Noreturn void connect_for_ever(uint16_t first)
{
	for (;; counts->turns++)
		come_and_go((uint16_t)(first + counts->turns % PORTS));
}

/* The next process gets an id that was in use a moment ago. */
static void set_back_pids(void)
{
	int fd = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);
	char text[16];
	int length = snprintf(text, sizeof(text), "%d", (int)getpid() + 50);

	if (fd < 0)
		return;
	counts->reused += write(fd, text, (size_t)length) == length;
	close(fd);
}

static _Noreturn void live_shortly(unsigned long turn)
{
	static const char *const arguments[] = { "storm", NULL };
	int fds[4];

	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		fds[i] = socket(i & 1 ? AF_UNIX : AF_INET, SOCK_STREAM, 0);
	if (turn % 3 == 0)
		execv("/proc/self/exe", (char *const *)arguments);
	_exit(fds[0] < 0);
}

static _Noreturn void fork_for_ever(void)
{
	for (unsigned long turn = 0;; turn++) {
		pid_t pid;

		if (turn % 64 == 0)
			set_back_pids();
		pid = fork();
		if (pid == 0)
			live_shortly(turn);
		if (pid > 0)
			waitpid(pid, NULL, 0);
		counts->forks += pid > 0;
		counts->execs += pid > 0 && turn % 3 == 0;
	}
}

int main(int argc, char **argv)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	pid_t workers[2];
	unsigned long first;

	if (argc != 2) /* one that was executed for the storm's sake */
		return EXIT_SUCCESS;
	first = strtoul(argv[1], NULL, 10);
	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (counts == MAP_FAILED || first < 1024 || first > UINT16_MAX - PORTS)
		return EXIT_FAILURE;
	for (size_t i = 0; i < 2; i++) {
		workers[i] = fork();
		if (workers[i] == 0 && i == 0)
			connect_for_ever((uint16_t)first);
		if (workers[i] == 0)
			fork_for_ever();
	}
	puts("ready");
	fflush(stdout);
	while (poll(&in, 1, -1) < 0 || !(in.revents & (POLLHUP | POLLIN)))
		;
	for (size_t i = 0; i < 2; i++) {
		kill(workers[i], SIGKILL);
		waitpid(workers[i], NULL, 0);
	}
	printf("%lu connections, %lu listeners, %lu forks, %lu execs, process ids set back %lu times\n",
	       counts->connections, counts->listeners, counts->forks, counts->execs,
	       counts->reused);
	return counts->connections && counts->forks ? EXIT_SUCCESS : EXIT_FAILURE;
}
