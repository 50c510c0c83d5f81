# SPDX-License-Identifier: GPL-2.0
# limit: 200000
# Where the instructions of cost.sh go, by function: perf samples the one CPU by its clock, which counts instructions.
# Lines "profile STACK/BYTES/FUNCTION N insn" per datagram, of functions with half a percent or more, and what the others
# have; "klips" is all of the module. Samples of a CPU with nothing to do do not count.
. "$REPO/tests/bench/stacks.sh"

count=10000

# by_function TOTAL: from perf's list of symbols, one a sample, to instructions of one datagram.
by_function()
{
	grep -v native_safe_halt | sort | uniq -c | sort -rn | awk -v total="$1" '
		FNR == NR { module[$1] = 1; next }
		{ n[$2] = $1; name[++count] = $2; all += $1 }
		$2 in module { ours += $1 }
		END {
			for (i = 1; i <= count && n[name[i]] >= all / 200; i++) {
				printf "%s %d\n", name[i], total * n[name[i]] / all
				shown += n[name[i]]
			}
			printf "others %d\nklips %d\n", total * (all - shown) / all, total * ours / all
		}' <(awk '$4 == "[klips]" { print $3 }' /proc/kallsyms) -
}

# profile STACK BYTES
profile()
{
	local whole name insn

	whole=$(on A "$REPO/build/lab/bin/blast" 10.2.0.2 9 $2 3000)
	perf record -q -a -e cpu-clock -F 2000 -o "$TMP/perf.data" -- \
		host enter "${HOST_PID[A]}" "$REPO/build/lab/bin/blast" 10.2.0.2 9 $2 $count >/dev/null
	perf script -i "$TMP/perf.data" -F ip,sym | sed "s,^ *[0-9a-f]* *,," | grep -v '^$' | by_function $whole >"$TMP/profile"
	while read -r name insn; do
		echo "profile $1/$2/$name $insn insn"
	done <"$TMP/profile" | tee -a /lab/figures
}

sink_for_datagrams
ping_ok A 10.2.0.2 2
for stack in xfrm klips; do
	${stack}_up
	ping_ok A 10.2.0.2 2
	profile $stack 64
	profile $stack 1300
	${stack}_down
done
