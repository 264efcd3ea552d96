#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# check_ephemeral_ports.bats - told against the kernel: 100 % exactly when the next socket fails

load ../helpers

setup() {
	sockets_setup
	sysctl ip_local_port_range "40000 40019"
	sysctl tcp_tw_reuse 2
}

# sysctl NAME VALUE: in the test's namespace.
sysctl() {
	# shellcheck disable=SC2016 # the inner shell expands it
	in_netns sh -c 'echo "$2" >"/proc/sys/net/ipv4/$1"' sh "$@" 2>/dev/null ||
		skip "may not set net.ipv4.$1"
}

look() {
	run_plugin check_ephemeral_ports "$@"
}

# percent METRIC COUNT OF: what the last look said of it.
percent() {
	local value
	value=$(awk -v n="$2" -v of="$3" 'BEGIN { printf "%.3f", 100 * n / of }' | sed 's/\.\{0,1\}0*$//')
	assert_perfdata "$1" "${value:-0}%"
}

# fills METRIC COUNT ITEM...: so many sockets, made one by one and of the ITEMs in turn, fill the
# metric step by step. Then none of the ITEMs can be made any more. Asked with the options in `with`.
fills() {
	local metric=$1 count=$2 n
	shift 2
	for ((n = 1; n <= count; n++)); do
		mksock "${@:n % $# + 1:1}"
		look "${with[@]}" -m "$metric"
		percent "$metric" "$n" "$count"
	done
	for n in "$@"; do
		mksock_fails "$n"
	done
}

with=()

# ---- what exhausts: TCP ------------------------------------------------------------------------

@test "usage: connect() has a range for each destination" {
	mksock tcp-listen,port=5001 tcp-listen,port=5002
	look
	assert_line1 "EPHEMERAL_PORTS OK - 0% used (0 of 20) | usage=0%;70;90;0;100 local_usage=0%;;;0;100 used=0 time_wait=0 destinations=0"
	fills usage 20 tcp-connect,port=5001
	look
	assert_line1 "EPHEMERAL_PORTS CRITICAL - 100% used from 127.0.0.1 to 127.0.0.1:5001 (limit 90%, 20 of 20) | usage=100%;70;90;0;100 local_usage=100%;;;0;100 used=20 time_wait=0 destinations=1"
	# Another destination has all of them once more, and so has another local address.
	mksock tcp-connect,port=5002,count=20
	mksock_fails tcp-connect,port=5002
	mksock tcp-connect,port=5001,from=127.0.0.2,noport,count=20
	mksock_fails tcp-connect,port=5001,from=127.0.0.2,noport
	look
	percent usage 20 20
	assert_perfdata used 60
	assert_perfdata destinations 3
}

@test "local_usage: bind() before connect() has one range for the local address" {
	mksock tcp-listen,port=5001 tcp-listen,port=5002
	fills local_usage 20 tcp-connect,port=5001,from=127.0.0.1 tcp-connect,port=5002,from=127.0.0.1
	look
	percent usage 10 20
	assert_state OK
	look -c local_usage=95
	assert_state CRITICAL
	assert_text_like '^100% of the ports of 127\.0\.0\.1 used \(limit 95%, 20 of 20\), 50% used from 127\.0\.0\.1 to 127\.0\.0\.1:500[12] \(10 of 20\)$'
	# Another local address has them once more.
	mksock tcp-connect,port=5001,from=127.0.0.2
	look
	percent local_usage 20 20
	assert_perfdata used 21
}

@test "IP_BIND_ADDRESS_NO_PORT: the range of the destination again" {
	mksock tcp-listen,port=5001
	fills usage 20 tcp-connect,port=5001,from=127.0.0.1,noport
}

@test "reserved ports are not in the range, though a program may name them" {
	sysctl ip_local_reserved_ports 40003,40010-40012,50000
	mksock tcp-listen,port=5001
	mksock tcp-connect,port=5001,fromport=40011
	look
	percent usage 0 16
	assert_perfdata used 0
	fills usage 16 tcp-connect,port=5001
}

@test "a listener in the range takes its port from every address, and what it accepts is inbound" {
	mksock tcp-listen,port=5001 tcp-listen,port=40005 tcp-listen,addr=::1,port=40006 \
		tcp-established,port=40005,fromport=50000,count=5
	look
	percent usage 0 18
	assert_perfdata used 0
	fills usage 18 tcp-connect,port=5001
	look -v
	assert_line 2 "range 40000-40019: 18 ports to choose from, 0 reserved, 2 listened on"
}

@test "IPv6 has its own range, mapped addresses share IPv4's" {
	mksock tcp-listen,addr=::,port=5001
	fills usage 20 tcp-connect,addr=::1,port=5001
	look
	assert_text "100% used from ::1 to [::1]:5001 (limit 90%, 20 of 20)"
	look -4
	percent usage 0 20
	fresh_netns
	sysctl ip_local_port_range "40000 40019"
	mksock tcp-listen,addr=::,port=5001
	fills usage 20 tcp-connect,port=5001 tcp-connect,addr=::ffff:127.0.0.1,port=5001
	look
	assert_text "100% used from 127.0.0.1 to 127.0.0.1:5001 (limit 90%, 20 of 20)"
	assert_perfdata destinations 1
	look -6
	percent usage 0 20
}

@test "a port outside the range is none of it" {
	mksock tcp-listen,port=5001 tcp-connect,port=5001,fromport=39999 \
		tcp-connect,port=5001,fromport=40020 tcp-connect,port=5001,fromport=40000
	look
	percent usage 1 20
	assert_perfdata used 1
}

@test "every state but LISTEN counts, sockets without an owner too" {
	mksock tcp-established,end=client,port=5001 tcp-fin-wait1,end=client,port=5002,orphan \
		tcp-fin-wait2,end=client,port=5003,orphan tcp-close-wait,end=client,port=5004 \
		tcp-last-ack,end=client,port=5005 tcp-closing,end=client,port=5006 tcp-syn-sent,port=5007
	look
	assert_perfdata used 7
	assert_perfdata destinations 7
}

# ---- what exhausts: TIME_WAIT ------------------------------------------------------------------

# connects ITEM: within some seconds, since what is in TIME_WAIT is not reused before one is over.
connects() {
	local try
	for ((try = 0; try < 100; try++)); do
		if in_netns "$MKSOCK" "$1" </dev/null >/dev/null 2>&1; then
			return
		fi
		sleep 0.1
	done
	fail "could not be made: $1"
}

# filled ADDRESS: a listener there, and the range filled with connections to it in TIME_WAIT.
filled() {
	sysctl tcp_tw_reuse 0
	mksock "tcp-listen,port=5001,addr=$1" "tcp-time-wait,end=client,port=5001,addr=$1,count=20"
}

@test "tcp_tw_reuse=0: TIME_WAIT counts" {
	filled 127.0.0.1
	look
	assert_text "100% used from 127.0.0.1 to 127.0.0.1:5001 (limit 90%, 20 of 20, 20 of them in TIME_WAIT)"
	assert_perfdata used 20
	assert_perfdata time_wait 20
	mksock_fails tcp-connect,port=5001
	sleep 1.5
	mksock_fails tcp-connect,port=5001
}

@test "tcp_tw_reuse=2: on loopback TIME_WAIT is shown, but does not count" {
	filled 127.0.0.1
	sysctl tcp_tw_reuse 2
	look
	assert_line1 "EPHEMERAL_PORTS OK - 0% used (0 of 20, 20 more in TIME_WAIT) | usage=0%;70;90;0;100 local_usage=100%;;;0;100 used=0 time_wait=20 destinations=0"
	connects tcp-connect,port=5001
}

@test "tcp_tw_reuse=2: what is shown beside a destination waits for that one" {
	mksock tcp-listen,port=5002 tcp-time-wait,end=client,port=5002 \
		tcp-time-wait,end=client,port=5001,count=4 tcp-connect,port=5002,count=3
	sysctl tcp_tw_reuse 2
	look
	assert_text "15% used from 127.0.0.1 to 127.0.0.1:5002 (3 of 20, 1 more in TIME_WAIT)"
	assert_perfdata time_wait 5
}

@test "bind() takes no port over from TIME_WAIT: local_usage counts it" {
	filled 127.0.0.1
	sysctl tcp_tw_reuse 1
	sleep 1.5
	mksock_fails tcp-connect,port=5001,from=127.0.0.1
	look
	percent usage 0 20
	percent local_usage 20 20
	connects tcp-connect,port=5001
}

@test "tcp_tw_reuse=2: between other addresses TIME_WAIT counts" {
	mksock address,addr=192.0.2.1
	filled 192.0.2.1
	sysctl tcp_tw_reuse 2
	look
	percent usage 20 20
	sleep 1.5
	mksock_fails tcp-connect,addr=192.0.2.1,port=5001
}

@test "tcp_tw_reuse=1: TIME_WAIT counts nowhere" {
	mksock address,addr=192.0.2.1
	filled 192.0.2.1
	sysctl tcp_tw_reuse 1
	look
	percent usage 0 20
	assert_perfdata time_wait 20
	connects tcp-connect,addr=192.0.2.1,port=5001
}

@test "tcp_tw_reuse=2: ::1 and mapped addresses of 127.0.0.0/8 are loopback" {
	filled ::1
	sysctl tcp_tw_reuse 2
	look
	percent usage 0 20
	connects tcp-connect,addr=::1,port=5001
	fresh_netns
	sysctl ip_local_port_range "40000 40019"
	filled ::ffff:127.0.0.1
	sysctl tcp_tw_reuse 2
	look
	percent usage 0 20
	connects tcp-connect,addr=::ffff:127.0.0.1,port=5001
}

@test "without tcp_timestamps nothing is reused" {
	sysctl tcp_timestamps 0
	filled 127.0.0.1
	sysctl tcp_tw_reuse 1
	look
	percent usage 20 20
	sleep 1.5
	mksock_fails tcp-connect,port=5001
}

# ---- what exhausts: UDP ------------------------------------------------------------------------

@test "UDP: one range for all destinations" {
	with=(-P udp)
	fills usage 20 udp-connected,port=5001 udp-connected,port=5002
	look -P udp
	assert_state CRITICAL
	assert_line1_like '^EPHEMERAL_PORTS CRITICAL - 100% used \(limit 90%, 20 of 20\), most from 127\.0\.0\.1 to 127\.0\.0\.1:500[12] \(10\) \| usage=100%;70;90;0;100 local_usage=100%;;;0;100 used=20 time_wait=0 destinations=2$'
	look
	percent usage 0 20
}

@test "UDP: a socket that names no address wants a port that is free on all, of both families" {
	mksock udp-connected,port=5001,from=127.0.0.2,count=10
	look -P udp
	percent usage 10 20
	mksock udp-connected,port=5001,addr=::1,count=10
	mksock_fails udp-connected,port=5001
	mksock_fails udp-connected,port=5001,addr=::1
	look -P udp
	percent usage 20 20
	percent local_usage 10 20
	# One that names its address has a range there.
	mksock udp-connected,port=5001,from=127.0.0.3,count=20
	mksock_fails udp-connected,port=5001,from=127.0.0.3
	look -P udp
	percent usage 20 20
	percent local_usage 20 20
}

@test "UDP: unconnected sockets count, those of a wildcard on every address" {
	mksock udp-bound,addr=127.0.0.2,count=5 udp-bound,addr=0.0.0.0,count=10
	look -P udp
	percent usage 15 20
	percent local_usage 15 20
	assert_perfdata destinations 0
	assert_text_like '^75% used \(limit 70%, 15 of 20\), most unconnected on 0\.0\.0\.0 \(10\)$'
	mksock udp-bound,addr=127.0.0.2,count=5
	mksock_fails udp-bound,addr=127.0.0.2
	look -P udp
	percent local_usage 20 20
}

@test "UDP: the wildcard of IPv6 takes IPv4's ports too, unless it is IPv6 only" {
	mksock udp-bound,addr=::,count=4 udp-bound,addr=::,v6only,count=8 udp-bound,addr=127.0.0.1,count=6
	look -P udp --source netlink
	percent local_usage 12 20
	mksock udp-bound,addr=127.0.0.1,count=10
	mksock_fails udp-bound,addr=127.0.0.1
	look -P udp --source netlink
	percent local_usage 20 20
}

# ---- selection ---------------------------------------------------------------------------------

@test "--remote-port and --remote-address narrow it, not what listens" {
	mksock tcp-listen,addr=0.0.0.0,port=5001 tcp-listen,port=5002 tcp-listen,port=40000 \
		tcp-connect,port=5001,count=3 tcp-connect,port=5002,count=5 \
		tcp-connect,addr=127.0.0.2,port=5001,count=4 tcp-established,port=40000,fromport=50000
	look
	percent usage 5 19
	assert_perfdata destinations 3
	look --remote-port 5001
	percent usage 4 19
	assert_perfdata used 7
	look --remote-address 127.0.0.1 --remote-port 5001
	percent usage 3 19
	assert_perfdata destinations 1
}

@test "both sources tell the same" {
	mksock tcp-listen,port=5001 tcp-listen,port=40005 tcp-established,port=40005 \
		tcp-connect,port=5001,count=15 tcp-time-wait,end=client,port=5002
	look --source netlink
	assert_state WARNING
	local line=${lines[0]}
	look --source procfs
	assert_line1 "$line"
}

@test "-v --top N: the fullest destinations, fullest first; JSON has them always" {
	mksock tcp-listen,addr=::,port=5001 tcp-listen,port=5002
	mksock tcp-connect,port=5001,count=2 tcp-connect,port=5002,count=3 tcp-connect,addr=::1,port=5001
	look
	equal "lines" 1 "${#lines[@]}"
	look -v
	assert_line 2 "range 40000-40019: 20 ports to choose from, 0 reserved, 0 listened on"
	assert_output_like $'\n''[345] ports taken on 127\.0\.0\.1'$'\n'
	assert_line 4 "3 from 127.0.0.1 to 127.0.0.1:5002, 0 in TIME_WAIT"
	assert_line 5 "2 from 127.0.0.1 to 127.0.0.1:5001, 0 in TIME_WAIT"
	assert_line 6 "1 from ::1 to [::1]:5001, 0 in TIME_WAIT"
	equal "lines" 6 "${#lines[@]}"
	look -v --top 1
	equal "lines" 4 "${#lines[@]}"
	# Ten unless it is said how many.
	mksock tcp-listen,addr=0.0.0.0,port=5003 tcp-connect,addr=127.0.0.3,addrs=9,port=5003,count=9
	look
	assert_perfdata destinations 12
	look -v
	equal "lines" 13 "${#lines[@]}"
	look -v --top 11
	equal "lines" 14 "${#lines[@]}"
	look --output-format json
	assert_output_like '"2 from 127.0.0.1 to 127.0.0.1:5001, 0 in TIME_WAIT"'
}

@test "the unit of the fullest destination, by its cgroup" {
	local mount group
	mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	[ -n "$mount" ] || skip "no cgroup2 is mounted"
	group=$mount/sockcheck-$$.service
	mkdir "$group" 2>/dev/null || skip "may not make a cgroup"
	mksock tcp-listen,port=5001
	mksock "begin,cgroup=$group" tcp-connect,port=5001,count=3 end || { rmdir "$group"; false; }
	look --source netlink
	mksock_stop
	rmdir "$group"
	assert_text "15% used from 127.0.0.1 to 127.0.0.1:5001 by sockcheck-$$.service (3 of 20)"
}

# ---- thresholds --------------------------------------------------------------------------------

@test "usage has 70 and 90 where it is given no threshold" {
	mksock tcp-listen,port=5001 tcp-connect,port=5001,count=14
	look
	assert_state OK
	assert_text "70% used from 127.0.0.1 to 127.0.0.1:5001 (14 of 20)"
	mksock tcp-connect,port=5001
	look
	assert_state WARNING
	mksock tcp-connect,port=5001,count=3
	look
	assert_state WARNING
	mksock tcp-connect,port=5001
	look
	assert_state CRITICAL
	assert_text "95% used from 127.0.0.1 to 127.0.0.1:5001 (limit 90%, 19 of 20)"
	look -w local_usage=99
	assert_state CRITICAL
	look -c 95
	assert_state OK
	look -w 94.9 -c 96 -c local_usage=97
	assert_state WARNING
	assert_text "95% used from 127.0.0.1 to 127.0.0.1:5001 (limit 94.9%, 19 of 20)"
	look -w used=18
	assert_state CRITICAL
	assert_text "95% used from 127.0.0.1 to 127.0.0.1:5001 (limit 90%, 19 of 20), used 19 (limit 18)"
}

@test "used, time_wait and destinations can have thresholds" {
	mksock tcp-listen,port=5001 tcp-connect,port=5001,count=2 tcp-time-wait,end=client,port=5002
	look -c used=1
	assert_state CRITICAL
	look -w time_wait=0
	assert_state WARNING
	assert_text "time_wait 1 (limit 0), 10% used from 127.0.0.1 to 127.0.0.1:5001 (2 of 20)"
	look -c destinations=2:
	assert_state CRITICAL
	assert_perfdata_labels usage local_usage used time_wait destinations
}

@test "a range of which every port is reserved is used up" {
	sysctl ip_local_reserved_ports 40000-40019
	mksock tcp-listen,port=5001
	mksock_fails tcp-connect,port=5001
	look
	assert_state CRITICAL
	assert_text "no port to choose from: all of 40000-40019 are reserved"
}

# ---- what cannot be told -----------------------------------------------------------------------

@test "another /proc does not tell the range: UNKNOWN, unless it shares the namespace" {
	look --procfs /proc/.
	assert_line1 "EPHEMERAL_PORTS UNKNOWN - the range of local ports cannot be read through another /proc: run it in that network namespace without --procfs, or say that it is there with --source netlink"
	mksock tcp-listen,port=5001 tcp-connect,port=5001
	look --procfs /proc/. --source netlink
	assert_state OK
	percent usage 1 20
}

@test "--netns: the range of that namespace; UNKNOWN where it may not be entered" {
	local pid
	mksock begin,netns,comm=blue tcp-listen,port=5001 tcp-connect,port=5001,fromport=50000,count=5 end
	pid=$(mksock_pids blue)
	nsenter "--net=/proc/$pid/ns/net" sh -c \
		'cd /proc/sys/net/ipv4; echo 50000 50011 >ip_local_port_range; echo 50010,50011 >ip_local_reserved_ports'
	look --netns "$pid"
	assert_text "50% used from 127.0.0.1 to 127.0.0.1:5001 (5 of 10)"
	look --netns "/proc/$pid/ns/net"
	percent usage 5 10
	look
	percent usage 0 20
	run_plugin_as 65534 check_ephemeral_ports --netns "$pid"
	assert_state UNKNOWN
	assert_text "the range of local ports cannot be read: that network namespace may not be entered: run it as root"
}

# look_without TABLE ARGUMENT...: in a /proc that has no such table, though the kernel has the
# protocol, and without netlink.
look_without() {
	local proc=$BATS_TEST_TMPDIR/proc
	! on_asan || skip "AddressSanitizer wants the real /proc"
	unshare -m true 2>/dev/null || skip "may not mount"
	# shellcheck disable=SC2016 # the inner shell expands it
	[ -d "$proc" ] || in_netns sh -e -c 'mkdir -p "$1/1/net" "$1/sys/net/ipv4"
		ln -s 1 "$1/self"
		ln -s 1 "$1/thread-self"
		cd /proc/thread-self/net
		cp tcp tcp6 udp udp6 protocols "$1/1/net"
		cd /proc/sys/net/ipv4
		cp ip_local_port_range ip_local_reserved_ports tcp_tw_reuse tcp_timestamps "$1/sys/net/ipv4"' \
		sh "$proc"
	mv "$proc/1/net/$1" "$proc/away"
	# shellcheck disable=SC2016
	run_command unshare -m sh -c 'mount --bind "$1" /proc && shift && exec "$@"' sh "$proc" \
		"$BUILDDIR/tests/confine" netlink=EPERM "$BUILDDIR/plugins/check_ephemeral_ports" "${@:2}"
	mv "$proc/away" "$proc/1/net/$1"
}

@test "usage, local_usage: at least N % where a table cannot be read: UNKNOWN, unless it is enough" {
	local most="10 of 20), most from 127.0.0.1 to 127.0.0.1:5001 (10)"
	local why="the socket tables could not be read (Operation not permitted)"
	local rest="used=10 time_wait=0 destinations=1"
	mksock udp-connected,port=5001,from=127.0.0.1,count=10
	look_without udp6 -P udp
	assert_line1 "EPHEMERAL_PORTS UNKNOWN - at least 50% used (limit 70%, $most: $why | usage=50%;70;90;0;100 local_usage=50%;;;0;100 $rest"
	look_without udp6 -P udp -w 40 -c 95
	assert_line1 "EPHEMERAL_PORTS WARNING - at least 50% used (limit 40%, $most | usage=50%;40;95;0;100 local_usage=50%;;;0;100 $rest"
	look_without udp6 -P udp -w 50:
	assert_line1 "EPHEMERAL_PORTS OK - at least 50% used ($most | usage=50%;50:;;0;100 local_usage=50%;;;0;100 $rest"
	look_without udp6 -P udp -c local_usage=40
	assert_state CRITICAL
	assert_text "at least 50% of the ports of 127.0.0.1 used (limit 40%, 10 of 20), at least 50% used (limit 70%, $most"
	look_without udp6 -P udp -c local_usage=60 -w 50:
	assert_state UNKNOWN
	assert_text "at least 50% of the ports of 127.0.0.1 used (limit 60%, 10 of 20), at least 50% used ($most: $why"
	look_without udp -P udp
	assert_state UNKNOWN
	assert_text "at least 0% used (limit 70%, 0 of 20): $why"
	look_without udp -P udp -c local_usage=60 -w 0:
	assert_state UNKNOWN
	assert_text "at least 0% of the ports of an address used (limit 60%, 0 of 20), at least 0% used (0 of 20): $why"
	# The other protocol's table matters to nobody.
	look_without tcp6 -P udp
	assert_state OK
	assert_text "50% used ($most"
}

@test "usage: where it cannot be read what listens, nothing is told outbound" {
	mksock tcp-listen,port=40000 tcp-established,port=40000,fromport=50000,count=10
	look_without tcp6
	assert_state UNKNOWN
	assert_text "at least 0% used (limit 70%, 0 of 19): the socket tables could not be read (Operation not permitted)"
	assert_perfdata used 0
	look_without udp6
	assert_state OK
	percent usage 0 19
	# Nor where a row makes no sense.
	echo "  99: nonsense" >>"$BATS_TEST_TMPDIR/proc/1/net/tcp"
	look_without udp6
	assert_state UNKNOWN
	assert_text "at least 0% used (limit 70%, 0 of 19): 1 row made no sense"
	assert_perfdata used 0
}

@test "protocols other than TCP and UDP, and both at once, are refused" {
	local text="--protocol: TCP or UDP, which have a range each"
	for list in unix sctp tcp,udp all raw4; do
		look -P "$list"
		assert_state UNKNOWN
		assert_text "$text"
	done
	look -P tcp4
	assert_state OK
}

@test "another user may ask" {
	mksock tcp-listen,port=5001 tcp-connect,port=5001,count=19
	run_plugin_as 65534 check_ephemeral_ports
	assert_state CRITICAL
	assert_text "95% used from 127.0.0.1 to 127.0.0.1:5001 (limit 90%, 19 of 20)"
}
