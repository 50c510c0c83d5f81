# SPDX-License-Identifier: GPL-2.0
# limit: 150
# A strongSwan gets IPv6 addresses of pluto's pool, and IPv4 ones by another conn: each has an instance, and is shown with its
# address; one ends and the other stays; the address of before comes back. One who asks for both in one tunnel gets one; one who
# asks for none of the family that there is gets none.
#
#      G1 192.0.2.1 ========== 192.0.2.2 G2 ---- B 10.2.0.2, fd02::2
#      strongSwan, fd09::1, 10.9.0.1      pluto
. "$LAB/ike.sh"
. "$LAB/dual.sh"

# swan_conn NAME ID VIPS REMOTE-TS [LINE]
swan_conn()
{
	cat <<-END
		$1 {
			version = 2
			local_addrs = 192.0.2.1
			remote_addrs = 192.0.2.2
			vips = $3
			${5:-}
			local { auth = psk
				id = $2 }
			remote { auth = psk
				id = east }
			children { $1 { remote_ts = $4 } }
		}
	END
}

# up NAME
up()
{
	swanctl_in G1 --initiate --child "$1" --timeout 30 >"$TMP/up-$1" || fail "swanctl --initiate $1: $(tail -n 3 "$TMP/up-$1")"
}

# down NAME
down()
{
	swanctl_in G1 --terminate --ike "$1" --timeout 30 >"$TMP/down-$1" || fail "swanctl --terminate $1: $(tail -n 3 "$TMP/down-$1")"
}

# leases: of the instances, by address
leases()
{
	ipsec_in G2 status --json | jq -r '[.conns[] | select(.instance) | "\(.name):\(.lease)"] | sort | join(" ")'
}

are()
{
	[ "$(leases)" = "$1" ] || { leases; return 1; }
}

dual_addresses
cat >"$TMP/G2.conf" <<-END
	config setup
	    interfaces="ipsec0=eth0"

	conn road
	    left=192.0.2.2
	    leftid=@east
	    leftsubnet=10.2.0.0/24
	    right=%any
	    rightaddresspool=10.9.0.1-10.9.0.9
	    modecfgdns="10.2.0.53 fd02::53"
	    authby=secret
	    auto=add

	conn road6
	    also=road
	    leftsubnet=fd02::/64
	    rightaddresspool=fd09::/112
	    auto=add
END
printf ': PSK "with spaces in it"\n' >"$TMP/G2.secrets"
mkdir "$TMP/G1"
{
	echo "connections {"
	swan_conn six anna :: fd02::/64
	# Conns that are the same in all of this share an IKE SA.
	swan_conn four anna 0.0.0.0 10.2.0.0/24 "mobike = no"
	swan_conn both bert 0.0.0.0,:: 10.2.0.0/24,fd02::/64
	swan_conn none cora 0.0.0.0 fd02::/64
	echo "}"
	echo 'secrets { ike { secret = "with spaces in it" } }'
} >"$TMP/G1/swanctl.conf"
pluto_start G2 "$TMP/G2.conf" "$TMP/G2.secrets"
strongswan_start G1 "$TMP/G1"
capture_start wire G2 eth0

# Nobody has come: what is for them is dropped.
assert_match "what keeps the pool in" 'fd09::1 dev klips-drop' "$(on G2 ip -6 route)"
ping_fails B fd09::1

up six
assert_eq "leases" "road6:fd09::1" "$(leases)"
assert_match "classic status" '"road6"\[1\] 192\.0\.2\.1: fd02::/64===.*===fd09::1/128; erouted' "$(ipsec_in G2 auto --status)"
assert_match "trafficstatus" '"road6"\[1\] 192\.0\.2\.1, .*lease=fd09::1/128' "$(ipsec_in G2 trafficstatus)"
on G1 ip -6 addr | grep -q 'inet6 fd09::1/128' || fail "the address is not on G1: $(on G1 ip addr)"
ping_ok B fd09::1 3
ping_ok G1 fd02::2 3 -I fd09::1

# The same peer has an IPv4 address, too; one of both ends, and comes back.
up four
assert_eq "leases" "road6:fd09::1 road:10.9.0.1" "$(leases)"
ping_ok B 10.9.0.1 3
ping_ok B fd09::1 3
down six
wait_for 10 "one lease" are "road:10.9.0.1"
ping_ok B 10.9.0.1 3
ping_fails B fd09::1
assert_no_match "routes of who left" 'ipsec0.*fd09::1|fd09::1.*ipsec0' "$(on G2 ip -6 route show table all)"
up six
assert_eq "leases" "road6:fd09::1 road:10.9.0.1" "$(leases)"
ping_ok B fd09::1 3

# Both in one: one of them. The other family: none.
up both
assert_eq "leases" "road6:fd09::1 road:10.9.0.1 road:10.9.0.2" "$(leases)"
ping_ok B 10.9.0.2 3
! swanctl_in G1 --initiate --child none --timeout 30 >"$TMP/none" || fail "a tunnel with an address of the other family is up"
assert_match "the other family" 'INTERNAL_ADDRESS_FAIL|INT_ADDR_FAIL' "$(<"$TMP/none")"

ipsec_in G2 auto --down road6 || fail "ipsec auto --down: exit status $?"
wait_for 10 "IPv4 leases" are "road:10.9.0.1 road:10.9.0.2"
ipsec_in G2 auto --down road || fail "ipsec auto --down: exit status $?"
wait_for 10 "nothing left on G2" nothing_left G2
ping_fails B fd09::1
capture_stop wire
assert_eq "in the clear" 0 "$(capture_count wire 'net 10.0.0.0/8 or net fd00::/8')"
