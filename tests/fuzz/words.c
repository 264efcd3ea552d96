// SPDX-License-Identifier: MIT
/* words.c - fuzzes the words of lists: a byte that chooses the kind of word, then the word */
#include <arpa/inet.h>
#include <errno.h>
#include <regex.h>
#include <sys/socket.h>

#include "cover.h"
#include "fuzz.h"
#include "private.h"

enum { WORD_MAX = 512 };

/* ---- ports ------------------------------------------------------------------------------- */

/* "10", "10-20": what a second opinion makes of it; false: something else, a service perhaps. */
static bool reference_ports(const char *text, unsigned long *first, unsigned long *last)
{
	static regex_t form;
	static bool compiled;

	if (!compiled)
		REQUIRE(regcomp(&form, "^[0-9]+(-[0-9]+)?$", REG_EXTENDED | REG_NOSUB) == 0);
	compiled = true;
	if (regexec(&form, text, 0, NULL, 0) != 0)
		return false;
	*first = strtoul(text, NULL, 10);
	*last = strchr(text, '-') ? strtoul(strchr(text, '-') + 1, NULL, 10) : *first;
	return true;
}

static void check_ports(char *text, size_t length)
{
	struct socktab_ports ports, again;
	unsigned long first, last;
	char printed[64], *slash;
	int error = socktab_parse_ports(text, length, &ports);

	/* The words that the options put it in go with the same verdict. */
	REQUIRE(!error == !selection_parse_ports(text, length, &again));
	slash = strchr(text, '/');
	if (slash && error == -EPROTONOSUPPORT)
		return;
	if (slash)
		*slash = '\0';
	if (strlen(text) == (slash ? (size_t)(slash - text) : length) &&
	    reference_ports(text, &first, &last))
		REQUIRE(!error == (first > 0 && first <= last && last <= 65535));
	if (error)
		return;
	REQUIRE(ports.first > 0 && ports.first <= ports.last);
	REQUIRE(!slash == !ports.kinds && !(ports.kinds & SOCKTAB_UNIX));
	length = (size_t)snprintf(printed, sizeof(printed), "%u-%u", ports.first, ports.last);
	for (unsigned int kind = 0; kind < SOCKTAB_KIND_UNIX; kind++) {
		uint32_t kinds = ports.kinds ? ports.kinds : SOCKTAB_ALL & ~SOCKTAB_UNIX;
		bool named = kinds & SOCKTAB_BIT(kind);

		REQUIRE(socktab_ports_match(&ports, 1, kind, ports.first) == named);
		REQUIRE(socktab_ports_match(&ports, 1, kind, ports.last) == named);
		REQUIRE(!socktab_ports_match(&ports, 1, kind, (uint16_t)(ports.first - 1)));
	}
	REQUIRE(!socktab_parse_ports(printed, length, &again));
	REQUIRE(again.first == ports.first && again.last == ports.last);
}

/* ---- protocols and states ---------------------------------------------------------------- */

static void check_kinds(const char *text, size_t length)
{
	uint32_t kinds = 0, again;

	if (socktab_parse_kinds(text, length, &kinds))
		return;
	REQUIRE(kinds && !(kinds & ~SOCKTAB_ALL));
	for (unsigned int kind = 0; kind < SOCKTAB_KINDS; kind++) {
		const char *name = socktab_kind_name(kind);

		if (kinds != SOCKTAB_BIT(kind))
			continue;
		REQUIRE(!socktab_parse_kinds(name, strlen(name), &again) && again == kinds);
	}
}

static void check_states(const char *text, size_t length)
{
	uint32_t states = 0, again;

	if (socktab_parse_states(text, length, &states))
		return;
	REQUIRE(states && !(states & ~SOCKTAB_ALL_STATES));
	for (unsigned int state = 1; state < SOCKTAB_STATES; state++) {
		const char *name = socktab_state_name(state);

		if (states != SOCKTAB_BIT(state))
			continue;
		REQUIRE(!socktab_parse_states(name, strlen(name), &again) && again == states);
	}
}

/* ---- prefixes and addresses -------------------------------------------------------------- */

static bool bit(const uint8_t *ip, unsigned int at)
{
	return ip[at / 8] >> (7 - at % 8) & 1;
}

/* Bit by bit; an IPv4-mapped IPv6 address is the IPv4 address and no other. */
static bool reference_match(const struct socktab_prefix *prefix, uint8_t family, const uint8_t *ip)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (family == AF_INET6 && !memcmp(ip, mapped, sizeof(mapped))) {
		family = AF_INET;
		ip += sizeof(mapped);
	}
	if (prefix->family != family)
		return false;
	for (unsigned int i = 0; i < prefix->length; i++)
		if (bit(prefix->ip, i) != bit(ip, i))
			return false;
	return true;
}

/* ADDR[/LEN] as inet_pton() and strtoul() see it. */
static bool reference_prefix(const char *text)
{
	const char *slash = strchr(text, '/');
	char address[WORD_MAX + 1];
	uint8_t ip[16];
	int family = strchr(text, ':') && (!slash || strchr(text, ':') < slash) ? AF_INET6
										: AF_INET;

	snprintf(address, sizeof(address), "%.*s", (int)strcspn(text, "/"), text);
	if (inet_pton(family, address, ip) != 1)
		return false;
	if (!slash)
		return true;
	return slash[1] && !slash[1 + strspn(slash + 1, "0123456789")] &&
	       strtoul(slash + 1, NULL, 10) <= (family == AF_INET ? 32 : 128);
}

static void check_prefix(const char *text, size_t length)
{
	struct socktab_prefix prefix, again;
	char printed[SOCKTAB_ADDRESS_SIZE + 8], ip[SOCKTAB_ADDRESS_SIZE];
	bool good = socktab_parse_prefix(text, length, &prefix) == 0;

	if (strlen(text) == length)
		REQUIRE(good == reference_prefix(text));
	if (!good)
		return;
	REQUIRE(prefix.family == AF_INET ? prefix.length <= 32 : prefix.length <= 128);
	snprintf(printed, sizeof(printed), "%s/%u", socktab_format_ip(prefix.family, prefix.ip, ip),
		 prefix.length);
	REQUIRE(!socktab_parse_prefix(printed, strlen(printed), &again));
	REQUIRE(again.family == prefix.family && again.length == prefix.length);
	REQUIRE(!memcmp(again.ip, prefix.ip, sizeof(prefix.ip)));
	/* The address itself, and the one that differs in one bit, for each bit. */
	for (unsigned int i = 0; i < (prefix.family == AF_INET ? 32 : 128); i++) {
		uint8_t other[16];

		memcpy(other, prefix.ip, sizeof(other));
		REQUIRE(socktab_prefix_match(&prefix, prefix.family, other) ==
			reference_match(&prefix, prefix.family, other));
		other[i / 8] ^= (uint8_t)(0x80 >> i % 8);
		REQUIRE(socktab_prefix_match(&prefix, prefix.family, other) ==
			reference_match(&prefix, prefix.family, other));
		REQUIRE(socktab_prefix_match(&prefix, AF_INET6, other) ==
			reference_match(&prefix, AF_INET6, other));
	}
}

static void check_cover(const char *text)
{
	struct cover_address address;

	if (cover_parse(text, &address))
		return;
	REQUIRE(address.family == AF_INET || address.family == AF_INET6);
	REQUIRE(memchr(address.device, '\0', sizeof(address.device)));
	REQUIRE(!socktab_is_mapped(address.ip) || address.family == AF_INET);
	/* A listener bound to just this covers it. */
	struct socktab_record r = { .family = address.family, .known = SOCKTAB_KNOWN_V6ONLY };
	memcpy(r.laddr.ip, address.ip, sizeof(address.ip));
	r.ifindex = address.device[0] != '\0';
	r.known |= SOCKTAB_KNOWN_DEVICE;
	REQUIRE(cover_listener(&address, &r, address.device, true) == COVER_YES);
	REQUIRE(cover_listener(&address, &r, address.device, false) == COVER_YES);
}

/* ---- units ------------------------------------------------------------------------------- */

/* A cgroup path, a newline, a unit. What is the path's unit matches the path, but for a user's. */
static void check_unit(char *text)
{
	char *unit = strchr(text, '\n'), name[256], below[WORD_MAX + 16];

	if (unit)
		*unit++ = '\0';
	socktab_unit_name(text, name, sizeof(name));
	REQUIRE(strlen(name) < sizeof(name));
	if (*name && strlen(name) < sizeof(name) - 1 && !strstr(text, "user@"))
		REQUIRE(socktab_unit_match(text, name));
	if (*text == '/')
		REQUIRE(socktab_unit_match(text, text));
	if (!unit || !*unit || !socktab_unit_match(text, unit))
		return;
	if (unit[0] != '/')
		REQUIRE(strstr(text, unit));
	/* What holds for a group holds below it. */
	snprintf(below, sizeof(below), "%s/child.scope", text);
	REQUIRE(socktab_unit_match(below, unit));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned int choice = fuzz_choice(&data, &size) % 6;
	char *text;

	if (size > WORD_MAX)
		return 0;
	text = fuzz_string(data, size);
	if (choice == 0)
		check_ports(text, size);
	else if (choice == 1)
		check_kinds(text, size);
	else if (choice == 2)
		check_states(text, size);
	else if (choice == 3)
		check_prefix(text, size);
	else if (choice == 4)
		check_cover(text);
	else
		check_unit(text);
	free(text);
	return 0;
}
