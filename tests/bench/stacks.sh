# SPDX-License-Identifier: GPL-2.0
# The same tunnel by either stack, on both gateways: A - G1 = G2 - B, AES-GCM-16, replay windows.
#     . "$REPO/tests/bench/stacks.sh"
#
# klips_up, klips_down, xfrm_up, xfrm_down. A packet between A and B goes through G1 and G2.
# sink_for_datagrams, stream_receiver HOST: who takes what is sent.

key=0x0102030405060708090a0b0c0d0e0f10aabbccdd
fast_ciphers
modprobe -a esp4 xfrm_user

klips_gateway()
{
	ipsec_in $1 spi --said $3 --src $2 --esp aes_gcm128 --enckey $key --replay_window 64
	ipsec_in $1 spi --said $5 --src $4 --esp aes_gcm128 --enckey $key --replay_window 64
	ipsec_in $1 eroute --addin --src $7 --dst $6 --said $5
	ipsec_in $1 eroute --add --src $6 --dst $7 --said $3
	ipsec_in $1 tncfg --attach --virtual ipsec0 --physical eth0
	on $1 ip link set ipsec0 up
	on $1 ip route replace $7 dev ipsec0
}

klips_up()
{
	klips_gateway G1 192.0.2.1 esp0x1001@192.0.2.2 192.0.2.2 esp0x1002@192.0.2.1 10.1.0.0/24 10.2.0.0/24
	klips_gateway G2 192.0.2.2 esp0x1002@192.0.2.1 192.0.2.1 esp0x1001@192.0.2.2 10.2.0.0/24 10.1.0.0/24
}

klips_down()
{
	for host in G1 G2; do
		ipsec_in $host eroute --clear
		ipsec_in $host spi --clear
		ipsec_in $host tncfg --delete ipsec0
	done
}

xfrm_gateway()
{
	on $1 ip xfrm state add src $2 dst $3 proto esp spi $4 mode tunnel replay-window 32 aead "rfc4106(gcm(aes))" $key 128
	on $1 ip xfrm state add src $3 dst $2 proto esp spi $5 mode tunnel replay-window 32 aead "rfc4106(gcm(aes))" $key 128
	on $1 ip xfrm policy add src $6 dst $7 dir out tmpl src $2 dst $3 proto esp mode tunnel
	on $1 ip xfrm policy add src $7 dst $6 dir fwd tmpl src $3 dst $2 proto esp mode tunnel
	on $1 ip xfrm policy add src $7 dst $6 dir in tmpl src $3 dst $2 proto esp mode tunnel
}

xfrm_up()
{
	xfrm_gateway G1 192.0.2.1 192.0.2.2 0x2001 0x2002 10.1.0.0/24 10.2.0.0/24
	xfrm_gateway G2 192.0.2.2 192.0.2.1 0x2002 0x2001 10.2.0.0/24 10.1.0.0/24
}

xfrm_down()
{
	for host in G1 G2; do
		on $host ip xfrm state flush
		on $host ip xfrm policy flush
	done
}

# On B, port 9: open, never read.
sink_for_datagrams()
{
	udp_sink B 9 /dev/null
	kill -STOP $! 2>/dev/null || true
}

# Of TCP, on port 5001 of HOST.
stream_receiver()
{
	on_bg $1 "$REPO/build/lab/bin/stream" receive 5001
	wait_for 30 "the receiver" listening $1 tcp 5001
}
