#!/bin/sh
# SPDX-License-Identifier: MIT
# s390x-init.sh - process 1 of the machine that s390x.sh boots: the tests, as TAP on the console
#
# The kernel's command line says which modules there are: sockcheck.modules=NAME,NAME...
PATH=/bin:/tests:/plugins
export PATH
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp

count=0
failed=0

# check WHAT COMMAND... - one test; what it says is shown if it fails
check() {
	what=$1
	shift
	count=$((count + 1))
	if "$@" >/tmp/out 2>&1; then
		echo "ok $count - $what"
	else
		failed=$((failed + 1))
		echo "not ok $count - $what"
		grep '^not ok' /tmp/out | sed 's/^/# /'
		tail -n 20 /tmp/out | sed 's/^/# /'
	fi
}

argument() {
	sed -n "s/.*$1=\([^ ]*\).*/\1/p" /proc/cmdline
}

has() {
	case ",$modules," in
	*",$1,"*) return 0 ;;
	esac
	return 1
}

# ---- sockets, as mksock made them and as the library tells of them: STATE LOCAL REMOTE INODE ----

# Names of states become the kernel's numbers, `-` the peer that there is not.
made() {
	awk -v protocol="$1" -v six="$2" '
	BEGIN {
		n = split("ESTABLISHED SYN_SENT SYN_RECV FIN_WAIT1 FIN_WAIT2 TIME_WAIT CLOSE " \
			"CLOSE_WAIT LAST_ACK LISTEN CLOSING", names)
		for (i = 1; i <= n; i++)
			number[names[i]] = i
	}
	$1 == "socket" && $2 == protocol && ($4 ~ /^\[/) == (six == 6) {
		gsub(/[][]/, "", $4)
		gsub(/[][]/, "", $5)
		if (protocol == "unix")
			$4 = $5 = ""
		else if ($5 == "-")
			$5 = six == 6 ? ":::0" : "0.0.0.0:0"
		sub(/inode=/, "", $6)
		print number[$3], $4, $5, $6
	}' /tmp/sockets | sort
}

# told SOURCE PROTOCOL FAMILY
told() {
	kind=$2$3
	[ "$2" != unix ] || kind=unix
	records "$1" "$kind" | awk -v kind="$kind" '{
		sub(/state=/, "", $2)
		if (kind == "unix") {
			sub(/inode=/, "", $3)
			print $2, "", "", $3
		} else {
			sub(/inode=/, "", $5)
			print $2, $3, $4, $5
		}
	}' | sort
}

same() {
	made "$2" "$3" >/tmp/made
	told "$@" >/tmp/told
	[ -s /tmp/made ] && diff /tmp/made /tmp/told
}

# answers PATTERN STATUS COMMAND...
answers() {
	pattern=$1 wanted=$2
	shift 2
	status=0
	"$@" >/tmp/answer 2>&1 || status=$?
	cat /tmp/answer
	[ $status -eq "$wanted" ] && grep -q -- "$pattern" /tmp/answer
}

refused() {
	! records netlink "$1"
}

# ---- the run ----------------------------------------------------------------------------------

modules=$(argument sockcheck.modules)
for module in $(echo "$modules" | tr , ' '); do
	check "module $module" insmod "/modules/$module.ko"
done
ipv6=6
[ -e /proc/net/tcp6 ] || ipv6=

if [ -z "$(argument sockcheck.quick)" ]; then
	for program in /tests/lib/test_* /tests/fuzz/*; do
		[ ! -f "$program" ] || [ ! -x "$program" ] || SRCDIR='' check "${program#/tests/}" "$program"
	done
fi

items='tcp-listen,port=8000,ports=2,backlog=4 tcp-established,port=8100,count=3,unread=77
	tcp-time-wait,port=8200 tcp-fin-wait2,port=8300 udp-bound,port=8400,unread=20
	udp-connected,port=8500 raw,protocol=253 unix-listen,path=/tmp/socket unix-pair,type=dgram'
[ -z "$ipv6" ] || items="$items tcp-listen,addr=::,port=8600,v6only tcp-established,addr=::1,port=8700
	tcp-established,addr=::ffff:127.0.0.1,port=8800 udp-bound,addr=::1,port=8900"
# A client that names no address has all of them, and the row is of the first.
sctp_items='sctp-listen,port=9000,backlog=4 sctp-listen,addr=0.0.0.0,port=9001,type=seqpacket
	sctp-established,port=9002,from=127.0.0.1,count=2'
[ -z "$ipv6" ] || sctp_items="$sctp_items sctp-listen,addr=::,port=9003
	sctp-established,addr=::1,port=9004,from=::1"
! has sctp || items="$items $sctp_items"
mkfifo /tmp/hold
# shellcheck disable=SC2086 # a list
mksock $items >/tmp/sockets </tmp/hold &
exec 3>/tmp/hold
until grep -q '^ready$' /tmp/sockets; do
	kill -0 $! || break
	usleep 20000
done
check 'mksock is ready' grep '^ready$' /tmp/sockets

for protocol in tcp udp raw unix sctp; do
	for family in 4 $ipv6; do
		case $protocol$family in
		raw6 | unix6) continue ;;
		sctp?) has sctp || continue ;;
		esac
		module=${protocol}_diag
		if has "$module"; then
			check "$protocol$family by netlink" same netlink $protocol "$family"
		elif [ $protocol != raw ]; then
			check "$protocol$family: netlink is refused" refused $protocol
		fi
		check "$protocol$family by /proc" same procfs $protocol "$family"
		check "$protocol$family by what there is" same auto $protocol "$family"
	done
done

source=procfs
! has tcp_diag || source=netlink
check 'check_port_listen' answers '^PORT_LISTEN OK - 8000/tcp on 127.0.0.1' 0 \
	check_port_listen -p 8000
check 'check_port_listen: its source' answers "tcp4[^ ]*.*$source\|source.*$source" 0 \
	check_port_listen -p 8000 -vv
check 'check_port_listen: a port that nothing listens on' answers 'CRITICAL - 8002/tcp not listening' 2 \
	check_port_listen -p 8002
check 'check_port_listen: by process' answers '^PORT_LISTEN OK - 8001/tcp' 0 \
	check_port_listen -p 8001 -C mksock
if has unix_diag; then
	check 'check_port_listen: a unix socket' answers '^PORT_LISTEN OK - unix:/tmp/socket' 0 \
		check_port_listen -p unix:/tmp/socket
else
	# /proc does not tell which file a socket is bound to.
	check 'check_port_listen: a unix socket' answers 'UNKNOWN - unix:/tmp/socket perhaps stale' 3 \
		check_port_listen -p unix:/tmp/socket
fi
if has sctp; then
	check 'check_port_listen: SCTP' answers '^PORT_LISTEN OK - 9000/sctp on 127.0.0.1' 0 \
		check_port_listen -p 9000/sctp -H 127.0.0.1 -C mksock
	check 'check_port_listen: SCTP, many associations to a socket' answers \
		'^PORT_LISTEN OK - 9001/sctp on 0.0.0.0' 0 check_port_listen -p 9001/sctp -H 127.0.0.1
	check 'check_port_listen: SCTP, an association is no listener' answers \
		'CRITICAL - 9002/sctp not listening' 2 check_port_listen -p 9002/sctp
	check 'check_conn_count: SCTP' answers 'connections=4;' 0 check_conn_count -P sctp4 -c 4:4
	check 'check_proc_sockets: SCTP' answers '^PROC_SOCKETS OK - 2 sockets' 0 \
		check_proc_sockets -C mksock -P sctp4 -p 9002
else
	check 'check_port_listen: no SCTP in this kernel' answers 'CRITICAL - 9000/sctp not listening' 2 \
		check_port_listen -p 9000/sctp
	check 'check_conn_count: no SCTP in this kernel' answers 'connections=0;' 0 \
		check_conn_count -P sctp -c 0
fi
# Both ends are of this machine, and a peer in CLOSE_WAIT belongs to the one in FIN_WAIT2.
check 'check_conn_count: IPv4' answers \
	'connections=9;.* established=6 .* fin_wait2=1 time_wait=1 close_wait=1 ' 0 \
	check_conn_count -4 --local-address 127.0.0.1 -w 9 -P tcp4
check 'check_conn_count: too many' answers '^CONN_COUNT CRITICAL - ' 2 \
	check_conn_count -P tcp4 -c 8
check 'check_conn_count: a prefix of the peer' answers 'connections=3;' 0 \
	check_conn_count -P tcp4 --remote-address 127.0.0.0/8 --remote-port 8100 -w 3
if [ -z "$ipv6" ]; then
	check 'check_conn_count: without IPv6 its table is empty' answers 'connections=0;' 0 \
		check_conn_count -P tcp6 -c 0
else
	check 'check_conn_count: IPv6' answers 'connections=4;' 0 check_conn_count -P tcp6 -c 4
fi
check 'check_proc_sockets' answers '^PROC_SOCKETS OK' 0 check_proc_sockets -C mksock
check 'check_listen_audit' answers '^LISTEN_AUDIT OK' 0 check_listen_audit \
	--allow 8000,8001,8600,8400/udp,8900/udp,9000-9003/sctp
check 'check_ephemeral_ports' answers '^EPHEMERAL_PORTS OK' 0 check_ephemeral_ports

# sctp_diag garbles the address of an IPv4 peer of an IPv6 socket, and /proc calls it an IPv4 one.
if has sctp_diag && [ -n "$ipv6" ]; then
	mkfifo /tmp/more
	mksock sctp-established,addr=::ffff:127.0.0.1,port=9005,from=::ffff:127.0.0.1 \
		>/tmp/sockets </tmp/more &
	exec 4>/tmp/more
	until grep -q '^ready$' /tmp/sockets; do
		kill -0 $! || break
		usleep 20000
	done
	check 'sctp6: a peer of IPv4 by netlink' answers \
		'state=1 ::ffff:127.0.0.1:9005 ::ffff:127.0.0.1:' 0 records netlink sctp6
	check 'sctp6: a peer of IPv4 by /proc' answers \
		'state=1 127.0.0.1:9005 127.0.0.1:' 0 records procfs sctp4
fi

echo "1..$count"
echo "guest: $count tests, $failed failed"
poweroff -f
