# SPDX-License-Identifier: GPL-2.0
# module: no
# limit: 3
# expect-fail: not done within its limit of 3 s
# A scenario that hangs is ended, with all that it started.
on A sleep 1000 &
sleep 1000
