# SPDX-License-Identifier: GPL-2.0
# limit: 120
# ipsec barf with a tunnel of pluto's, one of manual keys, and secrets of every kind: all of the sections, none of the keys.
. "$LAB/ike.sh"

klips_conf G1 "# once it was: very secret phrase"
klips_conf G2
cat >>"$TMP/G1.secrets" <<-END
	@west @east : PSK "very secret phrase"
	@a : PSK 0x6b6579206f662061203332206279746573
	@b : PSK 0sc2VjcmV0IGluIGJhc2U2NA==
END
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"
pluto_start G2 "$TMP/G2.conf" "$TMP/G2.secrets"
ipsec_in G1 up east-west || fail "ipsec up ended with $?"
KEY=0x0102030405060708090a0b0c0d0e0f1011121314
ipsec_in G1 spi --said esp0x1234@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey $KEY
on G1 ip xfrm state add src 192.0.2.77 dst 192.0.2.78 proto esp spi 0x77 mode tunnel aead 'rfc4106(gcm(aes))' \
	0xf102030405060708090a0b0c0d0e0f1011121314 128
ping_ok A 10.2.0.2 2

on G1 ipsec barf >"$TMP/barf" 2>"$TMP/err" || fail "ipsec barf ended with $?: $(<"$TMP/err")"
note "$(wc -l <"$TMP/barf") lines"
for section in version status look eroute spi tncfg drops verify conf secrets ip_route nft sysctl log; do
	grep -q "^+ _* $section\$" "$TMP/barf" || fail "no section $section"
done
grep -q '"east-west"' "$TMP/barf" || fail "nothing of the conn"
grep -q 'esp0x1234@192.0.2.2' "$TMP/barf" || fail "nothing of the SA"
grep -q '^@west @east : PSK \[\.\.\.\]$' "$TMP/barf" || fail "nothing of whose secrets there are"

# shows TEXT...: none of it may be there, whatever the case
for text in "very secret phrase" "${PSK:-with spaces in it}" 6b6579206f662061203332206279746573 c2VjcmV0IGluIGJhc2U2NA \
	0102030405060708090a0b0c f102030405060708090a0b0c; do
	! grep -qiF "$text" "$TMP/barf" || fail "it shows '$text': $(grep -iF "$text" "$TMP/barf" | head -n 3)"
done
# Nor the keys that the two plutos have agreed on: nothing of that length is there at all.
! grep -qE '[0-9a-fA-F]{32}' "$TMP/barf" || fail "it shows a long number: $(grep -E '[0-9a-fA-F]{32}' "$TMP/barf" | head -n 3)"

on G1 ipsec barf --short >"$TMP/short" || fail "ipsec barf --short ended with $?"
! grep -q '^+ _* log$' "$TMP/short" || fail "--short has logs"
for words in "--maxlines 0" "--maxlines many" --nosuch word; do
	status=0
	on G1 ipsec barf $words >"$TMP/out" 2>"$TMP/err" || status=$?
	assert_eq "ipsec barf $words" 64 $status
	[ ! -s "$TMP/out" ] || fail "ipsec barf $words prints something"
done
