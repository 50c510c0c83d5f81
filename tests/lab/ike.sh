# SPDX-License-Identifier: GPL-2.0
# For scenarios with key daemons: the conn "east-west" between G1 and G2, as ipsec.conf for klips and as
# swanctl.conf for strongSwan, and what may be left when it is gone.

# klips_conf HOST [LINE...]: $TMP/HOST.conf and HOST.secrets; the lines go into the conn, last one wins by replacing.
# Our end is "left" on both hosts: G1 and G2 mirror each other.
klips_conf()
{
	local host=$1 us=192.0.2.1 them=192.0.2.2 our=10.1.0.0/24 their=10.2.0.0/24 line

	shift
	if [ "$host" = G2 ]; then
		us=192.0.2.2 them=192.0.2.1 our=10.2.0.0/24 their=10.1.0.0/24
	fi
	cat >"$TMP/$host.conf" <<-END
		version 2.0

		config setup
		    interfaces="ipsec0=eth0"
		    protostack=klips

		conn east-west
		    left=$us
		    leftsubnet=$our
		    right=$them
		    rightsubnet=$their
		    authby=secret
	END
	for line; do
		echo "    $line" >>"$TMP/$host.conf"
	done
	grep -q '^ *auto=' "$TMP/$host.conf" || echo "    auto=add" >>"$TMP/$host.conf"
	printf '%s %s : PSK "%s"\n' $us $them "${PSK:-with spaces in it}" >"$TMP/$host.secrets"
}

# conn_lines LINE...: of those with the same keyword the last; one that says nothing ("leftsubnet=") leaves it out.
conn_lines()
{
	printf '%s\n' "$@" | awk -F= '
		!($1 in line) { order[++n] = $1 }
		{ line[$1] = $0 }
		END { for (i = 1; i <= n; i++) if (line[order[i]] != order[i] "=") print "    " line[order[i]] }'
}

# swan_conf HOST [PROPOSALS [ESP-PROPOSALS]]: $TMP/HOST/swanctl.conf; without proposals its defaults.
swan_conf()
{
	local host=$1 us=192.0.2.1 them=192.0.2.2 our=10.1.0.0/24 their=10.2.0.0/24

	if [ "$host" = G2 ]; then
		us=192.0.2.2 them=192.0.2.1 our=10.2.0.0/24 their=10.1.0.0/24
	fi
	mkdir -p "$TMP/$host"
	cat >"$TMP/$host/swanctl.conf" <<-END
		connections {
			east-west {
				version = 2
				local_addrs = $us
				remote_addrs = $them
				${2:+proposals = $2}
				local { auth = psk }
				remote { auth = psk }
				children {
					east-west {
						local_ts = $our
						remote_ts = $their
						${3:+esp_proposals = $3}
					}
				}
			}
		}
		secrets {
			ike { secret = "${PSK:-with spaces in it}" }
		}
	END
}

# no_fragments HOST: fragments of IP do not get in.
no_fragments()
{
	on $1 nft -f - <<-END
		table ip lab {
			chain in {
				type filter hook prerouting priority -450
				ip frag-off & 0x3fff != 0 counter drop
			}
		}
	END
}

# nothing_left HOST: no SA, no eroute, no route of ours but those that keep cleartext in.
nothing_left()
{
	[ -z "$(ipsec_in "$1" spi)" ] || { echo "SAs on $1: $(ipsec_in "$1" spi)"; return 1; }
	[ -z "$(ipsec_in "$1" eroute)" ] || { echo "eroutes on $1: $(ipsec_in "$1" eroute)"; return 1; }
}

# no_xfrm_state HOST: what can be asked often; swanctl takes long to start.
no_xfrm_state()
{
	[ -z "$(on "$1" ip xfrm state)" ]
}

# peer_has_nothing HOST: the same for a strongSwan on XFRM.
peer_has_nothing()
{
	[ -z "$(on "$1" ip xfrm state)" ] || { echo "XFRM states on $1: $(on "$1" ip xfrm state)"; return 1; }
	[ -z "$(swanctl_in "$1" --list-sas)" ] || { echo "IKE SAs on $1: $(swanctl_in "$1" --list-sas)"; return 1; }
}

# tunnel_works: traffic both ways, and every packet of it is ESP between the gateways.
tunnel_works()
{
	ping_ok A 10.2.0.2 2
	ping_ok B 10.1.0.2 2
}
