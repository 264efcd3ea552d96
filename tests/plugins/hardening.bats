#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# hardening.bats - what configure asked of compiler and linker is in the files that they made

load ../helpers

setup() {
	command -v readelf >/dev/null || skip "readelf is not installed"
	[ -e "$BUILDDIR/Makefile" ] || skip "no Makefile that says what was asked for"
	PLUGINS=("$BUILDDIR"/plugins/check_{conn_count,ephemeral_ports,listen_audit,port_listen,proc_sockets})
}

# need VARIABLE FLAG: skip unless the build asks for it.
need() {
	[[ " $(makefile "$1") " == *" $2 "* ]] ||
		skip "not built with $2: --disable-hardening, or the compiler does not have it"
}

need_dynamic() {
	! is_static || skip "static programs"
}

# each OPTION PATTERN: of every plugin readelf says that.
each() {
	local plugin
	for plugin in "${PLUGINS[@]}"; do
		readelf -W "$1" "$plugin" | grep -qE -- "$2" || fail "$plugin: no $2" || return
	done
}

@test "plugins are position-independent" {
	need_dynamic
	need PROGRAM_LDFLAGS -pie
	each -h 'Type: +DYN'
	each -d 'FLAGS_1.*PIE'
}

@test "what the dynamic linker has written is read-only, and all bound at the start" {
	need HARDENING_LDFLAGS -Wl,-z,relro,-z,now
	each -l '^ +GNU_RELRO '
	need_dynamic
	each -d 'BIND_NOW|FLAGS_1.*NOW'
}

@test "the stack is not executable" {
	each -l '^ +GNU_STACK .* RW +0x'
}

@test "functions with buffers check their stack" {
	need HARDENING_CFLAGS -fstack-protector-strong
	each -s '__stack_chk_fail'
}

@test "calls of the C library are checked" {
	need HARDENING_CPPFLAGS -D_FORTIFY_SOURCE=2
	need_dynamic
	echo '#include <features.h>' | ${CC:-cc} -E -dM - 2>/dev/null | grep -q __GLIBC__ ||
		skip "fortification is the GNU C library's"
	each -s '__(snprintf|vsnprintf|printf|memcpy|read)_chk'
}

@test "jumps through pointers end at marked places" {
	local unmarked
	case $(uname -m) in
	x86_64 | i?86) need HARDENING_CFLAGS -fcf-protection ;;
	aarch64) need HARDENING_CFLAGS -mbranch-protection=standard ;;
	*) skip "$(uname -m) has no such thing" ;;
	esac
	# In a program the linker keeps the mark only if the C library's start files have it too.
	unmarked=$(readelf -n "$BUILDDIR/libsocktab.a" | awk '
		/^File: / { files++; file = $2; open[file] = 1 }
		/IBT.*SHSTK|BTI/ { delete open[file] }
		END {
			for (file in open)
				print file
			if (!files)
				print "no file in the library"
		}')
	[ -z "$unmarked" ] || fail "no mark:" "$unmarked"
}

@test "no plugin looks for libraries in a folder of its own" {
	local plugin
	need_dynamic
	for plugin in "${PLUGINS[@]}"; do
		! readelf -dW "$plugin" | grep -E 'RPATH|RUNPATH|TEXTREL' || fail "$plugin"
	done
}
