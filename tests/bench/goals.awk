# SPDX-License-Identifier: MIT
# goals.awk - how the medians of bench stand to the goals of doc/PERFORMANCE.md
#
# Judged is processor time: no tool here waits for anything but the processor, and where other work
# goes on beside, the time that passed says more about that. Milliseconds are of time that passed.

BEGIN {
	FS = "\t"
}

# What was ended says nothing of us; of others, that they take more.
$4 == "no end" && $3 ~ /^(sockcheck|limit)/ {
	next
}

{
	wall[$2, $3] = $6
	cpu[$2, $3] = $9
	peak[$2, $3] = $10
	if ($3 ~ /^sockcheck/ && $2 != "peers" && $2 != "owners" && $10 > highest)
		highest = $10
	sockets = $1
}

function goal(name, value, limit, unit, wall) {
	printf "  %-60s %9.3f %9s %8s %-12s %s\n", name, value, wall, limit, unit,
		value <= limit ? "reached" : "missed"
}

function more_memory() {
	return 1024 * (peak["peers", "sockcheck"] - peak["peers", "sockcheck plain"])
}

# The row of one question and tool against another.
function ratio(question, tool, question2, tool2, limit) {
	if ((question, tool) in cpu && cpu[question2, tool2] > 0)
		goal(question " " tool " / " (question2 == question ? "" : question2 " ") tool2,
			cpu[question, tool] / cpu[question2, tool2], limit, "",
			sprintf("%.3f", wall[question, tool] / wall[question2, tool2]))
}

END {
	printf "\n%-62s %9s %9s %8s\n", "Goals at " sockets " sockets", "CPU", "wall", "at most"
	ratio("listen", "sockcheck", "listen", "limit: empty program", 1.3)
	for (i = 1; i <= 2; i++) {
		question = i == 1 ? "holder_first" : "holder_last"
		if ((question, "sockcheck -C") in wall)
			goal(question " sockcheck -C", wall[question, "sockcheck -C"], 5, "ms")
		ratio(question, "sockcheck -C", question, "ss", 0.01)
		if ((question, "sockcheck --unit") in wall)
			goal(question " sockcheck --unit", wall[question, "sockcheck --unit"], 5, "ms")
		ratio(question, "sockcheck --unit", question, "ss", 0.01)
	}
	ratio("count", "sockcheck", "count", "limit: dump", 1.1)
	ratio("count", "sockcheck", "count", "ss", 0.5)
	ratio("count", "sockcheck", "count", "check_tcpcount", 0.4)
	ratio("count", "sockcheck", "count", "psutil", 0.1)
	ratio("count", "sockcheck --source procfs", "count", "limit: reading /proc/net/tcp", 1.15)
	ratio("network", "sockcheck", "network", "limit: dump", 0.5)
	ratio("port", "sockcheck", "port", "limit: dump", 0.5)
	ratio("state", "sockcheck", "state", "limit: dump", 0.5)
	ratio("owners", "sockcheck", "owners", "limit: walk", 1.1)
	ratio("owners", "sockcheck", "owners", "ss", 0.35)
	ratio("owners", "sockcheck --top", "owners", "limit: walk", 1.1)
	ratio("owners", "sockcheck --top", "owners", "ss", 0.35)
	ratio("peers", "sockcheck", "peers", "sockcheck plain", 1.3)
	if (("peers", "sockcheck") in peak)
		goal("peers sockcheck, memory above sockcheck plain", more_memory() / sockets, 100,
			"bytes a peer")
	goal("peak memory without groups", highest, 4096, "KiB")
}
