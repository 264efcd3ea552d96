// SPDX-License-Identifier: MIT
/* wrap.c - what stands between the code under test and the C library: counts, and fails on demand
 */
#include "faults.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <regex.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

static struct fault armed = { .site = SITES_END };
static struct outcome *_Atomic counted; /* NULL: nobody watches, everything works */
static unsigned int descriptors;
static _Thread_local const FILE *broken; /* whose last read failed */

static unsigned int count_descriptors(void)
{
	unsigned int count = 0;

	for (int fd = 0; fd < MOST_DESCRIPTORS; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

void fault_begin(const struct fault *fault, struct outcome *outcome)
{
	descriptors = count_descriptors();
	armed = *fault;
	counted = outcome;
}

void fault_end(bool returned)
{
	struct outcome *outcome = atomic_exchange(&counted, NULL);

	if (!outcome)
		return;
	if (returned)
		outcome->opened = count_descriptors() - descriptors;
	outcome->ended = true;
}

bool fault_strikes(enum site site, int *special)
{
	struct outcome *outcome = counted;
	unsigned int use;

	*special = 0;
	if (!outcome)
		return false;
	use = ++outcome->uses[site];
	if (site != armed.site || use < armed.use || (!armed.on && use > armed.use))
		return false;
	outcome->struck++;
	if (armed.error >= FAULT_SHORT)
		*special = armed.error;
	else
		errno = armed.error;
	return true;
}

void fault_allocated(int count)
{
	struct outcome *outcome = counted;

	if (outcome)
		outcome->allocations += count;
}

static void *allocated(void *memory)
{
	fault_allocated(memory != NULL);
	return memory;
}

/* A call that fails with one value; `after` sees what the real one returned. */
#define WRAP(type, name, parameters, arguments, failure, after) \
	type __real_##name parameters; \
	type __wrap_##name parameters; \
	type __wrap_##name parameters \
	{ \
		int special; \
		if (fault_strikes(SITE_##name, &special)) \
			return failure; \
		return after(__real_##name arguments); \
	}

/* Fails with a value that is the errno. */
#define WRAP_CODE(name, parameters, arguments, code) \
	WRAP(int, name, parameters, arguments, (code), )

WRAP(void *, calloc, (size_t n, size_t size), (n, size), NULL, allocated)
WRAP(void *, malloc, (size_t size), (size), NULL, allocated)
WRAP(char *, strdup, (const char *s), (s), NULL, allocated)
WRAP(FILE *, fopen, (const char *path, const char *mode), (path, mode), NULL, allocated)
WRAP(FILE *, fdopen, (int fd, const char *mode), (fd, mode), NULL, allocated)
WRAP(DIR *, fdopendir, (int fd), (fd), NULL, allocated)
WRAP(struct dirent *, readdir, (DIR * directory), (directory), NULL, )
WRAP(ssize_t, readlinkat, (int fd, const char *path, char *buffer, size_t size),
     (fd, path, buffer, size), -1, )
WRAP(ssize_t, getxattr, (const char *path, const char *name, void *value, size_t size),
     (path, name, value, size), -1, )
WRAP(int, stat, (const char *path, struct stat *status), (path, status), -1, )
WRAP(int, fstat, (int fd, struct stat *status), (fd, status), -1, )
WRAP(int, fstatat, (int fd, const char *path, struct stat *status, int flags),
     (fd, path, status, flags), -1, )
WRAP(int, faccessat, (int fd, const char *path, int mode, int flags), (fd, path, mode, flags), -1, )
WRAP(int, fstatfs, (int fd, struct statfs *status), (fd, status), -1, )
WRAP(int, statvfs, (const char *path, struct statvfs *status), (path, status), -1, )
WRAP(int, setns, (int fd, int type), (fd, type), -1, )
WRAP(int, getgroups, (int size, gid_t list[]), (size, list), -1, )
WRAP(int, setresuid, (uid_t r, uid_t e, uid_t s), (r, e, s), -1, )
WRAP(int, setresgid, (gid_t r, gid_t e, gid_t s), (r, e, s), -1, )
WRAP(int, clearenv, (void), (), -1, )
WRAP(int, getentropy, (void *buffer, size_t size), (buffer, size), -1, )
WRAP(struct passwd *, getpwnam, (const char *name), (name), NULL, )
WRAP(struct passwd *, getpwuid, (uid_t uid), (uid), NULL, )
WRAP(struct servent *, getservbyname, (const char *name, const char *protocol), (name, protocol),
     NULL, )
WRAP(unsigned int, if_nametoindex, (const char *name), (name), 0, )
WRAP(char *, if_indextoname, (unsigned int index, char *name), (index, name), NULL, )
WRAP(int, poll, (struct pollfd * fds, nfds_t count, int timeout), (fds, count, timeout), -1, )
WRAP(int, pselect,
     (int count, fd_set *in, fd_set *out, fd_set *other, const struct timespec *time,
      const sigset_t *mask),
     (count, in, out, other, time, mask), -1, )
WRAP_CODE(pthread_create,
	  (pthread_t * thread, const pthread_attr_t *attributes, void *(*run)(void *), void *data),
	  (thread, attributes, run, data), errno)

/* ---- memory ------------------------------------------------------------------------------ */

void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size)
{
	int special;

	if (fault_strikes(SITE_realloc, &special))
		return NULL;
	fault_allocated(memory == NULL);
	return __real_realloc(memory, size);
}

void *__real_reallocarray(void *memory, size_t n, size_t size);
void *__wrap_reallocarray(void *memory, size_t n, size_t size);
void *__wrap_reallocarray(void *memory, size_t n, size_t size)
{
	int special;

	if (fault_strikes(SITE_reallocarray, &special))
		return NULL;
	fault_allocated(memory == NULL);
	return __real_reallocarray(memory, n, size);
}

void __real_free(void *memory);
void __wrap_free(void *memory);
void __wrap_free(void *memory)
{
	fault_allocated(-(memory != NULL));
	__real_free(memory);
}

int __real_regcomp(regex_t *pattern, const char *text, int flags);
int __wrap_regcomp(regex_t *pattern, const char *text, int flags);
int __wrap_regcomp(regex_t *pattern, const char *text, int flags)
{
	int special;

	return fault_strikes(SITE_regcomp, &special) ? REG_ESPACE
						     : __real_regcomp(pattern, text, flags);
}

/* ---- files ------------------------------------------------------------------------------- */

/* Nothing here creates files: there is no mode. */
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
	int special;

	return fault_strikes(SITE_open, &special) ? -1 : __real_open(path, flags);
}

int __real_openat(int fd, const char *path, int flags, ...);
int __wrap_openat(int fd, const char *path, int flags, ...);
int __wrap_openat(int fd, const char *path, int flags, ...)
{
	int special;

	return fault_strikes(SITE_openat, &special) ? -1 : __real_openat(fd, path, flags);
}

/* The kernel hands over a setting whole or, read in pieces, its beginning alone. */
static bool is_setting(int fd)
{
	char link[32], path[64];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof(path));
	return length > 10 && memcmp(path, "/proc/sys/", 10) == 0;
}

ssize_t __real_read(int fd, void *buffer, size_t size);
ssize_t __wrap_read(int fd, void *buffer, size_t size);
ssize_t __wrap_read(int fd, void *buffer, size_t size)
{
	int special;

	if (fault_strikes(SITE_read, &special)) {
		if (!special)
			return -1;
		if (size > 7 && !is_setting(fd))
			size = 7;
	}
	return __real_read(fd, buffer, size);
}

ssize_t __real_write(int fd, const void *buffer, size_t size);
ssize_t __wrap_write(int fd, const void *buffer, size_t size);
ssize_t __wrap_write(int fd, const void *buffer, size_t size)
{
	int special;

	if (fault_strikes(SITE_write, &special)) {
		if (!special)
			return -1;
		size = size > 0;
	}
	return __real_write(fd, buffer, size);
}

/* Whatever it returns, the descriptor is closed. */
int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_close(int fd)
{
	int special, result = __real_close(fd);

	return fault_strikes(SITE_close, &special) ? -1 : result;
}

int __real_fclose(FILE *file);
int __wrap_fclose(FILE *file);
int __wrap_fclose(FILE *file)
{
	fault_allocated(-1);
	broken = NULL;
	return __real_fclose(file);
}

int __real_closedir(DIR *directory);
int __wrap_closedir(DIR *directory);
int __wrap_closedir(DIR *directory)
{
	fault_allocated(-1);
	return __real_closedir(directory);
}

char *__real_fgets(char *line, int size, FILE *file);
char *__wrap_fgets(char *line, int size, FILE *file);
char *__wrap_fgets(char *line, int size, FILE *file)
{
	int special;

	if (!fault_strikes(SITE_fgets, &special))
		return __real_fgets(line, size, file);
	broken = file;
	return NULL;
}

ssize_t __real_getline(char **line, size_t *size, FILE *file);
ssize_t __wrap_getline(char **line, size_t *size, FILE *file);
ssize_t __wrap_getline(char **line, size_t *size, FILE *file)
{
	const char *before = *line;
	ssize_t length = -1;
	int special;

	if (fault_strikes(SITE_getline, &special))
		broken = file;
	else
		length = __real_getline(line, size, file);
	fault_allocated(!before && *line);
	return length;
}

int __real_ferror(FILE *file);
int __wrap_ferror(FILE *file);
int __wrap_ferror(FILE *file)
{
	return file == broken || __real_ferror(file);
}

/* ---- variadic ones, and the end ---------------------------------------------------------- */

int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;
	int special;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	return fault_strikes(SITE_ioctl, &special) ? -1 : __real_ioctl(fd, request, argument);
}

/* All callers pass five. */
int __real_prctl(int option, ...);
int __wrap_prctl(int option, ...);
int __wrap_prctl(int option, ...)
{
	unsigned long argument[4];
	va_list arguments;
	int special;

	va_start(arguments, option);
	for (size_t i = 0; i < 4; i++)
		argument[i] = va_arg(arguments, unsigned int);
	va_end(arguments);
	if (fault_strikes(SITE_prctl, &special))
		return -1;
	return __real_prctl(option, argument[0], argument[1], argument[2], argument[3]);
}

/* Where what is reached is counted, see tests/coverage; else it is NULL. */
void __gcov_dump(void) __attribute__((weak));

static void keep_counts(void)
{
	if (__gcov_dump)
		__gcov_dump();
}

_Noreturn void __real__exit(int code);
_Noreturn void __wrap__exit(int code);
_Noreturn void __wrap__exit(int code)
{
	fault_end(false);
	keep_counts();
	__real__exit(code);
}

/* Not the real one: what the parent has in its buffers is not the child's to write. */
_Noreturn void __wrap_exit(int code);
_Noreturn void __wrap_exit(int code)
{
	fault_end(false);
	keep_counts();
	__real__exit(code);
}
