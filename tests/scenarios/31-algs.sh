# limit: 180
# Every ESP algorithm that `ipsec spi --esp help` lists, klips on G1 against XFRM on G2, each with every replay window and
# with and without 64-bit sequence numbers so that all pairs of (algorithm, window, ESN) are there. All SAs stand at
# once, each for a host address of its own behind G2; to each A sends 1, 64, 1300, 1460 bytes (which fit the link but not
# the tunnel) and 3000 (which A itself fragments), and all must come back. XFRM cannot: ESN with window 0 (it has 32 there).

# setups: the files klips, xfrm, addr and hosts in $TMP, from the list of algorithms.
setups()
{
	ipsec spi --esp help | awk -v dir="$TMP" '
	function key(bits, seed,	hex, i) {
		hex = "0x"
		for (i = 0; i < bits / 8; i++)
			hex = hex sprintf("%02x", (seed * 37 + i * 11 + 5) % 256)
		return hex
	}
	# What ip xfrm calls it, with its keys.
	function xfrm_alg(name, ekey, akey, icv,	enc, hash) {
		if (name ~ /^aes_gcm/) return "aead rfc4106(gcm(aes)) " ekey " " icv
		if (name ~ /^aes_ccm/) return "aead rfc4309(ccm(aes)) " ekey " " icv
		if (name ~ /^aes_gmac/) return "aead rfc4543(gcm(aes)) " ekey " " icv
		if (name ~ /^chacha20/) return "aead rfc7539esp(chacha20,poly1305) " ekey " " icv
		if (name ~ /^aes_ctr/) enc = "rfc3686(ctr(aes)) " ekey
		else if (name ~ /^aes/) enc = "cbc(aes) " ekey
		else if (name ~ /^3des/) enc = "cbc(des3_ede) " ekey
		else enc = "ecb(cipher_null) \"\""
		hash = name
		sub(/.*-sha(2_)?/, "sha", hash)
		return "enc " enc " auth-trunc hmac(" hash ") " akey " " icv
	}
	function one(i, name, ebits, abits, icv, window, esn,	out, in_, host, keys, says, at, xfrm, n) {
		out = sprintf("0x%x", 65536 + i)
		in_ = sprintf("0x%x", 131072 + i)
		host = "10.2." (1 + int(i / 200)) "." (1 + i % 200)
		keys = ebits ? " --enckey " key(ebits, i) : ""
		keys = keys (abits ? " --authkey " key(abits, i + 1) : "")
		says = " --esp " name keys " --replay_window " window (esn ? " --esn" : "")
		print "spi --said esp" out "@192.0.2.2 --src 192.0.2.1" says >(dir "/klips")
		print "spi --said esp" in_ "@192.0.2.1 --src 192.0.2.2" says >(dir "/klips")
		print "eroute --add --src 10.1.0.2/32 --dst " host "/32 --said esp" out "@192.0.2.2" >(dir "/klips")
		print "eroute --addin --src " host "/32 --dst 10.1.0.2/32 --said esp" in_ "@192.0.2.1" >(dir "/klips")
		# XFRM keeps a window of more than 32 packets only where it counts with 64 bits, and must have one there.
		n = esn ? (window ? window : 32) " flag esn" : (window > 32 ? 32 : window)
		xfrm = " reqid " i + 1 " mode tunnel replay-window " n " " xfrm_alg(name, key(ebits, i), key(abits, i + 1), icv)
		at = " proto esp reqid " i + 1 " mode tunnel"
		print "xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi " out xfrm >(dir "/xfrm")
		print "xfrm state add src 192.0.2.2 dst 192.0.2.1 proto esp spi " in_ xfrm >(dir "/xfrm")
		print "xfrm policy add src " host " dst 10.1.0.2 dir out tmpl src 192.0.2.2 dst 192.0.2.1" at >(dir "/policy")
		print "xfrm policy add src 10.1.0.2 dst " host " dir fwd tmpl src 192.0.2.1 dst 192.0.2.2" at >(dir "/policy")
		print "addr add " host "/32 dev lo" >(dir "/addr")
		print host, name, "window", window, esn ? "ESN" : "" >(dir "/hosts")
		if ((window == 32 || window == 64) && esn)
			print name, keys, "|", xfrm_alg(name, key(ebits, i), key(abits, i + 1), icv) >(dir "/wraps")
	}
	BEGIN { split("0 32 64 4096", windows) }
	# Every algorithm with every window; ESN with every second of them, the other half for the next algorithm.
	NR > 1 {
		for (w = 1; w <= 4; w++)
			one(4 * (NR - 2) + w - 1, $1, $2, $6, $8, windows[w], (NR + w) % 2)
	}'
}

# What a kernel does not have is named: here the kernel may not load its module.
modprobe -qr des3_ede_x86_64 des_generic || true
printf 'install %s /bin/false\n' des_generic des3_ede_x86_64 >/etc/modprobe.d/klips-test.conf
assert_fails "3DES where the kernel has none" ipsec_in G1 spi --said esp0x3001@192.0.2.2 --src 192.0.2.1 --esp 3des-sha1 \
	--enckey 0x000102030405060708090a0b0c0d0e0f1011121314151617 --authkey 0x000102030405060708090a0b0c0d0e0f10111213
assert_match "3DES where the kernel has none" "the kernel does not have 3des-sha1" "$OUTPUT"
rm /etc/modprobe.d/klips-test.conf

setups
count=$(wc -l <"$TMP/hosts")
note "$count set-ups"
[ "$count" -ge 190 ] || fail "only $count set-ups"

ipsec_in G1 tncfg --attach --virtual ipsec0 --physical eth0
g1 ip link set ipsec0 up
g1 ip route add 10.2.0.0/16 dev ipsec0
g2 ip route add 10.2.0.0/16 via 10.2.0.2
ip -n B -batch "$TMP/addr"
note "addresses"
modprobe -a esp4 xfrm_user
with_ciphers ip -n G2 -batch "$TMP/xfrm"
note "XFRM's SAs"
ip -n G2 -batch "$TMP/policy"
note "XFRM's policies"
ipsec_in G1 --batch "$TMP/klips"
note "klips' side"

assert_eq "SAs of klips" $((2 * count)) "$(ipsec_in G1 spi | wc -l)"
udp_echo B 7000
bad=$(on A udp each -s 1,64,1300,1460,3000 7000 <"$TMP/hosts") || fail "not answered: $bad"
note "traffic"

# Nothing was in the clear, nothing was lost on the way.
json=$(ipsec_in G1 spi --json)
assert_eq "SAs that dropped something" "[]" "$(jq -c '[.sas[] | select(.drops | length > 0) | {said, alg, drops}]' <<<"$json")"
assert_eq "SAs that carried too little" "[]" "$(jq -c '[.sas[] | select(.packets < 5) | {said, alg, packets}]' <<<"$json")"
assert_eq "windows that are shown" "0 32 64 4096" "$(jq -r '[.sas[].replay.window] | unique | join(" ")' <<<"$json")"
assert_eq "SAs with ESN" $count "$(jq '[.sas[] | select(.replay.esn)] | length' <<<"$json")"
assert_eq "bitmaps of inbound SAs with a window that show fewer packets than came" "[]" "$(jq -c '[.sas[] |
	select(.direction == "in" and .replay.window >= 32 and (.replay.bitmap | test("0000$")))]' <<<"$json")"

# The lower half of the number wraps, in the direction in which XFRM sends: it starts shortly before.
wrap()
{
	local keys=$2 xfrm=$3

	g2 ip xfrm state flush
	g2 ip xfrm policy flush
	ipsec_in G1 --batch - <<-END
		eroute --clear
		spi --clear
		spi --said esp0x3001@192.0.2.2 --src 192.0.2.1 --esp $1 $keys --replay_window 64 --esn
		spi --said esp0x3002@192.0.2.1 --src 192.0.2.2 --esp $1 $keys --replay_window 64 --esn
		eroute --add --src 10.1.0.0/24 --dst 10.2.0.0/24 --said esp0x3001@192.0.2.2
		eroute --addin --src 10.2.0.0/24 --dst 10.1.0.0/24 --said esp0x3002@192.0.2.1
	END
	ip -n G2 -batch - <<-END
		xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x3001 mode tunnel replay-window 64 flag esn $xfrm
		xfrm state add src 192.0.2.2 dst 192.0.2.1 proto esp spi 0x3002 mode tunnel replay-window 64 flag esn replay-oseq 0xfffffffa $xfrm
		xfrm policy add src 10.2.0.0/24 dst 10.1.0.0/24 dir out tmpl src 192.0.2.2 dst 192.0.2.1 proto esp mode tunnel
		xfrm policy add src 10.1.0.0/24 dst 10.2.0.0/24 dir fwd tmpl src 192.0.2.1 dst 192.0.2.2 proto esp mode tunnel
	END
	ping_ok A 10.2.0.2 12
	assert_eq "$1: the last number that came, 4294967302 = 2^32 + 6" 4294967302 \
		"$(ipsec_in G1 spi --json | jq '.sas[] | select(.direction == "in") | .replay.seq_in')"
}

wraps=0
while IFS='|' read -r name_and_keys xfrm; do
	case $name_and_keys in
	aes_gcm192* | aes_ccm_12_128* | chacha20* | aes_gmac192* | aes_ctr192-sha2_384* | null-sha1* | 3des-sha2_512*)
		wrap ${name_and_keys%% *} "${name_and_keys#* }" "$xfrm"
		wraps=$((wraps + 1)) ;;
	esac
done <"$TMP/wraps"
[ $wraps -eq 7 ] || fail "only $wraps wraps tested"
note "$wraps wraps"
