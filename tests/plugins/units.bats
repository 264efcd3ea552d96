#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# units.bats - --unit: sockets by the cgroup they were made in, processes by the one they are in
#
# Cgroups of our own below the root of the hierarchy, one tree for each test.

load ../helpers

NOBODY=65534

setup() {
	sockets_setup
	TREE=''
	local root
	for root in /sys/fs/cgroup/unified /sys/fs/cgroup; do
		[ "$(stat -fc %T $root 2>/dev/null)" != cgroup2fs ] || ROOT=$root
	done
	[ -n "${ROOT-}" ] || skip "no cgroup2 is mounted"
	TREE=$(mktemp -d "$ROOT/sockcheck-XXXXXX.slice" 2>/dev/null) || skip "may not make cgroups"
	chmod 755 "$TREE"
	: 2>/dev/null >>"$TREE/cgroup.procs" || skip "may not move processes to other cgroups"
	need_users "$NOBODY"
}

teardown() {
	sockets_teardown
	[ -z "${DEEP-}" ] || (cd "$DEEP" && find . -depth -mindepth 1 -type d -exec rmdir {} \;)
	[ ! -d "$TREE" ] || remove_cgroups "$TREE"
	[ -z "${INIT-}" ] || rmdir "$INIT"
}

# remove_cgroups DIR: the processes in it have ended, but for a moment perhaps.
remove_cgroups() {
	local try
	for try in {1..500}; do
		find "$1" -depth -type d -exec rmdir {} \; 2>/dev/null || true
		[ -d "$1" ] || return 0
	done
	fail "still there after $try tries: $1"
}

# in_unit UNIT ITEM...: the ITEMs made by a process in that cgroup, a path below our tree.
in_unit() {
	mkdir -p "$TREE/$1"
	mksock begin,cgroup="$TREE/$1",comm=app "${@:2}" end
	APP=$(mksock_pids app)
}

# both STATE ARGUMENT...: the same answer for root and for nobody.
both() {
	local uid
	for uid in 0 "$NOBODY"; do
		run_plugin_as "$uid" "${@:2}"
		assert_state "$1"
	done
}

listens() {
	both OK check_port_listen -p "$1" --unit "$2"
}

refused() {
	both CRITICAL check_port_listen -p "$1" --unit "$2"
}

# without_cgroups: what runs from here on sees no cgroup hierarchy.
without_cgroups() {
	cat >"$BATS_TEST_TMPDIR/hide" <<-'END'
		#!/bin/sh
		mount -t tmpfs tmpfs /sys/fs/cgroup || exit 99
		exec "$@"
	END
	chmod a+rx "$BATS_TEST_TMPDIR/hide"
	NETNS_ENTER+=(unshare --mount "$BATS_TEST_TMPDIR/hide")
	in_netns true || skip "may not mount anything"
}

need_own_pids() {
	[ -n "${OWN_PIDS-}" ] || skip "needs a pid namespace of its own"
}

NO_CGROUP2="the unit of a socket cannot be told without cgroup2: mount it on /sys/fs/cgroup, or use --command"
BY_NETLINK="/proc does not tell the unit of a socket: use --source netlink"
NO_UNIT="the cgroup in which it was made names no unit \(the root, init.scope, or one removed since\)"

# ---- check_port_listen --------------------------------------------------------------------------

@test "the right unit is OK, the wrong one CRITICAL with the one it is, for nobody too" {
	in_unit system.slice/web.service tcp-listen,port=80 udp-bound,port=53 tcp-listen,port=443,addr=::
	local port
	for port in 80 53/udp 443; do
		both OK check_port_listen -p $port --unit web
		assert_text_like " by web\\.service"
		both CRITICAL check_port_listen -p $port --unit db
	done
	run_plugin_as "$NOBODY" check_port_listen -p 80 --unit db
	assert_text "80/tcp created by root in web.service, expected db.service"
	assert_perfdata listening "1;;1:"
	run_plugin_as 0 check_port_listen -p 80 --unit db
	assert_text_like "^80/tcp held by app\[$APP\] user root in web.service for [0-9]+s, expected db.service\$"
	run_plugin_as "$NOBODY" check_port_listen -p 80 --unit db --unit web
	assert_state OK
}

@test "a cgroup that nobody else may look into hides its own units only" {
	in_unit system.slice/web.service tcp-listen,port=80
	mkdir -m 700 "$TREE/closed"
	mkdir "$TREE/closed/inner.service"
	both OK check_port_listen -p 80 --unit web
	both OK check_conn_count -p 80 -s listen --unit web -c 1:1
	both CRITICAL check_port_listen -p 80 --unit db
}

@test "nor do cgroups whose path is longer than any path may be" {
	local name part
	printf -v name '%0200d' 0
	printf -v part "$name/%.0s" {1..12}
	in_unit system.slice/web.service tcp-listen,port=80
	mkdir -p "$TREE/$part"
	DEEP=$TREE/$part
	(cd "$DEEP" && mkdir -p "$part")
	both OK check_port_listen -p 80 --unit web
	both OK check_conn_count -p 80 -s listen --unit web -c 1:1
}

@test "bare names: .service, .socket and instances; names as a whole, nested, scopes" {
	in_unit system.slice/web.service tcp-listen,port=80
	in_unit system.slice/web.socket tcp-listen,port=81
	in_unit system.slice/system-web.slice/web@blue.service tcp-listen,port=82
	in_unit system.slice/webs.service tcp-listen,port=83
	in_unit system.slice/box-1.scope/payload/inner.service/worker tcp-listen,port=84
	local port unit
	for port in 80 81 82; do
		listens $port web
	done
	refused 83 web
	refused 84 web
	listens 80 web.service
	refused 81 web.service
	refused 82 web.service
	listens 81 web.socket
	refused 80 web.socket
	listens 82 web@blue.service
	refused 82 web@red.service
	listens 82 system-web.slice
	listens 83 webs
	for unit in we eb Web 'web*' web@ .service system; do
		refused 80 "$unit"
	done
	for unit in box-1.scope inner inner.service worker payload system.slice; do
		listens 84 "$unit"
	done
	refused 84 box-1
	run_plugin_as "$NOBODY" check_port_listen -p 84 --unit db
	assert_text "84/tcp created by root in inner.service, expected db.service"
}

@test "full paths: from the root, by whole components" {
	in_unit system.slice/web.service/main tcp-listen,port=80
	local top=/${TREE##*/}
	listens 80 "$top/system.slice/web.service"
	listens 80 "$top/system.slice/web.service/main"
	listens 80 "$top/system.slice/web.service/"
	listens 80 "$top"
	listens 80 /
	refused 80 "$top/system.slice/web"
	refused 80 "$top/system.slice/web.service/main/x"
	refused 80 /system.slice/web.service
	refused 80 /web.service
}

@test "units below user@UID.service are not those of the system, unless asked for by path" {
	local user=user.slice/user-1000.slice/user@1000.service/app.slice
	in_unit $user/web.service tcp-listen,port=80
	refused 80 web
	assert_text "80/tcp created by root in web.service of user@1000.service, expected web.service"
	refused 80 web.service
	refused 80 app.slice
	run_plugin_as 0 check_port_listen -p 80 -C nosuch
	assert_text_like "user root in web\.service of user@1000\.service for"
	listens 80 user@1000.service
	listens 80 user-1000.slice
	listens 80 "/${TREE##*/}/$user/web.service"
	# One that only looks like it is no user's.
	in_unit system.slice/superuser@1.service/web.service tcp-listen,port=81
	listens 81 web
	both CRITICAL check_proc_sockets --pid "$(mksock_pids app)" --unit nosuch
	both OK check_proc_sockets --unit superuser
	both CRITICAL check_conn_count -s listen -p 80 --unit web -c 1:
	both OK check_conn_count -s listen -p 81 --unit web -c 1:1
}

@test "names of units that would break the line" {
	mkdir -p "$TREE"/system.slice/'a|b;c\x2d.service'
	mksock begin,cgroup="$TREE"/system.slice/'a|b;c\\x2d.service' tcp-listen,port=80 end
	run_plugin_as "$NOBODY" check_port_listen -p 80 --unit $'x|y;\n'
	assert_state CRITICAL
	assert_text '80/tcp created by root in a\x7cb\x3bc\\x2d.service, expected x\x7cy\x3b\x0a.service'
	run_plugin_as "$NOBODY" check_port_listen -p 80 --unit 'a|b;c\x2d'
	assert_state OK
}

@test "SO_REUSEPORT: every socket of the port has to be of the unit" {
	in_unit web.service tcp-listen,port=80,reuseport,count=3
	listens 80 web
	in_unit db.service tcp-listen,port=80,reuseport
	refused 80 web
	assert_text "80/tcp created by root in db.service, expected web.service"
	refused 80 db
	run_plugin_as "$NOBODY" check_port_listen -p 80 --unit db --unit web
	assert_state OK
}

@test "the root cgroup tells nothing: the holders do where they are readable" {
	need_own_pids
	mksock 'self,comm=outside' tcp-listen,port=80
	run_plugin_as 0 check_port_listen -p 80 --unit web
	assert_state CRITICAL
	assert_text_like "^80/tcp held by outside\[$MKSOCK_PID\] .*, expected web.service\$"
	local unit
	for unit in web nosuch; do # has processes, has none
		[ $unit = nosuch ] || in_unit web.service
		run_plugin_as "$NOBODY" check_port_listen -p 80 --unit "$unit"
		assert_state UNKNOWN
		assert_text_like "^80/tcp listens, its holder cannot be told: $NO_UNIT"
		run_plugin_as "$NOBODY" check_port_listen -p 80 --unit "$unit" --unit /elsewhere
		assert_state UNKNOWN
	done
}

@test "made in the root cgroup, handed to a unit" {
	mkdir "$TREE/web.service"
	mksock begin,cgroup="$TREE/web.service",comm=web,receive tcp-listen,port=80 end
	run_plugin_as 0 check_port_listen -p 80 --unit web
	assert_state OK
	assert_text_like "^80/tcp on 127.0.0.1 by web\[[0-9]+\] user root in web.service"
	run_plugin_as "$NOBODY" check_port_listen -p 80 --unit web
	assert_state UNKNOWN
	mkdir "$TREE/db.service"
	mksock begin,cgroup="$TREE/db.service",uid=$NOBODY,comm=db,receive tcp-listen,port=81 end
	both OK check_port_listen -p 81 --unit db # its own process is readable
}

@test "init.scope tells nothing: init makes the sockets of units that have no cgroup yet" {
	need_own_pids
	[ ! -e "$ROOT/init.scope" ] || skip "init.scope is in use here"
	mkdir "$ROOT/init.scope" 2>/dev/null || skip "may not make init.scope"
	INIT=$ROOT/init.scope
	mkdir "$TREE/web.service"
	mksock begin,cgroup="$INIT",comm=init tcp-listen,port=80 \
		begin,cgroup="$TREE/web.service",comm=web,receive tcp-listen,port=81 end end
	run_plugin_as "$NOBODY" check_port_listen -p 80 --unit web
	assert_state UNKNOWN
	run_plugin_as "$NOBODY" check_port_listen -p 81 --unit web
	assert_state UNKNOWN
	run_plugin_as 0 check_port_listen -p 81 --unit web
	assert_state OK
	run_plugin check_conn_count -s listen -p 81 --group-by unit
	assert_text_like "^1 connection .*, most 1 of web\.service\$"
	mksock_stop
	rmdir "$INIT"
	INIT=''
}

@test "a cgroup removed and made again: the listener keeps the old id" {
	need_own_pids
	mkdir "$TREE/old.service"
	mksock begin,cgroup="$TREE/old.service",comm=maker tcp-listen,port=80 \
		begin,cgroup="$TREE/old.service",comm=keeper,share end end
	local maker keeper
	maker=$(mksock_pids maker) keeper=$(mksock_pids keeper)
	listens 80 old
	# The keeper goes elsewhere, as a service that systemd has stopped but not killed; then back.
	mkdir "$TREE/away.service"
	echo "$maker" >"$TREE/away.service/cgroup.procs"
	echo "$keeper" >"$TREE/away.service/cgroup.procs"
	listens 80 old # that is where it was made
	rmdir "$TREE/old.service"
	run_plugin_as 0 check_port_listen -p 80 --unit away
	assert_state OK
	run_plugin_as 0 check_port_listen -p 80 --unit old
	assert_state CRITICAL
	assert_text_like "in away.service"
	run_plugin_as "$NOBODY" check_port_listen -p 80 --unit away
	assert_state UNKNOWN
	assert_text_like "$NO_UNIT"
	run_plugin_as "$NOBODY" check_port_listen -p 80 --unit old
	assert_state UNKNOWN
	mkdir "$TREE/old.service"
	echo "$keeper" >"$TREE/old.service/cgroup.procs"
	run_plugin_as 0 check_port_listen -p 80 --unit old
	assert_state OK
	run_plugin_as 0 check_port_listen -p 80 --unit third
	assert_state CRITICAL
	run_plugin_as "$NOBODY" check_port_listen -p 80 --unit third
	assert_state UNKNOWN
}

@test "nothing listens: the text says whether the unit has processes" {
	in_unit web.service tcp-listen,port=80
	both CRITICAL check_port_listen -p 81 --unit web
	assert_text "81/tcp not listening, web.service has 1 process"
	both CRITICAL check_port_listen -p 80,81 --unit web
	assert_text "81/tcp not listening, web.service has 1 process (80/tcp ok)"
	both CRITICAL check_port_listen -p 81 --unit nosuch
	assert_text "81/tcp not listening, nosuch.service has no processes"
	both CRITICAL check_port_listen -p 81 --unit x.socket
	assert_text "81/tcp not listening, x.socket has no processes"
	mksock begin,copies=3,cgroup="$TREE/web.service" end
	both CRITICAL check_port_listen -p 81 --unit web
	assert_text "81/tcp not listening, web.service has 4 processes"
	both CRITICAL check_port_listen -p 81 --unit web --unit nosuch
	assert_text "81/tcp not listening, web.service or nosuch.service has 4 processes"
}

@test "--source procfs: through the holders, UNKNOWN where they are not readable" {
	need_own_pids
	in_unit web.service tcp-listen,port=80
	run_plugin_as 0 check_port_listen -p 80 --unit web --source procfs
	assert_state OK
	run_plugin_as 0 check_port_listen -p 80 --unit db --source procfs
	assert_state CRITICAL
	assert_text_like "^80/tcp held by app\[$APP\] user root in web.service for"
	local unit
	for unit in web db; do
		run_plugin_as "$NOBODY" check_port_listen -p 80 --unit "$unit" --source procfs
		assert_state UNKNOWN
		assert_text_like "^80/tcp listens, its holder cannot be told: .*$BY_NETLINK"
		refute_output_like "limit of an accept queue"
	done
	both CRITICAL check_port_listen -p 81 --unit web --source procfs
}

@test "-C, -u and --unit must all hold" {
	need_own_pids
	in_unit web.service tcp-listen,port=80
	run_plugin_as 0 check_port_listen -p 80 --unit web -C app -u 0
	assert_state OK
	run_plugin_as 0 check_port_listen -p 80 --unit web -C other
	assert_state CRITICAL
	run_plugin_as "$NOBODY" check_port_listen -p 80 --unit web -C other # in a nested pid namespace
	[ "$status" -ge 2 ] || fail "CRITICAL or UNKNOWN expected"        # nobody sees it all
	both CRITICAL check_port_listen -p 80 --unit db -C app
	both CRITICAL check_port_listen -p 80 --unit web -u $NOBODY
	both OK check_port_listen -p 80 --unit web -u root
	assert_text_like "^80/tcp on 127\.0\.0\.1 created by root in web\.service, accept queue"
	both OK check_port_listen -p 80 --unit web
	assert_text_like "^80/tcp on 127\.0\.0\.1 by web\.service, accept queue"
	run_plugin_as "$NOBODY" check_port_listen -p 80 --unit web -C app
	assert_state UNKNOWN
	# Made by a socket unit, held by the service.
	mkdir "$TREE/web.socket"
	mksock begin,cgroup="$TREE/web.socket" \
		begin,cgroup="$TREE/web.service",comm=activated,receive tcp-listen,port=81 end end
	run_plugin_as 0 check_port_listen -p 81 --unit web.socket -C activated
	assert_state OK
	run_plugin_as 0 check_port_listen -p 81 --unit web -C activated
	assert_state OK
}

# ---- no cgroup2 ---------------------------------------------------------------------------------

@test "without cgroup2 a socket's unit is UNKNOWN, and that there is no socket is not" {
	in_unit web.service tcp-listen,port=80 tcp-established,port=81
	without_cgroups
	run_plugin_as "$NOBODY" check_port_listen -p 80 --unit web
	assert_state UNKNOWN
	assert_text_like "^80/tcp listens, its holder cannot be told: $NO_CGROUP2"
	run_plugin_as "$NOBODY" check_port_listen -p 80 --unit db
	assert_state UNKNOWN
	local uid
	for uid in 0 "$NOBODY"; do
		run_plugin_as "$uid" check_port_listen -p 82 --unit web
		assert_state CRITICAL
		assert_text_like "^82/tcp not listening, web\.service has 1 process\$"
		run_plugin_as "$uid" check_port_listen -p 80,82 --unit web
		assert_state CRITICAL
		assert_text_like "82/tcp not listening"
		run_plugin_as "$uid" check_conn_count --unit web -p 83 -c 10
		assert_state OK
		assert_text "0 connections"
		run_plugin_as "$uid" check_conn_count --unit web -p 83 -c 1:
		assert_state CRITICAL
		assert_text "connections 0 (limit 1:)"
		run_plugin_as "$uid" check_conn_count --unit web
		assert_state UNKNOWN
		assert_text_like "at least [02] connections.*: $NO_CGROUP2"
		run_plugin_as "$uid" check_conn_count --unit db -c 1:
		assert_state UNKNOWN
	done
	run_plugin_as "$NOBODY" check_port_listen -p 80,82 --unit web -c 0:
	assert_state UNKNOWN
	run_plugin_as 0 check_port_listen -p 80 --unit db
	assert_state UNKNOWN
	# What needs no unit is as it was; nor do processes need the mount.
	run_plugin_as 0 check_port_listen -p 80 -C nosuch -m age
	assert_state CRITICAL
	both OK check_port_listen -p 80
	run_plugin_as 0 check_proc_sockets --unit web -c sockets=3:3
	assert_state OK
	both CRITICAL check_proc_sockets --unit db
	# By /proc the holders tell the unit, with cgroup2 and without.
	run_plugin_as 0 check_port_listen -p 80 --unit web --source procfs
	assert_state OK
	run_plugin_as 0 check_conn_count --unit web --source procfs -c 2:2
	assert_state OK
}

# ---- a cgroup namespace -------------------------------------------------------------------------

@test "from within a cgroup namespace of its own a unit that is not seen may be above" {
	unshare --cgroup true 2>/dev/null || skip "may not make a cgroup namespace"
	in_unit app.scope tcp-listen,port=80
	cat >"$BATS_TEST_TMPDIR/below" <<-END
		#!/bin/sh
		echo \$\$ >"$TREE/app.scope/cgroup.procs" && exec unshare --cgroup "\$@"
	END
	chmod a+rx "$BATS_TEST_TMPDIR/below"
	run_plugin check_proc_sockets --unit other --pid "$APP"
	assert_state CRITICAL
	NETNS_ENTER+=("$BATS_TEST_TMPDIR/below")
	local unit
	for unit in app.scope other "${TREE##*/}"; do
		run_plugin check_proc_sockets --unit "$unit" --pid "$APP"
		assert_state UNKNOWN
		assert_text_like "a cgroup namespace hides part"
		run_plugin check_port_listen -p 80 --unit "$unit" --source procfs
		assert_state UNKNOWN
	done
}

# ---- check_conn_count ---------------------------------------------------------------------------

@test "connections of a unit, exact for nobody: accepted or not, orphans, none of the ownerless" {
	in_unit web.service tcp-listen,port=80,backlog=20 tcp-established,port=81,count=3,peer=gone \
		tcp-close-wait,port=82,count=2 tcp-time-wait,port=83,count=4
	mkdir "$TREE/client.service"
	mksock begin,cgroup="$TREE/client.service" tcp-connect,port=80,count=5 end
	both OK check_conn_count --unit web -c 12:12 # 3 + 2 x 2 + 5 not yet accepted
	assert_perfdata established 8
	assert_perfdata close_wait 2
	assert_perfdata fin_wait2 2
	assert_perfdata time_wait 0
	refute_output_like "at least"
	both OK check_conn_count --unit web -p 80 -c 5:5
	both OK check_conn_count --unit client -c 5:5
	both OK check_conn_count --unit web --unit client -c 17:17
	both WARNING check_conn_count --unit web -w 11
	both CRITICAL check_conn_count --unit nosuch -c 1:
	both OK check_conn_count --unit nosuch -c 0
}

@test "connections that may be the unit's make the count at least" {
	need_own_pids
	in_unit web.service tcp-established,port=80,count=3
	mksock tcp-established,port=81 # in the root cgroup: whose are they?
	run_plugin_as 0 check_conn_count --unit web -c 6:6
	assert_state OK
	local unit
	run_plugin_as "$NOBODY" check_conn_count --unit web
	assert_state OK
	assert_text_like "^at least 6 connections"
	run_plugin_as "$NOBODY" check_conn_count --unit web -w 5
	assert_state WARNING
	run_plugin_as "$NOBODY" check_conn_count --unit web -c 6:
	assert_state OK
	for unit in web nosuch; do
		run_plugin_as "$NOBODY" check_conn_count --unit "$unit" -c 7:
		assert_state UNKNOWN
		assert_text_like "$NO_UNIT"
		run_plugin_as "$NOBODY" check_conn_count --unit "$unit" -c 7
		assert_state UNKNOWN
	done
	run_plugin_as "$NOBODY" check_conn_count --unit web -p 80 -c 3:3 # not in question
	assert_state OK
}

@test "--source procfs: what nobody has accepted yet may be the unit's" {
	need_own_pids
	in_unit web.service tcp-listen,port=80 tcp-established,port=81 tcp-time-wait,port=82
	run_plugin_as 0 check_conn_count --unit web --source procfs -c 2:2
	assert_state OK
	mksock tcp-connect,port=80,count=2
	run_plugin_as 0 check_conn_count --unit web --source procfs -c 3
	assert_state UNKNOWN
	assert_text_like "at least 2.*: $BY_NETLINK\$"
	run_plugin_as 0 check_conn_count --unit web --source procfs -c 1
	assert_state CRITICAL
	run_plugin_as 0 check_conn_count --unit web -c 4:4
	assert_state OK
}

# ---- check_proc_sockets -------------------------------------------------------------------------

@test "processes by /proc/PID/cgroup: for nobody too, what they hold is at least" {
	in_unit web.service tcp-listen,port=80 udp-bound,port=53 unix-pair
	mksock begin,cgroup="$TREE/web.service",copies=2 tcp-listen end tcp-listen,port=81
	run_plugin_as 0 check_proc_sockets --unit nosuch --unit web -c sockets=6:6 -c processes=3:3
	assert_state OK
	assert_perfdata tcp 3
	assert_perfdata listen 3
	run_plugin_as "$NOBODY" check_proc_sockets --unit web -c processes=3:3 -w fd_usage=90
	assert_state OK
	assert_perfdata sockets 0
	run_plugin_as "$NOBODY" check_proc_sockets --unit web -c sockets=3:
	assert_state UNKNOWN
	both CRITICAL check_proc_sockets --unit db
	assert_text "no process matches db.service"
	# In the unit now, whatever made the socket: a descriptor is what the process holds.
	mkdir "$TREE/heir.service"
	mksock begin,cgroup="$TREE/heir.service",receive tcp-listen,port=82 end
	run_plugin_as 0 check_proc_sockets --unit heir -c listen=1:1
	assert_state OK
}

@test "a kernel that does not tell the cgroup of a socket: the processes do" {
	in_unit web.service tcp-listen,port=80
	run_command "$BUILDDIR/tests/old_check_port_listen" -p 80 --unit web
	assert_state OK
	run_command "$BUILDDIR/tests/old_check_port_listen" -p 80 --unit other
	assert_state CRITICAL
	assert_text_like "^80/tcp held by app\[[0-9]+\] .*, expected other\.service$"
	run_command "$BUILDDIR/tests/old_check_listen_audit" --print
	assert_output_like "80/tcp"
}
