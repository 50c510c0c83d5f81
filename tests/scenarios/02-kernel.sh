# module: no
# limit: 90
# What every supported kernel has to do, and all that is run on each of them by default: the module says for which kernel
# it is, loads, carries a tunnel with AES-GCM and one with AES-CBC and HMAC both ways against XFRM, and unloads.

field()
{
	modinfo -F "$1" "$REPO/build/$KVER/klips.ko"
}

read -r built_for _ < <(field vermagic)
assert_eq "the kernel that the module is built for" "$(uname -r)" "$built_for"
module_load

# modinfo is complete. No alias but that of the link kind: with net-pf-15 anybody's socket() would load the module.
assert_eq "licence" GPL "$(field license)"
assert_eq "version" "$(sed -n 's/^klips version: //p' /proc/net/ipsec_version)" "$(field version)"
assert_eq "aliases" rtnl-link-klips "$(field alias)"
for name in description author softdep; do
	assert_match "modinfo -F $name" '..' "$(field $name)"
done
assert_no_match "parameters without a text" '^[a-z_]+:([a-z ]+|\([a-z ]+\))$' "$(modinfo -p "$REPO/build/$KVER/klips.ko")"
for name in /sys/module/klips/parameters/*; do
	assert_match "modinfo's parameters" "^${name##*/}:.* \([a-z ]+\)$" "$(modinfo -p "$REPO/build/$KVER/klips.ko")"
done

gcm_out=0x0102030405060708090a0b0c0d0e0f10aabbccdd
gcm_in=0x1112131415161718191a1b1c1d1e1f20eeff0011
enc_out=0x2122232425262728292a2b2c2d2e2f30
enc_in=0x3132333435363738393a3b3c3d3e3f40
auth_out=0x4142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f60
auth_in=0x6162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f80
cbc=aes128-sha2_256

# The tunnel with CBC is for another address of B.
cat >"$TMP/klips" <<-END
	spi --said esp0x1001@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey $gcm_out
	spi --said esp0x1002@192.0.2.1 --src 192.0.2.2 --esp aes_gcm128 --enckey $gcm_in --replay_window 64
	spi --said esp0x2001@192.0.2.2 --src 192.0.2.1 --esp $cbc --enckey $enc_out --authkey $auth_out
	spi --said esp0x2002@192.0.2.1 --src 192.0.2.2 --esp $cbc --enckey $enc_in --authkey $auth_in --replay_window 64
	eroute --addin --src 10.2.0.0/24 --dst 10.1.0.0/24 --said esp0x1002@192.0.2.1
	eroute --add --src 10.1.0.0/24 --dst 10.2.0.0/24 --said esp0x1001@192.0.2.2
	eroute --addin --src 10.2.1.2/32 --dst 10.1.0.0/24 --said esp0x2002@192.0.2.1
	eroute --add --src 10.1.0.0/24 --dst 10.2.1.2/32 --said esp0x2001@192.0.2.2
	tncfg --attach --virtual ipsec0 --physical eth0
END
ipsec_in G1 --batch "$TMP/klips"
ip -n G1 -batch - <<-END
	link set ipsec0 up
	route replace 10.2.0.0/16 dev ipsec0
END
ip -n B addr add 10.2.1.2/32 dev lo
ip -n G2 route add 10.2.1.2/32 via 10.2.0.2

# peer NET OUT-SPI IN-SPI REQID OUT-ALGORITHMS IN-ALGORITHMS: as G2 sees it.
peer()
{
	local at="proto esp reqid $4 mode tunnel"

	ip -n G2 -batch - <<-END
		xfrm state add src 192.0.2.2 dst 192.0.2.1 proto esp spi $2 reqid $4 mode tunnel replay-window 32 $5
		xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi $3 reqid $4 mode tunnel replay-window 32 $6
		xfrm policy add src $1 dst 10.1.0.0/24 dir out tmpl src 192.0.2.2 dst 192.0.2.1 $at
		xfrm policy add src 10.1.0.0/24 dst $1 dir fwd tmpl src 192.0.2.1 dst 192.0.2.2 $at
	END
}
peer 10.2.0.0/24 0x1002 0x1001 1 "aead rfc4106(gcm(aes)) $gcm_in 128" "aead rfc4106(gcm(aes)) $gcm_out 128"
peer 10.2.1.2/32 0x2002 0x2001 2 "enc cbc(aes) $enc_in auth-trunc hmac(sha256) $auth_in 128" \
	"enc cbc(aes) $enc_out auth-trunc hmac(sha256) $auth_out 128"

capture_start wire G1 eth0
ping_ok A 10.2.0.2 5
ping_ok A 10.2.1.2 5 -s 1300
ping_ok B 10.1.0.2 5
on B ping -q -n -c 5 -i 0.05 -W 5 -I 10.2.1.2 10.1.0.2
transfer A B 10.2.0.2 100000
transfer B A 10.1.0.2 100000
transfer A B 10.2.1.2 100000
capture_stop wire
for spi in 0x1001 0x1002 0x2001 0x2002; do
	[ "$(capture_count wire "esp and ip[20:4] == $spi")" -ge 10 ] || fail "too few packets of SA $spi on the wire"
done
assert_eq "cleartext on the wire" 0 "$(capture_count wire net 10.0.0.0/8)"

lab_counters_add_up
ipsec_in G1 look
ipsec_in G1 eroute --clear
ipsec_in G1 spi --clear
ipsec_in G1 tncfg --delete ipsec0
rmmod klips
