# SPDX-License-Identifier: MIT
# plot.gp - draws `data`, which is bench.tsv, as `picture`: processor time over the number
# of sockets, which other work on the machine changes less than it does the time that passes
set terminal svg size 1000,860 dynamic background '#ffffff' font 'sans-serif,13'
set output picture
set logscale xy
set xlabel 'TCP sockets on the host'
set ylabel 'processor time'
set xrange [700:1400000]
set xtics ('1,000' 1000, '10,000' 10000, '100,000' 100000, '1,000,000' 1000000)
set yrange [0.3:100000]
set ytics ('1 ms' 1, '10 ms' 10, '100 ms' 100, '1 s' 1000, '10 s' 10000, '100 s' 100000)
set grid lc '#dddddd' lt 1
set key inside left top Left reverse samplen 2 spacing 0.9 font ',11'

names = 'sockcheck ss netstat lsof psutil check_tcp check_tcpcount'
colours = '#d01c1c #1f6fb4 #2c8f3c #8c5fb8 #e08a1e #00a0a0 #7a5230'
place(tool) = int(sum [i = 1:words(names)] (word(tool, 1) eq word(names, i) ? i : 0))
colour(tool) = place(tool) == 0 ? '#888888' : word(colours, place(tool))
width(tool) = tool[1:9] eq 'sockcheck' ? 3 : 1.5
dashes(tool) = tool[1:6] eq 'limit:' ? 2 : 1

# The lines of one tool and question, and one without a value where that tool is missing.
rows(question, tool) = sprintf("< awk -F '\\t' -v q='%s' -v t='%s' 'BEGIN { print 1, \"NaN\" } \
	$2 == q && $3 == t && $4 ~ /^(right|-)$/ { print $1, $9 }' '%s' | sort -n", \
	question, tool, data)

set multiplot layout 2, 2
set title 'Does port P listen?'
tools = '"limit: empty program" sockcheck ss netstat lsof psutil check_tcp'
plot for [tool in tools] rows('listen', tool) using 1:2 with linespoints pt 7 ps 0.4 \
	lc rgb colour(tool) lw width(tool) dt dashes(tool) title tool noenhanced
set title 'Which process holds it? (the last in /proc)'
tools = '"limit: walk" "sockcheck -C" ss netstat lsof psutil'
plot for [tool in tools] rows('holder_last', tool) using 1:2 with linespoints pt 7 ps 0.4 \
	lc rgb colour(tool) lw width(tool) dt dashes(tool) title tool noenhanced
set title 'How many connections in each state?'
tools = '"limit: dump" sockcheck ss netstat psutil check_tcpcount'
plot for [tool in tools] rows('count', tool) using 1:2 with linespoints pt 7 ps 0.4 \
	lc rgb colour(tool) lw width(tool) dt dashes(tool) title tool noenhanced
set title 'Who holds all of them?'
tools = '"limit: walk" sockcheck ss netstat lsof psutil'
plot for [tool in tools] rows('owners', tool) using 1:2 with linespoints pt 7 ps 0.4 \
	lc rgb colour(tool) lw width(tool) dt dashes(tool) title tool noenhanced
unset multiplot
