// SPDX-License-Identifier: MIT
/* test_services - what a static program reads in the file of services(5) */
#include <errno.h>

#include "services.h"
#include "tap.h"

static char text[] = "# Network services, Internet style\n"
		     "\n"
		     "tcpmux\t\t1/tcp\t\t\t# TCP port service multiplexer\n"
		     "  domain 53/tcp\n"
		     "domain\t53/udp\n"
		     "# ftp 21/tcp\n"
		     "http\t\t80/tcp\t\twww web-alias# WorldWideWeb HTTP\n"
		     "https\t443/tcp\r\n"
		     "last 65535/udp above 1/udp\n"
		     "big 65536/tcp\n"
		     "huge 99999999999999999999999/tcp\n"
		     "zero 0/tcp\n"
		     "signed -1/tcp\n"
		     "spaced 7 /tcp\n"
		     "bare 7\n"
		     "none\n"
		     "slash 7/\n"
		     "longer 7/tcpx\n"
		     "shorter 7/tc\n"
		     "word seven/tcp\n"
		     "twice 10/tcp\n"
		     "twice 11/tcp\n"
		     "end 12/tcp";

static void service(const char *name, const char *protocol, uint16_t want)
{
	FILE *file = fmemopen(text, strlen(text), "r");
	uint16_t port = 1;

	is_int(socktab_read_service(file, name, protocol, &port), want ? 0 : -ENOENT, "%s/%s", name,
	       protocol);
	is_int(port, want, "%s/%s: port", name, protocol);
	fclose(file);
}

static void test_found(void)
{
	service("tcpmux", "tcp", 1);
	service("domain", "tcp", 53);
	service("domain", "udp", 53);
	service("http", "tcp", 80);
	service("www", "tcp", 80);
	service("web-alias", "tcp", 80);
	service("https", "tcp", 443);
	service("last", "udp", 65535);
	service("twice", "tcp", 10);
	service("end", "tcp", 12);
}

static void test_absent(void)
{
	static const char *const names[] = { "",      "#",	"tcp",	  "ftp",  "WorldWideWeb",
					     "HTTP",  "htt",	"httpss", "big",  "huge",
					     "zero",  "signed", "spaced", "bare", "none",
					     "7",     "slash",	"longer", "word", "shorter",
					     "53/tcp" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		service(names[i], "tcp", 0);
	service("tcpmux", "udp", 0);
	service("last", "tcp", 0);
	service("domain", "", 0);
}

/* A line of any length, and bytes that are no text. */
static void test_odd_files(void)
{
	static const char late[] = "\nlate 9/tcp\n";
	static char line[200000];
	FILE *file = fmemopen(line, sizeof(line), "r");
	uint16_t port;

	memset(line, 'x', sizeof(line));
	is_int(socktab_read_service(file, "x", "tcp", &port), -ENOENT, "one long line");
	rewind(file);
	memset(line, 0, sizeof(line) / 2);
	memcpy(line + 100000, late, sizeof(late));
	is_int(socktab_read_service(file, "late", "tcp", &port), 0, "behind zeros");
	is_int(port, 9, "behind zeros: port");
	fclose(file);
}

int main(void)
{
	test_found();
	test_absent();
	test_odd_files();
	return done();
}
