# SPDX-License-Identifier: GPL-2.0
# Rows of build/lab/bin/rows to what both gateways are told, in files of the directory `dir`:
#   klips          for ipsec --batch on G1
#   xfrm, policy   for ip -batch on G2
#   g1, g2         for ip -batch: addresses, G2's tunnel devices
#   pairs          NAME FROM TO of every set-up, for build/lab/bin/pairs
#   sas            NAME SPI said direction count: "count" where XFRM has the same SA and must count the same packets
#   open           the names whose packets can be read on the wire, by nature
#   bare           addresses of those whose small packets have no IPsec header at all (RFC 3173 2.2)
# Networks 1 and 2 are inside tunnels, 3 and 4 ends of transport mode, 5 and 6 ends of tunnels that only their addresses
# tell apart: 10.NET.x.y and fd0NET::n, odd ones on G1.

function key(bits, seed,	hex, i)
{
	hex = "0x"
	for (i = 0; i < bits / 8; i++)
		hex = hex sprintf("%02x", (seed * 37 + i * 11 + 5) % 256)
	return hex
}

function host(net, family)
{
	if (family == "v4")
		return "10." net "." int(n / 200) "." (1 + n % 200)
	return sprintf("fd%02d::%x", net, n + 1)
}

function whole(address)
{
	return address (address ~ /:/ ? "/128" : "/32")
}

function own(side, address)
{
	if ((side, address) in owned)
		return
	owned[side, address] = 1
	print "addr add " whole(address) " dev lo" >(dir "/" side)
}

# What ip xfrm calls it, with its keys.
function xfrm_alg(i,	keyed)
{
	if (proto[i] == "comp")
		return "comp " cipher[i]
	if (proto[i] == "esp" && akey_bits[i] == 0)
		return "aead " cipher[i] " " key(ekey_bits[i], n) " " icv[i] * 8
	keyed = "auth-trunc " hash[i] " " key(akey_bits[i], n + 1) " " icv[i] * 8
	if (proto[i] == "esp")
		keyed = "enc " cipher[i] " " (ekey_bits[i] ? key(ekey_bits[i], n) : "\"\"") " " keyed
	return keyed
}

# XFRM has no window of 0 where numbers have 64 bits.
function xfrm_settings(i, from,	text, flags)
{
	if (proto[i] == "esp" || proto[i] == "ah")
		text = " replay-window " (esn[i] == "esn" && !window[i] ? 32 : window[i])
	if (esn[i] == "esn")
		flags = flags " esn"
	if (proto[i] == "ah" && from !~ /:/)
		flags = flags " align4"
	if (outer[i] != inner[i] || (i > 1 && outer[i] != inner[1]))
		flags = flags " af-unspec"
	return text (flags ? " flag" flags : "") " " xfrm_alg(i) (encap[i] == "udp" ? " encap espinudp 4500 4500 " (from ~ /:/ ? "::" : "0.0.0.0") : "")
}

function xfrm_mode(i)
{
	return mode[i] == "transport" ? "transport" : "tunnel"
}

function xfrm_state(i, from, to, spi)
{
	print "xfrm state add src " from " dst " to " proto " proto[i] " spi " spi " reqid " reqid(i) " mode " xfrm_mode(i) \
		xfrm_settings(i, from) >(dir "/xfrm")
}

function reqid(i)
{
	return n * 4 + i
}

# What comes in may do without IPCOMP; what goes out may not be told so.
function template(i, from, to, way)
{
	return " tmpl src " from " dst " to " proto " proto[i] " reqid " reqid(i) " mode " xfrm_mode(i) \
		(way == "in" && proto[i] == "comp" ? " level use" : "")
}

function klips_alg(i)
{
	if (proto[i] == "comp")
		return " --comp " name[i] " --mode " mode[i]
	return " --" proto[i] " " name[i] (ekey_bits[i] ? " --enckey " key(ekey_bits[i], n) : "") \
		(akey_bits[i] ? " --authkey " key(akey_bits[i], n + 1) : "") \
		" --mode " (mode[i] == "tunnel" ? "tunnel" : "transport") " --replay_window " window[i] \
		(esn[i] == "esn" ? " --esn" : "") (encap[i] == "udp" ? " --natt nonesp --sport 4500 --dport 4500" : "")
}

# One SA of klips: adds it to the group.
function klips_sa(way, said, from, options)
{
	print "spi --said " said " --src " from options >(dir "/klips")
	group[way] = group[way] " " said
}

function add_sa(i, way, from, to, spi,	said, ip)
{
	ip = to ~ /:/ ? " --ip6" : " --ip4"
	if (mode[i] == "pair" || proto[i] == "ipip")
		klips_sa(way, "tun" spi "@" to, from, ip)
	if (proto[i] == "ipip")
		return
	said = proto[i] spi "@" to
	klips_sa(way, said, from, klips_alg(i))
	xfrm_state(i, from, to, spi)
	print setup, spi, said, way, proto[i] == "comp" ? "-" : "count" >(dir "/sas")
}

# IPIP has no SAs in XFRM: the kernel's tunnel devices are the peer.
function tunnel_device(i, from, to, inside,	kind)
{
	if (outer[i] == "v4")
		kind = inner[i] == "v4" ? "ipip" : "sit"
	else
		kind = "ip6tnl mode " (inner[i] == "v4" ? "ipip6" : "ip6ip6") " encaplimit none"
	print "link add tun" n " type " kind " local " to " remote " from >(dir "/g2")
	print "link set tun" n " up" >(dir "/g2")
	print "route add " whole(inside) " dev tun" n >(dir "/g2")
}

# Addresses and numbers go with the tunnel: what comes behind one is for its ends.
function one_setup(	i, a, b, from, to, tunnel, bare, open, out, in_)
{
	n++
	for (i = 1; i <= rows; i++)
		tunnel += mode[i] != "transport"
	a = host(tunnel ? 1 : 3, inner[1])
	b = host(tunnel ? 2 : 4, inner[1])
	own("g1", a)
	own("g2", b)
	from = a
	to = b
	open = 1
	group["out"] = group["in"] = ""
	for (i = 1; i <= rows; i++) {
		if (mode[i] != "transport") {
			from = outer[i] == "v4" ? "192.0.2.1" : "2001:db8::1"
			to = outer[i] == "v4" ? "192.0.2.2" : "2001:db8::2"
			if (proto[i] == "comp" || proto[i] == "ipip") {
				own("g1", from = host(5, outer[i]))
				own("g2", to = host(6, outer[i]))
			}
		}
		add_sa(i, "out", from, to, sprintf("0x%x", proto[i] == "comp" ? 4096 + 4 * n + i : 65536 + 4 * n + i))
		add_sa(i, "in", to, from, sprintf("0x%x", proto[i] == "comp" ? 8192 + 4 * n + i : 131072 + 4 * n + i))
		if (proto[i] == "ipip")
			tunnel_device(i, from, to, a)
		else {
			out = out template(i, to, from, "out")
			in_ = in_ template(i, from, to, "in")
		}
		if (proto[i] == "esp" && cipher[i] !~ /null|rfc4543/)
			open = 0
	}
	if (group["out"] ~ / .* /)
		print "spigrp --said" group["out"] "\nspigrp --said" group["in"] >(dir "/klips")
	sub(/^ /, "", group["out"])
	sub(/^ /, "", group["in"])
	sub(/ .*/, "", group["out"])
	sub(/ .*/, "", group["in"])
	print "eroute --add --src " whole(a) " --dst " whole(b) " --said " group["out"] >(dir "/klips")
	print "eroute --addin --src " whole(b) " --dst " whole(a) " --said " group["in"] >(dir "/klips")
	if (out) {
		print "xfrm policy add src " whole(b) " dst " whole(a) " dir out" out >(dir "/policy")
		print "xfrm policy add src " whole(a) " dst " whole(b) " dir in" in_ >(dir "/policy")
	}
	print "setup-" setup, a, b >(dir "/pairs")
	if (open)
		print "<setup-" setup ">" >(dir "/open")
	if (rows == 1 && proto[1] == "comp" && !tunnel)
		print a "\n" b >(dir "/bare")
	rows = 0
}

BEGIN {
	printf "" >(dir "/open")
	printf "" >(dir "/bare")
	printf "" >(dir "/policy")
	printf "" >(dir "/xfrm")
	printf "" >(dir "/sas")
}

rows && $1 != setup { one_setup() }

{
	rows++
	setup = $1
	name[rows] = $2
	proto[rows] = $3
	mode[rows] = $4
	outer[rows] = $5
	inner[rows] = $6
	encap[rows] = $7
	esn[rows] = $8
	window[rows] = $9
	ekey_bits[rows] = $10
	akey_bits[rows] = $11
	icv[rows] = $12
	cipher[rows] = $13
	hash[rows] = $14
}

END {
	if (rows)
		one_setup()
}
