# SPDX-License-Identifier: GPL-2.0
# limit: 90
# mss auto and a number: what TCP's SYNs name is lowered both ways, in both families, to what fits the SA; never raised; and the
# checksum still fits.
. "$LAB/dual.sh"

port=5000
# "PORT EXPECTED" for each connection.
expected=()

# connects FROM TO ADDRESS EXPECTED: both ends are to see that size in the SYN of the other. So few bytes that nobody learns
# what the path carries: what a host knows of it is in its SYNs too.
connects()
{
	port=$((port + 1))
	expected+=("$port $4")
	transfer $1 $2 $3 100 $port
}

# both_ways NAME EXPECTED EXPECTED-IPV6: A connects to B, and B to A.
both_ways()
{
	connects A B 10.2.0.2 $2
	connects B A 10.1.0.2 $2
	connects A B fd02::2 $3
	connects B A fd01::2 $3
	note "$1"
}

# sizes HOST: "PORT MSS" of every SYN and SYN-ACK that arrived there, sent again or not.
sizes()
{
	tcpdump -n -r "$TMP/$1.pcap" 'tcp[tcpflags] & tcp-syn != 0 or ip6[13 + 40] & 2 != 0' 2>/dev/null |
		sed -nE 's/.*[.]([0-9]+) > .*[.]([0-9]+): Flags \[S.*mss ([0-9]+).*/\1 \2 \3/p' |
		awk '{ print ($1 ~ /^50[0-9][0-9]$/ ? $1 : $2), $3 }' | sort -u
}

headers()
{
	ipsec_in G1 tncfg --set ipsec0 "$@"
}

dual_up
capture_start A A a0 inbound tcp
capture_start B B b0 inbound tcp
both_ways off 1460 1440
headers --mss auto
both_ways "auto: device" $((1379 - 40)) $((1379 - 60))
ip -n G1 link set ipsec0 mtu 1500
both_ways "auto: SA" $((1446 - 40)) $((1446 - 60))
connects A B 10.2.6.2 $((1426 - 40))
connects A B fd26::2 $((1426 - 60))
headers --mss 1200
both_ways number 1200 1200
headers --mss 9000
both_ways "never raised" 1460 1440
capture_stop A
capture_stop B
for host in A B; do
	assert_eq "what $host is told" "$(printf '%s\n' "${expected[@]}")" "$(sizes $host)"
done
# A socket of the gateway keeps what it sent.
headers --mss 1000
transfer G1 B 10.2.0.2 100000
transfer B G1 10.1.0.1 100000
assert_match "in the listing" ' mss=1000$' "$(ipsec_in G1 tncfg)"
assert_eq "in JSON" "1000 clear true true" \
	"$(ipsec_in G1 tncfg --json | jq -r '.devices[0] | "\(.mss) \(.df) \(.hidetos) \(.fragicmp)"')"
headers --mss off --df set --hidetos no --fragicmp no
assert_match "in the listing" ' df=set hidetos=no fragicmp=no$' "$(ipsec_in G1 tncfg)"
