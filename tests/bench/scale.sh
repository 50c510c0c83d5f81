# limit: 3000
# What many eroutes and SAs cost, in instructions: a lookup among them, putting them in, showing them, taking them
# away. A lookup is what a packet on its way through G1 costs more with eroutes than with none, both dropped there; for XFRM,
# with policies that allow it than with none, both dropped by the same rule of the firewall behind it.
# SCALE is the most there is of each; XFRM_SECONDS how long, of guest time, XFRM may take to be given that many.

SCALE=${SCALE:-100000}
XFRM_SECONDS=${XFRM_SECONDS:-60}
ROUNDS=${ROUNDS:-20}

# A guest that waits for a file of the machine around it, be it to open it once more, has its clock put forward, by seconds when
# that machine is busy: no such files while something is timed.
mkdir "$TMP/bin"
cp "$REPO/build/bin/ipsec" "$REPO"/build/lab/bin/{scale,host} "$(type -P timeout)" "$TMP/bin/"
PATH=$TMP/bin:$PATH
scale=$TMP/bin/scale

fast_ciphers
modprobe -a esp4 xfrm_user nf_tables

ipv6_up()
{
	for host in A G1 G2; do
		on $host sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0 \
			net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.all.forwarding=1
	done
	ip -n A -batch - <<-END
		addr add fd00:1::2/64 dev a0 nodad
		route add 2001:db8::/31 via fd00:1::1
	END
	ip -n G1 -batch - <<-END
		addr add fd00:1::1/64 dev lan0 nodad
		addr add fd00:2::1/64 dev eth0 nodad
		route add 2001:db8::/31 via fd00:2::2
	END
	ip -n G2 addr add fd00:2::2/64 dev eth0 nodad
	ping_ok A fd00:1::1 1
}

# flow_files COUNT SHAPES: what they cost without any eroute or policy goes to $TMP/$stack.COUNT.SHAPES.KIND.
flow_files()
{
	local kind

	for kind in hit miss; do
		$scale flows $1 $2 $kind >"$TMP/flows.$1.$2.$kind"
		# The first time, neighbours and routes are found.
		on A $scale send 1 <"$TMP/flows.$1.$2.$kind" >/dev/null
		on A $scale send $ROUNDS <"$TMP/flows.$1.$2.$kind" >"$TMP/base.$1.$2.$kind"
	done
}

# lookup COUNT SHAPES KIND: what a lookup costs on average, and the dearest, more than without any.
lookup()
{
	local mean most base_mean base_most

	read -r mean most < <(on A $scale send $ROUNDS <"$TMP/flows.$1.$2.$3")
	read -r base_mean base_most <"$TMP/base.$1.$2.$3"
	echo $((mean - base_mean)) $((most - base_mean))
}

# now: in nanoseconds, without a process.
now()
{
	echo ${EPOCHREALTIME/./}000
}

# memory_used: kilobytes that the kernel took for objects, not counting what allocators of pages keep back.
memory_used()
{
	awk '/^(SUnreclaim|Percpu|VmallocUsed):/ { n += $2 } END { print n }' /proc/meminfo
}

# fill NAME COUNT COMMAND...: puts in $TMP/batch, and says what one takes in time and memory.
fill()
{
	local start before

	before=$(memory_used)
	start=$(now)
	on G1 "${@:3}" "$TMP/batch"
	figure $1-add/$2 $((($(now) - start) / $2)) insn
	figure $1-memory/$2 $((($(memory_used) - before) * 1024 / $2)) bytes
}

# xfrm_fill NAME COUNT: the same; if XFRM takes longer than it may, says how many there are then, and fails.
xfrm_fill()
{
	local start before took used status=0 count=$2

	before=$(memory_used)
	start=$(now)
	on G1 timeout --foreground $XFRM_SECONDS ip -batch "$TMP/batch" || status=$?
	took=$(($(now) - start))
	used=$(memory_used)
	[ $status -eq 0 ] || count=$(xfrm_count ${1#xfrm-})
	figure $1-add/$count $((took / count)) insn
	figure $1-memory/$count $(((used - before) * 1024 / count)) bytes
	return $status
}

# xfrm_count policy|state
xfrm_count()
{
	on G1 ip xfrm $1 count | grep -o '[0-9]\+' | awk '{ n += $1 } END { print n }'
}

# sizes KIND-OF-ENTRIES: 1 and 500 shapes, then many of 40.
klips_lookups()
{
	local count shapes mean most

	while read -r count shapes; do
		$scale eroutes $count $shapes >"$TMP/batch"
		ipsec_in G1 --batch "$TMP/batch"
		read -r mean most < <(lookup $count $shapes hit)
		klips[$count.$shapes]=$mean
		figure lookup/$(label $count $shapes)/klips $mean insn
		figure lookup-dearest/$(label $count $shapes)/klips $most insn
		read -r mean most < <(lookup $count $shapes miss)
		figure lookup-miss/$(label $count $shapes)/klips $mean insn
		[ $count = $SCALE ] || ipsec_in G1 eroute --clear
	done <<<"$sizes"
}

xfrm_lookups()
{
	local count shapes mean most full=yes

	while read -r count shapes; do
		$scale policies $count $shapes >"$TMP/batch"
		if [ $count = $SCALE ]; then
			xfrm_fill xfrm-policy $count || full=
			break
		fi
		on G1 ip -batch "$TMP/batch"
		read -r mean most < <(lookup $count $shapes hit)
		figure lookup/$(label $count $shapes)/xfrm $mean insn
		on G1 ip xfrm policy flush
	done <<<"$sizes"
	# As many as it got in its time, and all of them of whole rounds of shapes.
	[ -n "$full" ] || count=$(($(xfrm_count policy) / 40 * 40))
	$scale flows $count 40 hit >"$TMP/flows.$count.40.hit"
	on A $scale send $ROUNDS <"$TMP/flows.$count.40.hit" >/dev/null
	read -r mean most < <(on A $scale send $ROUNDS <"$TMP/flows.$count.40.hit")
	dump_of xfrm-policies "$(xfrm_count policy)" xfrm-policies
	flush xfrm-policies ip xfrm policy flush
	read -r base _ < <(on A $scale send $ROUNDS <"$TMP/flows.$count.40.hit")
	figure lookup/$count/xfrm $((mean - base)) insn
}

xfrm_states()
{
	$scale states 1 >"$TMP/batch"
	on G1 ip -batch "$TMP/batch"
	on G1 ip xfrm state flush
	$scale states $SCALE >"$TMP/batch"
	before=$(memory_used)
	xfrm_fill xfrm-state $SCALE || true
	dump_of xfrm-states "$(xfrm_count state)" xfrm-states
	flush xfrm-states ip xfrm state flush
}

# label COUNT SHAPES: in the name of a figure.
label()
{
	[ $2 = 40 ] && echo $1 || echo $2-shapes
}

# Hundreds of ports on one pair of prefixes, and one.
ports()
{
	local n cost

	for n in 1 500; do
		$scale ports $n >"$TMP/batch"
		ipsec_in G1 --batch "$TMP/batch"
		echo "16.0.0.1 48.0.0.1 1000" >"$TMP/one"
		read -r cost _ < <(on A $scale send 200 <"$TMP/one")
		ports[$n]=$((cost - $1))
		figure ports$n/klips-lookup ${ports[$n]} insn
		ipsec_in G1 eroute --clear
	done
	figure ports500/klips $(awk "BEGIN { printf \"%.3f\", ${ports[500]} / ${ports[1]} }") ratio
}

# dump_of WHAT EXPECTED NAME: how long, and the longest call; no call may keep the CPU for long.
dump_of()
{
	local entries total longest

	read -r entries total longest < <(on G1 $scale dump $1)
	assert_eq "entries in the dump of $1" $2 $entries
	figure dump/$3 $((total / 1000000)) ms
	figure dump-longest-call/$3 $longest insn
	[[ $1 == xfrm-* || $longest -le 1000000 ]] || too_long+=" $1:$longest"
}

# flush NAME COMMAND...: how long until it is all gone, and nine tenths of its memory given back: the rest are pages that the
# kernel's allocators keep for the next time. The command itself is over before. The whole is in $took, too.
flush()
{
	local start command enough used

	used=$(memory_used)
	enough=$((before + (used - before) / 10 + 1024))
	start=$(now)
	on G1 "${@:2}"
	command=$(($(now) - start))
	wait_for 100 "memory of $1 is given back, $used kB used" at_most $enough memory_used
	took=$((($(now) - start) / 1000000))
	figure flush/$1 $took ms
	figure flush-command/$1 $((command / 1000000)) ms
}

at_most()
{
	local got

	got=$("${@:2}")
	echo "$got"
	[ "$got" -le "$1" ]
}

declare -A klips ports
: >"$TMP/empty"
ipsec_in G1 --batch "$TMP/empty"
memory_used >/dev/null
ipv6_up
sizes="1 1
500 500
40 40
$((SCALE / 100)) 40
$SCALE 40"

# XFRM: its policies let all pass, the firewall drops behind them.
on G1 nft -f - <<-END
	table inet bench {
		chain forward {
			type filter hook forward priority 0; policy drop;
		}
	}
END
while read -r count shapes; do
	flow_files $count $shapes
done <<<"$sizes"
before=$(memory_used)
too_long=
xfrm_lookups
xfrm_states
on G1 nft delete table inet bench

# klips: no eroute drops as an eroute does.
ipsec_in G1 tncfg --attach --virtual ipsec0 --physical eth0
ip -n G1 -batch - <<-END
	link set ipsec0 up
	route add 48.0.0.0/4 dev ipsec0
	route add 2001:db9::/32 dev ipsec0
END
while read -r count shapes; do
	flow_files $count $shapes
done <<<"$sizes"
echo "16.0.0.1 48.0.0.1 1000" >"$TMP/one"
on A $scale send 1 <"$TMP/one" >/dev/null
read -r base _ < <(on A $scale send 200 <"$TMP/one")
ports $base
before=$(memory_used)
klips_lookups
dump_of eroutes $SCALE eroutes
dump_of /proc/net/ipsec_eroute $SCALE proc-eroutes
flush eroutes ipsec eroute --clear

# Over and over, as what the kernel does at other times, too, may come between.
too_slow=
$scale eroutes $SCALE 40 >"$TMP/batch"
for again in 1 2 3 4 5; do
	if [ $again = 1 ]; then
		fill eroute $SCALE ipsec --batch
	else
		ipsec_in G1 --batch "$TMP/batch"
	fi
	flush eroutes-$again ipsec eroute --clear
	[ $took -le 2000 ] || too_slow+=" eroutes:$took"
done

# The first SA of all loads and tests ciphers.
$scale sas 1 >"$TMP/batch"
ipsec_in G1 --batch "$TMP/batch"
ipsec_in G1 spi --clear
$scale sas $SCALE >"$TMP/batch"
before=$(memory_used)
fill sa $SCALE ipsec --batch
dump_of sas $SCALE sas
dump_of pfkey $SCALE pfkey-sas
dump_of /proc/net/ipsec_spi $SCALE proc-sas
flush sas ipsec spi --clear
[ $took -le 2000 ] || too_slow+=" sas:$took"
assert_eq "flushes of more than 2,000 ms" "" "$too_slow"
assert_eq "calls of dumps over 1,000,000 instructions" "" "$too_long"

ratio()
{
	awk "BEGIN { print ($1 <= $2 * $3) ? \"ok\" : \"$1 is more than $3 x $2\" }"
}
assert_eq "lookup at $SCALE against 40" ok "$(ratio ${klips[$SCALE.40]} ${klips[40.40]} 1.2)"
assert_eq "lookup at 500 shapes against 40" ok "$(ratio ${klips[500.500]} ${klips[40.40]} 3)"
assert_eq "500 ports against one" ok "$(ratio ${ports[500]} ${ports[1]} 1.1)"
