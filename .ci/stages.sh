# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# stages.sh - run stages one after the other, count, go on after a failure; sourced by run and full

passed=0
failed=0
failures=
scratch=$(mktemp -d)
trap 'chmod -R u+w "$scratch"; rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

# run_logged COMMAND... - show what it prints, keep it in $scratch/log, return its status
run_logged() {
	{
		"$@" 2>&1 </dev/null
		echo $? >"$scratch/status"
	} | tee "$scratch/log"
	return "$(cat "$scratch/status")"
}

# stage NAME COMMAND... - one stage, one thing that passes or fails
stage() {
	name=$1
	shift
	begin "$name"
	if run_logged "$@"; then
		passed=$((passed + 1))
		end passed
	else
		failed=$((failed + 1))
		failures="$failures$name; "
		end FAILED
	fi
}

# check_stage NAME COMMAND... - make check: every test is one thing that passes or fails
check_stage() {
	name=$1
	shift
	begin "$name"
	status=0
	run_logged "$@" || status=$?
	good=$(total PASS XFAIL)
	bad=$(total FAIL XPASS ERROR)
	# No tests at all, or a failure that no test tells of: the stage itself failed.
	[ "$bad" -gt 0 ] || { [ $status -eq 0 ] && [ "$good" -gt 0 ]; } || bad=1
	passed=$((passed + good))
	failed=$((failed + bad))
	if [ "$bad" -eq 0 ]; then
		end "$good tests passed, $(total SKIP) skipped"
	else
		failures="$failures$name; "
		end FAILED
	fi
}

# tap_stage NAME COMMAND... - every line of TAP is one thing that passes or fails
tap_stage() {
	name=$1
	shift
	begin "$name"
	status=0
	run_logged "$@" || status=$?
	good=$(grep -c '^ok ' "$scratch/log")
	bad=$(grep -c '^not ok ' "$scratch/log")
	[ "$bad" -gt 0 ] || { [ $status -eq 0 ] && [ "$good" -gt 0 ]; } || bad=1
	passed=$((passed + good))
	failed=$((failed + bad))
	if [ "$bad" -eq 0 ]; then
		end "$good tests passed"
	else
		failures="$failures$name; "
		end FAILED
	fi
}

# total KIND... - sum of these lines of automake's summary in the log
total() {
	for kind; do
		sed -n "s/^# $kind: *\([0-9][0-9]*\)\$/\1/p" "$scratch/log"
	done | awk '{ n += $1 } END { print n + 0 }'
}

begin() {
	printf '\n==== %s\n' "$1"
	started=$(date +%s)
}

end() {
	printf '==== %s: %s (%d s)\n' "$name" "$1" $(($(date +%s) - started))
}

# The last line of a run.
finish() {
	printf '\n'
	[ -z "$failures" ] || echo "failed: ${failures%; }"
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ]
}
