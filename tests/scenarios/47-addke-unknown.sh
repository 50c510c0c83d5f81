# SPDX-License-Identifier: GPL-2.0
# limit: 120
# late: yes
# strongSwan 5.9, which knows nothing of additional key exchanges (RFC 9370), with its default proposals: it takes the second proposal,
# which has none, for both SAs; either side begins, each gives new keys. (libreswan: 42b-libreswan.)
. "$LAB/interop.sh"
. "$LAB/interop-strongswan.sh"

our_files
peer_files
row addke-or-none psk ike=aes_gcm256-sha2_256-dh31-ke1_dh20-ke1_none esp=aes_gcm256-dh31-ke1_dh20-ke1_none
interop strongswan
