#!/bin/bash
# SPDX-License-Identifier: MIT
# icinga2.sh - Icinga 2 runs the shipped CheckCommands; state file and perfdata show what they say
# shellcheck source=tests/system/daemons.bash
. "$(dirname "$0")/daemons.bash"
enter "$0" icinga2
# shellcheck source=tests/system/icinga2.bash
. "$SRCDIR/tests/system/icinga2.bash"

configure() {
	cat >"$SCRATCH/icinga/icinga2.conf" <<-END
		const PluginContribDir = "$PLUGINS"
		include <itl>
		include "$SCRATCH/icinga/sockcheck-commands.conf"
		object CheckerComponent "checker" {}
		$(perfdata_writer "$SCRATCH/icinga")
		object Host "localhost" {
			check_command = "passive"
			enable_active_checks = false
		}
	END
	each_scenario icinga_service >>"$SCRATCH/icinga/icinga2.conf"
	cp "$SRCDIR/doc/icinga2/services.conf" "$SCRATCH/icinga"
	cp "$SCRATCH/icinga/icinga2.conf" "$SCRATCH/icinga/shipped.conf"
	cat >>"$SCRATCH/icinga/shipped.conf" <<-END
		include "$SCRATCH/icinga/services.conf"
		object Host "web1" {
			check_command = "passive"
			vars.listens = [ "22", "443", "53/udp" ]
			vars.socket_units["nginx"] = { proc_sockets_warning = [ "close_wait=20" ] }
			vars.allowed_listeners = "/etc/sockcheck/allowed"
			vars.connections = true
			vars.local_ports = true
		}
	END
}

make_sockets
install_plugins
run_by_hand
each_scenario check_truth
icinga_folder "$SCRATCH/icinga"
configure
passes 'icinga2 accepts the shipped CheckCommands and services' \
	icinga "$SCRATCH/icinga" daemon -C -c "$SCRATCH/icinga/shipped.conf"
icinga_start "$SCRATCH/icinga"
until_true 40 all_written "$SCRATCH/icinga"
result $? 'Icinga 2 runs every check' "$(cat "$SCRATCH/icinga/log")"
finish_process "$DAEMON"
read_results "$SCRATCH/icinga"
each_scenario compare_state
each_scenario compare_perfdata
finish
