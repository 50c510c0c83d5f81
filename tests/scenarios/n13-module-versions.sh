# SPDX-License-Identifier: GPL-2.0
# limit: 60
# module: no
# N13: 'no version for "struct_module" found: kernel tainted'. The module is built for the kernel that it is loaded into, as
# the kernel's own are: same version magic, a version for each symbol where the kernel has them, no complaint, and no taint
# but those of every module from outside the tree (O) that nobody signed (E). The kernel's own stack beside it.

complaints='no (symbol )?version|version of symbol|version magic|kernel tainted'
outside=$((1 << 12 | 1 << 13))

# versions_of MODULE: how many of the symbols it needs have a version in it.
versions_of()
{
	modprobe --dump-modversions "$1" 2>/dev/null | wc -l
}

taint_bits()
{
	local taint=$1 n=0

	while [ "$taint" -gt 0 ]; do
		n=$((n + (taint & 1)))
		taint=$((taint >> 1))
	done
	echo $n
}

# loading NAME MODULE COMMAND...: loads it, and prints the figures of what the kernel said and how it is marked.
loading()
{
	local name=$1 module=$2 before after

	before=$(</proc/sys/kernel/tainted)
	dmesg | wc -l >"$TMP/lines"
	"${@:3}"
	after=$(</proc/sys/kernel/tainted)
	dmesg | tail -n +$(($(<"$TMP/lines") + 1)) >"$TMP/said.$name"
	note "$name: taint $before -> $after, $(modinfo -F vermagic "$module")"
	figure "N13/complaints/$name" "$(grep -cE "$complaints" "$TMP/said.$name" || true)" lines
	figure "N13/taints/$name" "$(taint_bits $((after & ~before & ~outside)))" flags
	figure "N13/symbol-versions/$name" "$(versions_of "$module")" symbols
}

klips=$REPO/build/$KVER/klips.ko
esp4=$(modinfo -n esp4)
loading xfrm "$esp4" modprobe -a esp4 xfrm_user
loading klips "$klips" module_load

assert_eq "version magic of klips and of esp4" "$(modinfo -F vermagic esp4)" "$(modinfo -F vermagic "$klips")"
for name in klips xfrm; do
	assert_eq "N13: complaints about $name" "" "$(grep -E "$complaints" "$TMP/said.$name" || true)"
done
assert_eq "N13: taints but O and E" 0 $(($(</proc/sys/kernel/tainted) & ~outside))
case $(modinfo -F vermagic "$klips") in
*modversions*)
	for symbol in module_layout xfrm4_protocol_register crypto_alloc_aead; do
		assert_match "symbols of klips with a version" "[[:space:]]$symbol$" "$(modprobe --dump-modversions "$klips")"
	done
	;;
esac
rmmod klips
