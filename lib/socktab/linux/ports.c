// SPDX-License-Identifier: MIT
/* ports.c - the ports that the kernel chooses from, through /proc/sys/net/ipv4 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "linux.h"

/* A port, and *text behind it. */
static bool take_port(const char **text, unsigned long *port)
{
	char *end;

	if (**text < '0' || **text > '9')
		return false;
	*port = strtoul(*text, &end, 10);
	*text = end;
	return *port <= UINT16_MAX;
}

static bool at_end(const char *text)
{
	return !text[strspn(text, " \t\n")];
}

int ports_decode_range(const char *text, struct socktab_local_ports *local)
{
	unsigned long first, last;

	if (!take_port(&text, &first))
		return -EBADMSG;
	text += strspn(text, " \t");
	if (!take_port(&text, &last) || !at_end(text) || first > last)
		return -EBADMSG;
	local->first = (uint16_t)first;
	local->last = (uint16_t)last;
	for (unsigned long port = first; port <= last; port++)
		socktab_port_add(&local->set, (uint16_t)port);
	return 0;
}

int ports_decode_reserved(const char *text, struct socktab_local_ports *local)
{
	unsigned long first, last;

	while (!at_end(text)) {
		if (!take_port(&text, &first))
			return -EBADMSG;
		last = first;
		if (*text == '-') {
			text++;
			if (!take_port(&text, &last) || first > last)
				return -EBADMSG;
		}
		if (*text == ',')
			text++;
		else if (!at_end(text))
			return -EBADMSG;
		for (unsigned long port = first; port <= last; port++)
			socktab_port_remove(&local->set, (uint16_t)port);
	}
	return 0;
}

int ports_decode_reuse(const char *text, const char *timestamps, struct socktab_local_ports *local)
{
	unsigned long mode, stamped;

	if (!take_port(&text, &mode) || !at_end(text) || mode > SOCKTAB_REUSE_LOOPBACK ||
	    !take_port(&timestamps, &stamped) || !at_end(timestamps))
		return -EBADMSG;
	/* By their time stamps the old connection's late packets are told from the new one's. */
	local->reuse = stamped ? (enum socktab_reuse)mode : SOCKTAB_REUSE_NEVER;
	return 0;
}

/* The first read gets all there is: these files cannot be read piece by piece. */
static int read_setting(const struct socktab *t, const char *name, char *text, size_t size)
{
	int fd = netns_open_setting(t, name);
	ssize_t length;

	if (fd < 0)
		return fd;
	length = linux_read(fd, text, size);
	close(fd);
	if (length < 0)
		return (int)length;
	if ((size_t)length == size)
		return -EFBIG;
	text[length] = '\0';
	return 0;
}

static int read_all(const struct socktab *t, struct socktab_local_ports *local)
{
	char text[64], timestamps[64], *reserved = (char *)t->backend->buffer;
	int error = read_setting(t, "ip_local_port_range", text, sizeof(text));

	if (!error)
		error = ports_decode_range(text, local);
	if (!error)
		error = read_setting(t, "ip_local_reserved_ports", reserved, BACKEND_BUFFER);
	if (!error)
		error = ports_decode_reserved(reserved, local);
	if (!error)
		error = read_setting(t, "tcp_tw_reuse", text, sizeof(text));
	if (!error)
		error = read_setting(t, "tcp_timestamps", timestamps, sizeof(timestamps));
	return error ? error : ports_decode_reuse(text, timestamps, local);
}

int socktab_local_ports(struct socktab *t, struct socktab_local_ports *local)
{
	static const struct socktab_local_ports nothing;
	int error;

	*local = nothing;
	error = read_all(t, local);
	if (error) {
		*local = nothing;
		t->coverage.unmounted |= linux_is_unmounted(t->backend);
	}
	return error;
}
