# SPDX-License-Identifier: GPL-2.0
# limit: 90
# Groups of two and three SAs with IPCOMP, ESP and AH, AH alone and IPCOMP alone, klips on G1 against XFRM on G2: datagrams of
# 1, 64, 1300 and 3000 bytes both ways, and the order of headers on the wire. Then IPv6 with extension headers, from both
# sides; routers on the way change of them what they may, and what they may not. ESP encrypts nothing here: what is in it
# can be read.
. "$LAB/manual.sh"
. "$LAB/matrix.sh"

# Each group: its SAs, innermost first, as ALGORITHM MODE OUTER INNER ESN WINDOW; the orders of headers on the wire, where IPCOMP
# is in it of what is compressed and of what is too small for it; and those of packets with options, in both directions or
# from G1 (out) and from G2 (in): in transport mode XFRM leaves those for the destination in front of all, klips behind. Each may
# (RFC 4302 3.1.1), and takes both.
cat >"$TMP/groups" <<'END'
deflate tunnel v4 v4 no 0, null-sha1 transport v4 v4 no 64
	plain ip:esp:ip ip:esp:ipcomp
deflate tunnel v6 v4 no 0, null-sha1 transport v6 v6 esn 64
	plain ipv6:esp:ip ipv6:esp:ipcomp
deflate tunnel v4 v4 no 0, null-sha1 transport v4 v4 no 64, sha2_256 transport v4 v4 no 64
	plain ip:ah:esp:ip ip:ah:esp:ipcomp
deflate tunnel v6 v6 no 0, null-sha1 transport v6 v6 no 32, sha2_512 transport v6 v6 esn 64
	plain ipv6:ah:esp:ipv6 ipv6:ah:esp:ipcomp
	both ipv6:ah:esp:ipv6:ipv6.hopopts:ipv6.dstopts
deflate transport v4 v4 no 0, null-sha1 transport v4 v4 no 0, sha1 transport v4 v4 no 64
	plain ip:ah:esp ip:ah:esp:ipcomp
deflate transport v6 v6 no 0, null-sha1 transport v6 v6 esn 64, sha2_256 transport v6 v6 no 64
	plain ipv6:ah:esp ipv6:ah:esp:ipcomp
	out ipv6:ipv6.hopopts:ah:esp:ipv6.dstopts ipv6:ipv6.hopopts:ah:esp:ipcomp
	in ipv6:ipv6.hopopts:ipv6.dstopts:ah:esp ipv6:ipv6.hopopts:ipv6.dstopts:ah:esp:ipcomp
deflate tunnel v4 v6 no 0, sha2_384 transport v4 v4 no 64
	plain ip:ah:ipv6 ip:ah:ipcomp
	both ip:ah:ipv6:ipv6.hopopts:ipv6.dstopts
null-sha1 tunnel v4 v6 no 64, sha2_384 transport v4 v4 esn 64
	plain ip:ah:esp:ipv6
	both ip:ah:esp:ipv6:ipv6.hopopts:ipv6.dstopts
null-sha1 transport v4 v4 no 64, sha1 transport v4 v4 no 32
	plain ip:ah:esp
null-sha1 transport v6 v6 no 64, sha2_256 transport v6 v6 esn 4096
	plain ipv6:ah:esp
	out ipv6:ipv6.hopopts:ah:esp:ipv6.dstopts
	in ipv6:ipv6.hopopts:ipv6.dstopts:ah:esp
sha2_512 transport v4 v4 no 64
	plain ip:ah
sha2_384 transport v6 v6 esn 64
	plain ipv6:ah
	out ipv6:ipv6.hopopts:ah:ipv6.dstopts
	in ipv6:ipv6.hopopts:ipv6.dstopts:ah
sha2_256 tunnel v6 v6 esn 4096
	plain ipv6:ah:ipv6
	both ipv6:ah:ipv6:ipv6.hopopts:ipv6.dstopts
sha1 tunnel v6 v4 no 64
	plain ipv6:ah:ip
sha2_256 tunnel v4 v6 esn 64
	plain ip:ah:ipv6
	both ip:ah:ipv6:ipv6.hopopts:ipv6.dstopts
deflate transport v4 v4 no 0
	plain ip:ipcomp
deflate transport v6 v6 no 0
	plain ipv6:ipcomp
	out ipv6:ipv6.hopopts:ipcomp
	in ipv6:ipv6.hopopts:ipv6.dstopts:ipcomp
END

# group_rows: the rows of these SAs, as the matrix has them.
group_rows()
{
	awk 'FNR == NR {
		if ($7 == "plain")
			row[$2, $4, $5, $6, $8, $9] = substr($0, length($1) + 1)
		next
	}
	/^[^\t]/ {
		group++
		n = split($0, member, ", ")
		for (i = 1; i <= n; i++) {
			split(member[i], v, " ")
			print group row[v[1], v[2], v[3], v[4], v[5], v[6]]
		}
	}' <(rows product) "$TMP/groups"
}


# expected_orders plain|options: "GROUP out|in ORDER". Answers to what has options have none.
expected_orders()
{
	awk -v kind=$1 '
	/^[^\t]/ { group++; next }
	$1 == "plain" { plain = $0 }
	($1 == "plain") == (kind == "plain") {
		n = split($1 == "plain" ? $0 : $0 " " plain, word, " ")
		for (i = 1; i <= n; i++) {
			if (word[i] ~ /^ip/ && $1 != "in")
				print group " out " word[i]
			if (word[i] ~ /^ip/ && $1 != "out")
				print group " in " word[i]
		}
	}' "$TMP/groups" | sort
}

# orders NAME: the same of that capture: both stand in an SPI, see matrix.awk. What is not the last fragment shows but a part.
orders()
{
	tshark -n -r "$TMP/$1.pcap" -o esp.enable_null_encryption_decode_heuristic:TRUE -T fields -E 'separator= ' -E occurrence=f \
		-e frame.protocols -e ah.spi -e esp.spi -e ipcomp.cpi -Y 'ah or esp or ipcomp' 2>/dev/null |
		while read -r order spi _; do
			[[ $order != *:ipv6.fraghdr:data ]] || continue
			order=${order#*:ethertype:}
			order=${order//:ipv6.fraghdr/}
			order=${order%%:udp*}
			order=${order%%:data*}
			spi=$((spi))
			way=out
			[ $((spi < 65536 ? spi / 8192 : spi / 131072)) -eq 0 ] || way=in
			echo "$((spi % 4096 / 4)) $way ${order/%:ipcomp:*/:ipcomp}"
		done | sort -u
}

# orders_are plain|options CAPTURE
orders_are()
{
	local text

	expected_orders $1 >"$TMP/$1.expected"
	orders $2 >"$TMP/$1.orders"
	text=$(diff "$TMP/$1.expected" "$TMP/$1.orders") ||
		fail "$1: the order of headers (<: expected, >: on the wire): $(grep '^[<>]' <<<"$text" | head -6 | tr '\n' ';')"
	note "$1: $(lines "$TMP/$1.orders") orders of headers"
}

# optional HOST PORT PAIRS: they go from HOST with options, and must all be answered.
optional()
{
	on $1 pairs -x $2 $MATRIX_SIZES <"$3" >"$TMP/optional" ||
		fail "with options from $1: $(grep -v " ok" "$TMP/optional" | head -5 | tr "\n" ";")"
}

# munge HOST PREF WHAT...: changes packets with options that come in there. nftables of 7.3 does not write behind a header.
munge()
{
	local host=$1 pref=$2

	shift 2
	on $host tc filter add dev eth0 ingress protocol ipv6 pref $pref u32 match u8 0 0xff at 6 action pedit munge "$@" continue
}

# changed HOST PREF: how many packets it changed.
changed()
{
	on $1 tc -s filter show dev eth0 ingress pref $2 | awk '$1 == "Sent" { print $4 }'
}

# What a router may change on the last metre: of the first option, see tests/lab/pairs.c, the data.
router()
{
	on $1 nft -f - <<-END
		table ip6 router {
			chain prerouting {
				type filter hook prerouting priority -350
				ip6 nexthdr 0 ip6 hoplimit set 9 ip6 dscp set cs3 ip6 flowlabel set 0x12345
			}
		}
	END
	on $1 tc qdisc add dev eth0 clsact
	munge $1 2 offset 44 u32 set 0x6d6f7665
}

group_rows >"$TMP/rows"
matrix_go "$TMP/rows"
matrix_judge "$TMP/rows" "$TMP/log"
orders_are plain wire

grep : "$TMP/pairs" >"$TMP/from.G1"
awk '{ print $1, $3, $2 }' "$TMP/from.G1" >"$TMP/from.G2"
router G1
router G2
udp_echo G1 7001
capture_start options G1 eth0
optional G1 7000 "$TMP/from.G1"
optional G2 7001 "$TMP/from.G2"
capture_stop options
above 0 changed G1 2 && above 0 changed G2 2 || fail "no option was changed on the way"
orders_are options options

# What it must not: the second option.
said=$(awk '$1 == 12 && $4 == "in" { print $3 }' "$TMP/sas")
assert_eq "drops of $said" 0 "$(sa_counter $said .drops.auth)"
munge G1 1 offset 50 u8 set 0x21
grep 'setup-12 ' "$TMP/from.G2" >"$TMP/changed"
assert_fails "an option that was changed on the way" on G2 pairs -x -t 1 7001 64 <"$TMP/changed"
assert_eq "drops of $said" 1 "$(sa_counter $said .drops.auth)"
