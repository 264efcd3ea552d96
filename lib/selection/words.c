// SPDX-License-Identifier: MIT
/* words.c - text that grows to the end of its buffer and no further */
#include <stdarg.h>
#include <stdio.h>

#include "private.h"

void words_add(struct words *words, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(words->buffer + words->length, words->size - words->length, format,
			   arguments);
	va_end(arguments);
	if (length > 0)
		words->length += (size_t)length;
	if (words->length >= words->size)
		words->length = words->size - 1;
}
