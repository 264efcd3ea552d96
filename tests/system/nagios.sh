#!/bin/bash
# SPDX-License-Identifier: MIT
# nagios.sh - Nagios 4 runs the shipped commands; status.dat shows what the plugins say
# shellcheck source=tests/system/daemons.bash
. "$(dirname "$0")/daemons.bash"
enter "$0" nagios4

service() {
	cat <<-END
		define service {
			use			generic-service
			host_name		localhost
			service_description	$1
			check_command		check_$2!$4
		}
	END
}

configure() {
	local etc=$SCRATCH/nagios
	mkdir -p "$etc/checkresults"
	cat >"$etc/nagios.cfg" <<-END
		cfg_file=$etc/objects.cfg
		cfg_file=$etc/commands.cfg
		cfg_file=$etc/scenarios.cfg
		resource_file=$etc/resource.cfg
		log_file=$etc/nagios.log
		log_archive_path=$etc
		object_cache_file=$etc/objects.cache
		precached_object_file=$etc/objects.precache
		status_file=$etc/status.dat
		state_retention_file=$etc/retention.dat
		retain_state_information=0
		command_file=$etc/nagios.cmd
		query_socket=$etc/nagios.qh
		lock_file=$etc/nagios.pid
		temp_file=$etc/nagios.tmp
		temp_path=$etc
		check_result_path=$etc/checkresults
		nagios_user=nagios
		nagios_group=nagios
		check_external_commands=1
		status_update_interval=1
		check_for_updates=0
		bare_update_check=1
		use_syslog=0
		enable_notifications=0
		host_inter_check_delay_method=n
		illegal_macro_output_chars=\`~\$&|'"<>
		service_check_timeout=30
	END
	echo "\$USER1\$=$PLUGINS" >"$etc/resource.cfg"
	cat >"$etc/objects.cfg" <<-'END'
		define timeperiod {
			timeperiod_name	always
			alias		always
			sunday		00:00-24:00
			monday		00:00-24:00
			tuesday		00:00-24:00
			wednesday	00:00-24:00
			thursday	00:00-24:00
			friday		00:00-24:00
			saturday	00:00-24:00
		}
		define command {
			command_name	notify
			command_line	/bin/true
		}
		define contact {
			contact_name			nobody
			host_notification_commands	notify
			service_notification_commands	notify
			host_notification_period	always
			service_notification_period	always
		}
		define host {
			host_name		localhost
			address			127.0.0.1
			max_check_attempts	1
			check_period		always
			notification_period	always
			contacts		nobody
		}
		define service {
			name			generic-service
			register		0
			check_interval		1
			retry_interval		1
			max_check_attempts	1
			check_period		always
			notification_period	always
			contacts		nobody
		}
	END
	each_scenario service >"$etc/scenarios.cfg"
	cp "$SRCDIR"/doc/nagios/*.cfg "$etc"
	chown -R nagios: "$etc"
}

force_check() {
	echo "[$now] SCHEDULE_FORCED_SVC_CHECK;localhost;$1;$now"
}

# Every service has been checked.
all_checked() {
	[ "$(grep -c 'has_been_checked=1' "$SCRATCH/nagios/status.dat" 2>/dev/null)" = \
		"$(wc -l <"$SCRATCH/scenarios")" ]
}

run_nagios() {
	nagios4 "$SCRATCH/nagios/nagios.cfg" >"$SCRATCH/nagios/stdout" 2>&1 &
	NAGIOS=$!
	until_true 10 test -p "$SCRATCH/nagios/nagios.cmd" || return
	now=$(date +%s)
	each_scenario force_check >"$SCRATCH/nagios/nagios.cmd"
	until_true 40 all_checked
}

# field SERVICE NAME: of its block in status.dat.
field() {
	awk -v service="$1" -v name="$2" '
		/^servicestatus/ { inside = 1; mine = 0; value = "" }
		inside { sub(/^\t/, "") }
		inside && $0 == "service_description=" service { mine = 1 }
		inside && index($0, name "=") == 1 { value = substr($0, length(name) + 2) }
		/^}/ || /^\t}/ { if (inside && mine) print value; inside = 0 }
	' "$SCRATCH/status.dat"
}

compare() {
	same "Nagios: $1 has state $3" "$3" "$(field "$1" current_state)"
	same "Nagios: $1, text" "$(truth_text "$1")" "$(field "$1" plugin_output)"
	same "Nagios: $1, perfdata" "$(truth_perfdata "$1")" "$(field "$1" performance_data)"
	# Newlines stand as \n, and a backslash as two.
	same "Nagios: $1, long output" "$(truth_long "$1")" "$(printf '%b' "$(field "$1" long_plugin_output)")"
}

make_sockets
install_plugins
run_by_hand
each_scenario check_truth
configure
sed 's|/scenarios.cfg|/services.cfg|' "$SCRATCH/nagios/nagios.cfg" >"$SCRATCH/nagios/shipped.cfg"
passes 'nagios4 -v accepts the shipped commands and services' nagios4 -v "$SCRATCH/nagios/shipped.cfg"
run_nagios
result $? 'Nagios runs every check' "$(tail -n 20 "$SCRATCH/nagios/stdout" "$SCRATCH/nagios/nagios.log")"
cp "$SCRATCH/nagios/status.dat" "$SCRATCH/status.dat" # it goes when Nagios does
finish_process "$NAGIOS"
each_scenario compare
finish
