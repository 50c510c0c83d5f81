# SPDX-License-Identifier: GPL-2.0
# Another key daemon as Debian ships it, with all that it needs, in a root of its own below build/lab: for those that cannot be
# installed on this machine, beside strongSwan or of a newer release. Sourced after apt.sh by tests/lab/fetch-*, which sets
# $daemon, its name.

dir=$lab/../../build/lab/$daemon
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
root=$dir/root

die()
{
	echo "fetch-$daemon: $1" >&2
	exit "${2:-1}"
}

# daemon_download SUITE PACKAGE...: into $dir/archives.
daemon_download()
{
	local suite=$1

	shift
	[ "$(id -u)" -eq 0 ] || die "must be root, to unpack what a chroot needs"
	apt_conf "$dir" "$suite" || die "this machine's apt sources name no Debian mirror" 77
	apt_update "$dir" || die "Debian's mirror does not answer: see $dir/log" 77
	echo "fetch-$daemon: $daemon and its libraries, into $dir"
	apt-get -c "$dir/apt.conf" -q -y --download-only install bash coreutils libc-bin sed grep mawk "$@" >>"$dir/log" 2>&1 ||
		die "cannot download: see $dir/log" 77
}

# Into $root.new, without the packages' own scripts: the links that these would make have to be made, and the dynamic linker's cache.
daemon_unpack()
{
	local name

	rm -rf "$root.new"
	for name in bin sbin lib lib64; do
		mkdir -p "$root.new/usr/$name"
		ln -s "usr/$name" "$root.new/$name"
	done
	for name in "$dir"/archives/*.deb; do
		dpkg-deb --fsys-tarfile "$name" | tar -x -C "$root.new" --keep-directory-symlink || return
	done
	ln -sf mawk "$root.new/usr/bin/awk"
	ln -sf bash "$root.new/usr/bin/sh"
	mkdir -p "$root.new/etc" "$root.new/proc" "$root.new/dev" "$root.new/run" "$root.new/tmp"
	touch "$root.new/etc/hosts" "$root.new/etc/resolv.conf"
	chroot "$root.new" /sbin/ldconfig
}

# It is ready.
daemon_done()
{
	rm -rf "$root" && mv "$root.new" "$root" && rm -rf "$dir/archives" "$dir/lists"
}
