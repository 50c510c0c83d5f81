# SPDX-License-Identifier: GPL-2.0
# limit: 120
# pluto answers a strongSwan behind a NAT that changes its ports under traffic (SOAK=1: 1,000 times): tests/lab/nat-changes.sh.
. "$LAB/nat.sh"
. "$LAB/nat-changes.sh"

peer_start()
{
	nat_swan G1 198.51.100.2 192.0.2.2
	strongswan_start G1 "$TMP/G1"
}

peer_up()
{
	swanctl_in G1 --initiate --child east-west
}

peer_down()
{
	swanctl_in G1 --terminate --ike east-west
}

nat_changes klips
