# SPDX-License-Identifier: GPL-2.0
# limit: 300
# The matrix, as far as every pair of values goes (`make matrix`: all of it): algorithm, mode, outer and inner family, plain
# or in UDP, ESN, replay window; klips on G1 against XFRM on G2; both ways, datagrams of 1, 64, 1300 and 3000 bytes.
. "$LAB/matrix.sh"

rows pairwise >"$TMP/rows"
text=$(rows check <"$TMP/rows") || fail "the rows: ${text: -1000}"
note "$text"
assert_fails "a row less" rows check <<<"$(sed 7d "$TMP/rows")"
# And the shortest ESP there can be in UDP over IPv6, which XFRM takes for too short.
rows product | awk '$2 == "null-sha1" && $4 == "transport" && $5 == "v6" && $7 == "udp" && $9 == 64 && !n++ { $1 = 201; print }' >>"$TMP/rows"
matrix_run "$TMP/rows"
matrix_cannot
# The README has the words of this kernel.
[[ $(uname -r) == 6.1.* ]] || exit 0
text=$("$LAB/matrix-table" print "$REPO/README" </lab/matrix.log) ||
	fail "README does not show what this run has shown (make matrix-table): ${text:0:1000}"
