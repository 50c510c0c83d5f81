# SPDX-License-Identifier: GPL-2.0
# limit: 180
# libreswan as Debian ships it, with its default proposals: a shared secret, raw RSA keys, certificates; either side begins, each
# gives new keys. (`make interop` has many more rows, and strongSwan's.)
. "$LAB/interop.sh"
. "$LAB/interop-libreswan.sh"

our_files
peer_files
row default psk
row raw raw
row rsa rsa
interop libreswan
