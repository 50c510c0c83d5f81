# SPDX-License-Identifier: GPL-2.0
# limit: 150
# N14: the peer dies and comes back. dpdaction=hold and restart: from the moment that its death is noticed packets are held,
# the tunnels come up again and they arrive; none leaves in the clear. It is back when it lets itself be heard, for
# charon takes longer to start than pluto asks.
#
#	                                                                    10.2.0.2  conn east-west, hold
#	A 10.1.0.2 -- G1 pluto, klips === strongSwan, XFRM G2 -- B
#	                                                                    10.2.1.2  conn second, restart
. "$LAB/ike.sh"

# state_is STATE: of both conns.
state_is()
{
	local states

	states=$(ipsec_in G1 status --json | jq -r '.conns[].state' | sort -u)
	[ "$states" = "$1" ] || { echo "$states"; return 1; }
}

no_tunnel()
{
	[ -z "$(ipsec_in G1 spi)" ] || ipsec_in G1 eroute | grep -c '%trap' | grep -qx 2
}

answered()
{
	[[ $(<"$TMP/ping.$1") == *" 4 received"* ]] || { cat "$TMP/ping.$1"; return 1; }
}

# peer_dies: without a word. Until peer_is_back nobody hears it.
peer_dies()
{
	g2 nft 'table inet dead { chain in { type filter hook input priority 0; udp dport { 500, 4500 } drop; }; }'
	kill -KILL "$(pgrep -x charon)"
	g2 ip xfrm state flush
	g2 ip xfrm policy flush
}

ip -n G2 addr add 10.2.1.1/24 dev lan0
ip -n B addr add 10.2.1.2/24 dev b0
swan_conf G2
sed -i 's|^\s*children {|&\n second { local_ts = 10.2.1.0/24\n remote_ts = 10.1.0.0/24\n }|' "$TMP/G2/swanctl.conf"
grep -q second "$TMP/G2/swanctl.conf" || fail "no second child in swanctl.conf"
strongswan_start G2 "$TMP/G2"
klips_conf G1 dpddelay=1s dpdtimeout=3s dpdaction=hold
cat >>"$TMP/G1.conf" <<-END

	conn second
	    also=east-west
	    rightsubnet=10.2.1.0/24
	    dpdaction=restart
END
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"
capture_start wire G1 eth0 outbound net 10.0.0.0/8
for conn in east-west second; do
	ipsec_in G1 up $conn || fail "ipsec up $conn ended with $?"
done
ping_ok A 10.2.0.2 2
ping_ok A 10.2.1.2 2

note "the peer dies"
on_bg A ping -q -n -i 0.1 -W 1 10.2.0.2 >"$TMP/stream"
stream=$!
died=${EPOCHREALTIME/./}
peer_dies
wait_for 20 "its death" no_tunnel
figure N14/noticed/klips $(((${EPOCHREALTIME/./} - died) / 1000)) ms
# What it sent last is held; more of it would push out what comes now.
kill -INT $stream
wait $stream || true
assert_match "eroutes" '10\.2\.0\.0/24 *=> %trap' "$(ipsec_in G1 eroute)"
assert_match "eroutes" '10\.2\.1\.0/24 *=> %trap' "$(ipsec_in G1 eroute)"
strongswan_start G2 "$TMP/G2"
note "it is back"
for n in 0 1; do
	on_bg A ping -q -n -c 4 -i 0.2 -W 60 10.2.$n.2 >"$TMP/ping.$n"
done
pause 1
g2 nft delete table inet dead
wait_for 60 "the tunnels" state_is established
for n in 0 1; do
	wait_for 60 "what was held for 10.2.$n.2" answered $n
done
ping_ok A 10.2.0.2 2
ping_ok B 10.1.0.2 2
for conn in east-west second; do
	ipsec_in G1 down $conn || fail "ipsec down $conn ended with $?"
done
wait_for 10 "nothing left on G1" nothing_left G1
capture_stop wire
clear=$(capture_count wire 'net 10.0.0.0/8')
figure N14/held-and-arrived/klips 8 of-8
figure N14/clear-frames/klips "$clear" frames
assert_eq "packets in the clear" 0 "$clear"
