#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# json.bats - --output-format json: every answer is what doc/sockcheck.schema.json says

load ../helpers

SCHEMA=$SRCDIR/doc/sockcheck.schema.json
PLUGINS=(check_conn_count check_ephemeral_ports check_listen_audit check_port_listen
	check_proc_sockets)

setup() {
	need_python jsonschema
	sockets_setup
	ANSWERS=$BATS_TEST_TMPDIR/answers COUNT=0
	mkdir "$ANSWERS"
	touch "$BATS_TEST_TMPDIR/empty"
}

# answer STATUS PLUGIN ARGUMENT...: ask for it in JSON, and keep it for valid(). Status - is any.
answer() {
	local name=${2#check_} base
	run_plugin "$2" "${@:3}" --output-format json
	[ "$1" = - ] || assert_status "$1"
	base=$ANSWERS/$(printf %04d "$COUNT")
	COUNT=$((COUNT + 1))
	cp "$PLUGIN_STDOUT" "$base.json"
	echo "${name^^} $status" >"$base.expect"
	LAST=$base
}

# answer_with BYTES STATUS PLUGIN ARGUMENT...: and its texts hold these, escaped.
answer_with() {
	answer "${@:2}"
	printf '%s' "$1" >"$LAST.bytes"
}

# Of all answers since the beginning of the test.
valid() {
	"$PYTHON" "$SRCDIR/tests/json_answers.py" check "$SCHEMA" "$ANSWERS" || fail "wrong answers"
}

# as_item TEXT: for mksock, every byte written as \xHH.
as_item() {
	printf '%s' "$1" | od -An -v -tx1 | tr -d '\n' | sed 's/ /\\x/g'
}

# A /proc that blocks whoever opens its tables.
blocking_procfs() {
	PROCFS=$BATS_TEST_TMPDIR/proc
	mkdir -p "$PROCFS/1/net"
	mkfifo "$PROCFS/1/net/tcp" "$PROCFS/1/comm"
}

# ---- every state of every plugin ---------------------------------------------------------------

# In states, as they are asked for: plainly, with more to say, after waiting.
every_way() {
	answer "$@"
	answer "$@" -v
	answer "$@" -vv
	answer "$@" -vvv
	answer "$@" --wait 0.02 --interval 0.01
	answer "$@" --source procfs -vv
}

@test "check_port_listen in every state" {
	mksock tcp-listen,port=80,count=2,reuseport udp-bound,port=53 unix-listen,path=@name
	every_way 0 check_port_listen -p 80,53/udp -p unix:@name
	every_way 1 check_port_listen -p 80 -w listeners=3:
	every_way 2 check_port_listen -p 80,81 -p unix:/no/such
	every_way 2 check_port_listen -p 80 -C nobody-of-that-name
	every_way 2 check_port_listen -p 80 --closed
	every_way 2 check_port_listen -p 80 --bound-within 10.0.0.0/8
	answer 0 check_port_listen -p 80,53/udp -m \
		listening,listeners,backlog,age,age_max,deleted,recv_queue,drops,overflows
	answer 0 check_port_listen -p 80/tcp4,80/tcp6 -w 1:
	answer 3 check_port_listen
	answer 3 check_port_listen -p 80 -w 5:1
	answer 3 check_port_listen -p 80 --netns /no/such
	valid
}

@test "check_conn_count in every state" {
	mksock tcp-established,port=80,count=3 tcp-listen,port=81 tcp-time-wait,port=82
	every_way 0 check_conn_count
	every_way 1 check_conn_count -w 2
	every_way 2 check_conn_count -c established=@0:100,time_wait=0
	every_way 0 check_conn_count -s all -w '~:100' -c @200.5:300
	every_way 2 check_conn_count -c 100:
	answer 3 check_conn_count -u 0 -w time_wait=5
	valid
}

@test "check_proc_sockets in every state" {
	mksock self,comm=mine tcp-established,port=80 unix-pair udp-bound,port=5
	every_way 0 check_proc_sockets --pid "$MKSOCK_PID"
	every_way 1 check_proc_sockets --pid "$MKSOCK_PID" -w 1
	every_way 2 check_proc_sockets --pid "$MKSOCK_PID" -c fd_usage=99:
	every_way 2 check_proc_sockets --pid 2147483647
	every_way 3 check_proc_sockets --pid 2147483647 --no-match-state unknown
	answer - check_proc_sockets --top 5 -v
	answer 3 check_proc_sockets --pid 0
	valid
}

@test "check_listen_audit in every state" {
	mksock tcp-listen,port=80 tcp-listen,port=81 udp-bound,port=53
	every_way 0 check_listen_audit --allow 80-81,53/udp
	every_way 1 check_listen_audit --allow 80 -w 0 -c 10
	every_way 2 check_listen_audit --allow 80,443
	answer 3 check_listen_audit --allow 0
	answer 3 check_listen_audit --allow-file /no/such
	valid
}

@test "check_ephemeral_ports in every state" {
	mksock tcp-established,end=client,port=80,count=5
	every_way_but_procfs() {
		answer "$@"
		answer "$@" -v
		answer "$@" -vv
		answer "$@" --wait 0.02 --interval 0.01
	}
	every_way_but_procfs 0 check_ephemeral_ports
	every_way_but_procfs 1 check_ephemeral_ports -w used=2
	every_way_but_procfs 2 check_ephemeral_ports -c used=2
	answer 3 check_ephemeral_ports --procfs /proc --source procfs -p 80
	answer 3 check_ephemeral_ports -w colour=5
	valid
}

@test "time-outs with each state, usage errors wherever the format is asked for" {
	local plugin state arguments blocking
	blocking_procfs
	for plugin in "${PLUGINS[@]}"; do
		arguments=() blocking=(--procfs "$PROCFS")
		# It does not ask another /proc.
		[ "$plugin" != check_ephemeral_ports ] || blocking=(-c used=1: --wait 20 --interval 10)
		[ "$plugin" != check_port_listen ] || arguments=(-p 80)
		for state in 0:ok 1:WARNING 2:critical 3:unknown; do
			answer "${state%:*}" "$plugin" "${arguments[@]}" "${blocking[@]}" \
				-t "0.03:${state#*:}"
		done
		answer 3 "$plugin" --colour
		answer 3 "$plugin" -Z
		answer 3 "$plugin" left
		answer 3 "$plugin" -t 0
		answer 3 "$plugin" --source x
		answer 3 "$plugin" --procfs /no/such "${arguments[@]}"
		answer 3 "$plugin" --procfs $'/no/"such"\\\n|\xff' "${arguments[@]}"
		answer 3 "$plugin" -w $'\xff"\\|\n'
		answer 3 "$plugin" -m $'\x01\e'
	done
	valid
}

@test "a view that is not complete" {
	need_users 65534
	mksock self,uid=0 tcp-listen,port=80
	local plugin
	for plugin in check_port_listen check_proc_sockets check_conn_count; do
		run_plugin_as 65534 "$plugin" -p 80 -C nobody-of-that-name -vv --output-format json
		cp "$PLUGIN_STDOUT" "$ANSWERS/$plugin.json"
		plugin=${plugin#check_}
		echo "${plugin^^} $status" >"$ANSWERS/check_$plugin.expect"
	done
	valid
}

# ---- names that somebody else chose ------------------------------------------------------------

# shellcheck disable=SC1003 # a backslash
HOSTILE=('plain' 'q"uo"te' 'back\slash\' '\x41' '\\"' 'pi|pe' 'semi;colon' ') R 1 (' $'new\nline'
	$'\ttab' $'\x01\x02\x1f\x7f' $'\e[31mred' $'\xff\xfe' $'half\xc3' $'\xc3\xa9 \xe2\x98\x83'
	$'\xc2\x9b31m' $'\xed\xa0\x80' $'\xc0\xaf' $'\xf0\x9f\x90\x9a' $'\xf5\x80\x80\x80'
	'{"a":[1]}' "it's" '%s%n%d' $'\xe2\x80\xae' '<b>&amp;')

@test "comm: every byte comes back" {
	local name
	for name in "${HOSTILE[@]}"; do
		mksock "begin,comm=$(as_item "$name")" tcp-listen,port=80 end
		answer_with "$name" 2 check_port_listen -p 80 -C nobody-of-that-name
		answer_with "$name" 0 check_proc_sockets -p 80 -C "$name"
		answer 2 check_listen_audit -P tcp
		mksock_stop
	done
	valid
}

@test "unix paths, on disk and abstract: every byte comes back" {
	local name path
	for name in "${HOSTILE[@]}"; do
		path=$BATS_TEST_TMPDIR/${name//\//_}
		mksock "unix-listen,path=$(as_item "$path")" "unix-listen,path=@$(as_item "$name")"
		answer_with "$path" 0 check_port_listen -p "unix:$path"
		answer_with "$name" 0 check_port_listen -p "unix:@$name"
		mksock_stop
		answer_with "$path" 2 check_port_listen -p "unix:$path"
		answer_with "$name" 2 check_port_listen -p "unix:@$name"
	done
	valid
}

@test "command lines and arguments" {
	local name
	for name in "${HOSTILE[@]}"; do
		mksock "begin,argv0=$(as_item "/bin/${name//\//_}")" tcp-listen,port=80 end
		answer 0 check_port_listen -p 80 -C "${name//\//_}"
		answer 0 check_proc_sockets -a "${name//\//_}" -p 80
		answer 2 check_proc_sockets -a "no $name"
		answer - check_port_listen -p 80 --unit "$name"
		answer 2 check_port_listen -p 80 --exe "/$name"
		answer 3 check_port_listen -p "$name/"
		answer 3 check_listen_audit --allow "$name/"
		answer 3 check_listen_audit --allow-file "/no/$name"
		answer - check_port_listen -p 80 --pidfile "/no/$name"
		answer 3 check_conn_count --netns "/no/$name"
		answer 3 check_conn_count "$name"
		mksock_stop
	done
	valid
}

# ---- the schema itself -------------------------------------------------------------------------

@test "the schema refuses what is wrong" {
	mksock tcp-listen,port=80
	answer 1 check_port_listen -p 80 -w listeners=2: -vv
	"$PYTHON" "$SRCDIR/tests/json_answers.py" mutate "$SCHEMA" "$LAST.json"
	answer 0 check_conn_count -vv -w '~:100' -c @200:300
	"$PYTHON" "$SRCDIR/tests/json_answers.py" mutate "$SCHEMA" "$LAST.json"
}

@test "the schema knows every metric of --help" {
	local plugin help=
	for plugin in "${PLUGINS[@]}"; do
		help+=$("$BUILDDIR/plugins/$plugin" --help |
			sed -n '/^Metrics/,/^$/s/^  \([a-z][a-z0-9_]*\) .*/\1/p')$'\n'
	done
	equal "metrics that are not in the schema" "" "$(comm -23 <(sort -u <<<"${help%$'\n'}") \
		<("$PYTHON" "$SRCDIR/tests/json_answers.py" names "$SCHEMA" | sort -u))"
}
