#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# privilege.bats - what a plugin can see with and without capabilities, and what it does with them

load ../helpers
load ../capable
FILE='' # set by plain() and capable()

setup() {
	sockets_setup
	[ -n "${OWN_PIDS-}" ] || skip "needs processes and a /proc of its own, see tests/run-bats"
	mksock tcp-listen,port=4040
}

# under_hidepid OPTIONS: what runs from here on sees a /proc mounted so, of the same pid namespace.
under_hidepid() {
	# shellcheck disable=SC2016
	BEFORE=(unshare --mount sh -c 'mount -t proc -o "$0" proc /proc && exec "$@"' "$1")
	"${BEFORE[@]}" true || skip "cannot mount /proc with $1"
}

assert_remedy() {
	assert_state UNKNOWN
	assert_text_like "$1"
}

refute_remedy() {
	! [[ $(text) == *$1* ]] || fail "not a remedy here: $1"
}

@test "another user's process: UNKNOWN with the hint, OK with file capabilities" {
	plain check_port_listen
	as_nobody "$FILE" -p 4040 -C mksock
	assert_remedy "give the plugin $CAPABILITIES\$"
	capable check_port_listen
	as_nobody "$FILE" -p 4040 -C mksock
	assert_state OK
	assert_text_like "by mksock\[$MKSOCK_PID\] user root"
	as_nobody "$FILE" -p 4040 --exe "$(readlink -f "$MKSOCK")"
	assert_state OK
	as_nobody "$FILE" -p 4040 -C nginx
	assert_state CRITICAL
	assert_text_like "held by mksock.*expected nginx"
}

@test "the descriptors of another user's process" {
	plain check_proc_sockets
	as_nobody "$FILE" -C mksock -w 3
	assert_remedy "give the plugin $CAPABILITIES\$"
	refute_remedy --unit
	as_nobody "$FILE" --exe "$(readlink -f "$MKSOCK")"
	assert_remedy "no process seen matches.*give the plugin $CAPABILITIES\$"
	capable check_proc_sockets
	as_nobody "$FILE" --pid "$MKSOCK_PID" -w 1 -vv
	assert_state OK
	assert_perfdata listen 1
	assert_output_like "uid: $NOBODY"
	assert_output_like "capabilities: $CAPABILITIES"
}

@test "capabilities of the service, not of the file" {
	plain check_port_listen
	as_nobody --inh-caps=+sys_ptrace,+dac_read_search \
		--ambient-caps=+sys_ptrace,+dac_read_search "$FILE" -p 4040 -C mksock
	assert_state OK
}

@test "under NoNewPrivs capabilities of the file are not what is missing" {
	capable check_port_listen
	as_nobody --no-new-privs "$FILE" -p 4040 -C mksock -vv
	assert_remedy "without NoNewPrivs"
	refute_remedy "give the plugin"
	assert_output_like "no_new_privs: set"
	plain check_port_listen
	as_nobody --no-new-privs "$FILE" -p 4040 -C mksock
	assert_remedy "without NoNewPrivs.*, and give the plugin $CAPABILITIES\$"
}

@test "nor with a reduced bounding set" {
	capable check_port_listen
	as_nobody --bounding-set=-sys_ptrace "$FILE" -p 4040 -C mksock
	assert_remedy "start its caller with cap_sys_ptrace in the bounding set"
	refute_remedy "give the plugin"
	refute_remedy "cap_dac_read_search"
	plain check_port_listen
	as_nobody --bounding-set=-sys_ptrace "$FILE" -p 4040 -C mksock
	assert_remedy "in the bounding set.*, and give the plugin $CAPABILITIES\$"
}

@test "nor on a file system mounted nosuid" {
	capable check_port_listen
	# shellcheck disable=SC2016
	BEFORE=(unshare --mount sh -c 'mount --bind "$0" "$0" && mount -o remount,bind,nosuid "$0" &&
		exec "$@"' "${FILE%/*}")
	"${BEFORE[@]}" true || skip "cannot mount"
	as_nobody "$FILE" -p 4040 -C mksock
	assert_remedy "mounted nosuid"
	refute_remedy "give the plugin"
}

@test "root without CAP_SYS_PTRACE" {
	need_root
	# A process of another user: of its own root sees all that has no more capabilities.
	mksock_stop
	mksock tcp-listen,port=4040 "self,uid=$NOBODY"
	# shellcheck disable=SC2016
	run_command setpriv --bounding-set=-sys_ptrace sh -c 'exec "$@"' sh \
		"$BUILDDIR/plugins/check_port_listen" -p 4040 -C mksock
	assert_remedy "start its caller with cap_sys_ptrace in the bounding set"
	refute_remedy "give the plugin"
	run_plugin check_port_listen -p 4040 -C mksock
	assert_state OK
}

@test "hidepid hides, and capabilities of the file find" {
	! grep -q __asan_init "$BUILDDIR/plugins/check_port_listen" ||
		skip "LeakSanitizer cannot look at itself under hidepid"
	for mode in 1 2 4; do
		under_hidepid hidepid=$mode
		plain check_port_listen
		as_nobody "$FILE" -p 4040 -C mksock -vv
		assert_remedy "/proc hides its holder from uid $NOBODY \(hidepid=$mode\).*$CAPABILITIES"
		assert_output_like "hidepid: $mode"
		[ $mode -eq 4 ] || assert_text_like "mount /proc with gid="
		plain check_proc_sockets
		as_nobody "$FILE" -C mksock
		assert_remedy "no process seen matches mksock.*hidepid=$mode"
		as_nobody "$FILE" --pid "$MKSOCK_PID"
		assert_remedy "no process seen matches.*hidepid=$mode"
		as_nobody "$FILE" -C mksock -C "$(basename "$FILE")"
		[ $mode -eq 1 ] || assert_text_like "at least [0-9]+ sockets? in at least 1 process\$"
		capable check_port_listen
		as_nobody "$FILE" -p 4040 -C mksock
		assert_state OK
		assert_text_like "by mksock\[$MKSOCK_PID\] user root"
		capable check_proc_sockets
		as_nobody "$FILE" -C mksock -w listen=1
		assert_state OK
		assert_perfdata listen 1
		as_nobody "$FILE" -C nothing-like-that
		assert_state CRITICAL
	done
}

# Root of a user namespace has CAP_SYS_PTRACE, but over what is in it alone.
# need_user_namespace: skip where nobody may make none, as in a chroot.
need_user_namespace() {
	setpriv "--reuid=$NOBODY" "--regid=$NOBODY" --clear-groups unshare --user true 2>/dev/null ||
		skip "may not make a user namespace"
}

@test "hidepid: a process may refuse even who has the capabilities" {
	! on_asan || skip "LeakSanitizer cannot look at itself under hidepid"
	need_user_namespace
	local mode
	plain check_proc_sockets
	for mode in 1 2 4; do
		under_hidepid hidepid=$mode,gid=4242
		local user=(unshare --user --map-root-user "$FILE")
		as_nobody "${user[@]}" -C mksock --no-match-state critical
		assert_remedy "user namespace"
		as_nobody "${user[@]}" --pid "$MKSOCK_PID" -vv
		assert_remedy "user namespace"
		[ $mode -eq 1 ] || assert_output_like $'\n'"hidepid: $mode"
		as_nobody "${user[@]}" -c processes=3:
		assert_remedy "user namespace"
	done
	# Its group is another one than the mount's, whatever number it has there.
	under_hidepid hidepid=2
	as_nobody "${user[@]}" -C mksock
	assert_remedy "user namespace"
}

# A remedy is followed by what it says: the next try is not refused.
@test "--netns PID under hidepid: what hides it, and remedies that help" {
	! grep -q __asan_init "$BUILDDIR/plugins/check_port_listen" ||
		skip "LeakSanitizer cannot look at itself under hidepid"
	local home=("${NETNS_ENTER[@]}") mode netns group
	NETNS_ENTER=(unshare -n)
	mksock tcp-listen,port=6379
	NETNS_ENTER=("${home[@]}")
	netns=$MKSOCK_PID
	for mode in 1 2 4; do
		local hidden="cannot enter the network namespace $netns: /proc hides processes from uid $NOBODY \(hidepid=$mode\)"
		group=''
		[ $mode -eq 4 ] || group=", or mount /proc with gid= of its group"
		under_hidepid hidepid=$mode
		plain check_port_listen
		as_nobody "$FILE" -p 6379 --netns "$netns"
		assert_remedy "^$hidden: give the plugin $CAPABILITIES$group\$"
		as_nobody "$FILE" -p 6379 --netns "$netns" --source netlink
		assert_remedy "^$hidden: run it as root\$"
		as_nobody "$FILE" -p 6379 --netns "$netns" --procfs /proc
		assert_remedy "^$hidden: run it as root with $CAPABILITIES, since .*$group\$"
		as_nobody "$FILE" -p 6379 --netns "/proc/$netns/ns/net"
		assert_state UNKNOWN
		refute_remedy "name a process"
		as_nobody "$FILE" -p 6379 --netns 4194304
		assert_state UNKNOWN
		if [ $mode -eq 1 ]; then # every process is listed
			assert_text_like "there is no such process"
		else
			assert_text_like "hidepid=$mode"
		fi
		capable check_port_listen
		as_nobody "$FILE" -p 6379 --netns "$netns"
		assert_state OK
		as_nobody "$FILE" -p 6379 --netns "$netns" --source netlink
		assert_remedy "run it as root, or leave out --source netlink\$"
		as_nobody "$FILE" -p 6379 --netns "$netns" --procfs /proc
		assert_remedy "^$hidden: run it as root with $CAPABILITIES, since .*$group\$"
		as_nobody "$FILE" -p 6379 --netns 4194304
		assert_remedy "there is no such process"
		[ $mode -ne 4 ] || continue
		under_hidepid hidepid=$mode,gid="$NOBODY"
		plain check_port_listen
		as_nobody "$FILE" -p 6379 --netns "$netns"
		assert_state OK
		as_nobody "$FILE" -p 6379 --netns "$netns" --procfs /proc
		assert_state OK
	done
}

@test "hidepid spares the group of its mount, and root's where none is named" {
	need_root
	plain check_proc_sockets
	under_hidepid hidepid=2,gid="$NOBODY"
	as_nobody "$FILE" -C nothing-like-that
	assert_state CRITICAL
	under_hidepid hidepid=4,gid="$NOBODY"
	as_nobody "$FILE" -C nothing-like-that
	assert_remedy "hidepid=4"
	under_hidepid hidepid=2
	# shellcheck disable=SC2016
	run_command "${BEFORE[@]}" setpriv --bounding-set=-sys_ptrace \
		sh -c 'exec "$@"' sh "$FILE" -C nothing-like-that
	assert_state CRITICAL
	# shellcheck disable=SC2016
	run_command "${BEFORE[@]}" setpriv --bounding-set=-sys_ptrace --regid=3 --clear-groups \
		sh -c 'exec "$@"' sh "$FILE" -C nothing-like-that
	assert_remedy "hides processes from uid 0 \(hidepid=2\).*start its caller with cap_sys_ptrace"
}

@test "a holder in another pid namespace is not the kernel" {
	need_root
	run_command unshare --pid --fork --kill-child --mount-proc \
		"$BUILDDIR/plugins/check_port_listen" -p 4040 -C mksock
	assert_remedy "no process of this pid namespace holds it.*--pid=host"
}

@test "... nor are its age, its executable and its sockets known" {
	need_root
	local nested=(unshare --pid --fork --kill-child --mount-proc) threshold
	for threshold in deleted=0 age=60: age=:60 age_max=60 listening=1:,age=0:; do
		run_command "${nested[@]}" "$BUILDDIR/plugins/check_port_listen" -p 4040 -w "$threshold"
		assert_remedy "no process of this pid namespace holds it.*--pid=host"
	done
	run_command "${nested[@]}" "$BUILDDIR/plugins/check_port_listen" -p 4041 -c listening=0,deleted=0
	assert_state OK
	run_command "${nested[@]}" "$BUILDDIR/plugins/check_conn_count" -s listen -C mksock -c 1:
	assert_remedy "no process of this pid namespace holds it.*--pid=host"
	run_command "${nested[@]}" "$BUILDDIR/plugins/check_conn_count" -s listen --source procfs \
		--unit nginx -c 1:
	assert_remedy "no process of this pid namespace holds it.*--pid=host"
	run_command "${nested[@]}" "$BUILDDIR/plugins/check_conn_count" -s listen --source procfs \
		--unit nginx -w 0
	assert_remedy "no process of this pid namespace holds it.*--pid=host"
	run_command "${nested[@]}" "$BUILDDIR/plugins/check_conn_count" -s listen -p 4041 -C mksock -c 1:
	assert_state CRITICAL
	assert_text_like "no process matches mksock"
}

@test "... nor with --procfs of such a namespace" {
	need_root
	local dir=$BATS_TEST_TMPDIR/nested command
	mkdir -p "$dir"
	for command in 'check_port_listen -p 4040 -C mksock' 'check_port_listen -p 4040 -c age=100:' \
		'check_port_listen -p 4040 -c deleted=0' 'check_conn_count -s listen -C mksock -c 1:'; do
		# shellcheck disable=SC2086 # a list
		run_command unshare --pid --fork --kill-child --mount-proc="$dir" \
			"$BUILDDIR/plugins/"$command --procfs "$dir" --source netlink
		assert_remedy "no process of this pid namespace holds it.*--pid=host"
	done
}

@test "given --procfs they are dropped, and the remedy says so" {
	capable check_port_listen
	as_nobody "$FILE" -p 4040 -C mksock --procfs /proc -vv
	assert_remedy "run it as root with $CAPABILITIES, since the plugin's own are given up"
	refute_remedy "give the plugin"
	assert_output_like "capabilities: none"
	as_nobody "$FILE" -p 4040 --procfs /proc
	assert_state OK
	# So it is no remedy to give it some.
	plain check_port_listen
	as_nobody "$FILE" -p 4040 -C mksock --procfs /proc
	assert_remedy "run it as root with $CAPABILITIES, since the plugin's own are given up"
}

@test "given --netns PATH too" {
	capable check_port_listen
	# Its own namespace needs no privilege to enter.
	as_nobody "$FILE" -p 4040 -C mksock --netns /proc/self/ns/net -vv
	assert_remedy "run it as root with $CAPABILITIES, since the plugin's own are given up"
	assert_output_like "capabilities: none"
	as_nobody "$FILE" -p 4040 -C mksock --netns "$MKSOCK_PID"
	assert_state OK
}

@test "what the caller names is opened with the caller's rights" {
	need_root
	mkdir -m 0700 "$BATS_TEST_TMPDIR/secret"
	echo "$MKSOCK_PID" >"$BATS_TEST_TMPDIR/secret/pid"
	ln -s /proc "$BATS_TEST_TMPDIR/secret/proc"
	echo "$MKSOCK_PID" >"$BATS_TEST_TMPDIR/pid"
	chmod 0600 "$BATS_TEST_TMPDIR/pid"
	capable check_port_listen
	for file in "$BATS_TEST_TMPDIR/secret/pid" "$BATS_TEST_TMPDIR/pid"; do
		as_nobody "$FILE" -p 4040 --pidfile "$file"
		assert_state UNKNOWN
		assert_text_like "Permission denied"
	done
	as_nobody "$FILE" -p 4040 --procfs "$BATS_TEST_TMPDIR/secret/proc"
	assert_state UNKNOWN
	assert_text_like "Permission denied"
	capable check_listen_audit
	as_nobody "$FILE" --allow-file "$BATS_TEST_TMPDIR/pid"
	assert_state UNKNOWN
	assert_text_like "Permission denied"
	# The same for a set-user-ID program, whose owner may read them.
	plain check_port_listen
	chmod u+s "$FILE"
	as_nobody "$FILE" -p 4040 --pidfile "$BATS_TEST_TMPDIR/pid"
	assert_state UNKNOWN
	assert_text_like "Permission denied"
	as_nobody "$FILE" -p 4040 -C mksock
	assert_state OK
}

# sets PID: its capability sets and user ids, as /proc tells them.
sets() {
	awk '/^(Uid|CapInh|CapPrm|CapEff|CapAmb):/ { $1 = ""; print }' "/proc/$1/status" | tr -d '\n'
}

@test "from the start nothing but the two, and nothing effective" {
	local expected=" $NOBODY $NOBODY $NOBODY $NOBODY 0000000000000000 0000000000080004" pid tries=0
	expected+=" 0000000000000000 0000000000000000"
	capable check_port_listen "$CAPABILITIES,cap_net_admin,cap_chown=ep"
	# It waits for a port, so that it can be looked at.
	"${NETNS_ENTER[@]}" setpriv --reuid="$NOBODY" --regid="$NOBODY" --clear-groups \
		"$FILE" -p 4041 --wait 20 --interval 20 >/dev/null 2>&1 3>&- &
	pid=$!
	until [ "$(sets $pid)" = "$expected" ] || [ $((++tries)) -gt 500 ]; do
		sleep 0.01
	done
	equal "user ids, CapInh, CapPrm, CapEff, CapAmb" "$expected" "$(sets $pid)"
	kill $pid
	wait $pid || true
}

@test "raised only around what it reads of processes" {
	need_command strace
	capable check_port_listen
	# The tracer is root; the output belongs to it.
	run_command strace -f -s 200 -o "$BATS_TEST_TMPDIR/trace" setpriv --reuid="$NOBODY" \
		--regid="$NOBODY" --clear-groups "$FILE" -p 4040 -C mksock ||
		skip "cannot trace"
	assert_state OK
	# From the plugin's exec on: with capabilities effective only these, relative to /proc.
	awk -v file="$FILE" '
		index($0, "execve(\"" file "\"") { seen = 1; next }
		!seen { next }
		/capset\(/ {
			raised = !/effective=0,/
			raises += raised
			next
		}
		raised && !/readlinkat\([0-9]+, "[0-9]+(\/exe)?",|openat\([0-9]+, "[0-9]+\/fd",|getdents64\(/ {
			print "raised: " $0
			bad = 1
		}
		END {
			if (!raises) print "never raised"
			exit bad || !raises
		}' "$BATS_TEST_TMPDIR/trace" || fail "while capabilities were effective"
}

@test "closed standard descriptors" {
	capable check_port_listen
	as_nobody sh -c 'exec "$@" <&- 2>&-' sh "$FILE" -p 4040 -C mksock
	assert_state OK
	on_musl && skip "musl opens /dev/null for what is closed, where a program has privilege"
	as_nobody sh -c 'exec "$@" <&- >&- 2>&-' sh "$FILE" -p 4040 -C mksock
	assert_status 3
}

@test "a hostile environment" {
	local clean
	capable check_port_listen
	as_nobody "$FILE" -p 4040/tcp,ssh -C mksock -w listening=1.5
	clean=$(text)
	as_nobody env LD_PRELOAD=/nowhere.so LD_LIBRARY_PATH=/nowhere LD_AUDIT=/nowhere.so LD_DEBUG=all \
		LC_ALL=de_DE.UTF-8 LANG=tr_TR LOCPATH=/nowhere TZ=:/etc/shadow NLSPATH=/nowhere \
		MALLOC_PERTURB_=7 MALLOC_CHECK_=3 GLIBC_TUNABLES=glibc.malloc.check=3 HOSTALIASES=/nowhere \
		GCONV_PATH=/nowhere RES_OPTIONS=debug POSIXLY_CORRECT=1 PATH=/nowhere IFS=x \
		"$FILE" -p 4040/tcp,ssh -C mksock -w listening=1.5
	equal "text" "${clean//for [0-9]*s/}" "$(text | sed 's/for [0-9]*s//g')"
}

@test "every plugin gives up what it does not need" {
	local plugin
	for plugin in "$BUILDDIR"/plugins/check_*; do
		[ -x "$plugin" ] || continue
		run_plugin "${plugin##*/}" --version
		refute_output_like "privilege"
	done
}

@test "make install-caps" {
	need_root
	PATH=$PATH:/usr/sbin:/sbin need_command setcap
	need_command make
	local root=$BATS_TEST_TMPDIR/root file
	install_caps() {
		run env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$BUILDDIR" \
			"DESTDIR=$root" plugindir=/plugins "$@" install-caps
	}
	install_caps plugin_group=no-such-group
	[ "$status" -ne 0 ] || fail "no such group"
	assert_output_like "no group 'no-such-group'"
	install_caps "plugin_group=$(id -gn)"
	[ "$status" -eq 0 ] || fail "install-caps"
	for file in "$root"/plugins/check_*; do
		equal "mode of $file" "750 root $(id -gn)" "$(stat -c '%a %U %G' "$file")"
		PATH=$PATH:/usr/sbin:/sbin setcap -q -v "$CAPABILITIES=p" "$file" ||
			fail "capabilities of $file"
	done
}

# in_user_namespace PLUGIN [ARGUMENT]...: of a user who is root there, and knows nobody else.
in_user_namespace() {
	need_users "$NOBODY"
	plain "$1"
	as_nobody unshare --user --map-root-user "$FILE" "${@:2}"
}

@test "a user namespace shows those whom it does not map as nobody: these are not told apart" {
	need_user_namespace
	local user
	mksock self,comm=rooted tcp-listen,port=2024
	for user in nobody root 65534 -; do
		local options=(-p 2024 -u "$user")
		[ "$user" != - ] || options=(--source procfs -p 2024 -u nobody)
		in_user_namespace check_port_listen "${options[@]}"
		assert_state UNKNOWN
		assert_text_like "this user namespace does not tell all users apart: run it outside"
	done
	in_user_namespace check_conn_count -s listen -u nobody -c 0
	assert_state UNKNOWN
	in_user_namespace check_listen_audit --print
	assert_output_like "# 2024/tcp in=127.0.0.0/8 of an unknown user"
	in_user_namespace check_listen_audit
	assert_text_like "127.0.0.1:2024/tcp an unknown user"
	in_user_namespace check_proc_sockets -C rooted -u nobody
	assert_state UNKNOWN
	assert_text_like "no process seen matches rooted of user nobody"
	# Where nobody is who he is.
	mksock begin,uid=65534 tcp-listen,port=2025 end
	plain check_port_listen
	as_nobody "$FILE" -p 2025 -u nobody
	assert_state OK
}
