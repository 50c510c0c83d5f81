# SPDX-License-Identifier: GPL-2.0
# limit: 60
# Whatever is wrong with an ESP packet, or with what is in it: it goes no further than G1, and is counted by what it is.
. "$LAB/manual.sh"

# Orders for the forger (tests/lab/esp.c), and what has to be counted for them.
declare -A on_sa on_device
delivered=0

# good ORDER...: a packet from B to A that must arrive.
good()
{
	echo "inner=10.2.0.2,10.1.0.2 $*" >>"$TMP/orders"
	delivered=$((delivered + 1))
}

# bad REASON ORDER...: one that SA and device count as REASON.
bad()
{
	local reason=$1

	shift
	[[ $* == *inner=* || $* == *raw=* ]] || set -- inner=10.2.0.2,10.1.0.2 "$@"
	echo "$*" >>"$TMP/orders"
	on_sa[$reason]=$((${on_sa[$reason]:-0} + 1))
	on_device[$reason]=$((${on_device[$reason]:-0} + 1))
}

# stranger REASON ORDER...: one for no SA, so that only the device can count it.
stranger()
{
	local reason=$1

	shift
	echo "inner=10.2.0.2,10.1.0.2 $*" >>"$TMP/orders"
	on_device[$reason]=$((${on_device[$reason]:-0} + 1))
}

forge()
{
	on G2 esp 192.0.2.2 192.0.2.1 0x1002 $MANUAL_KEY_IN <"$TMP/orders"
	: >"$TMP/orders"
}

sorted()
{
	local -n counts=$1
	local key

	for key in "${!counts[@]}"; do
		echo "$key=${counts[$key]}"
	done | sort | tr '\n' ' '
}

shown()
{
	jq -r "$1 | to_entries | map(\"\(.key)=\(.value) \") | sort | add // \"\"" | tr -d '\n'
}

inbound_drops()
{
	ipsec_in G1 spi --json | shown '.sas[] | select(.said == "esp0x1002@192.0.2.1") | .drops'
}

device_drops()
{
	ipsec_in G1 tncfg --json | shown '.devices[0].rx.drops'
}

manual_sa_in 0x1002
ipsec_in G1 eroute --addin --src 10.2.0.2/32 --dst 10.1.0.2/32 --said esp0x1002@192.0.2.1
manual_device
udp_sink A 7000 "$TMP/sink"
capture_start lan G1 lan0
capture_start wire G1 eth0

# Replay: seen, too old, zero; the window moves for what is authentic only.
for seq in 1 2 3; do
	good seq=$seq
done
bad replay seq=2
bad replay seq=3
bad replay seq=0
good seq=100
bad replay seq=36
good seq=37
bad replay seq=37
good seq=99
bad auth seq=5000 flip=-1
bad auth seq=4294967295 flip=-1
good seq=101
# Each part of the packet is authentic.
for byte in 7 8 15 16 40 64 79; do
	bad auth seq=150 flip=$byte
done
good seq=150
stranger unknown_spi seq=151 flip=3
stranger unknown_spi seq=1 spi=0x4444
bad bad_source seq=160 src=192.0.2.77

# Every length of a good packet of 80 bytes: header 8, IV 8, 48 of ciphertext, ICV 16.
for ((cut = 0; cut < 80; cut++)); do
	if [ $cut -lt 8 ]; then
		stranger truncated seq=$((200 + cut)) cut=$cut
	elif [ $cut -lt 36 ] || [ $((cut % 4)) -ne 0 ]; then
		bad truncated seq=$((200 + cut)) cut=$cut
	else
		bad auth seq=$((200 + cut)) cut=$cut
	fi
done
good seq=280 cut=80
note "$(wc -l <"$TMP/orders") packets"

# Authentic, and still no good: what the tunnel carries.
bad policy seq=300 inner=10.2.0.3,10.1.0.2
bad policy seq=301 inner=10.2.0.2,10.1.0.3
bad policy seq=302 inner=192.0.2.2,192.0.2.1
bad bad_nexthdr seq=310 next=59
bad bad_nexthdr seq=311 next=17
bad bad_nexthdr seq=312 next=50
bad bad_padding seq=320 tail=09090204
bad bad_padding seq=321 tail=01020404
bad bad_padding seq=322 tail=0102ff04
bad bad_padding seq=323 tail=0100ff04 raw=
bad bad_inner seq=330 next=41
bad bad_inner seq=331 raw=
bad bad_inner seq=332 raw=45
# Version 6 for IPv4; a header of 16 bytes; longer than the packet; shorter than its header; half a UDP header.
addresses=0a0200020a010002
bad bad_inner seq=333 raw=6500001c0001000040110000${addresses}1b581b5800080000
bad bad_inner seq=334 raw=4400001c0001000040110000${addresses}1b581b5800080000
bad bad_inner seq=335 raw=4500001d0001000040110000${addresses}1b581b5800080000
bad bad_inner seq=336 raw=450000130001000040110000${addresses}1b581b5800080000
bad bad_inner seq=337 raw=450000160001000040110000${addresses}1b58
# Seen once is seen, whatever was in it.
bad replay seq=337
good seq=340
forge
g1 larval 192.0.2.2 192.0.2.1 0x1010
# As many wait for its keys; the next is dropped.
for seq in {1..64}; do
	echo "inner=10.2.0.2,10.1.0.2 seq=$seq spi=0x1010" >>"$TMP/orders"
done
stranger sa_state seq=65 spi=0x1010
forge
g1 ip link set ipsec0 down
bad device_down seq=350
forge
g1 ip link set ipsec0 up
good seq=350
forge

counts "drops of the SA" "$(sorted on_sa)" inbound_drops
counts "drops of the device" "$(sorted on_device)" device_drops
counts "datagrams that arrived" $delivered lines "$TMP/sink"
assert_eq "packets of the SA" $delivered "$(sa_counter esp0x1002@192.0.2.1 .packets)"
assert_eq "larval SA" 1 "$(sa_counter esp0x1010@192.0.2.1 .drops.sa_state)"
capture_stop lan
capture_stop wire
assert_eq "forwarded" $delivered "$(capture_count lan 'udp port 7000')"
assert_eq "anything else on the LAN" 0 "$(capture_count lan 'ip and not (udp port 7000)')"
assert_eq "answers to the sender" 0 "$(capture_count wire 'src host 192.0.2.1 and ip')"

# Without a device there is nowhere to arrive.
ipsec_in G1 tncfg --detach --virtual ipsec0
echo "inner=10.2.0.2,10.1.0.2 seq=400" >"$TMP/orders"
forge
counts "without a device" 1 sa_counter esp0x1002@192.0.2.1 .drops.no_device
