// SPDX-License-Identifier: MIT
/* serve.c - serve PORT: accepts connections on loopback and leaves no trace of them behind */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * check_tcp closes first, so its end would stay in TIME_WAIT: the table that the others read would
 * grow with every run. A reset after its FIN spares that.
 */
static void answer(int fd)
{
	const struct linger reset = { .l_onoff = 1 };
	char byte;

	while (read(fd, &byte, 1) > 0)
		;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(fd);
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), client;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons(argc > 1 ? (in_port_t)strtoul(argv[1], NULL, 10) : 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 128))
		return 1;
	if (write(STDOUT_FILENO, "ready\n", 6) != 6)
		return 1;
	while ((client = accept(fd, NULL, NULL)) >= 0)
		answer(client);
	return 1;
}
