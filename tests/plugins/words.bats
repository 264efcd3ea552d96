#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# words.bats - a model line for each plugin and state: worst first, value, limit, who and where

load ../helpers

# line REGEX PLUGIN ARGUMENT...: all of line 1. A regex, since pids and ages are in it.
line() {
	run_plugin "${@:2}"
	assert_line1_like "^$1\$"
	equal "lines" 1 "${#lines[@]}"
}

# unit NAME: GROUP is a cgroup of that name, for this test.
unit() {
	local mount
	mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	[ -n "$mount" ] || skip "no cgroup2 is mounted"
	GROUP=$mount/sockcheck-words$$-$1
	mkdir "$GROUP" 2>/dev/null || skip "may not make a cgroup"
	GROUPS_MADE+=("$GROUP")
}

teardown() {
	sockets_teardown
	local group
	for group in "${GROUPS_MADE[@]}"; do
		rmdir "$group"
	done
}

need_own_pids() {
	[ -n "${OWN_PIDS-}" ] || skip "needs a pid namespace of its own"
}

AGE='for [0-9]+s'

@test "PORT_LISTEN: OK" {
	unit nginx.service
	mksock "begin,comm=nginx,cgroup=$GROUP" tcp-listen,port=443,addr=::,backlog=511 end \
		tcp-connect,port=443,count=12
	line "PORT_LISTEN OK - 443/tcp on \* by ${GROUP##*/}, accept queue 2% \(12 of 512\) \| listening=1;;1: tcp_443_listeners=1 tcp_443_backlog=2\.344%;;;0;100" \
		check_port_listen -p 443 --unit "${GROUP##*/}"
}

@test "PORT_LISTEN: WARNING" {
	mksock tcp-listen,port=443,backlog=9 tcp-connect,port=443,count=6
	line "PORT_LISTEN WARNING - 443/tcp accept queue 60% \(limit 50%, 6 of 10\), 443/tcp on 127\.0\.0\.1 \| listening=1;;1: backlog=60%;50;90;0;100 tcp_443_listeners=1 tcp_443_backlog=60%;50;90;0;100" \
		check_port_listen -p 443 -w backlog=50 -c backlog=90
}

@test "PORT_LISTEN: CRITICAL, the unit is down, a stranger holds it, it is exposed" {
	need_own_pids
	unit session-3.scope
	local session=$GROUP
	unit app.service
	mksock "begin,comm=java,uid=65534,cgroup=$session" tcp-listen,port=8080 end \
		tcp-listen,port=6379,addr=0.0.0.0
	line "PORT_LISTEN CRITICAL - 443/tcp not listening, ${GROUP##*/} has no processes \| listening=0;;1: tcp_443_listeners=0" \
		check_port_listen -p 443 --unit "${GROUP##*/}"
	line "PORT_LISTEN CRITICAL - 443/tcp not listening \(8080/tcp ok\) \| listening=1;;2: tcp_443_listeners=0 tcp_8080_listeners=1 tcp_8080_backlog=0%;;;0;100" \
		check_port_listen -p 443,8080
	line "PORT_LISTEN CRITICAL - 8080/tcp held by java\[$(mksock_pids java)\] user $(id -nu 65534) in ${session##*/} $AGE, expected ${GROUP##*/} \| .*" \
		check_port_listen -p 8080 --unit "${GROUP##*/}"
	line "PORT_LISTEN CRITICAL - 6379/tcp bound to 0\.0\.0\.0, allowed only 127\.0\.0\.0/8, ::1 \| .*" \
		check_port_listen -p 6379 --bound-within 127.0.0.0/8,::1
}

@test "PORT_LISTEN: CRITICAL, the unit is down, what listens beside it is said" {
	need_own_pids
	unit away.service
	local away=$GROUP
	unit nginx.service
	mksock "begin,comm=nginx,cgroup=$GROUP" tcp-listen,port=80 end
	mksock_pids nginx >"$away/cgroup.procs" # as if systemd held it for the unit
	line "PORT_LISTEN CRITICAL - 443/tcp not listening, ${GROUP##*/} has no processes \(80/tcp ok\) \| listening=1;;2: tcp_443_listeners=0 tcp_80_listeners=1 tcp_80_backlog=0%;;;0;100" \
		check_port_listen -p 443,80 --unit "${GROUP##*/}"
}

@test "PORT_LISTEN: UNKNOWN ends with the remedy, --unit before capabilities" {
	unit nginx.service # without units there is nothing to name by --unit
	mksock tcp-listen,port=443
	run_plugin_as 65534 check_port_listen -p 443 -w age=300: -c deleted=0
	assert_state UNKNOWN
	refute_output_like "use --unit" # which tells neither
	run_plugin_as 65534 check_port_listen -p 443 -C nginx
	assert_line1 "PORT_LISTEN UNKNOWN - 443/tcp listens, its holder is not readable for uid 65534: use --unit, or give the plugin cap_sys_ptrace,cap_dac_read_search | listening=1;;1: tcp_443_listeners=1 tcp_443_backlog=0%;;;0;100"
}

@test "CONN_COUNT: each state" {
	mksock tcp-established,port=80,count=2 tcp-close-wait,port=81,count=3,peer=gone
	line "CONN_COUNT OK - 7 connections \(4 established, 3 close_wait\) \| connections=7 established=4 syn_sent=0 syn_recv=0 fin_wait1=0 fin_wait2=0 time_wait=0 close_wait=3 last_ack=0 closing=0" \
		check_conn_count
	line "CONN_COUNT WARNING - close_wait 3 \(limit 2\), 7 connections \| .*close_wait=3;2 .*" \
		check_conn_count -w close_wait=2
	line "CONN_COUNT CRITICAL - connections 7 \(limit 6\) \(4 established, 3 close_wait\) \| connections=7;;6 .*" \
		check_conn_count -c 6
	line "CONN_COUNT CRITICAL - max_per_peer 7 from 127\.0\.0\.1 \(limit 5\), 7 connections \(4 established, 3 close_wait\) \| .*max_per_peer=7;;5" \
		check_conn_count -c max_per_peer=5
	line "CONN_COUNT CRITICAL - connections 0 \(limit 1:\), no process matches nginx \| connections=0;;1: .*" \
		check_conn_count -C nginx -c 1:
	# Without units there is nothing to name by --unit.
	unit any.service
	run_plugin_as 65534 check_conn_count -C mksock -w 0
	assert_line1_like "^CONN_COUNT UNKNOWN - connections at least 0 \(limit 0\): [0-9]+ process(es are| is) not readable for uid 65534: use --unit, or give the plugin cap_sys_ptrace,cap_dac_read_search \| connections=0;0 established=0 syn_sent=0 syn_recv=0 fin_wait1=0 fin_wait2=0 time_wait=0 close_wait=0 last_ack=0 closing=0\$"
}

@test "PROC_SOCKETS: each state" {
	mksock self,comm=nginx,nofile=100 tcp-listen,port=80 tcp-close-wait,port=81,count=3,peer=gone
	local figures="max_per_process=4 tcp=4 udp=0 unix=0 other=0 established=0"
	line "PROC_SOCKETS OK - 4 sockets in 1 process \| processes=1 sockets=4 $figures close_wait=3 listen=1 fds=7 fd_usage=7%;;;0;100" \
		check_proc_sockets --pid "$MKSOCK_PID"
	line "PROC_SOCKETS WARNING - close_wait 3 in nginx\[$MKSOCK_PID\] \(limit 2\), 4 sockets in 1 process \| processes=1 sockets=4 $figures close_wait=3;2 listen=1 fds=7 fd_usage=7%;;;0;100" \
		check_proc_sockets --pid "$MKSOCK_PID" -w close_wait=2
	line "PROC_SOCKETS CRITICAL - fd_usage 7% in nginx\[$MKSOCK_PID\] \(limit 5\), 4 sockets in 1 process \| .* fd_usage=7%;;5;0;100" \
		check_proc_sockets --pid "$MKSOCK_PID" -c fd_usage=5
	line "PROC_SOCKETS CRITICAL - no process matches pid 2147483647 \| processes=0 .*" \
		check_proc_sockets --pid 2147483647
	run_plugin_as 65534 check_proc_sockets --pid "$MKSOCK_PID" -w 2
	assert_line1_like "^PROC_SOCKETS UNKNOWN - sockets at least 0 \(limit 2\), at least 0 sockets in 1 process: 1 process is not readable for uid 65534: give the plugin cap_sys_ptrace,cap_dac_read_search \| processes=1 sockets=0;2 max_per_process=0 tcp=0 udp=0 unix=0 other=0 established=0 close_wait=0 listen=0 fds=7 fd_usage=7%;;;0;100\$"
}

@test "LISTEN_AUDIT: each state" {
	need_users 65534
	local session
	unit session-9.scope
	session=$GROUP
	unit rpcbind.service
	mksock "begin,comm=nc,uid=1001,cgroup=$session" tcp-listen,port=4444,addr=0.0.0.0 end \
		"begin,comm=rpcbind,cgroup=$GROUP" udp-bound,port=5111,addr=:: end
	line "LISTEN_AUDIT OK - 2 listeners, 0 unexpected \| unexpected=0;;0 listeners=2 allowed=2 missing=0" \
		check_listen_audit --allow 4444,5111/udp
	line "LISTEN_AUDIT WARNING - missing 1 \(limit 0\): 22/tcp, 2 listeners, 0 unexpected \| unexpected=0;;0 listeners=2 allowed=2 missing=1;0" \
		check_listen_audit --allow 22,4444,5111/udp -w missing=0
	run_plugin_as 65534 check_listen_audit
	assert_line1 "LISTEN_AUDIT CRITICAL - 2 unexpected: 0.0.0.0:4444/tcp uid 1001 ${session##*/}, [::]:5111/udp ${GROUP##*/} | unexpected=2;;0 listeners=2 allowed=0 missing=0"
	printf '4444 command=nc\n5111/udp\n' >"$BATS_TEST_TMPDIR/allowed"
	chmod a+r "$BATS_TEST_TMPDIR/allowed"
	run_plugin_as 65534 check_listen_audit --allow-file "$BATS_TEST_TMPDIR/allowed"
	assert_line1_like "^LISTEN_AUDIT UNKNOWN - 0\.0\.0\.0:4444/tcp uid 1001 ${session##*/} may be allowed, which cannot be told: [0-9]+ process(es are| is) not readable for uid 65534: use unit=UNIT, or give the plugin cap_sys_ptrace,cap_dac_read_search \| unexpected=0;;0 listeners=2 allowed=1 missing=0\$"
}

@test "EPHEMERAL_PORTS: each state" {
	in_netns sh -c 'echo 30000 30019 >/proc/sys/net/ipv4/ip_local_port_range' 2>/dev/null ||
		skip "may not set the range"
	mksock tcp-listen,port=8080 tcp-connect,port=8080,count=9
	local target="from 127\.0\.0\.1 to 127\.0\.0\.1:8080( by [^ ]+)?" items="time_wait=0 destinations=1"
	line "EPHEMERAL_PORTS OK - 45% used $target \(9 of 20\) \| usage=45%;70;90;0;100 local_usage=45%;;;0;100 used=9 $items" \
		check_ephemeral_ports
	line "EPHEMERAL_PORTS WARNING - 45% used $target \(limit 40%, 9 of 20\) \| usage=45%;40;50;0;100 .*" \
		check_ephemeral_ports -w 40 -c 50
	line "EPHEMERAL_PORTS CRITICAL - 45% used $target \(limit 40%, 9 of 20\) \| usage=45%;20;40;0;100 .*" \
		check_ephemeral_ports -w 20 -c 40
	line "EPHEMERAL_PORTS CRITICAL - 45% of the ports of 127\.0\.0\.1 used \(limit 40%, 9 of 20\), 45% used $target \(9 of 20\) \| .*" \
		check_ephemeral_ports -c local_usage=40
	mkdir -p "$BATS_TEST_TMPDIR/proc/1/net"
	line "EPHEMERAL_PORTS UNKNOWN - the range of local ports cannot be read through another /proc: run it in that network namespace without --procfs, or say that it is there with --source netlink" \
		check_ephemeral_ports --procfs "$BATS_TEST_TMPDIR/proc"
}

@test "EPHEMERAL_PORTS: CRITICAL, with what waits beside it" {
	in_netns sh -c 'cd /proc/sys/net/ipv4 && echo 30000 30019 >ip_local_port_range && echo 1 >tcp_tw_reuse' \
		2>/dev/null || skip "may not set the range"
	mksock address,addr=10.0.1.4 address,addr=10.0.5.11 tcp-listen,addr=10.0.5.11,port=8080 \
		tcp-time-wait,addr=10.0.5.11,port=8080,from=10.0.1.4,fromport=30019,end=client \
		tcp-connect,addr=10.0.5.11,port=8080,from=10.0.1.4,fromport=30000,count=19
	line "EPHEMERAL_PORTS CRITICAL - 95% used from 10\.0\.1\.4 to 10\.0\.5\.11:8080( by [^ ]+)? \(limit 90%, 19 of 20, 1 more in TIME_WAIT\) \| usage=95%;70;90;0;100 local_usage=100%;;;0;100 used=19 time_wait=1 destinations=1" \
		check_ephemeral_ports
}
