# SPDX-License-Identifier: GPL-2.0
# `make demo`: conn east-west between klips on G1 and strongSwan on the kernel's own stack on G2, step by step.
. "$LAB/ike.sh"

show()
{
	printf '\n\033[1m%s\033[0m\n' "$*"
}

# try HOST COMMAND: as a person would type it there, with its output.
try()
{
	printf '%s# %s\n' "$1" "$2"
	on "$1" sh -c "$2"
}

sed -n '/^# *A  /,/^# *10.1.0.2/s/^#//p' "$LAB/net.sh"
klips_conf G1
swan_conf G2
g1 install -m 644 "$TMP/G1.conf" /etc/ipsec.conf
g1 install -m 600 "$TMP/G1.secrets" /etc/ipsec.secrets

show "G1 is a klips gateway, on a stock Debian kernel. Its configuration:"
try G1 'uname -r; cat /etc/ipsec.conf; cat /etc/ipsec.secrets'

show "G2 is a strongSwan, on the kernel's own IPsec stack (XFRM). It takes a moment to start ..."
strongswan_start G2 "$TMP/G2" >/dev/null

show "Start klips, bring the tunnel up:"
try G1 'ipsec setup start'
try G1 'ipsec auto --up east-west'

show "Both sides of it, on the wire and on ipsec0, while A pings B:"
capture_start clear G1 ipsec0
capture_start wire G1 eth0 esp
try A 'ping -c 3 -i 0.2 10.2.0.2'
capture_stop clear
capture_stop wire
echo 'G1# tcpdump -n -i ipsec0'
tcpdump -n -t -r "$TMP/clear.pcap" 2>/dev/null
echo 'G1# tcpdump -n -i eth0'
tcpdump -n -t -r "$TMP/wire.pcap" 2>/dev/null

show "What klips has, and what the peer says:"
try G1 'ipsec look'
echo 'G2# swanctl --list-sas'
swanctl_in G2 --list-sas

show "What would happen to a packet, and why:"
try G1 'ipsec why 10.1.0.2 10.2.0.2 udp 40000 7000'
try G1 'ipsec why 10.1.0.2 192.0.2.2 tcp 40000 22'

show "Counters, and the state of the conn:"
try G1 'ip -s link show ipsec0'
try G1 'ipsec status'

show "Down again: cleartext for the far subnet stays in."
try G1 'ipsec auto --down east-west'
on A ping -c 1 -W 1 10.2.0.2 || true
try G1 'ip route show 10.2.0.0/24'
try G1 'ipsec setup stop'

show "That was it. \"make shell\" leaves you in this network, to try things yourself."
