# SPDX-License-Identifier: GPL-2.0
# limit: 200
# Two strongSwans behind one NAT get an address of pluto's pool each, and name servers, and an instance of the conn; one
# of them ends and the other's tunnel goes on; who comes back has the address of before.
#
#      G1 eth0 198.51.100.2 ---- in0 198.51.100.1 \
#      "anna", 10.9.0.1                            N out0 192.0.2.1 ==== 192.0.2.2 eth0 G2 ---- B 10.2.0.2
#      W  eth0 203.0.113.2 ----- in1 203.0.113.1  /                                pluto
#      "bert", 10.9.0.2
. "$LAB/nat.sh"

# warrior_swan HOST ADDRESS NAME
warrior_swan()
{
	swan_conf $1
	sed -i -e "s/local_addrs = .*/local_addrs = $2\nvips = 0.0.0.0/" -e "s/remote_addrs = .*/remote_addrs = 192.0.2.2/" \
		-e "s/local { auth = psk }/local {\n auth = psk\n id = $3\n }/" \
		-e "s/remote { auth = psk }/remote {\n auth = psk\n id = east\n }/" \
		-e "/local_ts/d" -e "s/remote_ts = .*/remote_ts = 10.2.0.0\/24/" "$TMP/$1/swanctl.conf"
}

# up HOST
up()
{
	swanctl_in $1 --initiate --child east-west --timeout 30 >"$TMP/up-$1" || fail "swanctl --initiate on $1: $(tail -n 3 "$TMP/up-$1")"
}

down()
{
	swanctl_in $1 --terminate --ike east-west --timeout 30 >"$TMP/down-$1" || fail "swanctl --terminate on $1: $(tail -n 3 "$TMP/down-$1")"
}

# field JQ: of the instances, by number
field()
{
	ipsec_in G2 status --json | jq -r "[.conns[] | select(.instance)] | sort_by(.instance) | map($1) | join(\" \")"
}

is()
{
	[ "$(field "$1")" = "$2" ]
}

# rekeyed AT SPI: the instance at AT has another one now
rekeyed()
{
	local now=($(field .child_sa.spi_out))

	[ -n "${now[$1]}" ] && [ "${now[$1]}" != "$2" ]
}

nat_up
host_add W
ip -n N link add in1 type veth peer name eth0 netns W
ip -n N -batch - <<-END
	addr add 203.0.113.1/24 dev in1
	link set in1 up
END
ip -n W -batch - <<-END
	addr add 203.0.113.2/24 dev eth0
	link set eth0 up
	route add default via 203.0.113.1
END
cat >"$TMP/G2.conf" <<-END
	version 2.0

	config setup
	    interfaces="ipsec0=eth0"

	conn road
	    left=192.0.2.2
	    leftid=@east
	    leftsubnet=10.2.0.0/24
	    right=%any
	    rightaddresspool=10.9.0.1-10.9.0.2
	    modecfgdns=10.2.0.53
	    authby=secret
	    auto=add
END
printf ': PSK "with spaces in it"\n' >"$TMP/G2.secrets"
warrior_swan G1 198.51.100.2 anna
warrior_swan W 203.0.113.2 bert
pluto_start G2 "$TMP/G2.conf" "$TMP/G2.secrets"
strongswan_start G1 "$TMP/G1"
strongswan_start W "$TMP/W"
capture_start wire G2 eth0

# Nobody has come: what is for them is dropped, and does not go out by the default route.
ping_fails B 10.9.0.1

# Two at once, each with its own.
up G1
up W
assert_eq "addresses" "10.9.0.1 10.9.0.2" "$(field .lease)"
assert_eq "ids" "@anna @bert" "$(field .remote.id)"
assert_match "classic status" '"road"\[1\] 192\.0\.2\.1: 10\.2\.0\.0/24===.*===10\.9\.0\.1/32; erouted' "$(ipsec_in G2 auto --status)"
assert_match "trafficstatus" '"road"\[2\] 192\.0\.2\.1, .*lease=10\.9\.0\.2/32' "$(ipsec_in G2 trafficstatus)"
assert_match "eroutes" '10\.2\.0\.0/24 *-> 10\.9\.0\.1/32.*10\.2\.0\.0/24 *-> 10\.9\.0\.2/32' "$(ipsec_in G2 eroute | tr '\n' ' ')"
on G1 ip -4 addr | grep -q 'inet 10\.9\.0\.1/32' || fail "the address is not on G1: $(on G1 ip addr)"
ping_ok B 10.9.0.1 3
ping_ok B 10.9.0.2 3
ping_ok G1 10.2.0.2 3
ping_ok W 10.2.0.2 3
transfer B W 10.9.0.2 100000
transfer G1 B 10.2.0.2 100000

# One of them is asked about by its name; of one that is not there it is said who is.
assert_eq "status of one" "road 2 10.9.0.2" "$(ipsec_in G2 status --json 'road[2]' | jq -r '.conns[] | "\(.name) \(.instance) \(.lease)"')"
assert_eq "trafficstatus of one" 1 "$(ipsec_in G2 trafficstatus 'ROAD[2]' | grep -c '"road"\[2\] 192\.0\.2\.1, ')"
assert_eq "why of one" "road 2 true" "$(ipsec_in G2 why --json 'road[2]' | jq -r '"\(.name) \(.instance) \(.up)"')"
for words in status trafficstatus why down rekey-ike; do
	! ipsec_in G2 $words 'road[9]' >"$TMP/none" 2>&1 || fail "ipsec $words of an instance that is none"
	assert_match "ipsec $words: who is none" 'there is no "road\[9\]".*expected one of "road\[1\]", "road\[2\]"' "$(<"$TMP/none")"
done
! ipsec_in G2 status 'none[1]' >"$TMP/none" 2>&1 || fail "ipsec status of no conn at all"
assert_match "no conn at all" 'no conn "none\[1\]" is loaded' "$(<"$TMP/none")"

# What is the whole conn's is not done to it by the name of one of them.
for words in delete up route unroute; do
	! ipsec_in G2 $words 'road[2]' >"$TMP/none" 2>&1 || fail "ipsec $words of an instance"
	assert_match "ipsec $words: of an instance" 'is an instance.*expected the conn "road"' "$(<"$TMP/none")"
done
assert_eq "addresses" "10.9.0.1 10.9.0.2" "$(field .lease)"

# One is rekeyed, and the other is not.
before=($(field .child_sa.spi_out))
ipsec_in G2 rekey-child 'road[2]' || fail "ipsec rekey-child road[2]: exit status $?"
wait_for 10 "the second to have another SA" rekeyed 1 "${before[1]}"
after=($(field .child_sa.spi_out))
assert_eq "the SA of who was not rekeyed" "${before[0]}" "${after[0]}"
! ipsec_in G2 rekey-child 'road[9]' >"$TMP/none" 2>&1 || fail "an instance that is none was rekeyed"
assert_match "who is none" 'there is no "road\[9\]"' "$(<"$TMP/none")"
ping_ok B 10.9.0.1 2
ping_ok B 10.9.0.2 2

# One ends; the other's goes on under traffic.
on_bg B ping -n -i 0.05 -c 40 -w 60 10.9.0.2 >"$TMP/ping"
pings=$!
down G1
wait_for 10 "one instance" is .lease 10.9.0.2
wait $pings || true
all_answered "$TMP/ping" 40 || fail "pings of who stays: $(grep transmitted "$TMP/ping")"
assert_no_match "eroutes of who left" '10\.9\.0\.1/32' "$(ipsec_in G2 eroute)"
assert_no_match "routes of who left" 'ipsec0.*10\.9\.0\.1|10\.9\.0\.1.*ipsec0' "$(on G2 ip route show table all)"
ping_fails B 10.9.0.1

# Who comes back has what it had, beside the other.
up G1
assert_eq "after it came back" "10.9.0.2 10.9.0.1" "$(field .lease)"
ping_ok B 10.9.0.1 2
ping_ok B 10.9.0.2 2

# One of them is taken down; down of the conn is for all of them.
last=$(field .instance | cut -d' ' -f2)
ipsec_in G2 down "road[$last]" || fail "ipsec down road[$last]: exit status $?"
wait_for 10 "one instance" is .lease 10.9.0.2
ping_ok B 10.9.0.2 2
ipsec_in G2 auto --down road || fail "ipsec auto --down: exit status $?"
wait_for 10 "nothing left on G2" nothing_left G2
wait_for 10 "no instance left" is .lease ""
ping_fails B 10.9.0.2
capture_stop wire
assert_eq "in the clear, or ESP that is not in UDP" 0 "$(outside wire)"
