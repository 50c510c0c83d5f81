# SPDX-License-Identifier: GPL-2.0
# limit: 90
# Two uplinks, an ipsecN over each, and the same selector on both: the route says which one a packet takes. An SA that names
# its ipsecN delivers there, whatever link brought the packet. klips on both gateways.
. "$LAB/manual.sh"

net_second_uplink

# gateway HOST SELF1 PEER1 SELF2 PEER2 OUT IN OWN-NET FAR-NET: ipsec0 and ipsec1; OUT and IN are digits of SPIs.
gateway()
{
	local key=(0 $MANUAL_KEY_OUT $MANUAL_KEY_IN)

	{
		echo "tncfg --attach --virtual ipsec0 --physical eth0"
		echo "tncfg --attach --virtual ipsec1 --physical eth1"
		echo "spi --said esp0x100$6@$3 --src $2 --esp aes_gcm128 --enckey ${key[$6]}"
		echo "spi --said esp0x100$7@$2 --src $3 --esp aes_gcm128 --enckey ${key[$7]} --replay_window 64 --device ipsec0"
		echo "spi --said esp0x200$6@$5 --src $4 --esp aes_gcm128 --enckey ${key[$6]}"
		echo "spi --said esp0x200$7@$4 --src $5 --esp aes_gcm128 --enckey ${key[$7]} --replay_window 64 --device ipsec1"
		echo "eroute --addin --src $9 --dst $8 --said esp0x100$7@$2"
		echo "eroute --addin --src $9 --dst $8 --said esp0x200$7@$4"
		echo "eroute --add --src $8 --dst $9 --said esp0x100$6@$3 --device ipsec0"
		echo "eroute --add --src $8 --dst $9 --said esp0x200$6@$5 --device ipsec1"
	} >"$TMP/batch"
	ipsec_in $1 --batch "$TMP/batch"
	ip -n $1 -batch - <<-END
		link set ipsec0 up
		link set ipsec1 up
		route add $9 dev ipsec0
	END
}

# carried HOST: "ipsec0: OUT IN, ipsec1: OUT IN", packets.
carried()
{
	ipsec_in $1 tncfg --json | jq -r '[.devices[] | "\(.name): \(.tx.transformed) \(.rx.packets)"] | join(", ")'
}

gateway G1 192.0.2.1 192.0.2.2 198.51.100.1 198.51.100.2 1 2 10.1.0.0/24 10.2.0.0/24
gateway G2 192.0.2.2 192.0.2.1 198.51.100.2 198.51.100.1 2 1 10.2.0.0/24 10.1.0.0/24
assert_eq "the same selector on two devices" 2 "$(ipsec_in G1 eroute | wc -l)"

ping_ok A 10.2.0.2
assert_eq "routed to ipsec0" "ipsec0: 3 3, ipsec1: 0 0" "$(carried G1)"
ip -n G1 route replace 10.2.0.0/24 dev ipsec1
ping_ok A 10.2.0.2
assert_eq "routed to ipsec1, answers to ipsec0" "ipsec0: 3 6, ipsec1: 3 0" "$(carried G1)"
assert_eq "the same on the peer" "ipsec0: 6 3, ipsec1: 0 3" "$(carried G2)"
ip -n G2 route replace 10.1.0.0/24 dev ipsec1
ping_ok A 10.2.0.2
assert_eq "both routed to ipsec1" "ipsec0: 3 6, ipsec1: 6 3" "$(carried G1)"
note "the route decides"

# Each outer packet by the link of the other: without an underlying device it goes by the routing table.
ipsec_in G1 tncfg --detach --virtual ipsec0
ipsec_in G1 tncfg --detach --virtual ipsec1
ip -n G1 -batch - <<-END
	route add 192.0.2.2/32 via 198.51.100.2 dev eth1 onlink
	route add 198.51.100.2/32 via 192.0.2.2 dev eth0 onlink
	route replace 10.2.0.0/24 dev ipsec0
END
capture_start eth0 G2 eth0 inbound esp
capture_start eth1 G2 eth1 inbound esp
ping_ok A 10.2.0.2
ip -n G1 route replace 10.2.0.0/24 dev ipsec1
ping_ok A 10.2.0.2
capture_stop eth0
capture_stop eth1
assert_eq "packets that came by the link of their address" "0 0" \
	"$(capture_count eth0 dst 192.0.2.2) $(capture_count eth1 dst 198.51.100.2)"
[ "$(capture_count eth0 dst 198.51.100.2)" -ge 2 ] || fail "hardly a packet to eth1's address came by eth0"
[ "$(capture_count eth1 dst 192.0.2.2)" -ge 2 ] || fail "hardly a packet to eth0's address came by eth1"
assert_eq "each on its own device all the same" "ipsec0: 6 6, ipsec1: 9 9" "$(carried G2)"

# A mark that a device gives its packets leads them by another route, those of SAs that are in use too.
ip -n G1 -batch - <<-END
	rule add fwmark 0x7 table 100
	route add 192.0.2.2/32 via 192.0.2.2 dev eth0 onlink table 100
	route replace 10.2.0.0/24 dev ipsec0
END
ping_ok A 10.2.0.2
capture_start marked G2 eth0 inbound esp
ipsec_in G1 tncfg --set ipsec0 --fwmark 0x7
assert_match "the mark" 'fwmark=0x7$' "$(ipsec_in G1 tncfg)"
ping_ok A 10.2.0.2
capture_stop marked
[ "$(capture_count marked dst 192.0.2.2)" -ge 2 ] || fail "with the mark packets did not change their route"
