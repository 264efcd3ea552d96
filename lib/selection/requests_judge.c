// SPDX-License-Identifier: MIT
/* requests_judge.c - are requests answered as they should be, by the listeners that were found */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "private.h"
#include "requests_private.h"

/* Do its listeners cover what is asked for? An address that nobody has nobody covers. */
static enum cover judge(const struct requests *requests, const struct request *request)
{
	const struct requests_rule *rule = requests->rule;
	size_t count = rule->addresses.count;
	uint64_t all = count < 64 ? (UINT64_C(1) << count) - 1 : UINT64_MAX;
	uint64_t foreign = requests->foreign.all;
	uint64_t covered = request->covered & ~foreign;
	uint64_t perhaps = (request->perhaps | request->perhaps_here) & ~foreign;
	bool saw = requests->bound == PLUGIN_EXACT;
	bool possible = !count || request->name || (rule->closed ? all & ~foreign : !foreign);
	enum cover none = saw || !possible ? COVER_NO : COVER_UNKNOWN;

	if (request->name)
		return request->answer == COVER_NO ? none : request->answer;
	if (!count)
		return request->count ? COVER_YES : none;
	if (rule->closed)
		return covered ? COVER_YES : perhaps ? COVER_UNKNOWN : none;
	if (covered == all)
		return COVER_YES;
	return (covered | perhaps) == all ? COVER_UNKNOWN : none;
}

static void judge_all(struct requests *requests)
{
	requests->listening = requests->unsure = requests->good = 0;
	for (size_t i = 0; i < requests->count; i++) {
		struct request *request = &requests->list[i];

		/* A wildcard covers an address only if this host has it. */
		request->perhaps_here = request->covered & requests->foreign.unknown &
					~request->bound;
		request->covered &= ~request->perhaps_here;
		request->answer = judge(requests, request);
		request->good = request->answer == (requests->rule->closed ? COVER_NO : COVER_YES);
		requests->listening += request->answer == COVER_YES;
		requests->unsure += request->answer == COVER_UNKNOWN;
		requests->good += request->good;
	}
}

static void say_unread(const struct cover_foreign *foreign, struct plugin_report *report)
{
	if (foreign->device_error == -ENOTUNIQ)
		plugin_remedy(report, "the device is named by an alternative name: take the one "
				      "that ip link shows first");
	else if (foreign->device_error)
		plugin_remedy(
			report,
			"the devices of this host cannot be read (%s): leave out the %%DEVICE",
			strerror(-foreign->device_error));
	else
		plugin_remedy(report,
			      "the addresses of this host cannot be read (%s): leave out "
			      "--address, or use --exact",
			      strerror(-foreign->error));
}

/* What would tell whether they listen where they are asked to. */
static void say_unsure(const struct requests *requests, struct selection_view *view)
{
	for (size_t i = 0; i < requests->count; i++) {
		const struct request *request = &requests->list[i];

		if (request->answer != COVER_UNKNOWN || request->name)
			continue;
		view->explained |= request->perhaps || request->perhaps_here;
		if (request->perhaps)
			selection_remedy_procfs(view, "whether an IPv6 socket takes IPv4");
		if (request->perhaps_here)
			say_unread(&requests->foreign, view->report);
	}
	view->explained |= requests->unseen;
	if (requests->unseen == -ENODATA)
		selection_remedy_procfs(view, "the file of a unix socket");
	else if (requests->unseen == -EXDEV)
		plugin_remedy(view->report, "whose mounts a path belongs to is not known of a "
					    "namespace by its name: name a process of it, "
					    "--netns PID");
	else if (requests->unseen)
		plugin_remedy(view->report,
			      "the path may not be looked at by uid %u (%s): run it as root",
			      (unsigned int)geteuid(), strerror(-requests->unseen));
}

void requests_judge(struct requests *requests, struct selection_view *view)
{
	judge_all(requests);
	if (requests->unsure &&
	    (requests->bound == PLUGIN_EXACT || socktab_coverage(view->t)->malformed))
		say_unsure(requests, view);
}

bool requests_lack(const struct requests *requests, const struct plugin_metric *metric)
{
	size_t from = requests->rule->closed ? 0 : requests->listening + 1;
	size_t to = requests->rule->closed ? requests->listening : requests->count + 1;
	enum plugin_state now = plugin_metric_state(metric), other;

	for (size_t n = from; n < to; n++) {
		other = plugin_metric_judge(metric, (double)n, PLUGIN_EXACT);
		if (other != now && plugin_worst(other, now) == now)
			return true;
	}
	return requests->unsure;
}

enum plugin_state requests_judge_listening(const struct requests *requests,
					   struct selection_view *view,
					   struct plugin_metric *metric)
{
	size_t sure = requests->listening, unsure = requests->unsure;
	enum plugin_state least = plugin_metric_judge(metric, (double)sure, PLUGIN_EXACT);

	plugin_metric_set(metric, (double)sure, unsure ? PLUGIN_AT_LEAST : PLUGIN_EXACT);
	for (size_t more = 1; more <= unsure; more++) {
		enum plugin_state state = plugin_metric_judge(metric, (double)(sure + more),
							      PLUGIN_EXACT);

		if ((state == PLUGIN_OK) != (least == PLUGIN_OK)) {
			least = PLUGIN_UNKNOWN;
			break;
		}
		if (state == PLUGIN_WARNING)
			least = PLUGIN_WARNING;
	}
	/* The runner knows only that more might listen, not how many: what is not sure is a problem
	 * by name. */
	metric->judged = unsure;
	if (least != PLUGIN_OK && unsure)
		plugin_look_again(view->report);
	return least;
}
