# SPDX-License-Identifier: GPL-2.0
# limit: 120
# Rekeying under traffic, pluto to pluto, klips on both gateways, both with the same lifetimes: so they begin at the same
# time, again and again (RFC 7296 2.8). Of pings every 20 ms each is answered, no drop counter moves, and
# in the end there is one pair of SAs.
. "$LAB/ike.sh"

# rekeyed PATTERN COUNT: so many lines of both logs say so.
rekeyed()
{
	local n

	n=$(cat "$TMP"/pluto.*.log | grep -cE "$1") || true
	[ "$n" -ge "$2" ] || { echo "$n of '$1'"; return 1; }
}

drops()
{
	for host in G1 G2; do
		ipsec_in $host tncfg --json | jq -c '.devices[] | [.name, .tx.drops, .rx.drops]'
	done
}

one_pair()
{
	for host in G1 G2; do
		[ "$(ipsec_in $host spi | grep -c .)" = 2 ] || { ipsec_in $host spi; return 1; }
	done
}

rounds=${SOAK:+120}
rounds=${rounds:-3}
for host in G1 G2; do
	klips_conf $host salifetime=10s ikelifetime=14s rekeymargin=6s rekeyfuzz=0%
	sed -i "s|^    protostack=.*|&\n    logfile=$TMP/pluto.$host.log|" "$TMP/$host.conf"
	pluto_start $host "$TMP/$host.conf" "$TMP/$host.secrets"
done
ipsec_in G1 up east-west || fail "ipsec up ended with $?"
tunnel_works
before=$(drops)
capture_start wire G1 eth0 outbound net 10.0.0.0/8
on_bg A ping -n -i 0.02 -W 5 10.2.0.2 >"$TMP/stream"
stream=$!
wait_for $((20 * rounds)) "Child SAs rekeyed" rekeyed 'rekeyed(:| by the peer:) ESP' $((2 * rounds))
wait_for 60 "IKE SAs rekeyed" rekeyed 'IKE SA was rekeyed by' 4
for i in 1 2 3; do
	# Whose is asked for by the peer already refuses.
	{ ipsec_in G1 rekey-child east-west || true; } &
	ipsec_in G2 rekey-child east-west || true
	pause 0.5
	{ ipsec_in G1 rekey-ike east-west || true; } &
	ipsec_in G2 rekey-ike east-west || true
	pause 0.5
done
kill -INT $stream
wait $stream || true
lost=$(pings_lost "$TMP/stream")
figure rekey/both/lost "$lost" pings
assert_eq "pings lost of $(grep transmitted "$TMP/stream")" 0 "$lost"
assert_eq "drops" "$before" "$(drops)"
for host in G1 G2; do
	assert_no_match "the log of $host" 'tunnel down|made anew' "$(<"$TMP/pluto.$host.log")"
	ipsec_in $host status >"$TMP/status.$host"
done
wait_for 30 "one pair of SAs" one_pair
capture_stop wire
assert_eq "packets in the clear" 0 "$(capture_count wire 'net 10.0.0.0/8')"
