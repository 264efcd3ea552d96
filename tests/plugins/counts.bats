#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# counts.bats - what an answer costs, in figures that hold on every machine: calls and memory

load ../helpers

# connections PORT COUNT: so many sockets, the two ends of connections to PORT. All addresses are
# different. No process needs more descriptors than Linux allows by default (4096).
connections() {
	local left=$(($2 / 2)) net=${1#70} count items=()
	while [ "$left" -gt 0 ]; do
		count=$((left < 1900 ? left : 1900)) net=$((net + 1))
		items+=("begin,nofile=4000"
			"tcp-established,port=$1,count=$count,addr=127.$((100 + net)).0.0,addrs=$count,from=127.$net.0.0,froms=$count"
			end)
		left=$((left - count))
	done
	mksock "${items[@]}"
}

# trace CALLS COMMAND...: they are in $TRACE then, one a line.
trace() {
	TRACE=$BATS_TEST_TMPDIR/trace
	run_command strace -o "$TRACE" -e trace="$1" -e raw=recvmsg,recvfrom,recvmmsg "${@:2}"
	[ "$status" -ne 1 ] || ! grep -q -i ptrace "$PLUGIN_STDERR" || skip "may not trace"
	sed -i '/^+++/d' "$TRACE"
}

# peak PLUGIN [ARGUMENT]...: KiB, the smallest of three runs.
peak() {
	in_netns "$BUILDDIR/tests/bench/measure" 3 60 60 "$PLUGIN_STDOUT" \
		"$BUILDDIR/plugins/$1" "${@:2}" 3>&- |
		awk '$4 > 2 { exit 1 } NR == 1 || $3 < least { least = $3 } END { print least }'
}

need_bare_memory() {
	! on_asan ||
		skip "built with AddressSanitizer, which takes memory of its own"
}

@test "does a port listen: the same calls for 100 and for 10000 connections" {
	need_command strace
	local few
	mksock tcp-listen,port=80
	connections 7010 100
	trace all "$BUILDDIR/plugins/check_port_listen" -p 80
	assert_state OK
	few=$(wc -l <"$TRACE")
	connections 7020 10000
	trace all "$BUILDDIR/plugins/check_port_listen" -p 80
	assert_state OK
	equal "calls" "$few" "$(wc -l <"$TRACE")"
}

@test "how many connections: no more reads than the kernel makes datagrams of 32 KiB" {
	need_command strace
	connections 7010 10000
	trace recvmsg,recvfrom,recvmmsg "$BUILDDIR/plugins/check_conn_count"
	assert_perfdata connections 10000
	local bytes=0 reads=0 n
	while read -r n; do
		bytes=$((bytes + n)) reads=$((reads + 1))
	done < <(sed 's/.*= //' "$TRACE")
	[ $bytes -gt $((10000 * 72)) ] || fail "$bytes bytes are not 10000 rows"
	# And for each of two families the last rows and the end.
	[ $reads -le $((bytes / 32000 + 6)) ] || fail "$reads reads of $bytes bytes"
}

@test "memory does not grow with the number of sockets, and stays below 4 MiB" {
	need_bare_memory
	local questions=(
		"check_conn_count -s all"
		"check_conn_count -s all --source procfs"
		"check_conn_count --remote-address 127.0.0.0/9 -p 1-65535"
		"check_port_listen -p 80 -v"
		"check_port_listen -p 80 -C web"
	) few=() question words i most
	mksock begin,comm=web tcp-listen,port=80 end
	connections 7010 100
	for question in "${questions[@]}"; do
		read -r -a words <<<"$question"
		few+=("$(peak "${words[@]}")")
	done
	connections 7020 50000
	for i in "${!questions[@]}"; do
		read -r -a words <<<"${questions[i]}"
		most=$(peak "${words[@]}")
		[ "$most" -le 4096 ] || fail "${questions[i]}: $most KiB"
		# 100,000 rows of whatever is kept would be more. Code that runs for the first time is
		# memory too, and the kernel counts pages in batches for each processor.
		[ $((most - few[i])) -le 512 ] || fail "${questions[i]}: ${few[i]} KiB, then $most KiB"
	done
}

# The table doubles, and has the old half beside the new one while it does: 33,000 peers stand right
# behind its last doubling, where most of it is empty.
@test "groups: at most 100 bytes for each of 33000 peers" {
	need_bare_memory
	local few most command=(check_conn_count --group-by remote-address)
	connections 7010 100
	few=$(peak "${command[@]}")
	connections 7020 33000
	most=$(peak "${command[@]}")
	grep -q '^\.\.\. and 33090 more$' "$PLUGIN_STDOUT" || fail "$(<"$PLUGIN_STDOUT")"
	[ $(((most - few) * 1024)) -le $((100 * 33000)) ] || fail "$few KiB, then $most KiB"
}

# Fifteen processes hold the same 3,800 sockets, so that half of all descriptors lie within one.
many_descriptors() {
	mksock begin,nofile=4000,comm=many unix-pair,count=1900 begin,nofile=4000,comm=many,share,copies=14 end end
}

# threads COMMAND...: run it; $THREADS is how many it makes.
threads() {
	run_command strace -f -o "$BATS_TEST_TMPDIR/trace" -e trace=clone,clone3 "$@"
	THREADS=$(grep -c 'CLONE_THREAD.*= [0-9]' "$BATS_TEST_TMPDIR/trace") || true
}

# same_holders: 3,800 sockets, which each of 15 processes holds.
same_holders() {
	case $1 in
	check_proc_sockets*)
		assert_perfdata processes 15
		assert_perfdata sockets 3800
		assert_perfdata max_per_process 3800
		assert_perfdata unix 3800
		;;
	*pid*) equal "groups" 15 "$(grep -c '^ *3800  many\[' <<<"$output")" ;;
	*) assert_output_like $'\n *3800  many$' ;;
	esac
}

# need_processors: skip where there is one. Sets $PROCESSORS to a list of them.
need_processors() {
	PROCESSORS=$(taskset -cp $$ | sed 's/.*: //')
	[[ $PROCESSORS == *[-,]* ]] || skip "one processor"
}

@test "who holds what: from 50,000 descriptors on two threads read them, with the same answer" {
	need_command strace
	need_processors
	local question words
	many_descriptors
	for question in 'check_proc_sockets -C many' \
		'check_conn_count -P unix -s all --group-by pid --top 15' \
		'check_conn_count -P unix -s all --group-by command'; do
		read -r -a words <<<"$question"
		threads "$BUILDDIR/plugins/${words[0]}" "${words[@]:1}"
		assert_state OK
		same_holders "$question"
		equal "threads" 1 "$THREADS"
		threads taskset -c "${PROCESSORS%%[-,]*}" "$BUILDDIR/plugins/${words[0]}" "${words[@]:1}"
		assert_state OK
		same_holders "$question"
		equal "threads" 0 "$THREADS"
		run_command "$BUILDDIR/tests/confine" threads=EPERM "$BUILDDIR/plugins/${words[0]}" \
			"${words[@]:1}"
		assert_state OK
		same_holders "$question"
	done
}

@test "who holds what: each process that two threads may not read counts once" {
	need_processors
	many_descriptors
	run_plugin_as 65534 check_proc_sockets -C many -w 5
	assert_state UNKNOWN
	assert_text_like '15 processes are not readable'
	assert_perfdata processes 15
}

@test "who holds what: a second thread costs no verdict where addresses are few" {
	on_asan && skip "built with AddressSanitizer, which takes terabytes of addresses"
	local size
	many_descriptors
	for size in 8000 10000 12000 14000 16384 18000; do
		run_command prlimit --as=$((size * 1024)) "$BUILDDIR/plugins/check_proc_sockets" \
			-C many -c 1:
		assert_state OK
		same_holders check_proc_sockets
	done
}
