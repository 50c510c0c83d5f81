# SPDX-License-Identifier: GPL-2.0
# limit: 300
# pluto answers a strongSwan behind a NAT that changes its ports under traffic (SOAK=1: 1,000 times): tests/lab/nat-changes.sh.
# It follows, too, when what the kernel said about it was lost.
. "$LAB/nat.sh"
. "$LAB/nat-changes.sh"

peer_start()
{
	nat_swan G1 198.51.100.2 192.0.2.2
	strongswan_start G1 "$TMP/G1"
}

peer_up()
{
	swanctl_in G1 --initiate --child east-west
}

peer_down()
{
	swanctl_in G1 --terminate --ike east-west
}

echos()
{
	on B awk '/^Icmp: [0-9]/ { print $10 }' /proc/net/snmp
}

more_than()
{
	[ "$(echos)" -gt $1 ]
}

# pluto stands still, its PF_KEY socket is full, and then the NAT changes: the kernel says it to nobody.
more_changes()
{
	local pluto stream i

	on_bg A ping -qni 0.2 10.2.0.2 >"$TMP/more.ping"
	stream=$!
	for ((i = 0; i < 4000; i++)); do
		echo "spi --said esp0x5001@192.0.2.2 --src 192.0.2.99 --esp aes_gcm128 --enckey 0x0102030405060708090a0b0c0d0e0f10aabbccdd"
		echo "spi --del --said esp0x5001@192.0.2.2"
	done >"$TMP/chatter"
	pluto=$(on G2 cat /run/pluto/pluto.pid)
	kill -STOP $pluto
	ipsec_in G2 --batch "$TMP/chatter" >"$TMP/chatter.out" 2>&1 || fail "ipsec --batch: $(tail -n 2 "$TMP/chatter.out")"
	nat_ports 61000
	wait_for 20 "packets by the new ports" more_than $(($(echos) + 5))
	! goes_to 61000 || fail "the SA has moved by itself: $(ipsec_in G2 spi)"
	kill -CONT $pluto
	wait_for 40 "the SA follows" goes_to 61000
	assert_match "pluto's log" 'PF_KEY socket was full' "$(<"$TMP/pluto.log")"
	ping_ok B 10.1.0.2 1
	# Or it brings it up again, where the peer does that on demand.
	kill -INT $stream
	wait $stream || true
}

nat_changes klips
