# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# daemons.bash - for the tests with real monitoring daemons; sourced by nagios.sh and its like
#
# Each runs in network, pid and mount namespaces of its own, as root, prints TAP, and takes
# all its processes along when it ends. The checks are run by the daemon and by hand, both as
# user nagios; the daemon has to show what the plugin says.
set -u

: "${SRCDIR:=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}"
: "${BUILDDIR:=$SRCDIR}"
export SRCDIR BUILDDIR
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"

tests=0 failures=0

skip_all() {
	echo "1..0 # SKIP $*"
	exit 0
}

# enter SCRIPT PROGRAM...: once more inside the namespaces, if all programs are there.
enter() {
	local script=$1 program
	[ -z "${SCRATCH-}" ] || return 0
	for program in "${@:2}" unshare python3; do
		command -v "$program" >/dev/null || skip_all "$program is not installed"
	done
	[ "$(id -u)" -eq 0 ] || skip_all "needs root"
	[ -x "$BUILDDIR/tests/mksock" ] || skip_all "not built: make tests/mksock"
	id nagios >/dev/null 2>&1 || skip_all "there is no user nagios"
	SCRATCH=$(mktemp -d)
	export SCRATCH
	trap 'rm -rf "$SCRATCH"' EXIT
	trap 'exit 1' HUP INT TERM
	chmod 755 "$SCRATCH"
	unshare --net --pid --fork --kill-child --mount-proc bash "$script"
	exit
}

# ---- results ---------------------------------------------------------------------------------

# result STATUS NAME [DETAIL]: one line, and behind a failure what differed, < expected
# and > actual.
result() {
	tests=$((tests + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tests $2"
	else
		failures=$((failures + 1))
		echo "not ok $tests $2"
		tail -n 25 <<<"${3-}" | cut -c 1-1000 | sed 's/^/# /'
	fi
}

# same NAME EXPECTED ACTUAL: but for the age of a process, how many strangers run, and whether --unit
# would help: that there are units at all hangs on what else this host does meanwhile.
same() {
	local detail
	detail=$(diff <(steady "$2") <(steady "$3"))
	result $? "$1" "$detail"
}

steady() {
	sed -e 's/ for [0-9][0-9]*s/ for AGE/g' -e 's/: use --unit, or /: /' \
		-e 's/ [0-9]* process\(es are\| is\) not readable / N processes are not readable /' -e 's/ *$//' <<<"$1"
}

# like NAME REGEX ACTUAL
like() {
	[[ $3 =~ $2 ]]
	result $? "$1" "$3"
}

# passes NAME COMMAND...: its output is the detail.
passes() {
	local name=$1 detail status=0
	shift
	detail=$("$@" 2>&1) || status=$?
	result $status "$name" "$detail"
}

finish() {
	echo "1..$tests"
	echo "# $((tests - failures)) passed, $failures failed"
	[ "$failures" -eq 0 ] && [ "$tests" -gt 0 ]
}

# until_true SECONDS COMMAND...: ask again until it succeeds.
until_true() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

# finish_process PID: ask it to end, and see that it does.
finish_process() {
	kill "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

# as_nagios COMMAND...: without any privilege.
# shellcheck disable=SC2016 # the inner shell expands it
as_nagios() {
	setpriv --reuid=nagios --regid=nagios --clear-groups sh -c 'exec "$@"' sh "$@"
}

# ---- what is checked -------------------------------------------------------------------------

# sockets COMMAND...: start mksock by this command, wait until its sockets exist; what it printed
# goes to $SCRATCH/sockets.
sockets() {
	local pipe line stdin
	pipe=$(mktemp -u "$SCRATCH/pipe.XXXXXX")
	mkfifo "$pipe.in" "$pipe.out"
	# Open until this script ends, and mksock with it.
	# shellcheck disable=SC2034
	exec {stdin}<>"$pipe.in"
	"$@" <"$pipe.in" >"$pipe.out" &
	while read -r line; do
		[ "$line" != ready ] || return 0
		echo "$line" >>"$SCRATCH/sockets"
	done <"$pipe.out"
	echo "Bail out! no sockets: $*"
	exit 1
}

# Sockets whose numbers are known: worker belongs to user nagios, all else to root. The worker is
# started by that user, since a process that changes its user is readable for root alone.
make_sockets() {
	ip link set lo up
	echo 60000 60099 >/proc/sys/net/ipv4/ip_local_port_range
	install -m 755 "$BUILDDIR/tests/mksock" "$SCRATCH/mksock"
	install -m 755 "$BUILDDIR/tests/mksock" "$SCRATCH/worker"
	sockets "$SCRATCH/mksock" \
		tcp-listen,port=8001,ports=3 tcp-listen,port=9001,ports=60 udp-bound,port=8053 \
		tcp-established,port=8001,count=12 tcp-close-wait,port=8002,count=3 \
		begin,netns,comm=elsewhere end
	sockets as_nagios "$SCRATCH/worker" \
		tcp-listen,port=8010 tcp-established,port=8010,count=4
	# Whoever names a process can choose what separates perfdata, lines and terminals' commands.
	install -m 755 "$BUILDDIR/tests/mksock" "$SCRATCH/hostile"
	sockets as_nagios "$SCRATCH/hostile" self,comm=$'a|b=1;\n\e[2J' tcp-listen,port=8020
	ELSEWHERE=$(awk '$1 == "pid" && $3 == "elsewhere" { print $2 }' "$SCRATCH/sockets")
}

# Plugins where user nagios reaches them.
install_plugins() {
	local file
	PLUGINS=$SCRATCH/plugins
	mkdir "$PLUGINS"
	for file in "$BUILDDIR"/plugins/check_*; do
		case ${file##*/} in *.*) continue ;; esac
		install -m 755 "$file" "$PLUGINS"
	done
	# Whoever holds 8001 must be root's mksock: that cannot be told by user nagios.
	cat >"$SCRATCH/allowed" <<-'END'
		5665-5666
		8001-8010 command=mksock
		9001-9060
		8053/udp
		8020
	END
	scenarios >"$SCRATCH/scenarios"
}

# NAME PLUGIN STATE OPTION...: long options, since the variables of Icinga have their names.
scenarios() {
	cat <<-END
		ports-ok	port_listen	0	--port 8001-8003,8053/udp --warning backlog=50 --critical backlog=90
		ports-warning	port_listen	1	--port 8001-8003 --port 8004 --warning 4: --critical 2:
		ports-critical	port_listen	2	--port 8099
		ports-unknown	port_listen	3	--port 8001 --command mksock
		ports-timeout	port_listen	3	--port 8099 --wait 20 --interval 19 --timeout 4
		ports-timeout-critical	port_listen	2	--port 8099 --wait 20 --interval 19 --timeout 4:critical
		ports-long	port_listen	0	--port 9001-9060 --verbose
		connections-ok	conn_count	0	--port 8001 --warning 50 --critical 100
		connections-warning	conn_count	1	--port 8001 --warning established=10 --critical established=50,syn_recv=60.5
		connections-critical	conn_count	2	--port 8002 --critical close_wait=2
		connections-unknown	conn_count	3	--port 8001 --command mksock --critical 5
		connections-timeout	conn_count	3	--port 8002 --critical close_wait=2 --wait 20 --interval 19 --timeout 4
		connections-long	conn_count	0	--port 8001-8002 --group-by remote --top 20 --verbose
		sockets-ok	proc_sockets	0	--command worker --warning 50 --critical 100
		sockets-warning	proc_sockets	1	--command worker --warning 5 --critical 100
		sockets-critical	proc_sockets	2	--command worker --critical listen=2:
		sockets-unknown	proc_sockets	3	--command mksock --critical 5
		sockets-timeout	proc_sockets	3	--command worker --critical 5 --wait 20 --interval 19 --timeout 4
		sockets-long	proc_sockets	0	--command worker --top 10 --verbose
		hostile-process	port_listen	2	--port 8020 --command expected
		hostile-listener	listen_audit	2	--allow 5665-5666,8001-8010,9001-9060,8053/udp --verbose
		hostile-holder	proc_sockets	2	--command hostile --critical 0
		audit-ok	listen_audit	0	--allow 8001-8010,8020,9001-9060 --allow 5665-5666,8053/udp
		audit-warning	listen_audit	1	--allow 5665-5666,8001-8003,8020,9001-9060,8053/udp --warning 0 --critical 3
		audit-critical	listen_audit	2	--allow 5665-5666,9001-9060
		audit-unknown	listen_audit	3	--allow-file $SCRATCH/allowed
		audit-timeout	listen_audit	3	--allow 1 --wait 20 --interval 19 --timeout 4
		audit-long	listen_audit	2	--allow 5665-5666,8020 --verbose
		local-ports-ok	ephemeral_ports	0	--remote-port 8001
		local-ports-warning	ephemeral_ports	1	--remote-port 8001 --warning 10
		local-ports-critical	ephemeral_ports	2	--remote-port 8001 --critical 10
		local-ports-unknown	ephemeral_ports	3	--netns $ELSEWHERE
		local-ports-timeout	ephemeral_ports	3	--remote-port 8001 --critical 10 --wait 20 --interval 19 --timeout 4
		local-ports-long	ephemeral_ports	0	--remote-port 8000-8099 --top 20 --verbose
	END
}

# each_scenario FUNCTION: with the name, the plugin, the state and the options.
each_scenario() {
	local name plugin state options
	while IFS=$'\t' read -r name plugin state options <&3; do
		"$1" "$name" "$plugin" "$state" "$options"
	done 3<"$SCRATCH/scenarios"
}

# By hand: $SCRATCH/truth/NAME is the output, NAME.status the exit status. What waits for its
# time-out waits in company.
run_one_by_hand() {
	{
		# shellcheck disable=SC2086 # a list of words
		as_nagios "$PLUGINS/check_$2" $4 >"$SCRATCH/truth/$1" 2>&1 </dev/null
		echo $? >"$SCRATCH/truth/$1.status"
	} &
	by_hand+=($!)
}

run_by_hand() {
	by_hand=()
	mkdir -p "$SCRATCH/truth"
	each_scenario run_one_by_hand
	wait "${by_hand[@]}"
}

# What a plugin said: text of line 1, its perfdata, the lines after it.
truth_text() {
	sed -n '1{s/ | .*//;p;}' "$SCRATCH/truth/$1"
}

truth_perfdata() {
	sed -n '1s/.* | //p' "$SCRATCH/truth/$1"
}

truth_long() {
	sed 1d "$SCRATCH/truth/$1"
}

# The scenario gives by hand what it is for: else the rest proves nothing.
check_truth() {
	local size lines
	same "by hand: $1 exits with $3" "$3" "$(cat "$SCRATCH/truth/$1.status")"
	size=$(wc -c <"$SCRATCH/truth/$1") lines=$(wc -l <"$SCRATCH/truth/$1")
	case $1 in
	ports-long) passes "by hand: $1 fills line 1 ($size bytes)" [ "$size" -gt 1000 ] ;;
	*-long)
		passes "by hand: $1 has $lines lines" [ "$lines" -gt 1 ]
		;;
	esac
}
