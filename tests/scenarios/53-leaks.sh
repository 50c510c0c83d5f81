# SPDX-License-Identifier: GPL-2.0
# limit: 200
# ipsec devices made, attached, used, detached and deleted, with eroutes and SAs that name them, over and over: the
# memory of this kernel is counted before and after, and module and underlying device are free at the end.
# SOAK=1: 1000 times, else 100.
. "$LAB/manual.sh"

TIMES=${SOAK:+1000}
TIMES=${TIMES:-100}
caches=/sys/kernel/slab

# cycles FROM TO: all of it in few processes, as starting one takes long here.
cycles()
{
	local i

	for ((i = $1; i < $2; i++)); do
		cat >&3 <<-END
			tncfg --attach --virtual ipsec9 --physical eth0
			spi --said esp0x9001@192.0.2.2 --src 192.0.2.1 --esp aes_gcm128 --enckey $MANUAL_KEY_OUT --device ipsec9
			eroute --add --src 10.1.0.0/24 --dst 10.9.0.0/24 --said esp0x9001@192.0.2.2 --device ipsec9
			eroute --add --src 10.1.0.0/24 --dst 10.9.0.0/24 --transport-proto udp --dst-port 53 --said %drop --device ipsec9
			tncfg --detach --virtual ipsec9
			tncfg --attach --virtual ipsec9 --physical lan0
			spi --del --said esp0x9001@192.0.2.2
			tncfg --delete ipsec9
		END
	done 3>"$TMP/batch"
	ipsec_in G1 --batch "$TMP/batch"
}

# objects: "CACHE OBJECTS" for each cache of what is accounted to somebody, which is all that the module allocates for users,
# exactly: what CPUs keep for themselves is taken from them first. The others grow with every file that is looked at.
objects()
{
	local cache

	for cache in $caches/kmalloc-cg-*; do
		echo 1 >$cache/shrink
		read -r n _ <$cache/objects
		echo "${cache##*/} $n"
	done
}

percpu()
{
	awk '/^Percpu/ { print $2 }' /proc/meminfo
}

# grown: caches that have more objects than before by half the number of cycles.
grown()
{
	objects | join "$TMP/before" - | awk -v times=$TIMES '$3 - $2 > times / 2 { print $1, $2, $3 }'
}

nothing_grown()
{
	local text

	text=$(grown)
	echo "$text"
	[ -z "$text" ]
}

fast_ciphers
cycles 0 20
before_ciphers=$(cat /sys/module/aesni_intel/refcnt)
objects >"$TMP/before"
percpu_before=$(percpu)
cycles 0 $TIMES
# Grace periods pass, and work queues become empty, when they do.
wait_for 30 "objects of $TIMES devices are freed" nothing_grown
wait_for 10 "ciphers of $TIMES SAs are freed" equals "$before_ciphers" cat /sys/module/aesni_intel/refcnt
grew=$(($(percpu) - percpu_before))
note "$TIMES times; memory per CPU grew by $grew kB"
# Counters of one device are more than 600 bytes for each CPU.
[ $grew -le $((TIMES * 600 * 2 / 2 / 1024 + 128)) ] || fail "memory per CPU grew by $grew kB"
assert_eq "devices left" "" "$(ipsec_in G1 tncfg)"
# Nothing holds what they were attached to, or it would not go.
ip -n G1 link del lan0
ip -n G1 link del eth0
wait_for 10 "the module is free" equals 0 cat /sys/module/klips/refcnt
