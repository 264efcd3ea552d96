# SPDX-License-Identifier: MIT
# table.awk - the medians of bench for people; the last column is against the first row of sockcheck

BEGIN {
	FS = "\t"
}

{
	if (!($2 in base) && $3 ~ /^sockcheck/)
		base[$2] = $6
	line[NR] = $0
}

END {
	for (i = 1; i <= NR; i++) {
		split(line[i], f, FS)
		if (f[2] != question)
			printf "\n%-30s %10s %21s %10s %9s %7s  %s\n",
				f[2] " (" f[1] " sockets)", "wall ms", "min .. max", "CPU ms",
				"peak KiB", "ratio", "answer"
		question = f[2]
		printf "  %-28s %10.2f %21s %10.2f %9d %7s  %s\n", f[3], f[6],
			sprintf("%.2f .. %.2f", f[7], f[8]), f[9], f[10],
			f[2] in base ? sprintf("%.2f", f[6] / base[f[2]]) : "-", f[4]
	}
}
