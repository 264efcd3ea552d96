// SPDX-License-Identifier: MIT
/* holdings_words.c - which process is to blame for what a metric says of all */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "holdings.h"
#include "private.h"

pid_t holdings_most(const struct holdings *holdings, size_t figure, uint64_t *count)
{
	pid_t most = 0;

	*count = 0;
	for (size_t i = 0; i < holdings->process_count; i++) {
		const struct holding_process *process = &holdings->processes[i];

		if (process->figures[figure] <= *count)
			continue;
		*count = process->figures[figure];
		most = process->pid;
	}
	return most;
}

/* count: of his sockets so many are in it; 0: its value is his own. False: nobody is to blame. */
static bool blame(const struct selection_view *view, struct plugin_metric *metric, pid_t pid,
		  uint64_t count, unsigned int verbosity)
{
	char holder[512], with[32] = "";

	if (!pid || plugin_metric_state(metric) == PLUGIN_OK)
		return false;
	selection_format_holder(view, pid, holder, sizeof(holder));
	plugin_line(view->report, verbosity, "%s: most in %s", metric->name, holder);
	if (count && (double)count < metric->value)
		snprintf(with, sizeof(with), "with %" PRIu64 " ", count);
	/* "nginx[811]", which is enough of it there. */
	plugin_metric_detail(metric, "%sin %.*s", with, (int)strcspn(holder, "]") + 1, holder);
	return true;
}

bool holdings_blame(const struct holdings *holdings, const struct selection_view *view,
		    struct plugin_metric *metrics, size_t fds, unsigned int verbosity)
{
	bool blamed = false;

	for (size_t i = 0; i < fds; i++) {
		uint64_t count;
		pid_t pid = holdings_most(holdings, i, &count);

		blamed |= blame(view, &metrics[i], pid, count, verbosity);
	}
	blamed |= blame(view, &metrics[fds], holdings->worst_fds, 0, verbosity);
	blamed |= blame(view, &metrics[fds + 1], holdings->worst_usage, 0, verbosity);
	return blamed;
}
