# SPDX-License-Identifier: GPL-2.0
# limit: 90
# Too big with DF: the sender is told the right number, and nothing is sent; without: it is cut before encryption and arrives.
# ipsec0's MTU follows that of its underlying device until somebody sets it.
. "$LAB/manual.sh"

# link_mtu HOST DEVICE
link_mtu()
{
	local mtu

	mtu=$(on "$1" cat "/sys/class/net/$2/mtu")
	echo "$mtu"
}

# path_mtu: what A has learnt of the path to B.
path_mtu()
{
	on A ip -o route get 10.2.0.2 | grep -o ' mtu [0-9]*' | cut -d' ' -f3
}

# too_big NAME BYTES MTU: a datagram of so many bytes (with headers) and DF is refused with that number, and not sent.
too_big()
{
	on A ip route flush cache
	capture_start $1-wire G1 eth0
	capture_start $1-lan A a0
	udp_send A 10.2.0.2 7000 -d -s $(($2 - 28)) >/dev/null
	wait_for 5 "$1: A knows the path's MTU" equals $3 path_mtu
	assert_match "$1: the next one" 'error Message too long' "$(udp_send A 10.2.0.2 7000 -d -s $(($2 - 28)))"
	capture_stop $1-wire
	capture_stop $1-lan
	assert_eq "$1: ICMP fragmentation needed, $3" 1 \
		"$(capture_count $1-lan "icmp[0] = 3 and icmp[1] = 4 and icmp[6:2] = $3")"
	assert_eq "$1: packets on the wire" 0 "$(capture_count $1-wire 'ip proto 50 or net 10.0.0.0/8')"
}

# fits NAME BYTES: the largest one goes, in one piece that the wire takes.
fits()
{
	capture_start $1 G1 eth0
	assert_eq "$1: $2 bytes with DF" "sent 1 answered 1" "$(udp_send A 10.2.0.2 7 -d -s $(($2 - 28)) -e)"
	capture_stop $1
	assert_eq "$1: ESP from G1" 1 "$(capture_count $1 'ip proto 50 and src host 192.0.2.1')"
	assert_eq "$1: outer fragments from G1" 0 "$(capture_count $1 'src host 192.0.2.1 and ip[6:2] & 0x3fff != 0')"
}

# cut NAME BYTES PIECES: without DF it arrives, in so many ESP packets of which none is a fragment.
cut_up()
{
	capture_start $1 G1 eth0
	assert_eq "$1: $2 bytes without DF" "sent 1 answered 1" "$(udp_send A 10.2.0.2 7 -s $(($2 - 28)) -e)"
	capture_stop $1
	assert_eq "$1: ESP from G1" $3 "$(capture_count $1 'ip proto 50 and src host 192.0.2.1')"
	assert_eq "$1: outer fragments from G1" 0 "$(capture_count $1 'src host 192.0.2.1 and ip[6:2] & 0x3fff != 0')"
	assert_eq "$1: cleartext" 0 "$(capture_count $1 net 10.0.0.0/8)"
}

manual_klips
manual_peer
udp_echo B 7

# IPv6, UDP, ESP header and trailer of the costliest algorithm, aes-sha2_512: 40 + 8 + 8 + 16 + 15 + 2 + 32.
assert_eq "MTU of ipsec0" $((1500 - 121)) "$(link_mtu G1 ipsec0)"
too_big by-device 1380 1379
fits device-largest 1379
assert_eq "lost to the device's MTU" 0 "$(device_counter .tx.drops.too_big)"
cut_up by-kernel 4000 3
note "MTU of the device"

# A larger MTU than the SA has room for: then it is for klips to say. 1500 less 20 + 8 + 8 + 16 is 1448, of which 2 are trailer.
g1 ip link set ipsec0 mtu 1500
too_big by-sa 1447 1446
assert_eq "dropped as too big" 1 "$(device_counter .tx.drops.too_big)"
assert_eq "dropped as too big, by the SA" 1 "$(sa_counter esp0x1001@192.0.2.2 .drops.too_big)"
assert_eq "effective MTU" 1446 "$(device_counter .effective_mtu)"
on A ip route flush cache
fits sa-largest 1446
assert_match "ipsec why" 'largest +1446 bytes' "$(ipsec_in G1 why 10.1.0.2 10.2.0.2 udp 1 2)"
note "MTU of the SA"

cut_up by-klips 1447 2
# The kernel cuts at 1500; klips cuts two of the three again.
cut_up by-both 4000 5
for host in G1 G2; do
	on $host ip link set eth0 mtu 1400
done
cut_up smaller-path 4000 5
assert_eq "a set MTU stays" 1500 "$(link_mtu G1 ipsec0)"
for host in G1 G2; do
	on $host ip link set eth0 mtu 1500
done
note "fragments"

# TCP finds its way.
on A ip route flush cache
transfer A B 10.2.0.2 300000
[ "$(device_counter .tx.drops.too_big)" -gt 1 ] || fail "TCP met no limit"
assert_eq "path MTU that TCP found" 1446 "$(path_mtu)"
transfer B A 10.1.0.2 300000
on G1 ip route flush cache
assert_match "from the gateway itself" 'error Message too long' "$(udp_send G1 10.2.0.2 7000 -d -s 1460 -c 3 -i 100000)"
note "path MTU discovery"

# A new device follows.
g1 ip link del ipsec0
manual_device
for mtu in 1450:1329 9000:8879 1300:1280 1500:1379; do
	g1 ip link set eth0 mtu ${mtu%:*}
	assert_eq "MTU of ipsec0 over eth0 with ${mtu%:*}" ${mtu#*:} "$(link_mtu G1 ipsec0)"
done
g1 ip link set ipsec0 mtu 1350
g1 ip link set eth0 mtu 1450
assert_eq "MTU that was set" 1350 "$(link_mtu G1 ipsec0)"
