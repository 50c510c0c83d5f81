# SPDX-License-Identifier: GPL-2.0
# limit: 300
# Conns on demand: the first packets arrive, the trap is back when the tunnel goes, duplicate and unmatched ACQUIREs, every
# failureshunt=, negotiationshunt=, --unroute; conns that are shunts; exclude-lo; and a crash leaves nothing.
. "$LAB/ike.sh"

FLOW='10\.1\.0\.0/24 *-> 10\.2\.0\.0/24 *=>'

# routing WORDS: what "ipsec status" says that packets of east-west meet.
routing()
{
	local text

	text=$(ipsec_in G1 status east-west)
	[[ $text == *"; $1; eroute owner"* ]] || { echo "$text"; return 1; }
}

# eroute TARGET: that of east-west.
eroute()
{
	local text

	text=$(ipsec_in G1 eroute)
	grep -qE "$FLOW $1( |\$)" <<<"$text" || { echo "$text"; return 1; }
}

# acquires KIND: how many so far.
acquires()
{
	ipsec_in G1 status --json | jq ".acquires.$1"
}

acquires_at_least()
{
	[ "$(acquires "$1")" -ge "$2" ]
}

# conf [LINE...]: of G1, with what all parts have; the lines go into east-west.
conf()
{
	klips_conf G1 auto=route "$@"
	sed -i 's/^    protostack=.*/&\n    shuntlifetime=6s/' "$TMP/G1.conf"
	cat >>"$TMP/G1.conf" <<-END

		conn exclude-lo
		    authby=never
		    left=127.0.0.1
		    leftsubnet=127.0.0.0/8
		    right=127.0.0.2
		    rightsubnet=127.0.0.0/8
		    type=passthrough
		    auto=route
	END
}

# reload LINE...: east-west anew, routed, with these lines.
reload()
{
	conf "$@"
	on G1 install -m 644 "$TMP/G1.conf" /etc/ipsec.conf
	ipsec_in G1 replace east-west || fail "ipsec replace ($*) ended with $?"
	ipsec_in G1 route east-west || fail "ipsec route ($*) ended with $?"
	routing "prospective erouted" || fail "$*: not routed"
}

silence()
{
	g2 nft 'table inet silence { chain in { type filter hook input priority 0; udp dport { 500, 4500 } drop; }; }'
}

hear()
{
	g2 nft delete table inet silence
}

# ask: packets of A, of which none need be answered; $PING is what was said.
ask()
{
	PING=$(a ping -n -c "${1:-2}" -i 0.2 -W 1 10.2.0.2 2>&1) || true
}

conf
klips_conf G2
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"
pluto_start G2 "$TMP/G2.conf" "$TMP/G2.secrets"
capture_start wire G1 eth0

note "routed, and exclude-lo"
wait_for 5 "routed" routing "prospective erouted"
eroute %trap || fail "no trap"
assert_match "the route" '10\.2\.0\.0/24 dev ipsec0 proto 117' "$(g1 ip route)"
assert_match "exclude-lo" '"exclude-lo": 127\.0\.0\.0/8===127\.0\.0\.1\.\.\.127\.0\.0\.2===127\.0\.0\.0/8; loopback' "$(ipsec_in G1 status)"
assert_no_match "eroutes of the loopback" '127\.0' "$(ipsec_in G1 eroute)"
ping_ok G1 127.0.0.2 1

note "the first packets bring it up, and arrive"
ping_ok A 10.2.0.2 8
routing erouted || fail "up, and not erouted"
eroute 'esp0x[0-9a-f]+@192\.0\.2\.2' || fail "the tunnel has no eroute"
assert_eq "ACQUIREs that brought it up" 1 "$(acquires started)"
assert_eq "status --json" '"tunnel"' "$(ipsec_in G1 status --json | jq '.conns[] | select(.name == "east-west") | .routing')"
assert_fails "unroute of what is up" ipsec_in G1 unroute east-west
assert_match "unroute of what is up" 'cannot unroute' "$OUTPUT"

note "down: the trap is back, and the next packets bring it up again"
ipsec_in G1 down east-west || fail "ipsec down ended with $?"
eroute %trap || fail "no trap after down"
routing "prospective erouted" || fail "down, and not prospective"
wait_for 10 "nothing left on G2" nothing_left G2
ping_ok A 10.2.0.2 3
ipsec_in G2 down east-west || fail "ipsec down on G2 ended with $?"
wait_for 10 "the trap after the peer's down" eroute %trap
ping_ok A 10.2.0.2 3
assert_eq "ACQUIREs that brought it up" 3 "$(acquires started)"
ipsec_in G1 down east-west

note "a trap of no conn"
ipsec_in G1 eroute --add --src 10.1.0.0/24 --dst 10.3.0.0/24 --said %trap
g1 ip route add 10.3.0.0/24 dev ipsec0
a ping -q -n -c 1 -W 1 10.3.0.3 >/dev/null || true
wait_for 5 "unmatched ACQUIREs are counted" acquires_at_least unmatched 1
ipsec_in G1 eroute --del --src 10.1.0.0/24 --dst 10.3.0.0/24
g1 ip route del 10.3.0.0/24

note "a silent peer: one attempt, however many ask"
silence
reload negotiationshunt=hold keyingtries=1
before=$(acquires duplicate)
ask 1
a ping -q -n -c 1 -W 1 10.2.0.3 >/dev/null || true
routing "erouted HOLD" || fail "not held"
wait_for 5 "duplicate ACQUIREs are counted" acquires_at_least duplicate $((before + 1))
eroute %trap || fail "the trap does not stay while it negotiates"
hear
wait_for 20 "it comes up when the peer is heard" routing erouted
capture_stop wire
assert_eq "packets in the clear" 0 "$(capture_count wire 'net 10.0.0.0/8')"

note "negotiationshunt=passthrough"
silence
ipsec_in G1 down east-west
reload negotiationshunt=passthrough
capture_start negotiation G1 eth0 outbound icmp
ask
wait_for 5 "the shunt" routing "negotiation erouted"
eroute %pass || fail "no %pass while it negotiates"
ask
hear
wait_for 20 "it comes up when the peer is heard" routing erouted
capture_stop negotiation
[ "$(capture_count negotiation 'net 10.0.0.0/8')" -ge 2 ] || fail "nothing passed while it negotiated"

note "a wrong secret, and every failureshunt"
PSK="another secret" klips_conf G2
on G2 install -m 600 "$TMP/G2.secrets" /etc/ipsec.secrets
ipsec_in G2 rereadsecrets >/dev/null
capture_start failure G1 eth0 outbound icmp
reload failureshunt=none
ask
wait_for 5 "the trap after a failure" routing "prospective erouted"
eroute %trap || fail "no trap after a failure"
assert_match "drops" 'refused' "$(ipsec_in G1 drops)"
for shunt in drop reject; do
	reload failureshunt=$shunt
	ask
	wait_for 5 "$shunt: the shunt" routing "fail erouted"
	eroute %$shunt || fail "no %$shunt"
	ask
	[ $shunt != reject ] || assert_match "reject: what the sender is told" 'filtered|prohibited' "$PING"
	wait_for 12 "$shunt: it expires" routing "prospective erouted"
	eroute %trap || fail "$shunt: no trap afterwards"
done
capture_stop failure
assert_eq "packets in the clear" 0 "$(capture_count failure 'net 10.0.0.0/8')"
capture_start failure G1 eth0 outbound icmp
reload failureshunt=passthrough
ask
wait_for 5 "passthrough: the shunt" routing "fail erouted"
ask
capture_stop failure
[ "$(capture_count failure 'net 10.0.0.0/8')" -ge 2 ] || fail "failureshunt=passthrough lets nothing pass"
PSK= klips_conf G2
on G2 install -m 600 "$TMP/G2.secrets" /etc/ipsec.secrets
ipsec_in G2 rereadsecrets >/dev/null
ipsec_in G1 up east-west >/dev/null || fail "ipsec up over a failure shunt ended with $?"
routing erouted || fail "up, and the failure shunt stays"
tunnel_works

note "one protocol and port"
ipsec_in G1 down east-west
klips_conf G2 leftprotoport=tcp/5001 rightprotoport=tcp
on G2 install -m 644 "$TMP/G2.conf" /etc/ipsec.conf
ipsec_in G2 replace east-west || fail "ipsec replace on G2 ended with $?"
reload leftprotoport=tcp rightprotoport=tcp/5001
ping_fails A 10.2.0.2
transfer A B 10.2.0.2 1000 5001
assert_match "the tunnel's eroute" '10\.1\.0\.0/24.*-> 10\.2\.0\.0/24:5001 .*=> esp' "$(ipsec_in G1 eroute)"

note "unroute leaves nothing"
ipsec_in G1 down east-west
ipsec_in G1 unroute east-west || fail "ipsec unroute ended with $?"
routing unrouted || fail "not unrouted"
nothing_left G1 || fail "unroute leaves something"
assert_eq "routes into ipsec0" "" "$(g1 ip route show dev ipsec0)"
ipsec_in G2 setup stop

note "conns that are shunts"
sed -n '/^config/,/^$/p' "$TMP/G1.conf" >"$TMP/shunts.conf"
for type in passthrough drop reject; do
	cat >>"$TMP/shunts.conf" <<-END

		conn $type
		    left=192.0.2.1
		    leftsubnet=10.1.0.0/24
		    right=%any
		    rightsubnet=10.2.0.0/24
		    type=$type
		    authby=never
		    auto=add
	END
done
on G1 install -m 644 "$TMP/shunts.conf" /etc/ipsec.conf
ipsec_in G1 delete east-west
for type in passthrough drop reject; do
	ipsec_in G1 add $type || fail "ipsec add $type ended with $?"
	assert_fails "up of a shunt" ipsec_in G1 up $type
	assert_match "up of a shunt" 'cannot initiate a shunt' "$OUTPUT"
	ipsec_in G1 route $type || fail "ipsec route $type ended with $?"
	eroute %${type/passthrough/pass} || fail "$type: no eroute"
	ask
	case $type in
	passthrough) assert_match "passthrough" '2 received' "$PING" ;;
	drop) assert_match "drop" ' 0 received' "$PING" ;;
	reject) assert_match "reject" 'filtered|prohibited' "$PING" ;;
	esac
	[ $type = reject ] || ipsec_in G1 delete $type
done
ipsec_in G1 add drop
assert_fails "a second conn with the same eroute" ipsec_in G1 route drop
assert_match "a second conn with the same eroute" 'in use for conn "reject"' "$OUTPUT"

note "a pluto that crashed leaves no shunt of a conn that is gone"
on G1 sh -c 'kill -9 $(cat /run/pluto/pluto.pid)'
sed -i '/^conn/,$d' "$TMP/shunts.conf"
on G1 install -m 644 "$TMP/shunts.conf" /etc/ipsec.conf
ipsec_in G1 setup start || fail "start after a crash ended with $?"
nothing_left G1 || fail "an eroute is left of the pluto that crashed"
ipsec_in G1 setup stop
