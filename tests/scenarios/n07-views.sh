# SPDX-License-Identifier: GPL-2.0
# limit: 120
# long: yes
# N7: "ipsec eroute", "spi" and "look" show all there is, with what each entry has done, as text and as JSON, also of 10,000
# entries each, and keep nobody waiting: neither packets, nor who changes the tables, nor another reader. XFRM lists its
# policies, too, but counts no packet of any, and "ip xfrm" has no JSON. SOAK=1: 100,000 entries.
. "$LAB/manual.sh"

N=${SOAK:+100000}
N=${N:-10000}
PINGS=5

# milliseconds COMMAND...: how long it takes; its output is in $TMP/listing.
milliseconds()
{
	local start=${EPOCHREALTIME/./}

	"$@" >"$TMP/listing" || fail "$*: exit status $?"
	echo $(((${EPOCHREALTIME/./} - start) / 1000))
}

# listed REGEX [FILE]: how many lines of the last listing look so.
listed()
{
	grep -cE -- "$1" "$TMP/${2:-listing}" || true
}

# json COMMAND JQ-PATH...: what "ipsec COMMAND --json" says at each of them, in one line.
json()
{
	local command=$1 path filter=

	shift
	for path; do
		filter+="${filter:+, }($path)"
	done
	ipsec_in G1 $command --json | jq -r "[$filter] | join(\" \")"
}

# churn: an eroute and an SA come and go, until told to stop; says how often.
churn()
{
	local rounds=0

	cat >"$TMP/churn" <<-END
		eroute --add --src 10.9.0.0/24 --dst 10.9.0.0/24 --said %drop
		eroute --replace --src 10.9.0.0/24 --dst 10.9.0.0/24 --said %pass
		spi --said esp0x9999@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey $MANUAL_KEY_OUT
		spi --del --said esp0x9999@192.0.2.2
		eroute --del --src 10.9.0.0/24 --dst 10.9.0.0/24
	END
	until [ -e "$TMP/enough" ]; do
		ipsec_in G1 --batch "$TMP/churn" || return
		rounds=$((rounds + 1))
	done
	echo $rounds
}

note "few entries: each column"
manual_klips
manual_peer
ipsec_in G1 eroute --add --src 10.1.0.0/24 --dst 10.3.0.0/24 --said %drop --transport-proto udp --dst-port 53
ip -n G1 route add 10.3.0.0/24 dev ipsec0
wait_for 10 "the tunnel" on A ping -n -c 1 -W 1 10.2.0.2
before=$(eroute_packets 10.2.0.0/24)
ping_ok A 10.2.0.2 $PINGS -s 56
udp_send A 10.3.0.2 53 -c 3 >/dev/null
counts "packets that met the drop" 3 eroute_packets 10.3.0.0/24
counted=$(($(eroute_packets 10.2.0.0/24) - before))
assert_eq "packets that met the eroute" $PINGS $counted
total=$((before + PINGS))
assert_eq "eroute" "$total 10.1.0.0/24 -> 10.2.0.0/24 => esp0x1001@192.0.2.2|3 10.1.0.0/24 -> 10.3.0.0/24:53 => %drop:17|" \
	"$(ipsec_in G1 eroute | sed 's/  */ /g' | tr '\n' '|')"
assert_eq "/proc/net/ipsec_eroute" "$(ipsec_in G1 eroute | sort)" "$(on G1 sort /proc/net/ipsec_eroute)"
assert_eq "eroute --json" "$total $((total * 84)) sa 3 drop 17 53" \
	"$(json eroute '.eroutes[0].packets' '.eroutes[0].bytes' '.eroutes[0].target' '.eroutes[1].packets' '.eroutes[1].target' \
	'.eroutes[1].proto' '.eroutes[1].dport')"
ipsec_in G1 spi >"$TMP/listing"
assert_match "spi" "^esp0x1001@192.0.2.2 ESP_AES_GCM: dir=out +src=192.0.2.1 .*life\(c,s,h\)=.*bytes\($((total * 84)),.*packets\($total," "$(<"$TMP/listing")"
assert_match "spi" "^esp0x1002@192.0.2.1 ESP_AES_GCM: dir=in +src=192.0.2.2 .*policy=10.2.0.0/24->10.1.0.0/24" "$(<"$TMP/listing")"
assert_no_match "spi shows a key" "${MANUAL_KEY_OUT#0x}|${MANUAL_KEY_IN#0x}" "$(<"$TMP/listing")"
assert_eq "/proc/net/ipsec_spi" "$(cut -d' ' -f1 "$TMP/listing" | sort)" "$(on G1 cut -d' ' -f1 /proc/net/ipsec_spi | sort)"
text=$(ipsec_in G1 look)
assert_match "look: eroute" "^10.1.0.0/24 +-> 10.2.0.0/24 +=> esp0x1001@192.0.2.2  \($total\)$" "$text"
assert_match "look: device" '^ipsec0->eth0 mtu=[0-9]+\([0-9]+\)->1500$' "$text"
assert_match "look: SA" '^esp0x1002@192.0.2.1 ESP_AES_GCM: dir=in' "$text"
assert_match "look: drops" '^drops ipsec0 out: eroute_drop=3$' "$text"
assert_match "look: routes" '^default via 192.0.2.2 dev eth0' "$text"
assert_match "look: routes" '^10.2.0.0/24 dev ipsec0' "$text"
assert_eq "look --json" "2 2 ipsec0 $total 3 2" \
	"$(json look '.eroutes | length' '.sas | length' '.devices[0].name' '.eroutes[0].packets' '.devices[0].tx.drops.eroute_drop' \
	'[.routes[] | select(.device == "ipsec0")] | length')"
figure N7/packets-counted/klips "$counted" "of-$PINGS"
figure N7/json/klips 3 views

note "$N entries"
scale eroutes $N 40 >"$TMP/batch"
scale sas $N >>"$TMP/batch"
fast_ciphers
ipsec_in G1 --batch "$TMP/batch"
took=$(milliseconds ipsec_in G1 eroute)
assert_eq "lines of eroute" $((N + 2)) "$(lines "$TMP/listing")"
figure N7/listing-$N-ms/klips "$took" ms
milliseconds ipsec_in G1 spi >/dev/null
assert_eq "lines of spi" $((N + 2)) "$(lines "$TMP/listing")"
milliseconds ipsec_in G1 look >/dev/null
assert_eq "eroutes in look" $((N + 2)) "$(listed ' -> .* => ')"
assert_eq "SAs in look" $((N + 2)) "$(listed '^esp0x[0-9a-f]+@[^ ]* ESP_')"
assert_eq "look --json" "$((N + 2)) $((N + 2))" "$(json look '.eroutes | length' '.sas | length')"
note "listed"

# Readers all the time: packets go on, the tables change, and a reader who stops in the middle stops only himself.
on A ping -n -c 100 -w 60 -i 0.02 10.2.0.2 >"$TMP/ping" &
pings=$!
churn >"$TMP/churned" &
churner=$!
on_bg G1 scale dump eroutes stop >"$TMP/stopped"
stopped=$!
wait_for 10 "a reader in the middle" grep -q stopped "$TMP/stopped"
for view in eroute spi "look --json"; do
	ipsec_in G1 $view >"$TMP/all"
	on_bg G1 ipsec $view >"$TMP/killed"
	wait_for 10 "$view has begun" test -s "$TMP/killed"
	# It may be done already.
	kill -KILL $! 2>/dev/null || true
	wait $! || true
done
: >"$TMP/enough"
wait $churner || fail "eroutes and SAs could not be changed while others read"
wait $pings || true
kill -KILL $stopped
wait $stopped || true
all_answered "$TMP/ping" 100 || fail "packets meanwhile: $(grep transmitted "$TMP/ping")"
[ "$(<"$TMP/churned")" -ge 3 ] || fail "eroutes and SAs were changed only $(<"$TMP/churned") times while others read"
note "changed $(<"$TMP/churned") times meanwhile"
ipsec_in G1 tncfg --delete ipsec0
ipsec_in G1 eroute --clear
ipsec_in G1 spi --clear

note "XFRM"
manual_xfrm_sa G1 192.0.2.2 192.0.2.1 0x1002 $MANUAL_KEY_IN
# One that counts from 1.
for host in G1 G2; do
	manual_xfrm_sa $host 192.0.2.1 192.0.2.2 0x4001 $MANUAL_KEY_OUT
done
manual_xfrm_policies G1 192.0.2.1 192.0.2.2 10.1.0.0/24 10.2.0.0/24
wait_for 10 "the tunnel with XFRM" on A ping -n -c 1 -W 1 10.2.0.2
ping_ok A 10.2.0.2 $PINGS
xfrm=$(on G1 ip -s xfrm policy get src 10.1.0.0/24 dst 10.2.0.0/24 dir out)
[[ $xfrm =~ ([0-9]+)\(packets\) ]] || fail "ip -s xfrm policy: no packets in '$xfrm'"
figure N7/packets-counted/xfrm ${BASH_REMATCH[1]} "of-$PINGS"
views=0
for what in policy state; do
	! on G1 ip -j -s xfrm $what | jq empty >/dev/null 2>&1 || views=$((views + 1))
done
figure N7/json/xfrm $views views
awk -v n=$N 'BEGIN {
	for (i = 0; i < n; i++)
		printf "xfrm policy add src 10.%d.%d.%d/32 dst 10.128.0.1/32 dir out action allow\n", \
			64 + i / 65536, i / 256 % 256, i % 256
}' | ip -n G1 -batch -
took=$(milliseconds on G1 ip xfrm policy)
[ "$(listed '^src 10\.6[4-9]\.')" -eq $N ] || fail "XFRM lists $(listed '^src 10\.6[4-9]\.') policies of $N"
figure N7/listing-$N-ms/xfrm "$took" ms
