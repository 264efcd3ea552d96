#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# check_conn_count.bats - how many connections, in which states, to whom

load ../helpers

check() {
	run_plugin check_conn_count "$@"
}

# counts N ARGUMENT...: so many connections, by netlink and by procfs.
counts() {
	local source
	for source in netlink procfs; do
		check "${@:2}" --source "$source"
		assert_perfdata connections "$1"
	done
}

ALL_LABELS="connections established syn_sent syn_recv fin_wait1 fin_wait2 time_wait close_wait last_ack closing"

# One of each, on ports of their own; the rows are in the comments.
make_every_state() {
	mksock tcp-established,port=20001 tcp-syn-sent,port=20002 tcp-syn-recv,port=20003,peer=gone \
		tcp-fin-wait1,port=20004,peer=gone tcp-fin-wait2,port=20005 tcp-time-wait,port=20006 \
		tcp-close-wait,port=20007 tcp-last-ack,port=20008 tcp-closing,port=20009 \
		tcp-listen,port=20010 tcp-bound,port=20011
	# 20001 ESTABLISHED twice; 20002 SYN_SENT; 20003 LISTEN and SYN_RECV; 20004 FIN_WAIT1;
	# 20005 FIN_WAIT2 and CLOSE_WAIT; 20006 TIME_WAIT; 20007 CLOSE_WAIT and FIN_WAIT2;
	# 20008 LAST_ACK and FIN_WAIT2; 20009 CLOSING and FIN_WAIT1; 20010 LISTEN
}

@test "established syn_sent syn_recv fin_wait1 fin_wait2 time_wait close close_wait last_ack listen closing: each with its own figure" {
	make_every_state
	local source
	for source in netlink procfs; do
		check --source "$source"
		assert_state OK
		assert_line1 "CONN_COUNT OK - 14 connections (2 established, 1 syn_sent, 1 syn_recv, 2 fin_wait1, 3 fin_wait2, 1 time_wait, 2 close_wait, 1 last_ack, 1 closing) | connections=14 established=2 syn_sent=1 syn_recv=1 fin_wait1=2 fin_wait2=3 time_wait=1 close_wait=2 last_ack=1 closing=1"
		check -s all --source "$source"
		assert_line1 "CONN_COUNT OK - 16 connections (2 established, 1 syn_sent, 1 syn_recv, 2 fin_wait1, 3 fin_wait2, 1 time_wait, 2 close_wait, 1 last_ack, 2 listen, 1 closing) | connections=16 established=2 syn_sent=1 syn_recv=1 fin_wait1=2 fin_wait2=3 time_wait=1 close=0 close_wait=2 last_ack=1 listen=2 closing=1"
		check -s connected --source "$source"
		assert_perfdata connections 14
		assert_perfdata_labels "$ALL_LABELS"
		check --state synchronized --source "$source"
		assert_perfdata connections 13
		refute_perfdata syn_sent
	done
}

@test "-s: one state alone, in all spellings" {
	make_every_state
	local item state count spelling
	for item in established=2 syn_sent=1 syn_recv=1 fin_wait1=2 fin_wait2=3 time_wait=1 \
		close_wait=2 last_ack=1 listen=2 closing=1 close=0; do
		state=${item%=*} count=${item#*=}
		counts "$count" -s "$state"
		assert_perfdata_labels connections "$state"
		assert_perfdata "$state" "$count"
		for spelling in "${state^^}" "${state//_/-}" "${state//_/}"; do
			check -s "$spelling"
			assert_perfdata_labels connections "$state"
			assert_perfdata connections "$count"
		done
	done
	for spelling in estab=established ESTAB=established SYN-RCV=syn_recv syn-rcv=syn_recv \
		FIN-WAIT-1=fin_wait1 FIN_WAIT2=fin_wait2 fin-wait-2=fin_wait2 TIME-WAIT=time_wait \
		UNCONN=close closed=close listening=listen LAST-ACK=last_ack; do
		check -s "${spelling%=*}"
		assert_perfdata_labels connections "${spelling#*=}"
	done
	counts 4 -s established,close-wait
	assert_perfdata_labels connections established close_wait
	counts 5 -s established -s fin-wait-2
	assert_perfdata_labels connections established fin_wait2
}

@test "the first issue's sockets: ten pairs, two close-waits, three listeners" {
	mksock tcp-listen,port=20000,ports=3 tcp-established,port=20000,count=10 \
		tcp-close-wait,port=20000,count=2
	local source
	for source in netlink procfs; do
		check --source "$source"
		assert_line1 "CONN_COUNT OK - 24 connections (20 established, 2 fin_wait2, 2 close_wait) | connections=24 established=20 syn_sent=0 syn_recv=0 fin_wait1=0 fin_wait2=2 time_wait=0 close_wait=2 last_ack=0 closing=0"
		check -p 20000 -s estab,close-wait --source "$source"
		assert_line1 "CONN_COUNT OK - 12 connections (10 established, 2 close_wait) | connections=12 established=10 close_wait=2"
		check -s listen --source "$source"
		assert_line1 "CONN_COUNT OK - 3 connections (3 listen) | connections=3 listen=3"
	done
}

@test "no sockets at all: zeroes, the same labels" {
	counts 0
	assert_state OK
	assert_text "0 connections"
	assert_perfdata_labels "$ALL_LABELS"
	mksock tcp-established,port=80
	check
	assert_perfdata_labels "$ALL_LABELS"
	counts 0 -p 81
	assert_perfdata_labels "$ALL_LABELS"
	check -P udp
	assert_line1 "CONN_COUNT OK - 0 connections | connections=0"
}

# ---- thresholds --------------------------------------------------------------------------------

@test "-c 1: with zero connections: zero is a value like any other" {
	check -c 1:
	assert_state CRITICAL
	assert_text "connections 0 (limit 1:)"
	assert_perfdata connections "0;;1:"
	check -w 1:
	assert_state WARNING
	check -c established=1:
	assert_state CRITICAL
	assert_text "established 0 (limit 1:), 0 connections"
	check -w 0 -c @5:
	assert_state OK
	check -c @0
	assert_state CRITICAL
	check -p 80 -s established -c 1: --source procfs
	assert_state CRITICAL
}

@test "-w, -c: both ends are inclusive, and each range means what it says" {
	mksock tcp-established,port=80,count=5,peer=gone
	local case
	for case in 5:OK 4:WARNING 0:5:OK 5::OK 6::WARNING '~:5:OK' '~:4:WARNING' @5:5:WARNING @0:4:OK \
		@6::OK :5:OK 4.5:WARNING 5.5:OK @~:5:WARNING; do
		check -s estab -w "${case%:*}"
		assert_state "${case##*:}"
	done
	check -w 4 -c 5
	assert_state WARNING
	assert_perfdata connections "5;4;5"
	check -w 3 -c 4
	assert_state CRITICAL
	assert_line1 "CONN_COUNT CRITICAL - connections 5 (limit 4) (5 established) | connections=5;3;4 established=5 syn_sent=0 syn_recv=0 fin_wait1=0 fin_wait2=0 time_wait=0 close_wait=0 last_ack=0 closing=0"
	check --warning=0:4 --critical=0:10
	assert_state WARNING
	assert_perfdata connections "5;4;10"
}

@test "-w, -c: METRIC=RANGE, as a list, repeated, the worst decides" {
	mksock tcp-established,port=80,count=3 tcp-close-wait,port=80,count=2
	check -w close_wait=1
	assert_state WARNING
	assert_text "close_wait 2 (limit 1), 10 connections"
	assert_perfdata close_wait "2;1"
	check -w established=5,close_wait=5 -c established=10 -c close_wait=1
	assert_state CRITICAL
	assert_text_like "^close_wait 2 \(limit 1\), established 6 \(limit 5\), 10 connections\$"
	assert_perfdata established "6;5;10"
	assert_perfdata close_wait "2;5;1"
	check -w established=6,close_wait=2 -w time_wait=0 -c 10
	assert_state OK
	assert_perfdata time_wait "0;0"
	assert_perfdata connections "10;;10"
	check -w connections=9
	assert_state WARNING
}

# ---- selection ---------------------------------------------------------------------------------

@test "-p: the local port, --remote-port: the peer's" {
	mksock tcp-established,port=20000,count=3 tcp-established,port=20001,fromport=30000 \
		tcp-established,port=200,fromport=2000
	counts 3 -p 20000
	counts 3 --remote-port 20000
	counts 1 -p 20001
	counts 4 -p 20000,20001
	counts 4 -p 20000-20001
	counts 1 -p 30000 --remote-port 20001
	counts 0 -p 30000 --remote-port 20000
	counts 1 --remote-port 30000
	counts 4 --remote-port 20001,20000
	counts 4 --remote-port 20000 --remote-port 20001
	counts 1 --port=2000
	counts 1 --remote-port 2000/tcp
	counts 0 -p 2
	counts 5 -p 1-20001 --remote-port 2000-65535
	counts 0 -p 20000/udp
	counts 10
}

@test "--local-address, --remote-address, --exclude-remote-address" {
	mksock tcp-established,port=80,addr=127.0.1.1,from=127.2.0.1,froms=4,count=4,peer=gone \
		tcp-established,port=80,addr=127.0.1.2,from=127.3.0.1,peer=gone \
		tcp-established,port=80,addr=::1,peer=gone \
		tcp-established,port=80,addr=::ffff:127.0.1.3,from=::ffff:127.4.0.1,peer=gone
	counts 7
	counts 4 --local-address 127.0.1.1
	counts 5 --local-address 127.0.1.1,127.0.1.2
	counts 5 --local-address 127.0.1.1 --local-address 127.0.1.2
	counts 6 --local-address 127.0.1.0/24 # the mapped one is IPv4
	counts 6 --local-address ::ffff:127.0.1.0/120
	counts 1 --local-address ::1
	counts 1 --local-address ::/0
	counts 6 --local-address 0.0.0.0/0
	counts 4 --remote-address 127.2.0.0/16
	counts 2 --remote-address 127.2.0.2/31
	counts 1 --remote-address 127.4.0.1
	counts 2 --remote-address ::1,127.3.0.1/32
	counts 2 --remote-address ::1 --remote-address 127.3.0.1
	counts 0 --remote-address 127.0.1.0/24
	counts 3 --exclude-remote-address 127.2.0.0/16
	counts 2 --exclude-remote-address 127.2.0.0/16,::1
	counts 2 --exclude-remote-address 127.2.0.0/16 --exclude-remote-address ::/0
	counts 3 --remote-address 127.2.0.0/16 --exclude-remote-address 127.2.0.4
	counts 1 --local-address 127.0.1.1 --remote-address 127.2.0.3 -p 80
}

@test "-4, --ipv4, -6, --ipv6: traffic, mapped addresses are IPv4" {
	mksock tcp-established,port=80,count=3,peer=gone tcp-established,addr=::1,port=80,count=2,peer=gone \
		tcp-established,addr=::ffff:127.0.0.1,port=81,peer=gone tcp-listen,addr=::,port=82 \
		tcp-listen,addr=::,port=83,v6only
	counts 4 -4
	counts 4 --ipv4
	counts 2 -6
	counts 2 --ipv6
	counts 6 -4 -6
	check -s listen -4
	assert_perfdata listen 1
	check -s listen -6
	assert_perfdata listen 2
	counts 3 -P tcp4
	counts 3 -P tcp6
}

@test "-P: other protocols, without states" {
	mksock udp-connected,port=53,count=3 udp-connected,addr=::1,port=53 udp-bound,port=54 \
		tcp-established,port=53,peer=gone raw,protocol=253 unix-pair,count=2
	counts 4 -P udp
	assert_perfdata_labels connections
	counts 3 -P udp4
	counts 1 -P udp6
	counts 1 -P tcp
	counts 1 -P tcp4
	counts 0 -P tcp6
	counts 5 -P inet
	counts 4 -P inet4
	counts 1 -P inet6
	counts 5 -P tcp,udp
	counts 5 -P tcp -P udp
	counts 5 -P udp -s all
	counts 1 -P udp -s close
	check -P raw # not every kernel has raw_diag: then from /proc
	assert_perfdata connections 0
	check -P raw -s all
	assert_perfdata connections 1
	counts 0 -P sctp
	counts 4 -P unix
	assert_perfdata_labels connections
	counts 4 -P udp --remote-port 53
	counts 4 --remote-port 53/udp
}

@test "-P mptcp" {
	[ -e /proc/sys/net/mptcp/enabled ] || skip "no MPTCP in this kernel"
	mksock mptcp-established,port=80
	check -P mptcp
	assert_perfdata connections 2
	assert_perfdata established 2
	check -P mptcp --source procfs
	assert_state UNKNOWN
	assert_text "cannot count them all, at least 0 connections: the socket tables could not be read (No such file or directory)"
	counts 2 -P tcp
	# They stand in both tables, and are counted once.
	check -P tcp,mptcp -s established
	assert_perfdata connections 2
}

# ---- owners ------------------------------------------------------------------------------------

need_own_pids() {
	[ -n "${OWN_PIDS-}" ] || skip "needs a pid namespace of its own"
}

@test "-C, --pid: the sockets of these processes, each once" {
	need_own_pids
	mksock 'self,comm=main' tcp-listen,port=80 begin,comm=client,argv0=/bin/caller \
		tcp-connect,port=80,count=5 end tcp-accept,port=80,count=5 \
		tcp-established,port=90,fromport=91 begin,comm=heir,share,copies=3 end
	counts 12
	counts 5 -C client
	counts 5 -C caller
	counts 12 -C mksock # the executable's name
	counts 7 -C main
	counts 7 -C heir # three of them hold the same
	counts 7 -C main -C heir
	counts 12 -C client -C main
	counts 0 -C nobody
	counts 5 --pid "$(mksock_pids client)"
	counts 7 --pid "$MKSOCK_PID"
	counts 12 --pid "$MKSOCK_PID" --pid "$(mksock_pids client)"
	counts 0 --pid 2147483647
	counts 0 --pid "$MKSOCK_PID" -C client
	counts 1 -C main -p 90
	counts 1 -C main -s listen
	check -C nobody -c 1:
	assert_state CRITICAL
}

@test "an owner whom nobody matches: zero, and the text says that there is no process" {
	need_own_pids
	mksock begin,comm=app tcp-established,port=80 end begin,comm=idle end
	check -C nobody
	assert_state OK
	assert_text "0 connections, no process matches nobody"
	check -C nobody -u 0 --unit x -c 1:
	assert_state CRITICAL
	assert_text "connections 0 (limit 1:), no process matches nobody of x.service"
	check --pidfile "$BATS_TEST_TMPDIR/none" -w 0
	assert_text "0 connections, no process matches $BATS_TEST_TMPDIR/none"
	# There is one, it holds none; and who created a socket need not run.
	check -C idle
	assert_text "0 connections"
	check -u 54321
	assert_text "0 connections"
	check -C nobody --netns owner
	assert_text_like "^no process matches nobody, 0 connections|^0 connections, no process matches nobody\$"
}

@test "--unit: that nobody matches" {
	need_cgroup2
	mksock begin,comm=app tcp-established,port=80 end
	check --unit no-such-unit-$$
	assert_text "0 connections, no process matches no-such-unit-$$.service"
}

@test "an owner whom nobody is seen to match: nothing is said of what may be hidden" {
	need_users 65534
	mksock begin,comm=app tcp-established,port=80 end
	run_plugin_as 65534 check_conn_count -C app
	assert_text_like "^at least 0 connections"
	refute_output_like "no process matches"
}

@test "owners: what nobody holds lies outside every selection" {
	need_own_pids
	mksock 'self,comm=main' tcp-time-wait,port=80 tcp-established,port=81 \
		tcp-fin-wait1,port=82,orphan,peer=gone tcp-syn-recv,port=83,peer=gone
	counts 5
	counts 2 -C main
	counts 1 -p 81 -C main
	counts 3 -C main -s all # the listener of the SYN_RECV
}

@test "-u, --user: the user who created the socket" {
	need_users 65534
	mksock tcp-established,port=80,count=2,peer=gone begin,uid=65534 \
		tcp-established,port=8080,count=3,peer=gone end tcp-time-wait,port=81
	counts 3 -u 65534
	counts 3 --user "$(id -nu 65534)"
	counts 2 -u 0
	counts 5 -u root -u 65534
	counts 0 -u 1
	# It needs no privilege: the record tells.
	run_plugin_as 65534 check_conn_count -u 0
	assert_state OK
	assert_perfdata connections 2
}

@test "unprivileged: counts are exact, those of another user's process are at least" {
	mksock 'self,comm=main' tcp-established,port=80,count=5
	run_plugin_as 65534 check_conn_count -w 9
	assert_state WARNING
	assert_text "connections 10 (limit 9) (10 established)"
	run_plugin_as 65534 check_conn_count --source procfs
	assert_perfdata connections 10
	run_plugin_as 65534 check_conn_count -C main -w 9
	assert_state UNKNOWN
	assert_text_like "not readable for uid 65534: .*cap_sys_ptrace,cap_dac_read_search"
	run_plugin_as 65534 check_conn_count -C main -c 1:
	assert_state UNKNOWN
	run_plugin_as 65534 check_conn_count --pid "$MKSOCK_PID" -w 9
	assert_state UNKNOWN
}

@test "unprivileged: one's own processes are readable" {
	need_users 65534
	mksock begin,comm=web,uid=65534 tcp-established,port=8080,count=4 end
	run_plugin_as 65534 check_conn_count --pid "$(mksock_pids web)" -w 7
	assert_state WARNING
	assert_perfdata connections 8
}

# ---- how it looks ------------------------------------------------------------------------------

@test "the kernel is asked for the selected states only" {
	need_command strace
	local trace=$BATS_TEST_TMPDIR/trace
	run_command strace -o "$trace" -e trace=?send,sendto,sendmsg "$BUILDDIR/plugins/check_conn_count" \
		-s established,close-wait -p 80 -P tcp4
	assert_state OK
	equal "requests" 1 "$(grep -c 'idiag_states=1<<TCP_ESTABLISHED|1<<TCP_CLOSE_WAIT, ' "$trace")"
	equal "all requests" 1 "$(grep -c 'sdiag_family' "$trace")"
}

@test "--procfs: a fixture's sockets" {
	local dir=$BATS_TEST_TMPDIR/proc
	mkdir -p "$dir/1/net"
	mksock tcp-established,port=80,count=3 tcp-established,addr=::1,port=80
	in_netns cat /proc/net/tcp >"$dir/1/net/tcp"
	check --procfs "$dir" -P tcp4
	assert_state OK
	assert_perfdata connections 6
	in_netns cat /proc/net/tcp6 >"$dir/1/net/tcp6"
	mksock_stop
	check --procfs "$dir"
	assert_perfdata connections 8
	check --procfs "$dir" --source netlink
	assert_perfdata connections 0
	echo '   9: 0100007F:0050 garbage' >>"$dir/1/net/tcp"
	check --procfs "$dir" -w 8
	assert_state UNKNOWN
	assert_text_like ": 1 row made no sense"
	check --procfs "$dir" -w 7
	assert_state WARNING
}

@test "-P tcp,udp: the text counts the states of no other sockets than the metrics do" {
	mksock tcp-established,port=80,count=3 udp-connected,port=53,count=2
	run_plugin check_conn_count -P tcp,udp -s established
	assert_perfdata established 6
	assert_text "8 connections (6 established, 2 udp)"
	run_plugin check_conn_count -P tcp,udp -v
	assert_output_like $'\n'"          6  established"$'\n'"          2  udp"$'\n'
	run_plugin check_conn_count -P udp
	assert_text "2 connections (2 established)"
}
