// SPDX-License-Identifier: MIT
/* requests_words.c - requests and their answers in words */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "private.h"
#include "requests_private.h"

#define SHOWN_ADDRESSES 3
#define SHOWN_OTHERS 4

/* "tcp"; "tcp6" where the sockets of that family alone are asked for. */
static const char *format_protocol(const struct request *request)
{
	bool ipv4 = request->kinds & SOCKTAB_INET4, ipv6 = request->kinds & SOCKTAB_INET6;

	if (ipv4 && ipv6)
		return socktab_protocol_name(request->protocol);
	return socktab_kind_name((enum socktab_kind)(2 * request->protocol + ipv6));
}

const char *requests_label(const struct request *request)
{
	return request->names_family ? format_protocol(request)
				     : socktab_protocol_name(request->protocol);
}

const char *requests_format(const struct request *first, const struct request *last, char *buffer,
			    size_t size)
{
	char name[128 * 4];

	if (first->name)
		/* An abstract name is asked for with @ in the place of its first byte. */
		snprintf(buffer, size, "unix:%s%s", first->name->bytes[0] ? "" : "@",
			 plugin_escape(first->name->bytes + !first->name->bytes[0],
				       first->name->length - !first->name->bytes[0], name,
				       sizeof(name)));
	else if (first == last)
		snprintf(buffer, size, "%u/%s", first->port, format_protocol(first));
	else
		snprintf(buffer, size, "%u-%u/%s", first->port, last->port, format_protocol(first));
	return buffer;
}

/* Where the sockets that answer are bound: "*", "10.0.0.1, ::1", cut after a few; returns
 * buffer. */
static const char *format_bound(const struct requests *requests, const struct request *request,
				char *buffer, size_t size)
{
	const struct held_socket *sockets = &requests->held.sockets[request->first];
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

/* " on 127.0.0.1, ::1" where these alone were asked for. */
static void add_addresses(struct words *words, const struct request *request,
			  const struct cover_list *addresses)
{
	for (size_t i = 0; i < addresses->count && !request->name; i++)
		words_add(words, "%s%s", i ? ", " : " on ", addresses->list[i].text);
}

static void add_queue(struct words *words, const struct requests *requests,
		      const struct request *request)
{
	uint32_t length;
	uint64_t room;
	double percent;

	if (requests_backlog(requests, request, &percent, &length, &room))
		words_add(words, ", accept queue %.0f%% (%" PRIu32 " of %" PRIu64 ")", percent,
			  length, room);
}

/* Another one may have the listener of a path. */
static const char *format_where(const struct request *request)
{
	return request->file && request->answer == COVER_NO ? " in this network namespace" : "";
}

const char *requests_format_answer(const struct requests *requests, const struct request *request,
				   const struct request *last, struct selection_view *view,
				   bool queue, char *buffer, size_t size)
{
	const struct held_socket *socket = &requests->held.sockets[request->first];
	struct words words = { buffer, size, 0 };
	char text[4 * 256];

	words_add(&words, "%s", requests_format(request, last, text, sizeof(text)));
	if (requests->rule->closed) {
		words_add(&words, " closed%s", format_where(request));
		add_addresses(&words, request, &requests->rule->addresses);
		return buffer;
	}
	if (!request->name)
		words_add(&words, " on %s", format_bound(requests, request, text, sizeof(text)));
	/* Who made it was not asked; the unit is the answer. */
	if (view->selection->who.unit_count && !view->selection->who.uid_count && !socket->pid &&
	    selection_format_unit(view, &socket->record, text, sizeof(text))[0])
		words_add(&words, " by %s", text);
	else if (selection_has_owner(view->selection))
		words_add(&words, "%s %s", socket->pid ? " by" : "",
			  selection_format_owner(view, &socket->record, socket->pid, text,
						 sizeof(text)));
	if (queue)
		add_queue(&words, requests, request);
	return buffer;
}

const char *requests_format_others(const struct requests *requests, char *buffer, size_t size)
{
	struct words words = { buffer, size, 0 };
	char port[600];

	buffer[0] = '\0';
	if (requests->good > SHOWN_OTHERS)
		words_add(&words, "%zu other ports", requests->good);
	for (size_t i = 0; i < requests->count && requests->good <= SHOWN_OTHERS; i++) {
		const struct request *request = &requests->list[i];

		if (request->good)
			words_add(&words, "%s%s", words.length ? ", " : "",
				  requests_format(request, request, port, sizeof(port)));
	}
	return buffer;
}

/* The first address of this host that the request's listeners do not cover; NULL: all are. */
static const struct cover_address *find_uncovered(const struct requests *requests,
						  const struct request *request)
{
	const struct cover_list *addresses = &requests->rule->addresses;
	uint64_t covered = request->covered | requests->foreign.all;

	for (size_t i = 0; i < addresses->count; i++)
		if (!(covered & UINT64_C(1) << i))
			return &addresses->list[i];
	return NULL;
}

static void add_miss(struct words *words, const struct requests *requests,
		     const struct request *request, const char *bound)
{
	const struct cover_address *missed = find_uncovered(requests, request);

	if (request->stale)
		words_add(words, "not listening, the path no longer leads to its socket");
	else if (request->name && request->answer == COVER_UNKNOWN && request->count)
		words_add(words, "perhaps stale, its file cannot be compared");
	else if (request->name && request->answer == COVER_YES)
		words_add(words, "listens");
	else if (!bound[0])
		words_add(words, "not %slistening%s",
			  request->answer == COVER_UNKNOWN ? "seen " : "", format_where(request));
	else if (!missed || (requests->rule->closed && request->answer == COVER_YES))
		words_add(words, "listens on %s", bound);
	else
		words_add(words, "listens on %s, %snot on %s", bound,
			  request->answer == COVER_UNKNOWN ? "perhaps " : "", missed->text);
}

const char *requests_format_miss(const struct requests *requests, const struct request *request,
				 char *buffer, size_t size)
{
	struct words words = { buffer, size, 0 };
	char bound[4 * SOCKTAB_ADDRESS_SIZE];

	if (request->count)
		format_bound(requests, request, bound, sizeof(bound));
	else
		memcpy(bound, request->elsewhere, sizeof(request->elsewhere));
	add_miss(&words, requests, request, bound);
	return buffer;
}

const char *requests_format_holder(const struct requests *requests,
				   const struct held_socket *socket, struct selection_view *view,
				   char *buffer, size_t size)
{
	const struct request *request = &requests->list[socket->request];
	struct words words = { buffer, size, 0 };
	char text[600];

	words_add(&words, "%s ", requests_format(request, request, text, sizeof(text)));
	if (socket->by_kernel)
		words_add(&words, "held by the kernel");
	else
		words_add(&words, "%s%s", socket->pid ? "held by " : "",
			  selection_format_owner(view, &socket->record, socket->pid, text,
						 sizeof(text)));
	words_add(&words, ", expected %s",
		  selection_format_expected(view->selection, true, text, sizeof(text)));
	return buffer;
}

static bool is_plainly_missing(const struct request *request)
{
	return !request->count && !request->elsewhere[0] && !request->name;
}

bool requests_are_run(const struct request *first, const struct request *second)
{
	return is_plainly_missing(first) && is_plainly_missing(second) &&
	       second->kinds == first->kinds && second->port == first->port + 1;
}

const struct request *requests_last_of_run(const struct requests *requests,
					   const struct request *first)
{
	const struct request *end = requests->list + requests->count, *last = first;

	while (last + 1 < end && requests_are_run(last, last + 1))
		last++;
	return last;
}

/* ---- the evidence ------------------------------------------------------------------------ */

static void add_evidence_queue(struct words *words, const struct socktab_record *record)
{
	if (!(record->known & SOCKTAB_KNOWN_QUEUES))
		return;
	if (record->state != SOCKTAB_LISTEN) {
		words_add(words, ", %" PRIu32 " bytes waiting", record->rqueue);
		if (record->known & SOCKTAB_KNOWN_DROPS)
			words_add(words, ", %" PRIu32 " dropped", record->drops);
		return;
	}
	words_add(words, ", accept queue %" PRIu32, record->rqueue);
	if (record->known & SOCKTAB_KNOWN_LIMIT)
		words_add(words, " of %" PRIu64, (uint64_t)record->wqueue + 1);
}

/* "443/tcp on *: listen, accept queue 12 of 512, held by nginx[1] user root in nginx.service for
 * 6d, created by root in nginx.service" */
static void say_socket(const struct request *request, const struct held_socket *socket,
		       struct selection_view *view)
{
	const struct socktab_record *record = &socket->record;
	char line[2048], text[600];
	struct words words = { line, sizeof(line), 0 };

	words_add(&words, "%s", requests_format(request, request, text, sizeof(text)));
	if (!request->name)
		words_add(&words, " on %s", cover_format(record, socket->device, text));
	words_add(&words, ": %s", record->state == SOCKTAB_LISTEN ? "listen" : "bound");
	add_evidence_queue(&words, record);
	if (socket->pid)
		words_add(&words, ", held by %s",
			  selection_format_holder(view, socket->pid, text, sizeof(text)));
	else
		words_add(&words, ", %s",
			  socket->by_kernel ? "held by the kernel" : "its holder was not seen");
	if (record->known & SOCKTAB_KNOWN_UID)
		words_add(&words, ", %s",
			  selection_format_owner(view, record, 0, text, sizeof(text)));
	plugin_line(view->report, 1, "%s", line);
}

void requests_say_evidence(struct requests *requests, struct selection_view *view)
{
	const struct request *end = requests->list + requests->count, *last;
	char port[600];

	if (plugin_verbosity(view->report) < 1)
		return;
	held_name_all(view, &requests->held);
	for (const struct request *request = requests->list; request < end; request = last + 1) {
		last = requests_last_of_run(requests, request);
		for (size_t i = 0; i < request->count; i++)
			say_socket(request, &requests->held.sockets[request->first + i], view);
		if (!request->count)
			plugin_line(view->report, 1, "%s: %s%s",
				    requests_format(request, last, port, sizeof(port)),
				    request->elsewhere[0] ? "a socket elsewhere, on "
							  : "no listener seen",
				    request->elsewhere);
	}
}
