#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The configuration that ships is what the plugins' options make of it, and its examples are accepted.

load ../helpers

plugins=(conn_count ephemeral_ports listen_audit port_listen proc_sockets)
left_out='help|version|quiet|output-format|print'

@test "the generated files are what doc/generate-config makes of --help (else: make config)" {
	"$SRCDIR/doc/generate-config" "$BUILDDIR/plugins" "$BATS_TEST_TMPDIR/doc"
	for file in icinga2/sockcheck-commands.conf icinga2/director-basket.json nagios/commands.cfg; do
		diff -U 1 "$SRCDIR/doc/$file" "$BATS_TEST_TMPDIR/doc/$file"
	done
}

# Long options of a plugin that a daemon can use.
options() {
	{ "$BUILDDIR/plugins/check_$1" --help || true; } | sed -n '/^Metrics/q; s/^  [- ].[, ] --\([a-z0-9-]*\).*/\1/p' |
		grep -vxE "$left_out" | sort
}

@test "every option is an argument of its CheckCommand and the other way round" {
	for plugin in "${plugins[@]}"; do
		[ "$(options "$plugin" | wc -l)" -gt 10 ]
		arguments=$(awk -v name="\"$plugin\"" '
			$1 == "object" { inside = $3 == name }
			inside && /^\t\t"--/ { gsub(/"|--/, "", $1); print $1 }' \
			"$SRCDIR/doc/icinga2/sockcheck-commands.conf" | sort)
		equal "$plugin" "$(options "$plugin")" "$arguments"
	done
}

@test "every argument of the basket has its option and its field" {
	need_command python3
	for plugin in "${plugins[@]}"; do
		arguments=$(python3 - "$SRCDIR/doc/icinga2/director-basket.json" "$plugin" <<-'END'
			import json, re, sys
			basket = json.load(open(sys.argv[1]))
			command = basket["Command"][sys.argv[2]]
			fields = {basket["Datafield"][str(field["datafield_id"])]["varname"] for field in command["fields"]}
			variables = {(argument.get("value") or argument["set_if"]).strip("$") for argument in command["arguments"].values()}
			assert fields == variables, fields ^ variables
			assert len(fields) == len(command["arguments"])
			print("\n".join(name[2:] for name in command["arguments"]))
		END
		)
		equal "$plugin" "$(options "$plugin")" "$(sort <<<"$arguments")"
	done
}

@test "the example services of Icinga use variables that exist" {
	used=$(grep -oE "\\b($(IFS='|'; echo "${plugins[*]}"))_[a-z_0-9]+" "$SRCDIR/doc/icinga2/services.conf" | sort -u)
	[ -n "$used" ]
	for variable in $used; do
		echo "$variable"
		grep -qF "\"\$$variable\$\"" "$SRCDIR/doc/icinga2/sockcheck-commands.conf"
	done
}

# accepted COMMAND LINE: as a shell runs it, in the test's namespace, and no option is refused.
accepted() {
	echo "80 in=127.0.0.0/8" >"$BATS_TEST_TMPDIR/allowed"
	run_command sh -c "${1//\/etc\/sockcheck/$BATS_TEST_TMPDIR}"
	[ "$status" -le 3 ] || fail "exit status above 3"
	refute_output_like 'UNKNOWN - (-|unexpected|there is no option)'
	assert_output_like '^[A-Z_]+ [A-Z]+ - '
}

@test "every example of NRPE is accepted, gives up before check_nrpe does, and needs no arguments" {
	examples=$(grep '^command\[' "$SRCDIR/doc/nrpe/sockcheck.cfg")
	equal "one for each plugin at least" "${plugins[*]}" \
		"$(grep -oE 'check_[a-z_]+ ' <<<"$examples" | sed 's/check_//' | sort -u | xargs)"
	while IFS= read -r line; do
		[[ $line == *' -t 8 '* && $line != *'$'* ]]
		line=${line#*=}
		accepted "${line//\/usr\/lib\/nagios\/plugins/$BUILDDIR/plugins}"
	done <<<"$examples"
}

@test "every example of Nagios is accepted" {
	examples=$(sed -n 's/^\tcheck_command\t*\(check_[a-z_]*\)!/\1 /p' "$SRCDIR/doc/nagios/services.cfg")
	[ "$(wc -l <<<"$examples")" -ge "${#plugins[@]}" ]
	while IFS= read -r line; do
		accepted "$BUILDDIR/plugins/$line"
	done <<<"$examples"
}
