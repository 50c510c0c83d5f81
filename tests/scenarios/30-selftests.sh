# module: no
# limit: 200
# A module that was built with DEBUG=1 tests itself when it is loaded: published vectors of every transform, byte for
# byte, through its own code, where sequence numbers end, what a packet says that it holds, the ring of the drop journal, and
# lookups while what they meet is replaced, a million of them (SOAK=1: ten) or more, until they have seen it 100 times.
# Every line says ok, and there are as many as there should be.

vectors=$(grep -c '\.source = ' "$REPO/klips/selftest/esp_vectors.h")
# Of AH: published HMACs, packets, and for each algorithm packets at random.
ah=$(($(grep -cE '\.(source|name) = ' "$REPO/klips/selftest/ah_vectors.h") + 4))
dmesg -c >/dev/null
export MODULE=$REPO/build/$KVER-debug/klips.ko
for dependency in $(modinfo -F depends "$MODULE" | tr , ' '); do
	modprobe "$dependency"
done
lookups=1000000
[ -z "${SOAK:-}" ] || lookups=10000000
with_ciphers "$LAB/load-module" selftest_lookups=$lookups || status=$?
dmesg >"$TMP/dmesg"
grep -o 'klips selftest: .*' "$TMP/dmesg" || true
assert_eq "the module refused to load" 0 "${status:-0}"
assert_eq "self-tests that failed" 0 "$(grep -c 'klips selftest: not ok' "$TMP/dmesg" || true)"
assert_eq "self-tests of ESP" "$vectors" "$(grep 'klips selftest: ok .*(.*)' "$TMP/dmesg" | grep -vc ': ok AH, ')"
assert_eq "self-tests of AH" "$ah" "$(grep -c 'klips selftest: ok AH, ' "$TMP/dmesg")"
assert_eq "self-tests of IPCOMP" 9 "$(grep -c 'klips selftest: ok IPCOMP, ' "$TMP/dmesg")"
assert_eq "self-tests of sequence numbers" 2 "$(grep -c 'klips selftest: ok sequence numbers' "$TMP/dmesg")"
assert_eq "self-tests of room" 1 "$(grep -c 'klips selftest: ok room in packets of a socket' "$TMP/dmesg")"
assert_eq "self-tests of replaced eroutes" 1 "$(grep -c 'klips selftest: ok replaced eroutes' "$TMP/dmesg")"
[[ $(<"$TMP/dmesg") =~ replaced\ ([0-9]+)\ times\ under\ ([0-9]+)\ lookups,\ which\ saw\ ([0-9]+) ]] || fail "how often was it replaced?"
read -r replaced looked seen <<<"${BASH_REMATCH[*]:1}"
note "replaced $replaced times, seen $seen times, in $looked lookups"
[ $looked -ge $lookups ] || fail "$looked lookups only"
[ $replaced -ge 1000 ] && [ $seen -ge 100 ] || fail "replaced $replaced times only, seen $seen"
assert_eq "self-tests of the journal" 1 "$(grep -c 'klips selftest: ok drop journal' "$TMP/dmesg")"
for alg in aes128 aes192 aes256 aes_ctr128 aes_ctr256 3des null aes_gcm128 aes_gcm256 aes_ccm128 aes_ccm_12_192 \
	aes_ccm_8_256 aes_gmac128 chacha20_poly1305; do
	assert_match "a self-test of $alg" "selftest: ok .*\($alg[-)]" "$(<"$TMP/dmesg")"
done
rmmod klips
