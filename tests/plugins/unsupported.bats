#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A build for a system that has no backend yet answers UNKNOWN, whatever is asked.

answers_unknown() {
	run "$BUILDDIR/plugins/$1" "${@:2}"
	echo "$output"
	[ "$status" -eq 3 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ "$output" == *" UNKNOWN - "* ]]
}

@test "check_conn_count cannot see" {
	answers_unknown check_conn_count -w 500 -c 1000
}

@test "check_port_listen cannot see" {
	answers_unknown check_port_listen -p 22
}

@test "check_port_listen --closed cannot see either" {
	answers_unknown check_port_listen --closed -p 22
}

@test "check_proc_sockets cannot see" {
	answers_unknown check_proc_sockets -C init
}

@test "check_ephemeral_ports cannot see" {
	answers_unknown check_ephemeral_ports
}

@test "check_listen_audit cannot see" {
	answers_unknown check_listen_audit --allow 22
}
