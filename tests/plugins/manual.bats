#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# --help and the manual tell the same: options, their groups, metrics; and what the manual shows works.
# Who looks for the test of an option or a metric finds it by name.

: "${SRCDIR:=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}"
: "${BUILDDIR:=$SRCDIR}"

plugins=(check_conn_count check_ephemeral_ports check_listen_audit check_port_listen check_proc_sockets)

# Plain text of a page: no fonts, no escapes. Macros stay.
page() {
	sed -e 's/\\f[BIRP]//g' -e 's/\\-/-/g' -e 's/\\(aq/'\''/g' "$SRCDIR/doc/$1"
}

# section TITLE <PAGE: the lines between .SH TITLE and the next .SH
section() {
	awk -v title="$1" '
		/^\.SH/ { inside = $0 == ".SH " title || $0 == ".SH \"" title "\""; next }
		inside'
}

help_of() {
	"$BUILDDIR/plugins/$1" --help || [ $? -eq 3 ]
}

# Groups and options as --help has them, a line each: "Ports:", "-p, --port LIST".
help_options() {
	help_of "$1" | sed -n -e '/^Metrics/q' -e '/^Usage/d' -e '/^[A-Z].*:$/p' \
		-e 's/^  \(-., --[^ ]*\( [^ ]*\)\{0,1\}\).*/\1/p' -e 's/^      \(--[^ ]*\( [^ ]*\)\{0,1\}\).*/\1/p' |
		sed 's/ *$//'
}

# The same from the page: .SS and the lines behind .TP in OPTIONS.
page_options() {
	page "$1.8" | section OPTIONS | sed -n -e 's/^\.SS "\{0,1\}\([^"]*\)"\{0,1\}$/\1:/p' -e '/^\.TP$/{n;p;}'
}

# "listening (count)"
help_metrics() {
	help_of "$1" | sed -n '/^Metrics/,/^$/s/^  \([a-z][a-z0-9_]*\)  *\([^ ]*\).*/\1 (\2)/p'
}

page_metrics() {
	page "$1.8" | section METRICS | sed -n '/^\.TP$/{n;p;}'
}

# same WHAT LEFT RIGHT: both are lists that are not empty, and equal; else the difference.
same() {
	[ -n "$2" ] || {
		echo "$1: nothing found"
		return 1
	}
	diff -U 0 <(echo "$2") <(echo "$3") || {
		echo "$1: - stands in --help, + in the manual"
		return 1
	}
}

@test "every option of --help stands in the manual and the other way round, in the same groups" {
	for plugin in "${plugins[@]}"; do
		same "$plugin" "$(help_options "$plugin")" "$(page_options "$plugin")"
	done
}

@test "every metric of --help stands in the manual and the other way round, with its unit" {
	for plugin in "${plugins[@]}"; do
		same "$plugin" "$(help_metrics "$plugin")" "$(page_metrics "$plugin")"
	done
}

@test "every option, by its long name, and every metric of --help stands in the name of a test" {
	local plugin name all own
	all=$(sed -n 's/^@test "\(.*\)" {$/\1/p' "$SRCDIR"/tests/plugins/*.bats)
	for plugin in "${plugins[@]}"; do
		while read -r name; do
			grep -Eq -- "(^|[^[:alnum:]-])$name([^[:alnum:]-]|\$)" <<<"$all" || {
				echo "$plugin: no test is called after $name"
				return 1
			}
		done < <(help_options "$plugin" | grep -oE -e '--[a-z0-9-]+')
		own=${plugin#check_} own=${own%%_*}
		own=$(cat "$SRCDIR/tests/plugins/"{check_"$own","$own"}*.bats 2>/dev/null |
			sed -n 's/^@test "\(.*\)" {$/\1/p')
		while read -r name _; do
			grep -Eq "(^|[^[:alnum:]_])$name([^[:alnum:]_]|\$)" <<<"$own" || {
				echo "$plugin: no test is called after the metric $name"
				return 1
			}
		done < <(help_metrics "$plugin")
	done
}

@test "no page names an option that its plugin does not have" {
	for plugin in "${plugins[@]}"; do
		options=$(help_options "$plugin" | grep -oE -e '--[a-z0-9-]+' | sort -u)
		named=$(page "$plugin.8" | grep -oE -e '--[a-z][a-z0-9-]+' | sort -u)
		missing=$(comm -13 <(echo "$options") <(echo "$named"))
		echo "$plugin: $missing"
		[ -z "$missing" ]
	done
}

# What an option is said to do: the lines from its head to the next one.
described() {
	page "$1.8" | section OPTIONS | awk -v head="$2" '
		/^\.(TP|SS)/ { inside = 0 }
		inside
		$0 == head && previous == ".TP" { inside = 1 }
		{ previous = $0 }'
}

@test "what several plugins have in common their pages say in the same words" {
	set -- "${plugins[@]}"
	for plugin in "${@:2}"; do
		comm -12 <(page_options "$1" | grep -v ':$' | sort) \
			<(page_options "$plugin" | grep -v ':$' | sort) >"$BATS_TEST_TMPDIR/common"
		[ -s "$BATS_TEST_TMPDIR/common" ]
		while read -r head; do
			# Each plugin counts something else.
			[ "$head" != "--top N" ] || continue
			same "$plugin: $head" "$(described "$1" "$head")" "$(described "$plugin" "$head")"
		done <"$BATS_TEST_TMPDIR/common"
		for title in RANGES "EXIT STATUS" SECURITY; do
			same "$plugin: $title" "$(page "$1.8" | section "$title")" \
				"$(page "$plugin.8" | section "$title")"
		done
	done
}

# says FILE TEXT: wherever its lines break and fonts change.
says() {
	page "../$1" | sed 's/^\.[BI] //' | tr '\n' ' ' | grep -qF -- "$2" || {
		echo "$1 does not say: $2"
		return 1
	}
}

@test "how much is printed: the pages, the fuzzer and RELIABILITY.md have the numbers of the code" {
	grep -q 'LINE_LIMIT = 1023,' "$SRCDIR/lib/plugin/output.c"
	grep -q 'OUTPUT_LIMIT = 4095,' "$SRCDIR/lib/plugin/output.c"
	grep -q 'run.output <= 1023 && run.length <= 4095' "$SRCDIR/tests/fuzz/options.c"
	says doc/RELIABILITY.md "1,023 and 4,095 bytes are kept"
	for plugin in "${plugins[@]}"; do
		says "doc/$plugin.8" "stay within 1,023 bytes"
		says "doc/$plugin.8" "the whole within 4,095"
		says "doc/$plugin.8" "JSON and what -vv prints are not cut."
	done
}

@test "what a plugin does otherwise than one may think stands in its page" {
	for plugin in check_conn_count check_proc_sockets; do
		says "doc/$plugin.8" "A unix socket is selected by its name, as it was bound"
	done
	says doc/check_port_listen.8 "An abstract name with a NUL in it cannot be asked for"
	says doc/check_port_listen.8 "unless the path leads to the socket from here too"
	says doc/check_listen_audit.8 "allowed is left out where it cannot be told"
	says doc/check_listen_audit.8 "UDP-Lite and AF_VSOCK"
	says doc/CRON-CI.md "ADDR\\%DEVICE"
}

@test "every call of socktab.h and table.h stands in socktab(3)" {
	calls=$(sed 's/^typedef .*//' "$SRCDIR"/lib/socktab/socktab.h "$SRCDIR"/lib/socktab/table.h |
		grep -oE '\bsocktab_[a-z0-9_]+\(' | sort -u)
	[ -n "$calls" ]
	for call in $calls; do
		echo "$call"
		page socktab.3 | section SYNOPSIS | grep -qF "${call%(}"
	done
}

@test "the example of socktab(3) compiles without a warning and runs" {
	compiler=${CC:-cc}
	command -v "${compiler%% *}" >/dev/null || skip "no C compiler"
	page socktab.3 | section EXAMPLES | sed -n '/^\.nf$/,/^\.fi$/{/^\./d;s/\\e/\\/g;p;}' \
		>"$BATS_TEST_TMPDIR/example.c"
	# Sanitizers and static building must be the same in the library and here.
	# shellcheck disable=SC2086 # lists of words
	$compiler ${CFLAGS-} -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -I"$SRCDIR/lib" ${LDFLAGS-} \
		-o "$BATS_TEST_TMPDIR/example" "$BATS_TEST_TMPDIR/example.c" "$BUILDDIR/libsocktab.a"
	"$BATS_TEST_TMPDIR/example"
}

@test "man has nothing to complain about" {
	command -v man >/dev/null || skip "man is not installed"
	for file in "$SRCDIR"/doc/*.[38]; do
		complaints=$(LC_ALL=C.UTF-8 MANWIDTH=80 MANROFFSEQ='' man --warnings -l -Tutf8 -Z "$file" 2>&1 >/dev/null)
		echo "$file: $complaints"
		[ -z "$complaints" ]
	done
}

@test "mandoc has nothing to complain about" {
	command -v mandoc >/dev/null || skip "mandoc is not installed"
	for file in "$SRCDIR"/doc/*.[38]; do
		mandoc -Tlint -W warning "$file"
	done
}
