// SPDX-License-Identifier: MIT
/* fuzz.h - what the harnesses share: a property that must hold, the input as text, random bytes */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What libFuzzer calls with an input, and main.c with the files of the corpus. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property of every input; the input that breaks it ends the program and is kept. */
#define REQUIRE(condition) \
	((condition) ? (void)0 : fuzz_broken(#condition, __FILE__, (unsigned int)__LINE__))

static inline void fuzz_broken(const char *condition, const char *file, unsigned int line)
{
	fprintf(stderr, "%s:%u: does not hold: %s\n", file, line, condition);
	abort();
}

/* A copy that ends where the input ends, so that a reader behind it is caught. */
static inline void *fuzz_copy(const uint8_t *data, size_t size)
{
	void *copy = malloc(size ? size : 1);

	REQUIRE(copy);
	memcpy(copy, data, size);
	return copy;
}

/* The same as a string. */
static inline char *fuzz_string(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	REQUIRE(text);
	memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

/* The first byte of the input, which chooses what is done with the rest; 0 if there is none. */
static inline unsigned int fuzz_choice(const uint8_t **data, size_t *size)
{
	if (!*size)
		return 0;
	--*size;
	return *(*data)++;
}

#endif
