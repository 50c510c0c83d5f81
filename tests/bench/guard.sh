# limit: 200000
# What the guard costs a packet that is none of its business: in the clear from A to B, by a G1 that has an ipsec0, to which
# neither they nor their answers are routed: with the guard, less without it. And what one costs that leaves a G1 where
# networks are closed, for none of them.
. "$LAB/ike.sh"
. "$LAB/dual.sh"

# Of IPv6 the route lookup of the kernel alone, through two tables, is some 700.
declare -A MOST=([4]=600 [6]=900)
# Asked for both its ends on FORWARD, and once more before source NAT; with the drop routes, which every look-up passes by.
declare -A MOST_CLOSED=([4]=1200 [6]=1300)

# cost ADDRESS: instructions per datagram.
cost()
{
	on A "$REPO/build/lab/bin/blast" $1 9 64 3000
}

# guarded NAME: with the guard, and without.
guarded()
{
	local family address off value

	for family in 4 6; do
		address=$([ $family = 4 ] && echo 10.2.0.2 || echo fd02::2)
		ipsec_in G1 tncfg --set ipsec0 --guard off
		off=$(cost $address)
		ipsec_in G1 tncfg --set ipsec0 --guard drop
		value=$(($(cost $address) - off))
		figure guard/$1/ipv$family $value insn
		[ "$1" != main ] || [ $value -le ${MOST[$family]} ] ||
			fail "the guard costs a packet of IPv$family $value instructions, and should at most ${MOST[$family]}"
	done
}

dual_addresses
udp_sink B 9 /dev/null
kill -STOP $! 2>/dev/null || true
ping_ok A 10.2.0.2 2
ping_ok A fd02::2 2
open4=$(cost 10.2.0.2)
open6=$(cost fd02::2)
# pluto closes them, and leaves them closed.
klips_conf G1
sed -i 's|subnet=\(.*\)|subnets={\1}|; s|10.1.0.0/24|10.1.0.0/24 fd01::/64|; s|10.2.0.0/24|10.3.0.0/24 fd03::/64|' "$TMP/G1.conf"
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"
ipsec_in G1 setup --closed stop
g1 ip link del ipsec0 2>/dev/null || true
assert_eq "closed" 2 "$(ipsec_in G1 look --json | jq '.closed | length')"
for family in 4 6; do
	address=$([ $family = 4 ] && echo 10.2.0.2 || echo fd02::2)
	before=open$family
	value=$(($(cost $address) - ${!before}))
	figure closed/ipv$family $value insn
	[ $value -le ${MOST_CLOSED[$family]} ] ||
		fail "what is closed costs others $value instructions in IPv$family, and should at most ${MOST_CLOSED[$family]}"
done
ipsec_in G1 setup stop
ipsec_in G1 tncfg --attach --virtual ipsec0 --physical eth0
ip -n G1 -batch - <<-END
	link set ipsec0 up
	route add 10.3.0.0/24 dev ipsec0
	route add fd03::/64 dev ipsec0
END
ping_ok A 10.2.0.2 2
ping_ok A fd02::2 2
guarded main
# Rules make it ask twice: where the answer would come from, and where it goes.
ip -n G1 rule add iif eth1 table 100
ip -6 -n G1 rule add iif eth1 table 100
guarded rules
