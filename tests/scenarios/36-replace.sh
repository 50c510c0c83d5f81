# SPDX-License-Identifier: GPL-2.0
# limit: 200
# An eroute is replaced 1,000 times (SOAK=1: 10,000 times) between two SAs, while both CPUs send all that they can: no packet
# is lost to it, none meets the broader %drop beneath, none is in the clear, and the numbers of each SA grow in each flow.
# (Lookups in a tight loop beside it: the self-test of replaced eroutes, 30-selftests.)
#
#	A 10.1.0.2 -- G1 klips, ESP without encryption, so that the flows are seen === G2, which drops it
. "$LAB/manual.sh"

N=${SOAK:+10000}
N=${N:-1000}
key=0x$(printf '%064d' 7)

# The source port of a packet inside of such ESP.
inside='ip[48:2]'

replacements()
{
	local i

	for ((i = 0; i < N; i++)); do
		echo "eroute --replace --src 10.1.0.0/24 --dst 10.2.0.0/24 --said esp0x100$((1 + i % 2))@192.0.2.2"
	done
}

for spi in 0x1001 0x1002; do
	ipsec_in G1 spi --said esp$spi@192.0.2.2 --src 192.0.2.1 --esp null-sha2_256 --authkey $key
done
ipsec_in G1 eroute --add --src 10.0.0.0/8 --dst 10.0.0.0/8 --said %drop
ipsec_in G1 eroute --add --src 10.1.0.0/24 --dst 10.2.0.0/24 --said esp0x1002@192.0.2.2
manual_device
g2 nft 'table ip lab { chain in { type filter hook prerouting priority -400; ip protocol esp drop; }; }'
# What waits for a neighbour is overtaken, which is no matter of numbers.
ping_ok G1 192.0.2.2 1
replacements >"$TMP/batch"
capture_start clear G1 eth0 net 10.0.0.0/8
capture_start order G1 eth0 "ip proto 50 and $inside >= 5000 and $inside < 5010"

# Two that send what they can (nice, or no command would have its turn here), and two whose order is looked at: one of each on each CPU.
floods=
for cpu in 0 1; do
	on_bg A nice -n 19 taskset -c $cpu udp send -c 1000000000 -s 64 -i 0 -p $((6000 + cpu)) 10.2.0.2 7000 >/dev/null 2>&1
	floods+=" $!"
	on_bg A taskset -c $cpu udp send -c 1000000000 -s 64 -i 2000 -p $((5000 + cpu)) 10.2.0.2 7000 >/dev/null 2>&1
	floods+=" $!"
done
wait_for 60 "traffic" above 500 device_counter .tx.transformed
before=$(device_counter .tx.transformed)
start=${EPOCHREALTIME/./}
ipsec_in G1 --batch "$TMP/batch"
us=$((${EPOCHREALTIME/./} - start))
after=$(device_counter .tx.transformed)
kill $floods
wait $floods || :
figure replace/replaced $((N * 1000000 / us)) per-second
figure replace/traffic $(((after - before) * 1000000 / us)) packets-per-second
note "$N times in $((us / 1000)) ms, $((after - before)) packets meanwhile"
[ $((after - before)) -ge $N ] || fail "only $((after - before)) packets while it was replaced $N times"

capture_stop order
capture_stop clear
assert_eq "in the clear" 0 "$(capture_count clear)"
assert_eq "drops" '{}' "$(device_counter '.tx.drops')"
assert_eq "packets that met the broader eroute" 0 "$(eroute_packets 10.0.0.0/8)"
packets=$(device_counter .tx.packets)
assert_eq "transformed" $packets "$(device_counter .tx.transformed)"
assert_eq "packets that met the eroute" $packets "$(eroute_packets 10.2.0.0/24)"
one=$(sa_counter esp0x1001@192.0.2.2 .packets)
two=$(sa_counter esp0x1002@192.0.2.2 .packets)
assert_eq "packets of the two SAs" $packets $((one + two))
[ $one -gt 0 ] && [ $two -gt 0 ] || fail "one of the SAs had no packet: $one and $two"
order=$(order "$TMP/order.pcap") || fail "numbers of the SAs: $order"
note "$order"
assert_match "order" 'flows 2, SAs 2, changes [1-9]' "$order"
assert_no_match "order" 'changes [0-9],' "$order"
