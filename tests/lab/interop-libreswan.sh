# SPDX-License-Identifier: GPL-2.0
# libreswan's part of tests/lab/interop.sh.
. "$LAB/libreswan.sh"

# peer_conn NAME AUTH [LINE...]
peer_conn()
{
	local name=$1 auth=$2 id

	shift 2
	id=$(row_id $auth "$name")
	case $auth in
	psk) set -- authby=secret "$@" ;;
	raw) set -- authby=rsasig "leftrsasigkey=$(<"$PKI/e-raw.rsasigkey")" "rightrsasigkey=$OUR_RAW" "$@" ;;
	ecdsa) set -- authby=ecdsa leftcert=e-ecdsa rightca=%same "$@" ;;
	long) set -- authby=ecdsa leftcert=e-long leftsendcert=always sendca=all "$@" ;;
	*) set -- leftcert=e-$auth rightca=%same "$@" ;;
	esac
	lsw_conn G2 "$name" auto=ignore "leftid=@e-$id" "rightid=@w-$id" "$@"
}

# A raw key goes into its key store as that of a certificate that nobody looks at.
peer_files()
{
	local kind

	lsw_files G2
	openssl req -x509 -key "$PKI/e-raw.key" -subj /CN=e-raw -days 3650 -out "$TMP/e-raw.pem" 2>/dev/null
	lsw_import G2 e-raw "$PKI/e-raw.key" "$TMP/e-raw.pem" "$PKI/ca.pem"
	for kind in rsa ecdsa; do
		lsw_import G2 e-$kind "$PKI/e-$kind.key" "$PKI/e-$kind.pem" "$PKI/ca.pem"
	done
	lsw_import G2 e-long "$PKI/e-long.key" "$PKI/e-long.pem" "$PKI/long.pem" "$PKI/long1.pem" "$PKI/long2.pem"
}

peer_start()
{
	lsw_start G2
}

# Of its conns only that of the row is loaded: each has the same subnets, and it would bring others up again by itself.
peer_begin() { lsw_in G2 addconn --config "$TMP/lsw-G2/ipsec.conf" "$1"; }

peer_end() { lsw_in G2 whack --delete --name "$1"; }

peer_up() { lsw_in G2 whack --initiate --name "$1"; }

peer_down() { lsw_in G2 whack --terminate --name "$1"; }

# peer_rekey child|ike NAME
peer_rekey()
{
	case $1 in
	child) lsw_in G2 whack --rekey-ipsec --name "$2" ;;
	ike) lsw_in G2 whack --rekey-ike --name "$2" ;;
	esac
}
