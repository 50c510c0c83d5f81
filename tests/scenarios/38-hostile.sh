# SPDX-License-Identifier: GPL-2.0
# limit: 180
# Hostile packets for every kind of SA there is: cut at every length, forged, replayed, wrapped in the wrong order, nested,
# compressed to burst, at random. Each is counted once, under its own name, by the SA that it named and by the device; none of
# it gets to the inner side; afterwards the same SAs still work. SOAK=1: 100,000 random packets instead of 10,000.
. "$LAB/manual.sh"

AH_KEY=0x2122232425262728292a2b2c2d2e2f3031323334
RANDOM_PACKETS=${SOAK:+100000}
RANDOM_PACKETS=${RANDOM_PACKETS:-10000}
SEED=${SEED:-$(($(date +%s) % 1000000))}

declare -A WANT
delivered=0

# Orders (tests/lab/hostile.c), and what has to be counted for them.

# bad SA REASON NUMBER ORDER...: so many packets, which the SA and the device count as REASON.
bad()
{
	echo "${@:4}" >>"$TMP/orders"
	WANT["$1 $2"]=$((${WANT["$1 $2"]:-0} + $3))
	WANT["ipsec0 $2"]=$((${WANT["ipsec0 $2"]:-0} + $3))
}

# stranger REASON NUMBER ORDER...: for no SA, so that only the device can count them.
stranger()
{
	echo "${@:3}" >>"$TMP/orders"
	WANT["ipsec0 $1"]=$((${WANT["ipsec0 $1"]:-0} + $2))
}

# silent ORDER...: what the kernel does not let through to klips, or what is not IPsec.
silent()
{
	echo "$*" >>"$TMP/orders"
}

# good ORDER...: one that arrives at A.
good()
{
	echo "$*" >>"$TMP/orders"
	delivered=$((delivered + 1))
}

wanted()
{
	local key

	for key in "${!WANT[@]}"; do
		[ ${WANT[$key]} -eq 0 ] || echo "$key ${WANT[$key]}"
	done | LC_ALL=C sort
}

counted()
{
	{
		ipsec_in G1 spi --json | jq -r '.sas[] | .said as $sa | .drops | to_entries[] | "\($sa) \(.key) \(.value)"'
		ipsec_in G1 tncfg --json | jq -r '.devices[] | .name as $d | .rx.drops | to_entries[] | "\($d) \(.key) \(.value)"'
	} | LC_ALL=C sort
}

differs()
{
	counted | diff "$TMP/wanted" -
}

# forge WHAT: carries out the orders; everything is as it has to be.
forge()
{
	on G2 hostile eth0 $G1_MAC $MANUAL_KEY_IN $AH_KEY <"$TMP/orders" >"$TMP/sent"
	: >"$TMP/orders"
	wanted >"$TMP/wanted"
	wait_for 10 "$1: what is counted (< wanted, > counted)" differs
	counts "$1: datagrams at A" $delivered lines "$TMP/sink"
	note "$1: $(<"$TMP/sent")"
}

network()
{
	net_link_ipv6
	G1_MAC=$(g1 cat /sys/class/net/eth0/address)
	manual_device
}

# SAs from G2 to G1, by what they are.
T4=esp0x1002@192.0.2.1		# ESP tunnel
T6=esp0x1002@2001:db8::1
M4=esp0x1003@192.0.2.1		# ESP transport, for UDP
N4=esp0x1004@192.0.2.1		# ESP tunnel with ESN
A4=ah0x1005@192.0.2.1		# AH tunnel
A6=ah0x1005@2001:db8::1
C4=comp0x1006@192.0.2.1		# IPCOMP tunnel
C6=comp0x1006@2001:db8::1
EC=esp0x1007@192.0.2.1		# IPCOMP in it
CE=comp0x1007@192.0.2.1
AE=ah0x1008@192.0.2.1		# ESP in it
EA=esp0x1008@192.0.2.1
U4=esp0x1009@192.0.2.1		# ESP in UDP
L4=esp0x100a@192.0.2.1		# ESP transport, for anything
LO=esp0x100b@192.0.2.1		# ESP in UDP, from G1 itself
LR=esp0x100c@192.0.2.1		# ESP, from G1 itself

sas()
{
	local v4="--src 192.0.2.2" v6="--src 2001:db8::2" sa
	local esp="--esp aes_gcm128 --enckey $MANUAL_KEY_IN --replay_window 64" ah="--ah sha1 --authkey $AH_KEY --replay_window 64"

	{
		echo "spi --said $T4 $v4 $esp"
		echo "spi --said $T6 $v6 $esp"
		echo "spi --said $M4 $v4 $esp --mode transport"
		echo "spi --said $N4 $v4 $esp --esn"
		echo "spi --said $A4 $v4 $ah"
		echo "spi --said $A6 $v6 $ah"
		echo "spi --said $C4 $v4 --comp deflate"
		echo "spi --said $C6 $v6 --comp deflate"
		echo "spi --said $CE $v4 --comp deflate"
		echo "spi --said $EC $v4 $esp --mode transport"
		echo "spigrp --said $CE $EC"
		echo "spi --said $EA $v4 $esp"
		echo "spi --said $AE $v4 $ah --mode transport"
		echo "spigrp --said $EA $AE"
		echo "spi --said $U4 $v4 $esp --natt nonesp --sport 4500 --dport 4500"
		echo "spi --said $L4 $v4 $esp --mode transport --device ipsec0"
		echo "spi --said $LO --src 192.0.2.1 $esp --natt nonesp --sport 4500 --dport 4500 --device ipsec0"
		echo "spi --said $LR --src 192.0.2.1 $esp --device ipsec0"
		for sa in $LO $LR $T4 $T6 $N4 $A4 $A6 $C4 $C6 $CE $EA $U4; do
			echo "eroute --addin --src 10.2.0.0/24 --dst 10.1.0.0/24 --said $sa"
		done
		echo "eroute --addin --src 192.0.2.2/32 --dst 192.0.2.1/32 --transport-proto udp --said $M4"
	} >"$TMP/batch"
	with_ciphers ipsec_in G1 --batch "$TMP/batch"
}

# The good packet inside, 44 bytes; ESP makes 80 of it, AH 68, IPCOMP (stored) 53.
IN="ip4 udp bytes"

# cuts_esp SA HEAD...: ESP packets of 0 to 79 bytes. From 36 on (header, IV, one block, ICV) only the ICV can tell.
cuts_esp()
{
	local sa=$1 n

	shift
	stranger truncated 8 cut=0-7 "$@"
	bad $sa truncated 28 cut=8-35 "$@"
	for ((n = 36; n < 80; n++)); do
		[ $((n % 4)) -eq 0 ] && bad $sa auth 1 cut=$n "$@" || bad $sa truncated 1 cut=$n "$@"
	done
}

# cuts_ah SA ip4|ip6: AH packets of 0 to 67 bytes, and a whole one.
cuts_ah()
{
	local packet="$2 ah,spi=0x1005,seq=1 $IN"

	stranger truncated 12 cut=0-11 $packet
	bad $1 truncated 12 cut=12-23 $packet
	bad $1 auth 44 cut=24-67 $packet
	good $packet
}

# cuts_comp SA ip4|ip6: IPCOMP packets of 0 to 52 bytes, and a whole one.
cuts_comp()
{
	local packet="$2 comp,cpi=0x1006 $IN"

	stranger truncated 4 cut=0-3 $packet
	bad $1 truncated 1 cut=4 $packet
	bad $1 bad_comp 48 cut=5-52 $packet
	good $packet
}

truncation()
{
	local v4="ip4 esp,spi=0x1002,seq=1 $IN" v6="ip6 esp,spi=0x1002,seq=1 $IN" raw head n

	cuts_esp $T4 $v4
	cuts_esp $T6 $v6
	good $v4
	good $v6
	cuts_ah $A4 ip4
	cuts_ah $A6 ip6
	cuts_comp $C4 ip4
	cuts_comp $C6 ip6
	# Cut inside of ESP, which is right; IPCOMP itself is a SA of the group.
	for raw in 04001007:truncated 0400100701:bad_comp 040010070105:bad_comp; do
		bad $CE ${raw#*:} 1 "ip4 esp,spi=0x1007,seq=$((++seq)),next=108 bytes,hex=${raw%:*}"
	done
	bad $EC truncated 1 "ip4 esp,spi=0x1007,seq=$((++seq)),next=108 bytes,hex=040010"
	good "ip4 esp,spi=0x1007,seq=$((++seq)) comp,cpi=0x1007 $IN"
	forge "truncated ESP, AH, IPCOMP"

	# In UDP: up to 8 bytes are for the socket, as IKE, or for nobody.
	v4="ip4 udp,sport=4500,dport=4500 esp,spi=0x1009,seq=1 $IN"
	silent cut=0-16 $v4
	# Of less than 28 bytes, UDP header and all, the kernel wants to know nothing.
	silent cut=17-27 $v4
	bad $U4 truncated 16 cut=28-43 $v4
	for ((n = 44; n < 88; n++)); do
		[ $((n % 4)) -eq 0 ] && bad $U4 auth 1 cut=$n $v4 || bad $U4 truncated 1 cut=$n $v4
	done
	good $v4
	# The length in UDP says more than there is; keepalive, no keepalive, the marker of IKE and no more, IKE.
	silent "ip4 udp,sport=4500,dport=4500,len=200 esp,spi=0x1009,seq=2 $IN"
	silent "ip4 udp,sport=4500,dport=4500,len=7 esp,spi=0x1009,seq=2 $IN"
	silent "ip4 udp,sport=4500,dport=4500 bytes,hex=ff"
	silent "ip4 udp,sport=4500,dport=4500 bytes,hex=00"
	silent "ip4 udp,sport=4500,dport=4500 bytes,hex=00000000"
	silent "ip4 udp,sport=4500,dport=4500 bytes,hex=0000000000001009000000010000000000000000"
	# More than the keepalive's byte is none.
	stranger unknown_spi 1 "ip4 udp,sport=4500,dport=4500 bytes,hex=ffffffffffffffffffffffffffffffffffffffff"

	# The IP header says more than there is: the kernel's own business.
	for head in "ip4 esp,spi=0x1002,seq=2" "ip6 esp,spi=0x1002,seq=2" "ip4 ah,spi=0x1005,seq=2" "ip6 ah,spi=0x1005,seq=2"; do
		silent "cut=0-79 claim=1 $head $IN"
		silent "cut=0-79 claim=400 $head $IN"
	done
	silent "cut=0-52 claim=1 ip4 comp,cpi=0x1006 $IN"
	silent "cut=0-88 claim=1 ip4 udp,sport=4500,dport=4500 esp,spi=0x1009,seq=2 $IN"
	good "ip4 esp,spi=0x1002,seq=2 $IN"
	good "ip6 esp,spi=0x1002,seq=2 $IN"
	good "ip4 ah,spi=0x1005,seq=2 $IN"
	good "ip6 ah,spi=0x1005,seq=2 $IN"
	good "ip4 udp,sport=4500,dport=4500 esp,spi=0x1009,seq=2 $IN"
	forge "truncated ESP in UDP, lengths that lie"
}

# What is authentic or nearly so, and no good.
forgeries()
{
	local esp="ip4 esp,spi=0x1002,seq" n=100 at tail next len

	for at in 8 15 16 40 -1 -16; do
		bad $T4 auth 1 "$esp=$((++n)),flip=$at $IN"
	done
	for at in 0 1 2 -1 12 30; do
		bad $A4 auth 1 "ip4 ah,spi=0x1005,seq=$((++n)),flip=$at $IN"
	done
	stranger unknown_spi 1 "$esp=$((++n)),flip=0 $IN"

	# Padding: not 1, 2, 3; longer than all there is; and none at all where there is room for nothing.
	for tail in 09090204 01020404 0102ff04 0100ff04; do
		bad $T4 bad_padding 1 "$esp=$((++n)),tail=$tail $IN"
	done
	bad $T4 bad_padding 1 "$esp=$((++n)),tail=0100ff04"
	bad $T4 bad_padding 1 "$esp=$((++n)),tail=01020304"
	for next in 59 0 255 17 50 51 108 43 44 60; do
		bad $T4 bad_nexthdr 1 "$esp=$((++n)),next=$next $IN"
		bad $A4 bad_nexthdr 1 "ip4 ah,spi=0x1005,seq=$n,next=$next $IN"
		bad $C4 bad_nexthdr 1 "ip4 comp,cpi=0x1006,next=$next $IN"
	done
	# In transport mode what a selector does not name is outside of it; and a dummy (RFC 4303 2.6) is for nobody.
	for next in 6 1 4 50 255 0; do
		bad $M4 policy 1 "ip4 esp,spi=0x1003,seq=$((++n)),next=$next udp bytes"
	done
	bad $M4 bad_nexthdr 1 "ip4 esp,spi=0x1003,seq=$((++n)),next=59 udp bytes"
	bad $L4 bad_nexthdr 1 "ip4 esp,spi=0x100a,seq=$((++n)),next=59 udp bytes"
	bad $M4 bad_inner 1 "ip4 esp,spi=0x1003,seq=$((++n)),next=17 bytes,hex=1b58"

	# Inside: the version; lengths below the header, above what there is; none at all.
	bad $T4 bad_inner 1 "$esp=$((++n)) ip4,ver=6 udp bytes"
	bad $T4 bad_inner 1 "$esp=$((++n)) ip4,ver=15 udp bytes"
	bad $T4 bad_inner 1 "$esp=$((++n)) ip4,ihl=4 udp bytes"
	bad $T4 bad_inner 1 "$esp=$((++n)) ip4,ihl=15 udp bytes"
	for len in 0 19 45 65535; do
		bad $T4 bad_inner 1 "$esp=$((++n)) ip4,len=$len udp bytes"
		bad $A4 bad_inner 1 "ip4 ah,spi=0x1005,seq=$n ip4,len=$len udp bytes"
		bad $C4 bad_inner 1 "ip4 comp,cpi=0x1006 ip4,len=$len udp bytes"
	done
	bad $T4 bad_inner 1 "$esp=$((++n)),next=4 bytes,len=0"
	bad $T4 bad_inner 1 "$esp=$((++n)),next=41 ip4 udp bytes"
	bad $T4 bad_inner 1 "$esp=$((++n)) ip6,ver=4 udp bytes"
	for len in 25 65535; do
		bad $T4 bad_inner 1 "$esp=$((++n)) ip6,len=$len udp bytes"
	done
	bad $T4 bad_inner 1 "$esp=$((++n)),next=41 bytes,hex=60000000000011400000"
	# A chain of headers that ends nowhere.
	bad $T4 bad_inner 1 "$esp=$((++n)) ip6,next=60 bytes,hex=3cff0000"
	bad $T4 bad_inner 1 "$esp=$((++n)) ip4,len=22 udp bytes"

	# Not from where, or to where, the SA is for; nor of its family.
	bad $T4 policy 1 "$esp=$((++n)) ip4,src=10.3.0.2 udp bytes"
	bad $T4 policy 1 "$esp=$((++n)) ip4,dst=10.3.0.2 udp bytes"
	bad $T4 policy 1 "$esp=$((++n)) ip4,src=192.0.2.2,dst=192.0.2.1 udp bytes"
	bad $T4 policy 1 "$esp=$((++n)) ip6 udp bytes"
	bad $T6 policy 1 "ip6 esp,spi=0x1002,seq=$((++n)) ip6 udp bytes"
	bad $A4 policy 1 "ip4 ah,spi=0x1005,seq=$((++n)) ip4,src=10.3.0.2 udp bytes"
	bad $C4 policy 1 "ip4 comp,cpi=0x1006 ip4,src=10.3.0.2 udp bytes"
	bad $C4 policy 1 "ip4 ip4,src=10.3.0.2 udp bytes"
	bad $T4 bad_source 1 "ip4,src=192.0.2.77 esp,spi=0x1002,seq=$((++n)) $IN"
	bad $A6 bad_source 1 "ip6,src=2001:db8::77 ah,spi=0x1005,seq=$((++n)) $IN"

	# Not by an SPI at all, or by one that is reserved.
	for next in 1 2 100 255; do
		stranger unknown_spi 1 "ip4 esp,spi=$next,seq=1 $IN"
		stranger unknown_spi 1 "ip6 ah,spi=$next,seq=1 $IN"
		stranger unknown_spi 1 "ip4 comp,cpi=$next $IN"
	done
	stranger unknown_spi 1 "ip4 esp,spi=0,seq=1 $IN"
	stranger unknown_spi 1 "ip4 ah,spi=0,seq=1 $IN"
	stranger unknown_spi 1 "ip4 comp,cpi=0 $IN"
	forge "forgeries"
}

replays()
{
	local esp="ip4 esp,spi=0x1002,seq" esn="ip4 esp,spi=0x1004"

	good "$esp=1000 $IN"
	bad $T4 replay 3 "times=3 $esp=1000 $IN"
	bad $T4 replay 1 "$esp=936 $IN"
	bad $T4 replay 1 "$esp=0 $IN"
	good "$esp=937 $IN"
	bad $T4 replay 1 "$esp=937 $IN"
	bad $T4 auth 1 "$esp=4294967295,flip=-1 $IN"
	good "$esp=1001 $IN"
	good "ip4 ah,spi=0x1005,seq=1000 $IN"
	bad $A4 replay 2 "times=2 ip4 ah,spi=0x1005,seq=1000 $IN"
	bad $A4 replay 1 "ip4 ah,spi=0x1005,seq=936 $IN"

	# 2^32 - 2 to 2^32 + 1, the upper half never sent: below the window it is taken for the next one, which the ICV denies.
	good "$esn,seq=0xfffffffe,hi=0 $IN"
	bad $N4 auth 1 "$esn,seq=0xffffffff,hi=1 $IN"
	good "$esn,seq=0xffffffff,hi=0 $IN"
	bad $N4 auth 1 "$esn,seq=0,hi=0 $IN"
	good "$esn,seq=0,hi=1 $IN"
	bad $N4 replay 1 "$esn,seq=0xffffffff,hi=0 $IN"
	good "$esn,seq=1,hi=1 $IN"
	bad $N4 replay 2 "times=2 $esn,seq=1,hi=1 $IN"
	bad $N4 replay 1 "$esn,seq=0,hi=1 $IN"
	good "$esn,seq=0xfffffffd,hi=0 $IN"
	bad $N4 replay 1 "$esn,seq=0xfffffffd,hi=0 $IN"
	bad $N4 auth 1 "$esn,seq=0xffffffc1,hi=0 $IN"
	good "$esn,seq=0xffffffc2,hi=0 $IN"
	bad $N4 auth 1 "$esn,seq=2,hi=0 $IN"
	bad $N4 auth 1 "$esn,seq=2 $IN"
	good "$esn,seq=2,hi=1 $IN"
	forge "replays, ESN"
}

wrappings()
{
	local n=100 len

	# Groups: the other way round, half of one, more than one, one twice.
	good "ip4 ah,spi=0x1008,seq=$((++n)) esp,spi=0x1008,seq=$n $IN"
	bad $EA bundle 1 "ip4 esp,spi=0x1008,seq=$((++n)) ah,spi=0x1008,seq=$n $IN"
	bad $EA bundle 1 "ip4 esp,spi=0x1008,seq=$((++n)) $IN"
	bad $AE bundle 1 "ip4 ah,spi=0x1008,seq=$((++n)) $IN"
	bad $AE bundle 1 "ip4 ah,spi=0x1008,seq=$((++n)) ah,spi=0x1008,seq=$n $IN"
	bad $AE bundle 1 "ip4 ah,spi=0x1008,seq=$((++n)) esp,spi=0x1002,seq=$((n + 1000)) $IN"
	bad $EA bad_nexthdr 1 "ip4 ah,spi=0x1008,seq=$((++n)) esp,spi=0x1008,seq=$n esp,spi=0x1008,seq=$((n + 1)) $IN"
	bad $EA auth 1 "ip4 ah,spi=0x1008,seq=$((++n)) esp,spi=0x1008,seq=$n,flip=-1 $IN"
	bad $AE truncated 1 "ip4 ah,spi=0x1008,seq=$((++n)),next=50 bytes,len=7"
	bad $EA truncated 1 "ip4 ah,spi=0x1008,seq=$((++n)),next=50 bytes,hex=0000100800000070"
	bad $CE bundle 1 "ip4 comp,cpi=0x1007 $IN"
	bad $EC bundle 1 "ip4 esp,spi=0x1007,seq=$((++n)) comp,cpi=0x1006 $IN"
	bad $CE bad_nexthdr 1 "ip4 esp,spi=0x1007,seq=$((++n)) comp,cpi=0x1007 comp,cpi=0x1007 $IN"
	bad $EC bad_nexthdr 1 "ip4 esp,spi=0x1007,seq=$((++n)) udp bytes"
	good "ip4 esp,spi=0x1007,seq=$((++n)) $IN"

	# AH: its length a lie; options and extension headers, that may change and that may not, and that are broken.
	for len in 0 1 3 17 255; do
		bad $A4 truncated 1 "ip4 ah,spi=0x1005,seq=$((n += 1000)),hdrlen=$len $IN"
	done
	bad $A4 bad_inner 1 "ip4 ah,spi=0x1005,seq=$((++n)),hdrlen=5 $IN"
	good "ip4,opt=94040000 ah,spi=0x1005,seq=$((++n)) $IN"
	good "ip4,tos=4 ah,spi=0x1005,seq=$((++n)) $IN"
	good "ip4,opt=0707040000000000 ah,spi=0x1005,seq=$((++n)) $IN"
	good "ip6 ext,type=60,data=1e0401020304 ah,spi=0x1005,seq=$((++n)) $IN"
	good "ip6 ext,type=0,data=05020000 ext,type=60 ah,spi=0x1005,seq=$((++n)) $IN"
	bad $A6 auth 1 "ip6 ext,type=60,data=1e0401020304 ah,spi=0x1005,seq=$((++n)),flip=-1 $IN"
	good "ip6 ext,type=60,data=1e0401020304 esp,spi=0x1002,seq=$((n + 1000)) $IN"
	forge "groups, AH"
}

# Out of ipsec0, and for an SA again: ESP, AH, IPCOMP, IP in IP, whatever it is in.
nesting()
{
	local n=5000 layer

	for layer in "esp,spi=0x100a,seq=5001" "ah,spi=0x1005,seq=5001" "comp,cpi=0x1006" "ip4,src=192.0.2.2,dst=192.0.2.1"; do
		bad ${SA_OF[${layer%%,*}]} ttl 1 "ip4 esp,spi=0x100a,seq=$((++n)) $layer $IN"
	done
	bad $U4 ttl 1 "ip4 esp,spi=0x100a,seq=$((++n)) udp,sport=4500,dport=4500 esp,spi=0x1009,seq=$n $IN"
	bad $L4 ttl 1 "ip4 esp,spi=0x100a,seq=$((++n)) esp,spi=0x100a,seq=$((n + 1)) esp,spi=0x100a,seq=$((n + 2)) esp,spi=0x100a,seq=$((n + 3)) esp,spi=0x100a,seq=$((n + 4)) udp bytes"
	stranger unknown_spi 1 "ip4 esp,spi=0x100a,seq=$((++n)) esp,spi=0x4444,seq=1 $IN"
	good_g1 "ip4 esp,spi=0x100a,seq=$((++n)) udp bytes"
	forge "nested"
}

# Bombs: 1 MB of zeros, one byte too many; nested; garbage.
compression()
{
	local n=6000

	bad $C4 comp_bomb 1 "ip4 comp,cpi=0x1006,raw=1 bytes,file=$TMP/bomb"
	bad $C6 comp_bomb 1 "ip6 comp,cpi=0x1006,raw=1 bytes,file=$TMP/bomb"
	bad $CE comp_bomb 1 "ip4 esp,spi=0x1007,seq=$((++n)) comp,cpi=0x1007,raw=1 bytes,file=$TMP/bomb"
	# 65,516 bytes are too many by one; 65,515 would fit, but are no packet.
	bad $C4 comp_bomb 1 "ip4 comp,cpi=0x1006,raw=1 bytes,file=$TMP/one-too-many"
	bad $C4 bad_inner 1 "ip4 comp,cpi=0x1006,raw=1,next=4 bytes,file=$TMP/all"
	bad $C4 bad_nexthdr 1 "ip4 comp,cpi=0x1006 comp,cpi=0x1006 $IN"
	bad $C4 bad_comp 1 "ip4 comp,cpi=0x1006,raw=1,next=4 bytes,hex=ffffffffffffffff"
	bad $C4 bad_comp 1 "ip4 comp,cpi=0x1006,raw=1,next=4 bytes,hex=0700"
	bad $C4 bad_comp 1 "ip4 comp,cpi=0x1006,raw=1,next=4 bytes,len=1200"
	# Empty, and then something behind it.
	bad $C4 bad_inner 1 "ip4 comp,cpi=0x1006,raw=1,next=4 bytes,hex=0300"
	bad $C4 bad_inner 1 "ip4 comp,cpi=0x1006,raw=1,next=4 bytes,hex=030045000000"
	good "ip4 comp,cpi=0x1006 $IN"
	good "ip4 $IN"
	forge "compressed"
}

# deflated BYTES: so many zeros, as IPCOMP has them.
deflated()
{
	head -c $1 /dev/zero | gzip -9n | tail -c +11 | head -c -8
}

# As fragments, which the kernel puts together as lists.
fragments()
{
	local n=7000 big="ip4 udp bytes,len=4000"

	good "frag=480 ip4 esp,spi=0x1002,seq=$((++n)) $big"
	good "frag=24 ip4 esp,spi=0x1002,seq=$((++n)) $IN"
	good "frag=8 ip4 ah,spi=0x1005,seq=$((++n)) $IN"
	good "frag=1480 ip4 ah,spi=0x1005,seq=$((++n)) $big"
	good "frag=1480 ip4 comp,cpi=0x1006 $big"
	good "frag=1000 ip4 udp,sport=4500,dport=4500 esp,spi=0x1009,seq=$((++n)) $big"
	bad $T4 auth 1 "frag=1480 ip4 esp,spi=0x1002,seq=$((++n)),flip=3000 $big"
	bad $A4 auth 1 "frag=1480 ip4 ah,spi=0x1005,seq=$((++n)),flip=3000 $big"
	bad $U4 auth 1 "frag=8 ip4 udp,sport=4500,dport=4500 esp,spi=0x1009,seq=$((++n)),flip=-1 $IN"
	good "frag=1480 ip4 esp,spi=0x1007,seq=$((++n)) comp,cpi=0x1007 $big"
	# One fragment that is all (RFC 6946).
	good "ip6 ext,type=44,data=000000000001 esp,spi=0x1002,seq=$((++n)) $IN"
	bad $T6 auth 1 "ip6 ext,type=44,data=000000000002 esp,spi=0x1002,seq=$((++n)),flip=-1 $IN"
	atomic_ah
	forge "fragments"
	xfrm_did
}

# AH covers the headers in front of it, as they were before anybody cut: its fragment header has to go before that is checked.
# The kernel's own AH leaves it in, and refuses the packet.
atomic_ah()
{
	good "atomic=0 ip6 ah,spi=0x1005,seq=$((++n)) $IN"
	good "atomic=8 ip6 ext,type=60,data=1e0401020304 ah,spi=0x1005,seq=$((++n)) $IN"
	good "atomic=8 ip6 ext,type=0,data=05020000 ext,type=60 ah,spi=0x1005,seq=$((++n)) $IN"
	bad $A6 auth 1 "atomic=0 ip6 ah,spi=0x1005,seq=$((++n)),flip=-1 $IN"
	bad $A6 auth 1 "ip6 ext,type=44,data=000000006946 ah,spi=0x1005,seq=$((++n)) $IN"
	bad $A6 replay 1 "atomic=0 ip6 ah,spi=0x1005,seq=$((n - 2)) $IN"
	ip -n G1 xfrm state add src 2001:db8::2 dst 2001:db8::1 proto ah spi 0x2005 mode tunnel \
		auth-trunc 'hmac(sha1)' $AH_KEY 96
	silent "ip6 ah,spi=0x2005,seq=1 $IN"
	silent "atomic=0 ip6 ah,spi=0x2005,seq=2 $IN"
}

xfrm_did()
{
	local text

	wait_for 5 "XFRM's own AH" xfrm_failed 1
	text=$(ip -n G1 -s xfrm state list spi 0x2005)
	assert_match "XFRM without a fragment header" ' 1\(packets\)' "$text"
	ip -n G1 xfrm state flush
}

xfrm_failed()
{
	local text

	text=$(ip -n G1 -s xfrm state list spi 0x2005)
	echo "$text"
	[[ $text == *" failed $1"* ]]
}

# spliced WAY SPI HOST PORT HOW...: pages of files are sent from HOST to G1, an ordinary packet and one of several pages each way.
spliced()
{
	local way=$1 spi=$2 host=$3 port=$4 how size pairs=()

	for how in "${@:5}"; do
		for size in 16 3000; do
			[ "$how $size" != "segment 3000" ] || continue
			echo "save=$TMP/pages/$way-$how-$size ip4 esp,spi=$spi,seq=$((++seq)) ip4 udp bytes,len=$size" >>"$TMP/orders"
			pairs+=("$how" "$TMP/pages/$way-$how-$size")
			delivered=$((delivered + 1))
		done
	done
	on G2 hostile eth0 $G1_MAC $MANUAL_KEY_IN $AH_KEY <"$TMP/orders" >/dev/null
	: >"$TMP/orders"
	cp "$TMP/pages/$way"-* "$TMP/copies"
	on $host splice 192.0.2.1 $port "${pairs[@]}" || fail "splice, $way: the pages of the file are no longer what they were"
}

# Packets whose pages are those of a file, over the link and over loopback, where nothing copies them on the way. (What is
# sent as segments is the same packet twice.)
splices()
{
	mkdir "$TMP/pages" "$TMP/copies"
	spliced link 0x1009 G2 4500 splice more vmsplice sendfile segment
	bad $U4 replay 1 ""
	spliced loopback 0x100b G1 4500 splice more vmsplice sendfile segment
	bad $LO replay 1 ""
	spliced raw 0x100c G1 0 splice vmsplice sendfile
	forge "pages of files"
	diff -r "$TMP/pages" "$TMP/copies" || fail "packets were decrypted in the pages of files"
}

# good_g1 ORDER...: one that arrives at G1 itself.
good_g1()
{
	echo "$*" >>"$TMP/orders"
	for_g1=$((for_g1 + 1))
}

# rx_packets, and all that was dropped: everything that klips has seen.
seen()
{
	device_counter '.rx | .packets + ([.drops[]] | add)'
}

random_ones()
{
	local before=$(seen) ours

	echo "random=$RANDOM_PACKETS,seed=$SEED" | on G2 hostile eth0 $G1_MAC $MANUAL_KEY_IN $AH_KEY >"$TMP/sent"
	note "random: $(xargs <"$TMP/sent")"
	read -r _ _ _ ours <"$TMP/sent"
	counts "random packets counted" $((before + ours)) seen
	note "$(counted | awk '$1 == "ipsec0" { printf "%s %s, ", $2, $3 }')"
}

modprobe xfrm_user
network
sas
declare -A SA_OF=([esp]=$L4 [ah]=$A4 [comp]=$C4 [ip4]=$C4)
for_g1=0
seq=0
deflated 1000000 >"$TMP/bomb"
deflated 65516 >"$TMP/one-too-many"
deflated 65515 >"$TMP/all"
udp_sink A 7000 "$TMP/sink"
udp_sink G1 7000 "$TMP/sink-g1"
on_bg G1 encap >"$TMP/encap" 2>&1
wait_for 10 "sockets on 4500" grep -q ready "$TMP/encap"
capture_start lan G1 lan0 ip
capture_start told G1 eth0 'ip and src host 192.0.2.1'
note "set up"
truncation
forgeries
replays
wrappings
nesting
compression
fragments
seq=9000
splices
random_ones
counts "datagrams at G1" $for_g1 lines "$TMP/sink-g1"

# Nothing but what was good has come to the inner side, and nobody was told anything by IP.
capture_stop lan
capture_stop told
assert_eq "datagrams on the LAN" $delivered "$(capture_count lan 'udp port 7000')"
assert_eq "anything else on the LAN" 0 "$(capture_count lan 'not udp port 7000 and ip[6:2] & 0x1fff == 0')"
assert_eq "answers to the sender" 0 "$(capture_count told)"

# The same SA, with the numbers that come next.
manual_sa_out 0x1001
ipsec_in G1 eroute --add --src 10.1.0.0/24 --dst 10.2.0.0/24 --said esp0x1001@192.0.2.2
g2 ip xfrm state add src 192.0.2.2 dst 192.0.2.1 proto esp spi 0x1002 reqid 1 mode tunnel replay-window 32 \
	replay-oseq 0x50000000 aead "rfc4106(gcm(aes))" $MANUAL_KEY_IN 128
manual_xfrm_sa G2 192.0.2.1 192.0.2.2 0x1001 $MANUAL_KEY_OUT
manual_xfrm_policies G2 192.0.2.2 192.0.2.1 10.2.0.0/24 10.1.0.0/24
ping_ok A 10.2.0.2
