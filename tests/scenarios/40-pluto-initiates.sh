# SPDX-License-Identifier: GPL-2.0
# limit: 180
# pluto initiates to strongSwan on XFRM: traffic both ways, down and up again, 20 times; then nothing is left on
# either side. Cleartext for the far subnet never leaves by the outside interface.
. "$LAB/ike.sh"

devices_and_routes()
{
	g1 ip -br link | sed 's/ .*//'
	g1 ip route show table all
}
before=$(devices_and_routes)

klips_conf G1
swan_conf G2
strongswan_start G2 "$TMP/G2"
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"
capture_start wire G1 eth0

note "first time up"
output=$(ipsec_in G1 auto --up east-west) || fail "auto --up ended with $?: $output"
echo "$output"
tunnel_works
transfer A B 10.2.0.2 100000
transfer B A 10.1.0.2 100000

# From the gateway itself: the route's source is an address of its own subnet.
ping_ok G1 10.2.0.2 2
assert_match "the peer's view" 'ESTABLISHED' "$(swanctl_in G2 --list-sas)"
assert_match "status" 'east-west' "$(ipsec_in G1 auto --status)"
ipsec_in G1 status --json | jq -e '.conns[] | select(.name == "east-west") | .state == "established"' ||
	fail "ipsec status --json does not say that east-west is established"
ipsec_in G1 look

for round in $(seq 20); do
	ipsec_in G1 auto --down east-west || fail "round $round: auto --down ended with $?"
	wait_for 10 "round $round: nothing left on G1" nothing_left G1
	wait_for 10 "round $round: no XFRM state left on G2" no_xfrm_state G2
	ipsec_in G1 auto --up east-west >"$TMP/up" || fail "round $round: auto --up ended with $?: $(<"$TMP/up")"
	ping_ok A 10.2.0.2 1
done
note "20 rounds"

ipsec_in G1 auto --down east-west
wait_for 10 "nothing left on G1" nothing_left G1
wait_for 10 "nothing left on G2" peer_has_nothing G2

# Down: what A sends to B must not cross the wire in the clear.
ping_fails A 10.2.0.2
capture_stop wire
assert_eq "packets in the clear" 0 "$(capture_count wire 'net 10.0.0.0/8')"

ipsec_in G1 setup stop || fail "ipsec setup stop ended with $?"
wait_for 5 "nothing left on G1" nothing_left G1
assert_eq "devices and routes after stop" "$before" "$(devices_and_routes)"
status=0
ipsec_in G1 setup status || status=$?
assert_eq "status of a stopped pluto" 3 $status
