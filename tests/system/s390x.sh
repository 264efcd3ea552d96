#!/bin/sh
# SPDX-License-Identifier: MIT
# s390x.sh - the tests on a big-endian machine: Debian's kernel for s390x under qemu-system-s390x
#
# Cross-compiles static programs out of the last commit, boots them several times with different
# kernel modules, and prints the TAP of all of it. Debian's packages are kept for a month under
# ~/.cache/sockcheck. Neither root nor KVM is needed.
set -eu

fail() {
	echo "s390x.sh: $*" >&2
	exit 1
}

host=s390x-linux-gnu
for tool in apt-get autoreconf clang cpio dpkg-deb git qemu-system-s390x $host-ar; do
	command -v "$tool" >/dev/null || fail "$tool is not installed"
done

top=$(cd "$(dirname "$0")/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/sockcheck/s390x
scratch=$(mktemp -d)
root=$scratch/root
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

# Packages of another architecture, without telling this host's dpkg of it.
apt_s390x() {
	APT_CONFIG=$scratch/apt.conf apt-get -q "$@" >>"$scratch/log" 2>&1 ||
		fail "apt-get $*: $(tail -n 3 "$scratch/log")"
}

download() {
	[ -z "$(find "$cache/done" -mtime -30 2>/dev/null)" ] || return 0
	rm -rf "$cache"
	mkdir -p "$cache" "$scratch/apt/state/lists/partial" "$scratch/apt/cache/archives/partial"
	: >"$scratch/apt/status"
	cat >"$scratch/apt.conf" <<-END
		APT::Architecture "s390x";
		APT::Architectures { "s390x"; };
		Dir::State "$scratch/apt/state";
		Dir::State::status "$scratch/apt/status";
		Dir::Cache "$scratch/apt/cache";
	END
	apt_s390x update
	kernel=$(APT_CONFIG=$scratch/apt.conf apt-cache depends linux-image-s390x |
		sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p')
	(cd "$cache" && apt_s390x download "$kernel" busybox-static)
	touch "$cache/done"
}

# By clang, which needs no package of its own for that: Debian's cross gcc and gcc-multilib exclude
# each other.
build() {
	git clone -q "$top" "$scratch/source"
	(cd "$scratch/source" && autoreconf --install && mkdir "$scratch/build" &&
		cd "$scratch/build" && "$scratch/source/configure" --host=$host \
		CC="clang --target=$host" --enable-static-programs && make -j2 && make -j2 check TESTS=) >"$scratch/log" 2>&1 ||
		fail "build: $(tail -n 20 "$scratch/log")"
}

# The initramfs: busybox, modules, programs, and what the tests read.
assemble() {
	mkdir -p "$root/bin" "$root/dev" "$root/modules" "$root/plugins" "$root/proc" "$root/sys" \
		"$root/tests/lib" "$root/tests/fuzz" "$root/tmp" "$scratch/packages"
	for package in "$cache"/*.deb; do
		dpkg-deb -x "$package" "$scratch/packages"
	done
	cp "$scratch"/packages/boot/vmlinuz-* "$scratch/kernel"
	cp "$scratch/packages/bin/busybox" "$root/bin/"
	for name in awk cat diff echo grep insmod kill mkfifo mount poweroff rm sed sh sort tail tr \
		usleep; do
		ln -s busybox "$root/bin/$name"
	done
	find "$scratch/packages" '(' -name '*_diag.ko' -o -name sctp.ko -o -name libcrc32c.ko \
		-o -name crc32c_generic.ko -o -name '*udp_tunnel.ko' ')' -exec cp {} "$root/modules/" \;
	cp "$scratch"/build/plugins/check_??*[!.]? "$root/plugins/" 2>/dev/null || true
	rm -f "$root"/plugins/*.o "$root"/plugins/*.c
	cp "$scratch/build/tests/mksock" "$scratch/build/tests/records" "$root/tests/"
	find "$scratch/build/tests/lib" "$scratch/build/tests/fuzz" -type f -perm -100 | while read -r file; do
		cp "$file" "$root/tests/$(basename "$(dirname "$file")")/"
	done
	cp -r "$scratch/source/tests/data" "$root/tests/"
	cp -r "$scratch"/source/tests/fuzz/*.in "$scratch"/source/tests/fuzz/*.repro "$root/tests/fuzz/"
	cp "$top/tests/system/s390x-init.sh" "$root/init"
	chmod 755 "$root/init"
	(cd "$root" && find . | cpio -o -H newc --quiet) | gzip -1 >"$scratch/initramfs"
}

tests=0
failed=0

# boot WHAT ARGUMENT... - one run, with these words on the kernel's command line
boot() {
	what=$1
	shift
	printf '# %s\n' "$what"
	timeout 300 qemu-system-s390x -M s390-ccw-virtio -m 512 -nographic -no-reboot \
		-kernel "$scratch/kernel" -initrd "$scratch/initramfs" \
		-append "quiet panic=-1 $*" </dev/null 2>&1 | tr -d '\r' >"$scratch/console" || true
	sed -n -e "s/^ok [0-9]* - /ok - $what: /p" -e "s/^not ok [0-9]* - /not ok - $what: /p" -e '/^# /p' \
		"$scratch/console" >"$scratch/results"
	grep -q '^guest: ' "$scratch/console" || {
		tail -n 20 "$scratch/console" | sed 's/^/# /'
		echo "not ok - $what: the machine did not get to its end" >>"$scratch/results"
	}
	cat "$scratch/results"
	tests=$((tests + $(grep -c -E '^(not )?ok ' "$scratch/results")))
	failed=$((failed + $(grep -c '^not ok ' "$scratch/results" || true)))
}

download
build
assemble
sctp=crc32c_generic,libcrc32c,udp_tunnel,ip6_udp_tunnel,sctp
every=inet_diag,tcp_diag,udp_diag,raw_diag,unix_diag,$sctp,sctp_diag
boot 'every module' sockcheck.modules=$every
boot 'no module' sockcheck.quick=1
boot 'no unix_diag, no raw_diag, no sctp_diag' sockcheck.modules=inet_diag,tcp_diag,udp_diag,$sctp \
	sockcheck.quick=1
boot 'no IPv6' sockcheck.modules=$every \
	sockcheck.quick=1 ipv6.disable=1
echo "1..$tests"
[ $failed -eq 0 ]
