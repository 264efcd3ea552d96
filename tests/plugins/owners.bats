#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# owners.bats - -C --exe -u --pid --pidfile in all plugins: who holds it, and who only looks like it

load ../helpers

NOBODY=65534

need_own_pids() {
	[ -n "${OWN_PIDS-}" ] || skip "needs a pid namespace of its own"
}

# all STATE OPTION...: what is on port 80 and nothing else is found by these owner options, in each
# plugin (OK); or it is not (CRITICAL).
all() {
	run_plugin check_port_listen -p 80 "${@:2}"
	assert_state "$1"
	run_plugin check_conn_count -s listen -p 80 -c 1:1 "${@:2}"
	assert_state "$1"
	run_plugin check_proc_sockets -p 80 -c listen=1:1 "${@:2}"
	assert_state "$1"
}

# copy_mksock NAME: another executable from here on; COPY is its path.
copy_mksock() {
	COPY=$BATS_TEST_TMPDIR/$1
	cp "$MKSOCK" "$COPY"
	MKSOCK=$COPY
}

# ---- by name ------------------------------------------------------------------------------------

@test "-C: comm, argv[0], executable: each of them, as a whole" {
	need_own_pids
	copy_mksock server-binary
	mksock 'self,comm=worker: 1,argv0=/srv/bin/web -x' tcp-listen,port=80
	local name
	for name in 'worker: 1' server-binary 'web -x'; do
		all OK -C "$name"
		all OK -C nosuch -C "$name"
	done
	for name in worker 'worker: 11' server web bin mksock; do
		all CRITICAL -C "$name"
	done
}

@test "-C: names longer than the 15 bytes of comm" {
	need_own_pids
	mksock 'self,comm=extremely-long-name,argv0=x' tcp-listen,port=80
	all OK -C extremely-long-name
	all OK -C extremely-long-
	all OK -C extremely-long-other # nothing tells them apart but argv[0]
	all CRITICAL -C extremely-long
	all CRITICAL -C extremely-lonG-name
}

@test "-C without privilege: comm and argv[0] of anybody, the executable of one's own" {
	need_own_pids
	need_users $NOBODY
	copy_mksock server-binary
	mksock begin,comm=theirs,argv0=their-title tcp-listen,port=80 end \
		begin,comm=mine,argv0=my-title,uid=$NOBODY tcp-listen,port=8080 end
	local name
	for name in mine my-title; do
		run_plugin_as "$NOBODY" check_port_listen -p 8080 -C $name
		assert_state OK
		run_plugin_as "$NOBODY" check_proc_sockets -C $name -c sockets=1:1
		assert_state OK
	done
	for name in theirs their-title; do
		run_plugin_as "$NOBODY" check_port_listen -p 80 -C $name
		assert_state UNKNOWN
		assert_text_like "^80/tcp listens, its holder is not readable for uid $NOBODY: "
		run_plugin_as "$NOBODY" check_conn_count -s listen -C $name -c 1:
		assert_state UNKNOWN
		run_plugin_as "$NOBODY" check_proc_sockets -C $name -c processes=1:1
		assert_state OK
	done
}

@test "--exe: the path of the executable, deleted or not" {
	need_own_pids
	copy_mksock 'a server'
	mksock self,comm=app tcp-listen,port=80
	all OK --exe "$COPY"
	all OK --exe /nosuch --exe "$COPY"
	all CRITICAL --exe "$BATS_TEST_TMPDIR"
	all CRITICAL --exe "${COPY% server}"
	all CRITICAL --exe "$COPY (deleted)"
	all CRITICAL --exe "$COPY" -C nosuch
	run_plugin check_port_listen -p 80 -m deleted -c deleted=0
	assert_state OK
	assert_perfdata deleted "0;;0"
	rm "$COPY"
	all OK --exe "$COPY"
	all OK -C 'a server'
	run_plugin check_port_listen -p 80 -w deleted=0
	assert_state WARNING
	assert_perfdata deleted "1;0"
	run_plugin check_port_listen -p 80 --exe "$COPY" -m deleted
	assert_state OK
	assert_perfdata deleted 1
	assert_text_like "^80/tcp on 127\.0\.0\.1 by app\[$MKSOCK_PID\] user root( in [^ ,]+)? for [0-9]+s \(executable deleted\), "
	run_plugin check_proc_sockets --exe "$COPY" -v
	assert_output_like "  app\[$MKSOCK_PID\] .* \(executable deleted\)\$"
}

@test "--exe without privilege: UNKNOWN for what may be it, exact for one's own" {
	need_own_pids
	need_users $NOBODY
	copy_mksock server-binary
	mksock begin,comm=theirs tcp-listen,port=80 end \
		begin,comm=mine,uid=$NOBODY tcp-listen,port=8080 end
	run_plugin_as "$NOBODY" check_port_listen -p 8080 --exe "$COPY"
	assert_state OK
	run_plugin_as "$NOBODY" check_port_listen -p 80 --exe "$COPY"
	assert_state UNKNOWN
	run_plugin_as "$NOBODY" check_port_listen -p 80 --exe /nosuch
	assert_state UNKNOWN
	run_plugin_as "$NOBODY" check_proc_sockets --exe "$COPY" -c processes=2:2
	assert_state UNKNOWN
	run_plugin_as "$NOBODY" check_proc_sockets --exe /nosuch
	assert_state UNKNOWN
}

# ---- by user ------------------------------------------------------------------------------------

@test "-u: who created the socket; for processes, whose they are" {
	need_own_pids
	need_users $NOBODY
	mksock begin,comm=web,uid=$NOBODY tcp-listen,port=8080 end \
		begin,comm=heir,uid=$NOBODY,receive tcp-listen,port=80 end
	local uid
	for uid in 0 $NOBODY; do
		run_plugin_as "$uid" check_port_listen -p 8080 -u $NOBODY
		assert_state OK
		run_plugin_as "$uid" check_port_listen -p 80 -u 0
		assert_state OK
		run_plugin_as "$uid" check_port_listen -p 80 -u $NOBODY
		assert_state CRITICAL
		run_plugin_as "$uid" check_conn_count -s listen -u $NOBODY -c 1:1
		assert_state OK
		run_plugin_as "$uid" check_proc_sockets -u $NOBODY -C web -C heir -c sockets=2:2
		assert_state OK
		run_plugin_as "$uid" check_proc_sockets -u 0 -C heir
		assert_state CRITICAL
	done
	run_plugin check_port_listen -p 80 -u $NOBODY
	assert_text_like "^80/tcp held by heir\[$(mksock_pids heir)\] .*, expected a socket created by "
}

@test "-u on sockets looks at no process" {
	need_command strace
	mksock tcp-listen,port=80 tcp-established,port=81
	local trace=$BATS_TEST_TMPDIR/trace plugin
	export ASAN_OPTIONS=detect_leaks=0
	for plugin in "check_port_listen -p 80" check_conn_count; do
		# shellcheck disable=SC2086 # words
		run_command strace -f -qq -e trace=openat,open,readlinkat,newfstatat,getdents64 -o "$trace" \
			"$BUILDDIR/plugins/"$plugin -u 0
		assert_state OK
		if grep -E '"([0-9]+|[0-9]+/[^"]*|/proc/[0-9]+[^"]*)"' "$trace" | grep -v '/proc/[0-9]*/ns/\|/net/\|"self"'; then
			fail "$plugin looks at processes"
		fi
	done
}

@test "-u on unix sockets by /proc, which does not tell their user: neither right nor wrong" {
	local path=$BATS_TEST_TMPDIR/s
	mksock "unix-listen,path=$path"
	for uid in 0 $NOBODY; do
		run_plugin check_port_listen -p "unix:$path" -u "$uid" --source procfs
		assert_state UNKNOWN
		assert_text_like "/proc does not tell who created a unix socket: use --source netlink"
		run_plugin check_conn_count -P unix -s listen -u "$uid" -c 1: --source procfs
		assert_state UNKNOWN
		assert_text_like "/proc does not tell who created a unix socket"
		run_plugin check_conn_count -P tcp -s listen -u "$uid" -c 0 --source procfs
		assert_state OK
	done
	run_plugin check_port_listen -p "unix:$path" -C nosuch -u 0 --source procfs
	assert_state CRITICAL
	run_plugin check_port_listen -p "unix:$path" -u 0
	assert_state OK
	run_plugin check_conn_count -P unix -s listen -u 0 -c 1:1
	assert_state OK
	run_plugin check_conn_count -P unix -s listen -u $NOBODY -c 0
	assert_state OK
}

# ---- by pid -------------------------------------------------------------------------------------

@test "--pidfile: missing and stale are no match, and are said to be nothing else" {
	need_own_pids
	local file=$BATS_TEST_TMPDIR/app.pid
	mksock self,comm=app tcp-listen,port=80
	echo "$MKSOCK_PID" >"$file"
	all OK --pidfile "$file"
	all OK --pidfile "$file" --pidfile /nosuch.pid
	printf '%s\n/var/lib/data\n1700000000\n 5432\n' "$MKSOCK_PID" >"$file"
	all OK --pidfile "$file"
	printf '  %s' "$MKSOCK_PID" >"$file"
	all OK --pidfile "$file"
	printf '%s\r\n' "$MKSOCK_PID" >"$file"
	all OK --pidfile "$file"
	echo 2147483647 >"$file" # nobody has that
	all CRITICAL --pidfile "$file"
	all CRITICAL --pidfile /nosuch.pid
	all CRITICAL --pidfile "$file/x"
	run_plugin check_port_listen -p 80 --pidfile "$file"
	assert_text_like "^80/tcp held by app\[$MKSOCK_PID\] .*, expected $file, $file is stale, no process has its id\$"
	refute_output_like 2147483647
	run_plugin check_port_listen -p 80 --pidfile /nosuch.pid
	assert_text_like "^80/tcp held by app\[$MKSOCK_PID\] .*, expected /nosuch.pid, /nosuch.pid does not exist\$"
	run_plugin check_port_listen -p 81 --pidfile "$file"
	assert_text "81/tcp not listening, $file is stale, no process has its id"
	run_plugin check_port_listen -p 81 --pidfile "$file/x"
	assert_text "81/tcp not listening, $file/x does not exist"
	echo "$$" >"$file" # another process
	run_plugin check_port_listen -p 80 --pidfile "$file"
	assert_text_like "^80/tcp held by app\[$MKSOCK_PID\] .*, expected $file\$"
	all CRITICAL --pidfile "$file"
	all CRITICAL --pidfile "$file" -C app
}

@test "--pid and --pidfile must both hold; each of them repeated offers alternatives" {
	need_own_pids
	local file=$BATS_TEST_TMPDIR/app.pid other=$BATS_TEST_TMPDIR/other.pid
	mksock self,comm=app tcp-listen,port=80
	echo "$MKSOCK_PID" >"$file"
	echo "$$" >"$other"
	all OK --pid "$MKSOCK_PID" --pidfile "$file"
	all CRITICAL --pid "$MKSOCK_PID" --pidfile /nosuch.pid
	all CRITICAL --pid "$MKSOCK_PID" --pidfile "$other"
	all CRITICAL --pid "$$" --pidfile "$file"
	all OK --pid "$$" --pid "$MKSOCK_PID" --pidfile "$other" --pidfile "$file"
	all OK --pid "$$" --pid "$MKSOCK_PID" --pidfile /nosuch.pid --pidfile "$file"
	run_plugin check_port_listen -p 80 --pid "$MKSOCK_PID" --pidfile /nosuch.pid
	assert_text_like ", expected pid $MKSOCK_PID named by /nosuch.pid, /nosuch.pid does not exist\$"
	# Nobody is selected, which is not everybody.
	run_plugin check_proc_sockets --pid "$$" --pidfile "$file" -w processes=0 --no-match-state warning
	assert_state WARNING
	assert_text "no process matches pid $$ named by $file"
}

@test "check_proc_sockets says of a pidfile that it does not exist, or is stale" {
	need_own_pids
	local file=$BATS_TEST_TMPDIR/app.pid
	run_plugin check_proc_sockets --pidfile "$file"
	assert_state CRITICAL
	assert_text "no process matches $file, $file does not exist"
	echo 2147483647 >"$file"
	run_plugin check_proc_sockets --pidfile "$file"
	assert_state CRITICAL
	assert_text "no process matches $file, $file is stale, no process has its id"
}

@test "--pidfile: garbage is UNKNOWN and never echoed" {
	local file=$BATS_TEST_TMPDIR/app.pid text plugin
	mksock tcp-listen,port=80
	for text in '' secret 12secret -1 +1 0 0x10 99999999999999999999 1,2 $'\n'; do
		printf '%s' "$text" >"$file"
		for plugin in "check_port_listen -p 80" check_conn_count check_proc_sockets; do
			# shellcheck disable=SC2086 # words
			run_plugin $plugin --pidfile "$file" -vvv
			assert_state UNKNOWN
			assert_text "--pidfile $file: holds no process id"
			refute_output_like secret
		done
	done
}

@test "--pidfile: what may not be read is UNKNOWN; a FIFO, a folder, a device do not hang" {
	need_users $NOBODY
	local file=$BATS_TEST_TMPDIR/app.pid dir=$BATS_TEST_TMPDIR/closed
	mksock tcp-listen,port=80
	echo "secret $MKSOCK_PID" >"$file"
	chmod 600 "$file"
	run_plugin_as "$NOBODY" check_port_listen -p 80 --pidfile "$file" -vvv
	assert_state UNKNOWN
	assert_text "--pidfile $file: Permission denied"
	refute_output_like secret
	mkdir -m 700 "$dir"
	run_plugin_as "$NOBODY" check_proc_sockets --pidfile "$dir/app.pid"
	assert_state UNKNOWN
	run_plugin_as "$NOBODY" check_conn_count --pidfile /etc/shadow -vvv
	assert_state UNKNOWN
	refute_output_like root:
	rm "$file"
	mkfifo "$file"
	local fifo
	for fifo in "$file" "$dir" /dev/zero /dev/null /dev/tty; do
		run_plugin check_port_listen -p 80 --pidfile "$fifo" -t 5
		assert_state UNKNOWN
		refute_output_like "timed out|deadline"
	done
}

# ---- many holders, other holders ----------------------------------------------------------------

@test "pre-fork: of many holders one that matches is enough" {
	need_own_pids
	mksock self,comm=master tcp-listen,port=80 begin,comm=worker,share,copies=30 end \
		begin,comm=last,share end
	local name
	for name in master worker last; do
		run_plugin check_port_listen -p 80 -C $name
		assert_state OK
		run_plugin check_conn_count -s listen -C $name -c 1:1
		assert_state OK
	done
	run_plugin check_proc_sockets -C worker -c processes=30:30 -c sockets=1:1
	assert_state OK
	run_plugin check_port_listen -p 80 --pid "$(mksock_pids last)"
	assert_state OK
	run_plugin check_port_listen -p 80 -C other
	assert_state CRITICAL
	assert_text_like "^80/tcp held by master\["
}

@test "a descriptor passed away: the receiver holds it, the maker does no more" {
	need_own_pids
	mksock self,comm=maker begin,comm=receiver,receive tcp-listen,port=80 end
	all OK -C receiver
	all CRITICAL -C maker
	run_plugin check_port_listen -p 80 -C maker
	assert_text_like "^80/tcp held by receiver\[$(mksock_pids receiver)\] "
}

@test "a parent that has ended: its children hold on" {
	need_own_pids
	mksock begin,comm=parent tcp-listen,port=80 begin,comm=child,share end end
	run_plugin check_port_listen -p 80 -C parent
	assert_state OK
	kill -KILL "$(mksock_pids parent)"
	# The kernel is done with it when its descriptors are closed.
	for _ in {1..500}; do
		[ -n "$(find "/proc/$(mksock_pids parent)/fd" -mindepth 1 2>/dev/null)" ] || break
	done
	all OK -C child
	all CRITICAL -C parent
	kill "$(mksock_pids child)" 2>/dev/null || true
}

# A /proc whose processes hold nothing, over the sockets of the test: as if the kernel had made
# them. That of a nested pid namespace, as tests have it, does not tell.
@test "a socket that nobody holds although everything could be read is held by the kernel" {
	local dir=$BATS_TEST_TMPDIR/proc view
	procfs_folder
	procfs_process 4711 app /app.service
	view=(--procfs "$dir" --source netlink)
	mksock tcp-listen,port=80 tcp-established,port=81,count=2
	run_plugin check_port_listen -p 80 -C app "${view[@]}"
	assert_state CRITICAL
	assert_text "80/tcp held by the kernel, expected app"
	run_plugin check_port_listen -p 80 -v "${view[@]}"
	assert_output_like $'\n''80/tcp on 127\.0\.0\.1: .*held by the kernel'
	run_plugin check_listen_audit -P tcp4 "${view[@]}"
	assert_text "1 unexpected: 127.0.0.1:80/tcp the kernel"
	run_plugin check_conn_count --group-by command "${view[@]}"
	assert_text "4 connections (4 established), most 4 held by the kernel"
	run_plugin check_conn_count -C app -c 1: "${view[@]}"
	assert_state CRITICAL
}

@test "--unit by /proc: what the service manager holds may be for a unit without processes" {
	procfs_row 80 123
	procfs_row 81 124
	procfs_row 82 125
	procfs_process 1 systemd /init.scope 123
	procfs_process 20 nginx /system.slice/nginx.service 125
	procfs_process 21 other /system.slice/other.service
	local manager="80/tcp4 listens, its holder cannot be told"
	run_plugin check_port_listen -p 80 --unit nginx --procfs "$PROCFS" -P tcp4
	assert_state UNKNOWN
	assert_text "$manager: /proc does not tell the unit of a socket: use --source netlink"
	# Nobody at all holds it: that is told.
	run_plugin check_port_listen -p 80,81 --unit nginx --procfs "$PROCFS" -P tcp4
	assert_state CRITICAL
	assert_text "81/tcp4 held by the kernel, expected nginx.service, $manager"
	run_plugin check_port_listen -p 82 --unit nginx --procfs "$PROCFS" -P tcp4
	assert_state OK
	run_plugin check_port_listen -p 82 --unit other --procfs "$PROCFS" -P tcp4
	assert_state CRITICAL
	assert_text "82/tcp4 held by nginx[20] user $(id -nu) in nginx.service, expected other.service"
	# The same in numbers: 80 is in doubt, 81 is the kernel's, 82 is in the unit or in another one.
	local threshold
	for threshold in 2: 1; do
		run_plugin check_conn_count -s listen --unit nginx --procfs "$PROCFS" -P tcp4 \
			-c "$threshold"
		assert_state UNKNOWN
	done
	run_plugin check_conn_count -s listen --unit nginx --procfs "$PROCFS" -P tcp4 -c 1:
	assert_state OK
	for threshold in 1: 0; do
		run_plugin check_conn_count -s listen --unit other --procfs "$PROCFS" -P tcp4 \
			-c "$threshold"
		assert_state UNKNOWN
	done
	run_plugin check_conn_count -s listen -p 81,82 --unit other --procfs "$PROCFS" -P tcp4 -c 0
	assert_state OK
}

# As a container with a cgroup namespace of its own sees its host: from its own cgroup, and not what
# lies above both.
@test "--unit by /proc: slices and paths that a cgroup namespace hides" {
	local unit why="a cgroup namespace hides part of the cgroups of processes: run it in that of the host (--cgroupns=host)"
	procfs_row 80 123
	procfs_process 20 nginx /../../nginx.service 123
	local ask=(-P tcp4 --procfs "$PROCFS")
	run_plugin check_port_listen -p 80 --unit nginx "${ask[@]}"
	assert_state OK
	run_plugin check_port_listen -p 80 --unit other "${ask[@]}"
	assert_state CRITICAL
	for unit in system.slice /system.slice/nginx.service; do
		run_plugin check_port_listen -p 80 --unit nginx --unit $unit "${ask[@]}"
		assert_state OK
		run_plugin check_port_listen -p 80 --unit $unit "${ask[@]}"
		assert_state UNKNOWN
		[[ $(text) == *"$why" ]] || fail "$why expected"
		run_plugin check_conn_count -s listen --unit $unit "${ask[@]}" -c 1:
		assert_state UNKNOWN
		run_plugin check_proc_sockets --unit $unit "${ask[@]}"
		assert_state UNKNOWN
		assert_text "no process seen matches $unit: $why"
	done
	# What names no unit may be in any.
	procfs_row 81 124
	procfs_process 21 app /../supervisor 124
	run_plugin check_port_listen -p 81 --unit other "${ask[@]}"
	assert_state UNKNOWN
	run_plugin check_proc_sockets --unit other --pid 21 --procfs "$PROCFS"
	assert_state UNKNOWN
}

# The manager keeps it too, or has given it away for good (Accept=yes).
@test "--unit by /proc: the service that holds a socket tells nothing against its .socket unit" {
	local manager="its holder cannot be told: /proc does not tell the unit of a socket: use --source netlink" n
	procfs_row 22 123
	procfs_row 23 124
	procfs_row 24 125
	procfs_process 1 systemd /init.scope 123
	procfs_process 20 sshd /system.slice/ssh.service 123 124
	local ask=(-P tcp4 --procfs "$PROCFS")
	for n in 22 23; do
		run_plugin check_port_listen -p $n --unit ssh.socket "${ask[@]}"
		assert_state UNKNOWN
		assert_text "$n/tcp4 listens, $manager"
		run_plugin check_port_listen -p $n --unit /system.slice/ssh.socket -C sshd "${ask[@]}"
		assert_state UNKNOWN
		run_plugin check_port_listen -p $n --unit ssh.socket -C nginx "${ask[@]}"
		assert_state CRITICAL
		run_plugin check_port_listen -p $n --unit ssh.socket --unit ssh.service "${ask[@]}"
		assert_state OK
		run_plugin check_conn_count -s listen -p $n --unit ssh.socket "${ask[@]}" -c 1:
		assert_state UNKNOWN
		run_plugin check_conn_count -s listen -p $n --unit ssh.socket -C sshd "${ask[@]}" -c 1:
		assert_state UNKNOWN
		run_plugin check_conn_count -s listen -p $n --unit ssh.socket -C nginx "${ask[@]}" -c 0
		assert_state OK
		run_plugin check_conn_count -s listen -p $n --unit ssh "${ask[@]}" -c 1:1
		assert_state OK
	done
	echo "22 unit=ssh.socket" >"$BATS_TEST_TMPDIR/allow"
	echo "23-24" >>"$BATS_TEST_TMPDIR/allow"
	run_plugin check_listen_audit --allow-file "$BATS_TEST_TMPDIR/allow" "${ask[@]}"
	assert_state UNKNOWN
	# Nobody holds it.
	run_plugin check_port_listen -p 24 --unit ssh.socket "${ask[@]}"
	assert_state CRITICAL
}

@test "a socket that nobody in a nested pid namespace holds may be held outside" {
	need_own_pids
	need_command ip
	in_netns ip link add vx0 type vxlan id 7 dstport 4789 2>/dev/null &&
		in_netns ip link set vx0 up 2>/dev/null || skip "the kernel makes no vxlan"
	run_plugin check_port_listen -p 4789/udp -C vxlan
	assert_state UNKNOWN
	assert_text_like "^4789/udp listens, .*: no process of this pid namespace holds it: "
}

# ---- processes that end meanwhile ---------------------------------------------------------------

@test "200 processes that die during the walk change no verdict about the listener" {
	need_own_pids
	mksock self,comm=steady tcp-listen,port=80
	local victims
	for _ in {1..20}; do
		# shellcheck disable=SC2016 # the inner shell expands it
		in_netns sh -c 'i=0; while [ $i -lt 200 ]; do read x </dev/null & i=$((i + 1)); done; wait' &
		victims=$!
		run_plugin check_port_listen -p 80 -C steady
		assert_state OK
		run_plugin check_port_listen -p 80 -C other
		assert_state CRITICAL
		assert_text_like "^80/tcp held by steady\["
		run_plugin check_proc_sockets -c sockets=1:
		assert_state OK
		wait $victims
	done
}
