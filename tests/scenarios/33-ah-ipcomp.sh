# SPDX-License-Identifier: GPL-2.0
# limit: 240
# AH and IPCOMP with manual keys: klips on G1, XFRM on G2. What routers on the way may change of an AH packet they change
# here, on both sides; and what they may not.
. "$LAB/manual.sh"

modprobe -a ah4 ipcomp xfrm4_tunnel xfrm_user

# hex BYTES FIRST: a key.
hex()
{
	local i key=0x byte

	for ((i = 0; i < $1; i++)); do
		printf -v byte '%02x' $((($2 + i) % 256))
		key+=$byte
	done
	echo $key
}

# klips_sas LINE...: SAs of G1, and the eroutes in and out by the first of each.
klips_sas()
{
	{
		printf '%s\n' 'eroute --clear' 'spi --clear' "${@:3}"
		echo "eroute --addin --src 10.2.0.0/24 --dst 10.1.0.0/24 --said $2"
		echo "eroute --add --src 10.1.0.0/24 --dst 10.2.0.0/24 --said $1"
	} >"$TMP/batch"
	ipsec_in G1 --batch "$TMP/batch"
}

# xfrm_states LINE...: what G2 has, after "state add src ... dst ..." in the one direction and the other.
xfrm_states()
{
	printf 'xfrm %s\n' 'state flush' 'policy flush' "$@" | ip -n G2 -batch -
}

# xfrm_policies TEMPLATE...: innermost first, each "proto P mode M reqid R"; what may be missing inbound has "level use".
xfrm_policies()
{
	local out= in= template ends

	for template; do
		ends=
		[[ $template != *"mode tunnel"* ]] || ends="src $LOCAL dst $REMOTE"
		out+=" tmpl $ends ${template% level use}"
		ends=
		[[ $template != *"mode tunnel"* ]] || ends="src $REMOTE dst $LOCAL"
		in+=" tmpl $ends $template"
	done
	ip -n G2 -batch - <<-END
		xfrm policy add src 10.2.0.0/24 dst 10.1.0.0/24 dir out$out
		xfrm policy add src 10.1.0.0/24 dst 10.2.0.0/24 dir in$in
		xfrm policy add src 10.1.0.0/24 dst 10.2.0.0/24 dir fwd$in
	END
}
LOCAL=192.0.2.2
REMOTE=192.0.2.1

# traffic NAME PROTOCOL: packets of all sizes both ways, and nothing on the wire but PROTOCOL.
traffic()
{
	local size

	capture_start "$1" G1 eth0
	for size in 1 64 1300 1472 3000; do
		ping_ok A 10.2.0.2 2 -M dont -s $size
	done
	transfer A B 10.2.0.2 100000
	capture_stop "$1"
	assert_eq "$1: other things on the wire" 0 "$(capture_count "$1" "not arp and not $2")"
}

# ah HASH KERNEL-NAME KEY-BYTES ICV-BITS [ESN]
ah()
{
	local out in esn=${5:+--esn}

	out=$(hex $3 1)
	in=$(hex $3 101)
	klips_sas ah0x1001@192.0.2.2 ah0x1002@192.0.2.1 \
		"spi --said ah0x1001@192.0.2.2 --src 192.0.2.1 --ah $1 --authkey $out $esn" \
		"spi --said ah0x1002@192.0.2.1 --src 192.0.2.2 --ah $1 --authkey $in --replay_window 64 $esn"
	xfrm_states \
		"state add src 192.0.2.1 dst 192.0.2.2 proto ah spi 0x1001 mode tunnel replay-window 32 flag align4 ${5:-} auth-trunc $2 $out $4" \
		"state add src 192.0.2.2 dst 192.0.2.1 proto ah spi 0x1002 mode tunnel replay-window 32 flag align4 ${5:-} auth-trunc $2 $in $4"
	xfrm_policies "proto ah mode tunnel"
}

# A router between the gateways changes what it may, on the last metre.
router()
{
	on $1 nft -f - <<-END
		table inet router {
			chain prerouting {
				type filter hook prerouting priority -350
				ip protocol 51 ip dscp set cs3 ip ttl set 9
				ip6 nexthdr 51 ip6 dscp set cs3 ip6 hoplimit set 9 ip6 flowlabel set 0x12345
			}
		}
	END
}

manual_device
router G1
router G2
ah sha1 'hmac(sha1)' 20 96
traffic sha1 'ip proto 51'
ah sha2_256 'hmac(sha256)' 32 128 esn
traffic sha2_256 'ip proto 51'
ah sha2_384 'hmac(sha384)' 48 192
traffic sha2_384 'ip proto 51'
ah sha2_512 'hmac(sha512)' 64 256 esn
traffic sha2_512 'ip proto 51'

# What it must not.
before=$(sa_counter ah0x1002@192.0.2.1 .drops.auth)
g1 nft add rule inet router prerouting ip protocol 51 ip id set 7
ping_fails A 10.2.0.2
assert_eq "changed packets counted as such" $((before + 2)) "$(sa_counter ah0x1002@192.0.2.1 .drops.auth)"
g1 nft delete table inet router
router G1

# Padded to 8 bytes by the peer: taken, but ours is not what it wants.
xfrm_states "state add src 192.0.2.2 dst 192.0.2.1 proto ah spi 0x1002 mode tunnel auth-trunc hmac(sha512) $(hex 64 101) 256"
klips_sas ah0x1001@192.0.2.2 ah0x1002@192.0.2.1 \
	"spi --said ah0x1001@192.0.2.2 --src 192.0.2.1 --ah sha2_512 --authkey $(hex 64 1)" \
	"spi --said ah0x1002@192.0.2.1 --src 192.0.2.2 --ah sha2_512 --authkey $(hex 64 101) --replay_window 64"
xfrm_policies "proto ah mode tunnel"
ping_fails B 10.1.0.2
counts "packets padded to 8 bytes" 2 sa_counter ah0x1002@192.0.2.1 .packets

# IPCOMP alone: large ones in it, small ones without, as IP in IP.
klips_sas comp0x1001@192.0.2.2 comp0x1002@192.0.2.1 \
	"spi --said comp0x1001@192.0.2.2 --src 192.0.2.1 --comp deflate" \
	"spi --said comp0x1002@192.0.2.1 --src 192.0.2.2 --comp deflate"
xfrm_states \
	"state add src 192.0.2.1 dst 192.0.2.2 proto comp spi 0x1001 mode tunnel comp deflate" \
	"state add src 192.0.2.2 dst 192.0.2.1 proto comp spi 0x1002 mode tunnel comp deflate"
xfrm_policies "proto comp mode tunnel level use"
traffic comp '(ip proto 108 or ip proto 4)'
for from in 1 2; do
	[ "$(capture_count comp "ip proto 108 and src host 192.0.2.$from")" -ge 6 ] || fail "192.0.2.$from compressed nothing"
	[ "$(capture_count comp "ip proto 4 and src host 192.0.2.$from")" -ge 2 ] || fail "192.0.2.$from compressed all"
done
# (The inner protocol, of a first or only fragment.)
assert_eq "large pings that were not compressed" 0 "$(capture_count comp 'ip proto 4 and greater 600 and ip[6:2] & 0x1fff = 0 and ip[29] = 1')"
ipsec_in G1 --batch - <<-END
	eroute --clear
	spi --clear
END
