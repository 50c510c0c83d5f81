# SPDX-License-Identifier: GPL-2.0
# limit: 180
# late: yes
# Rekeying under traffic against libreswan, with SOAK=1 for ten minutes: tests/lab/rekey.sh.
. "$LAB/ike.sh"
. "$LAB/libreswan.sh"
. "$LAB/rekey.sh"

peer_start()
{
	lsw_files G2
	lsw_conn G2 east-west auto=ignore authby=secret
	lsw_start G2
	lsw_in G2 addconn --config "$TMP/lsw-G2/ipsec.conf" east-west
}

peer_rekey()
{
	case $1 in
	child) lsw_in G2 whack --rekey-ipsec --name east-west ;;
	ike) lsw_in G2 whack --rekey-ike --name east-west ;;
	esac
}

peer_empty()
{
	no_xfrm_state G2
}

rekeying libreswan
