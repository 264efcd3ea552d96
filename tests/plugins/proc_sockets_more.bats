#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# proc_sockets_more.bats - check_proc_sockets: by command line, the largest, no match

load ../helpers

check() {
	run_plugin check_proc_sockets "$@"
}

need_own_pids() {
	[ -n "${OWN_PIDS-}" ] || skip "needs a pid namespace of its own"
}

# matches PROCESSES ARGUMENT...
matches() {
	check "${@:2}"
	assert_state "$([ "$1" -gt 0 ] && echo OK || echo CRITICAL)"
	assert_perfdata processes "$1"
}

# ---- the command line --------------------------------------------------------------------------

@test "-a, --argument-array: part of the command line" {
	need_own_pids
	mksock begin,argv0=/opt/app/server tcp-listen,port=80 end begin,argv0=worker tcp-listen,port=81 end
	# The two, and not their parent, whose command line names them.
	local parent=$MKSOCK_PID
	matches 1 -a /opt/app/server -u 0 -a no-such --exe "$MKSOCK" -p 80 -C server
	matches 1 -C server -a app/ser
	matches 1 -C server --argument-array server
	matches 0 -C server -a App
	matches 0 -C server -a 'app.server' # no expression
	matches 2 -C server -C worker -a server -a worker # one repeated offers alternatives
	matches 1 --pid "$parent" -a "tcp-listen,port=80 end" # blanks between arguments
	matches 0 --pid "$parent" -a "tcp-listen,port=80end"
	check --pid "$parent" -a nowhere
	assert_text "no process matches argument nowhere with pid $parent"
}

@test "-a: the plugin does not match itself" {
	need_own_pids
	matches 0 -a a-word-of-no-other-command-line
	matches 0 --ereg-argument-array 'a-word-of-no-[o]ther'
}

# asks PROCESSES COMMAND...: the plugin at the end of the command finds so many.
asks() {
	run_command "${@:2}"
	assert_perfdata processes "$1"
}

@test "-a: nor its parent, nor who runs it above: sudo, timeout, a shell" {
	need_own_pids
	local plugin=$BUILDDIR/plugins/check_proc_sockets script=$BATS_TEST_TMPDIR/script
	# shellcheck disable=SC2016 # a shell that stays, and runs its arguments
	local run=(sh -c '"$@"; exit $?' sh)
	asks 0 "${run[@]}" "$plugin" -a needle-in-a-haystack
	asks 0 "${run[@]}" "${run[@]}" timeout 20 "${run[@]}" "$plugin" -a needle-in-a-haystack
	asks 0 "${run[@]}" "${run[@]}" "$plugin" --ereg-argument-array '(needle-in)+-a-h'
	# Whatever its parent calls itself.
	# shellcheck disable=SC2016
	asks 0 "${run[@]}" bash -c 'printf ") R 1 (" >/proc/self/comm; "$@"; exit $?' bash "$plugin" \
		-a needle-in-a-haystack
	# As NRPE runs it: quoted, so not word by word.
	asks 0 sh -c "sh -c \"'$plugin' -a 'needle in a haystack'; exit \\\$?\"; exit \$?"
	# The parent, whatever it is; above it only who names the plugin: a daemon that runs checks has
	# sockets too.
	printf '%s\n' "'$plugin' -a needle-in-a-haystack; exit \$?" >"$script"
	asks 0 sh "$script" needle-in-a-haystack
	# shellcheck disable=SC2016
	asks 1 sh -c 'sh "$0"; exit $?' "$script" needle-in-a-haystack
	# What is not above it is another one's business.
	mksock 'begin,argv0=check_proc_sockets -a needle-in-a-haystack' tcp-listen,port=80 end
	asks 2 "$plugin" -a needle-in-a-haystack -C mksock # its own parent names it too
}

@test "--ereg-argument-array: an extended regular expression" {
	need_own_pids
	mksock begin,argv0=/opt/app/server tcp-listen,port=80 end begin,argv0=/opt/app/worker end
	local both=(-C server -C worker)
	matches 2 "${both[@]}" --ereg-argument-array '^/opt/app/(server|worker)'
	matches 1 "${both[@]}" --ereg-argument-array '^/opt/app/server'
	matches 1 "${both[@]}" --ereg-argument-array 'w.rker'
	matches 2 "${both[@]}" --ereg-argument-array 'w.rker' --ereg-argument-array '^.*/server'
	matches 2 "${both[@]}" --ereg-argument-array 'w.rker' -a server # of one kind: alternatives
	matches 0 "${both[@]}" --ereg-argument-array '^app'
	matches 0 "${both[@]}" --ereg-argument-array 'SERVER'
}

@test "--ereg-argument-array, -a: what is wrong" {
	local pattern
	for pattern in '(' '[a' 'a{2,1}'; do
		check --ereg-argument-array "$pattern"
		assert_state UNKNOWN
		equal "lines" 1 "${#lines[@]}"
		[[ $(text) == "--ereg-argument-array '$pattern': "[A-Z]* ]] || fail "the expression and why"
	done
	check --ereg-argument-array ''
	assert_line1 "PROC_SOCKETS UNKNOWN - --ereg-argument-array '': an expression is empty"
	check -a ''
	assert_line1 "PROC_SOCKETS UNKNOWN - -a '': an argument is empty"
}

@test "--ereg-argument-array: what would take the memory of the host is an error, what is usual is not" {
	local pattern long many few
	printf -v many '%490s' ''
	printf -v few '%12s' ''
	printf -v long '%1001s' ''
	for pattern in '((((a{1,255}){1,255}){1,255}){1,255})' '((a*b*){100}){50}' '((a?){255}){40}' \
		'([(]a{255}){255}' '([^]()]{255}){255}' '([[=]=]()]{255}){255}' '((a{2000,}))+' 'a{40}{40}{2}' \
		"${few// /(}a${few// /+)}" 'a{99999999999999999999}'; do
		check --ereg-argument-array "$pattern"
		assert_line1 "PROC_SOCKETS UNKNOWN - --ereg-argument-array '$pattern': the expression is \
too large: its repetitions come to more than 2000 parts"
	done
	check --ereg-argument-array "${long// /(}"
	assert_status 3
	assert_text_like "an expression has 1000 bytes at most\$"
	# As large as allowed, in little memory: 64 MiB for everything.
	on_asan || NETNS_ENTER+=(prlimit --data=67108864)
	for pattern in "${many// /(}a${many// /)}" '((a?){20}){20}' '(((a*|b*)*){20}){9}' '[(]{1,255}\({1,255}' \
		'([0-9]{1,3}\.){3}[0-9]{1,3}' '^(/[a-z]+)+ (--[a-z]+=[^ ]+ )*-{1,2}v$'; do
		check --ereg-argument-array "no such process: $pattern" --no-match-state ok
		assert_state OK
	done
}

@test "-a, --ereg-argument-array: what is asked for stands in the text" {
	need_own_pids
	check -C no-such -a $'a|b\n'
	assert_text 'no process matches no-such with argument a\x7cb\x0a'
	check -a no-such-word
	assert_text "no process matches argument no-such-word"
	check --ereg-argument-array no-such-[w]ord
	assert_text "no process matches a command line that matches no-such-[w]ord"
}

# ---- the largest -------------------------------------------------------------------------------

@test "--top: who holds most, largest first" {
	need_own_pids
	mksock begin,comm=small tcp-listen,port=80 end begin,comm=large tcp-listen,port=81,ports=5 end \
		begin,comm=medium tcp-listen,port=90,ports=3 end
	check -C small -C large -C medium --top 2
	assert_state OK
	equal "lines" 5 "${#lines[@]}"
	assert_line 2 "sockets  pid"
	like "first" "^      5  large\[$(mksock_pids large)\] user root" "${lines[2]}"
	like "second" "^      3  medium\[$(mksock_pids medium)\] user root" "${lines[3]}"
	assert_line 5 "... and 1 more"
	assert_text_like "^9 sockets in 3 processes, most 5 in large\["
	check -C small -C large -C medium --top 3
	equal "lines" 5 "${#lines[@]}"
	like "third" "^ *1  small\[" "${lines[4]}"
	check -C small -C large -C medium
	equal "lines" 1 "${#lines[@]}"
	check -C small -C large -C medium -v
	equal "lines" 5 "${#lines[@]}"
	# Only what is selected counts.
	check -C small -C large -C medium --top 1 -p 80
	like "first" "^ *1  small\[" "${lines[2]}"
	equal "lines" 3 "${#lines[@]}" # who holds none of them is not listed
	local top
	for top in -1 x ''; do
		check --top "$top"
		assert_state UNKNOWN
		assert_text_like "^--top '$top': "
	done
}

@test "no selector at all: every process, and the ten that hold most" {
	need_own_pids
	mksock begin,comm=large tcp-listen,port=80,ports=40 end begin,copies=12,comm=worker \
		unix-pair end
	check
	assert_state OK
	assert_text_like "^[0-9]+ sockets in [0-9]+ processes, most 40 in large\["
	equal "lines" 13 "${#lines[@]}"
	like "first" "^ *40  large\[$(mksock_pids large)\] user root" "${lines[2]}"
	like "last" '^\.\.\. and [0-9]+ more$' "${lines[12]}"
	check --top 1
	equal "lines" 4 "${#lines[@]}"
	check -P tcp -c max_per_process=39
	assert_state CRITICAL
	assert_perfdata listen 40
}

@test "--port, -s narrow what is counted, not who matches" {
	need_own_pids
	mksock 'self,comm=app' tcp-listen,port=8080 tcp-established,port=8080,count=3 tcp-listen,port=81 \
		tcp-close-wait,port=82 udp-bound,port=8080 unix-listen,path=@app unix-pair \
		'unix-listen,path=@a\x2cb|c'
	check -C app -p unix:@app
	assert_perfdata sockets 1
	assert_perfdata unix 1
	check -C app -p 'unix:@a,b|c' # one item, commas included
	assert_perfdata sockets 1
	check -C app -p 8080,unix:@app
	assert_perfdata sockets 6
	run_plugin check_conn_count -s listen -P unix -p unix:@app
	assert_perfdata connections 1
	run_plugin check_conn_count -s listen -p 81,unix:@app -p 'unix:@a,b|c'
	assert_perfdata connections 3
	check -C app -p 8080 -c listen=1:
	assert_state OK
	assert_perfdata listen "1;;1:"
	assert_perfdata sockets 5
	check -C app -p 8080 -s listen
	assert_perfdata sockets 1
	check -C app -s close-wait
	assert_perfdata sockets 1
	assert_perfdata close_wait 1
	check -C app -p 9999 -c listen=1:
	assert_state CRITICAL
	assert_perfdata processes 1
}

# ---- no match ----------------------------------------------------------------------------------

@test "--no-match-state: each state, and no threshold is applied then" {
	local state
	for state in OK WARNING CRITICAL UNKNOWN; do
		check --pid 2147483647 --no-match-state "${state,,}"
		assert_state "$state"
		assert_text "no process matches pid 2147483647"
		check --pid 2147483647 --no-match-state "$state" -w 1: -c processes=1: -c fds=1:
		assert_state "$state"
		assert_text "no process matches pid 2147483647"
		assert_perfdata processes "0;;1:"
	done
	# A process that is not there is looked for twice.
	check --pid 2147483647 -vv
	assert_state CRITICAL
	assert_output_like $'\nlooks: 2(\n|$)'
	check --pid 2147483647 --no-match-state green
	assert_line1 "PROC_SOCKETS UNKNOWN - --no-match-state 'green': expected ok, warning, critical or unknown"
	check --pid "$MKSOCK_PID" --no-match-state critical
	assert_state OK
}

@test "--no-match-state: a pidfile that is missing or stale is no match, one that cannot be read is not" {
	local file=$BATS_TEST_TMPDIR/pid
	check --pidfile "$file" --no-match-state ok
	assert_state OK
	echo 2147483647 >"$file"
	check --pidfile "$file" --no-match-state ok
	assert_state OK
	echo nonsense >"$file"
	check --pidfile "$file" --no-match-state ok
	assert_state UNKNOWN
	refute_output_like nonsense
	echo "$MKSOCK_PID" >"$file"
	check --pidfile "$file"
	assert_state OK
	chmod 0 "$file"
	run_plugin_as 65534 check_proc_sockets --pidfile "$file" --no-match-state ok
	assert_state UNKNOWN
	assert_text "--pidfile $file: Permission denied"
}
