#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# security.bats - the threat model of doc/SECURITY.md: callers, local users, what they choose

load ../helpers
load ../capable
FILE='' # set by plain() and capable()

PLUGINS=(check_conn_count check_ephemeral_ports check_listen_audit check_port_listen check_proc_sockets)

# Arguments with which each plugin answers, whatever there is.
arguments_of() {
	case $1 in
	check_listen_audit) echo --allow 1-65535 ;;
	check_port_listen) echo -p 4040 -C mksock ;;
	*) echo -w 0: ;;
	esac
}

setup() {
	sockets_setup
	[ -n "${OWN_PIDS-}" ] || skip "needs processes and a /proc of its own, see tests/run-bats"
	# shellcheck disable=SC2034 # for as_nobody()
	BEFORE=()
}

# ---- what a caller may not reach through a capable plugin ----------------------------------------

# opened_plainly PATH PLUGIN ARGUMENT...: the plugin opens PATH, and no capability is effective then;
# with DROPPED=1 none is permitted either.
opened_plainly() {
	local path=$1 plugin=$2
	shift 2
	capable "$plugin"
	run_command strace -f -s 300 -o "$BATS_TEST_TMPDIR/trace" setpriv --reuid="$NOBODY" \
		--regid="$NOBODY" --clear-groups "$FILE" "$@" || skip "cannot trace"
	awk -v file="$FILE" -v path="\"$path\"" -v drop="${DROPPED-0}" '
		index($0, "execve(\"" file "\"") { seen = 1; next }
		!seen { next }
		/capset\(/ {
			raised = !/effective=0,/
			permitted = !/permitted=0,/
			next
		}
		/open/ && index($0, path) {
			opened = 1
			if (raised || drop && permitted) { print "raised: " $0; bad = 1 }
		}
		END {
			if (!opened) print "never opened"
			exit bad || !opened
		}' "$BATS_TEST_TMPDIR/trace" || fail "$plugin $* opens $path"
}

@test "a path that the caller names is opened without capabilities" {
	local file=$BATS_TEST_TMPDIR/file
	need_command strace
	mksock tcp-listen,port=4040
	echo "$MKSOCK_PID" >"$file"
	chmod 644 "$file"
	opened_plainly "$file" check_port_listen -p 4040 --pidfile "$file"
	opened_plainly "$file" check_proc_sockets --pidfile "$file"
	echo 4040 >"$file"
	opened_plainly "$file" check_listen_audit --allow-file "$file"
	DROPPED=1
	opened_plainly /proc/self/ns/net check_port_listen -p 4040 --netns /proc/self/ns/net
	ln -s /proc "$BATS_TEST_TMPDIR/proc"
	opened_plainly "$BATS_TEST_TMPDIR/proc" check_conn_count --procfs "$BATS_TEST_TMPDIR/proc"
}

@test "the contents of files are not printed, not even to root" {
	local file=$BATS_TEST_TMPDIR/file more
	mksock tcp-listen,port=4040
	printf 'root:SECRET:19000:0:99999:7:::\nSECRET\n' >"$file"
	for more in -v -vvv --output-format=json; do
		run_plugin check_port_listen -p 4040 --pidfile "$file" $more
		assert_status 3
		refute_output_like SECRET
		run_plugin check_proc_sockets --pidfile "$file" $more
		assert_status 3
		refute_output_like SECRET
		run_plugin check_listen_audit --allow-file "$file" $more
		assert_status 3
		refute_output_like SECRET
		run_plugin check_conn_count --netns "$file" $more
		assert_status 3
		refute_output_like SECRET
		run_plugin check_conn_count --procfs "$file" $more
		assert_status 3
		refute_output_like SECRET
	done
}

# ---- what a caller's environment and descriptors may not change ------------------------------------

# steady TEXT: without ages and times, which pass.
steady() {
	sed -E 's/ for [0-9]+[smhd]//g; s/^times: .*//; s/[0-9.]+ ms/MS/g' <<<"$1"
}

HOSTILE=(LC_ALL=de_DE.UTF-8 LANG=tr_TR LANGUAGE=de LOCPATH=/nowhere NLSPATH=/nowhere TZ=:/etc/shadow
	COLUMNS=7 LINES=1 TERM=dumb POSIXLY_CORRECT=1 PATH=/nowhere IFS=x MALLOC_PERTURB_=7 MALLOC_CHECK_=3
	GLIBC_TUNABLES=glibc.malloc.perturb=9 HOSTALIASES=/nowhere GCONV_PATH=/nowhere RES_OPTIONS=debug
	HOME=/nowhere TMPDIR=/nowhere SOCKCHECK=1 ENV=/nowhere BASH_ENV=/nowhere)

@test "a hostile environment changes nothing" {
	local plugin arguments clean
	mksock tcp-listen,port=4040 tcp-established,port=4040,count=3
	for plugin in "${PLUGINS[@]}"; do
		for arguments in "$(arguments_of "$plugin") -vv" --help; do
			# shellcheck disable=SC2086 # a list
			run_command env -i "$BUILDDIR/plugins/$plugin" $arguments
			clean=$status$(steady "$output")
			# shellcheck disable=SC2086
			run_command env -i "${HOSTILE[@]}" "$BUILDDIR/plugins/$plugin" $arguments
			equal "$plugin $arguments" "$clean" "$status$(steady "$output")"
		done
	done
}

@test "nor does what the loader heeds, with capabilities" {
	local plugin clean
	mksock tcp-listen,port=4040
	for plugin in "${PLUGINS[@]}"; do
		capable "$plugin"
		# shellcheck disable=SC2046 # a list
		as_nobody env -i "$FILE" $(arguments_of "$plugin")
		clean=$status$(steady "$output")
		# shellcheck disable=SC2046
		as_nobody env -i "${HOSTILE[@]}" LD_PRELOAD=/nowhere.so LD_LIBRARY_PATH=/nowhere \
			LD_AUDIT=/nowhere.so LD_DEBUG=all LD_BIND_NOW=1 LD_SHOW_AUXV=1 "$FILE" \
			$(arguments_of "$plugin")
		equal "$plugin" "$clean" "$status$(steady "$output")"
	done
}

# closed FDS COMMAND...: with these descriptors closed; CLOSED is what a socket would be given.
closed() {
	# shellcheck disable=SC2016
	run_command bash -c 'for fd in $0; do exec {fd}>&-; done; exec "$@"' "$@"
}

@test "standard descriptors that are closed: nothing lands on them" {
	local plugin fds clean
	mksock tcp-listen,port=4040 tcp-established,port=4040,count=3
	for plugin in "${PLUGINS[@]}"; do
		# shellcheck disable=SC2046
		run_plugin "$plugin" $(arguments_of "$plugin")
		clean=$status$(steady "$output")
		for fds in 0 2 '0 2'; do
			# shellcheck disable=SC2046
			closed "$fds" "$BUILDDIR/plugins/$plugin" $(arguments_of "$plugin")
			equal "$plugin without $fds" "$clean" "$status$(steady "$output")"
		done
		for fds in 1 '0 1' '1 2' '0 1 2'; do
			# shellcheck disable=SC2046
			closed "$fds" "$BUILDDIR/plugins/$plugin" $(arguments_of "$plugin")
			equal "$plugin without $fds" 3 "$status"
			closed "$fds" "$BUILDDIR/plugins/$plugin" --help
			equal "$plugin --help without $fds" 3 "$status"
		done
	done
}

@test "the same, by the system calls" {
	need_command strace
	mksock tcp-listen,port=4040
	for plugin in "${PLUGINS[@]}"; do
		# shellcheck disable=SC2046,SC2016
		run_command strace -f -o "$BATS_TEST_TMPDIR/trace" bash -c 'exec 0<&- 1>&- 2>&-; exec "$@"' sh \
			"$BUILDDIR/plugins/$plugin" $(arguments_of "$plugin") || skip "cannot trace"
		assert_status 3
		awk -v file="$BUILDDIR/plugins/$plugin" '
			index($0, "execve(\"" file "\"") { seen = 1; next }
			seen && /(socket|openat)\(.*\) = [012]$/ && !/"\/"/ && !/\.so|ld\.so/ { print; bad = 1 }
			END { exit bad || !seen }' "$BATS_TEST_TMPDIR/trace" || fail "$plugin"
	done
}

# ---- what local users may not do to the output -----------------------------------------------------

# Separators of perfdata and of metrics, a new line, terminal escapes, what turns text round, no UTF-8.
EVIL=$'a|b=9;1\n\e[2J\xe2\x80\xae\xff'
EVIL_SHOWN='a\x7cb=9\x3b1\x0a\x1b[2J'

# clean_text [WORD]: one perfdata sign, nothing that a terminal or a daemon heeds; WORD is there.
clean_text() {
	local all=$output first=${lines[0]-}
	! LC_ALL=C grep -q $'[\x01-\x08\x0b-\x1f\x7f]' "$PLUGIN_STDOUT" || fail "control characters"
	! grep -q $'\xff\|\xe2\x80\xae' "$PLUGIN_STDOUT" || fail "no UTF-8, or text turned round"
	[[ ${first#* | } != *'|'* ]] || fail "a second | in line 1"
	[[ ${first%% | *} != *';'* ]] || fail "; in the text of line 1"
	all=${all#*$'\n'}
	[ "${#lines[@]}" -lt 2 ] || [[ $all != *'|'* ]] || fail "| in the long text"
	[[ $output == *"${1-}"* ]] || fail "the name is missing: $1"
}

# clean_json: it can be read, and holds the name as the text does.
clean_json() {
	[ "${#lines[@]}" -eq 1 ] || fail "more than a line"
	clean_text_of_json=$(LC_ALL=C grep -c $'[\x01-\x1f\x7f\xff]' "$PLUGIN_STDOUT" || true)
	equal "control characters" 0 "$clean_text_of_json"
	[ -z "$JSON_PYTHON" ] || "$JSON_PYTHON" -c 'import json, sys; json.load(open(sys.argv[1]))' \
		"$PLUGIN_STDOUT" || fail "no JSON"
}

# both WORD PLUGIN ARGUMENT...: in text, at each verbosity, and in JSON.
both() {
	local word=$1 more
	shift
	JSON_PYTHON=$(command -v python3 || true)
	for more in '' -v -vv; do
		# shellcheck disable=SC2086 # none, or one
		run_plugin "$@" $more
		clean_text "$word"
	done
	run_plugin "$@" --output-format json -v
	clean_json
}

@test "the name of a process" {
	mksock self,comm="a|b;1"$'\n\e[2J\xff' tcp-listen,port=4040 tcp-established,port=4040,count=2
	both 'a\x7cb\x3b1\x0a\x1b[2J' check_port_listen -p 4040 -C expected
	both 'a\x7cb\x3b1\x0a\x1b[2J' check_listen_audit --allow 1
	both 'a\x7cb\x3b1\x0a\x1b[2J' check_proc_sockets --top 3
	both 'a\x7cb\x3b1\x0a\x1b[2J' check_conn_count -p 4040 --group-by command
}

@test "its arguments, and the path of its executable" {
	local directory=$BATS_TEST_TMPDIR/$EVIL
	mkdir "$directory"
	cp "$MKSOCK" "$directory/$EVIL"
	MKSOCK=$directory/$EVIL mksock self,argv0="$EVIL" tcp-listen,port=4040
	both '' check_port_listen -p 4040 -C expected
	both '' check_proc_sockets --top 3
	both "$EVIL_SHOWN" check_port_listen -p 4040 --exe "$directory/$EVIL" -C expected
	run_plugin check_port_listen -p 4040 --exe "$directory/$EVIL"
	assert_state OK
	both "$EVIL_SHOWN" check_port_listen -p 4040 -C "${EVIL}x"
}

@test "the path of a unix socket, abstract and not" {
	cd "$BATS_TEST_TMPDIR"
	mksock unix-listen,path="@$EVIL" unix-listen,path="$PWD/$EVIL"
	both "$EVIL_SHOWN" check_port_listen -p "unix:@$EVIL"
	both "$EVIL_SHOWN" check_port_listen -p "unix:$PWD/$EVIL"
	both '' check_conn_count -P unix -s listen --group-by command
	both '' check_conn_count -P unix -s listen --source procfs
}

@test "the name of a cgroup" {
	local root=/sys/fs/cgroup directory
	need_root
	[ -e $root/cgroup.procs ] || root=$root/unified
	[ -e $root/cgroup.procs ] || skip "no cgroup2"
	# The kernel takes any name but one with a new line.
	directory=$root/$'sockcheck-a|b;1\e[2J-'$$.service
	mkdir "$directory" 2>/dev/null || skip "cannot make such a cgroup"
	mksock begin,cgroup="$directory" tcp-listen,port=4040 tcp-established,port=4040,count=2 end
	both 'sockcheck-a\x7cb\x3b1\x1b[2J' check_port_listen -p 4040 --unit expected
	both 'sockcheck-a\x7cb\x3b1\x1b[2J' check_listen_audit --allow 1
	both 'sockcheck-a\x7cb\x3b1\x1b[2J' check_conn_count -p 4040 --group-by unit
	run_plugin check_listen_audit --print
	! LC_ALL=C grep -q $'[\x01-\x08\x0b-\x1f\x7f]' "$PLUGIN_STDOUT" || fail "control characters"
	mksock_stop
	rmdir "$directory"
}
