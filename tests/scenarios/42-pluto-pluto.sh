# SPDX-License-Identifier: GPL-2.0
# limit: 180
# pluto to pluto, klips on both gateways; up and down from either side, 20 times; every choice of algorithms once.
. "$LAB/ike.sh"

klips_conf G1
klips_conf G2
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"
pluto_start G2 "$TMP/G2.conf" "$TMP/G2.secrets"
capture_start wire G1 eth0

for round in $(seq 20); do
	if [ $((round % 2)) -eq 0 ]; then side=G1; else side=G2; fi
	ipsec_in $side up east-west >"$TMP/up" || fail "round $round: ipsec up on $side ended with $?: $(<"$TMP/up")"
	ping_ok A 10.2.0.2 1
	[ $round -ne 1 ] || tunnel_works
	if [ $((round % 4)) -lt 2 ]; then side=G1; else side=G2; fi
	ipsec_in $side down east-west || fail "round $round: ipsec down on $side ended with $?"
	wait_for 10 "round $round: nothing left on G1" nothing_left G1
	wait_for 10 "round $round: nothing left on G2" nothing_left G2
done
note "20 rounds"

for ike in aes_gcm256-sha2_512-dh31 aes_gcm128-sha2_256-dh19 aes256-sha2_384-dh20 aes128-sha2_256-dh14; do
	for esp in aes_gcm128 aes256-sha2_256; do
		for host in G1 G2; do
			klips_conf $host ike=$ike esp=$esp
			on $host install -m 644 "$TMP/$host.conf" /etc/ipsec.conf
			ipsec_in $host auto --replace east-west || fail "$host: auto --replace with $ike, $esp ended with $?"
		done
		ipsec_in G1 up east-west >"$TMP/up" || fail "$ike, $esp: ipsec up ended with $?: $(<"$TMP/up")"
		tunnel_works
		assert_match "SA with esp=$esp" "$esp" "$(ipsec_in G1 spi --json)"
	done
done
ipsec_in G1 down east-west
wait_for 10 "nothing left on G1" nothing_left G1
wait_for 10 "nothing left on G2" nothing_left G2
capture_stop wire
assert_eq "packets in the clear" 0 "$(capture_count wire 'net 10.0.0.0/8')"
