# SPDX-License-Identifier: GPL-2.0
# Where the kernels are that tests/lab/fetch fetches. Sourced, with $lab set. LAB_KERNELS names another directory for them,
# which several work trees may share.
kernels_dir=${LAB_KERNELS:-${lab%/tests/lab}/build/lab/kernels}
kernels_root=$kernels_dir/root

# All lines of the table but the first: NAME SUITE.
fetched_kernels()
{
	awk '/^[^#]/ && n++ { print $1, $2 }' "$lab/kernels"
}

# The first suite has the compiler; a suite of backports does not stand for itself.
fetched_suites()
{
	fetched_kernels | awk '{ print $2; sub(/-backports$/, "", $2); print $2 }' | sort -u
}

# fetched_version NAME: "6.12" -> "6.12.117+deb13-amd64"; fails when it, or what building for it takes, is not there.
fetched_version()
{
	local dir

	for dir in "$kernels_root/usr/lib/modules/$1".*; do
		if [ -d "$dir/kernel" ] && [ -e "$kernels_root/usr/src/linux-headers-${dir##*/}/Makefile" ]; then
			echo "${dir##*/}"
			return 0
		fi
	done
	return 1
}

# fetched_image VERSION: the kernel itself, where the releases have it.
fetched_image()
{
	local file

	for file in "$kernels_root/boot/vmlinuz-$1" "$kernels_root/usr/lib/modules/$1/vmlinuz"; do
		[ ! -e "$file" ] || { echo "$file"; return 0; }
	done
	return 1
}
