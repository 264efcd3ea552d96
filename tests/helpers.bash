# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# helpers.bash - for the tests of the plugins: `load ../helpers` from tests/plugins/*.bats
#
# Every test has a network namespace of its own, which ends with it and takes TIME_WAIT and orphans
# along. A file that needs a setup() or teardown() of its own calls sockets_setup and
# sockets_teardown from there.

: "${SRCDIR:=$(cd "${BATS_TEST_DIRNAME:-.}/../.." && pwd)}"
: "${BUILDDIR:=$SRCDIR}"
: "${MKSOCK:=$BUILDDIR/tests/mksock}"

setup() {
	sockets_setup
}

teardown() {
	sockets_teardown
}

# fail TEXT...: end the test, saying why, what ran last and which sockets there were.
fail() {
	{
		printf '%s\n' "$@"
		printf -- '--- command (status %s): %s\n' "${status:-none}" "${PLUGIN_COMMAND[*]:-none}"
		printf -- '--- stdout: %s\n' "${output:-}"
		[ ! -s "${PLUGIN_STDERR:-}" ] || printf -- '--- stderr: %s\n' "$(<"$PLUGIN_STDERR")"
		printf -- '--- mksock: %s\n' "${MKSOCK_OUTPUT:-}" | head -40
	} >&2
	return 1
}

# ---- sockets ---------------------------------------------------------------------------------

sockets_setup() {
	# bats follows every line, of the helpers too, and takes more time for it than the plugins
	# for their work. Of a failure the line in the test is known all the same.
	set +T
	declare -gA MKSOCK_STDINS=()
	: "${MKSOCK_COUNT:=0}"
	MKSOCK_OUTPUT='' PLUGIN_COMMAND=() output='' status=''
	PLUGIN_STDOUT=$BATS_TEST_TMPDIR/stdout PLUGIN_STDERR=$BATS_TEST_TMPDIR/stderr
	[ -x "$MKSOCK" ] || fail "not built: $MKSOCK"
	unshare -n true 2>/dev/null || skip "may not make a network namespace, use tests/run-bats"
	# What a test puts in its folder can be reached by other users too, see run_plugin_as.
	chmod a+x "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR/.." "$BATS_TEST_TMPDIR"
	NETNS_ENTER=(unshare -n)
	# shellcheck disable=SC2119 # without sockets: it holds the namespace
	mksock
	NETNS_PID=$MKSOCK_PID
	NETNS_ENTER=(nsenter "--net=/proc/$NETNS_PID/ns/net")
}

sockets_teardown() {
	local pid
	for pid in "${!MKSOCK_STDINS[@]}"; do
		mksock_stop "$pid"
	done
}

# fresh_netns: a new namespace in the middle of a test, without what the old one remembers.
fresh_netns() {
	sockets_teardown
	sockets_setup
}

# in_netns COMMAND...: run it in the test's namespace.
in_netns() {
	"${NETNS_ENTER[@]}" "$@"
}

# mksock ITEM...: make sockets in the test's namespace, see tests/mksock.c. Returns when they
# exist, and they do until mksock_stop or the end of the test. MKSOCK_PID is the process,
# MKSOCK_OUTPUT what it printed. Pipes carry its beginning and its end: nobody sleeps.
# shellcheck disable=SC2120 # the tests pass items
mksock() {
	local pipe=$BATS_TEST_TMPDIR/mksock.$((++MKSOCK_COUNT)) stdin stdout other
	mkfifo "$pipe.in" "$pipe.out"
	exec {stdin}<>"$pipe.in"
	(
		# A prefix that stays as our child (unshare --fork) would keep these open, and with
		# them every mksock alive.
		for other in "$stdin" "${MKSOCK_STDINS[@]}"; do
			exec {other}>&-
		done
		exec "${NETNS_ENTER[@]}" "$MKSOCK" "$@"
	) <"$pipe.in" >"$pipe.out" 2>"$pipe.err" 3>&- &
	MKSOCK_PID=$!
	MKSOCK_STDINS[$MKSOCK_PID]=$stdin
	exec {stdout}<"$pipe.out"
	MKSOCK_OUTPUT=$(sed '/^ready$/q' <&"$stdout")
	exec {stdout}<&-
	if [ "${MKSOCK_OUTPUT##*$'\n'}" != ready ]; then
		mksock_stop "$MKSOCK_PID" 2>/dev/null || true
		fail "mksock $*" "$(<"$pipe.err")"
	fi
}

# mksock_stop [PID]: end one mksock, by default the last, with its children and sockets.
mksock_stop() {
	local pid=${1:-$MKSOCK_PID} stdin code=0
	stdin=${MKSOCK_STDINS[$pid]}
	unset "MKSOCK_STDINS[$pid]"
	exec {stdin}>&-
	wait "$pid" || code=$?
	[ "$code" -eq 0 ] || fail "mksock ended with status $code"
}

# mksock_fails ITEM...: they cannot be made; output is what mksock says.
mksock_fails() {
	if output=$(in_netns "$MKSOCK" "$@" </dev/null 2>&1 >/dev/null); then
		fail "mksock could: $*"
	fi
}

# mksock_ports PROTOCOL STATE, mksock_inodes PROTOCOL STATE, mksock_pids COMM: of what the last
# mksock made, one a line, in its order. COMM as mksock prints it, a blank is \x20.
mksock_ports() {
	awk -v p="$1" -v s="$2" '$1 == "socket" && $2 == p && $3 == s { sub(/.*:/, "", $4); print $4 }' \
		<<<"$MKSOCK_OUTPUT"
}

mksock_inodes() {
	awk -v p="$1" -v s="$2" '$1 == "socket" && $2 == p && $3 == s { sub(/.*=/, "", $6); print $6 }' \
		<<<"$MKSOCK_OUTPUT"
}

mksock_pids() {
	comm=$1 awk '$1 == "pid" && $3 == ENVIRON["comm"] { print $2 }' <<<"$MKSOCK_OUTPUT"
}

# ---- a /proc of files ------------------------------------------------------------------------

# procfs_folder: PROCFS is a folder for --procfs, with process 1 alone, which every /proc has, and no
# TCP socket of IPv6.
procfs_folder() {
	PROCFS=$BATS_TEST_TMPDIR/proc
	mkdir -p "$PROCFS/1/net"
	[ -e "$PROCFS/1/net/tcp6" ] || echo "  sl  local_address inode" >"$PROCFS/1/net/tcp6"
	[ -e "$PROCFS/1/fd" ] || procfs_process 1 init /
}

# procfs_row PORT INODE: the same, where root listens on 0.0.0.0:PORT.
procfs_row() {
	procfs_folder
	[ -e "$PROCFS/1/net/tcp" ] || echo "  sl  local_address inode" >"$PROCFS/1/net/tcp"
	printf '   0: 00000000:%04X 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 %d 1 0 100 0 0 10 0\n' \
		"$1" "$2" >>"$PROCFS/1/net/tcp"
}

# procfs_process PID COMM CGROUP INODE...: a process there, and the sockets that it holds.
procfs_process() {
	local dir=$PROCFS/$1 inode
	mkdir -p "$dir/fd"
	echo "$2" >"$dir/comm"
	: >"$dir/cmdline"
	echo "0::$3" >"$dir/cgroup"
	for inode in "${@:4}"; do
		ln -s "socket:[$inode]" "$dir/fd/$inode"
	done
}

# ---- plugins ---------------------------------------------------------------------------------

# run_command COMMAND...: in the test's namespace, in the C locale. Sets status, output, lines;
# PLUGIN_STDOUT is the file with every byte of it. Not for what should write to stderr.
run_command() {
	PLUGIN_COMMAND=("$@") status=0
	LC_ALL=C in_netns "$@" </dev/null >"$PLUGIN_STDOUT" 2>"$PLUGIN_STDERR" 3>&- || status=$?
	output=$(<"$PLUGIN_STDOUT")
	# shellcheck disable=SC2034 # for the tests
	mapfile -t lines <"$PLUGIN_STDOUT"
	[ ! -s "$PLUGIN_STDERR" ] || fail "something on stderr"
}

# run_plugin NAME [ARGUMENT]...: VALGRIND, words that come before the plugin, says how it is watched.
run_plugin() {
	local watched
	read -r -a watched <<<"${VALGRIND-}"
	run_command "${watched[@]}" "$BUILDDIR/plugins/$1" "${@:2}" || return
	[ "$status" -le 3 ] || fail "exit status above 3"
}

# run_plugin_as UID NAME [ARGUMENT]...: without any privilege; skips where that cannot be.
run_plugin_as() {
	local uid=$1 name=$2 copy=$BATS_TEST_TMPDIR/plugin/$2 watched
	read -r -a watched <<<"${VALGRIND-}"
	need_users "$uid"
	# The build may lie where that user cannot reach it.
	mkdir -p "${copy%/*}"
	[ -x "$copy" ] || cp "$BUILDDIR/plugins/$name" "$copy"
	chmod a+rx "${copy%/*}" "$copy"
	# setpriv leaves permitted capabilities until the next exec: the shell's.
	# shellcheck disable=SC2016 # the inner shell expands it
	run_command setpriv "--reuid=$uid" "--regid=$uid" --clear-groups \
		sh -c 'exec "$@"' sh "${watched[@]}" "$copy" "${@:3}" || return
	[ "$status" -le 3 ] || fail "exit status above 3"
}

# need_root: skip unless this is the real root. need_users [UID]: unless other users can be had.
need_root() {
	local size
	read -r _ _ size </proc/self/uid_map # in a user namespace of our own: 1
	if [ "$(id -u)" -ne 0 ] || [ "$size" -eq 1 ]; then
		skip "needs root"
	fi
}

need_users() {
	local uid=${1:-65534}
	setpriv "--reuid=$uid" "--regid=$uid" --clear-groups true 2>/dev/null ||
		skip "cannot become user $uid: needs root"
}

# need_command NAME: skip where it is not installed.
need_command() {
	command -v "$1" >/dev/null || skip "$1 is not installed"
	[ "$1" != strace ] || ! on_asan ||
		skip "built with AddressSanitizer, which does not work under strace"
}

# need_cgroup2: skip unless the plugins find it.
need_cgroup2() {
	[ "$(stat -fc %T /sys/fs/cgroup 2>/dev/null)" = cgroup2fs ] ||
		[ "$(stat -fc %T /sys/fs/cgroup/unified 2>/dev/null)" = cgroup2fs ] ||
		skip "no cgroup2 is mounted"
}

# makefile VARIABLE: what configure put there.
makefile() {
	sed -n "s/^$1 = *//p" "$BUILDDIR/Makefile"
}

# is_static: built with --enable-static-programs?
is_static() {
	[[ " $(makefile PROGRAM_LDFLAGS) " == *" -static "* ]]
}

# on_asan: is it built with AddressSanitizer, which takes memory of its own?
on_asan() {
	grep -q __asan_init "$BUILDDIR/plugins/check_port_listen"
}

# on_musl: is that the C library? Its compiler is asked, static programs do not tell.
on_musl() {
	local macros
	# shellcheck disable=SC2086 # with its options
	macros=$(${CC:-cc} -E -dM - <<<'#include <features.h>' 2>/dev/null) &&
		[[ $macros != *__GLIBC__* ]]
}

# need_python MODULE: sets PYTHON to one that has it. The first on PATH need not be the system's.
need_python() {
	for PYTHON in python3 /usr/bin/python3; do
		! "$PYTHON" -c "import $1" 2>/dev/null || return 0
	done
	skip "no python3 with $1 (Debian: python3-$1)"
}

# ---- what a plugin said ----------------------------------------------------------------------

# assert_status N: the exit status alone. assert_state STATE: and line 1 says the same.
assert_status() {
	[ "$status" = "$1" ] || fail "status $1 expected"
}

assert_state() {
	local states=(OK WARNING CRITICAL UNKNOWN) n
	for n in 0 1 2 3; do
		if [ "$1" = "$n" ] || [ "$1" = "${states[n]}" ]; then
			assert_status "$n" || return
			[[ ${lines[0]-} =~ ^[A-Z_]+\ ${states[n]}\ -\  ]] ||
				fail "line 1 with ${states[n]} expected"
			return
		fi
	done
	fail "no such state: $1"
}

# equal WHAT EXPECTED ACTUAL
equal() {
	[ "$2" = "$3" ] || fail "$1" "expected: $2" "actual:   $3"
}

# like WHAT REGEX ACTUAL: an extended regular expression, not anchored.
like() {
	[[ $3 =~ $2 ]] || fail "$1" "expected match: $2" "actual:         $3"
}

# Line 1 as a whole; its text, between `NAME STATE - ` and ` | `; the whole output.
assert_line1() {
	equal "line 1" "$1" "${lines[0]-}"
}

assert_line1_like() {
	like "line 1" "$1" "${lines[0]-}"
}

text() {
	local text=${lines[0]-}
	text=${text%% | *}
	printf '%s' "${text#* - }"
}

assert_text() {
	equal "text" "$1" "$(text)"
}

assert_text_like() {
	like "text" "$1" "$(text)"
}

# assert_line N TEXT: line N, counted from 1.
assert_line() {
	equal "line $1" "$2" "${lines[$1 - 1]-}"
}

assert_output_like() {
	like "output" "$1" "$output"
}

refute_output_like() {
	! [[ $output =~ $1 ]] || fail "output" "no match expected: $1"
}

# perfdata LABEL: its item without the label.
perfdata() {
	local item items=()
	[[ ${lines[0]-} != *' | '* ]] || read -r -a items <<<"${lines[0]#* | }"
	for item in "${items[@]}"; do
		if [ "${item%%=*}" = "$1" ]; then
			printf '%s' "${item#*=}"
			return
		fi
	done
	return 1
}

# assert_perfdata LABEL VALUE: with its unit, if any; with a semicolon the whole item is compared.
assert_perfdata() {
	local item
	item=$(perfdata "$1") || fail "perfdata $1 is missing" "${lines[0]-}" || return
	[[ $2 == *\;* ]] || item=${item%%;*}
	equal "perfdata $1" "$2" "$item"
}

refute_perfdata() {
	! perfdata "$1" >/dev/null || fail "no perfdata $1 expected"
}

# assert_perfdata_labels LABEL...: exactly these, in this order.
assert_perfdata_labels() {
	local item items=() labels=()
	[[ ${lines[0]-} != *' | '* ]] || read -r -a items <<<"${lines[0]#* | }"
	for item in "${items[@]}"; do
		labels+=("${item%%=*}")
	done
	equal "perfdata labels" "$*" "${labels[*]}"
}
