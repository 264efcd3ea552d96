// SPDX-License-Identifier: MIT
/* sockets.c - from the options to the sockets they choose */
#include <errno.h>
#include <string.h>

#include "selection.h"

static uint32_t give_kinds(struct socktab_ports *ports, size_t count, uint32_t kinds)
{
	uint32_t all = 0;

	for (size_t i = 0; i < count; i++) {
		if (!ports[i].kinds)
			ports[i].kinds = kinds;
		all |= ports[i].kinds;
	}
	return count ? all : SOCKTAB_ALL;
}

const char *selection_resolve(struct selection *selection, uint32_t default_kinds)
{
	struct socktab_filter *filter = &selection->filter;
	uint32_t kinds = selection->protocols ? selection->protocols : default_kinds;
	bool has_ports = filter->local_port_count || filter->remote_port_count;

	if (has_ports && !(kinds & ~SOCKTAB_UNIX))
		return "a unix socket has no port: name a protocol with --protocol";
	filter->kinds = kinds;
	if (has_ports)
		filter->kinds = give_kinds((struct socktab_ports *)filter->local_ports,
					   filter->local_port_count, kinds & ~SOCKTAB_UNIX) &
				give_kinds((struct socktab_ports *)filter->remote_ports,
					   filter->remote_port_count, kinds & ~SOCKTAB_UNIX);
	if (!filter->kinds)
		return "--port and --remote-port name different protocols";
	filter->traffic = (selection->ipv4 ? SOCKTAB_TRAFFIC4 : 0) |
			  (selection->ipv6 ? SOCKTAB_TRAFFIC6 : 0);
	return NULL;
}

struct socktab *selection_open(const struct selection *selection, struct plugin_report *report)
{
	struct socktab *t;
	int error = socktab_open(&t, selection->procfs);

	if (!error) {
		socktab_set_source(t, selection->source);
		return t;
	}
	char directory[256];

	plugin_escape(selection->procfs ? selection->procfs : "/proc",
		      strlen(selection->procfs ? selection->procfs : "/proc"), directory,
		      sizeof(directory));
	if (error == -ENOSYS)
		plugin_problem(report, PLUGIN_UNKNOWN,
			       "this build knows no way to list the sockets of this system");
	else
		plugin_problem(report, PLUGIN_UNKNOWN, "cannot look at %s: %s", directory,
			       strerror(-error));
	return NULL;
}

static int add_inode(const struct socktab_holder *holder, void *data)
{
	uint64_t *count = socktab_table_at(data, &holder->inode);

	if (!count)
		return -ENOMEM;
	++*count;
	return 0;
}

int selection_visit(const struct selection *selection, struct socktab *t,
		    struct plugin_report *report, socktab_visitor *visit, void *data)
{
	struct socktab_filter filter = selection->filter;
	struct socktab_process_filter who = selection->who;
	struct socktab_table inodes = { .key_size = sizeof(uint32_t) };
	int result = 0;

	/* The record itself tells who created the socket: no process need be asked. */
	filter.uids = who.uids;
	filter.uid_count = who.uid_count;
	who.uid_count = 0;
	if (who.command_count || who.exe_count || who.pid_count) {
		plugin_stage(report, "reading which sockets the processes hold");
		result = socktab_holders(t, &who, NULL, add_inode, &inodes);
		filter.inodes = &inodes;
	}
	if (!result) {
		plugin_stage(report, "reading the socket tables");
		result = socktab_visit(t, &filter, visit, data);
	}
	socktab_table_free(&inodes);
	return result;
}
