# SPDX-License-Identifier: GPL-2.0
# limit: 90
# N16: the default configuration is safe. An ipsec.conf of the fewest lines, on gateways that masquerade what leaves by the
# outside interface and have rp_filter as distributions set it: the tunnel works for the networks and for the gateways
# themselves, LAN and loopback are reached as before, nothing leaves in the clear before, while and after it is up. No conn,
# rule or exception is typed in for it.
#
#	A 10.1.0.2 -- G1 === G2 -- B 10.2.0.2
. "$LAB/ike.sh"

for host in G1 G2; do
	on $host nft 'table ip nat { chain post { type nat hook postrouting priority srcnat; oifname "eth0" masquerade; }; }'
	on $host sh -c 'for f in all default eth0 lan0; do echo 2 >/proc/sys/net/ipv4/conf/$f/rp_filter; done'
done
for host in G1 G2; do
	us=${host#G} them=$((3 - ${host#G}))
	cat >"$TMP/$host.conf" <<-END
		config setup
		    interfaces="ipsec0=eth0"

		conn net
		    left=192.0.2.$us
		    leftsubnet=10.$us.0.0/24
		    right=192.0.2.$them
		    rightsubnet=10.$them.0.0/24
		    authby=secret
		    auto=start
	END
	printf ': PSK "nothing but a secret"\n' >"$TMP/$host.secrets"
done
capture_start wire G1 eth0 net 10.0.0.0/8
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"
ping_fails A 10.2.0.2
pluto_start G2 "$TMP/G2.conf" "$TMP/G2.secrets"

is_up()
{
	ipsec_in G1 status --json | jq -e '.conns[0].state == "established"'
}

wait_for 60 "the tunnel" is_up
worked=0
for pair in "A 10.2.0.2" "B 10.1.0.2" "G1 10.2.0.2" "G2 10.1.0.2" "G1 10.2.0.1" "A 10.1.0.1" "G1 10.1.0.1" "G1 127.0.0.1" "G1 192.0.2.2"; do
	ping_ok $pair 2
	worked=$((worked + 1))
done
transfer A B 10.2.0.2 100000
ipsec_in G1 down net
ping_fails A 10.2.0.2
capture_stop wire
clear=$(capture_count wire 'net 10.0.0.0/8')
figure N16/ways-that-work/klips $worked of-9
figure N16/clear-frames/klips "$clear" frames
assert_eq "packets in the clear" 0 "$clear"
