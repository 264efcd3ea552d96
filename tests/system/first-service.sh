#!/bin/bash
# SPDX-License-Identifier: MIT
# first-service.sh - README's five commands, from the .deb to a green service: Nagios 4, and Icinga 2
# shellcheck source=tests/system/packages.bash
. "$(dirname "$0")/packages.bash"
packages_setup debootstrap dpkg-buildpackage dh make

# steps DAEMON: the five commands of README that say its name or belong to that block.
steps() {
	awk -v daemon="$1" '
		/^## / { inside = $0 == "## From the package to a green service" }
		inside && /^    / { block = block $0 "\n"; next }
		{ if (block ~ daemon) printf "%s", block; block = "" }' "$SRCDIR/README.md" | sed 's/^    //'
}

# follow DAEMON: a script that types them, in the root, where the daemon runs as after its own
# installation. A daemon checks a new service when its turn comes: the last one is repeated until then.
follow() {
	cat >"$SCRATCH/root/root/$1" <<-END
		set -e
		$(steps "$1" | sed '$d')
		look() {
			$(steps "$1" | sed -n '$p')
		}
		tries=0
		until look 2>/dev/null | grep -q EPHEMERAL_PORTS; do
			tries=\$((tries + 1))
			[ \$tries -lt 150 ]
			sleep 1
		done
		look
	END
}

# A machine with both daemons running, as a person has it. Loopback is up: mksock raises it.
machine() {
	sockets_script <<-'END'
		service nagios4 start
		service icinga2 start
		sh ./nagios4 >nagios4.log 2>&1 &
		sh ./icinga2 >icinga2.log 2>&1
		echo $? >icinga2.status
		wait $!
		echo $? >nagios4.status
		service nagios4 stop
		service icinga2 stop
	END
}

green() {
	same "README, $1: five commands" 5 "$(steps "$1" | wc -l)"
	same "README, $1: every command succeeds" 0 "$(cat "$SCRATCH/root/root/$1.status")"
	like "README, $1: the service is green" 'EPHEMERAL_PORTS OK - 0% used' "$(cat "$SCRATCH/root/root/$1.log")"
}

rm -rf "$BUILDDIR/packages"
DEB_BUILD_OPTIONS=nocheck make_package deb >"$SCRATCH/log" 2>&1
result $? 'make deb' "$(tail -n 30 "$SCRATCH/log")"
debian_make
result $? "a bare Debian $DEBIAN"
printf '#!/bin/sh\nexit 101\n' >"$SCRATCH/root/usr/sbin/policy-rc.d" # start nothing yet
chmod 755 "$SCRATCH/root/usr/sbin/policy-rc.d"
passes 'a Debian with Nagios 4 and Icinga 2' in_root 'apt-get -qq update &&
	apt-get -qq install --no-install-recommends nagios4-core icinga2-bin && icinga2 api setup'
rm "$SCRATCH/root/usr/sbin/policy-rc.d"
echo 'APT::Get::Assume-Yes "true";' >"$SCRATCH/root/etc/apt/apt.conf.d/99yes" # says the person
cp "$BUILDDIR/packages/monitoring-plugins-sockcheck_$VERSION-1_"*.deb "$BUILDDIR/tests/mksock" "$SCRATCH/root/root"
follow nagios4
follow icinga2
machine >"$SCRATCH/root/root/machine"
alone_in_root 'bash ./machine' >"$SCRATCH/log" 2>&1
result $? 'both daemons ran and ended' "$(<"$SCRATCH/log")"
green nagios4
green icinga2
finish
