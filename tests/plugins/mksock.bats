#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# mksock.bats - the helper makes what it says, by the kernel's word and by ss's

load ../helpers

# Rows of /proc/net/tcp and tcp6 as `STATE LOCALPORT REMOTEPORT INODE`.
proc_tcp() {
	in_netns cat /proc/net/tcp /proc/net/tcp6 | awk '
		BEGIN {
			split("ESTAB SYN-SENT SYN-RECV FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT CLOSE " \
			      "CLOSE-WAIT LAST-ACK LISTEN CLOSING", name)
			for (i = 0; i < 16; i++)
				digit[sprintf("%X", i)] = i
		}
		function value(hex,   n) {
			sub(/.*:/, "", hex)
			for (n = 0; hex != ""; hex = substr(hex, 2))
				n = 16 * n + digit[substr(hex, 1, 1)]
			return n
		}
		$1 != "sl" { print name[value($4)], value($2), value($3), $10 }'
}

# `COUNT STATE local|remote`, sorted: how many rows have this state and PORT at that end.
count_ends() {
	awk -v port="$1" '
		$2 == port { n[$1 " local"]++; next }
		$3 == port { n[$1 " remote"]++; next }
		{ n[$1 " elsewhere"]++ }
		END { for (key in n) print n[key], key }' | LC_ALL=C sort
}

ss_tcp() {
	in_netns ss -Htan | awk '{ sub(/.*:/, "", $4); sub(/.*:/, "", $5); print $1, $4, $5 }'
}

# assert_tcp PORT ROW...: these are all TCP sockets of the namespace.
assert_tcp() {
	local port=$1 expected
	shift
	expected=$(printf '%s\n' "$@" | LC_ALL=C sort)
	equal "/proc" "$expected" "$(proc_tcp | count_ends "$port")"
	! command -v ss >/dev/null || equal "ss" "$expected" "$(ss_tcp | count_ends "$port")"
}

# assert_inodes: the rows without an inode that mksock printed, and those with, are the kernel's.
assert_inodes() {
	equal "inodes" "$(proc_tcp | awk '{ print $4 }' | sort)" \
		"$(sed -n 's/^socket tcp .*inode=\([0-9]*\) .*/\1/p' <<<"$MKSOCK_OUTPUT" | sort)"
}

# check KIND[,key=value...] ROW...: alone in a fresh namespace on port 20000, and gone after.
check() {
	mksock "tcp-$1,port=20000"
	assert_tcp 20000 "${@:2}"
	assert_inodes
	mksock_stop
	[[ $1 =~ time-wait|orphan|syn-recv ]] || equal "left behind" "" "$(proc_tcp)"
	fresh_netns
}

# ---- TCP -------------------------------------------------------------------------------------

@test "without items there is no socket" {
	mksock
	assert_tcp 1 ""
	[ "$MKSOCK_OUTPUT" = "pid $MKSOCK_PID mksock"$'\n'ready ]
}

@test "each state, both ends held" {
	check established,count=2 "2 ESTAB local" "2 ESTAB remote"
	check syn-sent,count=2 "2 SYN-SENT remote"
	check syn-recv,count=2 "1 LISTEN local" "2 SYN-RECV local" "2 SYN-SENT remote"
	check fin-wait1,count=2 "2 FIN-WAIT-1 local" "2 ESTAB remote"
	check fin-wait2,count=2 "2 FIN-WAIT-2 local" "2 CLOSE-WAIT remote"
	check close-wait,count=2 "2 CLOSE-WAIT local" "2 FIN-WAIT-2 remote"
	check last-ack,count=2 "2 LAST-ACK local" "2 FIN-WAIT-2 remote"
	check closing,count=2 "2 CLOSING local" "2 FIN-WAIT-1 remote"
	check time-wait,count=2 "2 TIME-WAIT local"
}

@test "each state, named end at the client" {
	check established,end=client "1 ESTAB local" "1 ESTAB remote"
	check fin-wait1,end=client "1 FIN-WAIT-1 remote" "1 ESTAB local"
	check fin-wait2,end=client "1 FIN-WAIT-2 remote" "1 CLOSE-WAIT local"
	check close-wait,end=client "1 CLOSE-WAIT remote" "1 FIN-WAIT-2 local"
	check last-ack,end=client "1 LAST-ACK remote" "1 FIN-WAIT-2 local"
	check closing,end=client "1 CLOSING remote" "1 FIN-WAIT-1 local"
	check time-wait,end=client "1 TIME-WAIT remote"
}

@test "each state without a peer" {
	check established,peer=gone "1 ESTAB local"
	check syn-recv,peer=gone "1 LISTEN local" "1 SYN-RECV local"
	check fin-wait1,peer=gone "1 FIN-WAIT-1 local"
	check fin-wait2,peer=gone "1 FIN-WAIT-2 local"
	check close-wait,peer=gone "1 CLOSE-WAIT local"
	check last-ack,peer=gone "1 LAST-ACK local"
	check closing,peer=gone "1 CLOSING local"
}

@test "orphans" {
	check fin-wait1,orphan "1 FIN-WAIT-1 local" "1 ESTAB remote"
	check fin-wait2,orphan "1 FIN-WAIT-2 local" "1 CLOSE-WAIT remote"
	check last-ack,orphan "1 LAST-ACK local" "1 FIN-WAIT-2 remote"
	check closing,orphan "1 CLOSING local" "1 FIN-WAIT-1 remote"
	check close-wait,peer=orphan "1 CLOSE-WAIT local" "1 FIN-WAIT-2 remote"
	check closing,peer=orphan "1 CLOSING local" "1 FIN-WAIT-1 remote"
	check fin-wait1,orphan,peer=gone "1 FIN-WAIT-1 local"
	check fin-wait2,orphan,peer=gone "1 FIN-WAIT-2 local"
	check last-ack,orphan,peer=gone "1 LAST-ACK local"
	check closing,orphan,peer=gone "1 CLOSING local"
	check closing,orphan,peer=orphan "1 CLOSING local" "1 FIN-WAIT-1 remote"
}

@test "each state over IPv6 and from mapped addresses" {
	local addr
	for addr in ::1 ::ffff:127.0.0.1; do
		check "established,addr=$addr" "1 ESTAB local" "1 ESTAB remote"
		check "syn-sent,addr=$addr" "1 SYN-SENT remote"
		check "syn-recv,addr=$addr,peer=gone" "1 LISTEN local" "1 SYN-RECV local"
		check "fin-wait1,addr=$addr,peer=gone" "1 FIN-WAIT-1 local"
		check "close-wait,addr=$addr" "1 CLOSE-WAIT local" "1 FIN-WAIT-2 remote"
		check "last-ack,addr=$addr" "1 LAST-ACK local" "1 FIN-WAIT-2 remote"
		check "closing,addr=$addr" "1 CLOSING local" "1 FIN-WAIT-1 remote"
		check "time-wait,addr=$addr" "1 TIME-WAIT local"
	done
	mksock tcp-established,addr=::ffff:127.0.0.1,port=1
	[ "$(in_netns cat /proc/net/tcp | wc -l)" -eq 1 ]
	[ "$(in_netns cat /proc/net/tcp6 | wc -l)" -eq 3 ]
}

@test "the sockets that the first issue asks for" {
	mksock tcp-listen,port=20000,ports=3 tcp-established,port=20000,count=10 \
		tcp-close-wait,port=20000,count=2
	assert_tcp 20000 "1 LISTEN local" "2 LISTEN elsewhere" "10 ESTAB local" "10 ESTAB remote" \
		"2 CLOSE-WAIT local" "2 FIN-WAIT-2 remote"
}

@test "listeners: backlog, accept queue, overflows" {
	mksock tcp-listen,port=20000,backlog=4 tcp-connect,port=20000,count=5
	assert_tcp 20000 "1 LISTEN local" "5 ESTAB local" "5 ESTAB remote"
	equal "orphans" 5 "$(proc_tcp | awk '$4 == 0' | wc -l)"
	! command -v ss >/dev/null || equal "ss" "5 4" "$(in_netns ss -Htln | awk '{ print $2, $3 }')"
	mksock_fails tcp-connect,port=20000
	[[ $output =~ "got no answer" ]]
	mksock_stop
	fresh_netns
	mksock tcp-listen,port=20000,backlog=0 tcp-connect,port=20000 tcp-overflow,port=20000,count=7
	assert_tcp 20000 "1 LISTEN local" "1 ESTAB local" "1 ESTAB remote"
	equal "ListenOverflows" 7 "$(in_netns cat /proc/net/netstat | awk '$1 == "TcpExt:" {
		for (i = 2; i <= NF; i++) if ($i == "ListenOverflows") column = i; value = $column }
		END { print value }')"
}

@test "listeners: SO_REUSEPORT, V6ONLY, device, ports of the kernel's choice" {
	mksock tcp-listen,reuseport,count=4
	[ "$(mksock_ports tcp LISTEN | uniq | wc -l)" -eq 1 ]
	assert_tcp "$(mksock_ports tcp LISTEN | head -1)" "4 LISTEN local"
	mksock tcp-listen,count=3
	[ "$(mksock_ports tcp LISTEN | sort -u | wc -l)" -eq 3 ]
	mksock tcp-listen,addr=::,port=80,v6only tcp-listen,addr=0.0.0.0,port=80
	mksock_fails tcp-listen,addr=::,port=80
	[[ $output =~ "Address"(" already")?" in use" ]] # glibc, musl
	mksock tcp-listen,port=81,device=lo,addr=0.0.0.0
	need_command ss
	[[ $(in_netns ss -Htln sport = :81) =~ 0\.0\.0\.0%lo:81 ]]
	[[ $(in_netns ss -Htlne6 sport = :80) =~ v6only:1 ]]
}

@test "clients: connect and accept in different processes, not yet accepted, FIN" {
	mksock tcp-listen,port=20000 begin,comm=client tcp-connect,port=20000,count=3 end \
		tcp-accept,port=20000,count=2 tcp-connect,port=20000,fin
	assert_tcp 20000 "1 LISTEN local" "3 ESTAB local" "3 ESTAB remote" \
		"1 CLOSE-WAIT local" "1 FIN-WAIT-2 remote"
	equal "not accepted" 2 "$(proc_tcp | awk '$4 == 0' | wc -l)"
	equal "held by the client" 3 "$(descriptors "$(mksock_pids client)" 'socket:*')"
}

# descriptors PID PATTERN: how many of its descriptors lead there.
descriptors() {
	local fd count=0
	for fd in /proc/"$1"/fd/*; do
		# shellcheck disable=SC2053 # a pattern
		[[ $(readlink "$fd") != $2 ]] || count=$((count + 1))
	done
	echo "$count"
}

@test "clients: addresses and ports on both sides" {
	local from=from=127.1.0.1,froms=4,fromport=3000
	mksock "tcp-established,port=20000,count=4,addr=127.2.0.255,addrs=2,$from"
	grep -qx 'socket tcp ESTABLISHED 127.1.0.4:3000 127.2.1.0:20000 inode=.*' <<<"$MKSOCK_OUTPUT"
	grep -qx 'socket tcp ESTABLISHED 127.2.0.255:20000 127.1.0.3:3000 inode=.*' <<<"$MKSOCK_OUTPUT"
	mksock tcp-listen,addr=127.0.0.1,port=21000 tcp-connect,addr=::ffff:127.0.0.1,port=21000
	grep -qx 'socket tcp ESTABLISHED \[::ffff:127.0.0.1\]:.* \[::ffff:127.0.0.1\]:21000 inode=.*' \
		<<<"$MKSOCK_OUTPUT"
	mksock address,addr=2001:db8::1 address,addr=10.1.2.3 \
		tcp-established,addr=::1,from=2001:db8::1 tcp-established,from=10.1.2.3
	mksock_fails tcp-listen,addr=10.1.2.4
	[[ $output =~ Cannot\ assign\ requested\ address|Address\ not\ available ]]
}

@test "queues: bytes unread and not acknowledged" {
	mksock tcp-established,port=20000,unread=1000,unacked=2000
	equal "queues" "000007D0:000003E8" \
		"$(in_netns cat /proc/net/tcp | awk '$2 ~ /:4E20/ { print $5 }')"
}

@test "the last port of a small range is taken, the next fails" {
	in_netns sh -c 'echo 30000 30019 >/proc/sys/net/ipv4/ip_local_port_range' 2>/dev/null ||
		skip "may not set ip_local_port_range"
	mksock tcp-listen,addr=0.0.0.0,port=80 tcp-connect,port=80,count=20 \
		tcp-connect,addr=127.0.0.2,port=80,count=20
	mksock_fails tcp-connect,port=80
	[[ $output =~ connect:\ (Cannot\ assign\ requested\ address|Address\ not\ available) ]]
	mksock tcp-connect,addr=127.0.0.3,port=80,from=127.0.0.9,count=20
	mksock_fails tcp-connect,addr=127.0.0.4,port=80,from=127.0.0.9
	[[ $output =~ "bind: Address"(" already")?" in use" ]]
	mksock udp-connected,port=80,count=20
	mksock_fails udp-connected,port=80,addr=127.0.0.2
}

@test "bound and unbound sockets are in no table of /proc" {
	mksock tcp-bound,port=80 tcp-unbound udp-unbound tcp-unbound,addr=::1
	assert_tcp 80 ""
	equal "held" 4 "$(descriptors "$MKSOCK_PID" 'socket:*')"
}

@test "mptcp and sctp listeners" {
	[ -e /proc/sys/net/mptcp/enabled ] || skip "no MPTCP in this kernel"
	mksock mptcp-listen,port=20000 mptcp-established,port=20000
	assert_tcp 20000 "1 LISTEN local" "1 ESTAB local" "1 ESTAB remote"
	if grep -q ^SCTP /proc/net/protocols; then
		mksock sctp-listen,port=20000 sctp-listen,port=20001,type=seqpacket
		mksock sctp-established,port=20002,from=127.0.0.1
		equal "associations" 2 "$(in_netns cat /proc/net/sctp/assocs | grep -c '127\.0\.0\.1 .*<->')"
	else
		mksock_fails sctp-listen
		[[ $output =~ "sctp-listen: socket: " ]]
	fi
}

# ---- other protocols -------------------------------------------------------------------------

# As `STATE LOCALPORT RXBYTES DROPS` in hex and decimal.
proc_udp() {
	in_netns cat /proc/net/udp /proc/net/udp6 | sed 's/^ *//' |
		awk '$1 != "sl" { split($2, l, ":"); split($5, q, ":"); print $4, l[2], q[2], $13 }'
}

@test "udp: bound, connected, unread, dropped" {
	mksock udp-bound,port=53,unread=3,drops=4 udp-bound,addr=::1,port=53 \
		udp-connected,addr=::1,port=53
	[ "$(proc_udp | wc -l)" -eq 3 ]
	[ "$(proc_udp | grep -c '^01')" -eq 1 ]
	[ "$(proc_udp | awk '$2 == "0035" && $3 != "00000000" { print $1, $4 }')" = "07 4" ]
	mksock_fails udp-bound,port=53
	mksock udp-bound,port=54,count=5,reuseport udp-bound,addr=0.0.0.0,port=60,ports=3,unread=1
	[ "$(proc_udp | grep -c '^07 0036')" -eq 5 ]
	[ "$(mksock_ports udp CLOSE | tail -3 | tr '\n' ' ')" = "60 61 62 " ]
}

# proc_unix NAME: its rows as `TYPE STATE INODE`; column 4 has the flag of listeners.
proc_unix() {
	in_netns cat /proc/net/unix | awk -v name="$1" '$8 == name { print $4, $5, $6, $7 }'
}

@test "unix: listening, bound, connected, unlinked, pairs" {
	local dir=$BATS_TEST_TMPDIR
	mksock "unix-listen,path=$dir/s" "unix-listen,path=$dir/q,type=seqpacket" \
		"unix-bound,path=$dir/d,type=dgram" "unix-bound,path=$dir/b" \
		"unix-listen,path=$dir/gone,unlinked" unix-listen,path=@name \
		unix-connect,path=@name,count=2 "unix-connected,path=$dir/s" "unix-connected,path=@own" \
		unix-pair,count=2 unix-pair,type=dgram
	[[ $(proc_unix "$dir/s" | grep ^00010000) =~ ^00010000\ 0001\ 01\  ]]
	[[ $(proc_unix "$dir/q") =~ ^00010000\ 0005\ 01\  ]]
	[[ $(proc_unix "$dir/d") =~ ^00000000\ 0002\ 01\  ]]
	[[ $(proc_unix "$dir/b") =~ ^00000000\ 0001\ 01\  ]]
	[[ $(proc_unix "$dir/gone") =~ ^00010000\ 0001\ 01\  ]]
	[ -S "$dir/s" ] && [ ! -e "$dir/gone" ]
	equal "accepted ends and the listener" 2 "$(proc_unix "$dir/s" | wc -l)"
	equal "@name: listener, nobody accepted" 3 "$(proc_unix @name | wc -l)"
	equal "accepted end of a listener that is closed" 1 "$(proc_unix @own | wc -l)"
	equal "all" "$(in_netns cat /proc/net/unix | awk 'NR > 1 && $7 != 0' | wc -l)" \
		"$(($(grep -c '^socket unix' <<<"$MKSOCK_OUTPUT")))"
}

@test "unix: any bytes in a name, 108 of them" {
	local long
	long=$(printf '%0108d' 0)
	cd "$BATS_TEST_TMPDIR"
	# shellcheck disable=SC1003 # the backslashes are mksock's
	mksock 'unix-listen,path=a b|"\x27\x0a\xff\x2c\\' "unix-listen,path=$long" \
		'unix-listen,path=@\x00\x01,type=seqpacket' 'unix-listen,path=\x40file'
	[ -S $'a b|"\'\n\xff,\\' ]
	[ -S "$long" ]
	[ -S @file ]
	[[ $MKSOCK_OUTPUT = 'socket unix LISTEN a\x20b|"'\''\x0a\xff,\x5c - inode='* ]]
	grep -q 'LISTEN @\\x00\\x01 -' <<<"$MKSOCK_OUTPUT"
	mksock_fails "unix-listen,path=1$long"
	[[ $output =~ "longer than 108 bytes" ]]
}

@test "netlink, raw and packet sockets" {
	mksock netlink,protocol=0
	[ "$(in_netns cat /proc/net/netlink | awk -v i="$(mksock_inodes netlink CLOSE)" '$10 == i' |
		wc -l)" -eq 0 ] # not bound before it sends
	mksock raw,protocol=253,count=2 raw,protocol=253,addr=::1 packet
	[ "$(in_netns cat /proc/net/raw | grep -c ':00FD ')" -eq 2 ]
	[ "$(in_netns cat /proc/net/raw6 | grep -c ':00FD ')" -eq 1 ]
	[ "$(in_netns cat /proc/net/packet | wc -l)" -eq 2 ]
}

# ---- processes -------------------------------------------------------------------------------

@test "pre-fork: children share what their parent holds, others do not" {
	local pid inode
	mksock 'self,comm=master' tcp-listen,port=80 begin,comm=worker,share,copies=4 end \
		begin,comm=stranger end
	inode=$(mksock_inodes tcp LISTEN)
	[ "$(mksock_pids worker | wc -l)" -eq 4 ]
	for pid in $(mksock_pids worker) $(mksock_pids master); do
		equal "$pid" 1 "$(descriptors "$pid" "socket:\[$inode\]")"
	done
	equal "stranger" 0 "$(descriptors "$(mksock_pids stranger)" 'socket:*')"
	mksock_stop
	for pid in $(mksock_pids worker) $(mksock_pids stranger); do
		[ ! -e "/proc/$pid" ]
	done
}

@test "a descriptor passed over a unix socket" {
	mksock begin,comm=keeper,receive tcp-listen,port=80 tcp-established,port=80 end
	equal "keeper" 3 "$(descriptors "$(mksock_pids keeper)" 'socket:*')"
	equal "maker" 0 "$(descriptors "$MKSOCK_PID" 'socket:*')"
	grep -q "LISTEN .* pid=$(mksock_pids keeper)\$" <<<"$MKSOCK_OUTPUT"
}

@test "comm, argv0, descriptors, limits" {
	mksock 'self,comm=) R 1 (,argv0=nginx: master,nofile=300,fds=100' tcp-listen,port=80 \
		'begin,comm=x\x0ay' begin,comm=inner end end
	equal "comm" ") R 1 (" "$(<"/proc/$MKSOCK_PID/comm")"
	equal "argv0" "nginx: master" "$(tr -d '\0' <"/proc/$MKSOCK_PID/cmdline")"
	equal "fds" 100 "$(descriptors "$MKSOCK_PID" /dev/null)"
	grep -q '^Max open files *300 ' "/proc/$MKSOCK_PID/limits"
	[ "$(readlink "/proc/$MKSOCK_PID/fd/103")" = "socket:[$(mksock_inodes tcp LISTEN)]" ]
	equal "comm" $'x\ny' "$(<"/proc/$(mksock_pids 'x\x0ay')/comm")"
	[ -n "$(mksock_pids inner)" ]
}

@test "another user" {
	need_users 65534
	mksock begin,uid=65534,comm=web tcp-listen,port=8080 tcp-fin-wait1,port=8081,orphan end
	equal "uid" 65534 "$(stat -c %u "/proc/$(mksock_pids web)")"
	equal "socket uid" 65534 "$(in_netns cat /proc/net/tcp | awk '$2 ~ /:1F90/ { print $8 }')"
	equal "capabilities" 0000000000000000 \
		"$(awk '/^Cap(Prm|Eff|Inh|Amb)/ { print $2 }' "/proc/$(mksock_pids web)/status" | uniq)"
	mksock_fails begin,uid=65534 tcp-listen,port=80 end
	[[ $output =~ "Permission denied" ]]
}

@test "another network namespace" {
	mksock begin,comm=inside,netns tcp-established,addr=::1,port=80 end
	assert_tcp 80 ""
	[ "$(grep -c :0050 "/proc/$(mksock_pids inside)/net/tcp6")" -eq 2 ]
}

@test "another cgroup" {
	local mount group
	mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	[ -n "$mount" ] || skip "no cgroup2 is mounted"
	group=$mount/mksock-test-$$.service
	mkdir "$group" 2>/dev/null || skip "may not make a cgroup"
	mksock "begin,comm=unit,cgroup=$group" tcp-listen,port=80 end || { rmdir "$group"; false; }
	output=$(<"/proc/$(mksock_pids unit)/cgroup")
	mksock_stop
	rmdir "$group"
	[[ $output =~ 0::.*/mksock-test-$$\.service ]]
}

@test "it never leaves a process behind" {
	local pid
	mksock begin,comm=a begin,comm=b tcp-listen,port=80 end end
	kill -KILL "$MKSOCK_PID"
	mksock_stop 2>/dev/null || true
	for pid in $(mksock_pids a) $(mksock_pids b); do
		tail --pid="$pid" -s 0.01 -f /dev/null # until it has ended
	done
	mksock_fails begin,comm=left begin tcp-listen,port=80 end end tcp-connect,port=9
	[ "$output" = "mksock: tcp-connect,port=9: connect: Connection refused" ]
	equal "tcp" "" "$(proc_tcp)"
}

@test "what cannot be understood is one line and exit 1" {
	local item
	for item in tcp tcp-listen,colour=red tcp-listen,port tcp-listen,port=65536 tcp-listen,port=-1 \
		tcp-listen,count=1x tcp-listen,reuseport=1 tcp-listen,addr=1.2.3 unix-listen \
		'unix-listen,path=\x4' 'unix-listen,path=\n' unix-listen,path= tcp-connect begin end \
		tcp-close-wait,orphan tcp-established,peer=orphan tcp-syn-recv,peer=orphan \
		tcp-established,peer=lost tcp-accept,port=9; do
		mksock_fails "$item"
		[[ $output = "mksock: $item: "* ]]
		[ "$(wc -l <<<"$output")" -eq 1 ]
	done
	mksock_fails tcp-listen,port=20000,backlog=1 tcp-syn-recv,count=2,port=20000
	[ "$output" = "mksock: tcp-syn-recv,count=2,port=20000: the listener's backlog is only 1" ]
}
