// SPDX-License-Identifier: MIT
/* requests_words.c - requests and their answers in words */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "private.h"
#include "requests.h"

#define SHOWN_ADDRESSES 3

const char *requests_format(const struct request *first, const struct request *last, char *buffer,
			    size_t size)
{
	const char *protocol = socktab_protocol_name(first->protocol);
	char name[128 * 4];

	if (first->name)
		/* An abstract name is asked for with @ in the place of its first byte. */
		snprintf(buffer, size, "unix:%s%s", first->name->bytes[0] ? "" : "@",
			 plugin_escape(first->name->bytes + !first->name->bytes[0],
				       first->name->length - !first->name->bytes[0], name,
				       sizeof(name)));
	else if (first == last)
		snprintf(buffer, size, "%u/%s", first->port, protocol);
	else
		snprintf(buffer, size, "%u-%u/%s", first->port, last->port, protocol);
	return buffer;
}

const char *requests_format_bound(const struct requests *requests, const struct request *request,
				  char *buffer, size_t size)
{
	const struct held_socket *sockets = &requests->sockets[request->first];
	char seen[SHOWN_ADDRESSES][SOCKTAB_ADDRESS_SIZE], address[SOCKTAB_ADDRESS_SIZE];
	struct words words = { buffer, size, 0 };
	size_t shown = 0;

	buffer[0] = '\0';
	for (size_t i = 0; i < request->count; i++) {
		bool again = false;

		cover_format(&sockets[i].record, sockets[i].device, address);
		for (size_t j = 0; j < shown; j++)
			again |= strcmp(seen[j], address) == 0;
		if (again)
			continue;
		if (shown == SHOWN_ADDRESSES) {
			words_add(&words, " and others");
			break;
		}
		memcpy(seen[shown++], address, sizeof(address));
		words_add(&words, "%s%s", words.length ? ", " : "", address);
	}
	return buffer;
}

const char *requests_format_answer(const struct requests *requests, const struct request *request,
				   struct selection_view *view, bool queue, char *buffer,
				   size_t size)
{
	const struct held_socket *socket = &requests->sockets[request->first];
	struct words words = { buffer, size, 0 };
	char text[4 * 256];
	uint32_t length;
	uint64_t room;
	double percent;

	words_add(&words, "%s", requests_format(request, request, text, sizeof(text)));
	if (!request->name)
		words_add(&words, " on %s",
			  requests_format_bound(requests, request, text, sizeof(text)));
	/* Who made it was not asked; the unit is the answer. */
	if (view->selection->who.unit_count && !view->selection->who.uid_count && !socket->pid &&
	    selection_format_unit(view, &socket->record, text, sizeof(text))[0])
		words_add(&words, " by %s", text);
	else if (selection_has_owner(view->selection))
		words_add(&words, "%s %s", socket->pid ? " by" : "",
			  selection_format_owner(view, &socket->record, socket->pid, text,
						 sizeof(text)));
	if (queue && requests_backlog(requests, request, &percent, &length, &room))
		words_add(&words, ", accept queue %.0f%% (%" PRIu32 " of %" PRIu64 ")", percent,
			  length, room);
	return buffer;
}

/* The first address that the request's listeners do not cover; NULL: all are. */
static const struct cover_address *find_uncovered(const struct request *request,
						  const struct cover_list *addresses)
{
	for (size_t i = 0; i < addresses->count; i++)
		if (!(request->covered & UINT64_C(1) << i))
			return &addresses->list[i];
	return NULL;
}

const char *requests_format_miss(const struct requests *requests, const struct request *request,
				 const struct requests_rule *rule, bool saw, char *buffer,
				 size_t size)
{
	const struct cover_address *missed = find_uncovered(request, &rule->addresses);
	char bound[4 * SOCKTAB_ADDRESS_SIZE];

	if (request->count)
		requests_format_bound(requests, request, bound, sizeof(bound));
	else
		snprintf(bound, sizeof(bound), "%s", request->elsewhere);
	if (request->stale)
		snprintf(buffer, size, "not listening, the path no longer leads to its socket");
	else if (request->name && request->answer == COVER_UNKNOWN)
		snprintf(buffer, size, "perhaps stale, its file cannot be compared");
	else if (request->name && request->answer == COVER_YES)
		snprintf(buffer, size, "listens");
	else if (!bound[0])
		snprintf(buffer, size, "%s", saw ? "not listening" : "not seen listening");
	else if (!missed)
		snprintf(buffer, size, "listens on %s", bound);
	else
		snprintf(buffer, size, "listens on %s, %snot on %s", bound,
			 request->answer == COVER_UNKNOWN ? "perhaps " : "", missed->text);
	return buffer;
}

static bool is_plainly_missing(const struct request *request)
{
	return !request->count && !request->elsewhere[0] && !request->name;
}

const struct request *requests_last_of_run(const struct requests *requests,
					   const struct request *first)
{
	const struct request *end = requests->list + requests->count, *last = first;

	while (last + 1 < end && is_plainly_missing(first) && is_plainly_missing(last + 1) &&
	       last[1].protocol == last->protocol && last[1].port == last->port + 1)
		last++;
	return last;
}
