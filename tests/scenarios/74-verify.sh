# SPDX-License-Identifier: GPL-2.0
# limit: 120
# ipsec verify: a host that is right, then one thing after the other that is not; and what a move from XFRM would change.
. "$LAB/ike.sh"

klips_conf G1 auto=route
swan_conf G2
strongswan_start G2 "$TMP/G2"
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"
on G1 sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.eth0.send_redirects=0 \
	net.ipv4.conf.all.accept_redirects=0 net.ipv4.conf.eth0.accept_redirects=0

# result CHECK: of G1, the worst of its lines
result()
{
	on G1 ipsec verify --json 2>/dev/null >"$TMP/verify.json" || true
	jq -r --arg check "$1" '[.checks[] | select(.check == $check) | .result] | if any(. == "failed") then "failed"
		elif any(. == "warning") then "warning" else .[0] end' "$TMP/verify.json"
}

on G1 ipsec verify 2>"$TMP/err" || true
for check in config module device forwarding rp_filter redirects failclosed pluto port_500 port_4500 other_daemon secrets; do
	assert_eq "$check" ok "$(result $check)"
done
assert_eq "failed" 0 "$(jq .failed "$TMP/verify.json")"
on G1 ipsec verify >/dev/null || fail "ipsec verify of a host that is right: exit status $?"

note "one thing after the other"
on G1 sysctl -qw net.ipv4.ip_forward=0
assert_eq "no forwarding" failed "$(result forwarding)"
on G1 sysctl -qw net.ipv4.ip_forward=1
on G1 sysctl -qw net.ipv4.conf.eth0.accept_redirects=1 net.ipv4.conf.all.accept_redirects=1
assert_eq "redirects" warning "$(result redirects)"
on G1 nft 'add table ip n; add chain ip n p { type nat hook postrouting priority srcnat; }; add rule ip n p masquerade'
assert_eq "masquerade everywhere" failed "$(result nat)"
on G1 nft 'flush chain ip n p; add rule ip n p oifname "eth0" masquerade'
assert_eq "masquerade on eth0" ok "$(result nat)"
on G1 nft 'delete table ip n'
on G1 chmod 644 /etc/ipsec.secrets
assert_eq "secrets for all" failed "$(result secrets)"
status=0
output=$(on G1 ipsec verify 2>&1) || status=$?
assert_eq "exit status" 1 $status
assert_match "how to mend it" 'chmod 600 /etc/ipsec.secrets' "$output"
assert_match "the line" $'^Secrets are secret *\t\\[FAILED\\]$' "$output"
on G1 chmod 600 /etc/ipsec.secrets
# mlkem RESULT TEXT
mlkem()
{
	assert_eq "ML-KEM" $1 "$(result mlkem)"
	assert_match "what is said of it" "$2" "$(jq -r '.checks[] | select(.check == "mlkem") | .text' "$TMP/verify.json")"
}

if [[ $(ipsec_in G1 status) == *"with ML-KEM"* ]]; then
	mlkem ok '^OpenSSL 3\.'
else
	mlkem not_applicable '^OpenSSL 3\..* no conn names it$'
	on G1 sed -i 's/^conn east-west/&\n    ike=aes_gcm256-dh19-ke1_mlkem768-ke1_none/' /etc/ipsec.conf
	mlkem failed '^conn east-west names mlkem768, .*OpenSSL 3\.5'
	on G1 install -m 644 "$TMP/G1.conf" /etc/ipsec.conf
fi
echo 'conn x
 left=non,sense' >"$TMP/wrong"
status=0
output=$(on G1 ipsec verify --config "$TMP/wrong" 2>&1) || status=$?
assert_eq "exit status" 1 $status
assert_match "the file" 'wrong:2: left=non,sense' "$output"

note "from XFRM: G2 has strongSwan's policies"
ipsec_in G1 up east-west || fail "ipsec up ended with $?"
klips_conf G2 auto=route
output=$(on G2 ipsec verify --from-xfrm --conf "$TMP/G2.conf") || fail "verify --from-xfrm ended with $?: $output"
echo "$output"
assert_match "the flow" $'^10.2.0.0/24 -> 10.1.0.0/24 *\t\\[OK\\]$' "$output"
assert_match "by whom" 'conn east-west would protect it' "$output"
sed -i 's,10.2.0.0/24,10.2.0.0/25,' "$TMP/G2.conf"
status=0
output=$(on G2 ipsec verify --from-xfrm --conf "$TMP/G2.conf" --json 2>/dev/null) || status=$?
assert_eq "exit status where a part would not be protected" 1 $status
jq -e '.checks[] | select(.check == "flow") | .result == "failed"' <<<"$output" >/dev/null || fail "$output"
[[ $output != *"$(on G2 ip xfrm state | sed -n 's/.*aead .* 0x\([0-9a-f]*\) .*/\1/p' | head -n 1)"* ]] || fail "a key is shown"

note "other daemons"
assert_eq "charon is seen on G2" failed "$(on G2 ipsec verify --json 2>/dev/null | jq -r '.checks[] | select(.check == "other_daemon") | .result')"
status=0
on G1 ipsec verify --nosuch 2>"$TMP/err" || status=$?
assert_eq "exit status of a wrong option" 64 $status
assert_match "a wrong option" 'unknown or ambiguous option' "$(<"$TMP/err")"
