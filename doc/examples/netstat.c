// SPDX-License-Identifier: MIT
/* netstat - netstat -antp in a screenful, to show what libsocktab is like */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "socktab.h"

struct netstat {
	struct socktab *t;
	struct socktab_table holders; /* inode -> pid */
};

static int remember(const struct socktab_holder *holder, void *data)
{
	struct netstat *netstat = data;
	uint64_t *pid = socktab_table_at(&netstat->holders, &holder->inode);

	if (!pid)
		return -ENOMEM;
	*pid = (uint64_t)holder->pid;
	return 0;
}

static int print(const struct socktab_record *r, void *data)
{
	const struct netstat *netstat = data;
	pid_t pid = (pid_t)socktab_table_get(&netstat->holders, &r->inode);
	char local[SOCKTAB_ADDRESS_SIZE], remote[SOCKTAB_ADDRESS_SIZE];
	struct socktab_details details;

	printf("%-6s ", socktab_kind_name(socktab_kind(r)));
	if (r->protocol == SOCKTAB_PROTOCOL_UNIX)
		printf("%-47.*s ", (int)r->path_length, r->path ? r->path : "");
	else
		printf("%-23s %-23s ", socktab_format_address(r->family, &r->laddr, local),
		       socktab_format_address(r->family, &r->raddr, remote));
	printf("%-11s ", socktab_state_name(r->state));
	if (pid && socktab_describe(netstat->t, pid, &details) == 0)
		printf("%d/%s\n", (int)pid, details.process.comm);
	else
		puts("-");
	return 0;
}

int main(void)
{
	struct netstat netstat = { .holders = { .key_size = sizeof(uint32_t) } };
	int error = socktab_open(&netstat.t, NULL);

	if (!error) {
		error = socktab_holders(netstat.t, NULL, NULL, remember, &netstat);
		if (!error)
			error = socktab_visit(netstat.t, NULL, print, &netstat);
		socktab_close(netstat.t);
	}
	socktab_table_free(&netstat.holders);
	if (error)
		fprintf(stderr, "netstat: %s\n", strerror(-error));
	return error ? 1 : 0;
}
