# SPDX-License-Identifier: GPL-2.0
# limit: 150
# Every command that the README shows works as it stands there, in that order, on G1 with a strongSwan on G2.
# Those that are about building and installing are run elsewhere, as said below.
. "$LAB/ike.sh"

# The README's own files.
readme_block()
{
	sed -n "\\|^$1|,/^[^ ]/p" "$REPO/README" | sed -n 's/^    //p; /^$/p'
}
readme_block '/etc/ipsec.conf, on the gateway' >"$TMP/ipsec.conf"
readme_block '/etc/ipsec.secrets, mode 600' | grep PSK >"$TMP/ipsec.secrets"
grep -q 'conn east-west' "$TMP/ipsec.conf" || fail "no ipsec.conf found in the README"
g1 install -m 644 "$TMP/ipsec.conf" /etc/ipsec.conf
g1 install -m 600 "$TMP/ipsec.secrets" /etc/ipsec.secrets

swan_conf G2
strongswan_start G2 "$TMP/G2"

sees_pf_key()
{
	ipsec_in G1 spi --clear
	file_says "$TMP/pf_key" 'flush'
}

ran=0
while read -r command; do
	note "$command"
	case $command in
	'make demo') continue ;;	# 71-demo
	'make check'*) continue ;;	# this is it
	'make install' | 'make dkms-install') continue ;;	# tests/lab/make-install, tests/lab/dkms
	mokutil* | */sign-file* | modinfo*) continue ;;	# the same, as far as it goes without firmware
	'modprobe -r af_key') continue ;;	# 21-af-key
	'systemctl '*) continue ;;	# 78-systemd
	tcpdump*)
		on_bg G1 sh -c "$command" >"$TMP/dump" 2>&1
		dump=$!
		wait_for 20 "tcpdump" file_says "$TMP/dump" 'listening on'
		ping_ok A 10.2.0.2 1
		wait $dump
		;;
	'ipsec pf_key')
		on_bg G1 ipsec pf_key >"$TMP/pf_key" 2>&1
		dump=$!
		wait_for 10 "ipsec pf_key shows traffic" sees_pf_key
		kill $dump
		;;
	*) g1 sh -c "$command" || fail "README: '$command' ended with $?" ;;
	esac
	ran=$((ran + 1))
	case $command in
	*'auto --up'*) tunnel_works ;;
	esac
done < <(sed -n 's/^    # \([^ ].*\)$/\1/p' "$REPO/README" | sed 's/  .*//')

[ $ran -ge 20 ] || fail "only $ran commands found in the README"
