# SPDX-License-Identifier: GPL-2.0
# limit: 150
# type=transport with strongSwan, for all that the two gateways say to each other and for udp alone: either side begins, both rekey,
# no packet has a header around it; a peer that agrees to a tunnel only is refused.
. "$LAB/ike.sh"

# conn NAME LINE...
conn()
{
	printf '\nconn %s\n    left=192.0.2.1\n    right=192.0.2.2\n    authby=secret\n    type=transport\n    keyingtries=1\n    auto=add\n' "$1"
	shift
	printf '    %s\n' "$@"
}

klips_conf G1
rm "$TMP/G1.conf"
{
	printf 'config setup\n    interfaces="ipsec0=eth0"\n    logfile=%s\n' "$TMP/pluto.log"
	conn all
	conn udp leftprotoport=udp rightprotoport=udp
} >"$TMP/G1.conf"

# swan MODE [SUFFIX]: what strongSwan has from now on.
swan()
{
	swan_conf G2
	sed -i "s|local_ts = .*|mode = $1\nlocal_ts = 192.0.2.2/32${2:-}|; s|remote_ts = .*|remote_ts = 192.0.2.1/32${2:-}|" "$TMP/G2/swanctl.conf"
}

for host in G1 G2; do
	on $host sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.eth0.rp_filter=0
done
swan transport
strongswan_start G2 "$TMP/G2"
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"

# check NAME: pings both ways, in frames of ESP of a size that only packets without a header around them have.
check()
{
	capture_start $1 G1 eth0 'proto 50 or icmp'
	on G1 ping -c 2 -i 0.2 -W 5 -s 100 192.0.2.2 >"$TMP/ping" || fail "$1: $(<"$TMP/ping")"
	on G2 ping -c 2 -i 0.2 -W 5 -s 100 192.0.2.1 >"$TMP/ping" || fail "$1, from the peer: $(<"$TMP/ping")"
	capture_stop $1
	assert_eq "$1: frames in the clear" 0 "$(capture_count $1 icmp)"
	# IP 20, ESP 8, IV 8, ICMP 108, padding and its two bytes 4, ICV 16; with CBC 172. A tunnel has 20 more.
	assert_eq "$1: frames of ESP of 172 bytes at most" "$(capture_count $1 'proto 50')" "$(capture_count $1 'proto 50 and ip[2:2] <= 172')"
	assert_match "$1: frames of ESP" '^[8-9]' "$(capture_count $1 'proto 50')"
}

note "we begin"
output=$(ipsec_in G1 auto --up all) || fail "auto --up ended with $?: $output"
check begin
ipsec_in G1 rekey-child all || fail "ipsec rekey-child ended with $?"
wait_for 20 "rekeyed by us" eval 'grep -q ": rekeyed: ESP" "$TMP/pluto.log"'
check rekeyed-by-us
swanctl_in G2 --rekey --child east-west >"$TMP/rekey" || fail "swanctl --rekey: $(<"$TMP/rekey")"
wait_for 20 "rekeyed by the peer" eval 'grep -q "rekeyed by the peer" "$TMP/pluto.log"'
check rekeyed-by-peer
ipsec_in G1 auto --down all
wait_for 10 "no XFRM state left on G2" no_xfrm_state G2

note "the peer begins"
swanctl_in G2 --initiate --child east-west --timeout 20 >"$TMP/swan" 2>&1 || fail "swanctl: $(tail -n 5 "$TMP/swan")"
check peer-begins
ipsec_in G1 auto --down all
wait_for 10 "no XFRM state left on G2" no_xfrm_state G2

note "udp alone"
swan transport '[udp]'
strongswan_load G2 "$TMP/G2"
output=$(ipsec_in G1 auto --up udp) || fail "udp: auto --up ended with $?: $output"
capture_start udp G1 eth0 'proto 50 or (udp and port 7000)'
udp_sink G2 7000 "$TMP/sink"
udp_send G1 192.0.2.2 7000 -c 3 -s 100 -i 1000
wait_for 5 "three datagrams" eval '[ "$(wc -l <"$TMP/sink")" = 3 ]'
capture_stop udp
assert_eq "udp: frames in the clear" 0 "$(capture_count udp 'udp and port 7000')"
ipsec_in G1 auto --down udp
wait_for 10 "no XFRM state left on G2" no_xfrm_state G2

note "the peer wants tunnels only"
swan tunnel
strongswan_load G2 "$TMP/G2"
output=$(ipsec_in G1 auto --up all 2>&1) && fail "it came up: $output"
assert_match "what is said" 'agrees to tunnel mode only' "$output"
wait_for 10 "nothing left on G2" peer_has_nothing G2
