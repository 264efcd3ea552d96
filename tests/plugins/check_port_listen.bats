#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# check_port_listen.bats - is something listening where it should be, and by whom

load ../helpers

check() {
	run_plugin check_port_listen "$@"
}

# The text without its accept queues, which have a test of their own.
text() {
	local text=${lines[0]-}
	text=${text%% | *}
	sed -E 's/, accept queue [0-9]+% \([0-9]+ of [0-9]+\)//g' <<<"${text#* - }"
}

# assert_figures LABEL...: these are the labels of the performance data, queues aside.
assert_figures() {
	lines[0]=$(sed -E 's/ [a-z]+_[0-9]+_backlog=[^ ]*//g' <<<"${lines[0]}")
	assert_perfdata_labels "$@"
}

# says STATE TEXT ARGUMENT...: line 1 without the performance data, as a whole.
says() {
	check "${@:3}"
	assert_state "$1"
	assert_text "$2"
}

# holder COMM PID [USER]: a regular expression for the process in words.
holder() {
	local comm=${1//[/\\[}
	echo "${comm//\)/\\)}\[$2\] user ${3:-root}( in [^ ,]+)? for [0-9]+s"
}

# ---- ports and protocols -----------------------------------------------------------------------

@test "-p: numbers, lists, ranges, repeated, each port once" {
	mksock tcp-listen,port=8001,ports=3 tcp-listen,port=80
	says OK "80/tcp on 127.0.0.1" -p 80
	assert_line1 "PORT_LISTEN OK - 80/tcp on 127.0.0.1, accept queue 0% (0 of 129) | listening=1;;1: tcp_80_listeners=1 tcp_80_backlog=0%;;;0;100"
	says OK "80/tcp on 127.0.0.1, 8001/tcp on 127.0.0.1, 8002/tcp on 127.0.0.1, 8003/tcp on 127.0.0.1" \
		-p 80,8001-8003
	assert_figures listening tcp_80_listeners tcp_8001_listeners tcp_8002_listeners \
		tcp_8003_listeners
	assert_perfdata listening "4;;4:"
	says OK "8003/tcp on 127.0.0.1, 80/tcp on 127.0.0.1" --port=8003 -p80,80,8003 --port 80-80/tcp
	assert_perfdata listening "2;;2:"
	says CRITICAL "81-82/tcp not listening, 8000/tcp not listening, 8004/tcp not listening (80/tcp, 8001/tcp, 8002/tcp, 8003/tcp ok)" \
		-p 80-82,8000-8004
	assert_perfdata listening "4;;8:"
	says CRITICAL "1/tcp not listening" -p 1
	assert_line1 "PORT_LISTEN CRITICAL - 1/tcp not listening | listening=0;;1: tcp_1_listeners=0"
	says CRITICAL "65535/tcp not listening (80/tcp ok)" -p 80,65535
}

@test "-p: what is asked for is the local port of a listener and nothing like it" {
	mksock tcp-listen,port=8080 tcp-established,port=80 tcp-bound,port=81 \
		tcp-established,port=8080,fromport=82 tcp-time-wait,port=83 tcp-syn-sent,port=84 \
		udp-bound,port=85
	says CRITICAL "80-85/tcp not listening, 808/tcp not listening, 8081/tcp not listening" \
		-p 80-85,808,8081
	says OK "8080/tcp on 127.0.0.1" -p 8080
}

@test "-p: names of services, protocols" {
	getent services https domain >/dev/null || skip "no services are known: netbase is missing"
	mksock tcp-listen,port=443 udp-bound,port=53
	says OK "443/tcp on 127.0.0.1, 53/udp on 127.0.0.1" -p https,53/udp
	assert_figures listening tcp_443_listeners udp_53_listeners
	says OK "443/tcp on 127.0.0.1, 53/udp on 127.0.0.1" -p https/tcp -p domain/udp
	says CRITICAL "443/udp not listening, 53/tcp not listening" -p https/udp,53
	says CRITICAL "53/tcp not listening (53/udp ok)" -p 53/inet
}

@test "-p: performance data of the first eight ports" {
	mksock tcp-listen,port=80,ports=9
	check -p 80-88
	assert_state OK
	assert_figures listening tcp_80_listeners tcp_81_listeners tcp_82_listeners \
		tcp_83_listeners tcp_84_listeners tcp_85_listeners tcp_86_listeners tcp_87_listeners
	says CRITICAL "79/tcp not listening (9 other ports ok)" -p 79-88
	says CRITICAL "79/tcp not listening (5 other ports ok)" -p 79-84
	says CRITICAL "79/tcp not listening (80/tcp, 81/tcp, 82/tcp, 83/tcp ok)" -p 79-83
}

@test "-P: each protocol and family" {
	mksock tcp-listen,port=80 udp-bound,port=80 tcp-listen,addr=::1,port=81 \
		udp-bound,addr=::1,port=81
	local kind
	for kind in tcp TCP tcp4; do
		says OK "80/${kind,,} on 127.0.0.1" -p 80 -P "$kind"
	done
	says OK "80/udp on 127.0.0.1" -p 80 --protocol udp
	says OK "80/udp4 on 127.0.0.1" -p 80 -P udp4
	says OK "81/tcp6 on ::1" -p 81 -P tcp6
	says OK "81/udp6 on ::1" -p 81 -P udp6
	# The words name the family that was looked at, the labels do not.
	says CRITICAL "80/tcp6 not listening" -p 80 -P tcp6
	assert_figures listening tcp_80_listeners
	says CRITICAL "82-83/udp6 not listening" -p 82-83 -P udp6
	says CRITICAL "81/tcp4 not listening" -p 81 -P tcp4
	says CRITICAL "81/udp4 not listening" -p 81 -P udp4
	for kind in inet tcp,udp; do
		says OK "80/tcp on 127.0.0.1, 80/udp on 127.0.0.1" -p 80 -P "$kind"
	done
	says OK "80/tcp4 on 127.0.0.1, 80/udp4 on 127.0.0.1" -p 80 -P inet4
	says OK "80/tcp on 127.0.0.1, 80/udp4 on 127.0.0.1" -p 80 -P udp4,tcp
	says OK "81/tcp6 on ::1, 81/udp6 on ::1" -p 81 -P inet6
	says CRITICAL "80/tcp6 not listening, 80/udp6 not listening" -p 80 -P inet6
	says CRITICAL "81/tcp4 not listening, 81/udp4 not listening" -p 81 -P inet4
	says OK "80/tcp on 127.0.0.1" -p 80/tcp -P udp
	says CRITICAL "80/sctp not listening" -p 80 -P sctp
	says CRITICAL "80/sctp not listening" -p 80/sctp
	check -p 80 -P all
	assert_figures listening tcp_80_listeners udp_80_listeners raw_80_listeners \
		sctp_80_listeners mptcp_80_listeners
	assert_perfdata listening "2;;5:"
}

@test "-p PORT/tcp4,PORT/tcp6: each family for itself" {
	mksock tcp-listen,port=80 tcp-listen,port=81 tcp-listen,addr=::1,port=81
	says CRITICAL "80/tcp6 not listening (80/tcp4 ok)" -p 80/tcp4,80/tcp6
	assert_perfdata tcp4_80_listeners 1
	assert_perfdata tcp6_80_listeners 0
	says CRITICAL "80/tcp6 not listening (80/tcp4 ok)" -p 80/tcp4 -p 80/tcp6 --source procfs
	says CRITICAL "80/tcp6 not listening (80/tcp ok)" -p 80/tcp,80/tcp6
	says CRITICAL "80/tcp6 not listening" -p 80/tcp6,80/tcp6
	says OK "81/tcp4 on 127.0.0.1, 81/tcp6 on ::1" -p 81/tcp4,81/tcp6
	assert_perfdata listening "2;;2:"
}

@test "-P raw: the number of the IP protocol is the port" {
	mksock raw,protocol=253
	says OK "253/raw on 0.0.0.0" -p 253 -P raw
	says OK "253/raw4 on 0.0.0.0" -p 253/raw4 --source procfs
	says CRITICAL "253/raw6 not listening" -p 253/raw6
}

@test "-P mptcp, -P sctp" {
	[ -e /proc/sys/net/mptcp/enabled ] || skip "no MPTCP in this kernel"
	mksock mptcp-listen,port=80
	says OK "80/mptcp on 127.0.0.1" -p 80 -P mptcp
	says OK "80/tcp on 127.0.0.1" -p 80
	says CRITICAL "81/mptcp4 not listening" -p 81/mptcp4
	says UNKNOWN "80/mptcp not seen listening: the socket tables could not be read (No such file or directory)" \
		-p 80/mptcp --source procfs
	grep -q ^SCTP /proc/net/protocols || skip "no SCTP in this kernel"
	mksock sctp-listen,port=80
	says OK "80/sctp on 127.0.0.1" -p 80 -P sctp
}

@test "udp: bound is listening, connected is not" {
	mksock udp-bound,port=53 udp-connected,port=54,fromport=55
	says OK "53/udp on 127.0.0.1" -p 53/udp
	says OK "53/udp on 127.0.0.1" -p 53/udp --source procfs
	says CRITICAL "54-55/udp not listening" -p 54-55/udp
	says CRITICAL "54-55/udp not listening" -p 54-55/udp --source procfs
}

@test "udp: a client that has bound its port looks like a server, as the manual says" {
	mksock udp-bound # where the kernel chooses
	local port
	port=$(mksock_ports udp CLOSE)
	[ "$port" -gt 1023 ] || fail "port $port"
	says OK "$port/udp on 127.0.0.1" -p "$port/udp"
	grep -q "^A UDP client that has bound its port looks like a server" \
		"$SRCDIR/doc/check_port_listen.8" || fail "the manual does not say so"
}

@test "the manual says that ports published by NAT have no socket" {
	local word
	for word in Docker NodePort IPVS "have no socket"; do
		sed -n '/^.SH LIMITS/,/^.SH SECURITY/p' "$SRCDIR/doc/check_port_listen.8" | grep -q "$word" ||
			fail "$word"
	done
}

# ---- coverage ----------------------------------------------------------------------------------

# covered PORT ADDR..., uncovered PORT ADDR...: does a listener cover it?
covered() {
	local addr
	for addr in "${@:2}"; do
		check -p "$1" -H "$addr"
		assert_state OK
		assert_perfdata listening 1
	done
}

uncovered() {
	local addr
	for addr in "${@:2}"; do
		check -p "$1" -H "$addr"
		assert_state CRITICAL
		assert_text_like "^$1/tcp listens on [^ ]+, not on $addr\$"
		assert_perfdata listening 0
		check -p "$1" -H "$addr" --closed
		assert_state OK
	done
}

@test "-H, --address: what each kind of listener covers" {
	mksock address,addr=10.1.2.3 address,addr=2001:db8::7 \
		tcp-listen,port=80,addr=127.0.0.1 tcp-listen,port=81,addr=0.0.0.0 \
		tcp-listen,port=82,addr=::1 tcp-listen,port=83,addr=:: \
		tcp-listen,port=84,addr=::,v6only tcp-listen,port=85,addr=::ffff:127.0.0.1 \
		tcp-listen,port=86,addr=10.1.2.3 tcp-listen,port=87,addr=2001:db8::7
	covered 80 127.0.0.1 ::ffff:127.0.0.1
	uncovered 80 127.0.0.2 10.1.2.3 ::1 0.0.0.0 :: 2001:db8::7
	covered 81 127.0.0.1 127.0.0.2 10.1.2.3 0.0.0.0 ::ffff:10.1.2.3
	uncovered 81 ::1 :: 2001:db8::7
	covered 82 ::1
	uncovered 82 127.0.0.1 :: 0.0.0.0 2001:db8::7
	covered 83 127.0.0.1 ::1 :: 0.0.0.0 10.1.2.3 2001:db8::7
	covered 84 ::1 :: 2001:db8::7
	uncovered 84 127.0.0.1 0.0.0.0 10.1.2.3
	covered 85 127.0.0.1
	uncovered 85 ::1 10.1.2.3 0.0.0.0
	covered 86 10.1.2.3
	uncovered 86 127.0.0.1
	covered 87 2001:db8::7 2001:0db8:0::7
	uncovered 87 ::1
	says OK "83/tcp on *" -p 83 --address 127.0.0.1
	says OK "84/tcp on ::" -p 84 -H ::1
	says CRITICAL "88/tcp not listening" -p 88 -H ::1
}

@test "-H, -4, -6: a V6ONLY and an IPv4 listener on one port, a dual-stack one beside them" {
	mksock tcp-listen,port=80,addr=0.0.0.0 tcp-listen,port=80,addr=::,v6only \
		tcp-listen,port=81,addr=:: tcp-listen,port=82,addr=::,v6only
	covered 80 127.0.0.1 ::1 0.0.0.0 ::
	says OK "80/tcp on 0.0.0.0, ::" -p 80 -4 -6
	assert_perfdata tcp_80_listeners 2
	check -p 80 -H 127.0.0.1
	assert_perfdata tcp_80_listeners 1
	says OK "80/tcp on ::" -p 80 -6
	covered 81 127.0.0.1 ::1
	uncovered 82 127.0.0.1
	mksock tcp-listen,port=83,addr=127.0.0.1 tcp-listen,port=83,addr=::,v6only
	uncovered 83 127.0.0.2
	covered 83 ::1 127.0.0.1
}

@test "-H repeated: all must hold, whichever listener covers them" {
	mksock tcp-listen,port=80 tcp-listen,port=80,addr=::1 tcp-listen,port=81
	says OK "80/tcp on 127.0.0.1, ::1" -p 80 -H 127.0.0.1 -H ::1
	says CRITICAL "81/tcp listens on 127.0.0.1, not on ::1" -p 81 -H 127.0.0.1 -H ::1
	says CRITICAL "81/tcp listens on 127.0.0.1, not on ::1 (80/tcp ok)" -p 80,81 -H ::1 -H 127.0.0.1
}

@test "-H: up to 64 addresses, each of which counts" {
	mksock tcp-listen,port=80,addr=0.0.0.0
	local addresses=() i
	for ((i = 1; i <= 63; i++)); do
		addresses+=(-H "127.0.0.$i")
	done
	says OK "80/tcp on 0.0.0.0" -p 80 "${addresses[@]}" -H 127.0.0.64
	says CRITICAL "80/tcp listens on 0.0.0.0, not on ::1" -p 80 "${addresses[@]}" -H ::1
	says UNKNOWN "-H '127.0.0.65': at most 64 addresses can be asked for" -p 80 "${addresses[@]}" \
		-H 127.0.0.64 -H 127.0.0.65
	says UNKNOWN "at most 64 addresses can be asked for" -p 80 "${addresses[@]}" -H 127.0.0.64 -4
}

@test "-H: an address that this host does not have is not covered" {
	mksock tcp-listen,port=80,addr=:: tcp-listen,port=81
	says CRITICAL "10.1.2.3 is not an address of this host, 80/tcp listens on *" -p 80 -H 10.1.2.3
	assert_perfdata listening "0;;1:"
	says CRITICAL "2001:db8::7 is not an address of this host, 80/tcp listens on *, 81/tcp listens on 127.0.0.1" \
		-p 80,81 -H 127.0.0.1 -H 2001:db8::7
	says OK "10.1.2.3 is not an address of this host, 80/tcp closed on 10.1.2.3" -p 80 -H 10.1.2.3 --closed
	# No source that tells less makes it one that may be.
	says CRITICAL "10.1.2.3 is not an address of this host, 80/tcp listens on ::" -p 80 \
		-H 10.1.2.3 --source procfs
	says CRITICAL "10.1.2.3 is not an address of this host, 80/mptcp not listening" -p 80/mptcp \
		-H 10.1.2.3 --source procfs
	mksock address,addr=10.1.2.3 address,addr=2001:db8::7
	says OK "80/tcp on *" -p 80 -H 10.1.2.3 -H 2001:db8::7
	says OK "80/tcp on *" -p 80 -H 127.99.0.1
}

@test "-H: a broadcast or multicast address is an error, even one that a socket is bound to" {
	mksock udp-bound,port=53,addr=255.255.255.255 udp-bound,port=53,addr=224.0.0.1
	local addr
	for addr in 255.255.255.255 224.0.0.1 239.255.255.255 ::ffff:224.0.0.1 ff02::1 ff02::1%lo; do
		says UNKNOWN "-H '$addr': a broadcast or multicast address is that of no one host" \
			-p 53/udp -H "$addr" --closed
	done
	for addr in 223.255.255.255 240.0.0.1 255.255.255.254 fe80::1; do
		says OK "$addr is not an address of this host, 54/udp closed on $addr" -p 54/udp -H "$addr" --closed
	done
}

@test "-H: a listener bound to a device covers only its addresses on that device" {
	mksock tcp-listen,port=80,addr=0.0.0.0,device=lo tcp-listen,port=81,addr=0.0.0.0
	says OK "80/tcp on 0.0.0.0%lo" -p 80
	says CRITICAL "80/tcp listens on 0.0.0.0%lo, not on 127.0.0.1" -p 80 -H 127.0.0.1
	says CRITICAL "80/tcp listens on 0.0.0.0%lo, not on 0.0.0.0" -p 80 -H 0.0.0.0
	says OK "80/tcp on 0.0.0.0%lo" -p 80 -H 127.0.0.1%lo
	says OK "81/tcp on 0.0.0.0" -p 81 -H 127.0.0.1%lo
}

@test "-H: an alternative name of a device is the name of one" {
	mksock tcp-listen,port=80
	in_netns ip link property add dev lo altname loopy 2>/dev/null || skip "no alternative names here"
	local way="the device is named by an alternative name: take the one that ip link shows first"
	says UNKNOWN "80/tcp listens on 127.0.0.1, perhaps not on 127.0.0.1%loopy: $way" -p 80 -H 127.0.0.1%loopy
	check -p 80 -H 127.0.0.1%loopy --closed
	assert_state UNKNOWN
	says OK "80/tcp on 127.0.0.1" -p 80 -H 127.0.0.1%lo
}

@test "-H: a device that this host does not have reaches nobody" {
	local source dir=$BATS_TEST_TMPDIR/proc
	mksock tcp-listen,port=80,addr=0.0.0.0,device=lo tcp-listen,port=81,addr=0.0.0.0
	for source in netlink procfs; do
		says CRITICAL "eth9 is not a device of this host, 81/tcp listens on 0.0.0.0" -p 81 -H 127.0.0.1%eth9 \
			--source $source
		says CRITICAL "l is not a device of this host, 81/tcp listens on 0.0.0.0" -p 81 -H 0.0.0.0%l \
			--source $source
		says CRITICAL "eth9 is not a device of this host, 99/tcp not listening" -p 99 -H ::%eth9 --source $source
	done
	says CRITICAL "eth9 is not a device of this host, 80/tcp listens on 0.0.0.0%lo" -p 80 -H 127.0.0.1%eth9
	# The device is said first: without it there is no address on it.
	says CRITICAL "eth9 is not a device of this host, 81/tcp listens on 0.0.0.0" -p 81 -H 10.1.2.3%eth9
	says CRITICAL "10.1.2.3%lo is not an address of this host, 81/tcp listens on 0.0.0.0" -p 81 -H 10.1.2.3%lo
	says OK "eth9 is not a device of this host, 81/tcp closed on 127.0.0.1%eth9" -p 81 -H 127.0.0.1%eth9 --closed
	says CRITICAL "81/tcp listens on 0.0.0.0" -p 81 -H 127.0.0.1%lo --closed
	# Where devices cannot be read there may be one.
	mkdir -p "$dir/1/net"
	in_netns cat /proc/net/tcp >"$dir/1/net/tcp"
	in_netns cat /proc/net/tcp6 >"$dir/1/net/tcp6"
	says UNKNOWN "81/tcp listens on 0.0.0.0, perhaps not on 0.0.0.0%lo: the devices of this host cannot be read (No such file or directory): leave out the %DEVICE" \
		-p 81 -H 0.0.0.0%lo --procfs "$dir"
	in_netns cat /proc/net/dev >"$dir/1/net/dev"
	says OK "81/tcp on 0.0.0.0" -p 81 -H 0.0.0.0%lo --procfs "$dir"
	says CRITICAL "eth9 is not a device of this host, 81/tcp listens on 0.0.0.0" -p 81 -H 0.0.0.0%eth9 --procfs "$dir"
}

@test "-H by procfs: UNKNOWN where it hangs on IPV6_V6ONLY, with what would tell" {
	local remedy="/proc does not tell whether an IPv6 socket takes IPv4: use --source netlink"
	mksock tcp-listen,port=80,addr=:: tcp-listen,port=81,addr=::,v6only \
		tcp-listen,port=81,addr=0.0.0.0 tcp-listen,port=82,addr=::1
	says UNKNOWN "80/tcp listens on ::, perhaps not on 127.0.0.1: $remedy" \
		-p 80 -H 127.0.0.1 --source procfs
	says UNKNOWN "80/tcp listens on ::, perhaps not on 127.0.0.1: $remedy" \
		-p 80 -H 127.0.0.1 --closed --source procfs
	check -p 80 -H 127.0.0.1 --closed --source procfs -vv # looked at twice before it is no OK
	assert_output_like $'\n'"looks: 2"$'\n'
	# A table that cannot be read at all is the reason, and the only one.
	mkdir -p "$BATS_TEST_TMPDIR/proc/1/net"
	says UNKNOWN "80/tcp not seen listening: the socket tables could not be read (No such file or directory)" \
		-p 80 -H 127.0.0.1 --procfs "$BATS_TEST_TMPDIR/proc"
	says UNKNOWN "80/tcp listens on ::, perhaps not on IPv4: $remedy" -p 80 -4 --source procfs
	says OK "80/tcp on ::" -p 80 -H ::1 --source procfs
	says OK "80/tcp on ::" -p 80 --source procfs
	says CRITICAL "82/tcp listens on ::1, not on 127.0.0.1" -p 82 -H 127.0.0.1 --source procfs
	check -p 81 -H 127.0.0.1 --source procfs
	assert_state OK
	check -p 80-81 -H 127.0.0.1 --source procfs -c 1:
	assert_state OK
}

@test "-c listening: of those that perhaps listen no more can than there are" {
	mksock tcp-listen,port=80,addr=:: tcp-listen,port=81,addr=0.0.0.0
	local options=(-H 127.0.0.1 --source procfs)
	check -p 80,81 "${options[@]}" -c 1:2
	assert_state OK
	assert_perfdata listening "1;;1:2"
	check -p 80,81 "${options[@]}" -c 2:2
	assert_state UNKNOWN
	check -p 80,81 "${options[@]}" -c 1:1
	assert_state UNKNOWN
	check -p 80-82 "${options[@]}" -c 3:
	assert_state CRITICAL
	[[ $(text) != *"(limit"* ]] || fail "what is not sure is no alert"
	check -p 80,81 "${options[@]}" -w 3: -c 1:
	assert_state WARNING
	# None or one: not OK either way, and the milder of both.
	check -p 80 "${options[@]}" -w 3: -c 1:
	assert_state WARNING
}

@test "--exact: bound to exactly this address" {
	mksock tcp-listen,port=80,addr=0.0.0.0 tcp-listen,port=81 tcp-listen,port=82,addr=:: \
		tcp-listen,port=83,addr=::ffff:127.0.0.1
	says CRITICAL "80/tcp listens on 0.0.0.0, not on 127.0.0.1" -p 80 -H 127.0.0.1 --exact
	says OK "80/tcp on 0.0.0.0" -p 80 -H 0.0.0.0 --exact
	says OK "81/tcp on 127.0.0.1" -p 81 -H 127.0.0.1 --exact
	says CRITICAL "82/tcp listens on *, not on ::1" -p 82 -H ::1 --exact
	says CRITICAL "82/tcp listens on *, not on 0.0.0.0" -p 82 -H 0.0.0.0 --exact
	says OK "82/tcp on *" -p 82 -H :: --exact
	says OK "83/tcp on ::ffff:127.0.0.1" -p 83 -H 127.0.0.1 --exact
}

@test "-4, --ipv4, -6, --ipv6: traffic of the family, dual-stack included" {
	mksock tcp-listen,port=80,addr=:: tcp-listen,port=81,addr=::,v6only \
		tcp-listen,port=82,addr=0.0.0.0 tcp-listen,port=83,addr=::1 \
		tcp-listen,port=84,addr=::ffff:127.0.0.1
	says CRITICAL "81/tcp listens on ::, not on IPv4, 83/tcp listens on ::1, not on IPv4 (80/tcp, 82/tcp, 84/tcp ok)" \
		-p 80-84 -4
	assert_perfdata listening "3;;5:"
	says CRITICAL "82/tcp listens on 0.0.0.0, not on IPv6, 84/tcp listens on ::ffff:127.0.0.1, not on IPv6 (80/tcp, 81/tcp, 83/tcp ok)" \
		-p 80-84 --ipv6
	says OK "80/tcp on *" -p 80 --ipv4 -6
	check -p 80-84 -4 -6
	assert_perfdata listening "1;;5:"
}

# ---- thresholds --------------------------------------------------------------------------------

@test "--closed: nothing may listen" {
	mksock tcp-listen,port=80
	says OK "23/tcp closed" -p 23 --closed
	assert_line1 "PORT_LISTEN OK - 23/tcp closed | listening=0;;0 tcp_23_listeners=0"
	says OK "23/tcp closed, 80/udp closed" -p 23,80/udp --closed
	says CRITICAL "80/tcp listens on 127.0.0.1" -p 80 --closed
	assert_perfdata listening "1;;0"
	says CRITICAL "80/tcp listens on 127.0.0.1 (23/tcp ok)" -p 23,80 --closed
	says OK "80/tcp closed on 127.0.0.2" -p 80 --closed -H 127.0.0.2
	says OK "80/tcp closed on 127.0.0.2, ::1" -p 80 --closed -H 127.0.0.2 -H ::1
	says OK "80/tcp closed on IPv6" -p 80 --closed -6
	says WARNING "80/tcp listens on 127.0.0.1" -p 80 --closed -w 0
}

@test "--closed: of a range the ports that listen come first, then the closed ones in runs" {
	mksock tcp-listen,port=80 tcp-listen,port=5010
	says OK "81-5009/tcp closed" -p 81-5009 --closed
	says OK "81-90/tcp closed, 5000/udp closed, 4999-5000/tcp6 closed" -p 81-90,5000/udp,4999-5000/tcp6 --closed
	says OK "81-90/tcp closed on ::1" -p 81-90 --closed -H ::1
	says OK "5010/tcp listens on 127.0.0.1, 5000-5009/tcp closed, 5011-9000/tcp closed" -p 5000-9000 --closed -w 200
	says CRITICAL "5010/tcp listens on 127.0.0.1 (5 other ports ok)" -p 5009-5014 --closed
	check -p "$(seq -s, 2001 2 4000)" --closed
	assert_state OK
	assert_text_like '^2001/tcp closed, 2003/tcp closed, .*, \.\.\. and [0-9]+ more$'
}

@test "--closed -H: on none of the addresses may anything listen" {
	mksock tcp-listen,port=80 tcp-listen,port=81,addr=:: tcp-listen,port=82,addr=::,v6only
	says CRITICAL "80/tcp listens on 127.0.0.1" -p 80 --closed -H ::1 -H 127.0.0.1
	assert_perfdata listening "1;;0"
	says CRITICAL "80/tcp listens on 127.0.0.1" -p 80 --closed -H 127.0.0.1 -H ::1 --source procfs
	says CRITICAL "10.1.2.3 is not an address of this host, 80/tcp listens on 127.0.0.1" \
		-p 80 --closed -H 10.1.2.3 -H 127.0.0.1
	says CRITICAL "81/tcp listens on *" -p 81 --closed -H 127.0.0.1 -4 -6
	says CRITICAL "82/tcp listens on ::" -p 82 --closed -4 -6
	says OK "82/tcp closed on IPv4" -p 82 --closed -4
}

@test "thresholds on listening, by default all must" {
	local up state
	for up in 10:OK 9:OK 8:WARNING 5:WARNING 4:CRITICAL; do
		state=${up#*:} up=${up%:*}
		mksock tcp-listen,port=8001,ports="$up"
		check -p 8001-8010 -w 9: -c 5:
		assert_state "$state"
		assert_perfdata listening "$up;9:;5:"
		check -p 8001-8010 -w listening=9: -c listening=5:
		assert_state "$state"
		check -p 8001-8010 --warning=9: --critical=5: --source procfs
		assert_state "$state"
		check -p 8001-8010
		assert_state "$([ "$up" -eq 10 ] && echo OK || echo CRITICAL)"
		mksock_stop
	done
	# Where too many listen these are what it is about, and no others.
	mksock tcp-listen,port=8001,ports=3
	says WARNING "listening 3 (limit 1:2), 8001/tcp on 127.0.0.1, 8002/tcp on 127.0.0.1, 8003/tcp on 127.0.0.1" \
		-p 8001-8004 -w 1:2 -c 3
	says WARNING "8004/tcp not listening (8001/tcp, 8002/tcp, 8003/tcp ok)" -p 8001-8004 -w 4:
	mksock_stop
	says CRITICAL "8001-8010/tcp not listening" -p 8001-8010 -c 1:
	says WARNING "8001-8010/tcp not listening" -p 8001-8010 -w 1:
}

@test "listeners: sockets of a port, SO_REUSEPORT workers" {
	mksock begin,comm=worker,copies=64 tcp-listen,port=80,reuseport end \
		udp-bound,port=53,reuseport,count=5 tcp-listen,port=81
	says OK "80/tcp on 127.0.0.1" -p 80 -w listeners=64: -c listeners=32:
	assert_figures listening listeners tcp_80_listeners
	assert_perfdata listeners "64;64:;32:"
	assert_perfdata tcp_80_listeners "64;64:;32:"
	says WARNING "80/tcp listeners 64 (limit 65:), 80/tcp on 127.0.0.1" -p 80 -w listeners=65:
	says CRITICAL "80/tcp listeners 64 (limit 63), 80/tcp on 127.0.0.1" -p 80 -c listeners=63
	check -p 80,53/udp,81 -m listeners
	assert_figures listeners listening tcp_80_listeners udp_53_listeners tcp_81_listeners
	assert_perfdata listeners 1 # the worst port
	assert_perfdata listening 3
	assert_perfdata tcp_80_listeners 64
	assert_perfdata udp_53_listeners 5
	check -p 80,53/udp,82 -c listeners=1: --source procfs
	assert_state CRITICAL
	assert_perfdata listeners "0;;1:"
	assert_perfdata tcp_80_listeners 64
}

# ---- owners ------------------------------------------------------------------------------------

need_own_pids() {
	[ -n "${OWN_PIDS-}" ] || skip "needs a pid namespace of its own"
}

@test "-C, --command: comm, base name of argv[0], name of the executable" {
	need_own_pids
	mksock begin,comm=app,argv0=/opt/bin/server tcp-listen,port=80 end
	local app name
	app=$(mksock_pids app)
	for name in app server mksock; do
		check -p 80 -C "$name"
		assert_state OK
		assert_text_like "^80/tcp on 127\.0\.0\.1 by $(holder app "$app")\$"
	done
	for name in ap appl opt /opt; do
		check -p 80 --command "${name#/}"
		assert_state CRITICAL
		assert_text_like "^80/tcp held by $(holder app "$app"), expected ${name#/}\$"
	done
	check -p 80 -C nginx -C app
	assert_state OK
	check -p 80 -C nginx -C apache2 --source procfs
	assert_state CRITICAL
	assert_text_like ", expected nginx or apache2\$"
	assert_perfdata listening "1;;1:"
}

@test "-C: names that break parsers, and names longer than 15 bytes" {
	need_own_pids
	mksock 'begin,comm=) R 1 (' tcp-listen,port=80 end \
		begin,comm=averyveryverylongname tcp-listen,port=81 end \
		'begin,comm=a\x0ab|c\x1b,argv0=\x3bd' tcp-listen,port=82 end
	check -p 80 -C ') R 1 ('
	assert_state OK
	[[ $(text) == "80/tcp on 127.0.0.1 by ) R 1 ([$(mksock_pids ')\x20R\x201\x20(')] user root"*" for "[0-9]*s ]] ||
		fail "holder"
	local name
	for name in averyveryverylongname averyveryverylongother averyveryverylo; do
		check -p 81 -C "$name"
		assert_state OK
	done
	check -p 81 -C averyveryveryl
	assert_state CRITICAL
	check -p 82 -C other
	assert_state CRITICAL
	[[ $(text) == '82/tcp held by a\x0ab\x7cc\x1b['*', expected other' ]] || fail "escaped"
	check -p 82 -C $'a\nb|c\e'
	assert_state OK
	equal "lines" 1 "${#lines[@]}"
	check -p 80 -C $'evil\n|;'
	[[ $(text) == *', expected evil\x0a\x7c\x3b' ]] || fail "escaped"
}

@test "--pid: exactly this process" {
	need_own_pids
	mksock 'self,comm=main' tcp-listen,port=80 begin,comm=other end
	check -p 80 --pid "$MKSOCK_PID"
	assert_state OK
	assert_text_like "^80/tcp on 127\.0\.0\.1 by $(holder main "$MKSOCK_PID")\$"
	check -p 80 --pid "$(mksock_pids other)"
	assert_state CRITICAL
	assert_text_like "^80/tcp held by $(holder main "$MKSOCK_PID"), expected pid $(mksock_pids other)\$"
	check -p 80 --pid 2147483647 --pid "$MKSOCK_PID"
	assert_state OK
	check -p 80 --pid 2147483647
	assert_state CRITICAL
	check -p 80 --pid "$MKSOCK_PID" -C other
	assert_state CRITICAL
	assert_text_like ", expected other with pid $MKSOCK_PID\$"
	says CRITICAL "81/tcp not listening" -p 81 --pid "$MKSOCK_PID"
}

@test "-u, --user: the user who created the socket" {
	need_users 65534
	need_own_pids
	mksock begin,comm=web,uid=65534 tcp-listen,port=8080 end tcp-listen,port=80 \
		begin,comm=heir,uid=65534,receive tcp-listen,port=81 end
	local user
	for user in 65534 "$(id -nu 65534)"; do
		check -p 8080 -u "$user"
		assert_state OK
		check -p 80 --user "$user"
		assert_state CRITICAL
		assert_text_like "^80/tcp held by $(holder mksock "$MKSOCK_PID"), expected a socket created by $(id -nu 65534)\$"
	done
	check -p 8080 -u 0
	assert_state CRITICAL
	check -p 8080,80 -u 0 -u 65534
	assert_state OK
	check -p 81 -u 0 # root made it
	assert_state OK
	check -p 81 -C heir # though another holds it
	assert_state OK
}

@test "every socket needs a matching holder, of one socket any holder will do" {
	need_own_pids
	mksock 'self,comm=master' tcp-listen,port=80 begin,comm=worker,share,copies=4 end
	check -p 80 -C worker
	assert_state OK
	check -p 80 -C master
	assert_state OK
	mksock begin,comm=one tcp-listen,port=81,reuseport end begin,comm=two \
		tcp-listen,port=81,reuseport end
	check -p 81 -C one
	assert_state CRITICAL
	assert_text_like "^81/tcp held by $(holder two "$(mksock_pids two)"), expected one\$"
	check -p 81 -C one -C two
	assert_state OK
	check -p 80,81 -C one -C two
	assert_state CRITICAL
	assert_text_like "^80/tcp held by .*, expected one or two"
}

@test "unprivileged: ports need no privilege, another user's process does" {
	mksock 'self,comm=main' tcp-listen,port=80
	run_plugin_as 65534 check_port_listen -p 80
	assert_state OK
	assert_text "80/tcp on 127.0.0.1"
	run_plugin_as 65534 check_port_listen -p 80 -H 127.0.0.1 --source procfs
	assert_state OK
	run_plugin_as 65534 check_port_listen -p 81
	assert_state CRITICAL
	assert_text "81/tcp not listening"
	run_plugin_as 65534 check_port_listen -p 80 -C main
	assert_state UNKNOWN
	assert_text_like "^80/tcp listens, its holder is not readable for uid 65534: .*cap_sys_ptrace,cap_dac_read_search"
	assert_perfdata listening "1;;1:"
	run_plugin_as 65534 check_port_listen -p 80 --pid "$MKSOCK_PID"
	assert_state UNKNOWN
	assert_text_like "cap_sys_ptrace"
	# Missing is missing, whoever should have held it.
	run_plugin_as 65534 check_port_listen -p 81 -C main
	assert_state CRITICAL
	# The record tells who created the socket.
	run_plugin_as 65534 check_port_listen -p 80 -u 0
	assert_state OK
	run_plugin_as 65534 check_port_listen -p 80 -u 65534
	assert_state CRITICAL
	assert_text_like "^80/tcp .*, expected a socket created by $(id -nu 65534)\$"
}

@test "unprivileged: one's own processes are readable" {
	need_users 65534
	need_own_pids
	mksock begin,comm=web,uid=65534 tcp-listen,port=8080 end
	run_plugin_as 65534 check_port_listen -p 8080 -C web
	assert_state OK
	assert_text_like "^8080/tcp on 127\.0\.0\.1 by $(holder web "$(mksock_pids web)" "$(id -nu 65534)")\$"
}

@test "listeners: each port that breaks the limit is named, a run of missing ones once" {
	mksock tcp-listen,port=80,reuseport,count=2 tcp-listen,port=81 tcp-listen,port=82,reuseport,count=3
	says WARNING "80/tcp listeners 2 (limit 1), 82/tcp listeners 3 (limit 1), 80/tcp on 127.0.0.1, 81/tcp on 127.0.0.1, 82/tcp on 127.0.0.1" \
		-p 80-82 -w listeners=1 -m backlog
	says CRITICAL "82/tcp listeners 3 (limit 2), 80/tcp listeners 2 (limit 1), 80/tcp on 127.0.0.1, 81/tcp on 127.0.0.1, 82/tcp on 127.0.0.1" \
		-p 80-82 -w listeners=1 -c listeners=2
	says CRITICAL "90-99/tcp not listening, 90-99/tcp listeners 0 (limit 1:) (81/tcp ok)" -p 81,90-99 -c listeners=1:
}

@test "-v: the evidence, a line for each socket and each port without one" {
	need_own_pids
	need_users 65534
	mksock begin,comm=web,uid=65534 tcp-listen,port=8080,addr=::,backlog=9 end \
		'self,comm=main' tcp-listen,port=80,reuseport,count=2 udp-bound,port=53,unread=1,drops=2 \
		unix-listen,path=@name tcp-listen,port=81 tcp-connect,port=8080,count=3
	local main web queue
	main="$(holder main "$MKSOCK_PID"), created by root( in [^ ,]+)?"
	web="$(holder web "$(mksock_pids web)" "$(id -nu 65534)"), created by $(id -nu 65534)( in [^ ,]+)?"
	check -p 8080,80,53/udp,99 -p unix:@name -c 1: -v
	assert_state OK
	equal "lines" 7 "${#lines[@]}"
	like "8080" "^8080/tcp on \*: listen, accept queue 3 of 10, held by $web\$" "${lines[1]}"
	like "80" "^80/tcp on 127\.0\.0\.1: listen, accept queue 0 of 129, held by $main\$" "${lines[2]}"
	like "80" "^80/tcp on 127\.0\.0\.1: listen, accept queue 0 of 129, held by $main\$" "${lines[3]}"
	# shellcheck disable=SC2016 # awk's
	queue=$(in_netns awk '$2 ~ /:0035$/ { sub(/.*:/, "", $5); print $5 }' /proc/net/udp)
	like "53" "^53/udp on 127\.0\.0\.1: bound, $((16#$queue)) bytes waiting, 2 dropped, held by $main\$" "${lines[4]}"
	equal "99" "99/tcp: no listener seen" "${lines[5]}"
	like "unix" "^unix:@name: listen, accept queue 0 of 129, held by $main\$" "${lines[6]}"
	# Without -v there is none; the limit of a queue and what was not seen are not made up.
	check -p 8080
	equal "lines" 1 "${#lines[@]}"
	check -p 81 -H ::1 -v
	assert_state CRITICAL
	assert_line 2 "81/tcp: a socket elsewhere, on 127.0.0.1"
	run_plugin_as 65534 check_port_listen -p 80 -v --source procfs
	like "80" "^80/tcp on 127\.0\.0\.1: listen, accept queue 0, its holder was not seen, created by root\$" "${lines[1]}"
	check -p 23 --closed -v
	assert_state OK
	assert_line 2 "23/tcp: no listener seen"
	# There is one, but it does not listen.
	mksock udp-connected,port=54,fromport=55 tcp-bound,port=56
	check -p 54-55/udp,56 -v
	equal "lines" "54-55/udp: no listener seen 56/tcp: no listener seen" "${lines[1]} ${lines[2]}"
	check -p 82-65535 --closed -v # but 8080
	equal "lines" "82-8079/tcp: no listener seen 8081-65535/tcp: no listener seen" "${lines[1]} ${lines[3]}"
}

@test "--output-format json: the evidence is that of -v" {
	need_own_pids
	need_python json
	mksock 'self,comm=main' tcp-listen,port=80
	check -p 80,81 -c 1: -v
	local evidence
	evidence=$(printf '%s\n' "${lines[@]:1}")
	check -p 80,81 -c 1: --output-format json
	# A second may have passed since.
	equal "evidence" "${evidence/ for [0-9]s/}" \
		"$("$PYTHON" -c 'import json, sys; [print(l) for l in json.load(sys.stdin)["evidence"]]' \
			<"$PLUGIN_STDOUT" | sed 's/ for [0-9]s//')"
}

# ---- how it looks ------------------------------------------------------------------------------

@test "one LISTEN dump for both families and no walk of /proc" {
	need_command strace
	mksock tcp-listen,port=80
	local trace=$BATS_TEST_TMPDIR/trace
	run_command strace -f -o "$trace" -e trace=?send,sendto,sendmsg,getdents64,getdents,open,openat,openat2 \
		"$BUILDDIR/plugins/check_port_listen" -p 80
	[ "$status" -eq 0 ] || { grep -q 'PTRACE\|ptrace' "$PLUGIN_STDERR" && skip "may not trace"; }
	assert_state OK
	equal "requests" 1 "$(grep -c 'send[a-z]*(.*nlmsg_type=TCPDIAG_GETSOCK' "$trace")"
	equal "all requests" 1 "$(grep -c 'send[a-z]*(' "$trace")"
	equal "getdents" 0 "$(grep -c getdents "$trace" || true)"
	equal "processes looked at" 0 "$(grep -cE '"([^"]*/)?([0-9]+|self)/fd' "$trace" || true)"
}

@test "a missing port is looked for twice" {
	need_command strace
	mksock tcp-listen,port=81
	local trace=$BATS_TEST_TMPDIR/trace
	run_command strace -f -o "$trace" -e trace=?send,sendto,sendmsg "$BUILDDIR/plugins/check_port_listen" -p 80
	assert_state CRITICAL
	equal "requests" 2 "$(grep -c 'send[a-z]*(' "$trace")"
}

@test "--source, -vv says which answered" {
	mksock tcp-listen,port=80
	local source
	for source in netlink procfs; do
		check -p 80 --source "$source" -vv
		assert_state OK
		assert_output_like $'\n'"tcp4: $source"$'\n'"tcp6: $source"$'\n'
	done
	check -p 80 --source auto -vv
	assert_output_like $'\n'"tcp4: netlink"$'\n'
}

# A /proc with one listener on 127.0.0.1:8080, inode 123, held by process 4711.
fixture() {
	procfs_folder
	mkdir -p "$PROCFS/4711/fd"
	cat >"$PROCFS/1/net/tcp" <<-END
		  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
		   0: $(printf '\x7f\0\0\x01' | od -An -tx4 | tr -d ' ' | tr a-f A-F):1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000   117        0 123 1 0000000000000000 100 0 0 10 0
	END
	echo fixed >"$PROCFS/4711/comm"
	printf 'fixed\0' >"$PROCFS/4711/cmdline"
	echo 0::/system.slice/fixed.service >"$PROCFS/4711/cgroup"
	ln -s 'socket:[123]' "$PROCFS/4711/fd/7"
	# The owner of the directory is the process's user; the start time is long ago.
	echo '4711 (fixed) S 1 4711 4711 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 0 0 0' >"$PROCFS/4711/stat"
}

@test "-H: whether the host has the address is not known of a /proc that does not tell" {
	local remedy="the addresses of this host cannot be read (No such file or directory): leave out --address, or use --exact"
	fixture
	says OK "8080/tcp on 127.0.0.1" -p 8080 -H 127.0.0.1 --procfs "$PROCFS"
	says CRITICAL "8080/tcp listens on 127.0.0.1, not on 192.0.2.99" -p 8080 -H 192.0.2.99 --procfs "$PROCFS"
	sed -i 's/[0-9A-F]*:1F90/00000000:1F90/' "$PROCFS/1/net/tcp"
	says OK "8080/tcp on 0.0.0.0" -p 8080 -H 0.0.0.0 --procfs "$PROCFS"
	says UNKNOWN "8080/tcp listens on 0.0.0.0, perhaps not on 192.0.2.99: $remedy" \
		-p 8080 -H 192.0.2.99 --procfs "$PROCFS"
	says UNKNOWN "8080/tcp listens on 0.0.0.0, perhaps not on 192.0.2.99: $remedy" \
		-p 8080 -H 192.0.2.99 --closed --procfs "$PROCFS"
	says CRITICAL "8080/tcp listens on 0.0.0.0, not on 192.0.2.99" \
		-p 8080 -H 192.0.2.99 --exact --procfs "$PROCFS"
	# An address that is here may be listened on, unseen, beside one that is not.
	printf 'Local:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 127.0.0.1\n        /32 host LOCAL\n' \
		>"$PROCFS/1/net/fib_trie"
	says CRITICAL "192.0.2.99 is not an address of this host, 81/tcp4 not listening" \
		-p 81 -H 192.0.2.99 --procfs "$PROCFS" -P tcp4
	mv "$PROCFS/1/net/tcp" "$PROCFS/1/net/away"
	says UNKNOWN "192.0.2.99 is not an address of this host, 81/tcp4 not seen listening: the socket tables could not be read (No such file or directory)" \
		-p 81 -H 127.0.0.1 -H 192.0.2.99 --closed --procfs "$PROCFS" -P tcp4
	check -p 81 -H 192.0.2.99 --closed --procfs "$PROCFS" -P tcp4
	assert_state OK
	mv "$PROCFS/1/net/away" "$PROCFS/1/net/tcp"
	: >"$PROCFS/1/net/fib_trie"
	says CRITICAL "192.0.2.99 is not an address of this host, 8080/tcp listens on 0.0.0.0" \
		-p 8080 -H 192.0.2.99 --procfs "$PROCFS"
}

@test "--procfs: sockets and processes of a fixture" {
	fixture
	says OK "8080/tcp on 127.0.0.1" -p 8080 --procfs "$PROCFS"
	says CRITICAL "80/tcp not listening" -p 80 --procfs "$PROCFS"
	check -p 8080 --procfs "$PROCFS" -C fixed
	assert_state OK
	assert_text_like "^8080/tcp on 127\.0\.0\.1 by fixed\[4711\] user [^ ]+ in fixed\.service for [0-9]+[smhd]\$"
	check -p 8080 --procfs "$PROCFS" -C nginx
	assert_state CRITICAL
	assert_text_like "^8080/tcp held by fixed\[4711\] .*, expected nginx\$"
	check -p 8080 --procfs "$PROCFS" -u 117
	assert_state OK
	check -p 8080 --procfs "$PROCFS" -vv
	assert_output_like $'\n'"tcp4: procfs"$'\n'
	# The caller says that the namespace is the same: nothing listens here.
	says CRITICAL "8080/tcp not listening" -p 8080 --procfs "$PROCFS" --source netlink
}

@test "--procfs: what is no /proc is called so" {
	need_users 65534
	mksock tcp-listen,port=80
	mkdir "$BATS_TEST_TMPDIR/folder"
	says UNKNOWN "cannot look at $BATS_TEST_TMPDIR/folder: it is no /proc" -p 80 -C nginx \
		--procfs "$BATS_TEST_TMPDIR/folder"
	run_plugin_as 65534 check_port_listen -p 80 -C nginx --procfs /sys
	assert_state UNKNOWN
	assert_text "cannot look at /sys: it is no /proc"
	says UNKNOWN "cannot look at /nosuch: No such file or directory" -p 80 --procfs /nosuch
	says UNKNOWN "cannot look at /etc/passwd: Not a directory" -p 80 --procfs /etc/passwd
}

@test "--procfs: a container seen from its host" {
	need_own_pids
	local enter=("${NETNS_ENTER[@]}")
	unshare -n -p -f --kill-child --mount-proc true 2>/dev/null ||
		skip "may not make a pid namespace"
	# unshare waits for its child: it must not hold the pipe whose end ends mksock.
	# shellcheck disable=SC2016 # the inner shell expands it
	NETNS_ENTER=(bash -c 'for fd in /proc/$$/fd/*; do
			[ "${fd##*/}" -le 2 ] || eval "exec ${fd##*/}>&-"
		done
		exec unshare -n -p -f --kill-child --mount-proc "$@"' bash)
	mksock 'self,comm=inside' tcp-listen,port=80
	NETNS_ENTER=("${enter[@]}")
	says OK "80/tcp on 127.0.0.1" -p 80 --procfs "/proc/$MKSOCK_PID/root/proc"
	check -p 80 --procfs "/proc/$MKSOCK_PID/root/proc" -C inside
	assert_state OK
	assert_text_like "^80/tcp on 127\.0\.0\.1 by $(holder inside 1)\$"
	says CRITICAL "80/tcp not listening" -p 80
}

@test "-c: where too many listen, those that do not are not blamed" {
	mksock tcp-listen,port=22 tcp-listen,port=25
	run_plugin check_port_listen -p 22-26 -c 0
	assert_state CRITICAL
	assert_text_like "^listening 2 \(limit 0\)"
	run_plugin check_port_listen -p 22-26 -c @1:3
	assert_state CRITICAL
	assert_text_like "^23-24/tcp not listening, 26/tcp not listening"
	run_plugin check_port_listen -p 22-26 -c 3:
	assert_text_like "^23-24/tcp not listening, 26/tcp not listening"
}

@test "--closed -H: what is reached through one device is not closed" {
	mksock tcp-listen,port=26,addr=0.0.0.0,device=lo
	run_plugin check_port_listen -p 26 --closed -H 127.0.0.1
	assert_state CRITICAL
	assert_text_like "^26/tcp listens on 0\.0\.0\.0%lo"
	run_plugin check_port_listen -p 26 --closed -H 127.0.0.1%other
	assert_state OK
}
