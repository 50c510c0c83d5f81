# limit: 200000
# What each stack adds to a forwarded datagram, both gateways included: A -> G1 => G2 -> B, AES-GCM.
# The difference to the same path without IPsec; XFRM and klips in turn, in one boot.

. "$REPO/tests/bench/stacks.sh"

# cost BYTES: instructions per datagram.
cost()
{
	on A "$REPO/build/lab/bin/blast" 10.2.0.2 9 "$1" 3000
}

sink_for_datagrams
ping_ok A 10.2.0.2 2
for bytes in 64 1300; do
	plain[$bytes]=$(cost $bytes)
	figure path/none/$bytes ${plain[$bytes]} insn
done
for stack in xfrm klips; do
	${stack}_up
	ping_ok A 10.2.0.2 2
	for bytes in 64 1300; do
		value=$(cost $bytes)
		figure path/aes_gcm128/$bytes/$stack $value insn
		figure added/aes_gcm128/$bytes/$stack $((value - plain[bytes])) insn
	done
	${stack}_down
done
