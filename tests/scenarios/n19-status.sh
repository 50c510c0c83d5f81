# SPDX-License-Identifier: GPL-2.0
# limit: 60
# N19: the state of a tunnel is to be had in more ways than by "ipsec auto --status": each names it, before, while and after it
# is up; those for scripts are JSON.
. "$LAB/ike.sh"

klips_conf G1
klips_conf G2
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"
pluto_start G2 "$TMP/G2.conf" "$TMP/G2.secrets"

assert_match "status, down" '"east-west".*unrouted' "$(ipsec_in G1 auto --status)"
assert_match "why, down" 'east-west' "$(ipsec_in G1 why east-west || :)"
assert_eq "eroutes, down" "" "$(ipsec_in G1 eroute)"
ipsec_in G1 up east-west || fail "ipsec up ended with $?"
tunnel_works

views=0
# view WHAT REGEX COMMAND...
view()
{
	assert_match "$1" "$2" "$("${@:3}")"
	views=$((views + 1))
}

view "ipsec auto --status" '"east-west".*erouted' ipsec_in G1 auto --status
view "ipsec status" '"east-west".*erouted' ipsec_in G1 status
view "ipsec whack --status" '"east-west".*erouted' ipsec_in G1 whack --status
view "ipsec trafficstatus" 'east-west' ipsec_in G1 trafficstatus
view "ipsec why" 'up' ipsec_in G1 why east-west
view "ipsec setup status" '1 tunnel up' ipsec_in G1 setup status
view "ipsec eroute" '10\.1\.0\.0/24 +-> 10\.2\.0\.0/24 +=> (esp|tun)0x' ipsec_in G1 eroute
view "ipsec spi" 'esp0x[0-9a-f]+@192\.0\.2\.2' ipsec_in G1 spi
view "ipsec look" '10\.2\.0\.0/24' ipsec_in G1 look
view "/proc/net/ipsec_eroute" '10\.2\.0\.0/24' on G1 cat /proc/net/ipsec_eroute
view "ip route" '10\.2\.0\.0/24 dev ipsec0' ip -n G1 route
for command in "status" "trafficstatus" "eroute" "spi" "tncfg"; do
	ipsec_in G1 $command --json | jq -e . >/dev/null || fail "ipsec $command --json is no JSON"
	views=$((views + 1))
done
figure N19/views/klips $views views
ipsec_in G1 down east-west
assert_match "status, down again" '"east-west".*unrouted' "$(ipsec_in G1 status)"
