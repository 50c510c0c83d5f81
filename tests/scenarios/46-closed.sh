# SPDX-License-Identifier: GPL-2.0
# limit: 240
# Closed networks: one command that removes the route into the tunnel and the drop route under it together, or leads past
# both, lets nothing out, with pluto and after it was killed; all that a routing table may say of a part of the network holds,
# and so does %pass. IPv4 and IPv6. What is of the link alone is not kept in by 0.0.0.0/0, nor are IKE, ESP and the neighbours.
#
#      A ---- lan0 G1 eth0 ==================== eth0 G2 lan0 ---- B
#      10.1.0.2    192.0.2.1     (capture)     192.0.2.2    10.2.0.2 (udp sink)
#      fd01::2     2001:db8::1                 2001:db8::2  fd02::2
. "$LAB/closed.sh"
. "$LAB/dual.sh"

GOT=$TMP/got

# kept NET: packets that klips on G1 has kept in for it; nothing: it is not closed.
kept()
{
	ipsec_in G1 look --json | jq -r --arg net "$1" '.closed[] | select(.net == $net) | .packets'
}

kept_more()
{
	[ "$(kept "$1")" -ge $2 ]
}

# keeps NET WHAT: 20 more packets are kept in, now.
keeps()
{
	wait_for 20 "$2: what klips keeps in" kept_more "$1" $(($(kept "$1") + 20))
}

# answers HOST ADDRESS
answers()
{
	on "$1" ping -c 1 -W 1 "$2" >/dev/null
}

# leaves FILTER COMMAND...: frames on the wire while it runs.
leaves()
{
	local filter=$1

	shift
	capture_start once G2 eth0 "$filter"
	"$@" >/dev/null 2>&1 || true
	capture_stop once
	capture_count once
}

# keeps_in NET WHAT FILTER COMMAND...: nothing leaves while it runs, and klips has kept something in for NET.
keeps_in()
{
	local net=$1 what=$2 before

	before=$(kept $1)
	shift 2
	assert_eq "$what: frames that leave" 0 "$(leaves "$@")"
	[ "$(kept $net)" -gt "$before" ] || fail "$what: nothing was kept in, so this proves nothing"
}

# shortcut FAMILY: flows of UDP go from device to device on G1, past all hooks; what the FORWARD chain sees of port 7005 it counts.
shortcut()
{
	g1 nft -f - <<-END || fail "nft on G1: exit status $?"
		table $1 shortcut {
			flowtable f {
				hook ingress priority 0
				devices = { lan0, eth0, ipsec0 }
			}
			chain forward {
				type filter hook forward priority 0
				meta l4proto udp flow add @f
				udp dport 7005 counter
			}
		}
	END
}

dual_addresses
for host in G1 G2; do
	klips_conf $host auto=$([ $host = G1 ] && echo start || echo add)
	sed -i "/protostack/a\\    logfile=$TMP/$host.log" "$TMP/$host.conf"
	on $host install -m 644 "$TMP/$host.conf" /etc/ipsec.conf
	on $host install -m 600 "$TMP/$host.secrets" /etc/ipsec.secrets
done
udp_sink B 7000 "$GOT"
ipsec_in G2 setup start || fail "ipsec setup start on G2 ended with $?"
ipsec_in G1 setup start || fail "ipsec setup start on G1 ended with $?"
assert_eq "closed" '["10.2.0.0/24"]' "$(ipsec_in G1 look --json | jq -c '[.closed[].net]')"
assert_match "ipsec look" '^closed 10\.2\.0\.0/24 +\([0-9]+\)$' "$(ipsec_in G1 look)"
stream_start A 10.2.0.2
capture_start wire G2 eth0 net 10.0.0.0/8
arrives "$GOT" "the tunnel"

note "both routes removed by one command, 20 times; replaced; led past"
watch_routes G1
for ((i = 0; i < 20; i++)); do
	g1 ip route flush exact 10.2.0.0/24
	wait_for 10 "the routes" has_route G1 '10.2.0.0/24 dev ipsec0'
done
removals()
{
	grep -c 'Deleted 10.2.0.0/24 dev ipsec0' "$TMP/routes.G1"
}
wait_for 20 "ip monitor: 20 removals" eval '[ "$(removals)" -ge 20 ]'
figure closed/both-routes-removed "$(removals)" times
for ((i = 0; i < 5; i++)); do
	g1 ip route replace 10.2.0.0/24 via 192.0.2.2
	wait_for 10 "the route into the tunnel" has_route G1 '10.2.0.0/24 dev ipsec0'
done
arrives "$GOT" "the routes put back"
figure closed/clear-frames/pluto-puts-back "$(clear_frames wire net 10.0.0.0/8)" frames
figure closed/kept-in/pluto-puts-back "$(kept 10.2.0.0/24)" packets

note "a flow that netfilter no longer shows to anybody (flowtable): when the routes are gone it must not be made anew, past us"
stream_stop
shortcut ip
udp_echo B 7005
on_bg A udp send -c 100000 -i 5000 -p 5555 10.2.0.2 7005 >/dev/null
flow=$!
# shown: how many of its packets the FORWARD chain has seen; went: how many went into ipsec0, which are all of it.
shown()
{
	g1 nft -j list chain ip shortcut forward | jq '[.. | .counter? // empty][0].packets'
}
went()
{
	ipsec_in G1 tncfg --json | jq '.devices[0].tx.packets'
}
offloaded()
{
	local shown=$(shown) went=$(went)

	pause 0.5
	[ $shown -ge 1 ] && [ $(($(went) - went)) -ge 20 ] && [ $(($(shown) - shown)) -le 3 ]
}
wait_for 30 "a flow that is offloaded" offloaded
stream_start A 10.2.0.2

note "kill -9 of pluto, and both routes removed: nobody puts them back"
g1 sh -c 'kill -9 $(cat /run/pluto/pluto.pid)'
g1 ip route flush exact 10.2.0.0/24
assert_match "where the routing table leads" 'via 192\.0\.2\.2 dev eth0' "$(g1 ip route get 10.2.0.2)"
keeps 10.2.0.0/24 "without pluto and routes"
assert_eq "ipsec why" '["drop","closed"]' "$(ipsec_in G1 why --json 10.1.0.2 10.2.0.2 | jq -c '[.verdict, .drop]')"
assert_match "ipsec drops" 'closed.*10\.2\.0\.2' "$(ipsec_in G1 drops | tail -n 1)"
note "another route of the same length; a socket that is bound to eth0; from the gateway itself"
g1 ip route add 10.2.0.0/24 via 192.0.2.2
keeps 10.2.0.0/24 "a route past it"
g1 ip route del 10.2.0.0/24 via 192.0.2.2
assert_eq "of a socket bound to eth0" 0 "$(leaves icmp on G1 ping -c 3 -i 0.1 -W 1 -I eth0 10.2.0.2)"
stream_stop
kill $flow
wait $flow || true
capture_stop wire
g1 nft delete table ip shortcut
figure closed/clear-frames/flowtable "$(capture_count wire udp port 7005)" frames
clear=$(capture_count wire net 10.0.0.0/8)
figure closed/clear-frames/all "$clear" frames
assert_eq "frames in the clear" 0 "$clear"

note "longer routes that say nothing of the sort: ours, and those of strangers"
for way in "dev ipsec0" "dev klips-drop" "via 192.0.2.2 proto dhcp" "via 192.0.2.2 proto ra"; do
	g1 ip route add 10.2.0.0/28 $way
	keeps_in 10.2.0.0/24 "$way" icmp on G1 ping -c 3 -i 0.1 -W 1 -I eth0 10.2.0.2
	g1 ip route del 10.2.0.0/28
done
note "a network of this host's own, as the link told it"
g1 ip route add 10.2.0.0/24 dev eth0 proto dhcp
assert_eq "to a neighbour" 3 "$(leaves "icmp[0] = 8" on G1 ping -c 3 -i 0.1 -W 1 -I eth0 10.2.0.1)"
g1 ip route del 10.2.0.0/24 dev eth0 proto dhcp

note "what an administrator says of a part of it holds: a more specific route, a rule, %pass"
g1 ip route add 10.2.0.2/32 via 192.0.2.2
assert_eq "by a more specific route" 3 "$(leaves icmp on A ping -c 3 -i 0.1 -W 1 10.2.0.2)"
g1 ip route del 10.2.0.2/32
g1 ip route add default via 192.0.2.2 table 100
g1 ip rule add to 10.2.0.2 lookup 100
assert_eq "by a rule" 3 "$(leaves icmp on A ping -c 3 -i 0.1 -W 1 10.2.0.2)"
g1 ip rule del to 10.2.0.2 lookup 100
assert_eq "without it" 0 "$(leaves icmp on A ping -c 3 -i 0.1 -W 1 10.2.0.2)"
g1 ip route add 10.2.0.0/24 dev ipsec0
ipsec_in G1 eroute --add --src 10.1.0.0/24 --dst 10.2.0.0/24 --transport-proto udp --dst-port 7000 --device ipsec0 --said %pass ||
	fail "ipsec eroute ended with $?"
assert_eq "%pass" 4 "$(leaves 'udp port 7000' on A udp send -c 4 -i 20000 10.2.0.2 7000)"
last='net 10.0.0.0/8 and ip[6:2] & 0x2000 = 0 and ip[6:2] & 0x1fff != 0'
assert_eq "%pass, the last fragments of datagrams" 2 "$(leaves "$last" on A udp send -c 2 -i 20000 -s 3000 10.2.0.2 7000)"
assert_eq "what does not meet it" 0 "$(leaves 'udp port 7001' on A udp send -c 4 -i 20000 10.2.0.2 7001)"

note "what a bridge only sends on"
for host in X Y; do
	host_add $host
	ip -n G1 link add br$host type veth peer name eth0 netns $host
	ip -n $host link set eth0 up
done
ip -n X addr add 10.9.0.2/24 dev eth0
ip -n X route add 10.2.0.77/32 dev eth0
ip -n Y addr add 10.2.0.77/24 dev eth0
ip -n G1 -batch - <<-END
	link add br9 type bridge
	link set brX master br9
	link set brY master br9
	link set brX up
	link set brY up
	link set br9 up
END
modprobe br_netfilter
g1 sh -c 'echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables'
udp_sink Y 7002 "$TMP/bridged"
on_bg X udp send -c 100 -i 100000 10.2.0.77 7002
wait_for 10 "through the bridge" test -s "$TMP/bridged"
[ "$(kept 10.2.0.0/24)" -gt 0 ] || fail "10.2.0.0/24 is not closed any more"
ip -n G1 link del br9
modprobe -r br_netfilter

note "stop opens, pluto or not"
ipsec_in G1 setup stop || fail "ipsec setup stop ended with $?"
assert_eq "closed after stop" '[]' "$(ipsec_in G1 look --json | jq -c '.closed')"
[ "$(leaves icmp on A ping -c 3 -i 0.1 -W 1 10.2.0.2)" -ge 3 ] || fail "stop did not open"

note "0.0.0.0/0 and ::/0: the neighbours and what is of the link alone"
sed -i 's|rightsubnet=.*|rightsubnet=0.0.0.0/0|' "$TMP/G1.conf"
sed -i 's|leftsubnet=.*|leftsubnet=0.0.0.0/0|' "$TMP/G2.conf"
for host in G1 G2; do
	us=1 them=2
	[ $host = G1 ] || { us=2 them=1; }
	cat >>"$TMP/$host.conf" <<-END

		conn six
		    left=2001:db8::$us
		    right=2001:db8::$them
		    leftsubnet=$([ $host = G1 ] && echo fd01::/64 || echo ::/0)
		    rightsubnet=$([ $host = G1 ] && echo ::/0 || echo fd01::/64)
		    authby=secret
		    auto=$([ $host = G1 ] && echo start || echo add)
	END
	echo "2001:db8::1 2001:db8::2 : PSK \"of IPv6\"" >>"$TMP/$host.secrets"
	on $host install -m 644 "$TMP/$host.conf" /etc/ipsec.conf
	on $host install -m 600 "$TMP/$host.secrets" /etc/ipsec.secrets
	ipsec_in $host setup restart || fail "ipsec setup restart on $host ended with $?"
done
assert_eq "closed" '["0.0.0.0/1","128.0.0.0/1","::/1","8000::/1"]' "$(ipsec_in G1 look --json | jq -c '[.closed[].net]')"
wait_for 20 "the tunnel" answers A 10.2.0.2
wait_for 20 "the tunnel of IPv6" answers A fd02::2
for to in 255.255.255.255 224.0.0.1; do
	[ "$(leaves "dst $to" on G1 ping -b -c 3 -i 0.1 -W 1 -I eth0 $to)" -ge 3 ] || fail "nothing for $to leaves"
done
[ "$(leaves "dst ff02::1" on G1 ping -c 3 -i 0.1 -W 1 -I eth0 ff02::1)" -ge 3 ] || fail "nothing for ff02::1 leaves"
# Who listens says so to the group itself.
g1 sh -c 'echo 2 >/proc/sys/net/ipv4/conf/eth0/force_igmp_version; echo 1 >/proc/sys/net/ipv6/conf/eth0/force_mld_version'
listens()
{
	on G1 timeout 3 socat -u UDP4-RECV:7003,ip-add-membership=239.1.2.3:eth0 /dev/null || true
	on G1 timeout 3 socat -u "UDP6-RECV:7004,ipv6-join-group=[ff05::77]:eth0" /dev/null || true
}
capture_start groups G2 eth0
listens
capture_stop groups
[ "$(capture_count groups 'igmp and dst 239.1.2.3')" -gt 0 ] || fail "nobody hears that G1 listens to 239.1.2.3"
[ "$(capture_count groups 'dst ff05::77')" -gt 0 ] || fail "nobody hears that G1 listens to ff05::77"
assert_eq "IPv6 multicast of no link" 0 "$(leaves "dst ff05::78" on G1 ping -c 3 -i 0.1 -W 1 -I eth0 ff05::78)"
assert_eq "multicast of no link" 0 "$(leaves "dst 239.1.2.3" on G1 ping -c 3 -i 0.1 -W 1 -I eth0 239.1.2.3)"
note "routes of both families removed, without pluto; of a flow that a flowtable would take by what comes out of the tunnel"
shortcut ip6
both_ways='udp port 7006 and net fd01::/64'
on_bg B udp send -c 100000 -i 5000 -p 7006 fd01::2 5556 >/dev/null
assert_eq "a flow of IPv6 while all is well" 0 "$(leaves "$both_ways" on A udp send -c 100 -i 10000 -p 5556 fd02::2 7006)"
g1 sh -c 'kill -9 $(cat /run/pluto/pluto.pid)'
g1 ip route flush root 0.0.0.0/1 proto 117
g1 ip route flush root 0.0.0.0/1 proto 118
g1 ip route flush root 128.0.0.0/1 proto 117
g1 ip route flush root 128.0.0.0/1 proto 118
for route in ::/1 8000::/1; do
	g1 ip -6 route flush exact $route
done
assert_no_match "routes of ours" 'proto 11[78]' "$(g1 ip route; g1 ip -6 route)"
assert_eq "the Internet, IPv4" 0 "$(leaves "net 203.0.113.0/24" on A ping -c 3 -i 0.1 -W 1 203.0.113.9)"
assert_eq "the Internet, IPv6" 0 "$(leaves "net 2001:db8:9::/48" on A ping -c 3 -i 0.1 -W 1 2001:db8:9::9)"
assert_eq "the flow of IPv6" 0 "$(leaves "$both_ways" on A udp send -c 200 -i 10000 -p 5556 fd02::2 7006)"
g1 nft delete table ip6 shortcut
for way in "unreachable 2001:db8:9::/48" "2001:db8:9::/48 via 2001:db8::2 proto ra" "2001:db8:9::/48 dev ipsec0"; do
	g1 ip -6 route add $way
	keeps_in ::/1 "$way" "net 2001:db8:9::/48" on G1 ping -c 3 -i 0.1 -W 1 -I eth0 2001:db8:9::9
	g1 ip -6 route del $way
done
g1 ip -6 neigh flush dev eth0
for to in 192.0.2.2 2001:db8::2 10.1.0.2 fd01::2; do
	wait_for 10 "the neighbour $to" answers G1 $to
done
kept 128.0.0.0/1 | grep -q '[1-9]' || fail "nothing of IPv4 was kept in: $(ipsec_in G1 look)"
kept ::/1 | grep -q '[1-9]' || fail "nothing of IPv6 was kept in: $(ipsec_in G1 look)"
