// SPDX-License-Identifier: MIT
/* requests_private.h - what the files of requests share among themselves */
#ifndef REQUESTS_PRIVATE_H
#define REQUESTS_PRIVATE_H

#include "requests.h"

/* The request for a port of exactly these kinds; NULL: there is none. */
struct request *requests_find(const struct requests *requests, uint32_t kinds, uint16_t port);

/* With what the look has found: which of them are answered, and whether that is as it should be. */
void requests_judge(struct requests *requests, struct selection_view *view);

/* Are both plainly missing, and the second the next port of the first? */
bool requests_are_run(const struct request *first, const struct request *second);

/* Read the ages and executables of all holders of the sockets that answer. 0 or -errno. */
int requests_read_holders(struct requests *requests, const struct selection_view *view);

#endif
