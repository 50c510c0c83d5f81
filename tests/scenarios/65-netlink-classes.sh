# SPDX-License-Identifier: GPL-2.0
# limit: 60
# Generic netlink and links of kind klips where others have gone wrong (tests/BUG-CLASSES.md): attributes of every wrong
# length, random requests, dumps given up in the middle while what they show goes away; and a device in somebody else's
# network, whose root must not change what belongs to us. SOAK=1: ten times as many.
. "$LAB/manual.sh"

TIMES=${SOAK:+20000}
TIMES=${TIMES:-2000}

state()
{
	g1 cat /proc/net/ipsec_eroute /proc/net/ipsec_tncfg
	g1 cut -d' ' -f1 /proc/net/ipsec_spi
}

manual_klips
before=$(state)
g1 nlclass bad $TIMES || fail "nlclass bad"
assert_eq "what is left" "$before" "$(state)"
note "bad requests"

# Things come and go all the time.
for ((round = 0; round < 20; round++)); do
	for ((i = 0; i < 20; i++)); do
		echo "spi --said tun0x$((2000 + i))@192.0.2.2 --src 192.0.2.1 --ip4"
		echo "eroute --add --src 10.1.0.$i/32 --dst 10.9.0.0/24 --said tun0x$((2000 + i))@192.0.2.2 --device ipsec0"
	done
	echo "eroute --clear"
	echo "spi --clear"
done >"$TMP/batch"
on_bg G1 ipsec --batch "$TMP/batch"
changes=$!
for ((i = 0; i < 5; i++)); do
	g1 nlclass dumps $((TIMES / 5)) || fail "nlclass dumps"
done
wait $changes
assert_eq "SAs left" "" "$(ipsec_in G1 spi)"
note "dumps"

# Root of a user namespace with a network of his own has ipsec8, and G1 has what it is made of.
ip -n G1 link add ipsec8 link eth0 type klips
cat >"$TMP/his" <<-'END'
	until ip link set ipsec8 up 2>/dev/null; do :; done
	ipsec tncfg --detach --virtual ipsec8
	echo "status $?"
	ip -o link show ipsec8
END
chmod 755 "$TMP"
on_bg G1 setpriv --reuid 65534 --regid 65534 --clear-groups unshare -Urn sh "$TMP/his" >"$TMP/his.out" 2>&1
child=$!
in_net()
{
	[ "$(readlink "/proc/$child/ns/net")" != "$(readlink "/proc/${HOST_PID[G1]}/ns/net")" ]
}
wait_for 10 "a network of his own" in_net
ip -n G1 link set ipsec8 netns $child
wait $child
text=$(<"$TMP/his.out")
assert_match "it is up" 'ipsec8.*[<,]UP' "$text"
assert_match "taking the device below away" 'status [1-9]' "$text"
assert_match "taking the device below away" "root|permitted|rights" "$text"
assert_match "the device below" "@if" "$text"
