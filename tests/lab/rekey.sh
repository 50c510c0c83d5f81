# SPDX-License-Identifier: GPL-2.0
# Rekeying under traffic against another key daemon: Child SA and IKE SA, from each side, by time and by packets. Make before
# break: of the pings each is answered, and no drop counter moves on either gateway. Sourced after ike.sh by who says what the peer is:
#     peer_start             it has the conn "east-west" and listens
#     peer_rekey child|ike
#     peer_empty             it has no SA
# and then calls
#     rekeying NAME          of the figures
#
#	A 10.1.0.2 -- G1 pluto, klips === G2 the peer, XFRM -- B 10.2.0.2

# rekeyed PATTERN COUNT: so many lines of G1's log say so.
rekeyed()
{
	local n

	n=$(grep -cE "$1" "$TMP/pluto.log") || true
	[ "$n" -ge "$2" ] || { echo "$n of '$1'"; return 1; }
}

drops()
{
	ipsec_in G1 tncfg --json | jq -c '.devices[] | [.name, .tx.drops, .rx.drops]'
	g2 grep -v '[[:space:]]0$' /proc/net/xfrm_stat || true
}

# stream: pings until stream_end, which fails unless each was answered.
stream()
{
	on_bg A ping -n -D -i $INTERVAL -W 5 10.2.0.2 >"$TMP/stream"
	STREAM=$!
}

# pace: how many seconds they are apart; with SOAK for half the rate at which none is lost while nobody rekeys.
pace()
{
	local ms

	INTERVAL=0.02
	[ -n "${SOAK:-}" ] || return 0
	for ms in 1 2 4 8; do
		on A ping -n -q -i 0.00$ms -w 5 10.2.0.2 >"$TMP/pace" || true
		INTERVAL=$(awk '/packets transmitted/ { if ($1 > $4 + 2) exit 1; printf "%.4f", 2 * 5 / $4 }' "$TMP/pace") && [ -n "$INTERVAL" ] && break
		INTERVAL=0.02
	done
	figure "rekey/$PEER/rate" "$(awk "BEGIN { printf \"%.0f\", 1 / $INTERVAL }")" pings/s
}

# what_was_lost: when pings went without an answer, and what both gateways know of it, for who reads the log.
what_was_lost()
{
	awk '/icmp_seq=/ {
			match($0, /icmp_seq=[0-9]+/)
			seq = substr($0, RSTART + 9, RLENGTH - 9)
			seq = last + (seq - last % 65536 + 98304) % 65536 - 32768
			at[seq] = $1
			last = seq > last ? seq : last
		}
		END {
			for (seq = 1; seq < last; seq++)
				if (!(seq in at)) {
					if (seq - 1 in at)
						print "after " at[seq - 1] ":"
					print "  " seq
				}
		}' "$TMP/stream"
	echo "G1, and what XFRM of G2 counts:"
	drops
	ipsec_in G1 drops | tail -n 100
	echo "CPUs whose backlog was full: $(awk '$2 != "00000000"' /proc/net/softnet_stat | grep -c .)"
	for host in A G1 G2 B; do
		on $host grep : /proc/net/dev | awk -v host=$host '{ print host, $1, "in", $3, "lost", $5, "out", $11, "lost", $13 }'
	done
	grep -E 'rekeyed|deleted|tunnel' "$TMP/pluto.log" | tail -n 400
}

stream_end()
{
	local lost

	kill -INT $STREAM
	wait $STREAM || true
	lost=$(pings_lost "$TMP/stream")
	echo "$1: $(grep transmitted "$TMP/stream")"
	figure "rekey/$PEER/$1/sent" "$(sed -n 's/ packets transmitted.*//p' "$TMP/stream")" pings
	figure "rekey/$PEER/$1/lost" "$lost" pings
	[ "$lost" = 0 ] || what_was_lost
	assert_eq "$1: pings lost" 0 "$lost"
}

conf()
{
	klips_conf G1 "$@"
	sed -i "s|^    protostack=.*|&\n    logfile=$TMP/pluto.log|" "$TMP/G1.conf"
}

# by_hand ROUNDS: one every 5 s. Lifetimes so short are over on an emulated machine that stands still for seconds.
by_hand()
{
	local i start=$SECONDS

	for ((i = 1; i <= $1; i++)); do
		ipsec_in G1 rekey-child east-west || fail "ipsec rekey-child ended with $?"
		wait_for 60 "Child SA rekeyed, time $i" rekeyed 'rekeyed: ESP' $i
		[ $((i % 2)) -eq 0 ] || ipsec_in G1 rekey-ike east-west || fail "ipsec rekey-ike ended with $?"
		while [ $SECONDS -lt $((start + 5 * i)) ]; do
			pause 0.1
		done
		wait_for 60 "IKE SA rekeyed, time $i" rekeyed 'IKE SA was rekeyed by us' $(((i + 1) / 2))
	done
}

# Every 5 s: with SOAK for ten minutes.
by_us()
{
	local before

	before=$(drops)
	stream
	if [ -n "${SOAK:-}" ]; then
		by_hand 120
	else
		wait_for 60 "Child SAs rekeyed by us" rekeyed 'rekeyed: ESP' 3
		wait_for 60 "IKE SAs rekeyed by us" rekeyed 'IKE SA was rekeyed by us' 2
	fi
	stream_end ours
	assert_eq "drops while we rekey" "$before" "$(drops)"
	# One more pair for a while after a rekeying.
	wait_for 10 "two SAs on G1" eval '[ "$(ipsec_in G1 spi | grep -c .)" = 2 ]'
	assert_no_match "the log" 'tunnel down|cannot rekey|made anew' "$(<"$TMP/pluto.log")"
}

by_the_peer()
{
	local before

	conf
	on G1 install -m 644 "$TMP/G1.conf" /etc/ipsec.conf
	ipsec_in G1 replace east-west || fail "ipsec replace ended with $?"
	ipsec_in G1 up east-west || fail "ipsec up ended with $?"
	tunnel_works
	before=$(drops)
	: >"$TMP/pluto.log"
	stream
	peer_rekey child || fail "rekeying the Child SA by the peer ended with $?"
	wait_for 30 "Child SA rekeyed by the peer" rekeyed 'rekeyed by the peer: ESP' 1
	peer_rekey ike || fail "rekeying the IKE SA by the peer ended with $?"
	wait_for 30 "IKE SA rekeyed by the peer" rekeyed 'IKE SA was rekeyed by the peer' 1
	stream_end theirs
	assert_eq "drops while the peer rekeys" "$before" "$(drops)"
	wait_for 10 "two SAs on G1" eval '[ "$(ipsec_in G1 spi | grep -c .)" = 2 ]'
	assert_no_match "the log" 'tunnel down|cannot rekey|made anew' "$(<"$TMP/pluto.log")"
}

# The kernel says when three quarters of its packets are used up.
for_packets()
{
	local before

	INTERVAL=0.02
	conf ipsec-max-packets=200
	on G1 install -m 644 "$TMP/G1.conf" /etc/ipsec.conf
	ipsec_in G1 replace east-west || fail "ipsec replace ended with $?"
	ipsec_in G1 up east-west || fail "ipsec up ended with $?"
	before=$(drops)
	: >"$TMP/pluto.log"
	stream
	wait_for 60 "Child SAs rekeyed for their packets" rekeyed 'rekeyed: ESP' 2
	ipsec_in G1 rekey-ike east-west || fail "ipsec rekey-ike ended with $?"
	wait_for 10 "IKE SA rekeyed by hand" rekeyed 'IKE SA was rekeyed by us' 1
	stream_end packets
	assert_eq "drops while packets run out" "$before" "$(drops)"
	assert_no_match "the log" 'tunnel down|made anew' "$(<"$TMP/pluto.log")"
}

rekeying()
{
	PEER=$1
	if [ -n "${SOAK:-}" ]; then
		conf
	else
		conf salifetime=11s ikelifetime=14s rekeymargin=6s rekeyfuzz=0%
	fi
	peer_start
	pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"
	ipsec_in G1 up east-west || fail "ipsec up ended with $?"
	tunnel_works
	pace
	capture_start wire G1 eth0 outbound net 10.0.0.0/8
	by_us
	by_the_peer
	for_packets
	capture_stop wire
	assert_eq "packets in the clear" 0 "$(capture_count wire 'net 10.0.0.0/8')"
	ipsec_in G1 down east-west
	wait_for 10 "nothing left on G1" nothing_left G1
	wait_for 10 "nothing left on G2" peer_empty
}
