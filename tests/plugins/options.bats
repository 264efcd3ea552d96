#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# options.bats - every common option, by each of the five plugins

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

# refused TEXT ARGUMENT...: by every plugin, in one line.
refused() {
	local plugin
	for plugin in "${!NAMES[@]}"; do
		ask "$plugin" "${@:2}"
		assert_status 3
		equal "output" "${NAMES[$plugin]} UNKNOWN - $1" "$output"
	done
}

make_app() {
	mksock begin,comm=app tcp-listen,port=80 tcp-established,port=80,count=2 end
}

@test "-h, --help: exit 3, usage first, 80 columns, no blank at the end of a line" {
	local plugin option
	for plugin in "${!NAMES[@]}"; do
		for option in -h --help; do
			run_plugin "$plugin" "$option" --nonsense
			assert_status 3
			assert_line 1 "Usage: $plugin [OPTION]..."
			equal "long lines" 0 "$(grep -c '.\{81\}' "$PLUGIN_STDOUT" || true)"
			equal "trailing blanks" 0 "$(grep -c '[[:blank:]]$' "$PLUGIN_STDOUT" || true)"
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

@test "-w, -c: a bare range judges the default metric, METRIC=RANGE another, a list several" {
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
		assert_text_like "^$metric [0-9]+ \(limit 1000:\)"
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
		assert_text_like "^-c 'colour=5': no metric 'colour', there are: $metric|^-c 'colour=5': no metric 'colour', there are: .* $metric "
	done
}

@test "-t, --timeout, --wait, --interval: what is wrong" {
	local option value
	for option in -t --timeout --wait --interval; do
		for value in 0 -1 x '' 5s 1000001; do
			refused "$option '$value': expected seconds, above 0 and up to 1000000" "$option" "$value"
		done
	done
	refused "-t '5:bad': expected ok, warning, critical or unknown" -t 5:bad
}

@test "--wait without -t: the deadline becomes wait + 10" {
	need_command strace
	in_netns strace -o /dev/null true 2>/dev/null || skip "strace cannot trace here"
	local plugin needs
	for plugin in "${!NAMES[@]}"; do
		read -r -a needs <<<"${NEEDS[$plugin]-}"
		in_netns strace -o "$BATS_TEST_TMPDIR/trace" -e trace=setitimer "$BUILDDIR/plugins/$plugin" \
			"${needs[@]}" -w "${DEFAULT[$plugin]}=0:1000000" -c 0:1000000 --wait 7 >/dev/null || true
		like "deadline" 'tv_sec=17, ' "$(tail -n 2 "$BATS_TEST_TMPDIR/trace" | head -1)"
		in_netns strace -o "$BATS_TEST_TMPDIR/trace" -e trace=setitimer "$BUILDDIR/plugins/$plugin" \
			"${needs[@]}" -c 0:1000000 --wait 7 -t 8 >/dev/null || true
		like "deadline" 'tv_sec=8, ' "$(tail -n 2 "$BATS_TEST_TMPDIR/trace" | head -1)"
	done
}

@test "-v: the evidence; -vv: source and times; -vvv: what it took; JSON always has the evidence" {
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
}

@test "--netns: what is none" {
	refused "cannot enter the network namespace 0: there is no such process" --netns 0
	refused "cannot enter the network namespace 99999999999999999999: there is no such process" \
		--netns 99999999999999999999
	refused "cannot enter the network namespace no-such-name: there is none of that name in /run/netns" \
		--netns no-such-name
	refused "cannot enter the network namespace /dev/null: it is no network namespace" --netns /dev/null
	refused "--netns '': must not be empty" --netns ''
}

@test "--source: netlink and procfs give the same; what is wrong" {
	local plugin answer
	make_app
	refused "--source 'ss': sources are auto, netlink, procfs" --source ss
	for plugin in "${!NAMES[@]}"; do
		# Nothing in the text that only netlink tells: the accept queue, the unit, IPv6 only.
		ask "$plugin" -c 0:1000000 --source netlink -m "${DEFAULT[$plugin]}"
		answer=$(perfdata "${DEFAULT[$plugin]}")
		ask "$plugin" -c 0:1000000 --source procfs -m "${DEFAULT[$plugin]}"
		equal "$plugin" "$answer" "$(perfdata "${DEFAULT[$plugin]}")"
	done
}

@test "no positional arguments, no abbreviations, no unknown options" {
	refused "argument 'left' left over" left
	refused "argument 'left' left over" -- left
	refused "unknown option '--colour'" --colour=red
	refused "unknown option '--verb'" --verb
	refused "unknown option '--time'" --time 5
	refused "unknown option '-Z'" -Z
	refused "--timeout needs an argument: SECONDS[:STATE]" --timeout
	refused "-w needs an argument: LIMITS" -w
	refused "--quiet takes no argument" --quiet=yes
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
