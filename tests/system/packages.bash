# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# packages.bash - for the tests of packages: Debian packages of this tree in a bare Debian

# shellcheck source=tests/system/daemons.bash
. "$(dirname "${BASH_SOURCE[0]}")/daemons.bash"
# shellcheck source=tests/system/debian.sh
. "$SRCDIR/tests/system/debian.sh"

# packages_setup TOOL...: SCRATCH and, where a .deb that is built here can run, DEBIAN.
packages_setup() {
	local tool
	[ "$(id -u)" -eq 0 ] || skip_all "needs root"
	for tool in "$@"; do
		command -v "$tool" >/dev/null || skip_all "$tool is not installed"
	done
	[ -x "$BUILDDIR/tests/mksock" ] || skip_all "not built: make tests/mksock"
	DEBIAN=$(sed -n 's/^VERSION_ID="\(.*\)"/\1/p' /etc/os-release)
	case $(sed -n 's/^ID=//p' /etc/os-release)$DEBIAN in
	debian12 | debian13) ;;
	*) skip_all "needs Debian 12 or 13" ;;
	esac
	# shellcheck disable=SC2034 # for the tests
	VERSION=$(sed -n 's/^AC_INIT(\[[^]]*\], \[\([^]]*\)\].*/\1/p' "$SRCDIR/configure.ac")
	SCRATCH=$(mktemp -d)
	chmod 755 "$SCRATCH"
	trap 'rm -rf --one-file-system "$SCRATCH"' EXIT
	trap 'exit 1' HUP INT TERM
}

# make_package TARGET [VARIABLE=VALUE...]: in the build folder; the result goes to its packages/. A
# target that others can make too is made once at a time.
make_package() {
	flock "$BUILDDIR/config.status" make -C "$BUILDDIR" "$@"
}

# in_root COMMAND: in the root, in this network. alone_in_root COMMAND: without any network.
in_root() {
	debian_inside "$1"
}

alone_in_root() {
	debian_inside "$1" --net
}

# Shows what its commands print, with known sockets around them. `in` stays open, and mksock alive,
# until the script ends.
sockets_script() {
	cat <<-'END'
		PATH=/usr/lib/nagios/plugins:$PATH
		mkfifo in out
		./mksock tcp-listen,port=8001 udp-bound,port=8053 tcp-established,port=8001,count=3 \
			<in >out 2>&1 &
		exec 3>in
		while read -r line && [ "$line" != ready ]; do :; done <out
		rm in out
		show() {
			"$@"
			echo "exit $?"
		}
		as_nagios() {
			setpriv --reuid nagios --regid nagios --clear-groups "$@"
		}
	END
	cat
}
