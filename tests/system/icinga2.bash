# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# icinga2.bash - for the tests with Icinga 2: services of the scenarios, results from its state file

# icinga_folder DIR: what an instance writes goes there.
icinga_folder() {
	mkdir -p "$1/run" "$1/data" "$1/cache" "$1/spool/perfdata" "$1/etc"
	cp "$SRCDIR/doc/icinga2/sockcheck-commands.conf" "$1"
	chown -R nagios: "$1"
}

# icinga DIR ARGUMENT...: as user nagios, with everything in DIR.
icinga() {
	icinga_command "$@"
	"${command[@]}" </dev/null
}

icinga_command() {
	local dir=$1
	shift
	command=(env ICINGA2_USER=nagios ICINGA2_GROUP=nagios icinga2 "$@"
		-D Configuration.RunAsUser=nagios -D Configuration.RunAsGroup=nagios
		-D Configuration.ConfigDir="$dir/etc" -D Configuration.DataDir="$dir/data"
		-D Configuration.CacheDir="$dir/cache" -D Configuration.LogDir="$dir"
		-D Configuration.ZonesDir="$dir/etc/zones.d" -D Configuration.SpoolDir="$dir/spool"
		-D Configuration.InitRunDir="$dir/run")
}

# icinga_start DIR [ENTER...]: DAEMON is the pid of icinga2 itself, which kill reaches. ENTER is what
# leads into another namespace.
icinga_start() {
	icinga_command "$1" daemon -c "$1/icinga2.conf"
	"${@:2}" "${command[@]}" >"$1/log" 2>&1 </dev/null &
	# shellcheck disable=SC2034 # for the tests
	DAEMON=$!
}

# icinga_service NAME PLUGIN STATE OPTIONS: options become variables, --remote-port 80 of conn_count
# vars.conn_count_remote_port = [ "80" ], a flag = true.
icinga_service() {
	cat <<-END
		object Service "$1" {
			host_name = "localhost"
			check_command = "$2"
			check_interval = 2s
			retry_interval = 2s
			max_check_attempts = 1
			${COMMAND_ENDPOINT-}
			$(icinga_variables "$2" "$4")
		}
	END
}

icinga_variables() {
	tr ' ' '\n' <<<"$2" | awk -v plugin="$1" '
		/^--/ {
			name = plugin "_" substr($0, 3)
			gsub(/-/, "_", name)
			names[++n] = name
			next
		}
		{ values[names[n]] = values[names[n]] (values[names[n]] ? ", " : "") "\"" $0 "\"" }
		END {
			for (i = 1; i <= n; i++)
				if (!seen[names[i]]++)
					printf "vars.%s = %s\n", names[i], names[i] in values ? \
						values[names[i]] ~ /,/ && values[names[i]] ~ /", "/ ? \
						"[ " values[names[i]] " ]" : values[names[i]] : "true"
		}'
}

# ---- results ---------------------------------------------------------------------------------

# perfdata_writer DIR: its object; what it writes goes to DIR/perfdata*.
perfdata_writer() {
	cat <<-END
		object PerfdataWriter "perfdata" {
			service_perfdata_path = "$1/perfdata"
			service_temp_path = "$1/perfdata-now"
			host_perfdata_path = "$1/host-perfdata"
			host_temp_path = "$1/host-perfdata-now"
			service_format_template = "\$service.name\$\t\$service.perfdata\$"
			rotation_interval = 1s
		}
	END
}

# all_written DIR: of every scenario.
all_written() {
	cut -f 1 "$SCRATCH/scenarios" | sort >"$SCRATCH/names"
	[ -z "$(cat "$1"/perfdata* 2>/dev/null | cut -f 1 | sort -u | comm -13 - "$SCRATCH/names")" ]
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
		"$(metrics "$(truth_perfdata "$1")")" "$(metrics "$(result_of "$1" written)")"
}

# read_results DIR: the last ones of every service when Icinga 2 has ended: $SCRATCH/result/NAME.state,
# .output, .perfdata, .source (who ran it), .written (by the perfdata writer).
read_results() {
	mkdir -p "$SCRATCH/result"
	python3 - "$1/data/icinga2.state" "$SCRATCH/result" <<-'END'
		import json, re, sys
		data = open(sys.argv[1], "rb").read()
		while data:
		    length, data = data.split(b":", 1)
		    record, data = data[: int(length)], data[int(length) + 1 :]
		    record = json.loads(record)
		    if record["type"] != "Service":
		        continue
		    result = record["update"].get("last_check_result")
		    base = sys.argv[2] + "/" + record["name"].split("!")[1]
		    if result:
		        values = {
		            "state": int(result["state"]),
		            "output": result["output"],
		            "perfdata": " ".join(map(str, result["performance_data"] or [])),
		            "source": result.get("check_source", ""),
		        }
		        for key, value in values.items():
		            with open(base + "." + key, "w") as file:
		                print(value, file=file)
	END
	# shellcheck disable=SC2016 # awk's
	cat "$1"/perfdata* | awk -F '\t' -v folder="$SCRATCH/result/" '!seen[$1]++ { print $2 > (folder $1 ".written") }'
}

result_of() {
	cat "$SCRATCH/result/$1.$2" 2>/dev/null
}

compare_state() {
	same "Icinga 2: $1 has state $3" "$3" "$(result_of "$1" state)"
	same "Icinga 2: $1, output" "$(truth_text "$1" && truth_long "$1")" "$(result_of "$1" output)"
	same "Icinga 2: $1, perfdata" "$(truth_perfdata "$1")" "$(result_of "$1" perfdata)"
}
