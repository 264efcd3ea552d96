// SPDX-License-Identifier: MIT
/* test_names - states, protocols, ports, addresses, prefixes: text <-> value */
#include <arpa/inet.h>
#include <errno.h>

#include "socktab.h"
#include "tap.h"

static void kinds(const char *text, int error, uint32_t want)
{
	uint32_t got = 0;

	is_int(socktab_parse_kinds(text, strlen(text), &got), error, "kinds '%s'", text);
	is_int(got, want, "kinds '%s': which", text);
}

static void states(const char *text, int error, uint32_t want)
{
	uint32_t got = 0;

	is_int(socktab_parse_states(text, strlen(text), &got), error, "states '%s'", text);
	is_int(got, want, "states '%s': which", text);
}

static void ports(const char *text, int error, uint16_t first, uint16_t last, uint32_t of)
{
	struct socktab_ports got;

	is_int(socktab_parse_ports(text, strlen(text), &got), error, "ports '%s'", text);
	if (error)
		return;
	is_int(got.first, first, "ports '%s': first", text);
	is_int(got.last, last, "ports '%s': last", text);
	is_int(got.kinds, of, "ports '%s': kinds", text);
}

static void prefix(const char *text, int error, int family, const char *ip, int length)
{
	struct socktab_prefix got;
	uint8_t want[16] = { 0 };

	is_int(socktab_parse_prefix(text, strlen(text), &got), error, "prefix '%s'", text);
	if (error)
		return;
	inet_pton(family, ip, want);
	is_int(got.family, family, "prefix '%s': family", text);
	is_int(got.length, length, "prefix '%s': length", text);
	ok(!memcmp(got.ip, want, sizeof(want)), "prefix '%s': address", text);
}

static void test_kinds(void)
{
	kinds("tcp", 0, SOCKTAB_TCP);
	kinds("TCP6", 0, SOCKTAB_BIT(SOCKTAB_KIND_TCP6));
	kinds("udp4", 0, SOCKTAB_BIT(SOCKTAB_KIND_UDP4));
	kinds("unix", 0, SOCKTAB_UNIX);
	kinds("inet", 0, SOCKTAB_TCP | SOCKTAB_UDP);
	kinds("inet6", 0, SOCKTAB_BIT(SOCKTAB_KIND_TCP6) | SOCKTAB_BIT(SOCKTAB_KIND_UDP6));
	kinds("mptcp", 0, SOCKTAB_MPTCP);
	kinds("all", 0, SOCKTAB_ALL);
	kinds("", -EINVAL, 0);
	kinds("tcp5", -EINVAL, 0);
	kinds("tc", -EINVAL, 0);
	kinds("unix4", -EINVAL, 0);
	for (unsigned int kind = 0; kind < SOCKTAB_KINDS; kind++)
		kinds(socktab_kind_name(kind), 0, SOCKTAB_BIT(kind));
}

static void test_states(void)
{
	const uint32_t not_connected = SOCKTAB_BIT(SOCKTAB_LISTEN) | SOCKTAB_BIT(SOCKTAB_CLOSE);

	for (unsigned int state = 1; state < SOCKTAB_STATES; state++)
		states(socktab_state_name(state), 0, SOCKTAB_BIT(state));
	states("ESTAB", 0, SOCKTAB_BIT(SOCKTAB_ESTABLISHED));
	states("CLOSE-WAIT", 0, SOCKTAB_BIT(SOCKTAB_CLOSE_WAIT));
	states("fin-wait-1", 0, SOCKTAB_BIT(SOCKTAB_FIN_WAIT1));
	states("FIN_WAIT2", 0, SOCKTAB_BIT(SOCKTAB_FIN_WAIT2));
	states("syn-recv", 0, SOCKTAB_BIT(SOCKTAB_SYN_RECV));
	states("LISTENING", 0, SOCKTAB_BIT(SOCKTAB_LISTEN));
	states("unconn", 0, SOCKTAB_BIT(SOCKTAB_CLOSE));
	states("all", 0, SOCKTAB_ALL_STATES);
	states("connected", 0, SOCKTAB_ALL_STATES & ~not_connected);
	states("synchronized", 0,
	       SOCKTAB_ALL_STATES & ~not_connected & ~SOCKTAB_BIT(SOCKTAB_SYN_SENT));
	states("", -EINVAL, 0);
	states("-", -EINVAL, 0);
	states("establishe", -EINVAL, 0);
	states("fin_wait3", -EINVAL, 0);
	states("unknown", -EINVAL, 0);
}

static void test_ports(void)
{
	ports("1", 0, 1, 1, 0);
	ports("65535", 0, 65535, 65535, 0);
	ports("8000-8010", 0, 8000, 8010, 0);
	ports("53/udp", 0, 53, 53, SOCKTAB_UDP);
	ports("80-80/tcp6", 0, 80, 80, SOCKTAB_BIT(SOCKTAB_KIND_TCP6));
	ports("0", -EINVAL, 0, 0, 0);
	ports("65536", -EINVAL, 0, 0, 0);
	ports("99999999999999999999", -EINVAL, 0, 0, 0);
	ports("80-22", -ERANGE, 0, 0, 0);
	ports("80-", -EINVAL, 0, 0, 0);
	ports("-80", -ENOENT, 0, 0, 0);
	ports("80-90-100", -EINVAL, 0, 0, 0);
	ports("80/xyz", -EPROTONOSUPPORT, 0, 0, 0);
	ports("80/", -EPROTONOSUPPORT, 0, 0, 0);
	ports("80/unix", -EPROTONOSUPPORT, 0, 0, 0);
	ports("", -EINVAL, 0, 0, 0);
	ports("8O", -EINVAL, 0, 0, 0);
	ports(" 80", -ENOENT, 0, 0, 0);
	ports("no-such-service-name", -ENOENT, 0, 0, 0);
}

static void test_prefixes(void)
{
	prefix("10.0.5.0/24", 0, AF_INET, "10.0.5.0", 24);
	prefix("10.0.5.1", 0, AF_INET, "10.0.5.1", 32);
	prefix("0.0.0.0/0", 0, AF_INET, "0.0.0.0", 0);
	prefix("::1", 0, AF_INET6, "::1", 128);
	prefix("2001:db8::/32", 0, AF_INET6, "2001:db8::", 32);
	prefix("::ffff:10.0.0.1", 0, AF_INET, "10.0.0.1", 32);
	prefix("::ffff:10.0.0.0/104", 0, AF_INET, "10.0.0.0", 8);
	prefix("10.0.0.0/33", -ERANGE, 0, NULL, 0);
	prefix("::/129", -ERANGE, 0, NULL, 0);
	prefix("10.0.0.0/", -ERANGE, 0, NULL, 0);
	prefix("10.0.0.0/8x", -ERANGE, 0, NULL, 0);
	prefix("10.0.0", -EINVAL, 0, NULL, 0);
	prefix("localhost", -EINVAL, 0, NULL, 0);
	prefix("", -EINVAL, 0, NULL, 0);
	prefix("1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb", -EINVAL, 0, NULL, 0);
}

static void test_format(void)
{
	struct socktab_address address = { .ip = { 127, 0, 0, 1 }, .port = 80 };
	char text[SOCKTAB_ADDRESS_SIZE];

	is_str(socktab_format_address(AF_INET, &address, text), "127.0.0.1:80", "IPv4 and port");
	memset(&address, 0, sizeof(address));
	address.ip[15] = 1;
	address.port = 65535;
	is_str(socktab_format_address(AF_INET6, &address, text), "[::1]:65535", "IPv6 and port");
	memset(address.ip, 0xff, sizeof(address.ip));
	is_str(socktab_format_address(AF_INET6, &address, text),
	       "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535", "the longest address");
}

int main(void)
{
	test_kinds();
	test_states();
	test_ports();
	test_prefixes();
	test_format();
	return done();
}
