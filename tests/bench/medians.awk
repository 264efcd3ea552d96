# SPDX-License-Identifier: MIT
# medians.awk - of the runs that bench noted, for each question and tool
#
# QUESTION TOOL ANSWER WALL CPU PEAK COMMAND becomes SOCKETS QUESTION TOOL ANSWER RUNS WALL WALL_MIN
# WALL_MAX CPU PEAK COMMAND, with tabs between; microseconds become milliseconds.

BEGIN {
	FS = OFS = "\t"
}

{
	key = $1 OFS $2
	if (!(key in runs))
		keys[++count] = key
	i = ++runs[key]
	wall[key, i] = $4
	cpu[key, i] = $5
	peak[key, i] = $6
	command[key] = $7
	# One wrong answer is one too many.
	if (i == 1 || $3 != "right")
		answer[key] = $3
}

# value of rank n, counted from 1
function rank(values, key, n,    i, j, v, sorted) {
	for (i = 1; i <= runs[key]; i++) {
		v = values[key, i]
		for (j = i; j > 1 && sorted[j - 1] > v; j--)
			sorted[j] = sorted[j - 1]
		sorted[j] = v
	}
	return sorted[n]
}

function median(values, key,    n) {
	n = int(runs[key] / 2)
	if (runs[key] % 2)
		return rank(values, key, n + 1)
	return (rank(values, key, n) + rank(values, key, n + 1)) / 2
}

function ms(microseconds) {
	return sprintf("%.3f", microseconds / 1000)
}

END {
	for (k = 1; k <= count; k++) {
		key = keys[k]
		print sockets, key, answer[key], runs[key], ms(median(wall, key)),
			ms(rank(wall, key, 1)), ms(rank(wall, key, runs[key])),
			ms(median(cpu, key)), median(peak, key), command[key]
	}
}
