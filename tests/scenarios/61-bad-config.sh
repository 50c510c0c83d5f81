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
refused "auto=" 2 'ignore, add, route or start' <<'END'
conn east-west
    auto=demand
END
refused "a shunt that there is not" 2 'passthrough, drop or reject' <<'END'
conn east-west
    failureshunt=trap
END
refused "on demand to anybody" 1 'auto=route' <<'END'
conn east-west
    left=192.0.2.1
    right=%any
    authby=secret
    auto=route
END
refused "a tunnel that is never authenticated" 1 'authby=never' <<'END'
conn east-west
    left=192.0.2.1
    right=192.0.2.2
    authby=never
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
printf 'conn other\n    left=h+re\n' >"$TMP/inner.conf"
status=0
echo "include inner.conf" >"$CONF"
OUTPUT=$(ipsec_in G1 setup --config "$CONF" start 2>&1) || status=$?
assert_eq "in an included file: exit status" 6 $status
assert_match "in an included file" 'inner\.conf:2: .*expected' "$OUTPUT"

note "several mistakes, all of them told"
printf 'conn a\n    left=x,\n    right=y,\n    foo=z\n' >"$CONF"
OUTPUT=$(ipsec_in G1 setup --config "$CONF" start 2>&1) && fail "three mistakes are none"
assert_eq "lines" 3 "$(grep -c 'bad\.conf:[234]: ' <<<"$OUTPUT")"

note "command lines of the commands about conns, and of pluto"
# Reads lines "STATUS REGEX | ARGUMENTS": one line on stderr, nothing on stdout.
CHECKER='
while read -r expected regex _ args; do
	status=0
	eval "ipsec $args" >"$TMP/out" 2>"$TMP/err" </dev/null || status=$?
	mapfile -t lines <"$TMP/err"
	if [ $status -ne $expected ] || [ ${#lines[@]} -ne 1 ] || ! [[ ${lines[0]} =~ $regex ]] || [ -s "$TMP/out" ]; then
		echo "ipsec $args: status $status, not $expected, or not one line that matches $regex: ${lines[*]} $(<"$TMP/out")"
		exit 1
	fi
done
'
OUTPUT=$(on G1 env TMP="$TMP" PATH="$PATH" bash -c "$CHECKER" <<'END'
64 operation | auto
64 nosuch | auto --nosuch
64 up | auto --up
64 add | auto --add
64 down.*up|up.*down | auto --up --down x
64 value | auto --config
64 value | auto --ctlbase
64 add.and.replace | auto --config /etc/ipsec.conf --up x
64 status | auto --json --up x
64 asynchronous | auto --asynchronous --down x
64 unexpected | auto --up x y
64 unexpected | auto --ready x
64 expected | auto --route
64 unroute.*route|route.*unroute | auto --route --unroute x
64 unexpected | auto --unroute x y
64 listocsp.*not.built | auto --listocsp
64 expected | auto --listall --listcerts
64 unexpected | auto --listall x
69 running | auto --listall
64 rereadaacerts.*not.built | auto --rereadaacerts
64 utc.*listings | auto --utc --status
64 no.value | auto --up=x
64 expected | up
64 expected | down
64 expected | add
64 expected | delete
64 expected | replace
64 expected | route
64 expected | unroute
69 not.running | route x
64 unexpected | rereadsecrets x
69 not.running | up x
69 not.running | status
69 not.running | rereadsecrets
78 nosuch\.conf | add --config /nosuch.conf x
2 operation | setup
2 nonsense | setup nonsense
2 operation | setup start stop
2 value | setup --config
2 nosuch | setup --nosuch start
6 nosuch\.conf | setup --config /nosuch.conf start
1 expected | pluto --nosuch
1 value | pluto --logfile
1 ipsecN | pluto --interface eth0
1 addresses | pluto --listen here
1 yes.or.no | pluto --hidetos copy
1 yes.or.no | pluto --fragicmp 2
1 number.of.bytes | pluto --overridemtu 67
1 options.only | pluto word
END
) || fail "$OUTPUT"

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
