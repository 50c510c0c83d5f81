# SPDX-License-Identifier: GPL-2.0
# The network of every scenario: four hosts, each a network namespace with its own /run and /etc.
#
#      A                  G1                           G2                  B
#   +------+         +-----------+               +-----------+         +------+
#   |    a0|---------|lan0   eth0|===============|eth0   lan0|---------|b0    |
#   +------+         +-----------+               +-----------+         +------+
#   10.1.0.2     10.1.0.1   192.0.2.1         192.0.2.2   10.2.0.1     10.2.0.2
#
# A and B have a default route to their gateway. G1 and G2 forward, and have a default route to each other:
# what is not protected crosses 192.0.2.0/24 in the clear, where a capture sees it.
# IPv6 is off (sysctl net.ipv6.conf.*.disable_ipv6), so that nothing is on a wire but what a scenario sent; net_link_ipv6
# gives it to the link between G1 and G2, as 2001:db8::1 and 2001:db8::2.

# Process that keeps the namespaces of each host, by name.
declare -gA HOST_PID

# host_add NAME: one more host, with no links.
host_add()
{
	local name=$1 ready line=

	exec {ready}< <(exec host keep "$name" 2>&1)
	HOST_PID[$name]=$!
	read -rt 20 -u "$ready" line && [ "$line" = ready ] || fail "host $name did not come up: ${line:-silence}"
	exec {ready}<&-
}

# on HOST COMMAND...: runs it on that host, in the current directory.
on()
{
	host enter "${HOST_PID[$1]}" "${@:2}"
}

# on_bg HOST COMMAND...: the same in the background; $! is its process. Redirections belong to the caller.
on_bg()
{
	exec host enter "${HOST_PID[$1]}" "${@:2}" &
}

a() { on A "$@"; }
g1() { on G1 "$@"; }
g2() { on G2 "$@"; }
b() { on B "$@"; }

net_up()
{
	host_add A
	host_add G1
	host_add G2
	host_add B
	ip -n G1 -batch - <<-END
		link add lan0 type veth peer name a0 netns A
		link add eth0 type veth peer name eth0 netns G2
		addr add 10.1.0.1/24 dev lan0
		addr add 192.0.2.1/24 dev eth0
		link set lan0 up
		link set eth0 up
		route add default via 192.0.2.2
	END
	ip -n G2 -batch - <<-END
		link add lan0 type veth peer name b0 netns B
		addr add 10.2.0.1/24 dev lan0
		addr add 192.0.2.2/24 dev eth0
		link set lan0 up
		link set eth0 up
		route add default via 192.0.2.1
	END
	ip -n A -batch - <<-END &
		addr add 10.1.0.2/24 dev a0
		link set a0 up
		route add default via 10.1.0.1
	END
	ip -n B -batch - <<-END
		addr add 10.2.0.2/24 dev b0
		link set b0 up
		route add default via 10.2.0.1
	END
	wait $!
}

# One more link between G1 and G2: eth1, 198.51.100.1 and 198.51.100.2.
net_second_uplink()
{
	ip -n G1 -batch - <<-END
		link add eth1 type veth peer name eth1 netns G2
		addr add 198.51.100.1/24 dev eth1
		link set eth1 up
	END
	ip -n G2 -batch - <<-END
		addr add 198.51.100.2/24 dev eth1
		link set eth1 up
	END
}

net_link_ipv6()
{
	local host

	for host in G1 G2; do
		on $host sh -c 'for f in all default lo eth0; do
			echo 0 >/proc/sys/net/ipv6/conf/$f/disable_ipv6; echo 0 >/proc/sys/net/ipv6/conf/$f/accept_dad; done'
		ip -n $host addr add 2001:db8::${host#G}/64 dev eth0 nodad
	done
}
