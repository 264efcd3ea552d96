#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sources.bats - netlink, /proc and other programs tell the same of the same sockets

load ../helpers

# As many kinds of sockets as mksock makes, over both families.
make_zoo() {
	local addr base=20000 items=()
	for addr in 127.0.0.1 ::1 ::ffff:127.0.0.1; do
		items+=("tcp-listen,addr=$addr,port=$((base + 0)),backlog=9"
			"tcp-connect,addr=$addr,port=$((base + 0)),count=3" # two stay unaccepted
			"tcp-established,addr=$addr,port=$((base + 1)),unread=1000,unacked=2000"
			"tcp-syn-sent,addr=$addr,port=$((base + 2))"
			"tcp-syn-recv,addr=$addr,port=$((base + 3)),peer=gone"
			"tcp-fin-wait1,addr=$addr,port=$((base + 4)),peer=gone"
			"tcp-fin-wait2,addr=$addr,port=$((base + 5))"
			"tcp-close-wait,addr=$addr,port=$((base + 6)),peer=orphan"
			"tcp-last-ack,addr=$addr,port=$((base + 7))"
			"tcp-closing,addr=$addr,port=$((base + 8))"
			"tcp-time-wait,addr=$addr,port=$((base + 9)),count=2"
			"tcp-fin-wait1,addr=$addr,port=$((base + 10)),orphan,peer=gone"
			"tcp-fin-wait2,addr=$addr,port=$((base + 11)),orphan"
			"tcp-last-ack,addr=$addr,port=$((base + 12)),orphan"
			"udp-bound,addr=$addr,port=$((base + 0)),unread=3,drops=4"
			"udp-connected,addr=$addr,port=$((base + 1))")
		base=$((base + 1000))
	done
	# shellcheck disable=SC1003 # the backslashes are mksock's
	mksock "${items[@]}" tcp-accept,port=20000 tcp-listen,addr=::,port=20020 \
		tcp-listen,addr=::,port=20021,v6only tcp-listen,addr=0.0.0.0,port=20021 \
		tcp-listen,addr=0.0.0.0,port=20022,device=lo tcp-listen,port=20023,reuseport,count=4 \
		tcp-bound,port=20024 tcp-unbound udp-unbound udp-bound,port=20025,reuseport,count=3 \
		udp-bound,addr=::,port=20026,v6only raw,protocol=253 raw,protocol=253,addr=::1 \
		"unix-listen,path=$BATS_TEST_TMPDIR/stream" \
		"unix-listen,path=$BATS_TEST_TMPDIR/seq,type=seqpacket" \
		"unix-bound,path=$BATS_TEST_TMPDIR/datagram,type=dgram" \
		"unix-bound,path=$BATS_TEST_TMPDIR/bound" \
		"unix-listen,path=$BATS_TEST_TMPDIR/gone,unlinked" \
		'unix-listen,path=@a b|"\x27\xff\x2c\x5c' 'unix-listen,path=@\x01,type=seqpacket' \
		'unix-connect,path=@a b|"\x27\xff\x2c\x5c,count=2' \
		"unix-connected,path=$BATS_TEST_TMPDIR/stream" unix-pair,count=2 unix-pair,type=dgram
}

# same_records PROTOCOL COUNT: both sources tell so many records, and the same.
same_records() {
	local source
	for source in netlink procfs; do
		run_command "$BUILDDIR/tests/records" "$source" "$1"
		assert_status 0
		sort "$PLUGIN_STDOUT" >"$BATS_TEST_TMPDIR/$source"
	done
	diff "$BATS_TEST_TMPDIR/netlink" "$BATS_TEST_TMPDIR/procfs" || fail "the sources differ on $1"
	equal "$1" "$2" "$(wc -l <"$BATS_TEST_TMPDIR/netlink")"
}

# Rows of /proc/net files, headings aside.
rows() {
	in_netns cat "${@/#//proc/net/}" | grep -vc local_address || true
}

@test "netlink and /proc tell identical records of the same sockets" {
	make_zoo
	same_records tcp "$(rows tcp tcp6)"
	same_records udp "$(rows udp udp6)"
	equal "udp" 10 "$(rows udp udp6)"
	same_records unix 17 # the two that nobody accepted yet are part of their listener
	# One row of each state at least, or this test would prove little.
	run_command "$BUILDDIR/tests/records" netlink tcp
	local state
	for state in 1 2 3 4 5 6 8 9 10 11; do
		grep -q " state=$state " "$PLUGIN_STDOUT" || fail "no socket in state $state"
	done
}

@test "raw sockets too" {
	mksock raw,protocol=253,count=2 raw,protocol=254,addr=::1
	in_netns "$BUILDDIR/tests/records" netlink raw >/dev/null 2>&1 || skip "no raw_diag in this kernel"
	same_records raw 3
}

@test "auto falls back where netlink has no answer" {
	mksock raw,protocol=253,count=2
	run_command "$BUILDDIR/tests/records" auto raw
	assert_status 0
	equal "raw" 2 "${#lines[@]}"
}

# perfdata_of PLUGIN ARGUMENT...: its performance data alone.
perfdata_of() {
	run_plugin "$@"
	printf '%s\n' "${lines[0]#* | }"
}

@test "the three plugins answer the same by netlink and by /proc" {
	make_zoo
	local pid=$MKSOCK_PID arguments
	for arguments in "check_conn_count" "check_conn_count -s all" "check_conn_count -P udp" \
		"check_conn_count -P udp -s close" "check_conn_count -P unix" "check_conn_count -4" \
		"check_conn_count -6" "check_conn_count -p 20000-20005" "check_conn_count -u 0" \
		"check_conn_count --pid $pid" "check_conn_count --remote-address 127.0.0.0/8" \
		"check_proc_sockets --pid $pid -P tcp,udp,unix" \
		"check_proc_sockets --pid $pid -P tcp -s established" \
		"check_port_listen -p 20000-20007 -c 0:" \
		"check_port_listen -p 20020-20027,20025/udp -c 0: -m listeners"; do
		# shellcheck disable=SC2086 # words
		equal "$arguments" "$(perfdata_of $arguments --source netlink | sed 's/ [a-z0-9_]*backlog=[^ ]*//g')" \
			"$(perfdata_of $arguments --source procfs | sed 's/ [a-z0-9_]*backlog=[^ ]*//g')"
	done
}

@test "ss counts the same" {
	need_command ss
	make_zoo
	local item
	# ss lists TIME_WAIT and SYN_RECV in `all`; its filter words are ours.
	for item in established syn-sent syn-recv fin-wait-1 fin-wait-2 time-wait close-wait last-ack \
		closing listening; do
		run_plugin check_conn_count -s "$item"
		assert_perfdata connections "$(in_netns ss -Htan state "$item" | wc -l)"
	done
	run_plugin check_conn_count -s all
	assert_perfdata connections "$(in_netns ss -Htan | wc -l)"
	run_plugin check_conn_count
	assert_perfdata connections "$(in_netns ss -Htan state connected | wc -l)"
	run_plugin check_conn_count -s synchronized
	assert_perfdata connections "$(in_netns ss -Htan state synchronized | wc -l)"
	run_plugin check_conn_count -p 20001
	assert_perfdata connections "$(in_netns ss -Htan state connected sport = :20001 | wc -l)"
	run_plugin check_conn_count --remote-port 20001
	assert_perfdata connections "$(in_netns ss -Htan state connected dport = :20001 | wc -l)"
	run_plugin check_conn_count -P udp -s all
	assert_perfdata connections "$(in_netns ss -Huan | wc -l)"
	run_plugin check_conn_count -P unix -s listen
	assert_perfdata connections "$(in_netns ss -Hxl | grep -c LISTEN)"
}

@test "--procfs: what has no heading is no table, and a process is no /proc" {
	local dir=$BATS_TEST_TMPDIR/proc
	mkdir -p "$dir/1/net"
	echo garbage >"$dir/1/net/tcp"
	run_plugin check_port_listen -p 22 -P tcp4 --closed --procfs "$dir"
	assert_state UNKNOWN
	run_plugin check_conn_count -P tcp4 -s listen -c 0 --procfs "$dir"
	assert_state UNKNOWN
	assert_text_like "1 row made no sense"
	run_plugin check_conn_count --procfs /proc/self
	assert_state UNKNOWN
	assert_text "cannot look at /proc/self: it is no /proc"
}
