# SPDX-License-Identifier: GPL-2.0
# An interactive shell on G1. a, b, g1 and g2 run a command on that host; without one, another shell.

mkdir "$TMP/bin"
for host in A B G1 G2; do
	cat >"$TMP/bin/${host,,}" <<-END
		#!/bin/sh
		[ \$# -gt 0 ] || set -- bash --rcfile $TMP/rc -i
		exec host enter ${HOST_PID[$host]} "\$@"
	END
done
chmod +x "$TMP"/bin/*
export PATH=$TMP/bin:$PATH
echo "PS1='\\h# '; unset HISTFILE; cd" >"$TMP/rc"

sed -n '/^# *A  /,/^# *10.1.0.2/s/^#//p' "$LAB/net.sh"
cat <<'END'
You are root on G1 of this network, in a virtual machine. Nothing that you do here reaches your own machine.

  a ping 10.2.0.2          a command on another host: a, b, g1, g2; without a command: a shell there
  tcpdump -lni eth0 &      what is on the wire between the gateways
  ipsec --help             klips: the module is loaded
  g2 swanctl --help        strongSwan is here, too
  exit                     ends the virtual machine

END
on G1 bash --rcfile "$TMP/rc" -i || true
trap - EXIT
exit 0
