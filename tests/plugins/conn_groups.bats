#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# conn_groups.bats - check_conn_count: --direction, --group-by, --top, and the metrics that look
# at more than states

load ../helpers

check() {
	run_plugin check_conn_count "$@"
}

sources=(netlink procfs)

# assert_table KEY ROW...: the lines after the first; a ROW is `COUNT GROUP`.
assert_table() {
	local row rows=("connections  $1")
	for row in "${@:2}"; do
		[[ $row = ...* ]] || printf -v row '%11s  %s' "${row%% *}" "${row#* }"
		rows+=("$row")
	done
	equal "table" "$(printf '%s\n' "${rows[@]}")" "$(tail -n +2 "$PLUGIN_STDOUT")"
}

# groups KEY ROW... -- ARGUMENT...: the table by either source; the summary names the first row.
groups() {
	local key=$1 rows=() source
	shift
	while [ "$1" != -- ]; do
		rows+=("$1")
		shift
	done
	for source in "${sources[@]}"; do
		check --group-by "$key" "${@:2}" --source "$source"
		assert_state OK
		assert_table "$key" "${rows[@]}"
		assert_perfdata_labels connections "${LABELS[@]}"
		[[ $(text) = *", most ${rows[0]%% *} "*"${rows[0]#* }" ]] || fail "largest in the summary"
	done
}

setup() {
	CGROUPS=()
	sockets_setup
	LABELS=(established syn_sent syn_recv fin_wait1 fin_wait2 time_wait close_wait last_ack closing)
}

teardown() {
	local n
	sockets_teardown
	for ((n = ${#CGROUPS[@]} - 1; n >= 0; n--)); do
		rmdir "${CGROUPS[n]}"
	done
}

# make_cgroup NAME: CGROUP is its folder, until the end of the test.
make_cgroup() {
	CGROUP=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	[ -n "$CGROUP" ] || skip "no cgroup2 is mounted"
	CGROUP+=/$1
	mkdir "$CGROUP" 2>/dev/null || skip "may not make a cgroup"
	CGROUPS+=("$CGROUP")
}

# ---- --group-by --------------------------------------------------------------------------------

@test "--group-by local-port, remote-port: with their protocol" {
	mksock tcp-established,port=443,count=3,from=127.0.0.1,fromport=3000 \
		tcp-established,port=80,addr=::1,count=2,from=::1,fromport=4000
	groups local-port "3 443/tcp" "2 80/tcp" "1 3000/tcp" "1 3001/tcp" "1 3002/tcp" "1 4000/tcp" \
		"1 4001/tcp" --
	groups remote-port "3 443/tcp" "2 80/tcp" "1 3000/tcp" "1 3001/tcp" "1 3002/tcp" "1 4000/tcp" \
		"1 4001/tcp" --
	assert_text "10 connections (10 established), most 3 with 443/tcp"
	groups local-port "3 443/tcp" -- -p 443
	assert_text "3 connections (3 established), most 3 on 443/tcp"
	LABELS=()
	mksock udp-connected,port=443,fromport=443,from=127.0.0.9,count=1
	groups local-port "1 443/udp" -- -P udp
	LABELS=(established)
	groups local-port "3 443/tcp" "1 443/udp" -- -P tcp,udp -p 443 -s established
}

@test "--group-by local-address, remote-address, remote" {
	mksock tcp-established,port=443,addr=127.0.0.2,count=3,from=127.0.1.1,froms=3,fromport=3000 \
		tcp-established,port=443,addr=127.0.0.3,count=2,from=127.0.1.2,fromport=4000
	groups local-address "3 127.0.0.2" "2 127.0.0.3" -- -p 443
	assert_text "5 connections (5 established), most 3 on 127.0.0.2"
	groups remote-address "3 127.0.1.2" "1 127.0.1.1" "1 127.0.1.3" -- -p 443
	assert_text "5 connections (5 established), most 3 with 127.0.1.2"
	groups remote "3 127.0.0.2:443/tcp" "2 127.0.0.3:443/tcp" -- --remote-port 443
	assert_text "5 connections (5 established), most 3 with 127.0.0.2:443/tcp"
}

@test "--group-by: mapped addresses are IPv4, IPv6 addresses are whole" {
	mksock address,addr=2001:db8::1 address,addr=2001:db8::2 \
		tcp-established,port=443,addr=127.0.0.1,from=127.0.0.7 \
		tcp-established,port=443,addr=::ffff:127.0.0.1,from=::ffff:127.0.0.7,count=2 \
		tcp-established,port=443,addr=::1,from=2001:db8::1,fromport=3000 \
		tcp-established,port=443,addr=::1,from=2001:db8::2,fromport=4000,count=2
	groups remote-address "3 127.0.0.7" "2 2001:db8::2" "1 2001:db8::1" -- -p 443
	groups local-address "3 ::1" "3 127.0.0.1" -- -p 443
	groups remote "1 [2001:db8::1]:3000/tcp" "1 [2001:db8::2]:4000/tcp" "1 [2001:db8::2]:4001/tcp" \
		-- -p 443 -6
}

@test "--group-by: sockets without a peer" {
	mksock tcp-listen,port=443,ports=2
	LABELS=(listen)
	groups remote-address "2 no peer" -- -s listen
	groups remote-port "2 no peer" -- -s listen
	groups remote "2 no peer" -- -s listen
	assert_text "2 connections (2 listen), most 2 no peer"
	groups local-port "1 443/tcp" "1 444/tcp" -- -s listen
	mksock unix-pair
	LABELS=(established listen)
	check -P tcp,unix -s established,listen --group-by local-port
	assert_output_like $'\n''          2  no port'
	check -P tcp,unix -s established,listen --group-by local-address
	assert_output_like $'\n''          2  127.0.0.1'
	assert_output_like $'\n''          2  no address'
}

@test "--group-by user: who made the socket, where anybody did" {
	need_users 65533
	mksock begin,uid=65533 tcp-established,port=8080,count=2 end tcp-established,port=443 \
		tcp-time-wait,port=81,count=3
	groups user "4 65533" "3 no owner" "2 root" --
	check --group-by user -u 65533
	assert_table user "4 65533"
	assert_text_like ", most 4 of 65533$"
	# Chosen by who made it, grouped by who holds it.
	mksock begin,comm=heir,uid=65533,receive tcp-listen,port=444 end
	check -u root -s listen -p 444 --group-by command
	assert_table command "1 heir"
}

@test "--group-by command, pid: who holds it" {
	need_own_pids
	mksock begin,comm=web tcp-established,port=80,count=3 end \
		begin,comm=web tcp-established,port=81,count=1 end \
		begin,comm='a|b\x20\x0ac' tcp-established,port=82,count=2 end \
		tcp-time-wait,port=83,count=3 tcp-listen,port=84 tcp-connect,port=84
	groups command "8 web" "4 a\\x7cb \\x0ac" "4 held by no process" "1 mksock" --
	local pids source
	mapfile -t pids < <(mksock_pids web)
	for source in "${sources[@]}"; do
		check --group-by pid --source "$source"
		equal "rows" "6 web[${pids[0]}] 4 $(mksock_pids 'a|b\x20\x0ac') 2 ${pids[1]}" \
			"$(sed -E 's/^ +//; s/  (web)\[('"${pids[0]}"')\].*/ \1[\2]/; s/  .*\[([0-9]+)\].*/ \1/' \
				"$PLUGIN_STDOUT" | sed -n '3p;4p;6p' | tr '\n' ' ' | sed 's/ $//')"
		assert_text_like ", most 6 in web\[${pids[0]}\] user root"
	done
	check --group-by command -C web
	assert_table command "8 web"
	check --group-by pid --pid "${pids[1]}"
	assert_text_like "2 connections .*, most 2 in web\[${pids[1]}\]"
	equal "lines" 3 "${#lines[@]}"
}

need_own_pids() {
	[ -n "${OWN_PIDS-}" ] || skip "no pid namespace of its own: processes of others would be unreadable"
}

@test "--group-by command, pid: a socket that many hold counts for each pid, once for a command" {
	need_own_pids
	mksock self,comm=master tcp-established,port=80,count=5,peer=gone begin,comm=worker,share,copies=3 end
	groups command "5 master" "5 worker" -- -p 80
	check --group-by pid -p 80
	equal "rows of 5" 4 "$(grep -c '^          5  ' "$PLUGIN_STDOUT")"
	check --group-by command -p 80 -C worker
	assert_table command "5 worker"
	assert_perfdata connections 5
}

@test "--group-by command, pid: a descriptor that is there twice counts once" {
	mksock tcp-listen,port=80
	local key
	for key in command pid; do
		# The plugin itself holds it twice.
		# shellcheck disable=SC2016 # the inner shell expands it
		run_command bash -c 'exec 5<>/dev/tcp/127.0.0.1/80 6<&5 && exec "$@"' bash \
			"$BUILDDIR/plugins/check_conn_count" --group-by "$key" -s established --remote-port 80
		assert_output_like $'\n''          1  check_conn_coun'
		assert_perfdata connections 1
	done
}

@test "--group-by command, pid, unit: what may not be read is said, and changes no metric" {
	need_users
	mksock begin,comm=secret tcp-established,port=80,count=2 end
	local key
	for key in command pid; do
		run_plugin_as 65534 check_conn_count --group-by "$key" -w 4
		assert_state OK
		assert_perfdata connections "4;4"
		assert_table "$key" "4 holder not seen"
		assert_text "4 connections (4 established), most 4 holder not seen"
	done
	mksock begin,comm=mine,uid=65534 tcp-established,port=8080,count=3 end
	run_plugin_as 65534 check_conn_count --group-by command
	assert_table command "6 mine" "4 holder not seen"
	assert_text "10 connections (10 established), most 6 of mine, holders of 4 not seen"
	run_plugin_as 65534 check_conn_count --group-by command --top 1 -c 9
	assert_state CRITICAL
	assert_text "connections 10 (limit 9) (10 established), most 6 of mine, holders of 4 not seen"
}

@test "--group-by unit: by the cgroup of the socket without privilege, else by its holders" {
	need_own_pids
	local name=sockcheck-$$.service
	make_cgroup "$name"
	make_cgroup "$name/inner"
	make_cgroup "sockcheck-$$"
	mksock begin,comm=unit,cgroup="${CGROUPS[0]}" tcp-established,port=80,count=2 end \
		begin,comm=inner,cgroup="${CGROUPS[1]}" tcp-established,port=81 end \
		begin,comm=other,cgroup="${CGROUPS[2]}" tcp-established,port=82 end tcp-time-wait,port=83
	check --group-by unit --source netlink
	assert_table unit "6 $name" "2 /sockcheck-$$" "1 unknown unit"
	assert_text_like ", most 6 of $name$"
	check --group-by unit --unit "$name"
	assert_table unit "6 $name"
	check --group-by unit --source procfs
	assert_table unit "6 $name" "3 unknown unit"
	need_users
	run_plugin_as 65534 check_conn_count --group-by unit --source netlink
	assert_table unit "6 $name" "2 /sockcheck-$$" "1 unknown unit"
	run_plugin_as 65534 check_conn_count --group-by unit --source procfs
	assert_table unit "9 unknown unit"
	assert_text_like ", most 9 unknown unit, holders of 8 not seen$"
	assert_perfdata connections 9
}

@test "--group-by unit, command: ties by name, and what nobody holds" {
	procfs_row 80 123
	procfs_row 81 124
	procfs_row 82 125
	procfs_row 83 126
	procfs_process 20 web /system.slice/zebra.service 123
	procfs_process 21 db /system.slice/ant.service 124
	procfs_process 22 web /system.slice/mole.service 125
	check -s listen -P tcp4 --group-by unit --procfs "$PROCFS"
	assert_table unit "1 ant.service" "1 mole.service" "1 zebra.service" "1 unknown unit"
	assert_text "4 connections (4 listen), most 1 of ant.service"
	check -s listen -P tcp4 --group-by command --procfs "$PROCFS"
	assert_table command "2 web" "1 db" "1 held by the kernel"
	# Held in two units it counts in one of them, but for each command.
	procfs_process 23 shared /system.slice/x.service 126
	procfs_process 24 sharer /system.slice/y.service 126
	check -s listen -P tcp4 --group-by unit --procfs "$PROCFS"
	assert_table unit "1 ant.service" "1 mole.service" "1 x.service" "1 zebra.service"
	check -s listen -P tcp4 --group-by command --procfs "$PROCFS"
	assert_table command "2 web" "1 db" "1 shared" "1 sharer"
}

@test "--group-by: no connections, no table" {
	local key
	for key in local-port remote-port local-address remote-address remote user unit command pid; do
		check --group-by "$key" -c 1:
		assert_state CRITICAL
		assert_text "connections 0 (limit 1:)"
		equal "lines" 1 "${#lines[@]}"
	done
}

@test "--group-by: an unknown key, unix sockets" {
	check --group-by port
	assert_line1 "CONN_COUNT UNKNOWN - --group-by 'port': one of local-port, remote-port, local-address, remote-address, remote, user, unit, command, pid"
	check -P unix --group-by remote
	assert_line1 "CONN_COUNT UNKNOWN - --group-by: a unix socket has neither port nor address"
	mksock unix-pair
	check -P unix --group-by user
	assert_table user "2 root"
}

@test "--group-by: no group becomes performance data, whatever there is" {
	check --group-by remote-address
	equal "labels" "connections ${LABELS[*]}" "$(sed 's/.* | //; s/=[^ ]*//g' <<<"${lines[0]}")"
	mksock tcp-established,port=80,count=20,from=127.1.0.1,froms=20
	check --group-by remote-address
	assert_perfdata_labels connections "${LABELS[@]}"
}

# ---- --top -------------------------------------------------------------------------------------

@test "--top: the largest, ten unless it says otherwise, ties by key, and how many more" {
	mksock tcp-established,port=443,count=12,peer=gone,from=127.0.1.1,froms=12 \
		tcp-established,port=443,count=2,peer=gone,from=127.0.1.9 \
		tcp-established,port=443,peer=gone,from=127.0.1.200
	groups remote-address "3 127.0.1.9" "1 127.0.1.1" "1 127.0.1.2" "1 127.0.1.3" "1 127.0.1.4" \
		"1 127.0.1.5" "1 127.0.1.6" "1 127.0.1.7" "1 127.0.1.8" "1 127.0.1.10" "... and 3 more" --
	groups remote-address "3 127.0.1.9" "1 127.0.1.1" "... and 11 more" -- --top 2
	groups remote-address "3 127.0.1.9" "... and 12 more" -- --top 1
	check --group-by remote-address --top 13
	equal "lines" 15 "${#lines[@]}"
	refute_output_like "more"
	check --group-by remote-address --top 1000000
	equal "lines" 15 "${#lines[@]}"
}

@test "--top: the table stays within 4,095 bytes, and tells all that is left out" {
	mksock tcp-established,port=443,count=600,peer=gone,from=127.0.1.1,froms=600
	local listed
	check --group-by remote-address --top 500
	[ "$(wc -c <"$PLUGIN_STDOUT")" -le 4095 ]
	listed=$((${#lines[@]} - 3))
	assert_line $((listed + 3)) "... and $((600 - listed)) more"
	check --group-by remote-address --top 500 -vv
	assert_line 504 "... and 100 more"
}

@test "-v: in which states, and with whom; JSON has it always" {
	local source
	mksock tcp-established,port=80,count=3,peer=gone,end=client \
		tcp-close-wait,port=81,count=12,peer=gone,from=127.0.1.1,froms=12
	for source in "${sources[@]}"; do
		check -p 81 --source "$source"
		equal "lines" 1 "${#lines[@]}"
		check -v -c close_wait=4 --source "$source"
		assert_state CRITICAL
		assert_perfdata_labels connections "${LABELS[@]}"
		assert_text "close_wait 12 (limit 4), 15 connections"
		equal "evidence" "          3  established
         12  close_wait
connections  remote-address
          3  127.0.0.1
$(printf '          1  127.0.1.%d\n' {1..9})
... and 3 more" "$(sed -n '2,/more$/p' "$PLUGIN_STDOUT")"
	done
	check -p 81 -v --group-by local-port
	equal "evidence" "         12  close_wait
connections  local-port
         12  81/tcp" "$(tail -n +2 "$PLUGIN_STDOUT")"
	check -p 81 --output-format json
	assert_output_like '"evidence":\["         12  close_wait","connections  remote-address","          1  127\.0\.1\.1",'
	check -P unix -v
	assert_state OK
	check -p 99 -v
	equal "lines" 1 "${#lines[@]}"
}

@test "--top: what is no number, and without --group-by" {
	local text
	for text in 0 -1 x 1.5 ''; do
		check --group-by remote --top "$text"
		assert_state UNKNOWN
		assert_line1_like "--top '$text': expected a number"
	done
	check --top 5
	assert_line1 "CONN_COUNT UNKNOWN - --top cuts the table of --group-by, which is not given"
}

# ---- --direction -------------------------------------------------------------------------------

@test "--direction: inbound is to a port that something listens on" {
	mksock tcp-listen,port=80 tcp-established,port=80,count=3 tcp-established,port=81,count=2 \
		tcp-time-wait,port=80
	local source
	for source in "${sources[@]}"; do
		check --direction inbound --source "$source"
		assert_text "4 connections (3 established, 1 time_wait)"
		check --direction outbound --source "$source"
		assert_text "7 connections (7 established)"
		check --direction outbound -p 80 --source "$source"
		assert_text "0 connections"
		check --direction inbound -s all --source "$source"
		assert_text "5 connections (3 established, 1 time_wait, 1 listen)"
	done
	run_plugin check_proc_sockets --direction inbound --pid "$MKSOCK_PID" -P tcp
	assert_perfdata sockets 4
	run_plugin check_proc_sockets --direction outbound --pid "$MKSOCK_PID" -P tcp
	assert_perfdata sockets 7
}

@test "--direction: each protocol has its own ports, families share them" {
	mksock udp-bound,addr=::,port=53 udp-connected,addr=127.0.0.9,port=99,from=127.0.0.1,fromport=54 \
		tcp-established,port=53 udp-bound,addr=127.0.0.1,port=55 \
		tcp-listen,addr=::,port=80 begin tcp-connect,addr=127.0.0.1,port=80 end
	local source
	for source in "${sources[@]}"; do
		check -P udp --direction outbound --source "$source"
		assert_perfdata connections 1
		check -P udp --direction inbound -s all --source "$source"
		assert_perfdata connections 2
		check -P tcp -p 53 --direction inbound --source "$source"
		assert_perfdata connections 0
		check -P tcp -p 80 --direction inbound --source "$source"
		assert_perfdata connections 1
		check -P inet --direction outbound --source "$source"
		assert_perfdata connections 4
	done
	mksock udp-bound,addr=127.0.0.1,port=70,reuseport \
		udp-connected,addr=127.0.0.9,port=99,from=127.0.0.2,fromport=70
	check -P udp --direction inbound
	assert_perfdata connections 1
	# A listener of the family that is not asked for, too.
	mksock tcp-listen,addr=127.0.0.2,port=85 \
		tcp-established,addr=::ffff:127.0.0.1,port=90,from=::ffff:127.0.0.3,fromport=85
	check -P tcp6 -p 85 --direction inbound
	assert_perfdata connections 1
}

@test "--direction: where it cannot be read what listens, nothing is told of the others" {
	procfs_row 80 123
	check -s listen -P tcp4 --direction inbound --procfs "$PROCFS"
	assert_state OK
	assert_perfdata connections 1
	echo "   3: nonsense" >>"$PROCFS/1/net/tcp"
	local direction
	for direction in inbound outbound; do
		check -s listen -P tcp4 --direction $direction --procfs "$PROCFS" -c 5
		assert_state UNKNOWN
		assert_text_like "connections at least 0 \(limit 5\): 1 row made no sense\$"
		check -s listen -P tcp4 --direction $direction --procfs "$PROCFS"
		assert_state UNKNOWN
		assert_text "cannot count them all, at least 0 connections: 1 row made no sense"
	done
	check -s listen -P tcp4 --procfs "$PROCFS"
	assert_state OK
	assert_text "at least 1 connection (1 listen)"
}

@test "--direction: bad words, protocols without ports" {
	check --direction in
	assert_line1 "CONN_COUNT UNKNOWN - --direction 'in': directions are inbound, outbound"
	check --direction inbound -P unix
	assert_line1 "CONN_COUNT UNKNOWN - --direction is told by ports: name a protocol that has them"
}

# ---- peers, max_per_peer -----------------------------------------------------------------------

@test "peers, max_per_peer: distinct addresses, and who has most" {
	mksock tcp-established,port=443,peer=gone,count=3,from=127.0.0.7 \
		tcp-established,port=443,peer=gone,count=2,from=127.0.0.8,froms=2
	local source
	for source in "${sources[@]}"; do
		check -m peers,max_per_peer --source "$source"
		assert_line1 "CONN_COUNT OK - 5 connections (5 established), peers 3, max_per_peer 3 from 127.0.0.7 | peers=3 max_per_peer=3 connections=5 established=5 syn_sent=0 syn_recv=0 fin_wait1=0 fin_wait2=0 time_wait=0 close_wait=0 last_ack=0 closing=0"
		check -c max_per_peer=2 -s estab --source "$source"
		assert_line1 "CONN_COUNT CRITICAL - max_per_peer 3 from 127.0.0.7 (limit 2), 5 connections (5 established) | connections=5 established=5 max_per_peer=3;;2"
		check -w peers=2 --source "$source"
		assert_state WARNING
		assert_text "peers 3 (limit 2), 5 connections (5 established)"
		refute_perfdata max_per_peer
		check -m max_per_peer -w 3 --exclude-remote-address 127.0.0.7 --source "$source"
		assert_text "2 connections (2 established), max_per_peer 1 from 127.0.0.8"
		check -m peers --remote-address 127.0.0.8/31 --source "$source"
		assert_perfdata peers 2
	done
}

@test "peers: mapped addresses are IPv4, IPv6 goes by /64" {
	local n items=()
	for n in 1 2 3; do
		items+=("address,addr=2001:db8:0:1::$n" "tcp-established,port=443,peer=gone,addr=::1,from=2001:db8:0:1::$n")
	done
	mksock "${items[@]}" address,addr=2001:db8:0:2::1 \
		tcp-established,port=443,peer=gone,addr=::1,from=2001:db8:0:2::1 \
		tcp-established,port=443,peer=gone,from=127.0.0.7 \
		tcp-established,port=443,peer=gone,addr=::ffff:127.0.0.1,from=::ffff:127.0.0.7
	local source
	for source in "${sources[@]}"; do
		check -m peers,max_per_peer --source "$source"
		assert_text "6 connections (6 established), peers 3, max_per_peer 3 from 2001:db8:0:1::/64"
		check -4 -m max_per_peer --source "$source"
		assert_text "2 connections (2 established), max_per_peer 2 from 127.0.0.7"
	done
	mksock tcp-established,port=80,addr=::1
	check -p 80 -m max_per_peer
	assert_text "1 connection (1 established), max_per_peer 1 from ::1"
}

@test "peers: none without connections; listeners and unix sockets have none" {
	check -m peers,max_per_peer
	assert_text "0 connections, peers 0, max_per_peer 0"
	mksock tcp-listen,port=80
	check -s listen -m peers,max_per_peer
	assert_text "1 connection (1 listen), peers 0, max_per_peer 0"
	check -c peers=1:
	assert_state CRITICAL
	check -P unix -m peers
	assert_line1 "CONN_COUNT UNKNOWN - -m 'peers': peers is not available: unix sockets have no addresses"
	check -P udp -m peers
	assert_line1 "CONN_COUNT OK - 0 connections, peers 0 | peers=0 connections=0"
}

# ---- queues ------------------------------------------------------------------------------------

@test "recv_queue, send_queue: bytes that wait, exactly; not those of listeners" {
	mksock tcp-established,port=80,unread=1000,unacked=2000 tcp-established,port=81,unread=34 \
		tcp-listen,port=82,backlog=7 tcp-connect,port=82,count=3
	local source
	for source in "${sources[@]}"; do
		check -m recv_queue,send_queue --source "$source"
		assert_perfdata recv_queue 1034B
		assert_perfdata send_queue 2000B
		assert_text_like ", recv_queue 1034 bytes, send_queue 2000 bytes$"
		check -s all -m recv_queue,send_queue --source "$source"
		assert_perfdata recv_queue 1034B
		assert_perfdata send_queue 2000B
		check -p 81 -m send_queue -w recv_queue=33 -c send_queue=0 --source "$source"
		assert_state WARNING
		assert_text_like "^recv_queue 34 bytes \(limit 33\), 1 connection .*, send_queue 0 bytes$"
		check -s listen -w recv_queue=1 --source "$source"
		assert_state UNKNOWN
		assert_text_like "recv_queue is not available: listeners have no bytes waiting"
	done
}

@test "recv_queue: /proc does not tell it of unix sockets, and no guess is made" {
	mksock unix-pair,count=2
	check -P unix -w recv_queue=10 --source netlink
	assert_state OK
	assert_perfdata recv_queue "0B;10"
	check -P unix -w recv_queue=10 --source procfs
	assert_state UNKNOWN
	assert_text_like "recv_queue at least 0 bytes \(limit 10\).*: /proc does not tell the queues of unix sockets: use --source netlink$"
	check -P unix -w 10 --source procfs
	assert_state OK
}

# ---- unaccepted --------------------------------------------------------------------------------

@test "unaccepted: established and close_wait in the accept queue, and no others" {
	mksock tcp-listen,port=80 tcp-connect,port=80,count=3 tcp-connect,port=80,fin,count=2 \
		tcp-established,port=81 tcp-close-wait,port=82 tcp-time-wait,port=83 \
		tcp-fin-wait2,port=84,orphan tcp-fin-wait1,port=85,orphan tcp-last-ack,port=86,orphan
	local source
	for source in "${sources[@]}"; do
		check -m unaccepted --source "$source"
		assert_perfdata unaccepted 5
		assert_text_like ", unaccepted 5$"
		check -s established -c unaccepted=2 --source "$source"
		assert_state CRITICAL
		assert_text_like "^unaccepted 3 \(limit 2\), "
		check -s close_wait -m unaccepted --source "$source"
		assert_perfdata unaccepted 2
		check -p 81 -m unaccepted --source "$source"
		assert_perfdata unaccepted 0
	done
	mksock tcp-listen,port=90 tcp-connect,port=90,count=4 tcp-accept,port=90,count=3
	check -p 90 -m unaccepted
	assert_perfdata unaccepted 1
}

@test "unaccepted: where it cannot be known it is no metric" {
	check -w unaccepted=1 -s time_wait
	assert_text_like "unaccepted is not available: neither established nor close_wait is selected"
	check -w unaccepted=1 -P udp
	assert_text_like "unaccepted is not available: only TCP tells what is not accepted"
	check -w unaccepted=1 -C mksock
	assert_text_like "unaccepted is not available: what is not accepted has no owner"
	check -w unaccepted=1 -u root
	assert_text_like "unaccepted is not available: what is not accepted has no owner"
}

@test "unaccepted: with --unit by the cgroup; /proc has none, and no guess is made" {
	make_cgroup "sockcheck-$$.service"
	mksock begin,comm=unit,cgroup="$CGROUP" tcp-listen,port=80 end tcp-connect,port=80,count=2
	check --unit "sockcheck-$$" -m unaccepted --source netlink
	assert_text "2 connections (2 established), unaccepted 2"
	check --unit "sockcheck-$$" -w unaccepted=2 --source procfs
	assert_state UNKNOWN
	assert_text_like "^unaccepted at least 0 \(limit 2\), .*: /proc does not tell the unit of a socket: use --source netlink\$"
}

@test "metrics that nobody asked for are not there" {
	mksock tcp-established,port=80
	check
	assert_perfdata_labels connections "${LABELS[@]}"
	assert_text "2 connections (2 established)"
	check -w 10 -w peers=1 -m send_queue
	assert_perfdata_labels send_queue connections "${LABELS[@]}" peers
}
