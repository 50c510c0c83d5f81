# SPDX-License-Identifier: GPL-2.0
# limit: 90
# `make install` into a directory: what is there, and that it runs from there.
make -C "$REPO" install DESTDIR="$TMP/root" KVER="$KVER" >"$TMP/install.log" 2>&1 || { cat "$TMP/install.log"; fail "make install"; }
find "$TMP/root" -type f | sed "s|$TMP/root||" | sort
for file in usr/local/sbin/ipsec usr/local/libexec/ipsec/pluto etc/ipsec.conf etc/modprobe.d/klips.conf \
	usr/local/share/man/man5/ipsec.conf.5 usr/local/share/man/man8/ipsec.8; do
	[ -e "$TMP/root/$file" ] || fail "make install did not install /$file"
done
find "$TMP/root" -name 'klips.ko' | grep -q . || fail "make install did not install the module"
assert_match "the installed command" '^Linux klips U' "$(g1 "$TMP/root/usr/local/sbin/ipsec" --version)"
assert_match "modinfo" 'GPL' "$(modinfo -F license "$(find "$TMP/root" -name klips.ko)")"
