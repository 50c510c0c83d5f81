# SPDX-License-Identifier: GPL-2.0
# limit: 150
# Manual keying by ipsec spi and spigrp, with the classic pair of tun and esp, in transport mode and in UDP. Witness: XFRM,
# which knows no groups and takes the pair for ESP in tunnel mode. What cannot be grouped, and what is shown of groups.
. "$LAB/manual.sh"

# pair: tun and esp on G1 both ways, in one group each, by both forms of the command line.
pair()
{
	ipsec_in G1 --batch - <<-END
		spi --said tun0x1001@192.0.2.2 --src 192.0.2.1 --dst 192.0.2.2 --ip4
		spi --af inet --edst 192.0.2.2 --spi 0x1001 --proto esp --src 192.0.2.1 --esp aes_gcm128 --enckey $MANUAL_KEY_OUT --mode transport
		spigrp inet 192.0.2.2 0x1001 tun inet 192.0.2.2 0x1001 esp
		spi --said tun0x1002@192.0.2.1 --src 192.0.2.2 --ip4
		spi --said esp0x1002@192.0.2.1 --src 192.0.2.2 --esp aes_gcm128 --enckey $MANUAL_KEY_IN --replay_window 64 --mode transport
		spigrp --said tun0x1002@192.0.2.1 esp0x1002@192.0.2.1
		eroute --addin --src 10.2.0.0/24 --dst 10.1.0.0/24 --said tun0x1002@192.0.2.1
		eroute --add --src 10.1.0.0/24 --dst 10.2.0.0/24 --said tun0x1001@192.0.2.2
	END
}

packets()
{
	sa_counter "$1" .packets
}

manual_peer
pair
manual_device

capture_start pair G1 eth0
ping_ok A 10.2.0.2 5
capture_stop pair
assert_eq "ESP on the wire" 10 "$(capture_count pair esp)"
assert_eq "cleartext on the wire" 0 "$(capture_count pair net 10.0.0.0/8 or proto 4)"
for said in tun0x1001@192.0.2.2 esp0x1001@192.0.2.2 tun0x1002@192.0.2.1 esp0x1002@192.0.2.1; do
	counts "packets of $said" 5 packets $said
done

# What is shown.
group='tun0x1001@192.0.2.2 esp0x1001@192.0.2.2'
assert_eq "/proc/net/ipsec_spigrp" "$(sort <<-END
	esp0x1001@192.0.2.2 
	tun0x1001@192.0.2.2 esp0x1001@192.0.2.2 
	esp0x1002@192.0.2.1 
	tun0x1002@192.0.2.1 esp0x1002@192.0.2.1 
	END
)" "$(g1 sort /proc/net/ipsec_spigrp)"
assert_eq "ipsec spigrp" "$(g1 sort /proc/net/ipsec_spigrp)" "$(ipsec_in G1 spigrp | sort)"
assert_eq "ipsec spigrp --json" '{"groups":[["tun0x1002@192.0.2.1","esp0x1002@192.0.2.1"],["tun0x1001@192.0.2.2","esp0x1001@192.0.2.2"]],"alone":[]}' \
	"$(ipsec_in G1 spigrp --json | jq -c .)"
assert_eq "group in ipsec spi --json" '["tun0x1001@192.0.2.2","esp0x1001@192.0.2.2"]' \
	"$(ipsec_in G1 spi --json | jq -c '.sas[] | select(.said == "esp0x1001@192.0.2.2") | .group')"
assert_match "ipsec look" "10.1.0.0/24 +-> 10.2.0.0/24 +=> $group +\(5\)" "$(ipsec_in G1 look)"
assert_match "tun in /proc/net/ipsec_spi" '^tun0x1002@192.0.2.1 IPIP: dir=in  src=192.0.2.2 policy=10.2.0.0/24->10.1.0.0/24 ' \
	"$(g1 cat /proc/net/ipsec_spi)"
assert_match "esp in /proc/net/ipsec_spi" '^esp0x1001@192.0.2.2 ESP_AES_GCM: dir=out .* mode=transport$' \
	"$(g1 cat /proc/net/ipsec_spi)"
assert_match "tun in ipsec spi" '^tun0x1002@192.0.2.1 IPIP: dir=in .* state=mature mode=tunnel$' "$(ipsec_in G1 spi)"

# What cannot be grouped, and that nothing changes by trying.
before=$(ipsec_in G1 spigrp)
assert_fails "a group of groups" ipsec_in G1 spigrp --said $group
assert_match "a group of groups" 'tun0x1001@192.0.2.2 is in a group already' "$OUTPUT"
assert_fails "a missing member" ipsec_in G1 spigrp --said tun0x1001@192.0.2.2 esp0x1009@192.0.2.2
assert_match "a missing member" 'esp0x1009@192.0.2.2: there is no such SA' "$OUTPUT"
assert_fails "taking a missing one apart" ipsec_in G1 spigrp --said esp0x1009@192.0.2.2
assert_match "taking a missing one apart" 'esp0x1009@192.0.2.2: there is no such SA' "$OUTPUT"
ipsec_in G1 --batch - <<-END
	spi --said tun0x1003@192.0.2.2 --src 192.0.2.1 --ip4
	spi --said esp0x1003@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey $MANUAL_KEY_OUT
	spi --said esp0x1004@192.0.2.1 --src 192.0.2.2 --esp aes_gcm128 --enckey $MANUAL_KEY_IN --mode transport
END
assert_fails "tunnel mode behind a tunnel" ipsec_in G1 spigrp --said tun0x1003@192.0.2.2 esp0x1003@192.0.2.2
assert_match "tunnel mode behind a tunnel" 'mode transport' "$OUTPUT"
assert_fails "in and out" ipsec_in G1 spigrp --said tun0x1003@192.0.2.2 esp0x1004@192.0.2.1
assert_fails "one that is alone" ipsec_in G1 spigrp --said esp0x1003@192.0.2.2
assert_match "one that is alone" 'in no group' "$OUTPUT"
ipsec_in G1 spi --del --said tun0x1003@192.0.2.2
ipsec_in G1 spi --del --said esp0x1003@192.0.2.2
ipsec_in G1 spi --del --said esp0x1004@192.0.2.1
assert_eq "groups after all that" "$before" "$(ipsec_in G1 spigrp)"

# Taken apart: the SAs stay, but what comes in is not what was agreed on; put together: as before.
ipsec_in G1 spigrp inet 192.0.2.1 0x1002 tun
assert_match "taken apart" '^tun0x1002@192.0.2.1 $' "$(ipsec_in G1 spigrp)"
ping_fails A 10.2.0.2
ipsec_in G1 spigrp --said tun0x1002@192.0.2.1 esp0x1002@192.0.2.1
ping_ok A 10.2.0.2 2

# With any of its SAs the whole group ends.
ipsec_in G1 spi --del --said esp0x1001@192.0.2.2
assert_eq "SAs left" "esp0x1002@192.0.2.1 tun0x1002@192.0.2.1" "$(ipsec_in G1 spi | cut -d' ' -f1 | sort | xargs)"
ping_fails A 10.2.0.2

# Transport mode between the gateways themselves.
transport()
{
	ipsec_in G1 --batch - <<-END
		eroute --clear
		spi --clear
		spi --said esp0x1101@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey $MANUAL_KEY_OUT --mode transport --noecn
		spi --said esp0x1102@192.0.2.1 --src 192.0.2.2 --esp aes_gcm128 --enckey $MANUAL_KEY_IN --mode transport --replay_window 64
		eroute --add --src 192.0.2.1/32 --dst 192.0.2.2/32 --said esp0x1101@192.0.2.2
	END
	g1 ip route add 192.0.2.2/32 dev ipsec0 src 192.0.2.1
	g2 ip xfrm state flush
	g2 ip xfrm policy flush
	g2 ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x1101 mode transport aead "rfc4106(gcm(aes))" $MANUAL_KEY_OUT 128 \
		sel src 192.0.2.1 dst 192.0.2.2
	g2 ip xfrm state add src 192.0.2.2 dst 192.0.2.1 proto esp spi 0x1102 mode transport aead "rfc4106(gcm(aes))" $MANUAL_KEY_IN 128 \
		sel src 192.0.2.2 dst 192.0.2.1
	g2 ip xfrm policy add src 192.0.2.2 dst 192.0.2.1 dir out tmpl proto esp mode transport
	g2 ip xfrm policy add src 192.0.2.1 dst 192.0.2.2 dir in tmpl proto esp mode transport
}

transport
capture_start transport G1 eth0
ping_ok G1 192.0.2.2 3
capture_stop transport
assert_eq "ESP in transport mode" 6 "$(capture_count transport esp)"
assert_eq "cleartext beside it" 0 "$(capture_count transport icmp)"
assert_match "flags and mode" 'mode=transport noecn$' "$(ipsec_in G1 spi | grep 0x1101)"

# ESP in UDP: the ports that were given, on the wire and in what is shown; UPDATE moves the SA.
ipsec_in G1 --batch - <<-END
	spi --del --said esp0x1101@192.0.2.2
	spi --said esp0x1101@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey $MANUAL_KEY_OUT --mode transport --natt nonesp --sport 4500 --dport 61234 --natt-oa 10.9.0.1 --keepalive 20
END
capture_start udp G1 eth0
ping_fails G1 192.0.2.2
capture_stop udp
[ "$(capture_count udp 'udp src port 4500 and dst port 61234 and dst host 192.0.2.2 and udp[8:4] == 0x1101')" -ge 1 ] ||
	fail "no ESP in UDP from port 4500 to 61234"
assert_match "NAT-T in ipsec spi" 'natencap=nonesp natsport=4500 natdport=61234 .* keepalive=20 natoa=10.9.0.1 natoadst=192.0.2.2$' \
	"$(ipsec_in G1 spi | grep 0x1101)"
assert_match "NAT-T in /proc" 'natencap=nonesp natsport=4500 natdport=61234 ' "$(g1 grep 0x1101 /proc/net/ipsec_spi)"
assert_eq "NAT-T in JSON" '{"type":"nonesp","sport":4500,"dport":61234,"oa":"10.9.0.1","oa_dst":"192.0.2.2","keepalive":20}' \
	"$(ipsec_in G1 spi --json | jq -c '.sas[] | select(.said == "esp0x1101@192.0.2.2") | .natt')"
ipsec_in G1 spi --update --said esp0x1101@192.0.2.2 --src 192.0.2.1 --natt nonesp --sport 4500 --dport 62345 --new-dst 192.0.2.9
assert_match "moved" 'natdport=62345 .* dst=192.0.2.9' "$(ipsec_in G1 spi | grep 0x1101)"
assert_eq "moved, in JSON" 192.0.2.9 \
	"$(ipsec_in G1 spi --json | jq -r '.sas[] | select(.said == "esp0x1101@192.0.2.2") | .wire_dst')"
ipsec_in G1 --batch - <<-END
	eroute --clear
	spi --clear
END
