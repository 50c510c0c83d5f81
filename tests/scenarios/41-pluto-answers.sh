# SPDX-License-Identifier: GPL-2.0
# limit: 180
# strongSwan initiates to pluto, with its default proposals; down and up again, 20 times.
. "$LAB/ike.sh"

klips_conf G1
swan_conf G2
strongswan_start G2 "$TMP/G2"
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"
capture_start wire G1 eth0

for round in $(seq 20); do
	swanctl_in G2 --initiate --child east-west >"$TMP/up" || fail "round $round: swanctl --initiate: $(tail -n 3 "$TMP/up")"
	ping_ok B 10.1.0.2 1
	[ $round -ne 1 ] || tunnel_works
	swanctl_in G2 --terminate --ike east-west >"$TMP/down" || fail "round $round: swanctl --terminate: $(tail -n 3 "$TMP/down")"
	wait_for 10 "round $round: nothing left on G1" nothing_left G1
	wait_for 10 "round $round: no XFRM state left on G2" no_xfrm_state G2
done
wait_for 10 "nothing left on G2" peer_has_nothing G2
capture_stop wire
assert_eq "packets in the clear" 0 "$(capture_count wire 'net 10.0.0.0/8')"
