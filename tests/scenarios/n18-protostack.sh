# SPDX-License-Identifier: GPL-2.0
# limit: 90
# long: yes
# N18: protostack= chooses the stack. klips (the default) and auto make a tunnel; what there was once, netkey, xfrm, native, mast, and
# what there never was is refused, in one line with file, line and what is supported, whether nothing runs or a tunnel
# stands, which stays. Kernel SAs of XFRM go on meanwhile: choosing klips takes them from nobody.
. "$LAB/ike.sh"
. "$LAB/manual.sh"

# conf HOST STACK: STACK "": not said.
conf()
{
	klips_conf $1
	if [ -n "$2" ]; then
		sed -i "s/protostack=.*/protostack=$2/" "$TMP/$1.conf"
	else
		sed -i '/protostack=/d' "$TMP/$1.conf"
	fi
}

# refused STACK WORDS: by setup start or restart, and by auto --add: file, line, the value, what is supported.
refused()
{
	local status=0 line command

	conf G1 "$1"
	line=$(grep -n protostack "$TMP/G1.conf" | cut -d: -f1)
	for command in start restart; do
		status=0
		OUTPUT=$(ipsec_in G1 setup --config "$TMP/G1.conf" $command 2>&1) || status=$?
		assert_eq "protostack=$1: exit status of setup $command" 6 $status
		assert_match "protostack=$1" "G1\.conf:$line: .*$1.*$2.*expected klips( or|.*,) auto" "$OUTPUT"
	done
	status=0
	OUTPUT=$(ipsec_in G1 auto --config "$TMP/G1.conf" --add east-west 2>&1) || status=$?
	assert_eq "protostack=$1: exit status of auto --add" 78 $status
	assert_match "protostack=$1" "expected klips( or|.*,) auto" "$OUTPUT"
	refusals=$((refusals + 1))
}

# all_refused WHAT: each, and nothing has changed.
all_refused()
{
	local before

	before=$(state)
	refused netkey "not supported as a backend"
	refused xfrm "not supported as a backend"
	refused native "not supported as a backend"
	refused NETKEY "not supported as a backend"
	refused mast "history"
	refused win2k ""
	refused klipsen ""
	assert_eq "$1: changed by what was refused" "$before" "$(state)"
}

state()
{
	ipsec_in G1 eroute | cut -c 11-
	ipsec_in G1 spi | cut -d' ' -f1
	g1 ip -br link
	g1 ip route
	ipsec_in G1 setup status || true
}

refusals=0
note "nothing runs"
all_refused "nothing runs"

# XFRM beside it: SAs between other networks.
ip -n G1 addr add 10.11.0.1/24 dev lan0
ip -n A addr add 10.11.0.2/24 dev a0
ip -n G2 addr add 10.12.0.1/24 dev lan0
ip -n B addr add 10.12.0.2/24 dev b0
for host in G1 G2; do
	manual_xfrm_sa $host 192.0.2.1 192.0.2.2 0x2001 $MANUAL_KEY_OUT 2
	manual_xfrm_sa $host 192.0.2.2 192.0.2.1 0x2002 $MANUAL_KEY_IN 2
done
manual_xfrm_policies G1 192.0.2.1 192.0.2.2 10.11.0.0/24 10.12.0.0/24 2
manual_xfrm_policies G2 192.0.2.2 192.0.2.1 10.12.0.0/24 10.11.0.0/24 2
wait_for 10 "XFRM's tunnel" on A ping -q -n -c 1 -W 1 -I 10.11.0.2 10.12.0.2

klips_conf G2
pluto_start G2 "$TMP/G2.conf" "$TMP/G2.secrets"
works=0
for stack in klips auto KLIPS ""; do
	note "protostack=${stack:-, not said}"
	conf G1 "$stack"
	pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"
	assert_match "protostack=$stack: ipsec0" '^ipsec0 -> eth0' "$(ipsec_in G1 tncfg)"
	ipsec_in G1 up east-west >"$TMP/up" || fail "protostack=$stack: $(tail -n 3 "$TMP/up")"
	tunnel_works
	ping_ok A 10.12.0.2 2 -I 10.11.0.2
	works=$((works + 1))
	[ -n "$stack" ] || break
	pluto_stop G1
	wait_for 10 "nothing left on G1" nothing_left G1
done
all_refused "a tunnel stands"
tunnel_works
ping_ok A 10.12.0.2 2 -I 10.11.0.2
figure N18/accepted/klips $works of-4
figure N18/refused/klips $refusals of-14
