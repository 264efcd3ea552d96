#!/bin/bash
# SPDX-License-Identifier: MIT
# rpm.sh - `make rpm`, and its packages in a folder: contents, install, use, upgrade, erase
# shellcheck source=tests/system/packages.bash
. "$(dirname "$0")/packages.bash"
packages_setup debootstrap rpmbuild rpm make

root=$SCRATCH/root
name=nagios-plugins-sockcheck
libdir=$(rpm --eval '%{_libdir}')

# rpm_file NAME RELEASE
rpm_file() {
	echo "$BUILDDIR/packages/$1-$VERSION-$2.$(uname -m).rpm"
}

# in_rpm ARGUMENT...: with a database of the root's own. That of Debian knows no package of RPM, so
# nothing that ours needs.
in_rpm() {
	rpm --root "$root" --dbpath /var/lib/rpm --nodeps "$@"
}

files() {
	(cd "$root" && find . -path ./var -prune -o -path ./root -prune -o -print | LC_ALL=C sort)
}

answer() {
	sockets_script >"$root/root/answer" <<-END
		show $libdir/nagios/plugins/check_port_listen -p 8001,8053/udp
	END
	alone_in_root 'sh ./answer' 2>&1
}

expected_plugins() {
	cat <<-END
		/etc/nagios/conf.d/sockcheck.cfg
		/etc/nrpe.d/sockcheck.cfg
		$(printf "$libdir/nagios/plugins/check_%s\n" conn_count ephemeral_ports listen_audit port_listen proc_sockets)
		/usr/sbin/sockcheck-capabilities
		$(printf '/usr/share/bash-completion/completions/check_%s\n' conn_count ephemeral_ports listen_audit port_listen proc_sockets)
		/usr/share/bash-completion/completions/sockcheck.bash
		/usr/share/icinga2/include/plugins-contrib.d/sockcheck.conf
		$(printf '/usr/share/man/man8/check_%s.8\n' conn_count ephemeral_ports listen_audit port_listen proc_sockets)
		/usr/share/man/man8/sockcheck-capabilities.8
	END
}

expected_library() {
	cat <<-END
		/usr/include/socktab
		/usr/include/socktab/socktab.h
		/usr/include/socktab/table.h
		$libdir/libsocktab.a
		$libdir/pkgconfig/socktab.pc
		/usr/share/man/man3/socktab.3
	END
}

# contents PACKAGE: without documents and debug links; manuals may be compressed.
contents() {
	rpm -qlp "$(rpm_file "$1" 1)" | grep -vE '/(doc|licenses|\.build-id)(/|$)' | sed 's/\.gz$//' | LC_ALL=C sort
}

rm -rf "$BUILDDIR/packages"
RPM_BUILD_OPTIONS='--without check' make_package rpm >"$SCRATCH/build" 2>&1
result $? 'make rpm' "$(tail -n 30 "$SCRATCH/build")"
RPM_BUILD_OPTIONS='--without check' make_package rpm RPM_RELEASE=2 >"$SCRATCH/build" 2>&1
result $? 'make rpm RPM_RELEASE=2' "$(tail -n 30 "$SCRATCH/build")"
same 'what the plugins bring' "$(expected_plugins | LC_ALL=C sort)" "$(contents $name)"
same 'what the library brings' "$(expected_library | LC_ALL=C sort)" "$(contents libsocktab-devel)"
same 'configuration is the administrator'\''s' $'/etc/nagios/conf.d/sockcheck.cfg\n/etc/nrpe.d/sockcheck.cfg' \
	"$(rpm -qcp "$(rpm_file $name 1)")"

debian_make
result $? "a root to install into"
passes 'what the tests need in it' in_root 'apt-get -qq update && apt-get -qq install \
	--no-install-recommends libcap2-bin && useradd --system nagios'
cp "$BUILDDIR/tests/mksock" "$root/root"
files >"$SCRATCH/before"
passes 'rpm --install' in_rpm --install "$(rpm_file $name 1)" "$(rpm_file libsocktab-devel 1)"
same 'a plugin answers about known sockets' 'PORT_LISTEN OK - 8001/tcp on 127.0.0.1, accept queue 0% (0 of 129), 8053/udp on 127.0.0.1 | listening=2;;2: tcp_8001_listeners=1 tcp_8001_backlog=0%;;;0;100 udp_8053_listeners=1
exit 0' "$(answer)"
same 'NRPE'\''s commands lead to the plugins' "$libdir/nagios/plugins/check_port_listen" \
	"$(sed -n 's/^command\[sockcheck_ports\]=\([^ ]*\) .*/\1/p' "$root/etc/nrpe.d/sockcheck.cfg")"
capability="$libdir/nagios/plugins/check_port_listen cap_dac_read_search,cap_sys_ptrace=p"
same 'no capabilities by default' '' "$(in_root "getcap -r $libdir/nagios")"
passes 'sockcheck-capabilities on' in_root 'sockcheck-capabilities on'
same 'capabilities are on' "$capability" "$(in_root "getcap $libdir/nagios/plugins/check_port_listen")"
passes 'rpm --upgrade' in_rpm --upgrade "$(rpm_file $name 2)" "$(rpm_file libsocktab-devel 2)"
same 'to the higher release' "$name-$VERSION-2" "$(rpm --root "$root" --dbpath /var/lib/rpm -q --qf '%{name}-%{version}-%{release}' $name)"
same 'capabilities survive it' "$capability" "$(in_root "getcap $libdir/nagios/plugins/check_port_listen")"
passes 'rpm --erase' in_rpm --erase $name libsocktab-devel
files >"$SCRATCH/after"
# The folders of daemons and of the distribution belong to their packages, which are not here.
same 'no file is left' '' "$(diff "$SCRATCH/before" "$SCRATCH/after" | grep '^[<>]' | while read -r _ path; do
	[ -d "$root/$path" ] || echo "$path"
done)"
same 'nor a folder of ours' '' "$(find "$root" -xdev -name '*sock*' -path '*share/doc*' -o -path '*/etc/sockcheck*')"
finish
