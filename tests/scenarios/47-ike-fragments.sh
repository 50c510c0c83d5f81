# SPDX-License-Identifier: GPL-2.0
# limit: 150
# Certificates of more than 3 kB where every fragment of IP is dropped: with strongSwan, either side beginning, IKE cuts its messages
# itself (RFC 7383); fragmentation=force makes them smaller; with fragmentation=no nothing comes up, and what is said names it.
. "$LAB/ike.sh"

PKI=$LAB/pki

# conn NAME LINE...: into $TMP/G1.conf.
conn()
{
	printf '\nconn %s\n    left=192.0.2.1\n    leftsubnet=10.1.0.0/24\n    right=192.0.2.2\n    rightsubnet=10.2.0.0/24\n    auto=add\n' "$1"
	printf '    leftcert=w-long.pem\n    leftid=@w-long.example\n    rightid=@e-long.example\n    keyingtries=1\n'
	shift
	printf '    %s\n' "$@"
} >>"$TMP/G1.conf"

# dropped_fragments HOST: how many.
dropped_fragments()
{
	on $1 nft list table ip lab | sed -n 's/.*counter packets \([0-9]*\) .*/\1/p'
}

on G1 mkdir -p /etc/ipsec.d/certs /etc/ipsec.d/cacerts /etc/ipsec.d/crls /etc/ipsec.d/private
on G1 cp "$PKI/long.pem" /etc/ipsec.d/cacerts/
on G1 cp "$PKI/w-long.pem" /etc/ipsec.d/certs/
on G1 install -m 600 "$PKI/w-long.key" /etc/ipsec.d/private/
echo ": PKCS8 w-long.key" >"$TMP/G1.secrets"
printf 'config setup\n    interfaces="ipsec0=eth0"\n' >"$TMP/G1.conf"
conn yes
conn force fragmentation=force
conn no fragmentation=no

mkdir -p "$TMP/G2/x509" "$TMP/G2/x509ca" "$TMP/G2/private"
cp "$PKI/e-long.key" "$TMP/G2/private/"
cp "$PKI/e-long.pem" "$TMP/G2/x509/"
cp "$PKI/long.pem" "$PKI/long1.pem" "$PKI/long2.pem" "$TMP/G2/x509ca/"
cat >"$TMP/G2/swanctl.conf" <<-END
	connections {
		long {
			version = 2
			local_addrs = 192.0.2.2
			remote_addrs = 192.0.2.1
			local {
				auth = pubkey
				certs = e-long.pem
				id = e-long.example
			}
			remote {
				auth = pubkey
				id = w-long.example
			}
			children {
				long {
					local_ts = 10.2.0.0/24
					remote_ts = 10.1.0.0/24
				}
			}
		}
	}
END
no_fragments G1
no_fragments G2
strongswan_start G2 "$TMP/G2"
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"

for name in yes force; do
	capture_start $name G1 eth0 udp port 500
	output=$(ipsec_in G1 auto --up $name) || fail "fragmentation=$name: auto --up ended with $?: $output"
	ping_ok A 10.2.0.2 1
	capture_stop $name
	ipsec_in G1 auto --down $name
	wait_for 10 "$name: no XFRM state left on G2" no_xfrm_state G2
	note "fragmentation=$name: $(capture_count $name 'src host 192.0.2.1 and udp[24] = 53') fragments of ours, $(capture_count $name 'src host 192.0.2.2 and udp[24] = 53') of the peer's"
	assert_eq "fragmentation=$name: large packets" 0 "$(capture_count $name 'ip[2:2] > 1280')"
done
assert_match "fragments of 576 bytes" '^[1-9]' "$(capture_count force 'src host 192.0.2.1 and udp[24] = 53 and ip[2:2] > 500')"
assert_eq "larger ones of ours, but for IKE_SA_INIT" 0 "$(capture_count force 'src host 192.0.2.1 and udp[26] != 34 and ip[2:2] > 576')"

note "the peer begins"
swanctl_in G2 --initiate --child long --timeout 20 >"$TMP/swan" 2>&1 || fail "swanctl: $(tail -n 5 "$TMP/swan")"
ping_ok B 10.1.0.2 1
assert_match "the peer has cut" 'splitting IKE message .* into [2-9] fragments' "$(<"$TMP/charon-G2.log")"
swanctl_in G2 --terminate --ike long >"$TMP/down" 2>&1 || fail "swanctl --terminate: $(<"$TMP/down")"
wait_for 10 "no XFRM state left on G2" no_xfrm_state G2
assert_eq "fragments of IP, both ways" "0 0" "$(dropped_fragments G1) $(dropped_fragments G2)"

note "without"
output=$(ipsec_in G1 auto --up no 2>&1) && fail "fragmentation=no: it came up: $output"
assert_match "what is said" 'do IP fragments pass\?' "$output"
assert_match "fragments of IP" '^[1-9]' "$(dropped_fragments G2)"
