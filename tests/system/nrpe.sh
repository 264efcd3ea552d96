#!/bin/bash
# SPDX-License-Identifier: MIT
# nrpe.sh - check_nrpe gets from NRPE what the plugins say, with and without file capabilities
# shellcheck source=tests/system/daemons.bash
. "$(dirname "$0")/daemons.bash"
export PATH="$PATH:/usr/lib/nagios/plugins"
enter "$0" nrpe check_nrpe setcap

command_line() {
	echo "command[$1]=$PLUGINS/check_$2 $4"
}

configure() {
	sed "s|/usr/lib/nagios/plugins|$PLUGINS|; s|/etc/sockcheck|$SCRATCH|" \
		"$SRCDIR/doc/nrpe/sockcheck.cfg" >"$SCRATCH/sockcheck.cfg"
	cat >"$SCRATCH/nrpe.cfg" <<-END
		server_address=127.0.0.1
		server_port=5666
		nrpe_user=nagios
		nrpe_group=nagios
		pid_file=$SCRATCH/nrpe.pid
		allowed_hosts=127.0.0.1
		dont_blame_nrpe=0
		disable_syslog=1
		log_file=$SCRATCH/nrpe.log
		command_timeout=30
		command[holder]=$PLUGINS/check_port_listen -t 8 -p 8001 -C mksock
		command[capable]=$SCRATCH/capable/check_port_listen -t 8 -p 8001 -C mksock
		command[hang]=$PLUGINS/check_port_listen -t 20 --wait 15 -p 8099
		include=$SCRATCH/sockcheck.cfg
	END
	each_scenario command_line >>"$SCRATCH/nrpe.cfg"
}

# ask COMMAND [OPTION...]: output and status of check_nrpe.
ask() {
	output=$(check_nrpe -H 127.0.0.1 -t 20:3 "${@:2}" -c "$1" 2>&1)
	status=$?
}

compare() {
	ask "$1"
	same "NRPE: $1 has state $3" "$3" "$status"
	same "NRPE: $1, output" "$(cat "$SCRATCH/truth/$1")" "$output"
}

# Packets of version 2 carry 1,023 bytes: text and perfdata of line 1 are within them.
compare_old() {
	case $1 in *-timeout*) return ;; esac
	ask "$1" -2
	same "NRPE, packet version 2: $1 has state $3" "$3" "$status"
	same "NRPE, packet version 2: $1, line 1" "$(head -n 1 "$SCRATCH/truth/$1")" "${output%%$'\n'*}"
}

capable_copy() {
	mkdir "$SCRATCH/capable"
	cp "$PLUGINS/check_port_listen" "$SCRATCH/capable"
	chown root:nagios "$SCRATCH/capable/check_port_listen" &&
		chmod 0750 "$SCRATCH/capable/check_port_listen" &&
		setcap cap_sys_ptrace,cap_dac_read_search=p "$SCRATCH/capable/check_port_listen"
}

# The shipped commands, each with an answer that is not about its options.
shipped() {
	local names name
	names=$(sed -n 's/^command\[\([^]]*\)\].*/\1/p' "$SCRATCH/sockcheck.cfg")
	for name in $names; do
		ask "$name"
		[[ $status -le 3 && $output =~ ^[A-Z_]+\ (OK|WARNING|CRITICAL)\ -\  ]]
		result $? "NRPE: $name answers" "$status: $output"
	done
}

make_sockets
install_plugins
configure
passes 'a copy gets file capabilities' capable_copy
nrpe -c "$SCRATCH/nrpe.cfg" -f >"$SCRATCH/nrpe.out" 2>&1 &
NRPE=$!
until_true 10 check_nrpe -H 127.0.0.1 >/dev/null 2>&1
result $? 'NRPE starts, as user nagios' "$(cat "$SCRATCH/nrpe.out" "$SCRATCH/nrpe.log" 2>&1)"
same 'NRPE runs as user nagios' nagios "$(stat -c %U "/proc/$NRPE")"
run_by_hand # now, since NRPE listens too
each_scenario check_truth
each_scenario compare
each_scenario compare_old
shipped

ask holder
same 'NRPE: without capabilities the holder is UNKNOWN' 3 "$status"
ask capable
same 'NRPE: with file capabilities it is known' 0 "$status"
[[ $output =~ ^PORT_LISTEN\ OK\ -\ 8001/tcp.*mksock ]]
result $? 'NRPE: and named' "$output"
output=$(check_nrpe -H 127.0.0.1 -t 2:3 -c hang 2>&1)
same 'check_nrpe gives up before a plugin without -t 8 does: UNKNOWN' 3 $?
ask ports-ok -a 80
[[ $status -ne 0 && $output != *PORT_LISTEN* ]]
result $? 'NRPE refuses arguments from the client' "$status: $output"
finish_process "$NRPE"
finish
