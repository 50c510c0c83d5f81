# SPDX-License-Identifier: GPL-2.0
# limit: 150
# A random table of eroutes, 10,000 random flows: what ipsec why said of each is what its packet then did. Compared one
# by one: whether the packet left G1 in the clear, whether it came out of the tunnel; and exactly: the counters of every eroute
# and SA, and of both devices, by reason.
. "$LAB/manual.sh"

seed=$((RANDOM * 32768 + RANDOM))
note "seed $seed"

# Two devices, SAs to G2 (0x1005 larval, 0x1006 missing).
ipsec_in G1 tncfg --attach --virtual ipsec0 --physical eth0
ipsec_in G1 tncfg --attach --virtual ipsec1 --physical eth0
for spi in 0x1001 0x1002 0x1003 0x1004; do
	manual_sa_out $spi
	g2 ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi $spi mode tunnel aead "rfc4106(gcm(aes))" \
		$MANUAL_KEY_OUT 128
done
g1 larval 192.0.2.1 192.0.2.2 0x1005
ip -n G1 -batch - <<-END
	link set ipsec0 up
	link set ipsec1 up
	route add 10.2.0.0/16 dev ipsec0
	route add 10.3.0.0/16 dev ipsec1
	route add unreachable 10.5.0.0/16
END
# All sources are A. What G2 gets it shows to its capture, and does nothing with: no destination is its own.
ip -n G2 addr flush dev lan0
ip -n A route add local 10.1.0.0/24 dev lo
g2 sh -c 'echo 0 >/proc/sys/net/ipv4/ip_forward'
{
	# So that no table has too little of a target.
	said=(%pass %drop %reject esp0x1001@192.0.2.2 esp0x1005@192.0.2.2 esp0x1006@192.0.2.2)
	for n in ${!said[@]}; do
		echo "--src 10.1.0.$((8 + 8 * n))/29 --dst 10.2.0.0/15 --said ${said[n]}"
	done
	flows table $seed 60
} >"$TMP/table"
on G1 bash -c 'while read -r line; do ipsec eroute --add $line 2>>"'"$TMP"'/twice" || true; done <"'"$TMP"'/table"'
assert_no_match "eroutes refused" '.' "$(grep -v 'already in use' "$TMP/twice" || true)"
note "$(ipsec_in G1 eroute | wc -l) eroutes"

flows make $seed 10000 >"$TMP/flows"
ipsec_in G1 why --json --stdin <"$TMP/flows" >"$TMP/why"
assert_eq "answers" 10000 "$(wc -l <"$TMP/why")"
note "asked"
# A packet that waits for a neighbour may be dropped.
ping_ok G1 192.0.2.2 1
capture_start clear G1 eth0 'net 10.0.0.0/8'
capture_start out G2 eth0 'net 10.0.0.0/8'
assert_eq "flows send" "sent 10000" "$(on A flows send <"$TMP/flows")"
capture_stop clear
capture_stop out
note "sent"

# What was said, as "NUMBER IN-THE-CLEAR OUT-OF-THE-TUNNEL VERDICT", and the sums that follow from it.
awk -v sums="$TMP/said-sums" '
	function field(text, name) {
		if (!match(text, "\"" name "\":(\"[^\"]*\"|[a-z0-9]+)"))
			return "?"
		text = substr(text, RSTART + length(name) + 3, RLENGTH - length(name) - 3)
		gsub(/"/, "", text)
		return text
	}
	{
		verdict = field($0, "verdict")
		device = field(substr($0, index($0, "\"route\":")), "device")
		clear = verdict == "pass" || verdict == "not_ours"
		print NR, clear + 0, clear || verdict == "sa", verdict
		if (verdict == "not_ours" || verdict == "no_route")
			next
		at = index($0, "\"eroute\":{\"family\"")
		if (at) {
			text = substr($0, at + 10)
			n["eroute " substr(text, 1, index(text, ",\"packets\"") - 1)]++
		}
		if (verdict == "sa")
			n["sa " field(substr($0, index($0, "\"sa\":{")), "said")]++
		drop = verdict == "drop" ? field($0, "drop") : "eroute_reject"
		n[device " " (verdict == "sa" ? "transformed" : verdict == "pass" ? "passed" : drop)]++
	}
	END {
		for (key in n)
			print key, n[key] >sums
	}' "$TMP/why" >"$TMP/said"
# What the packets did, the same way.
tcpdump -nv -r "$TMP/clear.pcap" 2>/dev/null >"$TMP/clear.txt"
tcpdump -nv -r "$TMP/out.pcap" 2>/dev/null >"$TMP/out.txt"
awk '
	FILENAME ~ /said$/ { verdict[$1] = $4; next }
	!match($0, /, id [0-9]+,/) { next }
	{ id = substr($0, RSTART + 5, RLENGTH - 6) + 0 }
	FILENAME ~ /clear/ { clear[id]++ }
	FILENAME ~ /out/ { out[id]++ }
	END {
		for (i = 1; i <= 10000; i++)
			print i, clear[i] + 0, out[i] + 0, verdict[i]
	}' "$TMP/said" "$TMP/clear.txt" "$TMP/out.txt" >"$TMP/done"
if ! cmp -s "$TMP/said" "$TMP/done"; then
	diff "$TMP/said" "$TMP/done" >"$TMP/differs" || true
	sed -n '1,20p' "$TMP/differs"
	first=$(sed -n 's/^> \([0-9]*\) .*/\1/p' "$TMP/differs" | sed -n 1p)
	sed -n "${first}p" "$TMP/why"
	g2 grep -v ' 0$' /proc/net/xfrm_stat || true
	fail "$(grep -c '^>' "$TMP/differs") packets did something else, the first is that of '$(sed -n "${first}p" "$TMP/flows")'"
fi
note "10,000 packets compared: $(cut -d' ' -f4 "$TMP/said" | sort | uniq -c | awk '{ printf "%s%s %s", (NR > 1 ? ", " : ""), $1, $2 }')"
for verdict in sa pass drop reject not_ours no_route; do
	[ "$(grep -c " $verdict\$" "$TMP/said")" -ge 30 ] || fail "hardly any flow was '$verdict': the test tests little"
done

{
	ipsec_in G1 eroute --json | sed 's/},{/}\n{/g; s/"eroutes":\[/&\n/' |
		sed -n 's/.*{\("family".*\),"packets":\([0-9]*\),.*/eroute \1 \2/p'
	ipsec_in G1 spi --json | jq -r '.sas[] | "sa \(.said) \(.packets)"'
	ipsec_in G1 tncfg --json | jq -r '.devices[] | .name as $d | .tx | ({transformed, passed} + .drops) | to_entries[] |
		"\($d) \(.key) \(.value)"'
} | grep -v ' 0$' >"$TMP/done-sums"
assert_eq "counters of eroutes, SAs and devices, beside what was said" "$(sort "$TMP/said-sums")" "$(sort "$TMP/done-sums")"
for reason in no_eroute no_sa sa_state eroute_drop eroute_reject; do
	grep -q "$reason" "$TMP/done-sums" || fail "no packet was dropped because of $reason: the test tests little"
done
