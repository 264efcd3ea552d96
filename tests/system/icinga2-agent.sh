#!/bin/bash
# SPDX-License-Identifier: MIT
# icinga2-agent.sh - a master has its agent, in another network namespace, run the checks
# shellcheck source=tests/system/daemons.bash
. "$(dirname "$0")/daemons.bash"
enter "$0" icinga2
# shellcheck source=tests/system/icinga2.bash
. "$SRCDIR/tests/system/icinga2.bash"

AGENT=$SCRATCH/agent
MASTER=$SCRATCH/master

# The agent and the sockets are here, the master is behind a cable.
connect_namespaces() {
	local holder
	unshare --net sleep infinity &
	holder=$!
	IN_MASTER=(nsenter "--net=/proc/$holder/ns/net")
	until_true 5 different_namespace $holder &&
		ip link add to-master type veth peer name to-agent netns $holder &&
		ip address add 192.0.2.2/24 dev to-master && ip link set to-master up &&
		"${IN_MASTER[@]}" ip link set lo up &&
		"${IN_MASTER[@]}" ip address add 192.0.2.1/24 dev to-agent &&
		"${IN_MASTER[@]}" ip link set to-agent up
}

different_namespace() {
	[ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}

# A certificate authority at the master, a certificate for each.
certificates() {
	local node
	icinga "$MASTER" pki new-ca || return
	for node in master agent; do
		mkdir -p "$SCRATCH/$node/data/certs"
		chown nagios: "$SCRATCH/$node/data/certs"
		(
			cd "$SCRATCH/$node/data/certs" || exit
			icinga "$MASTER" pki new-cert --cn $node --key "$PWD/$node.key" --csr "$PWD/$node.csr" &&
				icinga "$MASTER" pki sign-csr --csr "$PWD/$node.csr" --cert "$PWD/$node.crt" &&
				cp "$MASTER/data/ca/ca.crt" .
		) || return
		chown -R nagios: "$SCRATCH/$node/data"
	done
}

# node NAME: what both configurations have in common.
node() {
	cat <<-END
		const NodeName = "$1"
		const ZoneName = "$1"
		const PluginContribDir = "$PLUGINS"
		include <itl>
		include "$SCRATCH/$1/sockcheck-commands.conf"
		object Endpoint "master" {}
		object Endpoint "agent" { host = "192.0.2.2" }
		object Zone "master" { endpoints = [ "master" ] }
		object Zone "agent" {
			endpoints = [ "agent" ]
			parent = "master"
		}
		object ApiListener "api" { accept_commands = NodeName == "agent" }
	END
}

configure() {
	node agent | sed 's/ host = [^ ]* / /' >"$AGENT/icinga2.conf"
	node master >"$MASTER/icinga2.conf"
	cat >>"$MASTER/icinga2.conf" <<-END
		object CheckerComponent "checker" {}
		$(perfdata_writer "$MASTER")
	END
	# The master could not run them.
	sed -i 's|^const PluginContribDir = .*|const PluginContribDir = "/nonexistent"|' "$MASTER/icinga2.conf"
	# A command endpoint wants a zone: such services live in zones.d.
	zone=$MASTER/etc/zones.d/master
	mkdir -p "$zone"
	sed 's/check_interval = 1m/check_interval = 2s/' "$SRCDIR/doc/icinga2/services.conf" >"$zone/services.conf"
	cat >"$zone/hosts.conf" <<-END
		object Host "localhost" {
			check_command = "passive"
			enable_active_checks = false
		}
		object Host "web1" {
			check_command = "passive"
			enable_active_checks = false
			vars.agent = "agent"
			vars.listens = [ "8001", "8053/udp" ]
			vars.socket_units["nginx"] = { proc_sockets_warning = [ "close_wait=20" ] }
			vars.allowed_listeners = "$SCRATCH/allowed"
			vars.connections = true
			vars.local_ports = true
		}
	END
	COMMAND_ENDPOINT='command_endpoint = "agent"'
	each_scenario icinga_service >"$zone/scenarios.conf"
}

agent_listens() {
	[ -n "$(ss -Hltn 'sport = :5665')" ]
}

shipped='ports connections sockets-nginx listen-audit local-ports'

shipped_written() {
	local service
	for service in $shipped; do
		cut -f 1 "$MASTER"/perfdata.* | grep -qxF "$service" || return
	done
}

compare_source() {
	same "Icinga 2: $1 was run by the agent" agent "$(result_of "$1" source)"
}

make_sockets
install_plugins
icinga_folder "$AGENT"
icinga_folder "$MASTER"
connect_namespaces >"$SCRATCH/log" 2>&1
result $? 'two network namespaces and a cable' "$(cat "$SCRATCH/log")"
passes 'certificates' certificates
configure
icinga_start "$AGENT"
agent=$DAEMON
until_true 10 agent_listens
result $? 'the agent listens' "$(cat "$AGENT/log")"
run_by_hand
each_scenario check_truth
icinga_start "$MASTER" "${IN_MASTER[@]}"
until_true 40 all_written "$MASTER"
result $? 'the master gets every result' "$(cat "$MASTER/log" "$AGENT/log")"
until_true 10 shipped_written
finish_process "$DAEMON"
finish_process "$agent"
read_results "$MASTER"
each_scenario compare_source
for service in $shipped; do
	like "Icinga 2: the shipped service $service is answered by the agent" \
		'^agent [A-Z_]+ (OK|WARNING|CRITICAL) - ' "$(result_of "$service" source) $(result_of "$service" output)"
done
each_scenario compare_state
each_scenario compare_perfdata
finish
