# SPDX-License-Identifier: GPL-2.0
# NON_FIRST_FRAGMENTS_ALSO, a flag of an SA: a tunnel for udp to port 7000 alone, from A to B. What is too big for the path goes
# whole, and the packets around it are cut; where the peer has agreed to take fragments, IPv4 is cut first, and nothing outside.
#
#     A 10.1.0.2 - G1 = G2 - B 10.2.0.2, klips on both; also fd01::2 and fd02::2, with IPv4 outside
. "$LAB/dual.sh"

# ends FLAG...: the SA on both gateways; FLAG is for the sender's.
ends()
{
	ipsec_in G1 spi --clear
	ipsec_in G2 spi --clear
	ipsec_in G1 spi --said esp0x1001@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey $MANUAL_KEY_OUT "$@"
	ipsec_in G2 spi --said esp0x1001@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey $MANUAL_KEY_OUT --replay_window 64
	ipsec_in G2 eroute --addin --src 10.1.0.0/24 --dst 10.2.0.0/24 --said esp0x1001@192.0.2.2 --transport-proto udp --dst-port 7000
	ipsec_in G2 eroute --addin --src fd01::/64 --dst fd02::/64 --said esp0x1001@192.0.2.2 --transport-proto udp --dst-port 7000
}

dual_addresses
for host in G1 G2; do
	ipsec_in $host tncfg --attach --virtual ipsec0 --physical eth0
	ip -n $host link set ipsec0 mtu 1500 up
done
for nets in "10.1.0.0/24 10.2.0.0/24" "fd01::/64 fd02::/64"; do
	set -- $nets
	ipsec_in G1 eroute --add --src $1 --dst $2 --said esp0x1001@192.0.2.2 --transport-proto udp --dst-port 7000
	ipsec_in G2 eroute --add --src $2 --dst $1 --said %pass
	ip -n G1 route add $2 dev ipsec0
	ip -n G2 route add $1 dev ipsec0
done
ends
udp_sink B 7000 "$TMP/sink"
wait_for 20 "the way by IPv6" eval 'udp_send A fd02::2 7000 -s 1 >/dev/null; file_says "$TMP/sink" "^1 fd01"'
wait_for 20 "the way by IPv4" eval 'udp_send A 10.2.0.2 7000 -s 1 >/dev/null; file_says "$TMP/sink" "1 10\.1\.0\.2"'

# datagrams WHAT: three of each family, from fragments of A's, arrive, and are told whether anything outside was cut.
datagrams()
{
	local before

	before=$(lines "$TMP/sink")
	capture_start "$1" G1 eth0 ip or ip6
	udp_send A 10.2.0.2 7000 -c 3 -s 4000 -i 1000
	udp_send A fd02::2 7000 -c 3 -s 4000 -i 1000
	counts "$1: datagrams at B" $((before + 6)) lines "$TMP/sink"
	capture_stop "$1"
	note "$1: $(capture_count "$1" 'proto 50') frames of ESP, $(capture_count "$1" 'ip[6:2] & 0x3fff != 0') in fragments"
}

# not_cut NAME: frames of ESP that are no fragments
not_cut()
{
	capture_count $1 'proto 50 and ip[6:2] & 0x3fff = 0'
}

datagrams whole
assert_eq "ESP that is not cut, without the flag" 0 "$(not_cut whole)"
ends --fragments
assert_match "ipsec spi" ' fragments$' "$(ipsec_in G1 spi)"
datagrams cut
# Three pieces each of the IPv4 datagrams; IPv6 is never cut on the way (RFC 8200 4.5).
assert_eq "ESP that is not cut, with the flag" 9 "$(not_cut cut)"
assert_eq "in the clear" 0 "$(capture_count cut 'net 10.0.0.0/8 or net fd00::/8')"
