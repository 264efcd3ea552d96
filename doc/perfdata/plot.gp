# SPDX-License-Identifier: MIT
# plot.gp - data (a run of record) as picture: gnuplot -e "data = 'run.tsv'; picture = 'x.svg'" plot.gp
set terminal svg size 900,760 dynamic noenhanced background 'white' font 'sans-serif,12'
set output picture
set datafile separator tab
set key outside right top reverse Left
# What was left out is a gap.
number(text) = text eq '-' ? NaN : real(text)
set xrange [0:150]
set xtics 10
set grid
set lmargin 8
set rmargin 22
set multiplot layout 3,1
set yrange [0:*]
set title 'check_conn_count -p 8080 -w close_wait=20 -c close_wait=40'
plot data using 1:(number(strcol(3))) with steps lw 2 lc rgb '#2b6cb0' title columnhead(3), \
	data using 1:(number(strcol(5))) with steps lw 2 lc rgb '#888888' title columnhead(5), \
	data using 1:(number(strcol(4))) with steps lw 2 lc rgb '#c05621' title columnhead(4), \
	20 with lines dt 2 lc rgb '#d69e2e' title 'warning', \
	40 with lines dt 2 lc rgb '#c53030' title 'critical'
set yrange [0:105]
set title 'check_port_listen -p 8080 -H 127.0.0.1 -w backlog=50 -c backlog=90 (percent)'
plot data using 1:(number(strcol(6))) with steps lw 2 lc rgb '#2b6cb0' title columnhead(6), \
	50 with lines dt 2 lc rgb '#d69e2e' title 'warning', \
	90 with lines dt 2 lc rgb '#c53030' title 'critical'
set yrange [0:*]
set title 'check_ephemeral_ports, usage (percent of 500 ports), and age of the listener (seconds)'
set xlabel 'seconds'
plot data using 1:(number(strcol(8))) with steps lw 2 lc rgb '#2b6cb0' title columnhead(8), \
	data using 1:(number(strcol(7))) with steps lw 2 lc rgb '#2f855a' title columnhead(7)
