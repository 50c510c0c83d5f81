# SPDX-License-Identifier: GPL-2.0
# limit: 180
# module: no
# Under constant traffic from a LAN host to the far subnet, 0 frames of it in the clear on the outside, from before the
# network is up: what "ipsec setup failclosed" made holds until pluto is there, and after it was killed and the module
# unloaded. Whatever somebody removes meanwhile is put back within 100 ms, and who it was is in the log.
#
#      A ---- lan0 G1 eth0 ==================== eth0 G2 lan0 ---- B
#      10.1.0.2    192.0.2.1     (capture)     192.0.2.2    10.2.0.2 (udp sink)
#   ->->->->->->->->->
. "$LAB/closed.sh"

TUNNEL='10.2.0.0/24 dev ipsec0'
DROP='10.2.0.0/24 dev klips-drop'
GOT=$TMP/got

outside_down()
{
	ip -n G1 -batch - <<-END
		link set eth0 down
		addr flush dev eth0
	END
}

# removed WHO ROUTE COMMAND...: the command removes the route, which comes back; by whom is in the log.
removed()
{
	local who=$1 route=$2 lines

	shift 2
	lines=$(wc -l <"$TMP/routes.G1")
	LOGGED=$(wc -l <"$TMP/G1.log")
	note "$*"
	on G1 "$@" || true
	wait_for 10 "$*: $route again" came_back "$lines" "$route"
	wait_for 5 "$*: who it was, in the log" says_now "to ${route%% *} on ${route##* } was (removed|replaced) by $who"
}

# says_now REGEX: pluto on G1, after $LOGGED lines.
says_now()
{
	tail -n +$((LOGGED + 1)) "$TMP/G1.log" | grep -E -- "$1"
}

# came_back LINES ROUTE: in what was seen after so many lines.
came_back()
{
	tail -n +$(($1 + 1)) "$TMP/routes.G1" | grep -q "\] $2" && has_route G1 "$2"
}

for host in G1 G2; do
	klips_conf $host auto=$([ $host = G1 ] && echo start || echo add)
	sed -i "/protostack/a\\    logfile=$TMP/$host.log" "$TMP/$host.conf"
done
g1 install -m 644 "$TMP/G1.conf" /etc/ipsec.conf
g1 install -m 600 "$TMP/G1.secrets" /etc/ipsec.secrets
udp_sink B 7000 "$GOT"
stream_start A 10.2.0.2

note "control: without it packets leave in the clear"
capture_start control G2 eth0 net 10.0.0.0/8
arrives "$GOT" "not through any tunnel"
stream_stop
capture_stop control
clear=$(capture_count control net 10.0.0.0/8)
figure fail-closed/clear-frames/control "$clear" frames
[ "$clear" -ge 20 ] || fail "the control shows $clear frames in the clear: this test cannot fail"

note "boot: no address, no module; then the network"
outside_down
stream_start A 10.2.0.2
capture_start wire G2 eth0 net 10.0.0.0/8
[ ! -d /sys/module/klips ] || fail "the module is loaded"
ipsec_in G1 setup failclosed || fail "ipsec setup failclosed ended with $?"
has_route G1 "$DROP proto 118 .*metric 4294967295" || fail "no route to the drop device: $(g1 ip route)"
ipsec_in G1 setup failclosed || fail "ipsec setup failclosed, again, ended with $?"
networkd_conf G1 eth0 192.0.2.1/24 192.0.2.2
networkd_conf G1 lan0 10.1.0.1/24
g1 install -m 644 -t /etc/systemd/network "$REPO"/userland/etc/00-klips.network "$REPO"/userland/etc/00-klips-drop.network
networkd_restart G1 eth0 lan0
wait_for 10 "the network" has_route G1 'default via 192.0.2.2'
pause 0.5
has_route G1 "$DROP" || fail "systemd-networkd removed the routes: $(g1 ip route)"
assert_eq "frames in the clear with the unit alone" 0 "$(clear_frames wire net 10.0.0.0/8)"

note "pluto"
module_load
pluto_start G2 "$TMP/G2.conf" "$TMP/G2.secrets"
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"
arrives "$GOT" "auto=start"
assert_no_match "the near subnet, which the unit could not tell from the far one" '10\.1\.0\.0/24 dev klips-drop' "$(g1 ip route)"

watch_routes G1
removed 'pid [0-9]+ \(' "$TUNNEL" ip route del 10.2.0.0/24 dev ipsec0
removed 'pid [0-9]+ \(' "$DROP" ip route del 10.2.0.0/24 dev klips-drop
removed 'pid [0-9]+ \(' "$TUNNEL" ip route flush proto 117
removed 'pid [0-9]+ \(' "$TUNNEL" ip route flush dev ipsec0
removed 'pid [0-9]+ \(' "$DROP" ip route flush table main proto 118
figure fail-closed/restored/tunnel-route "$(gone_ms G1 "$TUNNEL")" ms
figure fail-closed/restored/drop-route "$(gone_ms G1 "$DROP")" ms
arrives "$GOT" "routes removed"
note "ip link set klips-drop down, ip link del klips-drop"
g1 ip link set klips-drop down
wait_for 5 "the drop route" has_route G1 "$DROP"
g1 ip link del klips-drop
wait_for 5 "the drop route" has_route G1 "$DROP"
note "ipsec0 down and up"
g1 ip link set ipsec0 down
pause 0.3
g1 ip link set ipsec0 up
wait_for 5 "the route into the tunnel" has_route G1 "$TUNNEL"
arrives "$GOT" "ipsec0 down and up"
note "systemd-networkd restarted"
networkd_restart G1 eth0 lan0
pause 0.3
has_route G1 "$TUNNEL" || fail "systemd-networkd removed the route into the tunnel: $(g1 ip route)"
arrives "$GOT" "systemd-networkd restarted"
note "ip link del ipsec0"
g1 ip link del ipsec0
wait_for 20 "the route into the tunnel" has_route G1 "$TUNNEL"
arrives "$GOT" "ipsec0 removed"
note "auto --replace, and up again"
ipsec_in G1 auto --replace east-west || fail "auto --replace ended with $?"
ipsec_in G1 up east-west >/dev/null || fail "ipsec up ended with $?"
note "restart; as the service manager stops and starts"
ipsec_in G1 setup restart || fail "ipsec setup restart ended with $?"
arrives "$GOT" "restart"
ipsec_in G1 setup --closed stop || fail "ipsec setup --closed stop ended with $?"
ipsec_in G1 setup --closed stop || fail "ipsec setup --closed stop without a pluto ended with $?"
has_route G1 "$DROP" || fail "stop --closed opened: $(g1 ip route)"
assert_match "status" 'are dropped' "$(ipsec_in G1 setup status || true)"
note "a pluto that cannot start"
sed 's|interfaces=.*|interfaces="ipsec0=nothere"|' "$TMP/G1.conf" >"$TMP/nothere.conf"
for verb in start run; do
	! ipsec_in G1 setup --config "$TMP/nothere.conf" $verb >"$TMP/$verb" 2>&1 || fail "setup $verb with a device that is not there"
	has_route G1 "$DROP" || fail "setup $verb, which failed, opened: $(g1 ip route)"
	assert_eq "closed after setup $verb, which failed" '["10.2.0.0/24"]' "$(ipsec_in G1 look --json | jq -c '[.closed[].net]')"
done
assert_match "what start says" 'are dropped' "$(<"$TMP/start")"
ipsec_in G1 setup start || fail "ipsec setup start ended with $?"
arrives "$GOT" "stop and start"

note "SIGTERM, as a service manager sends it that has no time for ExecStop"
g1 sh -c 'kill -TERM $(cat /run/pluto/pluto.pid)'
wait_for 20 "pluto is gone" eval '! g1 sh -c "kill -0 \$(cat /run/pluto/pluto.pid)" 2>/dev/null'
has_route G1 "$DROP" || fail "SIGTERM opened: $(g1 ip route)"
assert_eq "closed after SIGTERM" '["10.2.0.0/24"]' "$(ipsec_in G1 look --json | jq -c '[.closed[].net]')"
ipsec_in G1 setup start || fail "ipsec setup start ended with $?"
arrives "$GOT" "SIGTERM and start"

note "kill -9 of both daemons, and the module unloaded"
for host in G1 G2; do
	on $host sh -c 'kill -9 $(cat /run/pluto/pluto.pid)'
done
ipsec_in G1 setup --closed stop || fail "what the service manager runs after a crash ended with $?"
wait_for 10 "rmmod klips" rmmod klips
networkd_restart G1 eth0 lan0
pause 0.5
has_route G1 "$DROP" || fail "nothing keeps packets in: $(g1 ip route)"
module_load
ipsec_in G2 setup start || fail "ipsec setup start on G2 ended with $?"
ipsec_in G1 setup start || fail "ipsec setup start on G1 ended with $?"
arrives "$GOT" "after kill -9 and rmmod"

stream_stop
capture_stop wire
clear=$(capture_count wire net 10.0.0.0/8)
figure fail-closed/clear-frames/all-events "$clear" frames
assert_eq "frames in the clear" 0 "$clear"
note "systemd-networkd where our devices are among those it claims: it removes what it does not know"
g1 sh -c 'rm /etc/systemd/network/00-klips*'
LOGGED=$(wc -l <"$TMP/G1.log")
networkd_restart G1 eth0 lan0 klips-drop
wait_for 10 "who it was, in the log" says_now 'to 10\.2\.0\.0/24 on klips-drop was removed by .*systemd-network'
has_route G1 "$DROP" || fail "the route that systemd-networkd removed is not there again: $(g1 ip route)"
networkd_stop
note "another route in the place of ours"
removed 'pid [0-9]+ \(' "$TUNNEL" ip route replace 10.2.0.0/24 via 192.0.2.2
note "somebody who goes on removing for ever"
pause 0.6
LOGGED=$(wc -l <"$TMP/G1.log")
# One program, for a new one each time takes longer here than what passes for staying.
awk 'BEGIN { for (i = 0; i < 300000; i++) print "route del 10.2.0.0/24 dev ipsec0" }' >"$TMP/removals"
on_bg G1 ip -force -batch "$TMP/removals" 2>/dev/null
remover=$!
wait_for 20 "that it is given way to" says_now 'it will be after pauses'
pause 1.5
kill $remover
wait $remover || true
lines=$(says_now 'there again' | wc -l)
[ $lines -le 5 ] || fail "$lines lines in the log about one who removes for ever"
wait_for 5 "the route into the tunnel" has_route G1 "$TUNNEL"
grep 'by pid\|there again' "$TMP/G1.log"
for route in "$(gone_ms G1 "$TUNNEL")" "$(gone_ms G1 "$DROP")"; do
	[ -n "$route" ] || fail "no time of a restored route was taken"
done

note "stop opens"
ipsec_in G1 setup stop || fail "ipsec setup stop ended with $?"
assert_eq "routes left" "" "$(g1 ip route show proto 117)$(g1 ip route show proto 118)"
assert_eq "devices left" "" "$(g1 ip -o link show klips-drop 2>/dev/null)"
ipsec_in G2 setup stop
