// SPDX-License-Identifier: MIT
/* test_match - does this record pass this filter; unit names in cgroup paths */
#include <arpa/inet.h>
#include <sys/socket.h>

#include "socktab.h"
#include "tap.h"

static struct socktab_record tcp(const char *local, uint16_t lport, const char *remote,
				 uint16_t rport)
{
	struct socktab_record r = { .protocol = SOCKTAB_PROTOCOL_TCP, .type = SOCK_STREAM };

	r.family = strchr(local, ':') ? AF_INET6 : AF_INET;
	r.state = rport ? SOCKTAB_ESTABLISHED : SOCKTAB_LISTEN;
	r.known = SOCKTAB_KNOWN_V6ONLY | SOCKTAB_KNOWN_UID;
	inet_pton(r.family, local, r.laddr.ip);
	inet_pton(r.family, remote, r.raddr.ip);
	r.laddr.port = lport;
	r.raddr.port = rport;
	return r;
}

static struct socktab_prefix net(const char *text)
{
	struct socktab_prefix prefix;

	socktab_parse_prefix(text, strlen(text), &prefix);
	return prefix;
}

static void test_ports(void)
{
	struct socktab_record r = tcp("10.0.0.1", 443, "10.0.0.2", 50000);
	struct socktab_record udp = r;
	const struct socktab_ports ports[] = { { 0, 80, 90 }, { SOCKTAB_TCP, 443, 443 } };
	const struct socktab_ports ephemeral = { 0, 49152, 65535 };
	struct socktab_filter f = { .local_ports = ports, .local_port_count = 2 };

	udp.protocol = SOCKTAB_PROTOCOL_UDP;
	ok(socktab_match(&f, &r), "a local port that is named");
	ok(!socktab_match(&f, &udp), "not of another protocol");
	r.laddr.port = 90;
	ok(socktab_match(&f, &r), "the last port of a range");
	r.laddr.port = 91;
	ok(!socktab_match(&f, &r), "not the one after it");
	f = (struct socktab_filter){ .remote_ports = &ephemeral, .remote_port_count = 1 };
	ok(socktab_match(&f, &r), "a remote port");
	f.remote_ports = ports;
	ok(!socktab_match(&f, &r), "the local port is not taken for the remote one");
}

static void test_prefixes(void)
{
	struct socktab_record r = tcp("10.0.0.1", 443, "192.168.7.9", 50000);
	struct socktab_record mapped = tcp("::ffff:10.0.0.1", 443, "::ffff:192.168.7.9", 50000);
	struct socktab_record six = tcp("2001:db8::1", 443, "2001:db8:ffff::1", 50000);
	struct socktab_prefix prefix = net("192.168.0.0/21");
	struct socktab_filter f = { .remote = &prefix, .remote_count = 1 };

	ok(socktab_match(&f, &r), "inside a prefix that ends within a byte");
	ok(socktab_match(&f, &mapped), "IPv4-mapped counts as IPv4");
	ok(!socktab_match(&f, &six), "IPv6 is not in an IPv4 prefix");
	prefix = net("192.168.8.0/21");
	ok(!socktab_match(&f, &r), "outside the prefix");
	prefix = net("0.0.0.0/0");
	ok(socktab_match(&f, &r) && socktab_match(&f, &mapped) && !socktab_match(&f, &six),
	   "0.0.0.0/0 is all IPv4");
	prefix = net("::/0");
	ok(!socktab_match(&f, &r) && !socktab_match(&f, &mapped) && socktab_match(&f, &six),
	   "::/0 is all IPv6, without mapped addresses");
	prefix = net("2001:db8:8000::/33");
	ok(socktab_match(&f, &six), "an IPv6 prefix that ends within a byte");
	f = (struct socktab_filter){ .not_remote = &prefix, .not_remote_count = 1 };
	ok(!socktab_match(&f, &six) && socktab_match(&f, &r), "excluded peers");
	f = (struct socktab_filter){ .local = &prefix, .local_count = 1 };
	ok(!socktab_match(&f, &six), "the remote address is not taken for the local one");
}

static void test_mapped(void)
{
	static const uint8_t ipv4[4] = { 10, 0, 0, 1 }, other[16] = { 0xfe, 0x80, [15] = 1 };
	static const uint8_t zero[16];
	const uint8_t *ip;
	uint8_t key[16];

	socktab_map(AF_INET, ipv4, key);
	ok(socktab_is_mapped(key) && memcmp(key + 12, ipv4, 4) == 0, "IPv4 becomes mapped");
	ip = key;
	is_int(socktab_unmap(AF_INET6, &ip), AF_INET, "and is IPv4 again");
	ok(ip == key + 12, "the last four bytes of it");
	socktab_map(AF_INET6, other, key);
	ok(memcmp(key, other, 16) == 0, "IPv6 stays as it is");
	ip = key;
	is_int(socktab_unmap(AF_INET6, &ip), AF_INET6, "this way as well");
	ok(ip == key, "from its first byte on");
	ip = ipv4;
	ok(socktab_unmap(AF_INET, &ip) == AF_INET && ip == ipv4, "as does IPv4");
	ip = zero;
	ok(socktab_unmap(AF_INET6, &ip) == AF_INET6 && ip == zero, ":: is not mapped");
	ok(socktab_unmap(AF_UNIX, &ip) == AF_UNIX && ip == zero, "nor what is no address");
}

static void test_traffic(void)
{
	struct socktab_record four = tcp("10.0.0.1", 80, "10.0.0.2", 9);
	struct socktab_record mapped = tcp("::ffff:10.0.0.1", 80, "::ffff:10.0.0.2", 9);
	struct socktab_record six = tcp("::1", 80, "::1", 9);
	struct socktab_record dual = tcp("::", 80, "::", 0), only = dual;
	struct socktab_record local = { .family = AF_UNIX, .protocol = SOCKTAB_PROTOCOL_UNIX };

	only.v6only = true;
	is_int(socktab_traffic(&four), SOCKTAB_TRAFFIC4, "an IPv4 socket");
	is_int(socktab_traffic(&mapped), SOCKTAB_TRAFFIC4, "a mapped connection is IPv4 traffic");
	is_int(socktab_traffic(&six), SOCKTAB_TRAFFIC6, "an IPv6 connection");
	is_int(socktab_traffic(&dual), SOCKTAB_TRAFFIC4 | SOCKTAB_TRAFFIC6,
	       "a dual-stack wildcard");
	is_int(socktab_traffic(&only), SOCKTAB_TRAFFIC6, "a wildcard that is v6only");
	is_int(socktab_traffic(&local), 0, "a unix socket carries neither");
}

static void test_owner(void)
{
	struct socktab_record r = tcp("10.0.0.1", 80, "10.0.0.2", 9);
	const uint32_t uids[] = { 33, 0 };
	struct socktab_filter f = { .uids = uids, .uid_count = 2 };
	struct socktab_table inodes = { .key_size = 4 };
	uint32_t inode = 4711;

	ok(socktab_match(&f, &r), "created by root");
	r.known = 0;
	ok(!socktab_match(&f, &r), "nobody's any more: it is not root's");
	r.inode = inode;
	ok(socktab_match(&f, &r), "a uid that is not known may be root's");
	f = (struct socktab_filter){ .inodes = &inodes };
	ok(!socktab_match(&f, &r), "an empty set of inodes matches nothing");
	*socktab_table_at(&inodes, &inode) = 1;
	ok(socktab_match(&f, &r), "an inode of the set");
	socktab_table_free(&inodes);
}

static void test_rest(void)
{
	struct socktab_record r = tcp("10.0.0.1", 80, "10.0.0.2", 9);
	struct socktab_record path = { .family = AF_UNIX, .protocol = SOCKTAB_PROTOCOL_UNIX };
	struct socktab_prefix prefix = net("0.0.0.0/0");
	struct socktab_filter f = { 0 };

	ok(socktab_match(&f, &r) && socktab_match(&f, &path), "nothing asked for is everything");
	f.states = SOCKTAB_BIT(SOCKTAB_ESTABLISHED);
	ok(socktab_match(&f, &r), "the state asked for");
	f.states = SOCKTAB_BIT(SOCKTAB_LISTEN);
	ok(!socktab_match(&f, &r), "another state");
	f = (struct socktab_filter){ .kinds = SOCKTAB_UDP };
	ok(!socktab_match(&f, &r), "another kind");
	f = (struct socktab_filter){ .local = &prefix, .local_count = 1 };
	ok(!socktab_match(&f, &path), "a unix socket has no address");
}

static void unit(const char *path, const char *name, bool want)
{
	ok(socktab_unit_match(path, name) == want, "%s is%s in %s", name, want ? "" : " not", path);
}

static void test_units(void)
{
	char text[64];

	unit("/system.slice/nginx.service", "nginx", true);
	unit("/system.slice/nginx.service", "nginx.service", true);
	unit("/system.slice/nginx.service", "nginx.socket", false);
	unit("/system.slice/nginx.service", "ngin", false);
	unit("/system.slice/nginx.service.d", "nginx", false);
	unit("/system.slice/nginx.service.service", "nginx.service", false);
	unit("/system.slice/nginx.service@1.service", "nginx.service", false);
	unit("/system.slice/cups.socket", "cups", true);
	unit("/system.slice/system-getty.slice/getty@tty1.service", "getty", true);
	unit("/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1", true);
	unit("/system.slice/system-getty.slice/getty@tty1.service", "getty@tty2", false);
	unit("/system.slice/system-getty.slice/getty@tty1.service", "getty.service", false);
	unit("/system.slice/docker-0a1b.scope/init", "docker-0a1b.scope", true);
	unit("/system.slice/nginx.service/worker", "nginx", true);
	unit("/user.slice/user-1000.slice/user@1000.service/app.slice/nginx.service", "nginx",
	     false);
	unit("/user.slice/user-1000.slice/user@1000.service/app.slice/nginx.service", "user@1000",
	     true);
	unit("/user.slice/user-1000.slice/user@1000.service/app.slice/nginx.service",
	     "/user.slice/user-1000.slice/user@1000.service/app.slice/nginx.service", true);
	unit("/user.slice/user-1000.slice/session-3.scope", "/user.slice/user-1000.slice", true);
	unit("/user.slice/user-1000.slice/session-3.scope", "/user.slice/user-100", false);
	unit("/", "nginx", false);
	unit("", "nginx", false);
	is_str(socktab_unit_name("/system.slice/nginx.service/worker", text, sizeof(text)),
	       "nginx.service", "the innermost unit of a path");
	is_str(socktab_unit_name("/user.slice/user-1000.slice/session-3.scope", text, sizeof(text)),
	       "session-3.scope", "a session is a unit");
	is_str(socktab_unit_name("/system.slice/srv.mount", text, sizeof(text)), "srv.mount",
	       "a mount is a unit");
	is_str(socktab_unit_name("/system.slice/file.swap", text, sizeof(text)), "file.swap",
	       "a swap is a unit");
	is_str(socktab_unit_name("/", text, sizeof(text)), "", "the root is none");
	is_str(socktab_unit_manager("/user.slice/user@7.service/app.slice/x.service", text,
				    sizeof(text)),
	       "user@7.service", "a user's unit");
	is_str(socktab_unit_manager("/user.slice/user@7.service", text, sizeof(text)), "",
	       "the manager itself is the system's");
	is_str(socktab_unit_manager("/system.slice/a@7.service/x.service", text, sizeof(text)), "",
	       "no user's");
}

int main(void)
{
	test_ports();
	test_prefixes();
	test_mapped();
	test_traffic();
	test_owner();
	test_rest();
	test_units();
	return done();
}
