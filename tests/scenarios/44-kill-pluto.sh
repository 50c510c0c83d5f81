# SPDX-License-Identifier: GPL-2.0
# limit: 300
# pluto is killed (-9), and started again: its SAs and eroutes go on carrying traffic, the new pluto adopts them and flushes
# nothing, and takes over from them with new ones. First once, with auto=add, auto=route, a peer that does not answer and a
# lifetime that ends; then at random moments, in the midst of negotiations too, with auto=start: nothing in the clear,
# everything works again within 10 s.
# SOAK=1: 100 moments with a klips at the other end and 20 with strongSwan, else 3 with klips. SEED=N repeats a run.
# 44-kill-pluto-natt does it with NAT-T, 44-kill-pluto-peer with a peer that has given up meanwhile.
#
#	A 10.1.0.2 -- G1 pluto, killed === G2 pluto, or strongSwan -- B 10.2.0.2
. "$LAB/ike.sh"
. "$LAB/killed.sh"

RANDOM=${SEED:=$((${EPOCHREALTIME/./} % 32768))}
note "SEED=$SEED"

# conf LINE...: G1's east-west with these lines.
conf()
{
	klips_conf G1 "$@"
	on G1 install -m 644 "$TMP/G1.conf" /etc/ipsec.conf
}

conf auto=add
klips_conf G2
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"
pluto_start G2 "$TMP/G2.conf" "$TMP/G2.secrets"
capture_start wire G1 eth0 net 10.0.0.0/8
ipsec_in G1 up east-west >/dev/null || fail "ipsec up ended with $?"
pings

note "auto=add: adopted, and stays"
both_ways "up"
a=$(answered "$TMP/a.ping")
b=$(answered "$TMP/b.ping")
out=$(saids out) in=$(saids in) said=$(eroute_said)
pluto_killed
both_ways "with pluto dead"
start
assert_eq "outbound SAs" "$out" "$(saids out)"
assert_eq "inbound SAs" "$in" "$(saids in)"
assert_eq "eroute" "$said" "$(eroute_said)"
text=$(ipsec_in G1 status east-west)
assert_match "status" '; erouted; eroute owner: #0' "$text"
assert_match "status" "adopted from an earlier pluto: ${out/0x/.} ${in/0x/.}" "$text"
text=$(ipsec_in G1 status --json | jq -r '.conns[0].adopted | "\(.spi_out) \(.spi_in)"')
assert_eq "adopted, in JSON" "$(($(spi_of "$out"))) $(($(spi_of "$in")))" "$((${text% *})) $((${text#* }))"
assert_match "ipsec setup status" '1 tunnel up' "$(ipsec_in G1 setup status)"
both_ways "adopted"
assert_eq "lost by A" "" "$(unbroken "$TMP/a.ping" $a)"
assert_eq "lost by B" "" "$(unbroken "$TMP/b.ping" $b)"

note "up: new ones take over"
ipsec_in G1 up east-west >/dev/null || fail "ipsec up over adopted SAs ended with $?"
is_routing erouted || fail "up, and not erouted"
[ "$(eroute_said)" != "$said" ] || fail "the eroute is still that of the old SA"
assert_no_match "status" 'adopted' "$(ipsec_in G1 status east-west)"
both_ways "taken over"

note "a start that fails leaves them alone; down ends what was adopted"
pluto_killed
said=$(eroute_said)
sed 's/ipsec0=eth0/ipsec0=nosuch0/' "$TMP/G1.conf" >"$TMP/wrong.conf"
on G1 install -m 644 "$TMP/wrong.conf" /etc/ipsec.conf
assert_fails "a start without the device" ipsec_in G1 setup start
assert_eq "eroute" "$said" "$(eroute_said)"
both_ways "without pluto"
on G1 install -m 644 "$TMP/G1.conf" /etc/ipsec.conf
start
ipsec_in G1 down east-west >/dev/null || fail "ipsec down ended with $?"
assert_eq "SAs" "" "$(ipsec_in G1 spi)"
assert_eq "eroutes" "" "$(ipsec_in G1 eroute)"
ipsec_in G1 up east-west >/dev/null || fail "ipsec up ended with $?"

note "auto=route: new ones take over at once"
pluto_killed
conf auto=route
a=$(answered "$TMP/a.ping")
said=$(eroute_said)
start
wait_for $LIMIT "new SAs" renewed "$said"
assert_no_match "status" 'adopted' "$(ipsec_in G1 status east-west)"
both_ways "taken over, routed"
# The peer forgets the old ones before we hear of the new.
[ "$(lost "$TMP/a.ping" $a)" -le $((LIMIT * 2)) ] || fail "lost by A: $(lost "$TMP/a.ping" $a) pings"

note "auto=route, and the peer does not answer: the trap lies below, and is back when the lifetime ends"
pluto_killed
g2_pluto=$(on G2 cat /run/pluto/pluto.pid)
kill -STOP $g2_pluto
start
said=$(eroute_said)
assert_match "eroute" '^esp0x' "$said"
assert_fails "unroute" ipsec_in G1 unroute east-west
assert_match "unroute" 'its tunnel uses the route' "$OUTPUT"
both_ways "adopted, routed"
assert_match "status" 'adopted' "$(ipsec_in G1 status east-west)"
kill $PINGS
ipsec_in G1 spi --update "--said=$said" --src 192.0.2.1 --life hard-addtime=1 || fail "cannot shorten the lifetime"
wait_for 10 "the trap" equals %trap eroute_said
is_routing "prospective erouted" || fail "the trap is there, and the conn is $(is_routing x)"
kill -CONT $g2_pluto
wait_for $LIMIT "a packet brings it up" on A ping -n -c 1 -W 1 10.2.0.2
is_routing erouted || fail "a packet did not bring it up"

note "a conn that is not there any more: its SAs go"
pluto_killed
sed -i 's/^conn east-west/conn west-east/; s/^    rightsubnet=.*/    rightsubnet=10.3.0.0\/24/' "$TMP/G1.conf"
on G1 install -m 644 "$TMP/G1.conf" /etc/ipsec.conf
start
assert_eq "SAs" "" "$(ipsec_in G1 spi)"
assert_match "eroutes" '10\.3\.0\.0/24 +=> %trap' "$(ipsec_in G1 eroute)"
assert_no_match "eroutes" '10\.2\.0\.0' "$(ipsec_in G1 eroute)"
assert_no_match "routes" '10\.2\.0\.0' "$(g1 ip route)"

# moments COUNT PEER: it is killed so often.
slowest=0
moments()
{
	local i gone ms old before ready

	for ((i = 1; i <= $1; i++)); do
		pause $((RANDOM % 2)).$((RANDOM % 900 + 100))
		pluto_killed
		pause 0.$((RANDOM % 300 + 100))
		old=$(eroute_said)
		before=$(saids in)
		start
		ready=${EPOCHREALTIME/./}
		gone=$(join -v 1 <(echo "$before") <(saids in))
		[ -z "$gone" ] || fail "moment $i: pluto flushed $gone"
		wait_for $LIMIT "moment $i: new SAs" renewed "$old"
		both_ways "moment $i"
		ms=$(((${EPOCHREALTIME/./} - ready) / 1000))
		note "moment $i of $1 with $2: back after $ms ms"
		[ $ms -le $slowest ] || slowest=$ms
	done
}

note "random moments"
ipsec_in G1 setup stop
conf auto=start
start
wait_for $LIMIT "up" is_routing erouted
pings
moments $([ -n "${SOAK:-}" ] && echo 100 || echo 3) klips
kill $PINGS
capture_stop wire
assert_eq "packets in the clear" 0 "$(capture_count wire)"
if [ -n "${SOAK:-}" ]; then
	ipsec_in G1 setup stop
	ipsec_in G2 setup stop
	swan_conf G2
	strongswan_start G2 "$TMP/G2"
	start
	wait_for $LIMIT "up" is_routing erouted
	capture_start swan G1 eth0 src net 10.1.0.0/24
	pings
	moments 20 strongSwan
	kill $PINGS
	capture_stop swan
	assert_eq "packets in the clear, with strongSwan" 0 "$(capture_count swan)"
fi
figure kill-pluto/slowest $slowest ms
[ $slowest -le $((LIMIT * 1000)) ] || fail "it took $slowest ms until everything worked again"
