#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# netstat.bats - the example of the library prints every socket with its process

load ../helpers

# netstat_rows PROTOCOL: its lines as mksock writes sockets: STATE LOCAL REMOTE PID.
netstat_rows() {
	awk -v p="$1" '$1 == p { sub("/.*", "", $5); print $4, $2, $3, $5 }' "$PLUGIN_STDOUT" |
		LC_ALL=C sort
}

mksock_rows() {
	awk -v p="$1" -v any="$2" '$1 == "socket" && $2 == p {
		sub(/.*=/, "", $NF)
		print tolower($3), $4, $5 == "-" ? any : $5, $NF }' <<<"$MKSOCK_OUTPUT" |
		LC_ALL=C sort
}

@test "every socket, with address, state, pid and program" {
	[ -n "${OWN_PIDS-}" ] || skip "needs a pid namespace of its own"
	mksock 'self,comm=server' tcp-listen,port=80 tcp-established,port=80,count=3 \
		tcp-close-wait,port=81 tcp-time-wait,port=82 tcp-syn-sent,port=83 udp-bound,port=53 \
		unix-listen,path=@example begin,comm=client udp-connected,port=54 end
	run_command "$BUILDDIR/doc/examples/netstat"
	assert_status 0
	equal "tcp" "$(mksock_rows tcp 0.0.0.0:0)" "$(netstat_rows tcp4)"
	equal "udp" "$(mksock_rows udp 0.0.0.0:0)" "$(netstat_rows udp4)"
	equal "programs" "client server " "$(awk '$5 ~ "^[1-9][0-9]*/" { sub(".*/", "", $5)
		print $5 }' "$PLUGIN_STDOUT" | sort -u | tr '\n' ' ')"
	grep -q "^unix  *.u0000example  *listen  *$MKSOCK_PID/server\$" "$PLUGIN_STDOUT" || fail "unix"
	equal "tcp6" "" "$(netstat_rows tcp6)"
	mksock tcp-established,port=90,addr=::1
	run_command "$BUILDDIR/doc/examples/netstat"
	equal "tcp6" "$(mksock_rows tcp '[::]:0')" "$(netstat_rows tcp6)"
}

@test "as many rows as ss" {
	need_command ss
	mksock tcp-listen,port=80 tcp-established,port=80,count=3 udp-bound,port=53
	run_command "$BUILDDIR/doc/examples/netstat"
	equal "tcp" "$(in_netns ss -Htan | wc -l)" "$(grep -c ^tcp "$PLUGIN_STDOUT")"
	equal "udp" "$(in_netns ss -Huan | wc -l)" "$(grep -c ^udp "$PLUGIN_STDOUT")"
}

@test "--json: an object a line" {
	mksock 'self,comm=a"b' tcp-listen,port=80
	run_command "$BUILDDIR/doc/examples/netstat" --json
	assert_status 0
	grep -Fxq '{"protocol":"tcp4","local":"127.0.0.1:80","remote":"0.0.0.0:0","state":"listen","pid":'"$MKSOCK_PID"',"program":"a\u0022b"}' \
		"$PLUGIN_STDOUT" || fail "listener"
	need_command python3
	python3 -c 'import json, sys
for line in sys.stdin: json.loads(line)' <"$PLUGIN_STDOUT"
}

@test "any user may run it" {
	need_users
	mksock tcp-listen,port=80
	cp "$BUILDDIR/doc/examples/netstat" "$BATS_TEST_TMPDIR/netstat"
	chmod a+rx "$BATS_TEST_TMPDIR/netstat"
	run_command setpriv --reuid=65534 --regid=65534 --clear-groups "$BATS_TEST_TMPDIR/netstat"
	assert_status 0
	grep -q '^tcp4  *127\.0\.0\.1:80  *0\.0\.0\.0:0  *listen ' "$PLUGIN_STDOUT"
}
