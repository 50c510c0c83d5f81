# SPDX-License-Identifier: GPL-2.0
# module: no
# expect-fail: kernel log: .*WARNING: CPU: 0 PID: 1 at klips
# A kernel warning fails the scenario in whose time it appears.
echo "WARNING: CPU: 0 PID: 1 at klips/none.c:1" >/dev/kmsg
