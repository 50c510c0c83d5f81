# SPDX-License-Identifier: GPL-2.0
# limit: 100
# MOBIKE: klips moves, and strongSwan, as it is without a word about MOBIKE, follows: tests/lab/mobike-moves.sh.
. "$LAB/nat.sh"
. "$LAB/mobike-moves.sh"

peer_start()
{
	nat_swan G2 192.0.2.2 %any
	strongswan_start G2 "$TMP/G2"
}

peer_ike_sas()
{
	grep -c 'established between' "$TMP/charon-G2.log"
}

mobike_moves
