# SPDX-License-Identifier: GPL-2.0
# limit: 240
# IPv6 by IKE against strongSwan on XFRM: inside and outside, in every combination, and between the gateways themselves. Each
# is up, carries traffic both ways, gets new keys, goes down and leaves nothing; the first packet brings one up; in UDP, too,
# it outlives a pluto that is killed. No cleartext is on the wire.
#
#	A 10.1.0.2, fd01::2 -- G1 192.0.2.1, 2001:db8::1 === 192.0.2.2, 2001:db8::2 G2 -- B 10.2.0.2, fd02::2
#	  pluto and klips on G1, strongSwan on G2                                           10.2.6.2, fd26::2
#
#	in-four	10.1.0.0/24 fd01::/64  by IPv4  10.2.0.0/24 fd02::/64	two pairs, one IKE SA
#	in-six	10.1.0.0/24 fd01::/64  by IPv6  10.2.6.0/24 fd26::/64	the same, and left=%defaultroute
#	hosts	2001:db8::1            by IPv6  2001:db8::2
. "$LAB/ike.sh"
. "$LAB/dual.sh"
. "$LAB/killed.sh"

cat >"$TMP/G1.conf" <<-END
	config setup
	    interfaces="ipsec0=eth0"
	    logfile=$TMP/pluto.log

	conn %default
	    authby=secret
	    auto=add

	conn in-four
	    left=192.0.2.1
	    leftsubnets={10.1.0.0/24 fd01::/64}
	    right=192.0.2.2
	    rightsubnets={10.2.0.0/24 fd02::/64}

	conn in-six
	    left=%defaultroute
	    leftsubnets={10.1.0.0/24 fd01::/64}
	    right=2001:db8::2
	    rightsubnets={10.2.6.0/24 fd26::/64}

	conn hosts
	    left=2001:db8::1
	    right=2001:db8::2
END
cat >"$TMP/G1.secrets" <<-END
	192.0.2.1 192.0.2.2 : PSK "of IPv4"
	2001:db8::1 2001:db8::2 : PSK "of IPv6"
END
mkdir "$TMP/G2"
cat >"$TMP/G2/swanctl.conf" <<-END
	connections {
		four {
			local_addrs = 192.0.2.2
			remote_addrs = 192.0.2.1
			local { auth = psk }
			remote { auth = psk
				id = 192.0.2.1 }
			children {
				four-four { local_ts = 10.2.0.0/24
					remote_ts = 10.1.0.0/24 }
				six-four { local_ts = fd02::/64
					remote_ts = fd01::/64 }
			}
		}
		six {
			local_addrs = 2001:db8::2
			remote_addrs = 2001:db8::1
			local { auth = psk }
			remote { auth = psk
				id = 2001:db8::1 }
			children {
				four-six { local_ts = 10.2.6.0/24
					remote_ts = 10.1.0.0/24 }
				six-six { local_ts = fd26::/64
					remote_ts = fd01::/64 }
				hosts { }
			}
		}
	}
	secrets {
		ike-four { id = 192.0.2.1
			secret = "of IPv4" }
		ike-six { id = 2001:db8::1
			secret = "of IPv6" }
	}
END

# rekeyed COUNT: so many Child SAs have new keys.
rekeyed()
{
	local n

	n=$(grep -c 'rekeyed: ESP' "$TMP/pluto.log") || true
	[ "$n" -ge "$1" ] || { echo "$n rekeyed"; return 1; }
}

# is_adopted CONN: by the pluto after one that was killed.
is_adopted()
{
	local text

	text=$(ipsec_in G1 status "$1")
	[[ $text == *'adopted from an earlier pluto'* ]] || { echo "$text"; return 1; }
}

# works CONN HOST ADDRESS OTHER BACK: pings from HOST to ADDRESS, which is OTHER's, and from there to BACK.
works()
{
	note "$1: $3"
	ping_ok "$2" "$3" 2
	ping_ok "$4" "$5" 2 -I "$3"
}

# tried CONN FUNCTION PAIR...: the whole life of a conn, begun by us. FUNCTION sends what it protects; PAIRs get new keys.
tried()
{
	local conn=$1 n pair

	ipsec_in G1 up "$conn" || fail "ipsec up $conn ended with $?"
	"$2"
	n=$(grep -c 'rekeyed: ESP' "$TMP/pluto.log") || true
	for pair in "${@:3}"; do
		ipsec_in G1 rekey-child "$pair" || fail "ipsec rekey-child $pair ended with $?"
	done
	wait_for 20 "new keys of $conn" rekeyed $((n + $# - 2))
	ipsec_in G1 rekey-ike "$3" || fail "ipsec rekey-ike $conn ended with $?"
	"$2"
	ipsec_in G1 why "$3" || fail "ipsec why $3 ended with $?"
	ipsec_in G1 down "$conn" || fail "ipsec down $conn ended with $?"
	wait_for 10 "$conn: nothing left on G1" nothing_left G1
	wait_for 10 "$conn: nothing left on G2" no_xfrm_state G2
}

in_four() { works in-four A 10.2.0.2 B 10.1.0.2; works in-four A fd02::2 B fd01::2; works in-four G1 fd02::2 B fd01::1; }
in_six() { works in-six A 10.2.6.2 B 10.1.0.2; works in-six A fd26::2 B fd01::2; }
hosts() { works hosts G1 2001:db8::2 G2 2001:db8::1; }

dual_addresses
# Or XFRM would encrypt G2's neighbour discovery, too.
for type in 135 136; do
	g2 ip xfrm policy add src ::/0 dst ::/0 proto ipv6-icmp type $type dir out priority 1 action allow
	g2 ip xfrm policy add src ::/0 dst ::/0 proto ipv6-icmp type $type dir in priority 1 action allow
done
strongswan_start G2 "$TMP/G2"
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"
assert_match "listening" '2001:db8::1' "$(ipsec_in G1 status)"
capture_start wire G1 eth0

tried in-four in_four in-four/1x1 in-four/2x2
tried in-six in_six in-six/1x1 in-six/2x2
tried hosts hosts hosts

note "begun by the peer"
swanctl_in G2 --initiate --child six-four --timeout 30 || fail "swanctl --initiate ended with $?"
works six-four A fd02::2 B fd01::2
swanctl_in G2 --initiate --child six-six --timeout 30 || fail "swanctl --initiate ended with $?"
works six-six A fd26::2 B fd01::2
swanctl_in G2 --terminate --ike four --timeout 30
swanctl_in G2 --terminate --ike six --timeout 30
wait_for 10 "nothing left on G1" nothing_left G1

note "on demand"
ipsec_in G1 route in-six || fail "ipsec route ended with $?"
ping_ok A fd26::2 1
ping_ok A 10.2.6.2 1
ipsec_in G1 down in-six
ipsec_in G1 unroute in-six
wait_for 10 "nothing left on G1" nothing_left G1

note "in UDP, and pluto is killed"
sed -i 's/^conn in-six/&\n    encapsulation=yes/' "$TMP/G1.conf"
on G1 install -m 644 "$TMP/G1.conf" /etc/ipsec.conf
ipsec_in G1 replace in-six || fail "ipsec replace ended with $?"
ipsec_in G1 up in-six || fail "ipsec up ended with $?"
in_six
assert_match "ipsec spi" 'natencap=nonesp' "$(ipsec_in G1 spi | grep 2001:db8::2)"
pluto_killed
in_six
start
wait_for 20 "in-six is adopted" is_adopted in-six/2x2
assert_match "the log" 'took the socket 2001:db8::1 port 4500' "$(<"$TMP/pluto.log")"
in_six
ipsec_in G1 up in-six || fail "ipsec up over adopted SAs ended with $?"
in_six
ipsec_in G1 down in-six || fail "ipsec down ended with $?"
wait_for 10 "nothing left on G1" nothing_left G1
wait_for 20 "nothing left on G2" no_xfrm_state G2

# Down: the drop route is there, in both families.
ping_fails A fd02::2
ping_fails A fd26::2
capture_stop wire
assert_eq "packets in the clear" 0 "$(capture_count wire 'net 10.0.0.0/8 or net fd00::/8 or icmp6[0] == 128 or icmp6[0] == 129')"
ipsec_in G1 setup stop || fail "ipsec setup stop ended with $?"
assert_eq "routes after stop" "" "$(g1 ip -6 route show proto 117; g1 ip -6 route show proto 118; g1 ip -br link show type dummy)"
