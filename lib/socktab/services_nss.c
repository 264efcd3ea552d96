// SPDX-License-Identifier: MIT
/* services_nss.c - the names of ports, from wherever nsswitch.conf says */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>

#include "services.h"

int socktab_find_service(const char *name, const char *protocol, uint16_t *port)
{
	const struct servent *service = getservbyname(name, protocol);

	if (!service)
		return -ENOENT;
	*port = ntohs((uint16_t)service->s_port);
	return 0;
}
