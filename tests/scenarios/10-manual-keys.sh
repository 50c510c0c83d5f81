# limit: 150
# Manual keying: klips on G1, XFRM on G2, the same keys typed in on both. Witnesses: XFRM, and tshark, which
# must decrypt every ESP packet on the wire with those keys.

gcm_out=0x0102030405060708090a0b0c0d0e0f10aabbccdd
gcm_in=0x1112131415161718191a1b1c1d1e1f20eeff0011
enc_out=0x2122232425262728292a2b2c2d2e2f30
enc_in=0x3132333435363738393a3b3c3d3e3f40
auth_out=0x4142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f60
auth_in=0x6162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f80

# klips_side ALG OUT-KEYS IN-KEYS: SAs, eroute, device and route on G1.
klips_side()
{
	ipsec_in G1 spi --said esp0x1001@192.0.2.2 --src 192.0.2.1 --esp $1 $2 --replay_window 64
	ipsec_in G1 spi --said esp0x1002@192.0.2.1 --src 192.0.2.2 --esp $1 $3 --replay_window 64
	ipsec_in G1 eroute --addin --src 10.2.0.0/24 --dst 10.1.0.0/24 --said esp0x1002@192.0.2.1
	ipsec_in G1 eroute --add --src 10.1.0.0/24 --dst 10.2.0.0/24 --said esp0x1001@192.0.2.2
	ipsec_in G1 tncfg --attach --virtual ipsec0 --physical eth0
	g1 ip link set ipsec0 up
	g1 ip route replace 10.2.0.0/24 dev ipsec0
}

# xfrm_side OUT-ALGORITHMS IN-ALGORITHMS: the peer, seen from G2.
xfrm_side()
{
	g2 ip xfrm state add src 192.0.2.2 dst 192.0.2.1 proto esp spi 0x1002 mode tunnel replay-window 32 $1
	g2 ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x1001 mode tunnel replay-window 32 $2
	g2 ip xfrm policy add src 10.2.0.0/24 dst 10.1.0.0/24 dir out \
		tmpl src 192.0.2.2 dst 192.0.2.1 proto esp mode tunnel
	for dir in in fwd; do
		g2 ip xfrm policy add src 10.1.0.0/24 dst 10.2.0.0/24 dir $dir \
			tmpl src 192.0.2.1 dst 192.0.2.2 proto esp mode tunnel
	done
}

clear_all()
{
	ipsec_in G1 eroute --clear
	ipsec_in G1 spi --clear
	ipsec_in G1 tncfg --delete ipsec0
	g2 ip xfrm state flush
	g2 ip xfrm policy flush
}

# decrypts NAME CIPHER KEY-OUT KEY-IN AUTH AUTHKEY-OUT AUTHKEY-IN: all of the capture.
decrypts()
{
	local esp clear

	esp=$(capture_count "$1" esp)
	[ "$esp" -gt 500 ] || fail "$1: only $esp ESP packets on the wire"
	clear=$(tshark -r "$TMP/$1.pcap" -o esp.enable_encryption_decode:TRUE -o esp.enable_authentication_check:TRUE \
		-o "uat:esp_sa:\"IPv4\",\"192.0.2.1\",\"192.0.2.2\",\"0x00001001\",\"$2\",\"$3\",\"$5\",\"$6\"" \
		-o "uat:esp_sa:\"IPv4\",\"192.0.2.2\",\"192.0.2.1\",\"0x00001002\",\"$2\",\"$4\",\"$5\",\"$7\"" \
		-Y 'esp && (tcp || icmp) && esp.icv_good == 1' -T fields -e frame.number 2>/dev/null | wc -l)
	assert_eq "$1: packets that tshark decrypts, of all ESP packets" "$esp" "$clear"
	assert_eq "$1: cleartext on the wire" 0 "$(capture_count "$1" net 10.0.0.0/8)"
}

# traffic NAME: a ping, and a megabyte each way, seen on the wire.
traffic()
{
	capture_start "$1" G1 eth0
	ping_ok A 10.2.0.2 5
	transfer A B 10.2.0.2 1000000
	transfer B A 10.1.0.2 1000000
	capture_stop "$1"
}

klips_side aes_gcm128 "--enckey $gcm_out" "--enckey $gcm_in"
xfrm_side "aead rfc4106(gcm(aes)) $gcm_in 128" "aead rfc4106(gcm(aes)) $gcm_out 128"
traffic gcm
ipsec_in G1 eroute
ipsec_in G1 spi
ipsec_in G1 look
ipsec_in G1 why 10.1.0.2 10.2.0.2 udp 40000 7000
decrypts gcm "AES-GCM with 16 octet ICV [RFC4106]" $gcm_out $gcm_in NULL "" ""
note "aes_gcm128 done"
clear_all

klips_side aes128-sha2_256 "--enckey $enc_out --authkey $auth_out" "--enckey $enc_in --authkey $auth_in"
xfrm_side "enc cbc(aes) $enc_in auth-trunc hmac(sha256) $auth_in 128" \
	"enc cbc(aes) $enc_out auth-trunc hmac(sha256) $auth_out 128"
traffic cbc
decrypts cbc "AES-CBC [RFC3602]" $enc_out $enc_in "HMAC-SHA-256-128 [RFC4868]" $auth_out $auth_in
clear_all

assert_eq "SAs left over" "" "$(ipsec_in G1 spi)"
assert_eq "eroutes left over" "" "$(ipsec_in G1 eroute)"
