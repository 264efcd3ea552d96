#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# netns.bats - sockets of other network namespaces: by name, by path, by process, by owner

load ../helpers

# give_name PID NAME: in what runs from here on, as if by `ip netns`, in a mount namespace of its own.
give_name() {
	cat >"$BATS_TEST_TMPDIR/named" <<-'EOF'
		#!/bin/sh
		mount -t tmpfs tmpfs /run && mkdir /run/netns && : >"/run/netns/$2" &&
			mount --bind "/proc/$1/ns/net" "/run/netns/$2" || exit 99
		shift 2
		exec "$@"
	EOF
	chmod a+rx "$BATS_TEST_TMPDIR/named"
	NETNS_ENTER+=(unshare --mount "$BATS_TEST_TMPDIR/named" "$1" "$2")
	in_netns true || skip "may not mount anything"
}

# other_netns COMM ITEM...: sockets of a child in a namespace of its own; OTHER_PID is the child.
other_netns() {
	mksock begin,netns,comm="$1" "${@:2}" end
	OTHER_PID=$(mksock_pids "$1")
}

# Until NETNS_ENTER goes back to $OWN: mksock and commands work in the namespace of this process.
enter_pid() {
	OWN=("${NETNS_ENTER[@]}")
	NETNS_ENTER=(nsenter "--net=/proc/$1/ns/net")
}

# ---- named by the user ----------------------------------------------------------------------------

@test "by name, by path and by process: what listens there does, what listens here does not" {
	mksock tcp-listen,port=81
	other_netns blue tcp-listen,port=6379
	give_name "$OTHER_PID" blue
	local netns
	for netns in blue /run/netns/blue "/proc/$OTHER_PID/ns/net" "$OTHER_PID"; do
		run_plugin check_port_listen -p 6379 --netns "$netns" -vv
		assert_state OK
		assert_output_like "tcp4: netlink"
		run_plugin check_port_listen -p 81 --netns "$netns"
		assert_state CRITICAL
		run_plugin check_port_listen -p 6379 --netns "$netns" --source procfs
		assert_state OK
	done
	run_plugin check_port_listen -p 6379
	assert_state CRITICAL
}

@test "without privilege: by process, with the tables of /proc" {
	mksock tcp-listen,port=81
	other_netns blue tcp-listen,port=6379 tcp-established,port=6379,count=3 tcp-close-wait,port=6379
	run_plugin_as 65534 check_port_listen -p 6379 --netns "$OTHER_PID" -vv
	assert_state OK
	assert_output_like "tcp4: procfs"
	run_plugin_as 65534 check_port_listen -p 81 --netns "$OTHER_PID"
	assert_state CRITICAL
	run_plugin_as 65534 check_conn_count --netns "$OTHER_PID" -c close_wait=0
	assert_state CRITICAL
	assert_perfdata established 6
	assert_perfdata close_wait 1
}

@test "without privilege a name, a path and netlink of another namespace are refused with a remedy" {
	other_netns blue tcp-listen,port=6379
	give_name "$OTHER_PID" blue
	local netns
	for netns in blue /run/netns/blue; do
		run_plugin_as 65534 check_port_listen -p 6379 --netns $netns
		assert_state UNKNOWN
		assert_text "cannot enter the network namespace $netns: not permitted for uid 65534: \
run it as root, or name a process: --netns PID"
	done
	run_plugin_as 65534 check_port_listen -p 6379 --netns "$OTHER_PID" --source netlink
	assert_state UNKNOWN
	assert_text "cannot enter the network namespace $OTHER_PID: not permitted for uid 65534: \
run it as root, or leave out --source netlink"
}

@test "root without CAP_SYS_ADMIN is told so" {
	other_netns blue tcp-listen,port=6379
	give_name "$OTHER_PID" blue
	run_command setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin sh -c 'exec "$@"' sh \
		"$BUILDDIR/plugins/check_port_listen" -p 6379 --netns blue
	assert_state UNKNOWN
	assert_text "cannot enter the network namespace blue: not permitted: \
root lacks cap_sys_admin over it here"
}

@test "the caller's own namespace takes no privilege" {
	mksock tcp-listen,port=6379
	give_name "$NETNS_PID" own
	local netns
	for netns in own /run/netns/own "$NETNS_PID"; do
		run_plugin_as 65534 check_port_listen -p 6379 --netns "$netns" --source netlink
		assert_state OK
	done
}

@test "what is no network namespace, each in its own words" {
	other_netns blue
	give_name "$OTHER_PID" blue
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	local netns before="cannot enter the network namespace"
	for netns in /dev/null "$BATS_TEST_TMPDIR/fifo" "$BATS_TEST_TMPDIR" /proc/self/ns/mnt ..; do
		run_plugin check_port_listen -p 1 --netns "$netns"
		assert_state UNKNOWN
		assert_text "$before $netns: it is no network namespace"
	done
	run_plugin check_port_listen -p 1 --netns nope
	assert_text "$before nope: there is none of that name in /run/netns"
	run_plugin check_port_listen -p 1 --netns ./nope
	assert_text "$before ./nope: No such file or directory"
	run_plugin check_port_listen -p 1 --netns 4194305
	assert_text "$before 4194305: there is no such process"
	run_plugin check_port_listen -p 1 --netns 99999999999999999999
	assert_text "$before 99999999999999999999: there is no such process"
	run_plugin check_port_listen -p 1 --netns $'a|b\n'
	assert_text "$before a\\x7cb\\x0a: there is none of that name in /run/netns"
	run_plugin check_port_listen -p 1 --netns ''
	assert_state UNKNOWN
}

@test "addresses and devices are those of the namespace" {
	need_command ip
	other_netns blue address,addr=10.1.2.3 tcp-listen,port=6379,addr=10.1.2.3
	in_netns ip link add red0 type bridge || skip "the kernel makes no bridges"
	enter_pid "$OTHER_PID"
	in_netns ip link add blue0 type bridge
	mksock tcp-listen,port=80,addr=0.0.0.0,device=blue0
	NETNS_ENTER=("${OWN[@]}")
	run_plugin check_port_listen -p 6379 -H 10.1.2.3 --netns "$OTHER_PID"
	assert_state OK
	run_plugin check_port_listen -p 6379 -H 10.1.2.3
	assert_text_like "^10.1.2.3 is not an address of this host"
	run_plugin check_port_listen -p 80 --netns "$OTHER_PID"
	assert_text_like "^80/tcp on 0.0.0.0%blue0"
	run_plugin check_port_listen -p 80 --netns "$OTHER_PID" -H 10.1.2.3%blue0
	assert_state OK
	run_plugin check_port_listen -p 80 --netns "$OTHER_PID" -H 10.1.2.3%red0
	assert_state CRITICAL
	assert_text_like "^red0 is not a device of this host"
	# A namespace that may not be entered tells its devices too.
	run_plugin_as 65534 check_port_listen -p 6379 --netns "$OTHER_PID" -H 10.1.2.3%red0
	assert_text_like "^red0 is not a device of this host"
	run_plugin_as 65534 check_port_listen -p 6379 --netns "$OTHER_PID" -H 10.1.2.3%blue0
	assert_state OK
}

@test "IPv6 sockets are not told from dual-stack ones without privilege, and the remedy is root" {
	other_netns blue tcp-listen,port=80,addr=::
	run_plugin check_port_listen -p 80 -4 --netns "$OTHER_PID"
	assert_state OK
	run_plugin_as 65534 check_port_listen -p 80 -4 --netns "$OTHER_PID"
	assert_state UNKNOWN
	assert_text_like "/proc does not tell whether an IPv6 socket takes IPv4: run it as root"
	refute_output_like "use --source netlink"
}

# ---- of the owners --------------------------------------------------------------------------------

@test "owner: the namespaces of the processes, none else" {
	mksock tcp-established,port=81,count=5
	mksock begin,netns,comm=blue tcp-listen,port=6379 tcp-established,port=6379,count=3 end \
		begin,netns,comm=red tcp-listen,port=6380 tcp-established,port=6380 end \
		begin,netns,comm=green tcp-listen,port=6381 end
	run_plugin check_port_listen -C blue --netns owner -p 6379
	assert_state OK
	assert_text_like "^6379/tcp on 127.0.0.1 by blue\[$(mksock_pids blue)\]"
	run_plugin check_port_listen -C blue -C red --netns owner -p 6379,6380 -vv
	assert_state OK
	assert_output_like "namespaces: 2 looked into"
	run_plugin check_port_listen -C blue --netns owner -p 6380
	assert_state CRITICAL
	run_plugin check_conn_count -C blue -C red --netns owner
	assert_state OK
	assert_perfdata connections 8
	run_plugin check_conn_count -u 0 --netns owner --pid "$(mksock_pids red)"
	assert_perfdata connections 2
}

@test "owner: an address has to be one of any of the namespaces" {
	mksock begin,netns,comm=blue address,addr=10.1.2.3 tcp-listen,port=80,addr=0.0.0.0 end \
		begin,netns,comm=red address,addr=10.1.2.4 end
	run_plugin check_port_listen -C blue -C red --netns owner -p 80 -H 10.1.2.3
	assert_state OK
	run_plugin check_port_listen -C blue -C red --netns owner -p 80 -H 10.1.2.5
	assert_text_like "^10.1.2.5 is not an address of this host"
}

@test "owner: a device has to be one of any of the namespaces" {
	mksock begin,netns,comm=blue address,addr=10.1.2.3 tcp-listen,port=80,addr=0.0.0.0 end
	run_plugin check_port_listen -C blue --netns owner -p 80 -H 10.1.2.3%lo
	assert_state OK
	run_plugin check_port_listen -C blue --netns owner -p 80 -H 10.1.2.3%red0
	assert_state CRITICAL
	assert_text_like "^red0 is not a device of this host"
}

@test "owner: no such process is an absence, no owner option a mistake" {
	mksock tcp-listen,port=6379
	run_plugin check_port_listen -C nosuch --netns owner -p 6379
	assert_state CRITICAL
	assert_text "6379/tcp not listening, no process matches nosuch"
	run_plugin check_port_listen -C nosuch --netns owner -p 6379 -H 127.0.0.1
	assert_text "6379/tcp not listening, no process matches nosuch"
	run_plugin check_conn_count -C nosuch --netns owner -c 1:
	assert_state CRITICAL
	run_plugin check_conn_count --netns owner
	assert_state UNKNOWN
	assert_text "--netns owner needs an option that selects processes"
}

@test "owner, without privilege: the holder is not readable, a missing listener is missing" {
	mksock begin,netns,comm=blue tcp-listen,port=6379 end
	run_plugin_as 65534 check_port_listen -C blue --netns owner -p 6379
	assert_state UNKNOWN
	assert_text_like "^6379/tcp listens, its holder is not readable for uid 65534: "
	run_plugin_as 65534 check_port_listen -C blue --netns owner -p 6380
	assert_state CRITICAL
}

# ---- check_proc_sockets ---------------------------------------------------------------------------

@test "proc_sockets: three namespaces, exact" {
	mksock begin,netns,comm=blue tcp-listen,port=80 tcp-established,port=80,count=3 end \
		begin,netns,comm=red tcp-close-wait,port=81,count=2 udp-bound,port=53 end \
		begin,comm=green tcp-listen,port=82,count=2,reuseport unix-pair netlink end
	run_plugin check_proc_sockets -C blue -C red -C green -v
	assert_state OK
	assert_perfdata sockets 17
	assert_perfdata processes 3
	assert_perfdata max_per_process 7
	assert_perfdata tcp 13
	assert_perfdata udp 1
	assert_perfdata unix 2
	assert_perfdata other 1
	assert_perfdata established 6
	assert_perfdata close_wait 2
	assert_perfdata listen 3
	assert_output_like "7  blue"
	assert_output_like "5  red"
	assert_output_like "5  green"
	run_plugin check_proc_sockets -C blue -C red -C green --source procfs
	assert_perfdata sockets 17
	assert_perfdata established 6
	run_plugin check_proc_sockets -C blue -C red -C green -p 80
	assert_perfdata sockets 4
}

@test "proc_sockets: without privilege, what one's own processes hold in a namespace one cannot enter" {
	need_users
	mksock begin,netns,comm=blue,uid=65534 tcp-listen,port=8000 \
		tcp-established,port=8000,count=3 udp-bound,port=5353 end
	run_plugin_as 65534 check_proc_sockets -C blue -c listen=1:1 -vv
	assert_state OK
	assert_output_like "tcp4: procfs"
	assert_perfdata sockets 8
	assert_perfdata established 6
	assert_perfdata udp 1
	run_plugin_as 65534 check_proc_sockets -C blue --source netlink
	assert_state UNKNOWN
	assert_text_like "^cannot count them all, at least "
	run_plugin_as 65534 check_proc_sockets -C blue -c listen=1: --source netlink
	assert_state UNKNOWN
	assert_text_like "uid 65534 may not enter the network namespaces of other processes: \
leave out --source netlink, or run it as root$"
	assert_perfdata sockets 8
}

@test "proc_sockets: many processes of one namespace, read once" {
	need_command strace
	mksock begin,netns,comm=blue begin,copies=20,comm=worker tcp-listen end end \
		begin,netns,comm=red begin,copies=20,comm=worker udp-bound end end \
		begin,copies=20,comm=worker tcp-listen end
	export ASAN_OPTIONS=detect_leaks=0
	run_command strace -f -qq -e trace=?send,sendto,setns -o "$BATS_TEST_TMPDIR/trace" \
		"$BUILDDIR/plugins/check_proc_sockets" -C worker -P tcp4
	assert_state OK
	assert_perfdata processes 60
	assert_perfdata tcp 40
	assert_perfdata listen 40
	equal "dumps" 3 "$(grep -c 'NLM_F_REQUEST' "$BATS_TEST_TMPDIR/trace")"
	run_plugin check_proc_sockets -C worker -vv
	assert_output_like "namespaces: 3 looked into"
}

@test "proc_sockets: a socket made here and handed to a process in another namespace" {
	mksock begin,netns,comm=activated,receive tcp-listen,port=80 end
	run_plugin check_proc_sockets -C activated -c listen=1:1
	assert_state OK
	assert_perfdata sockets 1
	mksock begin,netns,comm=unbound tcp-unbound udp-unbound unix-listen,path=@x netlink end
	run_plugin check_proc_sockets -C unbound
	assert_perfdata sockets 4
	assert_perfdata tcp 1
	assert_perfdata udp 1
	assert_perfdata unix 1
	assert_perfdata other 1
}

@test "proc_sockets: --netns names the only namespace that is read" {
	mksock begin,netns,comm=blue tcp-listen,port=80 end begin,netns,comm=red tcp-listen,port=80 end
	run_plugin check_proc_sockets -C blue -C red -p 80
	assert_perfdata listen 2
	run_plugin check_proc_sockets -C blue -C red -p 80 --netns "$(mksock_pids red)"
	assert_perfdata listen 1
	run_plugin check_proc_sockets -C blue -C red -p 80 --netns owner
	assert_perfdata listen 2
}

@test "processes that end while namespaces are visited are no error" {
	mksock begin,netns,comm=blue begin,copies=3,comm=worker tcp-listen end end
	local i pid
	for i in 1 2 3; do
		pid=$(mksock_pids worker | sed -n "${i}p")
		kill "$pid"
		while [ -e "/proc/$pid/fd/0" ]; do :; done # it holds nothing more
		run_plugin check_proc_sockets -C worker
		assert_state OK
		assert_perfdata sockets $((3 - i))
	done
}

# ---- a container that looks at its host -----------------------------------------------------------

# in_container: what runs from here on does so in new pid, network and mount namespaces, with the
# /proc of this test at host.
in_container() {
	mkdir "$BATS_TEST_TMPDIR/host"
	cat >"$BATS_TEST_TMPDIR/container" <<-'EOF'
		#!/bin/sh
		mount --rbind /proc "$1" || exit 99
		shift
		exec unshare --net --pid --fork --kill-child --mount-proc "$@"
	EOF
	chmod a+rx "$BATS_TEST_TMPDIR/container"
	NETNS_ENTER+=(unshare --mount "$BATS_TEST_TMPDIR/container" "$BATS_TEST_TMPDIR/host")
	in_netns true 2>/dev/null || skip "may not mount /proc"
}

@test "--procfs: a container sees the host's sockets and processes" {
	local host=$BATS_TEST_TMPDIR/host
	mksock begin,netns,comm=blue tcp-listen,port=6379 tcp-established,port=6379,count=3 end
	# The init of this pid namespace is what runs the tests.
	enter_pid 1
	mksock self,comm=daemon tcp-listen,port=81
	NETNS_ENTER=("${OWN[@]}")
	in_container
	run_plugin check_port_listen -p 81 --procfs "$host" -vv
	assert_state OK
	assert_output_like "tcp4: procfs"
	run_plugin check_port_listen -p 81 -C daemon --procfs "$host"
	assert_state OK
	run_plugin check_port_listen -p 81
	assert_state CRITICAL
	run_plugin check_port_listen -p 6379 --procfs "$host"
	assert_state CRITICAL
	run_plugin check_port_listen -p 6379 --procfs "$host" -C blue --netns owner
	assert_state OK
	run_plugin check_proc_sockets --procfs "$host" -C blue -C daemon
	assert_state OK
	assert_perfdata sockets 8
	assert_perfdata established 6
	assert_perfdata listen 2
	# The container's own namespace is not the host's.
	run_plugin check_port_listen -p 81 --procfs "$host" --source netlink
	assert_state CRITICAL
}

@test "--procfs: without privilege" {
	local host=$BATS_TEST_TMPDIR/host
	mksock begin,netns,comm=blue tcp-listen,port=6379 end
	enter_pid 1
	mksock tcp-listen,port=81
	NETNS_ENTER=("${OWN[@]}")
	in_container
	run_plugin_as 65534 check_port_listen -p 81 --procfs "$host"
	assert_state OK
	run_plugin_as 65534 check_port_listen -p 6379 --procfs "$host" --netns 1
	assert_state CRITICAL
	run_plugin_as 65534 check_port_listen -p 6379 --procfs "$host" -C blue --netns owner
	assert_state UNKNOWN
	assert_text_like "^6379/tcp listens, its holder is not readable for uid 65534: "
}
