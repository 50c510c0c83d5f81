# SPDX-License-Identifier: GPL-2.0
# limit: 120
# PF_KEY as a foreign daemon sees it: what is refused changes nothing and is told to the sender alone, the kernel
# stays silent about it, answers show no key, and a dump is complete whatever the reader's buffer is.

# The tables are as they were, the kernel log too.
state()
{
	g1 cat /proc/net/ipsec_eroute /proc/net/ipsec_spi /proc/net/ipsec_tncfg
	g1 ip -o link
}

log_lines()
{
	dmesg | wc -l
}

before=$(state)
lines=$(log_lines)

for what in rights bad answers; do
	g1 pfkey $what || fail "pfkey $what: see the log of this scenario"
	note "$what"
done
g1 pfkey dump 1000 || fail "pfkey dump: see the log of this scenario"
note "dump"

assert_eq "lines in the kernel log" "$lines" "$(log_lines)"
assert_eq "what is left" "$before" "$(state)"
