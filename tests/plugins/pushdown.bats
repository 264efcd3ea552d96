#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# pushdown.bats - the kernel delivers what a filter wants, and hardly anything else

load ../helpers

# same_as_filtered_here PROTOCOL TABLES: dumps with 150 filters tell what whole ones do.
same_as_filtered_here() {
	local all received wanted requests
	run_command "$BUILDDIR/tests/filters" "$1" 150
	assert_status 0
	eval "$output"
	# No program was refused, which would be answered by a request without.
	equal "requests" "$((150 * $2))" "$requests"
	[ "$wanted" -gt 100 ] || fail "so few rows prove little"
	[ "$received" -ge "$wanted" ] || fail "rows out of nowhere"
	[ "$received" -lt "$((all / 2))" ] || fail "the kernel filters nothing"
}

@test "filtered by the kernel or by us: the same sockets" {
	local addr base=20000 items=()
	for addr in 127.0.0.1 ::1 ::ffff:127.0.0.1; do
		items+=("tcp-listen,addr=$addr,port=$((base + 0))"
			"tcp-connect,addr=$addr,port=$((base + 0)),count=3"
			"tcp-established,addr=$addr,port=$((base + 1)),count=2"
			"tcp-syn-sent,addr=$addr,port=$((base + 2))"
			"tcp-fin-wait2,addr=$addr,port=$((base + 5))"
			"tcp-time-wait,addr=$addr,port=$((base + 9)),count=2"
			"udp-bound,addr=$addr,port=$((base + 0))"
			"udp-connected,addr=$addr,port=$((base + 1)),count=2")
		base=$((base + 1000))
	done
	mksock "${items[@]}" tcp-accept,port=20000 tcp-listen,addr=::,port=20010 \
		tcp-listen,addr=::,port=20011,v6only tcp-listen,addr=0.0.0.0,port=20011 \
		udp-bound,addr=::,port=20010 udp-bound,addr=::,port=20011,v6only
	same_as_filtered_here tcp 1
	same_as_filtered_here udp 2
}

@test "... of mptcp" {
	[ "$(cat /proc/sys/net/mptcp/enabled 2>/dev/null)" = 1 ] || skip "no mptcp in this kernel"
	mksock mptcp-listen,port=20000 mptcp-established,port=20001,count=3 \
		mptcp-listen,addr=::,port=21000
	same_as_filtered_here mptcp 2
}

# work PLUGIN ARGUMENT...: sets requests, rows, matched, descriptors from the line of -vvv.
work() {
	run_plugin "$@" -vvv
	local line
	line=$(grep '^work: ' "$PLUGIN_STDOUT") || fail "no line of work"
	read -r _ requests _ _ _ rows _ matched _ descriptors _ <<<"$line"
}

# costs ROWS MATCHED ARGUMENT...: check_conn_count receives so many rows, and counts so many.
costs() {
	local requests rows matched descriptors
	work check_conn_count "${@:3}"
	equal "rows of ${*:3}" "$1" "$rows"
	equal "matched of ${*:3}" "$2" "$matched"
	equal "requests of ${*:3}" 1 "$requests"
	equal "descriptors of ${*:3}" 0 "$descriptors"
	assert_output_like "connections=$2 "
}

@test "of a thousand connections the one that is asked for" {
	mksock self,nofile=3000 tcp-listen,port=7000,backlog=1100 tcp-listen,port=7001,addr=127.0.0.2 \
		tcp-listen,port=7002,addr=::1 \
		tcp-connect,port=7000,count=1000 tcp-accept,port=7000,count=1000 \
		tcp-connect,addr=127.0.0.2,port=7001,from=127.9.9.9,fromport=9000 \
		tcp-connect,addr=::1,port=7002
	costs 2004 2004
	costs 1 1 --remote-port 7001
	costs 1 1 -p 7001
	costs 2 2 --remote-port 7001,7002
	costs 3 3 -p 7001-7003,9000
	costs 1 1 --remote-address 127.9.9.0/24
	costs 2 2 --local-address 127.9.9.9 --local-address ::1 -p 1-7002,9000
	costs 2 2 -6
	costs 2 2 --exclude-remote-address 127.0.0.1/32,127.9.9.9,127.0.0.2
	costs 0 0 --remote-address 10.0.0.0/8
	costs 0 0 -s time_wait
	costs 3 3 -s listen
	# /proc knows no filter.
	work check_conn_count -p 7001 --source procfs
	equal "rows" 2007 "$rows"
	equal "matched" 1 "$matched"
}

@test "a listener of the process whose name was given is found at once" {
	mksock begin,comm=holder,nofile=1000 tcp-listen,port=7000 tcp-established,port=7001,count=300 end \
		begin,copies=20,comm=other tcp-unbound,count=10 end
	local requests rows matched descriptors
	work check_port_listen -p 7000 -C holder
	assert_state OK
	# Its low descriptors, and none of anybody else.
	[ "$descriptors" -le 64 ] || fail "$descriptors descriptors"
}

@test "... and of the other processes nothing but the name is read" {
	need_command strace
	mksock begin,comm=holder tcp-listen,port=7000 end begin,copies=20,comm=other end
	run_command strace -o "$BATS_TEST_TMPDIR/trace" -e trace=openat,readlinkat \
		"$BUILDDIR/plugins/check_port_listen" -p 7000 -C holder
	assert_state OK
	equal "command lines" 0 "$(grep -c '/cmdline"' "$BATS_TEST_TMPDIR/trace")"
	equal "executables" 1 "$(grep -c '/exe"' "$BATS_TEST_TMPDIR/trace")" # was it replaced?
	# It may be the executable that has the name.
	run_command strace -o "$BATS_TEST_TMPDIR/trace" -e trace=openat,readlinkat \
		"$BUILDDIR/plugins/check_port_listen" -p 7000 -C mksock
	assert_state OK
	[ "$(grep -c '/cmdline"' "$BATS_TEST_TMPDIR/trace")" -gt 0 ] || fail "no command line was read"
	# The user stands in the record.
	run_command strace -o "$BATS_TEST_TMPDIR/trace" -e trace=openat,readlinkat \
		"$BUILDDIR/plugins/check_port_listen" -p 7000 -u root
	assert_state OK
	equal "processes" 0 "$(grep -Ec '[0-9]+/(fd|comm|cmdline)"' "$BATS_TEST_TMPDIR/trace")"
}

@test "of a server's connections those that took a port of the range" {
	mksock tcp-listen,port=7000 tcp-connect,port=7000,from=127.0.0.2,fromport=9000,count=100 \
		tcp-accept,port=7000,count=100 tcp-listen,port=7001 tcp-connect,port=7001
	local requests rows matched descriptors
	work check_ephemeral_ports
	assert_perfdata used 1
	# The two listeners, and it.
	equal "rows" 3 "$rows"
}
