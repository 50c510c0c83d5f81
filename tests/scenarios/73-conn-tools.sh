# SPDX-License-Identifier: GPL-2.0
# limit: 120
# trafficstatus, why CONN, whack, addconn and readwriteconf, with a tunnel and without one.
. "$LAB/ike.sh"

klips_conf G1
swan_conf G2
strongswan_start G2 "$TMP/G2"
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"

# refused STATUS PATTERN COMMAND...
refused()
{
	local want=$1 pattern=$2 status=0

	shift 2
	on G1 ipsec "$@" >"$TMP/out" 2>"$TMP/err" || status=$?
	assert_eq "ipsec $*: exit status" "$want" $status
	assert_match "ipsec $*" "$pattern" "$(<"$TMP/err")"
	[ ! -s "$TMP/out" ] || fail "ipsec $*: printed '$(<"$TMP/out")'"
}

note "down"
assert_eq "trafficstatus without a tunnel" "" "$(ipsec_in G1 trafficstatus)"
assert_match "why" 'nobody has asked for it' "$(ipsec_in G1 why east-west)"

note "up, by whack"
ipsec_in G1 whack --name east-west --initiate || fail "whack --initiate ended with $?"
ping_ok A 10.2.0.2 5
line=$(ipsec_in G1 trafficstatus)
echo "$line"
assert_match "trafficstatus" '^006 #[0-9]*: "east-west", type=ESP, add_time=[0-9]*, inBytes=420, outBytes=420, id=.192.0.2.2.$' "$line"
assert_eq "whack --trafficstatus" "${line##*, inBytes}" "$(ipsec_in G1 whack --trafficstatus --name east-west | sed 's/.*, inBytes//')"
ipsec_in G1 trafficstatus --json | jq -e '.conns[0] | .name == "east-west" and .in_packets == 5 and .out_packets == 5' >/dev/null ||
	fail "trafficstatus --json: $(ipsec_in G1 trafficstatus --json)"
ipsec_in G1 status --json | jq -e '.conns[0].traffic | .in_bytes == 420 and .out_bytes == 420' >/dev/null || fail "status --json"
ipsec_in G1 why east-west --json | jq -e '.up and .verdict == "up"' >/dev/null || fail "why --json: $(ipsec_in G1 why east-west --json)"
ipsec_in G1 whack --name east-west --terminate
wait_for 10 "nothing left on G1" nothing_left G1

note "no answer"
on G2 ip link set eth0 down
ipsec_in G1 whack --name east-west --initiate --asynchronous
assert_match "why" 'under way: ' "$(ipsec_in G1 why east-west)"
on G2 ip link set eth0 up
ipsec_in G1 whack --name east-west --terminate

note "the file"
assert_match "checkconfig" 'nothing is wrong with it: 1 conns' "$(ipsec_in G1 addconn --checkconfig)"
ipsec_in G1 readwriteconf >"$TMP/written"
ipsec_in G1 readwriteconf --config "$TMP/written" >"$TMP/again"
assert_eq "readwriteconf of its own output" "$(<"$TMP/written")" "$(<"$TMP/again")"
assert_match "readwriteconf" 'leftsubnet=10.1.0.0/24' "$(<"$TMP/written")"
assert_eq "listadd" east-west "$(ipsec_in G1 addconn --listadd)"
echo 'conn x
 left=non,sense' >"$TMP/wrong"
refused 78 'wrong:2: left=non,sense' addconn --checkconfig --config "$TMP/wrong"
refused 78 'wrong:2: left=non,sense' readwriteconf --config "$TMP/wrong"
refused 64 'expected the names' addconn
refused 64 'expected one of them' addconn --addall --checkconfig
refused 65 'no conn "nosuch"' addconn nosuch
refused 70 'loaded already' addconn east-west

refused 65 'nosuch' why nosuch
refused 65 'nosuch' trafficstatus nosuch
refused 64 'unexpected word "y"' trafficstatus x y
refused 64 'expected --name CONN' whack --initiate
refused 64 'defined in ipsec.conf' whack --name x --host 1.2.3.4 --to --host 5.6.7.8
refused 64 'defined in ipsec.conf' whack --psk
refused 64 'plutodebug=' whack --debug-all
refused 64 'expected one operation' whack --status --shutdown
refused 64 'not expected' whack --name x --listen
refused 64 'no operation' whack
ipsec_in G1 whack --shutdown || fail "whack --shutdown ended with $?"
refused 69 'not running' why east-west
refused 69 'not running' trafficstatus
refused 69 'not running' whack --status
