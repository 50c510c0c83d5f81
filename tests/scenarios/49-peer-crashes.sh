# SPDX-License-Identifier: GPL-2.0
# limit: 90
# The peer's pluto is killed (-9) and started again. It knows nothing of the IKE SA, and proves that with its token (RFC 6290) when
# we say the first word: no half minute of repetitions, and dpdaction=restart brings the tunnel up again. Without the secret of before
# nobody is believed.
. "$LAB/ike.sh"

# crash: of G2's pluto, and a new one.
crash()
{
	local pid

	pid=$(on G2 cat /run/pluto/pluto.pid)
	kill -9 "$pid"
	while kill -0 "$pid" 2>/dev/null; do
		pause 0.01
	done
	[ -z "${1:-}" ] || on G2 rm /var/lib/pluto/qcd.secret
	ipsec_in G2 setup start >/dev/null || fail "ipsec setup start after a kill ended with $?"
	wait_for 20 "pluto on G2" ipsec_in G2 status
}

noticed()
{
	[ "$(grep -c 'has begun anew and proves' "$TMP/pluto.log")" = "$1" ]
}

klips_conf G1 dpddelay=60s dpdaction=restart
sed -i "/config setup/a\    logfile=$TMP/pluto.log" "$TMP/G1.conf"
klips_conf G2
pluto_start G2 "$TMP/G2.conf" "$TMP/G2.secrets"
pluto_start G1 "$TMP/G1.conf" "$TMP/G1.secrets"
assert_eq "the secret's mode" 600 "$(on G2 stat -c %a /var/lib/pluto/qcd.secret)"
ipsec_in G1 up east-west || fail "ipsec up ended with $?"
tunnel_works

crash
before=${EPOCHREALTIME/./}
ipsec_in G1 rekey-child east-west || true
wait_for 10 "the crash is noticed" noticed 1
took=$(((${EPOCHREALTIME/./} - before) / 1000))
figure qcd/noticed $took ms
[ $took -lt $((5000 * ${PATIENCE:-1})) ] || fail "noticed after $took ms: repetitions end after 31 s"
wait_for 10 "the tunnel is up again" eval 'ipsec_in G1 status --json | jq -e ".conns[0].state == \"established\"" >/dev/null'
tunnel_works

note "without the secret"
crash forget
ipsec_in G1 rekey-child east-west || true
pause 4
noticed 1 || fail "another token was believed"
