# SPDX-License-Identifier: GPL-2.0
# limit: 150
# N5, what comes in pieces when there is no tunnel yet, much too late, or to a guarded gateway: under a %trap with ports a datagram, and an
# ICMP echo, is held whole and arrives once after the answer; fragments that come 30 s late, with 1,000 other datagrams between
# them, go nowhere; of those that come in the clear from outside none is forwarded. XFRM forwards them all.
# SOAK=1: with the times as they come; else with a third of each.
. "$LAB/dual.sh"
. "$LAB/pieces.sh"

if [ -n "${SOAK:-}" ]; then
	seconds=10 late=30000
else
	seconds=3 late=10000
fi

# traps TARGET: what goes to port 7000 of udp, and icmp, meets it.
traps()
{
	local said=$1

	ipsec_in G1 --batch - <<-END
		eroute --replace --src 10.1.0.0/24 --dst 10.2.0.0/24 --said $said --transport-proto udp --dst-port 7000
		eroute --replace --src fd01::/64 --dst fd02::/64 --said $said --transport-proto udp --dst-port 7000
		eroute --replace --src 10.1.0.0/24 --dst 10.2.0.0/24 --said $said --transport-proto icmp
	END
}

# one_hold PROTO: there is one, of one packet, and it asked once, and said for what.
one_hold()
{
	counts "$1: packets held" 1 device_counter .tx.held
	assert_eq "$1: holds" 1 "$(ipsec_in G1 eroute --holds --json | jq '.holds | length')"
	wait_for 5 "$1: the ACQUIRE" grep -qE -- "$2" "$TMP/acquires"
	assert_eq "$1: ACQUIREs" 1 "$(grep -E -- "$2" "$TMP/acquires" | cut -d' ' -f1 | sort -u | wc -l)"
}

dual_addresses
klips_port G1 0x1001 $MANUAL_KEY_OUT 0x1002 $MANUAL_KEY_IN 192.0.2.1 192.0.2.2 10.1.0.0/24 10.2.0.0/24 fd01::/64 fd02::/64 dst src
klips_port G2 0x1002 $MANUAL_KEY_IN 0x1001 $MANUAL_KEY_OUT 192.0.2.2 192.0.2.1 10.2.0.0/24 10.1.0.0/24 fd02::/64 fd01::/64 src dst
udp_sink B 7000 "$TMP/sink"
SEEN=0
BEFORE='{}'
ping_ok A 10.2.0.2 1
wait_for 20 "the way by IPv6" eval 'udp_send A fd02::2 7000 -s 1 >/dev/null; file_says "$TMP/sink" "^1 fd01"'
SEEN=$(lines "$TMP/sink")
BEFORE=$(device_counter .tx.drops)
on_bg G1 acquire listen >"$TMP/acquires"
wait_for 60 "the listener" file_says "$TMP/acquires" listening
capture_start klips G1 eth0

# The first datagram of all: forwarded, by IPv6, from the gateway itself; and an echo.
for case in "A 10.1.0.2 10.2.0.2 4000" "A fd01::2 fd02::2 3999" "G1 10.1.0.1 10.2.0.2 3998"; do
	read -r host from to bytes <<<"$case"
	traps %trap
	udp_send $host $to 7000 -s $bytes >/dev/null
	one_hold "$case" " $from/[0-9]+ $to/[0-9]+ 17 [0-9]+ 7000 "
	traps esp0x1001@192.0.2.2
	expect "after the answer, $case" 1x$bytes
done
traps %trap
on_bg A ping -c 1 -s 4000 -W 60 10.2.0.2 >"$TMP/ping"
one_hold "an echo" ' 10.2.0.2/32 1 8 0 '
traps esp0x1001@192.0.2.2
wait_for 10 "the echo is answered" file_says "$TMP/ping" '1 received'
# In every order, all of one flow, as many as fit.
on G1 sysctl -qw net.klips.hold_packets=64 net.klips.hold_bytes=1048576
traps %trap
orders | frags 10.1.0.2 10.2.0.2
counts "held in every order" 24 device_counter .tx.held
traps esp0x1001@192.0.2.2
expect "in every order, after the answer" "$(sizes 8)"
dropped "nothing is lost" ""
note "first datagrams"

# Late.
echo $seconds >/sys/module/klips/parameters/frag_seconds
frags 10.1.0.2 10.2.0.2 <<-END
	id=2000 len=2108 0-1000
	$(for ((i = 1; i <= 20; i++)); do echo "id=$((i * 50)) times=50 len=608 0-304 304-608"; done)
	wait=$late id=2000 len=2108 1000-2108
END
expect "1,000 others, and nothing of the late one" 1000x600
wait_for $((seconds * 3 + 5)) "nothing waits" equals 0 waiting
dropped "both parts of the late one" frag_timeout=2
echo 10 >/sys/module/klips/parameters/frag_seconds
capture_stop klips
assert_eq "cleartext frames with klips" 0 "$(clear_frames klips)"
assert_eq "cleartext ICMP with klips" 0 "$(capture_count klips 'icmp or (icmp6 and ip6[40] < 128)')"
figure N5/first-datagram-arrived/klips 4 of-4
note "late"

# From outside, in the clear: G2 and B know of no tunnel. All but port 7000 may pass.
no_klips G2
ipsec_in G1 eroute --clear
ipsec_in G1 --batch - <<-END
	eroute --add --src 10.1.0.0/24 --dst 10.2.0.0/24 --said %pass
	eroute --add --src fd01::/64 --dst fd02::/64 --said %pass
	eroute --add --src 10.1.0.0/24 --dst 10.2.0.0/24 --said esp0x1001@192.0.2.2 --transport-proto udp --src-port 7000
	eroute --add --src fd01::/64 --dst fd02::/64 --said esp0x1001@192.0.2.2 --transport-proto udp --src-port 7000
END
wait_for 10 "the way in, where it may be" on B ping -q -n -c 1 -W 1 10.1.0.2
wait_for 10 "the way in, where it may be" on B ping -q -n -c 1 -W 1 fd01::2
udp_sink A 7001 "$TMP/other"

# intruders: to port 7000, in pieces of all kinds, from B; how many fragments that were.
intruders()
{
	{
		orders
		printf '%s\n' "len=3001 0-1000 1000-2000 0-1000 1000-2000 2000-3001" "len=3002 0-1000 992-2000" "len=3009 0-8" \
			"len=3010 8-1000" "len=3003 0-1000 0-1008@7001" "len=3004 0-1000@7001 0-992 1000-2000 2000-3004" \
			"len=3013 0-1000 1000-2000" "len=3014 1000-2000 2000-3014" "times=100 len=2008 0-1000 1000-2008"
	} | on B frags 10.2.0.2 10.1.0.2
	orders ext=3 | on B frags fd02::2 fd01::2
}

# forwarded CAPTURE: frames of UDP, but the ones to another port.
forwarded()
{
	capture_count $1 'not (udp and dst port 7001)'
}

from_b='(src host 10.2.0.2 and not icmp) or (src host fd02::2 and not icmp6)'
capture_start guarded A a0 inbound "$from_b"
intruders >"$TMP/intruders"
udp_send B 10.1.0.2 7000 -c 3 -s 1000 >/dev/null
udp_send B 10.1.0.2 7001 -c 3 -s 1000 >/dev/null
wait_for 10 "whole ones to another port" equals 3 lines "$TMP/other"
capture_stop guarded
note "$(tr '\n' ' ' <"$TMP/intruders")"
assert_eq "forwarded to port 7000, with the guard" 0 "$(forwarded guarded)"
above 200 device_counter '[.rx.drops[]] | add' >/dev/null || fail "the guard dropped hardly any: the test tests little"
# 24 orders, one with repetitions, 100 at once, and 3 that were never cut: judged as whole ones.
assert_eq "whole ones for port 7000" 128 "$(device_counter .rx.drops.clear)"

# Where connections are tracked the guard sees whole packets.
modprobe -q nf_conntrack
g1 nft 'table inet tracked { chain in { type filter hook forward priority 0; ct state new accept; }; }'
capture_start tracked A a0 inbound "$from_b"
intruders >/dev/null
frags_from_b="port=7001 len=4008 0-1000 1000-2000 2000-3000 3000-4008"
on B frags 10.2.0.2 10.1.0.2 <<<"$frags_from_b" >/dev/null
wait_for 10 "pieces to another port" eval 'grep -q "^4000 " "$TMP/other"'
capture_stop tracked
g1 nft delete table inet tracked
# Ports show in a first fragment alone. Later ones are those of the datagram above, and of one to port 7001 that conntrack
# takes for whole, as a repeated piece may be shorter.
assert_eq "to port 7000, first fragments, with the guard and tracking" 0 "$(capture_count tracked 'udp and dst port 7000')"
assert_eq "later fragments, of what may come in" 5 "$(capture_count tracked 'ip[6:2] & 0x1fff != 0')"
assert_eq "to port 7000, IPv6" 0 "$(capture_count tracked ip6)"
figure N5/forwarded/klips $(($(forwarded guarded) + $(capture_count tracked 'udp and dst port 7000'))) frames
note "the guard"

# XFRM with the same policy: no port, no policy.
no_klips G1
xfrm_port G1 192.0.2.1 192.0.2.2 10.1.0.0/24 10.2.0.0/24 sport dport
capture_start xfrm A a0 inbound "$from_b"
udp_send B 10.1.0.2 7000 -c 3 -s 1000 >/dev/null
udp_send B 10.1.0.2 7000 -c 20 -s 4000 -i 1000 >/dev/null
wait_for 10 "fragments forwarded by XFRM" eval '[ "$(capture_count xfrm)" -ge 40 ]'
capture_stop xfrm
figure N5/forwarded/xfrm "$(capture_count xfrm)" frames
