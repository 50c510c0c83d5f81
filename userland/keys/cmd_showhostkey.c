// SPDX-License-Identifier: GPL-2.0
/* ipsec showhostkey: the public parts of the keys in ipsec.secrets. Private parts are never shown. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "conf_secrets.h"
#include "diag.h"
#include "options.h"
#include "paths.h"
#include "saidopts.h"
#include "ttodata.h"
#include "value.h"

static const char help[] =
"Usage: ipsec showhostkey --left | --right | --list | --ipseckey [--gateway ADDRESS] [--precedence N]\n"
"                         [--file FILE] [--id ID] [--rsaid KEYID]\n"
"\n"
"Shows the public part of an RSA key of ipsec.secrets; nothing secret is ever shown.\n"
"\n"
"--left, --right  as leftrsasigkey= or rightrsasigkey= of ipsec.conf\n"
"--list           one line for each secret: what it is, and whom it is for\n"
"--ipseckey       as a record of the DNS (RFC 4025); with --gateway and --precedence (10)\n"
"--file           another file than ipsec.secrets\n"
"--id             the key that is for this identity; without it the first RSA key\n"
"--rsaid          the key whose base64 begins so\n"
"Also --label TEXT, --debug, --optionsfrom FILE, --help, --version.\n"
"Exit status: 0 shown, 1 bad usage, 4 not an identity, 5 no such key, 20 no secrets at all.\n";

enum { BAD_USAGE = 1, BAD_ID = 4, NOT_FOUND = 5, NO_KEYS = 20 };

enum { LEFT = OPT_FIRST, RIGHT, LIST, IPSECKEY, GATEWAY, PRECEDENCE, SECRETS, ID, RSAID, DUMP, VERBOSE, GONE };

static const struct option table[] = {
	{ "left", no_argument, NULL, LEFT },
	{ "right", no_argument, NULL, RIGHT },
	{ "list", no_argument, NULL, LIST },
	{ "dump", no_argument, NULL, DUMP },
	{ "ipseckey", no_argument, NULL, IPSECKEY },
	{ "gateway", required_argument, NULL, GATEWAY },
	{ "precedence", required_argument, NULL, PRECEDENCE },
	{ "file", required_argument, NULL, SECRETS },
	{ "id", required_argument, NULL, ID },
	{ "rsaid", required_argument, NULL, RSAID },
	{ "verbose", no_argument, NULL, VERBOSE },
	{ "dhclient", no_argument, NULL, GONE },
	{ "keynum", required_argument, NULL, GONE },
	{ "txt", required_argument, NULL, GONE },
	{ "key", no_argument, NULL, GONE },
	{ "secretroot", required_argument, NULL, GONE },
	OPTIONS_COMMON
};

struct request {
	int what;			/* LEFT, RIGHT, LIST, IPSECKEY; 0: not said */
	struct ip_addr gateway;		/* AF_UNSPEC: none */
	unsigned int precedence;
	const char *file, *id, *rsaid;
};

static void report(void *ctx, bool error, const char *text)
{
	(void)ctx;
	if (error)
		complain("%s", text);
	else
		debug("%s", text);
}

/* ---- one key ---- */

struct blob {
	uint8_t data[RSA_BLOB_MAX];
	size_t len;
};

static struct blob blob_of(const struct secret *one)
{
	struct blob b;

	b.len = rsa_private_blob(one->rsa, b.data, sizeof(b.data));
	return b;
}

static const char *keyid_of(const struct secret *one, char buf[RSA_KEYID])
{
	struct blob b = blob_of(one);

	return rsa_keyid(b.data, b.len, buf);
}

static bool has_id(const struct secret *one, const struct conf_id *id)
{
	unsigned int i;

	for (i = 0; i < one->n_ids; i++)
		if (conf_id_equal(&one->ids[i], id))
			return true;
	return false;
}

/* ---- showing ---- */

static void list_one(const struct secret *one)
{
	static const char * const kinds[] = {
		[SECRET_PSK] = "PSK", [SECRET_RSA] = "RSA", [SECRET_FILE] = "private key", [SECRET_P12] = "PKCS#12",
	};
	char text[CONF_ID_TEXT], keyid[RSA_KEYID];
	unsigned int i;

	printf("line %u: %s", one->line, kinds[one->kind]);
	if (one->kind == SECRET_RSA)
		printf(" keyid: %s", keyid_of(one, keyid));
	else if (one->path)
		printf(" file: %s", one->path);
	for (i = 0; i < one->n_ids; i++)
		printf("%s %s", i ? "," : " with id:", conf_id_format(&one->ids[i], text));
	putchar('\n');
}

static void show_end(const struct secret *one, const char *end)
{
	char text[BASE64_LEN(RSA_BLOB_MAX)], keyid[RSA_KEYID];
	struct blob b = blob_of(one);

	printf("\t# rsakey %s\n\t%srsasigkey=0s%s\n", rsa_keyid(b.data, b.len, keyid), end, base64_format(b.data, b.len, text));
}

/* RFC 4025: precedence, kind of gateway, algorithm 2 (RSA), gateway, key. */
static void show_ipseckey(const struct secret *one, const struct request *r)
{
	char text[BASE64_LEN(RSA_BLOB_MAX)], host[256] = "localhost", gateway[ADDR_TEXT] = ".";
	int kind = r->gateway.family == AF_INET ? 1 : r->gateway.family == AF_INET6 ? 2 : 0;
	struct blob b = blob_of(one);

	gethostname(host, sizeof(host) - 1);
	if (kind)
		addr_format(&r->gateway, gateway);
	printf("%s.    IN    IPSECKEY  %u %d 2 %s %s\n", host, r->precedence, kind, gateway, base64_format(b.data, b.len, text));
}

static const struct secret *find(const struct secrets *s, const struct request *r, const struct conf_id *id)
{
	char keyid[RSA_KEYID];
	unsigned int i;

	for (i = 0; i < s->n; i++) {
		if (s->list[i].kind != SECRET_RSA || (r->id && !has_id(&s->list[i], id)))
			continue;
		if (!r->rsaid || !strncmp(r->rsaid, keyid_of(&s->list[i], keyid), RSA_KEYID - 1))
			return &s->list[i];
	}
	return NULL;
}

static int show(const struct secrets *s, const struct request *r, const struct conf_id *id)
{
	const struct secret *one;
	unsigned int i;

	if (!s->n) {
		complain("there is no key in %s; \"ipsec newhostkey\" makes one", r->file);
		return NO_KEYS;
	}
	if (r->what == LIST) {
		for (i = 0; i < s->n; i++)
			list_one(&s->list[i]);
		return 0;
	}
	one = find(s, r, id);
	if (!one) {
		complain("there is no such RSA key in %s, expected one of \"ipsec showhostkey --list\"", r->file);
		return NOT_FOUND;
	}
	if (r->what == IPSECKEY)
		show_ipseckey(one, r);
	else
		show_end(one, r->what == LEFT ? "left" : "right");
	return 0;
}

/* ---- the command line ---- */

static bool take_what(struct request *r, int what)
{
	if (r->what)
		complain("--left, --right, --list and --ipseckey together, expected one of them");
	else
		r->what = what;
	return r->what == what;
}

static bool take(void *ctx, int opt)
{
	struct request *r = ctx;
	uint64_t n;

	switch (opt) {
	case LEFT:
	case RIGHT:
	case LIST:
	case IPSECKEY:
		return take_what(r, opt);
	case DUMP:
		return take_what(r, LIST);
	case GATEWAY:
		if (!addr_parse(optarg, AF_UNSPEC, &r->gateway))
			return true;
		return bad_value("gateway", optarg, "expected a numeric address");
	case PRECEDENCE:
		if (number_parse(optarg, 0, 255, &n))
			return bad_value("precedence", optarg, "expected a number from 0 to 255");
		r->precedence = n;
		return true;
	case SECRETS:
		r->file = optarg;
		return true;
	case ID:
		r->id = optarg;
		return true;
	case RSAID:
		r->rsaid = optarg;
		return true;
	case VERBOSE:
		diag_debug(true);
		return true;
	default:
		complain("records of that kind are history; expected --left, --right, --list or --ipseckey");
		return false;
	}
}

int cmd_showhostkey(int argc, char **argv)
{
	struct request r = { .precedence = 10 };
	struct conf_id id = { 0 };
	struct secrets secrets;
	char path[512];
	struct options o;
	const char *wrong;
	int status;

	if (!options_start(&o, argc, argv, table, "ipsec showhostkey", help) || !options_read(&o, take, &r))
		return o.status;
	if (!r.what)
		return complain("expected one of --left, --right, --list, --ipseckey");
	wrong = r.id ? conf_id_parse(r.id, &id) : NULL;
	if (wrong) {
		bad_value("id", r.id, wrong);
		return BAD_ID;
	}
	snprintf(path, sizeof(path), "%s/ipsec.secrets", path_conf_dir());
	if (!r.file)
		r.file = path;
	if (secrets_load(&secrets, r.file, report, NULL))
		return BAD_USAGE;
	status = show(&secrets, &r, &id);
	secrets_free(&secrets);
	return status;
}
