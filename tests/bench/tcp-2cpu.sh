# SPDX-License-Identifier: GPL-2.0
# limit: 600
# boot: --cpus 2
# TCP from A to B through both gateways, on two CPUs with a real clock: only what is measured next to each other compares,
# so the stacks take turns, five times, and the middle one of the five ratios counts. It must be GATE (1.3), klips to XFRM.
. "$REPO/tests/bench/stacks.sh"

bytes=${BENCH_BYTES:-6000000}
declare -A rates
ratios=()

# rate: Mbit/s of one transfer.
rate()
{
	on A "$REPO/build/lab/bin/stream" send 10.2.0.2 5001 $bytes | awk -v bytes=$bytes '{ printf "%.1f\n", bytes * 8000 / $1 }'
}

# measure STACK [parallel]: under its name, $last too.
measure()
{
	${1}_up
	if [ -n "${2:-}" ]; then
		ipsec_in G1 tncfg --set ipsec0 --parallel yes
		ipsec_in G2 tncfg --set ipsec0 --parallel yes
	fi
	ping_ok A 10.2.0.2 2
	last=$(rate)
	rates[$1${2:+-$2}]+="$last "
	${1}_down
}

# sorted NUMBER...: smallest, middle and largest.
sorted()
{
	printf '%s\n' "$@" | sort -g | awk '{ v[NR] = $1 } END { print v[1], v[int((NR + 1) / 2)], v[NR] }'
}

stream_receiver B
for _ in 1 2 3 4 5; do
	measure xfrm
	xfrm=$last
	measure klips
	ratios+=("$(awk "BEGIN { printf \"%.2f\", $last / $xfrm }")")
	measure klips parallel
done
for stack in xfrm klips klips-parallel; do
	read -r low middle high < <(sorted ${rates[$stack]})
	figure tcp-2cpu/$stack $middle Mbit/s
	note "$stack: $low to $high Mbit/s: ${rates[$stack]}"
done
read -r low middle high < <(sorted "${ratios[@]}")
figure tcp-2cpu/ratio $middle klips/xfrm
note "ratios $low to $high: ${ratios[*]}"
awk "BEGIN { exit !($middle >= ${GATE:-1.3}) }" || fail "TCP over klips: $middle x XFRM (of ${ratios[*]}), expected ${GATE:-1.3}"
