# SPDX-License-Identifier: GPL-2.0
# limit: 90
# Post-quantum pre-shared keys (RFC 8784) with strongSwan, either side beginning: both have it and insist; the peer does not
# have it and it goes without; we insist and it does not come up.
. "$LAB/ike.sh"

PPK=0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f

# swan REQUIRED [NAME]: what strongSwan has from now on; the PPK that it has is of this name. It takes "quantum" only.
swan()
{
	swan_conf G2
	sed -i "s/^[[:space:]]*version = 2/&\nppk_id = quantum\nppk_required = $1/; s/^secrets {/&\nppk-1 {\nid = ${2:-quantum}\nsecret = $PPK\n}/" "$TMP/G2/swanctl.conf"
}

reload()
{
	on G2 env STRONGSWAN_CONF="$TMP/strongswan-G2.conf" SWANCTL_DIR="$TMP/G2" swanctl --load-all --file "$TMP/G2/swanctl.conf" >"$TMP/load" ||
		fail "swanctl --load-all: $(<"$TMP/load")"
}

down()
{
	ipsec_in G1 auto --down $1
	wait_for 10 "no XFRM state left on G2" no_xfrm_state G2
}

klips_conf G1 ppk=insist ppk-ids=quantum keyingtries=1
cp "$TMP/G1.conf" "$TMP/insist.conf"
klips_conf G1 ppk=yes keyingtries=1
sed -i "/config setup/a\    logfile=$TMP/pluto.log" "$TMP/G1.conf" "$TMP/insist.conf"
cat >>"$TMP/G1.secrets" <<-END
	: PPKS "unknown" "no peer has this one, and it comes later"
	192.0.2.1 192.0.2.2 : PPKS "quantum" $PPK
END
# The first that is for us counts where there is no ppk-ids=.
sed -i '/unknown/{h;d};$G' "$TMP/G1.secrets"
swan yes
strongswan_start G2 "$TMP/G2"
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"

note "both have it, the peer requires it"
output=$(ipsec_in G1 auto --up east-west) || fail "auto --up ended with $?: $output"
assert_match "what is said" 'the PPK is mixed into the keys' "$output"
tunnel_works
ipsec_in G1 rekey-ike east-west || fail "ipsec rekey-ike ended with $?"
wait_for 10 "IKE SA rekeyed" eval 'grep -q "IKE SA was rekeyed by us" "$TMP/pluto.log"'
ipsec_in G1 rekey-child east-west || fail "ipsec rekey-child ended with $?"
tunnel_works
down east-west
swanctl_in G2 --initiate --child east-west --timeout 20 >"$TMP/swan" 2>&1 || fail "swanctl: $(tail -n 5 "$TMP/swan")"
tunnel_works
assert_match "the peer used it" 'using PPK' "$(<"$TMP/charon-G2.log")"
down east-west

note "the peer has another one"
swan no other
reload
output=$(ipsec_in G1 auto --up east-west) || fail "without: auto --up ended with $?: $output"
assert_match "what is said" 'it is done without' "$output"
tunnel_works
down east-west

note "we insist"
on G1 install -m 644 "$TMP/insist.conf" /etc/ipsec.conf
ipsec_in G1 replace east-west || fail "ipsec replace ended with $?"
output=$(ipsec_in G1 auto --up east-west) && fail "it came up without a PPK: $output"
swan no
reload
output=$(ipsec_in G1 auto --up east-west) || fail "insist: auto --up ended with $?: $output"
tunnel_works
