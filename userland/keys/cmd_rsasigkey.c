// SPDX-License-Identifier: GPL-2.0
/* ipsec rsasigkey: a new RSA key on standard output. */
#include "commands.h"
#include "diag.h"
#include "hostkey.h"
#include "options.h"
#include "saidopts.h"

static const char help[] =
"Usage: ipsec rsasigkey [--verbose] [--hostname NAME] [BITS]\n"
"\n"
"Makes an RSA key for signatures and prints it, private parts included, as it goes into\n"
"ipsec.secrets between \": RSA {\" and \"}\"; \"ipsec newhostkey\" does that.\n"
"\n"
"BITS        2048 to 8192, a multiple of 16 (3072)\n"
"--hostname  stands in the comment in place of this host's name\n"
"--verbose   says what it does, on standard error\n"
"Also --label TEXT, --debug, --optionsfrom FILE, --help, --version.\n";

enum { VERBOSE = OPT_FIRST, HOSTNAME, GONE };

static const struct option table[] = {
	{ "verbose", no_argument, NULL, VERBOSE },
	{ "hostname", required_argument, NULL, HOSTNAME },
	{ "random", required_argument, NULL, GONE },
	{ "rounds", required_argument, NULL, GONE },
	{ "noopt", no_argument, NULL, GONE },
	{ "oldkey", required_argument, NULL, GONE },
	{ "configdir", required_argument, NULL, GONE },
	{ "password", required_argument, NULL, GONE },
	OPTIONS_COMMON
};

struct request {
	bool verbose;
	const char *host;
	unsigned int bits;
};

static bool take(struct request *r, const struct options *o, int opt)
{
	if (opt == VERBOSE)
		r->verbose = true;
	else if (opt == HOSTNAME)
		r->host = optarg;
	else
		complain("--%s has no meaning any more: libcrypto makes the key, from the kernel's random numbers; expected --verbose, --hostname",
			 o->table[o->index].name);
	return opt != GONE;
}

static bool take_bits(struct request *r, const struct options *o)
{
	const char *wrong;

	if (o->argc - optind > 1) {
		complain("unexpected argument '%s', expected one number of bits", o->argv[optind + 1]);
		return false;
	}
	if (optind == o->argc)
		return true;
	wrong = hostkey_bits_parse(o->argv[optind], &r->bits);
	return wrong ? bad_value("BITS", o->argv[optind], wrong) : true;
}

static int run(const struct request *r)
{
	struct rsa_private key;

	if (r->verbose)
		fprintf(stderr, "ipsec rsasigkey: making a key of %u bits\n", r->bits);
	if (!hostkey_make(r->bits, &key))
		return complain("libcrypto cannot make a key of %u bits", r->bits);
	hostkey_print(stdout, &key, r->bits, r->host);
	rsa_private_wipe(&key);
	return fflush(stdout) ? complain("cannot write the key") : 0;
}

int cmd_rsasigkey(int argc, char **argv)
{
	struct request r = { .bits = HOSTKEY_BITS };
	struct options o;
	int opt;

	if (!options_start(&o, argc, argv, table, "ipsec rsasigkey", help))
		return o.status;
	while ((opt = options_next(&o)) != OPT_END) {
		if (opt == OPT_EXIT)
			return o.status;
		if (!take(&r, &o, opt))
			return 1;
	}
	return take_bits(&r, &o) ? run(&r) : 1;
}
