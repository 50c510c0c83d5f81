# SPDX-License-Identifier: GPL-2.0
# strongSwan's part of tests/lab/interop.sh.

peer_files()
{
	local kind

	mkdir -p "$TMP/G2/x509" "$TMP/G2/x509ca" "$TMP/G2/private" "$TMP/G2/pubkey"
	cp "$PKI/ca.pem" "$TMP/G2/x509ca/"
	cp "$PKI"/e-{rsa,ecdsa,ed25519}.pem "$TMP/G2/x509/"
	cp "$PKI"/e-{raw,rsa,ecdsa,ed25519}.key "$TMP/G2/private/"
	cp "$PKI/e-raw.pub" "$TMP/G2/pubkey/"
	our_public_key >"$TMP/G2/pubkey/w-raw.der"
	printf 'secrets {\n    ike { secret = "with spaces in it" }\n}\n' >"$TMP/G2/swanctl.conf"
}

# Our raw key (2192 bits) as SubjectPublicKeyInfo: SEQ { SEQ { rsaEncryption, NULL }, BIT STRING { SEQ { n, e } } }.
our_public_key()
{
	printf '\x30\x82\x01\x34\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00\x03\x82\x01\x21\x00\x30\x82\x01\x1c\x02\x82\x01\x13\x00'
	echo "${OUR_RAW#0s}" | base64 -d | tail -c 274
	printf '\x02\x03\x01\x00\x01'
}

# peer_conn NAME AUTH [LINE...]: a line goes into the connection, or with "child:" in front into its child.
peer_conn()
{
	local name=$1 auth=$2 id us them line

	shift 2
	id=$(row_id $auth "$name")
	case $auth in
	psk) us="auth = psk" them=$us ;;
	raw) us="auth = pubkey; pubkeys = e-raw.pub" them="auth = pubkey; pubkeys = w-raw.der" ;;
	*) us="auth = pubkey; certs = e-$auth.pem" them="auth = pubkey; cacerts = ca.pem" ;;
	esac
	{
		printf 'connections {\n%s {\n' "$name"
		printf '%s\n' "version = 2" "local_addrs = 192.0.2.2" "remote_addrs = 192.0.2.1"
		for line; do
			[[ $line == child:* ]] || echo "$line"
		done
		printf 'local {\n%s\nid = e-%s\n}\nremote {\n%s\nid = w-%s\n}\n' "${us//; /$'\n'}" "$id" "${them//; /$'\n'}" "$id"
		printf 'children {\n%s {\n' "$name"
		printf '%s\n' "local_ts = 10.2.0.0/24" "remote_ts = 10.1.0.0/24"
		for line; do
			[[ $line != child:* ]] || echo "${line#child:}"
		done
		printf '}\n}\n}\n}\n'
	} >>"$TMP/G2/swanctl.conf"
}

peer_start()
{
	strongswan_start G2 "$TMP/G2"
}

peer_begin() { :; }

peer_end() { :; }

peer_up() { swanctl_in G2 --initiate --child "$1" --timeout 30; }

peer_down() { swanctl_in G2 --terminate --ike "$1" --timeout 30; }

# peer_rekey child|ike NAME: swanctl does not wait for it; while the old IKE SA is there, --terminate would end that one alone.
peer_rekey()
{
	local before

	before=$(ike_ends)
	swanctl_in G2 --rekey --$1 "$2" || return
	[ $1 = child ] || until_true 10 more_ike_ends $before
}

ike_ends()
{
	grep -c 'IKE_SA deleted' "$TMP/charon-G2.log" || :
}

more_ike_ends()
{
	[ "$(ike_ends)" -gt $1 ]
}
