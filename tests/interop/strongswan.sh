# SPDX-License-Identifier: GPL-2.0
# limit: 900
# `make interop`: strongSwan as Debian ships it.
. "$LAB/interop.sh"
. "$LAB/interop-strongswan.sh"

row default psk
row gcm128 psk ike=aes_gcm128-sha2_256-dh19 esp=aes_gcm128 -- "proposals = aes128gcm16-prfsha256-ecp256" "child:esp_proposals = aes128gcm16"
row cbc psk ike=aes256-sha2_256-dh14 esp=aes256-sha2_256 -- "proposals = aes256-sha256-modp2048" "child:esp_proposals = aes256-sha256"
row cbc-sha512 psk ike=aes128-sha2_512-dh14 esp=aes128-sha2_512 -- "proposals = aes128-sha512-modp2048" "child:esp_proposals = aes128-sha512"
row chacha psk ike=chacha20_poly1305-sha2_512-dh31 esp=chacha20_poly1305 -- \
	"proposals = chacha20poly1305-prfsha512-x25519" "child:esp_proposals = chacha20poly1305"
for group in 14:modp2048 15:modp3072 16:modp4096 17:modp6144 18:modp8192 19:ecp256 20:ecp384 21:ecp521 31:x25519; do
	row dh${group%:*} psk ike=aes256-sha2_512-dh${group%:*} esp=aes_gcm256-dh${group%:*} -- \
		"proposals = aes256-sha512-${group#*:}" "child:esp_proposals = aes256gcm16-${group#*:}"
done
row esn psk esn=yes -- "child:esp_proposals = aes256gcm16-esn"
row no-esn psk esn=no -- "child:esp_proposals = aes256gcm16-noesn"
TEXT="psk; ike= and esp= with -ke1_dh20-ke1_none" row addke-or-none psk ike=aes_gcm256-sha2_256-dh31-ke1_dh20-ke1_none esp=aes_gcm256-dh31-ke1_dh20-ke1_none
row no-pfs psk pfs=no -- "child:esp_proposals = aes256gcm16"
row raw raw
row rsa rsa
row ecdsa ecdsa
row ed25519 ed25519
row udp-encapsulation psk encapsulation=yes -- "encap = yes"
PROBE=udp row protoport psk leftprotoport=udp/7001 rightprotoport=udp/7000 -- \
	"child:local_ts = 10.2.0.0/24[udp/7000]" "child:remote_ts = 10.1.0.0/24[udp/7001]"
interop strongswan
