# SPDX-License-Identifier: GPL-2.0
# limit: 200000
# What a byte of TCP costs from a process on G1 to one on G2, both ends included, through the same tunnel by either stack.
. "$REPO/tests/bench/stacks.sh"

bytes=8000000

# per_byte: instructions, with two digits.
per_byte()
{
	on G1 "$REPO/build/lab/bin/stream" send 10.2.0.1 5001 $bytes | awk -v bytes=$bytes '{ printf "%.2f\n", $1 / bytes }'
}

stream_receiver G2
ip -n G1 route add 10.2.0.1 via 192.0.2.2 src 10.1.0.1
ip -n G2 route add 10.1.0.1 via 192.0.2.1 src 10.2.0.1
figure tcp-local/none $(per_byte) insn/byte
for stack in xfrm klips; do
	${stack}_up
	if [ $stack = klips ]; then
		ip -n G1 route replace 10.2.0.1 dev ipsec0 src 10.1.0.1
		ip -n G2 route replace 10.1.0.1 dev ipsec0 src 10.2.0.1
	fi
	ping_ok G1 10.2.0.1 2
	per_byte >/dev/null
	figure tcp-local/$stack $(per_byte) insn/byte
	${stack}_down
done
