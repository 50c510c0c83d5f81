// SPDX-License-Identifier: GPL-2.0
/*
 * A host of the lab's network: the process that keeps its namespaces, and the way into them.
 *
 *   host keep NAME               prints "ready" when the host is, then stays until it is killed
 *   host enter PID COMMAND...    runs the command on the host that PID keeps, in the current directory
 *
 * A host has its own network, /run, /etc (a copy that may be changed), /sys and name. unshare and nsenter could do
 * the same; under emulation they take half a second per host, and every command of a scenario starts with this.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static void die(const char *what)
{
	fprintf(stderr, "host: %s: %s\n", what, strerror(errno));
	exit(126);
}

static void set_sysctl(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		die(path);
	close(fd);
}

static void mount_own(void)
{
	if (mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL))
		die("/");
	if (mount("run", "/run", "tmpfs", 0, NULL))
		die("/run");
	mkdir("/run/lock", 0755);
	mkdir("/run/etc", 0700);
	mkdir("/run/etc/upper", 0755);
	mkdir("/run/etc/work", 0755);
	if (mount("etc", "/etc", "overlay", 0, "lowerdir=/etc,upperdir=/run/etc/upper,workdir=/run/etc/work"))
		die("/etc");
	if (mount("sys", "/sys", "sysfs", 0, NULL))
		die("/sys");
}

/* A name for the network, where `ip -n` and `ip netns` look for it. */
static void name_network(const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_CREAT | O_EXCL | O_RDONLY, 0444);
	if (fd < 0 || mount("/proc/self/ns/net", path, NULL, MS_BIND, NULL))
		die(path);
	close(fd);
}

static void loopback_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &ifr))
		die("lo");
	close(fd);
}

static _Noreturn void keep(const char *name)
{
	if (unshare(CLONE_NEWNET))
		die("unshare");
	name_network(name);
	if (unshare(CLONE_NEWNS | CLONE_NEWUTS))
		die("unshare");
	mount_own();
	if (sethostname(name, strlen(name)))
		die("hostname");
	loopback_up();
	set_sysctl("/proc/sys/net/ipv4/ip_forward", "1");
	set_sysctl("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
	set_sysctl("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
	puts("ready");
	fclose(stdout);
	for (;;)
		pause();
}

static void enter_one(const char *pid, const char *kind)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/ns/%s", pid, kind);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, 0))
		die(path);
	close(fd);
}

static int enter(const char *pid, char **command)
{
	char dir[4096];

	if (!getcwd(dir, sizeof(dir)))
		strcpy(dir, "/");
	enter_one(pid, "net");
	enter_one(pid, "uts");
	enter_one(pid, "mnt");
	if (chdir(dir) && chdir("/"))
		die(dir);
	execvp(command[0], command);
	fprintf(stderr, "%s: %s\n", command[0], strerror(errno));
	return errno == ENOENT ? 127 : 126;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "keep"))
		keep(argv[2]);
	if (argc > 3 && !strcmp(argv[1], "enter"))
		return enter(argv[2], argv + 3);
	fprintf(stderr, "usage: host keep NAME\n       host enter PID COMMAND [ARGUMENT...]\n");
	return 2;
}
