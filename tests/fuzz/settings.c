// SPDX-License-Identifier: MIT
/* settings.c - fuzzes small files of /proc: a byte that names the file, then its text */
#include <errno.h>
#include <sys/socket.h>

#include "fuzz.h"
#include "linux/linux.h"

static uint32_t count(const struct socktab_port_set *set)
{
	uint32_t n = 0;

	for (unsigned int port = 0; port <= UINT16_MAX; port++)
		n += socktab_port_has(set, (uint16_t)port);
	return n;
}

static void check_range(const char *text)
{
	static struct socktab_local_ports local;

	memset(&local, 0, sizeof(local));
	if (ports_decode_range(text, &local)) {
		REQUIRE(!local.set.count);
		return;
	}
	REQUIRE(local.first <= local.last);
	REQUIRE(strtoul(text, NULL, 10) == local.first);
	REQUIRE(local.set.count == (uint32_t)local.last - local.first + 1);
	REQUIRE(count(&local.set) == local.set.count);
	REQUIRE(socktab_port_has(&local.set, local.first));
	REQUIRE(socktab_port_has(&local.set, local.last));
}

/* Out of all ports; what is left, printed as reserved, leaves the rest. */
static void check_reserved(const char *text)
{
	static struct socktab_local_ports local, rest;
	static char printed[65536 * 12];
	size_t length = 0;

	REQUIRE(!ports_decode_range("0 65535", &local));
	if (ports_decode_reserved(text, &local))
		return;
	REQUIRE(count(&local.set) == local.set.count);
	printed[0] = '\0';
	for (unsigned int port = 0, first = 0; port <= UINT16_MAX; first = ++port) {
		while (port <= UINT16_MAX && !socktab_port_has(&local.set, (uint16_t)port))
			port++;
		if (port > first)
			length += (size_t)sprintf(printed + length, "%s%u-%u", length ? "," : "",
						  first, port - 1);
	}
	memset(&rest, 0, sizeof(rest));
	REQUIRE(!ports_decode_range("0 65535", &rest));
	REQUIRE(!ports_decode_reserved(printed, &rest));
	REQUIRE(rest.set.count == local.set.count);
	REQUIRE(!memcmp(rest.set.bits, local.set.bits, sizeof(rest.set.bits)));
}

static void check_reuse(const char *text)
{
	static struct socktab_local_ports local;

	if (ports_decode_reuse(text, "1\n", &local))
		return;
	REQUIRE(strtoul(text, NULL, 10) == local.reuse);
	REQUIRE(!ports_decode_reuse(text, "0", &local) && local.reuse == SOCKTAB_REUSE_NEVER);
}

/* The name in a stat line may hold anything: with another name it tells the same. */
static void check_stat(const char *text)
{
	int64_t start = linux_stat_start(text);
	const char *end = strrchr(text, ')');
	char *other;

	if (!end) {
		REQUIRE(start == -1);
		return;
	}
	other = malloc(strlen(text) + 32);
	REQUIRE(other);
	sprintf(other, "1 (a) S 2 3 ) 5 (\n%s", end);
	REQUIRE(linux_stat_start(other) == start);
	free(other);
}

static void check_mount(const char *text)
{
	struct hidepid hidepid = { -1, 77 };

	if (!hidepid_parse(text, 0, 22, &hidepid)) {
		REQUIRE(hidepid.mode == -1 && hidepid.gid == 77);
		return;
	}
	REQUIRE(hidepid.mode == 0 || hidepid.mode == 1 || hidepid.mode == 2 || hidepid.mode == 4);
	REQUIRE(!hidepid.mode || strstr(text, "hidepid="));
	REQUIRE(strstr(text, "22 ") && strstr(text, " - proc ")); /* perhaps with zeros before it */
	REQUIRE(!hidepid_parse(text, 0, 23, &hidepid));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const checks[])(const char *) = { check_range, check_reserved, check_reuse,
							check_stat, check_mount };
	unsigned int choice = fuzz_choice(&data, &size) % (sizeof(checks) / sizeof(checks[0]));
	char *text = fuzz_string(data, size);

	checks[choice](text);
	free(text);
	return 0;
}
