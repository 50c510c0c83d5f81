# SPDX-License-Identifier: GPL-2.0
# limit: 300
# late: yes
# module: no
# ipsec.service and ipsec-failclosed.service, as "make install" installs them, under a real systemd: the boot, with the drop
# routes before any address is there; Type=notify; kill -9, with the sockets in the descriptor store and the SAs adopted;
# reload; stop, with a peer that answers and with one that does not; a conn and an ipsec.conf that are wrong; shutdown.
# Constant traffic to the far subnet all the time: none of it in the clear.
#
#      A ---- lan0 G1 eth0 ==================== eth0 G2 lan0 ---- B
#      10.1.0.2    systemd        (capture)     pluto       10.2.0.2 (udp sink)
. "$LAB/closed.sh"
. "$LAB/killed.sh"
. "$LAB/systemd.sh"

DROP='10.2.0.0/24 dev klips-drop proto 118'
GOT=$TMP/got
STOP_MS=$((5000 * ${PATIENCE:-1}))

# conf [LINE...]: G1's ipsec.conf with these lines behind it.
conf()
{
	local line

	cp "$TMP/G1.conf" "$TMP/now.conf"
	for line; do
		echo "$line" >>"$TMP/now.conf"
	done
	on G1 install -m 644 "$TMP/now.conf" /etc/ipsec.conf
}

# sockets: pluto's on G1, by port and inode.
sockets()
{
	on G1 ss -uneaH '( sport = :500 or sport = :4500 )' 2>/dev/null | sed -E 's/.* ([0-9.]+)(%[^:]*)?(:[0-9]+) .* (ino:[0-9]+) .*/\1\3 \4/' | sort
}

is_state()
{
	local state

	state=$(unit_property ipsec.service ActiveState)
	echo "$state"
	[ "$state" = "$1" ]
}

restarted()
{
	[ "$(unit_property ipsec.service NRestarts)" = "$1" ] && is_state active
}

one_pair()
{
	equals 1 wc -l < <(saids in)
}

# stop_in_time WHAT
stop_in_time()
{
	local start=${EPOCHREALTIME/./} ms

	systemd_on systemctl stop ipsec || fail "$1: systemctl stop ended with $?"
	ms=$(((${EPOCHREALTIME/./} - start) / 1000))
	figure "systemd/stop/$1" $ms ms
	[ $ms -le $STOP_MS ] || fail "$1: systemctl stop took $ms ms"
	assert_eq "$1: sockets" "" "$(sockets)"
	has_route G1 "$DROP" || fail "$1: no drop route: $(g1 ip route)"
}

start()
{
	systemd_on systemctl start ipsec || fail "systemctl start ended with $?: $(systemd_on journalctl --no-pager -u ipsec | tail)"
	ipsec_in G1 setup status >"$TMP/status" || fail "started, and pluto does not answer: $(<"$TMP/status")"
}

for host in G1 G2; do
	klips_conf $host auto=$([ $host = G1 ] && echo start || echo add) encapsulation=yes
done
systemd_install G1
conf
on G1 install -m 600 "$TMP/G1.secrets" /etc/ipsec.secrets
# In place of depmod; and what is before network.target here.
on G1 sh -c 'cat >/etc/modprobe.d/lab.conf' <<-END
	install klips env REPO=$REPO KVER=$KVER $LAB/load-module
END
on G1 sh -c 'cat >/run/lab/units/lab-network.service' <<-END
	[Unit]
	DefaultDependencies=no
	Wants=network-pre.target network.target
	After=network-pre.target
	Before=network.target shutdown.target
	Conflicts=shutdown.target

	[Service]
	Type=oneshot
	RemainAfterExit=yes
	ExecStart=-sh -c 'ip route show; /usr/local/sbin/ipsec setup status'
	ExecStart=ip -batch /run/lab/network-up
	ExecStop=ip -batch /run/lab/network-down
	StandardOutput=file:/run/lab/before-network

	[Install]
	WantedBy=multi-user.target
END
on G1 sh -c 'cat >/run/lab/network-up' <<-END
	addr add 192.0.2.1/24 dev eth0
	link set eth0 up
	route add default via 192.0.2.2
END
on G1 sh -c 'cat >/run/lab/network-down' <<-END
	link set eth0 down
	addr flush dev eth0
END

note "the units"
on G1 env SYSTEMD_UNIT_PATH=$SYSTEMD_UNITS systemd-analyze verify --man=no ipsec.service ipsec-failclosed.service \
	>"$TMP/verify" 2>&1 || fail "systemd-analyze verify ended with $?: $(<"$TMP/verify")"
assert_eq "systemd-analyze verify" "" "$(<"$TMP/verify")"
for unit in ipsec ipsec-failclosed; do
	exposure=$(on G1 systemd-analyze security --offline=yes --no-pager /usr/local/lib/systemd/system/$unit.service |
		sed -n 's/.*Overall exposure level for [^:]*: \([0-9.]*\).*/\1/p')
	figure systemd/exposure/$unit "$exposure" of-10
done
on G1 env SYSTEMD_UNIT_PATH=$SYSTEMD_UNITS SYSTEMD_OFFLINE=1 systemctl -q enable ipsec-failclosed ipsec lab-network

note "boot"
udp_sink B 7000 "$GOT"
on G1 ip -batch /run/lab/network-down
capture_start wire G2 eth0 net 10.0.0.0/8
capture_start refused G2 eth0 icmp and src 192.0.2.1
stream_start A 10.2.0.2
systemd_start G1
assert_match "before the network was up" "^$DROP .*metric 4294967295" "$(on G1 cat /run/lab/before-network)"
assert_match "before the network was up" 'IPsec stopped' "$(on G1 cat /run/lab/before-network)"
is_state active || fail "$(systemd_on systemctl status --no-pager ipsec)"
[ -d /sys/module/klips ] || fail "the module is not loaded"
pluto_start G2 "$TMP/G2.conf" "$TMP/G2.secrets"
ipsec_in G1 up east-west >"$TMP/up" || fail "ipsec up ended with $?: $(<"$TMP/up")"
arrives "$GOT" "boot"
assert_eq "units that failed" "" "$(systemd_on systemctl --failed --no-legend --plain)"
assert_match "journal" 'pluto of klips .* is ready' "$(systemd_on journalctl --no-pager -u ipsec)"

note "kill -9"
conf
ports=$(sockets)
assert_match "sockets" '192\.0\.2\.1:4500 ino' "$ports"
assert_eq "in the descriptor store" "$(wc -l <<<"$ports")" "$(unit_property ipsec NFileDescriptorStore)"
pid=$(unit_property ipsec MainPID)
pings
both_ways "before"
a=$(answered "$TMP/a.ping")
in=$(saids in)
systemd_on systemctl kill -s KILL --kill-whom=main ipsec
wait_for 10 "pluto's end" g1 sh -c '! ipsec setup status'
assert_eq "sockets of a dead pluto" "$ports" "$(sockets)"
udp_send G2 192.0.2.1 500 -c 3 >/dev/null
wait_for 60 "pluto again" restarted 1
[ "$(unit_property ipsec MainPID)" != "$pid" ] || fail "pluto was not killed"
assert_eq "sockets of the next" "$ports" "$(sockets)"
assert_eq "in the descriptor store" "$(wc -l <<<"$ports")" "$(unit_property ipsec NFileDescriptorStore)"
assert_eq "SAs that are gone" "" "$(join -v 1 <(echo "$in") <(saids in))"
assert_fails "ipsec-sockets" systemd_on pgrep -x ipsec-sockets
both_ways "after"
[ "$(lost "$TMP/a.ping" $a)" -le $((LIMIT * 2)) ] || fail "lost by A: $(lost "$TMP/a.ping" $a) pings"
kill $PINGS
capture_stop refused
assert_eq "ports refused" 0 "$(capture_count refused 'icmp[icmptype] == icmp-unreach and icmp[icmpcode] == 3')"

note "reload"
wait_for 60 "the end of the adopted SAs" one_pair
in=$(saids in)
conf 'conn shut' '    left=192.0.2.1' '    right=192.0.2.2' '    rightsubnet=10.9.0.0/16' '    type=drop' '    auto=route'
systemd_on systemctl reload ipsec || fail "systemctl reload ended with $?"
assert_match "eroutes" '10\.9\.0\.0/16' "$(ipsec_in G1 eroute)"
conf 'conn wrong' '    left=nonsense nonsense'
assert_fails "reload of a wrong file" systemd_on systemctl reload ipsec
is_state active || fail "a reload that failed has ended it"
conf
systemd_on systemctl reload ipsec || fail "systemctl reload ended with $?"
assert_no_match "eroutes" '10\.9\.0\.0/16' "$(ipsec_in G1 eroute)"
assert_eq "SAs" "$in" "$(saids in)"
assert_eq "restarts" 1 "$(unit_property ipsec NRestarts)"

note "stop and start"
stop_in_time answering-peer
assert_eq "SAs of the peer" "" "$(ipsec_in G2 spi)"
start
arrives "$GOT" "start"
g2_pluto=$(on G2 cat /run/pluto/pluto.pid)
kill -STOP $g2_pluto
stop_in_time silent-peer
kill -CONT $g2_pluto

note "a conn that cannot be loaded"
conf 'conn wrong' '    left=192.0.2.1' '    right=192.0.2.2' '    rightsubnet=10.9.0.0/16' '    leftcert=nosuch.pem' '    auto=add'
start
arrives "$GOT" "the other conn"
assert_eq "restarts" 0 "$(unit_property ipsec NRestarts)"
assert_match "journal" 'nosuch\.pem' "$(systemd_on journalctl --no-pager -u ipsec)"

note "an ipsec.conf that is wrong"
systemd_on systemctl stop ipsec
conf 'conn wrong' '    left=nonsense nonsense'
assert_fails "systemctl start" systemd_on systemctl start ipsec
pause 1.5
assert_eq "restarts" 0 "$(unit_property ipsec NRestarts)"
is_state failed >/dev/null || fail "with a wrong ipsec.conf it is $(unit_property ipsec ActiveState)"
has_route G1 "$DROP" || fail "no drop route: $(g1 ip route)"
conf
start
arrives "$GOT" "mended"

note "shutdown: pluto ends before the network does, and tells the peer"
assert_match "what ipsec.service is after" '(^| )network\.target( |$)' "$(unit_property ipsec After)"
systemd_exit
assert_eq "SAs of the peer" "" "$(ipsec_in G2 spi)"
no_route G1 'default' || fail "the network is still up: $(g1 ip route)"
has_route G1 "$DROP" || fail "no drop route: $(g1 ip route)"
stream_stop
capture_stop wire
assert_eq "frames in the clear" 0 "$(capture_count wire net 10.0.0.0/8)"
ipsec_in G2 setup stop
