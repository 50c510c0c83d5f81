# SPDX-License-Identifier: GPL-2.0
# MOBIKE (RFC 4555): klips began the tunnel, and its host goes from one uplink to the other and back again, each time with
# another address, under ping. The peer follows: the same SPIs, one IKE SA, nothing in the clear. Sourced after nat.sh by who
# says what the peer on G2 is:
#     peer_start      it has the conn "east-west" and listens
#     peer_ike_sas    prints how many IKE SAs it had
# and then calls mobike_moves.
#
#	            eth0 192.0.2.1, then .7
#	A ---- G1 <                         =========> G2 192.0.2.2 ---- B
#	            eth1 198.51.100.1                  the peer, XFRM

# names: of all SAs.
names()
{
	ipsec_in G1 spi | grep -o '^esp0x[^ ]*' | sort
}

# at ADDRESS: G2 sends there.
at()
{
	[ -n "$(on G2 ip xfrm state list dst "$1")" ] || { on G2 ip xfrm state; return 1; }
}

mobike_moves()
{
	local dev before stream

	net_second_uplink
	nat_conf G1 leftid=@west rightid=@east mobike=yes
	sed -i -e 's/left=198.51.100.2$/left=%defaultroute/' -e "s|interfaces=.*|interfaces=%defaultroute\n    logfile=$TMP/pluto.log|" "$TMP/G1.conf"
	peer_start
	pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"
	for dev in eth0 eth1; do
		capture_start $dev G1 $dev outbound
	done

	ipsec_in G1 auto --up east-west >"$TMP/up" || fail "auto --up ended with $?: $(<"$TMP/up")"
	tunnel_works
	before=$(names)
	assert_eq "SAs" 2 "$(wc -l <<<"$before")"

	on_bg A ping -n -i 0.2 -W 1 10.2.0.2 >"$TMP/stream"
	stream=$!
	ip -n G1 link set eth0 down
	ip -n G1 route add default via 198.51.100.2
	wait_for 20 "the peer follows to eth1" at 198.51.100.1
	wait_for 10 "its answer" grep -q 'the peer has followed us to 198.51.100.1$' "$TMP/pluto.log"
	ping_ok A 10.2.0.2 2
	ping_ok B 10.1.0.2 2
	assert_eq "the names of the SAs" "$before" "$(names)"

	ip -n G1 -batch - <<-END
		addr flush dev eth0
		addr add 192.0.2.7/24 dev eth0
		link set eth0 up
		link set eth1 down
		route add default via 192.0.2.2
	END
	wait_for 20 "the peer follows to eth0" at 192.0.2.7
	wait_for 10 "its answer" grep -q 'the peer has followed us to 192.0.2.7$' "$TMP/pluto.log"
	transfer A B 10.2.0.2 100000
	ping_ok B 10.1.0.2 2
	assert_eq "the names of the SAs" "$before" "$(names)"
	kill -INT $stream
	wait $stream || true
	stream=$(tail -n 2 "$TMP/stream")
	note "$stream"
	assert_eq "IKE SAs that the peer had" 1 "$(peer_ike_sas)"

	ipsec_in G1 auto --down east-west || fail "auto --down ended with $?"
	wait_for 10 "nothing left on G1" nothing_left G1
	wait_for 10 "no XFRM state left on G2" no_xfrm_state G2
	for dev in eth0 eth1; do
		capture_stop $dev
		assert_eq "in the clear by $dev" 0 "$(capture_count $dev net 10.0.0.0/8)"
		[ "$(capture_count $dev esp)" -ge 5 ] || fail "hardly any ESP by $dev"
	done
}
