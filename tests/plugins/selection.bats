#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# selection.bats - the words that choose sockets and owners: what is wrong with them is said. What
# they choose is told by the plugins' own tests, owners.bats and units.bats.

load ../helpers

declare -gA NAMES=([check_conn_count]=CONN_COUNT [check_port_listen]=PORT_LISTEN
	[check_proc_sockets]=PROC_SOCKETS)

# refuses PLUGIN TEXT ARGUMENT...: exit 3 and one line, which is this text. There are many of them,
# so they do without the namespace and without a process more than the plugin.
refuses() {
	# shellcheck disable=SC2034 # for in_netns
	local NETNS_ENTER=() said
	run_plugin "$1" "${@:3}"
	assert_status 3
	IFS= read -r -d '' said <"$PLUGIN_STDOUT" || true
	equal "output" "${NAMES[$1]} UNKNOWN - $2"$'\n' "$said"
}

# refused WORDS OPTION TEXT...: each text with the same words behind "OPTION 'TEXT': ". The plugins
# share the rows of their tables: the first text is given to every plugin, the others to one.
refused() {
	local words=$1 option=$2 text plugin
	for plugin in "${!NAMES[@]}"; do
		refuses "$plugin" "$option '$3': $words" -p 80 "$option" "$3"
	done
	for text in "${@:4}"; do
		refuses check_conn_count "$option '$text': $words" -p 80 "$option" "$text"
	done
}

PORTS="expected PORT[-PORT][/PROTO] with ports from 1 to 65535"
FAMILIES="tcp4, tcp6, udp4, udp6, raw4, raw6, sctp4, sctp6, mptcp4, mptcp6"
PROTOCOLS="protocols are tcp, udp, raw, sctp, mptcp, inet, inet4, inet6, $FAMILIES"
KINDS="protocols are tcp, udp, raw, sctp, mptcp, inet, inet4, inet6, all, $FAMILIES, unix"

@test "-p, --port: what is no port" {
	refused "$PORTS" -p 0 65536 99999999999999999999 80- 80-0 0-80 80-65536 80-90-100
	refused "an item is empty" --port '' 80,,81 ,80 80,
	refused "the first port is above the last" -p 80-22
	refused "$PROTOCOLS" --port 80/xyz 80/ 80/unix
	refused "no service of that name is known" -p no-such-service -1 no-such-service/udp +80 ' 80' x80
	refused "expected unix:/full/path or unix:@abstract-name" -p unix: unix:@ unix:run/x.sock
	refuses check_port_listen "no port is asked for: name one with --port"
}

@test "-p, -P and other lists: what is wrong names the item" {
	refused "'80-22': the first port is above the last" -p 22,443,80-22,8080
	refused "'80/tcq': $PROTOCOLS" -p 22,80/tcq 80/tcq,22
	refused "'xyz': $KINDS" -P tcp,xyz
	refuses check_conn_count "-P '8\\x0a0': $KINDS" -P $'8\n0'
	refuses check_conn_count "-p '22,a\\x0ab': 'a\\x0ab': no service of that name is known" -p $'22,a\nb'
	refuses check_port_listen "--bound-within '::1,localhost': 'localhost': expected a numeric ADDR[/LEN]" \
		-p 80 --bound-within ::1,localhost
	refuses check_conn_count \
		"--remote-address '::1,10.0.0.0/33': '10.0.0.0/33': a prefix length is 0 to 32 for IPv4, 0 to 128 for IPv6" \
		--remote-address ::1,10.0.0.0/33
	# However long it is.
	run_plugin check_port_listen -p "80,$(printf '%0999d' 0)"
	assert_text_like "^-p '80,0+[^0]*': '0+': expected PORT"
}

@test "-P, --protocol: what is no protocol" {
	refused "$KINDS" -P tcp5 xyz unix4
	refused "an item is empty" --protocol '' tcp, ,
	local plugin
	for plugin in "${!NAMES[@]}"; do
		refuses "$plugin" "a unix socket has no port: name a protocol with --protocol" -p 80 -P unix
	done
}

@test "-P, -p: every word that a message lists is taken" {
	local word
	for word in ${KINDS#protocols are}; do
		run_plugin check_conn_count -s listen -P "${word%,}"
		assert_state OK
	done
	for word in ${PROTOCOLS#protocols are}; do
		run_plugin check_conn_count -s listen -p "80/${word%,}"
		assert_state OK
	done
}

@test "-6 with sockets that carry no IPv6 is a mistake, -4 with IPv6 sockets is none" {
	local plugin protocol wrong="IPv4 sockets carry no IPv6: leave out --ipv6, or name tcp6 or udp6"
	for plugin in "${!NAMES[@]}"; do
		refuses "$plugin" "$wrong" -p 80 -6 -P tcp4
	done
	for protocol in udp4 inet4 tcp4,udp4; do
		refuses check_conn_count "$wrong" -p 80 -6 -P "$protocol"
	done
	refuses check_port_listen "$wrong" -p 80/tcp4 -6
	mksock tcp-listen,port=80,addr=:: tcp-listen,port=81,addr=::1
	run_plugin check_port_listen -p 80 -4 -P tcp6
	assert_state OK
	run_plugin check_port_listen -p 81 -4 -P tcp6
	assert_state CRITICAL
	run_plugin check_conn_count -s listen -4 -P tcp6
	assert_state OK
	assert_perfdata connections 1
}

@test "-4, -6 with unix sockets alone are a mistake" {
	local plugin option
	for plugin in check_conn_count check_proc_sockets; do
		for option in -4 -6; do
			refuses "$plugin" "unix sockets carry neither IPv4 nor IPv6: leave out --ipv4 and --ipv6" \
				-P unix $option
		done
	done
	run_plugin check_conn_count -P tcp,unix -s listen -4
	assert_state OK
}

# connections_refused WORDS OPTION TEXT...: for the options that check_port_listen has not.
connections_refused() {
	local -A NAMES=([check_conn_count]=CONN_COUNT [check_proc_sockets]=PROC_SOCKETS)
	refused "$@"
}

@test "--local-address, --remote-address, --exclude-remote-address, -H: what is no address" {
	local option
	for option in --local-address --remote-address --exclude-remote-address; do
		connections_refused "expected a numeric ADDR[/LEN]" "$option" 1.2.3 localhost 1.2.3.256 \
			1.2.3.4.5 :::1 1::2::3 /8 'fe80::1%lo' '1.2.3.4 '
		connections_refused "a prefix length is 0 to 32 for IPv4, 0 to 128 for IPv6" "$option" \
			1.2.3.4/33 1.2.3.4/-1 1.2.3.4/ ::/129 ::/x 10.0.0.0/8/8
		connections_refused "an item is empty" "$option" '' 127.0.0.1,
	done
	refuses check_port_listen \
		"-H 'localhost': expected a numeric address, IPv4 or IPv6, with %DEVICE where it matters" \
		-p 80 -H localhost
	refuses check_port_listen \
		"--address '10.0.0.0/8': expected a numeric address, IPv4 or IPv6, with %DEVICE where it matters" \
		-p 80 --address 10.0.0.0/8
	refuses check_port_listen "-H 'fe80::1%': expected the name of a network device after %" \
		-p 80 -H fe80::1%
}

@test "-s, --state, --remote-port: what is none" {
	connections_refused "states are established, syn_sent, syn_recv, fin_wait1, fin_wait2, time_wait, close, close_wait, last_ack, listen, closing, all, connected, synchronized" \
		-s xyz 1 bound
	connections_refused "an item is empty" --state '' estab,,close
	connections_refused "$PROTOCOLS" --remote-port 80/xyz
	connections_refused "$PORTS" --remote-port 0
}

@test "-u, -C, --pid, --exe, --unit, --pidfile: what is none" {
	refused "no user of that name is known" -u no-such-user '' 1x -5
	refused "a user id is 0 to 4294967294" --user 4294967295 99999999999999999999
	refused "a process id is a number above 0" --pid 0 x -1 1x '' 2147483648 ' 1'
	refused "a name is empty" -C ''
	refused "a command has no '/': use --exe for a path" --command /usr/sbin/nginx
	refused "expected the full path of an executable" --exe nginx ''
	refused "a name is empty" --unit ''
	refused "a unit has no '/', a path in the cgroup hierarchy begins with it" --unit a/b
	refused "a file name is empty" --pidfile ''
}

@test "what does not fit together" {
	refuses check_port_listen "--exact needs an --address" -p 80 --exact
	refuses check_port_listen "--closed asks for no listener at all, so nobody can hold it: leave out the owner options" \
		-p 80 --closed -C nginx
	refuses check_conn_count "--port and --remote-port name different protocols" \
		-p 80/tcp --remote-port 53/udp
}
