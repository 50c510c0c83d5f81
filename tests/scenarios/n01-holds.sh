# SPDX-License-Identifier: GPL-2.0
# limit: 150
# N1: packets to a trapped network wait for the tunnel: one ACQUIRE, and when somebody makes an eroute, what was held goes out
# by it, in order: of each flow the first packet and the newest others. XFRM, in the same kernel, loses them.
#
#	A 10.1.0.2 -- G1 klips === XFRM G2 -- B 10.2.0.2, .11 to .19
. "$LAB/manual.sh"

# meets TARGET: all that goes from the one network to the other meets it.
meets()
{
	ipsec_in G1 eroute --replace --src 10.1.0.0/24 --dst 10.2.0.0/24 --said $1
}

# tunnel DST: the answer: what goes to DST has an SA.
tunnel()
{
	ipsec_in G1 eroute --replace --src 10.1.0.0/24 --dst $1 --said esp0x1001@192.0.2.2
}

# acquires [PATTERN]: how many holds asked; one that nobody answers asks again after 1, 2, 4 ... seconds, by its number.
acquires()
{
	grep -E -- "${1:- }" "$TMP/acquires" | cut -d' ' -f1 | sort -u | wc -l
}

held()
{
	device_counter .tx.held
}

holds()
{
	on G1 sed -n "s/^$1: \([0-9]*\).*/\1/p" /proc/net/ipsec/holds
}

# sizes FROM COUNT ADDRESS: as many datagrams, each a byte longer than the one before.
sizes()
{
	for ((i = 0; i < $2; i++)); do
		echo "$3 $(($1 + i)) 0 64 0"
	done | on A udp shape 7000
}

arrived()
{
	awk '{ printf "%s ", $1 }' "$TMP/arrived"
}

manual_klips
manual_peer
for n in {11..19}; do
	echo "addr add 10.2.0.$n/24 dev b0"
done | ip -n B -batch -
ipsec_in G1 eroute --clear
ipsec_in G1 eroute --addin --src 10.2.0.0/24 --dst 10.1.0.0/24 --said esp0x1002@192.0.2.1 2>/dev/null || :
meets %trap

# Nobody listens: nothing is held, and it is said why.
ping_fails A 10.2.0.2 2
assert_eq "without a key daemon" '{"no_daemon":2}' "$(device_counter .tx.drops)"
assert_eq "held" 0 "$(held)"
on_bg G1 acquire listen >"$TMP/acquires"
# The answer to REGISTER names every algorithm, and the kernel loads what it has not.
wait_for 60 "the listener" file_says "$TMP/acquires" listening

# Eight pings, the tunnel two seconds later.
capture_start clear G1 eth0 net 10.0.0.0/8
capture_start pings B b0 inbound icmp
on_bg A ping -c 8 -i 0.1 -W 120 10.2.0.2 >"$TMP/ping"
counts "held" 8 held
assert_eq "ACQUIREs" 1 "$(acquires)"
assert_match "ACQUIRE" '^[0-9]+ 10.1.0.2/32 10.2.0.2/32 1 8 0 10.1.0.0/24 10.2.0.0/24 6 0 ipsec0 [0-9]+$' "$(grep -v listening "$TMP/acquires")"
assert_match "ipsec eroute" '^3 +10.1.0.0/24 +-> 10.2.0.0/24 +=> %trap' "$(ipsec_in G1 eroute)"
assert_match "ipsec eroute" '(^|.)8 +10.1.0.2/32 +-> 10.2.0.2/32 +=> %hold' "$(ipsec_in G1 eroute | tail -n 1)"
assert_eq "/proc/net/ipsec_eroute" "$(ipsec_in G1 eroute | sort)" "$(on G1 sort /proc/net/ipsec_eroute)"
assert_match "why" 'would be held' "$(ipsec_in G1 why 10.1.0.2 10.2.0.2 2>&1 || :)"
pause 2
tunnel 10.2.0.0/24
wait_for 60 "the pings" file_says "$TMP/ping" '8 received'
capture_stop pings
assert_eq "order of arrival" "1 2 3 4 5 6 7 8 " "$(tshark -r "$TMP/pings.pcap" -T fields -e icmp.seq 2>/dev/null | cut -d, -f1 | tr '\n' ' ')"
assert_eq "holds" 0 "$(holds holds)"
assert_eq "held" 0 "$(held)"
assert_no_match "ipsec eroute" '%hold' "$(ipsec_in G1 eroute)"
figure N1/arrived/klips 8 pings

# As many datagrams before the answer, and which arrive.
meets %trap
udp_sink B 7000 "$TMP/arrived"
n=11
for case in "1:200 " "2:200 201 " "8:200 201 202 203 204 205 206 207 " "100:200 293 294 295 296 297 298 299 "; do
	: >"$TMP/arrived"
	count=${case%%:*}
	before=$(device_counter .tx.drops.hold_full)
	sizes 200 $count 10.2.0.$n
	counts "held of $count" $((count < 8 ? count : 8)) held
	assert_eq "pushed out of $count" $((count < 8 ? 0 : count - 8)) $(($(device_counter .tx.drops.hold_full) - before))
	assert_eq "ACQUIREs for 10.2.0.$n" 1 "$(acquires " 10.2.0.$n/32 17 [0-9]+ 7000 ")"
	tunnel 10.2.0.$n/32
	counts "arrived of $count" "${case#*:}" arrived
	n=$((n + 1))
done

# %trapsubnet: the eroute itself holds, whoever sends to whomever.
ipsec_in G1 eroute --clear
meets %trapsubnet
: >"$TMP/arrived"
sizes 300 3 10.2.0.15
sizes 303 5 10.2.0.16
counts "held" 8 held
assert_eq "ACQUIREs of the subnet" 1 "$(acquires "10.2.0.0/24 7 0 ")"
assert_match "ipsec eroute" '^8 +10.1.0.0/24 +-> 10.2.0.0/24 +=> %hold' "$(ipsec_in G1 eroute | grep '10.2.0.0/24')"
tunnel 10.2.0.15/32
counts "what the narrow answer lets go" "300 301 302 " arrived
assert_eq "what stays" 5 "$(held)"
tunnel 10.2.0.0/24
counts "the rest" "300 301 302 303 304 305 306 307 " arrived

# %hold: nobody is asked. A trap is no answer to it: its packets ask then.
meets %hold
: >"$TMP/arrived"
before=$(acquires)
sizes 400 2 10.2.0.17
counts "held" 2 held
assert_eq "ACQUIREs by %hold" $before "$(acquires)"
meets %trap
counts "ACQUIREs by what it held" $((before + 1)) acquires
tunnel 10.2.0.17/32
counts "arrived" "400 401 " arrived

# Deleting the trap lets go, too: there is nothing that they meet.
sizes 400 2 10.2.0.18
counts "held" 2 held
before=$(device_counter .tx.drops.no_eroute)
ipsec_in G1 eroute --del --src 10.1.0.0/24 --dst 10.2.0.0/24
counts "dropped" $((before + 2)) device_counter .tx.drops.no_eroute
meets %trap

# A no: what was held is dropped, and so is what comes until the flow may be asked for again, in a second.
: >"$TMP/arrived"
sizes 500 3 10.2.0.19
counts "held" 3 held
seq=$(awk '$3 == "10.2.0.19/32" { print $1 }' "$TMP/acquires" | tail -n 1)
asks_again()
{
	sizes 504 1 10.2.0.19
	[ "$(held)" -gt 0 ]
}
newest()
{
	awk '$3 == "10.2.0.19/32" { n = $1 } END { print n }' "$TMP/acquires"
}
assert_eq "a no to nobody" 3 "$(on G1 acquire refuse $((seq + 1000)))"
assert_eq "a no" 0 "$(on G1 acquire refuse $seq)"
counts "dropped" 3 device_counter .tx.drops.refused
assert_match "--holds" '10.2.0.19/32 .*(refused|idle)' "$(ipsec_in G1 eroute --holds)"
assert_eq "a second no" 3 "$(on G1 acquire refuse $seq)"
# After 1, 2, 4 seconds.
for n in 1 2 3; do
	wait_for 20 "the flow is asked for again" asks_again
	above $seq newest >/dev/null || fail "not asked again under another number"
	seq=$(newest)
	assert_eq "a no" 0 "$(on G1 acquire refuse $seq)"
done
before=$(device_counter .tx.drops.refused)
sizes 505 2 10.2.0.19
counts "dropped" $((before + 2)) device_counter .tx.drops.refused
wait_for 30 "the flow is asked for again" asks_again

# ... and who never gets an answer: asked again, then dropped.
on G1 sysctl -qw net.klips.hold_expire=3
counts "expired" 1 holds expired
above 0 device_counter .tx.drops.hold_expired >/dev/null || fail "no packet has expired"
assert_eq "held" 0 "$(held)"
above 2 grep -c "10.2.0.19/32" "$TMP/acquires" >/dev/null || fail "the ACQUIRE was not repeated"

# Nothing is asked for where no tunnel can be.
ip -n G1 route add 169.254.7.0/24 dev ipsec0
ipsec_in G1 eroute --add --src 10.1.0.0/24 --dst 169.254.7.0/24 --said %trap
before=$(acquires)
sizes 100 1 169.254.7.7
counts "link-local" 1 device_counter .tx.drops.not_asked
assert_eq "ACQUIREs" $before "$(acquires)"

# A device that goes down holds nothing any more.
sizes 600 2 10.2.0.18
counts "held" 2 held
ip -n G1 link set ipsec0 down
counts "held" 0 held
assert_eq "dropped" 2 "$(device_counter .tx.drops.device_down)"
capture_stop clear
assert_eq "in the clear" 0 "$(capture_count clear)"

assert_fails "hold_packets 0" on G1 sysctl -qw net.klips.hold_packets=0
assert_fails "hold_packets 65" on G1 sysctl -qw net.klips.hold_packets=65
assert_eq "hold_packets" 8 "$(on G1 sysctl -n net.klips.hold_packets)"

# XFRM the other way, from G2: a policy, no state, somebody who listens, and the state two seconds later.
on_bg G2 ip xfrm monitor acquire >"$TMP/xfrm"
g2 ip xfrm state flush
capture_start theirs A a0 inbound icmp
on_bg B ping -c 8 -i 0.1 -W 1 10.1.0.2 >"$TMP/ping"
wait_for 10 "the pings are sent" file_says "$TMP/ping" '8 packets transmitted'
pause 1
manual_xfrm_sa G2 192.0.2.2 192.0.2.1 0x1002 $MANUAL_KEY_IN
capture_stop theirs
figure N1/arrived/xfrm $(capture_count theirs) pings
