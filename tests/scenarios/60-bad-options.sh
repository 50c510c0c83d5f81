# SPDX-License-Identifier: GPL-2.0
# Command lines that only the kernel can refuse: one line on stderr that names what is wrong, exit status not 0,
# nothing on stdout, nothing changed. All that the tools refuse by themselves, every option of every tool with
# the wrong and the missing value, is in tests/unit/test_bad_options.c.

SAID=esp0x1234@192.0.2.2
KEY=0x000102030405060708090a0b0c0d0e0f10111213
SA="--said $SAID --src 192.0.2.1 --esp aes_gcm128 --enckey $KEY"
FLOW="--src 10.1.0.0/24 --dst 10.2.0.0/24"

# All that a tool could have changed.
state()
{
	ipsec_in G1 eroute
	ipsec_in G1 spi | sed 's/ life(c,s,h)=[^ ]*//'
	ipsec_in G1 tncfg
	on G1 ip -o link
}

# Runs on the host, by a small shell and without any process but ipsec. Reads lines
# "PATTERN | ARGUMENTS" (arguments split at blanks, '' is an empty one); the line on stderr must begin with the
# tool's name and go on with something like *PATTERN*. Says what is wrong with the first bad one and ends.
cat >"$TMP/checker" <<'END'
set -f
die()
{
	echo "$*"
	exit 1
}
while IFS='|' read -r pattern args; do
	pattern=${pattern%"${pattern##*[![:blank:]]}"}
	set --
	for word in $args; do
		[ "$word" != "''" ] || word=
		set -- "$@" "$word"
	done
	status=0 more=
	ipsec "$@" >"$TMP/out" 2>"$TMP/err" </dev/null || status=$?
	{ read -r line || line=; read -r more || true; } <"$TMP/err"
	[ $status -eq 1 ] || die "ipsec $*: exit status $status, expected 1"
	[ -z "$more" ] || die "ipsec $*: more than one line on stderr: $line / $more"
	case $line in
	*0001020304*) die "ipsec $*: shows the key: $line" ;;
	"ipsec $1: "*$pattern*) ;;
	*) die "ipsec $*: expected a message like *$pattern*, got '$line'" ;;
	esac
	[ ! -s "$TMP/out" ] || die "ipsec $*: printed on stdout"
done
END

# table: wrong command lines on stdin, as $TMP/checker has them; afterwards nothing may have changed.
table()
{
	local reason lines

	mapfile -t lines
	cases=$((cases + ${#lines[@]}))
	reason=$(printf '%s\n' "${lines[@]}" | on G1 env TMP="$TMP" sh "$TMP/checker") || fail "$reason"
	assert_eq "state after ${lines[0]} and more" "$before" "$(state)"
}

# good TOOL ARGUMENT...
good()
{
	on G1 ipsec "$@" >"$TMP/out" 2>"$TMP/err" || fail "ipsec $*: exit status $?"
	[ ! -s "$TMP/err" ] || fail "ipsec $*: printed '$(<"$TMP/err")' on stderr"
}

cases=0
ipsec_in G1 tncfg --attach --virtual ipsec0 --physical eth0
ipsec_in G1 spi $SA
ipsec_in G1 spi --said esp0x1237@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey $KEY
# An SA that is found by its addresses cannot move, and one in transport mode cannot go into UDP.
ipsec_in G1 spi --said tun0x1238@192.0.2.2 --src 192.0.2.1 --ip4
ipsec_in G1 spi --said esp0x1239@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey $KEY --mode transport
ipsec_in G1 eroute --add $FLOW --said $SAID
before=$(state)

table <<-END
	10.1.0.0/24 *no such ipsec	| eroute --replace $FLOW --said %pass --device ipsec99
	no such ipsec			| eroute --clear --device ipsec99
	already in use			| eroute --add $FLOW --said $SAID
	already in use			| eroute --add $FLOW --said %drop
	already in use			| eroute --add $FLOW --said %trap
	already in use			| eroute --add $FLOW --said %hold
	no such ipsec			| eroute --add --src 10.3.0.0/24 --dst 10.2.0.0/24 --said %trapsubnet --device ipsec99
	not about %pass			| eroute --addin $FLOW --said %trap
	no such eroute			| eroute --del --src 10.1.0.0/25 --dst 10.2.0.0/24
	no such eroute			| eroute --del $FLOW --transport-proto udp
	no such SA			| eroute --addin $FLOW --said esp0x9999@192.0.2.1
	no such SA			| eroute --delin $FLOW --said esp0x9999@192.0.2.1
	no such SA			| spi --update --said esp0x9999@192.0.2.2 --src 192.0.2.1
	only limits			| spi --update --said tun0x1238@192.0.2.2 --src 192.0.2.77
	only limits			| spi --update --said esp0x1239@192.0.2.2 --src 192.0.2.1 --natt nonesp --sport 4500 --dport 4500
	esp0x9999@192.0.2.2: there is no such SA | spigrp --said esp0x9999@192.0.2.2
	esp0x9999@192.0.2.2: there is no such SA | spigrp --said $SAID esp0x9999@192.0.2.2
	$SAID is in no group		| spigrp --said $SAID
	cannot work in this order	| spigrp inet 192.0.2.2 0x1234 esp inet 192.0.2.2 0x1237 esp
	no such ipsec			| spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey $KEY --device ipsec99
	already in use			| spi $SA
	no such SA			| spi --del --said esp0x9999@192.0.2.2
	no such SA			| spi --del --said $SAID --src 192.0.2.77
	--physical 'eth99'		| tncfg --attach --virtual ipsec1 --physical eth99
	--physical 'ipsec0'		| tncfg --attach --virtual ipsec1 --physical ipsec0
	--virtual 'lan0'*not an ipsec	| tncfg --attach --virtual lan0 --physical eth0
	already attached to eth0	| tncfg --attach --virtual ipsec0 --physical lan0
	--virtual 'ipsec1'		| tncfg --detach --virtual ipsec1
	--virtual 'lo'*not an ipsec	| tncfg --detach --virtual lo
	--create 'ipsec0'*exists	| tncfg --create ipsec0
	--delete 'ipsec1'		| tncfg --delete ipsec1
	--delete 'eth0'*not an ipsec	| tncfg --delete eth0
	--device 'ipsec99'*no such	| why --device ipsec99 10.1.0.2 10.2.0.2
END

for tool in eroute spi spigrp tncfg why look pf_key; do
	good "$tool" --help
	[ -s "$TMP/out" ] || fail "ipsec $tool --help: says nothing"
	good "$tool" --version
	assert_match "ipsec $tool --version" "^ipsec $tool " "$(<"$TMP/out")"
done

bad_command()
{
	local status=0

	on G1 ipsec "$@" >"$TMP/out" 2>"$TMP/err" || status=$?
	assert_eq "ipsec $*: exit status" 1 $status
	assert_match "ipsec $*" "^ipsec: .*'$1'" "$(<"$TMP/err")"
}
bad_command nosuch
bad_command --nosuch
good --help
good --version
assert_match "ipsec --version" '^Linux klips U.*/K.* \(klips\)$' "$(<"$TMP/out")"

# Options from a file, with quotes and comments.
printf '%s\n' '# an SA' "--said 'esp0x1236@192.0.2.2' --src 192.0.2.1" '--esp "aes_gcm128"' "--enckey $KEY # the key" >"$TMP/options"
good spi --optionsfrom "$TMP/options"
assert_match "SA from a file" '^esp0x1236@192.0.2.2 ' "$(ipsec_in G1 spi)"
good spi --del --said esp0x1236@192.0.2.2
assert_eq "the state at the end" "$before" "$(state)"
note "$cases wrong command lines"
