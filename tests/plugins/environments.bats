#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# environments.bats - where little is permitted or there: a sound verdict, or UNKNOWN with the reason

load ../helpers

PLUGINS=(check_conn_count check_ephemeral_ports check_listen_audit check_port_listen
	check_proc_sockets)
declare -gA TRUTH=() # what each of them says in this test where all is permitted
CONFINE=$BUILDDIR/tests/confine
NO_PROC="no /proc of this pid namespace is mounted"

setup() {
	sockets_setup
	# shellcheck disable=SC2119
	in_netns sh -c 'echo 40000 40099 >/proc/sys/net/ipv4/ip_local_port_range' 2>/dev/null ||
		skip "may not set ip_local_port_range"
	mksock self,comm=server,nofile=100 tcp-listen,port=80 tcp-established,port=80,count=3 \
		tcp-listen,addr=::,port=443 udp-bound,port=53 unix-pair
}

# ask PLUGIN: sets QUESTION and the STATE of its answer.
ask() {
	QUESTION=("$BUILDDIR/plugins/$1")
	case $1 in
	check_conn_count) STATE=0 QUESTION+=(-w 20) ;;
	check_ephemeral_ports) STATE=1 QUESTION+=(-w 2) ;;
	check_listen_audit) STATE=2 QUESTION+=(--allow "80,53/udp") ;;
	check_port_listen) STATE=0 QUESTION+=(-p "80,443,53/udp" -C server) ;;
	check_proc_sockets) STATE=0 QUESTION+=(-C server) ;;
	esac
}

# AddressSanitizer takes terabytes of addresses and reads /proc/self/maps.
need_no_asan() {
	! on_asan ||
		skip "built with AddressSanitizer"
}

# inside COMMAND...: the environment, behind which the plugin runs.
inside() {
	# shellcheck disable=SC2016 # the inner shell expands it
	unshare --mount true 2>/dev/null || skip "may not make a mount namespace"
	ENVIRONMENT=(unshare --mount sh -c "$1 && exec \"\$@\"" sh)
	in_netns "${ENVIRONMENT[@]}" true 2>/dev/null || skip "cannot be done here: $1"
}

steady() {
	sed 's/ for [0-9]*s/ for AGE/g' "$PLUGIN_STDOUT"
}

# as_ever OPTION... -- COMMAND...: behind this command every plugin says what it says without, where
# it has these options.
as_ever() {
	local plugin options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	for plugin in "${PLUGINS[@]}"; do
		ask "$plugin"
		if [ -z "${TRUTH[$plugin]-}" ]; then
			run_command "${QUESTION[@]}" "${options[@]}"
			assert_state "$STATE"
			TRUTH[$plugin]=$(steady)
		fi
		run_command "$@" "${QUESTION[@]}"
		equal "$plugin behind $*" "${TRUTH[$plugin]}" "$(steady)"
		assert_state "$STATE"
	done
}

# unknown TEXT ARGUMENT...: so says the plugin in the environment.
unknown() {
	run_command "${ENVIRONMENT[@]}" "$BUILDDIR/plugins/$2" "${@:3}"
	assert_state UNKNOWN
	# Units help where the host has cgroups of version 2 below the root.
	[ "$(text)" = "${1/use --unit, or /}" ] || assert_text "$1"
}

@test "what the plugins say where all is permitted" {
	run_plugin check_conn_count -w 20
	assert_line1 "CONN_COUNT OK - 6 connections (6 established) | connections=6;20 established=6 \
syn_sent=0 syn_recv=0 fin_wait1=0 fin_wait2=0 time_wait=0 close_wait=0 last_ack=0 closing=0"
	run_plugin check_ephemeral_ports -w 2
	assert_perfdata used 3
	run_plugin check_listen_audit --allow 80,53/udp
	assert_text_like "^1 unexpected: \[::\]:443/tcp server\[$MKSOCK_PID\] user "
	run_plugin check_port_listen -p 80,443,53/udp -C server
	assert_perfdata listening '3;;3:'
	run_plugin check_proc_sockets -C server
	assert_perfdata sockets 11
	assert_perfdata fd_usage 14%
}

# ---- system calls that are refused ---------------------------------------------------------------

@test "seccomp refuses netlink: what --source procfs says" {
	local error limit
	for error in EPERM EAFNOSUPPORT ENOSYS; do
		as_ever --source procfs -- "$CONFINE" netlink=$error
	done
	ENVIRONMENT=("$CONFINE" netlink=EPERM)
	unknown "cannot count them all, at least 0 connections: the socket tables could not be read \
(Operation not permitted)" check_conn_count --source netlink
	# Whatever the limits.
	for limit in fds=1000 sockets=2:; do
		unknown "cannot count them all, at least 11 sockets in 1 process: the socket tables could not be read \
(Operation not permitted)" check_proc_sockets -C server --source netlink -c "$limit"
	done
	unknown "cannot count them all, at least 0 sockets in 1 process: the socket tables could not be read \
(Operation not permitted)" check_proc_sockets -C server --source netlink -p 80
}

@test "seccomp refuses other calls" {
	export ASAN_OPTIONS=detect_leaks=0 # which takes a thread
	local call
	mksock begin,copies=60,comm=worker udp-unbound end
	for call in threads=EPERM capget=EPERM prctl=EPERM inet6=EAFNOSUPPORT; do
		as_ever -- "$CONFINE" $call
		run_command "$CONFINE" $call "$BUILDDIR/plugins/check_proc_sockets" -C worker
		assert_perfdata processes 60
		assert_perfdata sockets 60
	done
}

# ---- file systems --------------------------------------------------------------------------------

@test "a read-only root" {
	inside 'mount -o remount,bind,ro / && ! touch / 2>/dev/null'
	as_ever -- "${ENVIRONMENT[@]}"
}

@test "no /proc: netlink answers, what needs processes is UNKNOWN" {
	need_no_asan
	inside 'mount -t tmpfs none /proc'
	run_command "${ENVIRONMENT[@]}" "$BUILDDIR/plugins/check_conn_count" -w 5
	assert_state WARNING
	assert_perfdata connections '6;5'
	run_command "${ENVIRONMENT[@]}" "$BUILDDIR/plugins/check_port_listen" -p 80,53/udp
	assert_state OK
	unknown "80/tcp listens, $NO_PROC: use --unit, or mount it" check_port_listen -p 80 -C server
	unknown "80/tcp listens, $NO_PROC: use --unit, or mount it" \
		check_port_listen -p 80 --pid "$MKSOCK_PID"
	unknown "no process seen matches server: $NO_PROC: mount it" check_proc_sockets -C server
	unknown "no process seen matches pid $MKSOCK_PID: $NO_PROC: mount it" \
		check_proc_sockets --pid "$MKSOCK_PID"
	unknown "cannot count them all, at least 0 connections: $NO_PROC: mount it" \
		check_conn_count --source procfs
	unknown "the range of local ports cannot be read: $NO_PROC: mount it" \
		check_ephemeral_ports
	run_command "${ENVIRONMENT[@]}" "$BUILDDIR/plugins/check_listen_audit" --allow 80
	assert_state CRITICAL
}

# other_proc: ENVIRONMENT has the /proc of a pid namespace that it is not in.
other_proc() {
	local enter=("${NETNS_ENTER[@]}")
	need_no_asan
	[ -n "${OWN_PIDS-}" ] || skip "no pid namespace of its own"
	NETNS_ENTER+=(unshare --mount --pid --fork --kill-child --mount-proc)
	# shellcheck disable=SC2119 # without sockets: it holds the namespaces
	mksock
	NETNS_ENTER=("${enter[@]}")
	# This test's own root may lie deeper than the namespace's.
	ENVIRONMENT=(nsenter "--mount=/proc/$MKSOCK_PID/ns/mnt" "--root=/proc/$MKSOCK_PID/root")
}

@test "/proc of a pid namespace further in: not that the kernel holds it, or nobody" {
	other_proc
	unknown "80/tcp listens, $NO_PROC: use --unit, or mount it" check_port_listen -p 80 -C server
	unknown "80/tcp listens, $NO_PROC: use --unit, or mount it" check_port_listen -p 80 -C other
	unknown "no process seen matches server: $NO_PROC: mount it" check_proc_sockets -C server
	unknown "cannot count them all, at least 0 connections: $NO_PROC: mount it" \
		check_conn_count --source procfs
	run_command "${ENVIRONMENT[@]}" "$BUILDDIR/plugins/check_conn_count" -w 5
	assert_state WARNING
	assert_perfdata connections '6;5'
}

@test "/proc of the pid namespace around" {
	unshare --pid --fork true 2>/dev/null || skip "may not make a pid namespace"
	as_ever -- unshare --pid --fork
}

# ---- limits --------------------------------------------------------------------------------------

@test "eight descriptors" {
	# shellcheck disable=SC2016 # the inner shell expands it
	as_ever -- bash -c 'for fd in {3..255}; do exec {fd}>&-; done; ulimit -n 8; exec "$@"' sh
}

@test "16 MiB of address space" {
	need_no_asan
	mksock self,nofile=2000 tcp-listen,port=1000,ports=1000 begin,copies=60,comm=worker \
		udp-unbound end
	# shellcheck disable=SC2016 # the inner shell expands it
	as_ever -- sh -c 'ulimit -v 16384; exec "$@"' sh
}

# ---- nobody reads the verdict --------------------------------------------------------------------

@test "a full disk, closed stdout, a reader that is gone: exit 3" {
	local plugin pipe=$BATS_TEST_TMPDIR/pipe stdout reader writer code
	[ -c /dev/full ] || skip "there is no /dev/full"
	mkfifo "$pipe"
	exec {reader}<>"$pipe"
	exec {writer}>"$pipe"
	exec {reader}<&-
	for plugin in "${PLUGINS[@]}"; do
		ask "$plugin"
		for stdout in '>/dev/full' '>&-' '<&- >&- 2>&-' ">&$writer"; do
			code=0
			in_netns bash -c "exec \"\$@\" $stdout" bash "${QUESTION[@]}" 2>/dev/null || code=$?
			equal "$plugin $stdout" 3 "$code"
		done
	done
	exec {writer}>&-
}

# ---- kernels -------------------------------------------------------------------------------------

@test "IPv6 is switched off" {
	in_netns sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6' 2>/dev/null ||
		skip "may not set disable_ipv6"
	mksock_stop
	mksock self,comm=server,nofile=100 tcp-listen,port=80 tcp-established,port=80,count=3
	run_plugin check_conn_count
	assert_state OK
	assert_perfdata connections 6
	run_plugin check_port_listen -p 80 -C server
	assert_state OK
	run_plugin check_port_listen -p 80 -6
	assert_state CRITICAL
	assert_text "80/tcp listens on 127.0.0.1, not on IPv6"
	run_plugin check_listen_audit --allow 80
	assert_state OK
	run_plugin check_proc_sockets -C server
	assert_perfdata sockets 7
}

@test "a kernel without IPv6: its tables are absent, which is complete and empty" {
	local dir=$BATS_TEST_TMPDIR/proc table
	mkdir -p "$dir/1/net"
	for table in tcp udp unix; do
		in_netns cat /proc/net/$table >"$dir/1/net/$table"
	done
	in_netns grep -v 'v6' /proc/net/protocols >"$dir/1/net/protocols"
	run_plugin check_conn_count --procfs "$dir" -w 6 -vv
	assert_state OK
	assert_output_like $'\n'"tcp6: not in this kernel"$'\n'
	assert_perfdata connections '6;6'
	run_plugin check_port_listen --procfs "$dir" -p 443,80
	assert_state CRITICAL
	assert_text "443/tcp not listening (80/tcp ok)"
	in_netns cat /proc/net/protocols >"$dir/1/net/protocols"
	run_plugin check_conn_count --procfs "$dir" -w 6 # the kernel has it, its table cannot be read
	assert_state UNKNOWN
}

@test "--procfs of a copy that lacks a table: UNKNOWN, whatever else is there" {
	local dir=$BATS_TEST_TMPDIR/proc
	mkdir -p "$dir/1/net"
	in_netns cat /proc/net/tcp >"$dir/1/net/tcp"
	run_plugin check_port_listen --procfs "$dir" -p 443 --closed
	assert_state UNKNOWN
	assert_text "443/tcp not seen listening: the socket tables could not be read (No such file or directory)"
	run_plugin check_conn_count --procfs "$dir" -w 6
	assert_state UNKNOWN
	run_plugin check_conn_count --procfs "$dir" -w 5
	assert_state WARNING
	in_netns cat /proc/net/tcp6 >"$dir/1/net/tcp6"
	run_plugin check_conn_count --procfs "$dir" -w 6
	assert_state OK
	run_plugin check_conn_count --procfs "$dir" -P tcp,sctp -w 6
	assert_state UNKNOWN
}

# old PLUGIN [ARGUMENT]...: built to get no cgroup id and no IPV6_V6ONLY from netlink. For --unit see
# units.bats.
old() {
	run_command "$BUILDDIR/tests/old_$1" "${@:2}"
}

@test "a kernel that tells neither cgroup nor IPV6_V6ONLY: the same where it does not matter" {
	old check_port_listen -p 80,443 -C server -c backlog=90
	assert_state OK
	assert_perfdata listening '2;;2:'
	old check_port_listen -p 443 -H ::1
	assert_state OK
	old check_port_listen -p 80 -H 127.0.0.1
	assert_state OK
	old check_listen_audit --allow 80,53/udp
	assert_state CRITICAL
	assert_text_like "^1 unexpected: \[::\]:443/tcp server\[$MKSOCK_PID\] user "
}

@test "a kernel without /proc/thread-self: our own tables are read, those of another namespace are not" {
	local question
	old check_port_listen -p 80 -P tcp4 --source procfs
	assert_state OK
	# Where nothing listens. The main thread's tables are ours.
	NETNS_ENTER+=(unshare -n)
	mksock
	local other=$MKSOCK_PID
	unset 'NETNS_ENTER[-1]' 'NETNS_ENTER[-1]'
	for question in '-p 80' '-p 80 --closed'; do
		# shellcheck disable=SC2086 # a list
		old check_port_listen $question -P tcp4 --source procfs --netns "/proc/$other/ns/net"
		assert_state UNKNOWN
	done
}

@test "a kernel that does not tell IPV6_V6ONLY: UNKNOWN where IPv4 hangs on it" {
	old check_port_listen -p 443 -H 127.0.0.1
	assert_state UNKNOWN
	assert_text_like "^443/tcp listens on ::, perhaps not on 127\.0\.0\.1: "
	old check_port_listen -p 443 -4 --closed
	assert_state UNKNOWN
	run_plugin check_port_listen -p 443 -H 127.0.0.1 # which this kernel does tell
	assert_state OK
}
