# SPDX-License-Identifier: GPL-2.0
# limit: 60
# hidetos=, fragicmp= and overridemtu= of config setup, mss= and mtu= of a conn reach device and route; what a conn asked for ends
# with it; what the file does not say stays as it was set by hand.
. "$LAB/ike.sh"
. "$LAB/manual.sh"

# settings: of ipsec0, as JSON has them.
settings()
{
	ipsec_in G1 tncfg --json | jq -r '.devices[0] | "\(.mtu) \(.df) \(.hidetos) \(.fragicmp) \(.mss)"'
}

klips_conf G1 mss=auto mtu=1300
sed -i 's/^config setup/&\n    hidetos=no\n    fragicmp=no\n    overridemtu=1350/' "$TMP/G1.conf"
klips_conf G2
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"
pluto_start G2 "$TMP/G2.conf" "$TMP/G2.secrets"
assert_eq "what the file says" "1350 clear false false auto" "$(settings)"
ipsec_in G1 up east-west >/dev/null || fail "ipsec up ended with $?"
assert_match "MTU of the route" '^10\.2\.0\.0/24 dev ipsec0 .*mtu 1300' "$(g1 ip route show)"
tunnel_works
ipsec_in G1 tncfg --set ipsec0 --df copy
g1 ip link del ipsec0
wait_for 15 "ipsec0 as the file says" equals "1350 clear false false auto" settings
ipsec_in G1 delete east-west
assert_eq "without the conn" "1350 clear false false off" "$(settings)"
ipsec_in G1 tncfg --set ipsec0 --hidetos yes --mss 1200
ipsec_in G1 add east-west
ipsec_in G1 delete east-west
assert_eq "set by hand, but for mss" "1350 clear true false off" "$(settings)"
