# SPDX-License-Identifier: GPL-2.0
# limit: 180
# N5: a tunnel for udp to port 7000 only. Datagrams that were cut on the way to it go by it all the same, as one packet that is cut
# outside: whatever the order, the repetition, the overlaps of the fragments, in IPv4 and IPv6. What never becomes whole is dropped and
# counted, and takes no room from others. Both gateways have klips; then one has XFRM with the same policy; then both have.
. "$LAB/dual.sh"
. "$LAB/pieces.sh"

parameters=/sys/module/klips/parameters

dual_addresses
klips_port G1 0x1001 $MANUAL_KEY_OUT 0x1002 $MANUAL_KEY_IN 192.0.2.1 192.0.2.2 10.1.0.0/24 10.2.0.0/24 fd01::/64 fd02::/64 dst src
klips_port G2 0x1002 $MANUAL_KEY_IN 0x1001 $MANUAL_KEY_OUT 192.0.2.2 192.0.2.1 10.2.0.0/24 10.1.0.0/24 fd02::/64 fd01::/64 src dst
udp_sink B 7000 "$TMP/sink"
SEEN=0
BEFORE='{}'
capture_start klips G1 eth0
ping_ok A 10.2.0.2 2 -s 4000
wait_for 20 "the way by IPv6" eval 'udp_send A fd02::2 7000 -s 1 >/dev/null; file_says "$TMP/sink" "^1 fd01"'
SEEN=$(lines "$TMP/sink")

# As it is without any trick: forwarded, and from the gateway itself.
udp_send A 10.2.0.2 7000 -c 20 -s 4000 -i 1000
udp_send A fd02::2 7000 -c 5 -s 3999 -i 1000
udp_send G1 10.2.0.2 7000 -c 5 -s 3998 -i 1000
expect "datagrams of 4000 bytes, 3999 by IPv6, 3998 from the gateway" "5x3998 5x3999 20x4000"
figure N5/arrived/klips-to-klips 20 datagrams
dropped "nothing is lost" ""
before=$(device_counter .tx.packets)
udp_send A 10.2.0.2 7000 -s 4000
expect "one more" 1x4000
assert_eq "a datagram is one packet" $((before + 1)) "$(device_counter .tx.packets)"
ping_ok A 10.2.0.2 3 -s 4000
# Of another port: no eroute, and the whole of it is one packet.
udp_send A 10.2.0.2 7001 -c 3 -s 4000
dropped "another port" no_eroute=3
note "as it is"

# All orders.
orders | frags 10.1.0.2 10.2.0.2
expect "all orders, IPv4" "$(sizes 8)"
orders | frags fd01::2 fd02::2
expect "all orders, IPv6" "$(sizes 8)"
orders ext=3 | frags fd01::2 fd02::2
expect "all orders, IPv6 with extension headers" "$(sizes 16)"
dropped "nothing is lost to the order" ""
note "orders"

# Repeated, overlapping, tiny. What is dead stays dead, and its remains go when their time is over.
echo 1 >$parameters/frag_seconds
bad()
{
	local ext=${2:+ext=$2}

	# One datagram that is good, all of it twice but the last, which makes it whole.
	echo "$ext len=3001 0-1000 1000-2000 0-1000 1000-2000 2000-3001"
	# Overlaps, of bytes and of ports; with 8 bytes; the end in two places; more behind the end.
	echo "$ext len=3002 0-1000 992-2000"
	echo "$ext len=3003 0-1000 0-1008@7001"
	echo "$ext len=3004 0-1000@7001 0-992"
	echo "$ext len=3005 1000-2000 0-1008"
	echo "$ext len=3006 2000-3000l 2000-3006"
	echo "$ext len=3008 2000-3008 3008-3016m"
	# Tiny, offset 1, not by eights, nothing in it, too long.
	echo "$ext len=3009 0-8"
	echo "$ext len=3010 8-1000"
	echo "$ext len=3011 0-1001m"
	echo "$ext len=3012 1000-1000m"
	echo "$ext len=65507 65504-65544l"
	# The last is missing, and the first.
	echo "$ext len=3013 0-1000 1000-2000"
	echo "$ext len=3014 1000-2000 2000-3014"
}
for family in 4 6; do
	if [ $family = 4 ]; then
		bad | frags 10.1.0.2 10.2.0.2
	else
		bad 6 1 | frags fd01::2 fd02::2
	fi
	counts "what waits, IPv$family" 0 waiting
	expect "of the bad ones, IPv$family" 1x2993
	# Twice 2 repeated ones; 6 with 2 each that overlap; 5 that are none; 2 with 2 each that wait in vain.
	dropped "bad ones, IPv$family" "frag_bad=5 frag_overlap=14 frag_timeout=4"
done
echo 10 >$parameters/frag_seconds
assert_match "in the journal" 'ipsec0 out frag_overlap 10.1.0.2 -> 10.2.0.2 udp fragment' \
	"$(ipsec_in G1 drops --reason frag_overlap)"
note "bad ones"

# Among 1,000 others that come at the same time.
frags 10.1.0.2 10.2.0.2 <<-END
	times=1000 len=608 0-304 304-608
END
expect "1,000 at the same time" 1000x600
dropped "nothing is lost to others" ""
note "1,000 others"

# First fragments without end, from one source: neither another one's datagrams nor the host's own are lost.
echo 400 >$parameters/frag_datagrams
printf '%s\n' "id=1 len=2108 0-1000" "id=100 times=1000 from=10.1.0.66 len=2008 0-1000" "id=1 len=2108 1000-2108" |
	frags 10.1.0.2 10.2.0.2
expect "beside a flood" 1x2100
dropped "a quarter is what one source may have" frag_limit=900
assert_eq "what waits" 100 "$(waiting)"
assert_match "limits" 'frag_datagrams 400, KiB [0-9]+, frag_kbytes 16384, refused 900$' "$(g1 cat /proc/net/ipsec/limits)"
assert_match "the host's own reassembly" 'FRAG: inuse 0 memory 0' "$(g1 cat /proc/net/sockstat)"
ping_ok A 10.1.0.1 2 -s 4000
echo 4096 >$parameters/frag_datagrams
note "limits"

# %pass: the pieces are as they came.
ipsec_in G1 eroute --add --src 10.1.0.0/24 --dst 10.2.0.0/24 --said %pass --transport-proto udp --dst-port 7002
capture_stop klips
capture_start pass G1 eth0 outbound net 10.0.0.0/8
echo "port=7002 0-1000 2000-3000 3000-4008 1000-2000" | frags 10.1.0.2 10.2.0.2
wait_for 5 "%pass" above 0 device_counter .tx.passed
capture_stop pass
assert_eq "%pass: sizes" "1020 1020 1020 1028" "$(tcpdump -nvr "$TMP/pass.pcap" 2>/dev/null |
	sed -n 's/.*proto UDP (17), length \([0-9]*\).*/\1/p' | tr '\n' ' ' | sed 's/ $//')"
assert_eq "one packet passed" 1 "$(device_counter .tx.passed)"
figure N5/clear-frames/klips "$(clear_frames klips)" frames
assert_eq "cleartext frames with klips" 0 "$(clear_frames klips)"
assert_eq "cleartext ICMP with klips" 0 "$(capture_count klips 'icmp or (icmp6 and ip6[40] < 128)')"

# A sender that cuts before it encrypts, because its eroute names addresses only.
ipsec_in G1 eroute --clear
ipsec_in G1 eroute --add --src 10.1.0.0/24 --dst 10.2.0.0/24 --said esp0x1001@192.0.2.2
SEEN=$(lines "$TMP/sink")
capture_start cut G1 eth0
udp_send A 10.2.0.2 7000 -c 20 -s 4000 -i 1000
expect "what was cut inside of the tunnel" 20x4000
udp_send A 10.2.0.2 7001 -c 3 -s 4000
capture_stop cut
[ "$(capture_count cut 'esp and ip[6:2] & 0x3fff != 0')" = 0 ] || fail "an eroute of addresses: the outer packets are cut"
counted()
{
	ipsec_in G2 tncfg --json | jq -r '.devices[0].rx.drops.policy // 0'
}
counts "another port, whole" 3 counted
note "inbound"

# The same with XFRM as the receiver, and then as the sender.
no_klips G2
xfrm_port G2 192.0.2.2 192.0.2.1 10.2.0.0/24 10.1.0.0/24 sport dport
ipsec_in G1 eroute --clear
ipsec_in G1 eroute --add --src 10.1.0.0/24 --dst 10.2.0.0/24 --said esp0x1001@192.0.2.2 --transport-proto udp --dst-port 7000
capture_start towards G1 eth0
udp_send A 10.2.0.2 7000 -c 20 -s 4000 -i 1000
expect "datagrams at XFRM with the same policy" 20x4000
capture_stop towards
assert_eq "cleartext frames towards XFRM" 0 "$(clear_frames towards)"
figure N5/arrived/klips-to-xfrm 20 datagrams

no_klips G1
xfrm_port G1 192.0.2.1 192.0.2.2 10.1.0.0/24 10.2.0.0/24 dport sport
capture_start xfrm G1 eth0 outbound
udp_send A 10.2.0.2 7000 -c 20 -s 4000 -i 1000
wait_for 10 "fragments in the clear" above 19 clear_frames xfrm
capture_stop xfrm
figure N5/clear-frames/xfrm "$(capture_count xfrm 'net 10.0.0.0/8 and not icmp')" frames
