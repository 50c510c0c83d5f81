# SPDX-License-Identifier: GPL-2.0
# limit: 300
# module: no
# N11: dumps that hang, modules that do not unload. A conn's side in the kernel goes up and down 1,000 times (SOAK=1: 10,000
# times) under traffic on both CPUs, while dumps are read, and killed in the middle; XFRM does the same, 100 times. Memory is as before,
# and the module unloads. Some cycles more by pluto: "ipsec auto --up" and "--down".
#
#	A 10.1.0.2 -- G1 === G2 -- B 10.2.0.2
. "$LAB/ike.sh"
. "$LAB/manual.sh"

N=${SOAK:+10000}
N=${N:-1000}
# Percent. In 1,000 cycles what the machine does besides is more of it.
WITHIN=${SOAK:+1}
WITHIN=${WITHIN:-2}
PLUTO=${SOAK:+200}
PLUTO=${PLUTO:-5}
FILL=400				# others, so that a dump is many messages

fill_klips()
{
	scale sas $FILL
	for ((i = 0; i < FILL; i++)); do
		echo "eroute --add --src 10.200.$((i / 200)).$((i % 200))/32 --dst 10.201.0.0/16 --said %drop"
	done
}

# By what the shell does itself: 10,000 times another program would take longer than what it writes.
cycle_klips()
{
	local i out="--said esp0x11001@192.0.2.2" in="--said esp0x11002@192.0.2.1" flow="--src 10.1.0.0/24 --dst 10.2.0.0/24"

	for ((i = 0; i < $1; i++)); do
		printf '%s\n' "spi $out --src 192.0.2.1 --esp aes_gcm128 --enckey $MANUAL_KEY_OUT --device ipsec0" \
			"spi $in --src 192.0.2.2 --esp aes_gcm128 --enckey $MANUAL_KEY_IN --device ipsec0 --replay_window 64" \
			"eroute --addin --src 10.2.0.0/24 --dst 10.1.0.0/24 $in" \
			"eroute --replace $flow $out --device ipsec0" \
			"eroute --del $flow --device ipsec0" \
			"spi --del $out" \
			"spi --del $in"
	done
}

fill_xfrm()
{
	scale states $FILL
	scale policies $FILL 10
}

cycle_xfrm()
{
	local gcm="aead rfc4106(gcm(aes))" tunnel="proto esp reqid 1 mode tunnel"

	for ((i = 0; i < $1; i++)); do
		cat <<-END
			xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x11001 reqid 1 mode tunnel $gcm $MANUAL_KEY_OUT 128
			xfrm state add src 192.0.2.2 dst 192.0.2.1 proto esp spi 0x11002 reqid 1 mode tunnel replay-window 32 $gcm $MANUAL_KEY_IN 128
			xfrm policy add src 10.1.0.0/24 dst 10.2.0.0/24 dir out priority 1 tmpl src 192.0.2.1 dst 192.0.2.2 $tunnel
			xfrm policy add src 10.2.0.0/24 dst 10.1.0.0/24 dir fwd priority 1 tmpl src 192.0.2.2 dst 192.0.2.1 $tunnel
			xfrm policy del src 10.1.0.0/24 dst 10.2.0.0/24 dir out
			xfrm policy del src 10.2.0.0/24 dst 10.1.0.0/24 dir fwd
			xfrm state del src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x11001
			xfrm state del src 192.0.2.2 dst 192.0.2.1 proto esp spi 0x11002
		END
	done
}

# batch STACK FILE
batch()
{
	case $1 in
	klips) on G1 ipsec --batch "$2" ;;
	xfrm) ip -n G1 -batch "$2" ;;
	esac
}

# memory: kB of slab and of what CPUs have, when all that can be given back was.
memory()
{
	local cache

	for cache in /sys/kernel/slab/kmalloc-*; do
		echo 1 >$cache/shrink
	done
	echo 2 >/proc/sys/vm/drop_caches
	awk '$1 == "Slab:" { slab = $2 } $1 == "Percpu:" { percpu = $2 } END { print slab, percpu }' /proc/meminfo
}

# growth: of both since $BEFORE, in percent. (What 100 dumps and programs themselves leave is less than a percent.)
growth()
{
	{
		echo "$BEFORE"
		memory
	} | awk 'NR == 1 { s = $1; p = $2 } NR == 2 { printf "%.2f %.2f\n", 100 * ($1 - s) / s, 100 * ($2 - p) / p }'
}

as_before()
{
	GROWTH=$(growth)
	echo "slab and percpu: $GROWTH %"
	awk -v w=$WITHIN '{ exit !($1 <= w && $1 >= -w && $2 <= w && $2 >= -w) }' <<<"$GROWTH"
}

# settled: as before, soon.
settled()
{
	local i

	for ((i = 0; i < 12; i++)); do
		! as_before || return 0
		pause 3
	done
	return 1
}

# kill_dump WHAT: one that is in the middle dies at once; how long it took, in ms, in $KILL_MS if that is more.
kill_dump()
{
	local pid start ms

	: >"$TMP/dump"
	on_bg G1 scale dump $1 stop >"$TMP/dump"
	pid=$!
	wait_for 30 "a dump of $1 has begun" file_says "$TMP/dump" stopped
	start=${EPOCHREALTIME/./}
	kill -9 $pid
	wait $pid 2>/dev/null || :
	ms=$(((${EPOCHREALTIME/./} - start) / 1000))
	[ $ms -le $KILL_MS ] || KILL_MS=$ms
}

# under_traffic STACK COUNT DUMP...: it cycles so often; dumps are read whole, and killed, as long as it lasts.
under_traffic()
{
	local stack=$1 count=$2 floods= pid dumps=0 what start us seen

	shift 2
	seen=$(on G1 cat /sys/class/net/lan0/statistics/rx_packets)
	for cpu in 0 1; do
		on_bg A nice -n 19 taskset -c $cpu udp send -c 1000000000 -s 200 -i 500 -p $((6000 + cpu)) 10.2.0.2 7000 >/dev/null 2>&1
		floods+=" $!"
	done
	wait_for 20 "traffic" above $((seen + 10)) on G1 cat /sys/class/net/lan0/statistics/rx_packets
	cycle_$stack $count >"$TMP/cycles"
	start=${EPOCHREALTIME/./}
	batch $stack "$TMP/cycles" &
	pid=$!
	while kill -0 $pid 2>/dev/null; do
		for what; do
			kill_dump $what
			# One of XFRM's policies that change meanwhile may be short; that it ends is what counts.
			on G1 scale dump $what >"$TMP/whole" || :
			dumps=$((dumps + 2))
		done
	done
	wait $pid || fail "$stack: the cycles ended with $?"
	us=$((${EPOCHREALTIME/./} - start))
	kill $floods
	wait $floods 2>/dev/null || :
	note "$stack: $count cycles in $((us / 1000)) ms, $dumps dumps, half of them killed"
	RATE=$((count * 1000000 / us))
}

# Each with its own network: what one stack leaves on G1 must not be in the other's way.
measure()
{
	local stack=$1 n=$N

	shift
	[ $stack = klips ] || n=100
	KILL_MS=0
	fill_$stack >"$TMP/fill"
	batch $stack "$TMP/fill"
	under_traffic $stack $((n / 10)) "$@"
	pause 1
	memory >/dev/null
	BEFORE=$(memory)
	KILL_MS=0
	under_traffic $stack $n "$@"
	figure N11/cycles/$stack $RATE per-second
	figure N11/dump-killed/$stack $KILL_MS ms
}

fast_ciphers
on G2 nft 'table ip lab { chain in { type filter hook prerouting priority -400; ip protocol esp drop; ip daddr 10.2.0.0/24 drop; }; }'

note "XFRM"
measure xfrm xfrm-states xfrm-policies
# As much patience as for klips, and no verdict.
for ((i = 0; i < 12; i++)); do
	as_before && break
	pause 5
done
figure N11/slab/xfrm ${GROWTH% *} %
figure N11/percpu/xfrm ${GROWTH#* } %
g1 ip xfrm state flush
g1 ip xfrm policy flush

note "klips"
module_load
manual_fallback
manual_device
measure klips sas eroutes
# What CPUs have is taken in pages, which the kernel keeps for a while. That comes once; a leak comes again.
if ! settled; then
	note "once more"
	BEFORE=$(memory)
	under_traffic klips $N sas eroutes
	wait_for 60 "klips's memory" as_before
fi
figure N11/slab/klips ${GROWTH% *} %
figure N11/percpu/klips ${GROWTH#* } %
above 0 device_counter .tx.transformed >/dev/null || fail "no packet went by the conn"
[ $KILL_MS -le 2000 ] || fail "a dump took $KILL_MS ms to die"
ipsec_in G1 tncfg --delete ipsec0
ipsec_in G1 eroute --clear
ipsec_in G1 spi --clear

note "by pluto"
g2 nft delete table ip lab
ip -n G1 link del drop0
klips_conf G1
klips_conf G2
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"
pluto_start G2 "$TMP/G2.conf" "$TMP/G2.secrets"
flood A 10.2.0.2 -i 5000
for ((i = 0; i < PLUTO; i++)); do
	ipsec_in G1 auto --up east-west >/dev/null || fail "ipsec auto --up ended with $?, cycle $i"
	ipsec_in G1 auto --down east-west >/dev/null || fail "ipsec auto --down ended with $?, cycle $i"
done
kill $FLOOD
nothing_left G1 || fail "something is left of $PLUTO cycles"
pluto_stop G1
pluto_stop G2
wait_for 20 "the module is free" equals 0 cat /sys/module/klips/refcnt
rmmod klips || fail "the module does not unload"
figure N11/unloads/klips 1 module
