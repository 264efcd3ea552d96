#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# wait.bats - --wait, --interval, --quiet and --timeout, by every plugin: when does it answer?

load ../helpers

declare -gA NAMES=([check_conn_count]=CONN_COUNT [check_ephemeral_ports]=EPHEMERAL_PORTS
	[check_listen_audit]=LISTEN_AUDIT [check_port_listen]=PORT_LISTEN
	[check_proc_sockets]=PROC_SOCKETS)

# Each asks for a process `server` that listens on port 80 and has a client, in its own way.
declare -gA QUESTIONS=(
	[check_conn_count]="-p 80 -c established=1:"
	[check_ephemeral_ports]="-c used=1:"
	[check_listen_audit]="--allow 80 -c missing=0"
	[check_port_listen]="-p 80"
	[check_proc_sockets]="-C server -p 80 -c listen=1:")

make_server() {
	mksock begin,comm=server tcp-listen,port=80 tcp-established,port=80,end=client end
}

# question PLUGIN: sets QUESTION to its arguments.
question() {
	read -r -a QUESTION <<<"${QUESTIONS[$1]}"
}

now() {
	echo $((${EPOCHREALTIME/[.,]/} / 1000))
}

# took LEAST MOST: since START, in milliseconds. LEAST is what matters: a host may be slow.
took() {
	local ms=$(($(now) - START))
	if [ "$ms" -lt "$1" ] || [ "$ms" -gt "$2" ]; then
		fail "it took $ms ms, expected $1 to $2"
	fi
}

# in_background PLUGIN ARGUMENT...: PID is the plugin, WAITED its output. It has begun to look.
in_background() {
	WAITED=$BATS_TEST_TMPDIR/waited.$1
	(
		export LC_ALL=C
		exec "${NETNS_ENTER[@]}" "$BUILDDIR/plugins/$1" "${@:2}"
	) </dev/null >"$WAITED" 2>&1 3>&- &
	PID=$!
}

# ended STATUS LINE: of what went on in the background; the line is a regular expression.
ended() {
	local code=0
	wait "$PID" || code=$?
	output=$(<"$WAITED")
	equal "lines of ${WAITED##*.}" 1 "$(wc -l <"$WAITED")"
	like "answer" "$2" "$output"
	equal "status of ${WAITED##*.}" "$1" "$code"
}

# asleep PID: it waits for its next try.
asleep() {
	local tries=0
	until grep -q '(check_[a-z_]*) S' "/proc/$1/stat"; do
		[ $((++tries)) -lt 1000 ] || fail "process $1 does not sleep"
	done
}

# ---- --wait --------------------------------------------------------------------------------------

@test "--wait: OK at once needs no waiting" {
	local plugin START
	make_server
	for plugin in "${!QUESTIONS[@]}"; do
		question "$plugin"
		START=$(now)
		run_plugin "$plugin" "${QUESTION[@]}" --wait 20
		assert_state OK
		took 0 10000
	done
}

@test "--wait: OK that comes late ends it" {
	local plugin pids=() outputs=() i code START
	START=$(now)
	for plugin in "${!QUESTIONS[@]}"; do
		question "$plugin"
		in_background "$plugin" "${QUESTION[@]}" --wait 20 --interval 0.02
		pids+=("$PID") outputs+=("$WAITED")
	done
	for i in "${!pids[@]}"; do
		asleep "${pids[i]}"
	done
	make_server
	for i in "${!pids[@]}"; do
		PID=${pids[i]} WAITED=${outputs[i]}
		ended 0 "^${NAMES[${WAITED##*.}]} OK - "
	done
	took 0 15000
}

@test "--wait: OK that never comes, the last verdict after that time" {
	local plugin START
	for plugin in "${!QUESTIONS[@]}"; do
		question "$plugin"
		START=$(now)
		run_plugin "$plugin" "${QUESTION[@]}" --wait 0.2 --interval 0.05
		assert_state CRITICAL
		equal "lines" 1 "${#lines[@]}"
		took 200 5000
		run_plugin "$plugin" "${QUESTION[@]}"
		equal "answer" "$output" "$(<"$BATS_TEST_TMPDIR/stdout")"
	done
}

@test "--wait: SIGTERM and SIGINT end it with the last verdict" {
	local plugin signal START
	for plugin in "${!QUESTIONS[@]}"; do
		question "$plugin"
		for signal in TERM INT; do
			START=$(now)
			# A background job ignores SIGINT until somebody says otherwise: the plugin does.
			in_background "$plugin" "${QUESTION[@]}" --wait 30 --interval 10
			asleep "$PID"
			kill -s "$signal" "$PID"
			ended 2 "^${NAMES[$plugin]} CRITICAL - "
			took 0 9000
		done
	done
}

# each_signal: NUMBERS are those that would end a process, but for KILL, which nobody can catch;
# PIPE and XFSZ, which are no reason to end; ALRM, the deadline's own. 32 and 33 are the C library's, 34 is musl's.
each_signal() {
	local name number
	# AddressSanitizer leaves these to the plugin.
	export ASAN_OPTIONS=handle_segv=0:handle_sigbus=0:handle_abort=0:handle_sigill=0:handle_sigfpe=0:handle_sigtrap=0
	NUMBERS=()
	for number in {1..31} {34..64}; do
		[ "$number" -ne 34 ] || ! on_musl || continue
		name=$(kill -l "$number" 2>/dev/null) || continue
		case $name in
		'' | KILL | PIPE | XFSZ | ALRM | STOP | CONT | CHLD | CLD | URG | WINCH | TSTP | TTIN | TTOU) ;;
		*) NUMBERS+=("$number") ;;
		esac
	done
	[ "${#NUMBERS[@]}" -ge 40 ] || fail "only ${#NUMBERS[@]} signals"
}

@test "--wait: every signal that can be caught ends it with an answer, none by its own means" {
	local number pids=() i
	each_signal
	for number in "${NUMBERS[@]}"; do
		in_background check_port_listen -p 80 --wait 50 --interval 40
		asleep "$PID" # so its output is there
		mv "$WAITED" "$WAITED.$number"
		pids+=("$PID")
	done
	for i in "${!pids[@]}"; do
		kill -s "${NUMBERS[i]}" "${pids[i]}"
	done
	for i in "${!pids[@]}"; do
		PID=${pids[i]} WAITED=$BATS_TEST_TMPDIR/waited.check_port_listen.${NUMBERS[i]}
		case $(kill -l "${NUMBERS[i]}") in
		ILL | TRAP | ABRT | BUS | FPE | SEGV | SYS)
			ended 3 "^PORT_LISTEN UNKNOWN - crashed while waiting for the next try\$"
			;;
		*) ended 2 "^PORT_LISTEN CRITICAL - 80/tcp not listening \| listening=0;;1: " ;;
		esac
	done
}

@test "every signal that can be caught, without --wait: one line that names the stage" {
	local number fifo
	mkdir -p "$BATS_TEST_TMPDIR/proc/1/net"
	mkfifo "$BATS_TEST_TMPDIR/proc/1/net/tcp"
	each_signal
	for number in "${NUMBERS[@]}"; do
		in_background check_port_listen -p 80 --procfs "$BATS_TEST_TMPDIR/proc"
		exec {fifo}>"$BATS_TEST_TMPDIR/proc/1/net/tcp" # returns when the plugin has opened it
		kill -s "$number" "$PID"
		ended 3 "^PORT_LISTEN UNKNOWN - (interrupted|crashed) while reading the socket tables\$"
		exec {fifo}>&-
	done
}

@test "--interval: so long between tries, and the last try at the end of --wait" {
	local START
	START=$(now)
	run_plugin check_port_listen -p 80 --wait 0.3 --interval 0.1 -vv
	assert_state CRITICAL
	took 300 5000
	START=$(now)
	run_plugin check_port_listen -p 80 --wait 0.2 --interval 60
	assert_state CRITICAL
	took 200 5000
	local arguments=(--interval 0)
	run_plugin check_port_listen -p 80 "${arguments[@]}"
	assert_state UNKNOWN
	assert_text "--interval '0': expected seconds, above 0 and up to 1000000"
	run_plugin check_port_listen -p 80 --wait -1
	assert_state UNKNOWN
	assert_text "--wait '-1': expected seconds, above 0 and up to 1000000"
}

@test "--interval: the number of tries, counted" {
	need_command strace
	local tries
	in_netns strace -f -o "$BATS_TEST_TMPDIR/trace" -e trace=pselect6 \
		"$BUILDDIR/plugins/check_port_listen" -p 80 --wait 0.5 --interval 0.1 >"$PLUGIN_STDOUT" ||
		[ $? -eq 2 ] || skip "strace cannot trace here"
	tries=$(grep -c pselect6 "$BATS_TEST_TMPDIR/trace")
	[ "$tries" -ge 2 ] && [ "$tries" -le 5 ] || fail "$tries pauses"
}

@test "--quiet: nothing when OK, in both formats, waited for or not; everything else is said" {
	local plugin format
	make_server
	for plugin in "${!QUESTIONS[@]}"; do
		question "$plugin"
		for format in text json; do
			run_plugin "$plugin" "${QUESTION[@]}" -q --output-format "$format"
			assert_status 0
			equal "bytes" 0 "$(wc -c <"$PLUGIN_STDOUT")"
			run_plugin "$plugin" "${QUESTION[@]}" --quiet -vv --wait 5 --output-format "$format"
			assert_status 0
			equal "bytes" 0 "$(wc -c <"$PLUGIN_STDOUT")"
		done
	done
	mksock_stop
	fresh_netns
	for plugin in "${!QUESTIONS[@]}"; do
		question "$plugin"
		run_plugin "$plugin" "${QUESTION[@]}" -q
		assert_state CRITICAL
		run_plugin "$plugin" "${QUESTION[@]}" -q --wait 0.05
		assert_state CRITICAL
		run_plugin "$plugin" -q --colour
		assert_state UNKNOWN
	done
}

# ---- --timeout -----------------------------------------------------------------------------------

# late PLUGIN STAGE ARGUMENT...: times out in that stage, with each state, in both formats.
late() {
	local states=(OK WARNING CRITICAL UNKNOWN) state text seconds=0.05
	text="timed out after $seconds s while $2"
	for state in 0 1 2 3; do
		run_plugin "$1" "${@:3}" -t "$seconds:${states[state],,}"
		assert_status "$state"
		equal "output" "${NAMES[$1]} ${states[state]} - $text" "$output"
		run_plugin "$1" "${@:3}" -t "$seconds:${states[state]}" --output-format json
		assert_status "$state"
		equal "output" "{\"plugin\":\"${NAMES[$1]}\",\"state\":\"${states[state]}\",\"exit_code\":$state,\"summary\":\"$text\",\"metrics\":[],\"evidence\":[],\"coverage\":{}}" \
			"$output"
	done
	run_plugin "$1" "${@:3}" -t "$seconds"
	assert_status 3
	run_plugin "$1" "${@:3}" -q -t "$seconds:ok"
	assert_status 0
	equal "output" "" "$output"
}

@test "-t while reading the options" {
	local fifo
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	exec {fifo}<>"$BATS_TEST_TMPDIR/fifo" # somebody may yet write
	late check_listen_audit "reading the options" --allow-file "$BATS_TEST_TMPDIR/fifo"
}

@test "-t while reading the socket tables" {
	mkdir -p "$BATS_TEST_TMPDIR/proc/1/net"
	mkfifo "$BATS_TEST_TMPDIR/proc/1/net/tcp"
	local plugin stage="reading the socket tables"
	for plugin in check_conn_count check_port_listen check_listen_audit; do
		question "$plugin"
		late "$plugin" "$stage" "${QUESTION[@]}" --procfs "$BATS_TEST_TMPDIR/proc"
	done
}

# stage PLUGIN STAGE ARGUMENT...: times out in that stage.
stage() {
	run_plugin "$1" "${@:3}" -t 0.05
	assert_state UNKNOWN
	assert_text "timed out after 0.05 s while $2"
}

@test "-t in each stage of a look at processes: those that match, what they hold, who else holds it" {
	local dir=$BATS_TEST_TMPDIR/proc
	mksock tcp-listen,port=80
	mkdir -p "$dir/1/net" "$dir/4711/fd" "$dir/4712/fd"
	in_netns cat /proc/net/tcp >"$dir/1/net/tcp"
	mkfifo "$dir/4711/comm"
	echo idle >"$dir/4712/comm"
	late check_proc_sockets "reading which sockets the processes hold" -C server --procfs "$dir"
	stage check_conn_count "reading which sockets the processes hold" -C server --procfs "$dir"
	stage check_conn_count "looking for the holders" -s listen --group-by command --procfs "$dir"
	stage check_port_listen "looking for the holders" -p 80 -C server --procfs "$dir"
	stage check_port_listen "looking for the holders" -p 80 -v --procfs "$dir"
	stage check_port_listen "reading the holders" -p 80 -m age --procfs "$dir"
	stage check_port_listen "looking for who holds it instead" -p 80 --pid 4712 --procfs "$dir"
	stage check_port_listen "looking for the processes" -p 80 -C server --netns owner --procfs "$dir"
	stage check_listen_audit "looking for who holds it instead" --procfs "$dir"
}

# rung STATUS LINE PLUGIN ARGUMENT...: the signal of the deadline comes while it waits for its next try,
# however long the look before took.
rung() {
	in_background "${@:3}" --wait 90 --interval 80 -t "${LATE-70}"
	asleep "$PID"
	kill -s ALRM "$PID"
	ended "$1" "$2"
}

@test "-t while waiting for the next try" {
	local plugin states=(OK WARNING CRITICAL UNKNOWN) state LATE text
	text="timed out after 70 s while waiting for the next try"
	for plugin in "${!QUESTIONS[@]}"; do
		question "$plugin"
		rung 3 "^${NAMES[$plugin]} UNKNOWN - $text\$" "$plugin" "${QUESTION[@]}"
	done
	question check_port_listen
	for state in 0 1 2 3; do
		LATE=70:${states[state],,}
		rung "$state" "^PORT_LISTEN ${states[state]} - $text\$" check_port_listen "${QUESTION[@]}"
	done
	LATE=70:warning
	rung 1 "^\{\"plugin\":\"PORT_LISTEN\",\"state\":\"WARNING\",\"exit_code\":1,\"summary\":\"$text\"," \
		check_port_listen "${QUESTION[@]}" --output-format json
	# By the clock.
	run_plugin check_port_listen "${QUESTION[@]}" --wait 20 --interval 10 -t 2
	assert_status 3
	equal "output" "PORT_LISTEN UNKNOWN - timed out after 2 s while waiting for the next try" "$output"
}

# delayed CALL PLUGIN ARGUMENT...: each such system call takes its time, STAGE is what it was in.
delayed() {
	local stage
	# The time-out of a traced program comes when the delay is over.
	in_netns strace -o /dev/null -e trace="$1" -e inject="$1:delay_enter=300000" \
		"$BUILDDIR/plugins/$2" "${@:3}" -t 0.15 >"$PLUGIN_STDOUT" 2>"$PLUGIN_STDERR" || status=$?
	[ "$status" -eq 3 ] || fail "status 3 expected"
	output=$(<"$PLUGIN_STDOUT")
	like "answer" "^${NAMES[$2]} UNKNOWN - timed out after 0.15 s while [a-z ]+\$" "$output"
	stage=${output#* while }
	STAGES+="$stage"$'\n'
}

@test "-t: nothing but a line and the end" {
	need_command strace
	in_netns strace -o /dev/null true 2>/dev/null || skip "strace cannot trace here"
	local trace=$BATS_TEST_TMPDIR/trace
	in_netns strace -o "$trace" "$BUILDDIR/plugins/check_port_listen" -p 80 --wait 9 --interval 8 \
		-t 0.1:ok >/dev/null
	equal "calls" "write exit_group" \
		"$(sed -n '/^--- SIGALRM/,$s/^\([a-z_]*\)(.*/\1/p' "$trace" | xargs)"
}

@test "-t wherever the kernel is slow: one line that names the stage" {
	need_command strace
	in_netns strace -o /dev/null -e trace=getpid -e inject=getpid:delay_enter=1 true 2>/dev/null ||
		skip "strace cannot delay system calls here"
	local plugin STAGES=
	make_server
	for plugin in "${!QUESTIONS[@]}"; do
		question "$plugin"
		status=0
		delayed sendto,sendmsg,recvmsg,recvfrom "$plugin" "${QUESTION[@]}" --source netlink
	done
	for plugin in check_conn_count check_port_listen check_proc_sockets; do
		question "$plugin"
		status=0
		delayed getdents64 "$plugin" "${QUESTION[@]}" -C server
	done
	like "stages" "reading the socket tables" "$STAGES"
}
