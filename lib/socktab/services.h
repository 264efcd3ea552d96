// SPDX-License-Identifier: MIT
/*
 * services.h - the names of ports
 *
 * services_nss.c asks the C library. Static programs have services_file.c: glibc would load shared
 * libraries of exactly its own version for the answer, and crashes where they are of another.
 */
#ifndef SOCKTAB_SERVICES_H
#define SOCKTAB_SERVICES_H

#include <stdint.h>
#include <stdio.h>

/* The port of a service or of its alias, in host order. Protocol: "tcp", "udp". 0 or -ENOENT. */
int socktab_find_service(const char *name, const char *protocol, uint16_t *port);

/* The same from text in the format of services(5); of services_file.c only. */
int socktab_read_service(FILE *file, const char *name, const char *protocol, uint16_t *port);

#endif
