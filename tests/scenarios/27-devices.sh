# SPDX-License-Identifier: GPL-2.0
# limit: 120
# Devices come and go under traffic: attach and detach, the underlying one vanishes, the namespace dies, ipsec0 moves into a
# container. SAs end by their own limits, and say so once.
. "$LAB/manual.sh"

physical()
{
	ipsec_in G1 tncfg --json | jq -r ".devices[] | select(.name == \"$1\") | .physical"
}

# flood FROM ADDRESS: datagrams until the scenario ends; their process is in $FLOOD.
flood()
{
	on_bg $1 udp send -c 1000000 -i 5000 $2 7000 >/dev/null 2>&1
	FLOOD=$!
}

# more WHAT THAN COMMAND...
more()
{
	wait_for 10 "$1 more than $2" above "$2" "${@:3}"
}

above()
{
	local got

	got=$("${@:2}")
	echo "$got"
	[ "$got" -gt "$1" ]
}

manual_klips
manual_peer
manual_fallback
capture_start wire G1 eth0

# Detached, its outer packets are routed like any other, and nothing can arrive on it; attached again, it goes on.
ping_ok A 10.2.0.2
ipsec_in G1 tncfg --detach --virtual ipsec0
assert_eq "underlying device" null "$(physical ipsec0)"
ping_fails A 10.2.0.2
assert_eq "sent all the same, by routing" 5 "$(device_counter .tx.transformed)"
assert_eq "not arrived" 2 "$(sa_counter esp0x1002@192.0.2.1 .drops.no_device)"
ipsec_in G1 tncfg --attach --virtual ipsec0 --physical eth0
ping_ok A 10.2.0.2
note "attach and detach"

# The underlying device of a second one vanishes.
ip -n G1 -batch - <<-END
	link add eth9 type veth peer name eth9 netns G2
	addr add 192.0.9.1/24 dev eth9
	link set eth9 up
END
ip -n G2 -batch - <<-END
	addr add 192.0.9.2/24 dev eth9
	link set eth9 up
END
ipsec_in G1 tncfg --attach --virtual ipsec1 --physical eth9
ip -n G1 -batch - <<-END
	link set ipsec1 up
	route add 10.9.0.0/24 dev ipsec1
END
ipsec_in G1 spi --said esp0x9001@192.0.9.2 --src 192.0.9.1 --esp aes_gcm128 --enckey $MANUAL_KEY_OUT
ipsec_in G1 eroute --add --src 10.1.0.0/24 --dst 10.9.0.0/24 --said esp0x9001@192.0.9.2
ipsec_in G1 eroute --add --src 10.1.0.0/24 --dst 10.9.0.128/25 --said %pass --device ipsec1
flood A 10.9.0.9
more "packets through ipsec1" 20 device_counter .tx.transformed ipsec1
g1 ip link del eth9
assert_eq "underlying device of ipsec1" null "$(physical ipsec1)"
# Their source address went with it.
more "packets without a way out" 20 device_counter .tx.drops.no_route ipsec1
kill $FLOOD
udp_send A 10.9.0.200 7000 -c 5 >/dev/null
assert_eq "%pass without a device" 5 "$(device_counter .tx.drops.no_device ipsec1)"
ipsec_in G1 tncfg --delete ipsec1
assert_eq "its eroutes go with it" "10.1.0.0/24 10.9.0.0/24" \
	"$(ipsec_in G1 eroute --json | jq -r '.eroutes[] | select(.dst | startswith("10.9.")) | "\(.src) \(.dst)"')"
note "underlying device vanished"

# Made and deleted 50 times while packets want through.
flood A 10.2.0.2
flood B 10.1.0.2
for ((i = 0; i < 50; i++)); do
	cat <<-END
		link del ipsec0
		link add link eth0 name ipsec0 type klips
		link set ipsec0 up
		route add 10.2.0.0/24 dev ipsec0 src 10.1.0.1
	END
done | ip -n G1 -batch -
more "packets through the last ipsec0" 20 device_counter .tx.transformed
more "packets out of the last ipsec0" 20 device_counter .rx.packets
assert_eq "devices" ipsec0 "$(ipsec_in G1 tncfg --json | jq -r '.devices[].name')"
note "50 times"

# A namespace dies with its device and SAs, under traffic both ways.
host_add C
ip -n C -batch - <<-END
	link add eth0 type veth peer name ethc netns G2
	addr add 192.0.8.1/24 dev eth0
	addr add 10.8.0.1/32 dev lo
	link set eth0 up
END
ip -n G2 -batch - <<-END
	addr add 192.0.8.2/24 dev ethc
	link set ethc up
	route add 10.8.0.0/24 via 192.0.8.1
END
ipsec_in C spi --said esp0x8001@192.0.8.2 --src 192.0.8.1 --esp aes_gcm128 --enckey $MANUAL_KEY_OUT
ipsec_in C spi --said esp0x8002@192.0.8.1 --src 192.0.8.2 --esp aes_gcm128 --enckey $MANUAL_KEY_IN
ipsec_in C eroute --add --src 10.8.0.0/24 --dst 10.2.0.0/24 --said esp0x8001@192.0.8.2
ipsec_in C tncfg --attach --virtual ipsec0 --physical eth0
ip -n C -batch - <<-END
	link set ipsec0 up
	route add 10.2.0.0/24 dev ipsec0 src 10.8.0.1
END
manual_xfrm_sa G2 192.0.8.1 192.0.8.2 0x8001 $MANUAL_KEY_OUT 8
manual_xfrm_sa G2 192.0.8.2 192.0.8.1 0x8002 $MANUAL_KEY_IN 8
manual_xfrm_policies G2 192.0.8.2 192.0.8.1 10.2.0.0/24 10.8.0.0/24 8
assert_eq "SAs of G1, seen from C" "" "$(ipsec_in C spi | grep 192.0.2. || true)"
assert_eq "SAs of C, seen from G1" "" "$(ipsec_in G1 spi | grep 192.0.8. || true)"
flood B 10.8.0.1
flood C 10.2.0.2
packets_of_c()
{
	ipsec_in C tncfg --json | jq -r ".devices[] | .$1"
}
more "packets into C" 20 packets_of_c rx.packets
more "packets out of C" 20 packets_of_c tx.transformed
kill $FLOOD
kill "${HOST_PID[C]}"
wait "${HOST_PID[C]}" || true
unset 'HOST_PID[C]'
ip netns del C
wait_for 10 "C's end of the wire is gone" test ! -e "/proc/${HOST_PID[G2]}/net/dev_snmp6/ethc"
ping_ok A 10.2.0.2
note "namespace gone"

# ipsec0 in a container: the clear side is there, keys and outer packets stay on G1.
host_add D
ip -n G1 link set ipsec0 netns D
ip -n D -batch - <<-END
	link set ipsec0 up
	addr add 10.1.0.99/32 dev ipsec0
	route add 10.2.0.0/24 dev ipsec0
END
capture_start outer G1 eth0 'ip proto 50'
capture_start inner D ipsec0 icmp
ping_ok D 10.2.0.2
transfer D B 10.2.0.2 50000
capture_stop outer
capture_stop inner
assert_eq "pings on ipsec0 in the container" 6 "$(capture_count inner icmp)"
[ "$(capture_count outer 'src host 192.0.2.1')" -gt 20 ] || fail "the outer packets are not on G1"
assert_eq "SAs and eroutes in the container" "" "$(ipsec_in D spi; ipsec_in D eroute)"
assert_eq "ipsec why in the container" "sa null null" \
	"$(ipsec_in D why --json 10.1.0.99 10.2.0.2 | jq -r '"\(.verdict) \(.eroute) \(.sa)"')"
capture_stop wire
assert_eq "cleartext on the wire, all the time" 0 "$(capture_count wire net 10.0.0.0/8)"
on D ip link del ipsec0
note "container"

# Limits.
ipsec_in G1 eroute --clear
ipsec_in G1 spi --clear
manual_device
on_bg G1 ipsec pf_key >"$TMP/pf_key"
listener=$!
wait_for 10 "ipsec pf_key listens" grep -qv '^0$' /sys/module/klips/refcnt
n=20
for life in packets-5-10 bytes-500-1000 addtime-1-2 usetime-1-2; do
	IFS=- read -r name soft hard <<<"$life"
	n=$((n + 1))
	manual_sa_out 0x30$n --life soft-$name=$soft,hard-$name=$hard
	ipsec_in G1 eroute --add --src 10.1.0.0/24 --dst 10.2.0.$n/32 --said esp0x30$n@192.0.2.2
	# 100 bytes each: the limit is met after the 10th.
	udp_send A 10.2.0.$n 7000 -c 20 -s 72 >/dev/null
done

# expired SPI: "soft hard", how often each was said of the SA.
expired()
{
	awk -v spi="spi=0x0000$1" '
		/type=8/ && index($0, spi) {
			soft += index($0, "{ext=4 ") > 0
			hard += index($0, "{ext=3 ") > 0
		}
		END { print soft + 0, hard + 0 }' "$TMP/pf_key"
}

for n in 21 22 23 24; do
	wait_for 10 "SA 0x30$n expires, soft and hard, once each" equals "1 1" expired 30$n
	assert_eq "SA 0x30$n is over" "" "$(ipsec_in G1 spi | grep 0x30$n || true)"
done
assert_eq "packets that the first two carried and refused" \
	"10 0 10 0" "$(ipsec_in G1 eroute --json | jq -r '[.eroutes[] | select(.dst == "10.2.0.21/32" or .dst == "10.2.0.22/32") | 10, .packets - 20] | join(" ")')"
kill $listener
wait $listener || true
sed -n '/type=8/p' "$TMP/pf_key" | head -n 20
