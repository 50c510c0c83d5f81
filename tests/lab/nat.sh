# SPDX-License-Identifier: GPL-2.0
# G1 behind a NAT that is a host of its own, and the conn "east-west" through it.
#     . "$LAB/nat.sh"
#
#      A ---- G1 eth0 ------------ in0 N out0 ============ eth0 G2 ---- B
#      10.1.0.2  198.51.100.2  198.51.100.1  192.0.2.1   192.0.2.2   10.2.0.2
. "$LAB/ike.sh"

nat_up()
{
	host_add N
	ip -n G1 link del eth0
	ip -n N -batch - <<-END
		link add in0 type veth peer name eth0 netns G1
		link add out0 type veth peer name eth0 netns G2
		addr add 198.51.100.1/24 dev in0
		addr add 192.0.2.1/24 dev out0
		link set in0 up
		link set out0 up
	END
	ip -n G1 -batch - <<-END
		addr add 198.51.100.2/24 dev eth0
		link set eth0 up
		route add default via 198.51.100.1
	END
	ip -n G2 -batch - <<-END
		addr add 192.0.2.2/24 dev eth0
		link set eth0 up
		route add default via 192.0.2.1
	END
	on N sysctl -q net.ipv4.ip_forward=1
	nat_ports 30000
}

# nat_to PORTS: masquerade gives out these, as nft says it.
nat_to()
{
	on N nft -f - <<-END || fail "nft on N: exit status $?"
		table ip nat
		delete table ip nat
		table ip nat {
			chain post {
				type nat hook postrouting priority srcnat
				oifname out0 meta l4proto udp masquerade to :$1
			}
		}
	END
}

# nat_ports PORT: masquerade gives out ports from PORT on, and has forgotten what it gave out before.
nat_ports()
{
	nat_to $1-$(($1 + 99))
	# A masquerading device that goes down takes its mappings along.
	ip -n N -batch - <<-END
		link set out0 down
		link set out0 up
	END
}

# nat_conf HOST LINE...: klips_conf with the addresses that are seen from there.
nat_conf()
{
	klips_conf "$@"
	# Who answers does not know from where the other comes.
	sed -i -e 's/left=192.0.2.1$/left=198.51.100.2/' -e 's/right=192.0.2.1$/right=%any/' "$TMP/$1.conf"
	printf '@west @east : PSK "%s"\n' "with spaces in it" >"$TMP/$1.secrets"
}

# nat_swan HOST LOCAL REMOTE: strongSwan's side, with ids.
nat_swan()
{
	local us=west them=east

	[ $1 = G1 ] || us=east them=west
	swan_conf $1
	sed -i -e "s/local_addrs = .*/local_addrs = $2/" -e "s/remote_addrs = .*/remote_addrs = $3/" \
		-e "s/local { auth = psk }/local {\n auth = psk\n id = @$us\n }/" \
		-e "s/remote { auth = psk }/remote {\n auth = psk\n id = @$them\n }/" "$TMP/$1/swanctl.conf"
}

# outside NAME: packets of a capture outside of N that are in the clear, or ESP that is not in UDP.
outside()
{
	capture_count "$1" 'net 10.0.0.0/8 or proto 50'
}
