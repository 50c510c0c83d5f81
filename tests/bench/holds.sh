# limit: 200000
# What a packet costs that meets a hold, when there is 1 hold and when there are 4,096, each with its own flow, beside it: about the
# same, also in the hold that was made last, and with one eroute or 1,000. The packet pushes the newest one out of a full queue.
. "$LAB/manual.sh"

ROUNDS=5

holds()
{
	on G1 sed -n 's/^holds: \([0-9]*\).*/\1/p' /proc/net/ipsec/holds
}

# cost ADDRESS: instructions per datagram, the middle of several runs: holds also look to themselves at times.
cost()
{
	local i

	for ((i = 0; i < ROUNDS; i++)); do
		on A "$REPO/build/lab/bin/blast" $1 9 64 1000
	done | sort -n | sed -n "$((ROUNDS / 2 + 1))p"
}

# addresses COUNT: as many flows, each with another destination.
addresses()
{
	awk -v n=$1 'BEGIN {
		for (i = 0; i < n; i++)
			print "10.1." int(i / 1000) + 1 "." i % 250 + 1, "10." 64 + int(i / 65536) "." int(i / 256) % 256 "." i % 256, 17, 1000, 9
	}'
}

# about_equal WHAT ONE MANY: within a tenth.
about_equal()
{
	[ $3 -le $(($2 + $2 / 10)) ] || fail "$1 costs $3 instructions, and $2 with one hold"
}

ipsec_in G1 tncfg --attach --virtual ipsec0 --physical eth0
ip -n G1 -batch - <<-END
	link set ipsec0 up
	route add 10.64.0.0/10 dev ipsec0
END
on A sysctl -qw net.ipv4.conf.all.rp_filter=0
on G1 sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.lan0.rp_filter=0 \
	net.klips.hold_expire=3600 net.klips.acquire_rate=1 net.klips.acquire_burst=1 net.klips.holds_bytes_max=67108864
on_bg G1 acquire listen >"$TMP/acquires"
wait_for 60000 "the listener" file_says "$TMP/acquires" listening

# What the same packets cost without any hold: under %drop.
ipsec_in G1 eroute --add --src 10.0.0.0/8 --dst 10.64.0.0/10 --said %drop
drop=$(cost 10.127.0.1)
figure holds/drop $drop insn
ipsec_in G1 eroute --replace --src 10.0.0.0/8 --dst 10.64.0.0/10 --said %trap
one=$(cost 10.127.0.1)
[ "$(holds)" -eq 1 ] || fail "$(holds) holds, and should be 1"
figure holds/1 $one insn
addresses 4094 | on A flows send >/dev/null
last=10.127.0.2
udp_send A $last 9 -c 1 >/dev/null
wait_for 60000 "4096 holds" equals 4096 holds
many=$(cost 10.127.0.1)
figure holds/4096 $many insn
newest=$(cost $last)
figure holds/4096-newest $newest insn
[ "$(holds)" -eq 4096 ] || fail "$(holds) holds, and should be 4096"
about_equal "a packet that meets a hold among 4,096" $one $many
about_equal "a packet that meets the newest hold of 4,096" $one $newest
