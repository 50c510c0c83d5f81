# SPDX-License-Identifier: GPL-2.0
# limit: 150
# The peer inside of its own client, behind a router: host to host, and 0.0.0.0/0, each with rp_filter 0 and 2. The
# tunnel comes up with the routes to the drop device in place, and nothing for the peer's client leaves in the clear,
# from before pluto is there to after it was killed. IKE and ESP do, and what G1 says to R itself.
#
#      A ---- lan0 G1 eth0 ------------ r1 R r2 ------------ eth0 G2 lan0 ---- B
#      10.1.0.2    198.51.100.1        .254   .254          192.0.2.2    10.2.0.2
#                     (capture)
. "$LAB/closed.sh"

# What is not ARP, IKE, ESP.
CLEAR='ip and not (udp port 500 or udp port 4500 or proto 50)'

host_add R
ip -n G1 link del eth0
ip -n G1 -batch - <<-END
	link add eth0 type veth peer name r1 netns R
	addr add 198.51.100.1/24 dev eth0
	link set eth0 up
	route add default via 198.51.100.254
END
ip -n G2 -batch - <<-END
	link add eth0 type veth peer name r2 netns R
	addr add 192.0.2.2/24 dev eth0
	link set eth0 up
	route add default via 192.0.2.254
END
ip -n R -batch - <<-END
	addr add 198.51.100.254/24 dev r1
	addr add 192.0.2.254/24 dev r2
	link set r1 up
	link set r2 up
	route add 10.1.0.0/24 via 198.51.100.1
	route add 10.2.0.0/24 via 192.0.2.2
END

# conf_of HOST hosts|all: its ipsec.conf; G1 asks, G2 answers.
conf_of()
{
	local side=right auto=start

	[ $1 = G1 ] || side=left auto=add
	klips_conf $1 auto=$auto
	sed -i 's/192\.0\.2\.1\>/198.51.100.1/' "$TMP/$1.conf" "$TMP/$1.secrets"
	case $2 in
	hosts) sed -i '/subnet=/d' "$TMP/$1.conf" ;;
	all) sed -i "s|${side}subnet=.*|${side}subnet=0.0.0.0/0|" "$TMP/$1.conf" ;;
	esac
	on $1 install -m 644 "$TMP/$1.conf" /etc/ipsec.conf
	on $1 install -m 600 "$TMP/$1.secrets" /etc/ipsec.secrets
}

# begin WHAT RP_FILTER FROM TO: up to pluto on G1.
begin()
{
	local host

	note "$1, rp_filter $2: the unit alone"
	for host in G1 G2; do
		on $host sh -c "for f in /proc/sys/net/ipv4/conf/*/rp_filter; do echo $2 >\$f; done"
		conf_of $host $1
	done
	ipsec_in G2 setup start || fail "ipsec setup start on G2 ended with $?"
	ipsec_in G1 setup failclosed || fail "ipsec setup failclosed ended with $?"
	capture_start $1.$2 G1 eth0 outbound "$CLEAR"
	stream_start $3 $4
	pause 0.5
	note "pluto"
	ipsec_in G1 setup start || fail "ipsec setup start ended with $?"
}

# events SINK ROUTE
events()
{
	note "the routes removed, ipsec0 down and up, ipsec0 removed"
	g1 ip route flush dev ipsec0
	wait_for 5 "the route into the tunnel" has_route G1 "$2 dev ipsec0"
	g1 ip route flush dev klips-drop
	wait_for 5 "the drop route" has_route G1 "$2 dev klips-drop"
	g1 ip link set ipsec0 down
	g1 ip link set ipsec0 up
	wait_for 5 "the route into the tunnel" has_route G1 "$2 dev ipsec0"
	arrives "$1" "ipsec0 down and up"
	g1 ip link del ipsec0
	arrives "$1" "ipsec0 removed"
	note "kill -9, and the device is gone"
	on G1 sh -c 'kill -9 $(cat /run/pluto/pluto.pid)'
	g1 ip link del ipsec0
	pause 0.5
	ipsec_in G1 setup start || fail "ipsec setup start after kill -9 ended with $?"
	arrives "$1" "after kill -9"
}

# round hosts|all RP_FILTER FROM TO SINK ROUTE
round()
{
	local clear host

	begin $1 $2 $3 $4
	arrives "$5" "$1, rp_filter $2"
	ping_ok $3 $4 2
	events "$5" $6
	stream_stop
	capture_stop $1.$2
	clear=$(capture_count $1.$2 "$CLEAR")
	figure fail-closed/clear-frames/$1-rp_filter-$2 "$clear" frames
	[ "$clear" -eq 0 ] || {
		tcpdump -n -r "$TMP/$1.$2.pcap" 2>/dev/null | head -n 5
		fail "$clear frames in the clear"
	}
	for host in G1 G2; do
		ipsec_in $host setup stop || fail "ipsec setup stop on $host ended with $?"
	done
}

udp_sink B 7000 "$TMP/got.B"
udp_sink G2 7000 "$TMP/got.G2"
note "control: without any of it packets leave in the clear"
capture_start control G1 eth0 outbound "$CLEAR"
udp_send A 10.2.0.2 7000 -c 20
udp_send G1 192.0.2.2 7000 -c 20
capture_stop control
assert_eq "frames in the clear of the control" 40 "$(capture_count control "$CLEAR and udp")"
for rp in 0 2; do
	round hosts $rp G1 192.0.2.2 "$TMP/got.G2" 192.0.2.2
	round all $rp A 10.2.0.2 "$TMP/got.B" 0.0.0.0/1
done
