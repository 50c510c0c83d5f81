# SPDX-License-Identifier: GPL-2.0
# limit: 120
# ESP in UDP behind a NAT (RFC 3948): XFRM on G2, whose packets get another address and port. Transport mode,
# so that checksums were made over other addresses than arrive. A mapping that changes is seen by an authenticated packet,
# told once, and again when nobody does anything about it for 10 s; UPDATE moves the SA; keepalives; plain ESP for the same SA.
. "$LAB/manual.sh"

# nat PORT: G2 is behind a NAT that gives its port 4500 the address 192.0.2.22 and PORT. Without states, so that a
# mapping changes when it is told to.
nat()
{
	g2 nft -f - <<-END
		table ip nat
		delete table ip nat
		table ip nat {
			chain out {
				type filter hook postrouting priority 0
				ip saddr 192.0.2.2 udp sport 4500 udp sport set $1 ip saddr set 192.0.2.22 udp checksum set 0
			}
			chain in {
				type filter hook prerouting priority -400
				ip daddr 192.0.2.22 udp dport $1 udp dport set 4500 ip daddr set 192.0.2.2 udp checksum set 0
			}
		}
	END
}

xfrm_side()
{
	local encap="encap espinudp 4500 4500 0.0.0.0"

	g2 ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x1001 mode transport \
		aead "rfc4106(gcm(aes))" $MANUAL_KEY_OUT 128 $encap sel proto tcp
	g2 ip xfrm state add src 192.0.2.2 dst 192.0.2.1 proto esp spi 0x1002 mode transport \
		aead "rfc4106(gcm(aes))" $MANUAL_KEY_IN 128 $encap sel proto tcp
	g2 ip xfrm policy add src 192.0.2.2 dst 192.0.2.1 proto tcp dir out tmpl src 192.0.2.2 dst 192.0.2.1 proto esp mode transport
	g2 ip xfrm policy add src 192.0.2.1 dst 192.0.2.2 proto tcp dir in tmpl src 192.0.2.1 dst 192.0.2.2 proto esp mode transport
}

klips_side()
{
	ipsec_in G1 --batch - <<-END
		spi --said esp0x1001@192.0.2.22 --src 192.0.2.1 --esp aes_gcm128 --enckey $MANUAL_KEY_OUT --mode transport --natt nonesp --sport 4500 --dport $1 --keepalive 1
		spi --said esp0x1002@192.0.2.1 --src 192.0.2.22 --esp aes_gcm128 --enckey $MANUAL_KEY_IN --mode transport --replay_window 64 --natt nonesp --sport $1 --dport 4500 --natt-oa 192.0.2.2
		eroute --add --src 192.0.2.1/32 --dst 192.0.2.22/32 --said esp0x1001@192.0.2.22
	END
	ipsec_in G1 tncfg --attach --virtual ipsec0 --physical eth0
	ip -n G1 -batch - <<-END
		link set ipsec0 up
		route add 192.0.2.22/32 dev ipsec0 src 192.0.2.1
	END
}

# encap_up HOST: its sockets on 4500.
encap_up()
{
	on_bg $1 encap >"$TMP/encap-$1" 2>&1
	wait_for 10 "sockets on 4500 of $1" grep -q ready "$TMP/encap-$1"
}

# mappings: how many were told.
mappings()
{
	grep -c '(x_nat_t_new_mapping)' "$TMP/heard" || true
}

mappings_are()
{
	[ "$(mappings)" -eq $1 ]
}

# kept N: so many keepalives were seen.
kept()
{
	[ "$(capture_count keep 'udp src port 4500')" -ge $1 ]
}

modprobe xfrm_user
g2 ip addr add 192.0.2.22/24 dev eth0
encap_up G1
encap_up G2
nat 61000
xfrm_side
klips_side 61000
on_bg G1 ipsec pf_key >"$TMP/heard" 2>&1
wait_for 60 "a listener" grep -q 'type=7(register).*satype=9(COMP)' "$TMP/heard"

capture_start natt G1 eth0
transfer G1 G2 192.0.2.22 100000
capture_stop natt
[ "$(capture_count natt 'udp and host 192.0.2.22 and port 61000')" -gt 50 ] || fail "no ESP in UDP on the wire"
assert_eq "cleartext on the wire" 0 "$(capture_count natt tcp)"
assert_eq "mappings told, while nothing changed" 0 "$(mappings)"

# The NAT forgets: the peer is at another port now. What it sends is good, and is taken; our answers go to the old one,
# until somebody says otherwise.
nat 61999
on_bg G1 tcp receive 5001 >"$TMP/received" 2>&1
receiver=$!
wait_for 10 "a receiver" listening G1 tcp 5001
on_bg G2 tcp send 192.0.2.1 5001 1000 >/dev/null 2>&1
wait_for 20 "the new mapping to be told" mappings_are 1
told=${EPOCHREALTIME/./}
# The sender repeats its SYN after 1, 3, 7, 15 s.
wait_for 40 "it to be told again" mappings_are 2
[ $(((${EPOCHREALTIME/./} - told) / 1000)) -ge 8000 ] || fail "told again after $(((${EPOCHREALTIME/./} - told) / 1000)) ms"
assert_match "who is told where" 'natdport=61999' "$(grep -A1 '(x_nat_t_new_mapping)' "$TMP/heard")"
ipsec_in G1 --batch - <<-END
	spi --update --said esp0x1002@192.0.2.1 --src 192.0.2.22 --natt nonesp --sport 61999 --dport 4500
	spi --update --said esp0x1001@192.0.2.22 --src 192.0.2.1 --natt nonesp --sport 4500 --dport 61999 --keepalive 1
END
wait $receiver || true
assert_eq "what was sent while the mapping changed" "received 1000 bytes" "$(<"$TMP/received")"
transfer G1 G2 192.0.2.22 100000
assert_eq "mappings told in all" 2 "$(mappings)"

# Idle: one byte a second, which the peer's kernel swallows.
capture_start keep G1 eth0
wait_for 10 "two keepalives" kept 2
capture_stop keep
assert_eq "keepalives of one byte" "$(capture_count keep 'udp src port 4500')" \
	"$(capture_count keep 'udp src port 4500 and dst port 61999 and udp[4:2] == 9 and udp[8] == 0xff')"
