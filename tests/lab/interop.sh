# SPDX-License-Identifier: GPL-2.0
# klips with another key daemon, row by row: each row is a conn at both ends, and is tried with either side beginning: up,
# traffic both ways, new keys for the Child SA and for the IKE SA by who began, traffic, down, nothing left on either side.
# The peer's own part is in functions of tests/lab/interop-PEER.sh: peer_files (before the first row), peer_conn, peer_start,
# peer_begin, peer_end (a row), peer_up, peer_down, peer_rekey.
. "$LAB/ike.sh"
. "$LAB/wanted.sh"

PKI=$LAB/pki
declare -ga ROW_NAMES
declare -gA ROW_TEXT ROW_PROBE ROW_WHO

# row NAME AUTH [LINE...]: AUTH is psk, raw, rsa, ecdsa, ed25519 or long. Lines are ours; those after "--" the peer's; each
# stands in place of the usual one with its keyword, and one that ends with "=" takes that away.
# PROBE=…: what crosses it, of probes() below. WHO="our peer": who can begin. TEXT=…: what the table says of it.
row()
{
	local name=$1 auth=$2 ours=()

	shift 2
	wanted "$name" || return 0
	if [ -z "${OUR_RAW:-}" ]; then
		our_files
		peer_files
	fi
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		ours+=("$1")
		shift
	done
	ROW_NAMES+=("$name")
	ROW_TEXT[$name]=${TEXT:-$auth${ours:+; ${ours[*]}}}
	ROW_PROBE[$name]=${PROBE:-lan}
	ROW_WHO[$name]=${WHO:-our peer}
	our_conn "$name" "$auth" "${ours[@]}"
	peer_conn "$name" "$auth" "${@:2}"
}

# row_id AUTH NAME: what both ends are called; certificates have names of their own.
row_id()
{
	case $1 in
	psk) echo "$2.example" ;;
	*) echo "$1.example" ;;
	esac
}

our_conn()
{
	local name=$1 auth=$2 id

	shift 2
	id=$(row_id $auth $name)
	case $auth in
	psk) set -- authby=secret "$@" ;;
	raw) set -- "leftrsasigkey=$OUR_RAW" "rightrsasigkey=$(<"$PKI/e-raw.rsasigkey")" "$@" ;;
	*) set -- leftcert=w-$auth.pem "$@" ;;
	esac
	printf '\nconn %s\n' "$name"
	conn_lines left=192.0.2.1 leftsubnet=10.1.0.0/24 right=192.0.2.2 rightsubnet=10.2.0.0/24 auto=ignore \
		"leftid=@w-$id" "rightid=@e-$id" "$@"
} >>"$TMP/G1.conf"

# our_files: before the first row.
our_files()
{
	local kind

	on G1 mkdir -p /etc/ipsec.d/certs /etc/ipsec.d/cacerts /etc/ipsec.d/crls /etc/ipsec.d/private
	on G1 cp "$PKI/ca.pem" "$PKI/long.pem" /etc/ipsec.d/cacerts/
	on G1 cp "$PKI"/w-{rsa,ecdsa,ed25519,long}.pem /etc/ipsec.d/certs/
	on G1 install -m 600 "$PKI"/w-{rsa,ecdsa,ed25519,long}.key /etc/ipsec.d/private/
	printf 'config setup\n    interfaces="ipsec0=eth0"\n    logfile=%s\n' "$TMP/pluto.log" >"$TMP/G1.conf"
	ipsec_in G1 newhostkey --output "$TMP/G1.secrets" --bits 2192 --quiet || fail "newhostkey ended with $?"
	sed -i 's/^: RSA/@w-raw.example : RSA/' "$TMP/G1.secrets"
	OUR_RAW=$(ipsec_in G1 showhostkey --left --file "$TMP/G1.secrets" | sed -n 's/^[[:space:]]*leftrsasigkey=//p')
	for kind in rsa ecdsa ed25519 long; do
		echo ": PKCS8 w-$kind.key"
	done >>"$TMP/G1.secrets"
	printf ': PSK "with spaces in it"\n' >>"$TMP/G1.secrets"
}

# traffic NAME: both ways.
traffic()
{
	local way

	for way in $(probes ${ROW_PROBE[$1]}); do
		probe ${way//,/ } || { echo "no answer: $way"; return 1; }
	done
}

# probes KIND: HOST,ADDRESS,WHAT[,SOURCE] for each of probe.
probes()
{
	case $1 in
	lan) echo A,10.2.0.2,ping B,10.1.0.2,ping ;;
	udp) echo A,10.2.0.2,udp,7001 ;;
	hosts) echo G1,192.0.2.2,ping G2,192.0.2.1,ping ;;
	hosts-six) echo G1,2001:db8::2,ping G2,2001:db8::1,ping ;;
	six) echo A,fd02::2,ping B,fd01::2,ping ;;
	four-in-six) echo A,10.2.6.2,ping B,10.1.0.2,ping,10.2.6.2 ;;
	far) echo A,10.4.0.2,ping B,10.1.0.2,ping,10.4.0.2 ;;
	children) echo A,10.2.0.2,ping B,10.1.0.2,ping A,10.4.0.2,ping B,10.1.0.2,ping,10.4.0.2 ;;
	lease) echo G1,10.2.0.2,ping B,10.9.1.1,ping ;;
	peer-lease) echo A,10.9.0.1,ping G2,10.1.0.2,ping,10.9.0.1 ;;
	esac
}

# probe HOST ADDRESS ping|udp [SOURCE]: an address, or of udp a port; the answer is the other way.
probe()
{
	case $3 in
	ping) on $1 ping -q -n -c 2 -i 0.05 -W 5 ${4:+-I $4} $2 | grep -q ' 0% packet loss' ;;
	udp) udp_send $1 $2 7000 -c 2 -e ${4:+-p $4} | grep -q 'answered 2' ;;
	esac
}

our_spis()
{
	ipsec_in G1 spi | sed 's/ .*//' | sort
}

only_new_spis()
{
	! grep -qxFf <(echo "$1") <(our_spis)
}

both_empty()
{
	nothing_left G1 && no_xfrm_state G2
}

# try STEP COMMAND...: in a row; what a step printed is in the log, the first that fails ends the row.
try()
{
	local step=$1

	shift
	"$@" >"$TMP/step" 2>&1 && return
	echo "--- $step ended with $?"
	tail -n 5 "$TMP/step"
	STEP=$step
	return 1
}

# until_true SECONDS COMMAND...: wait_for without its verdict.
until_true()
{
	local deadline=$((SECONDS + $1 * ${PATIENCE:-1}))

	shift
	until "$@"; do
		[ $SECONDS -lt $deadline ] || return 1
		pause 0.1
	done
}

# one_row NAME our|peer: who begins.
one_row()
{
	local name=$1 who=$2 spis kind

	try up ${who}_up "$name" &&
		try traffic traffic "$name" || return
	for kind in child ike; do
		spis=$(our_spis)
		try "rekey $kind" rekeyed $who $kind "$name" || return
		[ $kind != child ] || try "new SPIs" until_true 10 only_new_spis "$spis" || return
		try "traffic after rekey $kind" traffic "$name" || return
	done
	try down ${who}_down "$name" &&
		try "nothing left" until_true 10 both_empty
}

our_up() { ipsec_in G1 up "$1"; }
our_down() { ipsec_in G1 down "$1"; }

our_rekey() { ipsec_in G1 rekey-$1 "$2"; }

# rekeyed our|peer child|ike NAME: and our log says so.
rekeyed()
{
	local before

	before=$(our_log_count "$3")
	$1_rekey $2 "$3" && until_true 10 our_log_grew "$3" $before
}

# A conn of several subnets has "NAME/1x2".
our_log_count()
{
	grep -cE "\"$1(/[0-9x]+)?\".*rekeyed" "$TMP/pluto.log" || :
}

our_log_grew()
{
	[ "$(our_log_count "$1")" -gt $2 ]
}

# clean: what a row that failed left.
clean()
{
	ipsec_in G1 down "$1" || true
	peer_down "$1" || true
	until_true 10 both_empty || true
}

# begin NAME: of our conns only that of the row is there. They are of the same two hosts, and until it is known who the peer
# is a request is answered by the proposals of any of them.
begin()
{
	ipsec_in G1 auto --add "$1" && peer_begin "$1"
}

# interop PEER: all rows, each both ways; lines "interop PEER|ROW|WHAT|WE BEGIN|IT BEGINS" in the log and in /lab/interop.
interop()
{
	local peer=$1 name who result bad=

	[ ${#ROW_NAMES[@]} -gt 0 ] || { note "ROWS=\"$ROWS\": none here"; return 0; }
	pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"
	peer_start
	udp_echo B 7000
	for name in "${ROW_NAMES[@]}"; do
		result=
		if ! try load begin "$name"; then
			bad+=" $name(load)"
			result="|load|load"
		fi
		for who in our peer; do
			[ "$result" != "|load|load" ] || break
			[[ " ${ROW_WHO[$name]} " == *" $who "* ]] || { result+="|-"; continue; }
			STEP=
			note "$peer, $name, $who"
			if one_row "$name" $who; then
				result+="|yes"
			else
				result+="|$STEP"
				bad+=" $name($who: $STEP)"
				clean "$name" >/dev/null 2>&1
			fi
		done
		peer_end "$name" || true
		ipsec_in G1 auto --delete "$name" || true
		echo "interop $peer|$name|${ROW_TEXT[$name]}$result" | tee -a /lab/interop
	done
	[ -z "$bad" ] || fail "$peer:$bad"
}
