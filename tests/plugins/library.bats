#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# library.bats - what doc/LIBRARY.md shows: its programs run, its tables are whole and right

load ../helpers

LIBRARY=$SRCDIR/doc/LIBRARY.md

need_compiler() {
	read -r -a CC_COMMAND <<<"${CC:-cc} ${CFLAGS-} ${LDFLAGS-}"
	need_command "${CC_COMMAND[0]}"
}

# The blocks of C in doc/LIBRARY.md, which together are one program.
programs() {
	# shellcheck disable=SC2016 # no expansion
	sed -n '/^```c$/,/^```$/{/^```/!p;}' "$LIBRARY"
}

# section TITLE: the lines of doc/LIBRARY.md below it.
section() {
	awk -v title="## $1" '/^## / { inside = $0 == title } inside' "$LIBRARY"
}

# column N: of the table in stdin, bare.
column() {
	sed -n 's/^| *\(`.*\)|$/\1/p' | sed 's/\\|/\x01/g' | cut -d'|' -f"$1" |
		sed 's/\x01/|/g; s/`//g; s/^ *//; s/ *$//'
}

# same_list WHAT EXPECTED ACTUAL
same_list() {
	diff -U 0 <(sort <<<"$2") <(sort <<<"$3") || fail "$1: - expected, + in doc/LIBRARY.md"
}

@test "check_listening_port is five lines, and right" {
	need_compiler
	local dir=$BATS_TEST_TMPDIR
	mkdir "$dir/socktab"
	cp "$SRCDIR/lib/socktab/socktab.h" "$SRCDIR/lib/socktab/table.h" "$dir/socktab"
	programs >"$dir/listens.c"
	equal "lines without braces" 5 "$(sed '/^int main/,$d' "$dir/listens.c" |
		grep -v -c -e '^#' -e '^$' -e '^[{}]$')"
	"${CC_COMMAND[@]}" -I "$dir" -o "$dir/listens" "$dir/listens.c" "$BUILDDIR/libsocktab.a" -pthread
	mksock tcp-listen,port=80 tcp-listen,port=81,addr=::1 tcp-established,port=82 udp-bound,port=83
	local port
	for port in 80 81; do
		run_command "$dir/listens" "$port"
		assert_status 0
		equal "answer" listens "$output"
	done
	for port in 82 83 84; do
		run_command "$dir/listens" "$port"
		assert_status 1
		equal "answer" "does not listen" "$output"
	done
}

@test "make install and pkg-config: the same program links and runs" {
	need_compiler
	need_command pkg-config
	need_command make
	[ -e "$BUILDDIR/Makefile" ] || skip "not built by make"
	local dir=$BATS_TEST_TMPDIR flags=()
	env -u MAKEFLAGS -u MFLAGS make -s -C "$BUILDDIR" DESTDIR="$dir/root" prefix=/opt/socktab \
		install-libLIBRARIES install-socktabincludeHEADERS >"$dir/log" 2>&1 ||
		fail "$(<"$dir/log")"
	programs >"$dir/listens.c"
	mkdir "$dir/pc"
	sed "s,^prefix=.*,prefix=$dir/root/opt/socktab,; s,^exec_prefix=.*,exec_prefix=\${prefix}," \
		"$BUILDDIR/socktab.pc" >"$dir/pc/socktab.pc"
	read -r -a flags < <(PKG_CONFIG_PATH=$dir/pc pkg-config --cflags --libs socktab)
	"${CC_COMMAND[@]}" -o "$dir/listens" "$dir/listens.c" "${flags[@]}"
	mksock tcp-listen,port=80
	run_command "$dir/listens" 80
	equal "answer" listens "$output"
	equal "version" "$(sed -n 's/^AC_INIT(\[[^]]*\], \[\([^]]*\)\].*/\1/p' "$SRCDIR/configure.ac")" \
		"$(PKG_CONFIG_PATH=$dir/pc pkg-config --modversion socktab)"
}

@test "psutil's kinds, fields and statuses are all there" {
	need_python psutil
	same_list kinds "$("$PYTHON" -c 'import psutil._common as c; print(*c.conn_tmap, sep="\n")')" \
		"$(section Kinds | column 1)"
	same_list fields "$("$PYTHON" -c 'import psutil._common as c; print(*c.sconn._fields, sep="\n")')" \
		"$(section Fields | column 1)"
	same_list statuses "$("$PYTHON" -c 'import psutil
print(*(n for n in dir(psutil) if n.startswith("CONN_")), sep="\n")')" \
		"$(section Statuses | column 1)"
}

# table_program: C that prints what the document's expressions and names mean.
table_program() {
	local word expression name
	cat <<-'END'
		#include <stdio.h>
		#include <socktab/socktab.h>
		static int count(const struct socktab_record *record, void *data)
		{
			++*(int *)data;
			return record->state ? 0 : 0;
		}
		static void kind(struct socktab *t, const char *word, uint32_t kinds)
		{
			struct socktab_filter filter = { .kinds = kinds };
			int n = 0;
			socktab_visit(t, &filter, count, &n);
			printf("%s %d\n", word, n);
		}
		static void state(const char *status, enum socktab_state number, const char *name)
		{
			printf("%s %s %s\n", status, socktab_state_name(number), name);
		}
		int main(void)
		{
			struct socktab *t;
			if (socktab_open(&t, NULL))
				return 1;
	END
	while IFS=$'\t' read -r word expression; do
		printf '\tkind(t, "%s", %s);\n' "$word" "$expression"
	done < <(paste <(section Kinds | column 1) <(section Kinds | column 2))
	while IFS=$'\t' read -r word expression name; do
		[ "$word" = CONN_NONE ] || printf '\tstate("%s", %s, "%s");\n' "$word" "$expression" "$name"
	done < <(paste <(section Statuses | column 1) <(section Statuses | column 2) \
		<(section Statuses | column 3))
	printf '\tsocktab_close(t);\n\treturn 0;\n}\n'
}

@test "the tables of kinds and statuses mean what they say" {
	need_compiler
	local dir=$BATS_TEST_TMPDIR
	mkdir "$dir/socktab"
	cp "$SRCDIR/lib/socktab/socktab.h" "$SRCDIR/lib/socktab/table.h" "$dir/socktab"
	table_program >"$dir/tables.c"
	"${CC_COMMAND[@]}" -I "$dir" -o "$dir/tables" "$dir/tables.c" "$BUILDDIR/libsocktab.a" -pthread
	mksock tcp-listen,port=80 tcp-listen,addr=::1,port=81,ports=2 udp-bound,port=1,ports=4 \
		udp-bound,addr=::1,port=11,ports=8 unix-pair,count=8
	run_command "$dir/tables"
	equal "kinds" "all 31 inet 15 inet4 5 inet6 10 tcp 3 tcp4 1 tcp6 2 udp 12 udp4 4 udp6 8 unix 16" \
		"$(echo "$output" | grep -v CONN | paste -s -d ' ')"
	local status ours shown
	while read -r status ours shown; do
		equal "$status" "${status#CONN_}" "${ours^^}"
		equal "$status" "$ours" "$shown"
	done < <(grep CONN <<<"$output")
	equal "statuses" 11 "$(grep -c CONN <<<"$output")"
}
