# SPDX-License-Identifier: GPL-2.0
# limit: 100
# MOBIKE (RFC 4555), the other way: strongSwan began the tunnel and gets another address under ping. klips asks whether it
# is there, and follows: the same SPIs, nothing in the clear. What rekeyings make afterwards is there, too.
#
#	A ---- G1 strongSwan, XFRM  192.0.2.1, then .77 ========= 192.0.2.2  pluto, klips G2 ---- B
. "$LAB/nat.sh"

nat_conf G2 leftid=@east rightid=@west mobike=yes
sed -i -e 's/right=%any$/right=192.0.2.1/' -e "s|^    protostack=.*|&\n    logfile=$TMP/pluto.log|" "$TMP/G2.conf"
nat_swan G1 192.0.2.1,192.0.2.77 192.0.2.2
strongswan_start G1 "$TMP/G1"
pluto_start G2 "$TMP/G2.conf" "$TMP/G2.secrets"
capture_start wire G2 eth0 outbound

names()
{
	ipsec_in G2 spi | grep -o '^esp0x[^ ]*' | sort
}

# at ADDRESS: klips sends there.
at()
{
	ipsec_in G2 spi --json | jq -e --arg at "$1" '[.. | objects | select(.wire_dst? == $at or .src? == $at)] | length > 0' >/dev/null ||
		{ ipsec_in G2 spi; return 1; }
}

swanctl_in G1 --initiate --child east-west >"$TMP/up" || fail "swanctl --initiate: $(<"$TMP/up")"
tunnel_works
before=$(names)
on_bg A ping -n -i 0.2 -W 1 10.2.0.2 >"$TMP/stream"
stream=$!
on G1 sysctl -q net.ipv4.conf.eth0.promote_secondaries=1
ip -n G1 -batch - <<-END
	addr add 192.0.2.77/24 dev eth0
	addr del 192.0.2.1/24 dev eth0
	route replace default via 192.0.2.2
END
wait_for 20 "klips follows" at 192.0.2.77
ping_ok B 10.1.0.2 2
ping_ok A 10.2.0.2 2
assert_eq "the names of the SAs" "$before" "$(names)"
kill -INT $stream
wait $stream || true
note "$(tail -n 2 "$TMP/stream")"

ipsec_in G2 auto --rekey-child east-west || fail "rekeying ended with $?"
wait_for 20 "other SAs" eval '[ "$(names)" != "$before" ]'
tunnel_works
ipsec_in G2 auto --down east-west || fail "auto --down ended with $?"
wait_for 10 "nothing left on G2" nothing_left G2
wait_for 10 "no XFRM state left on G1" no_xfrm_state G1
capture_stop wire
assert_eq "in the clear" 0 "$(capture_count wire net 10.0.0.0/8)"
