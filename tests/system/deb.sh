#!/bin/bash
# SPDX-License-Identifier: MIT
# deb.sh - `make deb`, and the life of its packages in a bare Debian: install, use, upgrade, purge
# shellcheck source=tests/system/packages.bash
. "$(dirname "$0")/packages.bash"
packages_setup debootstrap dpkg-buildpackage dh lintian make

plugins=$SCRATCH/root/usr/lib/nagios/plugins

# debs REVISION: of both packages, for apt.
debs() {
	printf "./%s_$VERSION-$1_*.deb " monitoring-plugins-sockcheck libsocktab-dev
}

# The files of the root, but for what dpkg and apt know and log of packages.
files() {
	(cd "$SCRATCH/root" && find . -path ./var/lib -prune -o -path ./var/cache -prune \
		-o -path ./var/log -prune -o -path ./root -prune -o -print | LC_ALL=C sort)
}

capabilities() {
	in_root 'getcap -r /usr/lib/nagios/plugins' | sed 's|.*/||' | LC_ALL=C sort
}

answers() {
	sockets_script >"$SCRATCH/root/root/answers" <<-'END'
		show check_port_listen -p 8001,8053/udp
		show check_conn_count -w 5 -c 10
		show check_listen_audit --allow 8001 -v
		show check_ephemeral_ports
		show check_proc_sockets -C mksock
	END
	alone_in_root 'sh ./answers' 2>&1
}

# Who holds the port, asked by user nagios about a process of root.
holder() {
	sockets_script >"$SCRATCH/root/root/holder" <<-'END'
		show as_nagios check_port_listen -p 8001 -C mksock
	END
	alone_in_root 'sh ./holder' 2>&1 | sed 's/\[[0-9]*\]/[PID]/'
}

expected_answers() {
	cat <<-'END'
		PORT_LISTEN OK - 8001/tcp on 127.0.0.1, accept queue 0% (0 of 129), 8053/udp on 127.0.0.1 | listening=2;;2: tcp_8001_listeners=1 tcp_8001_backlog=0%;;;0;100 udp_8053_listeners=1
		exit 0
		CONN_COUNT WARNING - connections 6 (limit 5) (6 established) | connections=6;5;10 established=6 syn_sent=0 syn_recv=0 fin_wait1=0 fin_wait2=0 time_wait=0 close_wait=0 last_ack=0 closing=0
		exit 1
		LISTEN_AUDIT CRITICAL - 1 unexpected: 127.0.0.1:8053/udp mksock[PID] user root for AGE | unexpected=1;;0 listeners=2 allowed=1 missing=0
		allowed: 127.0.0.1:8001/tcp uid 0
		unexpected: 127.0.0.1:8053/udp mksock[PID] user root for AGE
		exit 2
		EPHEMERAL_PORTS OK - 0% used from 127.0.0.1 to 127.0.0.1:8001 (3 of 28232) | usage=0.011%;70;90;0;100 local_usage=0.011%;;;0;100 used=3 time_wait=0 destinations=1
		exit 0
		PROC_SOCKETS OK - 8 sockets in 1 process | processes=1 sockets=8 max_per_process=8 tcp=7 udp=1 unix=0 other=0 established=6 close_wait=0 listen=1 fds=11 fd_usage=USAGE%;;;0;100
		exit 0
	END
}

# ---- built -----------------------------------------------------------------------------------

rm -rf "$BUILDDIR/packages"
DEB_BUILD_OPTIONS='' make_package deb >"$SCRATCH/build" 2>&1
result $? 'make deb' "$(tail -n 30 "$SCRATCH/build")"
like 'its build ran tests' 'PASS: tests/lib/test_range 1 ' "$(<"$SCRATCH/build")"
same 'lintian has nothing to say' '' \
	"$(lintian --info --allow-root --fail-on none "$BUILDDIR/packages/sockcheck_$VERSION-1_"*.changes 2>&1)"
DEB_BUILD_OPTIONS=nocheck make_package deb DEB_REVISION=2 >"$SCRATCH/build" 2>&1
result $? 'make deb DEB_REVISION=2' "$(tail -n 30 "$SCRATCH/build")"
! grep -q '^PASS:' "$SCRATCH/build"
result $? 'nocheck runs no tests' "$(grep '^PASS:' "$SCRATCH/build")"

# ---- installed -------------------------------------------------------------------------------

debian_make
result $? "a bare Debian $DEBIAN"
passes 'what the tests need in it' in_root 'apt-get -qq update && apt-get -qq install \
	--no-install-recommends gcc libc6-dev libcap2-bin pkg-config && useradd --system nagios'
cp "$BUILDDIR"/packages/*.deb "$BUILDDIR/tests/mksock" "$SCRATCH/root/root"
files >"$SCRATCH/before"
passes 'apt-get install' in_root "apt-get -qq install $(debs 1)"
same 'every plugin answers about known sockets' "$(expected_answers)" \
	"$(answers | sed 's/\[[0-9]*\]/[PID]/; s/fd_usage=[0-9.]*%/fd_usage=USAGE%/')"
same 'files in /etc are conffiles' $'/etc/nagios-plugins/config/sockcheck.cfg\n/etc/nagios/nrpe.d/sockcheck.cfg' \
	"$(in_root "dpkg-query -W -f '\${Conffiles}\n' monitoring-plugins-sockcheck" | awk 'NF { print $1 }' | sort)"
same 'CheckCommands for Icinga 2' "$(<"$SRCDIR/doc/icinga2/sockcheck-commands.conf")" \
	"$(<"$SCRATCH/root/usr/share/icinga2/include/plugins-contrib.d/sockcheck.conf")"

# ---- the library -----------------------------------------------------------------------------

cat >"$SCRATCH/root/root/kind.c" <<-'END'
	#include <stdio.h>
	#include <socktab/socktab.h>
	static int show(const struct socktab_record *r, void *data)
	{
		return printf("%u %s%s", r->laddr.port, socktab_state_name(r->state), (char *)data) < 0;
	}
	int main(void)
	{
		struct socktab *t;
		struct socktab_filter f = { .kinds = 1 << SOCKTAB_KIND_TCP4, .states = 1 << SOCKTAB_LISTEN };
		return socktab_open(&t, NULL) || socktab_visit(t, &f, show, "\n");
	}
END
# shellcheck disable=SC2016 # the inner shell expands it
passes 'a program compiles by pkg-config' in_root \
	'cc -Wall -Werror -o kind kind.c $(pkg-config --cflags --libs socktab)'
echo 'show ./kind' | sockets_script >"$SCRATCH/root/root/kinds"
same 'and sees the listener' $'8001 listen\nexit 0' "$(alone_in_root 'sh ./kinds' 2>&1)"
# shellcheck disable=SC2016
passes 'its example compiles' in_root 'cc -I /usr/include/socktab -o netstat \
	/usr/share/doc/libsocktab-dev/examples/netstat.c $(pkg-config --cflags --libs socktab)'

# ---- capabilities ----------------------------------------------------------------------------

same 'no capabilities by default' '' "$(capabilities)"
like 'user nagios cannot tell who holds a port of root' \
	'^PORT_LISTEN UNKNOWN - .*give the plugin cap_sys_ptrace,cap_dac_read_search' "$(holder)"
passes 'sockcheck-capabilities on' in_root 'sockcheck-capabilities on'
on=$(printf 'check_%s cap_dac_read_search,cap_sys_ptrace=p\n' conn_count ephemeral_ports listen_audit \
	port_listen proc_sockets)
held='PORT_LISTEN OK - 8001/tcp on 127.0.0.1 by mksock[PID] user root for AGE, accept queue 0% (0 of 129) | listening=1;;1: tcp_8001_listeners=1 tcp_8001_backlog=0%;;;0;100
exit 0'
same 'capabilities are on' "$on" "$(capabilities)"
same 'and user nagios can' "$held" "$(holder)"
passes 'upgrade' in_root "apt-get -qq install $(debs 2)"
same 'to the higher version' "$VERSION-2" \
	"$(in_root "dpkg-query -W -f '\${Version}' monitoring-plugins-sockcheck")"
same 'capabilities survive it' "$on" "$(capabilities)"
same 'as do group and mode' "$(printf 'root nagios 750 %s\n' check_{conn_count,ephemeral_ports,listen_audit,port_listen,proc_sockets})" \
	"$(in_root 'cd /usr/lib/nagios/plugins && stat -c "%U %G %a %n" check_*_*')"
same 'user nagios can still tell' "$held" "$(holder)"
passes 'sockcheck-capabilities off' in_root 'sockcheck-capabilities off'
same 'capabilities are off' '' "$(capabilities)"
same 'anybody may run them again' 'root root 755' "$(stat -c '%U %G %a' "$plugins/check_port_listen")"
passes 'an upgrade without them' in_root "apt-get -qq install --reinstall $(debs 2)"
same 'leaves them off' '' "$(capabilities)"
passes 'on once more, for another group' in_root 'sockcheck-capabilities on daemon'
same 'which it names' 'on, for group daemon' "$(in_root 'sockcheck-capabilities status')"

# ---- gone ------------------------------------------------------------------------------------

passes 'purge' in_root "apt-get -qq purge monitoring-plugins-sockcheck libsocktab-dev"
files >"$SCRATCH/after"
same 'nothing is left' '' "$(diff "$SCRATCH/before" "$SCRATCH/after")"
finish
