// SPDX-License-Identifier: MIT
/* tap.h - the Test Anything Protocol for tests in C: ok(), is(), done() */
#ifndef TAP_H
#define TAP_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static int tap_run, tap_failed;

/* One test; the format says what it is. */
#define ok(condition, ...) tap_ok((condition), __FILE__, __LINE__, __VA_ARGS__)
/* Compare integers or strings; both values are printed where they differ. */
#define is_int(got, want, ...) \
	tap_is_int((int64_t)(got), (int64_t)(want), __FILE__, __LINE__, __VA_ARGS__)
#define is_str(got, want, ...) tap_is_str((got), (want), __FILE__, __LINE__, __VA_ARGS__)

#define tap_ok(condition, file, line, ...) \
	(tap_report((condition), (file), (line)), printf(__VA_ARGS__), putchar('\n'), (void)0)
#define tap_is_int(got, want, file, line, ...) \
	do { \
		int64_t got_ = (got), want_ = (want); \
		tap_ok(got_ == want_, file, line, __VA_ARGS__); \
		if (got_ != want_) \
			printf("#   got %" PRId64 ", want %" PRId64 "\n", got_, want_); \
	} while (0)
#define tap_is_str(got, want, file, line, ...) \
	do { \
		const char *got_ = (got), *want_ = (want); \
		bool same_ = got_ && want_ ? !strcmp(got_, want_) : got_ == want_; \
		tap_ok(same_, file, line, __VA_ARGS__); \
		if (!same_) \
			printf("#   got  '%s'\n#   want '%s'\n", got_ ? got_ : "(null)", \
			       want_ ? want_ : "(null)"); \
	} while (0)

static inline void tap_report(bool passed, const char *file, int line)
{
	tap_run++;
	if (!passed) {
		tap_failed++;
		printf("# %s:%d\n", file, line);
	}
	printf("%sok %d - ", passed ? "" : "not ", tap_run);
}

/* Print the plan; the value main() returns. */
static inline int done(void)
{
	printf("1..%d\n", tap_run);
	return tap_failed ? 1 : 0;
}

#endif
