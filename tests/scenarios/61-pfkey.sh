# SPDX-License-Identifier: GPL-2.0
# limit: 120
# PF_KEY as a foreign daemon sees it: what is refused changes nothing and is told to the sender alone, the kernel
# stays silent about it, answers show no key, and a dump is complete whatever the reader's buffer is.

state()
{
	g1 cat /proc/net/ipsec_eroute /proc/net/ipsec_spi /proc/net/ipsec_tncfg
	g1 ip -o link
}

# What the module said so far; it said something when it was loaded.
log_lines()
{
	dmesg | grep -iE 'klips|pf_?key'
}

# Findings stand above, in the log of this scenario.
pfkey()
{
	g1 pfkey "$@" || fail "pfkey $*: see the lines with 'not ok'"
	note "pfkey $*"
}

before=$(state)

lines=$(log_lines)
pfkey rights
pfkey bad
pfkey answers
pfkey dump 1000

assert_eq "kernel log" "$lines" "$(log_lines)"
assert_eq "what is left" "$before" "$(state)"
