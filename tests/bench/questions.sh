# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2086 # what bench sets; its numbers have no blanks
# questions.sh - what bench asks, of whom, and how the answer is read; sourced by bench
#
# Tools write to a file; counting or searching what they list, which a user of them would have to
# do, is not measured.

# shellcheck disable=SC2034 # for bench
questions=(listen holder_first holder_last count network port state peers service owners)

bench=$BUILDDIR/tests/bench plugins=$BUILDDIR/plugins
with_psutil=("$python" "$here/with_psutil.py")

# ---- reading answers -------------------------------------------------------------------------

# Lists as "STATE LOCAL REMOTE COMMAND", a socket a line, the state in our words.
rows_of_ss() {
	sed 's/users:(("//; s/".*//' | rows 1 4 5 6
}

rows_of_netstat() {
	sed -n 's/ [0-9]*\// /; /^tcp/p' | rows 6 4 5 7
}

rows_of_lsof() {
	sed -n 's/->/ /; s/ (\([A-Z0-9_]*\))$/ \1/; / TCP /p' | awk '{
		print $NF, NF == 11 ? $9 " " $10 : $9 " *", $1
	}' | rows 1 2 3 4
}

rows() {
	awk -v s="$1" -v l="$2" -v r="$3" -v c="$4" '{
		state = tolower($s)
		gsub("-", "_", state)
		sub("^estab$", "established", state)
		sub("^fin_wait_", "fin_wait", state)
		print state, $l, $r, $c
	}'
}

# Of such rows.
holder_of() {
	awk -v port=":$1\$" '$1 == "listen" && $2 ~ port { print $4 }'
}

count_states() {
	awk '{ count[$1]++ } END { for (s in count) print s "=" count[s] }' | sort
}

count_network() {
	awk '$1 != "listen" && index($3, "127.101.0.") == 1' | wc -l
}

count_owners() {
	awk '$4 != "serve" { count[$4]++ } END { for (c in count) print c "=" count[c] }' | sort
}

# Of our own output.
says_ok() {
	sed -n 's/^[A-Z_]* OK.*/yes/p'
}

metric() {
	sed -n "1s/.*[| ]$1=\([0-9]*\).*/\1/p"
}

perfdata_states() {
	sed 's/.*| //' | tr ' ' '\n' | sed -n 's/^tcp_//; /=0$/d; /^connections/!p' | sort
}

table_owners() {
	awk 'NR > 2 && $2 != "serve" { print $2 "=" $1 }' | sort
}

# ---- the questions ---------------------------------------------------------------------------

ask_listen() {
	row 'limit: empty program' - - "$bench/limit_empty"
	row 'limit: dump of LISTEN' - - "$bench/limit_dump" 0x400
	row 'sockcheck' yes says_ok "$plugins/check_port_listen" -p 7003
	row 'ss' '' 'rows_of_ss | holder_of 7003' ss -Hltn 'sport = :7003'
	row 'netstat' '' 'rows_of_netstat | holder_of 7003' netstat -ltn
	row 'lsof' serve 'rows_of_lsof | holder_of 7003' lsof -w -nP -iTCP:7003 -sTCP:LISTEN
	row 'psutil' yes cat "${with_psutil[@]}" listens 7003
	row 'check_tcp' yes 'sed -n "s/^TCP OK.*/yes/p"' check_tcp -H 127.0.0.1 -p 7003
}

ask_holder() {
	row 'limit: walk' - - "$bench/limit_walk"
	row 'sockcheck -C' "$1" 'sed -n "1s/.* by \([a-z]*\)\[.*/\1/p"' \
		"$plugins/check_port_listen" -p "$2" -C "$1"
	row 'ss' "$1" "rows_of_ss | holder_of $2" ss -Hltnp "sport = :$2"
	row 'netstat' "$1" "rows_of_netstat | holder_of $2" netstat -ltnp
	row 'lsof' "$1" "rows_of_lsof | holder_of $2" lsof -w -nP "-iTCP:$2" -sTCP:LISTEN
	row 'psutil' "$1" cat "${with_psutil[@]}" holder "$2"
}

ask_holder_first() {
	ask_holder first 7001
}

ask_holder_last() {
	ask_holder last 7002
	[ -z "$unit" ] || row 'sockcheck --unit' yes says_ok \
		"$plugins/check_port_listen" -p 7002 --unit "${unit##*/}"
}

ask_count() {
	local all="close_wait=$closed established=$established fin_wait2=$closed listen=$listening"
	row 'limit: dump' - - "$bench/limit_dump" 0xffe
	row 'limit: reading /proc/net/tcp' - - "$bench/limit_read"
	row 'sockcheck' "$all" perfdata_states "$plugins/check_conn_count" -s all -t 60
	row 'sockcheck --source procfs' "$all" perfdata_states \
		"$plugins/check_conn_count" -s all --source procfs -t 60
	row 'ss' "$all" 'rows_of_ss | count_states' ss -Htan
	row 'netstat' "$all" 'rows_of_netstat | count_states' netstat -tan
	row 'psutil' "$all" cat "${with_psutil[@]}" states
	row 'check_tcpcount' "$all" perfdata_states check_tcpcount --tcp --tcp6
}

ask_network() {
	row 'limit: dump' - - "$bench/limit_dump" 0xffe
	row 'sockcheck' $in_network 'metric connections' \
		"$plugins/check_conn_count" --remote-address 127.101.0.0/24 -t 60
	row 'ss' $in_network 'wc -l' ss -Htan dst 127.101.0.0/24
	row 'netstat' $in_network 'rows_of_netstat | count_network' netstat -tn
	row 'psutil' $in_network cat "${with_psutil[@]}" network 127.101.0.0/24
}

ask_port() {
	row 'limit: dump' - - "$bench/limit_dump" 0xffe
	row 'sockcheck' 20 'metric connections' "$plugins/check_conn_count" -p 7002 -t 60
	row 'ss' 20 'wc -l' ss -Htn 'sport = :7002'
	row 'psutil' 20 cat "${with_psutil[@]}" port 7002
}

ask_state() {
	row 'limit: dump' - - "$bench/limit_dump" 0xffe
	row 'sockcheck' $closed 'metric connections' "$plugins/check_conn_count" -s close_wait -t 60
	row 'ss' $closed 'wc -l' ss -Htn state close-wait
	row 'psutil' $closed cat "${with_psutil[@]}" state CLOSE_WAIT
}

# The 20 connections at port 7002 are the only ones that share an address: 40 sockets.
ask_peers() {
	local most='127.0.0.1 40'
	row 'limit: dump' - - "$bench/limit_dump" 0xffe
	row 'sockcheck' "$most" 'sed -n "1s/.*most \([0-9]*\) with \([0-9.]*\).*/\2 \1/p"' \
		"$plugins/check_conn_count" --group-by remote-address -t 60
	row 'sockcheck plain' $((sockets - listening)) 'metric connections' \
		"$plugins/check_conn_count" -t 60
	# shellcheck disable=SC2016 # for awk
	row 'ss | awk' "$most" cat sh -c 'ss -Htn state connected | awk '\''
		{ sub(":[0-9]*$", "", $5); if (++n[$5] > most) { most = n[$5]; peer = $5 } }
		END { print peer, most }'\'
	row 'psutil' "$most" cat "${with_psutil[@]}" peer
}

ask_service() {
	row 'sockcheck' $of_service 'metric sockets' "$plugins/check_proc_sockets" -C service -t 60
	row 'ss' $of_service 'rows_of_ss | grep -c " service$"' ss -Htanp
	row 'netstat' $of_service 'rows_of_netstat | grep -c " service$"' netstat -tanp
	row 'lsof' $of_service 'rows_of_lsof | grep -c " service$"' lsof -w -nP -a -c service -iTCP
	row 'psutil' $of_service cat "${with_psutil[@]}" service service
}

ask_owners() {
	local all="first=1 last=41 service=$of_service worker=$of_workers"
	row 'limit: walk' - - "$bench/limit_walk"
	row 'sockcheck' "$all" table_owners \
		"$plugins/check_conn_count" -s all --group-by command -t 60
	row 'sockcheck --top' $sockets 'metric tcp' "$plugins/check_proc_sockets" --top 10 -t 60
	row 'ss' "$all" 'rows_of_ss | count_owners' ss -Htanp
	row 'netstat' "$all" 'rows_of_netstat | count_owners' netstat -tanp
	row 'lsof' "$all" 'rows_of_lsof | count_owners' lsof -w -nP -iTCP
	row 'psutil' "$all" 'grep -v serve=' "${with_psutil[@]}" owners
}
