# SPDX-License-Identifier: GPL-2.0
# limit: 900
# `make interop`: libreswan as Debian ships it.
. "$LAB/interop.sh"
. "$LAB/interop-libreswan.sh"

row default psk
row gcm128 psk ike=aes_gcm128-sha2_256-dh19 esp=aes_gcm128 -- ike=aes_gcm128-sha2_256-dh19 esp=aes_gcm128
row cbc psk ike=aes256-sha2_256-dh14 esp=aes256-sha2_256 -- ike=aes256-sha2_256-dh14 esp=aes256-sha2_256
row cbc-sha512 psk ike=aes128-sha2_512-dh14 esp=aes128-sha2_512 -- ike=aes128-sha2_512-dh14 esp=aes128-sha2_512
row chacha psk ike=chacha20_poly1305-sha2_512-dh31 esp=chacha20_poly1305 -- ike=chacha20_poly1305-sha2_512-dh31 esp=chacha20_poly1305
for group in 14 15 16 17 18 19 20 21 31; do
	row dh$group psk ike=aes256-sha2_512-dh$group esp=aes_gcm256-dh$group -- ike=aes256-sha2_512-dh$group "esp=aes_gcm256;dh$group"
done
row esn psk esn=yes -- esn=yes
row no-esn psk esn=no -- esn=no
TEXT="psk; ike= and esp= with -ke1_dh31-ke1_none" row addke-or-none psk ike=aes_gcm256-sha2_512-dh19-ke1_dh31-ke1_none esp=aes_gcm256-dh19-ke1_dh31-ke1_none
row no-pfs psk pfs=no -- pfs=no
row raw raw
row rsa rsa
row ecdsa ecdsa
row udp-encapsulation psk encapsulation=yes -- encapsulation=yes
PROBE=udp row protoport psk leftprotoport=udp/7001 rightprotoport=udp/7000 -- leftprotoport=udp/7000 rightprotoport=udp/7001
interop libreswan
