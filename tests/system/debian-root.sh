#!/bin/sh
# SPDX-License-Identifier: MIT
# debian-root.sh [12|13] - do the README's two commands work on a bare Debian?
#
# Makes a minimal root with debootstrap (kept for a week under ~/.cache/sockcheck), clones the last
# commit into it and runs both commands there with nothing else installed. Needs root.
set -eu

release=${1-12}
case $release in
12) suite=bookworm ;;
13) suite=trixie ;;
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
cache=${XDG_CACHE_HOME:-$HOME/.cache}/sockcheck
archive=$cache/debian-$release.tar
scratch=$(mktemp -d)
root=$scratch/root
trap 'rm -rf --one-file-system "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

# This host's own mirror if it is a Debian, else none: debootstrap has a default.
mirror() {
	host=$(sed -n 's/^ID=//p' /etc/os-release)
	codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	[ "$host" = debian ] || return 0
	# shellcheck disable=SC2016 # apt's variables
	apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
		awk -v codename="$codename" '$2 == codename { print $1; exit }'
}

make_root() {
	mkdir -p "$root" "$cache"
	if [ -n "$(find "$archive" -mtime -7 2>/dev/null)" ]; then
		tar -C "$root" -xf "$archive"
		return
	fi
	# shellcheck disable=SC2046 # no mirror, no argument
	debootstrap --variant=minbase $suite "$root" $(mirror) >"$scratch/log" 2>&1 ||
		fail "debootstrap failed: $(tail -n 3 "$scratch/log")"
	tar -C "$root" -cf "$scratch/archive" .
	mv "$scratch/archive" "$archive"
}

# The root reaches the network and its mirror as this host does.
connect_root() {
	cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
	apt-config dump 2>/dev/null | grep -E '^Acquire::(https?|Check-[A-Za-z-]+)(::| )' \
		>"$root/etc/apt/apt.conf.d/99host" || true
}

# inside COMMAND - run it in the root as a login there would, with /proc and nothing to clean up:
# mounts and processes end with their namespaces.
inside() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
		${no_proxy:+no_proxy="$no_proxy"} \
		unshare --mount --pid --fork --kill-child sh -c '
			mount --bind "$1" "$1" && mount -t proc proc "$1/proc" &&
			exec chroot "$1" sh -c "cd /root/sockcheck && $2"' \
		sh "$root" "$1" </dev/null
}

make_root
connect_root
git clone -q --no-hardlinks "$top" "$root/root/sockcheck"

echo "== Debian $release: ./bootstrap && plugins/check_conn_count -w 500 -c 1000"
answer=0
inside './bootstrap && exec plugins/check_conn_count -w 500 -c 1000' >"$scratch/log" 2>&1 || answer=$?
tail -n 3 "$scratch/log"
if [ $answer -gt 2 ] || ! tail -n 1 "$scratch/log" | grep -q '^CONN_COUNT '; then
	tail -n 60 "$scratch/log"
	fail "Debian $release: no answer, exit $answer"
fi

echo "== Debian $release: ./bootstrap && make check"
inside './bootstrap && make check' >"$scratch/log" 2>&1 || {
	grep -E '^(FAIL|ERROR|not ok)' "$scratch/log"
	tail -n 100 "$scratch/log"
	fail "Debian $release: make check failed"
}
grep -E '^(SKIP|# (TOTAL|PASS|SKIP|FAIL|ERROR)):' "$scratch/log"
