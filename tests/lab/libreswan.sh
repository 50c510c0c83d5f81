# SPDX-License-Identifier: GPL-2.0
# For scenarios with libreswan on XFRM at the other end: the daemon of tests/lab/fetch-libreswan, in its own root. Its files are
# in $TMP/lsw-HOST, and its log is pluto.log there. Sourced after ike.sh.

LSW=$REPO/build/lab/libreswan/root

# lsw_in HOST COMMAND...: of libreswan's own commands (pluto, whack, addconn, rsasigkey …), or of NSS.
lsw_in()
{
	local host=$1

	shift
	on "$host" chroot "$LSW" env -i PATH=/usr/libexec/ipsec:/usr/sbin:/usr/bin "$@"
}

# lsw_files HOST: its root is entered, and has an empty directory of files with an empty key store; lsw_conn and others write into it before the start.
lsw_files()
{
	[ -x "$LSW/usr/libexec/ipsec/pluto" ] || skip "libreswan is not there: tests/lab/fetch-libreswan could not fetch it"
	on "$1" sh -c 'for d in proc dev run tmp; do mount --rbind /$d "$1/$d" || exit; done' sh "$LSW"
	rm -rf "$TMP/lsw-$1"
	mkdir -p "$TMP/lsw-$1"
	cp -r "$LSW/var/lib/ipsec/nss" "$TMP/lsw-$1/nss"
	printf 'config setup\n' >"$TMP/lsw-$1/ipsec.conf"
	printf ': PSK "%s"\n' "${PSK:-with spaces in it}" >"$TMP/lsw-$1/ipsec.secrets"
}

# lsw_conn HOST NAME LINE...: the conn between G1 and G2, seen from HOST, which is "left"; nothing of it but what a tunnel needs
# (no leftupdown: XFRM's policies are all that is wanted). Lines are as conn_lines takes them.
lsw_conn()
{
	local host=$1 us=192.0.2.2 them=192.0.2.1 our=10.2.0.0/24 their=10.1.0.0/24

	{
		printf '\nconn %s\n' "$2"
		shift 2
		conn_lines left=$us leftsubnet=$our leftupdown=%disabled right=$them rightsubnet=$their "$@"
	} >>"$TMP/lsw-$host/ipsec.conf"
}

# lsw_import HOST NAME KEY CERTIFICATE CA [CERTIFICATE...]: into its key store, as leftcert=NAME; more are those between it and the CA.
lsw_import()
{
	local host=$1 dir=$TMP/lsw-$1 pem trust=CT,,

	openssl pkcs12 -export -name "$2" -inkey "$3" -in "$4" -passout pass: -out "$dir/$2.p12"
	lsw_in "$host" pk12util -i "$dir/$2.p12" -d "sql:$dir/nss" -W ''
	shift 4
	for pem; do
		cp "$pem" "$dir/"
		lsw_in "$host" certutil -A -n "$(basename "$pem" .pem)" -t $trust -d "sql:$dir/nss" -i "$dir/${pem##*/}"
		trust=,,
	done
}

# lsw_start HOST: and it listens; its conns are loaded with addconn. In the foreground of its own, so that it ends with the scenario.
lsw_start()
{
	local host=$1 dir=$TMP/lsw-$1

	fast_ciphers
	modprobe -qa xfrm_user esp4 esp6 cbc authenc hmac sha256_generic sha512_generic seqiv echainiv || true
	on_bg "$host" chroot "$LSW" env -i PATH=/usr/libexec/ipsec:/usr/sbin:/usr/bin \
		/usr/libexec/ipsec/pluto --nofork --config "$dir/ipsec.conf" --secretsfile "$dir/ipsec.secrets" \
		--nssdir "$dir/nss" --rundir /run/pluto --logfile "$dir/pluto.log" >"$dir/out" 2>&1
	wait_for 45 "libreswan on $host" lsw_in "$host" whack --listen
}
