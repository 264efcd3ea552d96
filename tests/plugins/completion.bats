#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# completion.bats - bash completes what the plugins take, all of it and nothing else

load ../helpers

plugins=(conn_count ephemeral_ports listen_audit port_listen proc_sockets)

setup() {
	# shellcheck source=doc/completion/sockcheck.bash
	. "$SRCDIR/doc/completion/sockcheck.bash"
}

# It works within completion alone.
compopt() {
	COMPOPT+=" $2"
}

teardown() {
	:
}

# complete_line PLUGIN WORD...: sets output to what bash would offer for the last word.
complete_line() {
	local plugin=$BUILDDIR/plugins/check_$1
	COMP_WORDS=("$plugin" "${@:2}")
	COMP_CWORD=$(($# - 1))
	COMPREPLY=() COMPOPT=''
	_sockcheck "$plugin" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
	output=$(printf '%s\n' "${COMPREPLY[@]}" | sort)
}

# sorted WORD...: a line each.
sorted() {
	printf '%s\n' "$@" | sort
}

# refusal PLUGIN ARGUMENT...: the words of the list that a message ends with.
refusal() {
	{ "$BUILDDIR/plugins/check_$1" "${@:2}" || true; } |
		sed 's/.*: [a-z]* are //; s/.*: one of //; s/.*there are: //; s/([^)]*)//; s/,/ /g' |
		xargs -n 1 | sort
}

@test "every plugin has a completion, and only plugins have" {
	equal "commands" "$(sorted "${plugins[@]/#/check_}")" \
		"$(complete -p | sed -n 's/^complete -F _sockcheck //p' | sort)"
}

@test "every option completes, and what completes is an option" {
	for plugin in "${plugins[@]}"; do
		complete_line "$plugin" ''
		help=$({ "$BUILDDIR/plugins/check_$plugin" --help || true; } | sed '/^Metrics/,$d' |
			grep -oE '^  (-[A-Za-z0-9],|   ) --[a-z0-9-]+' | tr -d ' ' | tr , '\n' | sort)
		[ "$(wc -l <<<"$help")" -gt 20 ]
		equal "$plugin: every option of --help" "$help" "$output"
		for option in $output; do
			message=$("$BUILDDIR/plugins/check_$plugin" -t 1 "$option" 2>&1) || true
			[[ $message != *'no option'* ]] || fail "check_$plugin $option: $message"
		done
	done
}

@test "an option that is begun" {
	complete_line conn_count --remote-a
	equal "options" --remote-address "$output"
	complete_line proc_sockets -p 80 --no
	equal "options" --no-match-state "$output"
}

@test "metrics: all that there are, with = where a range follows" {
	for plugin in "${plugins[@]}"; do
		ports=()
		[ "$plugin" != port_listen ] || ports=(-p 80)
		metrics=$(refusal "$plugin" -w no_such_metric=1 "${ports[@]}")
		for option in -m --metric; do
			complete_line "$plugin" $option ''
			equal "$plugin $option" "$metrics" "$output"
		done
		for option in -w --warning -c --critical; do
			complete_line "$plugin" $option ''
			equal "$plugin $option" "${metrics//$'\n'/=$'\n'}=" "$output"
		done
	done
}

@test "bash cuts words at =: lists of limits and --option=word" {
	complete_line conn_count -w established = 500,clos
	equal "second item" "$(sorted 500,close= 500,close_wait= 500,closing=)" "$output"
	complete_line conn_count --critical established = 500,time_wait = 3,unacc
	equal "third item" 3,unaccepted= "$output"
	complete_line conn_count --critical established =
	equal "a range is not completed, a metric may" "$(refusal conn_count -w no_such=1 | sed 's/$/=/')" "$output"
	complete_line conn_count --state = estab
	equal "--state=" established "$output"
	complete_line conn_count --warning = peers = 5,estab
	equal "--warning=" 5,established= "$output"
}

@test "words: those that the plugin takes, and in lists after a comma" {
	complete_line conn_count -s ''
	equal "-s" "$(refusal conn_count -s no-such)" "$output"
	equal "more may follow" " nospace" "$COMPOPT"
	complete_line conn_count --state established,fin
	equal "--state" "$(sorted established,fin_wait1 established,fin_wait2)" "$output"
	complete_line conn_count --group-by ''
	equal "--group-by" "$(refusal conn_count --group-by no-such)" "$output"
	complete_line conn_count --direction ''
	equal "--direction" "$(refusal conn_count --direction no-such)" "$output"
	complete_line conn_count --source ''
	equal "--source" "$(refusal conn_count --source no-such)" "$output"
	complete_line proc_sockets --no-match-state ''
	equal "--no-match-state" "$(sorted ok warning critical unknown)" "$output"
	complete_line conn_count --output-format j
	equal "--output-format" json "$output"
	for word in tcp udp raw sctp mptcp inet; do
		complete_line conn_count -P "$word"
		equal "-P" "$(sorted "$word" "${word}4" "${word}6")" "$output"
	done
	complete_line conn_count -P ''
	equal "-P: all of them" "$(refusal conn_count -P no-such)" "$output"
}

@test "files and folders" {
	mkdir "$BATS_TEST_TMPDIR/folder"
	touch "$BATS_TEST_TMPDIR/file"
	complete_line proc_sockets --pidfile "$BATS_TEST_TMPDIR/f"
	equal "file" "$(sorted "$BATS_TEST_TMPDIR"/{file,folder})" "$output"
	complete_line proc_sockets --procfs "$BATS_TEST_TMPDIR/f"
	equal "folder" "$BATS_TEST_TMPDIR/folder" "$output"
	complete_line listen_audit --allow-file "$BATS_TEST_TMPDIR/fi"
	equal "no file name is cut at a blank" " filenames" "$COMPOPT"
	equal "allow-file" "$BATS_TEST_TMPDIR/file" "$output"
}
