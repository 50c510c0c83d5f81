# SPDX-License-Identifier: GPL-2.0
# For scenarios with a real service manager: this machine's systemd as process 1 of a pid namespace on a host, with what
# "make install" installs there, and of Debian's own units only those that all others lean on.
#     . "$LAB/systemd.sh"

SYSTEMD_BASE="basic.target exit.target final.target local-fs.target multi-user.target network.target network-online.target network-pre.target
	paths.target shutdown.target slices.target sockets.target swap.target sysinit.target timers.target umount.target
	systemd-exit.service
	systemd-journald.service systemd-journald.socket systemd-journald-dev-log.socket"
SYSTEMD_UNITS=/etc/systemd/system:/run/systemd/system:/usr/local/lib/systemd/system:/run/lab/units

# systemd_install HOST: what `make install-userland` installs, at its own place, for HOST alone.
systemd_install()
{
	on "$1" sh -e -c "
		mount --bind '$REPO/build/lab/root/usr/local' /usr/local
		cp -a '$REPO/build/lab/root/etc/.' /etc
		mount -t tmpfs tmpfs /etc/systemd/system
		# What another package calls ipsec.
		rm -f /etc/init.d/ipsec
		tr -d - </proc/sys/kernel/random/uuid >/etc/machine-id
		mkdir -p /run/lab/units /run/lab/generators
		cd /lib/systemd/system
		cp $(echo $SYSTEMD_BASE) /run/lab/units
		mkdir /run/lab/units/sysinit.target.wants
		ln -s ../systemd-journald.service ../systemd-journald-dev-log.socket /run/lab/units/sysinit.target.wants
		[ -e /sys/fs/cgroup/cgroup.procs ] || mount -t cgroup2 cgroup2 /sys/fs/cgroup
		mkdir -p /sys/fs/cgroup/lab"
}

# systemd_start HOST: returns when all is done that multi-user.target wants. Its log: $TMP/systemd.log
systemd_start()
{
	local host=$1

	# A cgroup namespace of its own, or it moves what else runs here; its socket refuses whom its pid namespace does not have.
	on_bg "$host" sh -e -c 'echo $$ >/sys/fs/cgroup/lab/cgroup.procs
		exec env -i container=lab PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin SYSTEMD_UNIT_PATH='$SYSTEMD_UNITS' \
			SYSTEMD_GENERATOR_PATH=/run/lab/generators SYSTEMD_ENVIRONMENT_GENERATOR_PATH=/run/lab/generators \
			unshare --pid --mount --cgroup --fork --kill-child --mount-proc sh -e -c "
				umount /sys/fs/cgroup
				mount -t cgroup2 cgroup2 /sys/fs/cgroup
				exec /lib/systemd/systemd --system --unit=multi-user.target --log-target=console --show-status=no"' \
		>"$TMP/systemd.log" 2>&1
	SYSTEMD_UNSHARE=$!
	wait_for 30 "systemd on $host" systemd_runs $SYSTEMD_UNSHARE
	wait_for 90 "multi-user.target on $host" systemd_is_up
}

# systemd_runs PID: unshare is that process, and systemd its child.
systemd_runs()
{
	local name

	# There is no newline at its end.
	read -r SYSTEMD <"/proc/$1/task/$1/children" || [ -n "$SYSTEMD" ] || return
	read -r name <"/proc/$SYSTEMD/comm" && [ "$name" = systemd ]
}

# systemd_on COMMAND...: beside that systemd, in all of its namespaces.
systemd_on()
{
	nsenter -t $SYSTEMD --mount --uts --net --pid --cgroup env SYSTEMD_UNIT_PATH=$SYSTEMD_UNITS "$@"
}

systemd_is_up()
{
	local state

	state=$(systemd_on systemctl is-system-running 2>&1) || true
	echo "$state"
	[[ $state =~ (running|degraded) ]]
}

# systemd_exit: as at the end of a machine. Returns when nothing runs any more.
systemd_exit()
{
	systemd_on systemctl exit || true
	wait $SYSTEMD_UNSHARE || true
}

# unit_property UNIT NAME: as systemctl show knows it.
unit_property()
{
	systemd_on systemctl show -P "$2" "$1"
}
