# SPDX-License-Identifier: GPL-2.0
# limit: 120
# A device in parallel mode: traffic is whole and in order, replay windows drop nothing; SAs, and then the device, go while
# packets of theirs are under way on all CPUs.
. "$LAB/manual.sh"

drops()
{
	ipsec_in G1 tncfg --json | jq -c '.devices[0] | [.tx.drops, .rx.drops] | map(to_entries[]) | map("\(.key)=\(.value)")'
}

manual_peer
manual_klips
ipsec_in G1 tncfg --set ipsec0 --parallel yes
assert_match "ipsec tncfg" 'parallel=yes' "$(ipsec_in G1 tncfg)"
capture_start parallel G1 eth0
ping_ok A 10.2.0.2 5
transfer A B 10.2.0.2 300000
transfer B A 10.1.0.2 300000
# TCP enters on the CPU of whatever woke it, and numbers are taken on entry: only what one CPU sends has an order.
udp_sink B 7000 "$TMP/arrived"
before=$(device_counter .tx.transformed)
on A taskset 1 udp send -c 400 -s 333 -i 200 10.2.0.2 7000
wait_for 10 "the last datagram" above $((before + 399)) device_counter .tx.transformed
capture_stop parallel
assert_eq "cleartext on the wire" 0 "$(capture_count parallel net 10.0.0.0/8)"
assert_eq "drops" '[]' "$(drops)"
# The numbers of ESP on the wire, as they were taken.
tshark -r "$TMP/parallel.pcap" -Y 'ip.src == 192.0.2.1 && esp && ip.len == 416' -T fields -e esp.sequence 2>/dev/null >"$TMP/sent"
assert_eq "datagrams on the wire" 400 "$(lines "$TMP/sent")"
sort -n -c "$TMP/sent" || fail "ESP packets left in another order than their numbers'"

ends_under_traffic 2000 4000 20
wait_for 20 "the module is free" equals 0 cat /sys/module/klips/refcnt
