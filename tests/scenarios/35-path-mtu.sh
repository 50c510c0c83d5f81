# SPDX-License-Identifier: GPL-2.0
# limit: 120
# A path whose middle link carries 1280 bytes: G1 - R1 - R2 - G2. 1 MB over TCP, both families inside and outside, whether the
# sender's side lets ICMP in or not, with DF clear and with DF copied; what of the path is learnt, and by whom.
. "$LAB/dual.sh"

# The link between G1 and G2 becomes a path; both keep their addresses, and have nothing but a default route.
path_up()
{
	host_add R1
	host_add R2
	dual_ipv6 A G1 G2 B R1 R2
	ip -n G1 link del eth0
	ip -n G1 -batch - <<-END
		link add eth0 type veth peer name west netns R1
		addr add 192.0.2.1/32 dev eth0
		addr add 2001:db8::1/128 dev eth0 nodad
		link set eth0 up
	END
	ip -n G2 -batch - <<-END
		link add eth0 type veth peer name east netns R2
		addr add 192.0.2.2/32 dev eth0
		addr add 2001:db8::2/128 dev eth0 nodad
		link set eth0 up
	END
	ip -n R1 -batch - <<-END
		link add mid type veth peer name mid netns R2
		link set west up
		link set mid mtu 1280 up
		addr add 198.51.100.1/24 dev west
		addr add 2001:db8:1::1/64 dev west nodad
		addr add 203.0.113.1/24 dev mid
		addr add 2001:db8:2::1/64 dev mid nodad
		route add 192.0.2.1 dev west
		route add 2001:db8::1 dev west
	END
	ip -n R2 -batch - <<-END
		link set east up
		link set mid mtu 1280 up
		addr add 198.51.101.1/24 dev east
		addr add 2001:db8:3::1/64 dev east nodad
		addr add 203.0.113.2/24 dev mid
		addr add 2001:db8:2::2/64 dev mid nodad
		route add 192.0.2.2 dev east
		route add 192.0.2.1 via 203.0.113.1
		route add 2001:db8::2 dev east
		route add 2001:db8::1 via 2001:db8:2::1
	END
	ip -n R1 -batch - <<-END
		route add 192.0.2.2 via 203.0.113.2
		route add 2001:db8::2 via 2001:db8:2::2
	END
	ip -n G1 -batch - <<-END
		route add default via 198.51.100.1 dev eth0 onlink
		route add default via 2001:db8:1::1 dev eth0 onlink
	END
	ip -n G2 -batch - <<-END
		route add default via 198.51.101.1 dev eth0 onlink
		route add default via 2001:db8:3::1 dev eth0 onlink
	END
}

# forget: nobody knows anything of the path.
forget()
{
	local host

	for host in A G1; do
		ip -n $host route flush cache
		ip -n $host -6 route flush cache
	done
}

# filter HOST...: no ICMP about sizes comes in there. Without a host everything comes in.
filter()
{
	local host

	for host in A G1; do
		on $host nft -f - <<-END
			table inet sizes
			delete table inet sizes
			$([[ " $* " != *" $host "* ]] || echo "table inet sizes {
				chain in {
					type filter hook prerouting priority raw;
					icmp type destination-unreachable drop
					icmpv6 type packet-too-big drop
				}
			}")
		END
	done
}

# largest TARGET: of a flow from A, as ipsec why says it.
largest()
{
	local from=10.1.0.2

	[[ $1 != *:* ]] || from=fd01::2
	ipsec_in G1 why --json $from $1 udp 1 2 | jq .mtu
}

headers()
{
	ipsec_in G1 tncfg --set ipsec0 "$@"
}

# megabytes NAME [TARGET...]: 1 MB from A to each.
megabytes()
{
	local name=$1 target

	shift
	for target in ${*:-$DUAL_TARGETS}; do
		transfer A B $target 1000000
		note "$name: 1 MB to $target"
	done
}

# What GCM leaves of 1500 and 1280 bytes: less 20 (40), 8, 8 and 16, a multiple of four, less 2.
whole4=1446
whole6=1426
narrow4=1226
narrow6=1206

path_up
# The outer addresses are there already.
dual_addresses 2>/dev/null || true
dual_peer
dual_klips
for target in $DUAL_TARGETS; do
	wait_for 20 "the way to $target" on A ping -n -c 1 -W 1 $target
done
note "G1 - R1 - R2 - G2"

# 1. As it is made: IPv4 outside is cut by R1, IPv6 outside by G1, which R1 tells.
megabytes "clear"
assert_eq "DF clear: the path is not asked for" $whole4 "$(largest 10.2.0.2)"

# 2. A hears nothing of sizes: TCP is told at its start.
forget
filter A
headers --mss auto
megabytes "clear, A hears nothing, mss auto"

# 3. G1 does not either: only where routers cut. Over IPv6 the path's size has to be said by hand.
forget
filter A G1
megabytes "clear, A and G1 hear nothing, mss auto" 10.2.0.2 fd02::2
ip -n G1 -6 route replace default via 2001:db8:1::1 dev eth0 onlink mtu 1280
megabytes "the same over IPv6, a route with mtu 1280" 10.2.6.2 fd26::2
ip -n G1 -6 route replace default via 2001:db8:1::1 dev eth0 onlink
note "DF clear"

# 4. DF copied: the path is learnt, and the sender inside is told.
forget
filter
headers --df copy --mss off
assert_eq "before anything was sent, over IPv4" $whole4 "$(largest 10.2.0.2)"
assert_eq "before anything was sent, over IPv6" $whole6 "$(largest 10.2.6.2)"
megabytes "copy"
assert_eq "learnt, IPv4 in IPv4" $narrow4 "$(largest 10.2.0.2)"
assert_eq "learnt, IPv6 in IPv4" $narrow4 "$(largest fd02::2)"
assert_eq "learnt, IPv4 in IPv6" $narrow6 "$(largest 10.2.6.2)"
assert_eq "what A knows, IPv4 in IPv4" $narrow4 "$(on A ip -o route get 10.2.0.2 | grep -o 'mtu [0-9]*' | cut -d' ' -f2)"
assert_eq "what A knows, IPv4 in IPv6" $narrow6 "$(on A ip -o route get 10.2.6.2 | grep -o 'mtu [0-9]*' | cut -d' ' -f2)"
assert_eq "what A knows, IPv6 in IPv6: never less than 1280" 1280 \
	"$(on A ip -o -6 route get fd26::2 | grep -o 'mtu [0-9]*' | cut -d' ' -f2)"
assert_match "effective MTU" '^(1206|1226)$' "$(device_counter .effective_mtu)"

# 5. What G1 has learnt mss auto uses, for hosts that hear nothing.
ip -n A route flush cache
ip -n A -6 route flush cache
filter A
headers --mss auto
megabytes "copy, A hears nothing, mss auto" 10.2.0.2 fd26::2

# 6. Nobody is told: packets go whole, and are cut outside.
forget
headers --mss off --fragicmp no
ip -n G1 link set ipsec0 mtu 1500
megabytes "copy, A hears nothing, fragicmp no" 10.2.0.2 10.2.6.2
