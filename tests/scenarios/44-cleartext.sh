# SPDX-License-Identifier: GPL-2.0
# limit: 90
# Cleartext for the far subnet stays in: before the tunnel is up, while it is down, when pluto is killed, when the
# module is unloaded, when the device is taken down. The route to the drop device lies under the one to ipsec0.
. "$LAB/ike.sh"

# probe WHAT: 5 datagrams from A and 2 from G1 itself for the far subnet; none may be seen in the clear.
probe()
{
	note "$1"
	udp_send A 10.2.0.2 7000 -c 5
	on G1 ping -q -c 2 -i 0.05 -W 1 10.2.0.2 >/dev/null 2>&1 || true
}

klips_conf G1
klips_conf G2
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"
pluto_start G2 "$TMP/G2.conf" "$TMP/G2.secrets"
capture_start wire G1 eth0

probe "loaded, not up"
ipsec_in G1 up east-west >/dev/null || fail "ipsec up ended with $?"
probe "up"
ipsec_in G1 down east-west >/dev/null
probe "down"
ipsec_in G1 up east-west >/dev/null || fail "ipsec up, again, ended with $?"
g1 ip link set ipsec0 down
probe "ipsec0 taken down"
g1 ip link set ipsec0 up
on G1 sh -c 'kill -9 $(cat /run/pluto/pluto.pid)'
probe "pluto killed"
g1 ip link del ipsec0
probe "ipsec0 deleted"
ipsec_in G2 setup stop
capture_stop wire
assert_eq "packets in the clear" 0 "$(capture_count wire 'net 10.0.0.0/8')"
note "with pluto gone it starts again, and finds its way"
ipsec_in G1 setup start || fail "ipsec setup start after a crash ended with $?"
ipsec_in G2 setup start || fail "ipsec setup start on G2 ended with $?"
ipsec_in G1 up east-west || fail "ipsec up after a crash ended with $?"
tunnel_works
