# SPDX-License-Identifier: GPL-2.0
# limit: 60
# ipsec setup reload: only what changed in ipsec.conf is touched; the SAs and the traffic of the rest go on.
#
#   A 10.1.0.2 -- G1 192.0.2.1 ==== 192.0.2.2 G2 -- B 10.2.0.2
. "$LAB/closed.sh"

klips_conf G1 "auto=start"
swan_conf G2
strongswan_start G2 "$TMP/G2"
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"
is_up() { ipsec_in G1 status --json | jq -e '.conns[] | select(.name == "east-west") | .state == "established"' >/dev/null; }

# reload FILE: it becomes ipsec.conf.
reload() { on G1 install -m 644 "$1" /etc/ipsec.conf; ipsec_in G1 setup reload >"$TMP/out" 2>"$TMP/err" || fail "reload ended with $?: $(<"$TMP/err")"; }
saids() { ipsec_in G1 spi --json | jq -c '[.sas[].said] | sort'; }

# shunt NAME SUBNET: a conn that needs no peer.
shunt()
{
	printf 'conn %s\n    left=192.0.2.1\n    right=192.0.2.2\n    rightsubnet=%s\n    type=drop\n    auto=route\n' "$1" "$2"
}

ipsec_in G1 up east-west || fail "up ended with $?"
before=$(saids)
ping_ok A 10.2.0.2 2

note "nothing changed"
reload "$TMP/G1.conf"
assert_match "reload" '1 conn as before' "$(<"$TMP/out")"
assert_eq "SAs" "$before" "$(saids)"

note "another conn comes, changes and goes"
{ cat "$TMP/G1.conf"; shunt shut 10.9.0.0/16; } >"$TMP/more.conf"
reload "$TMP/more.conf"
assert_match "reload" '"shut": loaded' "$(<"$TMP/out")"
assert_match "reload" '1 conn as before' "$(<"$TMP/out")"
assert_match "eroute" '10\.9\.0\.0/16' "$(ipsec_in G1 eroute)"
{ cat "$TMP/G1.conf"; shunt shut 10.8.0.0/16; } >"$TMP/more.conf"
reload "$TMP/more.conf"
assert_match "reload" '"shut": changed, loaded anew' "$(<"$TMP/out")"
assert_match "eroute" '10\.8\.0\.0/16' "$(ipsec_in G1 eroute)"
reload "$TMP/G1.conf"
assert_match "reload" '"shut": unloaded' "$(<"$TMP/out")"
! ipsec_in G1 eroute | grep -q '10\.8\.0' || fail "the eroute stayed"
assert_eq "SAs" "$before" "$(saids)"
ping_ok A 10.2.0.2 2

note "a conn gets another name: its net is closed all the time"
{ cat "$TMP/G1.conf"; shunt shut 10.9.0.0/16; } >"$TMP/more.conf"
reload "$TMP/more.conf"
watch_routes G1
{ cat "$TMP/G1.conf"; shunt renamed 10.9.0.0/16; } >"$TMP/more.conf"
reload "$TMP/more.conf"
assert_match "reload" '"shut": unloaded' "$(<"$TMP/out")"
assert_match "reload" '"renamed": loaded' "$(<"$TMP/out")"
assert_match "eroute" '10\.9\.0\.0/16' "$(ipsec_in G1 eroute)"
has_route G1 "10.9.0.0/16 dev klips-drop" || fail "no drop route: $(on G1 ip route)"
ip -n G1 route add blackhole 203.0.113.2/32
wait_for 10 "ip monitor" grep -q 203.0.113.2 "$TMP/routes.G1"
assert_no_match "routes meanwhile" 'Deleted 10\.9\.0\.0/16 dev klips-drop' "$(<"$TMP/routes.G1")"
reload "$TMP/G1.conf"
no_route G1 "10.9.0.0/16" || fail "the net stayed closed: $(on G1 ip route)"
assert_eq "SAs" "$before" "$(saids)"

note "a mistake changes nothing"
echo "    leftsubnet=nonsense" | on G1 tee -a /etc/ipsec.conf >/dev/null
status=0
ipsec_in G1 setup reload >"$TMP/out" 2>"$TMP/err" || status=$?
assert_eq "reload of a wrong file" 6 $status
assert_eq "SAs" "$before" "$(saids)"

note "config setup"
sed 's/^config setup/&\n    shuntlifetime=77s/' "$TMP/G1.conf" >"$TMP/more.conf"
reload "$TMP/more.conf"
assert_match "reload" 'config setup.*restart' "$(<"$TMP/err")"
assert_eq "SAs" "$before" "$(saids)"

note "the conn itself"
sed 's/^conn east-west/&\n    salifetime=2000s/' "$TMP/G1.conf" >"$TMP/more.conf"
reload "$TMP/more.conf"
assert_match "reload" '"east-west": changed, loaded anew' "$(<"$TMP/out")"
wait_for 10 "the conn to be up again" is_up
[ "$(saids)" != "$before" ] || fail "the SAs are the old ones"
ping_ok A 10.2.0.2 2
