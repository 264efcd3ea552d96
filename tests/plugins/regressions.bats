#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# regressions.bats - verdicts that were wrong once, one test for each

load ../helpers

NOBODY=65534

need_own_pids() {
	[ -n "${OWN_PIDS-}" ] || skip "needs a pid namespace of its own"
}

# assert_state_of STATE...: any of these.
assert_state_of() {
	local state states=(OK WARNING CRITICAL UNKNOWN)
	for state in "$@"; do
		[ "${states[status]}" != "$state" ] || return 0
	done
	fail "state: one of $* expected"
}

# run_limited N NAME [ARGUMENT]...: with N descriptors; none but stdin, stdout and stderr is open.
run_limited() {
	# shellcheck disable=SC2016 # the inner shell expands it
	run_command bash -c 'for fd in {3..255}; do exec {fd}>&-; done; ulimit -n "$0"; exec "$@"' \
		"$1" "$BUILDDIR/plugins/$2" "${@:3}" || return
	[ "$status" -le 3 ] || fail "exit status above 3"
}

# Few enough that a walk over processes stops at different places, 3 of them being open before.
LIMITS=(4 5 6 7 8 9 10 11 12 13 14 15 16)

setup() {
	sockets_setup
	LONG_PID=''
}

teardown() {
	[ -z "$LONG_PID" ] || kill "$LONG_PID" 2>/dev/null || true
	sockets_teardown
}

# ---- what is selected ---------------------------------------------------------------------------

@test "proc_sockets: of a unix path that nobody has there are no sockets" {
	mksock self,comm=app tcp-listen,port=80 tcp-established,port=81 # 3 sockets
	run_plugin check_proc_sockets --pid "$MKSOCK_PID"
	assert_perfdata sockets 3
	run_plugin check_proc_sockets --pid "$MKSOCK_PID" -p unix:/nonexistent
	assert_state OK
	assert_perfdata sockets 0
	assert_perfdata tcp 0
}

@test "proc_sockets: a process that is named twice is one" {
	need_own_pids
	local file=$BATS_TEST_TMPDIR/app.pid
	mksock self,comm=app tcp-listen,port=80
	echo "$MKSOCK_PID" >"$file"
	run_plugin check_proc_sockets --pid "$MKSOCK_PID" --pidfile "$file" -c processes=1:1
	assert_state OK
	assert_perfdata processes "1;;1:1"
	assert_perfdata sockets 1
	run_plugin check_proc_sockets --pid "$MKSOCK_PID" --pid "$MKSOCK_PID" -c processes=1:1
	assert_state OK
	run_plugin check_proc_sockets --pidfile "$file" --pidfile "$file" -c processes=1:1
	assert_state OK
}

# long_command [N]: a process with the numbers up to N (20,000: 108 KiB) on its command line; LONG_PID
# is it, and ends when killed.
long_command() {
	local pipe=$BATS_TEST_TMPDIR/long stdin stdout ready words
	mkfifo "$pipe.in" "$pipe.out"
	# shellcheck disable=SC2034 # used by name
	exec {stdin}<>"$pipe.in"
	mapfile -t words < <(seq "${1-20000}")
	"${NETNS_ENTER[@]}" sh -c 'echo ready; read x' sh "${words[@]}" <"$pipe.in" >"$pipe.out" 3>&- &
	LONG_PID=$!
	exec {stdout}<"$pipe.out"
	read -r ready <&"$stdout"
	exec {stdout}<&-
	equal "the process with a long command line" ready "$ready"
}

@test "proc_sockets: the end of a command line of more than 32 KiB is looked at too" {
	need_own_pids
	long_command
	[ "$(wc -c <"/proc/$LONG_PID/cmdline")" -gt 32768 ] || fail "the command line is short"
	run_plugin check_proc_sockets -a " 100 " -c processes=1:1
	assert_state OK
	run_plugin check_proc_sockets -a " 19999 " -c processes=1:1
	assert_state_of OK UNKNOWN
	run_plugin check_proc_sockets --ereg-argument-array " 19999 20000\$" -c processes=1:1
	assert_state_of OK UNKNOWN
	# What only a part of a line matches is no match of the line.
	run_plugin check_proc_sockets --ereg-argument-array "^sh .* 20000 nothing else\$"
	assert_state_of CRITICAL UNKNOWN
}

@test "proc_sockets: a command line of more than 256 KiB is read to its end" {
	need_own_pids
	long_command 80000
	[ "$(wc -c <"/proc/$LONG_PID/cmdline")" -gt 262144 ] || fail "the command line is short"
	run_plugin check_proc_sockets -a "echo ready; read x" -c processes=1:1
	assert_state OK
	run_plugin check_proc_sockets -a " 79999 80000" -c processes=1:1
	assert_state OK
	run_plugin check_proc_sockets --ereg-argument-array " 79999 80000\$" -c processes=1:1
	assert_state OK
	run_plugin check_proc_sockets -a "nowhere to be found" --no-match-state ok
	assert_state OK
}

@test "proc_sockets: of a command line without end the beginning is read, and a remedy names it" {
	local dir=$BATS_TEST_TMPDIR/proc
	mkdir -p "$dir/1/net" "$dir/21/fd"
	echo fake >"$dir/21/comm"
	{
		printf 'needle\0'
		head -c 9M /dev/zero | tr '\0' x
	} >"$dir/21/cmdline"
	run_plugin check_proc_sockets --procfs "$dir" --pid 21 -a needle -c processes=1:1
	assert_perfdata processes "1;;1:1"
	run_plugin check_proc_sockets --procfs "$dir" --pid 21 -a other -c sockets=0
	assert_state UNKNOWN
	assert_text_like "8 MiB"
	refute_output_like "not readable for uid"
	run_plugin check_proc_sockets --procfs "$dir" --pid 21 --ereg-argument-array "^needle x*\$" -c sockets=0
	assert_state UNKNOWN
}

@test "proc_sockets: a stack of 256 KiB will do" {
	mksock self,comm=app tcp-listen,port=80
	run_command bash -c 'ulimit -s 256; exec "$@"' sh "$BUILDDIR/plugins/check_proc_sockets" \
		-a "nowhere to be found" --no-match-state ok
	[ "$status" -le 3 ] || fail "no death by a signal expected"
}

@test "--top 0 is a mistake" {
	local plugin
	mksock tcp-listen,port=80
	for plugin in check_proc_sockets "check_conn_count --group-by local-port" check_ephemeral_ports; do
		# shellcheck disable=SC2086 # words
		run_plugin $plugin --top 1
		assert_state OK
		# shellcheck disable=SC2086 # words
		run_plugin $plugin --top 0
		assert_state UNKNOWN
		assert_text_like "^--top '?0'?: "
	done
}

# ---- processes that cannot be seen --------------------------------------------------------------

@test "proc_sockets: that no process matches is not known of a /proc that cannot be listed" {
	need_users $NOBODY
	local dir=$BATS_TEST_TMPDIR/proc
	mksock self,comm=app tcp-listen,port=80
	mkdir "$dir"
	ln -s "/proc/$NETNS_PID" "$dir/1"
	ln -s "/proc/$NETNS_PID" "$dir/self"
	chmod 0111 "$dir"
	run_plugin_as $NOBODY check_proc_sockets -C nginx --procfs "$dir"
	assert_state UNKNOWN
	refute_output_like "no process matches"
}

@test "proc_sockets: that no process matches is not known without a descriptor to list /proc" {
	need_own_pids
	local limit
	mksock self,comm=app tcp-listen,port=80
	for limit in "${LIMITS[@]}"; do
		run_limited "$limit" check_proc_sockets -C app -c 1:1
		assert_state_of OK UNKNOWN
	done
	run_limited 64 check_proc_sockets -C app -c 1:1
	assert_state OK
}

@test "conn_count --group-by command: what a process holds is never the kernel's" {
	need_own_pids
	local limit
	mksock self,comm=app tcp-established,port=80,count=3 # 6
	run_plugin check_conn_count --group-by command -v
	assert_state OK
	for limit in "${LIMITS[@]}"; do
		run_limited "$limit" check_conn_count --group-by command -v
		refute_output_like "held by the kernel"
		[ "$status" -eq 3 ] || assert_output_like "6 (in|by|from|to|of) app|6 app|app 6|at least|not seen|not readable"
	done
	run_limited 64 check_conn_count --group-by command -v
	assert_state OK
}

@test "listen_audit: an entry that cannot be judged does not undo one that allows" {
	need_own_pids
	local limit file=$BATS_TEST_TMPDIR/allowed
	mksock self,comm=app tcp-listen,port=80 tcp-listen,port=81
	printf '80/tcp command=nope\n1-65535\n' >"$file"
	run_plugin check_listen_audit --allow-file "$file"
	assert_state OK
	for limit in "${LIMITS[@]}"; do
		run_limited "$limit" check_listen_audit --allow-file "$file"
		assert_state_of OK UNKNOWN
	done
	run_limited 64 check_listen_audit --allow-file "$file"
	assert_state OK
}

@test "proc_sockets --exe: descriptors of a process whose executable is not known may be too many" {
	need_own_pids
	need_users $NOBODY
	local few many
	MKSOCK_COPY=$BATS_TEST_TMPDIR/server
	cp "$MKSOCK" "$MKSOCK_COPY"
	MKSOCK=$MKSOCK_COPY
	mksock begin,comm=many,fds=50 end begin,comm=few,uid=$NOBODY end
	many=$(find "/proc/$(mksock_pids many)/fd" -mindepth 1 | wc -l)
	few=$(find "/proc/$(mksock_pids few)/fd" -mindepth 1 | wc -l)
	[ "$few" -lt 20 ] && [ "$many" -gt 20 ] || fail "descriptors: $few and $many"
	run_plugin check_proc_sockets --exe "$MKSOCK" -c fds=20
	assert_state CRITICAL
	run_plugin_as $NOBODY check_proc_sockets --exe "$MKSOCK" -c fds=20
	assert_state_of CRITICAL UNKNOWN
	run_plugin_as $NOBODY check_proc_sockets --exe "$MKSOCK" -c "fds=$((few - 1))"
	assert_state_of CRITICAL UNKNOWN
}

@test "-vv: there are not more processes looked at than there are" {
	need_own_pids
	need_users $NOBODY
	mksock self,comm=app tcp-listen,port=80
	local there line looked unreadable
	there=(/proc/[0-9]*)
	run_plugin_as $NOBODY check_port_listen -p 80 -C foo -m age -vv
	line=$(grep '^processes: ' "$PLUGIN_STDOUT")
	like "processes" '^processes: [0-9]+ looked at, [0-9]+ not readable' "$line"
	read -r _ looked _ _ unreadable _ <<<"$line"
	# The plugin itself is one more.
	[ "$looked" -le $((${#there[@]} + 1)) ] || fail "$line" "there are $((${#there[@]} + 1))"
	[ "$unreadable" -le "$looked" ] || fail "$line"
}

# ---- what /proc does not tell -------------------------------------------------------------------

@test "procfs: whether a listener on :: takes IPv4 too is not known, nor whether it is within ::/0" {
	local file=$BATS_TEST_TMPDIR/allowed
	mksock tcp-listen,port=80,addr=::,v6only
	echo '80 in=::/0' >"$file"
	run_plugin check_port_listen -p 80 --bound-within ::/0
	assert_state OK
	run_plugin check_listen_audit --allow-file "$file"
	assert_state OK
	run_plugin check_port_listen -p 80 --bound-within ::/0 --source procfs
	assert_state UNKNOWN
	run_plugin check_listen_audit --allow-file "$file" --source procfs
	assert_state UNKNOWN
}

# Were it UNKNOWN, no question for an address could be answered by /proc.
@test "procfs: a listener bound to a device counts as one that is not, as the manual says" {
	mksock tcp-listen,port=80,addr=0.0.0.0,device=lo tcp-listen,port=81,addr=0.0.0.0
	run_plugin check_port_listen -p 80 -H 127.0.0.1
	assert_state CRITICAL
	run_plugin check_port_listen -p 80 -H 127.0.0.1 --source procfs
	assert_state OK
	run_plugin check_port_listen -p 81 -H 127.0.0.1 --source procfs
	assert_state OK
	tr '\n' ' ' <"$SRCDIR/doc/check_port_listen.8" |
		grep -q "is read, a socket that is bound to a device looks like one that is not" ||
		fail "the manual does not say so"
}

# ---- the second look ----------------------------------------------------------------------------

@test "listen_audit: an entry that nothing answers is looked for twice" {
	mksock tcp-listen,port=80
	run_plugin check_listen_audit --allow 81 -w unexpected=9999 -c unexpected=9999,missing=0 -vv
	assert_state CRITICAL
	assert_output_like $'\nlooks: 2(\n|$)'
	run_plugin check_listen_audit --allow 81 -w unexpected=9999 -c missing=0 -vv
	assert_state CRITICAL
	assert_output_like $'\nlooks: 2(\n|$)'
}

@test "port_listen: a port that is missing is looked for twice, whatever is not known of others" {
	mksock tcp-listen,port=80 tcp-listen,port=81,addr=::
	run_plugin check_port_listen --source procfs -4 -p 80,82 -vv
	assert_state CRITICAL
	assert_output_like $'\nlooks: 2(\n|$)'
	run_plugin check_port_listen --source procfs -4 -p 80,81,82 -vv
	assert_state CRITICAL
	assert_output_like $'\nlooks: 2(\n|$)'
}

# ---- other namespaces ---------------------------------------------------------------------------

@test "--netns: a unix path of another mount namespace is not called stale" {
	local dir=$BATS_TEST_TMPDIR/run own=("${NETNS_ENTER[@]}")
	mkdir "$dir"
	# shellcheck disable=SC2016 # the inner shell expands it
	NETNS_ENTER+=(unshare --mount sh -c 'mount -t tmpfs tmpfs "$0" && exec "$@"' "$dir")
	in_netns true 2>/dev/null || skip "may not mount anything"
	mksock begin,netns,comm=blue unix-listen,path="$dir/app.sock" end
	NETNS_ENTER=("${own[@]}")
	[ ! -e "$dir/app.sock" ] || fail "the path leads here too"
	run_plugin check_port_listen -p "unix:$dir/app.sock" --netns "$(mksock_pids blue)"
	assert_state_of OK UNKNOWN
	refute_output_like "no longer leads"
	# What listens nowhere is missing.
	run_plugin check_port_listen -p "unix:$dir/other.sock" --netns "$(mksock_pids blue)"
	assert_state CRITICAL
}

@test "--netns owner: whose address it is is not known while a namespace cannot be entered" {
	need_users $NOBODY
	mksock self,comm=here tcp-listen,port=80,addr=0.0.0.0 \
		begin,netns,comm=blue address,addr=10.1.2.3 tcp-listen,port=80,addr=0.0.0.0 end
	run_plugin check_port_listen -C here -C blue --netns owner -p 80 -H 10.1.2.3
	assert_state OK
	run_plugin_as $NOBODY check_port_listen -C here -C blue --netns owner -p 80 -H 10.1.2.3
	assert_state UNKNOWN
	refute_output_like "not an address of this host"
}

@test "proc_sockets --pid, --pidfile: the id of a thread is no process" {
	local dir=$BATS_TEST_TMPDIR/proc pid
	mkdir -p "$dir/1/net" "$dir/21/fd" "$dir/22/fd"
	for pid in 21 22; do
		echo fake >"$dir/$pid/comm"
		printf 'Name:\tfake\nTgid:\t21\nPid:\t%s\n' $pid >"$dir/$pid/status"
	done
	run_plugin check_proc_sockets --procfs "$dir" --pid 21 --pid 22 -c processes=1:1
	assert_perfdata processes "1;;1:1"
	echo 22 >"$BATS_TEST_TMPDIR/pid"
	run_plugin check_proc_sockets --procfs "$dir" --pidfile "$BATS_TEST_TMPDIR/pid"
	assert_perfdata processes 0
	refute_output_like " in 1 process"
}

# unavailable PLUGIN ARGUMENT...: the metric that the last argument judges cannot be had.
unavailable() {
	run_plugin "$@"
	assert_state UNKNOWN
	assert_text_like "is not available: "
}

@test "a threshold for a metric that the selection cannot produce is an error that says so" {
	mksock tcp-listen,port=80 udp-bound,port=53
	unavailable check_proc_sockets -P udp -c tcp=0
	unavailable check_proc_sockets -P udp -c established=0
	unavailable check_proc_sockets -P tcp -c udp=0
	unavailable check_proc_sockets -P tcp -c unix=0
	unavailable check_proc_sockets -P tcp,unix -c other=0
	unavailable check_proc_sockets -s established -c listen=1:
	unavailable check_port_listen -p 80 --closed -w backlog=90
	unavailable check_port_listen -p 80 --closed -w age=60:
	unavailable check_ephemeral_ports -P udp -w time_wait=0
	run_plugin check_proc_sockets --pid "$MKSOCK_PID" -c tcp=1,listen=1,udp=1,unix=9,other=9
	[ "$status" -ne 3 ] || refute_output_like "not available"
}

@test "conn_count: a connected UDP socket is not established TCP" {
	mksock tcp-established,port=80 udp-connected,port=53
	run_plugin check_conn_count -P tcp,udp -s established
	assert_perfdata established 2
	run_plugin check_conn_count -P tcp -s established
	assert_perfdata established 2
}
