# SPDX-License-Identifier: GPL-2.0
# limit: 240
# libreswan as Debian ships it, with its default proposals: a shared secret, raw RSA keys, certificates, and our offer of an additional
# key exchange, of which it knows nothing, or none; either side begins, each gives new keys. (`make interop` has many more rows, and strongSwan's.)
. "$LAB/interop.sh"
. "$LAB/interop-libreswan.sh"

our_files
peer_files
row default psk
row raw raw
row rsa rsa
row addke-or-none psk ike=aes_gcm256-sha2_512-dh19-ke1_dh31-ke1_none esp=aes_gcm256-dh19-ke1_dh31-ke1_none
interop libreswan
