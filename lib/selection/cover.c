// SPDX-License-Identifier: MIT
/* cover.c - does a listener cover an address: is it the one that connections to it reach */
#include "cover.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "private.h"

/* Limited broadcast or multicast. */
static bool is_of_many(const struct socktab_prefix *prefix)
{
	static const uint8_t broadcast[4] = { 255, 255, 255, 255 };
	const uint8_t *ip = prefix->ip;

	if (prefix->family == AF_INET6)
		return ip[0] == 0xff;
	return (ip[0] & 0xf0) == 0xe0 || memcmp(ip, broadcast, sizeof(broadcast)) == 0;
}

const char *cover_parse(const char *text, struct cover_address *address)
{
	const char *percent = strchr(text, '%');
	size_t length = percent ? (size_t)(percent - text) : strlen(text);
	struct socktab_prefix prefix;

	*address = (struct cover_address){ .text = text };
	if (memchr(text, '/', length) || socktab_parse_prefix(text, length, &prefix))
		return "expected a numeric address, IPv4 or IPv6, with %DEVICE where it matters";
	if (is_of_many(&prefix))
		return "a broadcast or multicast address is that of no one host";
	address->family = prefix.family;
	memcpy(address->ip, prefix.ip, sizeof(address->ip));
	if (!percent)
		return NULL;
	if (!percent[1] || strlen(percent + 1) >= sizeof(address->device))
		return "expected the name of a network device after %";
	memcpy(address->device, percent + 1, strlen(percent + 1));
	return NULL;
}

static const char *add(struct cover_list *list, const struct cover_address *address)
{
	if (list->count == 64)
		return "at most 64 addresses can be asked for";
	APPEND(struct cover_address, list->list, list->count, *address);
	return NULL;
}

const char *cover_set(const struct plugin_option *option, void *target, const char *text)
{
	struct cover_address address;
	const char *wrong = cover_parse(text, &address);

	return wrong ? wrong : add((void *)((char *)target + option->offset), &address);
}

const char *cover_add_traffic(struct cover_list *list, uint32_t traffic)
{
	const struct cover_address ipv4 = { .text = "IPv4", .traffic = SOCKTAB_TRAFFIC4 };
	const struct cover_address ipv6 = { .text = "IPv6", .traffic = SOCKTAB_TRAFFIC6 };
	const char *wrong = NULL;

	if (traffic & SOCKTAB_TRAFFIC4)
		wrong = add(list, &ipv4);
	if (!wrong && traffic & SOCKTAB_TRAFFIC6)
		wrong = add(list, &ipv6);
	return wrong;
}

/* Is the record's local address the wildcard of IPv4, written in either family? */
static bool is_wildcard4(const struct socktab_record *record)
{
	const uint8_t *ip = record->laddr.ip;

	return socktab_unmap(record->family, &ip) == AF_INET && socktab_is_wildcard(AF_INET, ip);
}

static bool is_wildcard6(const struct socktab_record *record)
{
	return record->family == AF_INET6 && socktab_is_wildcard(AF_INET6, record->laddr.ip);
}

/* Of an IPv6 wildcard: does it take IPv4 too? */
static enum cover takes_ipv4(const struct socktab_record *record)
{
	if (!(record->known & SOCKTAB_KNOWN_V6ONLY))
		return COVER_UNKNOWN;
	return record->v6only ? COVER_NO : COVER_YES;
}

static bool is_same(const struct cover_address *address, const struct socktab_record *record)
{
	struct socktab_prefix whole = {
		.family = address->family,
		.length = address->family == AF_INET ? 32 : 128,
	};

	memcpy(whole.ip, address->ip, sizeof(whole.ip));
	return socktab_prefix_match(&whole, record->family, record->laddr.ip);
}

/* /proc does not tell the device, and sockets bound to one are rare: there it counts as none. */
static bool device_fits(const struct cover_address *address, const struct socktab_record *record,
			const char *device)
{
	return !record->ifindex || (address->device[0] && strcmp(address->device, device) == 0);
}

static enum cover cover_traffic(uint32_t traffic, const struct socktab_record *record)
{
	if (!(socktab_traffic(record) & traffic))
		return COVER_NO;
	return traffic == SOCKTAB_TRAFFIC4 && is_wildcard6(record) ? takes_ipv4(record) : COVER_YES;
}

enum cover cover_listener(const struct cover_address *address, const struct socktab_record *record,
			  const char *device, bool exact)
{
	if (address->traffic)
		return cover_traffic(address->traffic, record);
	if (!device_fits(address, record, device))
		return COVER_NO;
	if (is_same(address, record))
		return COVER_YES;
	if (exact)
		return COVER_NO;
	if (address->family == AF_INET6)
		return is_wildcard6(record) ? COVER_YES : COVER_NO;
	if (is_wildcard4(record))
		return COVER_YES;
	return is_wildcard6(record) ? takes_ipv4(record) : COVER_NO;
}

static bool has_whole(const struct cover_within *within, uint8_t family)
{
	for (size_t i = 0; i < within->count; i++)
		if (within->list[i].family == family && within->list[i].length == 0)
			return true;
	return false;
}

enum cover cover_is_within(const struct socktab_record *record, const struct cover_within *within)
{
	/* What takes IPv4 besides must have all of it too. */
	static const enum cover not_all[] = {
		[COVER_NO] = COVER_YES, [COVER_UNKNOWN] = COVER_UNKNOWN, [COVER_YES] = COVER_NO
	};

	if (is_wildcard4(record))
		return has_whole(within, AF_INET) ? COVER_YES : COVER_NO;
	if (is_wildcard6(record) && !has_whole(within, AF_INET6))
		return COVER_NO;
	if (is_wildcard6(record))
		return has_whole(within, AF_INET) ? COVER_YES : not_all[takes_ipv4(record)];
	for (size_t i = 0; i < within->count; i++)
		if (socktab_prefix_match(&within->list[i], record->family, record->laddr.ip))
			return COVER_YES;
	return COVER_NO;
}

const char *cover_format_outside(const struct socktab_record *record, const char *device,
				 const struct cover_within *within,
				 char buffer[SOCKTAB_ADDRESS_SIZE])
{
	struct words words = { buffer, SOCKTAB_ADDRESS_SIZE, 0 };
	char address[SOCKTAB_ADDRESS_SIZE];
	size_t i = 0;

	/* By its own bits a wildcard may look as if it were inside. */
	while (i < within->count &&
	       (!within->list[i].length ||
		!socktab_prefix_match(&within->list[i], record->family, record->laddr.ip)))
		i++;
	words_add(&words, "%s%s", cover_format(record, device, address),
		  i < within->count ? " (everywhere)" : "");
	return buffer;
}

static const char *add_within(void *target, const char *text, size_t length)
{
	struct cover_within *within = target;
	struct socktab_prefix prefix;

	if (socktab_parse_prefix(text, length, &prefix))
		return "expected a numeric ADDR[/LEN]";
	if (socktab_is_wildcard(prefix.family, prefix.ip) &&
	    prefix.length == (prefix.family == AF_INET ? 32 : 128))
		return prefix.family == AF_INET ? "every IPv4 address is 0.0.0.0/0"
						: "every IPv6 address is ::/0";
	APPEND(struct socktab_prefix, within->list, within->count, prefix);
	return NULL;
}

const char *cover_set_within(const struct plugin_option *option, void *target, const char *text)
{
	return selection_each_item(text, strlen(text), add_within, (char *)target + option->offset);
}

const char *cover_format_within(const struct cover_within *within, char *buffer, size_t size)
{
	struct words words = { buffer, size, 0 };
	char ip[SOCKTAB_ADDRESS_SIZE];

	buffer[0] = '\0';
	for (size_t i = 0; i < within->count; i++) {
		const struct socktab_prefix *prefix = &within->list[i];

		words_add(&words, "%s%s", i ? ", " : "",
			  socktab_format_ip(prefix->family, prefix->ip, ip));
		if (prefix->length < (prefix->family == AF_INET ? 32 : 128))
			words_add(&words, "/%u", prefix->length);
	}
	return buffer;
}

/* 1, 0, or -errno: is it an address that this host has? */
static int is_here(const struct cover_address *address, struct selection_view *view)
{
	if (address->traffic || socktab_is_wildcard(address->family, address->ip))
		return 1;
	return selection_is_local(view, address->family, address->ip);
}

void cover_find_foreign(const struct cover_list *list, struct selection_view *view,
			struct cover_foreign *foreign)
{
	*foreign = (struct cover_foreign){ 0 };
	for (size_t i = 0; i < list->count; i++) {
		const struct cover_address *address = &list->list[i];
		uint64_t bit = UINT64_C(1) << i;
		int here = address->device[0] ? selection_has_device(view, address->device) : 1;

		if (here == 0)
			foreign->devices |= bit;
		if (here < 0) {
			foreign->device_error = here;
			foreign->unknown |= bit;
			continue;
		}
		if (here)
			here = is_here(address, view);
		if (here < 0) {
			foreign->error = here;
			foreign->unknown |= bit;
		} else if (!here) {
			foreign->all |= bit;
		}
	}
}

const char *cover_format(const struct socktab_record *record, const char *device,
			 char buffer[SOCKTAB_ADDRESS_SIZE])
{
	bool both = is_wildcard6(record) && takes_ipv4(record) == COVER_YES;
	struct words words = { buffer, SOCKTAB_ADDRESS_SIZE, 0 };
	char ip[SOCKTAB_ADDRESS_SIZE];

	words_add(&words, "%s",
		  both ? "*" : socktab_format_ip(record->family, record->laddr.ip, ip));
	if (record->ifindex && device[0])
		words_add(&words, "%%%s", device);
	else if (record->ifindex)
		words_add(&words, "%%%u", (unsigned int)record->ifindex);
	return buffer;
}
