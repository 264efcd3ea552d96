// SPDX-License-Identifier: MIT
/* netstat - netstat -antp in a screenful, to show what libsocktab is like; with --json too */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "socktab.h"

static const char *row = "%-6s %-23s %-23s %-11s %d/%s\n";
static const char json[] = "{\"protocol\":\"%s\",\"local\":\"%s\",\"remote\":\"%s\","
			   "\"state\":\"%s\",\"pid\":%d,\"program\":\"%s\"}\n";
static struct socktab_table holders = { .key_size = sizeof(uint32_t) }; /* inode -> pid */

static int remember(const struct socktab_holder *holder, void *data)
{
	uint64_t *pid = socktab_table_at(data, &holder->inode);

	if (pid)
		*pid = (uint64_t)holder->pid;
	return pid ? 0 : -ENOMEM;
}

/* Paths and names are somebody else's bytes: what is not plain becomes \uHHHH. */
static void plain(const char *bytes, size_t length, char *text)
{
	for (; length--; bytes++) {
		bool odd = *bytes < ' ' || *bytes > '~' || strchr("\"\\", *bytes);
		text += sprintf(text, odd ? "\\u%04x" : "%c", (unsigned char)*bytes);
	}
}

static int print(const struct socktab_record *r, void *data)
{
	pid_t pid = (pid_t)socktab_table_get(&holders, &r->inode);
	char local[6 * 128] = "", remote[SOCKTAB_ADDRESS_SIZE] = "", program[6 * 64] = "";
	struct socktab_details of = { 0 };

	plain(r->path, r->path_length, local);
	if (r->protocol != SOCKTAB_PROTOCOL_UNIX) {
		socktab_format_address(r->family, &r->laddr, local);
		socktab_format_address(r->family, &r->raddr, remote);
	}
	if (pid && socktab_describe(data, pid, &of) == 0)
		plain(of.process.comm, strlen(of.process.comm), program);
	printf(row, socktab_kind_name(socktab_kind(r)), local, remote, socktab_state_name(r->state),
	       (int)pid, program);
	return 0;
}

int main(int argc, char **argv)
{
	struct socktab *t;
	int error = socktab_open(&t, NULL);

	if (argc > 1 && strcmp(argv[1], "--json") == 0)
		row = json;
	if (!error)
		error = socktab_holders(t, NULL, NULL, remember, &holders);
	if (!error)
		error = socktab_visit(t, NULL, print, t);
	if (error)
		fprintf(stderr, "netstat: %s\n", strerror(-error));
	return error != 0;
}
