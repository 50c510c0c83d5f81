# SPDX-License-Identifier: GPL-2.0
# limit: 60
# mss auto and a number: what TCP's SYNs name is lowered both ways, in both families, to what fits the SA; never raised; and the
# checksum still fits.
. "$LAB/dual.sh"

# sizes NAME: "FROM SYN-MSS" of every SYN and SYN-ACK seen, in their order.
sizes()
{
	tcpdump -n -r "$TMP/$1.pcap" -v 2>/dev/null | grep -o 'Flags \[S[^]]*\].*mss [0-9]*' |
		sed -E 's/Flags \[S\].*mss /syn /; s/Flags \[S\.\].*mss /syn-ack /' | uniq
}

# both_ways NAME TARGET FROM EXPECTED: A connects to B, and B to A; each end sees what it is to see.
both_ways()
{
	local name=$1 target=$2 from=$3 expected=$4

	capture_start $name-a A a0 'inbound and tcp'
	capture_start $name-b B b0 'inbound and tcp'
	transfer A B $target 3000
	transfer B A $from 3000 5002
	capture_stop $name-a
	capture_stop $name-b
	assert_eq "$name: what A is told" "syn-ack $expected syn $expected" "$(sizes $name-a | tr '\n' ' ' | sed 's/ $//')"
	assert_eq "$name: what B is told" "syn $expected syn-ack $expected" "$(sizes $name-b | tr '\n' ' ' | sed 's/ $//')"
	note "$name: $expected"
}

headers()
{
	ipsec_in G1 tncfg --set ipsec0 "$@"
}

dual_up
both_ways off 10.2.0.2 10.1.0.2 1460
headers --mss auto
both_ways auto-device 10.2.0.2 10.1.0.2 $((1379 - 40))
both_ways auto-device-ipv6 fd02::2 fd01::2 $((1379 - 60))
ip -n G1 link set ipsec0 mtu 1500
both_ways auto-sa 10.2.0.2 10.1.0.2 $((1446 - 40))
headers --mss 1200
both_ways number 10.2.0.2 10.1.0.2 1200
both_ways number-ipv6 fd02::2 fd01::2 1200
headers --mss 9000
both_ways never-raised 10.2.0.2 10.1.0.2 1460
# A socket of the gateway keeps what it sent.
headers --mss 1000
transfer G1 B 10.2.0.2 100000
transfer B G1 10.1.0.1 100000
assert_match "in the listing" ' mss=1000$' "$(ipsec_in G1 tncfg)"
assert_eq "in JSON" "1000 clear true true" \
	"$(ipsec_in G1 tncfg --json | jq -r '.devices[0] | "\(.mss) \(.df) \(.hidetos) \(.fragicmp)"')"
headers --mss off --df set --hidetos no --fragicmp no
assert_match "in the listing" ' df=set hidetos=no fragicmp=no$' "$(ipsec_in G1 tncfg)"
