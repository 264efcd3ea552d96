#!/bin/bash
# SPDX-License-Identifier: MIT
# churn.sh [SECONDS] - checks of steady sockets beside a storm of connects, closes, forks and execs
#
# Prints TAP. In namespaces of its own, as root; ports and process ids are reused while looked at.
# Up to 100 checks a second, 10 seconds if nothing else is said.
set -u

: "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}"
: "${BUILDDIR:=$SRCDIR}"
export SRCDIR BUILDDIR LC_ALL=C
seconds=${1-10}

skip_all() {
	echo "1..0 # SKIP $*"
	exit 0
}

for program in mksock churn/storm churn/watch; do
	[ -x "$BUILDDIR/tests/$program" ] || skip_all "not built: make check TESTS= # tests/$program"
done
if [ -z "${SCRATCH-}" ]; then
	[ "$(id -u)" -eq 0 ] || skip_all "needs root"
	SCRATCH=$(mktemp -d)
	export SCRATCH
	trap 'rm -rf "$SCRATCH"' EXIT
	trap 'exit 1' HUP INT TERM
	unshare --net --pid --fork --kill-child --mount-proc bash "$0" "$seconds"
	exit
fi

# ---- what there is -------------------------------------------------------------------------------

# start NAME COMMAND...: runs until its stdin, a pipe, is closed; returns once it is ready.
start() {
	local name=$1 stdin try
	shift
	mkfifo "$SCRATCH/$name"
	exec {stdin}<>"$SCRATCH/$name"
	"$@" <"$SCRATCH/$name" >"$SCRATCH/$name.out" {stdin}>&- &
	pids[$name]=$! stdins[$name]=$stdin
	for ((try = 0; try < 1000; try++)); do
		! grep -q '^ready$' "$SCRATCH/$name.out" || return 0
		kill -0 "${pids[$name]}" 2>/dev/null || break
		read -r -t 0.01 <&"$stdin" || true
	done
	echo "Bail out! $name is not ready"
	exit 1
}

stop() {
	local stdin=${stdins[$1]}
	exec {stdin}>&-
	wait "${pids[$1]}"
}

declare -A pids=() stdins=()
# Few enough that every one is in use again and again.
echo '20000 20999' >/proc/sys/net/ipv4/ip_local_port_range
start steady "$BUILDDIR/tests/mksock" self,comm=steady tcp-listen,port=4040,backlog=200 \
	tcp-established,port=4040,count=20 tcp-listen,port=4041,ports=3 udp-bound,port=4053 \
	unix-listen,path=@steady
start storm "$BUILDDIR/tests/churn/storm" 5000
steady=${pids[steady]}

# ---- checks --------------------------------------------------------------------------------------

# State, plugin, arguments: truths about the steady sockets. The process holds the 40 ends of 20
# connections, 4 listeners, 1 socket of UDP and 1 of unix.
truths=(
	"0 check_port_listen -p 4040"
	"0 check_port_listen -p 4040-4043,4053/udp -C steady"
	"2 check_port_listen -p 4044"
	"2 check_port_listen -p 4040 -C nobody-here"
	"0 check_port_listen -p 4040 --pid $steady"
	"0 check_port_listen --closed -p 4044"
	"0 check_port_listen -p unix:@steady"
	"0 check_port_listen -p 4040 --source procfs"
	"0 check_conn_count -p 4040 -s established -c 20:20"
	"0 check_conn_count --remote-port 4040 -s established -c 20:20"
	"2 check_conn_count -p 4040 -s established -c 19"
	"0 check_conn_count -c 20:20 -p 4040 -C steady"
	"0 check_proc_sockets -C steady -c sockets=46:46 -c established=40:40 -c listen=4:4"
	"0 check_proc_sockets --pid $steady -c processes=1:1 -c 46:46"
	"0 check_listen_audit --allow 4040-4043,5000-5007 -P tcp"
	"2 check_listen_audit --allow 4040-4042,5000-5007 -P tcp"
	"0 check_ephemeral_ports -w 200 -c 200"
)

declare -a wrong=() runs=() unknown=()
checks=0

# check N: how it went. UNKNOWN with a reason is no wrong verdict, but is counted.
check() {
	local state plugin arguments output status=0
	read -r state plugin arguments <<<"${truths[$1]}"
	# shellcheck disable=SC2086 # a list
	output=$("$BUILDDIR/plugins/$plugin" $arguments 2>&1) || status=$?
	checks=$((checks + 1)) runs[$1]=$((${runs[$1]-0} + 1))
	if [ $status -eq 3 ] && [[ $output == *' UNKNOWN - '* ]]; then
		unknown[$1]=$((${unknown[$1]-0} + 1))
	elif [ $status -ne "$state" ]; then
		wrong[$1]="${wrong[$1]-}# status $status: ${output%%$'\n'*}"$'\n'
	fi
}

# now: in microseconds
now() {
	echo "${EPOCHREALTIME/./}"
}

exec {never}<> <(:)
start=$(now)
# Its status in a file: what the shell forks after its end may get its process id.
mkfifo "$SCRATCH/watch.end"
{
	timeout $((seconds + 60)) "$BUILDDIR/tests/churn/watch" "$seconds" "$steady" 46 4040 1 20 \
		>"$SCRATCH/watch.out"
	echo $? >"$SCRATCH/watch.status"
	: >"$SCRATCH/watch.end"
} &
# Each of them once, however slow the machine is.
while [ $checks -lt ${#truths[@]} ] || [ $(($(now) - start)) -lt $((seconds * 1000000)) ]; do
	check $((checks % ${#truths[@]}))
	while [ $((checks * 10000)) -gt $(($(now) - start)) ]; do
		read -r -t 0.002 <&"$never"
	done
done
elapsed=$(($(now) - start))
: <"$SCRATCH/watch.end"
watch_status=$(<"$SCRATCH/watch.status")
stop storm
storm_status=$?
stop steady

# ---- what it came to -----------------------------------------------------------------------------

tests=0 failures=0 unknowns=0
result() {
	tests=$((tests + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tests $2"
	else
		failures=$((failures + 1))
		echo "not ok $tests $2"
	fi
}

for i in "${!truths[@]}"; do
	status=0
	[ -z "${wrong[i]-}" ] && [ "${runs[i]-0}" -gt 0 ] && [ "${unknown[i]-0}" -lt "${runs[i]}" ] || status=1
	result $status "beside the storm: ${truths[i]} (${runs[i]-0} times, ${unknown[i]-0} UNKNOWN)"
	[ -z "${wrong[i]-}" ] || head -n 5 <<<"${wrong[i]%$'\n'}"
	unknowns=$((unknowns + ${unknown[i]-0}))
done
while read -r line; do
	case $line in
	'ok '*) result 0 "one process that looks again and again: ${line#* - }" ;;
	'not ok '*) result 1 "one process that looks again and again: ${line#* - }" ;;
	*) echo "$line" ;;
	esac
done <"$SCRATCH/watch.out"
result "$watch_status" "it ends"
result $storm_status "the storm: $(tail -n 1 "$SCRATCH/storm.out")"
echo "# $checks checks in $((elapsed / 1000000)) s, $unknowns UNKNOWN"
echo "1..$tests"
[ $failures -eq 0 ]
