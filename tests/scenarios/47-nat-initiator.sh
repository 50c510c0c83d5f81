# SPDX-License-Identifier: GPL-2.0
# limit: 120
# pluto behind a NAT initiates to strongSwan: IKE moves to port 4500, ESP goes in UDP, and the NAT is kept awake.
# lab/nat.sh has the picture.
. "$LAB/nat.sh"

nat_up
nat_conf G1 leftid=@west rightid=@east
sed -i '/config setup/a\    keep_alive=2' "$TMP/G1.conf"
nat_swan G2 192.0.2.2 %any
strongswan_start G2 "$TMP/G2"
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"
# Not on G2: XFRM shows there what it has decrypted.
capture_start wire N out0

ipsec_in G1 auto --up east-west >"$TMP/up" || fail "auto --up ended with $?: $(<"$TMP/up")"
assert_match "pluto says it" 'we are behind a NAT: ESP goes in UDP' "$(<"$TMP/up")"
tunnel_works
transfer A B 10.2.0.2 100000
assert_match "ipsec spi" ' natencap=nonesp natsport=4500 natdport=4500 .* keepalive=2' "$(ipsec_in G1 spi | grep @192.0.2.2)"

# Nothing is sent, and the NAT hears of it all the same.
capture_start quiet N out0 'udp port 4500 and udp[4:2] = 9'
wait_for 20 "two keepalives" eval '[ "$(capture_count quiet)" -ge 2 ]'
capture_stop quiet
ping_ok B 10.1.0.2 2

ipsec_in G1 auto --down east-west || fail "auto --down ended with $?"
wait_for 10 "nothing left on G1" nothing_left G1
wait_for 10 "no XFRM state left on G2" no_xfrm_state G2
capture_stop wire
assert_eq "in the clear, or ESP that is not in UDP" 0 "$(outside wire)"
[ "$(capture_count wire 'udp port 4500')" -ge 100 ] || fail "hardly anything on port 4500"
