// SPDX-License-Identifier: GPL-2.0
/* sources: userland/pluto/updown.c userland/pluto/process.c userland/pluto/updown_env.c userland/pluto/ts.c userland/pluto/loop.c userland/pluto/plog.c userland/pluto/orient.c userland/lib/conf_policy.c userland/lib/conf.c userland/lib/conf_family.c userland/lib/conf_closed.c userland/lib/conf_source.c userland/lib/conf_keys.c userland/lib/conf_value.c userland/lib/conf_pool.c userland/lib/conf_auth.c userland/lib/dn.c userland/lib/rsakey.c userland/lib/conf_id.c userland/lib/conf_proposal.c userland/lib/protoport.c userland/lib/addr.c userland/lib/subnet.c userland/lib/value.c userland/lib/ttodata.c userland/pluto/source6.c userland/lib/conf_wrong.c userland/lib/conf_setup.c */
/* Real programs are run: what they are told, in which order, and that none of them keeps anybody. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loop.h"
#include "plog.h"
#include "pluto.h"
#include "unit.h"
#include "updown.h"

static const struct kernel_ops kernel = { .name = "klips" };
struct pluto pluto = { .kernel = &kernel };

static char dir[] = "/tmp/test_updown.XXXXXX";
static char log_path[64], out_path[64], script[64];

struct ip_addr from_ike_addr(const struct ike_addr *addr)
{
	struct ip_addr out = { 0 };

	addr_from_bytes(&out, addr->family, addr->bytes, addr_len(addr->family));
	return out;
}

static struct ip_addr addr(const char *text)
{
	struct ip_addr a = { 0 };

	CHECK(!addr_parse(text, AF_UNSPEC, &a), "%s is no address", text);
	return a;
}

static struct conn conn_make(const char *name, const char *command)
{
	struct conn c = { 0 };

	strcpy(c.conf.name, name);
	c.where.local = addr("192.0.2.1");
	c.where.remote = addr("192.0.2.2");
	c.where.source = addr("10.1.0.1");
	strcpy(c.where.phys, "eth0");
	strcpy(c.where.virt, "ipsec0");
	subnet_parse("10.1.0.0/24", AF_UNSPEC, &c.conf.end[0].subnet);
	subnet_parse("10.2.0.0/20", AF_UNSPEC, &c.conf.end[1].subnet);
	c.conf.end[0].protoport = (struct protoport){ .proto = 17, .port = htons(1701) };
	conf_id_parse("@west", &c.conf.end[0].id);
	c.conf.authby = CONF_AUTHBY_SECRET;
	c.conf.mtu = 1400;
	strcpy(c.conf.end[0].updown, command);
	return c;
}

static struct ike_child child_make(uint32_t serial, const char *conn, const char *id)
{
	struct ike_child c = { .child = serial, .conn = conn };

	c.remote.family = AF_INET;
	memcpy(c.remote.bytes, (uint8_t[]){ 198, 51, 100, 7 }, 4);
	c.peer_id.type = CONF_ID_FQDN;
	c.peer_id.len = strlen(id);
	memcpy(c.peer_id.data, id, strlen(id));
	return c;
}

/* ---- the environment ---- */

static const char *value(const struct updown_env *env, const char *name)
{
	size_t at, len = strlen(name);

	for (at = 0; at < env->len; at += strlen(env->text + at) + 1)
		if (!strncmp(env->text + at, name, len) && env->text[at + len] == '=')
			return env->text + at + len + 1;
	return NULL;
}

static void told(const struct updown_env *env, const char *name, const char *want)
{
	const char *got = value(env, name);

	CHECK(want ? got && !strcmp(got, want) : !got, "%s is \"%s\", not \"%s\"", name, got ? got : "(not there)",
	      want ? want : "(not there)");
}

static void environment(void)
{
	struct conn c = conn_make("west-east", "/bin/true");
	struct ike_child child = child_make(7, "a", "east.example; reboot $(id) `id`\n'\"*");
	struct updown_env env;

	updown_env_make(&env, &c, NULL);
	told(&env, "PLUTO_VERSION", "2.0");
	told(&env, "PLUTO_STACK", "klips");
	told(&env, "PLUTO_CONNECTION", "west-east");
	told(&env, "PLUTO_INTERFACE", "ipsec0");
	told(&env, "PLUTO_NEXT_HOP", NULL);
	told(&env, "PLUTO_ME", "192.0.2.1");
	told(&env, "PLUTO_MY_ID", "@west");
	told(&env, "PLUTO_MY_CLIENT", "10.1.0.0/24");
	told(&env, "PLUTO_MY_CLIENT_NET", "10.1.0.0");
	told(&env, "PLUTO_MY_CLIENT_MASK", "255.255.255.0");
	told(&env, "PLUTO_MY_PROTOCOL", "17");
	told(&env, "PLUTO_MY_PORT", "1701");
	told(&env, "PLUTO_MY_SOURCEIP", "10.1.0.1");
	told(&env, "PLUTO_PEER", "192.0.2.2");
	told(&env, "PLUTO_PEER_ID", "192.0.2.2");
	told(&env, "PLUTO_PEER_CLIENT", "10.2.0.0/20");
	told(&env, "PLUTO_PEER_CLIENT_MASK", "255.255.240.0");
	told(&env, "PLUTO_PEER_PROTOCOL", "0");
	told(&env, "PLUTO_MTU", "1400");
	told(&env, "PLUTO_CONN_POLICY", "PSK+ENCRYPT+TUNNEL");
	told(&env, "PLUTO_CONN_ADDRFAMILY", "ipv4");
	told(&env, "PLUTO_PEER_CA", NULL);
	c.where.nexthop = addr("192.0.2.254");
	updown_env_make(&env, &c, &child);
	told(&env, "PLUTO_NEXT_HOP", "192.0.2.254");
	told(&env, "PLUTO_PEER", "198.51.100.7");
	told(&env, "PLUTO_PEER_ID", "@east.example__reboot___id___id_____");
	/* whoever comes, before he has come */
	memset(&c.where.remote, 0, sizeof(c.where.remote));
	memset(&c.conf.end[1].subnet, 0, sizeof(c.conf.end[1].subnet));
	updown_env_make(&env, &c, NULL);
	told(&env, "PLUTO_PEER", NULL);
	told(&env, "PLUTO_PEER_ID", "%any");
	told(&env, "PLUTO_PEER_CLIENT", NULL);
	unit_done("updown: the environment");
}

static void longest(void)
{
	struct conn c = conn_make("a", "/bin/true");
	struct updown_env env;
	unsigned int i;

	memset(c.conf.name, 'n', sizeof(c.conf.name) - 1);
	for (i = 0; i < 2; i++) {
		c.conf.end[i].id = (struct conf_id){ .type = CONF_ID_KEY, .len = sizeof(c.conf.end[i].id.data) };
		memset(c.conf.end[i].id.data, 0xff, sizeof(c.conf.end[i].id.data));
		c.conf.end[i].ca.kind = CONF_CA_NAME;
		c.conf.end[i].ca.name = c.conf.end[i].id;
	}
	c.where.nexthop = addr("192.0.2.254");
	updown_env_make(&env, &c, NULL);
	CHECK(env.len < sizeof(env.text) && !env.text[env.len - 1], "%zu bytes", env.len);
	CHECK(value(&env, "PLUTO_CONN_CLIENTFAMILY"), "the last variable is not there");
	CHECK(value(&env, "PLUTO_PEER_CA"), "the CA is not there");
	unit_done("updown: the longest environment");
}

static void verbs(void)
{
	struct conn c = conn_make("a", "/bin/true");
	char buf[UPDOWN_VERB];

	CHECK(!strcmp(updown_verb(UPDOWN_UP, &c, NULL, buf), "up-client"), "%s", buf);
	memset(&c.conf.end[0].subnet, 0, sizeof(c.conf.end[0].subnet));
	CHECK(!strcmp(updown_verb(UPDOWN_DOWN, &c, NULL, buf), "down-host"), "%s", buf);
	c.where.local = addr("2001:db8::1");
	CHECK(!strcmp(updown_verb(UPDOWN_PREPARE, &c, NULL, buf), "prepare-host-v6"), "%s", buf);
	subnet_parse("2001:db8:1::/48", AF_UNSPEC, &c.conf.end[0].subnet);
	CHECK(!strcmp(updown_verb(UPDOWN_UNROUTE, &c, NULL, buf), "unroute-client-v6"), "%s", buf);
	unit_done("updown: the verbs");
}

/* ---- programs ---- */

static void script_write(const char *body)
{
	FILE *f = fopen(script, "w");

	if (!f) {
		perror(script);
		exit(1);
	}
	fprintf(f, "#!/bin/sh\n%s\n", body);
	fclose(f);
	chmod(script, 0755);
	unlink(out_path);
	if (truncate(log_path, 0))
		perror(log_path);
}

static const char *text_of(const char *path)
{
	static char text[65536];
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	text[n] = '\0';
	if (f)
		fclose(f);
	return text;
}

/* Until nothing runs, or @ms are over. */
static void wait_for_all(unsigned int ms)
{
	uint64_t until = loop_now() + ms;

	while (updown_busy() && loop_now() < until) {
		loop_once(loop_now() + 50);
		updown_tick();
	}
}

static void logged(const char *what)
{
	CHECK(strstr(text_of(log_path), what), "the log says nothing of \"%s\": %s", what, text_of(log_path));
}

static void order(void)
{
	struct conn c = conn_make("a", script);
	struct ike_child first = child_make(1, "a", "east"), second = child_make(2, "a", "east");
	char body[256];

	strcat(c.conf.end[0].updown, " with words");
	snprintf(body, sizeof(body), "echo $PLUTO_VERB $PLUTO_PEER $# $2 >>%s\necho said $PLUTO_VERB\necho worse >&2", out_path);
	script_write(body);
	updown_child_up(&c, &first);
	updown_child_up(&c, &second);	/* rekeyed */
	updown_child_down(1);
	updown_child_down(99);
	updown_routed(&c, true);	/* a trap lies under it now */
	updown_child_down(2);
	updown_routed(&c, false);
	wait_for_all(30000);
	CHECK(!updown_busy(), "it is still busy");
	CHECK(!strcmp(text_of(out_path), "prepare-client 198.51.100.7 2 words\nroute-client 198.51.100.7 2 words\n"
		      "up-client 198.51.100.7 2 words\ndown-client 198.51.100.7 2 words\nunroute-client 198.51.100.7 2 words\n"),
	      "told: %s", text_of(out_path));
	logged("\"a\": updown up-client: said up-client");
	logged("\"a\": updown down-client: worse");
	logged("unroute-client: /tmp");
	logged("exited with status 0");
	unit_done("updown: each once, in order, one after the other");
}

/* A trap first, the tunnel later, and the trap stays. */
static void on_demand(void)
{
	struct conn c = conn_make("b", script);
	struct ike_child child = child_make(3, "b", "east");
	char body[128];

	snprintf(body, sizeof(body), "echo -n $PLUTO_VERB,$PLUTO_PEER_ID, >>%s; exit 3", out_path);
	script_write(body);
	updown_routed(&c, true);
	updown_child_up(&c, &child);
	updown_child_down(3);
	updown_child_up(&c, &child);
	updown_child_down(3);
	wait_for_all(30000);
	CHECK(!strcmp(text_of(out_path), "prepare-client,192.0.2.2,route-client,192.0.2.2,up-client,@east,down-client,@east,"
		      "up-client,@east,down-client,@east,"), "told: %s", text_of(out_path));
	logged("exited with status 3");
	updown_routed(&c, false);
	updown_routed(&c, false);
	wait_for_all(30000);
	CHECK(strstr(text_of(out_path), "unroute-client"), "told: %s", text_of(out_path));
	unit_done("updown: on demand");
}

/* Of a conn for any peer each instance is told by itself, with the address that its peer got. */
static void instances(void)
{
	struct conn c = conn_make("road", script);
	struct ike_child one = child_make(11, "road[1]", "one"), two = child_make(12, "road[2]", "two"), ours;
	char body[256];

	memset(&c.conf.end[1].subnet, 0, sizeof(c.conf.end[1].subnet));
	c.conf.end[1].pool.first = addr("10.9.0.1");
	c.conf.end[1].pool.last = addr("10.9.0.9");
	one.remote_ts[0] = (struct ike_ts){ .family = AF_INET, .start = { 10, 9, 0, 1 }, .end = { 10, 9, 0, 1 } };
	two.remote_ts[0] = (struct ike_ts){ .family = AF_INET, .start = { 10, 9, 0, 2 }, .end = { 10, 9, 0, 2 } };
	snprintf(body, sizeof(body), "echo $PLUTO_VERB $PLUTO_CONNECTION $PLUTO_PEER_ID $PLUTO_PEER_CLIENT >>%s", out_path);
	script_write(body);
	updown_child_up(&c, &one);
	wait_for_all(30000);
	updown_child_up(&c, &two);
	wait_for_all(30000);
	updown_child_down(11);
	wait_for_all(30000);
	CHECK(!strcmp(text_of(out_path), "prepare-client road @one 10.9.0.1/32\nroute-client road @one 10.9.0.1/32\n"
		      "up-client road @one 10.9.0.1/32\nprepare-client road @two 10.9.0.2/32\nroute-client road @two 10.9.0.2/32\n"
		      "up-client road @two 10.9.0.2/32\ndown-client road @one 10.9.0.1/32\nunroute-client road @one 10.9.0.1/32\n"),
	      "told: %s", text_of(out_path));
	updown_child_down(12);
	wait_for_all(30000);

	/* As who asks. */
	memset(&c.conf.end[1].pool, 0, sizeof(c.conf.end[1].pool));
	memset(&c.conf.end[0].subnet, 0, sizeof(c.conf.end[0].subnet));
	ours = child_make(13, "road", "gateway");
	ours.lease = (struct ike_addr){ .family = AF_INET, .bytes = { 10, 9, 0, 3 } };
	ours.dns[0] = (struct ike_addr){ .family = AF_INET, .bytes = { 10, 4, 0, 53 } };
	ours.dns[1] = (struct ike_addr){ .family = AF_INET, .bytes = { 10, 4, 0, 54 } };
	ours.n_dns = 2;
	snprintf(body, sizeof(body), "echo $PLUTO_VERB $PLUTO_MY_SOURCEIP $PLUTO_MY_CLIENT $PLUTO_PEER_DNS_INFO >%s", out_path);
	script_write(body);
	updown_child_up(&c, &ours);
	wait_for_all(30000);
	CHECK(!strcmp(text_of(out_path), "up-client 10.9.0.3 10.9.0.3/32 10.4.0.53 10.4.0.54\n"), "told: %s", text_of(out_path));
	updown_child_down(13);
	wait_for_all(30000);
	unit_done("updown: instances, and addresses that were given");
}

/* Who says himself what he has behind him, or in the tunnel: that, and not where he is. */
static void virtual_clients(void)
{
	struct conn c = conn_make("road", "");
	struct ike_child child = child_make(14, "road[1]", "one");
	struct updown_env env;

	memset(&c.conf.end[1].subnet, 0, sizeof(c.conf.end[1].subnet));
	strcpy(c.conf.end[1].vhost, "vhost:%priv");
	child.remote_ts[0] = (struct ike_ts){ .family = AF_INET, .start = { 192, 168, 7, 5 }, .end = { 192, 168, 7, 5 } };
	updown_env_make(&env, &c, &child);
	told(&env, "PLUTO_PEER", "198.51.100.7");
	told(&env, "PLUTO_PEER_CLIENT", "192.168.7.5/32");
	child.remote_ts[0] = (struct ike_ts){ .family = AF_INET, .start = { 192, 168, 8, 0 }, .end = { 192, 168, 9, 255 } };
	updown_env_make(&env, &c, &child);
	told(&env, "PLUTO_PEER_CLIENT", "192.168.8.0/23");
	told(&env, "PLUTO_PEER_CLIENT_MASK", "255.255.254.0");
	child.remote_ts[0] = (struct ike_ts){ .family = AF_INET6, .start = { 0xfd, 1 }, .end = { 0xfd, 1 } };
	memset(child.remote_ts[0].end + 8, 0xff, 8);
	updown_env_make(&env, &c, &child);
	told(&env, "PLUTO_PEER_CLIENT", "fd01::/64");
	unit_done("updown: a client that its peer says");
}

static void nothing_named(void)
{
	struct conn c = conn_make("c", "");
	struct ike_child child = child_make(4, "c", "east");

	updown_child_up(&c, &child);
	updown_routed(&c, true);
	updown_child_down(4);
	updown_routed(&c, false);
	CHECK(!updown_busy(), "something runs");
	unit_done("updown: nothing is named, nothing is run");
}

static void bad_programs(void)
{
	struct conn c = conn_make("d", "/nonexistent/updown");

	script_write("kill -9 $$");
	updown_routed(&c, true);
	updown_routed(&c, false);
	wait_for_all(5000);
	logged("cannot run /nonexistent/updown: No such file or directory");
	strcpy(c.conf.end[0].updown, script);
	updown_routed(&c, true);
	updown_routed(&c, false);
	wait_for_all(5000);
	logged("was ended by signal 9");
	script_write("i=0; while [ $i -lt 200 ]; do echo line $i; i=$((i + 1)); done; printf '\\033[2Jx'; head -c 3000 /dev/zero | tr '\\0' y");
	updown_routed(&c, true);
	updown_routed(&c, false);
	wait_for_all(10000);
	logged("line 99");
	logged("says more than 100 lines");
	CHECK(!strstr(text_of(log_path), "line 100"), "more than 100 lines are logged");
	CHECK(!updown_busy(), "it is still busy");
	unit_done("updown: programs that are not there, die, or talk");
}

/* What leaves a child behind that keeps the pipe open is over all the same. */
static void left_behind(void)
{
	struct conn c = conn_make("e", script);
	uint64_t before = loop_now();

	script_write("sleep 20 & echo $! >&2; exit 0");
	updown_routed(&c, true);
	updown_routed(&c, false);
	wait_for_all(10000);
	CHECK(!updown_busy() && loop_now() - before < 9000, "it was waited for what was left behind");
	unit_done("updown: what is left behind keeps nobody");
}

/* The tunnel's turn does not come while a program of its conn runs; others' does. */
static void slow(void)
{
	struct conn c = conn_make("f", script), other = conn_make("g", script);
	uint64_t before = loop_now();
	char body[128];

	snprintf(body, sizeof(body), "[ $PLUTO_CONNECTION != f ] || sleep 60\necho $PLUTO_CONNECTION >>%s", out_path);
	script_write(body);
	updown_routed(&c, true);
	CHECK(loop_now() - before < 2000, "the call waited for the program");
	CHECK(updown_deadline() > loop_now() && updown_deadline() <= before + 40000, "no time limit");
	updown_routed(&other, true);
	wait_for_all(2000);
	CHECK(!strcmp(text_of(out_path), "g\ng\n"), "told: %s", text_of(out_path));
	CHECK(updown_busy(), "the slow one is over");
	updown_end();
	wait_for_all(5000);
	CHECK(!updown_busy(), "it lives after the end");
	logged("runs still while pluto ends: killed");
	logged("updown route-client: not called: pluto ends");
	updown_routed(&other, false);
	wait_for_all(5000);
	unit_done("updown: who is slow, and the end");
}

/* No descriptor, no signal mask, no variable of ours. */
static void clean(void)
{
	struct conn c = conn_make("h", script);
	char body[512];

	setenv("SECRET_OF_PLUTO", "1", 1);
	snprintf(body, sizeof(body), "env | grep -v '^PLUTO_\\|^PATH=\\|^PWD=\\|^_=\\|^SHLVL=\\|^OLDPWD=' >%s\nls /proc/self/fd | wc -l >>%s\n"
		 "grep -c 'SigBlk:.0000000000000000\\|SigIgn:.*0000000$' /proc/self/status >>%s\npwd >>%s", out_path, out_path, out_path,
		 out_path);
	script_write(body);
	updown_routed(&c, true);
	updown_routed(&c, false);
	wait_for_all(10000);
	CHECK(!strcmp(text_of(out_path), "4\n2\n/\n"), "it has: %s", text_of(out_path));
	unit_done("updown: what it does not inherit");
}

int main(void)
{
	sigset_t set;

	if (!mkdtemp(dir) || loop_init())
		return 1;
	snprintf(log_path, sizeof(log_path), "%s/log", dir);
	snprintf(out_path, sizeof(out_path), "%s/out", dir);
	snprintf(script, sizeof(script), "%s/updown", dir);
	plog_open(PLOG_FILE, log_path);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	environment();
	longest();
	verbs();
	order();
	on_demand();
	instances();
	virtual_clients();
	nothing_named();
	bad_programs();
	left_behind();
	slow();
	clean();
	unlink(log_path);
	unlink(out_path);
	unlink(script);
	rmdir(dir);
	return unit_status();
}
