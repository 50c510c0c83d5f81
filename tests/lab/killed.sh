# SPDX-License-Identifier: GPL-2.0
# For scenarios in which pluto is killed (-9) and started again, under pings both ways. To be sourced after ike.sh or nat.sh.
. "$LAB/manual.sh"

LIMIT=$((10 * ${PATIENCE:-1}))

# pluto_killed [HOST]: it is when this returns; G1's.
pluto_killed()
{
	local pid

	pid=$(on ${1:-G1} cat /run/pluto/pluto.pid)
	kill -9 "$pid"
	while kill -0 "$pid" 2>/dev/null; do
		pause 0.01
	done
}

# start [HOST]
start()
{
	ipsec_in ${1:-G1} setup start >/dev/null || fail "ipsec setup start after a kill ended with $?"
}

# saids DIRECTION [HOST]: mature SAs, out or in, one a line.
saids()
{
	local json

	json=$(ipsec_in ${2:-G1} spi --json)
	jq -r ".sas[] | select(.state == \"mature\" and .direction == \"$1\") | .said" <<<"$json" | sort
}

# eroute_said: where G1's packets for the far subnet go.
eroute_said()
{
	local text

	text=$(ipsec_in G1 eroute)
	[[ $text =~ 10\.1\.0\.0/24\ +-\>\ 10\.2\.0\.0/24\ +=\>\ ([^ $'\n']+) ]] && echo "${BASH_REMATCH[1]}"
}

# spi_of SAID: its number, as ipsec spi has it.
spi_of()
{
	local spi=${1#esp}

	echo "${spi%@*}"
}

is_routing()
{
	local text

	text=$(ipsec_in G1 status east-west)
	[[ $text == *"; $1; eroute owner"* ]] || { echo "$text"; return 1; }
}

# answered FILE: lines of a ping that were answers, so far.
answered()
{
	grep -c 'icmp_seq' "$1" || :
}

# unbroken FILE FROM: from that answer on none is missing.
unbroken()
{
	grep -o 'icmp_seq=[0-9]*' "$1" | awk -F= -v from=$2 'NR > from && NR > 1 && $2 != last + 1 { print last + 1; exit }
		{ last = $2 }'
}

# lost FILE FROM: how many are missing from that answer on.
lost()
{
	grep -o 'icmp_seq=[0-9]*' "$1" | awk -F= -v from=$2 'NR > from && NR > 1 { n += $2 - last - 1 }
		{ last = $2 } END { print n + 0 }'
}

# both_ways WHEN: answers arrive from now on, on both sides.
both_ways()
{
	local a b

	a=$(answered "$TMP/a.ping")
	b=$(answered "$TMP/b.ping")
	wait_for $LIMIT "answers to A, $1" above $((a + 3)) answered "$TMP/a.ping"
	wait_for $LIMIT "answers to B, $1" above $((b + 3)) answered "$TMP/b.ping"
}

pings()
{
	on_bg A ping -n -i 0.05 10.2.0.2 >"$TMP/a.ping" 2>&1
	PINGS=$!
	on_bg B ping -n -i 0.05 10.1.0.2 >"$TMP/b.ping" 2>&1
	PINGS+=" $!"
}

# renewed SAID: G1's packets for the far subnet go by another SA.
renewed()
{
	local now

	now=$(eroute_said)
	echo "$now"
	[[ $now == esp* && $now != "$1" ]]
}
