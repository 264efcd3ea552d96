#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What doc/CRON-CI.md and doc/nrpe recommend works, word for word but for the folders.

load ../helpers

setup() {
	sockets_setup
	PATH=$BUILDDIR/plugins:$PATH
	echo "8080 in=127.0.0.0/8" >"$BATS_TEST_TMPDIR/allowed"
}

# block LANGUAGE: the only block of that kind, with the folders of this test.
block() {
	sed -n "/^\`\`\`$1\$/,/^\`\`\`\$/{/^\`\`\`/d;p;}" "$SRCDIR/doc/CRON-CI.md" |
		sed "s|/usr/lib/nagios/plugins|$BUILDDIR/plugins|; s|/etc/sockcheck|$BATS_TEST_TMPDIR|"
}

# cron_jobs: every line of the crontab as cron runs it. Sets output to all that would be mailed.
cron_jobs() {
	local line mail=''
	while IFS= read -r line; do
		[[ $line != *%* ]] # would be a newline
		run_command env -i HOME=/ LOGNAME=nobody SHELL=/bin/sh PATH=/usr/bin:/bin /bin/sh -c "$line"
		mail+=$output
	done < <(block crontab | sed -n 's/^\([^ ]* \)\{5\}nobody //p')
	output=$mail
}

@test "cron: silence as long as all is well" {
	[ "$(block crontab | grep -c '^\*')" -eq 2 ]
	mksock tcp-listen,port=8080 tcp-close-wait,port=8080,count=2
	cron_jobs
	equal "mail" "" "$output"
}

@test "cron: a mail that says what is wrong" {
	mksock tcp-listen,port=8080 tcp-listen,port=4444 tcp-close-wait,port=8080,count=101
	cron_jobs
	assert_output_like 'LISTEN_AUDIT CRITICAL - 1 unexpected: 127.0.0.1:4444/tcp'
	assert_output_like 'CONN_COUNT WARNING - close_wait 101 \(limit 100\)'
}

# ci SERVER TESTS: the recipe with these scripts in its folder.
ci() {
	local folder=$BATS_TEST_TMPDIR/ci
	mkdir "$folder"
	printf '#!/bin/sh\n%s\n' "$1" >"$folder/server"
	printf '#!/bin/sh\n%s\n' "$2" >"$folder/run-tests"
	chmod +x "$folder/server" "$folder/run-tests"
	block sh | sed 's/--wait 30/--wait 2/' >"$folder/recipe"
	run_command env -C "$folder" sh ./recipe
}

state_of() {
	sed -n 's/.*"state":"\([A-Z]*\)".*/\1/p' "$BATS_TEST_TMPDIR/ci/$1"
}

@test "CI: waits for the server, runs the tests, finds no leak" {
	# The server comes after the first look, and ends when hold is closed.
	mkfifo "$BATS_TEST_TMPDIR/hold"
	exec {hold}<>"$BATS_TEST_TMPDIR/hold"
	ci "sleep 0.5; exec $MKSOCK tcp-listen,port=8080 <$BATS_TEST_TMPDIR/hold >/dev/null" 'touch tested'
	exec {hold}>&-
	assert_status 0
	equal "output" "" "$output"
	[ -e "$BATS_TEST_TMPDIR/ci/tested" ]
	equal "port.json" OK "$(state_of port.json)"
	equal "leaks.json" OK "$(state_of leaks.json)"
}

@test "CI: fails when the server does not come, and runs no test" {
	ci 'exit 0' 'touch tested'
	assert_status 1
	[ ! -e "$BATS_TEST_TMPDIR/ci/tested" ]
	equal "port.json" CRITICAL "$(state_of port.json)"
	assert_output_like '8080/tcp not listening'
}

@test "CI: fails when connections are left" {
	mksock tcp-listen,port=8080 tcp-close-wait,port=8080,count=3
	ci 'exit 0' 'touch tested'
	assert_status 1
	[ -e "$BATS_TEST_TMPDIR/ci/tested" ]
	equal "leaks.json" CRITICAL "$(state_of leaks.json)"
}

@test "systemd: the command of ExecStartPost answers by its exit status" {
	command=$(block ini | sed -n 's/^ExecStartPost=//p' | sed 's/--wait 20/--wait 1/')
	[[ $command != *[%\$]* ]]
	# shellcheck disable=SC2086 # systemd splits it at blanks
	run_command $command
	assert_state CRITICAL
	mksock tcp-listen,port=8080
	# shellcheck disable=SC2086
	run_command $command
	assert_state OK
}

@test "systemd: the drop-in is valid, and gives the plugin the time that it needs" {
	need_command systemd-analyze
	mkdir -p "$BATS_TEST_TMPDIR/units/app.service.d"
	printf '[Service]\nExecStart=/bin/true\n' >"$BATS_TEST_TMPDIR/units/app.service"
	block ini >"$BATS_TEST_TMPDIR/units/app.service.d/listens.conf"
	complaints=$(SYSTEMD_UNIT_PATH=$BATS_TEST_TMPDIR/units: systemd-analyze verify --man=no \
		"$BATS_TEST_TMPDIR/units/app.service" 2>&1) || fail "$complaints"
	! grep -F app.service <<<"$complaints" || fail "$complaints"
	wait=$(block ini | grep -oE -- '--wait [0-9]+' | tr -dc 0-9)
	timeout=$(block ini | sed -n 's/^TimeoutStartSec=//p')
	[ "$timeout" -gt $((wait + 10)) ]
}

@test "-t: every command for NRPE is understood, and gives up at 8 seconds, before check_nrpe does" {
	local command commands
	mapfile -t commands < <(sed -n "s|^command\[[a-z_]*\]=||p" "$SRCDIR/doc/nrpe/sockcheck.cfg" |
		sed "s|/usr/lib/nagios/plugins|$BUILDDIR/plugins|; s|/etc/sockcheck|$BATS_TEST_TMPDIR|")
	equal "plugins" 5 "$(printf '%s\n' "${commands[@]%% *}" | sort -u | wc -l)"
	for command in "${commands[@]}"; do
		[[ "$command " == *" -t 8 "* ]] || fail "$command"
		run_command sh -c "$command"
		like "answer" "^[A-Z_]+ (OK|WARNING|CRITICAL|UNKNOWN) - " "${lines[0]}"
		# A usage error has no performance data. (Nor has no process of a unit where there are none.)
		[[ ${lines[0]} == *' | '* || $command == *--unit* ]] || fail "no answer"
		refute_output_like "unknown option|needs an argument|left over|: expected |not available"
	done
}
