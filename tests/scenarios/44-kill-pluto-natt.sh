# SPDX-License-Identifier: GPL-2.0
# limit: 200
# pluto is killed (-9) on either side of a NAT, and started again: ESP in UDP goes on, both ways, as its sockets live on; the
# new pluto takes them, adopts the SAs with their ports, and follows when the NAT gives out others, even while there was
# none. When IPsec is stopped nobody listens any more. lab/nat.sh has the picture.
. "$LAB/nat.sh"
. "$LAB/killed.sh"

# listening HOST: address, port and inode of IKE's sockets.
listening()
{
	on "$1" awk '$2 ~ /:(01F4|1194)$/ { print $2, $10 }' /proc/net/udp
}

silent()
{
	[ -z "$(listening "$1")" ]
}

# goes_to FROM: the port that G2's SA sends to is one of those from FROM on.
goes_to()
{
	local port

	port=$(ipsec_in G2 spi | sed -n 's/.* natsport=4500 natdport=\([0-9]*\) .*/\1/p')
	echo "$port"
	[[ $port =~ ^[0-9]+$ ]] && [ "$port" -ge $1 ] && [ "$port" -lt $(($1 + 100)) ]
}

adopted()
{
	local text

	text=$(ipsec_in "$1" status east-west)
	[[ $text == *'adopted from an earlier pluto'* ]] || { echo "$text"; return 1; }
}

nat_up
nat_conf G1 leftid=@west rightid=@east
nat_conf G2 leftid=@east rightid=@west
pluto_start G2 "$TMP/G2.conf" "$TMP/G2.secrets"
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"
capture_start wire N out0
ipsec_in G1 up east-west >"$TMP/up" || fail "ipsec up ended with $?: $(<"$TMP/up")"
assert_match "pluto says it" 'ESP goes in UDP' "$(<"$TMP/up")"
pings
both_ways "up"

note "behind the NAT"
a=$(answered "$TMP/a.ping")
b=$(answered "$TMP/b.ping")
out=$(saids out) in=$(saids in) sockets=$(listening G1)
pluto_killed
both_ways "with pluto dead"
assert_eq "sockets" "$sockets" "$(listening G1)"
start
assert_eq "sockets" "$sockets" "$(listening G1)"
assert_eq "outbound SAs" "$out" "$(saids out)"
assert_eq "inbound SAs" "$in" "$(saids in)"
adopted G1 || fail "not adopted"
both_ways "adopted"
assert_eq "lost by A" "" "$(unbroken "$TMP/a.ping" $a)"
assert_eq "lost by B" "" "$(unbroken "$TMP/b.ping" $b)"
assert_match "ipsec spi" ' natencap=nonesp natsport=4500 natdport=4500 ' "$(ipsec_in G1 spi | grep @192.0.2.2)"

note "new ones take over: IKE works by the sockets that were taken"
ipsec_in G1 up east-west >"$TMP/up" || fail "ipsec up over adopted SAs ended with $?: $(<"$TMP/up")"
both_ways "taken over"

note "not behind the NAT, which changes its ports"
b=$(answered "$TMP/b.ping")
pluto_killed G2
both_ways "with the other pluto dead"
start G2
adopted G2 || fail "not adopted"
both_ways "adopted by the other pluto"
assert_eq "lost by B" "" "$(unbroken "$TMP/b.ping" $b)"
nat_ports 31000
wait_for $LIMIT "the adopted SA follows" goes_to 31000
both_ways "after other ports"

note "and once more, while no pluto is there"
pluto_killed G2
nat_ports 32000
a=$(answered "$TMP/a.ping")
pause 0.5
start G2
wait_for $LIMIT "the adopted SA follows" goes_to 32000
both_ways "after other ports, unheard of"
adopted G2 || fail "not adopted any more"
kill $PINGS
capture_stop wire
assert_eq "in the clear, or ESP that is not in UDP" 0 "$(outside wire)"

note "the end: nobody listens"
ipsec_in G1 setup stop
assert_eq "sockets of G1" "" "$(listening G1)"
pluto_killed G2
silent G2 && fail "they died with their pluto"
ipsec_in G2 setup stop
assert_eq "sockets of G2" "" "$(listening G2)"
pgrep -x ipsec-sockets && fail "somebody still keeps sockets"
true
