# SPDX-License-Identifier: GPL-2.0
# limit: 150
# Gateways that are names: one that nobody knows yet is looked up again and the tunnel comes up by itself; when the peer
# gets another address, and its name with it, the tunnel follows as soon as its death is noticed; of two addresses the one
# that answers is found. In one file for both hosts, each finds out by its own name which end it is. 0 in the clear.
#
#	A 10.1.0.2 -- G1 pluto west.test 192.0.2.1 ==== 192.0.2.2, then .22, east.test pluto G2 -- B 10.2.0.2
. "$LAB/ike.sh"

# name_is ADDRESS...: of east.test, at both.
name_is()
{
	local host

	for host in G1 G2; do
		on $host sh -c 'cat >/etc/hosts' <<-END
			127.0.0.1 localhost
			192.0.2.1 west.test
			$(printf '%s east.test\n' "$@")
		END
	done
}

why_says()
{
	ipsec_in G1 why east-west | grep -E -- "$1"
}

remote_is()
{
	[ "$(ipsec_in G1 status --json | jq -r '.conns[0] | "\(.state) \(.remote.address) \(.remote.name)"')" = "established $1 east.test" ]
}

# One file for both, but for auto=.
for host in G1 G2; do
	klips_conf G1 left=west.test right=east.test leftid=@west rightid=@east dpddelay=1s dpdtimeout=3s dpdaction=restart \
		auto=$([ $host = G1 ] && echo start || echo add)
	sed "/left=192/d; /right=192/d; /protostack/a\    logfile=$TMP/$host.log" "$TMP/G1.conf" >"$TMP/both.$host"
done
printf '@west @east : PSK "of two names"\n' >"$TMP/secrets"
# Whoever else would be asked refuses at once.
for host in G1 G2; do
	on $host sh -c 'echo options timeout:1 attempts:1 >/etc/resolv.conf'
done
on G1 sh -c 'echo 192.0.2.1 west.test >/etc/hosts'
on G2 sh -c 'echo 192.0.2.2 east.test >/etc/hosts'
capture_start wire G1 eth0 outbound net 10.0.0.0/8
pluto_start G2 "$TMP/both.G2" "$TMP/secrets"
pluto_start G1 "$TMP/both.G1" "$TMP/secrets"

note "a name that nobody knows"
wait_for 10 "what is wrong" why_says 'cannot find the address of east\.test: .*looked up again in [0-9]+ s'
assert_match "why" '"verdict":"no_address"' "$(ipsec_in G1 why --json east-west)"
ipsec_in G1 up east-west && fail "ipsec up of a conn without an address worked"
on A ping -q -n -c 2 -i 0.2 -W 1 10.2.0.2 && fail "a ping was answered without a tunnel"
name_is 192.0.2.2
ipsec_in G2 ready
wait_for 70 "the tunnel, by itself" remote_is 192.0.2.2
assert_match "status" '192\.0\.2\.2<east\.test>' "$(ipsec_in G1 status)"
ping_ok A 10.2.0.2 2
assert_match "reload of the same file" '^1 conn as before$' "$(ipsec_in G1 setup reload)"
remote_is 192.0.2.2 || fail "a reload of the same file touched the tunnel"

note "pluto is killed: the next one adopts the tunnel when it knows the name"
on G1 sh -c 'kill -9 $(cat /run/pluto/pluto.pid)'
: >"$TMP/G1.log"
ipsec_in G1 setup start || fail "ipsec setup start ended with $?"
wait_for 20 "the tunnel" remote_is 192.0.2.2
assert_match "the log" 'adopted esp\.' "$(<"$TMP/G1.log")"
assert_no_match "the log" 'removed [0-9]+ SAs that an earlier' "$(<"$TMP/G1.log")"
ping_ok A 10.2.0.2 2

note "the peer has another address"
# Else the second address goes with the first.
on G2 sysctl -qw net.ipv4.conf.eth0.promote_secondaries=1
ip -n G2 addr add 192.0.2.22/24 dev eth0
name_is 192.0.2.22
ip -n G2 addr del 192.0.2.2/24 dev eth0
wait_for 5 "the new address" on G2 ip route get 10.1.0.2
wait_for 40 "the tunnel, there" remote_is 192.0.2.22
ping_ok A 10.2.0.2 2

note "two addresses, of which the first is nobody's"
ipsec_in G1 down east-west
name_is 192.0.2.3 192.0.2.22
for host in G1 G2; do
	ipsec_in $host auto --replace east-west >/dev/null || fail "auto --replace on $host ended with $?"
done
ipsec_in G1 auto --asynchronous --up east-west
wait_for 90 "the second one" remote_is 192.0.2.22
ping_ok A 10.2.0.2 2
note "who only answers, with a name that has no address any more: nothing is let out while it is loaded anew"
ipsec_in G1 down east-west
on G2 sh -c 'echo 192.0.2.22 east.test >/etc/hosts'
capture_start back G2 eth0 outbound net 10.0.0.0/8
on_bg B ping -qn -i 0.05 10.1.0.2 >"$TMP/back.ping" 2>&1
pings=$!
ipsec_in G2 setup restart || fail "ipsec setup restart ended with $?"
ipsec_in G2 auto --replace east-west >/dev/null || fail "auto --replace on G2 ended with $?"
wait_for 10 "that it is known" eval 'ipsec_in G2 why east-west | grep -q "cannot find the address of west"'
assert_match "why" 'packets *are dropped' "$(ipsec_in G2 why east-west)"
pause 1
kill -INT $pings
wait $pings || true
capture_stop back
assert_eq "frames of B in the clear" 0 "$(capture_count back net 10.0.0.0/8)"
capture_stop wire
assert_eq "frames in the clear" 0 "$(capture_count wire net 10.0.0.0/8)"
