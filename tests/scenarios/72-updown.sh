# SPDX-License-Identifier: GPL-2.0
# limit: 120
# leftupdown=: its program is called when a tunnel comes and goes, is told what KLIPS' was told, and one that hangs
# or fails keeps nobody.
. "$LAB/ike.sh"

cat >"$TMP/updown" <<END
#!/bin/sh
echo "\$PLUTO_VERB \$PLUTO_CONNECTION \$PLUTO_ME \$PLUTO_MY_CLIENT \$PLUTO_PEER \$PLUTO_PEER_ID \$PLUTO_PEER_CLIENT \$PLUTO_INTERFACE" >>"$TMP/calls"
ip -o route get 10.2.0.2 >>"$TMP/routes.\$PLUTO_VERB" 2>&1
echo "hello from \$PLUTO_VERB"
[ "\$PLUTO_VERB" != down-client ] || exit 3
END
chmod 755 "$TMP/updown"

calls()
{
	sed 's/ .*//' "$TMP/calls" 2>/dev/null | tr '\n' ' '
}

said()
{
	[ "$(calls)" = "$1 " ] || { echo "called: $(calls)"; return 1; }
}

klips_conf G1 "leftupdown=$TMP/updown" "rightid=192.0.2.2"
swan_conf G2
strongswan_start G2 "$TMP/G2"
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"

ipsec_in G1 auto --up east-west || fail "auto --up ended with $?"
wait_for 10 "the calls of up" said "prepare-client route-client up-client"
assert_eq "what it was told" "up-client east-west 192.0.2.1 10.1.0.0/24 192.0.2.2 192.0.2.2 10.2.0.0/24 ipsec0" "$(tail -n 1 "$TMP/calls")"
assert_match "the route when it is up" ' dev ipsec0 ' "$(<"$TMP/routes.up-client")"

note "rekeying is none of its business"
ipsec_in G1 rekey-child east-west
ping_ok A 10.2.0.2 3
said "prepare-client route-client up-client" || fail "called by a rekeying: $(calls)"

ipsec_in G1 auto --down east-west
wait_for 10 "the calls of down" said "prepare-client route-client up-client down-client unroute-client"

note "routed: the first packet brings it up"
rm -f "$TMP/calls"
ipsec_in G1 auto --route east-west
wait_for 10 "the calls of route" said "prepare-client route-client"
ping_ok A 10.2.0.2 2
wait_for 10 "the call of up" said "prepare-client route-client up-client"

note "one that hangs"
printf '#!/bin/sh\nsleep 1000\n' >"$TMP/updown.new"
chmod 755 "$TMP/updown.new"
mv "$TMP/updown.new" "$TMP/updown"
before=$SECONDS
ipsec_in G1 auto --down east-west
ipsec_in G1 auto --up east-west || fail "auto --up ended with $? behind a program that hangs"
[ $((SECONDS - before)) -lt 25 ] || fail "down and up took $((SECONDS - before)) s"
tunnel_works
ipsec_in G1 setup stop || fail "ipsec setup stop ended with $?"
[ -z "$(pgrep -f "$TMP/updown")" ] || fail "it lives after the stop: $(pgrep -af "$TMP/updown")"
