#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# common.bats - what all plugins share: help, bad input, deadline, limits of the output

load ../helpers

declare -gA NAMES=([check_conn_count]=CONN_COUNT [check_port_listen]=PORT_LISTEN
	[check_proc_sockets]=PROC_SOCKETS)
PLUGINS=(check_conn_count check_port_listen check_proc_sockets)

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

# refused TEXT ARGUMENT...: by every plugin.
refused() {
	local plugin
	for plugin in "${PLUGINS[@]}"; do
		refuses "$plugin" "$@"
	done
}

# refused_texts WORDS OPTION TEXT...: each with the same words behind "OPTION 'TEXT': ".
refused_texts() {
	local words=$1 option=$2 text
	for text in "${@:3}"; do
		refused "$option '$text': $words" -p 80 "$option" "$text"
	done
}

# ---- help --------------------------------------------------------------------------------------

@test "--help: usage first, three examples, 80 columns, exit 3, nothing on stderr" {
	local plugin option examples
	for plugin in "${PLUGINS[@]}"; do
		run_plugin "$plugin" --help
		assert_status 3
		assert_line 1 "Usage: $plugin [OPTION]..."
		equal "lines beyond 80 columns" 0 "$(grep -c '.\{81\}' "$PLUGIN_STDOUT" || true)"
		examples=$(sed '1,/^Examples:$/d' "$PLUGIN_STDOUT" | grep -c "^ *$plugin -")
		[ "$examples" -ge 3 ] || fail "$examples examples"
		for option in --port --protocol --ipv4 --ipv6 --command --user --pid --procfs \
			--source --warning --critical --metric --timeout --verbose --quiet --help \
			--version; do
			assert_output_like $'\n'"  (-.,|   ) $option( |"$'\n'")"
		done
		run_plugin "$plugin" -h
		assert_status 3
		assert_line 1 "Usage: $plugin [OPTION]..."
	done
}

@test "--help: every example of it is understood" {
	local plugin example examples
	for plugin in "${PLUGINS[@]}"; do
		run_plugin "$plugin" --help
		mapfile -t examples < <(sed '1,/^Examples:$/d; s/^ *//' "$PLUGIN_STDOUT" |
			sed -e :a -e '/\\$/N; s/\\\n *//; ta')
		for example in "${examples[@]}"; do
			read -r -a example <<<"$example"
			case ${example[*]} in
			# what this host need not have, and what takes its time
			*--pidfile*|*postgres*|*--unit*|*--netns*|*-H*|*--wait*) continue ;;
			esac
			run_plugin "${example[@]}"
			refute_output_like UNKNOWN
		done
	done
}

@test "--version: one line, exit 3" {
	local plugin option version
	version=$(sed -n 's/^AC_INIT(\[[^]]*\], \[\([^]]*\)\].*/\1/p' "$SRCDIR/configure.ac")
	[ -n "$version" ]
	for plugin in "${PLUGINS[@]}"; do
		for option in --version -V; do
			run_plugin "$plugin" "$option"
			assert_status 3
			equal "$plugin" "$plugin (sockcheck) $version" "$output"
		done
	done
}

@test "--help, --version, bad words: the plugins that have no --port too" {
	local plugin option examples name
	for plugin in check_listen_audit check_ephemeral_ports; do
		name=${plugin#check_}
		run_plugin "$plugin" --help
		assert_status 3
		assert_line 1 "Usage: $plugin [OPTION]..."
		equal "lines beyond 80 columns" 0 "$(grep -c '.\{81\}' "$PLUGIN_STDOUT" || true)"
		examples=$(sed '1,/^Examples:$/d' "$PLUGIN_STDOUT" | grep -c "^ *$plugin")
		[ "$examples" -ge 3 ] || fail "$examples examples"
		for option in --procfs --source --warning --critical --metric --timeout --wait --verbose \
			--quiet --output-format --help --version; do
			assert_output_like $'\n'"  (-.,|   ) $option( |"$'\n'")"
		done
		run_plugin "$plugin" -V
		assert_status 3
		like "version" "^$plugin \(sockcheck\) [0-9]" "$output"
		run_plugin "$plugin" left
		assert_line1 "${name^^} UNKNOWN - argument 'left' left over"
		run_plugin "$plugin" --colour
		assert_line1 "${name^^} UNKNOWN - unknown option '--colour'"
		run_plugin "$plugin" -w colour=5
		assert_status 3
		assert_text_like "^-w 'colour=5': no metric 'colour', there are: "
	done
}

# ---- bad input ---------------------------------------------------------------------------------

PORTS="expected PORT[-PORT][/PROTO] with ports from 1 to 65535"

@test "bad ports" {
	local option
	for option in -p --port; do
		refused_texts "$PORTS" "$option" 0 65536 99999999999999999999 80- 80-0 0-80 80-65536 80-90-100
		refused_texts "an item is empty" "$option" '' 80,,81 ,80 80,
		refused_texts "the first port is above the last" "$option" 80-22
		refused_texts "protocols are tcp, udp, sctp, mptcp, raw" "$option" 80/xyz 80/ 80/unix
		refused_texts "'80/tcq': protocols are tcp, udp, sctp, mptcp, raw" "$option" 22,80/tcq \
			80/tcq,22
		refused_texts "no service of that name is known" "$option" no-such-service -1 \
			no-such-service/udp +80 ' 80' x80
	done
}

@test "bad protocols" {
	refused_texts "protocols are tcp, udp, unix, raw, sctp, mptcp (with 4 or 6 for one family), inet, inet4, inet6, all" \
		-P tcp5 xyz unix4
	refused_texts "'xyz': protocols are tcp, udp, unix, raw, sctp, mptcp (with 4 or 6 for one family), inet, inet4, inet6, all" \
		-P tcp,xyz
	refused_texts "an item is empty" --protocol '' tcp, ,
	refused "a unix socket has no port: name a protocol with --protocol" -p 80 -P unix
}

@test "-p, -P and other lists: what is wrong names the item" {
	refused "-p '22,443,80-22,8080': '80-22': the first port is above the last" \
		-p 22,443,80-22,8080
	refused '-p '"'"'22,a\x0ab'"'"': '"'"'a\x0ab'"'"': no service of that name is known' -p $'22,a\nb'
	refuses check_port_listen "--bound-within '::1,localhost': 'localhost': expected a numeric ADDR[/LEN]" \
		-p 80 --bound-within ::1,localhost
	refuses check_conn_count \
		"--remote-address '::1,10.0.0.0/33': '10.0.0.0/33': a prefix length is 0 to 32 for IPv4, 0 to 128 for IPv6" \
		--remote-address ::1,10.0.0.0/33
	# However long it is.
	run_plugin check_port_listen -p "80,$(printf '%0999d' 0)"
	assert_text_like "^-p '80,0+[^0]*': '0+': expected PORT"
}

@test "-6 with sockets that carry no IPv6 is a mistake, -4 with IPv6 sockets is none" {
	local protocol
	for protocol in tcp4 udp4 inet4 tcp4,udp4; do
		refused "IPv4 sockets carry no IPv6: leave out --ipv6, or name tcp6 or udp6" -p 80 \
			-6 -P "$protocol"
	done
	refused "IPv4 sockets carry no IPv6: leave out --ipv6, or name tcp6 or udp6" -p 80/tcp4 -6
	mksock tcp-listen,port=80,addr=:: tcp-listen,port=81,addr=::1
	run_plugin check_port_listen -p 80 -4 -P tcp6
	assert_state OK
	run_plugin check_port_listen -p 81 -4 -P tcp6
	assert_state CRITICAL
	run_plugin check_conn_count -s listen -4 -P tcp6
	assert_state OK
	assert_perfdata connections 1
}

# The options of two of the plugins only.
connections_refused() {
	local text
	for text in "${@:3}"; do
		refuses check_conn_count "$2 '$text': $1" "$2" "$text"
		refuses check_proc_sockets "$2 '$text': $1" "$2" "$text"
	done
}

@test "bad addresses and prefixes" {
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

@test "bad states" {
	connections_refused "states are established, syn_sent, syn_recv, fin_wait1, fin_wait2, time_wait, close, close_wait, last_ack, listen, closing, all, connected, synchronized" \
		-s xyz 1 bound
	connections_refused "an item is empty" --state '' estab,,close
	connections_refused "protocols are tcp, udp, sctp, mptcp, raw" --remote-port 80/xyz
	connections_refused "$PORTS" --remote-port 0
}

@test "bad ranges" {
	local option range
	for option in -w -c --warning --critical; do
		refused_texts "empty, expected a range [@]START:END" "$option" ''
		refused_texts "neither start nor end, expected a range [@]START:END" "$option" @ : @:
		refused_texts "start is above end" "$option" 10:5 @1:0
		for range in 10abc 5% nan inf 1e3 0x10 +5 ' 5' '5 ' 5:x 1,5 ~; do
			run_plugin check_conn_count "$option" "$range"
			assert_state UNKNOWN
			equal "lines" 1 "${#lines[@]}"
			[[ $(text) == "$option '$range': "*[a-z]* ]] || fail "$option '$range'"
		done
	done
}

@test "bad metrics" {
	local plugin
	for plugin in "${PLUGINS[@]}"; do
		run_plugin "$plugin" -p 80 -w colour=5
		assert_state UNKNOWN
		equal "lines" 1 "${#lines[@]}"
		assert_text_like "^-w 'colour=5': no metric 'colour', there are: [a-z_ 0-9]*\$"
		run_plugin "$plugin" -p 80 --metric colour
		assert_text_like "^--metric 'colour': no metric 'colour', there are: "
		run_plugin "$plugin" -p 80 -m ''
		assert_text_like "^-m '': no metric '', there are: "
	done
	refuses check_conn_count "-c 'connections=6': connections has this threshold already" \
		-c connections=5 -c connections=6
	refuses check_conn_count "-w 'established=6': established has this threshold already" \
		-w established=5,established=6
	refuses check_conn_count "-w '6': connections has this threshold already" -w 5 -w 6
	refuses check_proc_sockets "-w 'sockets=6': sockets has this threshold already" \
		-w 5 -w sockets=6
	refuses check_port_listen "-c 'listening=1:': listening has this threshold already" \
		-p 80 -c 2: -c listening=1:
	refuses check_conn_count "-m 'established': is named twice" -m established,established
	refuses check_conn_count "-w '5': expected METRIC=RANGE" -w established=1,5
}

@test "a threshold on what the selection cannot produce" {
	refuses check_conn_count \
		"-w 'time_wait=5': time_wait is not available: this state is not selected: name it with --state" \
		-s established -w time_wait=5
	refuses check_conn_count \
		"-c 'listen=1:': listen is not available: this state is not selected: name it with --state" \
		-c listen=1:
	refuses check_conn_count \
		"-m 'close': close is not available: this state is not selected: name it with --state" -m close
	refuses check_conn_count \
		"-w 'time_wait=5': time_wait is not available: sockets in this state have no owner" \
		-u 0 -w time_wait=5
	refuses check_conn_count \
		"-w 'syn_recv=5': syn_recv is not available: sockets in this state have no owner" \
		-C nginx -w syn_recv=5
	refuses check_port_listen \
		"-c 'backlog=50': backlog is not available: UDP and raw sockets have no accept queue" \
		-p 53/udp,1/raw -c backlog=50
	local metric
	for metric in drops recv_queue; do
		refuses check_port_listen "-w '$metric=5': $metric is not available: neither UDP nor raw is asked for" \
			-p 80,90/sctp,91/mptcp -p unix:@x -w "$metric=5"
		refuses check_port_listen "-m '$metric': $metric is not available: neither UDP nor raw is asked for" \
			-p 80 -m "$metric"
	done
}

@test "bad users, commands, pids" {
	refused_texts "no user of that name is known" -u no-such-user '' 1x -5
	refused_texts "a user id is 0 to 4294967294" --user 4294967295 99999999999999999999
	refused_texts "a process id is a number above 0" --pid 0 x -1 1x '' 2147483648 ' 1'
	refused_texts "a name is empty" -C ''
	refused_texts "a command has no '/': use --exe for a path" --command /usr/sbin/nginx
}

@test "bad sources and procfs" {
	refused_texts "sources are auto, netlink, procfs" --source '' ss NETLINK
	refused_texts "must not be empty" --procfs ''
	refused "cannot look at /no/such/proc: No such file or directory" --procfs /no/such/proc -p 80
	refused "cannot look at $SRCDIR/README.md: Not a directory" --procfs "$SRCDIR/README.md" -p 80
	mkdir "$BATS_TEST_TMPDIR/empty"
	local plugin
	for plugin in "${PLUGINS[@]}"; do
		run_plugin "$plugin" --procfs "$BATS_TEST_TMPDIR/empty" -p 80
		assert_state UNKNOWN
		assert_text "cannot look at $BATS_TEST_TMPDIR/empty: it is no /proc"
	done
	mkdir "$BATS_TEST_TMPDIR/empty/1"
	run_plugin check_conn_count --procfs "$BATS_TEST_TMPDIR/empty"
	assert_text "cannot count them all, at least 0 connections: the socket tables could not be read (No such file or directory)"
}

@test "bad times, counts and formats" {
	refused_texts "expected seconds, above 0 and up to 1000000" -t 0 -1 x '' 5s 1000001
	refused_texts "expected ok, warning, critical or unknown" --timeout 5: 5:bad
}

@test "unknown options, missing and needless arguments, left-over arguments" {
	refused "unknown option '--colour'" --colour=red
	refused "unknown option '--colour'" --colour
	refused "unknown option '-Z'" -Z
	refused "unknown option '-Z'" -vZ
	refused "unknown option '--time'" --time 5
	refused "argument 'left' left over" left
	refused "argument 'left' left over" -v left -q
	refused "argument 'left' left over" -v -- left
	refused "argument '-' left over" -
	refused "-p needs an argument: LIST" -p
	refused "--port needs an argument: LIST" --port
	refused "--source needs an argument: SOURCE" --source
	refused "-w needs an argument: LIMITS" -vw
	refused "--quiet takes no argument" --quiet=yes
	refused "--ipv4 takes no argument" --ipv4=
	# hostile, and still one line
	refused "argument 'a\\x0ab\\x7cc\\x3bd\\x1b\\\\e' left over" $'a\nb|c;d\e\\e'
	refused "-P '8\\x0a0': protocols are tcp, udp, unix, raw, sctp, mptcp (with 4 or 6 for one family), inet, inet4, inet6, all" \
		-P $'8\n0'
}

@test "what does not fit together" {
	refuses check_port_listen "no port is asked for: name one with --port"
	refuses check_port_listen "--exact needs an --address" -p 80 --exact
	refuses check_port_listen "--closed asks for no listener at all, so nobody can hold it: leave out the owner options" \
		-p 80 --closed -C nginx
	refuses check_conn_count "--port and --remote-port name different protocols" \
		-p 80/tcp --remote-port 53/udp
}

# ---- the deadline ------------------------------------------------------------------------------

# A /proc that blocks whoever opens its table.
blocking_procfs() {
	PROCFS=$BATS_TEST_TMPDIR/proc
	mkdir -p "$PROCFS/1/net"
	mkfifo "$PROCFS/1/net/tcp" "$PROCFS/1/comm"
}

@test "-t: one line that names the stage, UNKNOWN unless a state is named" {
	local plugin state stage
	blocking_procfs
	for plugin in "${PLUGINS[@]}"; do
		stage="reading the socket tables"
		[ "$plugin" != check_proc_sockets ] || stage="reading which sockets the processes hold"
		refuses "$plugin" "timed out after 0.05 s while $stage" --procfs "$PROCFS" -p 80 -t 0.05
		for state in 0:OK 1:WARNING 2:CRITICAL 3:UNKNOWN; do
			run_plugin "$plugin" --procfs "$PROCFS" -p 80 --timeout "0.05:${state#*:}"
			assert_status "${state%:*}"
			equal "output" "${NAMES[$plugin]} ${state#*:} - timed out after 0.05 s while $stage" \
				"$output"
		done
	done
	run_plugin check_conn_count --procfs "$PROCFS" -q -t 0.05:ok
	assert_status 0
	equal "output" "" "$output"
}

@test "SIGTERM: one line that names the stage, UNKNOWN" {
	local fifo pid code=0
	blocking_procfs
	"$BUILDDIR/plugins/check_conn_count" --procfs "$PROCFS" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	pid=$!
	exec {fifo}>"$PROCFS/1/net/tcp" # returns when the plugin has opened it
	kill -TERM "$pid"
	wait "$pid" || code=$?
	exec {fifo}>&-
	equal "status" 3 "$code"
	equal "output" "CONN_COUNT UNKNOWN - interrupted while reading the socket tables" \
		"$(<"$BATS_TEST_TMPDIR/out")"
}

# ---- output ------------------------------------------------------------------------------------

@test "-q: nothing when OK, everything otherwise" {
	local plugin option
	mksock 'self,comm=quiet' tcp-listen,port=80
	for option in -q --quiet; do
		for plugin in check_port_listen check_conn_count check_proc_sockets; do
			run_plugin "$plugin" -p 80 "$option"
			assert_status 0
			equal "bytes" 0 "$(wc -c <"$PLUGIN_STDOUT")"
		done
		run_plugin check_port_listen -p 81 "$option"
		assert_state CRITICAL
		run_plugin check_conn_count "$option" -w 1:
		assert_state WARNING
		run_plugin check_proc_sockets "$option" --pid 2147483647
		assert_state CRITICAL
	done
}

@test "-m: what a bare range judges, shown first" {
	mksock tcp-listen,port=80,count=2,reuseport
	run_plugin check_conn_count -s all -m listen,connections -w 1 -c 5
	assert_line1 "CONN_COUNT WARNING - listen 2 (limit 1), 2 connections | listen=2;1;5 connections=2 established=0 syn_sent=0 syn_recv=0 fin_wait1=0 fin_wait2=0 time_wait=0 close=0 close_wait=0 last_ack=0 closing=0"
	run_plugin check_port_listen -p 80 --metric listeners -c 3:
	assert_line1 "PORT_LISTEN CRITICAL - listeners 2 (limit 3:), 80/tcp on 127.0.0.1, accept queue 0% (0 of 129) | listeners=2;;3: listening=1;;1: tcp_80_listeners=2;;3: tcp_80_backlog=0%;;;0;100"
	run_plugin check_proc_sockets --pid "$MKSOCK_PID" -m fin_wait1 -m listen -c 0
	assert_state OK
	assert_perfdata_labels fin_wait1 listen processes sockets max_per_process tcp udp unix other \
		established close_wait fds fd_usage
	assert_perfdata fin_wait1 "0;;0"
	assert_perfdata listen 2
}

@test "-v: evidence; -vv: source, coverage and times" {
	mksock tcp-listen,port=80
	run_plugin check_conn_count
	equal "lines" 1 "${#lines[@]}"
	run_plugin check_proc_sockets --pid "$MKSOCK_PID"
	equal "lines" 1 "${#lines[@]}"
	run_plugin check_proc_sockets --pid "$MKSOCK_PID" -v
	equal "lines" 3 "${#lines[@]}"
	like "line 3" "^ *1  mksock\[$MKSOCK_PID\] user root" "${lines[2]}"
	local plugin
	for plugin in "${PLUGINS[@]}"; do
		run_plugin "$plugin" -p 80 -vv --source procfs
		assert_output_like $'\n''tcp4: procfs'$'\n'
		assert_output_like $'\n''times: .*reading the socket tables [0-9.]+ ms'
		run_plugin "$plugin" -p 80 --verbose --verbose
		assert_output_like $'\n''tcp4: netlink'$'\n'
	done
}

# within_limits: line 1 and the whole output.
within_limits() {
	local first whole
	first=$(head -1 "$PLUGIN_STDOUT" | wc -c)
	whole=$(wc -c <"$PLUGIN_STDOUT")
	[ "$first" -le 1024 ] || fail "line 1 has $((first - 1)) bytes"
	[ "$whole" -le 4096 ] || fail "the output has $whole bytes"
}

@test "line 1 stays within 1,023 bytes: a thousand ports missing, listening, in the wrong hands" {
	local ports
	ports=$(seq -s, 20000 2 21998)
	run_plugin check_port_listen -p "$ports"
	assert_state CRITICAL
	within_limits
	assert_text_like '^20000/tcp not listening, 20002/tcp not listening, .*, \.\.\. and [0-9]+ more$'
	assert_perfdata listening "0;;1000:"
	assert_perfdata tcp_20014_listeners 0
	refute_perfdata tcp_20016_listeners
	run_plugin check_port_listen -p "$ports" -v
	within_limits
	mksock self,nofile=4096 tcp-listen,port=20000,ports=1999
	run_plugin check_port_listen -p "$ports"
	assert_state OK
	within_limits
	run_plugin check_port_listen -p "$ports" --closed -v
	assert_state CRITICAL
	within_limits
	assert_text_like ', \.\.\. and [0-9]+ more$'
	run_plugin check_port_listen -p "$ports" -C nginx -v
	assert_state CRITICAL
	within_limits
	assert_perfdata listening "1000;;1000:"
	mksock_stop
	mksock begin,copies=200 tcp-unbound end
	run_plugin check_proc_sockets -C mksock -v
	assert_state OK
	within_limits
	like "last line" '^\.\.\. and [0-9]+ more$' "${lines[-1]}"
}
