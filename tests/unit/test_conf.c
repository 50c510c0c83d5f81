// SPDX-License-Identifier: GPL-2.0
/* sources: userland/lib/conf.c userland/lib/conf_source.c userland/lib/conf_keys.c userland/lib/conf_value.c userland/lib/conf_id.c userland/lib/conf_proposal.c userland/lib/addr.c userland/lib/subnet.c userland/lib/value.c userland/lib/ttodata.c */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf.h"
#include "unit.h"

static char dir[] = "/tmp/test_conf.XXXXXX";
static char path[64];
static char said[65536];
static unsigned int errors, warnings;

static void report(void *ctx, bool error, const char *text)
{
	(void)ctx;
	if (error)
		errors++;
	else
		warnings++;
	strncat(said, text, sizeof(said) - strlen(said) - 1);
	strncat(said, "\n", sizeof(said) - strlen(said) - 1);
}

static void put(const char *name, const char *text, size_t len)
{
	char to[128];
	FILE *f;

	snprintf(to, sizeof(to), "%s/%s", dir, name);
	f = fopen(to, "w");
	if (!f) {
		perror(to);
		exit(1);
	}
	fwrite(text, 1, len, f);
	fclose(f);
}

static int load(struct conf *conf, const char *text)
{
	put("ipsec.conf", text, strlen(text));
	said[0] = '\0';
	errors = warnings = 0;
	return conf_load(conf, path, report, NULL);
}

/* The file is refused, with a message that has "ipsec.conf:LINE: " and @what in it. */
static void refused(const char *text, unsigned int line, const char *what)
{
	char place[96];
	struct conf conf;
	int err = load(&conf, text);

	snprintf(place, sizeof(place), "%s:%u: ", path, line);
	CHECK(err == -EINVAL && errors, "%s\nis not refused: %d", text, err);
	CHECK(!conf.conns && !conf.n_conns && !conf.source, "%s\nis half loaded", text);
	CHECK(strstr(said, place), "%s\ndoes not name %s but says %s", text, place, said);
	CHECK(strstr(said, "expected"), "%s\ndoes not say what was expected: %s", text, said);
	CHECK(!what || strstr(said, what), "%s\nsays nothing of \"%s\" but %s", text, what, said);
	if (!err)
		conf_free(&conf);
}

static void taken(const char *text, unsigned int said_warnings)
{
	struct conf conf;
	int err = load(&conf, text);

	CHECK(!err && !errors, "%s\nis refused: %s", text, said);
	CHECK(warnings == said_warnings, "%s\n: %u warnings, not %u: %s", text, warnings, said_warnings, said);
	conf_free(&conf);
}

#define GOOD_CONN "conn a\n\tleft=192.0.2.1\n\tright=192.0.2.2\n\tauthby=secret\n\tauto=add\n"

/* Values of every keyword that is built: separated by "|". */
static const struct {
	const char *name, *good, *bad;
} values[] = {
	{ "interfaces", "%none|%defaultroute|\"ipsec0=eth0\"|ipsec0=eth0|\"ipsec0=eth0 ipsec1=ppp0\"|\"ipsec0=%defaultroute\"|vpn=eth0",
	  "eth0|ipsec0=|=eth0|\"ipsec0=eth0 ipsec0=eth1\"|ipsec0=a/b|ipsec0123456789012=eth0|%any" },
	{ "protostack", "klips|auto|KLIPS|none", "netkey|xfrm|mast|native|win2k|klipsen" },
	{ "plutodebug", "none|all|control|\"control kernel\"|\"raw, packets\"|klips", "private|everything|\"control nothing\"" },
	{ "listen", "192.0.2.1|\"192.0.2.1 192.0.2.2\"|2001:db8::1", "%any|0.0.0.0|eth0|\"1.1.1.1 1.1.1.2 1.1.1.3 1.1.1.4 1.1.1.5 1.1.1.6 1.1.1.7 1.1.1.8 1.1.1.9\"" },
	{ "logfile", "/var/log/pluto.log", "pluto.log|~/pluto.log" },
	{ "", "192.0.2.1|%any|%defaultroute|0.0.0.0", "host.name|%opportunistic|%group|192.0.2|192.0.2.256" },
	{ "subnet", "10.0.0.0/8|10.1.0.0/255.255.0.0|10.1.0.1|0.0.0.0/0", "10.0.0.0/33|net/8|vhost:%priv|\"10.0.0.0/8,11.0.0.0/8\"" },
	{ "nexthop", "192.0.2.254|%direct|%defaultroute", "gw|0.0.0.0|%any" },
	{ "id", "192.0.2.1|@east.example|user@example|@#0a0b|@[text]|2001:db8::1", "east|@#abc|@#xy|\"C=CA, CN=x\"|@[]|@" },
	{ "sourceip", "10.1.0.1", "%any|0.0.0.0|10.1.0.1/24" },
	{ "auto", "ignore|add|start|up", "route|ondemand|yes|no" },
	{ "authby", "secret|psk|Secret", "rsasig|never|null|password" },
	{ "type", "tunnel", "transport|passthrough|drop|reject|vpn" },
	{ "ike", "aes_gcm256-sha2_512-dh19|aes128-sha2_256-modp2048|aes256-sha256;modp2048|aes-sha2,aes_gcm|aes_gcm256+aes_gcm128-sha2_256+sha2_512-dh31+dh20",
	  "3des-sha1|aes128-md5|aes-sha2_256-modp1024|aes512|aes_gcm256-sha2_256-|,|aes128,|aes+aes_gcm-sha2_256+sha2_384+sha2_512-dh14+dh19" },
	{ "phase2alg", "aes_gcm256|aes_gcm|aes128-sha2_256|aes256-sha2;modp2048|aes_gcm_16_256,aes-sha2_256", "aes128-sha1|null|aes-sha2_512|aes_gcm512|3des" },
	{ "ikelifetime", "1h|60|86400|24h|1d", "0|25h|2d|-1|h|1y|1.5h" },
	{ "salifetime", "8h|30m", "0|1w|forever" },
	{ "keyingtries", "0|3|%forever", "-1|many|1000001" },
	{ "hidetos", "yes|no|on", "copy|maybe|2" },
	{ "fragicmp", "yes|no", "auto|2" },
	{ "overridemtu", "1400|68|65535", "67|65536|auto|-1|1400b" },
	{ "mtu", "1400|68", "67|65536|auto" },
	{ "mss", "auto|no|off", "1340|yes|max" },
	{ "also", "a", "\"a b\"|%default|x=y" },
	{ "alsoflip", "a", "\"a b\"|%default" },
};

static void key_text(char *to, size_t size, const struct conf_key *key, const char *name, const char *value)
{
	bool end = key->section == CONF_END;

	if (key->section == CONF_SETUP)
		snprintf(to, size, "config setup\n\t%s=%s\n", name, value);
	else
		snprintf(to, size, "conn a\n\nconn b\n\t%s%s=%s\n%s", end ? "right" : "", name, value,
			 strcmp(name, "auto") ? "" : "\tleft=192.0.2.1\n\tright=192.0.2.2\n\tauthby=secret\n");
}

static unsigned int key_line(const struct conf_key *key)
{
	return key->section == CONF_SETUP ? 2 : 4;
}

/* Calls @fn with every piece of @list. */
static void each_value(const struct conf_key *key, const char *list, const char *between,
		       void (*fn)(const struct conf_key *key, const char *value))
{
	char *copy = strdup(list), *at = copy, *piece;

	while ((piece = strsep(&at, between)) != NULL)
		fn(key, piece);
	free(copy);
}

static void good_value(const struct conf_key *key, const char *value)
{
	char text[1024];

	key_text(text, sizeof(text), key, key->name, value);
	taken(text, 0);
}

static void bad_value(const struct conf_key *key, const char *value)
{
	char text[1024];

	key_text(text, sizeof(text), key, key->name, value);
	refused(text, key_line(key), "expected");
}

static void built_key(const struct conf_key *key)
{
	union {
		struct conf_setup setup;
		struct conf_conn conn;
		struct conf_end end;
	} scratch;
	const char *wrong;
	size_t i;

	CHECK(key->note && *key->note, "%s: no values in the table", key->name);
	wrong = key->fallback ? key->parse(key->fallback, &scratch) : NULL;
	CHECK(!wrong, "%s: the default %s is not valid: %s", key->name, key->fallback, wrong);
	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		if (strcmp(values[i].name, key->name))
			continue;
		each_value(key, values[i].good, "|", good_value);
		each_value(key, values[i].bad, "|", bad_value);
		return;
	}
	CHECK(false, "%s= is built and not tested", key->name);
}

static void other_key(const struct conf_key *key, const char *name)
{
	char text[256];

	key_text(text, sizeof(text), key, name, "12345");
	if (key->status == CONF_OBSOLETE)
		taken(text, 1);
	else if (key->status == CONF_LATER)
		refused(text, key_line(key), key->note);
}

static void alias(const struct conf_key *key, const char *name)
{
	const struct conf_key *found;
	char full[64];
	unsigned int end;

	snprintf(full, sizeof(full), "%s%s", key->section == CONF_END ? "RIGHT" : "", name);
	found = conf_key_find(full, key->section == CONF_SETUP ? CONF_SETUP : CONF_CONN, &end);
	CHECK(found == key, "%s is not found, or is another keyword", full);
	CHECK(key->section != CONF_END || end == 1, "%s is no right end", full);
	other_key(key, name);
}

static void every_key(void)
{
	unsigned int i;

	for (i = 0; i < conf_n_keys; i++) {
		const struct conf_key *key = &conf_keys[i];

		alias(key, key->name);
		if (key->aliases)
			each_value(key, key->aliases, " ", alias);
		if (key->status == CONF_BUILT)
			built_key(key);
		else
			CHECK(key->note && *key->note, "%s: no reason", key->name);
		if (key->same)
			each_value(key, key->same, " ", good_value);
	}
	unit_done("conf: every keyword: found, good and bad values, refused with a reason");
}

static void lines(void)
{
	refused("conn a\n\tlefft=1.2.3.4\n", 2, "perhaps left");
	refused("conn a\n\tzzzzzzzz=1\n", 2, "unknown keyword");
	refused("conn a\n\tinterfaces=%none\n", 2, "config setup");
	refused("config setup\n\tleft=1.2.3.4\n", 2, "a conn");
	refused("config setup\n\tleftsubnet=1.2.3.4\n", 2, "a conn");
	refused("\tleft=1.2.3.4\n", 1, "outside of any section");
	refused("conn a\nleft=1.2.3.4\n", 2, "first column");
	refused("conn a\n\tleft\n", 2, "KEYWORD=VALUE");
	refused("conn a\n\t=5\n", 2, "KEYWORD=VALUE");
	refused("conn a\n\tleftid=@a b\n", 2, "\"...\"");
	refused("conn a\n\tleftid=\"@a\n\"\n", 2, "same line");
	refused("conn a\n\tleftid=\"@a\"b\n", 2, "after the value");
	refused("conn a\n\tleftid=@\"a\"\n", 2, "quote");
	refused("conn\n", 1, "a name");
	refused("conn a b\n", 1, "end of the line");
	refused("conn a=b\n", 1, "a name");
	refused("conn %oedefault\n", 1, "%default");
	refused("config\n", 1, "config setup");
	refused("config setup\nconfig setup\n", 2, "ipsec.conf:1");
	refused("ca x\n", 1, "certificates");
	refused("version 1\n", 1, "version 2");
	refused("hello\n", 1, "expected");
	refused("conn a\n\tleft=1.2.3.4\nconn A\n\tleft=1.2.3.4\n", 3, "ipsec.conf:1");
	refused("conn a\n\tikelifetime=1h\n\n\tikelifetime=2h\n", 4, "ipsec.conf:2");
	refused("conn a\n\tkeylife=1h\n\tsalifetime=2h\n", 3, "ipsec.conf:2");
	refused("conn %default\n\talso=b\nconn b\n", 2, "%default");
	refused("conn a\n\talso=b\n", 2, "no such conn");
	refused("conn a\n\talso=b\nconn b\n\talso=a\n", 2, "circle");
	refused("conn a\n\tleft=1.2.3.4\n\tauto=add\n", 1, "right=");
	refused("include /nonexistent/ipsec.conf\n", 1, "cannot read");
	refused("include\n", 1, "name of a file");
	taken("conn a\n\tikelifetime=1h\n\tikelifetime=1h\n", 0);
	taken("conn a\n\tauto=add\n\tauto=ignore\n", 0);
	taken("version 2\nconn a\n\tx-note=anything\n\tX_other=\"at all\"\n", 0);
	taken("version 2.0 # comment\nconn a # comment\n# comment\n\t# comment\n\n\tleftid=@a # comment\n  rightid = @b\n", 0);
	taken("conn a\r\n\tleftid=@a\r\n", 0);
	taken("conn a\n\tleftid=\n", 1);
	taken("conn a\n\tleftid=@a#b\n", 0);
	taken("conn a\n\tleftid=@a", 0);
	taken("", 0);
	unit_done("conf: lines");
}

static void errors_together(void)
{
	char text[4096] = "conn a\n";
	struct conf conf;
	int i;

	load(&conf, "conn a\n\tleft=x\n\tright=y\n\tfoo=1\n");
	CHECK(errors == 3, "%u of 3 errors: %s", errors, said);
	for (i = 0; i < 50; i++)
		strcat(text, "\tfoo=1\n");
	load(&conf, text);
	CHECK(errors == 21, "%u errors are shown, not 20 and a note", errors);
	put("ipsec.conf", "conn a\n\tleft\0=1\n", 15);
	said[0] = '\0';
	CHECK(conf_load(&conf, path, report, NULL) == -EINVAL && strstr(said, "zero byte"), "a zero byte: %s", said);
	CHECK(conf_load(&conf, "/nonexistent", report, NULL) == -ENOENT, "a missing file");
	CHECK(conf_load(&conf, dir, report, NULL) < 0, "a directory");
	unit_done("conf: several errors, unreadable files");
}

static void meaning(void)
{
	static const char text[] =
		"config setup\n\tinterfaces=\"ipsec0=eth0 ipsec1=%defaultroute\"\n\tplutodebug=\"kernel control\"\n"
		"\tlisten=192.0.2.1\n\tprotostack=klips\n"
		"conn %default\n\tauthby=secret\n\tikelifetime=30m\n"
		"conn West-East\n\talso=ends\n\tikelifetime=20m\n\tkeyingtries=3\n\tauto=start\n\tesp=aes128-sha2_256\n"
		"conn ends\n\tleft=192.0.2.1\n\tleftsubnet=10.1.0.0/16\n\tleftid=@west\n\tright=192.0.2.2\n"
		"\trightsubnet=10.2.0.0/16\n\trightsourceip=10.2.0.1\n\tikelifetime=10m\n\tleftnexthop=192.0.2.254\n"
		"conn flipped\n\talsoflip=ends\n\tauto=add\n";
	const struct conf_conn *c, *f;
	struct conf conf;
	char buf[CONF_ID_TEXT], sub[SUBNET_TEXT];

	CHECK(!load(&conf, text), "refused: %s", said);
	c = conf_find(&conf, "west-EAST");
	f = conf_find(&conf, "flipped");
	CHECK(conf.n_conns == 3 && c && f, "%u conns", conf.n_conns);
	if (!c || !f)
		exit(1);
	CHECK(!conf_find(&conf, "none") && !conf_find(&conf, "%default"), "a conn that is none is found");
	CHECK(!strcmp(c->name, "West-East") && c->startup == CONF_AUTO_START && c->authby == CONF_AUTHBY_SECRET, "conn");
	CHECK(c->ikelifetime == 1200 && c->salifetime == 8 * 3600 && c->keyingtries == 3, "%u %u %u",
	      c->ikelifetime, c->salifetime, c->keyingtries);
	CHECK(c->esp.n == 1 && c->esp.list[0].encr == 12 && c->esp.list[0].keylen == 128 &&
	      c->esp.list[0].integ == 12 && !c->esp.list[0].prf && !c->esp.list[0].dh, "esp");
	CHECK(c->ike.n > 4 && c->ike.list[0].encr == 20 && c->ike.list[0].keylen == 256 && c->ike.list[0].prf == 7 &&
	      !c->ike.list[0].integ && c->ike.list[0].dh == 31, "ike");
	CHECK(!strcmp(conf_id_format(&c->end[0].id, buf), "@west"), "leftid is %s", buf);
	CHECK(!strcmp(subnet_format(&c->end[1].subnet, sub), "10.2.0.0/16"), "rightsubnet is %s", sub);
	CHECK(c->end[0].nexthop == CONF_NEXTHOP_ADDR && c->end[1].sourceip.family == AF_INET, "nexthop, sourceip");
	CHECK(!strcmp(conf_id_format(&f->end[1].id, buf), "@west") && f->ikelifetime == 600, "alsoflip: %s %u",
	      buf, f->ikelifetime);
	CHECK(f->end[0].sourceip.family == AF_INET && f->end[1].nexthop == CONF_NEXTHOP_ADDR, "alsoflip: ends");
	CHECK(conf.setup.n_pairs == 2 && !strcmp(conf.setup.pairs[0].phys, "eth0") && !conf.setup.pairs[1].phys[0] &&
	      conf.setup.n_listen == 1 && conf.setup.debug == (CONF_DEBUG_CONTROL | CONF_DEBUG_KERNEL), "setup");
	conf_free(&conf);
	CHECK(!load(&conf, ""), "an empty file");
	CHECK(conf.setup.n_pairs == 1 && !strcmp(conf.setup.pairs[0].virt, "ipsec0"), "default of interfaces=");
	conf_free(&conf);
	unit_done("conf: also, alsoflip, %default, defaults");
}

static void together(void)
{
	static const struct {
		const char *more, *what;
	} wrong[] = {
		{ "left=%any\n\tright=%any", "%any" }, { "left=%defaultroute\n\tright=%defaultroute", "%defaultroute" },
		{ "left=192.0.2.1\n\tright=192.0.2.1", "same address" }, { "left=192.0.2.1", "right=" }, { "right=192.0.2.1", "left=" },
		{ "left=192.0.2.1\n\tright=2001:db8::1", "IPv6" },
		{ "left=192.0.2.1\n\tright=192.0.2.2\n\trightsubnet=2001:db8::/32", "IPv6" },
		{ "left=192.0.2.1\n\tright=192.0.2.2\n\tleftsubnet=10.1.0.0/16\n\tleftsourceip=10.2.0.1", "sourceip" },
		{ "left=192.0.2.1\n\tright=%any\n\trightsourceip=10.2.0.1", "sourceip" },
		{ "left=192.0.2.1\n\tright=%any\n\tauto=start", "auto=start" },
	};
	char text[512];
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(text, sizeof(text), "\n\nconn a\n\tauto=add\n\tauthby=secret\n\t%s\n", wrong[i].more);
		refused(text, 3, wrong[i].what);
		snprintf(text, sizeof(text), "\n\nconn a\n\tauto=ignore\n\t%s\n\tauto=ignore\n", wrong[i].more);
		taken(text, 0);
	}
	refused("conn a\n\tleft=192.0.2.1\n\tright=192.0.2.2\n\tauto=add\n", 1, "authby=secret");
	taken(GOOD_CONN, 0);
	unit_done("conf: what does not fit together");
}

static void includes(void)
{
	struct conf conf;
	char sub[64];

	snprintf(sub, sizeof(sub), "%s/d", dir);
	mkdir(sub, 0700);
	put("d/one.conf", GOOD_CONN, strlen(GOOD_CONN));
	put("d/two.conf", "conn b\n\talso=a\n", 15);
	CHECK(!load(&conf, "include d/*.conf\n") && conf.n_conns == 2, "a relative pattern: %s", said);
	conf_free(&conf);
	CHECK(!load(&conf, "include d/{two,one}.conf\n") && conf.n_conns == 2, "braces: %s", said);
	conf_free(&conf);
	taken("include d/*.none\n", 0);
	put("d/two.conf", "include one.conf\n", 17);
	CHECK(!load(&conf, "include d/two.conf\n") && conf.n_conns == 1, "relative to the including file: %s", said);
	conf_free(&conf);
	refused("conn x\n\tleft=1.2.3.4\ninclude d/one.conf\n\tright=1.2.3.5\n", 4, "outside of any section");
	put("d/two.conf", "include ../ipsec.conf\n", 22);
	load(&conf, "include d/two.conf\n");
	CHECK(errors && strstr(said, "d/two.conf:1: ") && strstr(said, "includes itself"), "a loop: %s", said);
	put("d/two.conf", "conn b\n\tleft=bad\n", 17);
	load(&conf, "include d/two.conf\n");
	CHECK(errors && strstr(said, "d/two.conf:2: "), "an error in an included file: %s", said);
	unit_done("conf: include");
}

static void clean(void)
{
	static const char * const names[] = { "d/one.conf", "d/two.conf", "d", "ipsec.conf", "" };
	char name[128];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(name, sizeof(name), "%s/%s", dir, names[i]);
		remove(name);
	}
}

int main(void)
{
	if (!mkdtemp(dir))
		return 1;
	snprintf(path, sizeof(path), "%s/ipsec.conf", dir);
	every_key();
	lines();
	errors_together();
	meaning();
	together();
	includes();
	clean();
	return unit_status();
}
