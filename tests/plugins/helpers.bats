#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# helpers.bats - the helpers pass what is right and fail what is wrong

load ../helpers

# check_fake STATUS TEXT...: a plugin that says what it is told to.
setup() {
	sockets_setup
	BUILDDIR=$BATS_TEST_TMPDIR/build
	mkdir -p "$BUILDDIR/plugins"
	cat >"$BUILDDIR/plugins/check_fake" <<-'END'
		#!/bin/sh
		status=$1
		shift
		printf '%s\n' "$@"
		exit "$status"
	END
	chmod +x "$BUILDDIR/plugins/check_fake"
}

# refused COMMAND...: it fails, and says why.
refused() {
	run "$@"
	if [ "$status" -ne 1 ] || [ -z "$output" ]; then
		fail "not refused: $*"
	fi
}

LINE='CONN_COUNT OK - 3 connections | connections=3;5;9;0 time_wait=0 usage=1.5%'

@test "assertions that hold" {
	run_plugin check_fake 0 "$LINE" "second line"
	assert_status 0
	assert_state 0
	assert_state OK
	assert_line1 "$LINE"
	assert_line1_like '^CONN_COUNT .* connections=3'
	assert_text "3 connections"
	assert_text_like '^[0-9]+ conn'
	assert_line 2 "second line"
	assert_output_like 'second'
	refute_output_like 'third'
	assert_perfdata connections 3
	assert_perfdata connections '3;5;9;0'
	assert_perfdata usage 1.5%
	refute_perfdata established
	assert_perfdata_labels connections time_wait usage
	[ "${#lines[@]}" -eq 2 ]
}

@test "assertions that do not" {
	for assertion in "assert_status 1" "assert_state WARNING" "assert_state 2" "assert_state FINE" \
		"assert_line1 x" "assert_line1_like x$" "assert_text 3" "assert_text_like ^conn" \
		"assert_line 2 x" "assert_output_like third" "refute_output_like second" \
		"assert_perfdata connections 4" "assert_perfdata connections 3;5" \
		"assert_perfdata established 0" "refute_perfdata usage" \
		"assert_perfdata_labels connections"; do
		run_plugin check_fake 0 "$LINE" "second line"
		# shellcheck disable=SC2086 # words
		refused $assertion
	done
	refused run_plugin check_fake 4 "$LINE"
	run_plugin check_fake 2 "$LINE"
	refused assert_state 2
	printf 'echo error >&2\n' >>"$BUILDDIR/plugins/check_fake"
	sed -i '/^exit/d' "$BUILDDIR/plugins/check_fake"
	refused run_plugin check_fake 0 "$LINE"
}

@test "a plugin runs in the namespace of the test, in the C locale" {
	# shellcheck disable=SC2016 # for the script
	printf '#!/bin/sh\necho "$(readlink /proc/self/ns/net) $LC_ALL"\n' >"$BUILDDIR/plugins/check_ns"
	chmod +x "$BUILDDIR/plugins/check_ns"
	run_plugin check_ns
	[ "$output" = "$(readlink "/proc/$NETNS_PID/ns/net") C" ]
	[ "$(readlink /proc/self/ns/net) C" != "$output" ]
}

@test "a plugin runs as another user, without capabilities" {
	printf '#!/bin/sh\nid -u\ngrep ^Cap[IPEA] /proc/self/status\n' >"$BUILDDIR/plugins/check_caps"
	run_plugin_as 65534 check_caps
	[ "${lines[0]}" = 65534 ]
	[ "$(awk 'NR > 1 { print $2 }' <<<"$output" | uniq)" = 0000000000000000 ]
}

@test "mksock_stop ends the one that is named" {
	local first
	mksock tcp-listen,port=80
	first=$MKSOCK_PID
	mksock tcp-listen,port=81
	mksock_stop "$first"
	[ ! -e "/proc/$first" ]
	mksock_fails tcp-listen,port=81
	mksock tcp-listen,port=80
	[ "$(mksock_ports tcp LISTEN)" = 80 ]
}

@test "mksock ends also behind a program that stays in between" {
	local enter=("${NETNS_ENTER[@]}")
	NETNS_ENTER=(unshare -n --fork --kill-child)
	"${NETNS_ENTER[@]}" true 2>/dev/null || skip "unshare cannot"
	mksock tcp-listen,port=80
	NETNS_ENTER=("${enter[@]}")
	mksock tcp-listen,port=81
	mksock_stop "$NETNS_PID" # not the last one, and begun before the one in between
	[ ! -e "/proc/$NETNS_PID" ]
}

@test "what mksock cannot make fails the test, with its reason" {
	refused mksock tcp-connect,port=9
	[[ $output =~ "connect: Connection refused" ]]
}
