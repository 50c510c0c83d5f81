# SPDX-License-Identifier: GPL-2.0
# limit: 120
# Three conns between the same two hosts with other ids and algorithms; strongSwan comes as each of the three, one of which offers
# what all conns allow, and then as one of them with the algorithms of another. Then pluto begins each.
. "$LAB/ike.sh"

# Conn NAME is for @NAME; our own id is the same for all.
cat >"$TMP/G1.conf" <<-END
	config setup
	    interfaces="ipsec0=eth0"
	    logfile=$TMP/pluto.log

	conn ends
	    left=192.0.2.1
	    leftid=@gateway
	    leftsubnet=10.1.0.0/24
	    right=192.0.2.2
	    rightsubnet=10.2.0.0/24
	    authby=secret

	conn chacha
	    also=ends
	    rightid=@chacha
	    ike=chacha20_poly1305-sha2_256-dh31
	    auto=add

	conn modern
	    also=ends
	    rightid=@modern
	    auto=add

	conn aged
	    also=ends
	    rightid=@aged
	    ike=3des-sha1-dh2
	    auto=add
END
for name in chacha modern aged; do
	printf '@gateway @%s : PSK "of %s"\n' $name $name
done >"$TMP/G1.secrets"

# swan_peer NAME ID PROPOSALS
swan_peer()
{
	cat <<-END
		$1 {
			version = 2
			local_addrs = 192.0.2.2
			remote_addrs = 192.0.2.1
			proposals = $3
			local { auth = psk
				id = $2 }
			remote { auth = psk
				id = gateway }
			children {
				$1 {
					local_ts = 10.2.0.0/24
					remote_ts = 10.1.0.0/24
				}
			}
		}
	END
}

mkdir -p "$TMP/G2"
{
	echo "connections {"
	swan_peer chacha chacha chacha20poly1305-prfsha256-curve25519
	swan_peer modern modern default,3des-sha1-modp1024
	swan_peer aged aged 3des-sha1-modp1024
	swan_peer weak modern 3des-sha1-modp1024
	echo "}"
	echo "secrets {"
	for name in chacha modern aged; do
		printf 'ike-%s {\nid = %s\nsecret = "of %s"\n}\n' $name $name $name
	done
	echo "}"
} >"$TMP/G2/swanctl.conf"
strongswan_start G2 "$TMP/G2"
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"

# up_as NAME ALGORITHMS: this conn, and no other one, is up in an IKE SA with these.
up_as()
{
	local up

	up=$(ipsec_in G1 status --json | jq -r '.conns[] | select(.state == "established") | "\(.name) \(.ike_sa.algorithm)"')
	case $up in "$1 "$2) return ;; esac
	echo "up: ${up:-nothing}"
	return 1
}

down()
{
	ipsec_in G1 down $1 || fail "down of $1 ended with $?"
	wait_for 10 "nothing left on G1" nothing_left G1
	wait_for 10 "no XFRM state left on G2" no_xfrm_state G2
}

while read -r name algorithms <&3; do
	swanctl_in G2 --initiate --child $name >"$TMP/up" || fail "strongSwan as $name: $(tail -n 3 "$TMP/up")"
	up_as $name "$algorithms" || fail "strongSwan came as $name"
	tunnel_works
	down $name
	[ $name != modern ] || continue		# which of its conns it takes for pluto is strongSwan's choice
	ipsec_in G1 up $name >"$TMP/up" || fail "pluto as $name: $(<"$TMP/up")"
	up_as $name "$algorithms" || fail "pluto began $name"
	tunnel_works
	down $name
done 3<<-END
	chacha chacha20_poly1305*
	modern aes*
	aged 3des*
END

if swanctl_in G2 --initiate --child weak >"$TMP/up"; then
	fail "a peer got the algorithms of another conn: $(ipsec_in G1 status)"
fi
assert_match "what strongSwan hears" AUTHENTICATION_FAILED "$(<"$TMP/up")"
nothing_left G1 || fail "something is left of who was refused"
assert_match "what the log says" '@modern at 192.0.2.2.* is for conn "modern", and came with 3des-sha1-dh2' "$(<"$TMP/pluto.log")"
