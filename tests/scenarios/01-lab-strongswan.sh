# SPDX-License-Identifier: GPL-2.0
# limit: 120
# module: no
# Two strongSwans on the kernel's own stack make a tunnel: the foreign peer of the other scenarios works by itself.

peer_conf()
{
	mkdir -p "$TMP/$1"
	cat >"$TMP/$1/swanctl.conf" <<-END
		connections {
			net {
				version = 2
				local_addrs = $2
				remote_addrs = $3
				proposals = aes128gcm16-prfsha256-ecp256
				local { auth = psk }
				remote { auth = psk }
				children {
					net {
						local_ts = $4
						remote_ts = $5
						esp_proposals = aes128gcm16
					}
				}
			}
		}
		secrets {
			ike { secret = "with spaces in it" }
		}
	END
}

peer_conf G1 192.0.2.1 192.0.2.2 10.1.0.0/24 10.2.0.0/24
peer_conf G2 192.0.2.2 192.0.2.1 10.2.0.0/24 10.1.0.0/24
strongswan_start G1 "$TMP/G1"
strongswan_start G2 "$TMP/G2"
note "both are up"

capture_start out1 G1 eth0 outbound
capture_start out2 G2 eth0 outbound
swanctl_in G1 --initiate --child net
ping_ok A 10.2.0.2
transfer B A 10.1.0.2 100000
capture_stop out1
capture_stop out2
for side in out1 out2; do
	assert_eq "cleartext on the wire, $side" 0 "$(capture_count $side 'net 10.0.0.0/8')"
	[ "$(capture_count $side 'ip proto 50')" -ge 4 ] || fail "no ESP on the wire, $side"
done
note "tunnel works"
