# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# debian.sh - a bare Debian in a folder, for the tests that need one; sourced
#
# DEBIAN is 12 or 13, SCRATCH a folder of the test's own; the root is in $SCRATCH/root.

# This host's own mirror if it is a Debian, else none: debootstrap has a default.
debian_mirror() {
	host=$(sed -n 's/^ID=//p' /etc/os-release)
	codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	[ "$host" = debian ] || return 0
	# shellcheck disable=SC2016 # apt's variables
	apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
		awk -v codename="$codename" '$2 == codename { print $1; exit }'
}

# debian_make: minimal, by debootstrap, kept for a week under ~/.cache/sockcheck. It reaches the network
# and its mirror as this host does.
debian_make() {
	root=$SCRATCH/root
	cache=${XDG_CACHE_HOME:-$HOME/.cache}/sockcheck
	archive=$cache/debian-$DEBIAN.tar
	suite=bookworm
	[ "$DEBIAN" = 12 ] || suite=trixie
	mkdir -p "$root" "$cache"
	if [ -n "$(find "$archive" -mtime -7 2>/dev/null)" ]; then
		tar -C "$root" -xf "$archive"
	else
		# shellcheck disable=SC2046 # no mirror, no argument
		debootstrap --variant=minbase $suite "$root" $(debian_mirror) >"$SCRATCH/log" 2>&1 || {
			echo "debootstrap failed: $(tail -n 3 "$SCRATCH/log")" >&2
			return 1
		}
		tar -C "$root" -cf "$SCRATCH/archive" .
		mv "$SCRATCH/archive" "$archive"
	fi
	cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
	apt-config dump 2>/dev/null | grep -E '^Acquire::(https?|Check-[A-Za-z-]+)(::| )' \
		>"$root/etc/apt/apt.conf.d/99host" || true
}

# debian_inside COMMAND [UNSHARE OPTION...]: in root's home, as a login there would run it, with /proc and
# nothing to clean up: mounts and processes end with their namespaces.
debian_inside() {
	command=$1
	shift
	# shellcheck disable=SC2016 # expanded by the inner shell
	env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		DEBIAN_FRONTEND=noninteractive \
		${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
		${no_proxy:+no_proxy="$no_proxy"} \
		unshare --mount --pid --fork --kill-child "$@" sh -c '
			mount --bind "$1" "$1" && mount -t proc proc "$1/proc" &&
			exec chroot "$1" sh -c "cd && $2"' \
		sh "$SCRATCH/root" "$command" </dev/null
}
