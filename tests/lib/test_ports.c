// SPDX-License-Identifier: MIT
/* test_ports - the range of local ports as the kernel prints it, and how far it is used up */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "linux/linux.h"
#include "local_ports.h"
#include "tap.h"

/* ---- what the kernel prints -------------------------------------------------------------- */

static void ranges(void)
{
	static const struct {
		const char *text;
		int error;
		uint32_t first, last;
	} cases[] = {
		{ "32768\t60999\n", 0, 32768, 60999 },
		{ "40000 40000", 0, 40000, 40000 },
		{ "0\t65535\n", 0, 0, 65535 },
		{ "", -EBADMSG, 0, 0 },
		{ "\n", -EBADMSG, 0, 0 },
		{ "32768\n", -EBADMSG, 0, 0 },
		{ "60999\t32768\n", -EBADMSG, 0, 0 },
		{ "32768\t65536\n", -EBADMSG, 0, 0 },
		{ "-1\t60999\n", -EBADMSG, 0, 0 },
		{ "32768\t60999\t1\n", -EBADMSG, 0, 0 },
		{ "32768\t99999999999999999999\n", -EBADMSG, 0, 0 },
		{ "a\tb\n", -EBADMSG, 0, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct socktab_local_ports local = { 0 };

		is_int(ports_decode_range(cases[i].text, &local), cases[i].error, "range %zu", i);
		if (cases[i].error)
			continue;
		is_int(local.first, cases[i].first, "range %zu: first", i);
		is_int(local.last, cases[i].last, "range %zu: last", i);
		is_int(local.set.count, cases[i].last - cases[i].first + 1, "range %zu: count", i);
		ok(socktab_port_has(&local.set, (uint16_t)cases[i].first) &&
			   socktab_port_has(&local.set, (uint16_t)cases[i].last),
		   "range %zu: both ends are in it", i);
	}
}

static void reserved(void)
{
	static const struct {
		const char *text;
		int error;
		uint32_t left; /* of 20 from 40000 on */
	} cases[] = {
		{ "", 0, 20 },
		{ "\n", 0, 20 },
		{ "40000\n", 0, 19 },
		{ "1-39999,40020-65535\n", 0, 20 },
		{ "40001,40003-40005,40019\n", 0, 15 },
		{ "40001,40001,40000-40001\n", 0, 18 },
		{ "0-65535\n", 0, 0 },
		{ "40001-\n", -EBADMSG, 0 },
		{ "40005-40003\n", -EBADMSG, 0 },
		{ "65536\n", -EBADMSG, 0 },
		{ "x\n", -EBADMSG, 0 },
		{ "40001 40002\n", -EBADMSG, 0 },
		{ ",40001\n", -EBADMSG, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct socktab_local_ports local = { 0 };

		ports_decode_range("40000\t40019\n", &local);
		is_int(ports_decode_reserved(cases[i].text, &local), cases[i].error, "reserved %zu",
		       i);
		if (!cases[i].error)
			is_int(local.set.count, cases[i].left, "reserved %zu: left", i);
	}
}

static void reuse(void)
{
	struct socktab_local_ports local = { 0 };

	is_int(ports_decode_reuse("2\n", "1\n", &local), 0, "tcp_tw_reuse 2");
	is_int(local.reuse, SOCKTAB_REUSE_LOOPBACK, "is loopback");
	is_int(ports_decode_reuse("1\n", "2\n", &local), 0, "tcp_tw_reuse 1");
	is_int(local.reuse, SOCKTAB_REUSE_ALWAYS, "is always");
	is_int(ports_decode_reuse("1\n", "0\n", &local), 0, "tcp_timestamps 0");
	is_int(local.reuse, SOCKTAB_REUSE_NEVER, "is never");
	is_int(ports_decode_reuse("3\n", "1\n", &local), -EBADMSG, "3 is not known");
	is_int(ports_decode_reuse("\n", "1\n", &local), -EBADMSG, "nor is nothing");
	is_int(ports_decode_reuse("1\n", "\n", &local), -EBADMSG, "as time stamps neither");
}

/* ---- another /proc, made of files -------------------------------------------------------- */

static void write_setting(const char *root, const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/sys/net/ipv4/%s", root, name);
	file = fopen(path, "we");
	if (!file || fputs(text, file) < 0 || fclose(file) != 0)
		exit(1);
}

static void make_directories(const char *root)
{
	static const char *const names[] = { "1", "sys", "sys/net", "sys/net/ipv4" };
	char path[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", root, names[i]);
		if (mkdir(path, 0700))
			exit(1);
	}
}

static void remove_all(const char *root)
{
	static const char *const names[] = {
		"sys/net/ipv4/ip_local_port_range",
		"sys/net/ipv4/ip_local_reserved_ports",
		"sys/net/ipv4/tcp_tw_reuse",
		"sys/net/ipv4/tcp_timestamps",
		"sys/net/ipv4",
		"sys/net",
		"sys",
		"1",
		"",
	};
	char path[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", root, names[i]);
		if (remove(path))
			exit(1);
	}
}

static void files(void)
{
	char root[] = "/tmp/test_ports.XXXXXX", *many = malloc(40000);
	struct socktab_local_ports local;
	struct socktab *t;

	if (!many || !mkdtemp(root))
		exit(1);
	is_int(socktab_open(&t, root), -EINVAL, "a folder that is no /proc");
	make_directories(root);
	if (socktab_open(&t, root))
		exit(1);
	is_int(socktab_local_ports(t, &local), -EOPNOTSUPP, "another /proc tells nothing");
	socktab_set_source(t, SOCKTAB_SOURCE_NETLINK);
	is_int(socktab_local_ports(t, &local), -ENOENT, "a file is missing");
	write_setting(root, "ip_local_port_range", "40000\t40019\n");
	write_setting(root, "ip_local_reserved_ports", "40001\n");
	write_setting(root, "tcp_tw_reuse", "2\n");
	write_setting(root, "tcp_timestamps", "1\n");
	is_int(socktab_local_ports(t, &local), 0, "all are there");
	is_int(local.set.count, 19, "and read");
	memset(many, ' ', 39999);
	many[39999] = '\0';
	write_setting(root, "ip_local_reserved_ports", many);
	is_int(socktab_local_ports(t, &local), -EFBIG, "what does not fit is not cut in silence");
	write_setting(root, "ip_local_reserved_ports", "?");
	is_int(socktab_local_ports(t, &local), -EBADMSG, "what makes no sense is refused");
	is_int(local.last, 0, "and nothing of it is left behind");
	socktab_close(t);
	remove_all(root);
	free(many);
}

/* ---- how far it is used up --------------------------------------------------------------- */

static void set_address(uint8_t *family, struct socktab_address *address, const char *ip,
			uint16_t port)
{
	*family = strchr(ip, ':') ? AF_INET6 : AF_INET;
	inet_pton(*family, ip, address->ip);
	address->port = port;
}

static struct socktab_record record(uint8_t state, const char *local, uint16_t lport,
				    const char *remote, uint16_t rport)
{
	struct socktab_record r = { .state = state };

	set_address(&r.family, &r.laddr, local, lport);
	set_address(&r.family, &r.raddr, remote, rport);
	return r;
}

static void time_wait(void)
{
	static const struct {
		const char *local, *remote;
		uint32_t ifindex;
		bool loopback;
	} cases[] = {
		{ "127.0.0.1", "127.0.0.1", 0, true },
		{ "127.255.0.1", "127.0.0.9", 0, true },
		{ "::1", "::1", 0, true },
		{ "::ffff:127.0.0.1", "::ffff:127.0.0.1", 0, true },
		{ "192.0.2.1", "127.0.0.1", 0, true },
		{ "192.0.2.1", "192.0.2.1", 0, false },
		{ "192.0.2.1", "192.0.2.1", 1, true },
		{ "192.0.2.1", "192.0.2.1", 2, false },
		{ "2001:db8::1", "2001:db8::2", 0, false },
		{ "::", "::2", 0, false },
		{ "::ffff:192.0.2.1", "::ffff:192.0.2.2", 0, false },
	};
	struct socktab_local_ports local = { 0 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct socktab_record r = record(SOCKTAB_TIME_WAIT, cases[i].local, 40000,
						 cases[i].remote, 80);

		r.ifindex = cases[i].ifindex;
		local.reuse = SOCKTAB_REUSE_LOOPBACK;
		is_int(socktab_reusable(&local, &r), cases[i].loopback, "%s to %s%s",
		       cases[i].local, cases[i].remote,
		       cases[i].ifindex == 1 ? " on the loopback device" : "");
		local.reuse = SOCKTAB_REUSE_NEVER;
		ok(!socktab_reusable(&local, &r), "not with tcp_tw_reuse 0");
		local.reuse = SOCKTAB_REUSE_ALWAYS;
		ok(socktab_reusable(&local, &r), "always with 1");
		r.state = SOCKTAB_FIN_WAIT2;
		ok(!socktab_reusable(&local, &r), "but never in FIN_WAIT2");
	}
}

static void count(struct local_ports *ports, struct socktab_record r)
{
	local_ports_count(&r, ports);
}

static void use(void)
{
	struct socktab_local_ports range = { .reuse = SOCKTAB_REUSE_LOOPBACK };
	struct socktab_record listener = record(SOCKTAB_LISTEN, "::", 40000, "::", 0), first, last;
	struct destination_use *list;
	struct local_ports ports;
	char text[256];

	ports_decode_range("40000\t40019\n", &range);
	local_ports_start(&ports, &range);
	local_ports_listens(&listener, &ports);
	local_ports_listens(&listener, &ports);
	is_int(ports.range.set.count, 19, "a port that is listened on is left out");
	is_int(ports.listening, 1, "once");
	count(&ports, record(SOCKTAB_ESTABLISHED, "10.0.0.1", 40000, "10.0.0.2", 80));
	count(&ports, record(SOCKTAB_ESTABLISHED, "10.0.0.1", 39999, "10.0.0.2", 80));
	is_int(ports.used, 0, "inbound or outside the range: not counted");

	first = record(SOCKTAB_ESTABLISHED, "10.0.0.1", 40001, "10.0.0.2", 80);
	first.known = SOCKTAB_KNOWN_CGROUP;
	first.cgroup = 77;
	count(&ports, first);
	last = record(SOCKTAB_TIME_WAIT, "::ffff:10.0.0.1", 40002, "::ffff:10.0.0.2", 80);
	count(&ports, last);
	count(&ports, record(SOCKTAB_TIME_WAIT, "127.0.0.1", 40003, "127.0.0.1", 80));
	count(&ports, record(SOCKTAB_SYN_SENT, "10.0.0.1", 40001, "10.0.0.3", 80));
	is_int(ports.reusable, 1, "reusable");
	is_int(local_ports_end(&ports), 0, "the end");
	is_int(ports.used, 3, "used");
	is_int(ports.time_wait, 2, "in TIME_WAIT");
	is_int(ports.reusable, 0, "none of those to the fullest destination is reusable");
	is_int(ports.destinations, 2, "destinations");
	is_int(ports.taken.count, 3, "ports taken");
	is_int(ports.fullest.sockets, 2, "of the fullest destination");
	is_int(ports.fullest.time_wait, 1, "of these in TIME_WAIT");
	is_int(ports.fullest_socket.cgroup, 77, "whose cgroup TIME_WAIT does not hide");
	is_int(ports.fullest_address_ports, 2, "ports of the fullest address");
	is_str(local_ports_format_ip(ports.fullest_address, text), "10.0.0.1", "which is this");
	is_str(local_ports_format(&ports.fullest.at, text, sizeof(text)),
	       "from 10.0.0.1 to 10.0.0.2:80", "the fullest destination in words");
	ok(local_ports_percent(&ports, 19) > 99.9 && local_ports_percent(&ports, 18) < 95, "%%");
	ok(local_ports_percent(&ports, 25) < 100.1, "never above 100 %%");

	is_int(local_ports_top(&ports, 5, &list), 2, "there are two destinations");
	is_int(list[0].sockets, 2, "the larger one first");
	is_int(list[1].sockets, 1, "then the other");
	free(list);
	is_int(local_ports_top(&ports, 1, &list), 1, "no more than asked for");
	free(list);
	local_ports_free(&ports);
}

static void wildcards(void)
{
	struct socktab_local_ports range = { 0 };
	struct socktab_record only6 = record(SOCKTAB_CLOSE, "::", 40003, "::", 0);
	struct local_ports ports;
	char text[256];

	only6.v6only = true;
	ports_decode_range("40000\t40019\n", &range);
	local_ports_start(&ports, &range);
	is_int(local_ports_end(&ports), 0, "nothing");
	is_int(ports.fullest_address_ports, 0, "is nothing");
	count(&ports, record(SOCKTAB_CLOSE, "0.0.0.0", 40000, "0.0.0.0", 0));
	count(&ports, record(SOCKTAB_CLOSE, "10.0.0.1", 40000, "0.0.0.0", 0));
	count(&ports, record(SOCKTAB_CLOSE, "10.0.0.1", 40001, "0.0.0.0", 0));
	count(&ports, record(SOCKTAB_CLOSE, "::", 40002, "::", 0));
	count(&ports, only6);
	local_ports_end(&ports);
	is_int(ports.fullest_address_ports, 3, "two wildcards' and its own, each port once");
	is_str(local_ports_format_ip(ports.fullest_address, text), "10.0.0.1", "of this address");
	is_int(ports.destinations, 0, "without a peer no destination");
	is_str(local_ports_format(&ports.fullest.at, text, sizeof(text)), "unconnected on 10.0.0.1",
	       "sockets without a peer in words");
	local_ports_free(&ports);
}

int main(void)
{
	ranges();
	reserved();
	reuse();
	files();
	time_wait();
	use();
	wildcards();
	return done();
}
