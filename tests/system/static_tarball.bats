#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# static_tarball.bats - make static-tarball, and its plugins in an empty root with nothing but /proc
#
# Run it with tests/run-bats, in a tree that is built.

load ../helpers

setup_file() {
	command -v "${MUSL_CC:-musl-gcc}" >/dev/null || skip "musl-gcc is not installed"
	make -C "$BUILDDIR" static-tarball >"$BATS_FILE_TMPDIR/log" 2>&1 ||
		{ tail -n 30 "$BATS_FILE_TMPDIR/log" && return 1; }
	TARBALL=$(echo "$BUILDDIR"/sockcheck-*-linux-"$(uname -m)".tar.gz)
	ROOT=$BATS_FILE_TMPDIR/root
	export TARBALL ROOT
	mkdir "$ROOT" "$ROOT/proc"
	tar -C "$ROOT" --strip-components=1 -xzf "$TARBALL"
}

teardown_file() {
	rm -f "$TARBALL"
}

PLUGINS=(check_conn_count check_ephemeral_ports check_listen_audit check_port_listen
	check_proc_sockets)

# in_root NAME [ARGUMENT]...
in_root() {
	need_root
	[ -n "${OWN_PIDS-}" ] || skip "no pid namespace of its own"
	# shellcheck disable=SC2016 # the inner shell expands it
	run_command unshare --mount sh -c '
		mount -t proc proc "$1/proc" && exec env -i "$(command -v chroot)" "$@"' \
		sh "$ROOT" "/$1" "${@:2}"
}

@test "the tarball holds a plugin and a manual each, the README, the news and the licence" {
	local name
	name=$(basename "$TARBALL" .tar.gz)
	equal "files" "$(
		printf "$name/%s\n" '' COPYING NEWS README.md "${PLUGINS[@]}" man8/ \
			"${PLUGINS[@]/#/man8/}" | sed '/man8.check/s/$/.8/'
	)" "$(tar -tzf "$TARBALL")"
	equal "owners" "root/root" "$(tar -tvzf "$TARBALL" | awk '{ print $2 }' | sort -u)"
}

@test "each plugin is static, stripped and below 200 KiB" {
	local plugin
	for plugin in "${PLUGINS[@]}"; do
		[ "$(stat -c %s "$ROOT/$plugin")" -lt 204800 ] ||
			fail "$plugin: $(stat -c %s "$ROOT/$plugin") bytes"
		! readelf -lW "$ROOT/$plugin" | grep -E 'INTERP|DYNAMIC' || fail "$plugin is dynamic"
		! readelf -SW "$ROOT/$plugin" | grep -E '\.symtab|\.debug' || fail "$plugin: symbols"
		readelf -lW "$ROOT/$plugin" | grep -q 'GNU_STACK .* RW ' || fail "$plugin: its stack"
	done
}

@test "the same source makes the same tarball" {
	cd "$BATS_TEST_TMPDIR"
	"$SRCDIR/packaging/static-tarball" "${TARBALL%-linux-*}.tar.gz" >log 2>&1
	cmp "$TARBALL" "${TARBALL##*/}"
}

# says LINE: line 1, but for the age of a process.
says() {
	equal "line 1" "$1" "$(sed 's/ for [0-9]*s/ for AGE/g' "$PLUGIN_STDOUT" | head -n 1)"
}

@test "in an empty root: check_conn_count" {
	mksock tcp-established,port=80,count=3 tcp-close-wait,port=443,count=2
	in_root check_conn_count -w 9 -c 30
	assert_state WARNING
	says "CONN_COUNT WARNING - connections 10 (limit 9) (6 established, 2 fin_wait2, 2 close_wait) | \
connections=10;9;30 established=6 syn_sent=0 syn_recv=0 fin_wait1=0 fin_wait2=2 time_wait=0 \
close_wait=2 last_ack=0 closing=0"
}

@test "in an empty root: check_port_listen" {
	mksock self,comm=server tcp-listen,port=80,backlog=9 udp-bound,port=53
	in_root check_port_listen -p 80,53/udp -C server -u 0
	assert_state OK
	says "PORT_LISTEN OK - 80/tcp on 127.0.0.1 by server[$MKSOCK_PID] user 0 for AGE, accept queue \
0% (0 of 10), 53/udp on 127.0.0.1 by server[$MKSOCK_PID] user 0 for AGE | listening=2;;2: \
tcp_80_listeners=1 tcp_80_backlog=0%;;;0;100 udp_53_listeners=1"
	in_root check_port_listen -p 80,53/udp,81 -C server
	assert_state CRITICAL
	says "PORT_LISTEN CRITICAL - 81/tcp not listening (80/tcp, 53/udp ok) | listening=2;;3: \
tcp_80_listeners=1 tcp_80_backlog=0%;;;0;100 udp_53_listeners=1 tcp_81_listeners=0"
}

@test "in an empty root: check_proc_sockets" {
	mksock self,comm=server,nofile=100 tcp-listen,port=80 tcp-established,port=80,count=4 unix-pair \
		udp-bound
	in_root check_proc_sockets -C server
	assert_state OK
	says "PROC_SOCKETS OK - 12 sockets in 1 process | processes=1 sockets=12 max_per_process=12 tcp=9 \
udp=1 unix=2 other=0 established=8 close_wait=0 listen=1 fds=15 fd_usage=15%;;;0;100"
}

@test "in an empty root: check_listen_audit" {
	mksock tcp-listen,port=80 udp-bound,port=53 tcp-listen,addr=::1,port=25
	in_root check_listen_audit --allow 80,53/udp
	assert_state CRITICAL
	says "LISTEN_AUDIT CRITICAL - 1 unexpected: [::1]:25/tcp mksock[$MKSOCK_PID] user 0 for AGE | \
unexpected=1;;0 listeners=3 allowed=2 missing=0"
}

@test "in an empty root: check_ephemeral_ports" {
	in_netns sh -c 'echo 40000 40099 >/proc/sys/net/ipv4/ip_local_port_range'
	mksock tcp-listen,port=80 tcp-established,port=80,count=4
	in_root check_ephemeral_ports -w 3
	assert_state WARNING
	says "EPHEMERAL_PORTS WARNING - 4% used from 127.0.0.1 to 127.0.0.1:80 (limit 3%, 4 of 100) | \
usage=4%;3;;0;100 local_usage=4%;;;0;100 used=4 time_wait=0 destinations=1"
}

@test "in an empty root: users are numbers, names are unknown" {
	mksock self,comm=server tcp-listen,port=80
	in_root check_port_listen -p 80 -u 4242
	assert_state CRITICAL
	says "PORT_LISTEN CRITICAL - 80/tcp held by server[$MKSOCK_PID] user 0 for AGE, expected a socket \
created by 4242 | listening=1;;1: tcp_80_listeners=1 tcp_80_backlog=0%;;;0;100"
	in_root check_port_listen -p 80 -u root
	says "PORT_LISTEN UNKNOWN - -u 'root': no user of that name is known"
	in_root check_port_listen -p http
	says "PORT_LISTEN UNKNOWN - -p 'http': no service of that name is known"
}
