# SPDX-License-Identifier: GPL-2.0
# The matrix: many set-ups of SAs at once, klips on G1 against XFRM on G2, each between two addresses of its own.
#     . "$LAB/matrix.sh"
# build/lab/bin/rows makes the rows, matrix.awk says to both sides what they are to do, verdict.awk what became of them.

MATRIX_SIZES=1,64,1300,3000

# Both families on the link, and the ways to the networks of matrix.awk.
matrix_network()
{
	net_link_ipv6
	ip -n G1 route add default via 2001:db8::2
	ip -n G2 route add default via 2001:db8::1
	ipsec_in G1 tncfg --attach --virtual ipsec0 --physical eth0
	ip -n G1 -batch - <<-END
		link set ipsec0 up
		route add 10.2.0.0/16 dev ipsec0
		route add 10.4.0.0/16 dev ipsec0
		route add fd02::/16 dev ipsec0
		route add fd04::/16 dev ipsec0
	END
}

# What takes ESP in UDP, on both sides.
matrix_encap()
{
	local host

	for host in G1 G2; do
		on_bg $host encap >"$TMP/encap-$host"
		wait_for 10 "encap on $host" file_says "$TMP/encap-$host" ready
	done
}

matrix_setups()
{
	awk -v dir="$TMP" -f "$LAB/matrix.awk" "$1"
	note "$(wc -l <"$TMP/pairs") set-ups, $(wc -l <"$TMP/sas") SAs"
	ip -n G1 -batch "$TMP/g1"
	ip -n G2 -batch "$TMP/g2"
	note "addresses"
	with_ciphers ip -n G2 -force -batch "$TMP/xfrm"
	note "XFRM's SAs"
	ip -n G2 -force -batch "$TMP/policy"
	note "XFRM's policies"
	with_ciphers ipsec_in G1 --batch "$TMP/klips"
	note "klips' side"
}

matrix_traffic()
{
	capture_start wire G1 eth0
	udp_echo G2 7000
	g1 pairs 7000 $MATRIX_SIZES <"$TMP/pairs" >"$TMP/traffic" || true
	note "traffic"
	capture_stop wire
}

# Names that can be read in packets on the wire; packets of inner addresses outside of IPsec.
matrix_clear()
{
	local inside='net 10.1.0.0/16 or net 10.2.0.0/16 or net fd01::/16 or net fd02::/16'

	grep -ao '<setup-[0-9]*>' "$TMP/wire.pcap" | sort -u | grep -vxFf "$TMP/open" >"$TMP/seen" || true
	assert_eq "packets on the wire from or to addresses inside tunnels" 0 "$(capture_count wire "$inside")"
	assert_eq "datagrams on the wire outside of IPsec" 0 \
		"$(tcpdump -n -r "$TMP/wire.pcap" udp port 7000 2>/dev/null | grep -vFf "$TMP/bare" | wc -l || true)"
}

# What both sides have counted.
matrix_counters()
{
	ipsec_in G1 spi --json | jq -r '.sas[] |
		"\(.said) \(.packets) \([.drops | to_entries[] | "\(.key)=\(.value)"] | join(",") | if . == "" then "-" else . end)"' \
		>"$TMP/counted.klips"
	g2 ip -s xfrm state | awk '
	$1 == "proto" { gsub(/.*\(|\).*/, "", $4); spi = sprintf("0x%x", $4) }
	/\(bytes\), [0-9]+\(packets\)/ { packets = $2; sub(/\(.*/, "", packets) }
	$1 == "replay-window" && $3 == "replay" { print spi, packets, $4 + $6 }' >"$TMP/counted.xfrm"
}

# xfrm_cannot WHAT ARGUMENT...: ip xfrm state add must fail with them; its own words are the reason.
xfrm_cannot()
{
	local what=$1

	shift
	assert_fails "$what (XFRM can it now: then it belongs into the matrix)" \
		g2 ip xfrm state add src 192.0.2.2 dst 192.0.2.1 spi 0x8001 "$@"
	echo "cannot $what: ${OUTPUT%%$'\n'*}" | tee -a /lab/matrix.log
}

# Values that klips has and XFRM refuses, or that both do.
matrix_cannot()
{
	local cbc='enc cbc(aes) 0x000102030405060708090a0b0c0d0e0f' sha='auth hmac(sha1) 0x000102030405060708090a0b0c0d0e0f10111213'

	xfrm_cannot "esp, ESN with window 0" proto esp mode tunnel replay-window 0 flag esn $cbc $sha
	xfrm_cannot "ah in UDP" proto ah mode tunnel $sha encap espinudp 4500 4500 0.0.0.0
	xfrm_cannot "comp in UDP" proto comp mode tunnel comp deflate encap espinudp 4500 4500 0.0.0.0
	xfrm_cannot "comp, ESN" proto comp mode tunnel replay-window 32 flag esn comp deflate
	xfrm_cannot "ipip as an SA" proto ipip mode tunnel
}

# matrix_go ROWS: both sides are set up, the datagrams have been sent.
matrix_go()
{
	modprobe -a esp4 esp6 ah4 ah6 ipcomp ipcomp6 xfrm4_tunnel xfrm6_tunnel xfrm_user deflate ipip sit ip6_tunnel
	matrix_network
	matrix_encap
	matrix_setups "$1"
	matrix_traffic
}

# matrix_judge ROWS LOG: fails when a row does; what became of them is added to LOG, what failed is shown.
matrix_judge()
{
	local failed

	matrix_counters
	matrix_clear
	awk -f "$LAB/verdict.awk" file=1 "$1" file=2 "$TMP/traffic" file=3 "$TMP/sas" file=4 "$TMP/counted.klips" \
		file=5 "$TMP/counted.xfrm" file=6 "$TMP/seen" >"$TMP/verdict" || true
	cat "$TMP/verdict" >>"$2"
	failed=$(grep -c ^FAILED "$TMP/verdict") || true
	grep ^FAILED "$TMP/verdict" || true
	note "$(grep -c ^ok "$TMP/verdict") rows are as they should be; sent again: $(grep -c 'ok .*:' "$TMP/traffic" || true)"
	[ "$failed" -eq 0 ] || fail "$failed rows of the matrix: $(grep -m 1 ^FAILED "$TMP/verdict")"
}

# matrix_run ROWS: all of it; the log is /lab/matrix.log.
matrix_run()
{
	matrix_go "$1"
	matrix_judge "$1" /lab/matrix.log
}
