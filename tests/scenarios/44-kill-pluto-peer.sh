# SPDX-License-Identifier: GPL-2.0
# limit: 150
# pluto is killed (-9), and its peer gives up meanwhile: what it has adopted when it is started again leads nowhere. With
# auto=add it sees that nothing comes back, and asks for new SAs; when nobody answers, dpdaction= is done. Nothing in the clear.
#
#	A 10.1.0.2 -- G1 pluto, killed === G2 pluto, started anew -- B 10.2.0.2
. "$LAB/ike.sh"
. "$LAB/killed.sh"

# begin LINE...: G1's conn has these, it is up, A pings, and pluto is killed.
begin()
{
	klips_conf G1 failclosed=yes dpddelay=2 dpdtimeout=6 "$@"
	pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets" >/dev/null
	ipsec_in G1 up east-west >/dev/null || fail "ipsec up ended with $?"
	on_bg A ping -n -i 0.05 10.2.0.2 >"$TMP/a.ping" 2>&1
	PINGS=$!
	wait_for $LIMIT "answers" above 3 answered "$TMP/a.ping"
	pluto_killed
}

answers()
{
	wait_for $LIMIT "answers, $1" above $(($(answered "$TMP/a.ping") + 3)) answered "$TMP/a.ping"
}

klips_conf G2
pluto_start G2 "$TMP/G2.conf" "$TMP/G2.secrets"
capture_start wire G1 eth0 net 10.0.0.0/8

note "it began anew: asked, and there are new ones"
begin
ipsec_in G2 setup stop
ipsec_in G2 setup start
said=$(eroute_said)
start
assert_eq "eroute" "$said" "$(eroute_said)"
wait_for $((LIMIT + 5)) "new SAs" renewed "$said"
answers "new SAs"
assert_no_match "status" 'adopted' "$(ipsec_in G1 status east-west)"
kill $PINGS
ipsec_in G1 setup stop

note "dpdaction=clear, and it is gone"
begin dpdaction=clear
ipsec_in G2 setup stop
start
is_routing erouted || fail "not adopted"
wait_for $((LIMIT + 15)) "nothing left" nothing_left G1
kill $PINGS
ipsec_in G2 setup start
ipsec_in G1 setup stop

# trapped ACTION WHAT ANSWERS: the trap is back, and later the tunnel.
trapped()
{
	begin dpdaction=$1
	ipsec_in G2 setup stop
	start
	wait_for $((LIMIT + 15)) "the trap" equals %trap eroute_said
	ipsec_in G2 setup start
	wait_for $((2 * LIMIT)) "$2" is_routing erouted
	answers "$3"
	kill $PINGS
}

note "dpdaction=hold: the trap is back, and a packet brings it up"
trapped hold "a packet brings it up" "after the trap"
ipsec_in G1 setup stop

note "dpdaction=restart"
trapped restart "it comes up again" "after that"
capture_stop wire
assert_eq "packets in the clear" 0 "$(capture_count wire)"
