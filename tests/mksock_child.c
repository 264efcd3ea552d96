// SPDX-License-Identifier: MIT
/* mksock_child.c - child processes of mksock, and descriptors handed to them */
#include "mksock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * All descendants read from one pipe whose only write end the top process has, so that they end
 * with it however it ends. (PR_SET_PDEATHSIG would be lost when the user changes.)
 */
static void start_lifeline(struct maker *m, const struct item *item)
{
	if (pipe2(m->lifeline, O_CLOEXEC) < 0)
		die(m, item, "pipe");
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

static void become_child(struct maker *m, const struct item *item)
{
	m->pid = getpid();
	m->top = false;
	if (m->lifeline[0] >= 0) {
		dup2(m->lifeline[0], STDIN_FILENO);
		close(m->lifeline[0]);
		close(m->lifeline[1]);
		m->lifeline[0] = m->lifeline[1] = -1;
	}
	if (!item->number[KEY_SHARE])
		unhold(m, 0);
}

/* Like fork; in the child nothing of the parent's is held but with `share`. */
pid_t child_start(struct maker *m, const struct item *item, struct child *child)
{
	int sync[2], channel[2] = { -1, -1 };

	if (m->top && m->lifeline[0] < 0)
		start_lifeline(m, item);
	if (pipe2(sync, O_CLOEXEC) < 0 ||
	    (item->number[KEY_RECEIVE] &&
	     socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) < 0))
		die(m, item, "pipe");
	fflush(stdout);
	child->pid = fork();
	if (child->pid < 0)
		die(m, item, "fork");
	if (child->pid == 0)
		become_child(m, item);
	child->sync = sync[child->pid == 0];
	child->channel = channel[child->pid == 0];
	close(sync[child->pid != 0]);
	if (channel[0] >= 0)
		close(channel[child->pid != 0]);
	return child->pid;
}

void child_ready(const struct child *child)
{
	fflush(stdout);
	if (write(child->sync, "", 1) != 1)
		_exit(1);
	close(child->sync);
	if (child->channel >= 0)
		close(child->channel);
}

/* Until the child has made everything; a child that could not has said why. */
void child_wait(struct maker *m, const struct item *item, const struct child *child)
{
	int status;
	ssize_t size;
	char byte;

	do
		size = read(child->sync, &byte, 1);
	while (size < 0 && errno == EINTR);
	if (size != 1) {
		errno = 0;
		if (waitpid(child->pid, &status, 0) == child->pid && WIFEXITED(status))
			die(m, item, NULL);
		die(m, item, "child ended");
	}
	close(child->sync);
	if (child->channel >= 0)
		close(child->channel);
}

/* ---- descriptors over a unix socket ---- */

union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

/* Send what was held last, from `from` on, and hold it no more. */
void send_held(struct maker *m, const struct item *item, int channel, size_t from)
{
	uint32_t count = (uint32_t)(m->nheld - from);

	if (write(channel, &count, sizeof(count)) != sizeof(count))
		die(m, item, "send");
	for (size_t i = from; i < m->nheld; i++) {
		union control control = { .header = { .cmsg_len = CMSG_LEN(sizeof(int)),
						      .cmsg_level = SOL_SOCKET,
						      .cmsg_type = SCM_RIGHTS } };
		struct iovec byte = { "", 1 };
		struct msghdr message = { .msg_iov = &byte,
					  .msg_iovlen = 1,
					  .msg_control = &control,
					  .msg_controllen = sizeof(control) };

		memcpy(CMSG_DATA(&control.header), &m->held[i].fd, sizeof(int));
		if (sendmsg(channel, &message, MSG_NOSIGNAL) != 1)
			die(m, item, "send");
	}
	unhold(m, from);
}

void receive_held(struct maker *m, const struct item *item, int channel)
{
	uint32_t count;

	errno = 0;
	if (read(channel, &count, sizeof(count)) != sizeof(count))
		die(m, item, NULL);
	while (count--) {
		union control control = { 0 };
		char byte;
		struct iovec space = { &byte, 1 };
		struct msghdr message = { .msg_iov = &space,
					  .msg_iovlen = 1,
					  .msg_control = &control,
					  .msg_controllen = sizeof(control) };
		int fd;

		if (recvmsg(channel, &message, MSG_CMSG_CLOEXEC) != 1 ||
		    control.header.cmsg_type != SCM_RIGHTS)
			die(m, item, "receive");
		memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
		hold(m, fd, NULL, 0);
	}
}
