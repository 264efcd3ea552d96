// SPDX-License-Identifier: MIT
/* mksock_unix.c - unix sockets */
#include "mksock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static socklen_t unix_address(struct maker *m, const struct item *item, struct sockaddr_un *address)
{
	size_t size = item->size[KEY_PATH];

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	errno = 0;
	if (size > sizeof(address->sun_path))
		die(m, item, "path longer than %zu bytes", sizeof(address->sun_path));
	memcpy(address->sun_path, item->string[KEY_PATH], size);
	if (item->abstract)
		address->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
}

/* `socket unix STATE LOCAL - inode= pid=`; an abstract name is shown with its @, no name as -. */
static void print_unix(const struct maker *m, const char *state, int fd)
{
	struct {
		struct sockaddr_un address;
		char nul; /* the kernel adds one to a path of 108 bytes */
	} local = { 0 };
	socklen_t size = sizeof(local);
	struct stat status = { 0 };
	const char *path = local.address.sun_path;

	getsockname(fd, (struct sockaddr *)&local, &size);
	fstat(fd, &status);
	printf("socket unix %s ", state);
	if (size <= offsetof(struct sockaddr_un, sun_path)) {
		putchar('-');
	} else if (path[0] == '\0') {
		putchar('@');
		print_bytes(path + 1, size - offsetof(struct sockaddr_un, sun_path) - 1);
	} else {
		print_bytes(path, strnlen(path, sizeof(local.address.sun_path)));
	}
	printf(" - inode=%lu pid=%d\n", (unsigned long)status.st_ino, (int)m->pid);
}

static int unix_socket(struct maker *m, const struct item *item)
{
	return open_socket(m, item, AF_UNIX, socket_type(item));
}

static int unix_bound(struct maker *m, const struct item *item)
{
	struct sockaddr_un address;
	socklen_t size = unix_address(m, item, &address);
	int fd = unix_socket(m, item);

	if (bind(fd, (struct sockaddr *)&address, size) < 0)
		die(m, item, "bind");
	return fd;
}

static void unlink_path(struct maker *m, const struct item *item)
{
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path) + 1] = "";

	if (item->abstract)
		return;
	memcpy(path, item->string[KEY_PATH], item->size[KEY_PATH]);
	if (unlink(path) < 0)
		die(m, item, "unlink");
}

void make_unix_listener(struct maker *m, const struct item *item)
{
	bool listens = strcmp(item->kind->name, "unix-listen") == 0;
	int fd = unix_bound(m, item);

	if (listens && listen(fd, (int)item->number[KEY_BACKLOG]) < 0)
		die(m, item, "listen");
	hold(m, fd, listens ? item : NULL, 0);
	if (item->number[KEY_UNLINKED])
		unlink_path(m, item);
	print_unix(m, listens ? "LISTEN" : "CLOSE", fd);
}

static int unix_client(struct maker *m, const struct item *item)
{
	struct timeval patience = { .tv_sec = 5 };
	struct sockaddr_un address;
	socklen_t size = unix_address(m, item, &address);
	int fd = unix_socket(m, item);

	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&address, size) < 0)
		die(m, item, "connect");
	return fd;
}

void make_unix_connect(struct maker *m, const struct item *item)
{
	for (unsigned long i = 0; i < item->number[KEY_COUNT]; i++) {
		int fd = unix_client(m, item);

		hold(m, fd, NULL, 0);
		print_unix(m, "ESTABLISHED", fd);
	}
}

/* A listener made earlier under this name, else one of the item's own, which is closed again. */
void make_unix_connected(struct maker *m, const struct item *item)
{
	int listener = -1, own = -1;

	for (size_t i = 0; i < m->nheld; i++) {
		const struct item *other = m->held[i].listener;

		if (other && other->string[KEY_PATH] && other->abstract == item->abstract &&
		    other->size[KEY_PATH] == item->size[KEY_PATH] &&
		    memcmp(other->string[KEY_PATH], item->string[KEY_PATH], item->size[KEY_PATH]) ==
			    0)
			listener = m->held[i].fd;
	}
	if (listener < 0) {
		listener = own = unix_bound(m, item);
		if (listen(own, 16) < 0)
			die(m, item, "listen");
	}
	for (unsigned long i = 0; i < item->number[KEY_COUNT]; i++) {
		int client = unix_client(m, item),
		    server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (server < 0)
			die(m, item, "accept");
		hold(m, client, NULL, 0);
		hold(m, server, NULL, 0);
		print_unix(m, "ESTABLISHED", client);
		print_unix(m, "ESTABLISHED", server);
	}
	if (own >= 0) {
		close(own);
		unlink_path(m, item);
	}
}

void make_unix_pair(struct maker *m, const struct item *item)
{
	for (unsigned long i = 0; i < item->number[KEY_COUNT]; i++) {
		int pair[2];

		if (socketpair(AF_UNIX, socket_type(item) | SOCK_CLOEXEC, 0, pair) < 0)
			die(m, item, "socketpair");
		for (int end = 0; end < 2; end++) {
			hold(m, pair[end], NULL, 0);
			print_unix(m, "ESTABLISHED", pair[end]);
		}
	}
}
