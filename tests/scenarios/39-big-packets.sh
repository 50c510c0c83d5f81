# SPDX-License-Identifier: GPL-2.0
# limit: 60
# What TCP leaves in one piece goes into ipsec0 in one piece, meets its eroute and its route once, and is cut there; what
# comes out of it is put together again. No packet on the wire is larger than it may be. Whole, in both directions.
. "$LAB/manual.sh"

tracing=/sys/kernel/tracing
mountpoint -q $tracing || mount -t tracefs tracefs $tracing
# Counts calls: nothing else of the kernel tells them.
echo "p:big/route klips_outer_route" >$tracing/kprobe_events
echo 1 >$tracing/events/big/enable

routed()
{
	awk '$1 == "route" { print $2 }' $tracing/kprobe_profile
}

# frames NAME LENGTH: how many of a capture are longer.
frames()
{
	tcpdump -nr "$TMP/$1.pcap" "greater $(($2 + 1))" 2>/dev/null | wc -l
}

# at_least WHAT NUMBER GOT
at_least()
{
	[ "$3" -ge "$2" ] || fail "$1: expected $2 at least, got $3"
}

manual_peer
manual_klips
ping_ok A 10.2.0.2 2
capture_start into G1 ipsec0 outbound tcp
capture_start out G1 ipsec0 inbound tcp
capture_start wire G1 eth0 esp
routes=$(routed)
before=$(sa_counter esp0x1001@192.0.2.2 .packets)
transfer A B 10.2.0.2 500000
transfer B A 10.1.0.2 500000
sent=$(($(sa_counter esp0x1001@192.0.2.2 .packets) - before))
routes=$(($(routed) - routes))
capture_stop into
capture_stop out
capture_stop wire
echo 0 >$tracing/events/big/enable
echo >$tracing/kprobe_events

# How large the pieces are is TCP's business; each has one route, whatever it is cut into.
large=$(frames into 1500)
note "$sent packets of an SA by $routes routes; large ones: $large in, $(frames out 1500) out"
assert_eq "routes, of what went into ipsec0" "$(capture_count into)" $routes
at_least "packets of the SA, of $routes with $large large ones" $((routes + large)) $sent
at_least "large packets into ipsec0" 10 $large
at_least "large packets out of ipsec0" 10 "$(frames out 1500)"
assert_eq "large packets on the wire" 0 "$(frames wire 1514)"
assert_eq "drops" '{}' "$(device_counter '.tx.drops + .rx.drops')"
