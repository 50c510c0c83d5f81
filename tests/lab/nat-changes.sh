# SPDX-License-Identifier: GPL-2.0
# pluto answers another key daemon behind a NAT that changes its ports under traffic (SOAK=1: 1,000 times): pluto follows by
# what IKE and ESP prove, and both ways work again. lab/nat.sh has the picture. Sourced after it by who says what the peer on G1 is:
#     peer_start      it has the conn "east-west" and listens
#     peer_up
#     peer_down
#     more_changes    if it likes: what else is to be tried under the traffic
# and then calls
#     nat_changes NAME     of the figure

# goes_to FROM: the port that G2's SA sends to is one of those from FROM on.
goes_to()
{
	local port

	port=$(ipsec_in G2 spi | sed -n 's/.* natsport=4500 natdport=\([0-9]*\) .*/\1/p')
	[ "${port:-0}" -ge $1 ] && [ "$port" -lt $(($1 + 100)) ]
}

more_changes()
{
	:
}

nat_changes()
{
	local change stream changes=${SOAK:+1000}

	changes=${changes:-5}
	nat_up
	nat_conf G2 leftid=@east rightid=@west
	sed -i "s|^ *protostack=klips|&\n    logfile=$TMP/pluto.log|" "$TMP/G2.conf"
	peer_start
	pluto_start G2 "$TMP/G2.conf" "$TMP/G2.secrets"
	capture_start wire G2 eth0

	peer_up >"$TMP/up" || fail "the peer does not come up: $(tail -n 3 "$TMP/up")"
	ping_ok B 10.1.0.2 2
	ping_ok A 10.2.0.2 2
	transfer B A 10.1.0.2 100000

	goes_to 30000 || fail "the SA's port: $(ipsec_in G2 spi)"
	on_bg A ping -qi 0.2 10.2.0.2 >"$TMP/ping"
	stream=$!
	for change in $(seq $changes); do
		nat_ports $((31000 + change % 30 * 1000))
		wait_for 10 "change $change: the SA follows" goes_to $((31000 + change % 30 * 1000))
		ping_ok B 10.1.0.2 1
		[ $((change % 100)) -ne 0 ] || note "$change changes"
	done
	figure "N10/mapping-changes/$1" "$changes" changes
	more_changes
	# Or it brings it up again, where the peer does that on demand.
	kill -INT $stream
	wait $stream || true
	note "$(tail -n 2 "$TMP/ping")"
	peer_down >"$TMP/down" || fail "the peer does not go down: $(tail -n 3 "$TMP/down")"
	wait_for 10 "nothing left on G2" nothing_left G2
	capture_stop wire
	assert_eq "in the clear, or ESP that is not in UDP" 0 "$(outside wire)"
}
