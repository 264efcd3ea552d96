#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# port_listen_more.bats - check_port_listen: unix sockets, bounds, queues, ages, waiting

load ../helpers

check() {
	run_plugin check_port_listen "$@"
}

# says STATE TEXT ARGUMENT...: line 1 without the performance data, as a whole.
says() {
	check "${@:3}"
	assert_state "$1"
	assert_text "$2"
}

need_own_pids() {
	[ -n "${OWN_PIDS-}" ] || skip "needs a pid namespace of its own"
}

# quoted BYTES: as mksock takes them in a value.
quoted() {
	printf '%s' "$1" | od -An -v -tx1 | tr -d '\n' | sed 's/ /\\x/g'
}

# ---- unix sockets ------------------------------------------------------------------------------

@test "-p unix: by path and by abstract name" {
	cd "$BATS_TEST_TMPDIR"
	mksock unix-listen,path="$PWD/a.sock" unix-listen,path=@abstract
	says OK "unix:$PWD/a.sock, accept queue 0% (0 of 129)" -p "unix:$PWD/a.sock"
	assert_line1 "PORT_LISTEN OK - unix:$PWD/a.sock, accept queue 0% (0 of 129) | listening=1;;1: unix_1_listeners=1 unix_1_backlog=0%;;;0;100"
	says OK "unix:@abstract, accept queue 0% (0 of 129)" -p unix:@abstract
	says CRITICAL "unix:$PWD/b.sock not listening" -p "unix:$PWD/b.sock"
	says CRITICAL "unix:@abstrac not listening, unix:@abstract2 not listening" -p unix:@abstrac \
		-p unix:@abstract2
	says CRITICAL "unix:/abstract not listening" -p unix:/abstract
	check -p "unix:$PWD/a.sock" --closed
	assert_state CRITICAL
	assert_text "unix:$PWD/a.sock listens"
	says OK "unix:@b closed" -p unix:@b --closed
	check -p "unix:$PWD/a.sock" -p unix:@b -c 1:
	assert_state OK
	local text
	for text in unix: unix:a.sock unix:@; do
		check -p "$text"
		assert_line1 "PORT_LISTEN UNKNOWN - -p '$text': expected unix:/full/path or unix:@abstract-name"
	done
}

@test "-p unix: behind ports in one list, where its name reaches to the end" {
	mksock tcp-listen,port=80 unix-listen,path=@x unix-listen,path='@x\x2c81'
	check -p 80,unix:@x
	assert_state OK
	assert_text "80/tcp on 127.0.0.1, accept queue 0% (0 of 129), unix:@x, accept queue 0% (0 of 129)"
	check -p 79-80,unix:@x,81 -c 2:
	assert_state OK
	assert_perfdata_labels listening tcp_79_listeners tcp_80_listeners tcp_80_backlog \
		unix_1_listeners unix_1_backlog
	says CRITICAL "unix:@x,unix:@y not listening" -p unix:@x,unix:@y
	check -p 80,unix:x
	assert_line1 "PORT_LISTEN UNKNOWN - -p '80,unix:x': expected unix:/full/path or unix:@abstract-name"
	check -p ,unix:@x
	assert_line1 "PORT_LISTEN UNKNOWN - -p ',unix:@x': an item is empty"
}

@test "-p unix: beside ports, with performance data by the order of the options" {
	mksock unix-listen,path=@one unix-listen,path=@two tcp-listen,port=80
	check -p unix:@one -p 80 -p unix:@two
	assert_state OK
	assert_perfdata_labels listening tcp_80_listeners tcp_80_backlog unix_1_listeners \
		unix_1_backlog unix_2_listeners unix_2_backlog
	assert_perfdata listening "3;;3:"
	check -p unix:@nine -p unix:@two
	assert_perfdata unix_1_listeners 0
	refute_perfdata unix_1_backlog
	assert_perfdata unix_2_listeners 1
}

@test "-p unix: a path that was unlinked or belongs to another file is not listened on" {
	cd "$BATS_TEST_TMPDIR"
	local stale="not listening, the path no longer leads to its socket"
	mksock unix-listen,path="$PWD/gone",unlinked unix-listen,path="$PWD/replaced",unlinked \
		unix-listen,path="$PWD/moved"
	says CRITICAL "unix:$PWD/gone $stale" -p "unix:$PWD/gone"
	says OK "unix:$PWD/gone closed" -p "unix:$PWD/gone" --closed
	: >replaced
	says CRITICAL "unix:$PWD/replaced $stale" -p "unix:$PWD/replaced"
	rm replaced
	mksock unix-listen,path="$PWD/replaced" # a second server at the old path
	says OK "unix:$PWD/replaced, accept queue 0% (0 of 129)" -p "unix:$PWD/replaced"
	assert_perfdata unix_1_listeners 1
	mksock_stop # whose file stays
	says CRITICAL "unix:$PWD/replaced $stale" -p "unix:$PWD/replaced"
	# What is in its way now leads nowhere: a link to itself, to a name that is too long, a file.
	rm replaced
	mksock unix-listen,path="$PWD/replaced",unlinked
	ln -s replaced replaced
	says CRITICAL "unix:$PWD/replaced $stale" -p "unix:$PWD/replaced"
	ln -sf "$(head -c 256 /dev/zero | tr '\0' n)" replaced
	says CRITICAL "unix:$PWD/replaced $stale" -p "unix:$PWD/replaced"
	mkdir folder
	mksock unix-listen,path="$PWD/folder/a",unlinked
	rmdir folder
	: >folder
	says CRITICAL "unix:$PWD/folder/a $stale" -p "unix:$PWD/folder/a"
	mv moved elsewhere
	says CRITICAL "unix:$PWD/moved $stale" -p "unix:$PWD/moved"
	says OK "unix:$PWD/elsewhere, accept queue 0% (0 of 129)" -p "unix:$PWD/elsewhere"
}

@test "-p unix: a socket file on which nothing listens here may be listened on elsewhere" {
	cd "$BATS_TEST_TMPDIR"
	local here="in this network namespace"
	mksock begin,netns unix-listen,path="$PWD/other" end
	says CRITICAL "unix:$PWD/other not listening $here" -p "unix:$PWD/other"
	says OK "unix:$PWD/other closed $here" -p "unix:$PWD/other" --closed
	ln -s other link
	says CRITICAL "unix:$PWD/link not listening $here" -p "unix:$PWD/link"
	: >file
	says CRITICAL "unix:$PWD/file not listening" -p "unix:$PWD/file"
	says CRITICAL "unix:$PWD/none not listening, unix:@other not listening" -p "unix:$PWD/none" -p unix:@other
	sed -n '/^.SH LIMITS/,/^.SH SECURITY/p' "$SRCDIR/doc/check_port_listen.8" |
		grep -q "unix socket of another network namespace" || fail "the manual does not say so"
}

# Where time_t has 32 bits stat() fails on it.
@test "-p unix: a file of 2040" {
	mksock unix-listen,path="$BATS_TEST_TMPDIR/future"
	touch -d 2040-01-01 "$BATS_TEST_TMPDIR/future"
	says OK "unix:$BATS_TEST_TMPDIR/future, accept queue 0% (0 of 129)" \
		-p "unix:$BATS_TEST_TMPDIR/future"
}

@test "-p unix: /proc tells no file, so a path is UNKNOWN there, an abstract name is not" {
	cd "$BATS_TEST_TMPDIR"
	mksock unix-listen,path="$PWD/a" unix-listen,path="$PWD/gone",unlinked \
		unix-listen,path="$PWD/no-socket",unlinked unix-listen,path=@abstract
	local remedy="/proc does not tell the file of a unix socket: use --source netlink"
	says UNKNOWN "unix:$PWD/a perhaps stale, its file cannot be compared: $remedy" \
		-p "unix:$PWD/a" --source procfs
	# Any user can bind names that make no sense there.
	mksock 'unix-listen,path=@x\x0ay' 'unix-listen,path=@x\x0az'
	says UNKNOWN "unix:$PWD/a perhaps stale, its file cannot be compared: $remedy" \
		-p "unix:$PWD/a" --source procfs
	mksock_stop
	# What is no socket leads to none.
	: >no-socket
	local name
	for name in gone no-socket; do
		says CRITICAL "unix:$PWD/$name not listening, the path no longer leads to its socket" \
			-p "unix:$PWD/$name" --source procfs
	done
	# It may lead to one that has another name.
	ln -s a link
	says UNKNOWN "unix:$PWD/link not seen listening: $remedy" -p "unix:$PWD/link" --source procfs
	says OK "unix:@abstract" -p unix:@abstract --source procfs
	says CRITICAL "unix:$PWD/b not listening" -p "unix:$PWD/b" --source procfs
}

@test "-p unix: a folder that may not be entered is UNKNOWN, with who may" {
	need_users 65534
	cd "$BATS_TEST_TMPDIR"
	mkdir -m 700 closed
	mksock unix-listen,path="$PWD/closed/a"
	run_plugin_as 65534 check_port_listen -p "unix:$PWD/closed/a"
	assert_state UNKNOWN
	assert_text "unix:$PWD/closed/a perhaps stale, its file cannot be compared: the path may not be looked at by uid 65534 (Permission denied): run it as root"
	says OK "unix:$PWD/closed/a, accept queue 0% (0 of 129)" -p "unix:$PWD/closed/a"
}

# other_mounts ITEM...: mksock with a folder $DIR of its own, where nobody else sees what is in it.
other_mounts() {
	local own=("${NETNS_ENTER[@]}")
	mkdir "$DIR"
	# shellcheck disable=SC2016 # the inner shell expands it
	NETNS_ENTER+=(unshare --mount sh -c 'mount -t tmpfs tmpfs "$0" && exec "$@"' "$DIR")
	in_netns true 2>/dev/null || skip "may not mount anything"
	mksock begin,netns,comm=blue "$@" end
	NETNS_ENTER=("${own[@]}")
	BLUE=$(mksock_pids blue)
}

@test "-p unix: --netns PID compares the file in the mounts of that process" {
	need_users 65534
	DIR=$BATS_TEST_TMPDIR/run
	other_mounts unix-listen,path="$DIR/a" unix-listen,path="$DIR/b" unix-listen,path="$DIR/gone",unlinked
	says OK "unix:$DIR/a, accept queue 0% (0 of 129)" -p "unix:$DIR/a" --netns "$BLUE"
	# Links begin at the root of that process, not at ours.
	ln -s "$DIR/a" "/proc/$BLUE/root$DIR/link"
	says OK "unix:$DIR/link, accept queue 0% (0 of 129)" -p "unix:$DIR/link" --netns "$BLUE"
	check -p "unix:$DIR/a" -C blue --netns owner
	assert_state OK
	says CRITICAL "unix:$DIR/gone not listening, the path no longer leads to its socket" \
		-p "unix:$DIR/gone" --netns "$BLUE"
	says CRITICAL "unix:$DIR/none not listening" -p "unix:$DIR/none" --netns "$BLUE"
	# The path leads to another socket here.
	mksock unix-listen,path="$DIR/b"
	says OK "unix:$DIR/b, accept queue 0% (0 of 129)" -p "unix:$DIR/b" --netns "$BLUE"
	rm "/proc/$BLUE/root$DIR/b"
	says CRITICAL "unix:$DIR/b not listening, the path no longer leads to its socket" \
		-p "unix:$DIR/b" --netns "$BLUE"
	# Whoever may not look there cannot tell.
	run_plugin_as 65534 check_port_listen -p "unix:$DIR/a" --netns "$BLUE"
	assert_state UNKNOWN
	assert_text_like "^unix:$DIR/a perhaps stale, its file cannot be compared: the path may not be looked at by uid 65534 \(Permission denied\): run it as root"
}

@test "-p unix: --netns PID: a file of the same number on another file system is not it" {
	DIR=$BATS_TEST_TMPDIR/run
	other_mounts unix-listen,path="$DIR/a"
	mount -t tmpfs tmpfs "$DIR" 2>/dev/null || skip "may not mount anything"
	mksock unix-listen,path="$DIR/a"
	local number
	number=$(stat -c %i "$DIR/a")
	[ "$number" = "$(stat -c %i "/proc/$BLUE/root$DIR/a")" ] || skip "tmpfs gave them two numbers"
	rm "/proc/$BLUE/root$DIR/a"
	check -p "unix:$DIR/a" --netns "$BLUE"
	mksock_stop
	umount "$DIR"
	assert_state CRITICAL
	assert_text "unix:$DIR/a not listening, the path no longer leads to its socket"
}

@test "-p unix: --netns PATH: what is the file here is it, what is not is UNKNOWN" {
	DIR=$BATS_TEST_TMPDIR/run
	local shared=$BATS_TEST_TMPDIR/shared
	local before=unix-listen,path="$shared.2",unlinked
	other_mounts unix-listen,path="$DIR/a" unix-listen,path="$shared" \
		"$before" "$before" "$before" "$before" "$before" unix-listen,path="$shared.2"
	says OK "unix:$shared, accept queue 0% (0 of 129)" -p "unix:$shared" --netns "/proc/$BLUE/ns/net"
	says UNKNOWN "unix:$DIR/a perhaps stale, its file cannot be compared: whose mounts a path belongs to is not known of a namespace by its name: name a process of it, --netns PID" \
		-p "unix:$DIR/a" --netns "/proc/$BLUE/ns/net"
	says CRITICAL "unix:$DIR/none not listening" -p "unix:$DIR/none" --netns "/proc/$BLUE/ns/net"
	# Sockets that were at this path before, seen sooner or later than the one that is there.
	check -p "unix:$shared.2" --netns "/proc/$BLUE/ns/net"
	assert_state OK
	assert_perfdata listening "1;;1:"
}

@test "-p unix: --procfs, in the mounts of process 1 there" {
	local procfs=$BATS_TEST_TMPDIR/proc head='Num       RefCount Protocol Flags    Type St Inode Path'
	mkdir -p "$procfs/1/net" "$procfs/1/root/run"
	printf '%s\n' "$head" "0000000000000000: 00000002 00000000 00010000 0001 01 77 /run/a" \
		"0000000000000000: 00000002 00000000 00010000 0001 01 78 /run/gone" >"$procfs/1/net/unix"
	mksock unix-listen,path="$procfs/1/root/run/a"
	says UNKNOWN "unix:/run/a perhaps stale, its file cannot be compared: /proc does not tell the file of a unix socket: use --source netlink" \
		-p unix:/run/a --procfs "$procfs"
	says CRITICAL "unix:/run/gone not listening, the path no longer leads to its socket" \
		-p unix:/run/gone --procfs "$procfs"
}

@test "-p unix: symbolic links and other ways to the same file" {
	cd "$BATS_TEST_TMPDIR"
	mkdir folder
	mksock unix-listen,path="$PWD/folder/a"
	ln -s folder/a link
	ln -s folder other
	ln folder/a hard
	local path
	for path in link other/a hard folder/../folder/a; do
		says OK "unix:$PWD/$path, accept queue 0% (0 of 129)" -p "unix:$PWD/$path"
	done
	ln -sf folder/b link
	says CRITICAL "unix:$PWD/link not listening" -p "unix:$PWD/link"
}

@test "-p unix: on overlayfs, where a file has another device than its socket" {
	cd "$BATS_TEST_TMPDIR"
	mkdir lower upper work merged
	# Layers of two file systems, without numbers made up for both.
	mount -t tmpfs tmpfs lower 2>/dev/null && mount -t overlay overlay -o \
		"lowerdir=$PWD/lower,upperdir=$PWD/upper,workdir=$PWD/work,xino=off" merged 2>/dev/null ||
		skip "may not mount an overlay"
	mksock unix-listen,path="$PWD/merged/a" unix-listen,path="$PWD/merged/gone",unlinked
	check -p "unix:$PWD/merged/a" -p "unix:$PWD/merged/gone" -c 1:
	mksock_stop
	umount merged lower
	assert_state OK
	assert_perfdata listening "1;;1:"
	assert_perfdata unix_1_listeners 1
	assert_perfdata unix_2_listeners 0
}

@test "-p unix: stream and seqpacket must accept, a datagram socket be bound" {
	cd "$BATS_TEST_TMPDIR"
	mksock unix-bound,path="$PWD/dgram",type=dgram unix-bound,path=@dgram,type=dgram \
		unix-listen,path="$PWD/seq",type=seqpacket unix-bound,path="$PWD/stream" \
		unix-bound,path="$PWD/seq-bound",type=seqpacket unix-connected,path=@connected
	says OK "unix:$PWD/dgram" -p "unix:$PWD/dgram"
	refute_perfdata unix_1_backlog
	says OK "unix:@dgram" -p unix:@dgram
	says OK "unix:@dgram" -p unix:@dgram --source procfs
	says OK "unix:$PWD/seq, accept queue 0% (0 of 129)" -p "unix:$PWD/seq"
	says CRITICAL "unix:$PWD/stream not listening in this network namespace" -p "unix:$PWD/stream"
	says CRITICAL "unix:$PWD/seq-bound not listening in this network namespace" -p "unix:$PWD/seq-bound"
	# Accepted connections carry the name of their listener, which is gone.
	says CRITICAL "unix:@connected not listening" -p unix:@connected
	says CRITICAL "unix:@connected not listening" -p unix:@connected --source procfs
}

@test "-p unix: names with blanks, quotes, commas, |, newlines, escapes, no UTF-8" {
	cd "$BATS_TEST_TMPDIR"
	local name names=('a b' "it's \"x\"" 'a,b,80' 'a|b=1;2' $'a\nb' $'\e[31mred' $'\xff\xfe' 'back\slash'
		'-x' 'é' 'a%s' '80')
	local shown=('a b' "it's \"x\"" 'a,b,80' 'a\x7cb=1\x3b2' 'a\x0ab' '\x1b[31mred' '\xff\xfe'
		'back\\slash' '-x' 'é' 'a%s' '80')
	local items=() i
	for name in "${names[@]}"; do
		items+=("unix-listen,path=$PWD/$(quoted "$name")" "unix-listen,path=@$(quoted "$name")")
	done
	mksock "${items[@]}"
	for i in "${!names[@]}"; do
		says OK "unix:$PWD/${shown[i]}, accept queue 0% (0 of 129)" -p "unix:$PWD/${names[i]}"
		equal "lines" 1 "${#lines[@]}"
		says OK "unix:@${shown[i]}, accept queue 0% (0 of 129)" -p "unix:@${names[i]}"
		[ "${shown[i]}" = "${names[i]}" ] || continue
		check -p "unix:@${names[i]}" --source procfs
		assert_state OK
	done
	says CRITICAL "unix:$PWD/a not listening" -p "unix:$PWD/a"
	says CRITICAL "unix:@no\\x0asuch\\x7c not listening" -p $'unix:@no\nsuch|'
}

@test "-p unix: a name of 108 bytes, and one that is longer" {
	cd "$BATS_TEST_TMPDIR"
	local path=$PWD/ abstract
	path+=$(head -c $((108 - ${#path})) /dev/zero | tr '\0' p)
	abstract=$(head -c 107 /dev/zero | tr '\0' a)
	mksock unix-listen,path="$path" unix-listen,path="@$abstract"
	says OK "unix:$path, accept queue 0% (0 of 129)" -p "unix:$path"
	says OK "unix:@$abstract, accept queue 0% (0 of 129)" -p "unix:@$abstract"
	says CRITICAL "unix:${path}p not listening" -p "unix:${path}p"
	says CRITICAL "unix:${path%p} not listening" -p "unix:${path%p}"
	check -p "unix:$path$path$path$path$path$path$path$path$path$path" -p "unix:$abstract" || true
	[ "$status" -eq 3 ] || [ "$status" -eq 2 ] || fail "status"
	[ "$(head -1 "$PLUGIN_STDOUT" | wc -c)" -le 1024 ] || fail "line 1 is too long"
}

@test "-p unix: owners" {
	need_own_pids
	mksock begin,comm=app unix-listen,path=@app end
	check -p unix:@app -C app
	assert_state OK
	assert_text_like "^unix:@app by app\[$(mksock_pids app)\] user root( in [^ ,]+)? for [0-9]+s, accept queue"
	check -p unix:@app -C redis
	assert_state CRITICAL
	assert_text_like "^unix:@app held by app\[$(mksock_pids app)\] .*, expected redis\$"
}

# ---- --bound-within ----------------------------------------------------------------------------

@test "--bound-within: what is inside" {
	mksock address,addr=10.1.2.3 address,addr=2001:db8::7 tcp-listen,port=80 tcp-listen,port=81,addr=::1 \
		tcp-listen,port=82,addr=10.1.2.3 tcp-listen,port=83,addr=2001:db8::7 \
		tcp-listen,port=84,addr=::ffff:127.0.0.1 tcp-listen,port=80,addr=127.0.0.9
	check -p 80-84 --bound-within 127.0.0.0/8,::1,10.0.0.0/8 --bound-within 2001:db8::/32
	assert_state OK
	says OK "82/tcp on 10.1.2.3, accept queue 0% (0 of 129)" -p 82 --bound-within 10.1.2.3
	says CRITICAL "82/tcp bound to 10.1.2.3, allowed only 127.0.0.0/8, ::1" -p 82 \
		--bound-within 127.0.0.0/8,::1
	says CRITICAL "81/tcp bound to ::1, allowed only 127.0.0.0/8" -p 81 --bound-within 127.0.0.0/8
	says CRITICAL "84/tcp bound to ::ffff:127.0.0.1, allowed only ::1" -p 84 --bound-within ::1
	# One of several listeners is enough.
	says CRITICAL "80/tcp bound to 127.0.0.9, allowed only 127.0.0.1" -p 80 --bound-within 127.0.0.1
	assert_perfdata listening "1;;1:"
	check -p 80 --bound-within 127.0.0.1 --source procfs
	assert_state CRITICAL
}

@test "--bound-within: a wildcard is everywhere" {
	mksock tcp-listen,port=6379,addr=0.0.0.0 tcp-listen,port=81,addr=:: tcp-listen,port=82,addr=::,v6only \
		tcp-listen,port=83,addr=0.0.0.0,device=lo
	says CRITICAL "6379/tcp bound to 0.0.0.0, allowed only 127.0.0.0/8, ::1" -p 6379 \
		--bound-within 127.0.0.0/8,::1
	assert_line1 "PORT_LISTEN CRITICAL - 6379/tcp bound to 0.0.0.0, allowed only 127.0.0.0/8, ::1 | listening=1;;1: tcp_6379_listeners=1 tcp_6379_backlog=0%;;;0;100"
	says CRITICAL "6379/tcp bound to 0.0.0.0, allowed only ::/0" -p 6379 --bound-within ::/0
	# Its own bits do not make it lie inside.
	says CRITICAL "6379/tcp bound to 0.0.0.0 (everywhere), allowed only 0.0.0.0/8" -p 6379 --bound-within 0.0.0.0/8
	says CRITICAL "82/tcp bound to :: (everywhere), allowed only ::/64" -p 82 --bound-within ::/64
	says CRITICAL "83/tcp bound to 0.0.0.0%lo (everywhere), allowed only 0.0.0.0/1" -p 83 --bound-within 0.0.0.0/1
	# As a network of one address it would hold nobody.
	says UNKNOWN "--bound-within '0.0.0.0': every IPv4 address is 0.0.0.0/0" -p 6379 --bound-within 0.0.0.0
	says UNKNOWN "--bound-within '::': every IPv6 address is ::/0" -p 82 --bound-within ::
	says UNKNOWN "--bound-within '::1,0.0.0.0/32': '0.0.0.0/32': every IPv4 address is 0.0.0.0/0" -p 82 \
		--bound-within ::1,0.0.0.0/32
	says CRITICAL "81/tcp bound to *, allowed only ::/0" -p 81 --bound-within ::/0
	says CRITICAL "81/tcp bound to *, allowed only 0.0.0.0/0" -p 81 --bound-within 0.0.0.0/0
	says CRITICAL "82/tcp bound to ::, allowed only 0.0.0.0/0" -p 82 --bound-within 0.0.0.0/0
	says CRITICAL "83/tcp bound to 0.0.0.0%lo, allowed only 127.0.0.0/8" -p 83 --bound-within 127.0.0.0/8
	check -p 6379,81,82 --bound-within 0.0.0.0/0,::/0
	assert_state OK
	check -p 82 --bound-within ::/0
	assert_state OK
}

@test "--bound-within: UDP too, and with other options" {
	mksock udp-bound,port=53,addr=0.0.0.0 udp-bound,port=54 tcp-listen,port=80
	says CRITICAL "53/udp bound to 0.0.0.0, allowed only 127.0.0.0/8" -p 53-54/udp \
		--bound-within 127.0.0.0/8
	says OK "54/udp on 127.0.0.1" -p 54/udp --bound-within 127.0.0.0/8
	says CRITICAL "53/udp bound to 0.0.0.0, allowed only 127.0.0.0/8, 99/tcp not listening" \
		-p 53/udp,99 --bound-within 127.0.0.0/8
	says CRITICAL "53/udp bound to 0.0.0.0, allowed only ::1" -p 53/udp --bound-within ::1 -H 127.0.0.1
	local text
	for text in 127.0.0.0/33 localhost; do
		says UNKNOWN "--bound-within '$text': expected a numeric ADDR[/LEN]" -p 80 \
			--bound-within "$text"
	done
	for text in '' '10.0.0.0/8,' ',::1'; do
		says UNKNOWN "--bound-within '$text': an item is empty" -p 80 --bound-within "$text"
	done
}

@test "--bound-within by procfs: UNKNOWN where it hangs on IPV6_V6ONLY, with what would tell" {
	local remedy="/proc does not tell IPv6-only sockets apart: use --source netlink"
	mksock tcp-listen,port=80,addr=:: tcp-listen,port=81,addr=::1
	says UNKNOWN "80/tcp bound to ::, allowed only ::/0: $remedy" -p 80 --bound-within ::/0 \
		--source procfs
	says OK "80/tcp on ::, 81/tcp on ::1" -p 80-81 --bound-within ::/0,0.0.0.0/0 --source procfs
	says CRITICAL "80/tcp bound to ::, allowed only 0.0.0.0/0" -p 80 --bound-within 0.0.0.0/0 \
		--source procfs
	# What is surely outside is said, whichever socket comes first.
	mksock tcp-listen,port=82,addr=127.0.0.1 tcp-listen,port=82,addr=::,v6only
	says CRITICAL "82/tcp bound to 127.0.0.1, allowed only ::/0" -p 82 --bound-within ::/0 \
		--source procfs
}

# ---- accept queues -----------------------------------------------------------------------------

@test "backlog: 100 x length / (limit + 1), up to a queue that is really full" {
	mksock tcp-listen,port=80,backlog=9 tcp-connect,port=80,count=5 \
		tcp-listen,port=81,backlog=4 tcp-connect,port=81,count=5 \
		tcp-listen,port=82,backlog=0 tcp-listen,port=83,backlog=0 tcp-connect,port=83 \
		tcp-listen,port=84,backlog=2 tcp-connect,port=84
	says OK "80/tcp on 127.0.0.1, accept queue 50% (5 of 10)" -p 80
	assert_perfdata tcp_80_backlog "50%;;;0;100"
	check -p 81
	assert_text "81/tcp on 127.0.0.1, accept queue 100% (5 of 5)"
	assert_perfdata tcp_81_backlog "100%;;;0;100"
	check -p 82 -m backlog
	assert_text "82/tcp on 127.0.0.1, accept queue 0% (0 of 1)"
	assert_perfdata backlog "0%;;;0;100"
	check -p 83
	assert_text "83/tcp on 127.0.0.1, accept queue 100% (1 of 1)"
	check -p 84 -m backlog
	assert_perfdata backlog 33.333%
	says CRITICAL "81/tcp accept queue 100% (limit 90%, 5 of 5), 83/tcp accept queue 100% (limit 90%, 1 of 1), 80/tcp accept queue 50% (limit 49%, 5 of 10), 80/tcp on 127.0.0.1, 81/tcp on 127.0.0.1, 82/tcp on 127.0.0.1, 83/tcp on 127.0.0.1" \
		-p 80-83 -w backlog=49 -c backlog=90
	assert_perfdata backlog "100%;49;90;0;100" # the worst port decides
	assert_perfdata tcp_80_backlog "50%;49;90;0;100"
	says OK "80/tcp on 127.0.0.1, accept queue 50% (5 of 10)" -p 80 -w backlog=50 -c backlog=90
}

@test "backlog: an accepted connection has left the queue" {
	mksock tcp-listen,port=80,backlog=9 tcp-connect,port=80,count=5 tcp-accept,port=80,count=3
	says OK "80/tcp on 127.0.0.1, accept queue 20% (2 of 10)" -p 80
}

@test "backlog: the fullest socket of a port decides" {
	mksock tcp-listen,port=80,backlog=9 tcp-listen,port=80,addr=127.0.0.2,backlog=3 \
		tcp-listen,port=80,addr=::1,backlog=99 tcp-connect,port=80,addr=127.0.0.2,count=3 \
		tcp-connect,port=80,count=4
	check -p 80
	assert_state OK
	assert_text_like "^80/tcp on [^ ]+, [^ ]+, ::1, accept queue 75% \(3 of 4\)\$" # in the kernel's order
	assert_perfdata tcp_80_backlog 75%
	assert_perfdata tcp_80_listeners 3
	check -p 80 -w backlog=70
	assert_state WARNING
	assert_text_like "^80/tcp accept queue 75% \(limit 70%, 3 of 4\), 80/tcp on "
}

@test "backlog: of unix sockets; of UDP and of what does not listen there is none" {
	mksock unix-listen,path=@full,backlog=1 unix-connect,path=@full,count=2 udp-bound,port=53
	says CRITICAL "unix:@full accept queue 100% (limit 99%, 2 of 2), unix:@full" -p unix:@full -c backlog=99
	check -p 53/udp,99 -c backlog=0 -c listening=1:
	assert_state OK
	refute_perfdata backlog
	refute_perfdata udp_53_backlog
	says CRITICAL "99/tcp not listening" -p 99 -c backlog=0
	assert_perfdata_labels listening tcp_99_listeners
}

@test "backlog: /proc does not tell the limit, which is UNKNOWN only where it is asked for" {
	mksock tcp-listen,port=80
	says UNKNOWN "80/tcp backlog unknown (limit 50), 80/tcp on 127.0.0.1: /proc does not tell the limit of an accept queue: use --source netlink" \
		-p 80 -w backlog=50 --source procfs
	says OK "80/tcp on 127.0.0.1" -p 80 --source procfs
	refute_perfdata tcp_80_backlog
}

@test "overflows: of the namespace, since it was made" {
	mksock tcp-listen,port=80
	check -p 80 -m overflows
	assert_perfdata overflows "0c"
	mksock tcp-listen,port=81,backlog=0 tcp-connect,port=81 tcp-overflow,port=81,count=3
	check -p 80 -m overflows
	assert_perfdata overflows "3c"
	check -p 80 -w overflows=2
	assert_state WARNING
	assert_text_like "^overflows 3 \(limit 2\), 80/tcp on "
	check -p 80 -w overflows=2 --source procfs
	assert_perfdata overflows "3c;2"
	check -p 80
	refute_perfdata overflows
}

@test "overflows: what the kernel calls ListenOverflows, beside all others" {
	local procfs=$BATS_TEST_TMPDIR/proc
	mkdir -p "$procfs/1/net"
	echo '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode' \
		>"$procfs/1/net/tcp"
	printf '%s\n' 'TcpExt: SyncookiesSent ListenOverflows ListenDrops' 'TcpExt: 7 11 13' \
		'IpExt: ListenOverflows' 'IpExt: 17' >"$procfs/1/net/netstat"
	check -p 80 --closed --procfs "$procfs" -m overflows
	assert_perfdata overflows 11c
	printf '%s\n' 'TcpExt: ListenDrops' 'TcpExt: 13' >"$procfs/1/net/netstat"
	says UNKNOWN "overflows unknown (limit 12), 80/tcp4 closed" -p 80/tcp4 --closed --procfs "$procfs" \
		-c overflows=12
	check -p 80 --closed --procfs "$procfs" -m overflows
	refute_perfdata overflows
}

# ---- UDP ---------------------------------------------------------------------------------------

# What the kernel's table says of a port: rx_queue in bytes, of all its sockets.
rx_queue() {
	local hex sum=0
	# shellcheck disable=SC2016 # awk's
	for hex in $(in_netns awk -v port="$(printf ':%04X' "$1")" \
		'index($2, port) { sub(/.*:/, "", $5); print $5 }' /proc/net/udp); do
		((sum += 16#$hex)) || true
	done
	echo "$sum"
}

@test "overflows: with --netns owner those of its namespaces together" {
	local full="tcp-listen,port=81,backlog=0 tcp-connect,port=81 tcp-overflow,port=81"
	# shellcheck disable=SC2086 # words
	mksock begin,netns,comm=app tcp-listen,port=80 $full,count=3 end \
		begin,netns,comm=app tcp-listen,port=80 $full,count=2 end \
		begin,netns,comm=other $full,count=7 end
	check -p 80 -C app --netns owner -m overflows
	assert_state OK
	assert_perfdata overflows "5c"
	check -p 80 -C app --netns owner -c overflows=4
	assert_state CRITICAL
	check -p 80 -m overflows
	assert_perfdata overflows "0c"
}

@test "recv_queue and drops of UDP, exactly" {
	mksock udp-bound,port=53,unread=3,drops=7 udp-bound,port=54 udp-bound,port=55,drops=2 \
		tcp-listen,port=80
	local queue
	queue=$(rx_queue 53)
	[ "$queue" -gt 0 ]
	check -p 53/udp -m recv_queue,drops
	assert_state OK
	assert_perfdata_labels recv_queue drops listening udp_53_listeners
	assert_perfdata recv_queue "${queue}B"
	assert_perfdata drops 7c
	check -p 53/udp -m recv_queue,drops --source procfs
	assert_perfdata recv_queue "${queue}B"
	assert_perfdata drops 7c
	check -p 54/udp -m recv_queue,drops
	assert_perfdata recv_queue 0B
	assert_perfdata drops 0c
	says WARNING "53/udp drops 7 (limit 5), 53/udp on 127.0.0.1, 54/udp on 127.0.0.1, 55/udp on 127.0.0.1" \
		-p 53-55/udp -w drops=5
	says CRITICAL "53/udp recv_queue $queue bytes (limit $((queue - 1))), 53/udp on 127.0.0.1, 54/udp on 127.0.0.1, 55/udp on 127.0.0.1" \
		-p 53-55/udp -c "recv_queue=$((queue - 1))"
	check -p 53-55/udp -c "recv_queue=$queue"
	assert_state OK
	# Of TCP, and of what does not listen, there is neither.
	check -p 80,99/udp -m recv_queue,drops
	refute_perfdata recv_queue
	refute_perfdata drops
	local ports
	for ports in 80,53/udp 53/udp,80; do
		check -p $ports -m drops,backlog
		assert_perfdata drops 7c
		assert_perfdata backlog 0%
	done
}

@test "recv_queue and drops: summed over the sockets of a port, of several ports the worst" {
	mksock udp-bound,port=53,unread=2,drops=3 udp-bound,port=53,addr=127.0.0.2,unread=1,drops=4 \
		udp-bound,port=54,unread=1,drops=5
	local queue source
	queue=$(rx_queue 53)
	[ "$queue" -gt "$(rx_queue 54)" ]
	for source in netlink procfs; do
		check -p 53-54/udp -m recv_queue,drops,listeners --source $source
		assert_perfdata recv_queue "${queue}B"
		assert_perfdata drops 7c
		assert_perfdata udp_53_listeners 2
	done
}

@test "drops: UNKNOWN with a kernel that does not tell them by netlink, but for -m" {
	mksock udp-bound,port=53,unread=1,drops=7
	local old=$BUILDDIR/tests/old_check_port_listen
	run_command "$old" -p 53/udp -c drops=5
	assert_state UNKNOWN
	assert_text "53/udp drops unknown (limit 5), 53/udp on 127.0.0.1: this kernel tells the drops of a socket by /proc alone: use --source procfs"
	run_command "$old" -p 53/udp -c drops=5 --source procfs
	assert_state CRITICAL
	assert_perfdata drops "7c;;5"
	run_command "$old" -p 53/udp -m drops,recv_queue
	assert_state OK
	refute_perfdata drops
	assert_perfdata recv_queue "$(rx_queue 53)B"
}

# ---- holders -----------------------------------------------------------------------------------

# age_of PID: whole seconds since it started, by /proc/PID/stat.
age_of() {
	local stat ticks
	stat=$(<"/proc/$1/stat")
	read -r -a stat <<<"${stat##*) }"
	ticks=$(getconf CLK_TCK)
	awk -v start="${stat[19]}" -v ticks="$ticks" '{ print int($1 - start / ticks) }' /proc/uptime
}

# assert_age LABEL PID BEFORE: no younger than before, no older than now.
assert_age() {
	local age
	age=$(perfdata "$1")
	age=${age%%s*}
	if [ "$age" -lt "$3" ] || [ "$age" -gt "$(age_of "$2")" ]; then
		fail "$1 $age of process $2"
	fi
}

@test "age and age_max: since the youngest and the oldest holder started" {
	need_own_pids
	local old young before_old before_young
	mksock tcp-listen,port=80,reuseport
	old=$MKSOCK_PID
	while [ "$(age_of "$old")" -lt 1 ]; do :; done # so that they differ
	mksock tcp-listen,port=80,reuseport
	young=$MKSOCK_PID
	before_old=$(age_of "$old") before_young=$(age_of "$young")
	check -p 80 -m age,age_max
	assert_state OK
	assert_perfdata_labels age age_max listening tcp_80_listeners tcp_80_backlog
	assert_age age "$young" "$before_young"
	assert_age age_max "$old" "$before_old"
	check -p 80 -c age=1000:
	assert_state CRITICAL
	assert_text_like "^80/tcp age [0-9]+s \(limit 1000:\), 80/tcp on 127\.0\.0\.1"
	check -p 80 -c age_max=1000
	assert_state OK
	# The worst port: the youngest of all, the oldest of all. Without a holder there is no age.
	mksock tcp-listen,port=81
	check -p 80,81 -m age_max,age
	assert_age age_max "$old" "$before_old"
	check -p 99 -m age,age_max
	refute_perfdata age
	refute_perfdata age_max
}

# aged PORT:INODE:PID:AGE...: PROCFS has listeners, each held by a process that started so many
# seconds ago.
aged() {
	local ticks uptime item port inode pid age
	PROCFS=$BATS_TEST_TMPDIR/proc
	ticks=$(getconf CLK_TCK)
	read -r uptime _ </proc/uptime
	[ "${uptime%.*}" -gt 1000 ] || skip "this host started a moment ago"
	mkdir -p "$PROCFS/1/net"
	cp /proc/uptime "$PROCFS/uptime"
	echo '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode' \
		>"$PROCFS/1/net/tcp"
	for item in "$@"; do
		IFS=: read -r port inode pid age <<<"$item"
		printf '   0: 00000000:%04X 00000000:0000 0A 00000000:00000000 00:00000000 00000000 117 0 %d 1 0 100 0 0 10 0\n' \
			"$port" "$inode" >>"$PROCFS/1/net/tcp"
		mkdir -p "$PROCFS/$pid/fd"
		ln -s "socket:[$inode]" "$PROCFS/$pid/fd/7"
		echo "fixed" >"$PROCFS/$pid/comm"
		echo "$pid (a) R 1 (b) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 $(((${uptime%.*} - age) * ticks)) 0 0" \
			>"$PROCFS/$pid/stat"
	done
}

# ages AGE AGE_MAX ARGUMENT...: so many seconds, and perhaps two more by now.
ages() {
	check "${@:3}" --procfs "$PROCFS" -m age,age_max
	local label seconds
	for label in "age $1" "age_max $2"; do
		seconds=$(perfdata "${label% *}")
		[[ $seconds =~ ^[0-9]+s$ ]] || fail "${label% *} $seconds"
		((${seconds%s} >= ${label#* } && ${seconds%s} <= ${label#* } + 2)) ||
			fail "$label expected, not $seconds"
	done
}

@test "age: exactly what /proc/PID/stat says, of long ago" {
	aged 8080:123:4711:100 8080:123:4712:900
	ages 100 900 -p 8080
}

@test "age, age_max: of several ports the youngest and the oldest holder" {
	aged 8080:123:4711:100 8080:123:4712:900 8081:124:4713:500 8082:125:4714:200
	ages 100 900 -p 8080-8082
	ages 200 500 -p 8081,8082
	ages 200 500 -p 8082,8081
	check -p 8080-8082 --procfs "$PROCFS" -w age_max=300
	assert_state WARNING
	assert_text_like "^8080/tcp age_max at least 90[0-2]s \(limit 300\), 8081/tcp age_max at least 50[0-2]s \(limit 300\), 8082"
}

@test "age: at most, age_max: at least where another holder may not be read" {
	aged 8080:123:4711:100
	mkdir "$PROCFS/4715"
	echo other >"$PROCFS/4715/comm"
	mkdir -m 700 "$PROCFS/4715/fd"
	local expected
	for expected in "age=200: CRITICAL" "age=50: UNKNOWN" "age=200 OK" "age=50 UNKNOWN" \
		"age_max=50 CRITICAL" "age_max=200 UNKNOWN" "age_max=50: OK" "age_max=200: UNKNOWN"; do
		run_plugin_as 65534 check_port_listen -p 8080 --procfs "$PROCFS" -c "${expected% *}"
		assert_state "${expected#* }"
	done
}

@test "deleted: UNKNOWN where the executable of a holder may not be read, though the holder may" {
	local procfs=$BATS_TEST_TMPDIR/proc
	procfs_folder
	mkdir -p "$procfs/4711/fd"
	{
		echo '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode'
		echo '   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000   117        0 123 1 0 100 0 0 10 0'
	} >"$procfs/1/net/tcp"
	ln -s 'socket:[123]' "$procfs/4711/fd/7"
	echo fixed >"$procfs/4711/comm"
	says UNKNOWN "8080/tcp deleted at least 0 (limit 0), 8080/tcp on 0.0.0.0: the executable of a holder may not be read" \
		-p 8080 --procfs "$procfs" -c deleted=0
	ln -s '/srv/app (deleted)' "$procfs/4711/exe"
	says CRITICAL "8080/tcp deleted 1 (limit 0), 8080/tcp on 0.0.0.0" -p 8080 --procfs "$procfs" -c deleted=0
	ln -sf /srv/app "$procfs/4711/exe"
	says OK "8080/tcp on 0.0.0.0" -p 8080 --procfs "$procfs" -c deleted=0
}

@test "deleted: holders whose executable was removed or replaced" {
	need_own_pids
	local original=$MKSOCK
	MKSOCK=$BATS_TEST_TMPDIR/server
	cp "$original" "$MKSOCK"
	mksock tcp-listen,port=80 begin,comm=worker,share,copies=2 end
	check -p 80 -m deleted
	assert_perfdata deleted 0
	cp "$original" "$MKSOCK.new"
	mv "$MKSOCK.new" "$MKSOCK"
	check -p 80 -m deleted
	assert_perfdata deleted 3
	mksock tcp-listen,port=81
	check -p 81 -m deleted
	assert_perfdata deleted 0
	check -p 80,81 -w deleted=0
	assert_state WARNING
	assert_text_like "^80/tcp deleted 3 \(limit 0\), 80/tcp on "
	rm "$MKSOCK"
	check -p 81 -m deleted
	assert_perfdata deleted 1
	MKSOCK=$original
}

@test "age, deleted: UNKNOWN where holders may not be read, if a threshold hangs on it" {
	mksock tcp-listen,port=80
	run_plugin_as 65534 check_port_listen -p 80 -c age=60:
	assert_state UNKNOWN
	assert_text_like "cap_sys_ptrace"
	run_plugin_as 65534 check_port_listen -p 80 -c deleted=0
	assert_state UNKNOWN
	assert_text_like "cap_sys_ptrace"
	run_plugin_as 65534 check_port_listen -p 80 -m age,age_max
	assert_state OK
	refute_perfdata age
}

# ---- many of them ------------------------------------------------------------------------------

@test "-p: a range of 1,000 ports" {
	mksock self,nofile=1100 tcp-listen,port=20000,ports=999
	check -p 20000-20999
	assert_state CRITICAL
	assert_text "20999/tcp not listening (999 other ports ok)"
	assert_perfdata listening "999;;1000:"
	check -p 20000-20998
	assert_state OK
	assert_perfdata listening "999;;999:"
	[ "$(head -1 "$PLUGIN_STDOUT" | wc -c)" -le 1024 ] || fail "line 1 is too long"
	says CRITICAL "30000-30999/tcp not listening" -p 30000-30999
	check -p 20000-20999 -w 1000: -c 990:
	assert_state WARNING
	check -p 1-65535 -c 999
	assert_state OK
	assert_perfdata listening "999;;999"
}

@test "the same port on several addresses is one port with several listeners" {
	mksock tcp-listen,port=80 tcp-listen,port=80,addr=127.0.0.2 tcp-listen,port=80,addr=127.0.0.3 \
		tcp-listen,port=80,addr=127.0.0.4 tcp-listen,port=80,addr=::1
	check -p 80
	assert_state OK
	assert_text_like "^80/tcp on [^ ,]+, [^ ,]+, [^ ,]+ and others, accept queue"
	assert_perfdata listening "1;;1:"
	assert_perfdata tcp_80_listeners 5
	local addr
	for addr in 127.0.0.1 127.0.0.4 ::1; do
		check -p 80 -H "$addr"
		assert_state OK
		assert_perfdata tcp_80_listeners 1
	done
	check -p 80 -H 127.0.0.5
	assert_state CRITICAL
}

@test "an MPTCP listener is one TCP listener" {
	[ -e /proc/sys/net/mptcp/enabled ] || skip "no MPTCP in this kernel"
	mksock mptcp-listen,port=80,backlog=9
	check -p 80 -c listeners=1:1
	assert_state OK
	assert_text_like "^80/tcp on 127\.0\.0\.1, accept queue 0% \(0 of 10\)\$"
	assert_perfdata tcp_80_listeners "1;;1:1"
}

@test "SCTP: LISTEN" {
	grep -q ^SCTP /proc/net/protocols || skip "no SCTP in this kernel"
	mksock sctp-listen,port=80
	check -p 80/sctp
	assert_state OK
	check -p 81/sctp
	assert_state CRITICAL
}

@test "SCTP: LISTEN, by a /proc that has it" {
	local procfs=$BATS_TEST_TMPDIR/proc
	mkdir -p "$procfs/1/net/sctp"
	echo "sl inode" >"$procfs/1/net/sctp/assocs"
	printf '%s\n' ' ENDPT     SOCK   STY SST HBKT LPORT   UID INODE LADDRS' \
		'ffff8a1b ffff8a1c 2   10  27   9000      0 41234 127.0.0.1 ' \
		'ffff8a1b ffff8a1d 2   7   27   9001      0 41235 127.0.0.1 ' >"$procfs/1/net/sctp/eps"
	says OK "9000/sctp4 on 127.0.0.1" -p 9000/sctp4 --procfs "$procfs"
	says OK "9000/sctp4 on 127.0.0.1" -p 9000 -P sctp4 --procfs "$procfs" -H 127.0.0.1
	says CRITICAL "9001/sctp4 not listening" -p 9001/sctp4 --procfs "$procfs"
}

@test "-p unix: there is no address to ask for, alone it is an error, among ports it holds for these" {
	local wrong="a unix socket has no address: leave out --address and --bound-within"
	local sock=$BATS_TEST_TMPDIR/sock option
	mksock unix-listen,path="$sock" tcp-listen,port=80
	for option in "-H 127.0.0.1" "--bound-within 10.0.0.0/8" "-H ::1 --exact" "-H ::1 --closed"; do
		# shellcheck disable=SC2086 # an option and its argument
		says UNKNOWN "$wrong" -p "unix:$sock" $option
	done
	for option in -4 -6; do
		says UNKNOWN "unix sockets carry neither IPv4 nor IPv6: leave out --ipv4 and --ipv6" \
			-p unix:@a -p "unix:$sock" $option
	done
	says OK "80/tcp on 127.0.0.1, accept queue 0% (0 of 129), unix:$sock, accept queue 0% (0 of 129)" \
		-p "80,unix:$sock" -H 127.0.0.1 -4 --bound-within 127.0.0.0/8
	says CRITICAL "80/tcp listens on 127.0.0.1, not on IPv6 (unix:$sock ok)" -p "80,unix:$sock" -6
}

# ---- --wait ------------------------------------------------------------------------------------

# A /proc in which nothing listens and whose tcp6 blocks its readers: who opens it for writing goes
# on when a look has read tcp and stands before tcp6.
waiting_procfs() {
	PROCFS=$BATS_TEST_TMPDIR/proc
	mkdir -p "$PROCFS/1/net"
	HEAD='  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode'
	echo "$HEAD" >"$PROCFS/1/net/tcp"
	mkfifo "$PROCFS/1/net/tcp6"
}

# replace TABLE [ROW]: at once, for the looks that begin from now on.
replace() {
	printf '%s\n' "$HEAD" "${@:2}" >"$BATS_TEST_TMPDIR/new"
	mv "$BATS_TEST_TMPDIR/new" "$PROCFS/1/net/$1"
}

# start_waiting ARGUMENT...: WAITING is the plugin, its output goes to a file.
start_waiting() {
	"$BUILDDIR/plugins/check_port_listen" --procfs "$PROCFS" "$@" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	WAITING=$!
}

@test "--wait ends when it listens" {
	local first second code=0
	waiting_procfs
	start_waiting -p 80 --wait 30 --interval 0.01
	exec {first}>"$PROCFS/1/net/tcp6" # the first look saw nothing
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	mv "$BATS_TEST_TMPDIR/fifo" "$PROCFS/1/net/tcp6"
	echo "$HEAD" >&"$first"
	exec {first}>&-
	exec {second}>"$PROCFS/1/net/tcp6" # an absence is looked at twice: this saw nothing either
	replace tcp '   0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0'
	replace tcp6
	echo "$HEAD" >&"$second"
	exec {second}>&-
	wait "$WAITING" || code=$?
	equal "status" 0 "$code"
	# One line and no progress, since this is no terminal.
	equal "output" "PORT_LISTEN OK - 80/tcp on 0.0.0.0 | listening=1;;1: tcp_80_listeners=1" \
		"$(<"$BATS_TEST_TMPDIR/out")"
}

@test "--wait ends by a signal, with the last verdict" {
	local fifo number code
	for number in TERM INT; do
		rm -rf "$BATS_TEST_TMPDIR/proc"
		waiting_procfs
		code=0
		# Jobs of a shell ignore SIGINT.
		env --default-signal=INT true 2>/dev/null || [ "$number" = TERM ] || continue
		env --default-signal=INT "$BUILDDIR/plugins/check_port_listen" --procfs "$PROCFS" -p 80 \
			--wait 600 --interval 600 >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
		WAITING=$!
		exec {fifo}>"$PROCFS/1/net/tcp6"
		kill "-$number" "$WAITING"
		replace tcp6
		echo "$HEAD" >&"$fifo"
		exec {fifo}>&-
		wait "$WAITING" || code=$?
		equal "status" 2 "$code"
		equal "output" "PORT_LISTEN CRITICAL - 80/tcp not listening | listening=0;;1: tcp_80_listeners=0" \
			"$(<"$BATS_TEST_TMPDIR/out")"
	done
}

@test "--wait ends by time, with the last verdict; without need it does not wait" {
	local start=${EPOCHREALTIME/./} took
	check -p 80 --wait 0.3 --interval 0.05 -vv
	took=$((${EPOCHREALTIME/./} - start))
	assert_state CRITICAL
	assert_text "80/tcp not listening"
	[ "$took" -ge 300000 ] || fail "took $took us"
	like "looks" '^looks: ([4-9]|[1-9][0-9])$' "$(grep '^looks' "$PLUGIN_STDOUT")"
	mksock tcp-listen,port=80
	check -p 80 --wait 600 --interval 600 -t 10
	assert_state OK
	check -p 81 --closed --wait 600 --interval 600
	assert_state OK
	check -p 80 --closed --wait 0.01
	assert_state CRITICAL
	equal "lines" 1 "${#lines[@]}"
}

@test "--wait: the deadline, when it comes first" {
	check -p 80 --wait 600 --interval 600 -t 0.1
	assert_line1 "PORT_LISTEN UNKNOWN - timed out after 0.1 s while waiting for the next try"
	assert_status 3
	check -p 80 --wait 600 --interval 600 -t 0.1:ok
	assert_status 0
}

need_terminal() {
	need_command script
	script -qec true /dev/null </dev/null >/dev/null 2>&1 3>&- || skip "no terminal can be made"
}

@test "--wait: on a terminal one line shows what is missing, until it listens" {
	need_terminal
	local terminal progress rest
	exec {terminal}< <(in_netns script -qec \
		"$BUILDDIR/plugins/check_port_listen -p 80 --wait 30 --interval 0.01" /dev/null </dev/null 3>&-)
	read -r -d ' ' progress <&"$terminal" # the first look is over
	like "progress" $'\r.*waiting$' "$progress"
	mksock tcp-listen,port=80
	rest=$(tr -d '\r' <&"$terminal")
	exec {terminal}<&-
	like "progress" '^[0-9]+ s: 80/tcp not listening' "$rest"
	like "answer" $'\e\\[KPORT_LISTEN OK - 80/tcp on 127\.0\.0\.1, accept queue' "$rest"
	equal "lines" 1 "$(wc -l <<<"$rest")"
}

@test "--wait: the line on a terminal fits its width, 80 columns where that is not known" {
	need_terminal
	local columns expected said
	for columns in 60 200 0; do
		said=$(in_netns script -qec "stty cols $columns; $BUILDDIR/plugins/check_port_listen \
			-p $(seq -s, 8001 2 8031) --wait 0.05 --interval 0.01" /dev/null </dev/null 3>&-) || true
		said=$(tr '\r' '\n' <<<"$said" | sed 's/\x1b\[K//g' | grep '^waiting' | head -n 1)
		expected=$((columns ? columns : 80))
		like "line" '^waiting 0 s: 8001/tcp not listening, .*\.\.\.$' "$said"
		[ ${#said} -lt "$expected" ] && [ ${#said} -gt $((expected - 10)) ] ||
			fail "${#said} columns of $expected"
	done
}

@test "--wait -q, --wait --output-format json: no progress on a terminal that it would spoil" {
	need_terminal
	local said
	said=$(in_netns script -qec "$BUILDDIR/plugins/check_port_listen -p 80 --wait 0.1 --interval 0.01 -q" \
		/dev/null </dev/null 3>&- | tr -d '\r') || true
	equal "output" "PORT_LISTEN CRITICAL - 80/tcp not listening | listening=0;;1: tcp_80_listeners=0" "$said"
}
