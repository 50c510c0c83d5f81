# SPDX-License-Identifier: GPL-2.0
# limit: 90
# The journal of drops: each drop is in it, under the name that the counters have, with its flow, eroute and SA; ipsec drops
# --follow shows new ones; a flood leaves the newest 1,024, and nothing uncounted.
. "$LAB/manual.sh"

# drops JQ-FILTER [OPTION...]: of what ipsec drops --json says on G1.
drops()
{
	ipsec_in G1 drops --json "${@:2}" | jq -r "$1"
}

# One line a drop: DIRECTION REASON FLOW => EROUTE SA
summary='def flow: if . == null then "-" else
	"\(.src):\(.sport)>\(.dst):\(.dport)/\(.proto)\(if .fragment then "F" else "" end)" end;
	def eroute: if . == null then "-" else "\(.src)>\(.dst)=\(.said // .target)" end;'
one="\"\\(.direction) \\(.reason) \\(.flow | flow) \\(.eroute | eroute) \\(.said // \"-\")\""

# journal WANT...: the lines of the journal, however often and in whatever order.
journal_is()
{
	assert_eq "$1" "$(printf '%s\n' "${@:2}" | sort)" "$(drops "$summary .drops[] | $one" | sort -u)"
}

sends()
{
	assert_match "udp send to $1" "^sent $2 " "$(udp_send A $1 7000 -c $2 -i 1000 -p 4000 "${@:3}")"
}

# All drops that the devices of G1 count.
counted()
{
	ipsec_in G1 tncfg --json | jq '[.devices[] | .tx.drops[], .rx.drops[]] | add // 0'
}

modprobe -a algif_aead
assert_eq "drops before anything" '{"drops":[]}' "$(ipsec_in G1 drops --json)"
manual_klips
ip -n G1 route add 10.9.0.0/24 dev ipsec0
for target in "10.2.0.12 %drop" "10.2.0.13 %reject" "10.2.0.14 esp0x1999@192.0.2.2" "10.2.0.16 %pass"; do
	ipsec_in G1 eroute --add --src 10.1.0.2/32 --dst ${target% *}/32 --said ${target#* }
done
g1 larval 192.0.2.1 192.0.2.2 0x1005
ipsec_in G1 eroute --add --src 10.1.0.0/24 --dst 10.2.0.15/32 --device ipsec0 --said esp0x1005@192.0.2.2
sends 10.9.0.1 3
sends 10.2.0.12 2
udp_send A 10.2.0.13 7000 -c 1 -p 4000
sends 10.2.0.14 2
sends 10.2.0.15 2
counts "drops counted" 10 counted
journal_is "outbound" \
	"out no_eroute 10.1.0.2:4000>10.9.0.1:7000/17 - -" \
	"out eroute_drop 10.1.0.2:4000>10.2.0.12:7000/17 10.1.0.2/32>10.2.0.12/32=drop -" \
	"out eroute_reject 10.1.0.2:4000>10.2.0.13:7000/17 10.1.0.2/32>10.2.0.13/32=reject -" \
	"out no_sa 10.1.0.2:4000>10.2.0.14:7000/17 10.1.0.2/32>10.2.0.14/32=esp0x1999@192.0.2.2 esp0x1999@192.0.2.2" \
	"out sa_state 10.1.0.2:4000>10.2.0.15:7000/17 10.1.0.0/24>10.2.0.15/32=esp0x1005@192.0.2.2 esp0x1005@192.0.2.2"
assert_eq "numbers" "1 2 3 4 5 6 7 8 9 10" "$(drops '[.drops[].number] | join(" ")')"
assert_eq "device" ipsec0 "$(drops '[.drops[].device] | unique | join(" ")')"
assert_eq "device of the eroutes" "null ipsec0" \
	"$(drops '[.drops[] | .eroute | select(.) | .device] | unique | map(tostring) | join(" ")')"
assert_eq "old ones" 0 "$(drops "[.drops[] | select((.time | sub(\"[.][0-9]+Z\"; \"Z\") | fromdate) < $(date +%s) - 60)] | length")"
assert_eq "--reason" "no_sa no_sa" "$(drops '[.drops[].reason] | join(" ")' --reason no_sa)"
assert_eq "--device" 0 "$(drops '.drops | length' --device ipsec7)"
assert_match "text" \
	'^20[0-9-]+ [0-9:.]+ ipsec0 out eroute_drop 10.1.0.2:4000 -> 10.2.0.12:7000 udp, eroute 10.1.0.2/32 -> 10.2.0.12/32 => %drop$' \
	"$(ipsec_in G1 drops --reason eroute_drop)"
assert_eq "drops of other hosts" '{"drops":[]}' "$(ipsec_in A drops --json)"
note "outbound"

# What comes in fragments where eroutes name ports is one packet; a ping, whose ports are type and code.
ipsec_in G1 eroute --add --src 10.1.0.0/24 --dst 10.2.0.0/24 --transport-proto udp --dst-port 9 --said %drop
udp_send A 10.2.0.2 9 -c 1 -s 2000 -p 4000
a ping -q -c 1 -W 1 10.2.0.12 || true
counts "with fragments" 12 counted
assert_eq "fragments" "out eroute_drop 10.1.0.2:4000>10.2.0.2:9/17 10.1.0.0/24>10.2.0.0/24=drop -" \
	"$(drops "$summary .drops[10] | $one")"
assert_eq "a ping" "out eroute_drop 10.1.0.2:8>10.2.0.12:0/1 10.1.0.2/32>10.2.0.12/32=drop -" \
	"$(drops "$summary .drops[11] | $one")"
ipsec_in G1 eroute --del --src 10.1.0.0/24 --dst 10.2.0.0/24 --transport-proto udp --dst-port 9

# Inbound: before it is opened a packet is what is on the wire, afterwards what was in it.
g2 esp 192.0.2.2 192.0.2.1 0x1002 $MANUAL_KEY_IN <<-END
	seq=1 inner=10.2.0.2,10.1.0.2
	seq=1 inner=10.2.0.2,10.1.0.2
	seq=2 inner=10.2.0.2,10.1.0.2 flip=-1
	seq=3 inner=10.2.0.2,10.1.0.2 src=192.0.2.77
	seq=4 inner=10.7.0.2,10.1.0.2
	seq=5 inner=10.2.0.2,10.1.0.2 spi=0x4444
	seq=6 inner=10.2.0.2,10.1.0.2 cut=6
	seq=7 next=41
	seq=8 inner=10.2.0.2,10.1.0.2 next=59
END
counts "with inbound ones" 20 counted
assert_eq "inbound" "in replay 192.0.2.2:null>192.0.2.1:null/50 - esp0x1002@192.0.2.1
in auth 192.0.2.2:null>192.0.2.1:null/50 - esp0x1002@192.0.2.1
in bad_source 192.0.2.77:null>192.0.2.1:null/50 - esp0x1002@192.0.2.1
in policy 10.7.0.2:7000>10.1.0.2:7000/17 - esp0x1002@192.0.2.1
in unknown_spi 192.0.2.2:null>192.0.2.1:null/50 - esp0x4444@192.0.2.1
in truncated 192.0.2.2:null>192.0.2.1:null/50 - -
in bad_inner - - esp0x1002@192.0.2.1
in bad_nexthdr 192.0.2.2:null>192.0.2.1:null/50 - esp0x1002@192.0.2.1" "$(drops "$summary .drops[12:][] | $one")"
note "inbound"

# Without a device below: only %pass and what is to be encrypted want one. Sent as IPv6 it is IPv6.
ipsec_in G1 tncfg --detach --virtual ipsec0
sends 10.2.0.16 1
counts "detached" 21 counted
assert_eq "detached" "out no_device 10.1.0.2:4000>10.2.0.16:7000/17 10.1.0.2/32>10.2.0.16/32=pass -" \
	"$(drops "$summary .drops[20] | $one")"
ipsec_in G1 tncfg --attach --virtual ipsec0 --physical eth0

# Following.
on_bg G1 ipsec drops --follow --json --reason eroute_drop >"$TMP/follow"
on_bg G1 ipsec drops --follow >"$TMP/text"
counts "--follow begins with what there is" 4 lines "$TMP/follow"
counts "--follow as text" 21 lines "$TMP/text"
sends 10.2.0.12 1
counts "--follow shows a new one" 5 lines "$TMP/follow"
assert_eq "the new one" "22 10.2.0.12" "$(tail -n 1 "$TMP/follow" | jq -r '"\(.number) \(.flow.dst)"')"
assert_match "the new one as text" ' ipsec0 out eroute_drop 10.1.0.2:4000 -> 10.2.0.12:7000 udp, eroute' "$(tail -n 1 "$TMP/text")"

# A flood, on both CPUs: what is not shown is said.
on_bg A udp send -c 2000 -p 4001 10.2.0.12 7000
other=$!
on A udp send -c 2000 -p 4000 10.2.0.12 7000
wait $other
counts "flood counted" 4022 counted
assert_eq "kept" "1024 2999 4022" "$(drops '.drops | "\(length) \(.[0].number) \(.[-1].number)"')"
followed()
{
	jq -s 'map(if .missed then .missed else 1 end) | add' "$TMP/follow"
}
# Of the 17 for other reasons none is shown.
wait_for 60 "all $((4022 - 17)) drops, followed or said to be missed" equals $((4022 - 17)) followed
assert_eq "in order" true "$(jq -s 'map(.number // empty) | . == sort and length == (unique | length)' "$TMP/follow")"
note "$(jq -s 'map(.missed // 0) | add' "$TMP/follow") missed by the follower"

# It goes with the namespace, and needs its administrator.
assert_fails "not root" on G1 setpriv --reuid 65534 --clear-groups --inh-caps=-all ipsec drops
assert_match "not root" 'needs root' "$OUTPUT"
assert_fails "not root, following" on G1 setpriv --reuid 65534 --clear-groups --inh-caps=-all ipsec drops --follow
assert_match "not root, following" 'needs root' "$OUTPUT"
