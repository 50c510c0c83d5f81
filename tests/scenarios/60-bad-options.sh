# SPDX-License-Identifier: GPL-2.0
# limit: 180
# For every option of every tool, the wrong and the missing value: one line on stderr that names it,
# exit status not 0, nothing on stdout, nothing changed. --help and --version: exit status 0.

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

# Runs on the host, so that nothing but ipsec is started for a case: there are hundreds. Reads lines
# "REGEX | ARGUMENTS" (split at blanks, '' is an empty one); says what is wrong with the first bad one and ends.
CHECKER='
shopt -s extglob
set -f
die()
{
	echo "ipsec ${words[*]}: $*"
	exit 1
}
while IFS="|" read -r regex args; do
	regex=${regex%%+([[:blank:]])}
	words=() lines=() status=0
	for word in $args; do
		[ "$word" != "'\'\''" ] || word=
		words+=("$word")
	done
	ipsec "${words[@]}" >"$TMP/out" 2>"$TMP/err" </dev/null || status=$?
	mapfile -t lines <"$TMP/err"
	[ $status -eq 1 ] || die "exit status $status, expected 1"
	[ ${#lines[@]} -eq 1 ] || die "${#lines[@]} lines on stderr: ${lines[*]}"
	[[ ${lines[0]} =~ ^"ipsec ${words[0]}: ".*$regex ]] || die "expected a match of /$regex/, got ${lines[0]}"
	[[ ${lines[0]} != *0001020304* ]] || die "shows the key: ${lines[0]}"
	[ ! -s "$TMP/out" ] || die "printed on stdout: $(<"$TMP/out")"
done
'

# table: wrong command lines on stdin, as CHECKER has them; afterwards nothing may have changed.
table()
{
	local reason lines

	mapfile -t lines
	cases=$((cases + ${#lines[@]}))
	reason=$(printf '%s\n' "${lines[@]}" | on G1 env TMP="$TMP" bash -c "$CHECKER") || fail "$reason"
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
ipsec_in G1 eroute --add $FLOW --said $SAID
before=$(state)

for tool in eroute spi tncfg why look pf_key; do
	good "$tool" --help
	[ -s "$TMP/out" ] || fail "ipsec $tool --help: says nothing"
	good "$tool" --version
	assert_match "ipsec $tool --version" "^ipsec $tool " "$(<"$TMP/out")"
	table <<-END
		option '--optionsfrom' needs	| $tool --optionsfrom
		--optionsfrom '/nonexistent'	| $tool --optionsfrom /nonexistent
		option '--label' needs		| $tool --label
		'--help' takes no value		| $tool --help=x
		'--version' takes no value	| $tool --version=x
		'--debug' takes no value	| $tool --debug=x
		unknown .*'--nonsense'		| $tool --nonsense
		unknown .*'-x'			| $tool -x
	END
done

table <<-END
	one of --add			| eroute --src 10.1.0.0/24
	unexpected argument 'word'	| eroute word
	unexpected argument 'word'	| eroute --clear word
	--json				| eroute --json --src 10.1.0.0/24
	only one of --add		| eroute --add --del $FLOW
	only one of --add		| eroute --json --clear
	'--add' takes no value		| eroute --add=1
	'--json' takes no value		| eroute --json=1
	'--src' was given twice		| eroute --add --src 1.2.3.4 --src 1.2.3.4
	'--eraf' needs			| eroute --eraf
	'--src' needs			| eroute --src
	'--dst' needs			| eroute --dst
	'--said' needs			| eroute --said
	'--af' needs			| eroute --af
	'--edst' needs			| eroute --edst
	'--spi' needs			| eroute --spi
	'--proto' needs			| eroute --proto
	'--transport-proto' needs	| eroute --transport-proto
	'--src-port' needs		| eroute --src-port
	'--dst-port' needs		| eroute --dst-port
	'--device' needs		| eroute --device
	'--src' is missing		| eroute --add
	'--dst' is missing		| eroute --add --src 10.9.0.0/24
	'--said' is missing		| eroute --add --src 10.9.0.0/24 --dst 10.8.0.0/24
	'--src' is missing		| eroute --del
	'--dst' is missing		| eroute --del --src 10.1.0.0/24
	'--said' is missing		| eroute --addin $FLOW
	'--said' is missing		| eroute --delin $FLOW
	--eraf 'inet5'			| eroute --add --eraf inet5 $FLOW --said %pass
	--eraf ''			| eroute --add --eraf '' $FLOW --said %pass
	--src '10.1.0.0/24'.*IPv6	| eroute --add --eraf inet6 $FLOW --said %pass
	--src ''			| eroute --add --src '' --dst 10.2.0.0/24 --said %pass
	--src 'host'			| eroute --add --src host --dst 10.2.0.0/24 --said %pass
	--src '10.1.0.0/33'.*0 to 32	| eroute --replace --src 10.1.0.0/33 --dst 10.2.0.0/24 --said %pass
	--dst '10.2.0.0/x'		| eroute --replace --src 10.1.0.0/24 --dst 10.2.0.0/x --said %pass
	--dst '10.2.0/24'		| eroute --del --src 10.1.0.0/24 --dst 10.2.0/24
	--dst '::/0'.*family		| eroute --add --src 10.1.0.0/24 --dst ::/0 --said %pass
	--said 'x'			| eroute --replace $FLOW --said x
	--said '%past'			| eroute --replace $FLOW --said %past
	--said 'esp0x1234'		| eroute --replace $FLOW --said esp0x1234
	--said 'esp0xff@1.2.3.4'.*0x100	| eroute --replace $FLOW --said esp0xff@1.2.3.4
	--said '%passthrough'		| eroute --replace $FLOW --said %passthrough
	int SPIs			| eroute --replace $FLOW --said int262@0.0.0.0
	--said .* one or the other	| eroute --replace $FLOW --said $SAID --spi 0x1234
	--af 'ipv4'			| eroute --replace $FLOW --af ipv4 --edst 1.2.3.4 --spi 0x1234 --proto esp
	'--edst' is missing		| eroute --replace $FLOW --spi 0x1234 --proto esp
	--edst '1.2.3'			| eroute --replace $FLOW --edst 1.2.3 --spi 0x1234 --proto esp
	--edst '::1'			| eroute --replace $FLOW --af inet --edst ::1 --spi 0x1234 --proto esp
	'--spi' is missing		| eroute --replace $FLOW --edst 1.2.3.4 --proto esp
	--spi 'x'			| eroute --replace $FLOW --edst 1.2.3.4 --spi x --proto esp
	--spi '0x100000000'		| eroute --replace $FLOW --edst 1.2.3.4 --spi 0x100000000 --proto esp
	--spi '255'.*0x100		| eroute --replace $FLOW --edst 1.2.3.4 --spi 255 --proto esp
	'--proto' is missing		| eroute --replace $FLOW --edst 1.2.3.4 --spi 0x1234
	--proto 'udp'			| eroute --replace $FLOW --edst 1.2.3.4 --spi 0x1234 --proto udp
	--transport-proto '256'		| eroute --replace $FLOW --said %pass --transport-proto 256
	--transport-proto 'nosuch'	| eroute --replace $FLOW --said %pass --transport-proto nosuch
	--src-port '80'.*transport	| eroute --replace $FLOW --said %pass --src-port 80
	--dst-port '80'.*transport	| eroute --replace $FLOW --said %pass --dst-port 80 --transport-proto esp
	--src-port '65536'		| eroute --replace $FLOW --said %pass --src-port 65536 --transport-proto tcp
	--dst-port '-1'			| eroute --replace $FLOW --said %pass --dst-port -1 --transport-proto tcp
	--dst-port 'nosuch'		| eroute --replace $FLOW --said %pass --dst-port nosuch --transport-proto udp
	--device ''			| eroute --replace $FLOW --said %pass --device ''
	--device 'sixteencharacter'	| eroute --replace $FLOW --said %pass --device sixteencharacter
	10.1.0.0/24 .*no such ipsec	| eroute --replace $FLOW --said %pass --device ipsec99
	no such ipsec			| eroute --clear --device ipsec99
	--clear				| eroute --clear --src 10.1.0.0/24
	not about %pass			| eroute --addin $FLOW --said %pass
	--device 'ipsec0'		| eroute --addin $FLOW --said $SAID --device ipsec0
	already in use			| eroute --add $FLOW --said $SAID
	already in use			| eroute --add $FLOW --said %drop
	no such eroute			| eroute --del --src 10.1.0.0/25 --dst 10.2.0.0/24
	no such eroute			| eroute --del $FLOW --transport-proto udp
	no such SA			| eroute --addin $FLOW --said esp0x9999@192.0.2.1
	no such SA			| eroute --delin $FLOW --said esp0x9999@192.0.2.1
	cannot do that			| eroute --replace $FLOW --said %trap
END

table <<-END
	unexpected argument 'word'	| spi word
	'--said' is missing		| spi --src 192.0.2.1
	--json				| spi --json --src 192.0.2.1
	only one of --add		| spi --add --del $SA
	'--del' takes no value		| spi --del=1
	'--src' was given twice		| spi --src 192.0.2.1 --src 192.0.2.1
	'--replay_window' was given	| spi --replay_window 1 --replay-window 1
	'--said' needs			| spi --said
	'--af' needs			| spi --af
	'--edst' needs			| spi --edst
	'--spi' needs			| spi --spi
	'--proto' needs			| spi --proto
	'--src' needs			| spi --src
	'--esp' needs			| spi --esp
	'--enckey' needs		| spi --enckey
	'--authkey' needs		| spi --authkey
	'--mode' needs			| spi --mode
	'--replay_window' needs		| spi --replay_window
	'--life' needs			| spi --life
	'--reqid' needs			| spi --reqid
	'--device' needs		| spi --device
	'--ah'.*not supported		| spi --ah hmac-sha1-96
	'--comp'.*not supported		| spi --comp deflate
	'--ip4'				| spi --ip4
	'--ip6'				| spi --ip6
	'--dst'				| spi --dst 192.0.2.2
	'--natt'.*not supported		| spi --natt nonesp
	'--sport'.*not supported	| spi --sport 4500
	'--dport'.*not supported	| spi --dport 4500
	'--iv'.*obsolete		| spi --iv 0x1234567812345678
	'--outif'.*not supported	| spi --outif ipsec0
	'--saref'.*not supported	| spi --saref
	'--sarefme'.*not supported	| spi --sarefme 1
	'--sarefhim'.*not supported	| spi --sarefhim 1
	'--dumpsaref'.*not supported	| spi --dumpsaref
	'--listenreply'.*not supported	| spi --listenreply
	--said 'x'			| spi --said x --src 192.0.2.1 --esp aes_gcm128 --enckey $KEY
	--said 'esp0x12@192.0.2.2'	| spi --said esp0x12@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey $KEY
	must be an esp one		| spi --said ah0x1235@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey $KEY
	must be an esp one		| spi --said %pass --src 192.0.2.1 --esp aes_gcm128 --enckey $KEY
	'--src' is missing		| spi --said esp0x1235@192.0.2.2 --esp aes_gcm128 --enckey $KEY
	'--esp' is missing		| spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --enckey $KEY
	'--enckey' is missing.*160	| spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128
	'--authkey' is missing.*256	| spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp aes128-sha2_256 --enckey 0x00010203040506070809000102030405
	--src 'x'			| spi --said esp0x1235@192.0.2.2 --src x --esp aes_gcm128 --enckey $KEY
	--src '::1'			| spi --said esp0x1235@192.0.2.2 --src ::1 --esp aes_gcm128 --enckey $KEY
	--esp '3des'.*aes_gcm128	| spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp 3des --enckey $KEY
	--esp '3des-md5-96'		| spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp 3des-md5-96 --enckey $KEY
	--esp ''			| spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp '' --enckey $KEY
	--enckey.*too short		| spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey ''
	--enckey.*format prefix		| spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey 00010203040506070809
	--enckey.*format prefix		| spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey 0y00010203040506070809
	--enckey.*152 bits.*160		| spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey 0x000102030405060708090a0b0c0d0e0f101112
	--enckey.*mid-byte		| spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey ${KEY}4
	--enckey.*160 bits.*288		| spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp aes_gcm256 --enckey $KEY
	--authkey.*no such key		| spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey $KEY --authkey $KEY
	--authkey.*160 bits.*256	| spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp aes128-sha2_256 --enckey 0x00010203040506070809000102030405 --authkey $KEY
	--mode 'beet'			| spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey $KEY --mode beet
	not support this mode		| spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey $KEY --mode transport
	--replay_window '65'		| spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey $KEY --replay_window 65
	--replay_window '-1'		| spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey $KEY --replay_window -1
	--life ''			| spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey $KEY --life ''
	--life 'bytes=1'		| spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey $KEY --life bytes=1
	--life 'soft-bytes'		| spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey $KEY --life soft-bytes
	--life 'soft-words=1'		| spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey $KEY --life soft-words=1
	--life 'soft-bytes=x'		| spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey $KEY --life soft-bytes=x
	--life .*twice			| spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey $KEY --life soft-bytes=1,soft-bytes=2
	--life 'soft-bytes=1,'		| spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey $KEY --life soft-bytes=1,
	--reqid 'x'			| spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey $KEY --reqid x
	--reqid '4294967296'		| spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey $KEY --reqid 4294967296
	--device ''			| spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey $KEY --device ''
	no such ipsec			| spi --said esp0x1235@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey $KEY --device ipsec99
	already in use			| spi $SA
	no such SA			| spi --del --said esp0x9999@192.0.2.2
	no such SA			| spi --del --said $SAID --src 192.0.2.77
	'--said' is missing		| spi --del
	'--enckey' has no meaning	| spi --del --said $SAID --enckey $KEY
	--clear				| spi --clear --said $SAID
	'--life' has no meaning		| spi --clear --life soft-bytes=1
	unknown .*'--enckeyy'		| spi --enckeyy=$KEY
END

table <<-END
	one of --attach			| tncfg --virtual ipsec1
	unexpected argument 'word'	| tncfg word
	--json				| tncfg --json --virtual ipsec1
	only one of --attach		| tncfg --attach --detach
	virtual .*missing		| tncfg --attach
	virtual .*missing		| tncfg --attach --physical eth0
	physical .*missing		| tncfg --attach --virtual ipsec1
	virtual .*missing		| tncfg --detach
	'--virtual' needs		| tncfg --attach --virtual
	'--physical' needs		| tncfg --attach --physical
	'--create' needs		| tncfg --create
	'--delete' needs		| tncfg --delete
	'--attach' takes no value	| tncfg --attach=x
	'--clear' takes no value	| tncfg --clear=x
	--virtual ''			| tncfg --attach --virtual '' --physical eth0
	--virtual 'sixteencharacter'	| tncfg --attach --virtual sixteencharacter --physical eth0
	--virtual 'a/b'			| tncfg --attach --virtual a/b --physical eth0
	--physical ''			| tncfg --attach --virtual ipsec1 --physical ''
	--physical 'eth99'		| tncfg --attach --virtual ipsec1 --physical eth99
	--physical 'ipsec0'		| tncfg --attach --virtual ipsec1 --physical ipsec0
	--virtual 'lan0'.*not an ipsec	| tncfg --attach --virtual lan0 --physical eth0
	already attached to eth0	| tncfg --attach --virtual ipsec0 --physical lan0
	--physical			| tncfg --detach --virtual ipsec0 --physical eth0
	--virtual 'ipsec1'		| tncfg --detach --virtual ipsec1
	--virtual 'lo'.*not an ipsec	| tncfg --detach --virtual lo
	--create 'ipsec0'.*exists	| tncfg --create ipsec0
	--create '..'			| tncfg --create ..
	--delete 'ipsec1'		| tncfg --delete ipsec1
	--delete 'eth0'.*not an ipsec	| tncfg --delete eth0
	without --virtual		| tncfg --create ipsec1 --virtual ipsec1
	--clear				| tncfg --clear --virtual ipsec0
END

table <<-END
	expected SRC DST		| why
	expected SRC DST		| why 10.1.0.2
	expected SRC DST		| why 10.1.0.2 10.2.0.2 udp 53
	expected SRC DST		| why 10.1.0.2 10.2.0.2 udp 53 53 53
	SRC 'x'				| why x 10.2.0.2
	SRC '10.1.0.2/32'		| why 10.1.0.2/32 10.2.0.2
	DST ''				| why 10.1.0.2 ''
	DST '::1'			| why 10.1.0.2 ::1
	PROTO 'nosuch'			| why 10.1.0.2 10.2.0.2 nosuch
	PROTO 'esp'			| why 10.1.0.2 10.2.0.2 esp 1 2
	SPORT '65536'			| why 10.1.0.2 10.2.0.2 udp 65536 1
	DPORT 'nosuch'			| why 10.1.0.2 10.2.0.2 udp 1 nosuch
	'--device' needs		| why 10.1.0.2 10.2.0.2 --device
	--device ''			| why --device '' 10.1.0.2 10.2.0.2
	--device 'ipsec99'.*no such	| why --device ipsec99 10.1.0.2 10.2.0.2
	'--json' takes no value		| why --json=x 10.1.0.2 10.2.0.2
	'--stdin' takes no value	| why --stdin=x
	unexpected argument '10.1.0.2'	| why --stdin 10.1.0.2 10.2.0.2
END

table <<-END
	unexpected argument 'word'	| look word
END

table <<-END
	unexpected argument 'word'	| pf_key word
	'--count' needs			| pf_key --count
	--count '0'			| pf_key --count 0
	--count 'x'			| pf_key --count x
	'--daemon' needs		| pf_key --daemon
	--daemon '/nonexistent/pid'	| pf_key --daemon /nonexistent/pid
	'--esp' takes no value		| pf_key --esp=x
	--ah				| pf_key --ah
	--ipcomp			| pf_key --ipcomp
END

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

# Options from a file, with quotes and comments, and its own mistakes.
printf '%s\n' '# an SA' "--said 'esp0x1236@192.0.2.2' --src 192.0.2.1" '--esp "aes_gcm128"' "--enckey $KEY # the key" >"$TMP/options"
good spi --optionsfrom "$TMP/options"
assert_match "SA from a file" '^esp0x1236@192.0.2.2 ' "$(ipsec_in G1 spi)"
good spi --del --said esp0x1236@192.0.2.2
echo "--said 'esp0x1236" >"$TMP/options"
table <<<"quote is not closed | spi --optionsfrom $TMP/options"
echo "--optionsfrom $TMP/options" >"$TMP/options"
table <<<"deep | spi --optionsfrom $TMP/options"
head -c 70000 /dev/zero | tr '\0' x >"$TMP/options"
table <<<"longer than | spi --optionsfrom $TMP/options"
note "$cases wrong command lines"
