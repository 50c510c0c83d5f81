# SPDX-License-Identifier: GPL-2.0
# limit: 180
# What others get to see: no key, in whatever shape, comes out again anywhere; listeners of a namespace hear the same, those of
# another nothing of it; a root who is none outside his user namespace sees nothing. And how an SPI is reserved.
# (What is refused: 61-pfkey.)
. "$LAB/manual.sh"

enc=0x2122232425262728292a2b2c2d2e2f30
auth=0x4142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f60
ah=0x6162636465666768696a6b6c6d6e6f7071727374

# listener HOST NAME: prints what it hears to $TMP/NAME; it has registered for all there is when this returns.
listener()
{
	on_bg "$1" ipsec pf_key >"$TMP/$2"
	wait_for 60 "listener $2" grep -q 'type=7(register).*satype=9(COMP)' "$TMP/$2"
}

# heard NAME: without the answers to its own registrations.
heard()
{
	grep '^version=' "$TMP/$1" | grep -v '^version=2 type=7 '
}

with_ciphers listener G1 g1
listener G1 g1-too
listener G2 g2

ipsec_in G2 spi --said esp0x2001@192.0.2.1 --src 192.0.2.2 --esp aes_gcm128 --enckey $MANUAL_KEY_IN
ipsec_in G1 --batch - <<-END
	spi --said esp0x1001@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey $MANUAL_KEY_OUT --natt nonesp --sport 4500 --dport 4500
	spi --said esp0x1002@192.0.2.1 --src 192.0.2.2 --esp aes_gcm128 --enckey $MANUAL_KEY_IN --life hard-packets=100 --replay_window 64
	spi --said tun0x1003@192.0.2.2 --src 192.0.2.1 --ip4
	spi --said esp0x1003@192.0.2.2 --src 192.0.2.1 --esp aes128-sha2_256 --enckey $enc --authkey $auth --mode transport
	spi --said ah0x1003@192.0.2.2 --src 192.0.2.1 --ah sha1 --authkey $ah --mode transport
	spigrp --said tun0x1003@192.0.2.2 esp0x1003@192.0.2.2 ah0x1003@192.0.2.2
	eroute --add --src 10.1.0.0/24 --dst 10.2.0.0/24 --said esp0x1001@192.0.2.2
	spi --update --said esp0x1001@192.0.2.2 --src 192.0.2.1 --natt nonesp --sport 4500 --dport 61234
END
for name in g1 g1-too; do
	wait_for 10 "$name hears of the last change" grep -q 'natdport=61234' "$TMP/$name"
done
wait_for 10 "G2 hears of its SA" grep -q spi=0x00002001 "$TMP/g2"

# All the same, in the order in which it was done; each namespace its own.
heard g1 >"$TMP/one"
heard g1-too >"$TMP/two"
cmp -s "$TMP/one" "$TMP/two" || fail "two listeners heard different things: $(diff "$TMP/one" "$TMP/two")"
assert_eq "types of messages, in order" "3 3 3 3 3 130 128 2" "$(sed 's/.* type=\([0-9]*\) .*/\1/' "$TMP/one" | xargs)"
assert_no_match "what G1 heard" 0x00002001 "$(<"$TMP/g1")"
assert_no_match "what G2 heard" '0x0000100|addflow|grpsa' "$(<"$TMP/g2")"
assert_eq "SAs of G1" "ah0x1003@192.0.2.2 esp0x1001@192.0.2.2 esp0x1002@192.0.2.1 esp0x1003@192.0.2.2 tun0x1003@192.0.2.2" \
	"$(ipsec_in G1 spi | cut -d' ' -f1 | LC_ALL=C sort | xargs)"
assert_eq "SAs of G2" "esp0x2001@192.0.2.1" "$(ipsec_in G2 spi | cut -d' ' -f1)"
assert_eq "eroutes of G2" "" "$(ipsec_in G2 eroute)"
ipsec_in G2 spi --clear
assert_eq "SAs of G1 after G2 was cleared" 5 "$(ipsec_in G1 spi | wc -l)"

# No four bytes of a key, as bytes or as digits.
{
	cat "$TMP/g1" "$TMP/g1-too" "$TMP/g2"
	ipsec_in G1 spi
	ipsec_in G1 spi --json
	ipsec_in G1 spigrp --json
	ipsec_in G1 look
	ipsec_in G1 why --json 10.1.0.2 10.2.0.2
	g1 sh -c 'cat /proc/net/ipsec_*'
	dmesg
} >"$TMP/seen"
[ "$(wc -l <"$TMP/seen")" -gt 40 ] || fail "hardly anything was looked through"
for key in $enc $auth $ah $MANUAL_KEY_OUT $MANUAL_KEY_IN; do
	for ((i = 2; i + 8 <= ${#key}; i += 8)); do
		part=${key:i:8}
		parts+="$part|"
		bytes+="$(sed 's/../\\x&/g' <<<"$part")|"
	done
done
! grep -qiE "${parts%|}" "$TMP/seen" || fail "digits of a key are shown: $(grep -iE "${parts%|}" "$TMP/seen")"
! LC_ALL=C grep -qaP "${bytes%|}" "$TMP/seen" || fail "bytes of a key are shown"

# Root of a user namespace of his own, here and in a network of his own.
for where in -U -Un; do
	assert_fails "PF_KEY, unshare $where" on G1 unshare $where -r ipsec spi --said esp0x1009@192.0.2.2 --src 192.0.2.1 \
		--esp aes_gcm128 --enckey $MANUAL_KEY_OUT
	assert_match "PF_KEY, unshare $where" 'needs root|permitted' "$OUTPUT"
done
assert_fails "generic netlink, unshare -U" on G1 unshare -U -r ipsec spi
assert_match "generic netlink, unshare -U" 'needs root|permitted' "$OUTPUT"
# (Who is root outside too owns the file, whatever his user namespace.)
assert_fails "/proc, nobody" on G1 setpriv --reuid 65534 --regid 65534 --clear-groups unshare -U -r cat /proc/net/ipsec_spi
assert_match "/proc, nobody" 'Permission denied' "$OUTPUT"

# An SPI that is reserved is taken, for others and for ADD; below 256 there is none.
g1 larval 192.0.2.2 192.0.2.1 0x1100
assert_fails "the same SPI again" g1 larval 192.0.2.2 192.0.2.1 0x1100
assert_match "the same SPI again" 'File exists' "$OUTPUT"
assert_fails "ADD of a larval SA" manual_sa_in 0x1100
assert_match "ADD of a larval SA" 'already in use' "$OUTPUT"
assert_match "the larval SA" 'state=larval' "$(ipsec_in G1 spi | grep 0x1100)"
assert_fails "grouping a larval SA" ipsec_in G1 spigrp --said esp0x1002@192.0.2.1 esp0x1100@192.0.2.1
assert_fails "SPI 255" g1 larval 192.0.2.2 192.0.2.1 255
assert_match "SPI 255" 'Invalid argument' "$OUTPUT"
# XFRM's SPIs are taken too.
manual_xfrm_sa G1 192.0.2.2 192.0.2.1 0x1200 $MANUAL_KEY_IN
assert_fails "an SPI of XFRM" g1 larval 192.0.2.2 192.0.2.1 0x1200
assert_match "an SPI of XFRM" 'File exists' "$OUTPUT"
g1 ip xfrm state flush
