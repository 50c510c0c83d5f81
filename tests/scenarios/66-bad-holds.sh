# SPDX-License-Identifier: GPL-2.0
# limit: 90
# What traps and holds refuse: selectors that no packet has, families that do not exist, settings out of range, answers to ACQUIREs
# of holds that are gone. Each says which, in one line and with its errno, and nothing is changed by it.
. "$LAB/manual.sh"

# state: all that could have changed, but what goes on by itself: ages, and how often was asked.
state()
{
	ipsec_in G1 eroute --json | jq -c '.eroutes[] | del(.idle)'
	ipsec_in G1 eroute --holds --json | jq -c '(.sums | del(.asked, .waiting)), (.holds[] | del(.age_ms, .acquires))'
	ipsec_in G1 spi | cut -d' ' -f1
	g1 sh -c 'cd /proc/sys/net/klips; grep . *'
}

# unchanged WHAT
unchanged()
{
	local now

	now=$(state)
	[ "$now" = "$BEFORE" ] || fail "$1 changed something: $(diff <(echo "$BEFORE") <(echo "$now") || true)"
}

# gone SEQ: who answers it is told that there is no such hold.
gone()
{
	assert_eq "an answer to ACQUIRE $1" 3 "$(on G1 acquire refuse $1)"
}

held()
{
	ipsec_in G1 eroute --holds --json | jq '.holds | length'
}

# hold ADDRESS: a packet to there is held; the number of its ACQUIRE is in $SEQ.
hold()
{
	local before

	before=$(held)
	udp_send A $1 7000 >/dev/null
	counts "holds" $((before + 1)) held
	wait_for 5 "the ACQUIRE" grep -q " $1/32 " "$TMP/acquires"
	SEQ=$(awk -v to=$1/32 '$3 == to { n = $1 } END { print n }' "$TMP/acquires")
}

manual_klips
ipsec_in G1 eroute --replace --src 10.1.0.0/24 --dst 10.2.0.0/24 --said %trap
on_bg G1 acquire listen >"$TMP/acquires"
wait_for 60 "the listener" file_says "$TMP/acquires" listening
on G1 sysctl -qw net.klips.hold_expire=3600
hold 10.2.0.2
held_seq=$SEQ

note "selectors and families, in PF_KEY"
BEFORE=$(state)
text=$(on G1 badtraps) || fail "badtraps: $text"
assert_match "badtraps" '^refused [0-9]{3}$' "$text"
unchanged "an impossible trap"

note "settings"
# Lines "NAME LOW HIGH"; by a small shell, without any process.
cat >"$TMP/settings" <<'END'
cd /proc/sys/net/klips
while read -r name low high; do
	read -r before <$name
	for value in $((low - 1)) $((high + 1)) -1 4294967296 99999999999999999999 nonsense 0x; do
		! echo $value 2>/dev/null >$name || echo "$name takes $value"
		read -r now <$name
		[ $now = $before ] || echo "$name became $now by $value"
	done
	# A hold must not expire of it.
	[ $name != hold_expire ] || low=$high
	for value in $low $high $before; do
		echo $value >$name || echo "$name refuses $value"
	done
done
END
text=$(on G1 bash "$TMP/settings" <<-END
	hold_packets 1 64
	hold_bytes 2048 1048576
	holds_max 1 65536
	holds_bytes_max 65536 67108864
	hold_expire 1 3600
	acquire_rate 1 10000
	acquire_burst 1 10000
END
)
assert_eq "settings" "" "$text"
assert_fails "a setting that cannot be" on G1 sysctl -qw net.klips.hold_packets=0
assert_match "a setting that cannot be" 'net.klips.hold_packets.*Invalid argument' "$OUTPUT"
unchanged "a setting that cannot be"

note "answers to ACQUIREs that nobody waits for"
gone 0
gone $((held_seq + 77777))
gone 4294967295
unchanged "an answer to nobody"
# Answered by an eroute, deleted with its trap, thrown out by another one's, expired, gone with its device.
ipsec_in G1 eroute --add --src 10.1.0.0/24 --dst 10.2.0.2/32 --said %drop
counts "holds" 0 held
BEFORE=$(state)
gone $held_seq
hold 10.2.0.3
ipsec_in G1 eroute --del --src 10.1.0.0/24 --dst 10.2.0.0/24
counts "holds" 0 held
gone $SEQ
ipsec_in G1 eroute --add --src 10.1.0.0/24 --dst 10.2.0.0/24 --said %trap
on G1 sysctl -qw net.klips.holds_max=1
hold 10.2.0.4
evicted=$SEQ
udp_send A 10.2.0.5 7000 >/dev/null
wait_for 5 "the newest hold of the one source goes" eval '[ "$(held)" -eq 1 ]'
wait_for 5 "one was put out" eval '[ "$(ipsec_in G1 eroute --holds --json | jq .sums.evicted)" -ge 1 ]'
on G1 sysctl -qw net.klips.hold_expire=1
counts "holds" 0 held
gone $evicted
on G1 sysctl -qw net.klips.hold_expire=3600 net.klips.holds_max=4096
hold 10.2.0.6
ip -n G1 link set ipsec0 down
counts "holds" 0 held
BEFORE=$(state)
gone $SEQ
unchanged "answers to holds that are gone"
