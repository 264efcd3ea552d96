#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# netstat.bats - doc/examples/netstat sees what ss and psutil see, on the same sockets

load ../helpers

setup() {
	sockets_setup
	# Anybody else's processes would hold sockets of the whole host.
	[ "${OWN_PIDS-}" = 1 ] || skip "processes of the host are in view: no pid namespace of its own"
}

# Every TCP state over both families, mapped and dual-stack ones, UDP, unix; several processes,
# one of which shares what another holds.
make_sockets() {
	mksock tcp-established,port=20001,count=3 tcp-syn-sent,port=20002 \
		tcp-syn-recv,port=20003,peer=gone tcp-fin-wait1,port=20004,peer=gone \
		tcp-fin-wait2,port=20005 tcp-time-wait,port=20006 tcp-close-wait,port=20007 \
		tcp-last-ack,port=20008 tcp-closing,port=20009 tcp-fin-wait2,port=20010,orphan \
		tcp-listen,port=20020,count=4,reuseport tcp-listen,port=20021,addr=0.0.0.0 \
		tcp-listen,port=20022,addr=:: tcp-listen,port=20023,addr=::,v6only \
		tcp-listen,port=20024,addr=::1 tcp-listen,port=20025,device=lo \
		tcp-established,addr=::1,port=20026 tcp-established,addr=::ffff:127.0.0.1,port=20027 \
		tcp-time-wait,addr=::1,port=20028 \
		udp-bound,port=53 udp-bound,port=57,addr=:: udp-bound,port=54,addr=0.0.0.0 \
		udp-connected,port=55 udp-connected,port=56,addr=::1 \
		begin,share,comm=pre-fork end begin,comm=other,copies=2 tcp-established,port=20030 end \
		"unix-listen,path=$BATS_TEST_TMPDIR/stream" unix-listen,path=@name,type=seqpacket \
		"unix-bound,path=$BATS_TEST_TMPDIR/datagram,type=dgram" unix-pair,count=2 \
		"unix-connected,path=$BATS_TEST_TMPDIR/connected"
}

netstat() {
	run_command "$BUILDDIR/doc/examples/netstat" "$@"
	assert_status 0
}

# Lines of the text: PROTOCOL LOCAL REMOTE STATE PID PROGRAM, unix sockets without REMOTE.
text_records() {
	sed -E 's,([0-9]+)/([^/]*)$,\1 \2,; s,^(.{7}) {23},\1-,' "$PLUGIN_STDOUT" | awk '
		$1 == "unix" { print $1, $2, "-", $3, $4, $5; next }
		{ print $1, $2, $3, $4, $5, $6 }' | sed 's/\\u0000/@/; s/ *$//' | sort
}

# The same of ss, whose list of holders may be long: the last one by pid, as netstat has it.
ss_records() {
	local family
	for family in 4 6; do
		in_netns ss -Htanp "-$family" | sed "s/^/tcp$family /"
		in_netns ss -Huanp "-$family" | sed "s/^/udp$family /"
	done | awk '
		function place(text, any) {
			sub(/%[^]:]*/, "", text)
			sub(/^\*:/, any ":", text)
			sub(/:\*$/, ":0", text)
			return text
		}
		{
			any = $1 ~ /4/ ? "0.0.0.0" : "[::]"
			print $1, place($5, any), place($6, any), $2, $7
		}' | ss_words
	in_netns ss -Hxanp | awk '{
		sub(/^\*$/, "-", $5)
		print "unix", $5, "-", $2, $9
	}' | ss_words
}

# States in our words, and `users:(("a",pid=1,fd=3),...)` as PID PROGRAM.
ss_words() {
	awk '
		BEGIN {
			split("ESTAB established SYN-SENT syn_sent SYN-RECV syn_recv " \
				"FIN-WAIT-1 fin_wait1 FIN-WAIT-2 fin_wait2 TIME-WAIT time_wait " \
				"UNCONN close CLOSE-WAIT close_wait LAST-ACK last_ack LISTEN listen " \
				"CLOSING closing", words, " ")
			for (i = 1; i in words; i += 2)
				name[words[i]] = words[i + 1]
		}
		{
			pid = 0; program = ""
			n = split($5, holders, /\(/)
			for (i = 1; i <= n; i++) {
				split(holders[i], part, /[",=]+/)
				if (part[3] == "pid" && part[4] + 0 > pid) {
					pid = part[4] + 0
					program = " " part[2]
				}
			}
			print $1, $2, $3, name[$4], pid program
		}' | sort
}

# the_same EXPECTED ACTUAL, which are not empty
the_same() {
	[ -n "$1" ] || fail "no records"
	diff -U 0 <(echo "$1") <(echo "$2") || fail "- expected, + by netstat"
}

@test "netstat.c has fewer than 65 lines, of 100 columns at most" {
	[ "$(wc -l <"$SRCDIR/doc/examples/netstat.c")" -lt 65 ]
	equal "long lines" 0 "$(expand "$SRCDIR/doc/examples/netstat.c" | grep -c '.\{101\}' || true)"
}

@test "netstat's rows are those of ss -Htanp, -Huanp and -Hxanp" {
	need_command ss
	make_sockets
	# Until it is accepted it has no inode: /proc/net/unix has a row for it, unix_diag has none.
	mksock unix-connect,path=@name,type=seqpacket
	netstat
	the_same "$(ss_records)" "$(text_records)"
	local state
	for state in established syn_sent syn_recv fin_wait1 fin_wait2 time_wait close close_wait \
		last_ack listen closing; do
		assert_output_like " $state "
	done
}

@test "netstat --json tells what the rows tell" {
	need_python json
	make_sockets
	netstat
	local rows
	rows=$(text_records | awk '{ print $1, $2, $3, $1 ~ /^tcp/ ? $4 : "-", $5 }' | sort)
	netstat --json
	the_same "$rows" "$("$PYTHON" "$SRCDIR/tests/netstat_records.py" json "$PLUGIN_STDOUT" | sort)"
}

@test "netstat --json: names that would break JSON come back byte for byte" {
	need_python json
	mksock 'begin,comm=a"b\\\xff' 'unix-listen,path=@q"\\\x0a\xfe|' end
	netstat --json
	# shellcheck disable=SC2016 # Python's
	"$PYTHON" -c 'import json, sys
records = [json.loads(line) for line in open(sys.argv[1])]
assert len(records) == 1, records
assert records[0]["program"].encode("latin-1") == b"a\"b\\\xff", records
assert records[0]["local"].encode("latin-1") == b"\0q\"\\\n\xfe|", records' "$PLUGIN_STDOUT"
}

@test "netstat --json has psutil's net_connections(kind), for each of its kinds" {
	need_python psutil
	make_sockets
	netstat --json
	local kind kinds
	while read -r kind kinds; do
		the_same "$(in_netns "$PYTHON" "$SRCDIR/tests/netstat_records.py" psutil "$kind" | sort)" \
			"$("$PYTHON" "$SRCDIR/tests/netstat_records.py" json "$PLUGIN_STDOUT" |
				grep -E "^($kinds) " | sort)"
	done <<-'END'
		all tcp4|tcp6|udp4|udp6|unix
		inet tcp4|tcp6|udp4|udp6
		inet4 tcp4|udp4
		inet6 tcp6|udp6
		tcp tcp4|tcp6
		tcp4 tcp4
		tcp6 tcp6
		udp udp4|udp6
		udp4 udp4
		udp6 udp6
		unix unix
	END
}

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

@test "any user may run it" {
	need_users
	mksock tcp-listen,port=80
	cp "$BUILDDIR/doc/examples/netstat" "$BATS_TEST_TMPDIR/netstat"
	chmod a+rx "$BATS_TEST_TMPDIR/netstat"
	run_command setpriv --reuid=65534 --regid=65534 --clear-groups "$BATS_TEST_TMPDIR/netstat"
	assert_status 0
	grep -q '^tcp4  *127\.0\.0\.1:80  *0\.0\.0\.0:0  *listen ' "$PLUGIN_STDOUT"
}
