# SPDX-License-Identifier: GPL-2.0
# Datagrams that were cut on the way to a tunnel for udp to port 7000 only, and what comes of them (dual.sh has the rest).
#     . "$LAB/pieces.sh"
#
# Who uses it sets SEEN=0 and BEFORE='{}' when B's sink, $TMP/sink, and G1's ipsec0 are there.

# klips_port HOST OUT-SPI OUT-KEY IN-SPI IN-KEY OWN-OUTER FAR-OUTER OWN-NET FAR-NET OWN-NET6 FAR-NET6 OUT IN: the last two say which
# port is named, in what goes out and in what comes in: src or dst.
klips_port()
{
	cat >"$TMP/$1.batch" <<-END
		spi --said esp$2@$7 --src $6 --esp aes_gcm128 --enckey $3
		spi --said esp$4@$6 --src $7 --esp aes_gcm128 --enckey $5 --replay_window 4096
		eroute --addin --src $9 --dst $8 --said esp$4@$6 --transport-proto udp --${13}-port 7000
		eroute --addin --src ${11} --dst ${10} --said esp$4@$6 --transport-proto udp --${13}-port 7000
		eroute --addin --src $9 --dst $8 --said esp$4@$6 --transport-proto icmp
		eroute --add --src $8 --dst $9 --said esp$2@$7 --transport-proto udp --${12}-port 7000
		eroute --add --src ${10} --dst ${11} --said esp$2@$7 --transport-proto udp --${12}-port 7000
		eroute --add --src $8 --dst $9 --said esp$2@$7 --transport-proto icmp
		tncfg --attach --virtual ipsec0 --physical eth0
	END
	on $1 ipsec --batch "$TMP/$1.batch"
	ip -n $1 -batch - <<-END
		link set ipsec0 mtu 1500
		link set ipsec0 up
		route add $9 dev ipsec0 src ${8%.0/24}.1
		route add ${11} dev ipsec0
	END
}

# xfrm_port HOST OWN-OUTER FAR-OUTER OWN-NET FAR-NET OUT IN: its policies; OUT and IN: sport or dport.
xfrm_port()
{
	local template="proto esp reqid 1 mode tunnel"

	manual_xfrm_sa $1 192.0.2.1 192.0.2.2 0x1001 $MANUAL_KEY_OUT
	manual_xfrm_sa $1 192.0.2.2 192.0.2.1 0x1002 $MANUAL_KEY_IN
	ip -n $1 -batch - <<-END
		xfrm policy add src $4 dst $5 proto udp $6 7000 dir out priority 1000 tmpl src $2 dst $3 $template
		xfrm policy add src $5 dst $4 proto udp $7 7000 dir in priority 1000 tmpl src $3 dst $2 $template
		xfrm policy add src $5 dst $4 proto udp $7 7000 dir fwd priority 1000 tmpl src $3 dst $2 $template
	END
}

no_klips()
{
	ipsec_in $1 tncfg --delete ipsec0
	ipsec_in $1 eroute --clear
	ipsec_in $1 spi --clear
}

# frags SOURCE DESTINATION: from A, see tests/lab/frags.c.
frags()
{
	on A frags "$1" "$2" >"$TMP/frags.out"
}

# arrived BYTES...: which datagrams B got since it was asked last, each "COUNTxBYTES".
arrived()
{
	local n

	n=$(lines "$TMP/sink")
	tail -n +$((SEEN + 1)) "$TMP/sink" | head -n $((n - SEEN)) | cut -d' ' -f1 | sort -n | uniq -c |
		awk '{ printf "%s%dx%d", sep, $1, $2; sep = " " }'
}

# expect WHAT DATAGRAMS: B comes to have got these, and has got nothing else since the last time.
expect()
{
	counts "$1" "$2" arrived
	SEEN=$(lines "$TMP/sink")
}

# drops: of G1's ipsec0 on the way out since $BEFORE, "REASON=N".
drops()
{
	device_counter .tx.drops | jq -r --argjson before "$BEFORE" \
		'to_entries | map(.value -= ($before[.key] // 0) | select(.value > 0) | "\(.key)=\(.value)") | sort | join(" ")'
}

# dropped WHAT DROPS: these since the last time.
dropped()
{
	counts "$1" "$2" drops
	BEFORE=$(device_counter .tx.drops)
}

# waiting: datagrams in fragments on G1.
waiting()
{
	g1 sed -n 's/^datagrams in fragments: \([0-9]*\),.*/\1/p' /proc/net/ipsec/limits
}

clear_frames()
{
	capture_count $1 'net 10.0.0.0/8 or net fd00::/8'
}

# orders OPTION: all orders of four fragments, as datagrams of 4001 to 4024 bytes with the header of UDP.
orders()
{
	awk -v option="$1" 'BEGIN {
		split("0-1000 1000-2000 2000-3000 3000-", piece, " ")
		for (a = 1; a <= 4; a++) for (b = 1; b <= 4; b++) for (c = 1; c <= 4; c++) for (d = 1; d <= 4; d++) {
			if (a == b || a == c || a == d || b == c || b == d || c == d)
				continue
			len = 4000 + ++n
			line = option " len=" len " " piece[a] " " piece[b] " " piece[c] " " piece[d]
			sub("3000-", "3000-" len, line)
			print line
		}
	}'
}

# sizes LESS: what comes of them at B.
sizes()
{
	local n text=

	for ((n = 1; n <= 24; n++)); do
		text+="${text:+ }1x$((4000 + n - $1))"
	done
	echo "$text"
}
