# SPDX-License-Identifier: GPL-2.0
# limit: 120
# Where PF_KEY of others has gone wrong (tests/BUG-CLASSES.md): bytes that nobody has set, what ADD said and GET does not,
# sockets that are closed while others are at work on them. And who may have one: users, roots of user namespaces.
# SOAK=1: ten times as many rounds.
. "$LAB/manual.sh"

ROUNDS=${SOAK:+3000}
ROUNDS=${ROUNDS:-300}

keyclass()
{
	g1 keyclass "$@" || fail "keyclass $*: see the lines with 'not ok'"
	note "keyclass $*"
}

with_ciphers keyclass zeros
keyclass same
keyclass races $ROUNDS
wait_for 10 "no socket holds the module" equals 0 cat /sys/module/klips/refcnt

# rights COMMAND...: with it in front, PF_KEY, generic netlink, making and removing an ipsec device: each y or n.
rights()
{
	on G1 "$@" sh -c '
		say() { if "$@" >/dev/null 2>&1; then printf y; else printf n; fi; }
		say ipsec eroute --clear
		say ipsec drops
		say ip link add ipsec7 type klips
		say ip link del ipsec7'
}

nobody="setpriv --reuid 65534 --regid 65534 --clear-groups"
assert_eq "root" yyyy "$(rights env)"
assert_eq "root without CAP_NET_ADMIN" nnnn "$(rights setpriv --bounding-set=-net_admin --inh-caps=-net_admin)"
assert_eq "a user with CAP_NET_ADMIN alone" yyyy \
	"$(rights $nobody --inh-caps=-all,+net_admin --ambient-caps=-all,+net_admin)"
assert_eq "a user" nnnn "$(rights $nobody --inh-caps=-all)"
assert_eq "root of a user namespace, in this network" nnnn "$(rights unshare -Ur)"
# In a network of his own there is nothing to be read, and he makes nothing: see the parameter unprivileged_userns.
assert_eq "a user, root of a user namespace with a network of its own" nynn "$(rights $nobody unshare -Urn)"
parameter=/sys/module/klips/parameters/unprivileged_userns
echo Y >$parameter
assert_eq "the same, with unprivileged_userns" yyyy "$(rights $nobody unshare -Urn)"
assert_eq "root of a user namespace, in this network, with unprivileged_userns" nnnn "$(rights unshare -Ur)"
echo N >$parameter
