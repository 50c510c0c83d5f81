# SPDX-License-Identifier: GPL-2.0
# limit: 120
# Two subnets by two in one IKE SA, and a pluto that is killed (-9): each pair is adopted, and taken over from when it is started
# with auto=start; and a peer that dies for good takes all of them down.
. "$LAB/ike.sh"

on A ip addr add 10.3.0.2/24 dev a0
on G1 ip addr add 10.3.0.1/24 dev lan0
on B ip addr add 10.4.0.2/24 dev b0
on G2 ip addr add 10.4.0.1/24 dev lan0

# conf HOST LINE...
conf()
{
	local ours="{10.1.0.0/24 10.3.0.0/24}" theirs="{10.2.0.0/24 10.4.0.0/24}"

	klips_conf "$@"
	if [ "$1" = G1 ]; then
		sed -i "s|leftsubnet=.*|leftsubnets=$ours|; s|rightsubnet=.*|rightsubnets=$theirs|" "$TMP/$1.conf"
	else
		sed -i "s|leftsubnet=.*|leftsubnets=$theirs|; s|rightsubnet=.*|rightsubnets=$ours|" "$TMP/$1.conf"
	fi
}

pluto_killed()
{
	local pid

	pid=$(on $1 cat /run/pluto/pluto.pid)
	kill -9 "$pid"
	while kill -0 "$pid" 2>/dev/null; do
		pause 0.01
	done
}

# conns FILTER: how many of G1's are so.
conns()
{
	ipsec_in G1 status --json | jq "[.conns[] | select($1)] | length"
}

so_many()
{
	[ "$(conns "$2")" = "$1" ] || { echo "$(conns "$2") with $2"; return 1; }
}

all_pairs()
{
	local from to

	for from in 10.1.0.2 10.3.0.2; do
		for to in 10.2.0.2 10.4.0.2; do
			ping_ok A $to 1 -I $from
		done
	done
}

conf G1
conf G2
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"
pluto_start G2 "$TMP/G2.conf" "$TMP/G2.secrets"
capture_start wire G1 eth0
ipsec_in G1 up east-west >"$TMP/up" || fail "ipsec up ended with $?: $(<"$TMP/up")"
all_pairs
pluto_killed G1
all_pairs
ipsec_in G1 setup start >/dev/null || fail "start after a kill ended with $?"
wait_for 20 "four adopted" so_many 4 '.adopted != null'
all_pairs

conf G1 auto=start dpddelay=2s dpdtimeout=5s dpdaction=clear
on G1 install -m 644 "$TMP/G1.conf" /etc/ipsec.conf
pluto_killed G1
ipsec_in G1 setup start >/dev/null || fail "start after another kill ended with $?"
wait_for 20 "four established" so_many 4 '.state == "established"'
assert_eq "IKE SAs" 1 "$(ipsec_in G1 status --json | jq '[.conns[].ike_sa.serial] | unique | length')"
all_pairs

pluto_killed G2
on G2 ip link set eth0 down
wait_for 30 "all down" so_many 0 '.state == "established"'
capture_stop wire
assert_eq "packets in the clear" 0 "$(capture_count wire 'net 10.0.0.0/8')"
