# SPDX-License-Identifier: GPL-2.0
# module: no
# The four hosts reach each other by plain routing, and the lab's own instruments tell the truth.

ping_ok A 10.2.0.2
ping_ok B 10.1.0.2
ping_ok G1 10.2.0.2

capture_start wire G1 eth0
transfer A B 10.2.0.2 200000
transfer B A 10.1.0.2 200000
udp_echo B 7
assert_eq "udp echo" "sent 20 answered 20" "$(udp_send A 10.2.0.2 7 -c 20 -s 3000 -e)"
capture_stop wire

assert_eq "datagrams on the wire" 40 "$(capture_count wire 'udp and port 7')"
assert_eq "fragments on the wire" 80 "$(capture_count wire 'ip[6:2] & 0x1fff != 0')"
[ "$(capture_count wire 'tcp port 5001')" -gt 50 ] || fail "no TCP in the capture"
# What cannot be counted is not 0.
assert_fails "a wrong filter" capture_count wire 'nett 10.0.0.0/8'
assert_fails "a capture that is none" capture_count none
rm "$TMP/.reason"

# From the first packet on, in both directions and in one.
capture_start both A a0 icmp
capture_start out A a0 outbound icmp
capture_start in A a0 inbound icmp
ping_ok A 10.2.0.2 3
capture_stop both
capture_stop out
capture_stop in
assert_eq "requests and answers" "3 3" "$(capture_count both 'icmp[0] = 8') $(capture_count both 'icmp[0] = 0')"
assert_eq "requests and answers, outbound" "3 0" "$(capture_count out 'icmp[0] = 8') $(capture_count out 'icmp[0] = 0')"
assert_eq "requests and answers, inbound" "0 3" "$(capture_count in 'icmp[0] = 8') $(capture_count in 'icmp[0] = 0')"

on G1 sh -c 'echo mine >/etc/ipsec.conf'
assert_eq "/etc of another host" "" "$(on G2 sh -c 'cat /etc/ipsec.conf 2>/dev/null || true')"
