# SPDX-License-Identifier: GPL-2.0
# limit: 90
# module: no
# af_key and klips exclude each other: loading says what to type and leaves nothing behind. Then klips is unloaded
# under traffic, again and again: nothing of it is left, and nothing ever leaves in the clear.
. "$LAB/manual.sh"

# Nothing of klips is registered anywhere.
nothing_left()
{
	[ ! -d /sys/module/klips ] || fail "$1: the module is there"
	[ ! -e "/proc/${HOST_PID[G1]}/net/ipsec" ] || fail "$1: /proc/net/ipsec is there"
	assert_eq "$1: /proc/net/ipsec_*" "" "$(compgen -G "/proc/${HOST_PID[G1]}/net/ipsec*" || true)"
	assert_fails "$1: link kind" g1 ip link add ipsec7 type klips
	assert_fails "$1: generic netlink family" genl ctrl get name klips
	assert_no_match "$1: protocols" KLIPS "$(</proc/net/protocols)"
	# A handler that was left would be called now.
	echo "seq=1" | on G2 esp 192.0.2.2 192.0.2.1 0x1002 $MANUAL_KEY_IN
}

# The message is on the console and in the log, and the tools say the same.
af_key_in_the_way()
{
	dmesg >"$TMP/before"
	assert_fails "loading beside af_key" module_load
	dmesg | tail -n +$(($(wc -l <"$TMP/before") + 1)) >"$TMP/after"
	assert_match "kernel log" 'klips: PF_KEY is taken by another module, af_key.*"modprobe -r af_key"' "$(<"$TMP/after")"
	nothing_left "af_key is in the way"
	assert_fails "a tool" ipsec_in G1 spi
	assert_match "a tool" 'af_key is in its place: modprobe -r af_key' "$OUTPUT"
}

modprobe af_key
af_key_in_the_way
modprobe -r af_key
module_load
rmmod klips
nothing_left "loaded and unloaded"
# Tools that find no klips must not have af_key loaded by looking for it.
assert_fails "a tool without klips" ipsec_in G1 spi
assert_fails "a tool without klips" ipsec_in G1 eroute --clear
[ ! -d /sys/module/af_key ] || fail "'ipsec spi' without klips has loaded af_key"
note "af_key done"

# flood FROM ADDRESS: datagrams until the scenario ends.
flood()
{
	on_bg $1 udp send -c 1000000 -i 2000 $2 7000 >/dev/null 2>&1
}

busy()
{
	[ "$(device_counter .tx.transformed)" -gt "$1" ] && [ "$(device_counter .rx.packets)" -gt "$1" ]
}

manual_peer
manual_fallback
flood A 10.2.0.2
flood B 10.1.0.2
capture_start wire G1 eth0 outbound
for round in 1 2 3 4 5; do
	module_load
	if [ $round -gt 1 ]; then
		g2 ip xfrm state flush
		manual_xfrm_sa G2 192.0.2.2 192.0.2.1 0x1002 $MANUAL_KEY_IN
		manual_xfrm_sa G2 192.0.2.1 192.0.2.2 0x1001 $MANUAL_KEY_OUT
	fi
	manual_klips
	wait_for 5 "traffic both ways" busy 20
	case $round in
	1)	# A socket holds the module.
		on_bg G1 ipsec pf_key >"$TMP/pf_key"
		listener=$!
		wait_for 10 "ipsec pf_key listens" grep -qv '^0$' /sys/module/klips/refcnt
		assert_fails "rmmod with a socket open" rmmod klips
		assert_match "rmmod with a socket open" 'in use' "$OUTPUT"
		kill $listener
		wait $listener || true
		;;
	2)	g1 ip link del ipsec0 ;;
	3)	g1 ip link set ipsec0 down ;;
	4)	g1 ip link set eth0 down; g1 ip link set eth0 up; g1 ip route add default via 192.0.2.2 ;;
	esac
	rmmod klips
	nothing_left "round $round"
done
capture_stop wire
note "$(capture_count wire 'ip proto 50') ESP packets"
assert_eq "datagrams in the clear" 0 "$(capture_count wire net 10.0.0.0/8)"
