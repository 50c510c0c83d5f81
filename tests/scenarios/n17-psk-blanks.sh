# SPDX-License-Identifier: GPL-2.0
# limit: 150
# long: yes
# N17: whatever a pre-shared key is made of, as long as it can be quoted: from ipsec.secrets to a tunnel with strongSwan, which is
# given the same bytes as hexadecimal digits. In turn either side begins. One blank more, and there is no tunnel. (XFRM has
# no secrets, so there is nothing beside it.)
. "$LAB/ike.sh"

long=$(printf 'forty bytes with blanks and  "quotes" %%s ' | head -c 40)
long=$long$long$long$long$long$long$long$long$long$long
BYTES=0x000102ff0a0d2022275c

# As they stand in ipsec.secrets.
SECRETS=(
	'"with spaces in it"'
	'"  in front, behind   and a	tab  "'
	'" "'
	"'say \"friend\" and enter'"
	"\"it's  \""
	'"# no comment: include /etc/passwd"'
	'": PSK \\ \n $HOME %any @west"'
	'"0x1234, and not a number"'
	'"Grüße, 漢字, ☃"'
	"'$long'"
	'0tone-word"without\quotes'
	$BYTES
)

# bytes_of SECRET: its bytes as hexadecimal digits.
bytes_of()
{
	case $1 in
	0x*) echo "${1#0x}" ;;
	0t*) printf %s "${1#0t}" | od -An -v -tx1 | tr -d ' \n' ;;
	*) printf %s "${1:1: -1}" | od -An -v -tx1 | tr -d ' \n' ;;
	esac
}

# peer_secret DIGITS: of G2.
peer_secret()
{
	sed -i "s/^[[:blank:]]*ike { secret = .*/ike { secret = 0x$1 }/" "$TMP/G2/swanctl.conf"
	swanctl_in G2 --load-creds --clear --file "$TMP/G2/swanctl.conf" >"$TMP/creds" ||
		fail "strongSwan refuses the secret 0x$1: $(<"$TMP/creds")"
}

# our_secret SECRET: of G1, as it stands in the file.
our_secret()
{
	printf '192.0.2.1 192.0.2.2 : PSK %s\n' "$1" >"$TMP/G1.secrets"
	on G1 install -m 600 "$TMP/G1.secrets" /etc/ipsec.secrets
	ipsec_in G1 rereadsecrets >"$TMP/reread" || fail "rereadsecrets: $(<"$TMP/reread")"
}

up()
{
	if [ $1 = G1 ]; then
		ipsec_in G1 up east-west
	else
		swanctl_in G2 --initiate --child east-west
	fi
}

klips_conf G1 keyingtries=1
swan_conf G2
strongswan_start G2 "$TMP/G2"
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"
capture_start wire G1 eth0

n=0
for secret in "${SECRETS[@]}"; do
	our_secret "$secret"
	peer_secret "$(bytes_of "$secret")"
	from=$([ $((n % 2)) -eq 0 ] && echo G1 || echo G2)
	up $from >"$TMP/up" 2>&1 || fail "PSK ${secret:0:60}, $from begins: $(tail -n 3 "$TMP/up")"
	ping_ok A 10.2.0.2 1
	ipsec_in G1 down east-west >/dev/null || fail "PSK ${secret:0:60}: ipsec down ended with $?"
	wait_for 10 "nothing left on G2" no_xfrm_state G2
	n=$((n + 1))
	note "${secret:0:60}"
done
figure N17/handshakes/klips $n of-${#SECRETS[@]}

our_secret '"with spaces in it "'
peer_secret "$(bytes_of "${SECRETS[0]}")"
assert_fails "one blank more" up G1
assert_match "one blank more" 'authentication failed' "$OUTPUT"
ipsec_in G1 down east-west >/dev/null 2>&1 || true
capture_stop wire
assert_eq "in the clear" 0 "$(capture_count wire net 10.0.0.0/8)"

# What cannot be: the file and the line, and not the secret.
for bad in '"no end' '""' 'no quotes' '0xabc' '"two" "keys"'; do
	printf '192.0.2.1 192.0.2.2 : PSK %s\n' "$bad" >"$TMP/bad.secrets"
	on G1 install -m 600 "$TMP/bad.secrets" /etc/ipsec.secrets
	assert_fails "PSK $bad" ipsec_in G1 rereadsecrets
	assert_match "PSK $bad" 'ipsec\.secrets:1: .*expected' "$OUTPUT"
	assert_no_match "PSK $bad: shown" 'no end|no quotes|0xabc|two|keys"' "$OUTPUT"
done
assert_eq "secrets from before" 1 "$(ipsec_in G1 status --json | jq .secrets)"
