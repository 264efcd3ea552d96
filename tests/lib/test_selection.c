// SPDX-License-Identifier: MIT
/* test_selection - from option texts to filters, addresses and requests, and into words */
#include "selection.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "cover.h"
#include "internal.h"
#include "requests.h"
#include "tap.h"

static const struct plugin_option *const tables[] = {
	selection_port_options,
	selection_protocol_options,
	selection_peer_options,
	selection_connection_options,
	selection_owner_options,
	selection_view_options,
	NULL,
};

/* What the option says of this text; NULL: it took it. */
static const char *set(struct selection *selection, const char *name, const char *text)
{
	for (size_t i = 0; tables[i]; i++)
		for (const struct plugin_option *option = tables[i]; option->name; option++)
			if (strcmp(option->name, name) == 0)
				return option->set(option, selection, text);
	return "no such option";
}

static void takes(struct selection *selection, const char *name, const char *text)
{
	is_str(set(selection, name, text), NULL, "--%s %s", name, text ? text : "");
}

static void refuses(const char *name, const char *text, const char *why)
{
	struct selection selection = { 0 };

	is_str(set(&selection, name, text), why, "--%s '%s' is refused", name, text);
}

static void is_ports(const struct socktab_ports *ports, uint32_t kinds, uint16_t first,
		     uint16_t last)
{
	ok(ports && ports->kinds == kinds && ports->first == first && ports->last == last,
	   "ports %u-%u of kinds %x", first, last, (unsigned int)kinds);
}

static void test_ports(void)
{
	struct selection selection = { 0 };
	struct socktab_filter *filter = &selection.filter;

	takes(&selection, "port", "80,8000-8010");
	takes(&selection, "port", "53/udp,1-65535/tcp6");
	is_int(filter->local_port_count, 4, "lists add up");
	is_ports(&filter->local_ports[0], 0, 80, 80);
	is_ports(&filter->local_ports[1], 0, 8000, 8010);
	is_ports(&filter->local_ports[2], SOCKTAB_UDP, 53, 53);
	is_ports(&filter->local_ports[3], SOCKTAB_BIT(SOCKTAB_KIND_TCP6), 1, 65535);
	takes(&selection, "remote-port", "443/inet");
	is_int(filter->remote_port_count, 1, "the peer's are kept apart");
	is_ports(&filter->remote_ports[0], SOCKTAB_TCP | SOCKTAB_UDP, 443, 443);
	refuses("port", "0", "expected PORT[-PORT][/PROTO] with ports from 1 to 65535");
	refuses("port", "80-22", "the first port is above the last");
	refuses("port", "80,", "an item is empty");
	refuses("remote-port", "80/x",
		"protocols are tcp, udp, raw, sctp, mptcp, inet, inet4, inet6, tcp4, tcp6, udp4, "
		"udp6, raw4, raw6, sctp4, sctp6, mptcp4, mptcp6");
}

static void test_resolve(void)
{
	struct selection none = { 0 }, ports = { 0 }, some = { 0 }, apart = { 0 },
			 unix_only = { 0 };

	is_str(selection_resolve(&none, SOCKTAB_TCP), NULL, "nothing asked for");
	is_int(none.filter.kinds, SOCKTAB_TCP, "the default kinds stand");
	is_int(none.filter.traffic, 0, "all traffic");
	takes(&ports, "port", "80,53/udp");
	is_str(selection_resolve(&ports, SOCKTAB_TCP), NULL, "a port without protocol");
	is_ports(&ports.filter.local_ports[0], SOCKTAB_TCP, 80, 80);
	is_int(ports.filter.kinds, SOCKTAB_TCP | SOCKTAB_UDP, "the kinds of all ports");
	takes(&some, "protocol", "udp4,unix");
	takes(&some, "protocol", "tcp6");
	takes(&some, "port", "7");
	takes(&some, "ipv6", NULL);
	is_str(selection_resolve(&some, SOCKTAB_TCP), NULL, "protocols and a port");
	is_int(some.filter.kinds, SOCKTAB_BIT(SOCKTAB_KIND_UDP4) | SOCKTAB_BIT(SOCKTAB_KIND_TCP6),
	       "unix sockets have no ports");
	is_int(some.filter.traffic, SOCKTAB_TRAFFIC6, "IPv6 traffic");
	takes(&apart, "port", "80/tcp");
	takes(&apart, "remote-port", "53/udp");
	is_str(selection_resolve(&apart, SOCKTAB_TCP),
	       "--port and --remote-port name different protocols", "no socket can be both");
	takes(&unix_only, "protocol", "unix");
	takes(&unix_only, "port", "80");
	is_str(selection_resolve(&unix_only, SOCKTAB_TCP),
	       "a unix socket has no port: name a protocol with --protocol", "unix alone");
}

static void test_others(void)
{
	struct selection selection = { 0 };
	struct socktab_filter *filter = &selection.filter;

	takes(&selection, "state", "ESTAB,close-wait");
	takes(&selection, "state", "TIME_WAIT");
	is_int(filter->states,
	       SOCKTAB_BIT(SOCKTAB_ESTABLISHED) | SOCKTAB_BIT(SOCKTAB_CLOSE_WAIT) |
		       SOCKTAB_BIT(SOCKTAB_TIME_WAIT),
	       "states add up");
	takes(&selection, "local-address", "10.0.0.0/8,::1");
	takes(&selection, "remote-address", "::ffff:192.0.2.0/120");
	takes(&selection, "exclude-remote-address", "192.0.2.1");
	is_int(filter->local_count, 2, "two local prefixes");
	if (!filter->local || !filter->remote)
		exit(1);
	is_int(filter->local[0].length, 8, "a prefix length");
	is_int(filter->local[1].length, 128, "a whole address");
	is_int(filter->remote[0].family, AF_INET, "mapped prefixes are IPv4");
	is_int(filter->remote[0].length, 24, "and their length is");
	is_int(filter->not_remote_count, 1, "what is left out");
	takes(&selection, "source", "procfs");
	is_int(selection.source, SOCKTAB_SOURCE_PROCFS, "the source");
	takes(&selection, "procfs", "/host/proc");
	is_str(selection.procfs, "/host/proc", "the root of /proc");
	refuses("state", "established,", "an item is empty");
	refuses("local-address", "10.0.0.0/33",
		"a prefix length is 0 to 32 for IPv4, 0 to 128 for IPv6");
	refuses("source", "ss", "sources are auto, netlink, procfs");
	refuses("procfs", "", "must not be empty");
}

static void is_expected(const struct selection *selection, bool socket, const char *words)
{
	char text[512];

	is_str(selection_format_expected(selection, socket, text, sizeof(text)), words,
	       "expected: %s", words);
}

static void test_owners(void)
{
	struct selection nobody = { 0 }, user = { 0 }, all = { 0 };
	char small[16];

	ok(!selection_has_owner(&nobody), "no owner option");
	is_expected(&nobody, true, "");
	takes(&user, "user", "4294967294");
	ok(selection_has_owner(&user) && !selection_has_process(&user),
	   "a user is told by the socket");
	is_expected(&user, true, "a socket created by 4294967294");
	is_expected(&user, false, "user 4294967294");
	takes(&all, "command", "nginx");
	takes(&all, "command", "a|b\n");
	takes(&all, "pid", "7");
	takes(&all, "pid", "8");
	takes(&all, "user", "4294967294");
	takes(&all, "user", "4294967293");
	ok(selection_has_owner(&all) && selection_has_process(&all), "a command is not");
	is_int(all.who.command_count, 2, "commands add up");
	is_int(all.who.pids ? all.who.pids[1] : 0, 8, "so do pids");
	is_expected(&all, true,
		    "nginx or a\\x7cb\\x0a with pid 7 or pid 8, created by 4294967294 or "
		    "4294967293");
	is_expected(&all, false,
		    "nginx or a\\x7cb\\x0a with pid 7 or pid 8 of user 4294967294 or 4294967293");
	selection_format_expected(&all, true, small, sizeof(small));
	is_str(small, "nginx or a\\x7cb", "cut to the room there is");
	refuses("user", "4294967295", "a user id is 0 to 4294967294");
	refuses("user", "no-such-user", "no user of that name is known");
	refuses("pid", "0", "a process id is a number above 0");
	refuses("command", "", "a name is empty");
}

static void test_ages(void)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} ages[] = {
		{ 0, "0s" },	{ 59, "59s" },	  { 60, "1m" },	   { 3599, "59m" },
		{ 3600, "1h" }, { 86399, "23h" }, { 86400, "1d" }, { 40000000, "462d" },
	};
	char text[32];

	for (size_t i = 0; i < sizeof(ages) / sizeof(*ages); i++)
		is_str(selection_format_age(ages[i].seconds, text, sizeof(text)), ages[i].text,
		       "%" PRId64 " seconds", ages[i].seconds);
}

/* ---- coverage ---------------------------------------------------------------------------- */

enum listener { LOOP4, ANY4, LOOP6, DUAL, ONLY6, UNSURE6, MAPPED4, DEVICE4, LISTENERS };

static struct socktab_record listener(enum listener which)
{
	static const uint8_t loop4[4] = { 127, 0, 0, 1 }, loop6[16] = { [15] = 1 };
	static const uint8_t mapped[16] = { [10] = 255, 255, 127, 0, 0, 1 };
	struct socktab_record r = { .state = SOCKTAB_LISTEN,
				    .known = SOCKTAB_KNOWN_V6ONLY | SOCKTAB_KNOWN_DEVICE };
	bool is4 = which == LOOP4 || which == ANY4 || which == DEVICE4;

	r.family = is4 ? AF_INET : AF_INET6;
	r.laddr.port = 80;
	if (which == LOOP4)
		memcpy(r.laddr.ip, loop4, 4);
	if (which == LOOP6)
		memcpy(r.laddr.ip, loop6, 16);
	if (which == MAPPED4)
		memcpy(r.laddr.ip, mapped, 16);
	r.v6only = which == ONLY6;
	if (which == UNSURE6)
		r.known = 0;
	r.ifindex = which == DEVICE4 ? 3 : 0;
	return r;
}

static const char *const listener_names[] = { "127.0.0.1",	  "0.0.0.0",	 "::1",
					      "[::] dual",	  "[::] only",	 "[::] by /proc",
					      "::ffff:127.0.0.1", "0.0.0.0%eth0" };

/* One letter for each listener: y, n, ? */
static void is_cover(const char *text, bool exact, const char *truth)
{
	struct cover_address address;

	is_str(cover_parse(text, &address), NULL, "parse %s", text);
	for (enum listener which = 0; which < LISTENERS; which++) {
		struct socktab_record r = listener(which);

		is_int(cover_listener(&address, &r, r.ifindex ? "eth0" : "", exact),
		       truth[which] == 'y'   ? COVER_YES
		       : truth[which] == 'n' ? COVER_NO
					     : COVER_UNKNOWN,
		       "%s %s %s", text, exact ? "exactly" : "by", listener_names[which]);
	}
}

static void is_traffic(uint32_t traffic, const char *truth)
{
	struct cover_list list = { 0 };

	is_str(cover_add_traffic(&list, traffic), NULL, "traffic %u", (unsigned int)traffic);
	is_int(list.count, 1, "one question");
	for (enum listener which = 0; which < LISTENERS; which++) {
		struct socktab_record r = listener(which);

		is_int(cover_listener(&list.list[0], &r, r.ifindex ? "eth0" : "", false),
		       truth[which] == 'y'   ? COVER_YES
		       : truth[which] == 'n' ? COVER_NO
					     : COVER_UNKNOWN,
		       "%s by %s", list.list[0].text, listener_names[which]);
	}
	free(list.list);
}

static void test_cover(void)
{
	struct cover_address address;

	/*                     LOOP4, ANY4, LOOP6, DUAL, ONLY6, UNSURE6, MAPPED4, DEVICE4 */
	is_cover("127.0.0.1", false, "yynyn?yn");
	is_cover("::ffff:127.0.0.1", false, "yynyn?yn");
	is_cover("127.0.0.2", false, "nynyn?nn");
	is_cover("0.0.0.0", false, "nynyn?nn");
	is_cover("::1", false, "nnyyyynn");
	is_cover("::", false, "nnnyyynn");
	is_cover("2001:db8::7", false, "nnnyyynn");
	is_cover("127.0.0.1%eth0", false, "yynyn?yy");
	is_cover("127.0.0.1%eth1", false, "yynyn?yn");
	is_cover("127.0.0.1", true, "ynnnnnyn");
	is_cover("0.0.0.0", true, "nynnnnnn");
	is_cover("::", true, "nnnyyynn");
	is_cover("::1", true, "nnynnnnn");
	is_traffic(SOCKTAB_TRAFFIC4, "yynyn?yy");
	is_traffic(SOCKTAB_TRAFFIC6, "nnyyyynn");
	ok(cover_parse("10.0.0.0/8", &address) && cover_parse("localhost", &address) &&
		   cover_parse("fe80::1%", &address) &&
		   cover_parse("fe80::1%a-name-much-too-long", &address) &&
		   cover_parse("", &address),
	   "what is no address is refused");
}

static void test_cover_words(void)
{
	static const char *const words[] = {
		"127.0.0.1", "0.0.0.0", "::1", "*", "::", "::", "::ffff:127.0.0.1", "0.0.0.0%eth0"
	};
	char text[SOCKTAB_ADDRESS_SIZE];

	for (enum listener which = 0; which < LISTENERS; which++) {
		struct socktab_record r = listener(which);

		is_str(cover_format(&r, r.ifindex ? "eth0" : "", text), words[which],
		       "in words: %s", words[which]);
	}
}

/* ---- requests ---------------------------------------------------------------------------- */

static void test_requests(void)
{
	struct selection selection = { 0 };
	const struct requests_rule rule = { 0 };
	struct requests requests = { 0 };
	char text[64];

	takes(&selection, "port", "8001-8003,53/udp,8002,80");
	is_str(selection_resolve(&selection, SOCKTAB_TCP), NULL, "resolved");
	is_str(requests_make(&requests, &selection.filter, &rule), NULL, "made");
	is_int(requests.count, 5, "each port once");
	is_str(requests_format(&requests.list[0], &requests.list[0], text, sizeof(text)),
	       "8001/tcp", "in the order of the options");
	is_str(requests_format(&requests.list[3], &requests.list[3], text, sizeof(text)), "53/udp",
	       "with its protocol");
	is_str(requests_format(&requests.list[0], &requests.list[2], text, sizeof(text)),
	       "8001-8003/tcp", "a run of ports");
	ok(requests_last_of_run(&requests, &requests.list[0]) == &requests.list[2],
	   "missing ports in a row are one run");
	ok(requests_last_of_run(&requests, &requests.list[3]) == &requests.list[3],
	   "another protocol ends it");
}

/* What the kernel says of a dump: rows were lost, or make no sense, or a table was not read. */
static void test_bound(void)
{
	struct selection selection = { .filter.kinds = SOCKTAB_TCP };
	struct plugin_report report = { 0 };
	struct selection_view view;
	struct socktab_coverage *coverage;
	struct socktab *t = NULL;

	if (socktab_open(&t, NULL) == -ENOSYS)
		return; /* the porter's stub: there are no dumps */
	socktab_close(t);
	ok(selection_open(&view, &selection, &report), "a view");
	coverage = (void *)(uintptr_t)socktab_coverage(view.t);
	is_int(selection_bound(&view, 0), PLUGIN_EXACT, "all was seen");
	is_str(text_string(&report.remedy), "", "nothing to remedy");

	coverage->interrupted = true;
	is_int(selection_bound(&view, 0), PLUGIN_AT_LEAST, "rows were lost");
	ok(report.look_again, "so look again");
	is_str(text_string(&report.remedy), "rows were lost while the socket tables were read",
	       "and say so");
	coverage->interrupted = false;
	plugin_report_clear(&report);

	coverage->malformed = 2;
	is_int(selection_bound(&view, 0), PLUGIN_AT_LEAST, "rows made no sense");
	is_str(text_string(&report.remedy), "2 rows made no sense", "and say so");
	coverage->malformed = 0;
	plugin_report_clear(&report);

	is_int(selection_bound(&view, -ENOBUFS), PLUGIN_AT_LEAST, "the visit ended early");
	ok(report.look_again, "so look again");
	plugin_report_clear(&report);
	selection_close(&view);
	plugin_report_free(&report);
}

/* What options say lives as long as the process, so the many selections of this test are kept too;
 * everything else is looked for leaks by the tests of the plugins. */
const char *__asan_default_options(void); // NOLINT(bugprone-reserved-identifier)

const char *__asan_default_options(void) // NOLINT(bugprone-reserved-identifier)
{
	return "detect_leaks=0";
}

int main(void)
{
	test_ports();
	test_resolve();
	test_others();
	test_owners();
	test_ages();
	test_cover();
	test_cover_words();
	test_requests();
	test_bound();
	return done();
}
