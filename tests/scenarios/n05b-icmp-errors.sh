# SPDX-License-Identifier: GPL-2.0
# limit: 90
# N5b: a tunnel for udp only. ICMP errors about its packets go by it, too, instead of in the clear beside it; traceroute and path MTU
# discovery work through it. Both gateways have klips; then both have XFRM with the same policy.
. "$LAB/dual.sh"

# klips_udp HOST OUT-SPI OUT-KEY IN-SPI IN-KEY OWN-OUTER FAR-OUTER OWN-NET FAR-NET OWN-NET6 FAR-NET6
klips_udp()
{
	local host=$1

	cat >"$TMP/$host.batch" <<-END
		spi --said esp$2@$7 --src $6 --esp aes_gcm128 --enckey $3
		spi --said esp$4@$6 --src $7 --esp aes_gcm128 --enckey $5 --replay_window 64
		eroute --addin --src $9 --dst $8 --said esp$4@$6 --transport-proto udp
		eroute --addin --src ${11} --dst ${10} --said esp$4@$6 --transport-proto udp
		eroute --add --src $8 --dst $9 --said esp$2@$7 --transport-proto udp
		eroute --add --src ${10} --dst ${11} --said esp$2@$7 --transport-proto udp
		tncfg --attach --virtual ipsec0 --physical eth0
	END
	on $host ipsec --batch "$TMP/$host.batch"
	ip -n $host -batch - <<-END
		link set ipsec0 up
		route add $9 dev ipsec0 src ${8%.0/24}.1
		route add ${11} dev ipsec0
	END
}

# xfrm_udp HOST OWN-OUTER FAR-OUTER OWN-NET FAR-NET: its policies.
xfrm_udp()
{
	local template="proto esp reqid 1 mode tunnel"

	ip -n $1 -batch - <<-END
		xfrm policy add src $4 dst $5 proto udp dir out priority 1000 tmpl src $2 dst $3 $template
		xfrm policy add src $5 dst $4 proto udp dir in priority 1000 tmpl src $3 dst $2 $template
		xfrm policy add src $5 dst $4 proto udp dir fwd priority 1000 tmpl src $3 dst $2 $template
	END
}

# refused ADDRESS [COUNT]: so many datagrams to a closed port of B; each is answered by an error, of which A's socket tells.
refused()
{
	local i answer

	for ((i = 0; i < ${2:-3}; i++)); do
		answer=$(udp_send A $1 4000 -c 2 -i 500000 || true)
		[[ $answer != *"error Connection refused"* ]] || echo refused
	done
}

# clear_frames NAME: ICMP on the wire between the gateways that is not inside of ESP.
clear_frames()
{
	capture_count $1 'icmp or (icmp6 and ip6[40] < 128)'
}

# learns ADDRESS: A sends once more, and knows what the path to there carries.
learns()
{
	local route

	udp_send A $1 7 -d -s 1300 >/dev/null 2>&1 || true
	route=$(on A ip -o route get $1)
	echo "$route"
	[[ $route == *"mtu 1300"* ]]
}

dual_addresses
for host in A B G1 G2; do
	on $host sh -c 'echo 0 >/proc/sys/net/ipv4/icmp_ratelimit; echo 0 >/proc/sys/net/ipv6/icmp/ratelimit; echo 100000 >/proc/sys/net/ipv4/icmp_msgs_per_sec; echo 100000 >/proc/sys/net/ipv4/icmp_msgs_burst' || true
done
klips_udp G1 0x1001 $MANUAL_KEY_OUT 0x1002 $MANUAL_KEY_IN 192.0.2.1 192.0.2.2 10.1.0.0/24 10.2.0.0/24 fd01::/64 fd02::/64
klips_udp G2 0x1002 $MANUAL_KEY_IN 0x1001 $MANUAL_KEY_OUT 192.0.2.2 192.0.2.1 10.2.0.0/24 10.1.0.0/24 fd02::/64 fd01::/64
udp_echo B 7
# The two devices of the lab's other host know their neighbours now.
udp_send A 10.2.0.2 7 -e >/dev/null
assert_eq "a datagram" "sent 1 answered 1" "$(udp_send A 10.2.0.2 7 -e)"
ping_fails A 10.2.0.2

capture_start klips G1 eth0
assert_eq "port unreachable, IPv4" 3 "$(refused 10.2.0.2 | grep -c refused)"
assert_eq "port unreachable, IPv6" 3 "$(refused fd02::2 | grep -c refused)"
# Time exceeded, of both gateways and the host itself.
hops=$(on A traceroute -n -q 1 -w 3 -m 5 10.2.0.2)
assert_eq "traceroute" "10.1.0.1 10.2.0.1 10.2.0.2 " "$(awk 'NR > 1 { printf "%s ", $2 }' <<<"$hops")"
hops=$(on A traceroute -6 -n -q 1 -w 3 -m 5 fd02::2)
assert_eq "traceroute, IPv6" "fd01::1 fd02::1 fd02::2 " "$(awk 'NR > 1 { printf "%s ", $2 }' <<<"$hops")"
note "unreachable and time exceeded"
# Fragmentation needed, packet too big: from behind the tunnel.
ip -n G2 link set lan0 mtu 1300
wait_for 20 "path MTU behind the tunnel" learns 10.2.0.2
wait_for 20 "path MTU behind the tunnel, IPv6" learns fd02::2
ip -n G2 link set lan0 mtu 1500
note "path MTU"
# An error about something else is no packet of this tunnel: neither on the way out, nor on the way in.
echo "10.1.0.2 10.2.0.2 1 3 1" | on A flows send >/dev/null
counts "an error that quotes nothing" 1 device_counter .tx.drops.bad_quote
# From B to A, about: udp of the two; tcp of the two; udp of A to somebody else; nothing.
icmp=030100000000000000
forge=4500003800010000400100000a0200630a010002
before=$(device_counter .rx.packets)
on G2 esp 192.0.2.2 192.0.2.1 0x1002 $MANUAL_KEY_IN <<-END
	seq=1001 raw=${forge}${icmp:0:16}4500001c00010000401100000a0100020a020002000700070008abcd
	seq=1002 raw=${forge}${icmp:0:16}4500001c00010000400600000a0100020a020002000700070008abcd
	seq=1003 raw=${forge}${icmp:0:16}4500001c00010000401100000a0100020a090002000700070008abcd
	seq=1004 raw=${forge}${icmp:0:16}4500001c00010000401100000a0100630a020002000700070008abcd
END
counts "errors about something else" 2 sa_counter esp0x1002@192.0.2.1 .drops.policy
counts "an error about somebody else's packet" 1 sa_counter esp0x1002@192.0.2.1 .drops.bad_quote
assert_eq "an error of any router about the right flow" $((before + 1)) "$(device_counter .rx.packets)"
capture_stop klips
frames=$(clear_frames klips)
figure N5b/clear-frames/klips $frames frames
assert_eq "cleartext ICMP errors with klips" 0 "$frames"
assert_eq "cleartext at all" 0 "$(capture_count klips 'net 10.0.0.0/8 or net fd00::/8')"

# The same policy with XFRM on both.
for host in G1 G2; do
	ipsec_in $host tncfg --delete ipsec0
	ipsec_in $host spi --clear
	ipsec_in $host eroute --clear
	manual_xfrm_sa $host 192.0.2.1 192.0.2.2 0x2001 $MANUAL_KEY_OUT
	manual_xfrm_sa $host 192.0.2.2 192.0.2.1 0x2002 $MANUAL_KEY_IN
done
xfrm_udp G1 192.0.2.1 192.0.2.2 10.1.0.0/24 10.2.0.0/24
xfrm_udp G2 192.0.2.2 192.0.2.1 10.2.0.0/24 10.1.0.0/24
assert_eq "a datagram, by XFRM" "sent 1 answered 1" "$(udp_send A 10.2.0.2 7 -e)"
# A decrypted packet appears on the device a second time: what is sent by G2 counts.
capture_start xfrm G2 eth0 outbound
refused 10.2.0.2 >/dev/null
on A traceroute -n -q 1 -w 1 -m 4 10.2.0.2 >/dev/null
capture_stop xfrm
figure N5b/clear-frames/xfrm "$(clear_frames xfrm)" frames
[ "$(clear_frames xfrm)" -ge 3 ] || fail "XFRM sent hardly any ICMP error in the clear: the test tests little"
