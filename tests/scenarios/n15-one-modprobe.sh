# SPDX-License-Identifier: GPL-2.0
# limit: 120
# long: yes
# module: no
# N15: "modprobe klips" alone, as depmod knows it, brings all it needs: with every module of the kernel's crypto and IPsec taken out
# before, and the kernel forbidden to load any by itself, ESP, AH and IPCOMP carry tunnels of IPv4 and IPv6 in IPv4 and IPv6. What is
# missing is named in the error. XFRM beside it, with the modules xfrm_user and esp4 typed in.
. "$LAB/ike.sh"
. "$LAB/dual.sh"

root=$TMP/root
modules=$root/lib/modules/$KVER
loader=$(</proc/sys/kernel/modprobe)
PINGS=2

# index: what depmod makes of this kernel's modules that may have to do with it, and of klips.
index()
{
	local part

	mkdir -p "$modules/kernel/net" "$modules/kernel/arch/x86" "$modules/updates"
	for part in crypto net/ipv4 net/ipv6 net/xfrm lib arch/x86/crypto; do
		ln -s "/lib/modules/$KVER/kernel/$part" "$modules/kernel/$part"
	done
	cp /lib/modules/$KVER/modules.{order,builtin,builtin.modinfo} "$modules/"
	cp "$REPO/build/$KVER/klips.ko" "$modules/updates/"
	depmod -b "$root" "$KVER"
	assert_match "modules.dep" '^updates/klips\.ko:' "$(<"$modules/modules.dep")"
}

# take_out: all modules of crypto and of IPsec that nobody uses, the ones on top first.
take_out()
{
	local names name before after

	names=$(find -L "$modules"/kernel/{crypto,arch/x86/crypto} "$modules"/kernel/net/{ipv4,ipv6,xfrm} -name '*.ko*' |
		sed 's,.*/,,; s,\.ko.*,,; y,-,_,')
	names+=$'\nklips\ncryptd\nlibaes\nlibdes\nlibchacha\nlibpoly1305\nzlib_deflate'
	after=$(lsmod | wc -l)
	while [ "$after" != "${before:-}" ]; do
		before=$after
		for name in $(awk '$3 == 0 { print $1 }' /proc/modules | grep -xF "$names" || true); do
			rmmod "$name" 2>/dev/null || true
		done
		after=$(lsmod | wc -l)
	done
	note "left of crypto and IPsec: $(awk '{ print $1 }' /proc/modules | { grep -xF "$names" || true; } | tr '\n' ' ')"
}

# hex BYTES: a key.
hex()
{
	printf '0x'
	printf '5a%.0s' $(seq $1)
}

# gateway HOST OWN FAR OWN6 FAR6 OUT IN OWN-NETS FAR-NETS: both ends of PROTO with OPTIONS. Nets: those over IPv4, then over IPv6,
# each of both families.
gateway()
{
	local host=$1 out=$6 in=$7 own=($8) far=($9) i over spi

	{
		echo "eroute --clear"
		echo "spi --clear"
		echo "spi --said ${PROTO}0x1$out@$3 --src $2 $OPTIONS"
		echo "spi --said ${PROTO}0x1$in@$2 --src $3 $OPTIONS"
		echo "spi --said ${PROTO}0x2$out@$5 --src $4 $OPTIONS"
		echo "spi --said ${PROTO}0x2$in@$4 --src $5 $OPTIONS"
		for i in 0 1 2 3; do
			over=$([ $i -lt 2 ] && echo "$2 $3 0x1" || echo "$4 $5 0x2")
			read -r us them spi <<<"$over"
			echo "eroute --addin --src ${far[i]} --dst ${own[i]} --said $PROTO$spi$in@$us"
			echo "eroute --add --src ${own[i]} --dst ${far[i]} --said $PROTO$spi$out@$them"
		done
	} >"$TMP/$host.batch"
	ipsec_in $host --batch "$TMP/$host.batch"
}

# tunnels TARGETS PROTO OPTION...: whether what goes to the targets arrives; prints what is wrong.
tunnels()
{
	local target text targets=${1//,/ }
	PROTO=$2 OPTIONS="${*:3}"

	gateway G1 192.0.2.1 192.0.2.2 2001:db8::1 2001:db8::2 001 002 \
		"10.1.0.0/24 fd01::/64 10.1.0.0/24 fd01::/64" "10.2.0.0/24 fd02::/64 10.2.6.0/24 fd26::/64" || return
	gateway G2 192.0.2.2 192.0.2.1 2001:db8::2 2001:db8::1 002 001 \
		"10.2.0.0/24 fd02::/64 10.2.6.0/24 fd26::/64" "10.1.0.0/24 fd01::/64 10.1.0.0/24 fd01::/64" || return
	for target in $targets; do
		text=$(on A ping -q -n -c $PINGS -i 0.05 -W 2 -s 500 $target) || true
		[[ $text == *" $PINGS received"* ]] || { echo "to $target: $text"; return 1; }
	done
}

dual_addresses
# Whoever waits for a neighbour may be dropped.
for target in $DUAL_TARGETS; do
	wait_for 10 "the way to $target, in the clear" on A ping -q -n -c 1 -W 1 $target
done
index
note "depmod"
take_out
# However this ends, others want it back.
trap 'status=$?; set +eE; trap - ERR; echo "$loader" >/proc/sys/kernel/modprobe; (exit $status); finish' EXIT
echo >/proc/sys/kernel/modprobe
capture_start wire G1 eth0
modprobe -d "$root" klips || fail "modprobe klips: exit status $?"
note "brought: $(awk '{ print $1 }' /proc/modules | tr '\n' ' ')"
for host in G1 G2; do
	ipsec_in $host tncfg --attach --virtual ipsec0 --physical eth0
	ip -n $host link set ipsec0 up
done
ip -n G1 -batch - <<-END
	route add 10.2.0.0/16 dev ipsec0
	route add fd02::/64 dev ipsec0
	route add fd26::/64 dev ipsec0
END
ip -n G2 -batch - <<-END
	route add 10.1.0.0/24 dev ipsec0
	route add fd01::/64 dev ipsec0
END
works=0
all=0
while read -r transform; do
	all=$((all + 1))
	if text=$(tunnels $transform 2>&1); then
		works=$((works + 1))
	else
		note "with modprobe klips alone: $transform: $text"
	fi
done <<-END
	10.2.0.2,fd02::2,10.2.6.2,fd26::2 esp --esp aes_gcm128 --enckey $(hex 20)
	10.2.0.2 esp --esp aes_ccm128 --enckey $(hex 19)
	fd26::2 esp --esp chacha20_poly1305 --enckey $(hex 36)
	fd02::2 esp --esp aes256-sha2_256 --enckey $(hex 32) --authkey $(hex 32)
	10.2.6.2 esp --esp aes_ctr128-sha2_512 --enckey $(hex 20) --authkey $(hex 64)
	10.2.0.2 esp --esp 3des-sha1 --enckey $(hex 24) --authkey $(hex 20)
	fd02::2 esp --esp null-sha1 --authkey $(hex 20)
	10.2.6.2 esp --esp aes_gmac128 --enckey $(hex 20)
	10.2.0.2 ah --ah sha1 --authkey $(hex 20)
	10.2.0.2,fd02::2,10.2.6.2,fd26::2 ah --ah sha2_256 --authkey $(hex 32)
	10.2.0.2,fd02::2,10.2.6.2,fd26::2 comp --comp deflate
END
capture_stop wire
figure N15/transforms/klips $works of-$all
assert_eq "transforms that work with modprobe klips alone" $all $works
assert_eq "in the clear" 0 "$(capture_count wire '(net 10.0.0.0/8 or net fd00::/8) and not ip proto 4 and not ip6 proto 4 and not ip proto 41 and not ip6 proto 41')"
note "tunnels"

# What is missing is named: the module itself, and an algorithm.
for host in G1 G2; do
	ipsec_in $host tncfg --delete ipsec0
	ipsec_in $host spi --clear
	ipsec_in $host eroute --clear
done
rmmod klips
klips_conf G1
on G1 install -m 644 "$TMP/G1.conf" /etc/ipsec.conf
on G1 install -m 600 "$TMP/G1.secrets" /etc/ipsec.secrets
assert_fails "start without the module" ipsec_in G1 setup start
assert_match "start without the module" 'klips cannot be loaded \(modprobe klips\).*built for this kernel' "$OUTPUT"
take_out
rm "$modules/kernel/crypto"
mkdir "$modules/kernel/crypto"
ln -s /lib/modules/$KVER/kernel/crypto/*.ko* "$modules/kernel/crypto/"
rm "$modules"/kernel/crypto/chacha20poly1305.ko*
depmod -b "$root" "$KVER"
modprobe -d "$root" klips || fail "modprobe klips, with an algorithm missing: exit status $?"
assert_fails "an algorithm that is missing" ipsec_in G1 spi --said esp0x1001@192.0.2.2 --src 192.0.2.1 \
	--esp chacha20_poly1305 --enckey $(hex 36)
assert_match "an algorithm that is missing" '^ipsec spi: esp0x1001@192\.0\.2\.2: the kernel does not have chacha20_poly1305' "$OUTPUT"
manual_sa_out 0x1002
rmmod klips
note "what is missing"

# XFRM with two modules typed in.
take_out
modprobe -a xfrm_user esp4 || true
works=0
while read -r proto algorithm; do
	! on G1 ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto $proto spi 0x1001 mode tunnel $algorithm >/dev/null 2>&1 || works=$((works + 1))
	on G1 ip xfrm state flush || true
done <<-END
	esp aead rfc4106(gcm(aes)) $(hex 20) 128
	esp aead rfc4309(ccm(aes)) $(hex 19) 128
	esp aead rfc7539esp(chacha20,poly1305) $(hex 36) 128
	esp enc cbc(aes) $(hex 32) auth-trunc hmac(sha256) $(hex 32) 128
	esp enc rfc3686(ctr(aes)) $(hex 20) auth-trunc hmac(sha512) $(hex 64) 256
	esp enc cbc(des3_ede) $(hex 24) auth-trunc hmac(sha1) $(hex 20) 96
	esp enc ecb(cipher_null) 0x auth-trunc hmac(sha1) $(hex 20) 96
	esp aead rfc4543(gcm(aes)) $(hex 20) 128
	ah auth-trunc hmac(sha1) $(hex 20) 96
	ah auth-trunc hmac(sha256) $(hex 32) 128
	comp comp deflate
END
figure N15/transforms/xfrm $works of-$all
