# SPDX-License-Identifier: GPL-2.0
# For scenarios about what may leave in the clear while things are broken: steady traffic, the clear frames on the wire
# outside, how long something of ours was gone, and systemd-networkd.
#     . "$LAB/closed.sh"
. "$LAB/ike.sh"

# stream_start HOST ADDRESS: 200 datagrams a second to its port 7000, until stream_stop. With a new socket now and then: it
# keeps the source address that the route had when it was made.
stream_start()
{
	on_bg "$1" sh -c "while :; do udp send -c 40 -i 5000 $2 7000; done" >/dev/null 2>&1
	STREAM=$!
}

stream_stop()
{
	kill $STREAM
	wait $STREAM || true
}

# got_more FILE N: of udp_sink, N more lines than when arrives was called.
got_more()
{
	[ "$(wc -l <"$1")" -ge $((ARRIVED + $2)) ]
}

# arrives FILE WHAT: the stream gets through, now.
arrives()
{
	ARRIVED=$(wc -l <"$1")
	wait_for 30 "$2: traffic" got_more "$1" 20
}

# clear_frames NAME FILTER...: of a running capture, so far.
clear_frames()
{
	wait_for 10 "capture $1 drained" capture_drained "$1"
	capture_count "$@"
}

# watch_routes HOST: what happens to its routes, with times, into $TMP/routes.HOST.
watch_routes()
{
	on_bg "$1" ip -ts monitor route >"$TMP/routes.$1" 2>&1
	wait_for 10 "ip monitor" watch_sees "$1"
}

watch_sees()
{
	# The same once more is no news to anybody.
	ip -n "$1" route del blackhole 203.0.113.1/32 2>/dev/null || true
	ip -n "$1" route add blackhole 203.0.113.1/32
	grep -q 203.0.113.1 "$TMP/routes.$1"
}

# gone_ms HOST ROUTE: the longest time, of those seen, between the removal of ROUTE and its being there again; nothing:
# it was not removed, or is not there again. ROUTE as ip prints its beginning.
gone_ms()
{
	awk -v route="$2" '
		function ms(at) { split(at, t, /[T:\]]/); return (t[2] * 3600 + t[3] * 60 + t[4]) * 1000 }
		index($0, "] Deleted " route) { if (!since) since = ms($1); next }
		index($0, "] " route) && since { d = ms($1) - since; if (d > most) most = d; since = 0; n++ }
		END { if (n && !since) printf "%.1f\n", most }' "$TMP/routes.$1"
}

# has_route HOST ROUTE: as "ip route show" prints its beginning.
has_route()
{
	grep -q "^$2" <<<"$(on "$1" ip route show)"
}

no_route()
{
	! has_route "$1" "$2"
}

# networkd_conf HOST DEVICE ADDRESS [GATEWAY]: and one that claims every other device, as many have it.
networkd_conf()
{
	on "$1" mkdir -p /etc/systemd/network /run/systemd/netif/links /run/systemd/netif/leases
	on "$1" sh -c 'cat >/etc/systemd/network/50-all.network' <<-END_OF_FILE
		[Match]
		Name=*

		[Network]
		LinkLocalAddressing=no
	END_OF_FILE
	on "$1" sh -c "cat >/etc/systemd/network/10-$2.network" <<-END_OF_FILE
		[Match]
		Name=$2

		[Network]
		LinkLocalAddressing=no
		Address=$3
		${4:+Gateway=$4}
	END_OF_FILE
}

networkd_configured()
{
	grep -q "^$1: State changed: configuring -> configured" "$TMP/networkd"
}

# networkd_restart HOST DEVICE...: as systemd would; returns when it has configured them. There is no udev: networkd finds in
# its data base that it is done with every device.
networkd_restart()
{
	local host=$1 device

	shift
	[ -z "${NETWORKD:-}" ] || networkd_stop
	on "$host" sh -c 'mkdir -p /run/udev/data
		for i in /sys/class/net/*/ifindex; do echo I:1 >/run/udev/data/n$(cat $i); done'
	on_bg "$host" env SYSTEMD_LOG_LEVEL=debug /lib/systemd/systemd-networkd >"$TMP/networkd" 2>&1
	NETWORKD=$!
	for device; do
		wait_for 60 "systemd-networkd configures $device" networkd_configured "$device"
	done
}

networkd_stop()
{
	kill $NETWORKD
	wait $NETWORKD || true
	NETWORKD=
}
