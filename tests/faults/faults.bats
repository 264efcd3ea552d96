#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# faults.bats - each call of the C library fails in turn: the verdict is right, or UNKNOWN
#
# FAULTS=--all: at every use, not at some. See tests/faults/faults.c, also for how to repeat one run.

load ../helpers

FAULTS_PROGRAM=$BUILDDIR/tests/faults/faults

setup() {
	sockets_setup
	[ -n "${OWN_PIDS-}" ] || skip "needs processes and a /proc of its own, see tests/run-bats"
	! is_static || skip "static programs: the C library would have its own calls fail"
	! nm -u "$BUILDDIR/tests/faults/libfaulty.a" 2>/dev/null | grep -q ' open64$' ||
		skip "large files have their own names for the calls here"
}

# All scenarios of a test run, whatever the first one came to.
teardown() {
	sockets_teardown
	[ ! -e "$BATS_TEST_TMPDIR/wrong" ] || fail "$(<"$BATS_TEST_TMPDIR/wrong")"
}

# The sockets of whom most scenarios ask: 7 of TCP, 9 in all. The second process has its own namespace.
make_sockets() {
	mksock self,comm=app tcp-listen,port=4040,backlog=4 tcp-established,port=4040,count=3 \
		udp-bound,port=4053 unix-listen,path=@faults begin,netns,comm=elsewhere \
		tcp-listen,port=4060 end
	APP=$(mksock_pids app) ELSEWHERE=$(mksock_pids elsewhere)
}

# faults [--alive] [--only SITE] STATE PROGRAM [ARGUMENT]...: all runs of this scenario. The deadline
# of a plugin is far off.
faults() {
	local before=() state program options=(-t 6)
	while [[ $1 == --* ]]; do
		before+=("$1")
		shift
		[ "${before[-1]}" != --only ] || { before+=("$1") && shift; }
	done
	state=$1 program=$2
	[[ $program == check_* ]] || options=()
	# shellcheck disable=SC2086 # no option at all, or one
	run_command "$FAULTS_PROGRAM" ${FAULTS-} "${before[@]}" --tally "$BATS_FILE_TMPDIR/tally" "$state" "$program" \
		"${options[@]}" "${@:3}" || return
	[ "$status" -eq 0 ] || printf '%s\n' "$output" >>"$BATS_TEST_TMPDIR/wrong"
}

# fault SITE,ERRNO,USE[,on] STATE PROGRAM [ARGUMENT]...: one run.
fault() {
	run_command "$FAULTS_PROGRAM" --one "$@" || return
	[ "$status" -eq 0 ] || fail "$output"
}

@test "a port: listening, not listening, closed, by both sources" {
	local source
	make_sockets
	for source in netlink procfs auto; do
		faults OK check_port_listen -p 4040 --source $source
		faults CRITICAL check_port_listen -p 4041 --source $source
	done
	faults OK check_port_listen --closed -p 4041
	faults CRITICAL check_port_listen --closed -p 4040
	faults OK check_port_listen -p 4040,4053/udp -p unix:@faults
	faults CRITICAL check_port_listen -p unix:@nobody
	mksock unix-listen,path="$BATS_TEST_TMPDIR/socket"
	faults OK check_port_listen -p "unix:$BATS_TEST_TMPDIR/socket"
	faults OK check_port_listen -p "unix:$BATS_TEST_TMPDIR/socket" -C mksock
	faults OK check_port_listen -p 4040 --procfs /proc
}

@test "a port: its addresses, its queue, counters of the namespace" {
	make_sockets
	faults OK check_port_listen -p 4040 -H 127.0.0.1 -c backlog=50 -m listening,overflows
	faults CRITICAL check_port_listen -p 4040 -H 192.0.2.1
	faults CRITICAL check_port_listen -p 4040 --bound-within 10.0.0.0/8
	faults OK check_port_listen -p 4040 -c overflows=0
}

@test "a port: its holder by name, path, pidfile, user" {
	local file=$BATS_TEST_TMPDIR/pid
	make_sockets
	echo "$APP" >"$file"
	faults OK check_port_listen -p 4040 -C app
	faults CRITICAL check_port_listen -p 4040 -C nobody-here
	faults OK check_port_listen -p 4040 --exe "$(readlink -f "$MKSOCK")"
	faults CRITICAL check_port_listen -p 4040 --exe /bin/true
	faults OK check_port_listen -p 4040 --pidfile "$file" -c age=0:86400
	faults OK check_port_listen -p 4040 --user root
	faults OK check_port_listen -p 4040 --user "$(id -u)" -C app --output-format json
}

@test "connections: counted exactly, by peer, by owner" {
	make_sockets
	faults OK check_conn_count -c 6:6
	faults CRITICAL check_conn_count -c 5
	faults CRITICAL check_conn_count -c 7:
	faults WARNING check_conn_count -w established=5 --source procfs
	faults --alive OK check_conn_count -c max_per_peer=6:6 -C app --group-by command -v
	faults OK check_conn_count -c 3:3 --direction inbound -p 4040
	faults OK check_conn_count -P unix -s listen -c 1:1
}

@test "processes: their sockets, descriptors, none at all" {
	make_sockets
	faults --alive OK check_proc_sockets -C app -c sockets=9:9 -c listen=1:1 -c fd_usage=50
	faults --alive CRITICAL check_proc_sockets -C app -c 8
	faults CRITICAL check_proc_sockets -C nobody-here
	faults --alive OK check_proc_sockets --pid "$ELSEWHERE" -c listen=1:1
	faults --alive OK check_proc_sockets --ereg-argument-array 'tcp-listen,port=40[4]0' -c 10:10
	faults --alive CRITICAL check_proc_sockets --top 3 -c max_per_process=8
}

@test "an audit: allowed, unexpected, by a file" {
	local file=$BATS_TEST_TMPDIR/allowed
	make_sockets
	echo "4040 command=app # the application" >"$file"
	echo "4053/udp" >>"$file"
	faults OK check_listen_audit --allow 4040,4053/udp
	faults CRITICAL check_listen_audit --allow 22
	faults OK check_listen_audit --allow-file "$file"
}

@test "local ports" {
	make_sockets
	faults OK check_ephemeral_ports
	faults CRITICAL check_ephemeral_ports -c used=2
	faults CRITICAL check_ephemeral_ports --source procfs -c used=2
}

@test "another namespace: by its process, by its path, by its owner" {
	need_root
	make_sockets
	faults OK check_port_listen -p 4060 --netns "$ELSEWHERE"
	faults CRITICAL check_port_listen -p 4040 --netns "$ELSEWHERE"
	faults OK check_port_listen -p 4060 --netns "/proc/$ELSEWHERE/ns/net"
	faults OK check_port_listen -p 4060 -C elsewhere --netns owner
	faults CRITICAL check_port_listen -p 4040 -C elsewhere --netns owner
	faults OK check_conn_count -c 0 --netns "$ELSEWHERE"
}

@test "a unit, by its cgroup" {
	local root=/sys/fs/cgroup directory
	need_root
	[ -e $root/cgroup.procs ] || root=$root/unified
	[ -e $root/cgroup.procs ] || skip "no cgroup2"
	directory=$root/sockcheck-faults-$$.service
	mkdir "$directory" 2>/dev/null || skip "cannot make a cgroup"
	mksock begin,comm=app,cgroup="$directory" tcp-listen,port=4040 end
	faults OK check_port_listen -p 4040 --unit "${directory##*/}"
	faults CRITICAL check_port_listen -p 4040 --unit nobody-here
	faults --alive CRITICAL check_proc_sockets --unit "${directory##*/}" -c 0
	faults OK check_conn_count --unit "${directory##*/}" -s listen -c 1:1
	mksock_stop
	rmdir "$directory"
}

@test "waiting, and words that are looked up" {
	make_sockets
	faults CRITICAL check_port_listen -p 4041 --wait 0.01 --interval 0.01
	faults UNKNOWN check_port_listen -p 4040 --user nobody-of-that-name
	faults UNKNOWN check_port_listen -p no-such-service
	faults UNKNOWN check_conn_count -w 5%
}

@test "every call of the library: nothing lost, nothing kept" {
	local source
	make_sockets
	for source in auto netlink procfs; do
		faults --alive OK library $source "$APP" 1 9
	done
	faults --alive OK library auto "$ELSEWHERE" 1 1
}

# The two halves meet within the one process.
@test "descriptors in two threads: every call of either fails, and none is made twice" {
	[ "$(nproc)" -gt 1 ] || skip "one processor: one thread"
	make_sockets
	# That there is a second thread at all; without one the first does its work.
	fault pthread_create,EAGAIN,1 OK walk "$APP" 9
	fault pthread_create,EAGAIN,1,on OK check_proc_sockets -C app -c sockets=9:9
	FAULTS=--all faults --alive OK walk "$APP" 9
}

# ---- verdicts that were wrong once --------------------------------------------------------------

@test "descriptors that cannot be read are not taken for closed ones" {
	make_sockets
	fault readlinkat,EIO,1,on OK check_port_listen -p 4040 -C app
	fault readlinkat,ENOMEM,1,on CRITICAL check_proc_sockets -C app -c 8
	fault readlinkat,ENOMEM,1,on OK check_conn_count -C app -c 6:6
}

@test "a table of addresses that cannot be read is not one without the address" {
	make_sockets
	fault fgets,EIO,1,on OK check_port_listen -p 4040 -H 127.0.0.1
}

@test "wrong hands are looked at twice" {
	local file=$BATS_TEST_TMPDIR/pid
	make_sockets
	echo "$APP" >"$file"
	fault fstatat,ENOENT,1 OK check_port_listen -p 4040 --pidfile "$file"
	faults --only readlinkat OK check_port_listen -p 4040 -C app
}

@test "an audit without memory: what no entry is about is unexpected, as far as was seen" {
	local file=$BATS_TEST_TMPDIR/allowed
	make_sockets
	echo "4040 command=app" >"$file"
	fault reallocarray,ENOMEM,1,on CRITICAL check_listen_audit --allow-file "$file"
	like "answer" "^LISTEN_AUDIT CRITICAL - at least 1 unexpected: 127\.0\.0\.1:4053/udp uid 0[^,]* \|" "$output"
	fault reallocarray,ENOMEM,1,on CRITICAL check_listen_audit --allow-file "$file" --allow 4053/udp
	like "answer" "^LISTEN_AUDIT UNKNOWN - 127\.0\.0\.1:4040/tcp uid 0[^,]* may be allowed, which cannot be told: " "$output"
}

@test "a signal while something is opened or read does not matter" {
	local file=$BATS_TEST_TMPDIR/pid
	make_sockets
	echo "$APP" >"$file"
	fault openat,EINTR,1 OK check_port_listen -p 4040
	fault openat,EINTR,2 OK check_conn_count -c 6:6 --source procfs
	fault open,EINTR,2 OK check_port_listen -p 4040 --pidfile "$file"
	fault read,EINTR,1 OK check_ephemeral_ports
}

# ---- the whole -----------------------------------------------------------------------------------

@test "no call is left out" {
	local objects=$BUILDDIR/tests/faults/libfaulty.a
	need_command nm
	nm -u "$objects" | grep -q ' open64$' && skip "large files have their own names for the calls here"
	nm "$FAULTS_PROGRAM" | sed -n 's/.* [Tt] __wrap_//p' | sort >"$BATS_TEST_TMPDIR/written"
	sed 's/--wrap=//' "$SRCDIR/tests/faults/wraps" | sort >"$BATS_TEST_TMPDIR/linked"
	diff "$BATS_TEST_TMPDIR/written" "$BATS_TEST_TMPDIR/linked" || fail "wraps and wrap*.c differ"
	nm "$objects" | awk 'NF > 1 && $(NF - 1) ~ /^[TDBRVCW]$/ { print $NF }' | sort -u >"$BATS_TEST_TMPDIR/own"
	# What the compiler calls of its own accord, for sanitizers, coverage and C23, cannot fail.
	nm -u "$objects" | awk '$1 == "U" { print $2 }' | sort -u |
		sed -E '/^(__(asan|ubsan|lsan|sanitizer|sancov|gcov|ctype|libc_current|stack_chk|tls_get)|_GLOBAL_OFFSET)/d
			/^_*errno_location$/d; s/^__isoc23_//' |
		grep -vxF -f "$BATS_TEST_TMPDIR/own" -f "$BATS_TEST_TMPDIR/linked" \
			-f "$SRCDIR/tests/faults/pure" >"$BATS_TEST_TMPDIR/new" || true
	[ ! -s "$BATS_TEST_TMPDIR/new" ] ||
		fail "neither in tests/faults/wraps nor in pure: $(<"$BATS_TEST_TMPDIR/new")"
}

@test "the tally" {
	[ -s "$BATS_FILE_TMPDIR/tally" ] || skip "nothing was run"
	{
		awk '{ runs[$1]++; if (!(($1, $2) in seen)) { seen[$1, $2]; errors[$1]++ }; n[$1, $3]++ }
			END {
				for (site in runs)
					printf "# %-15s %3d errors %6d runs %6d same %6d UNKNOWN %4d unmet %4d wrong\n",
						site, errors[site], runs[site], n[site, "same"],
						n[site, "unknown"], n[site, "unmet"], n[site, "wrong"]
			}' "$BATS_FILE_TMPDIR/tally" | sort
		awk '{ runs++; sites[$1]; pairs[$1, $2]; n[$3]++ }
			END {
				printf "# %d sites, %d faults, %d runs: %d the same verdict, %d UNKNOWN, %d wrong\n",
					length(sites), length(pairs), runs, n["same"] + n["unmet"],
					n["unknown"], n["wrong"]
			}' "$BATS_FILE_TMPDIR/tally"
	} >&3
	! grep -q wrong "$BATS_FILE_TMPDIR/tally" || fail "some are wrong"
}
