#!/bin/sh
# SPDX-License-Identifier: MIT
# debian-root.sh [12|13] - do the README's two commands work on a bare Debian?
#
# Makes a minimal root with debootstrap (kept for a week under ~/.cache/sockcheck), clones the last
# commit into it and runs both commands there with nothing else installed. Needs root.
set -eu

DEBIAN=${1-12}
case $DEBIAN in
12 | 13) ;;
*)
	echo "usage: debian-root.sh [12|13]" >&2
	exit 1
	;;
esac

fail() {
	echo "debian-root.sh: $*" >&2
	exit 1
}

[ "$(id -u)" -eq 0 ] || fail "needs root"
for tool in debootstrap git unshare; do
	command -v $tool >/dev/null || fail "$tool is not installed"
done

top=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=tests/system/debian.sh
. "$top/tests/system/debian.sh"
SCRATCH=$(mktemp -d)
trap 'rm -rf --one-file-system "$SCRATCH"' EXIT
trap 'exit 1' HUP INT TERM

# inside COMMAND - in the clone
inside() {
	debian_inside "cd sockcheck && $1"
}

debian_make || exit
git clone -q --no-hardlinks "$top" "$SCRATCH/root/root/sockcheck"

echo "== Debian $DEBIAN: ./bootstrap && plugins/check_conn_count -w 500 -c 1000"
answer=0
inside './bootstrap && exec plugins/check_conn_count -w 500 -c 1000' >"$SCRATCH/log" 2>&1 || answer=$?
tail -n 3 "$SCRATCH/log"
if [ $answer -gt 2 ] || ! tail -n 1 "$SCRATCH/log" | grep -q '^CONN_COUNT '; then
	tail -n 60 "$SCRATCH/log"
	fail "Debian $DEBIAN: no answer, exit $answer"
fi

echo "== Debian $DEBIAN: ./bootstrap && make check"
inside './bootstrap && make check' >"$SCRATCH/log" 2>&1 || {
	grep -E '^(FAIL|ERROR|not ok)' "$SCRATCH/log"
	tail -n 100 "$SCRATCH/log"
	fail "Debian $DEBIAN: make check failed"
}
grep -E '^(SKIP|# (TOTAL|PASS|SKIP|FAIL|ERROR)):' "$SCRATCH/log"
