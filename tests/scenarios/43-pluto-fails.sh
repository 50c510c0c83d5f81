# SPDX-License-Identifier: GPL-2.0
# limit: 240
# What goes wrong says what, ends with a status that is not 0, and leaves nothing behind: a wrong secret, no
# common proposal, a peer that is silent, a peer that goes away in the middle.
. "$LAB/ike.sh"

# up_fails WHAT STATUS REGEX: ipsec up on G1.
up_fails()
{
	local status=0

	OUTPUT=$(ipsec_in G1 up east-west 2>&1) || status=$?
	echo "$OUTPUT"
	[ $status -ne 0 ] || fail "$1: ipsec up succeeded"
	assert_eq "$1: exit status" "$2" $status
	assert_match "$1: message" "$3" "$OUTPUT"
	ipsec_in G1 down east-west >/dev/null 2>&1 || true
	wait_for 10 "$1: nothing left on G1" nothing_left G1
}

klips_conf G1 keyingtries=1
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"

PSK="another secret" swan_conf G2
strongswan_start G2 "$TMP/G2"
note "wrong secret"
up_fails "wrong secret" 3 'authentication failed'
wait_for 15 "nothing left on G2" peer_has_nothing G2

swan_conf G2 aes128-sha1-modp1024
swanctl_in G2 --load-all --file "$TMP/G2/swanctl.conf" >/dev/null
note "no common proposal for IKE"
up_fails "no common IKE proposal" 2 'no proposal chosen'
wait_for 15 "nothing left on G2" peer_has_nothing G2

swan_conf G2 "" aes128-sha1
swanctl_in G2 --load-all --file "$TMP/G2/swanctl.conf" >/dev/null
note "no common proposal for ESP"
up_fails "no common ESP proposal" 2 'no proposal chosen'

note "they ask for what we do not have"
swanctl_in G2 --initiate --child east-west >"$TMP/up" && fail "an ESP proposal that pluto lacks was accepted"
wait_for 15 "nothing left on G2" peer_has_nothing G2
wait_for 15 "nothing left on G1" nothing_left G1

note "silent peer"
g2 nft -f - <<-END
	table inet silence {
		chain in {
			type filter hook input priority 0
			udp dport { 500, 4500 } drop
		}
	}
END
up_fails "silent peer" 1 'no (answer|response)|not answer|silent'
g2 nft delete table inet silence

note "peer gone in the middle"
swan_conf G2
swanctl_in G2 --load-all --file "$TMP/G2/swanctl.conf" >/dev/null
g2 nft -f - <<-END
	table inet middle {
		chain in {
			type filter hook input priority 0
			udp dport { 500, 4500 } @th,208,8 35 drop
		}
	}
END
up_fails "peer gone in the middle" 1 'no (answer|response)|not answer|silent'
g2 nft delete table inet middle

note "and then it works"
ipsec_in G1 up east-west || fail "after all the failures: ipsec up ended with $?"
tunnel_works
