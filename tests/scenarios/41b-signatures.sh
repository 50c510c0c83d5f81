# SPDX-License-Identifier: GPL-2.0
# limit: 90
# Raw RSA keys and X.509 with strongSwan, either side beginning: RSA, ECDSA P-256, Ed25519; traffic through each.
. "$LAB/ike.sh"

PKI=$LAB/pki

# swan_sign_conf KIND: $TMP/G2/swanctl.conf, its end with $PKI/e-KIND.
swan_sign_conf()
{
	mkdir -p "$TMP/G2/x509" "$TMP/G2/x509ca" "$TMP/G2/private" "$TMP/G2/pubkey"
	cp "$PKI/e-$1.key" "$TMP/G2/private/"
	local auth="auth = pubkey" us="certs = e-$1.pem" them="cacerts = ca.pem"

	if [ "$1" = raw ]; then
		us="pubkeys = e-raw.pub" them="pubkeys = w-raw.der"
		cp "$PKI/e-raw.pub" "$TMP/G2/pubkey/"
	else
		cp "$PKI/e-$1.pem" "$TMP/G2/x509/"
		cp "$PKI/ca.pem" "$TMP/G2/x509ca/"
	fi
	cat >>"$TMP/G2/swanctl.conf" <<-END
		connections {
			$1 {
				version = 2
				local_addrs = 192.0.2.2
				remote_addrs = 192.0.2.1
				local {
					$auth
					$us
					id = e-$1.example
				}
				remote {
					$auth
					$them
					id = w-$1.example
				}
				children {
					$1 {
						local_ts = 10.2.0.0/24
						remote_ts = 10.1.0.0/24
					}
				}
			}
		}
	END
}

# conn NAME LINE...: into $TMP/G1.conf.
conn()
{
	printf '\nconn %s\n    left=192.0.2.1\n    leftsubnet=10.1.0.0/24\n    right=192.0.2.2\n    rightsubnet=10.2.0.0/24\n    auto=add\n' "$1"
	printf '    leftid=@w-%s.example\n    rightid=@e-%s.example\n' "$1" "$1"
	shift
	printf '    %s\n' "$@"
} >>"$TMP/G1.conf"

on G1 mkdir -p /etc/ipsec.d/certs /etc/ipsec.d/cacerts /etc/ipsec.d/crls /etc/ipsec.d/private
on G1 cp "$PKI/ca.pem" /etc/ipsec.d/cacerts/
printf 'config setup\n    interfaces="ipsec0=eth0"\n' >"$TMP/G1.conf"
: >"$TMP/G1.secrets"
mkdir -p "$TMP/G2/pubkey"

note "raw RSA keys: newhostkey and showhostkey make what strongSwan reads"
ipsec_in G1 newhostkey --output "$TMP/G1.secrets" --bits 2048 --quiet || fail "newhostkey ended with $?"
sed -i 's/^: RSA/@w-raw.example : RSA/' "$TMP/G1.secrets"
left=$(ipsec_in G1 showhostkey --left --file "$TMP/G1.secrets" | sed -n 's/^[[:space:]]*\(left.*\)/\1/p')
assert_match "showhostkey" '^leftrsasigkey=0sAw' "$left"
# The same key as SubjectPublicKeyInfo, for strongSwan: SEQ { SEQ { rsaEncryption, NULL }, BIT STRING { SEQ { n, e } } }.
{
	printf '\x30\x82\x01\x22\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00\x03\x82\x01\x0f\x00\x30\x82\x01\x0a\x02\x82\x01\x01\x00'
	echo "${left#*=0s}" | base64 -d | tail -c 256
	printf '\x02\x03\x01\x00\x01'
} >"$TMP/G2/pubkey/w-raw.der"
conn raw "$left" "rightrsasigkey=$(<"$PKI/e-raw.rsasigkey")"
swan_sign_conf raw

for kind in rsa ecdsa ed25519; do
	on G1 cp "$PKI/w-$kind.pem" /etc/ipsec.d/certs/
	on G1 install -m 600 "$PKI/w-$kind.key" /etc/ipsec.d/private/
	echo ": PKCS8 w-$kind.key" >>"$TMP/G1.secrets"
	conn "$kind" "leftcert=w-$kind.pem"
	swan_sign_conf "$kind"
done

strongswan_start G2 "$TMP/G2"
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"

note "what pluto knows of keys and certificates"
assert_match "listpubkeys" '2048 RSA Key AwEA[^ ]*, has private key' "$(ipsec_in G1 auto --listpubkeys)"
list=$(ipsec_in G1 auto --listall --utc)
for line in "List of X.509 CA Certificates" "256 EC Key, has private key" "left of conn .ecdsa" "not after .* UTC ok"; do
	assert_match "listall" "$line" "$list"
done
assert_eq "certificates, those with a private key, CAs" "3 3 1" "$(ipsec_in G1 whack --listall >/dev/null &&
	ipsec_in G1 auto --listall --json |
	jq -r '"\(.certificates | length) \([.certificates[] | select(.has_private_key)] | length) \(.ca_certificates | length)"')"
assert_match "checkpubkeys" 'none that expires' "$(ipsec_in G1 auto --checkpubkeys)"

for kind in raw rsa ecdsa ed25519; do
	note "$kind: we begin"
	output=$(ipsec_in G1 auto --up $kind) || fail "$kind: auto --up ended with $?: $output"
	ping_ok A 10.2.0.2 1
	ipsec_in G1 auto --down $kind
	wait_for 10 "$kind: no XFRM state left on G2" no_xfrm_state G2
	note "$kind: the peer begins"
	swanctl_in G2 --initiate --child $kind --timeout 20 >"$TMP/swan" 2>&1 || fail "$kind: swanctl: $(tail -n 5 "$TMP/swan")"
	ping_ok B 10.1.0.2 1
	ipsec_in G1 auto --down $kind
	wait_for 10 "$kind: no XFRM state left on G2" no_xfrm_state G2
done
assert_match "what signed" 'RSA_EMSA_PSS' "$(<"$TMP/charon-G2.log")"
