# SPDX-License-Identifier: GPL-2.0
# limit: 90
# Every target of an eroute does what it says, and counts it; replacing one is atomic; the listings agree.
. "$LAB/manual.sh"

# target ADDRESS TARGET: for packets from A to this address, which is one of B.
target()
{
	ipsec_in G1 eroute --add --src 10.1.0.2/32 --dst $1/32 --said "$2"
}

# sends ADDRESS COUNT: A sends, and does not wait for anything.
sends()
{
	assert_match "udp send to $1" "^sent $2 " "$(udp_send A $1 7000 -c $2 -i 1000)"
}

# connects ADDRESS SECONDS: TCP from A; what came of it is in $TMP/connect.
connects()
{
	on A socat -u OPEN:/dev/null "TCP4:$1:5001,connect-timeout=$2" >"$TMP/connect" 2>&1
}

manual_klips
manual_peer
for n in 11 12 13 14; do
	echo "addr add 10.2.0.$n/24 dev b0"
done | ip -n B -batch -
ip -n G1 route add 10.9.0.0/24 dev ipsec0
# The peer lets in, and answers, what comes in the clear for 10.2.0.11.
ip -n G2 -batch - <<-END
	xfrm policy add src 10.2.0.11/32 dst 10.1.0.0/24 dir out priority 1
	xfrm policy add src 10.1.0.0/24 dst 10.2.0.11/32 dir fwd priority 1
END
target 10.2.0.11 %pass
target 10.2.0.12 %drop
target 10.2.0.13 %reject
target 10.2.0.14 esp0x1999@192.0.2.2
capture_start wire G1 eth0
capture_start lan G1 lan0

ping_ok A 10.2.0.11 4
ping_ok A 10.2.0.2 4
sends 10.2.0.12 5
sends 10.2.0.14 7
sends 10.9.0.1 9
# The second one finds the answer to the first, and is not sent.
assert_eq "%reject: error of a connected UDP socket" "error No route to host" \
	"$(udp_send A 10.2.0.13 7000 -c 2 -i 300000 | grep error)"
assert_fails "%reject: TCP" connects 10.2.0.13 10
assert_match "%reject: TCP" 'Connection refused' "$(<"$TMP/connect")"
assert_fails "%drop: TCP" connects 10.2.0.12 1
assert_match "%drop: TCP" 'timed out' "$(<"$TMP/connect")"
capture_stop wire
capture_stop lan

assert_eq "in the clear, %pass" 8 "$(capture_count wire 'host 10.2.0.11')"
assert_eq "in the clear, others" 0 "$(capture_count wire 'net 10.0.0.0/8 and not host 10.2.0.11')"
assert_eq "ESP" 8 "$(capture_count wire 'ip proto 50')"
assert_eq "answers to %drop" 0 "$(capture_count lan 'src host 10.2.0.12')"
assert_eq "ICMP that is not administratively prohibited" 0 "$(capture_count lan 'icmp[0] = 3 and icmp[1] != 13')"
assert_eq "ICMP administratively prohibited" 1 "$(capture_count lan 'icmp[0] = 3 and icmp[1] = 13')"
assert_eq "quoted: a packet to 10.2.0.13" 1 "$(capture_count lan 'icmp and icmp[24:4] = 0x0a02000d')"
assert_eq "TCP resets" 1 "$(capture_count lan 'src host 10.2.0.13 and tcp[tcpflags] & tcp-rst != 0')"
assert_eq "TCP packets that it took" 1 "$(capture_count lan 'dst host 10.2.0.13 and tcp')"
syns=$(capture_count lan 'dst host 10.2.0.12 and tcp')
note "on the wire"

json=$(ipsec_in G1 tncfg --json)
counter()
{
	jq -r ".devices[0].tx | $1 // 0" <<<"$json"
}
assert_eq "transformed" 4 "$(counter .transformed)"
assert_eq "passed" 4 "$(counter .passed)"
assert_eq "drops" "eroute_drop=$((5 + syns)) eroute_reject=2 no_eroute=9 no_sa=7" \
	"$(counter '.drops | to_entries | sort_by(.key) | map("\(.key)=\(.value)") | join(" ")')"
json=$(ipsec_in G1 eroute --json)
assert_eq "packets by eroute" "10.2.0.0/24=4 10.2.0.11/32=4 10.2.0.12/32=$((5 + syns)) 10.2.0.13/32=2 10.2.0.14/32=7" \
	"$(jq -r '[.eroutes[] | "\(.dst)=\(.packets)"] | sort | join(" ")' <<<"$json")"
assert_eq "targets" "sa pass drop reject sa" "$(jq -r '.eroutes | sort_by(.dst) | map(.target) | join(" ")' <<<"$json")"

# The classic text and the tool's.
ipsec_in G1 eroute --add --src 10.1.0.0/24 --dst 10.2.0.0/24 --transport-proto udp --dst-port 7100 --device ipsec0 --said %drop
ipsec_in G1 eroute --add --src 2001:db8:1::/48 --dst 2001:db8:2::/48 --transport-proto tcp --src-port 80 --said %reject
ipsec_in G1 eroute >"$TMP/tool"
assert_eq "eroutes" 7 "$(wc -l <"$TMP/tool")"
assert_eq "/proc/net/ipsec_eroute, beside ipsec eroute" "$(sort "$TMP/tool")" \
	"$(g1 sort "/proc/net/ipsec_eroute")"
assert_eq "/proc/net/ipsec_tncfg, beside ipsec tncfg" "$(ipsec_in G1 tncfg)" "$(g1 cat /proc/net/ipsec_tncfg)"
assert_eq "SAs in /proc/net/ipsec_spi" "$(ipsec_in G1 spi | cut -d' ' -f1-3 | sort)" \
	"$(g1 cut -d' ' -f1-3 /proc/net/ipsec_spi | sort)"
ipsec_in G1 eroute --del --src 10.1.0.0/24 --dst 10.2.0.0/24 --transport-proto udp --dst-port 7100 --device ipsec0

assert_eq "eroutes" 6 "$(ipsec_in G1 eroute | wc -l)"
assert_fails "the same eroute twice" target 10.2.0.11 %drop
assert_match "the same eroute twice" 'already in use' "$OUTPUT"
note "listings done"

# Atomic replace: never neither, never the broader one.
manual_sa_out 0x1003
manual_xfrm_sa G2 192.0.2.1 192.0.2.2 0x1003 $MANUAL_KEY_OUT
ipsec_in G1 eroute --add --src 10.0.0.0/8 --dst 10.0.0.0/8 --said %pass
udp_sink B 7200 "$TMP/sink"
capture_start replace G1 eth0
no_eroute=$(device_counter .tx.drops.no_eroute)
on_bg A udp send -c 1500 -i 2000 10.2.0.2 7200 >"$TMP/sent"
sender=$!
on G1 bash -c '
	for ((i = 0; i < 100; i++)); do
		for spi in 0x1003 0x1001; do
			ipsec eroute --replace --src 10.1.0.0/24 --dst 10.2.0.0/24 --said esp$spi@192.0.2.2 || exit 1
		done
	done'
note "200 replacements"
wait $sender
capture_stop replace
assert_match "sent" '^sent 1500 ' "$(<"$TMP/sent")"
counts "received" 1500 lines "$TMP/sink"
assert_eq "in the clear while replacing" 0 "$(capture_count replace net 10.0.0.0/8)"
assert_eq "met the broader %pass" 0 "$(eroute_packets 10.0.0.0/8)"
assert_eq "met nothing" "$no_eroute" "$(device_counter .tx.drops.no_eroute)"
assert_eq "counted by the eroute, all its lives" 1504 "$(eroute_packets 10.2.0.0/24)"
one=$(sa_counter esp0x1001@192.0.2.2 .packets) other=$(sa_counter esp0x1003@192.0.2.2 .packets)
assert_eq "carried by the two SAs" 1504 $((one + other))
[ "$one" -gt 4 ] && [ "$other" -gt 0 ] || fail "one SA carried all: $one, $other"
