# SPDX-License-Identifier: GPL-2.0
# pluto answers another key daemon behind a NAT that changes its ports under traffic (SOAK=1: 1,000 times): pluto follows by
# what IKE and ESP prove, and both ways work again. lab/nat.sh has the picture. Sourced after it by who says what the peer on G1 is:
#     peer_start      it has the conn "east-west" and listens
#     peer_up
#     peer_down
#     more_changes    if it likes: what else is to be tried under the traffic
# and then calls
#     nat_changes NAME     of the figure

# Nothing that happens at each change starts a process: emulated, that takes longer than all that is to be looked at.

# nat_counts: from here on each new mapping gets a port of its own (nft 1.0 counts in the other byte order: as good), and
# nat_forgets makes new ones.
nat_counts()
{
	nat_to "numgen inc mod 2000 offset 31000"
	exec {FORGET}> >(exec ip -n N -batch -)
	nat_forgets
}

# A masquerading device that goes down takes its mappings along.
nat_forgets()
{
	printf 'link set out0 down\nlink set out0 up\n' >&$FORGET
}

# sa_port: the port that G2's SA sends to, into PORT.
sa_port()
{
	local sas

	mapfile -t sas <"/proc/${HOST_PID[G2]}/net/ipsec_spi"
	[[ ${sas[*]} =~ \ natsport=4500\ natdport=([0-9]+)\  ]] && PORT=${BASH_REMATCH[1]}
}

has_moved()
{
	sa_port && [ $PORT -ne $1 ]
}

# goes_to FROM: the port that G2's SA sends to is one of those from FROM on.
goes_to()
{
	sa_port && [ $PORT -ge $1 ] && [ $PORT -lt $(($1 + 100)) ]
}

# answers: to A's pings, into ANSWERS.
answers()
{
	local snmp

	mapfile -t snmp <"/proc/${HOST_PID[A]}/net/snmp"
	read -ra snmp <<<"${snmp[3]}"
	ANSWERS=${snmp[10]}
}

answered_more_than()
{
	answers
	[ $ANSWERS -gt $1 ]
}

# one_change: the SA follows, and by the new ports a question gets through and its answer back.
one_change()
{
	local before began took

	sa_port || fail "no port: $(ipsec_in G2 spi)"
	before=$PORT
	began=${EPOCHREALTIME/./}
	nat_forgets
	wait_for 10 "change $change: the SA follows" has_moved $before
	took=$(((${EPOCHREALTIME/./} - began) / 1000))
	slowest=$((took > slowest ? took : slowest))
	answers
	wait_for 10 "change $change: an answer" answered_more_than $ANSWERS
}

more_changes()
{
	:
}

nat_changes()
{
	local change stream began slowest=0 changes=${SOAK:+1000}

	changes=${changes:-20}
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
	on_bg A ping -ni 0.1 10.2.0.2 >"$TMP/ping"
	stream=$!
	nat_counts
	wait_for 10 "the SA follows" has_moved $PORT
	began=$SECONDS
	for ((change = 1; change <= changes; change++)); do
		one_change
		[ $((change % 100)) -ne 0 ] || note "$change changes"
	done
	note "$changes changes in $((SECONDS - began)) s"
	ping_ok B 10.1.0.2 2
	kill -INT $stream
	wait $stream || true
	note "$(tail -n 2 "$TMP/ping")"
	figure "N10/mapping-changes/$1" "$changes" changes
	figure "N10/pings-lost/$1" "$(pings_lost "$TMP/ping")" "of-$(sed -n 's/ packets transmitted.*//p' "$TMP/ping")"
	figure "N10/followed-within/$1" $slowest ms
	more_changes
	peer_down >"$TMP/down" || fail "the peer does not go down: $(tail -n 3 "$TMP/down")"
	wait_for 10 "nothing left on G2" nothing_left G2
	capture_stop wire
	assert_eq "in the clear, or ESP that is not in UDP" 0 "$(outside wire)"
}
