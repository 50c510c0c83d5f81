# SPDX-License-Identifier: GPL-2.0
# limit: 150
# N2: a scan of a trapped network, from one source and from many: holds, their memory and what the key daemon is asked stay within
# the settings, a tunnel that is up loses nothing and hardly slows down, and an honest source that meets the trap meanwhile has its
# turn within a second. Then the same with an opportunistic policy of XFRM and somebody who listens to its acquires.
# SOAK=1: 100,000 destinations from one source and from 1,000, 20,000 with XFRM, and the settings as they come.
#
#	A 10.1.0.2 -- G1 klips, 10.64.0.0/10 trapped === XFRM G2 -- B 10.2.0.2
. "$LAB/manual.sh"

if [ -n "${SOAK:-}" ]; then
	count=100000 many=1000 xfrm=20000 pings=1000 max=4096 rate=100
else
	count=9000 many=100 xfrm=3000 pings=100 max=1000 rate=50
fi
RUNS=3
PACE=2000

sum()
{
	ipsec_in G1 eroute --holds --json | jq ".sums.$1"
}

# addresses SOURCES FIRST COUNT: as many lines of flows, each to another destination, from so many sources in turn.
addresses()
{
	awk -v sources=$1 -v first=$2 -v n=$3 'BEGIN {
		for (i = first; i < first + n; i++)
			print "10.1." int(i % sources / 200) + 1 "." i % sources % 200 + 1, \
			      "10." 64 + int(i / 65536) "." int(i / 256) % 256 "." i % 256, 17, 1000, 2000
	}'
}

# asked ADDRESS: when the key daemon was asked for it first, in ms since 1970.
asked()
{
	awk -v to=$1/32 '$3 == to { print $NF; exit }' "$TMP/acquires"
}

has_asked()
{
	[ -n "$(asked $1)" ]
}

# ping_times NAME: through the tunnel; adds "P50 P99" of its round trips, in microseconds, to NAME.
ping_times()
{
	on A ping -n -c $pings -w 60 -i 0.01 10.2.0.2 >"$TMP/ping" || true
	all_answered "$TMP/ping" $pings || fail "a tunnel that is up, $1: $(grep transmitted "$TMP/ping")"
	sed -n 's/.* time=\([0-9.]*\) ms/\1/p' "$TMP/ping" | sort -n | awk '
		{ t[NR] = $1 * 1000 }
		END { printf "%d %d\n", t[int((NR + 1) / 2)], t[int(NR * 0.99 + 0.5)] }' >>"$TMP/$1"
}

# median NAME COLUMN
median()
{
	awk -v c=$2 '{ print $c }' "$TMP/$1" | sort -n | sed -n "$((RUNS / 2 + 1))p"
}

# scanned SOURCES: the scan, in three parts with pings in each, and pings in silence before each; the honest source in the second.
scanned()
{
	local from=$1 run sent scan part=$((count / RUNS)) bytes=0 honest=10.127.9.$(($1 % 251))

	for ((run = 0; run < RUNS; run++)); do
		ping_times silence-$from
		addresses $from $((run * part)) $part >"$TMP/scan"
		on A flows send $PACE <"$TMP/scan" >>"$TMP/sent-$from" &
		scan=$!
		if [ $run = 1 ]; then
			sent=$(date +%s%3N)
			echo "10.1.0.3 $honest 17 1000 2000" | on A flows send >/dev/null
		fi
		ping_times scan-$from
		wait $scan
		[ $run -gt 0 ] || wait_for 30 "the caps are reached" equals $max sum holds
		[ "$(sum holds)" -le $max ] || fail "$(sum holds) holds of $max"
		[ "$(sum bytes)" -le $bytes ] || bytes=$(sum bytes)
		[ $bytes -le 4194304 ] || fail "$bytes bytes held"
	done
	wait_for 30 "the honest source is asked for" has_asked $honest
	took=$(($(asked $honest) - sent))
	figure N2/held-kbytes/klips-from-$from $((bytes / 1024)) KiB
	figure N2/honest-ms/klips-from-$from $took ms
	[ $took -le $((1000 * ${PATIENCE:-1})) ] || fail "the honest source had to wait $took ms"
	figure N2/ping-p50/klips-silence-$from "$(median silence-$from 1)" us
	figure N2/ping-p50/klips-in-scan-$from "$(median scan-$from 1)" us
	figure N2/ping-p99/klips-silence-$from "$(median silence-$from 2)" us
	figure N2/ping-p99/klips-in-scan-$from "$(median scan-$from 2)" us
	note "pings from $from, p50 and p99: silence $(tr '\n' ';' <"$TMP/silence-$from") scan $(tr '\n' ';' <"$TMP/scan-$from")"
	note "$(tr '\n' ' ' <"$TMP/sent-$from")"
}

manual_klips
manual_peer
ip -n G1 route add 10.64.0.0/10 dev ipsec0
ip -n A addr add 10.1.0.3/24 dev a0
ipsec_in G1 eroute --add --src 10.1.0.0/16 --dst 10.64.0.0/10 --said %trap
on G1 sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.lan0.rp_filter=0
[ -n "${SOAK:-}" ] || on G1 sysctl -qw net.klips.holds_max=$max net.klips.acquire_rate=$rate net.klips.acquire_burst=$rate
note "$(g1 sh -c 'cd /proc/sys/net/klips && grep . *' | tr '\n' ' ')"
on_bg G1 acquire listen >"$TMP/acquires"
wait_for 60 "the listener" file_says "$TMP/acquires" listening
wait_for 10 "the tunnel" on A ping -n -c 1 -W 1 10.2.0.2

for sources in 1 $many; do
	started=$(date +%s%3N)
	before=$(sum asked)
	scanned $sources
	asks=$(($(sum asked) - before))
	ended=$(date +%s%3N)
	[ $asks -le $((rate + (ended - started + 999) / 1000 * rate + 1)) ] || fail "$asks ACQUIREs in $((ended - started)) ms"
	figure N2/acquires/klips-from-$sources $asks messages
	ipsec_in G1 eroute --replace --src 10.1.0.0/16 --dst 10.64.0.0/10 --said %drop
	counts "holds" 0 sum holds
	ipsec_in G1 eroute --replace --src 10.1.0.0/16 --dst 10.64.0.0/10 --said %trap
done
assert_eq "lost ACQUIREs" 0 "$(grep -c lost "$TMP/acquires" || :)"
figure N2/overflows/klips 0 times

# XFRM: a policy that asks for transport mode with whomever, and as attentive a listener.
ipsec_in G1 tncfg --delete ipsec0
ipsec_in G1 eroute --clear
ipsec_in G1 spi --clear
on G1 ip xfrm policy add src 10.1.0.0/16 dst 10.64.0.0/10 dir out priority 1000 tmpl proto esp mode transport
on_bg G1 ip xfrm monitor acquire >"$TMP/xfrm" 2>"$TMP/xfrm.err"
wait_for 10 "the listener of XFRM" eval 'addresses 1 100000 1 | on A flows send >/dev/null; [ -s "$TMP/xfrm" ]'
lost_before=$(on G1 awk '/XfrmOutNoStates|XfrmAcquireError/ { n += $2 } END { print n }' /proc/net/xfrm_stat)
addresses 1 0 $xfrm | on A flows send $PACE >"$TMP/sent"
settled()
{
	local n

	n=$(grep -c '^acquire' "$TMP/xfrm")
	[ "$n" = "${SETTLED:-}" ] && return
	SETTLED=$n
	pause 1
	return 1
}
wait_for 60 "the listener of XFRM has read all" settled
lost=$(($(on G1 awk '/XfrmOutNoStates|XfrmAcquireError/ { n += $2 } END { print n }' /proc/net/xfrm_stat) - lost_before))
note "XFRM: $(<"$TMP/sent")"
figure N2/acquires/xfrm-from-1 "$(grep -c '^acquire' "$TMP/xfrm")" of-$xfrm
figure N2/overflows/xfrm "$(grep -c 'No buffer space' "$TMP/xfrm.err" || true)" times
figure N2/lost-packets/xfrm $lost of-$xfrm
[ $lost -ge $((xfrm * 9 / 10)) ] || fail "XFRM lost only $lost packets of $xfrm"
