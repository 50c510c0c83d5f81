# SPDX-License-Identifier: GPL-2.0
# limit: 240
# N3: connect() to a host behind a trap, pluto to strongSwan. It succeeds, exactly one SYN arrives whatever the handshake takes, and
# the time is the handshake's; also with a peer that answers late. Then the same with XFRM's trap and strongSwan.
. "$LAB/ike.sh"

SYN='tcp[tcpflags] & (tcp-syn|tcp-ack) = tcp-syn'

# ms_of NAME [FILTER]: from the first to the last packet that matches.
ms_of()
{
	tcpdump -tt -n -r "$TMP/$1.pcap" "${2:-}" 2>/dev/null |
		awk 'NR == 1 { first = $1 } { last = $1 } END { printf "%d\n", (last - first) * 1000 }'
}

# connect_once NAME: from G1 itself, 1000 bytes; $CONNECT_MS is what the program took, $HANDSHAKE_MS the IKE on the wire, $SYNS how
# many came to B.
connect_once()
{
	local name=$1 receiver start

	capture_start "$name" G1 eth0 'udp port 500 or udp port 4500'
	capture_start "$name-far" B b0 inbound tcp
	on_bg B tcp receive 5001 >"$TMP/$name.received"
	receiver=$!
	wait_for 10 "receiver on B" listening B tcp 5001
	start=${EPOCHREALTIME/./}
	g1 tcp send 10.2.0.2 5001 1000 || fail "$name: connect() or what followed failed"
	CONNECT_MS=$(((${EPOCHREALTIME/./} - start) / 1000))
	wait $receiver || true
	assert_eq "$name: bytes" "received 1000 bytes" "$(<"$TMP/$name.received")"
	capture_stop "$name"
	capture_stop "$name-far"
	SYNS=$(capture_count "$name-far" "$SYN")
	HANDSHAKE_MS=$(ms_of "$name")
	note "$name: connect and transfer $CONNECT_MS ms, handshake $HANDSHAKE_MS ms, $SYNS SYNs at B"
}

# connect_klips NAME: the same, and $WAITED_MS from the SYN to its answer as ipsec0 has seen them.
connect_klips()
{
	capture_start "$1-clear" G1 ipsec0 tcp port 5001
	connect_once "$1"
	capture_stop "$1-clear"
	WAITED_MS=$(ms_of "$1-clear" 'tcp[tcpflags] & tcp-syn != 0')
	assert_eq "$1: SYNs at the far host" 1 "$SYNS"
	assert_eq "$1: SYNs and answers on ipsec0" 2 "$(capture_count "$1-clear" 'tcp[tcpflags] & tcp-syn != 0')"
	[ $WAITED_MS -lt $((HANDSHAKE_MS + 500)) ] || fail "$1: the SYN waited $WAITED_MS ms, the handshake took $HANDSHAKE_MS ms"
	figure "N3/connect/$1" "$CONNECT_MS" ms
	figure "N3/syn-to-answer/$1" "$WAITED_MS" ms
	figure "N3/handshake/$1" "$HANDSHAKE_MS" ms
	figure "N3/syns/$1" "$SYNS" SYNs
}

# silence / hear: G2 does not see IKE.
silence()
{
	g2 nft -f - <<-END
		table inet silence {
			counter asked { }
			chain in {
				type filter hook input priority 0
				udp dport { 500, 4500 } counter name asked drop
			}
		}
	END
}

asked_twice()
{
	local text

	text=$(g2 nft list counter inet silence asked)
	[[ $text =~ packets\ ([0-9]+) ]] && [ "${BASH_REMATCH[1]}" -ge 2 ]
}

hear_when_asked_twice()
{
	wait_for 30 "pluto asks a second time" asked_twice
	g2 nft delete table inet silence
}

is_down()
{
	ipsec_in G1 status | grep -q '"east-west": .*; prospective erouted'
}

klips_conf G1 auto=route
swan_conf G2
strongswan_start G2 "$TMP/G2"
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"
wait_for 10 "routed" is_down

# What is used for the first time takes long here, and is not what this is about.
ipsec_in G1 up east-west >/dev/null || fail "ipsec up ended with $?"
ipsec_in G1 down east-west
wait_for 10 "no XFRM state left on G2" no_xfrm_state G2

connect_klips klips
ipsec_in G1 down east-west
wait_for 10 "down" is_down
wait_for 10 "no XFRM state left on G2" no_xfrm_state G2

silence
hear_when_asked_twice &
hearing=$!
connect_klips klips-late
wait $hearing || fail "G2 was not asked twice"
[ $HANDSHAKE_MS -ge 1000 ] || fail "the peer answered at once"
assert_match "acquires" 'acquires: 2 started, [0-9]+ duplicate, 0 refused, 0 unmatched, 0 lost' "$(ipsec_in G1 status)"

note "XFRM"
pluto_stop G1
wait_for 10 "no XFRM state left on G2" no_xfrm_state G2
swan_conf G1
sed -i 's/^\( *\)local_ts = .*/&\n\1start_action = trap/' "$TMP/G1/swanctl.conf"
strongswan_start G1 "$TMP/G1"
g1 ip route add 10.2.0.0/24 via 192.0.2.2 src 10.1.0.1
connect_once xfrm
figure N3/connect/xfrm "$CONNECT_MS" ms
figure N3/handshake/xfrm "$HANDSHAKE_MS" ms
figure N3/syns/xfrm "$SYNS" SYNs
