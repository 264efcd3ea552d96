# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154
# capable.bash - copies of plugins with and without capabilities, run by nobody; after helpers.bash

NOBODY=65534
CAPABILITIES=cap_sys_ptrace,cap_dac_read_search

# plain NAME, capable NAME [CAPABILITIES]: FILE is a copy of the plugin that nobody can run, without
# and with capabilities.
plain() {
	FILE=$BATS_TEST_TMPDIR/plain/$1
	mkdir -p "${FILE%/*}"
	cp "$BUILDDIR/plugins/$1" "$FILE"
	chmod a+rx "${FILE%/*}" "$FILE"
}

capable() {
	PATH=$PATH:/usr/sbin:/sbin need_command setcap
	plain "$1"
	mkdir -p "$BATS_TEST_TMPDIR/capable"
	chmod a+rx "$BATS_TEST_TMPDIR/capable"
	cp /bin/cat "$BATS_TEST_TMPDIR/capable/cat"
	mv "$FILE" "$BATS_TEST_TMPDIR/capable/"
	FILE=$BATS_TEST_TMPDIR/capable/$1
	PATH=$PATH:/usr/sbin:/sbin setcap "${2:-$CAPABILITIES=p}" "$FILE" || skip "setcap may not"
	PATH=$PATH:/usr/sbin:/sbin setcap cap_sys_ptrace=p "$BATS_TEST_TMPDIR/capable/cat"
	as_nobody "$BATS_TEST_TMPDIR/capable/cat" /proc/self/status
	[[ $output == *CapPrm:$'\t'0000000000080000* ]] ||
		skip "capabilities of files do not count here (nosuid, no_new_privs, bounding set)"
}

# as_nobody [SETPRIV OPTION]... COMMAND...: without any capability but those of the file.
as_nobody() {
	local options=()
	while [[ $1 == --* ]]; do
		options+=("$1")
		shift
	done
	need_users $NOBODY
	# shellcheck disable=SC2016 # the inner shell expands it
	run_command "${BEFORE[@]}" setpriv --reuid=$NOBODY --regid=$NOBODY --clear-groups \
		"${options[@]}" sh -c 'exec "$@"' sh "$@"
}
