# SPDX-License-Identifier: GPL-2.0
# What of `make interop` is to be run.

# wanted NAME: with ROWS="default dh1*" those rows alone.
wanted()
{
	local pattern patterns

	read -ra patterns <<<"${ROWS:-*}"
	for pattern in "${patterns[@]}"; do
		[[ $1 != $pattern ]] || return 0
	done
	return 1
}
