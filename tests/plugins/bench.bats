#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# bench.bats - the measurements answer their own questions right

load ../helpers

setup() {
	sockets_setup
}

@test "every row of ours is right, and stands beside its limits" {
	need_root
	local table=$BATS_TEST_TMPDIR/table
	TMPDIR=$BATS_TEST_TMPDIR ROUNDS=1 BUDGET=1 QUESTIONS='' \
		"$SRCDIR/tests/bench/bench" 500 "$table" >"$PLUGIN_STDOUT" 2>&1 3>&- ||
		fail "$(<"$PLUGIN_STDOUT")"
	# --unit has a row where there are cgroups.
	equal "rows of ours" 13 "$(awk -F '\t' '$3 ~ /^sockcheck/ && $3 !~ /unit/' "$table" | wc -l)"
	equal "rows that are not right" '' \
		"$(awk -F '\t' '$3 ~ /^sockcheck/ && $4 != "right"' "$table")"
	equal "limits" 11 "$(grep -c "$(printf '\t')limit: " "$table")"
	grep -q 'reached\|missed' "$PLUGIN_STDOUT" || fail "no goals"
}
