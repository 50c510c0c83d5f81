# SPDX-License-Identifier: GPL-2.0
# limit: 120
# ipsec.conf with something wrong in it: file, line, what was expected; exit status not 0; nothing is half loaded.
# ipsec.secrets the same.
. "$LAB/ike.sh"

CONF=$TMP/bad.conf

# refused WHAT LINE REGEX: the conf on stdin, by "ipsec setup start" and by "ipsec auto --add".
refused()
{
	local status=0

	cat >"$CONF"
	OUTPUT=$(ipsec_in G1 setup --config "$CONF" start 2>&1) || status=$?
	assert_eq "$1: exit status of setup start" 6 $status
	assert_match "$1: file and line" "bad\.conf:$2: " "$OUTPUT"
	assert_match "$1: what was expected" "$3" "$OUTPUT"
	assert_match "$1: the word expected" 'expected' "$OUTPUT"
	assert_eq "$1: devices" "" "$(g1 ip -o link show type klips)"
	ipsec_in G1 setup status >/dev/null && fail "$1: pluto runs"
	status=0
	ipsec_in G1 auto --config "$CONF" --add east-west >"$TMP/out" 2>&1 || status=$?
	assert_eq "$1: exit status of auto --add" 78 $status
	assert_match "$1: file and line of auto --add" "bad\.conf:$2: " "$(<"$TMP/out")"
}

refused "unknown keyword" 3 'leftsubnet' <<'END'
conn east-west
    left=192.0.2.1
    leftsubnett=10.1.0.0/24
END
refused "unknown keyword of config setup" 2 'protostack' <<'END'
config setup
    protostak=klips
END
refused "bad value" 4 'NET/BITS' <<'END'

conn east-west
    left=192.0.2.1
    leftsubnet=10.1.0.0/33
END
refused "the other stack" 2 'klips or auto' <<'END'
config setup
    protostack=netkey
END
refused "on demand" 2 'ignore, add or start' <<'END'
conn east-west
    auto=route
END
refused "missing section" 1 'conn NAME' <<'END'
    left=192.0.2.1
END
refused "a section that also= wants" 2 'no such conn' <<'END'
conn east-west
    also=common
END
refused "a missing end" 1 'right=' <<'END'
conn east-west
    left=192.0.2.1
    authby=secret
    auto=add
END
refused "twice" 4 'bad\.conf:2' <<'END'
conn east-west
    ikelifetime=1h

    ikelifetime=2h
END
refused "a setting in the first column" 2 'first column' <<'END'
conn east-west
left=192.0.2.1
END
refused "an include that is not there" 1 'cannot read' <<'END'
include /nonexistent.conf
END
printf 'conn other\n    left=here\n' >"$TMP/inner.conf"
status=0
echo "include inner.conf" >"$CONF"
OUTPUT=$(ipsec_in G1 setup --config "$CONF" start 2>&1) || status=$?
assert_eq "in an included file: exit status" 6 $status
assert_match "in an included file" 'inner\.conf:2: .*expected' "$OUTPUT"

note "several mistakes, all of them told"
printf 'conn a\n    left=x\n    right=y\n    foo=z\n' >"$CONF"
OUTPUT=$(ipsec_in G1 setup --config "$CONF" start 2>&1) && fail "three mistakes are none"
assert_eq "lines" 3 "$(grep -c 'bad\.conf:[234]: ' <<<"$OUTPUT")"

note "a mistake does not end what works"
klips_conf G1
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"
echo "    nonsense=1" >>"$TMP/G1.conf"
status=0
OUTPUT=$(ipsec_in G1 setup --config "$TMP/G1.conf" restart 2>&1) || status=$?
assert_eq "restart: exit status" 6 $status
assert_match "status after it" 'east-west' "$(ipsec_in G1 auto --status)"
status=0
ipsec_in G1 auto --config "$TMP/G1.conf" --replace east-west >/dev/null 2>&1 || status=$?
assert_eq "replace: exit status" 78 $status
assert_match "status after replace" 'east-west' "$(ipsec_in G1 auto --status)"

note "ipsec.secrets"
printf '192.0.2.1 192.0.2.2 : PSK "good"\n\n192.0.2.1 : PSK bad\n' >"$TMP/bad.secrets"
on G1 install -m 600 "$TMP/bad.secrets" /etc/ipsec.secrets
OUTPUT=$(ipsec_in G1 rereadsecrets 2>&1) && fail "a malformed secret was taken"
assert_match "secrets: file, line" 'ipsec\.secrets:3: .*expected' "$OUTPUT"
assert_no_match "secrets: shown" 'good' "$OUTPUT"
assert_eq "secrets from before" 1 "$(ipsec_in G1 status --json | jq .secrets)"
ipsec_in G1 setup stop
