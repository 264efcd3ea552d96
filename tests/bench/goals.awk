# SPDX-License-Identifier: MIT
# goals.awk - how the medians of bench stand to the goals of doc/PERFORMANCE.md
#
# Judged is processor time: no tool here waits for anything but the processor, and where other work
# goes on beside, the time that passed says more about that. What two threads do is judged by the time
# that passed, marked with a star; milliseconds are of that too.

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

function goal(name, value, limit, unit, other) {
	printf "  %-60s %9.3f %9s %8s %-12s %s\n", name, value, other, limit, unit,
		value <= limit ? "reached" : "missed"
}

function more_memory() {
	return 1024 * (peak["peers", "sockcheck"] - peak["peers", "sockcheck plain"])
}

# One tool against another at the same question.
function ratio(question, tool, tool2, limit, two_threads,    name, of_cpu, of_wall) {
	if (!((question, tool) in cpu) || !(cpu[question, tool2] > 0))
		return
	name = question " " tool " / " tool2
	of_cpu = cpu[question, tool] / cpu[question, tool2]
	of_wall = wall[question, tool] / wall[question, tool2]
	if (two_threads)
		goal(name " *", of_wall, limit, "", sprintf("%.3f", of_cpu))
	else
		goal(name, of_cpu, limit, "", sprintf("%.3f", of_wall))
}

END {
	printf "\n%-62s %9s %9s %8s\n", "Goals at " sockets " sockets", "judged", "other", "at most"
	ratio("listen", "sockcheck", "limit: empty program", 1.3)
	for (i = 1; i <= 2; i++) {
		question = i == 1 ? "holder_first" : "holder_last"
		if ((question, "sockcheck -C") in wall)
			goal(question " sockcheck -C", wall[question, "sockcheck -C"], 5, "ms")
		ratio(question, "sockcheck -C", "ss", 0.01)
		if ((question, "sockcheck --unit") in wall)
			goal(question " sockcheck --unit", wall[question, "sockcheck --unit"], 5, "ms")
		ratio(question, "sockcheck --unit", "ss", 0.01)
	}
	ratio("count", "sockcheck", "limit: dump", 1.1)
	ratio("count", "sockcheck", "ss", 0.5)
	ratio("count", "sockcheck", "check_tcpcount", 0.4)
	ratio("count", "sockcheck", "psutil", 0.1)
	ratio("count", "sockcheck --source procfs", "limit: reading /proc/net/tcp", 1.15)
	ratio("network", "sockcheck", "limit: dump", 0.5)
	ratio("port", "sockcheck", "limit: dump", 0.5)
	ratio("state", "sockcheck", "limit: dump", 0.5)
	ratio("owners", "sockcheck", "limit: walk", 1.1, 1)
	ratio("owners", "sockcheck", "ss", 0.35, 1)
	ratio("owners", "sockcheck --top", "limit: walk", 1.1, 1)
	ratio("owners", "sockcheck --top", "ss", 0.35, 1)
	ratio("peers", "sockcheck", "sockcheck plain", 1.3)
	if (("peers", "sockcheck") in peak)
		goal("peers sockcheck, memory above sockcheck plain", more_memory() / sockets, 100,
			"bytes a peer")
	goal("peak memory without groups", highest, 4096, "KiB")
}
