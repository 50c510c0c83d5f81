# SPDX-License-Identifier: GPL-2.0
# module: no
# expect-fail: failing-command.sh:6: 'false' ended with status 1
# A command that fails ends the scenario, and its line is the reason.

false
echo "not reached"
