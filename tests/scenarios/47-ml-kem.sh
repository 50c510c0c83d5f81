# SPDX-License-Identifier: GPL-2.0
# limit: 300
# late: yes
# Additional key exchanges (RFC 9370) with strongSwan 6: ML-KEM with the libcrypto that has it, classic groups with this
# machine's own; each conn begun by either side, traffic both ways, new keys for both SAs. What is missing is said.
. "$LAB/interop.sh"
. "$LAB/interop-strongswan.sh"
. "$LAB/strongswan6.sh"

[ -x "$SWAN6/usr/sbin/charon-systemd" ] || skip "strongSwan 6 is not there: tests/lab/fetch-strongswan6 could not fetch it"

# kem NAME OURS THEIRS: additional key exchanges as each spells them, for both SAs.
kem()
{
	row "$1" psk "ike=aes_gcm256-sha2_256-dh31-$2" "esp=aes_gcm256-dh31-$2" pfs=yes -- \
		"proposals = aes256gcm16-prfsha256-x25519-$3" "child:esp_proposals = aes256gcm16-x25519-$3"
}

# In both views, of a tunnel that is up.
used()
{
	local name=$1 ours=$2 theirs=$3

	ipsec_in G1 auto --add "$name" || fail "$name: auto --add ended with $?"
	ipsec_in G1 up "$name" || fail "$name: ipsec up ended with $?"
	assert_match "$name: ipsec status" "IKE algorithm newest: .*dh31-$ours" "$(ipsec_in G1 status)"
	assert_match "$name: the peer's view" "CURVE_25519/KE1_$theirs" "$(swanctl_in G2 --list-sas)"
	ipsec_in G1 rekey-child "$name" || fail "$name: ipsec rekey-child ended with $?"
	wait_for 10 "$name: ESP with it" eval 'ipsec_in G1 status | grep -q "ESP algorithm newest: aes_gcm256-dh31-'"$ours"'"'
	ipsec_in G1 down "$name" || fail "$name: ipsec down ended with $?"
	wait_for 10 "$name: nothing left" both_empty
	ipsec_in G1 auto --delete "$name" || fail "$name: auto --delete ended with $?"
}

note "ML-KEM, with the new libcrypto"
our_files
peer_files
kem mlkem768 ke1_mlkem768 ke1_mlkem768
kem mlkem1024 ke1_mlkem1024 ke1_mlkem1024
kem two addke1=ml_kem_512-ke3_dh14 ke1_mlkem512-ke3_modp2048
cp "$TMP/G1.conf" "$TMP/kems.conf"
new_libcrypto
interop strongswan6
assert_match "ipsec status" 'using libcrypto: OpenSSL 3\.[5-9].*, with ML-KEM' "$(ipsec_in G1 status)"
assert_match "ipsec verify" $'^libcrypto has ML-KEM *\t\\[OK\\]$' "$(on G1 ipsec verify 2>"$TMP/err" || true)"
used mlkem768 ke1_mlkem768 ML_KEM_768
used mlkem1024 ke1_mlkem1024 ML_KEM_1024
ipsec_in G1 auto --add mlkem768 || fail "auto --add ended with $?"
assert_match "the log" 'sent IKE_INTERMEDIATE' "$(ipsec_in G1 up mlkem768)"
ipsec_in G1 setup stop || fail "ipsec setup stop ended with $?"

note "classic groups, with this machine's own libcrypto"
old_libcrypto
: >"$TMP/pluto.log"
sed -n '/^conn/q; p' "$TMP/kems.conf" >"$TMP/G1.conf"
ROW_NAMES=()
kem classic ke1_dh19 ke1_ecp256
on G1 install -m 644 "$TMP/G1.conf" /etc/ipsec.conf
peer_start() { swan6_load G2 "$TMP/G2"; }
interop strongswan6
used classic ke1_dh19 ECP_256
status=$(ipsec_in G1 status)
assert_match "ipsec status" 'using libcrypto: OpenSSL .*, with(out)? ML-KEM' "$status"
if [[ $status == *"without ML-KEM"* ]]; then
	cat "$TMP/kems.conf" >"$TMP/G1.conf"
	on G1 install -m 644 "$TMP/G1.conf" /etc/ipsec.conf
	assert_fails "a conn with ML-KEM" ipsec_in G1 auto --add mlkem768
	assert_match "why" 'ike= names mlkem768, which the libcrypto of this host \(OpenSSL 3\..*\) does not have: OpenSSL 3\.5' "$OUTPUT"
fi
