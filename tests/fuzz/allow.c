// SPDX-License-Identifier: MIT
/* allow.c - fuzzes allow-files */
#include "allow.h"

#include <sys/socket.h>

#include "fuzz.h"

/* The input instead of whatever file is named: by the linker's --wrap. */
static const uint8_t *content;
static size_t content_size;
static bool running;

FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode)
{
	if (!running) /* libFuzzer's own files */
		return __real_fopen(path, mode);
	return fmemopen((void *)(content_size ? content : (const uint8_t *)"\n"),
			content_size ? content_size : 1, "r");
}

FILE *__wrap_fopen64(const char *path, const char *mode); /* large files on 32 bits */
FILE *__wrap_fopen64(const char *path, const char *mode)
{
	return __wrap_fopen(path, mode);
}

static void forget(struct allow_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct allow_entry *entry = &list->entries[i];

		free(entry->within.list);
		free((void *)entry->owner.who.commands);
		free((void *)entry->owner.who.units);
		free((void *)entry->owner.who.uids);
		free(entry->line);
	}
	free(list->entries);
}

/* An entry as a line of its own; false: longer than any line that a person writes. */
static bool print_entry(const struct allow_entry *entry, char *line, size_t size)
{
	size_t at = (size_t)snprintf(line, size, "%u-%u", entry->ports.first, entry->ports.last);
	const struct socktab_process_filter *who = &entry->owner.who;
	char ip[SOCKTAB_ADDRESS_SIZE];

	for (size_t i = 0; at < size && i < entry->within.count; i++) {
		const struct socktab_prefix *prefix = &entry->within.list[i];

		at += (size_t)snprintf(line + at, size - at, " in=%s/%u",
				       socktab_format_ip(prefix->family, prefix->ip, ip),
				       prefix->length);
	}
	for (size_t i = 0; at < size && i < who->command_count; i++)
		at += (size_t)snprintf(line + at, size - at, " command=%s", who->commands[i]);
	for (size_t i = 0; at < size && i < who->unit_count; i++)
		at += (size_t)snprintf(line + at, size - at, " unit=%s", who->units[i]);
	for (size_t i = 0; at < size && i < who->uid_count; i++)
		at += (size_t)snprintf(line + at, size - at, " user=%u", who->uids[i]);
	return at < size;
}

/* What was read, printed by this file, is read as the same. */
static void check_entry(const struct allow_entry *entry)
{
	static const struct plugin_option option = { .offset = 0 };
	static char line[8192];
	struct allow_list list = { 0 };
	const struct allow_entry *again;

	REQUIRE(entry->ports.first > 0 && entry->ports.first <= entry->ports.last);
	REQUIRE(entry->ports.kinds && !(entry->ports.kinds & SOCKTAB_UNIX));
	if (!print_entry(entry, line, sizeof(line)))
		return;
	content = (const uint8_t *)line;
	content_size = strlen(line);
	REQUIRE(!allow_set_file(&option, &list, "FILE") && list.count == 1);
	again = &list.entries[0];
	REQUIRE(again->ports.first == entry->ports.first && again->ports.last == entry->ports.last);
	REQUIRE(again->within.count == entry->within.count);
	for (size_t i = 0; i < entry->within.count; i++)
		REQUIRE(!memcmp(&again->within.list[i], &entry->within.list[i],
				sizeof(again->within.list[i])));
	REQUIRE(again->owner.who.command_count == entry->owner.who.command_count);
	REQUIRE(again->owner.who.unit_count == entry->owner.who.unit_count);
	REQUIRE(again->owner.who.uid_count == entry->owner.who.uid_count);
	forget(&list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct plugin_option option = { .offset = 0 };
	struct allow_list list = { 0 };
	const char *wrong;
	unsigned int lines = 1;

	running = true;
	content = data;
	content_size = size;
	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	wrong = allow_set_file(&option, &list, "FILE");
	if (wrong) {
		REQUIRE(!strncmp(wrong, "line ", 5));
		REQUIRE(strtoul(wrong + 5, NULL, 10) >= 1 && strtoul(wrong + 5, NULL, 10) <= lines);
	}
	REQUIRE(list.count <= lines);
	/* The last one of a file that is wrong may be half read. */
	for (size_t i = 0; i + (wrong != NULL) < list.count; i++)
		check_entry(&list.entries[i]);
	forget(&list);
	running = false;
	return 0;
}
