# SPDX-License-Identifier: GPL-2.0
# limit: 100
# late: yes
# MOBIKE: klips moves, and libreswan follows: tests/lab/mobike-moves.sh.
. "$LAB/nat.sh"
. "$LAB/mobike-moves.sh"
. "$LAB/libreswan.sh"

peer_start()
{
	lsw_files G2
	lsw_conn G2 east-west auto=ignore authby=secret mobike=yes leftid=@east right=%any rightid=@west
	lsw_start G2
	lsw_in G2 addconn --config "$TMP/lsw-G2/ipsec.conf" east-west
}

peer_ike_sas()
{
	grep -c 'responder established IKE SA' "$TMP/lsw-G2/pluto.log"
}

mobike_moves
