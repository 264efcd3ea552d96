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
		object PerfdataWriter "perfdata" {
			service_perfdata_path = "$SCRATCH/icinga/perfdata"
			service_temp_path = "$SCRATCH/icinga/perfdata-now"
			host_perfdata_path = "$SCRATCH/icinga/host-perfdata"
			host_temp_path = "$SCRATCH/icinga/host-perfdata-now"
			service_format_template = "\$service.name\$\t\$service.perfdata\$"
			rotation_interval = 1s
		}
		object Host "localhost" {
			check_command = "passive"
			enable_active_checks = false
		}
	END
	each_scenario icinga_service >>"$SCRATCH/icinga/icinga2.conf"
	cp "$SCRATCH/icinga/icinga2.conf" "$SCRATCH/icinga/shipped.conf"
	cat >>"$SCRATCH/icinga/shipped.conf" <<-END
		include "$SRCDIR/doc/icinga2/services.conf"
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

# What the perfdata writer wrote of a service.
written() {
	cat "$SCRATCH"/icinga/perfdata* | awk -F '\t' -v name="$1" '$1 == name { print $2; exit }'
}

all_written() {
	[ "$(cat "$SCRATCH"/icinga/perfdata* 2>/dev/null | cut -f 1 | sort -u | wc -l)" -eq \
		"$(wc -l <"$SCRATCH/scenarios")" ]
}

# What graphs get: the same metrics with the same values, limits, minimum and maximum, a line each; a
# limit that is not a plain number (4:, ~:10) has no place there.
metrics() {
	tr ' ' '\n' <<<"$1" | awk -F '[=;]' '
		{ printf "%s %g%s", $1, $2, substr($2, match($2, /[^0-9.-]*$/)) }
		{ for (i = 3; i <= 6; i++) printf ";%s", $i ~ /^-?[0-9.]+$/ ? $i + 0 : ""; print "" }'
}

compare_perfdata() {
	same "Icinga 2: $1, what the perfdata writer wrote" \
		"$(metrics "$(truth_perfdata "$1")")" "$(metrics "$(written "$1")")"
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
until_true 40 all_written
result $? 'Icinga 2 runs every check' "$(cat "$SCRATCH/icinga/log")"
finish_process "$DAEMON"
read_state "$SCRATCH/icinga"
each_scenario compare_state
each_scenario compare_perfdata
finish
