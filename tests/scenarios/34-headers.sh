# SPDX-License-Identifier: GPL-2.0
# limit: 90
# Outer headers by rule, in all four pairs of families: TTL, DSCP (hidetos yes and no), ECN as it goes out and as it is taken in
# (RFC 6040), DF by all settings of the device, flow label. What was on the wire says tshark.
. "$LAB/dual.sh"

outer_v6()
{
	[[ $1 == 10.2.6.* || $1 == fd26:* ]]
}

# send_out HIDETOS DF TARGET BYTES TOS TTL INNER-DF: an order for udp, and the outer packet as it has to be: family, TTL, DSCP
# and ECN as one number, DF or flow label.
send_out()
{
	local tos=$5 df=0

	echo "$3 $4 $5 $6 $7" >>"$TMP/orders"
	[ $1 = no ] || tos=$((tos & 3))
	case $2 in
	set) df=1 ;;
	copy) if [[ $3 == *:* ]]; then df=$(($4 + 48 > 1280)); else df=$7; fi ;;
	esac
	if outer_v6 $3; then
		echo "IPv6 64 $tos 0"
	else
		echo "IPv4 64 $tos $df"
	fi >>"$TMP/outer.expected"
}

# out_with HIDETOS DF
out_with()
{
	local target tos

	ipsec_in G1 tncfg --set ipsec0 --hidetos $1 --df $2
	: >"$TMP/orders"
	for target in $DUAL_TARGETS; do
		for tos in $((0xb8)) $((0xb9)) $((0xba)) $((0xbb)); do
			send_out $1 $2 $target 100 $tos 33 0
		done
		send_out $1 $2 $target 100 0 9 1
		send_out $1 $2 $target 1250 0 200 1
	done
	on A udp shape 7000 <"$TMP/orders"
}

dual_up
capture_start outer G1 eth0 outbound 'ip proto 50 or ip6 proto 50'
out_with yes clear
out_with no copy
out_with yes set
capture_stop outer
tshark -n -r "$TMP/outer.pcap" -T fields -E 'separator=|' -e ip.ttl -e ip.dsfield -e ip.flags.df -e ipv6.hlim \
	-e ipv6.tclass -e ipv6.flow 2>/dev/null |
	while IFS='|' read -r ttl tos df limit class label; do
		if [ -n "$ttl" ]; then
			echo "IPv4 $ttl $((tos)) $([[ $df == [1T]* ]] && echo 1 || echo 0)"
		else
			echo "IPv6 $limit $((class)) $((label))"
		fi
	done >"$TMP/outer.txt"
if ! cmp -s "$TMP/outer.expected" "$TMP/outer.txt"; then
	diff "$TMP/outer.expected" "$TMP/outer.txt" | head -20
	fail "outer headers: '$(diff "$TMP/outer.expected" "$TMP/outer.txt" | sed -n 's/^> //p' | head -1)' on the wire, expected '$(diff "$TMP/outer.expected" "$TMP/outer.txt" | sed -n 's/^< //p' | head -1)'"
fi
note "$(lines "$TMP/outer.txt") outer headers on the way out"

# ECN on the way in, RFC 6040 figure 4: a row for each inner codepoint, a column for each outer one; 0 Not-ECT, 1 ECT(1),
# 2 ECT(0), 3 CE.
declare -A ecn_in=(
	[0]='0 0 0 drop'
	[1]='1 1 1 3'
	[2]='2 1 2 3'
	[3]='3 3 3 3'
)
names=(not-ect ect1 ect0 ce)
dropped=0
sent=$(device_counter "(.rx.packets + ([.rx.drops[]] | add // 0))")

# Sizes tell packets apart: 200 and more.
capture_start inner A a0 inbound 'udp port 7000'
for outer in 0 1 2 3; do
	# Not by nftables in IPv6: that of 7.3 writes no first bytes of a header. Made anew: 6.1 warns where a filter is replaced.
	on G1 tc qdisc add dev eth0 clsact
	on G1 tc filter add dev eth0 ingress protocol ipv6 pref 1 u32 match u8 50 0xff at 6 \
		action pedit munge offset 1 u8 set $((outer << 4)) retain 0x30 continue
	on G1 nft -f - <<-END
		table inet outer
		delete table inet outer
		table inet outer {
			chain in {
				type filter hook prerouting priority raw;
				iif eth0 ip protocol esp ip ecn set ${names[outer]}
			}
		}
	END
	: >"$TMP/orders"
	for inner in 0 1 2 3; do
		read -ra row <<<"${ecn_in[$inner]}"
		for way in 0 1 2 3; do
			size=$((200 + outer * 16 + inner * 4 + way))
			# The addresses of A, from those of B that say the way.
			echo "$way $size $((0xb8 | inner))" >>"$TMP/orders"
			if [ "${row[outer]}" = drop ]; then
				dropped=$((dropped + 1))
			else
				echo "$size $((0xb8 | row[outer]))" >>"$TMP/inner.expected"
			fi
		done
	done
	for way in 0 1 2 3; do
		read -ra from <<<"$DUAL_TARGETS"
		to=10.1.0.2
		[[ ${from[way]} != *:* ]] || to=fd01::2
		sed -n "s/^$way \(.*\)/$to \1 64 0/p" "$TMP/orders" | on B udp shape -a ${from[way]} 7000
	done
	sent=$((sent + 16))
	counts "packets that came in" $sent device_counter "(.rx.packets + ([.rx.drops[]] | add // 0))"
	on G1 tc qdisc del dev eth0 clsact
done
counts "packets dropped for CE around Not-ECT" $dropped device_counter .rx.drops.bad_inner
capture_stop inner
tshark -n -r "$TMP/inner.pcap" -T fields -E 'separator=|' -e udp.length -e ip.dsfield -e ipv6.tclass 2>/dev/null |
	while IFS='|' read -r size v4 v6; do
		echo "$((size - 8)) $((${v4:-$v6}))"
	done | sort -n >"$TMP/inner.txt"
sort -n -o "$TMP/inner.expected" "$TMP/inner.expected"
cmp -s "$TMP/inner.expected" "$TMP/inner.txt" ||
	fail "ECN of what came out: $(diff "$TMP/inner.expected" "$TMP/inner.txt" | head -6 | tr '\n' ';')"
note "$(lines "$TMP/inner.txt") inner headers on the way in, $dropped dropped"
