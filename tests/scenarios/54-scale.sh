# SPDX-License-Identifier: GPL-2.0
# limit: 120
# Many eroutes and SAs (4,000 of each, SOAK=1: 100,000), and how many there may be. What they cost: tests/bench/scale.sh.
. "$LAB/manual.sh"

N=${SOAK:+100000}
N=${N:-4000}
parameters=/sys/module/klips/parameters

# limit_line NAME: of G1's /proc/net/ipsec/limits.
limit_line()
{
	g1 grep "^$1:" /proc/net/ipsec/limits
}

# entries WHAT: how many its dump has, and that the dump ends well.
entries()
{
	on G1 scale dump $1 | cut -d' ' -f1
}

# with_limit PARAMETER VALUE COMMAND...
with_limit()
{
	local before status=0

	before=$(<$parameters/$1)
	echo $2 >$parameters/$1
	"${@:3}" || status=$?
	echo $before >$parameters/$1
	return $status
}

ipsec_in G1 tncfg --attach --virtual ipsec0 --physical eth0

# Nobody has more than he may have, and is told so; others are not concerned, and what there is stays.
manual_sa_out 0x1001
manual_sa_out 0x1002
ipsec_in G1 eroute --add --src 10.1.0.0/24 --dst 10.2.0.0/24 --said %drop
ipsec_in G1 eroute --add --src 10.1.0.0/24 --dst 10.3.0.0/24 --said %drop
assert_fails "a third SA of two" with_limit max_sas 2 manual_sa_out 0x1003
assert_match "a third SA of two" 'all SAs that it may have, see /proc/net/ipsec/limits' "$OUTPUT"
assert_fails "a third SA of two, larval" with_limit max_sas 2 g1 larval 192.0.2.2 192.0.2.1 0x1100
assert_match "a third SA of two, larval" 'No space left' "$OUTPUT"
with_limit max_sas 2 ipsec_in G2 spi --said esp0x1003@192.0.2.1 --src 192.0.2.2 --esp aes_gcm128 --enckey $MANUAL_KEY_OUT
assert_match "SAs" '^sas: 2, max_sas 262144, refused 2$' "$(limit_line sas)"
third="eroute --add --src 10.1.0.0/24 --dst 10.4.0.0/24 --said %drop"
assert_fails "a third eroute of two" with_limit max_eroutes 2 ipsec_in G1 $third
assert_match "a third eroute of two" 'may have, see /proc/net/ipsec/limits' "$OUTPUT"
with_limit max_eroutes 2 ipsec_in G1 eroute --replace --src 10.1.0.0/24 --dst 10.3.0.0/24 --said %pass
with_limit max_shapes 1 ipsec_in G1 $third
assert_match "eroutes" '^eroutes: 3, max_eroutes 262144, refused 1$' "$(limit_line eroutes)"
narrow="--src 10.1.0.0/24 --dst 10.2.0.1/32 --said %drop"
assert_fails "a second shape of one" with_limit max_shapes 1 ipsec_in G1 eroute --add $narrow
assert_match "a second shape of one" 'may have, see /proc/net/ipsec/limits' "$OUTPUT"
assert_match "shapes" '^shapes: 1, max_shapes 1024, refused 1$' "$(limit_line shapes)"
ipsec_in G1 eroute --add $narrow
assert_match "shapes" '^shapes: 2, max_shapes 1024, refused 1$' "$(limit_line shapes)"
ipsec_in G1 spi --clear
ipsec_in G1 eroute --clear
assert_match "all gone" '^shapes: 0, ' "$(limit_line shapes)"
note "limits"

# All of them are in every dump.
scale eroutes $N 40 >"$TMP/batch"
scale sas $N >>"$TMP/batch"
fast_ciphers
ciphers=$(cat /sys/module/aesni_intel/refcnt)
ipsec_in G1 --batch "$TMP/batch"
for what in eroutes /proc/net/ipsec_eroute sas pfkey /proc/net/ipsec_spi; do
	assert_eq "entries in the dump of $what" $N "$(entries $what)"
done
note "$N of each"

# Readers that stop reading in the middle, and are killed then, keep nobody from anything. (How long a reader's call keeps
# softirqs off: tests/bench/scale.sh.)
for what in eroutes /proc/net/ipsec_eroute sas pfkey /proc/net/ipsec_spi; do
	on_bg G1 scale dump $what stop >"$TMP/stopped.${what##*/}"
	readers+=" $!"
	wait_for 10 "a reader of $what in the middle" grep -q stopped "$TMP/stopped.${what##*/}"
done
ipsec_in G1 eroute --add --src 10.9.0.0/24 --dst 10.9.0.0/24 --said %drop
ipsec_in G1 eroute --del --src 10.9.0.0/24 --dst 10.9.0.0/24
kill -KILL $readers
wait $readers || true
note "readers killed"
ipsec_in G1 spi --clear
# Of scenarios before this one some may have gone meanwhile.
most_ciphers()
{
	local n

	n=$(cat /sys/module/aesni_intel/refcnt)
	echo "$n"
	[ "$n" -le $ciphers ]
}
wait_for 5 "ciphers of SAs that are gone: at most $ciphers" most_ciphers
ipsec_in G1 eroute --clear
assert_match "all gone" '^eroutes: 0, ' "$(limit_line eroutes)"
