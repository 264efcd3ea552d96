#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# soundness.bats - never OK and never CRITICAL on absent evidence: views that really are incomplete

load ../helpers

NOBODY=65534

# table COMMAND ROW...: ROW is "THRESHOLD STATE"; nobody runs it, with root as the exact answer if
# a third word follows.
table() {
	local command=$1 row threshold state exact
	for row in "${@:2}"; do
		read -r threshold state exact <<<"$row"
		# shellcheck disable=SC2086 # words
		run_plugin_as "$NOBODY" $command ${threshold/:=/ }
		assert_state "$state"
		[ "$state" != UNKNOWN ] || assert_text_like "not readable|hides processes"
		[ -n "$exact" ] || continue
		# shellcheck disable=SC2086 # words
		run_plugin $command ${threshold/:=/ }
		assert_state "$exact"
	done
}

need_own_pids() {
	[ -n "${OWN_PIDS-}" ] || skip "needs a pid namespace of its own"
}

setup() {
	sockets_setup
	need_users $NOBODY
}

# ---- intervals ----------------------------------------------------------------------------------

@test "a count of which nothing can be seen: at least 0" {
	need_own_pids
	mksock 'self,comm=main' tcp-established,port=80,count=3 # 6
	table "check_conn_count -C main" "-w:=10 UNKNOWN OK" "-w:=5 UNKNOWN WARNING" \
		"-c:=5 UNKNOWN CRITICAL" "-c:=1: UNKNOWN OK" "-c:=7: UNKNOWN CRITICAL" \
		"-c:=0: OK OK" "-c:=@0 UNKNOWN OK" "-c:=@5:7 UNKNOWN CRITICAL" \
		"-c:=@0: CRITICAL CRITICAL" "-w:=@0: WARNING WARNING" "-c:=6:6 UNKNOWN OK" \
		"-c:=established=5 UNKNOWN CRITICAL" "-w:=close_wait=0 UNKNOWN OK"
}

@test "a count of which a part can be seen: at least that" {
	need_own_pids
	mksock begin,comm=app tcp-established,port=80,count=3 end \
		begin,comm=app,uid=$NOBODY tcp-established,port=8080,count=2 end # 6 + 4
	table "check_conn_count -C app" "-w:=3 WARNING WARNING" "-c:=3 CRITICAL CRITICAL" \
		"-w:=4 UNKNOWN WARNING" "-w:=10 UNKNOWN OK" "-c:=4: OK OK" "-c:=5: UNKNOWN OK" \
		"-c:=11: UNKNOWN CRITICAL" "-c:=@0:3 OK OK" "-c:=@4:9 UNKNOWN OK" \
		"-c:=@4: CRITICAL CRITICAL" "-c:=2:20 UNKNOWN OK" "-c:=1:3 CRITICAL CRITICAL" \
		"-w:=connections=3,established=99 WARNING WARNING" "-c:=established=3 CRITICAL CRITICAL"
	run_plugin_as "$NOBODY" check_conn_count -C app -c 20
	assert_text_like "^connections at least 4 \(limit 20\)"
	table "check_proc_sockets -C app" "-w:=3 WARNING WARNING" "-w:=4 UNKNOWN WARNING" \
		"-c:=4: OK OK" "-c:=5: UNKNOWN OK" "-w:=tcp=3 WARNING WARNING" \
		"-w:=max_per_process=3 WARNING WARNING" "-w:=max_per_process=4 UNKNOWN WARNING" \
		"-w:=udp=0 UNKNOWN OK" "-c:=close_wait=1: UNKNOWN CRITICAL"
}

@test "the worst of several metrics, WARNING and CRITICAL before UNKNOWN before OK" {
	need_own_pids
	mksock begin,comm=app tcp-established,port=80 end \
		begin,comm=app,uid=$NOBODY tcp-established,port=8080,count=2 end
	run_plugin_as "$NOBODY" check_conn_count -C app -w connections=3 -c connections=100
	assert_state WARNING # at least 4: 3 is passed for sure, 100 nobody knows
	run_plugin_as "$NOBODY" check_conn_count -C app -c established=3 -w connections=100
	assert_state CRITICAL
	run_plugin_as "$NOBODY" check_conn_count -C app -c connections=1: -w established=100
	assert_state UNKNOWN
}

@test "processes, fds and fd_usage need no privilege: exact" {
	need_own_pids
	[ "$(stat -c %s /proc/self/fd)" -gt 0 ] || skip "before Linux 6.2 descriptors are not counted for anybody"
	mksock begin,comm=app,nofile=100,fds=47 tcp-listen,port=80 end
	local fds
	fds=$(find "/proc/$(mksock_pids app)/fd" -mindepth 1 | wc -l)
	table "check_proc_sockets -C app" "-c:=fds=$fds:$fds OK OK" "-c:=fds=$((fds - 1)) CRITICAL CRITICAL" \
		"-c:=fd_usage=$fds:$fds OK OK" "-w:=fd_usage=$((fds + 1)): WARNING WARNING" \
		"-c:=processes=1:1 OK OK" "-c:=processes=2: CRITICAL CRITICAL" "-c:=sockets=1: UNKNOWN OK"
}

@test "ages and deleted executables, of which nothing or a part can be seen" {
	need_own_pids
	mksock begin,comm=app tcp-listen,port=80 end
	table "check_port_listen -p 80" "-c:=age=100 UNKNOWN OK" "-c:=age=100: UNKNOWN CRITICAL" \
		"-w:=age=0: UNKNOWN OK" "-c:=age_max=100 UNKNOWN OK" "-c:=deleted=0 UNKNOWN OK" \
		"-c:=deleted=@0: CRITICAL CRITICAL"
	# One's own process holds it, and perhaps others do: age at most, age_max at least.
	mksock begin,comm=mine,uid=$NOBODY tcp-listen,port=8080 end
	table "check_port_listen -p 8080" "-c:=age=100000 OK OK" "-c:=age=100000: CRITICAL CRITICAL" \
		"-c:=age_max=100000 UNKNOWN OK" "-c:=age_max=100000: UNKNOWN CRITICAL" \
		"-c:=age_max=0: OK OK" "-c:=deleted=0 UNKNOWN OK"
}

@test "a listener in unknown hands is neither right nor wrong; a missing one is missing" {
	need_own_pids
	mksock begin,comm=app tcp-listen,port=80 end
	local option
	for option in "-C app" "--pid $(mksock_pids app)" "--exe $MKSOCK"; do
		# shellcheck disable=SC2086 # words
		run_plugin_as "$NOBODY" check_port_listen -p 80 $option
		assert_state UNKNOWN
		assert_text_like "^80/tcp listens, its holder is not readable for uid $NOBODY: "
		assert_perfdata listening "1;;1:"
		# shellcheck disable=SC2086 # words
		run_plugin_as "$NOBODY" check_port_listen -p 81 $option
		assert_state CRITICAL
		# shellcheck disable=SC2086 # words
		run_plugin_as "$NOBODY" check_port_listen -p 80,81 $option
		assert_state CRITICAL
	done
}

# ---- what has no owner --------------------------------------------------------------------------

@test "5,000 sockets in TIME_WAIT leave the owners alone" {
	need_own_pids
	mksock self,comm=app,nofile=12000 tcp-listen,port=80 tcp-established,port=81,count=3 \
		tcp-time-wait,port=82,fromport=20000,count=5000
	run_plugin check_conn_count -c time_wait=5000:5000 -w 5006:5006
	assert_state OK
	run_plugin check_conn_count -C app -c 6:6
	assert_state OK
	refute_output_like "at least"
	run_plugin check_conn_count -C other -c 0
	assert_state OK
	run_plugin check_port_listen -p 80 -C app
	assert_state OK
	run_plugin check_port_listen -p 82 -C app
	assert_state CRITICAL
	run_plugin check_proc_sockets -C app -c sockets=7:7
	assert_state OK
	run_plugin_as "$NOBODY" check_conn_count -u 0 -c 6:6
	assert_state OK
}

@test "a threshold on a state without owners, with owner options, is a mistake" {
	local option state
	for option in "-C app" "-u root" "--unit web" "--pid 1" "--exe /bin/sh" "--pidfile /nosuch"; do
		for state in time_wait syn_recv; do
			# shellcheck disable=SC2086 # words
			run_plugin check_conn_count $option -w $state=5
			assert_state UNKNOWN
			assert_text_like "sockets in this state have no owner"
			# shellcheck disable=SC2086 # words
			run_plugin check_conn_count $option -s $state
			assert_state UNKNOWN
			assert_text_like "sockets in these states have no owner"
		done
	done
}

# ---- the second look ----------------------------------------------------------------------------

# dumps N ARGUMENT...: check_port_listen asks the kernel so often for TCP over IPv4.
dumps() {
	export ASAN_OPTIONS=detect_leaks=0
	run_command strace -f -qq -e trace=?send,sendto,sendmsg -o "$BATS_TEST_TMPDIR/trace" \
		"$BUILDDIR/plugins/$2" "${@:3}"
	equal "dumps of $*" "$1" "$(grep -c 'sdiag_family=AF_INET,' "$BATS_TEST_TMPDIR/trace")"
}

@test "an absence is looked for twice, a presence once" {
	need_command strace
	mksock tcp-listen,port=80 tcp-established,port=81
	dumps 1 check_port_listen -p 80 -P tcp4
	assert_state OK
	dumps 2 check_port_listen -p 80,82 -P tcp4
	assert_state CRITICAL
	dumps 1 check_port_listen -p 82 -P tcp4 --closed
	assert_state OK
	dumps 1 check_port_listen -p 80 -P tcp4 --closed
	assert_state CRITICAL
	dumps 1 check_conn_count -P tcp4 -c 1:
	assert_state OK
	dumps 2 check_conn_count -P tcp4 -c 3:
	assert_state CRITICAL
	dumps 1 check_conn_count -P tcp4 -c 1
	assert_state CRITICAL
	dumps 1 check_listen_audit -P tcp4 --allow 80 -c missing=0
	assert_state OK
	dumps 2 check_listen_audit -P tcp4 --allow 80,82 -c missing=0
	assert_state CRITICAL
	dumps 1 check_listen_audit -P tcp4
	assert_state CRITICAL
}

@test "that none of the matching processes holds a listener is looked for twice" {
	need_own_pids
	mksock begin,comm=app tcp-listen,port=80 end
	run_plugin check_port_listen -p 80 -C app -vv
	assert_state OK
	refute_output_like $'\n''looks: '
	run_plugin check_port_listen -p 80 -C other -vv
	assert_state CRITICAL
	assert_output_like $'\n''looks: 2'
}

# ---- sources that refuse ------------------------------------------------------------------------

# refuse ERRNO PLUGIN ARGUMENT...: NETLINK_SOCK_DIAG sockets cannot be made.
refuse() {
	run_command "$BUILDDIR/tests/confine" "netlink=$1" "$BUILDDIR/plugins/$2" "${@:3}"
}

@test "netlink refused: /proc instead, -vv says so" {
	mksock tcp-listen,port=80 tcp-established,port=81,count=2
	local errno
	for errno in EPERM EACCES EPROTONOSUPPORT EAFNOSUPPORT; do
		refuse $errno check_port_listen -p 80 -vv
		assert_state OK
		assert_output_like "tcp4: procfs"
		refuse $errno check_conn_count -c 4:4
		assert_state OK
	done
	refuse EPERM check_port_listen -p 82
	assert_state CRITICAL
	refuse EPERM check_port_listen -p 80 --source netlink
	assert_state UNKNOWN
	refute_output_like "not listening"
	refuse EPERM check_conn_count --source netlink -c 1:
	assert_state UNKNOWN
}

@test "netlink refused: what /proc does not tell is UNKNOWN, and the remedy is not an option" {
	mksock tcp-listen,port=80
	refuse EPERM check_port_listen -p 80 -c backlog=90
	assert_state UNKNOWN
	assert_text_like "/proc does not tell the limit of an accept queue: run it where netlink is permitted\$"
}

@test "netlink and /proc/net both refused: UNKNOWN" {
	mksock tcp-listen,port=80
	local dir=$BATS_TEST_TMPDIR/proc
	mkdir -p "$dir/1"
	run_plugin check_port_listen -p 80 --procfs "$dir"
	assert_state UNKNOWN
	refute_output_like "80/tcp not listening"
	run_plugin check_conn_count --procfs "$dir"
	assert_state UNKNOWN
	run_plugin check_conn_count --procfs "$dir" -c 1:
	assert_state UNKNOWN
	run_plugin check_conn_count --procfs "$BATS_TEST_TMPDIR/nosuch"
	assert_state UNKNOWN
	refuse EPERM check_port_listen -p 80 --procfs "$dir" --source netlink
	assert_state UNKNOWN
}

# Process 1 never ends: a folder without it is a copy of /proc that shows no holders.
@test "--procfs of a folder without processes: listeners are told, their holders are UNKNOWN" {
	local file=$BATS_TEST_TMPDIR/allow missing options
	echo "80 command=nginx" >"$file"
	procfs_row 80 123
	procfs_process 20 nginx /nginx.service 7
	for missing in 1/comm 1/fd; do
		rm -r "${PROCFS:?}/$missing"
		local why="the folder of --procfs lacks process 1, and maybe others: put the whole of a /proc there"
		run_plugin check_port_listen -p 80 -P tcp4 --procfs "$PROCFS" -v
		assert_state OK
		run_plugin check_port_listen -p 81 -P tcp4 --procfs "$PROCFS"
		assert_state CRITICAL
		run_plugin check_conn_count -s listen -P tcp4 --procfs "$PROCFS" -c 1:1
		assert_state OK
		for options in "-C nginx" "--unit nginx" "--pid 21"; do
			# shellcheck disable=SC2086
			run_plugin check_port_listen -p 80 -P tcp4 --procfs "$PROCFS" $options
			assert_state UNKNOWN
			assert_text_like "$why"
			# shellcheck disable=SC2086
			run_plugin check_conn_count -s listen -P tcp4 --procfs "$PROCFS" $options -c 1:
			assert_state UNKNOWN
			assert_text_like "$why"
		done
		run_plugin check_port_listen -p 80 --procfs "$PROCFS" --netns 21
		assert_state UNKNOWN
		assert_text_like "cannot enter the network namespace 21: $why"
		# A process that is there was seen.
		run_plugin check_port_listen -p 80 -P tcp4 --procfs "$PROCFS" --pid 20
		assert_state CRITICAL
		run_plugin check_listen_audit -P tcp4 --procfs "$PROCFS" --allow-file "$file"
		assert_state UNKNOWN
		assert_text_like "$why"
		for options in "-C nginx" "-C other" "--pid 21"; do
			# shellcheck disable=SC2086
			run_plugin check_proc_sockets -P tcp4 --procfs "$PROCFS" $options -c sockets=1:
			assert_state UNKNOWN
			assert_text_like "$why"
		done
		mkdir -p "$PROCFS/1/fd"
		echo init >"$PROCFS/1/comm"
	done
}
