# SPDX-License-Identifier: GPL-2.0
# limit: 300
# Keys are gone from this machine's memory when their SAs are: all of it is searched, the kernel's, that of processes, and
# what is free (tests/lab/keys.c). SAs of an AEAD, of a cipher with HMAC and of AH, given by ipsec spi and by PF_KEY alone, are
# used, and end: flushed, deleted, expired, with their namespace, with the module; and some are refused. That the
# search finds keys is seen while the SAs live.
. "$LAB/manual.sh"

sets="flush delete expire host module refused"
declare -A key spi=([flush]=0x110 [delete]=0x120 [expire]=0x130 [host]=0x140 [module]=0x150)

keys_made()
{
	local set name list

	list=$(keys new $(for set in $sets; do echo 20 16 32 20; done))
	for set in $sets; do
		for name in gcm enc auth ah; do
			read -r "key[$set.$name]"
			echo "$set.$name ${key[$set.$name]}"
		done
	done <<<"$list" >"$TMP/keys"
}

# sas SET SRC DST [OPTION...]: three lines for ipsec --batch. No process is given a key in its arguments.
sas()
{
	local set=$1 src=$2 dst=$3

	shift 3
	cat <<-END
		spi --said esp${spi[$set]}1@$dst --src $src --esp aes_gcm128 --enckey ${key[$set.gcm]} $*
		spi --said esp${spi[$set]}2@$dst --src $src --esp aes128-sha2_256 --enckey ${key[$set.enc]} --authkey ${key[$set.auth]} $*
		spi --said ah${spi[$set]}3@$dst --src $src --ah sha1 --authkey ${key[$set.ah]} $*
	END
}

# plain_sas HOST SET SRC DST: the same by PF_KEY.
plain_sas()
{
	on $1 keys add gcm ${spi[$2]}1 $3 $4 ${key[$2.gcm]}
	on $1 keys add cbc ${spi[$2]}2 $3 $4 ${key[$2.enc]} ${key[$2.auth]}
	on $1 keys add ah ${spi[$2]}3 $3 $4 ${key[$2.ah]}
}

# use SET: by an eroute for each of its SAs to G2 and datagrams for it.
use()
{
	local i proto

	for i in 1 2 3; do
		proto=$([ $i = 3 ] && echo ah || echo esp)
		echo "eroute --replace --src 10.1.0.0/24 --dst 10.2.0.0/24 --transport-proto udp --dst-port 700$i --said $proto${spi[$1]}$i@192.0.2.2"
	done >"$TMP/batch"
	ipsec_in G1 --batch "$TMP/batch"
	for i in 1 2 3; do
		udp_send A 10.2.0.2 700$i -c 5 >/dev/null
	done
}

# sas_of HOST SET PACKETS: how many there are, and have had so many.
sas_of()
{
	ipsec_in $1 spi --json | jq "[.sas[] | select((.said | contains(\"${spi[$2]}\")) and .packets >= $3)] | length"
}

# search: into $TMP/found; what must not be there is named by its arguments, regular expressions of names.
search()
{
	keys find "$TMP/keys" >"$TMP/found" 2>"$TMP/where" || fail "$(<"$TMP/where")"
	cat "$TMP/found" "$TMP/where"
	[ "$(times own)" -gt 0 ] || fail "the search does not find what it holds itself"
}

# times NAME
times()
{
	awk -v name=$1 '$1 == name { print $2 }' "$TMP/found"
}

# gone SET...: none of their keys was found.
gone()
{
	local set

	for set; do
		! grep -E "^$set\..* [1-9]" "$TMP/found" ||
			fail "keys of '$set' are in memory: $(grep -E "^$set\..* [1-9]" "$TMP/found" | xargs), where: $(grep "^$set\." "$TMP/where" | head -n 5)"
	done
}

# alive SET...: both ciphers have their keys somewhere. (HMAC and AH need not have theirs.)
alive()
{
	local set name

	for set; do
		for name in gcm enc; do
			[ "$(times $set.$name)" -gt 0 ] || fail "the search does not find $set.$name, which an SA uses"
		done
	done
}

ciphers()
{
	cat /sys/module/aesni_intel/refcnt
}

fast_ciphers
modprobe authenc
keys_made
host_add C
sas module 192.0.2.1 192.0.2.2 >"$TMP/batch"
ipsec_in B --batch "$TMP/batch"
of_module=$(ciphers)

for host in G1 G2; do
	ipsec_in $host tncfg --attach --virtual ipsec0 --physical eth0
	ip -n $host link set ipsec0 up
done
ip -n G1 route replace 10.2.0.0/24 dev ipsec0 src 10.1.0.1
for host in G1 G2; do
	{
		sas flush 192.0.2.1 192.0.2.2
		sas expire 192.0.2.1 192.0.2.2 --life hard-packets=1
	} >"$TMP/batch.$host"
	ipsec_in $host --batch "$TMP/batch.$host"
	plain_sas $host delete 192.0.2.1 192.0.2.2
done
sas host 192.0.2.1 192.0.2.2 >"$TMP/batch"
ipsec_in C --batch "$TMP/batch"
note "SAs are there"

# Refused: there is such an SA; its key is too long.
spi[refused]=${spi[flush]}
for i in 1 2 3; do
	sas refused 192.0.2.1 192.0.2.2 | sed -n ${i}p >"$TMP/batch"
	assert_fails "an SA that is there" ipsec_in G1 --batch "$TMP/batch"
	assert_match "an SA that is there" 'already in use' "$OUTPUT"
done
assert_fails "an SA that is there, PF_KEY" plain_sas G1 refused 192.0.2.1 192.0.2.2
assert_fails "a key too long, PF_KEY" g1 keys add gcm 0x1601 192.0.2.1 192.0.2.2 ${key[refused.auth]}
assert_match "a key too long, PF_KEY" 'Invalid argument' "$OUTPUT"
sed "s/--enckey [^ ]*/--enckey ${key[refused.auth]}/" "$TMP/batch.G1" | head -n 1 >"$TMP/batch"
assert_fails "a key too long" ipsec_in G1 --batch "$TMP/batch"

search
alive flush delete expire host module
gone refused
note "found"

use flush
use delete
for set in flush delete; do
	counts "SAs of '$set' on G1 in use" 3 sas_of G1 $set 1
	counts "SAs of '$set' on G2 in use" 3 sas_of G2 $set 1
done
use expire
counts "SAs of 'expire' on G1" 0 sas_of G1 expire 0
for i in 1 2 3; do
	echo "spi --del --said $([ $i = 3 ] && echo ah || echo esp)${spi[delete]}$i@192.0.2.2"
done >"$TMP/batch"
for host in G1 G2; do
	ipsec_in $host --batch "$TMP/batch"
	ipsec_in $host spi --clear
done
kill "${HOST_PID[C]}"
wait "${HOST_PID[C]}" || true
unset 'HOST_PID[C]'
ip netns del C
counts "ciphers in use, those of 'module'," $of_module ciphers
search
alive module
gone flush delete expire host refused
note "gone: used, deleted, expired, flushed, with their namespace"

ip -n G1 link del ipsec0
ip -n G2 link del ipsec0
wait_for 10 "the module is free" equals 0 cat /sys/module/klips/refcnt
rmmod klips
search
gone $sets
note "gone: with the module"
