// SPDX-License-Identifier: GPL-2.0
/* pluto, who else speaks IKE, and the files. */
#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "capture.h"
#include "client.h"
#include "ikealg.h"
#include "paths.h"
#include "status.h"
#include "verify.h"

static const char * const daemons[] = { "charon", "charon-systemd", "racoon", "iked", "isakmpd", "raccoon2", "iked2" };

static bool is_pid(const char *name)
{
	return isdigit((unsigned char)name[0]);
}

static bool comm_of(const char *pid, char comm[32])
{
	char path[300], *text;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	text = file_text(path);
	if (!text)
		return false;
	snprintf(comm, 32, "%.*s", (int)strcspn(text, "\n"), text);
	free(text);
	return true;
}

static bool same_namespace(const char *pid)
{
	char path[300], own[64] = "", its[64] = "";

	snprintf(path, sizeof(path), "/proc/%s/ns/net", pid);
	return readlink("/proc/self/ns/net", own, sizeof(own) - 1) > 0 && readlink(path, its, sizeof(its) - 1) > 0 &&
	       !strcmp(own, its);
}

static bool is_other(const char *pid, const char *comm)
{
	char path[300], exe[PATH_MAX] = "", ours[PATH_MAX];
	unsigned int i;

	for (i = 0; i < sizeof(daemons) / sizeof(daemons[0]); i++)
		if (!strcmp(comm, daemons[i]))
			return true;
	if (strcmp(comm, "pluto"))
		return false;
	snprintf(path, sizeof(path), "/proc/%s/exe", pid);
	snprintf(ours, sizeof(ours), "%s/pluto", path_exec_dir());
	return readlink(path, exe, sizeof(exe) - 1) > 0 && strncmp(exe, ours, strlen(ours));
}

static void others(struct verify *v)
{
	DIR *proc = opendir("/proc");
	unsigned int found = 0;
	struct dirent *d;
	char comm[32];

	while (proc && (d = readdir(proc)) != NULL) {
		if (!is_pid(d->d_name) || !comm_of(d->d_name, comm) || !is_other(d->d_name, comm) || !same_namespace(d->d_name))
			continue;
		found++;
		verify_say(v, VERIFY_FAILED, "other_daemon", "No other key daemon runs", "%s (pid %s) speaks IKE here, too: stop it, and disable its unit",
			   comm, d->d_name);
	}
	if (proc)
		closedir(proc);
	if (!found)
		verify_say(v, VERIFY_OK, "other_daemon", "No other key daemon runs", NULL);
}

/* ---- ports ---- */

/* The inode of a socket at UDP port @port, 0: nobody has it. */
static unsigned long port_inode(const char *path, unsigned int port)
{
	char *text = file_text(path), *line = text, *next;
	unsigned long inode, found = 0;
	unsigned int local;

	for (; line && *line && !found; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (sscanf(line, " %*u: %*[0-9A-Fa-f]:%x %*s %*s %*s %*s %*s %*s %*s %lu", &local, &inode) == 2 && local == port)
			found = inode;
	}
	free(text);
	return found;
}

static bool has_socket(const char *pid, unsigned long inode)
{
	char path[600], link[64], want[64];
	bool found = false;
	struct dirent *d;
	ssize_t len;
	DIR *fds;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	snprintf(want, sizeof(want), "socket:[%lu]", inode);
	fds = opendir(path);
	while (fds && !found && (d = readdir(fds)) != NULL) {
		snprintf(path, sizeof(path), "/proc/%s/fd/%s", pid, d->d_name);
		len = readlink(path, link, sizeof(link) - 1);
		link[len > 0 ? len : 0] = '\0';
		found = !strcmp(link, want);
	}
	if (fds)
		closedir(fds);
	return found;
}

/* "comm (pid N)" of who has it. */
static void owner(unsigned long inode, char buf[64], bool *ours)
{
	DIR *proc = opendir("/proc");
	struct dirent *d;
	char comm[32];

	strcpy(buf, "a program that cannot be found");
	*ours = false;
	while (proc && (d = readdir(proc)) != NULL) {
		if (!is_pid(d->d_name) || !has_socket(d->d_name, inode) || !comm_of(d->d_name, comm))
			continue;
		snprintf(buf, 64, "%.20s (pid %.10s)", comm, d->d_name);
		*ours = !strcmp(comm, "pluto") && !is_other(d->d_name, comm);
		if (*ours)
			break;		/* others keep it for pluto: systemd, ipsec-sockets */
	}
	if (proc)
		closedir(proc);
}

static void port(struct verify *v, unsigned int number, bool running)
{
	unsigned long inode = port_inode("/proc/net/udp", number);
	const char *name = number == 500 ? "port_500" : "port_4500";
	char what[64], who[64];
	bool ours;

	snprintf(what, sizeof(what), "UDP port %u", number);
	if (!inode) {
		verify_say(v, running ? VERIFY_FAILED : VERIFY_OK, name, what,
			   running ? "pluto runs and does not listen: is there an address on the devices of interfaces= and listen=? \"ipsec status\"" : "free");
		return;
	}
	owner(inode, who, &ours);
	verify_say(v, ours ? VERIFY_OK : VERIFY_FAILED, name, what, ours ? "%s" : "%s has it: stop that", who);
}

/* ---- ML-KEM ---- */

static const char *kem_named(const struct conf_proposals *p)
{
	unsigned int i, j;

	for (i = 0; i < p->n; i++)
		for (j = 0; j < CONF_ADDKES; j++)
			if (ikealg_kem_name(p->list[i].addke[j]))
				return ikealg_kem_name(p->list[i].addke[j]);
	return NULL;
}

/* The first conn that names one: its name, and *kem. */
static const char *kem_conn(const struct conf *conf, const char **kem)
{
	unsigned int i;

	for (i = 0; i < conf->n_conns; i++) {
		*kem = kem_named(&conf->conns[i].ike);
		if (!*kem)
			*kem = kem_named(&conf->conns[i].esp);
		if (*kem)
			return conf->conns[i].name;
	}
	return NULL;
}

/* Which libcrypto is pluto's only pluto knows. */
static void mlkem(struct verify *v, bool running)
{
	const char *kem, *conn = kem_conn(&v->conf, &kem), *what = "libcrypto has ML-KEM";
	struct status s;

	memset(&s, 0, sizeof(s));
	if (!running || status_ask(&s, CTL_PATH, ""))
		verify_say(v, VERIFY_NA, "mlkem", what, "it is known when pluto runs");
	else if (s.daemon.mlkem)
		verify_say(v, VERIFY_OK, "mlkem", what, "%s", s.daemon.libcrypto);
	else if (conn)
		verify_say(v, VERIFY_FAILED, "mlkem", what,
			   "conn %s names %s, and %s does not have it: take a system with OpenSSL 3.5 or later, or %s out of ike= and esp=",
			   conn, kem, s.daemon.libcrypto, kem);
	else
		verify_say(v, VERIFY_NA, "mlkem", what, "%s does not, OpenSSL 3.5 and later do; no conn names it", s.daemon.libcrypto);
	status_free(&s);
}

static void pluto(struct verify *v)
{
	bool running = client_running(CTL_PATH);

	if (running)
		verify_say(v, VERIFY_OK, "pluto", "pluto runs", NULL);
	else
		verify_say(v, VERIFY_WARNING, "pluto", "pluto runs", "it does not: ipsec start (at boot: systemctl enable ipsec)");
	port(v, 500, running);
	port(v, 4500, running);
	mlkem(v, running);
}

/* ---- files, clock ---- */

static void secrets(struct verify *v)
{
	char path[PATH_MAX];
	struct stat st;

	snprintf(path, sizeof(path), "%s/ipsec.secrets", path_conf_dir());
	if (stat(path, &st) < 0)
		verify_say(v, VERIFY_WARNING, "secrets", "Secrets are secret", "%s is not there: conns with authby=secret and raw keys need it", path);
	else if (st.st_mode & 077)
		verify_say(v, VERIFY_FAILED, "secrets", "Secrets are secret", "others may read or write %s (mode %o): chmod 600 %s", path,
			   st.st_mode & 07777, path);
	else if (st.st_uid)
		verify_say(v, VERIFY_FAILED, "secrets", "Secrets are secret", "%s belongs to user %u: chown root %s", path, st.st_uid, path);
	else
		verify_say(v, VERIFY_OK, "secrets", "Secrets are secret", NULL);
}

static void private_dir(struct verify *v)
{
	char path[PATH_MAX];
	struct stat st;

	snprintf(path, sizeof(path), "%s/ipsec.d/private", path_conf_dir());
	if (!stat(path, &st) && st.st_mode & 077)
		verify_say(v, VERIFY_FAILED, "private", "Private keys are private", "others may enter %s (mode %o): chmod 700 %s", path,
			   st.st_mode & 07777, path);
}

/* Certificates are judged by it. */
static void clock_check(struct verify *v)
{
	struct timex tx = { .modes = 0 };
	struct stat st;
	int state = adjtimex(&tx);

	if (!stat("/proc/self/exe", &st) && time(NULL) < st.st_mtime)
		verify_say(v, VERIFY_FAILED, "clock", "Clock", "it is earlier than these commands were made: set it, or no certificate is valid (timedatectl)");
	else if (state == TIME_ERROR)
		verify_say(v, VERIFY_WARNING, "clock", "Clock", "nobody keeps it right: certificates are judged by it (timedatectl set-ntp yes)");
	else
		verify_say(v, VERIFY_OK, "clock", "Clock", NULL);
}

void verify_daemon(struct verify *v)
{
	pluto(v);
	others(v);
	secrets(v);
	private_dir(v);
	clock_check(v);
}
