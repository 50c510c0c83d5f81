# SPDX-License-Identifier: GPL-2.0
# limit: 90
# Certificates of a strongSwan that are not to be taken, whichever side begins: of another CA, expired, revoked, for
# another name, not for signatures. Each ends with the exit status of a failed authentication and with a line that
# says what is wrong, and leaves nothing; a good one beside them comes up.
. "$LAB/ike.sh"

kinds='otherca expired revoked name usage'
says_otherca='of the CA "O=Example, CN=other", which is not among those'
says_expired='has expired'
says_revoked='is revoked'
says_name='is not for @e-name.example but for @somebody.example'
says_usage='keyUsage'

PKI=$LAB/pki
mkdir -p "$TMP/G2/x509" "$TMP/G2/x509ca" "$TMP/G2/private"
cp "$PKI/ca.pem" "$TMP/G2/x509ca/"
# The peer has one key, and a certificate for each case.
cp "$PKI/e.key" "$TMP/G2/private/"
for kind in good $kinds; do
	cp "$PKI/e-$kind.pem" "$TMP/G2/x509/"
done

printf 'config setup\n    interfaces="ipsec0=eth0"\n' >"$TMP/G1.conf"
for kind in good $kinds; do
	cat >>"$TMP/G1.conf" <<-END

		conn $kind
		    left=192.0.2.1
		    leftsubnet=10.1.0.0/24
		    leftcert=w.pem
		    leftid=@w.example
		    right=192.0.2.2
		    rightsubnet=10.2.0.0/24
		    rightid=@e-$kind.example
		    keyingtries=1
		    auto=add
	END
	cat >>"$TMP/G2/swanctl.conf" <<-END
		connections {
			$kind {
				version = 2
				local_addrs = 192.0.2.2
				remote_addrs = 192.0.2.1
				local {
					auth = pubkey
					certs = e-$kind.pem
					id = e-$kind.example
				}
				remote {
					auth = pubkey
					id = w.example
				}
				children {
					$kind {
						local_ts = 10.2.0.0/24
						remote_ts = 10.1.0.0/24
					}
				}
			}
		}
	END
done
echo ': ECDSA w.key' >"$TMP/G1.secrets"
on G1 mkdir -p /etc/ipsec.d/certs /etc/ipsec.d/cacerts /etc/ipsec.d/crls /etc/ipsec.d/private
on G1 cp "$PKI/ca.pem" /etc/ipsec.d/cacerts/
on G1 cp "$PKI/revoked.crl" /etc/ipsec.d/crls/ca.crl
on G1 cp "$PKI/w.pem" /etc/ipsec.d/certs/
on G1 install -m 600 "$PKI/w.key" /etc/ipsec.d/private/

strongswan_start G2 "$TMP/G2"
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"

for kind in $kinds; do
	note "$kind"
	says=says_$kind
	status=0
	ipsec_in G1 auto --up "$kind" >"$TMP/up" 2>&1 || status=$?
	assert_eq "exit status of auto --up $kind" 3 $status
	grep -qF "${!says}" "$TMP/up" || fail "$kind: --up does not say \"${!says}\" but: $(<"$TMP/up")"
	if swanctl_in G2 --initiate --child "$kind" --timeout 20 >"$TMP/swan" 2>&1; then
		fail "$kind: the peer came in: $(tail -n 3 "$TMP/swan")"
	fi
	grep -q 'AUTHENTICATION_FAILED' "$TMP/swan" || fail "$kind: the peer is not told: $(tail -n 5 "$TMP/swan")"
	wait_for 10 "$kind: nothing left on G2" no_xfrm_state G2
done

note "a good one, then it is revoked too"
ipsec_in G1 auto --up good >"$TMP/up" || fail "good: auto --up ended with $?: $(<"$TMP/up")"
ping_ok A 10.2.0.2 1
ipsec_in G1 auto --down good
on G1 cp "$PKI/good.crl" /etc/ipsec.d/crls/ca.crl
ipsec_in G1 rereadcrls || fail "rereadcrls ended with $?"
status=0
ipsec_in G1 auto --up good >"$TMP/up" 2>&1 || status=$?
assert_eq "exit status with a certificate that is revoked" 3 $status
grep -q 'is revoked' "$TMP/up" || fail "revoked: $(<"$TMP/up")"
