# SPDX-License-Identifier: GPL-2.0
# module: no
# "ipsec setup failclosed": for which conns, and what it does with an ipsec.conf that has mistakes in it. Neither the
# module nor a name nor an address is needed.
. "$LAB/ike.sh"

# drops: the subnets routed to the drop device, on one line.
drops()
{
	g1 ip route show dev klips-drop 2>/dev/null | awk '{ printf "%s%s", (NR > 1 ? " " : ""), $1 }'
}

# closes WHAT STATUS SUBNETS: with the conf on stdin, from nothing.
closes()
{
	local status=0

	cat >"$TMP/conf"
	g1 ip link del klips-drop 2>/dev/null || true
	ipsec_in G1 setup --config "$TMP/conf" failclosed >"$TMP/out" 2>&1 || status=$?
	cat "$TMP/out"
	assert_eq "$1: exit status" "$2" $status
	assert_eq "$1: subnets" "$3" "$(drops || true)"
}

# wrong WHAT LINE REGEX
wrong()
{
	assert_match "$1: file and line" "conf:$2: .*$3" "$(<"$TMP/out")"
	assert_match "$1: said loud" 'only for the subnets that could be read' "$(<"$TMP/out")"
}

ENDS='
    left=192.0.2.1
    leftsubnet=10.1.0.0/24
    right=192.0.2.2
    authby=secret'

ip -n G1 link set eth0 down
ip -n G1 addr flush dev eth0
closes "auto=start, which end is not known" 0 "10.1.0.0/24 10.2.0.0/24" <<END
conn c $ENDS
    rightsubnet=10.2.0.0/24
    auto=start
END
ip -n G1 addr add 192.0.2.1/24 dev eth0
closes "auto=start, route, add, failclosed=yes and no, passthrough" 0 "10.2.0.0/24 10.3.0.0/24 10.5.0.0/24" <<END
conn %default $ENDS
conn c1
    rightsubnet=10.2.0.0/24
    auto=start
conn c2
    rightsubnet=10.3.0.0/24
    auto=route
conn c3
    rightsubnet=10.4.0.0/24
    auto=add
conn c4
    rightsubnet=10.5.0.0/24
    auto=add
    failclosed=yes
conn c5
    rightsubnet=10.6.0.0/24
    auto=start
    failclosed=no
conn c6
    rightsubnet=10.7.0.0/24
    auto=route
    type=passthrough
END
closes "everything" 0 "0.0.0.0/1 128.0.0.0/1" <<END
conn c
    left=%defaultroute
    right=192.0.2.2
    rightsubnet=0.0.0.0/0
    authby=secret
    auto=start
END
closes "none" 0 "" <<END
conn c $ENDS
    rightsubnet=10.2.0.0/24
    auto=add
END
assert_eq "the drop device where nobody needs it" "" "$(g1 ip -o link show klips-drop 2>/dev/null || true)"

note "mistakes"
closes "failclosed=maybe" 6 "10.2.0.0/24 10.3.0.0/24" <<END
conn c $ENDS
    rightsubnet=10.2.0.0/24
    auto=start
conn d
    also=c
    rightsubnet=10.3.0.0/24
    failclosed=maybe
END
wrong "failclosed=maybe" 11 'expected yes or no'
closes "an unknown keyword, a bad subnet and a bad auto=" 6 "10.2.0.0/24 10.4.0.0/24 192.0.2.2" <<END
conn c $ENDS
    rightsubnet=10.2.0.0/24
    leftsubnett=10.9.0.0/24
    auto=start
conn d
    also=c
    rightsubnet=10.3.0.0/33
conn e
    also=c
    rightsubnet=10.4.0.0/24
    auto=strat
END
wrong "an unknown keyword" 7 'leftsubnet'
wrong "a bad subnet" 11 'expected'
wrong "a bad auto=" 15 'expected'
status=0
ipsec_in G1 setup --config "$TMP/nosuch" failclosed >"$TMP/out" 2>&1 || status=$?
assert_eq "no file: exit status" 6 $status
assert_match "no file" 'nosuch: cannot read it' "$(<"$TMP/out")"

note "what is in the way"
g1 ip link del klips-drop
g1 ip route add 10.2.0.0/24 dev lan0 metric 4294967295
closes "a route of the same metric that is somebody's" 1 "" <<END
conn c $ENDS
    rightsubnet=10.2.0.0/24
    auto=start
END
assert_match "a route that is somebody's" 'conn c: cannot make the route to 10.2.0.0/24 .* not klips' "$(<"$TMP/out")"
assert_fails "--closed with start" ipsec_in G1 setup --closed start
assert_match "--closed with start" 'expected with stop only' "$OUTPUT"
g1 ip route del 10.2.0.0/24 dev lan0
g1 ip link del klips-drop
