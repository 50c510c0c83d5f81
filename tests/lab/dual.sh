# SPDX-License-Identifier: GPL-2.0
# IPv4 and IPv6, inside and outside: klips on G1, XFRM on G2, the same keys on both.
#     . "$LAB/dual.sh"
#
# To IPv4 addresses that the lab has (net.sh) come
#      A fd01::2 - G1 fd01::1 | 2001:db8::1 = 2001:db8::2 | fd02::1 G2 - B fd02::2
# and at B 10.2.6.2 and fd26::2. What goes to 10.2.0.0/24 and fd02::/64 has IPv4 outside, what goes to 10.2.6.0/24 and
# fd26::/64 has IPv6 outside.
. "$LAB/manual.sh"

DUAL_TARGETS="10.2.0.2 fd02::2 10.2.6.2 fd26::2"

# dual_ipv6 HOST...: it has IPv6, and asks nobody whether its addresses are free.
dual_ipv6()
{
	local host

	for host; do
		on "$host" sh -c 'cd /proc/sys/net/ipv6/conf
			for d in *; do echo 0 >$d/accept_dad; echo 0 >$d/router_solicitations; done
			for d in *; do echo 0 >$d/disable_ipv6; done
			echo 1 >all/forwarding'
	done
}

dual_addresses()
{
	dual_ipv6 A G1 G2 B
	ip -n A -batch - <<-END
		addr add fd01::2/64 dev a0 nodad
		route add default via fd01::1
	END
	ip -n B -batch - <<-END
		addr add fd02::2/64 dev b0 nodad
		addr add 10.2.6.2/24 dev b0
		addr add fd26::2/64 dev b0 nodad
		route add default via fd02::1
	END
	ip -n G1 -batch - <<-END
		addr add fd01::1/64 dev lan0 nodad
		addr add 2001:db8::1/64 dev eth0 nodad
		route add default via 2001:db8::2
	END
	ip -n G2 -batch - <<-END
		addr add fd02::1/64 dev lan0 nodad
		addr add 10.2.6.1/24 dev lan0
		addr add fd26::1/64 dev lan0 nodad
		addr add 2001:db8::2/64 dev eth0 nodad
		route add default via 2001:db8::1
	END
}

# dual_klips: SAs 0x1001 and 0x1002 over IPv4, 0x2001 and 0x2002 over IPv6, ipsec0 over eth0.
dual_klips()
{
	cat >"$TMP/dual.spi" <<-END
		spi --said esp0x1001@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey $MANUAL_KEY_OUT
		spi --said esp0x1002@192.0.2.1 --src 192.0.2.2 --esp aes_gcm128 --enckey $MANUAL_KEY_IN --replay_window 64
		spi --said esp0x2001@2001:db8::2 --src 2001:db8::1 --esp aes_gcm128 --enckey $MANUAL_KEY_OUT
		spi --said esp0x2002@2001:db8::1 --src 2001:db8::2 --esp aes_gcm128 --enckey $MANUAL_KEY_IN --replay_window 64
		eroute --addin --src 10.2.0.0/24 --dst 10.1.0.0/24 --said esp0x1002@192.0.2.1
		eroute --addin --src fd02::/64 --dst fd01::/64 --said esp0x1002@192.0.2.1
		eroute --addin --src 10.2.6.0/24 --dst 10.1.0.0/24 --said esp0x2002@2001:db8::1
		eroute --addin --src fd26::/64 --dst fd01::/64 --said esp0x2002@2001:db8::1
		eroute --add --src 10.1.0.0/24 --dst 10.2.0.0/24 --said esp0x1001@192.0.2.2
		eroute --add --src fd01::/64 --dst fd02::/64 --said esp0x1001@192.0.2.2
		eroute --add --src 10.1.0.0/24 --dst 10.2.6.0/24 --said esp0x2001@2001:db8::2
		eroute --add --src fd01::/64 --dst fd26::/64 --said esp0x2001@2001:db8::2
		tncfg --attach --virtual ipsec0 --physical eth0
	END
	on G1 ipsec --batch "$TMP/dual.spi"
	ip -n G1 -batch - <<-END
		link set ipsec0 up
		route add 10.2.0.0/24 dev ipsec0 src 10.1.0.1
		route add 10.2.6.0/24 dev ipsec0 src 10.1.0.1
		route add fd02::/64 dev ipsec0
		route add fd26::/64 dev ipsec0
	END
}

# dual_xfrm_state SRC DST SPI KEY: one for both families inside.
dual_xfrm_state()
{
	echo "xfrm state add src $1 dst $2 proto esp spi $3 reqid 1 mode tunnel replay-window 32 flag af-unspec" \
		"aead rfc4106(gcm(aes)) $4 128"
}

# dual_xfrm_policies OWN-OUTER FAR-OUTER OWN-NET FAR-NET
dual_xfrm_policies()
{
	local template="proto esp reqid 1 mode tunnel"

	echo "xfrm policy add src $3 dst $4 dir out priority 1000 tmpl src $1 dst $2 $template"
	echo "xfrm policy add src $4 dst $3 dir in priority 1000 tmpl src $2 dst $1 $template"
	echo "xfrm policy add src $4 dst $3 dir fwd priority 1000 tmpl src $2 dst $1 $template"
}

dual_peer()
{
	{
		dual_xfrm_state 192.0.2.1 192.0.2.2 0x1001 $MANUAL_KEY_OUT
		dual_xfrm_state 192.0.2.2 192.0.2.1 0x1002 $MANUAL_KEY_IN
		dual_xfrm_state 2001:db8::1 2001:db8::2 0x2001 $MANUAL_KEY_OUT
		dual_xfrm_state 2001:db8::2 2001:db8::1 0x2002 $MANUAL_KEY_IN
		dual_xfrm_policies 192.0.2.2 192.0.2.1 10.2.0.0/24 10.1.0.0/24
		dual_xfrm_policies 192.0.2.2 192.0.2.1 fd02::/64 fd01::/64
		dual_xfrm_policies 2001:db8::2 2001:db8::1 10.2.6.0/24 10.1.0.0/24
		dual_xfrm_policies 2001:db8::2 2001:db8::1 fd26::/64 fd01::/64
	} | ip -n G2 -batch -
}

# dual_up: all of it, and every way has been gone once (who waits for a neighbour may be dropped).
dual_up()
{
	local target

	dual_addresses
	dual_peer
	dual_klips
	for target in $DUAL_TARGETS; do
		wait_for 20 "the way to $target" on A ping -n -c 1 -W 1 $target
	done
}
