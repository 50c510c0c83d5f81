# SPDX-License-Identifier: GPL-2.0
# limit: 180
# Rekeying under traffic against strongSwan, with SOAK=1 for ten minutes: tests/lab/rekey.sh.
. "$LAB/ike.sh"
. "$LAB/rekey.sh"

peer_start()
{
	swan_conf G2
	strongswan_start G2 "$TMP/G2"
}

peer_rekey()
{
	swanctl_in G2 --rekey --$1 east-west
}

peer_empty()
{
	peer_has_nothing G2
}

rekeying strongswan
