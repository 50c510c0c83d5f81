# SPDX-License-Identifier: GPL-2.0
# limit: 90
# "ipsec setup stop" ends within 5 s, whoever has asked for something and does not read the answer: a dump of every kind,
# pluto's control socket (in the middle of a status, or of an up), PF_KEY, the drops.
#
#   A 10.1.0.2 -- G1 192.0.2.1 ==== 192.0.2.2 G2 -- B 10.2.0.2
. "$LAB/ike.sh"

LIMIT_MS=5000

klips_conf G1
{
	printf 'conn silent\n    left=192.0.2.1\n    right=192.0.2.77\n    leftsubnet=10.1.0.0/24\n    rightsubnet=10.77.0.0/24\n    authby=secret\n    auto=add\n'
	for ((i = 0; i < 120; i++)); do
		printf 'conn shut-%d\n    left=192.0.2.1\n    right=192.0.2.2\n    rightsubnet=10.100.%d.0/24\n    type=drop\n    auto=route\n' $i $i
	done
} >>"$TMP/G1.conf"
echo '192.0.2.1 192.0.2.77 : PSK "another"' >>"$TMP/G1.secrets"
swan_conf G2
strongswan_start G2 "$TMP/G2"
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"
ipsec_in G1 up east-west
scale eroutes 2000 40 >"$TMP/batch"
ipsec_in G1 --batch "$TMP/batch"
note "started"

# stalled FILE PATTERN: the process $!, once PATTERN is in FILE.
stalled()
{
	readers+=" $!"
	wait_for 20 "$2 in ${1##*/}" grep -q "$2" "$1"
}

readers=
for what in eroutes /proc/net/ipsec_eroute sas /proc/net/ipsec_spi; do
	on_bg G1 scale dump $what stop >"$TMP/stopped.${what##*/}"
	stalled "$TMP/stopped.${what##*/}" stopped
done
# What nobody reads: the pipe is full before the status is over.
mkfifo "$TMP/unread"
exec 7<>"$TMP/unread"
for ((i = 0; i < 3; i++)); do
	on_bg G1 ipsec status --json >"$TMP/unread"
	stalled /proc/$!/wchan pipe_write
done
for command in 'up silent' 'pf_key' 'drops --follow'; do
	on_bg G1 ipsec $command >"$TMP/out.${command%% *}" 2>&1
	pid=$!
	readers+=" $pid"
	[[ $command != up* ]] || stalled "$TMP/out.up" .
	kill -STOP $pid
done
note "$(wc -w <<<"$readers") readers that do not read"
for pid in $readers; do
	kill -0 $pid || fail "reader $pid has ended: $(tail -n 2 "$TMP"/out.*)"
done

start=${EPOCHREALTIME/./}
ipsec_in G1 setup stop || fail "stop ended with $?"
ms=$(((${EPOCHREALTIME/./} - start) / 1000))
figure stalled-readers/stop $ms ms
[ $ms -lt $LIMIT_MS ] || fail "stop took $ms ms, expected less than $LIMIT_MS"
assert_eq "pluto's SAs" "" "$(ipsec_in G1 spi)"
status=0
ipsec_in G1 setup status >"$TMP/status" || status=$?
assert_eq "status after it" 3 $status
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"
kill -KILL $readers
wait $readers || true
