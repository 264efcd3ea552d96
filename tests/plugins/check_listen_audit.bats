#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# check_listen_audit.bats - is anything listening that should not be

load ../helpers

audit() {
	run_plugin check_listen_audit "$@"
}

# figures UNEXPECTED LISTENERS ALLOWED MISSING: as performance data has them.
figures() {
	assert_perfdata_labels unexpected listeners allowed missing
	assert_perfdata unexpected "$1"
	assert_perfdata listeners "$2"
	assert_perfdata allowed "$3"
	assert_perfdata missing "$4"
}

# allow_file LINE...: FILE holds them, and everybody may read it.
allow_file() {
	FILE=$BATS_TEST_TMPDIR/allowed
	printf '%s\n' "$@" >"$FILE"
	chmod a+r "$FILE"
}

# with STATE LINE...: audited with these lines alone.
with() {
	allow_file "${@:2}"
	audit --allow-file "$FILE"
	assert_state "$1"
}

# refuses TEXT ARGUMENT...: exit 3 and one line.
refuses() {
	audit "${@:2}"
	assert_line1 "LISTEN_AUDIT UNKNOWN - $1"
	assert_status 3
	equal "lines" 1 "${#lines[@]}"
}

need_own_pids() {
	[ -n "${OWN_PIDS-}" ] || skip "needs a pid namespace of its own"
}

# make_cgroup NAME: CGROUP is a new directory in the cgroup2 hierarchy; "a/b" makes two.
make_cgroup() {
	local mount
	mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	[ -n "$mount" ] || skip "no cgroup2 is mounted"
	CGROUP=$mount/$1
	mkdir -p "$CGROUP" 2>/dev/null || skip "may not make a cgroup"
	CGROUPS+=("$CGROUP")
}

teardown() {
	sockets_teardown
	local group
	for group in "${CGROUPS[@]}"; do
		while [[ $group == */sockcheck-test* ]]; do
			rmdir "$group" || true
			group=${group%/*}
		done
	done
}

# ---- what listens ------------------------------------------------------------------------------

@test "nothing listens: OK with every figure" {
	audit
	assert_line1 "LISTEN_AUDIT OK - 0 listeners, 0 unexpected | unexpected=0;;0 listeners=0 allowed=0 missing=0"
}

@test "what listens and nobody allows is CRITICAL, by address, port and owner" {
	need_own_pids
	mksock self,comm=rogue tcp-listen,port=4444,addr=0.0.0.0 udp-bound,port=111,addr=:: \
		tcp-established,port=80 tcp-bound,port=81 udp-connected,port=82,fromport=83
	audit
	assert_state CRITICAL
	assert_text_like "^2 unexpected: \[::\]:111/udp rogue\[$MKSOCK_PID\] user root( in [^ ,]+)? for [0-9]+s, 0\.0\.0\.0:4444/tcp rogue\[$MKSOCK_PID\] user root( in [^ ,]+)? for [0-9]+s\$"
	figures "2;;0" 2 0 0
	audit --source procfs
	assert_state CRITICAL
	figures "2;;0" 2 0 0
}

@test "without privilege: the uid and the unit are seen, and that is enough" {
	mksock tcp-listen,port=4444
	run_plugin_as 65534 check_listen_audit
	assert_state CRITICAL
	assert_text_like "^1 unexpected: 127\.0\.0\.1:4444/tcp uid 0( [^ ]+)?\$"
	run_plugin_as 65534 check_listen_audit --allow 4444
	assert_state OK
	assert_text "1 listener, 0 unexpected"
}

@test "the unit stands in the text: a service alone, of others the uid too" {
	need_users
	make_cgroup sockcheck-test$$.service
	mksock "begin,comm=daemon,cgroup=$CGROUP" tcp-listen,port=111 end
	run_plugin_as 65534 check_listen_audit
	assert_text "1 unexpected: 127.0.0.1:111/tcp sockcheck-test$$.service"
	mksock_stop
	make_cgroup sockcheck-test$$.scope
	mksock "begin,comm=shell,uid=1001,cgroup=$CGROUP" tcp-listen,port=4444 end
	run_plugin_as 65534 check_listen_audit
	assert_text "1 unexpected: 127.0.0.1:4444/tcp uid 1001 sockcheck-test$$.scope"
}

@test "a socket bound to a device, with its name" {
	mksock tcp-listen,port=80,addr=0.0.0.0,device=lo tcp-listen,port=81,addr=::,device=lo
	audit
	assert_text_like "^2 unexpected: 0\.0\.0\.0%lo:80/tcp [^ ]+ .*, \[::\]%lo:81/tcp "
	audit --allow 80-81
	assert_state OK
}

@test "SO_REUSEPORT workers are a listener each" {
	mksock tcp-listen,port=80,count=5,reuseport
	audit
	assert_text_like "^5 unexpected: "
	figures "5;;0" 5 0 0
	audit --allow 80
	figures "0;;0" 5 5 0
}

@test "-v: every listener, allowed or not" {
	need_own_pids
	mksock self,comm=web tcp-listen,port=80,ports=2
	audit --allow 80 -v
	assert_state CRITICAL
	equal "lines" 3 "${#lines[@]}"
	like "line 2" "^allowed: 127\.0\.0\.1:80/tcp uid 0" "${lines[1]}"
	like "line 3" "^unexpected: 127\.0\.0\.1:81/tcp web\[$MKSOCK_PID\] user root" "${lines[2]}"
	allow_file "80-81 command=web"
	audit --allow-file "$FILE" -v
	assert_state OK
	like "line 2" "^allowed: 127\.0\.0\.1:80/tcp web\[$MKSOCK_PID\] user root" "${lines[1]}"
}

@test "5,000 unexpected listeners: within the limits of the output, and counted right" {
	local limit
	limit=$(ulimit -Hn)
	[ "$limit" = unlimited ] || [ "$limit" -gt 1100 ] || skip "no 1,000 descriptors a process"
	mksock begin,comm=a,nofile=1100 tcp-listen,port=20000,ports=1000 end \
		begin,comm=b,nofile=1100 tcp-listen,port=21000,ports=1000 end \
		begin,comm=c,nofile=1100 tcp-listen,port=22000,ports=1000 end \
		begin,comm=d,nofile=1100 tcp-listen,port=23000,ports=1000 end \
		begin,comm=e,nofile=1100 tcp-listen,port=24000,ports=1000 end
	local option
	for option in -q -v; do
		audit "$option"
		assert_state CRITICAL
		assert_text_like '^5000 unexpected: 127\.0\.0\.1:20000/tcp .*, \.\.\. and [0-9]+ more$'
		figures "5000;;0" 5000 0 0
		[ "$(head -1 "$PLUGIN_STDOUT" | wc -c)" -le 1024 ] || fail "line 1 is too long"
		[ "$(wc -c <"$PLUGIN_STDOUT")" -le 4096 ] || fail "the output is too long"
	done
	like "last line" '^\.\.\. and [0-9]+ more$' "${lines[-1]}"
	# What is listed and what is not come to 5,000, in both lists.
	equal "line 1" 5000 "$(($(text | grep -o /tcp | wc -l) + $(text | sed 's/.*and \([0-9]*\) more/\1/')))"
	# shellcheck disable=SC2001 # a pattern with a group
	equal "evidence" 5000 "$((${#lines[@]} - 2 + $(sed 's/.*and \([0-9]*\) more/\1/' <<<"${lines[-1]}")))"
	audit --allow 20000-24998
	assert_text_like '^1 unexpected: 127\.0\.0\.1:24999/tcp '
	figures "1;;0" 5000 4999 0
	audit --allow 20000-24999 -w listeners=4999
	assert_state WARNING
	audit -vv
	equal "lines with -vv" 5000 "$(grep -c '^unexpected: ' "$PLUGIN_STDOUT")"
}

# ---- --allow -----------------------------------------------------------------------------------

@test "--allow: ports, ranges, lists, repeated" {
	mksock tcp-listen,port=80,ports=5
	audit --allow 80,81,82-84
	assert_state OK
	assert_text "5 listeners, 0 unexpected"
	figures "0;;0" 5 5 0
	audit --allow=80-81 --allow 82 --allow 83-84
	assert_state OK
	audit --allow 81-83
	assert_state CRITICAL
	assert_text_like "^2 unexpected: 127\.0\.0\.1:80/tcp .*, 127\.0\.0\.1:84/tcp "
	figures "2;;0" 5 3 0
	audit --allow 8,800,8080
	figures "5;;0" 5 0 3
	audit --allow 1-65535
	figures "0;;0" 5 5 0
}

@test "--allow: tcp unless a protocol is named" {
	mksock tcp-listen,port=53 udp-bound,port=53
	audit --allow 53
	assert_state CRITICAL
	assert_text_like "^1 unexpected: 127\.0\.0\.1:53/udp "
	audit --allow 53/udp
	assert_text_like "^1 unexpected: 127\.0\.0\.1:53/tcp "
	audit --allow 53,53/udp
	assert_state OK
	audit --allow 53 -P udp # -P chooses what is audited, not what an entry means
	assert_text_like "^1 unexpected: 127\.0\.0\.1:53/udp "
	audit --allow 53/tcp4,53/udp4
	assert_state OK
	audit --allow 53/tcp6,53/udp6
	figures "2;;0" 2 0 2
	audit --allow 53/inet
	assert_state OK
}

@test "--allow: names of services" {
	getent services https domain >/dev/null || skip "no services are known: netbase is missing"
	mksock tcp-listen,port=443 udp-bound,port=53
	audit --allow https,domain/udp
	assert_state OK
}

@test "--allow: what is wrong" {
	local ports="expected PORT[-PORT][/PROTO] with ports from 1 to 65535" text
	for text in 0 65536 80-; do
		refuses "--allow '$text': $ports" --allow "$text"
	done
	refuses "--allow '80-22': the first port is above the last" --allow 80-22
	refuses "--allow '80/xyz': protocols are tcp, udp, raw, sctp, mptcp, inet, inet4, inet6, tcp4, tcp6, udp4, udp6, raw4, raw6, sctp4, sctp6, mptcp4, mptcp6" --allow 80/xyz
	for text in unix:/x unix:/tcp unix:@x 80,unix:/x; do
		refuses "--allow '$text': a unix socket is no port, only ports are taken here" --allow "$text"
	done
	for text in '' '80,' ',80' '80,,81'; do
		audit --allow "$text"
		assert_state UNKNOWN
		assert_text_like "^--allow '$text': "
	done
}

# ---- --allow-file ------------------------------------------------------------------------------

@test "--allow-file: ports by line, comments, blank lines" {
	mksock tcp-listen,port=80,ports=3 udp-bound,port=53
	with OK '# web' '' '   ' '80-82 # all of them' $'\t53/udp\t'
	figures "0;;0" 4 4 0
	with CRITICAL 80-81 53/udp
	assert_text_like "^1 unexpected: 127\.0\.0\.1:82/tcp "
	with CRITICAL '#80-82' 53/udp
	figures "3;;0" 4 1 0
	with CRITICAL 80-82 53
	figures "1;;0" 4 3 1
	printf '80-82\n53/udp' >"$FILE" # no newline at the end
	audit --allow-file "$FILE"
	assert_state OK
	printf '80-82\r\n\r\n53/udp\t\r\n# end\r\n' >"$FILE"
	audit --allow-file "$FILE"
	assert_state OK
	: >"$FILE"
	audit --allow-file "$FILE"
	figures "4;;0" 4 0 0
}

@test "--allow-file repeated, and with --allow: all entries count" {
	mksock tcp-listen,port=80,ports=3
	printf '80\n' >"$BATS_TEST_TMPDIR/one"
	printf '81\n' >"$BATS_TEST_TMPDIR/two"
	audit --allow-file "$BATS_TEST_TMPDIR/one" --allow 82 --allow-file "$BATS_TEST_TMPDIR/two"
	assert_state OK
	figures "0;;0" 3 3 0
}

@test "--allow-file in=NET: where it may be bound" {
	mksock address,addr=10.1.2.3 tcp-listen,port=80,addr=10.1.2.3 tcp-listen,port=81,addr=0.0.0.0 \
		tcp-listen,port=82,addr=::1 tcp-listen,port=83,addr=::ffff:127.0.0.1 \
		tcp-listen,port=84,addr=:: tcp-listen,port=85,addr=::,v6only
	with OK "80 in=10.0.0.0/8" "81 in=0.0.0.0/0" "82 in=10.0.0.0/8,::1" "83 in=127.0.0.1" \
		"84 in=0.0.0.0/0,::/0" "85 in=::/0"
	with CRITICAL "80 in=10.1.2.4" "81 in=10.0.0.0/8,127.0.0.0/8" "82 in=127.0.0.0/8" "83 in=::1" \
		"84 in=::/0" "85 in=0.0.0.0/0"
	figures "6;;0" 6 0 6
}

@test "--allow-file in=NET: the wildcard is every address, not one" {
	allow_file "80" "81 in=0.0.0.0"
	refuses "--allow-file '$FILE': line 2: every IPv4 address is 0.0.0.0/0" --allow-file "$FILE"
	allow_file "81 in=::1,::"
	refuses "--allow-file '$FILE': line 1: '::': every IPv6 address is ::/0" --allow-file "$FILE"
}

@test "--allow-file in=NET by procfs: UNKNOWN where it hangs on IPV6_V6ONLY" {
	mksock tcp-listen,port=84,addr=::
	allow_file "84 in=::/0"
	audit --allow-file "$FILE" --source procfs
	assert_state UNKNOWN
	assert_text_like "^\[::\]:84/tcp .* may be allowed, which cannot be told: /proc does not tell IPv6-only sockets apart: use --source netlink\$"
	allow_file "84 in=::/0,0.0.0.0/0"
	audit --allow-file "$FILE" --source procfs
	assert_state OK
}

@test "--allow-file unit=UNIT" {
	need_users
	make_cgroup sockcheck-test$$.service
	mksock "begin,comm=daemon,cgroup=$CGROUP" tcp-listen,port=80 end
	with OK "80 unit=sockcheck-test$$"
	with OK "80 unit=sockcheck-test$$.service"
	with CRITICAL "80 unit=other"
	figures "1;;0" 1 0 1
	# Nobody may read this process, but whoever asks is told the cgroup.
	run_plugin_as 65534 check_listen_audit --allow-file "$FILE"
	assert_state CRITICAL
	allow_file "80 unit=sockcheck-test$$"
	run_plugin_as 65534 check_listen_audit --allow-file "$FILE"
	assert_state OK
	# Only netlink tells it; what was chosen by an option, an option changes.
	run_plugin_as 65534 check_listen_audit --allow-file "$FILE" --source procfs
	assert_state UNKNOWN
	assert_text_like "^127\.0\.0\.1:80/tcp uid 0 may be allowed, which cannot be told: /proc does not tell the unit of a socket: use --source netlink"
}

@test "--allow-file command=NAME" {
	need_own_pids
	mksock begin,comm=web,argv0=/opt/server tcp-listen,port=80 end
	with OK "80 command=web"
	with OK "80 command=server"
	with OK "80 command=mksock"
	with OK "80 command=apache2 command=web" # one repeated offers alternatives
	with CRITICAL "80 command=apache2"
	assert_text_like "^1 unexpected: 127\.0\.0\.1:80/tcp web\["
	with CRITICAL "80 command=we"
}

# walks: how often did the plugin go through all processes? Each walk looks at process 1.
walks() {
	in_netns strace -o "$BATS_TEST_TMPDIR/trace" -e trace=openat \
		"$BUILDDIR/plugins/check_listen_audit" "$@" >"$PLUGIN_STDOUT" 2>"$PLUGIN_STDERR" || status=$?
	output=$(<"$PLUGIN_STDOUT")
	grep -c '"1/comm"' "$BATS_TEST_TMPDIR/trace" || true
}

@test "--allow-file command=NAME: one walk through the processes, however many entries there are" {
	need_own_pids
	need_command strace
	in_netns strace -o /dev/null true 2>/dev/null || skip "strace cannot trace here"
	local entries=() n
	for n in 1 2 {4..20}; do
		entries+=("$n command=app$n")
	done
	mksock begin,comm=app1 tcp-listen,port=1 tcp-listen,port=21 end \
		begin,comm=app2 tcp-listen,port=2 end begin,comm=stranger tcp-listen,port=3 end
	allow_file "${entries[@]}" "21 command=app1"
	equal "walks" 1 "$(walks --allow-file "$FILE" --allow 3)"
	audit --allow-file "$FILE" --allow 3
	assert_state OK
	figures "0;;0" 4 4 17
	# One more, to name who holds what nobody allows.
	equal "walks" 2 "$(walks --allow-file "$FILE")"
	audit --allow-file "$FILE"
	assert_text_like "^1 unexpected: 127\.0\.0\.1:3/tcp stranger\["
	# Nor one for each entry whose port a stranger holds, in a nested pid namespace either.
	allow_file 1-2 21 "3 command=app1"
	local walks
	walks=$(walks --allow-file "$FILE")
	allow_file 1-2 21 "3 command=app"{1..5}
	equal "walks" "$walks" "$(walks --allow-file "$FILE")"
	audit --allow-file "$FILE"
	assert_text_like "^1 unexpected: 127\.0\.0\.1:3/tcp stranger\["
	allow_file "${entries[@]}" "21 command=app1"
	# Nothing hangs on the holder: no walk.
	equal "walks" 0 "$(walks --allow 1-21 --allow-file <(printf '%s\n' "${entries[@]:4}"))"
}

@test "--allow-file: the commands of an entry decide nothing about another entry" {
	local procfs=$BATS_TEST_TMPDIR/proc command
	need_cgroup2
	procfs_folder
	mkdir -p "$procfs/4711/fd"
	printf '  sl  local_address inode\n   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1001 0 123 1 0 100 0 0 10 0\n' \
		>"$procfs/1/net/tcp"
	echo web >"$procfs/4711/comm"
	echo 0::/system.slice/web.service >"$procfs/4711/cgroup"
	echo '4711 (web) S 1 4711 4711 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 0 0 0' >"$procfs/4711/stat"
	ln -s 'socket:[123]' "$procfs/4711/fd/7"
	for command in other web; do
		allow_file "8080 command=$command user=12345" "8080 unit=web"
		audit --procfs "$procfs" -P tcp4 --allow-file "$FILE"
		assert_state OK
		figures "0;;0" 1 1 1
		allow_file "8080 command=$command user=12345" "8080 unit=other"
		audit --procfs "$procfs" -P tcp4 --allow-file "$FILE"
		assert_state CRITICAL
		figures "1;;0" 1 0 2
	done
}

@test "--allow-file command=NAME: a second holder that an entry allows" {
	need_own_pids
	# One socket of two processes; either name is enough, whichever of them a walk meets first.
	mksock begin,comm=first tcp-listen,port=80 begin,comm=second,share end end
	with OK "80 command=first"
	with OK "80 command=second"
	with OK "81 command=first" "80 command=second"
	with OK "80 command=other" "80 command=first"
	with CRITICAL "81 command=first" "80 command=other"
}

@test "--allow-file user=USER: who created the socket, by name and number" {
	need_users 65534
	mksock begin,uid=65534 tcp-listen,port=8080 end tcp-listen,port=80
	with OK "80 user=root" "8080 user=65534"
	with OK "80 user=0" "8080 user=$(id -nu 65534)"
	with CRITICAL "80 user=65534" "8080 user=0"
	figures "2;;0" 2 0 2
	run_plugin_as 65534 check_listen_audit --allow-file "$FILE"
	figures "2;;0" 2 0 2
}

@test "--allow-file: every condition must hold" {
	need_own_pids
	need_users 65534
	mksock begin,comm=web,uid=65534 tcp-listen,port=8080 end
	with OK "8080/tcp in=127.0.0.0/8 command=web user=65534"
	with CRITICAL "8081/tcp in=127.0.0.0/8 command=web user=65534"
	with CRITICAL "8080/udp in=127.0.0.0/8 command=web user=65534"
	with CRITICAL "8080/tcp in=10.0.0.0/8 command=web user=65534"
	with CRITICAL "8080/tcp in=127.0.0.0/8 command=sshd user=65534"
	with CRITICAL "8080/tcp in=127.0.0.0/8 command=web user=0"
	with OK "8080 user=0" "8080 command=web" # entries are alternatives
}

@test "--allow-file: a condition that cannot be judged makes that listener UNKNOWN" {
	mksock self,comm=web tcp-listen,port=80 tcp-listen,port=81
	allow_file "80 command=web" 81
	run_plugin_as 65534 check_listen_audit --allow-file "$FILE"
	assert_state UNKNOWN
	assert_text_like "^127\.0\.0\.1:80/tcp uid 0( [^ ]+)? may be allowed, which cannot be told: .*cap_sys_ptrace"
	figures "0;;0" 2 1 0
	run_plugin_as 65534 check_listen_audit --allow-file "$FILE" -v
	like "line 2" "^perhaps allowed: 127\.0\.0\.1:80/tcp " "${lines[1]}"
	# Not OK either where the threshold would have it.
	run_plugin_as 65534 check_listen_audit --allow-file "$FILE" -c 10
	assert_state UNKNOWN
	run_plugin_as 65534 check_listen_audit --allow-file "$FILE" -c listeners=10
	assert_state UNKNOWN
	# The figures are at least what was told.
	local limit
	for limit in allowed=2: unexpected=1:; do
		run_plugin_as 65534 check_listen_audit --allow-file "$FILE" -c $limit
		assert_state UNKNOWN
	done
	# Nor is it said that nothing is missing.
	run_plugin_as 65534 check_listen_audit --allow-file "$FILE" -c missing=@1:
	assert_state UNKNOWN
	# What another entry allows needs no holder, and what the rest of the line rules out neither.
	run_plugin_as 65534 check_listen_audit --allow-file "$FILE" --allow 80
	assert_state OK
	allow_file "80 command=web user=65534" 81
	run_plugin_as 65534 check_listen_audit --allow-file "$FILE"
	assert_state CRITICAL
	figures "1;;0" 2 1 1
	# Another listener that is plainly unexpected is worse.
	allow_file "80 command=web"
	run_plugin_as 65534 check_listen_audit --allow-file "$FILE"
	assert_state CRITICAL
	assert_text_like "^at least 1 unexpected: 127\.0\.0\.1:81/tcp uid 0"
	figures "1;;0" 2 0 0
}

@test "--allow-file: a bad line is an error with its number" {
	local conditions="expected in=NET, unit=UNIT, command=NAME or user=USER" line
	for line in '80 colour=red' '80 in=' '80 in' '80 exe=/bin/sh' '80 pid=1' '80 =x' '80 80'; do
		allow_file '# first' 22 "$line" 443
		refuses "--allow-file '$FILE': line 3: $conditions" --allow-file "$FILE"
	done
	allow_file '' 99999
	refuses "--allow-file '$FILE': line 2: expected PORT[-PORT][/PROTO] with ports from 1 to 65535" \
		--allow-file "$FILE"
	allow_file 22,80
	audit --allow-file "$FILE"
	assert_text_like "^--allow-file '$FILE': line 1: "
	assert_status 3
	allow_file '80 in=localhost'
	refuses "--allow-file '$FILE': line 1: expected a numeric ADDR[/LEN]" \
		--allow-file "$FILE"
	allow_file '80 user=no-such-user'
	refuses "--allow-file '$FILE': line 1: no user of that name is known" --allow-file "$FILE"
	allow_file '80 command=/bin/sh'
	refuses "--allow-file '$FILE': line 1: a command has no '/': use --exe for a path" \
		--allow-file "$FILE"
}

@test "--allow-file: what never ends and what nobody writes to is refused at once, a pipe is read" {
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	refuses "--allow-file '/dev/zero': is no regular file" -t 5 --allow-file /dev/zero
	refuses "--allow-file '$BATS_TEST_TMPDIR/fifo': is a pipe to which nothing is written" \
		-t 5 --allow-file "$BATS_TEST_TMPDIR/fifo"
	mksock tcp-listen,port=80
	audit --allow-file <(echo 80)
	assert_state OK
}

@test "--allow-file: NUL bytes, long lines, files that cannot be read" {
	FILE=$BATS_TEST_TMPDIR/allowed
	printf '80\n81\0 # hidden\n' >"$FILE"
	refuses "--allow-file '$FILE': line 2: holds a NUL byte" --allow-file "$FILE"
	mksock tcp-listen,port=80
	{
		head -c 1000000 /dev/zero | tr '\0' ' '
		printf '80 # '
		head -c 1000000 /dev/zero | tr '\0' x
		printf '\n'
	} >"$FILE"
	audit --allow-file "$FILE"
	assert_state OK
	{
		printf '80 command='
		head -c 1000000 /dev/zero | tr '\0' x
	} >"$FILE"
	audit --allow-file "$FILE"
	assert_status 2
	refuses "--allow-file '$FILE/x': Not a directory" --allow-file "$FILE/x"
	refuses "--allow-file '/no/such/file': No such file or directory" --allow-file /no/such/file
	refuses "--allow-file '$BATS_TEST_TMPDIR': Is a directory" --allow-file "$BATS_TEST_TMPDIR"
	refuses "--allow-file needs an argument: FILE" --allow-file
	allow_file 80
	chmod 0 "$FILE"
	run_plugin_as 65534 check_listen_audit --allow-file "$FILE"
	assert_line1 "LISTEN_AUDIT UNKNOWN - --allow-file '$FILE': Permission denied"
	assert_status 3
}

# ---- what is left out --------------------------------------------------------------------------

@test "--ignore-loopback: what only this host can reach" {
	mksock address,addr=10.1.2.3 tcp-listen,port=80 tcp-listen,port=81,addr=127.9.9.9 \
		tcp-listen,port=82,addr=::1 tcp-listen,port=83,addr=::ffff:127.0.0.1 \
		tcp-listen,port=84,addr=0.0.0.0,device=lo udp-bound,port=85 \
		tcp-listen,port=86,addr=0.0.0.0 tcp-listen,port=87,addr=:: \
		tcp-listen,port=88,addr=10.1.2.3 udp-bound,port=89,addr=::
	audit
	figures "10;;0" 10 0 0
	audit --ignore-loopback
	assert_state CRITICAL
	assert_text_like "^4 unexpected: 0\.0\.0\.0:86/tcp .*, \[::\]:87/tcp .*, 10\.1\.2\.3:88/tcp .*, \[::\]:89/udp "
	figures "4;;0" 4 0 0
	audit --ignore-loopback --allow 80,86-88,89/udp
	assert_state OK
	figures "0;;0" 4 4 0 # what is left out answers entries all the same
	audit --ignore-loopback --print
	equal "lines" 4 "${#lines[@]}"
}

@test "UDP on ports of the ephemeral range is left out unless --strict-udp" {
	in_netns sh -c 'echo 30000 30009 >/proc/sys/net/ipv4/ip_local_port_range' 2>/dev/null ||
		skip "may not set the range"
	mksock udp-bound,port=29999 udp-bound,port=30000 udp-bound,port=30009 udp-bound,port=30010 \
		tcp-listen,port=30001
	audit
	assert_text_like "^3 unexpected: 127\.0\.0\.1:29999/udp .*, 127\.0\.0\.1:30001/tcp .*, 127\.0\.0\.1:30010/udp "
	figures "3;;0" 3 0 0
	audit --strict-udp
	figures "5;;0" 5 0 0
	audit --allow 29999-30010/inet
	figures "0;;0" 3 3 0
	audit --allow 29999/udp,30001,30010/udp,30000/udp,30005/udp -w missing=1
	assert_state OK
	figures "0;;0" 3 3 "1;1"
	with OK "29999/udp" "30001/tcp" "30010/udp" "30000/udp user=$(id -un)" "30009/udp user=12345"
	figures "0;;0" 3 3 1
}

@test "UDP on a port that is reserved is no client's" {
	in_netns sh -c 'cd /proc/sys/net/ipv4 && echo 30000 30009 >ip_local_port_range &&
		echo 30004 >ip_local_reserved_ports' 2>/dev/null || skip "may not set the range"
	mksock udp-bound,port=30003 udp-bound,port=30004
	audit
	assert_state CRITICAL
	assert_text_like "^1 unexpected: 127\.0\.0\.1:30004/udp "
	figures "1;;0" 1 0 0
}

@test "UDP: where the range cannot be read it may be a client's, unless an entry allows it" {
	local procfs=$BATS_TEST_TMPDIR/proc
	mkdir -p "$procfs/1/net"
	cat >"$procfs/1/net/udp" <<-END
		   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
		    1: $(printf '\x7f\0\0\x01' | od -An -tx4 | tr -d ' ' | tr a-f A-F):9C40 00000000:0000 07 00000000:00000000 00:00000000 00000000   117        0 123 2 0000000000000000 0
	END
	audit --procfs "$procfs" -P udp4
	assert_state UNKNOWN
	assert_text "the range of local ports cannot be read through another /proc, 127.0.0.1:40000/udp uid 117 may be a client's: run it in that network namespace without --procfs, or say that it is there with --source netlink"
	assert_perfdata unexpected "0;;0"
	assert_perfdata allowed 0
	audit --procfs "$procfs" -P udp4 -c listeners=1
	assert_perfdata listeners "1;;1" # at most
	# It is no listener if it is a client's: what asks for more than one has none for sure.
	audit --procfs "$procfs" -P udp4 -c unexpected=0: -w listeners=2:
	assert_state WARNING
	assert_text_like "^listeners at most 1 \(limit 2:\)"
	audit --procfs "$procfs" -P udp4 -c unexpected=0: -w listeners=1:
	assert_state UNKNOWN
	assert_text_like ", listeners at most 1 \(limit 1:\): "
	audit --procfs "$procfs" -P udp4 --allow 40000/udp
	assert_state OK
	figures "0;;0" 1 1 0
	local metric
	for metric in listeners allowed; do
		audit --procfs "$procfs" -P udp4 --allow 40000/udp -c $metric=1:
		assert_state UNKNOWN
		assert_text_like "$metric at most 1 \(limit 1:\).*: run it in that network namespace "
	done
	audit --procfs "$procfs" -P udp4 --strict-udp
	assert_state CRITICAL
	assert_text_like "^1 unexpected: 127\.0\.0\.1:40000/udp "
	audit --procfs "$procfs" -P udp4 --print
	equal "output" "40000/udp in=127.0.0.0/8 user=117
# not everything could be read" "$output"
}

@test "-P: protocols and families; by default tcp, udp and sctp" {
	mksock tcp-listen,port=80 tcp-listen,port=81,addr=::1 udp-bound,port=82 udp-bound,port=83,addr=::1 \
		raw,protocol=253
	audit
	figures "4;;0" 4 0 0
	local pair
	for pair in tcp:2 tcp4:1 tcp6:1 udp:2 udp6:1 raw:1 sctp:0 inet:4 inet4:2 tcp,raw:3; do
		audit -P "${pair%:*}"
		assert_perfdata listeners "${pair#*:}"
	done
	audit --protocol raw4
	assert_text_like "^1 unexpected: 0\.0\.0\.0:253/raw "
	audit -P all --allow 80,81,82-83/udp,253/raw
	assert_state OK
	refuses "unix sockets have no port to allow: --protocol takes tcp, udp, sctp, mptcp, raw" -P tcp,unix
	refuses "unix sockets have no port to allow: --protocol takes tcp, udp, sctp, mptcp, raw" -P unix
}

@test "-4, --ipv4, -6, --ipv6: traffic of the family" {
	mksock tcp-listen,port=80 tcp-listen,port=81,addr=::1 tcp-listen,port=82,addr=:: \
		tcp-listen,port=83,addr=::,v6only
	audit -4
	assert_text_like "^2 unexpected: 127\.0\.0\.1:80/tcp .*, \[::\]:82/tcp "
	audit -6
	figures "3;;0" 3 0 0
	audit -4 -6
	figures "4;;0" 4 0 0
}

@test "an SCTP listener is audited without being asked for" {
	grep -q ^SCTP /proc/net/protocols || skip "no SCTP in this kernel"
	mksock sctp-listen,port=80
	audit
	assert_text_like "^1 unexpected: 127\.0\.0\.1:80/sctp "
	audit --allow 80/sctp
	assert_state OK
}

# sctp_procfs: PROCFS is a /proc of a kernel with SCTP, where only an SCTP socket listens.
sctp_procfs() {
	local table
	procfs_folder
	mkdir "${PROCFS:?}/1/net/sctp"
	for table in tcp udp udp6 sctp/assocs; do
		echo "sl inode" >"$PROCFS/1/net/$table"
	done
	printf '%s\n' ' ENDPT     SOCK   STY SST HBKT LPORT   UID INODE LADDRS' \
		'ffff8a1b ffff8a1c 2   10  27   9000   1001 41234 0.0.0.0 ' >"$PROCFS/1/net/sctp/eps"
}

@test "an SCTP listener, by a /proc that has one: in the default of -P, for --allow its own protocol" {
	sctp_procfs
	audit --procfs "$PROCFS" --strict-udp
	assert_state CRITICAL
	assert_text "1 unexpected: 0.0.0.0:9000/sctp the kernel"
	audit --procfs "$PROCFS" --strict-udp --allow 9000
	figures "1;;0" 1 0 1
	audit --procfs "$PROCFS" --strict-udp --allow 9000/sctp
	assert_state OK
	figures "0;;0" 1 1 0
}

@test "an MPTCP listener counts once, as the TCP listener that it is" {
	[ -e /proc/sys/net/mptcp/enabled ] || skip "no MPTCP in this kernel"
	mksock mptcp-listen,port=80
	local protocols
	for protocols in tcp tcp,mptcp all tcp4,mptcp4; do
		audit -P "$protocols"
		assert_text_like "^1 unexpected: 127\.0\.0\.1:80/tcp "
		figures "1;;0" 1 0 0
	done
	audit -P mptcp
	assert_text_like "^1 unexpected: 127\.0\.0\.1:80/mptcp "
	audit -P mptcp --allow 80/mptcp
	assert_state OK
	audit -P tcp6,mptcp4
	assert_text_like "^1 unexpected: 127\.0\.0\.1:80/mptcp "
}

@test "MPTCP connections count once too" {
	[ -e /proc/sys/net/mptcp/enabled ] || skip "no MPTCP in this kernel"
	mksock mptcp-established,port=80
	local protocols
	for protocols in tcp mptcp tcp,mptcp; do
		run_plugin check_conn_count -P "$protocols"
		assert_perfdata connections 2
	done
	run_plugin check_conn_count -p 80/mptcp,443/tcp
	assert_perfdata connections 1
}

# ---- --print -----------------------------------------------------------------------------------

@test "--print: the allow-file that accepts what listens, by unit where there is one" {
	need_users 65534
	make_cgroup "sockcheck-test$$\\x2dweb.service"
	mksock "begin,comm=web,cgroup=${CGROUP//\\/\\\\}" tcp-listen,port=80,count=3,reuseport \
		tcp-listen,port=80,addr=::1 end \
		begin,uid=65534 tcp-listen,port=8080 end begin,uid=54321 udp-bound,port=5353 end
	audit --print
	assert_status 3
	equal "output" "80/tcp in=127.0.0.0/8 unit=sockcheck-test$$\\x2dweb.service
80/tcp in=::1 unit=sockcheck-test$$\\x2dweb.service
5353/udp in=127.0.0.0/8 user=54321
8080/tcp in=127.0.0.0/8 user=$(id -nu 65534)" "$output"
	printf '%s\n' "$output" >"$BATS_TEST_TMPDIR/printed"
	audit --allow-file "$BATS_TEST_TMPDIR/printed"
	assert_state OK
	figures "0;;0" 6 6 0
	chmod a+r "$BATS_TEST_TMPDIR/printed"
	run_plugin_as 65534 check_listen_audit --allow-file "$BATS_TEST_TMPDIR/printed"
	assert_state OK
	mksock tcp-listen,port=81
	audit --allow-file "$BATS_TEST_TMPDIR/printed"
	assert_state CRITICAL
	assert_text_like "^1 unexpected: 127\.0\.0\.1:81/tcp "
}

@test "--print: what is bound to loopback is allowed there alone" {
	local wide
	mksock begin,uid=54321 tcp-listen,port=8080 tcp-listen,port=8080,addr=127.8.8.8 tcp-listen,port=8080,addr=::1 \
		tcp-listen,port=8081,addr=::ffff:127.0.0.1 udp-bound,port=8082,addr=::1 tcp-listen,port=8083,addr=:: \
		tcp-listen,port=8084,addr=0.0.0.0,reuseport tcp-listen,port=8084,reuseport end
	audit --print
	equal "output" "8080/tcp in=127.0.0.0/8 user=54321
8080/tcp in=::1 user=54321
8081/tcp in=127.0.0.0/8 user=54321
8082/udp in=::1 user=54321
8083/tcp user=54321
8084/tcp user=54321
8084/tcp in=127.0.0.0/8 user=54321" "$output"
	printf '%s\n' "$output" >"$BATS_TEST_TMPDIR/printed"
	audit --allow-file "$BATS_TEST_TMPDIR/printed"
	assert_state OK
	figures "0;;0" 8 8 0
	mksock_stop
	# The same owner, elsewhere.
	for wide in tcp-listen,port=8080,addr=0.0.0.0 tcp-listen,port=8080,addr=:: tcp-listen,port=8081,addr=:: \
		udp-bound,port=8082,addr=::; do
		mksock begin,uid=54321 $wide end
		audit --allow-file "$BATS_TEST_TMPDIR/printed"
		assert_state CRITICAL
		assert_text_like "^1 unexpected: "
		mksock_stop
	done
	mksock begin,uid=54321 tcp-listen,port=8083,addr=0.0.0.0 end
	audit --allow-file "$BATS_TEST_TMPDIR/printed"
	assert_state OK
}

@test "--print: a user whose name no line could hold goes by the number" {
	need_root
	unshare -m true 2>/dev/null || skip "may not mount"
	mksock begin,uid=65533 tcp-listen,port=8080 end begin,uid=65532 tcp-listen,port=8081 end
	printf 'root:x:0:0::/:\nodd#user:x:65533:65533::/:\nplain-user_1.x:x:65532:65532::/:\n' \
		>"$BATS_TEST_TMPDIR/passwd"
	# shellcheck disable=SC2016 # the inner shell expands it
	run_command unshare -m sh -c 'mount --bind "$1" /etc/passwd && shift && exec "$@"' sh \
		"$BATS_TEST_TMPDIR/passwd" "$BUILDDIR/plugins/check_listen_audit" --print --source procfs
	assert_status 3
	equal "output" "8080/tcp in=127.0.0.0/8 user=65533
8081/tcp in=127.0.0.0/8 user=plain-user_1.x" "$output"
}

@test "--print: a unit of a user's own is named by its path" {
	make_cgroup sockcheck-test$$.slice/sockcheck-test-user@1000.service
	make_cgroup sockcheck-test$$.slice/user@1000.service/sockcheck-test.service
	mksock "begin,comm=app,cgroup=$CGROUP" tcp-listen,port=80 end
	audit --print
	equal "output" "80/tcp in=127.0.0.0/8 unit=/sockcheck-test$$.slice/user@1000.service/sockcheck-test.service" "$output"
	printf '%s\n' "$output" >"$BATS_TEST_TMPDIR/printed"
	audit --allow-file "$BATS_TEST_TMPDIR/printed"
	assert_state OK
	mksock_stop
	rmdir "$CGROUP" "${CGROUP%/*}"
}

@test "--print: only what the other options leave" {
	mksock tcp-listen,port=80 tcp-listen,port=81,addr=0.0.0.0 udp-bound,port=53,addr=0.0.0.0
	audit --print --ignore-loopback -P tcp
	like "output" '^81/tcp (unit|user)=[^ ]+$' "$output"
	audit --print -P sctp
	equal "output" "# nothing listens" "$output"
	audit --print -q --wait 60
	equal "lines" 3 "${#lines[@]}"
}

@test "--print: says so if not everything could be read" {
	mkdir -p "$BATS_TEST_TMPDIR/proc/1/net"
	audit --print --procfs "$BATS_TEST_TMPDIR/proc"
	assert_status 3
	equal "output" "# not everything could be read" "$output"
}

@test "--print, --wait: there is nothing to wait for" {
	mksock tcp-listen,port=80
	audit --print --wait 600 --interval 600 -t 5 --source procfs
	equal "output" "80/tcp in=127.0.0.0/8 user=$(id -nu)" "$output"
}

@test "--print: no JSON" {
	audit --print --output-format json
	assert_status 3
	equal "output" '{"plugin":"LISTEN_AUDIT","state":"UNKNOWN","exit_code":3,"summary":"--print prints a text of its own: leave out --output-format","metrics":[],"evidence":[],"coverage":{}}' "$output"
}

# ---- metrics -----------------------------------------------------------------------------------

@test "thresholds: -c 0 on unexpected only where nothing is said about it" {
	mksock tcp-listen,port=80,ports=3
	audit -w 2
	assert_state WARNING
	figures "3;2" 3 0 0
	audit -w 3
	assert_state OK
	assert_text "3 listeners, 3 unexpected"
	audit -w 1 -c 5
	assert_state WARNING
	audit -w unexpected=1 -c unexpected=2
	assert_state CRITICAL
	figures "3;1;2" 3 0 0
	audit -c 3
	assert_state OK
	audit -c listeners=3
	assert_state CRITICAL # said of another
	figures "3;;0" "3;;3" 0 0
	audit --allow 80-82 -c listeners=2
	assert_state CRITICAL
	assert_text "listeners 3 (limit 2), 3 listeners, 0 unexpected"
	audit --allow 80-81 -c 1 -w allowed=3:
	assert_state WARNING
	assert_text_like "^allowed 2 \(limit 3:\)"
}

@test "missing: entries that nothing answers" {
	mksock tcp-listen,port=80
	audit --allow 80,81,82-90,80/udp
	assert_state OK
	figures "0;;0" 1 1 3
	audit --allow 80,81 -w missing=0
	assert_state WARNING
	assert_text "missing 1 (limit 0): 81/tcp, 1 listener, 0 unexpected"
	audit --allow 80,81 -m missing -c 0
	assert_state CRITICAL
	assert_line1 "LISTEN_AUDIT CRITICAL - missing 1 (limit 0): 81/tcp, 1 listener, 0 unexpected | missing=1;;0 unexpected=0;;0 listeners=1 allowed=1"
	audit --allow 80 --allow 80-90 -c missing=0
	assert_state OK
}

@test "missing: which they are, in -v and JSON, and as many as fit in the text" {
	local ports
	mksock tcp-listen,port=80 tcp-listen,port=90
	allow_file "22" $'81-83/udp6 \t unit=app.service  in=::1,10.0.0.0/8\tuser=0 # the app' "80 command=no\\n|e" \
		"53/inet" "443"
	audit --allow 80,8080 --allow-file "$FILE" -v
	assert_state CRITICAL
	assert_text "1 unexpected: $(text | sed 's/^1 unexpected: //; s/ | .*//')"
	assert_output_like $'\nmissing: 8080/tcp\nmissing: 22/tcp\nmissing: 81-83/udp6 unit=app.service in=::1,10.0.0.0/8 user=0\nmissing: 80/tcp command=no\\\\\\\\n\\\\x7ce\nmissing: 53/inet\nmissing: 443/tcp$'
	audit --allow 80,90,8080 --allow-file "$FILE" -w missing=2
	assert_state WARNING
	assert_text 'missing 6 (limit 2): 8080/tcp, 22/tcp, 81-83/udp6 unit=app.service in=::1,10.0.0.0/8 user=0, 80/tcp command=no\\n\x7ce, 53/inet, 443/tcp, 2 listeners, 0 unexpected'
	# The unexpected first.
	audit --allow 80,81 -c missing=0
	assert_text_like "^1 unexpected: 127\.0\.0\.1:90/tcp .*, missing 1 \(limit 0\): 81/tcp\$"
	ports=$(echo {10001..10300})
	audit --allow "80,90,${ports// /,}" -c missing=0
	assert_text_like "^missing 300 \(limit 0\): 10001/tcp, 10002/tcp, .*, \.\.\. and [0-9]+ more, 2 listeners, 0 unexpected\$"
	audit --allow 80,90 -c missing=1:
	assert_text "missing 0 (limit 1:), 2 listeners, 0 unexpected"
	audit --allow 80,90,91 --output-format json
	assert_output_like '"missing: 91/tcp"'
	# As far as was seen.
	mkdir -p "$BATS_TEST_TMPDIR/proc/1/net"
	audit --procfs "$BATS_TEST_TMPDIR/proc" --allow 81 -v -c missing=0
	assert_state UNKNOWN
	assert_text "missing at most 1 (limit 0): 81/tcp, at least 0 listeners, at least 0 unexpected: the socket tables could not be read (No such file or directory)"
	assert_output_like $'\nnot seen: 81/tcp$'
}

@test "missing: what cannot be judged may not answer, what was not seen may" {
	need_users 65534
	mksock self,comm=web tcp-listen,port=80
	# This listener may be another's: none is missing, or one.
	allow_file "80 command=web"
	run_plugin_as 65534 check_listen_audit --allow-file "$FILE" -c missing=1:
	assert_state UNKNOWN
	# Of the tables only one can be read: at most one entry is missing.
	local procfs=$BATS_TEST_TMPDIR/proc
	mkdir -p "$procfs/1/net" "$procfs/4711"
	echo web >"$procfs/4711/comm"
	mkdir -m 700 "$procfs/4711/fd"
	printf '  sl  local_address inode\n   0: 00000000:115C 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1001 0 123 1 0 100 0 0 10 0\n' \
		>"$procfs/1/net/tcp"
	local options=(--procfs "$procfs" -P inet --strict-udp)
	allow_file 4444 81
	run_plugin_as 65534 check_listen_audit "${options[@]}" --allow-file "$FILE" -c missing=0
	assert_state UNKNOWN
	run_plugin_as 65534 check_listen_audit "${options[@]}" --allow-file "$FILE" -c missing=2:
	assert_state CRITICAL
	# Both at once: nobody knows.
	allow_file "4444 command=web" 81
	run_plugin_as 65534 check_listen_audit "${options[@]}" --allow-file "$FILE" -c missing=2:
	assert_state UNKNOWN
	run_plugin_as 65534 check_listen_audit "${options[@]}" --allow-file "$FILE" -c missing=0
	assert_state UNKNOWN
}

@test "where tables cannot be read: not OK, and what was seen counts" {
	mkdir -p "$BATS_TEST_TMPDIR/proc/1/net"
	audit --procfs "$BATS_TEST_TMPDIR/proc"
	assert_state UNKNOWN
	assert_text_like "the socket tables could not be read"
	printf '  sl  local_address inode\n   0: 00000000:115C 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1001 0 123 1 0 100 0 0 10 0\n' \
		>"$BATS_TEST_TMPDIR/proc/1/net/tcp"
	audit --procfs "$BATS_TEST_TMPDIR/proc"
	assert_state CRITICAL
	assert_text_like "^at least 1 unexpected: 0\.0\.0\.0:4444/tcp "
}

@test "json: the same figures and evidence" {
	need_command python3
	mksock tcp-listen,port=80,ports=2
	audit --allow 80 --output-format json
	assert_status 2
	python3 - "$PLUGIN_STDOUT" <<-'END'
		import json, sys
		answer = json.load(open(sys.argv[1]))
		assert answer["plugin"] == "LISTEN_AUDIT" and answer["exit_code"] == 2
		figures = {m["name"]: m["value"] for m in answer["metrics"]}
		assert figures == {"unexpected": 1, "listeners": 2, "allowed": 1, "missing": 0}, figures
		assert len(answer["evidence"]) == 2
		assert answer["evidence"][0].startswith("allowed: 127.0.0.1:80/tcp")
	END
}

@test "--netns: another namespace, with its devices" {
	mksock begin,comm=inside,netns tcp-listen,port=4444,addr=0.0.0.0,device=lo end
	audit
	assert_state OK
	audit --netns "$(mksock_pids inside)"
	assert_state CRITICAL
	assert_text_like "^1 unexpected: 0\.0\.0\.0%lo:4444/tcp "
}

@test "of listeners that are cut from the answer the holders are not described" {
	local items=() port opened
	need_command strace
	for port in {10001..11000}; do
		items+=("tcp-listen,port=$port")
	done
	mksock self,comm=app "${items[@]}"
	run_command strace -f -e trace=open,openat -o "$BATS_TEST_TMPDIR/trace" \
		"$BUILDDIR/plugins/check_listen_audit" --allow 1 || skip "cannot trace"
	assert_state CRITICAL
	assert_text_like "^1000 unexpected: 127\\.0\\.0\\.1:10001/tcp app\\["
	opened=$(grep -c "\"$MKSOCK_PID/stat\"" "$BATS_TEST_TMPDIR/trace")
	[ "$opened" -gt 0 ] && [ "$opened" -le 300 ] || fail "described: $opened"
}

@test "missing: an entry of a protocol that is not looked at is not missed" {
	mksock tcp-listen,port=22
	audit -P tcp --allow 22,53/udp -c missing=0
	assert_state OK
	figures "0;;0" 1 1 "0;;0"
	audit -P tcp,udp --allow 22,53/udp -c missing=0
	assert_state CRITICAL
}
