# SPDX-License-Identifier: GPL-2.0
# limit: 200
# pluto answers a strongSwan behind a NAT that changes its ports under traffic (SOAK=1: 1,000 times): pluto follows by what
# IKE and ESP prove, and both ways work again. It does so, too, when what the kernel said about it was lost. lab/nat.sh has the picture.
. "$LAB/nat.sh"

CHANGES=${SOAK:+1000}
CHANGES=${CHANGES:-5}

nat_up
nat_conf G2 leftid=@east rightid=@west
sed -i "s|^ *protostack=klips|&\n    logfile=$TMP/pluto.log|" "$TMP/G2.conf"
nat_swan G1 198.51.100.2 192.0.2.2
strongswan_start G1 "$TMP/G1"
pluto_start G2 "$TMP/G2.conf" "$TMP/G2.secrets"
capture_start wire G2 eth0

swanctl_in G1 --initiate --child east-west >"$TMP/up" || fail "swanctl --initiate: $(tail -n 3 "$TMP/up")"
ping_ok B 10.1.0.2 2
ping_ok A 10.2.0.2 2
transfer B A 10.1.0.2 100000

# goes_to FROM: the port that G2's SA sends to is one of those from FROM on.
goes_to()
{
	local port

	port=$(ipsec_in G2 spi | sed -n 's/.* natsport=4500 natdport=\([0-9]*\) .*/\1/p')
	[ "${port:-0}" -ge $1 ] && [ "$port" -lt $(($1 + 100)) ]
}

goes_to 30000 || fail "the SA's port: $(ipsec_in G2 spi)"
on_bg A ping -qi 0.2 10.2.0.2 >"$TMP/ping"
for change in $(seq $CHANGES); do
	nat_ports $((31000 + change % 30 * 1000))
	wait_for 10 "change $change: the SA follows" goes_to $((31000 + change % 30 * 1000))
	ping_ok B 10.1.0.2 1
done
figure N10/mapping-changes/klips "$CHANGES" changes

# pluto stands still, its PF_KEY socket is full, and then the NAT changes: the kernel says it to nobody.
echos()
{
	on B awk '/^Icmp: [0-9]/ { print $10 }' /proc/net/snmp
}

more_than()
{
	[ "$(echos)" -gt $1 ]
}

for ((i = 0; i < 4000; i++)); do
	echo "spi --said esp0x5001@192.0.2.2 --src 192.0.2.99 --esp aes_gcm128 --enckey 0x0102030405060708090a0b0c0d0e0f10aabbccdd"
	echo "spi --del --said esp0x5001@192.0.2.2"
done >"$TMP/chatter"
pluto=$(on G2 cat /run/pluto/pluto.pid)
kill -STOP $pluto
ipsec_in G2 --batch "$TMP/chatter" >"$TMP/chatter.out" 2>&1 || fail "ipsec --batch: $(tail -n 2 "$TMP/chatter.out")"
nat_ports 61000
wait_for 20 "packets by the new ports" more_than $(($(echos) + 5))
! goes_to 61000 || fail "the SA has moved by itself: $(ipsec_in G2 spi)"
kill -CONT $pluto
wait_for 40 "the SA follows" goes_to 61000
assert_match "pluto's log" 'PF_KEY socket was full' "$(<"$TMP/pluto.log")"
ping_ok B 10.1.0.2 1
swanctl_in G1 --terminate --ike east-west >"$TMP/down" || fail "swanctl --terminate: $(tail -n 3 "$TMP/down")"
wait_for 10 "nothing left on G2" nothing_left G2
capture_stop wire
assert_eq "in the clear, or ESP that is not in UDP" 0 "$(outside wire)"
