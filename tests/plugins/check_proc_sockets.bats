#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# check_proc_sockets.bats - what a service holds open

load ../helpers

LABELS="processes sockets max_per_process tcp udp unix other established close_wait listen fds fd_usage"

check() {
	run_plugin check_proc_sockets "$@"
}

# figures LABEL=VALUE... -- ARGUMENT...: by netlink and by procfs.
figures() {
	local source item items=()
	while [ "$1" != -- ]; do
		items+=("$1")
		shift
	done
	for source in netlink procfs; do
		check "${@:2}" --source "$source"
		for item in "${items[@]}"; do
			assert_perfdata "${item%%=*}" "${item#*=}"
		done
	done
}

need_own_pids() {
	[ -n "${OWN_PIDS-}" ] || skip "needs a pid namespace of its own"
}

holder() {
	echo "$1\[$2\] user ${3:-root}( in [^ ,]+)? for [0-9]+s"
}

# ---- figures -----------------------------------------------------------------------------------

@test "sockets, tcp, udp, unix, other, established, close_wait, listen: one process with some of everything" {
	mksock 'self,comm=app,nofile=200' tcp-listen,port=80 tcp-connect,port=80,count=4 \
		tcp-accept,port=80,count=4 udp-bound,port=53 udp-connected,port=54 \
		unix-listen,path=@app unix-pair netlink,protocol=0 packet tcp-unbound udp-unbound \
		tcp-bound,port=81 tcp-close-wait,port=82,count=2
	# tcp 1 + 8 + 1 + 1 + 4, udp 2 + 1, unix 1 + 2, other 2
	figures sockets=23 processes=1 max_per_process=23 tcp=15 udp=3 unix=3 other=2 established=8 \
		close_wait=2 listen=1 fds=26 fd_usage=13% -- --pid "$MKSOCK_PID"
	assert_text "23 sockets in 1 process"
	assert_perfdata fd_usage "13%;;;0;100"
	assert_perfdata_labels "$LABELS"
}

@test "nothing held: zeroes, the same labels" {
	check --pid "$MKSOCK_PID"
	assert_perfdata_labels "$LABELS"
	assert_text "0 sockets in 1 process"
}

@test "the first issue's sockets: three listeners, ten pairs, two close-waits" {
	need_own_pids
	mksock 'self,comm=app' tcp-listen,port=20000,ports=3 tcp-established,port=20000,count=10 \
		tcp-close-wait,port=20000,count=2
	figures sockets=27 processes=1 max_per_process=27 tcp=27 udp=0 unix=0 other=0 established=20 \
		close_wait=2 listen=3 fds=30 -- -C app
	figures sockets=27 established=20 close_wait=2 listen=3 -- --pid "$MKSOCK_PID"
	figures sockets=12 established=10 close_wait=2 listen=0 -- -C app -p 20000 -s estab,close-wait
}

@test "syn_sent, fin_wait1, fin_wait2, last_ack, closing: the other states that have holders" {
	mksock tcp-syn-sent,port=80 tcp-fin-wait2,port=81 tcp-fin-wait1,port=82,peer=gone \
		tcp-last-ack,port=83,count=2 tcp-closing,port=84
	local state
	for state in syn_sent=1 fin_wait1=0 fin_wait2=0 last_ack=0 closing=0 close_wait=1; do
		# Closed by nobody but shut down: what still has a descriptor is the kernel's word.
		local held
		held=$(in_netns cat /proc/net/tcp | awk -v s="${state%=*}" '
			BEGIN { n["syn_sent"] = "02"; n["fin_wait1"] = "04"; n["fin_wait2"] = "05"
				n["close_wait"] = "08"; n["last_ack"] = "09"; n["closing"] = "0B" }
			$4 == n[s] && $10 != 0 { c++ } END { print c + 0 }')
		figures "${state%=*}=$held" -- --pid "$MKSOCK_PID" -m "${state%=*}"
	done
}

@test "max_per_process: a socket that several processes share counts once in sums, once for each holder" {
	need_own_pids
	mksock 'self,comm=master' tcp-listen,port=80 tcp-established,port=80 \
		begin,comm=worker,share,copies=4 udp-bound,port=53,reuseport end
	figures processes=5 sockets=7 max_per_process=4 tcp=3 udp=4 listen=1 established=2 -- \
		-C master -C worker
	assert_text_like "^7 sockets in 5 processes, most 4 in $(holder worker '[0-9]+')\$"
	figures processes=4 sockets=7 max_per_process=4 -- -C worker
	figures processes=1 sockets=3 max_per_process=3 -- -C master
	check -C master -C worker -v
	equal "lines" 7 "${#lines[@]}"
	equal "each holder" 4 "$(grep -c '^ *4  worker\[' "$PLUGIN_STDOUT")"
	equal "each holder" 1 "$(grep -c '^ *3  master\[' "$PLUGIN_STDOUT")"
}

@test "fds, fd_usage: the worst process" {
	need_own_pids
	mksock begin,comm=small,nofile=20,fds=10 end begin,comm=large,nofile=1000,fds=100 end
	# and three standard descriptors each
	local large small
	large=$(find "/proc/$(mksock_pids large)/fd" -mindepth 1 | wc -l)
	small=$(find "/proc/$(mksock_pids small)/fd" -mindepth 1 | wc -l)
	figures "fds=$large" "fd_usage=$(awk "BEGIN { print 100 * $small / 20 }")%" -- -C small -C large
	figures "fds=$small" -- -C small
	figures "fds=$large" "fd_usage=$(awk "BEGIN { print 100 * $large / 1000 }")%" -- -C large
	check -C small -C large -c fd_usage=50
	assert_state CRITICAL
	check -C large -c fd_usage=50
	assert_state OK
	check -C small -C large -w fds=50
	assert_state WARNING
	assert_text_like "^fds $large in large\[$(mksock_pids large)\] \(limit 50\), "
}

@test "fds, fd_usage, max_per_process, states: who is to blame is named, and stands in the list" {
	need_own_pids
	mksock begin,comm=many,nofile=1000 udp-bound,count=20 tcp-listen,port=80 end \
		begin,comm=full,nofile=100,fds=80 end begin,comm=open,nofile=1000,fds=200 end \
		begin,comm=leaky tcp-close-wait,port=81,count=7,peer=gone end \
		begin,comm=leaks tcp-close-wait,port=82,count=2,peer=gone end
	local who=(-C many -C full -C open -C leaky -C leaks) full open leaky many
	full=$(mksock_pids full) open=$(mksock_pids open) leaky=$(mksock_pids leaky) many=$(mksock_pids many)
	check "${who[@]}" -c fd_usage=50
	assert_text_like "^fd_usage [0-9.]+% in full\[$full\] \(limit 50\), 30 sockets in 5 processes\$"
	check "${who[@]}" -c fds=150
	assert_text_like "^fds [0-9]+ in open\[$open\] \(limit 150\), 30 sockets in 5 processes\$"
	check "${who[@]}" -w close_wait=5
	assert_text "close_wait 9 with 7 in leaky[$leaky] (limit 5), 30 sockets in 5 processes"
	check "${who[@]}" -w max_per_process=5
	assert_text "max_per_process 21 in many[$many] (limit 5), 30 sockets in 5 processes"
	check "${who[@]}" -w 5
	assert_text_like "^sockets 30 \(limit 5\), 30 sockets in 5 processes, most 21 in many\[$many\] user root"
	check "${who[@]}" -w udp=5,close_wait=5 -c fds=150 --top 1
	assert_text_like "^fds [0-9]+ in open.*, udp 20 in many.*, close_wait 9 with 7 in leaky"
	assert_output_like $'\n'"close_wait: most in leaky\[$leaky\] user root"
	assert_output_like $'\n'"fds: most in open\[$open\] user root"
	check "${who[@]}" -w close_wait=5
	equal "lines" 1 "${#lines[@]}"
	check "${who[@]}" -c listen=2:
	assert_text "listen 1 in many[$many] (limit 2:), 30 sockets in 5 processes"
	check "${who[@]}" -c closing=1:
	assert_text_like "^closing 0 \(limit 1:\), 30 sockets in 5 processes, most 21 in many"
}

@test "fds, fd_usage: counted one by one before Linux 6.2, which takes the right to list them" {
	need_users
	local old=$BUILDDIR/tests/old_check_proc_sockets fds
	mksock begin,comm=app,nofile=200,fds=47 tcp-listen,port=80 end begin,comm=app,uid=65534 end
	fds=$(find "/proc/$(mksock_pids app | head -n 1)/fd" -mindepth 1 | wc -l)
	run_command "$old" -C app -c "fds=$fds" -w "fd_usage=@$((fds / 2)):$((fds / 2 + 1))"
	assert_state WARNING
	assert_perfdata fds "$fds"
	cp "$old" "$BATS_TEST_TMPDIR/old"
	chmod a+rx "$BATS_TEST_TMPDIR/old"
	local nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups "$BATS_TEST_TMPDIR/old")
	# One's own can be counted: at least so many.
	run_command "${nobody[@]}" -C app -c fds=1
	assert_state CRITICAL
	assert_text_like "fds at least [0-9]+ in app\[[0-9]+\] \(limit 1\)"
	run_command "${nobody[@]}" -C app -c fds=100
	assert_state UNKNOWN
	run_command "${nobody[@]}" -C app -u 0 -c fds=100
	assert_state UNKNOWN
	assert_text_like "^fds unknown \(limit 100\)"
	refute_perfdata fds
	refute_perfdata fd_usage
}

@test "a descriptor that was duplicated is one socket" {
	need_command python3
	local python pipe=$BATS_TEST_TMPDIR/pipe fd
	mkfifo "$pipe.in" "$pipe.out"
	exec {fd}<>"$pipe.in"
	"${NETNS_ENTER[@]}" python3 -c '
import os, socket, sys
s = socket.socket()
s.bind(("127.0.0.1", 80))
s.listen()
copies = [os.dup(s.fileno()) for i in range(9)]
print("ready", flush=True)
sys.stdin.read()' <"$pipe.in" >"$pipe.out" 3>&- {fd}>&- &
	python=$!
	read -r _ <"$pipe.out"
	local fds
	fds=$(find "/proc/$python/fd" -mindepth 1 | wc -l)
	check --pid "$python"
	exec {fd}>&-
	wait "$python"
	assert_perfdata sockets 1
	assert_perfdata max_per_process 1
	assert_perfdata listen 1
	assert_perfdata fds "$fds"
}

@test "sockets of another namespace are counted, their protocol is told" {
	mksock begin,comm=inside,netns tcp-listen,port=80 udp-bound,port=53 unix-listen,path=@x end
	check --pid "$(mksock_pids inside)"
	assert_perfdata sockets 3
	assert_perfdata tcp 1
	assert_perfdata udp 1
	assert_perfdata unix 1
}

@test "unbound and bound sockets, raw, netlink, packet" {
	mksock tcp-unbound,count=2 tcp-unbound,addr=::1 udp-unbound tcp-bound,port=80 \
		raw,protocol=253 netlink,protocol=0,count=2 packet,count=3
	figures sockets=11 tcp=4 udp=1 unix=0 other=6 listen=0 established=0 -- --pid "$MKSOCK_PID"
}

@test "unix: names that break parsers stay out of every line" {
	mksock $'self,comm=a|b' 'unix-listen,path=@evil|x\x3d1\x0a\x1b[31m' unix-pair
	figures unix=3 sockets=3 -- --pid "$MKSOCK_PID"
	check --pid "$MKSOCK_PID" -vvv
	assert_state OK
	equal "bars" 1 "$(grep -o '|' "$PLUGIN_STDOUT" | wc -l)"
	equal "controls" 0 "$(LC_ALL=C grep -c $'[\x01-\x08\x0b-\x1f\x7f]' "$PLUGIN_STDOUT" || true)"
	refute_output_like $'\e'
	[[ ${lines[2]} == *'3  a\x7cb['* ]] || fail "escaped"
}

# ---- which processes ---------------------------------------------------------------------------

@test "-C, --command: comm, base name of argv[0], the executable; several are alternatives" {
	need_own_pids
	mksock 'begin,comm=) R 1 (,argv0=/opt/x: master' tcp-listen,port=80,count=1 end \
		begin,comm=averyveryverylongname udp-bound,port=53 end
	figures processes=1 sockets=1 tcp=1 -- -C ') R 1 ('
	figures processes=1 sockets=1 tcp=1 -- --command 'x: master'
	figures processes=1 udp=1 -- -C averyveryverylongname
	figures processes=1 udp=1 -- -C averyveryverylo
	figures processes=2 sockets=2 -- -C averyveryverylo -C ') R 1 ('
	check -C mksock
	# with the helper that holds the namespace and the parent of both
	assert_perfdata processes 4
	assert_perfdata sockets 2
}

@test "no match is CRITICAL and says what was asked for" {
	need_own_pids
	check -C no-such
	assert_state CRITICAL
	assert_line1 "PROC_SOCKETS CRITICAL - no process matches no-such | processes=0 sockets=0 max_per_process=0 tcp=0 udp=0 unix=0 other=0 established=0 close_wait=0 listen=0"
	check -C no-such -C none -u 0
	assert_state CRITICAL
	assert_text_like "^no process matches no-such or none of user root\$"
	check --pid 2147483647
	assert_state CRITICAL
	assert_text "no process matches pid 2147483647"
	check -C no-such -w 0 -c processes=@1
	assert_state CRITICAL
}

@test "-u, --user: the effective user of the process" {
	need_users 65534
	need_own_pids
	mksock begin,comm=web,uid=65534 tcp-listen,port=8080 end tcp-listen,port=80 \
		begin,comm=heir,uid=65534,receive tcp-listen,port=81 end
	figures processes=2 sockets=2 listen=2 -- -u 65534
	figures processes=2 sockets=2 -- --user "$(id -nu 65534)"
	figures processes=1 sockets=1 -- -u 65534 -C web
	figures processes=2 sockets=2 -- -u 1 -u 65534 # alternatives
	check -u 1
	assert_state CRITICAL
	check --pid "$MKSOCK_PID" -u 65534
	assert_state CRITICAL
	assert_text_like "^no process matches pid $MKSOCK_PID of user $(id -nu 65534)\$"
}

@test "--pid: these processes" {
	mksock begin,comm=a tcp-listen,port=80 end begin,comm=b tcp-listen,port=81,ports=2 end
	figures processes=1 sockets=1 -- --pid "$(mksock_pids a)"
	figures processes=2 sockets=3 max_per_process=2 -- --pid "$(mksock_pids a)" \
		--pid "$(mksock_pids b)"
	figures processes=1 sockets=2 -- --pid "$(mksock_pids b)" --pid 2147483647
}

@test "without owner options: every process, and the sums of the namespace" {
	need_own_pids
	mksock tcp-listen,port=80 begin,comm=other tcp-established,port=81 udp-bound,port=53 end
	figures tcp=3 udp=1 listen=1 established=2 max_per_process=3 -- -P inet
}

# ---- selection ---------------------------------------------------------------------------------

@test "selection options narrow the sockets, not the processes" {
	mksock 'self,comm=app' tcp-listen,port=80 tcp-established,port=80,fromport=90,count=3 \
		tcp-established,port=81,addr=::1,peer=gone tcp-close-wait,port=82,from=127.0.0.9 \
		udp-bound,port=80 udp-connected,port=83,fromport=84 unix-pair tcp-unbound udp-unbound \
		netlink,protocol=0
	local pid=$MKSOCK_PID
	figures sockets=17 tcp=11 udp=3 unix=2 other=1 processes=1 -- --pid "$pid"
	figures sockets=5 tcp=4 udp=1 listen=1 established=3 processes=1 -- --pid "$pid" -p 80
	figures sockets=4 tcp=4 udp=0 -- --pid "$pid" -p 80/tcp
	figures sockets=1 udp=1 -- --pid "$pid" -p 80 -P udp
	figures sockets=3 -- --pid "$pid" --remote-port 80
	figures sockets=1 -- --pid "$pid" --remote-port 83/udp
	figures sockets=0 processes=1 -- --pid "$pid" -p 99
	figures sockets=1 close_wait=0 tcp=1 -- --pid "$pid" --local-address 127.0.0.9
	figures sockets=1 close_wait=1 -- --pid "$pid" --remote-address 127.0.0.9
	figures sockets=1 established=1 -- --pid "$pid" --local-address ::1
	figures sockets=8 -- --pid "$pid" --remote-address 127.0.0.1
	figures sockets=0 -- --pid "$pid" --remote-address 127.0.0.1 --exclude-remote-address 127.0.0.0/8
	figures sockets=13 tcp=9 udp=2 unix=2 other=0 -- --pid "$pid" --exclude-remote-address 127.0.0.9
	figures sockets=1 listen=1 established=0 -- --pid "$pid" -s listen
	figures sockets=8 established=7 close_wait=0 -- --pid "$pid" -s estab -P tcp,udp
	figures sockets=1 -- --pid "$pid" -6
	figures sockets=11 -- --pid "$pid" -4
	figures sockets=11 tcp=11 udp=0 -- --pid "$pid" -P tcp
	figures sockets=3 udp=3 -- --pid "$pid" -P udp
	figures sockets=2 unix=2 -- --pid "$pid" -P unix
	figures sockets=1 tcp=1 -- --pid "$pid" -P tcp6
	figures sockets=14 -- --pid "$pid" -P inet
	figures sockets=0 -- --pid "$pid" -P raw
}

# ---- thresholds --------------------------------------------------------------------------------

@test "-w, -c: the default metric is sockets; every metric takes limits" {
	mksock 'self,comm=app,nofile=100' tcp-listen,port=80 tcp-established,port=80,count=2 \
		udp-bound,port=53 unix-pair netlink,protocol=0 tcp-close-wait,port=81
	# 5 tcp + 2, udp 1, unix 2, other 1
	local pid=$MKSOCK_PID item
	check --pid "$pid" -w 10 -c 20
	assert_state WARNING
	assert_text "sockets 11 (limit 10), 11 sockets in 1 process"
	assert_perfdata sockets "11;10;20"
	check --pid "$pid" -w 10 -c 10
	assert_state CRITICAL
	check --pid "$pid" -w 11 -c 12
	assert_state OK
	for item in sockets=11 processes=1 max_per_process=11 tcp=7 udp=1 unix=2 other=1 \
		established=4 close_wait=1 listen=1 syn_sent=0 fin_wait1=0 fin_wait2=1 last_ack=0 \
		closing=0 fds=14 fd_usage=14; do
		check --pid "$pid" -c "${item%=*}=@${item#*=}:${item#*=}"
		assert_state CRITICAL
		check --pid "$pid" -w "${item%=*}=${item#*=}:${item#*=}" -m "${item%=*}"
		assert_state OK
	done
	check --pid "$pid" -p 8080 -c listen=1:
	assert_state CRITICAL
	assert_text "listen 0 (limit 1:), 0 sockets in 1 process"
	check --pid "$pid" -p 80 -c listen=1:
	assert_state OK
}

# ---- privilege, view ---------------------------------------------------------------------------

@test "unprivileged: another user's process gives counts at least, descriptors exactly" {
	mksock 'self,comm=app,nofile=100' tcp-listen,port=80
	local pid=$MKSOCK_PID
	run_plugin_as 65534 check_proc_sockets --pid "$pid" -w 5
	assert_state UNKNOWN
	assert_text_like ": 1 process(es)? .*not readable for uid 65534: .*cap_sys_ptrace,cap_dac_read_search"
	run_plugin_as 65534 check_proc_sockets --pid "$pid" -c listen=1:
	assert_state UNKNOWN
	run_plugin_as 65534 check_proc_sockets --pid "$pid" -c fd_usage=3 -w fds=3
	assert_state CRITICAL
	assert_perfdata fds "4;3"
	assert_perfdata fd_usage "4%;;3;0;100"
	run_plugin_as 65534 check_proc_sockets --pid 2147483647
	assert_state CRITICAL
}

@test "unprivileged: one's own processes are readable" {
	need_users 65534
	mksock begin,comm=web,uid=65534 tcp-listen,port=8080 unix-pair end
	run_plugin_as 65534 check_proc_sockets --pid "$(mksock_pids web)" -w 2
	assert_state WARNING
	assert_perfdata sockets "3;2"
	assert_perfdata listen 1
	assert_perfdata unix 2
}

@test "--direction where the namespaces of processes are not told" {
	local dir=$BATS_TEST_TMPDIR/proc inode fd=3
	mkdir -p "$dir/1/net" "$dir/77/fd"
	mksock tcp-listen,port=80 tcp-established,port=80
	in_netns cat /proc/net/tcp >"$dir/1/net/tcp"
	in_netns cat /proc/net/tcp6 >"$dir/1/net/tcp6"
	echo fake >"$dir/77/comm"
	for inode in $(mksock_inodes tcp ESTABLISHED); do
		ln -s "socket:[$inode]" "$dir/77/fd/$((fd++))"
	done
	mksock_stop
	check --procfs "$dir" -P tcp4 --pid 77
	assert_perfdata sockets 2
	check --procfs "$dir" -P tcp4 --pid 77 --direction inbound
	assert_perfdata sockets 1
	check --procfs "$dir" -P tcp4 --pid 77 --direction outbound
	assert_perfdata sockets 1
}

@test "--procfs: a fixture's processes and sockets" {
	local dir=$BATS_TEST_TMPDIR/proc pid
	procfs_folder
	: >"$dir/1/net/dev" # tells namespaces apart
	mksock tcp-listen,port=80 tcp-established,port=80 udp-bound,port=53
	for table in tcp udp; do
		in_netns cat "/proc/net/$table" >"$dir/1/net/$table"
	done
	for pid in 21 22; do
		mkdir -p "$dir/$pid/fd"
		echo "fake$pid" >"$dir/$pid/comm"
		ln -s ../1/net "$dir/$pid/net"
		: >"$dir/$pid/cmdline"
		echo 'Max open files            50                   4096                 files' \
			>"$dir/$pid/limits"
	done
	ln -s "socket:[$(mksock_inodes tcp LISTEN)]" "$dir/21/fd/3"
	ln -s "socket:[$(mksock_inodes tcp LISTEN)]" "$dir/21/fd/70"
	ln -s "socket:[$(mksock_inodes udp CLOSE)]" "$dir/22/fd/3"
	ln -s "socket:[$(mksock_inodes tcp LISTEN)]" "$dir/22/fd/4"
	ln -s /dev/null "$dir/22/fd/0"
	mksock_stop
	check --procfs "$dir" -p 80,53/udp -C fake21 -C fake22
	assert_perfdata processes 2
	assert_perfdata sockets 2
	assert_perfdata max_per_process 2
	assert_perfdata tcp 1
	assert_perfdata udp 1
	assert_perfdata listen 1
	check --procfs "$dir" -p 80 -C fake21
	assert_perfdata sockets 1
	check --procfs "$dir" -C fake
	assert_state CRITICAL
	assert_text "no process matches fake"
	# One that has ended since: no descriptors, no limits, and no doubt about the others.
	mkdir "$dir/23"
	echo fake21 >"$dir/23/comm"
	check --procfs "$dir" -P tcp4 -C fake21 -w sockets=1,fds=1000000
	assert_state OK
	assert_text_like "^1 socket in 2 processes, most 1 in fake21\[21\]"
}
