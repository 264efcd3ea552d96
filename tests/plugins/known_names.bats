#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# known_names.bats - the names of users and services: /etc/passwd and /etc/services, or none
#
# Built with --enable-static-programs the plugins read these files themselves, else the C library does.

load ../helpers

# The plugin sees our files in place of the system's.
with_files() {
	# shellcheck disable=SC2016 # the inner shell expands it
	run_command unshare --mount sh -c 'set -e
		mount --bind "$1/passwd" /etc/passwd
		mount --bind "$1/services" /etc/services
		shift
		exec "$@"' sh "$BATS_TEST_TMPDIR" "$BUILDDIR/plugins/$1" "${@:2}"
}

setup() {
	sockets_setup
	local file
	for file in passwd services; do
		[ -e /etc/$file ] || skip "there is no /etc/$file here"
		: >"$BATS_TEST_TMPDIR/$file"
		chmod 644 "$BATS_TEST_TMPDIR/$file"
	done
	unshare --mount true 2>/dev/null || skip "may not make a mount namespace"
	printf '%s\n' 'zero:x:0:0:the first user:/:/bin/sh' 'guest:x:4242:4242::/:' '# no:x:7:7::/:' '' \
		'broken:x:8' '+::::::' >"$BATS_TEST_TMPDIR/passwd"
	printf '%s\n' '# none 6/tcp' 'one 10101/tcp uno # first' 'two 10102/udp' 'three 10103/tcp' \
		'three 10104/udp' >"$BATS_TEST_TMPDIR/services"
}

@test "services: by name, alias and protocol" {
	mksock tcp-listen,port=10101 udp-bound,port=10102 tcp-listen,port=10103 udp-bound,port=10104
	with_files check_port_listen -p one,uno/tcp,two/udp,three,three/udp
	assert_state OK
	assert_perfdata_labels listening tcp_10101_listeners tcp_10101_backlog udp_10102_listeners \
		tcp_10103_listeners tcp_10103_backlog udp_10104_listeners
	assert_perfdata listening '4;;4:'
}

@test "services: unknown here" {
	local name
	for name in none first uno/udp two/tcp ssh '#'; do
		with_files check_port_listen -p "$name"
		assert_state UNKNOWN
		assert_text "-p '$name': no service of that name is known"
	done
}

@test "users: by name" {
	mksock tcp-listen,port=80
	with_files check_port_listen -p 80 -u zero
	assert_state OK
	with_files check_port_listen -p 80 -u guest
	assert_state CRITICAL
	assert_text_like "guest"
	assert_text_like "zero"
	refute_output_like "root|4242"
}

@test "users: unknown here" {
	local name # not root nor nobody: libnss-systemd knows these without a file
	for name in no '# no' broken '' + x '+::::::' guest: 'guest:x'; do
		with_files check_port_listen -p 80 -u "$name"
		assert_state UNKNOWN
		assert_text "-u '$name': no user of that name is known"
	done
}

@test "users: the number where there is no name" {
	mksock tcp-listen,port=80
	: >"$BATS_TEST_TMPDIR/passwd"
	with_files check_port_listen -p 80 -u 4242
	assert_state CRITICAL
	assert_text_like "created by 4242$"
	refute_output_like "zero"
}

@test "listen_audit --print: a name that a line cannot hold is a number" {
	local file=$BATS_TEST_TMPDIR/allowed
	need_root
	printf '%s\n' 'CORP\alice:x:4243:4243::/:' 'two words:x:4244:4244::/:' >>"$BATS_TEST_TMPDIR/passwd"
	mksock begin,uid=4242 tcp-listen,port=10101 end begin,uid=4243 tcp-listen,port=10102 end \
		begin,uid=4244 tcp-listen,port=10103 end
	with_files check_listen_audit --print
	assert_status 3
	printf '%s\n' "$output" >"$file"
	with_files check_listen_audit --allow-file "$file"
	assert_state OK
	assert_perfdata allowed 3
}
