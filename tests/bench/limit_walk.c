// SPDX-License-Identifier: MIT
/* limit_walk.c - the links of all descriptors of all processes, read and not looked at */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

/* getdents64() */
struct entry {
	unsigned long long inode;
	long long offset;
	unsigned short length;
	unsigned char type;
	char name[];
};

static void walk(int dir, void (*visit)(int dir, const char *name))
{
	_Alignas(struct entry) char buffer[32768];
	long n;

	while ((n = syscall(SYS_getdents64, dir, buffer, sizeof(buffer))) > 0)
		for (long at = 0; at < n; at += ((struct entry *)(buffer + at))->length) {
			const char *name = ((struct entry *)(buffer + at))->name;

			if (*name >= '0' && *name <= '9')
				visit(dir, name);
		}
}

static void visit_descriptor(int dir, const char *name)
{
	char link[64];

	if (readlinkat(dir, name, link, sizeof(link)) < 0)
		return;
}

static void visit_process(int dir, const char *name)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "%s/fd", name);
	fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	walk(fd, visit_descriptor);
	close(fd);
}

int main(void)
{
	int dir = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return 1;
	walk(dir, visit_process);
	return 0;
}
