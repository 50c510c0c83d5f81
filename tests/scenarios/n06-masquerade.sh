# SPDX-License-Identifier: GPL-2.0
# limit: 120
# N6: "oifname eth0 masquerade" on the gateway leaves the tunnel alone, inside and outside, and is what %pass gets; source NAT
# into the tunnel is "oifname ipsec0". IPv4 and IPv6, with the rules that stand in the README. With XFRM and the same masquerade
# what should be encrypted leaves in the clear.
#
# To the addresses of dual.sh come 10.2.0.77 and fd02::77 of B, under %pass, and 10.5.0.2 and fd05::2 of A, which no eroute
# is for.
. "$LAB/dual.sh"

# peer_takes OUTER: G2 takes the far subnet's packets from this address of G1.
peer_takes()
{
	ip -n G2 xfrm policy update src 10.1.0.0/24 dst 10.2.0.0/24 dir fwd priority 1000 \
		tmpl src $1 dst 192.0.2.2 proto esp reqid 1 mode tunnel
}

# from ADDRESS: how many datagrams B has of it.
from()
{
	grep -cE "^[0-9]+ (::ffff:)?$1 " "$TMP/sink" || true
}

# tracked REGEX: how many connections of G1 look so.
tracked()
{
	on G1 grep -cE "$1" /proc/net/nf_conntrack || true
}

dual_up
modprobe -q nf_conntrack
udp_sink B 7000 "$TMP/sink"
ip -n B -batch - <<-END
	addr add 10.2.0.77/24 dev b0
	addr add fd02::77/64 dev b0 nodad
END
ip -n A -batch - <<-END
	addr add 10.5.0.2/24 dev a0
	addr add fd05::2/64 dev a0 nodad preferred_lft 0
END
ip -n G1 -batch - <<-END
	addr add 10.5.0.1/24 dev lan0
	addr add fd05::1/64 dev lan0 nodad
END
ipsec_in G1 eroute --add --src 10.1.0.0/24 --dst 10.2.0.77/32 --said %pass
ipsec_in G1 eroute --add --src fd01::/64 --dst fd02::77/128 --said %pass
sed -n '/^    table inet gateway {/,/^    }/p' "$REPO/README" >"$TMP/gateway.nft"
g1 nft -f "$TMP/gateway.nft"
capture_start wire G1 eth0

# The tunnel: through it, both ways, as if there were no rule.
for target in $DUAL_TARGETS; do
	ping_ok A $target 3
done
for target in 10.2.0.2 fd02::2; do
	udp_send A $target 7000 -c 5 -i 1000 -p 4000 >/dev/null
done
transfer A B 10.2.0.2 100000
transfer A B fd26::2 100000 5002
ping_ok B 10.1.0.2 3
transfer B A 10.1.0.2 1000 22
assert_fails "what no rule lets in from ipsec0" on B socat -u OPEN:/dev/null TCP4:10.1.0.2:23,connect-timeout=2
assert_match "what no rule lets in from ipsec0" 'timed out' "$OUTPUT"
counts "datagrams through the tunnel, as A sent them" "5 5" eval 'echo "$(from 10.1.0.2) $(from fd01::2)"'
assert_eq "the tunnel, as the firewall sees it" 1 \
	"$(tracked 'udp .*src=10.1.0.2 dst=10.2.0.2 sport=4000 dport=7000 .*src=10.2.0.2 dst=10.1.0.2 sport=7000 dport=4000 ')"
assert_eq "ESP, as it sees it" 1 "$(tracked 'unknown *50 .*src=192.0.2.1 dst=192.0.2.2 .*src=192.0.2.2 dst=192.0.2.1 ')"
note "the tunnel"

# %pass: both ways, masqueraded; local ones too.
passed=$(device_counter .tx.passed)
for target in 10.2.0.77 fd02::77; do
	ping_ok A $target 3
	udp_send A $target 7000 -c 5 -i 1000 -p 4001 >/dev/null
done
transfer A B 10.2.0.77 100000 5003
counts "datagrams under %pass, as eth0 sent them" "5 5" eval 'echo "$(from 192.0.2.1) $(from 2001:db8::1)"'
assert_eq "%pass, as the firewall sees it" 1 \
	"$(tracked 'udp .*src=10.1.0.2 dst=10.2.0.77 sport=4001 dport=7000 .*src=10.2.0.77 dst=192.0.2.1 sport=7000 dport=4001 ')"
ping_ok G1 10.2.0.77 3
# Of TCP at least the handshake, one packet that may stand for many, and the end.
above $((passed + 2 * 3 + 2 * 5 + 3 + 3)) device_counter .tx.passed >/dev/null || fail "not all that passed is counted so"
assert_eq "drops" '{"tx":{},"rx":{}}' "$(device_counter '{tx: .tx.drops, rx: .rx.drops}')"
note "%pass"

# Source NAT into the tunnel.
g1 nft add rule inet gateway post oifname ipsec0 ip6 saddr fd05::/64 snat ip6 to fd01::1
ping_ok A 10.2.0.2 3 -I 10.5.0.2
ping_ok A fd02::2 3 -I fd05::2
echo "10.2.0.2 100 0 64 0" | on A udp shape -a 10.5.0.2 7000
counts "datagrams of another LAN, as ipsec0 sent them" 1 from 10.1.0.1
assert_eq "source NAT into the tunnel, as the firewall sees it" "1 1" \
	"$(tracked 'udp .*src=10.5.0.2 dst=10.2.0.2 sport=[0-9]+ dport=7000 .*src=10.2.0.2 dst=10.1.0.1 sport=7000 ') $(tracked 'icmp .*src=10.5.0.2 dst=10.2.0.2 .*src=10.2.0.2 dst=10.1.0.1 ')"
assert_eq "the same by IPv6" 1 "$(tracked 'icmpv6 .*src=fd05:[0:]*:0002 dst=fd02:[0:]*:0002 .*src=fd02:[0:]*:0002 dst=fd01:[0:]*:0001 ')"
assert_eq "connections without an answer from the tunnel" 0 "$(tracked 'icmp(v6)? .*UNREPLIED')"
capture_stop wire
clear=$(capture_count wire '(net 10.0.0.0/8 or net fd00::/8) and not host 10.2.0.77 and not host fd02::77')
figure N6/clear-frames/klips "$clear" frames
assert_eq "in the clear with klips" 0 "$clear"
assert_eq "%pass with an inside address" 0 "$(capture_count wire 'net 10.1.0.0/24 or net fd01::/64')"
assert_eq "outer packets of another source" 0 "$(capture_count wire 'esp and not host 192.0.2.1 and not host 2001:db8::1')"
note "into the tunnel"

# Outer packets from an address that is not the first of eth0 would be masqueraded; the mark tells them.
ip -n G1 addr add 192.0.2.11/24 dev eth0
on G2 ip xfrm state add src 192.0.2.11 dst 192.0.2.2 proto esp spi 0x3001 reqid 1 mode tunnel replay-window 32 \
	aead "rfc4106(gcm(aes))" $MANUAL_KEY_OUT 128
peer_takes 192.0.2.11
ipsec_in G1 spi --said esp0x3001@192.0.2.2 --src 192.0.2.11 --esp aes_gcm128 --enckey $MANUAL_KEY_OUT
ipsec_in G1 eroute --replace --src 10.1.0.0/24 --dst 10.2.0.0/24 --said esp0x3001@192.0.2.2
ipsec_in G1 tncfg --set ipsec0 --fwmark 0x10
capture_start second G1 eth0 outbound esp
udp_send A 10.2.0.2 7000 -c 5 -i 1000 -p 4002 >/dev/null
counts "datagrams by an SA from a second address" 10 from 10.1.0.2
capture_stop second
assert_eq "they had that address outside" 5 "$(capture_count second src 192.0.2.11)"
note "a second address"

# The same rule with XFRM.
peer_takes 192.0.2.1
ipsec_in G1 tncfg --delete ipsec0
ipsec_in G1 eroute --clear
ipsec_in G1 spi --clear
manual_xfrm_sa G1 192.0.2.2 192.0.2.1 0x1002 $MANUAL_KEY_IN
# One that counts from 1.
for host in G1 G2; do
	manual_xfrm_sa $host 192.0.2.1 192.0.2.2 0x4001 $MANUAL_KEY_OUT
done
manual_xfrm_policies G1 192.0.2.1 192.0.2.2 10.1.0.0/24 10.2.0.0/24
g1 nft flush ruleset
wait_for 10 "the tunnel with XFRM" on A ping -n -c 1 -W 1 10.2.0.2
g1 nft -f "$TMP/gateway.nft"
capture_start xfrm G1 eth0 outbound
udp_send A 10.2.0.2 7000 -c 10 -i 1000 -p 4003 >/dev/null
capture_stop xfrm
clear=$(capture_count xfrm 'net 10.0.0.0/8')
figure N6/clear-frames/xfrm "$clear" frames
[ "$clear" -ge 1 ] || fail "XFRM sent nothing in the clear: the test tests little"
