# SPDX-License-Identifier: GPL-2.0
# limit: 120
# pluto asks a strongSwan for an address (leftmodecfgclient=yes): it is on ipsec0 while the tunnel stands, is the source of the
# host's own packets, survives rekeying of both SAs, and goes with the tunnel. Name servers are shown, and told to updown.
# A second conn asks for an IPv6 address: both stand side by side, and neither ends with the other.
#
#      G1 eth0 192.0.2.1 ========== 192.0.2.2 eth0 G2 ---- B 10.2.0.2, fd02::2
#      pluto, 10.9.0.1, fd09::1               strongSwan, pools 10.9.0.1-10.9.0.9, fd09::1-fd09::9
. "$LAB/ike.sh"
. "$LAB/dual.sh"

dual_addresses

cat >"$TMP/G1.conf" <<-END
	version 2.0

	config setup
	    interfaces="ipsec0=eth0"

	conn office
	    left=192.0.2.1
	    leftmodecfgclient=yes
	    leftupdown=$TMP/updown
	    right=192.0.2.2
	    rightsubnet=10.2.0.0/24
	    authby=secret
	    auto=add

	conn office6
	    also=office
	    rightsubnet=fd02::/64
	    auto=add
END
printf '#!/bin/sh\necho "$PLUTO_VERB $PLUTO_MY_SOURCEIP $PLUTO_MY_CLIENT $PLUTO_PEER_DNS_INFO" >>%s/told\n' "$TMP" >"$TMP/updown"
chmod 755 "$TMP/updown"
printf '192.0.2.1 192.0.2.2 : PSK "%s"\n' "with spaces in it" >"$TMP/G1.secrets"
swan_conf G2
sed -i -e '/remote_ts/d' -e 's/version = 2/version = 2\npools = road, road6/' -e 's/local_ts = .*/local_ts = 10.2.0.0\/24, fd02::\/64/' "$TMP/G2/swanctl.conf"
cat >>"$TMP/G2/swanctl.conf" <<-END
	pools {
		road {
			addrs = 10.9.0.1-10.9.0.9
			dns = 10.2.0.53, 10.2.0.54
		}
		road6 {
			addrs = fd09::1-fd09::9
			dns = fd02::53
		}
	}
END
strongswan_start G2 "$TMP/G2"
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"
capture_start wire G1 eth0

# works: both ways, and G1's own packets have the address
works()
{
	assert_match "address on ipsec0" 'inet 10\.9\.0\.1/32' "$(on G1 ip -4 addr show dev ipsec0)"
	assert_match "source of G1's own packets" 'dev ipsec0 .*src 10\.9\.0\.1' "$(on G1 ip route get 10.2.0.2 | head -n 1)"
	ping_ok G1 10.2.0.2 3
	ping_ok B 10.9.0.1 3
}

# lent CONN: its address and the name servers of its family
lent()
{
	ipsec_in G1 status --json | jq -r --arg name "$1" '.conns[] | select(.name == $name) | [.lease, .name_servers[]] |
		map(select(contains(":") == ($name == "office6"))) | join(" ")'
}

# works6
works6()
{
	assert_match "IPv6 address on ipsec0" 'inet6 fd09::1/128' "$(on G1 ip -6 addr show dev ipsec0)"
	assert_match "source of G1's own packets" 'dev ipsec0 .*src fd09::1' "$(on G1 ip route get fd02::2 | head -n 1)"
	ping_ok G1 fd02::2 3
	ping_ok B fd09::1 3
}

ipsec_in G1 up office >"$TMP/up" || fail "ipsec up: $(tail -n 3 "$TMP/up")"
works
assert_eq "lease and name servers" "10.9.0.1 10.2.0.53 10.2.0.54" "$(lent office)"
assert_match "classic status" 'name servers of the peer: 10\.2\.0\.53 10\.2\.0\.54' "$(ipsec_in G1 auto --status)"
wait_for 10 "updown" grep -q 'up-client 10.9.0.1 10.9.0.1/32 10.2.0.53 10.2.0.54' "$TMP/told"

spis() { ipsec_in G1 status --json | jq -r '.conns[0].child_sa.spi_out'; }
changed() { [ "$(spis)" != "$before" ]; }

before=$(spis)
ipsec_in G1 rekey-child office || fail "ipsec rekey-child: exit status $?"
wait_for 20 "a rekeyed Child SA" changed
works
ike() { ipsec_in G1 status --json | jq -r '.conns[0].ike_sa.serial'; }
ike_changed() { [ "$(ike)" != "$before" ]; }

before=$(ike)
ipsec_in G1 rekey-ike office || fail "ipsec rekey-ike: exit status $?"
wait_for 20 "a rekeyed IKE SA" ike_changed
works

ipsec_in G1 up office6 >"$TMP/up" || fail "ipsec up: $(tail -n 3 "$TMP/up")"
works6
works
assert_eq "lease and name servers" "fd09::1 fd02::53" "$(lent office6)"
wait_for 10 "updown" grep -q 'up-client fd09::1 fd09::1/128 fd02::53' "$TMP/told"
child6() { ipsec_in G1 status --json | jq -r '.conns[] | select(.name == "office6").child_sa.spi_out'; }
changed6() { [ "$(child6)" != "$before" ]; }
before=$(child6)
ipsec_in G1 rekey-child office6 || fail "ipsec rekey-child: exit status $?"
wait_for 20 "a rekeyed Child SA" changed6
works6
ipsec_in G1 down office6 || fail "ipsec down: exit status $?"
assert_no_match "address after the end" 'fd09::1' "$(on G1 ip -6 addr show)"
assert_no_match "routes after the end" 'dev ipsec0.*fd0[29]::' "$(on G1 ip -6 route show table all)"
works

ipsec_in G1 down office || fail "ipsec down: exit status $?"
wait_for 10 "nothing left on G1" nothing_left G1
assert_no_match "address after the end" '10\.9\.0\.1' "$(on G1 ip -4 addr show)"
assert_no_match "routes after the end" 'dev ipsec0.*10\.9\.0\.1' "$(on G1 ip route show table all)"
capture_stop wire
assert_eq "in the clear" 0 "$(capture_count wire 'net 10.0.0.0/8 or net fd00::/8')"
