# SPDX-License-Identifier: GPL-2.0
# limit: 240
# Several Child SAs in one IKE SA: pluto to pluto two subnets by two, and two conns against two children of strongSwan; begun by
# either side, rekeyed under traffic, one of them deleted while the others go on.
. "$LAB/ike.sh"

for host in A G1; do
	on $host ip addr add 10.3.0.$([ $host = A ] && echo 2 || echo 1)/24 dev $([ $host = A ] && echo a0 || echo lan0)
done
for host in B G2; do
	on $host ip addr add 10.4.0.$([ $host = B ] && echo 2 || echo 1)/24 dev $([ $host = B ] && echo b0 || echo lan0)
done

# crossed FROM TO: that pair of addresses of A and B works.
crossed()
{
	ping_ok A "$2" 1 -I "$1"
}

all_pairs()
{
	local from to

	for from in 10.1.0.2 10.3.0.2; do
		for to in 10.2.0.2 10.4.0.2; do
			crossed $from $to
		done
	done
}

# conns_up HOST: how many conns are up there, and in how many IKE SAs.
conns_up()
{
	ipsec_in "$1" status --json |
		jq -r '[.conns[] | select(.state == "established")] | "\(length) in \([.[].ike_sa.serial] | unique | length)"'
}

up_as()
{
	[ "$(conns_up "$1")" = "$2" ] || { echo "$1 has $(conns_up "$1")"; return 1; }
}

serials()
{
	ipsec_in G1 status --json | jq -c "[.conns[].$1.serial]"
}

# changed WHAT BEFORE: none of them is as before.
changed()
{
	jq -en --argjson a "$2" --argjson b "$(serials "$1")" '[range($a | length) | $a[.] != $b[.]] | all' >/dev/null
}

streams()
{
	on_bg A ping -n -i 0.05 -W 5 -I 10.1.0.2 10.2.0.2 >"$TMP/stream1"
	PIDS=$!
	on_bg A ping -n -i 0.05 -W 5 -I 10.3.0.2 10.4.0.2 >"$TMP/stream2"
	PIDS="$PIDS $!"
}

streams_end()
{
	local pid

	kill -INT $PIDS
	for pid in $PIDS; do
		wait $pid || true
	done
	for pid in 1 2; do
		assert_eq "$1: pings lost of $(grep transmitted "$TMP/stream$pid")" 0 "$(pings_lost "$TMP/stream$pid")"
	done
}

# ---- pluto to pluto ----

several()
{
	local host

	for host in G1 G2; do
		klips_conf $host
	done
	sed -i "s|leftsubnet=.*|leftsubnets={10.1.0.0/24 10.3.0.0/24}|; s|rightsubnet=.*|rightsubnets=\"10.2.0.0/24, 10.4.0.0/24\"|" \
		"$TMP/G1.conf"
	sed -i "s|leftsubnet=.*|leftsubnets={10.2.0.0/24 10.4.0.0/24}|; s|rightsubnet=.*|rightsubnets={10.1.0.0/24 10.3.0.0/24}|" \
		"$TMP/G2.conf"
}

several
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"
pluto_start G2 "$TMP/G2.conf" "$TMP/G2.secrets"
capture_start wire G1 eth0
for side in G1 G2; do
	ipsec_in $side up east-west >"$TMP/up" || fail "ipsec up on $side ended with $?: $(<"$TMP/up")"
	wait_for 10 "four conns in one IKE SA on G1" up_as G1 "4 in 1"
	wait_for 10 "four conns in one IKE SA on G2" up_as G2 "4 in 1"
	all_pairs
	[ $side = G1 ] || break
	ipsec_in $side down east-west || fail "ipsec down ended with $?"
	wait_for 10 "nothing left on G1" nothing_left G1
	wait_for 10 "nothing left on G2" nothing_left G2
done
streams
before=$(serials child_sa)
ipsec_in G1 rekey-child east-west || fail "rekey-child ended with $?"
wait_for 30 "new Child SAs" changed child_sa "$before"
before=$(serials ike_sa)
ipsec_in G2 rekey-ike east-west || fail "rekey-ike ended with $?"
wait_for 15 "a new IKE SA" changed ike_sa "$before"
ipsec_in G1 down east-west/2x1 || fail "down of one ended with $?"
wait_for 10 "three are left on G2" up_as G2 "3 in 1"
up_as G1 "3 in 1" || fail "not three on G1"
streams_end "rekeying and a deletion"
crossed 10.1.0.2 10.4.0.2
ipsec_in G2 up east-west/1x2 >"$TMP/up" || fail "the one again, from G2: $(<"$TMP/up")"
all_pairs
ipsec_in G2 down east-west || fail "ipsec down ended with $?"
wait_for 10 "nothing left on G1" nothing_left G1
wait_for 10 "nothing left on G2" nothing_left G2
# A packet brings up its pair, and nothing else.
for pair in 1 2; do
	ipsec_in G1 route east-west || fail "route ended with $?"
	ping_ok A 10.4.0.2 2 -I 10.3.0.2 -W 5
	up_as G1 "1 in 1" || fail "a packet of one pair brought up others"
	ping_ok A 10.2.0.2 2 -I 10.3.0.2 -W 5
	up_as G1 "2 in 1" || fail "a packet of another pair did not join"
	ipsec_in G1 down east-west
	ipsec_in G1 unroute east-west || fail "unroute ended with $?"
done
wait_for 10 "nothing left on G1" nothing_left G1
capture_stop wire
assert_eq "packets in the clear" 0 "$(capture_count wire 'net 10.0.0.0/8')"
pluto_stop G2
pluto_stop G1

# ---- against strongSwan ----

klips_conf G1
cat >>"$TMP/G1.conf" <<-END

	conn north
	    also=ends
	    leftsubnet=10.3.0.0/24
	    rightsubnet=10.4.0.0/24
	    auto=add

	conn ends
	    left=192.0.2.1
	    right=192.0.2.2
	    authby=secret
END
swan_conf G2
sed -i 's|^\s*children {|&\n north { local_ts = 10.4.0.0/24\n remote_ts = 10.3.0.0/24\n }|' "$TMP/G2/swanctl.conf"
strongswan_start G2 "$TMP/G2"
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"

both()
{
	up_as G1 "2 in 1" || return 1
	crossed 10.1.0.2 10.2.0.2
	crossed 10.3.0.2 10.4.0.2
	assert_eq "IKE SAs of strongSwan" 1 "$(swanctl_in G2 --list-sas | grep -c IKEv2)"
}

for conn in east-west north; do
	ipsec_in G1 up $conn >"$TMP/up" || fail "ipsec up $conn ended with $?: $(<"$TMP/up")"
done
both || fail "not both in one IKE SA"
streams
before=$(serials child_sa)
swanctl_in G2 --rekey --child north >"$TMP/rekey" || fail "$(tail -n 3 "$TMP/rekey")"
ipsec_in G1 rekey-child east-west
wait_for 30 "new Child SAs" changed child_sa "$before"
before=$(serials ike_sa)
swanctl_in G2 --rekey --ike east-west >"$TMP/rekey" || fail "$(tail -n 3 "$TMP/rekey")"
wait_for 30 "a new IKE SA, of strongSwan" changed ike_sa "$before"
before=$(serials ike_sa)
ipsec_in G1 rekey-ike north || fail "rekey-ike ended with $?"
wait_for 30 "a new IKE SA, of pluto" changed ike_sa "$before"
streams_end "rekeying with strongSwan"
both || fail "not both after rekeying"
swanctl_in G2 --terminate --child north >"$TMP/down" || fail "$(tail -n 3 "$TMP/down")"
wait_for 10 "one is left" up_as G1 "1 in 1"
crossed 10.1.0.2 10.2.0.2
swanctl_in G2 --initiate --child north >"$TMP/up" || fail "strongSwan creates the second: $(tail -n 3 "$TMP/up")"
both || fail "not both when strongSwan creates one"
ipsec_in G1 down east-west
wait_for 10 "the first is gone" up_as G1 "1 in 1"
crossed 10.3.0.2 10.4.0.2
ipsec_in G1 up east-west >"$TMP/up" || fail "ipsec up after the first went: $(<"$TMP/up")"
both || fail "not both after the first went"
swanctl_in G2 --terminate --ike east-west >"$TMP/down" || fail "$(tail -n 3 "$TMP/down")"
for conn in east-west north; do
	ipsec_in G1 down $conn
done
wait_for 10 "nothing left on G1" nothing_left G1
for conn in east-west north; do
	swanctl_in G2 --initiate --child $conn >"$TMP/up" || fail "strongSwan creates $conn: $(tail -n 3 "$TMP/up")"
done
both || fail "not both when strongSwan begins"
