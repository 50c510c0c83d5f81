# SPDX-License-Identifier: GPL-2.0
# limit: 120
# What can be watched: each tracepoint tells what happened, each flag of klipsdebug puts its lines into the kernel log and no
# others, /proc/net/ipsec has the files of KLIPS, and ipsec look shows all of it.
. "$LAB/manual.sh"

TRACING=/sys/kernel/tracing
NUMBER=$(stat -L -c %i "/proc/${HOST_PID[G1]}/ns/net")

# traced WHAT REGEX: an event of the trace so far.
traced()
{
	assert_match "$1" "$2" "$(grep klips_ $TRACING/trace)"
}

# told: the lines of klipsdebug since the last call.
told()
{
	dmesg | sed -n "s/^.*klips\[$NUMBER\]: //p" | tail -n +$((seen + 1))
}

forget()
{
	seen=$(dmesg | grep -cF "klips[$NUMBER]: " || true)
}

eroute()
{
	ipsec_in G1 eroute --replace --src 10.1.0.2/32 --dst $1 --said "$2"
}

sends()
{
	assert_match "udp send to $1" "^sent $2 " "$(udp_send A $1 7000 -c $2 -i 1000 -p 4000)"
}

mount -t tracefs tracefs $TRACING
modprobe algif_aead
manual_klips
manual_peer

# Tracepoints.
echo 1 >$TRACING/events/klips/enable
echo >$TRACING/trace
eroute 10.2.0.12/32 %drop
manual_sa_out 0x1003 --life soft-packets=2,hard-packets=4
eroute 10.2.0.14/32 esp0x1003@192.0.2.2
sends 10.2.0.12 2
sends 10.2.0.14 6
g2 esp 192.0.2.2 192.0.2.1 0x1002 $MANUAL_KEY_IN <<<"seq=2 inner=10.7.0.2,10.1.0.2"
ipsec_in G1 spi --del --said esp0x1002@192.0.2.1
expired()
{
	grep -q 'klips_sa_expire: .* hard' $TRACING/trace
}
wait_for 5 "hard limit traced" expired
echo 0 >$TRACING/events/klips/enable
traced "an eroute chosen" \
	'klips_eroute: device=ipsec0 src=10.1.0.2:4000 dst=10.2.0.12:7000 proto=17 eroute=10.1.0.2/32->10.2.0.12/32:0 target=%drop said=-$'
traced "an SA chosen" 'klips_eroute: .* dst=10.2.0.14:7000 .* target=sa said=esp0x1003@192.0.2.2$'
traced "a drop" \
	'klips_drop: number=1 device=ipsec0 out reason=eroute_drop src=10.1.0.2:4000 dst=10.2.0.12:7000 proto=17 said=-$'
traced "a drop on an SA" 'klips_drop: .* in reason=policy src=10.7.0.2:7000 dst=10.1.0.2:7000 proto=17 said=esp0x1002@192.0.2.1$'
traced "an SA added" 'klips_sa_add: said=esp0x1003@192.0.2.2 src=192.0.2.1 reqid=0 mature$'
traced "an SA removed" 'klips_sa_del: said=esp0x1002@192.0.2.1 src=192.0.2.2 '
traced "a soft limit" 'klips_sa_expire: said=esp0x1003@192.0.2.2 src=192.0.2.1 reqid=0 soft$'
traced "a hard limit" 'klips_sa_expire: said=esp0x1003@192.0.2.2 src=192.0.2.1 reqid=0 hard$'
assert_eq "eroutes chosen" 8 "$(grep -c klips_eroute: $TRACING/trace)"
assert_eq "drops, as in the journal" "$(ipsec_in G1 drops --json | jq '.drops | length')" "$(grep -c klips_drop: $TRACING/trace)"
before=$(wc -l <$TRACING/trace)
sends 10.2.0.12 1
assert_eq "trace when it is off" "$before" "$(wc -l <$TRACING/trace)"
note "tracepoints"

# The kernel's own drop monitor knows the reason.
echo >$TRACING/trace
echo 'protocol == 0x800' >$TRACING/events/skb/kfree_skb/filter
echo 1 >$TRACING/events/skb/kfree_skb/enable
sends 10.2.0.12 1
echo 0 >$TRACING/events/skb/kfree_skb/enable
assert_match "kfree_skb" 'udp-.*kfree_skb: .* reason: XFRM_POLICY' "$(grep kfree_skb $TRACING/trace)"

# klipsdebug.
act_tunnel() { ip -n G1 link set ipsec0 down; ip -n G1 link set ipsec0 up; ip -n G1 route replace 10.2.0.0/24 dev ipsec0 src 10.1.0.1; }
act_xform() { manual_sa_out 0x2001; ipsec_in G1 spi --del --said esp0x2001@192.0.2.2; }
act_eroute() { eroute 10.2.0.20/32 %drop; ipsec_in G1 eroute --del --src 10.1.0.2/32 --dst 10.2.0.20/32; }
act_spi() { act_xform; }
act_radij() { eroute 10.2.0.0/29 %drop; ipsec_in G1 eroute --del --src 10.1.0.2/32 --dst 10.2.0.0/29; }
act_esp() { sends 10.2.0.15 1; }
act_ah() { sends 10.2.0.16 1; }
act_comp() { sends 10.2.0.17 1; }
act_rcv() { g2 esp 192.0.2.2 192.0.2.1 0x1002 $MANUAL_KEY_IN <<<"seq=2 inner=10.2.0.2,10.1.0.2 flip=-1"; }
act_pfkey() { ipsec_in G1 eroute --replace --src 10.1.0.2/32 --dst 10.2.0.12/32 --said %drop; }
act_xmit() { sends 10.2.0.12 1; }
act_tncfg() { ipsec_in G1 tncfg --detach --virtual ipsec0; ipsec_in G1 tncfg --attach --virtual ipsec0 --physical eth0; }
act_netlink() { ipsec_in G1 eroute >/dev/null; }
act_verbose() { act_xmit; sends 10.2.0.2 1; }

# What each flag tells; the second is what every line must begin with.
declare -A says=(
	[tunnel]='^tunnel: ipsec0 is up$|tunnel:'
	[xform]='^xform: SPI 0x2001, cipher 20, hash 0: aes_gcm128, 0$|xform:'
	[eroute]='^eroute: 10.1.0.2/32 -> 10.2.0.20/32 => %drop added$|eroute:'
	[spi]='^spi: esp0x2001@192.0.2.2 added, mature$|spi:'
	[radij]='^radij: [0-9]+ shapes of eroutes$|radij:'
	[esp]='^xmit: ipsec0 dropped 10.1.0.2:4000 -> 10.2.0.15:7000 proto 17, SA esp0x1999@192.0.2.2: no_sa$|xmit:'
	[ah]='^xmit: ipsec0 dropped .* SA ah0x1999@192.0.2.2: no_sa$|xmit:'
	[comp]='^xmit: ipsec0 dropped .* SA comp0x1999@192.0.2.2: no_sa$|xmit:'
	[rcv]='^rcv: ipsec0 dropped 192.0.2.2 -> 192.0.2.1 proto 50, SA esp0x1002@192.0.2.1: auth$|rcv:'
	[pfkey]='^pfkey: message type 128 of SA type 0 from process [0-9]+: 0$|pfkey:'
	[xmit]='^xmit: ipsec0 dropped 10.1.0.2:4000 -> 10.2.0.12:7000 proto 17, SA -: eroute_drop$|xmit:'
	[tncfg]='^tncfg: ipsec0 attached to eth0, to none before$|tncfg:'
	[netlink]='^netlink: dump 2$|netlink:'
)
manual_sa_in 0x1002
eroute 10.2.0.15/32 esp0x1999@192.0.2.2
eroute 10.2.0.16/32 ah0x1999@192.0.2.2
eroute 10.2.0.17/32 comp0x1999@192.0.2.2
forget
for flag in "${!says[@]}" verbose; do
	act_$flag
done
assert_eq "told while nothing is on" "" "$(told)"
for flag in "${!says[@]}"; do
	ipsec_in G1 klipsdebug --set $flag
	forget
	act_$flag
	lines=$(told)
	ipsec_in G1 klipsdebug --clear $flag
	assert_match "--set $flag" "${says[$flag]%|*}" "$lines"
	assert_eq "lines of others with --set $flag" "" "$(grep -v "^${says[$flag]#*|}" <<<"$lines" || true)"
done
note "flags"
ipsec_in G1 klipsdebug --set tunnel-xmit
ipsec_in G1 klipsdebug --set verbose
forget
act_verbose
assert_match "verbose" '^xmit: ipsec0 10.1.0.2:4000 -> 10.2.0.12:7000 proto 17 met 10.1.0.2/32 -> 10.2.0.12/32 => %drop$' "$(told)"
assert_eq "--json" "verbose xmit" "$(ipsec_in G1 klipsdebug --json | jq -r '.klipsdebug | to_entries | map(select(.value).key) | sort | join(" ")')"
assert_eq "flags of another namespace" "" "$(ipsec_in A klipsdebug | grep -v '=00000000\.$' || true)"
ipsec_in G1 klipsdebug --all
assert_eq "all" "" "$(ipsec_in G1 klipsdebug | grep -v '=ffffffff\.$' || true)"
ipsec_in G1 klipsdebug --clear verbose
assert_eq "all but verbose" "debug_verbose=00000000." "$(ipsec_in G1 klipsdebug | grep -v '=ffffffff\.$')"
assert_eq "/proc/net/ipsec_klipsdebug" "$(ipsec_in G1 klipsdebug)" "$(g1 cat /proc/net/ipsec_klipsdebug)"
ipsec_in G1 klipsdebug --none
assert_eq "none" "" "$(ipsec_in G1 klipsdebug | grep -v '=00000000\.$' || true)"
assert_fails "not root" on G1 setpriv --reuid 65534 --clear-groups --inh-caps=-all ipsec klipsdebug --all
assert_match "not root" 'needs root' "$OUTPUT"

# /proc.
for file in eroute/all spi/all spigrp/all tncfg klipsdebug xforms stats/drops; do
	assert_eq "mode of $file" 400 "$(g1 stat -c %a /proc/net/ipsec/$file)"
done
assert_match "xforms" '^TYPE=15 ID=20 NAME=aes_gcm128 BLOCKSIZE=1 IVLEN=8 KEYMINBITS=160 KEYMAXBITS=160 AUTHLEN=16$' \
	"$(g1 cat /proc/net/ipsec/xforms)"
assert_eq "stats/drops" "$(ipsec_in G1 tncfg --json | jq '[.devices[] | .tx.drops[], .rx.drops[]] | add')" \
	"$(g1 awk '{ sum += $2 } END { print sum }' /proc/net/ipsec/stats/drops)"

# look.
ipsec_in G1 look >"$TMP/look"
assert_match "look: drops" '^drops ipsec0 out: eroute_drop=[0-9]+ no_sa=[0-9]+' "$(<"$TMP/look")"
assert_match "look: drops in" '^drops ipsec0 in: .*auth=[0-9]+ .*policy=1' "$(<"$TMP/look")"
ipsec_in G1 look --json >"$TMP/look.json"
assert_eq "look --json: keys" "closed devices eroutes host routes sas time" "$(jq -r 'keys | join(" ")' "$TMP/look.json")"
assert_eq "look --json: eroutes" "$(ipsec_in G1 eroute --json | jq -c '[.eroutes[].dst]')" "$(jq -c '[.eroutes[].dst]' "$TMP/look.json")"
assert_eq "look --json: route" "ipsec0" "$(jq -r '.routes[] | select(.dst == "10.2.0.0/24") | .device' "$TMP/look.json")"
