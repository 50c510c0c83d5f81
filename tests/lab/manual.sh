# SPDX-License-Identifier: GPL-2.0
# For scenarios without a key daemon: klips on G1, XFRM on G2, the same keys typed in on both.
#     . "$LAB/manual.sh"

MANUAL_KEY_OUT=0x0102030405060708090a0b0c0d0e0f10aabbccdd
MANUAL_KEY_IN=0x1112131415161718191a1b1c1d1e1f20eeff0011

# manual_sa_out SPI [OPTION...]: an SA from G1 to G2.
manual_sa_out()
{
	ipsec_in G1 spi --said esp$1@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey $MANUAL_KEY_OUT "${@:2}"
}

# manual_sa_in SPI [OPTION...]: an SA from G2 to G1.
manual_sa_in()
{
	ipsec_in G1 spi --said esp$1@192.0.2.1 --src 192.0.2.2 --esp aes_gcm128 --enckey $MANUAL_KEY_IN \
		--replay_window 64 "${@:2}"
}

# manual_fallback: what lies under the route to ipsec0, whatever becomes of it: a device that drops.
manual_fallback()
{
	ip -n G1 -batch - <<-END
		link add drop0 type dummy
		link set drop0 up
		route add 10.2.0.0/24 dev drop0 metric 4294967295
	END
}

# manual_device: ipsec0 over eth0, up, and the route to it.
manual_device()
{
	ipsec_in G1 tncfg --attach --virtual ipsec0 --physical eth0
	ip -n G1 -batch - <<-END
		link set ipsec0 up
		route replace 10.2.0.0/24 dev ipsec0 src 10.1.0.1
	END
}

# manual_klips: 10.1.0.0/24 to 10.2.0.0/24 through the SAs 0x1001 (out) and 0x1002 (in) of G1, on ipsec0.
manual_klips()
{
	manual_sa_out 0x1001
	manual_sa_in 0x1002
	ipsec_in G1 eroute --addin --src 10.2.0.0/24 --dst 10.1.0.0/24 --said esp0x1002@192.0.2.1
	ipsec_in G1 eroute --add --src 10.1.0.0/24 --dst 10.2.0.0/24 --said esp0x1001@192.0.2.2
	manual_device
}

# manual_xfrm_sa HOST SRC DST SPI KEY [REQID]
manual_xfrm_sa()
{
	on $1 ip xfrm state add src $2 dst $3 proto esp spi $4 reqid ${6:-1} mode tunnel replay-window 32 \
		aead "rfc4106(gcm(aes))" $5 128
}

# manual_xfrm_policies HOST LOCAL REMOTE OWN-NET FAR-NET [REQID]
manual_xfrm_policies()
{
	local template="proto esp reqid ${6:-1} mode tunnel"

	ip -n $1 -batch - <<-END
		xfrm policy add src $4 dst $5 dir out priority 1000 tmpl src $2 dst $3 $template
		xfrm policy add src $5 dst $4 dir in priority 1000 tmpl src $3 dst $2 $template
		xfrm policy add src $5 dst $4 dir fwd priority 1000 tmpl src $3 dst $2 $template
	END
}

# manual_peer: what G2 needs for manual_klips.
manual_peer()
{
	manual_xfrm_sa G2 192.0.2.2 192.0.2.1 0x1002 $MANUAL_KEY_IN
	manual_xfrm_sa G2 192.0.2.1 192.0.2.2 0x1001 $MANUAL_KEY_OUT
	manual_xfrm_policies G2 192.0.2.2 192.0.2.1 10.2.0.0/24 10.1.0.0/24
}

# device_counter JQ-PATH [DEVICE]: a counter of an ipsec device of G1, 0 where it is left out; or several, as an object.
device_counter()
{
	ipsec_in G1 tncfg --json | jq -rc ".devices[] | select(.name == \"${2:-ipsec0}\") | $1 // 0"
}

# sa_counter SAID JQ-PATH: one of an SA of G1.
sa_counter()
{
	ipsec_in G1 spi --json | jq -r ".sas[] | select(.said == \"$1\") | $2 // 0"
}

# eroute_packets DST [SRC]: packets that met G1's eroute to DST.
eroute_packets()
{
	ipsec_in G1 eroute --json | jq -r ".eroutes[] | select(.dst == \"$1\"${2:+ and .src == \"$2\"}) | .packets"
}

# counts WHAT EXPECTED COMMAND...: its output comes to be EXPECTED.
counts()
{
	local what=$1 expected=$2

	shift 2
	wait_for 5 "$what is $expected" equals "$expected" "$@"
}

equals()
{
	local got

	got=$("${@:2}")
	echo "$got"
	[ "$got" = "$1" ]
}

# lines FILE: how many there are.
lines()
{
	wc -l <"$1"
}

# above NUMBER COMMAND...: its output is a larger one.
above()
{
	local got

	got=$("${@:2}")
	echo "$got"
	[ "$got" -gt "$1" ]
}

# flood FROM ADDRESS [OPTION...]: datagrams until it is killed; their process is in $FLOOD.
flood()
{
	on_bg $1 udp send -c 1000000 -i 20000 "${@:3}" $2 7000 >/dev/null 2>&1
	FLOOD=$!
}

# busy COUNT SECONDS: a flood from A, until ipsec0 has had more than COUNT packets.
busy()
{
	flood A 10.2.0.2 -i 1000
	wait_for $2 "traffic" above $1 device_counter .tx.packets
}

# ends_under_traffic COUNT MORE SECONDS: the SAs of manual_klips end and others take their place, then ipsec0 ends, after so
# many packets, each within SECONDS. Nothing that was set up on G1 is left.
ends_under_traffic()
{
	busy $1 $3
	ipsec_in G1 spi --clear
	manual_sa_out 0x1001
	manual_sa_in 0x1002
	wait_for $3 "more of it" above $2 device_counter .tx.packets
	ipsec_in G1 tncfg --delete ipsec0
	kill $FLOOD
	ipsec_in G1 eroute --clear
	ipsec_in G1 spi --clear
}
