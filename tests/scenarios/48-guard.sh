# SPDX-License-Identifier: GPL-2.0
# limit: 120
# The guard: what comes in the clear, though its answer goes through a tunnel, is dropped and counted, whatever it is and
# whomever it is for; the tunnel, its keys, errors about it and its neighbours come in. G2 forges; klips is on G1, XFRM on G2.
# tests/unit/test_guard.c has the cases one by one.
. "$LAB/dual.sh"

declare -A sent
: >"$TMP/orders"

# clear NUMBER ORDER...: so many packets (tests/lab/hostile.c) that are dropped as cleartext.
clear()
{
	sent[clear]=$((${sent[clear]:-0} + $1))
	echo "${@:2}" >>"$TMP/orders"
}

# arrives WHERE NUMBER ORDER...: so many that come in: to the sink on A or G1, or to klips, which counts them as unknown_spi.
arrives()
{
	sent[$1]=$((${sent[$1]:-0} + $2))
	echo "${@:3}" >>"$TMP/orders"
}

tally()
{
	echo "A $(lines "$TMP/A") G1 $(lines "$TMP/G1") $(device_counter \
		'.rx.drops | "clear \(.clear // 0) unknown_spi \(.unknown_spi // 0)"')"
}

# forge WHAT: sends them; everything is as it has to be.
forge()
{
	on G2 hostile eth0 $MAC $MANUAL_KEY_IN 00 <"$TMP/orders" >"$TMP/forged" || fail "$1: hostile: exit status $?"
	: >"$TMP/orders"
	counts "$1: what became of it" \
		"A ${sent[A]:-0} G1 ${sent[G1]:-0} clear ${sent[clear]:-0} unknown_spi ${sent[unknown_spi]:-0}" tally
	note "$1"
}

# udp4 SRC DST [DPORT], udp6 SRC DST [DPORT]: an order
udp4() { echo "ip4,src=$1,dst=$2 udp,sport=7,dport=${3:-7000} bytes,len=8"; }
udp6() { echo "ip6,src=$1,dst=$2 udp,sport=7,dport=${3:-7000} bytes,len=8"; }

# guard_is there|gone HOST: whether packets are looked at there at all.
guard_is()
{
	local said

	said=$(dmesg | grep "klips\[$(on $2 stat -L -c %i /proc/self/ns/net)\]: tunnel: the guard is " | tail -n 1)
	assert_eq "the guard on $2" "$1" "${said##* }"
}

# tunnel: it works, and nothing of it is taken for cleartext.
tunnel()
{
	local target

	for target in $DUAL_TARGETS; do
		ping_ok A $target 2
	done
	forge "the tunnel"
}

dual_up
for host in A G1; do
	udp_sink $host 7000 "$TMP/$host"
done
ip -n A -batch - <<-END
	addr add 10.1.0.9/24 dev a0
	addr add fd01::9/64 dev a0 nodad preferred_lft 0
END
MAC=$(g1 cat /sys/class/net/eth0/address)
tunnel

# All of these should have come through the tunnel.
clear 3 times=3 $(udp4 10.2.0.2 10.1.0.2)
clear 2 times=2 $(udp4 10.2.0.2 10.1.0.1)
clear 2 times=2 $(udp4 10.2.0.2 192.0.2.1)
clear 1 $(udp4 10.2.6.2 10.1.0.2)
clear 3 times=3 $(udp6 fd02::2 fd01::2)
clear 2 times=2 $(udp6 fd02::2 fd01::1)
clear 1 $(udp6 fd26::2 fd01::2)
forge "in the clear"
assert_eq "the first of them" "ipsec0 in 10.2.0.2:7>10.1.0.2:7000 10.1.0.0/24>10.2.0.0/24 esp0x1001@192.0.2.2" \
	"$(ipsec_in G1 drops --json --reason clear | jq -r '.drops[0] | "\(.device) \(.direction) \(.flow.src):\(.flow.sport)>\(.flow.dst):\(.flow.dport) \(.eroute.src)>\(.eroute.dst) \(.said)"')"
assert_match "counted where people look" '^drops ipsec0 in: .*clear=14' "$(ipsec_in G1 look)"
# A LAN neighbour of the far gateway's, and that itself, are not in the far subnet.
arrives G1 1 $(udp4 192.0.2.77 192.0.2.1)
arrives A 1 $(udp4 198.51.100.7 10.1.0.2)
arrives A 1 $(udp6 2001:db8:77::7 fd01::2)
forge "answers by another way"
ping_ok G2 192.0.2.1
ping_ok G2 2001:db8::1

# Exceptions.
ipsec_in G1 eroute --add --src 10.1.0.9/32 --dst 10.2.0.0/24 --said %pass
ipsec_in G1 eroute --add --src fd01::9/128 --dst fd02::/64 --said %pass
ipsec_in G1 eroute --add --src 10.1.0.0/24 --dst 10.2.0.77/32 --said %drop
arrives A 2 times=2 $(udp4 10.2.0.2 10.1.0.9)
arrives A 1 $(udp6 fd02::2 fd01::9)
clear 1 $(udp4 10.2.0.77 10.1.0.2)
# A trap keeps out what comes in the clear, one that is opportunistic does not.
ipsec_in G1 eroute --add --src 10.1.0.0/24 --dst 10.2.0.88/32 --said %trap --soft
ipsec_in G1 eroute --add --src 10.1.0.0/24 --dst 10.2.0.89/32 --said %trap
assert_match "a soft trap" ' 10\.1\.0\.0/24 +-> 10\.2\.0\.88/32 +=> %trap soft$' "$(ipsec_in G1 eroute)"
assert_eq "soft, in JSON" "10.2.0.88/32" "$(ipsec_in G1 eroute --json | jq -r '.eroutes[] | select(.soft).dst')"
arrives A 1 $(udp4 10.2.0.88 10.1.0.2)
clear 1 $(udp4 10.2.0.89 10.1.0.2)
# An ICMP error, of any router, about a datagram from 10.1.0.2, and one from 10.1.0.9, to 10.2.0.2; it goes to its sender.
unreachable=0301000000000000
clear 1 "ip4,src=198.51.100.7,dst=10.1.0.2 bytes,proto=1,hex=${unreachable}4500001c00010000401100000a0100020a0200021b58000700080000"
forge "exceptions"
capture_start errors A a0 icmp
clear 0 "ip4,src=198.51.100.7,dst=10.1.0.9 bytes,proto=1,hex=${unreachable}4500001c00010000401100000a0100090a0200021b58000700080000"
forge "an error about what may go in the clear"
capture_stop errors
assert_eq "it came in, alone" 1 "$(capture_count errors)"

# A gateway that is in its own far subnet. Its tunnel, its keys, and its neighbour discovery come in; nothing else does.
modprobe -q xfrm_user
on_bg G1 encap >/dev/null
wait_for 10 "encap" listening G1 udp 4500
ip -n G1 -batch - <<-END
	route add 192.0.2.2/32 dev ipsec0
	route add 2001:db8::2/128 dev ipsec0
END
tunnel
ip -n G2 neigh flush dev eth0
ip -n G1 neigh flush dev eth0
tunnel
arrives unknown_spi 1 "ip4,src=192.0.2.2,dst=192.0.2.1 esp,spi=0x7777,seq=1"
arrives unknown_spi 1 "ip6,src=2001:db8::2,dst=2001:db8::1 esp,spi=0x7777,seq=1"
arrives unknown_spi 1 "ip4,src=192.0.2.2,dst=192.0.2.1 udp,sport=4500,dport=4500 bytes,hex=00007777000000010000000000000000000000000000000000000000000000000000"
arrives unknown_spi 1 "ip6,src=2001:db8::2,dst=2001:db8::1 udp,sport=4500,dport=4500 bytes,hex=000077770000000100000000000000000000000000000000000000000000000000000000000000000000000000"
clear 1 $(udp4 192.0.2.2 192.0.2.1)
clear 1 $(udp6 2001:db8::2 2001:db8::1)
clear 1 $(udp4 192.0.2.2 10.1.0.2 4500)
forge "a peer in its own far subnet"
capture_start errors G1 eth0 inbound 'icmp[0] = 3'
heard=$(on G1 awk '/^Icmp: [0-9]/ { print $2 }' /proc/net/snmp)
# About our ESP; about our UDP to port 4500, and to 7000.
clear 0 "ip4,src=198.51.100.7,dst=192.0.2.1 bytes,proto=1,hex=${unreachable}450000280001000040320000c0000201c00002020000100100000001"
clear 0 "ip4,src=198.51.100.7,dst=192.0.2.1 bytes,proto=1,hex=${unreachable}4500001c0001000040110000c0000201c00002021194119400080000"
clear 1 "ip4,src=198.51.100.7,dst=192.0.2.1 bytes,proto=1,hex=${unreachable}4500001c0001000040110000c0000201c00002021b58000700080000"
forge "errors about outer packets"
capture_stop errors
assert_eq "errors on the wire" 3 "$(capture_count errors)"
assert_eq "errors heard" $((heard + 2)) "$(on G1 awk '/^Icmp: [0-9]/ { print $2 }' /proc/net/snmp)"
ip -n G1 -batch - <<-END
	route del 192.0.2.2/32 dev ipsec0
	route del 2001:db8::2/128 dev ipsec0
END

# A rule leads what comes from the LAN, or has a mark, into the tunnel; the gateway's own goes another way.
ip -n G1 -batch - <<-END
	route add 10.9.0.0/24 dev ipsec0 table 100
	rule add iif lan0 table 100
	rule add fwmark 0x9 table 100
	route add fd09::/64 dev ipsec0 table 100
END
ip -6 -n G1 rule add iif lan0 table 100
on G1 nft 'table ip m { chain c { type filter hook prerouting priority mangle; udp sport 7 udp dport 7009 meta mark set 9; }; }'
clear 1 $(udp4 10.9.0.2 10.1.0.2)
clear 1 $(udp4 10.9.0.2 10.1.0.1 7009)
clear 1 $(udp6 fd09::2 fd01::2)
arrives G1 1 $(udp4 10.9.0.2 10.1.0.1)
arrives G1 1 $(udp6 fd09::2 fd01::1)
forge "rules"
on G1 nft delete table ip m

# Fragments show no ports. Where those of the answer would decide, the datagram is put together, judged as one, and goes on
# in fragments again; of ours, one for a socket of IKE comes in. Far networks of their own: XFRM on G2 has no policy for them.
ip -n G1 -batch - <<-END
	route add 10.77.0.0/24 dev ipsec0
	route add fd77::/64 dev ipsec0
END
for net in 10.1.0.0/24,10.77.0.0/24 fd01::/64,fd77::/64; do
	ipsec_in G1 eroute --add --src ${net%,*} --dst ${net#*,} --transport-proto udp --src-port 7000 --said %pass
	ipsec_in G1 eroute --add --src ${net%,*} --dst ${net#*,} --said %drop
done
pieces4="0-1000 1000-2000 2000-3000 3000-4008"
backwards4="3000-4008 2000-3000 1000-2000 0-1000"
# from_clear WHAT SOURCE DESTINATION: G2 sends the datagrams of "$TMP/frags".
from_clear()
{
	on G2 frags "$2" "$3" <"$TMP/frags" >/dev/null || fail "$1: frags: exit status $?"
	forge "$1"
}
for pair in "10.77.0.2 10.1.0.2" "fd77::2 fd01::2"; do
	capture_start pieces A a0 'ip[6:2] & 0x3fff != 0 or ip6[6] = 44'
	printf '%s\n' "$pieces4" "$backwards4" "1000-2000 3000-4008 0-1000 2000-3000" >"$TMP/frags"
	sent[A]=$((${sent[A]} + 3))
	from_clear "fragments of what may come, $pair" $pair
	capture_stop pieces
	assert_eq "in as many pieces, $pair" 12 "$(capture_count pieces)"
	printf 'port=7001 %s\n' "$pieces4" "$backwards4" >"$TMP/frags"
	clear 2
	from_clear "fragments of what may not, $pair" $pair
done
printf '%s\n' "port=4500 $pieces4" "port=4500 $backwards4" "port=7000 $pieces4" >"$TMP/frags"
sent[unknown_spi]=$((${sent[unknown_spi]} + 2))
clear 1
from_clear "fragments for the gateway itself" 10.77.0.2 192.0.2.1
sent[unknown_spi]=$((${sent[unknown_spi]} + 2))
clear 1
from_clear "fragments for the gateway itself, IPv6" fd77::2 2001:db8::1
# What nobody completes; options for every hop, which would have to be read again.
echo 1 >/sys/module/klips/parameters/frag_seconds
printf '%s\n' "0-1000 1000-2000 3000-4008" >"$TMP/frags"
from_clear "a piece is missing" 10.77.0.2 10.1.0.2
counts "pieces without the rest" 3 device_counter '.rx.drops.frag_timeout // 0'
echo 10 >/sys/module/klips/parameters/frag_seconds
printf '%s\n' "ext=1 $pieces4" >"$TMP/frags"
from_clear "options for every hop" fd77::2 fd01::2
assert_eq "fragments with options for every hop" 4 "$(device_counter '.rx.drops.fragment // 0')"
ipsec_in G1 tncfg --set ipsec0 --guard count
printf '%s\n' "$pieces4" "port=7001 $backwards4" >"$TMP/frags"
udp_sink A 7001 "$TMP/A.7001"
sent[A]=$((${sent[A]} + 1))
from_clear "fragments, while the guard counts" 10.77.0.2 10.1.0.2
assert_eq "both arrived" 1 "$(lines "$TMP/A.7001")"
ipsec_in G1 tncfg --set ipsec0 --guard drop

# Counting, and nothing at all.
ipsec_in A klipsdebug --set tunnel
ipsec_in G1 klipsdebug --set tunnel
ipsec_in G1 tncfg --set ipsec0 --guard count
assert_match "tncfg" ' guard=count$' "$(ipsec_in G1 tncfg)"
arrives A 2 times=2 $(udp4 10.2.0.2 10.1.0.2)
arrives A 1 $(udp6 fd02::2 fd01::2)
forge "counting"
assert_eq "would be dropped" 3 "$(device_counter .rx.would_drop)"
assert_match "look" '^ipsec0 guard=count would_drop=3$' "$(ipsec_in G1 look)"
ipsec_in G1 tncfg --set ipsec0 --guard off
guard_is gone G1
arrives A 1 $(udp4 10.2.0.2 10.1.0.2)
forge "off"
assert_eq "counted with the guard off" 3 "$(device_counter .rx.would_drop)"
# It stands where a device is that wants it.
ipsec_in G1 tncfg --create ipsec3
guard_is there G1
ip -n G1 link set ipsec3 netns A
guard_is gone G1
guard_is there A
ip -n A link del ipsec3
guard_is gone A
ipsec_in G1 tncfg --set ipsec0 --guard drop
guard_is there G1
clear 1 $(udp4 10.2.0.2 10.1.0.2)
forge "on again"
ipsec_in G1 tncfg --delete ipsec0
guard_is gone G1
