# SPDX-License-Identifier: GPL-2.0
# module: no
# limit: 180
# Ciphers that answer later: a module built with DEBUG=1 takes every cipher by cryptd(...) and pcrypt(...). Traffic is
# whole and in order through them, on one CPU and, in parallel mode, spread over all. Then SAs, a device and a namespace
# go while requests are under way, and nothing of them stays: the module can be unloaded, the kernel log is clean.
. "$LAB/manual.sh"

export MODULE=$REPO/build/$KVER-debug/klips.ko

# wrapped TEMPLATE: the module, loaded with it.
wrapped()
{
	modprobe $1
	with_ciphers "$LAB/load-module" "crypto_wrap=$1"
}

# flood: datagrams from A to B until $FLOOD is killed.
flood()
{
	on_bg A udp send -c 1000000 -i 1000 10.2.0.2 7000 >/dev/null 2>&1
	FLOOD=$!
}

flows()
{
	[ "$(ipsec_in G1 tncfg --json | jq '.devices[0].tx.packets // 0')" -gt $1 ]
}

# Everything is there and in use; SAs of another cipher prove that it is TEMPLATE's.
whole()
{
	manual_klips
	grep -q "^driver *: $1(rfc4106" /proc/crypto || fail "$1: not the cipher that is used: $(grep ^driver /proc/crypto | sort -u | xargs)"
	ping_ok A 10.2.0.2 5
	transfer A B 10.2.0.2 300000
	transfer B A 10.1.0.2 300000
	ipsec_in G1 tncfg --set ipsec0 --parallel yes
	assert_match "ipsec tncfg" 'parallel=yes' "$(ipsec_in G1 tncfg)"
	ping_ok A 10.2.0.2 5
	transfer A B 10.2.0.2 300000
	transfer B A 10.1.0.2 300000
	assert_eq "drops" '{}' "$(ipsec_in G1 tncfg --json | jq -c '.devices[0].tx.drops + .devices[0].rx.drops')"
}

# SAs and the device end under traffic, then come back, in both modes.
ends()
{
	local mode

	for mode in yes no; do
		ipsec_in G1 tncfg --set ipsec0 --parallel $mode
		flood
		wait_for 20 "traffic" flows 50
		ipsec_in G1 spi --clear
		manual_sa_out 0x1001
		manual_sa_in 0x1002
		wait_for 20 "more of it" flows 100
		ipsec_in G1 tncfg --delete ipsec0
		kill $FLOOD
		ipsec_in G1 eroute --clear
		ipsec_in G1 spi --clear
		manual_klips
		ping_ok A 10.2.0.2 2
	done
}

manual_peer
for template in cryptd pcrypt; do
	wrapped $template
	whole $template
	ends
	note "$template: whole, and gone under traffic"
	if [ $template = pcrypt ]; then
		# The last: its namespace goes with everything in it.
		ipsec_in G1 tncfg --set ipsec0 --parallel yes
		flood
		wait_for 20 "traffic" flows 50
		kill "${HOST_PID[G1]}"
		kill $FLOOD
	else
		ipsec_in G1 tncfg --delete ipsec0
		ipsec_in G1 eroute --clear
		ipsec_in G1 spi --clear
	fi
	wait_for 30 "the module to be unused" rmmod klips
done
