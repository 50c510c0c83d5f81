# SPDX-License-Identifier: GPL-2.0
# limit: 120
# Namespaces: two gateways with the same SAIDs and selectors never meet; a namespace that dies under traffic gives
# back what it held; ipsec0 in a container has the clear side, and nothing else. SOAK=1: with more SAs, and more often.
. "$LAB/manual.sh"

SAS=${SOAK:+1000}
SAS=${SAS:-100}
DEATHS=${SOAK:+10}
DEATHS=${DEATHS:-2}

# counter HOST JQ-PATH: of the host's ipsec0.
counter()
{
	ipsec_in $1 tncfg --json | jq -r ".devices[] | select(.name == \"ipsec0\") | $2 // 0"
}

# ciphers: how many are in use in this kernel; each SA has one.
ciphers()
{
	cat /sys/module/aesni_intel/refcnt
}

fast_ciphers
manual_peer
of_xfrm=$(ciphers)
manual_klips
ping_ok A 10.2.0.2
before_c=$(ciphers)

# c_up: a gateway of its own, C, whose SAs have the names of those of G1, but other keys.
c_up()
{
	host_add C
	ip -n C -batch - <<-END
		link add eth0 type veth peer name ethc netns G2
		addr add 192.0.2.1/24 dev eth0
		addr add 10.8.0.1/32 dev lo
		link set eth0 up
	END
	ip -n G2 -batch - <<-END
		addr add 192.0.8.2/24 dev ethc
		link set ethc up
		route add 10.8.0.0/24 dev ethc
	END
	{
		echo "tncfg --attach --virtual ipsec0 --physical eth0"
		echo "spi --said esp0x1001@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey $MANUAL_KEY_IN"
		echo "spi --said esp0x1002@192.0.2.1 --src 192.0.2.2 --esp aes_gcm128 --enckey $MANUAL_KEY_OUT"
		echo "eroute --add --src 10.1.0.0/24 --dst 10.2.0.0/24 --said %drop"
		echo "eroute --add --src 10.8.0.0/24 --dst 10.2.0.0/24 --said esp0x1001@192.0.2.2"
		for ((i = 0; i < SAS; i++)); do
			echo "spi --said esp0x$((10000 + i))@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey $MANUAL_KEY_IN"
			echo "eroute --add --src 10.$((i / 256 + 20)).$((i % 256)).0/24 --dst 10.2.0.0/24 --said %drop"
		done
	} >"$TMP/batch"
	ipsec_in C --batch "$TMP/batch"
	ip -n C -batch - <<-END
		link set ipsec0 up
		route add 10.2.0.0/24 dev ipsec0 src 10.8.0.1
	END
}

# heard_in_c: C's listener hears what is said in C.
heard_in_c()
{
	ipsec_in C eroute --replace --src 10.99.0.0/24 --dst 10.99.0.0/24 --said %drop
	[ -s "$TMP/heard-c" ]
}

# c_dies PROCESS: which is its last one; that its devices are gone is seen from G2.
c_dies()
{
	kill $1 "${HOST_PID[C]}"
	wait "${HOST_PID[C]}" || true
	unset 'HOST_PID[C]'
	ip netns del C
	wait_for 30 "C's end of the wire is gone" c_is_gone
	counts "ciphers in use" $before_c ciphers
}

c_is_gone()
{
	! on G2 ip link show ethc
}

# What one does, the other does not see.
c_up
on_bg C ipsec pf_key >"$TMP/heard-c"
listener=$!
wait_for 30 "C's listener" heard_in_c
packets=$(sa_counter esp0x1001@192.0.2.2 .packets)
ping_ok A 10.2.0.2
assert_eq "packets through G1's SA" $((packets + 3)) "$(sa_counter esp0x1001@192.0.2.2 .packets)"
assert_eq "packets through C's SA of the same name" 0 \
	"$(ipsec_in C spi --json | jq -r '.sas[] | select(.said == "esp0x1001@192.0.2.2") | .packets')"
assert_eq "SAs of G1" 2 "$(ipsec_in G1 spi | wc -l)"
assert_eq "eroutes of G1" 1 "$(ipsec_in G1 eroute | wc -l)"
ipsec_in G1 eroute --add --src 10.1.0.77/32 --dst 10.2.0.0/24 --said %drop
ipsec_in C spi --clear
ipsec_in C eroute --clear
ping_ok A 10.2.0.2
assert_eq "SAs of C after it was cleared" "" "$(ipsec_in C spi)"
assert_eq "SAs of G1 after C was cleared" 2 "$(ipsec_in G1 spi | wc -l)"
assert_no_match "what C heard of G1" 10.1.0.77 "$(<"$TMP/heard-c")"
c_dies $listener
ping_ok A 10.2.0.2
note "two of the same names"

# Deaths under traffic, both ways.
for ((death = 0; death < DEATHS; death++)); do
	c_up
	# What C answers is not sent by a process that could end before it.
	flood B 10.8.0.1
	from_b=$FLOOD
	flood C 10.2.0.2
	wait_for 30 "packets out of C" above 20 counter C .tx.transformed
	c_dies $FLOOD
	kill $from_b
done
ping_ok A 10.2.0.2
note "namespaces that died"

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
on D ip link del ipsec0
ipsec_in G1 spi --clear
counts "ciphers in use, those of XFRM," $of_xfrm ciphers
