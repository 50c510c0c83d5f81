# SPDX-License-Identifier: GPL-2.0
# limit: 900
# `make interop`: libreswan as Debian ships it, where it is not one tunnel from net to net (strongSwan: tests/interop/scenarios).
. "$LAB/interop.sh"
. "$LAB/interop-libreswan.sh"
. "$LAB/dual.sh"

# Nothing may depend on fragments of IP.
for host in G1 G2; do
	no_fragments $host
	on $host sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.eth0.rp_filter=0
done
dual_addresses
# Of the second subnet behind G2, and what the peer has from our pool.
ip -n B addr add 10.4.0.2/24 dev lo
ip -n G2 -batch - <<-END
	route add 10.4.0.0/24 via 10.2.0.2
	addr add 10.9.0.1/32 dev lo
END
TEXT="chain of 3, 2 kB each" row long-chain long
# Of other subnets: the ids are those of the row above.
PROBE=far TEXT="chain of 3, 2 kB each; fragmentation=force" row fragmentation-force long fragmentation=force rightsubnet=10.4.0.0/24 -- \
	fragmentation=force leftsubnet=10.4.0.0/24
PROBE=hosts row transport psk type=transport leftsubnet= rightsubnet= -- type=transport leftsubnet= rightsubnet=
PROBE=children TEXT="psk; two Child SAs in one IKE SA" row children psk \
	rightsubnet= rightsubnets="{10.2.0.0/24 10.4.0.0/24}" -- leftsubnet= leftsubnets="{10.2.0.0/24 10.4.0.0/24}"
TEXT="psk; the peer has larger subnets" row narrowing psk -- narrowing=yes leftsubnet=10.2.0.0/16 rightsubnet=10.0.0.0/8
PROBE=six TEXT="psk; IPv6 in IPv4" row six-in-four psk leftsubnet=fd01::/64 rightsubnet=fd02::/64 -- \
	leftsubnet=fd02::/64 rightsubnet=fd01::/64
PROBE=six TEXT="psk; IPv6 in IPv6" row six-in-six psk \
	left=2001:db8::1 right=2001:db8::2 leftsubnet=fd01::/64 rightsubnet=fd02::/64 -- \
	left=2001:db8::2 right=2001:db8::1 leftsubnet=fd02::/64 rightsubnet=fd01::/64
PROBE=four-in-six TEXT="psk; IPv4 in IPv6" row four-in-six psk left=2001:db8::1 right=2001:db8::2 rightsubnet=10.2.6.0/24 -- \
	left=2001:db8::2 right=2001:db8::1 leftsubnet=10.2.6.0/24
PROBE=hosts-six TEXT="psk; IPv6 hosts" row hosts-six psk left=2001:db8::1 right=2001:db8::2 leftsubnet= rightsubnet= -- \
	left=2001:db8::2 right=2001:db8::1 leftsubnet= rightsubnet=
PROBE=hosts-six TEXT="psk; IPv6 hosts, type=transport" row transport-six psk \
	type=transport left=2001:db8::1 right=2001:db8::2 leftsubnet= rightsubnet= -- \
	type=transport left=2001:db8::2 right=2001:db8::1 leftsubnet= rightsubnet=
PROBE=peer-lease WHO=peer TEXT="psk; the peer has an address of our pool" row pool psk \
	right=%any rightsubnet= rightaddresspool=10.9.0.1-10.9.0.9 -- leftsubnet=0.0.0.0/0 leftmodecfgclient=yes modecfgpull=yes narrowing=yes
PROBE=lease WHO=our TEXT="psk; leftmodecfgclient=yes" row modecfg-client psk leftsubnet= leftmodecfgclient=yes -- \
	right=%any rightsubnet= rightaddresspool=10.9.1.1-10.9.1.9 leftmodecfgserver=yes rightmodecfgclient=yes modecfgpull=yes
interop libreswan
