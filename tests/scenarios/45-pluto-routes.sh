# SPDX-License-Identifier: GPL-2.0
# limit: 150
# pluto puts back what somebody took away, a restart lets nothing out, and peers inside their own client work:
# host to host, 0.0.0.0/0 with a strict rp_filter, and a peer that is %any.
. "$LAB/ike.sh"

# has_route HOST ROUTE: as "ip route show" prints its beginning.
has_route()
{
	grep -q "^$2" <<<"$(on "$1" ip route show)"
}

klips_conf G1
klips_conf G2
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"
pluto_start G2 "$TMP/G2.conf" "$TMP/G2.secrets"
capture_start wire G1 eth0

note "the drop route from the moment it is loaded"
has_route G1 '10.2.0.0/24 dev klips-drop proto 118' || fail "no drop route: $(g1 ip route)"
ipsec_in G1 up east-west >/dev/null || fail "ipsec up ended with $?"
has_route G1 '10.2.0.0/24 dev ipsec0 proto 117 .*src 10.1.0.1' || fail "no route into the tunnel: $(g1 ip route)"

note "routes that somebody removes come back"
g1 ip route del 10.2.0.0/24 dev ipsec0
wait_for 5 "the route into the tunnel" has_route G1 '10.2.0.0/24 dev ipsec0'
g1 ip route del 10.2.0.0/24 dev klips-drop
wait_for 5 "the drop route" has_route G1 '10.2.0.0/24 dev klips-drop'
g1 ip link del klips-drop
wait_for 5 "the drop device" has_route G1 '10.2.0.0/24 dev klips-drop'
tunnel_works

note "a device that somebody removes comes back, and the tunnel with it"
g1 ip link del ipsec0
wait_for 15 "the tunnel" has_route G1 '10.2.0.0/24 dev ipsec0'
wait_for 15 "traffic" ping_ok A 10.2.0.2 1

note "restart"
ipsec_in G1 restart || fail "ipsec restart ended with $?"
has_route G1 '10.2.0.0/24 dev klips-drop' || fail "no drop route after restart: $(g1 ip route)"
ipsec_in G1 up east-west >/dev/null || fail "ipsec up after restart ended with $?"
tunnel_works
sed -i 's/^conn east-west/conn other/; s/10\.2\.0\.0/10.3.0.0/' "$TMP/G1.conf"
on G1 install -m 644 "$TMP/G1.conf" /etc/ipsec.conf
ipsec_in G1 restart || fail "ipsec restart with another conn ended with $?"
has_route G1 '10.3.0.0/24 dev klips-drop' || fail "no drop route of the new conn: $(g1 ip route)"
assert_no_match "the drop route of the conn that is gone" '10\.2\.0\.0/24 dev klips-drop' "$(g1 ip route)"
ipsec_in G1 delete other
assert_eq "routes to the drop device" "" "$(g1 ip route show dev klips-drop)"

note "two conns cannot have the same eroute"
klips_conf G1
sed -n '/^conn/,$p' "$TMP/G1.conf" | sed 's/^conn east-west/conn second/' >>"$TMP/G1.conf"
on G1 install -m 644 "$TMP/G1.conf" /etc/ipsec.conf
ipsec_in G1 add east-west
ipsec_in G1 add second
ipsec_in G1 up east-west >/dev/null || fail "ipsec up ended with $?"
status=0
ipsec_in G1 up second >"$TMP/up" 2>&1 || status=$?
assert_eq "up of a second conn: exit status" 8 $status
assert_match "up of a second conn" 'conn "east-west" has it' "$(<"$TMP/up")"
wait_for 10 "the first one still works" ping_ok A 10.2.0.2 1
ipsec_in G1 delete second
ipsec_in G1 down east-west
wait_for 10 "nothing left on G1" nothing_left G1
wait_for 10 "nothing left on G2" nothing_left G2
capture_stop wire
assert_eq "packets in the clear" 0 "$(capture_count wire 'net 10.0.0.0/8')"

note "a peer that is %any"
for host in G1 G2; do
	klips_conf $host
done
sed -i 's/right=.*/right=%any/' "$TMP/G2.conf"
on G2 install -m 644 "$TMP/G2.conf" /etc/ipsec.conf
ipsec_in G2 auto --replace east-west || fail "auto --replace with %any ended with $?"
ipsec_in G2 up east-west >"$TMP/up" 2>&1 && fail "a conn to %any can be brought up"
assert_match "up of %any" 'any' "$(<"$TMP/up")"
ipsec_in G1 up east-west >/dev/null || fail "ipsec up to a peer with %any ended with $?"
tunnel_works
ipsec_in G1 down east-west
wait_for 10 "nothing left on G2" nothing_left G2

note "host to host"
for host in G1 G2; do
	klips_conf $host
	sed -i '/subnet=/d' "$TMP/$host.conf"
	on $host install -m 644 "$TMP/$host.conf" /etc/ipsec.conf
	ipsec_in $host auto --replace east-west || fail "$host: auto --replace host to host ended with $?"
done
ping_fails G1 192.0.2.2
ipsec_in G1 up east-west >/dev/null || fail "ipsec up host to host ended with $?"
capture_start host G1 eth0
ping_ok G1 192.0.2.2 2
ping_ok G2 192.0.2.1 2
capture_stop host
assert_eq "pings in the clear" 0 "$(capture_count host icmp)"
ipsec_in G1 down east-west

note "everything through the tunnel, rp_filter strict"
for host in G1 G2; do
	on $host sysctl -qw net.ipv4.conf.all.rp_filter=1
	klips_conf $host
done
sed -i 's|rightsubnet=.*|rightsubnet=0.0.0.0/0|' "$TMP/G1.conf"
sed -i 's|leftsubnet=.*|leftsubnet=0.0.0.0/0|' "$TMP/G2.conf"
for host in G1 G2; do
	on $host install -m 644 "$TMP/$host.conf" /etc/ipsec.conf
	ipsec_in $host auto --replace east-west || fail "$host: auto --replace with 0/0 ended with $?"
done
has_route G1 '0.0.0.0/1 dev klips-drop' || fail "0/0 is not two halves: $(g1 ip route)"
ipsec_in G1 up east-west >/dev/null || fail "ipsec up with 0/0 ended with $?"
has_route G1 '128.0.0.0/1 dev ipsec0' || fail "no halves into the tunnel: $(g1 ip route)"
tunnel_works
ipsec_in G1 down east-west
ipsec_in G1 setup stop
ipsec_in G2 setup stop
assert_eq "routes left" "" "$(g1 ip route show proto 117)$(g1 ip route show proto 118)"
assert_eq "devices left" "" "$(g1 ip -o link show klips-drop 2>/dev/null)"
