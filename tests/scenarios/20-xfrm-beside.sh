# SPDX-License-Identifier: GPL-2.0
# limit: 90
# module: no
# XFRM on the same gateway, in the same namespace, between the same two peers: its SAs (10.11.0.0/24 to 10.12.0.0/24) lose
# no packet while klips is loaded, used (10.1.0.0/24 to 10.2.0.0/24) and unloaded. An SPI of nobody is not answered.
. "$LAB/manual.sh"

xfrm_key_out=0x2122232425262728292a2b2c2d2e2f3031323334
xfrm_key_in=0x3132333435363738393a3b3c3d3e3f4041424344

# stranger COUNT: so many ESP packets to G1 with an SPI of nobody, and three without a whole ESP header.
stranger()
{
	{
		for ((i = 1; i <= $1; i++)); do
			echo "seq=$i inner=10.2.0.2,10.1.0.2"
		done
		echo "seq=1 cut=0"
		echo "seq=1 cut=4"
		echo "seq=1 cut=7"
	} | on G2 esp 192.0.2.2 192.0.2.1 0x7777 $MANUAL_KEY_IN
}

# Who has no SA does not say so, whether esp4 is loaded or not. (No capture of this scenario sees the steady pings, which come
# out of XFRM by eth0, too: it would never be done.)
silent_on_strangers()
{
	capture_start $1-wire G1 eth0 "not (proto 50 or net 10.0.0.0/8) or ip[2:2] < 28 or ip[20:4] = 0x7777"
	capture_start $1-lan G1 lan0 udp
	stranger 5
	counts "$1: unknown SPIs" ${2:-5} device_counter .rx.drops.unknown_spi
	counts "$1: too short for an SPI" ${3:-3} device_counter .rx.drops.truncated
	capture_stop $1-wire
	capture_stop $1-lan
	assert_eq "$1: ESP that came" 8 "$(capture_count $1-wire 'ip proto 50 and (ip[2:2] < 28 or ip[20:4] = 0x7777)')"
	assert_eq "$1: ICMP answers" 0 "$(capture_count $1-wire icmp and src host 192.0.2.1)"
	assert_eq "$1: packets forwarded" 0 "$(capture_count $1-lan 'host 10.1.0.2 and udp')"
}

xfrm_up()
{
	ip -n G1 addr add 10.11.0.1/24 dev lan0
	ip -n A addr add 10.11.0.2/24 dev a0
	ip -n G2 addr add 10.12.0.1/24 dev lan0
	ip -n B addr add 10.12.0.2/24 dev b0
	for host in G1 G2; do
		manual_xfrm_sa $host 192.0.2.1 192.0.2.2 0x2001 $xfrm_key_out 2
		manual_xfrm_sa $host 192.0.2.2 192.0.2.1 0x2002 $xfrm_key_in 2
	done
	manual_xfrm_policies G1 192.0.2.1 192.0.2.2 10.11.0.0/24 10.12.0.0/24 2
	manual_xfrm_policies G2 192.0.2.2 192.0.2.1 10.12.0.0/24 10.11.0.0/24 2
}

# Nothing in this machine uses it, unless a scenario before has left something behind.
modprobe -r esp4 || true
[ ! -d /sys/module/esp4 ] || fail "esp4 cannot be unloaded: $(cat /sys/module/esp4/refcnt) users"
module_load
manual_klips
silent_on_strangers without-esp4
ipsec_in G1 tncfg --delete ipsec0
ipsec_in G1 spi --clear
ipsec_in G1 eroute --clear
rmmod klips

xfrm_up
note "XFRM alone"
ping_ok A 10.12.0.2 1 -I 10.11.0.2
on_bg A ping -n -i 0.02 -I 10.11.0.2 10.12.0.2 >"$TMP/steady"
steady=$!
module_load
note "klips is loaded"
manual_klips
manual_peer
ping_ok A 10.2.0.2 3
silent_on_strangers with-esp4
note "both at once"
capture_start both G1 eth0 outbound greater 500 or net 10.0.0.0/8
on_bg B tcp receive 6001 >"$TMP/by-xfrm"
receiver=$!
wait_for 10 "receiver on B" listening B tcp 6001
# The source address chooses the stack.
ip -n A route add 10.12.0.0/24 via 10.1.0.1 src 10.11.0.2
on_bg A tcp send 10.12.0.2 6001 300000
transfer A B 10.2.0.2 300000
transfer B A 10.1.0.2 300000
wait $receiver
assert_eq "through XFRM meanwhile" "received 300000 bytes" "$(<"$TMP/by-xfrm")"
capture_stop both
assert_eq "cleartext on the wire" 0 "$(capture_count both net 10.0.0.0/8)"
for spi in 0x1001 0x2001; do
	[ "$(capture_count both "ip proto 50 and ip[20:4] = $spi")" -gt 100 ] || fail "hardly any packet with SPI $spi"
done
assert_eq "what XFRM threw away" "" "$(g1 grep -E '^Xfrm(In|Out).*[1-9]$' /proc/net/xfrm_stat | grep -vE 'NoStates|HdrError')"
rmmod klips
note "klips is unloaded"
ping_ok A 10.12.0.2 5 -I 10.11.0.2
transfer A B 10.12.0.2 100000
kill -INT $steady
wait $steady || true
note "$(grep transmitted "$TMP/steady")"
assert_eq "round trips through XFRM that were lost, from first to last" 0 "$(pings_lost "$TMP/steady")"
sent=$(sed -n 's/ packets transmitted.*//p' "$TMP/steady")
[ "$sent" -gt 100 ] || fail "only $sent round trips"
