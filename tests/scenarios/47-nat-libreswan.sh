# SPDX-License-Identifier: GPL-2.0
# limit: 150
# long: yes
# NAT with libreswan: pluto answers it behind a NAT that changes its ports under traffic (SOAK=1: 1,000 times; tests/lab/nat-changes.sh).
# Then pluto is behind the NAT, and begins.
. "$LAB/nat.sh"
. "$LAB/nat-changes.sh"
. "$LAB/libreswan.sh"

peer_start()
{
	lsw_files G1
	lsw_conn G1 east-west auto=ignore authby=secret left=198.51.100.2 leftsubnet=10.1.0.0/24 right=192.0.2.2 \
		rightsubnet=10.2.0.0/24 leftid=@west rightid=@east
	lsw_start G1
	lsw_in G1 addconn --config "$TMP/lsw-G1/ipsec.conf" east-west
}

peer_up()
{
	lsw_in G1 whack --initiate --name east-west
}

peer_down()
{
	lsw_in G1 whack --terminate --name east-west
}

nat_changes libreswan

spis()
{
	ipsec_in G1 spi | grep -o '^esp0x[^ ]*' | sort
}

note "behind a NAT ourselves"
lsw_in G1 whack --shutdown
pluto_stop G2
nat_conf G1 leftid=@west rightid=@east
lsw_files G2
lsw_conn G2 east-west auto=ignore authby=secret leftid=@east right=%any rightid=@west
lsw_start G2
lsw_in G2 addconn --config "$TMP/lsw-G2/ipsec.conf" east-west
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"
# Not on G2: XFRM shows there what it has decrypted.
capture_start behind N out0
ipsec_in G1 auto --up east-west >"$TMP/up" || fail "auto --up ended with $?: $(<"$TMP/up")"
assert_match "pluto says it" 'we are behind a NAT: ESP goes in UDP' "$(<"$TMP/up")"
tunnel_works
transfer A B 10.2.0.2 100000
before=$(spis)
ipsec_in G1 rekey-child east-west || fail "ipsec rekey-child ended with $?"
wait_for 20 "other SAs" eval '[ "$(spis)" != "$before" ] && [ "$(spis | wc -l)" = 2 ]'
tunnel_works
ipsec_in G1 auto --down east-west || fail "auto --down ended with $?"
wait_for 10 "nothing left on G1" nothing_left G1
wait_for 10 "no XFRM state left on G2" no_xfrm_state G2
capture_stop behind
assert_eq "in the clear, or ESP that is not in UDP" 0 "$(outside behind)"
