# SPDX-License-Identifier: GPL-2.0
# limit: 120
# encapsulation=auto and a firewall that lets IKE through, but no ESP: when packets go out and nothing ever comes back, while
# the peer answers IKE, the tunnel moves to UDP, says so, and works. With MOBIKE the SAs stay the same.
#
#	A ---- G1 klips ====|| drops IP protocol 50 ||==== klips G2 ---- B
. "$LAB/ike.sh"

firewall()
{
	on $1 nft 'table inet fw { chain in { type filter hook input priority 0; meta l4proto esp drop; }; }'
}

in_udp()
{
	[ "$(ipsec_in $1 spi | grep -c natencap=nonesp)" -ge 2 ] || { ipsec_in $1 spi; return 1; }
}

names()
{
	ipsec_in G1 spi | grep -o '^esp0x[^ ]*' | sort
}

firewall G1
firewall G2
for mobike in no yes; do
	for host in G1 G2; do
		klips_conf $host dpddelay=2s mobike=$mobike
		pluto_start $host "$TMP/$host.conf" "$TMP/$host.secrets"
	done
	capture_start wire-$mobike G1 eth0
	ipsec_in G1 auto --up east-west >"$TMP/up" || fail "auto --up ended with $?: $(<"$TMP/up")"
	assert_no_match "ipsec spi at first" natencap=nonesp "$(ipsec_in G1 spi)"
	before=$(names)
	ping_fails A 10.2.0.2
	on_bg A ping -q -n -i 0.5 -W 1 10.2.0.2 >"$TMP/stream"
	stream=$!
	wait_for 40 "ESP in UDP on G1" in_udp G1
	wait_for 10 "ESP in UDP on G2" in_udp G2
	tunnel_works
	kill -INT $stream
	wait $stream || true
	assert_match "ipsec status" 'ESP in UDP as plain ESP did not come through' "$(ipsec_in G1 status --json)"
	[ $mobike = no ] || assert_eq "the names of the SAs" "$before" "$(names)"
	for host in G1 G2; do
		pluto_stop $host || fail "stop on $host ended with $?"
	done
	capture_stop wire-$mobike
	assert_eq "in the clear" 0 "$(capture_count wire-$mobike net 10.0.0.0/8)"
done
