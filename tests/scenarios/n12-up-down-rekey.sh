# SPDX-License-Identifier: GPL-2.0
# limit: 150
# N12: conns go up and down and are rekeyed in quick succession, in any order, from both ends, under traffic (SOAK=1: 1,000
# steps). Then both ends agree, the tunnel works, and when it is down nothing is left. SEED=N repeats a run.
#
#	A 10.1.0.2 -- G1 pluto, klips === G2 pluto, klips -- B 10.2.0.2
. "$LAB/ike.sh"

STEPS=${SOAK:+1000}
STEPS=${STEPS:-25}
RANDOM=${SEED:=$((${EPOCHREALTIME/./} % 32768))}
note "SEED=$SEED"

one_pair()
{
	local host

	for host in G1 G2; do
		[ "$(ipsec_in $host spi | grep -c .)" = 2 ] || { ipsec_in $host spi; return 1; }
	done
}

# step: what it is refused for is its own business; it must end, and say something else than a crash.
step()
{
	local commands=(up down rekey-child rekey-ike up down "up --asynchronous") host=G$((RANDOM % 2 + 1)) command status=0

	command=${commands[RANDOM % ${#commands[@]}]}
	ipsec_in $host $command east-west >"$TMP/step" 2>&1 || status=$?
	echo "$host $command: $status"
	[ $status -ne 69 ] || fail "step $1, $host $command: pluto is not there any more"
}

for host in G1 G2; do
	klips_conf $host keyingtries=1
	pluto_start $host "$TMP/$host.conf" "$TMP/$host.secrets"
done
pids=$(on G1 cat /run/pluto/pluto.pid)-$(on G2 cat /run/pluto/pluto.pid)
capture_start wire G1 eth0 outbound net 10.0.0.0/8
on_bg A ping -q -n -i 0.05 10.2.0.2 >"$TMP/ping" 2>&1
for ((i = 1; i <= STEPS; i++)); do
	step $i
	pause 0.0$((RANDOM % 10))
done
# Both at rest, then once more the ordinary way.
for host in G1 G2; do
	ipsec_in $host down east-west || :
done
wait_for 60 "nothing left on G1" nothing_left G1
wait_for 60 "nothing left on G2" nothing_left G2
ipsec_in G1 up east-west || fail "ipsec up after $STEPS steps ended with $?"
tunnel_works
wait_for 30 "one pair of SAs on each end" one_pair
assert_eq "pids of both plutos" "$pids" "$(on G1 cat /run/pluto/pluto.pid)-$(on G2 cat /run/pluto/pluto.pid)"
ipsec_in G1 down east-west
wait_for 10 "nothing left on G1" nothing_left G1
wait_for 10 "nothing left on G2" nothing_left G2
capture_stop wire
clear=$(capture_count wire 'net 10.0.0.0/8')
figure N12/steps/klips $STEPS steps
figure N12/clear-frames/klips "$clear" frames
assert_eq "packets in the clear" 0 "$clear"
