# SPDX-License-Identifier: GPL-2.0
# limit: 120
# What `make demo` shows is there: this runs the same script in this boot.
(. "$LAB/demo.sh") >"$TMP/demo" 2>&1 || { cat "$TMP/demo"; fail "the demo ended with $?"; }
cat "$TMP/demo"
for line in '3 packets transmitted, 3 received' 'IP 10.1.0.2 > 10.2.0.2: ICMP echo request' 'ESP\(spi=0x' \
	'10.1.0.0/24 +-> 10.2.0.0/24 +=> esp0x' 'would be encrypted by esp0x' 'ESTABLISHED'; do
	assert_match "the demo's output" "$line" "$(<"$TMP/demo")"
done
