#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# install.bats - `make install` puts things where configure was told to, `make uninstall` takes them away

load ../helpers

# A source folder that is not configured, and beside it what has been built, so that configure and
# install are all that is done here.
setup_file() {
	[ -x "$BUILDDIR/config.status" ] || return 0
	mkdir "$BATS_FILE_TMPDIR/source" "$BATS_FILE_TMPDIR/build"
	tar -C "$SRCDIR" -cf - --exclude='*.o' --exclude='*.a' --exclude='.deps' --exclude=.git \
		--exclude=./_build --exclude=./_inst --exclude=./packages --exclude=./config.status \
		--exclude=./Makefile --exclude='./sockcheck-*' . |
		tar -C "$BATS_FILE_TMPDIR/source" -xf -
	chmod -R u+w "$BATS_FILE_TMPDIR/source"
	find "$BATS_FILE_TMPDIR/source/plugins" -name 'check_*' ! -name '*.c' -exec rm {} +
	(cd "$BUILDDIR" && find . -name '*.[ao]' -o -name .dirstamp -o -path './plugins/check_*[a-z]' ! -name '*.c' \
		-o -path ./doc/examples/netstat) |
		tar -C "$BUILDDIR" -T - -cf - | tar -C "$BATS_FILE_TMPDIR/build" -xf -
}

setup() {
	need_command make
	[ -x "$BUILDDIR/config.status" ] || skip "not built by make"
	unset MAKEFLAGS MFLAGS MAKELEVEL DESTDIR
	ROOT=$BATS_TEST_TMPDIR/root
	cd "$BATS_FILE_TMPDIR/build" || return
}

teardown() {
	:
}

configure() {
	! is_static || set -- --enable-static-programs "$@"
	run ../source/configure -q --cache-file=../cache --prefix=/usr "$@"
}

# installed: all that is there, a path a line.
installed() {
	(cd "$ROOT" && find . ! -type d | sed 's/^\.//' | LC_ALL=C sort)
}

# install_as OPTION...: configure, install; nothing is compiled again.
install_as() {
	configure "$@"
	[ "$status" -eq 0 ] || fail "configure"
	run make install "DESTDIR=$ROOT"
	[ "$status" -eq 0 ] || fail "make install"
	refute_output_like '(^|[[:space:]])(CC|CCLD) '
}

# uninstall_all: not a file is left.
uninstall_all() {
	run make uninstall "DESTDIR=$ROOT"
	[ "$status" -eq 0 ] || fail "make uninstall"
	equal "left" "" "$(installed)"
}

plugins() {
	printf "$1/check_%s\n" conn_count ephemeral_ports listen_audit port_listen proc_sockets
}

# What is installed always, with the plugins in DIR.
usual() {
	plugins "$1"
	plugins /usr/share/bash-completion/completions
	plugins /usr/share/man/man8 | sed 's/$/.8/'
	printf '%s\n' /usr/include/socktab/{socktab,table}.h /usr/lib/libsocktab.a \
		/usr/lib/pkgconfig/socktab.pc /usr/share/bash-completion/completions/sockcheck.bash \
		/usr/share/man/man3/socktab.3
}

@test "without switches: plugins in libexec, no configuration" {
	install_as
	equal "installed" "$(usual /usr/libexec/nagios/plugins | LC_ALL=C sort)" "$(installed)"
	uninstall_all
}

@test "--with-...-config: Debian's places" {
	install_as --with-plugindir=/usr/lib/nagios/plugins --with-icinga2-config --with-nagios-config \
		--with-nrpe-config
	equal "installed" "$({
		usual /usr/lib/nagios/plugins
		echo /usr/share/icinga2/include/plugins-contrib.d/sockcheck.conf
		echo /etc/nagios-plugins/config/sockcheck.cfg
		echo /etc/nagios/nrpe.d/sockcheck.cfg
	} | LC_ALL=C sort)" "$(installed)"
	cmp "$ROOT/usr/share/icinga2/include/plugins-contrib.d/sockcheck.conf" \
		"$SRCDIR/doc/icinga2/sockcheck-commands.conf"
	cmp "$ROOT/etc/nagios-plugins/config/sockcheck.cfg" "$SRCDIR/doc/nagios/commands.cfg"
	cmp "$ROOT/etc/nagios/nrpe.d/sockcheck.cfg" "$SRCDIR/doc/nrpe/sockcheck.cfg"
	uninstall_all
}

@test "--with-...-config=DIR: there, with the folder of the plugins put in" {
	install_as --with-plugindir=/opt/plugins --with-icinga2-config=/i --with-nagios-config=/n \
		--with-nrpe-config=/r
	equal "installed" "$({
		usual /opt/plugins
		printf '%s\n' /i/sockcheck.conf /n/sockcheck.cfg /r/sockcheck.cfg
	} | LC_ALL=C sort)" "$(installed)"
	[ "$(grep -c '=/opt/plugins/check_' "$ROOT/r/sockcheck.cfg")" -ge 5 ]
	! grep -r /usr/lib/nagios "$ROOT/i" "$ROOT/n" "$ROOT/r" || fail "Debian's folder is left"
	uninstall_all
}

@test "one switch alone, and the others switched off" {
	install_as --with-nrpe-config --without-icinga2-config --without-nagios-config
	equal "installed" /etc/nagios/nrpe.d/sockcheck.cfg "$(installed | grep /etc/)"
	uninstall_all
}

@test "a folder that is not absolute is refused" {
	for option in plugindir icinga2-config nagios-config nrpe-config; do
		configure "--with-$option=etc"
		[ "$status" -ne 0 ]
		assert_output_like "--with-$option: 'etc' is not an absolute path"
	done
}
