# SPDX-License-Identifier: GPL-2.0
# limit: 120
# Devices come and go under traffic: attach and detach, the underlying one vanishes, ipsec0 is made and deleted.
. "$LAB/manual.sh"

physical()
{
	ipsec_in G1 tncfg --json | jq -r ".devices[] | select(.name == \"$1\") | .physical"
}

# more WHAT THAN COMMAND...
more()
{
	wait_for 10 "$1 more than $2" above "$2" "${@:3}"
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

# Made and deleted over and over while packets want through: 10 times, SOAK=1: 510.
flood A 10.2.0.2
floods=$FLOOD
flood B 10.1.0.2
floods+=" $FLOOD"
for ((i = 0; i < ${SOAK:+5}10; i++)); do
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
# (Or the capture below never comes to an end.)
kill $floods
capture_stop wire
assert_eq "cleartext on the wire, all the time" 0 "$(capture_count wire net 10.0.0.0/8)"
note "made and deleted"
