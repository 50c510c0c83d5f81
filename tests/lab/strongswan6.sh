# SPDX-License-Identifier: GPL-2.0
# For scenarios with strongSwan 6, which has ML-KEM: the one of tests/lab/fetch-strongswan6, in its own root, in place of this
# machine's, and for pluto the libcrypto of that root. Sourced after lib.sh, whose functions are replaced.

SWAN6=$REPO/build/lab/strongswan6/root

# What charon and swanctl need of the host, once for each.
swan6_enter()
{
	[ -x "$SWAN6/usr/sbin/charon-systemd" ] || skip "strongSwan 6 is not there: tests/lab/fetch-strongswan6 could not fetch it"
	on "$1" sh -c 'for d in proc dev run tmp; do mount --rbind /$d "$1/$d" || exit; done' sh "$SWAN6"
}

# strongswan_start HOST DIR: as in lib.sh. Log: $TMP/charon-HOST.log
strongswan_start()
{
	local host=$1 dir=$2

	swan6_enter "$host"
	cat >"$TMP/strongswan-$host.conf" <<-END
		charon-systemd {
			load = random nonce kdf hmac sha1 sha2 aes pem pkcs1 pkcs8 x509 pubkey constraints openssl gcm kernel-netlink socket-default vici updown
			filelog {
				log {
					path = $TMP/charon-$host.log
					default = 1
					ike = 2
					cfg = 2
					flush_line = yes
				}
			}
		}
		swanctl {
			load = random openssl pem pkcs1 pkcs8 x509 pubkey
		}
	END
	on_bg "$host" chroot "$SWAN6" env -i PATH=/usr/sbin:/usr/bin STRONGSWAN_CONF="$TMP/strongswan-$host.conf" \
		/usr/sbin/charon-systemd >"$TMP/charon-$host.out" 2>&1
	fast_ciphers
	modprobe -qa xfrm_user esp4 cbc authenc hmac sha256_generic seqiv echainiv || true
	wait_for 45 "strongSwan 6 on $host" swanctl_in "$host" --stats
	swan6_load "$host" "$dir" || fail "strongSwan 6 on $host refuses $dir/swanctl.conf"
}

swan6_load()
{
	on "$1" chroot "$SWAN6" env -i PATH=/usr/sbin:/usr/bin STRONGSWAN_CONF="$TMP/strongswan-$1.conf" SWANCTL_DIR="$2" \
		swanctl --load-all --file "$2/swanctl.conf"
}

swanctl_in()
{
	local host=$1

	shift
	on "$host" chroot "$SWAN6" env -i PATH=/usr/sbin:/usr/bin STRONGSWAN_CONF="$TMP/strongswan-$host.conf" swanctl "$@"
}

# new_libcrypto: from here on "ipsec" starts the pluto that was built here with the libraries of that root, through its dynamic
# linker; nothing else is different.
new_libcrypto()
{
	local real name

	real=$(dirname "$(readlink -f "$(on G1 which ipsec)")")/../libexec/ipsec
	mkdir -p "$TMP/exec"
	for name in "$real"/*; do
		ln -sf "$name" "$TMP/exec/"
	done
	rm "$TMP/exec/pluto"
	printf '#!/bin/sh\nexec "%s" --library-path "%s" "%s" "$@"\n' "$SWAN6/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" \
		"$SWAN6/usr/lib/x86_64-linux-gnu" "$real/pluto" >"$TMP/exec/pluto"
	chmod +x "$TMP/exec/pluto"
	export IPSEC_EXECDIR=$TMP/exec
}

old_libcrypto()
{
	unset IPSEC_EXECDIR
}
