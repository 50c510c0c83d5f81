# SPDX-License-Identifier: GPL-2.0
# limit: 120
# A peer may ask for ever narrower selectors, each of them one more shape, which lookups of all others pay for. It has one
# Child SA in an IKE SA, whatever more it asks for, and above all is max_shapes.
. "$LAB/ike.sh"

parameter=/sys/module/klips/parameters/max_shapes
before=$(<$parameter)

shapes()
{
	g1 sed -n 's/^shapes: \([0-9]*\), .*refused \([0-9]*\)$/\1 \2/p' /proc/net/ipsec/limits
}

# peer NAME NET: a connection of its own, with an IKE SA of its own.
peer()
{
	cat <<-END
		$1 {
			version = 2
			unique = never
			local_addrs = 192.0.2.2
			remote_addrs = 192.0.2.1
			local { auth = psk }
			remote { auth = psk }
			children {
				$1 {
					local_ts = $2
					remote_ts = 10.1.0.0/24
				}
			}
		}
	END
}

klips_conf G1
mkdir -p "$TMP/G2"
{
	echo "connections {"
	peer whole 10.2.0.0/24
	for plen in 27 28 29 30; do
		peer n$plen 10.2.0.$(((plen - 24) * 32))/$plen
	done
	echo "}"
	echo 'secrets { ike { secret = "with spaces in it" } }'
} >"$TMP/G2/swanctl.conf"
strongswan_start G2 "$TMP/G2"
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"

swanctl_in G2 --initiate --ike whole --child whole >"$TMP/up" || fail "the whole net: $(tail -n 3 "$TMP/up")"
there=$(shapes)
for plen in 28 29 30; do
	! swanctl_in G2 --initiate --ike n$plen --child n$plen >"$TMP/up" || fail "a /$plen beside the whole net was accepted"
	assert_eq "shapes and refusals, after a /$plen" "$there" "$(shapes)"
done
tunnel_works
swanctl_in G2 --terminate --ike whole >"$TMP/down" || fail "$(tail -n 3 "$TMP/down")"
wait_for 10 "nothing left on G1" nothing_left G1

# All that there may be is somebody else's.
ipsec_in G1 eroute --add --src 10.8.0.0/16 --dst 10.9.0.0/16 --said %drop
echo 1 >$parameter
! swanctl_in G2 --initiate --ike n28 --child n28 >"$TMP/up" || fail "a /28, one shape too many, was accepted"
read -r now refused < <(shapes)
assert_eq "shapes" 1 $now
[ "$refused" -gt 0 ] || fail "nothing was refused for its shape"
echo $before >$parameter
