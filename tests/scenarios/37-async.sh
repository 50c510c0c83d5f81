# SPDX-License-Identifier: GPL-2.0
# module: no
# limit: 180
# Ciphers that answer later: a module built with DEBUG=1 takes every cipher by cryptd(...) and pcrypt(...). Traffic is
# whole and in order through them, on one CPU and, in parallel mode, spread over all. Then SAs, a device and a namespace
# go while requests are under way, and nothing of them stays: the module can be unloaded, the kernel log is clean.
. "$LAB/manual.sh"

export MODULE=$REPO/build/$KVER-debug/klips.ko

# wrapped TEMPLATE: the module, told to use it once its self-tests are over. The kernel's own tests of what comes of it are
# off: those of 6.1 find that cryptd has changed their request, and take the cipher away.
wrapped()
{
	modprobe $1
	with_ciphers "$LAB/load-module"
	echo 1 >/sys/module/cryptomgr/parameters/notests
	printf %s $1 >/sys/module/klips/parameters/crypto_wrap
}

# The peer's windows know the numbers of SAs that are gone.
peer_anew()
{
	g2 ip xfrm state flush
	g2 ip xfrm policy flush
	manual_peer
}

# whole TEMPLATE: everything arrives through what it wraps. Ciphers that answer on another CPU may do so in another order
# than they were asked, the peer's too, and a packet can be so late that it is out of the window.
whole()
{
	peer_anew
	manual_klips
	grep -q "^driver *: $1(.*rfc4106" /proc/crypto || fail "$1: not the cipher that is used: $(grep ^driver /proc/crypto | sort -u | xargs)"
	ping_ok A 10.2.0.2 5
	transfer A B 10.2.0.2 300000
	transfer B A 10.1.0.2 300000
	ipsec_in G1 tncfg --set ipsec0 --parallel yes
	assert_match "ipsec tncfg" 'parallel=yes' "$(ipsec_in G1 tncfg)"
	ping_ok A 10.2.0.2 5
	transfer A B 10.2.0.2 300000
	transfer B A 10.1.0.2 300000
	assert_match "drops" '^\{("replay":[0-9]+)?\}$' "$(device_counter '.tx.drops + .rx.drops')"
}

# SAs end under traffic, then the device, in both modes.
ends()
{
	local mode

	for mode in yes no; do
		ipsec_in G1 tncfg --set ipsec0 --parallel $mode
		ends_under_traffic 1000 2000 60
		manual_klips
	done
	ipsec_in G1 tncfg --delete ipsec0
	ipsec_in G1 eroute --clear
	ipsec_in G1 spi --clear
}

unused()
{
	rmmod klips
}

# Kernels from 7 on have no cryptd any more, and no module that answers on another CPU but pcrypt.
templates=pcrypt
if modinfo -k $KVER cryptd >/dev/null 2>&1; then
	templates="cryptd pcrypt"
else
	note "this kernel has no cryptd: pcrypt alone"
fi
for template in $templates; do
	wrapped $template
	whole $template
	ends
	wait_for 30 "the module to be unused" unused
	note "$template: whole, and gone under traffic"
done

# A namespace goes with everything that is under way in it.
wrapped pcrypt
manual_klips
ipsec_in G1 tncfg --set ipsec0 --parallel yes
busy 1000 60
kill "${HOST_PID[G1]}" $FLOOD
wait_for 30 "the module to be unused" unused
