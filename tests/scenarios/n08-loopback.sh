# SPDX-License-Identifier: GPL-2.0
# limit: 90
# N8: what a host says to itself is not for IPsec. Under traps for everything in both families, and default routes to ipsec0,
# loopback and the host's own addresses answer, ipsec0 sees none of it, and no key daemon is asked. The classic conn exclude-lo
# loads, and makes no eroute. XFRM with the same policies takes ::1 for a far host.
. "$LAB/ike.sh"
. "$LAB/dual.sh"

ADDRESSES="127.0.0.1 127.0.0.2 127.255.1.1 192.0.2.1 10.1.0.1 ::1 fd01::1 2001:db8::1"

# answered: how many of G1's own addresses answer G1.
answered()
{
	local address n=0

	for address in $ADDRESSES; do
		! on G1 ping -q -n -c 1 -W 1 $address >/dev/null 2>&1 || n=$((n + 1))
	done
	echo $n
}

# connects: TCP and UDP to itself, by IPv4 and IPv6.
connects()
{
	local port=5100 address

	for address in 127.0.0.1 192.0.2.1 ::1 2001:db8::1; do
		port=$((port + 1))
		transfer G1 G1 $address 10000 $port
	done
	udp_echo G1 7
	for address in 127.0.0.1 10.1.0.1 ::1 fd01::1; do
		assert_eq "a datagram to $address" "sent 1 answered 1" "$(udp_send G1 $address 7 -e)"
	done
}

dual_addresses
all=$(wc -w <<<"$ADDRESSES")
assert_eq "answers without IPsec" "$all" "$(answered)"
on_bg G1 acquire listen >"$TMP/acquires"
wait_for 60 "the listener" file_says "$TMP/acquires" listening
listener=$!

note "a trap for everything, and default routes to ipsec0"
ipsec_in G1 tncfg --attach --virtual ipsec0 --physical eth0
ipsec_in G1 eroute --add --src 0.0.0.0/0 --dst 0.0.0.0/0 --said %trap
ipsec_in G1 eroute --add --src ::/0 --dst ::/0 --said %trap
ip -n G1 -batch - <<-END
	link set ipsec0 up
	route replace default dev ipsec0
	route del default via 2001:db8::2
	route add ::/0 dev ipsec0
END
capture_start ipsec G1 ipsec0
assert_eq "answers of the host to itself" "$all" "$(answered)"
figure N8/own-answers/klips "$all" "of-$all"
connects
# The same trap is there for others: the test would see it.
on G1 ping -q -n -c 1 -W 1 198.51.100.7 >/dev/null && fail "198.51.100.7 answers"
wait_for 5 "the far host is asked for" file_says "$TMP/acquires" ' 198\.51\.100\.7/32 '
capture_stop ipsec
assert_eq "what is asked for" " 198.51.100.7/32" "$(awk 'NF > 5 { print " " $3 }' "$TMP/acquires" | sort -u)"
assert_eq "packets on ipsec0" "0 1" "$(capture_count ipsec not host 198.51.100.7) $(capture_count ipsec host 198.51.100.7)"
assert_eq "packets into ipsec0" 1 "$(device_counter .tx.packets)"
assert_eq "drops on the way in" '{}' "$(device_counter .rx.drops)"
kill $listener

note "exclude-lo"
ipsec_in G1 tncfg --delete ipsec0
ipsec_in G1 eroute --clear
ip -n G1 -batch - <<-END
	route replace default via 192.0.2.2
	route replace ::/0 via 2001:db8::2
END
klips_conf G1
cat >>"$TMP/G1.conf" <<-END

	conn exclude-lo
	    authby=never
	    left=127.0.0.1
	    leftsubnet=127.0.0.0/8
	    right=127.0.0.2
	    rightsubnet=127.0.0.0/8
	    type=passthrough
	    auto=route
END
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"
assert_match "status" '"exclude-lo": 127\.0\.0\.0/8===127\.0\.0\.1\.\.\.127\.0\.0\.2===127\.0\.0\.0/8; loopback' "$(ipsec_in G1 status)"
assert_eq "eroutes" "" "$(ipsec_in G1 eroute)"
assert_eq "routes to ipsec0" "" "$(g1 ip route show dev ipsec0)"
assert_eq "answers of the host to itself" "$all" "$(answered)"
pluto_stop G1

note "XFRM: a policy for everything"
for net in 0.0.0.0/0 ::/0; do
	on G1 ip xfrm policy add src $net dst $net dir out priority 1000 tmpl proto esp mode transport
done
xfrm=$(answered)
figure N8/own-answers/xfrm "$xfrm" "of-$all"
[ "$xfrm" -lt "$all" ] || fail "XFRM exempts loopback, too: the test tests nothing"
