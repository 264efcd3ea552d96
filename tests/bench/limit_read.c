// SPDX-License-Identifier: MIT
/* limit_read.c - /proc/net/tcp and tcp6, read and not looked at */
#include <fcntl.h>
#include <unistd.h>

static int discard(const char *path)
{
	static char buffer[32768];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return 1;
	while ((n = read(fd, buffer, sizeof(buffer))) > 0)
		;
	close(fd);
	return n < 0;
}

int main(void)
{
	discard("/proc/net/tcp6"); /* missing without IPv6 */
	return discard("/proc/net/tcp");
}
