#!/bin/sh
# SPDX-License-Identifier: MIT
# reproducible.sh - the last commit built twice, at different times in folders of different names,
# gives the same bytes: TAP, a line for each file
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

# build FOLDER [CONFIGURE OPTION...]
build() {
	(
		mkdir -p "$1" && cd "$1" && shift && git clone -q "$top" . && autoreconf --install &&
			./configure "$@" && make -j2
	) >"$scratch/log" 2>&1 || {
		tail -n 30 "$scratch/log"
		echo "not ok - build"
		exit 1
	}
}

one=$scratch/one other=$scratch/another/folder/far/below
build "$one" "$@"
sleep 2 # a time stamp of whole seconds shall differ
umask 077
build "$other" "$@"

count=0
failed=0
for file in "$one"/plugins/check_* "$one/libsocktab.a"; do
	[ -f "$file" ] || continue
	case $file in
	*.c | *.o) continue ;;
	esac
	name=${file#"$one/"}
	count=$((count + 1))
	if cmp "$file" "$other/$name"; then
		echo "ok $count - $name is the same, $(wc -c <"$file") bytes"
	else
		failed=$((failed + 1))
		echo "not ok $count - $name"
	fi
done
echo "1..$count"
[ $failed -eq 0 ] && [ $count -gt 1 ]
