#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# options.bats - every common option, by each of the five plugins; wait.bats has those about time

load ../helpers

declare -gA NAMES=([check_conn_count]=CONN_COUNT [check_ephemeral_ports]=EPHEMERAL_PORTS
	[check_listen_audit]=LISTEN_AUDIT [check_port_listen]=PORT_LISTEN
	[check_proc_sockets]=PROC_SOCKETS)

# What each needs to be asked anything, and a metric of its own that it shows only where asked.
declare -gA NEEDS=([check_port_listen]="-p 80" [check_proc_sockets]="-C app")
declare -gA DEFAULT=([check_conn_count]=connections [check_ephemeral_ports]=usage
	[check_listen_audit]=unexpected [check_port_listen]=listening [check_proc_sockets]=sockets)
declare -gA UNASKED=([check_conn_count]=peers [check_port_listen]=listeners
	[check_proc_sockets]=syn_sent)

# ask PLUGIN ARGUMENT...
ask() {
	local needs=()
	read -r -a needs <<<"${NEEDS[$1]-}"
	run_plugin "$1" "${needs[@]}" "${@:2}"
}

# refuses PLUGIN TEXT ARGUMENT...: exit 3 and one line, which is this text. There are many of them,
# so they do without the namespace and without a process more than the plugin.
refuses() {
	# shellcheck disable=SC2034 # for in_netns
	local NETNS_ENTER=() said
	ask "$1" "${@:3}"
	assert_status 3
	IFS= read -r -d '' said <"$PLUGIN_STDOUT" || true
	equal "output" "${NAMES[$1]} UNKNOWN - $2"$'\n' "$said"
}

# refused TEXT ARGUMENT...: by every plugin.
refused() {
	local plugin
	for plugin in "${!NAMES[@]}"; do
		refuses "$plugin" "$@"
	done
}

make_app() {
	mksock begin,comm=app tcp-listen,port=80 tcp-established,port=80,count=2 end
}

@test "-h, --help: exit 3, one line of usage, 80 columns, every common option, three examples" {
	local plugin option examples
	for plugin in "${!NAMES[@]}"; do
		for option in -h --help; do
			run_plugin "$plugin" "$option" --nonsense
			assert_status 3
			assert_line 1 "Usage: $plugin [OPTION]..."
			equal "long lines" 0 "$(grep -c '.\{81\}' "$PLUGIN_STDOUT" || true)"
			equal "trailing blanks" 0 "$(grep -c '[[:blank:]]$' "$PLUGIN_STDOUT" || true)"
		done
		for option in --warning --critical --metric --timeout --wait --interval --verbose \
			--quiet --output-format --procfs --netns --source --help --version; do
			assert_output_like $'\n'"  (-.,|   ) $option( |"$'\n'")"
		done
		examples=$(sed '1,/^Examples:$/d' "$PLUGIN_STDOUT" | grep -c "^ *$plugin\( -\|\$\)")
		[ "$examples" -ge 3 ] || fail "$examples examples"
	done
}

@test "-h: every example of it is understood" {
	local plugin example examples
	for plugin in "${!NAMES[@]}"; do
		run_plugin "$plugin" --help
		mapfile -t examples < <(sed '1,/^Examples:$/d; s/^ *//' "$PLUGIN_STDOUT" |
			sed -e :a -e '/\\$/N; s/\\\n *//; ta')
		for example in "${examples[@]}"; do
			read -r -a example <<<"$example"
			case ${example[*]} in
			# what this host need not have, and what takes its time
			*file*|*postgres*|*--unit*|*--netns*|*-H*|*--wait*|*'>'*) continue ;;
			esac
			run_plugin "${example[@]}"
			refute_output_like UNKNOWN
		done
	done
}

@test "-V, --version: one line, exit 3" {
	local plugin option version
	version=$(sed -n 's/^AC_INIT(\[[^]]*\], \[\([^]]*\)\].*/\1/p' "$SRCDIR/configure.ac")
	[ -n "$version" ]
	for plugin in "${!NAMES[@]}"; do
		for option in -V --version; do
			run_plugin "$plugin" "$option" --nonsense
			assert_status 3
			equal "$plugin" "$plugin (sockcheck) $version" "$output"
		done
	done
}

@test "-h lists every metric with its unit" {
	local plugin
	for plugin in "${!NAMES[@]}"; do
		run_plugin "$plugin" -h
		sed -n '/^Metrics/,/^$/p' "$PLUGIN_STDOUT" >"$BATS_TEST_TMPDIR/metrics"
		equal "default" 1 "$(grep -c "^  ${DEFAULT[$plugin]} .*" "$BATS_TEST_TMPDIR/metrics")"
		equal "lines without a unit" 0 "$(sed 1d "$BATS_TEST_TMPDIR/metrics" | grep '^  [a-z]' |
			grep -Evc '^  [a-z_0-9]+ +(count|%|seconds|bytes|counter) ' || true)"
		# No other is known to -m.
		ask "$plugin" -m colour
		equal "metrics" "$(sed -n 's/^  \([a-z_0-9]*\) .*/\1/p' "$BATS_TEST_TMPDIR/metrics" | xargs)" \
			"$(text | sed 's/.*there are: //')"
	done
}

@test "-w, --warning, -c, --critical: a bare range judges the default metric, METRIC=RANGE another, a list several" {
	local plugin metric option
	make_app
	for plugin in "${!NAMES[@]}"; do
		metric=${DEFAULT[$plugin]}
		for option in -w --warning; do
			ask "$plugin" "$option" 1000000: -c 2000000
			assert_state WARNING
			like "item" "^[0-9.]+%?;1000000:;2000000(;0;100)?\$" "$(perfdata "$metric")"
		done
		for option in -c --critical; do
			ask "$plugin" "$option" "$metric=1000000:"
			assert_state CRITICAL
		done
		ask "$plugin" -w "$metric=1000000:" -c "$metric=@1000000:2000000"
		assert_state WARNING
	done
}

@test "-w METRIC=RANGE: a threshold on a metric that was not asked for shows it, as -m does" {
	local plugin metric
	make_app
	for plugin in "${!UNASKED[@]}"; do
		metric=${UNASKED[$plugin]}
		ask "$plugin"
		refute_perfdata "$metric"
		ask "$plugin" -w "$metric=1000:"
		assert_state WARNING
		assert_text_like "^(80/tcp )?$metric [0-9]+ \(limit 1000:\)"
		like "item" "^[0-9]+;1000:\$" "$(perfdata "$metric")"
		ask "$plugin" -m "$metric" -w 1000:
		assert_state WARNING
		like "first item" " \| $metric=[0-9]+;1000: " "${lines[0]}"
	done
}

@test "-w, -c, -m: what is wrong" {
	local plugin metric option
	for option in -w -c --warning --critical; do
		refused "$option '5%': expected a range [@]START:END in plain decimal numbers" "$option" 5%
	done
	for plugin in "${!NAMES[@]}"; do
		metric=${DEFAULT[$plugin]}
		ask "$plugin" -w 5 -w "$metric=6"
		assert_text "-w '$metric=6': $metric has this threshold already"
		ask "$plugin" -m "$metric,$metric"
		assert_text "-m '$metric': is named twice"
		ask "$plugin" -c "colour=5"
		assert_state UNKNOWN
		equal "lines" 1 "${#lines[@]}"
		assert_text_like "^-c 'colour=5': no metric 'colour', there are: ([a-z_0-9]+ )*$metric( |\$)"
		ask "$plugin" --metric ''
		assert_text_like "^--metric '': no metric '', there are: "
		ask "$plugin" -w "$metric=$(printf '%0300d' 1)"
		assert_state UNKNOWN
		assert_text_like "^-w '$metric=0.*': too long\$"
		ask "$plugin" -w "$metric=1,5"
		assert_text "-w '5': expected METRIC=RANGE"
	done
}

@test "-w, -c: each range that is none, with what is wrong about it" {
	local text
	for text in @ : @:; do
		refuses check_conn_count "-w '$text': neither start nor end, expected a range [@]START:END" -w "$text"
	done
	for text in 10:5 @1:0; do
		refuses check_conn_count "-c '$text': start is above end" -c "$text"
	done
	for text in -5 :-5 @-0.5; do
		refuses check_conn_count "-w '$text': a range begins at 0 unless it says START: or ~: (minus infinity)" -w "$text"
	done
	refuses check_conn_count "--critical '': empty, expected a range [@]START:END" --critical ''
	for text in 10abc 5% nan inf 1e3 0x10 +5 ' 5' '5 ' 5:x 1,5 '~'; do
		run_plugin check_conn_count --warning "$text"
		assert_state UNKNOWN
		equal "lines" 1 "${#lines[@]}"
		[[ $(text) == "--warning '$text': "[a-z]* ]] || fail "--warning '$text'"
	done
}

@test "-w, -m: a metric that the selection cannot produce" {
	local metric
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
	NEEDS[check_port_listen]=
	refuses check_port_listen \
		"-c 'backlog=50': backlog is not available: UDP and raw sockets have no accept queue" \
		-p 53/udp,1/raw -c backlog=50
	for metric in drops recv_queue; do
		refuses check_port_listen "-w '$metric=5': $metric is not available: neither UDP nor raw is asked for" \
			-p 80,90/sctp,91/mptcp -p unix:@x -w "$metric=5"
		refuses check_port_listen "-m '$metric': $metric is not available: neither UDP nor raw is asked for" \
			-p 80 -m "$metric"
	done
}

@test "-m, --metric: the first is what a bare range judges, all are shown, the first first" {
	mksock self,comm=app tcp-listen,port=80,count=2,reuseport
	ask check_conn_count -s all -m listen,connections -w 1 -c 5
	assert_line1 "CONN_COUNT WARNING - listen 2 (limit 1), 2 connections | listen=2;1;5 connections=2 established=0 syn_sent=0 syn_recv=0 fin_wait1=0 fin_wait2=0 time_wait=0 close=0 close_wait=0 last_ack=0 closing=0"
	ask check_port_listen --metric listeners -c 3:
	assert_line1 "PORT_LISTEN CRITICAL - 80/tcp listeners 2 (limit 3:), 80/tcp on 127.0.0.1, accept queue 0% (0 of 129) | listeners=2;;3: listening=1;;1: tcp_80_listeners=2;;3: tcp_80_backlog=0%;;;0;100"
	ask check_proc_sockets -m fin_wait1 -m listen -c 0
	assert_state OK
	assert_perfdata_labels fin_wait1 listen processes sockets max_per_process tcp udp unix other \
		established close_wait fds fd_usage
	assert_perfdata fin_wait1 "0;;0"
	assert_perfdata listen 2
	ask check_listen_audit -m listeners,missing -c 1
	assert_line1_like "^LISTEN_AUDIT CRITICAL - .*, listeners 2 \(limit 1\) \| listeners=2;;1 missing=0 unexpected=2;;0 allowed=0\$"
	ask check_ephemeral_ports -m destinations,used -w 1:
	assert_line1_like "^EPHEMERAL_PORTS WARNING - destinations 0 \(limit 1:\), .* \| destinations=0;1: used=0 usage=0%;70;90;0;100 local_usage=0%;;;0;100 time_wait=0\$"
}

@test "-t, --timeout, --wait, --interval: what is wrong" {
	local option value
	for option in -t --timeout --wait --interval; do
		for value in 0 -1 x '' 5s 1000001; do
			refused "$option '$value': expected seconds, above 0 and up to 1000000" "$option" "$value"
		done
	done
	refused "--interval needs --wait" --interval 5
	refused "-t '5:bad': expected ok, warning, critical or unknown" -t 5:bad
	value=$(printf '%070d' 5)
	refused "-t '$value': too long" -t "$value"
}

# timers ARGUMENT...: the calls of check_port_listen that ask for time.
timers() {
	in_netns strace -o "$BATS_TEST_TMPDIR/trace" -e trace=setitimer,pselect6 \
		"$BUILDDIR/plugins/check_port_listen" -p 80 "$@" >/dev/null || true
	TIMERS=$(<"$BATS_TEST_TMPDIR/trace")
}

@test "-t, --interval: the deadline is 10, with --wait and without -t wait + 10; a try each 0.25 s" {
	need_command strace
	in_netns strace -o /dev/null true 2>/dev/null || skip "strace cannot trace here"
	local TIMERS
	timers
	equal "deadlines of 10 s, for the options and for the rest" 2 "$(grep -c 'it_value={tv_sec=10, ' <<<"$TIMERS")"
	timers --wait 1
	like "deadline" 'it_value=\{tv_sec=11, ' "$TIMERS"
	like "interval" 'pselect6\([^)]*tv_nsec=250000000' "$TIMERS"
	mksock tcp-listen,port=80
	timers --wait 7 -t 8
	like "deadline" 'it_value=\{tv_sec=8, ' "$(tail -n 2 <<<"$TIMERS")"
	timers -t 1.9999999
	like "deadline" 'it_value=\{tv_sec=1, tv_usec=999999\}' "$TIMERS"
}

@test "-v, --verbose: the evidence; -vv: source and times; -vvv: what it took; JSON always has all of it" {
	local plugin evidence
	make_app
	for plugin in "${!NAMES[@]}"; do
		ask "$plugin" -c 0:1000000
		equal "lines of $plugin" 1 "${#lines[@]}"
		ask "$plugin" -c 0:1000000 -v
		[ "${#lines[@]}" -ge 2 ] || fail "no evidence"
		refute_output_like $'\n''(tcp4|times): '
		evidence=${lines[1]}
		ask "$plugin" -c 0:1000000 --verbose --verbose
		assert_output_like $'\n''tcp4: netlink'$'\n'
		assert_output_like $'\n''times: .* [0-9.]+ ms'
		refute_output_like $'\n''work: '
		ask "$plugin" -c 0:1000000 -vvv
		assert_output_like $'\n''work: [0-9]+ requests'
		ask "$plugin" -c 0:1000000 --output-format json
		[[ $output == *'"evidence":["'"${evidence%% for *}"* ]] || fail "evidence of JSON: $evidence"
		assert_output_like '"coverage":\{.*"tcp4":"netlink".*"work":"[0-9]+ requests'
	done
}

@test "-q, --quiet: nothing when OK, in each plugin" {
	local plugin option
	make_app
	for plugin in "${!NAMES[@]}"; do
		for option in -q --quiet; do
			ask "$plugin" -c 0:1000000 "$option"
			assert_status 0
			equal "output" "" "$output"
			ask "$plugin" -c 1000000: "$option"
			assert_state CRITICAL
		done
	done
}

@test "--output-format: text and json, in any case, and nothing else" {
	local plugin
	refused "--output-format 'xml': expected text or json" --output-format xml
	for plugin in "${!NAMES[@]}"; do
		ask "$plugin" --output-format JSON
		like "answer" "^\{\"plugin\":\"${NAMES[$plugin]}\",\"state\":" "$output"
		ask "$plugin" --output-format text
		like "answer" "^${NAMES[$plugin]} " "$output"
	done
}

@test "--procfs: what is no /proc" {
	refused "cannot look at /no/such/proc: No such file or directory" --procfs /no/such/proc
	refused "cannot look at $SRCDIR/README.md: Not a directory" --procfs "$SRCDIR/README.md"
	refused "--procfs '': must not be empty" --procfs ''
	mkdir "$BATS_TEST_TMPDIR/empty"
	refused "cannot look at $BATS_TEST_TMPDIR/empty: it is no /proc" --procfs "$BATS_TEST_TMPDIR/empty"
	mkdir "$BATS_TEST_TMPDIR/empty/1"
	ask check_conn_count --procfs "$BATS_TEST_TMPDIR/empty"
	assert_state UNKNOWN
	assert_text "cannot count them all, at least 0 connections: the socket tables could not be read (No such file or directory)"
}

@test "--netns: what is none" {
	refused "cannot enter the network namespace 0: there is no such process" --netns 0
	refused "cannot enter the network namespace 99999999999999999999: there is no such process" \
		--netns 99999999999999999999
	refused "cannot enter the network namespace no-such-name: there is none of that name in /run/netns" \
		--netns no-such-name
	refused "cannot enter the network namespace /dev/null: it is no network namespace" --netns /dev/null
	refused "--netns '': must not be empty" --netns ''
	run_plugin check_conn_count --netns "$(printf '%0300d' 1 | tr 0 x)"
	assert_state UNKNOWN
	assert_text_like "^cannot enter the network namespace x+: there is none of that name in /run/netns\$"
	need_users
	mkdir -m 700 "$BATS_TEST_TMPDIR/closed"
	run_plugin_as 65534 check_conn_count --netns "$BATS_TEST_TMPDIR/closed/net"
	assert_state UNKNOWN
	assert_text "cannot enter the network namespace $BATS_TEST_TMPDIR/closed/net: not permitted for uid 65534: run it as root, or name a process: --netns PID"
}

@test "--netns owner: not of a plugin without owner options" {
	local plugin
	for plugin in check_ephemeral_ports check_listen_audit; do
		run_plugin $plugin --netns owner
		assert_status 3
		assert_text "--netns 'owner': this plugin has no owner options: name a process or a namespace"
		run_plugin $plugin --help
		refute_output_like "owner"
	done
}

@test "--source: netlink and procfs give the same; what is wrong" {
	local plugin answer
	make_app
	local source
	for source in ss NETLINK ''; do
		refused "--source '$source': sources are auto, netlink, procfs" --source "$source"
	done
	for plugin in "${!NAMES[@]}"; do
		# Nothing in the text that only netlink tells: the accept queue, the unit, IPv6 only.
		ask "$plugin" -c 0:1000000 --source netlink -m "${DEFAULT[$plugin]}"
		answer=$(perfdata "${DEFAULT[$plugin]}")
		ask "$plugin" -c 0:1000000 --source procfs -m "${DEFAULT[$plugin]}" -vv
		equal "$plugin" "$answer" "$(perfdata "${DEFAULT[$plugin]}")"
		assert_output_like $'\n''tcp4: procfs'$'\n'
	done
}

@test "no positional arguments, no abbreviations, no unknown options" {
	refused "argument 'left' left over" left
	refused "argument 'left' left over" -v left -q
	refused "argument 'left' left over" -v -- left
	refused "argument '-' left over" -
	refused "unknown option '--colour'" --colour=red
	refused "unknown option '--verb'" --verb
	refused "unknown option '--time'" --time 5
	refused "unknown option '-Z'" -vZ
	refused "--timeout needs an argument: SECONDS[:STATE]" --timeout
	refused "--source needs an argument: SOURCE" --source
	refused "-w needs an argument: LIMITS" -vw
	refused "--quiet takes no argument" --quiet=yes
	refused "--verbose takes no argument" --verbose=
	# hostile, and still one line
	refused "argument 'a\\x0ab\\x7cc\\x3bd\\x1b\\\\e' left over" $'a\nb|c;d\e\\e'
}

@test "every option is a flag or takes its value in the next word or behind =" {
	local plugin
	make_app
	for plugin in "${!NAMES[@]}"; do
		ask "$plugin" --critical=1000000: --output-format=text --timeout=5:ok
		assert_state CRITICAL
		ask "$plugin" -c1000000: -t5
		assert_state CRITICAL
	done
}

@test "a comm of ') R 1 (' is taken as it is: matched, printed, its age and its parent known" {
	[ -n "${OWN_PIDS-}" ] || skip "needs a pid namespace of its own"
	mksock 'begin,comm=) R 1 (,argv0=odd-name' tcp-listen,port=80 tcp-established,port=80 end
	local holder
	holder="\) R 1 \(\[$(mksock_pids ')\x20R\x201\x20(')\] user root( in [^ ,]+)? for [0-9]+s"
	run_plugin check_proc_sockets -C ') R 1 (' -v
	assert_state OK
	assert_perfdata processes 1
	assert_output_like "$holder"
	run_plugin check_proc_sockets -a odd-name -C ') R 1 ('
	assert_perfdata processes 1
	run_plugin check_port_listen -p 80 -C other
	assert_state CRITICAL
	assert_text_like "^80/tcp held by $holder, expected other"
	run_plugin check_port_listen -p 80 -C ') R 1 (' -c age=0:3600
	assert_state OK
	run_plugin check_conn_count -C ') R 1 (' --group-by command
	assert_text_like "most 2 of \) R 1 \(\$"
	run_plugin check_listen_audit
	assert_text_like "^1 unexpected: 127\.0\.0\.1:80/tcp $holder\$"
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
	assert_text_like '^20000/tcp on .*\), \.\.\. and [0-9]+ more$'
	# For people and programs there is no limit.
	run_plugin check_port_listen -p "$ports" -vv
	equal "lines of -vv" 1000 "$(tail -n +2 "$PLUGIN_STDOUT" | grep -c '^[0-9]*/tcp on ')"
	run_plugin check_port_listen -p "$ports" --output-format json
	equal "evidence of JSON" 1000 "$(grep -o '"[0-9]*/tcp on [0-9.]*: listen,' "$PLUGIN_STDOUT" | wc -l)"
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
