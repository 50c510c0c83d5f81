# SPDX-License-Identifier: GPL-2.0
# limit: 90
# N4: policy is for what is routed to ipsec0, and for nothing else. Under an eroute for everything a LAN neighbour is reached in
# the clear, both ways, also where packets take the way by the gateway in one direction and none in the other.
#
#   A 10.1.0.2 ---+
#                 +--- br0 10.1.0.1 G1 eth0 === G2 --- B        all but the LAN: through the tunnel
#   C 10.1.0.3 ---+
. "$LAB/manual.sh"

PINGS=5

# answered FROM TO: how many of so many are.
answered()
{
	local text

	text=$(on $1 ping -q -n -c $PINGS -i 0.05 -W 1 $2) || true
	[[ $text =~ ([0-9]+)\ received ]] || fail "ping from $1 to $2 says '$text'"
	echo ${BASH_REMATCH[1]}
}

# neighbours: answers among A, C and the gateway, of 6 * PINGS.
neighbours()
{
	local sum=0 pair

	for pair in "A 10.1.0.3" "C 10.1.0.2" "A 10.1.0.1" "C 10.1.0.1" "G1 10.1.0.2" "G1 10.1.0.3"; do
		sum=$((sum + $(answered $pair)))
	done
	echo $sum
}

host_add C
ip -n G1 -batch - <<-END
	link add br0 type bridge
	link add lan1 type veth peer name c0 netns C
	addr del 10.1.0.1/24 dev lan0
	addr add 10.1.0.1/24 dev br0
	link set lan0 master br0
	link set lan1 master br0 up
	link set br0 up
END
ip -n C -batch - <<-END
	addr add 10.1.0.3/24 dev c0
	link set c0 up
	route add default via 10.1.0.1
END
# A sends to C by the gateway, whatever that says.
on A sh -c 'for f in /proc/sys/net/ipv4/conf/*/accept_redirects; do echo 0 >$f; done'
ip -n A route add 10.1.0.3/32 via 10.1.0.1
on G1 sh -c 'for f in /proc/sys/net/ipv4/conf/*/send_redirects; do echo 1 >$f; done'

manual_sa_out 0x1001
manual_sa_in 0x1002
ipsec_in G1 eroute --addin --src 0.0.0.0/0 --dst 10.1.0.0/24 --said esp0x1002@192.0.2.1
ipsec_in G1 eroute --add --src 10.1.0.0/24 --dst 0.0.0.0/0 --said esp0x1001@192.0.2.2
manual_device
ip -n G1 -batch - <<-END
	route del 10.2.0.0/24 dev ipsec0
	route add 0.0.0.0/1 dev ipsec0 src 10.1.0.1
	route add 128.0.0.0/1 dev ipsec0 src 10.1.0.1
END
manual_xfrm_sa G2 192.0.2.2 192.0.2.1 0x1002 $MANUAL_KEY_IN
manual_xfrm_sa G2 192.0.2.1 192.0.2.2 0x1001 $MANUAL_KEY_OUT
manual_xfrm_policies G2 192.0.2.2 192.0.2.1 10.2.0.0/24 10.1.0.0/24
wait_for 10 "the bridge" on A ping -n -c 1 -W 1 10.1.0.1

capture_start wire G1 eth0
capture_start redirects A a0 'icmp[0] = 5'
ping_ok A 10.2.0.2 3
klips=$(neighbours)
figure N4/lan-answers/klips "$klips" packets
assert_eq "answers among neighbours" $((6 * PINGS)) "$klips"
transfer A C 10.1.0.3 200000
transfer C A 10.1.0.2 200000
# The outside link has neighbours, too.
ping_ok G2 192.0.2.1 3
# Now it does as it is told.
on A sh -c 'for f in /proc/sys/net/ipv4/conf/*/accept_redirects; do echo 1 >$f; done'
wait_for 20 "A heeds a redirect" on A sh -c 'ping -q -n -c 1 -W 1 10.1.0.3 >/dev/null; ip route get 10.1.0.3 | grep redirected'
ping_ok A 10.1.0.3 3
ping_ok C 10.1.0.2 3
capture_stop redirects
capture_stop wire
[ "$(capture_count redirects)" -ge 1 ] || fail "no redirect: nothing went by the gateway"
assert_eq "into the tunnel, and out of it" "3 3" "$(device_counter '"\(.tx.packets) \(.rx.packets)"')"
assert_eq "drops" '{"tx":{},"rx":{}}' "$(device_counter '{tx: .tx.drops, rx: .rx.drops}')"
assert_eq "LAN packets outside" 0 "$(capture_count wire 'net 10.0.0.0/8')"
note "klips"

# The same policy with XFRM: it takes neighbours for the far side.
ipsec_in G1 tncfg --delete ipsec0
ipsec_in G1 eroute --clear
ipsec_in G1 spi --clear
manual_xfrm_sa G1 192.0.2.2 192.0.2.1 0x1002 $MANUAL_KEY_IN
manual_xfrm_sa G1 192.0.2.1 192.0.2.2 0x1001 $MANUAL_KEY_OUT
manual_xfrm_policies G1 192.0.2.1 192.0.2.2 10.1.0.0/24 0.0.0.0/0
ip -n A route flush cache
on A sh -c 'for f in /proc/sys/net/ipv4/conf/*/accept_redirects; do echo 0 >$f; done'
wait_for 10 "the tunnel with XFRM" on A ping -n -c 1 -W 1 10.2.0.2
xfrm=$(neighbours)
figure N4/lan-answers/xfrm "$xfrm" packets
[ "$xfrm" -lt $((6 * PINGS)) ] || fail "XFRM loses nothing either: the test tests nothing"
