// SPDX-License-Identifier: GPL-2.0
/* ipsec newhostkey: a new RSA key for this host, at the end of ipsec.secrets. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "diag.h"
#include "hostkey.h"
#include "options.h"
#include "saidopts.h"

static const char help[] =
"Usage: ipsec newhostkey --output FILE [--bits N] [--hostname NAME] [--quiet] [--verbose]\n"
"\n"
"Makes an RSA key for this host and adds it to FILE, which only its owner may read then.\n"
"What is in the file stays. \"ipsec showhostkey\" shows the public part for ipsec.conf.\n"
"\n"
"--output    ipsec.secrets, or a file that it includes; - is standard output\n"
"--bits      2048 to 8192, a multiple of 16 (3072)\n"
"--hostname  stands in the comment in place of this host's name\n"
"--quiet     says nothing where all went well\n"
"--verbose   says what it does, on standard error\n"
"Also --label TEXT, --debug, --optionsfrom FILE, --help, --version.\n";

enum { OUTPUT = OPT_FIRST, BITS, HOSTNAME, QUIET, VERBOSE, GONE };

static const struct option table[] = {
	{ "output", required_argument, NULL, OUTPUT },
	{ "bits", required_argument, NULL, BITS },
	{ "hostname", required_argument, NULL, HOSTNAME },
	{ "quiet", no_argument, NULL, QUIET },
	{ "verbose", no_argument, NULL, VERBOSE },
	{ "random", required_argument, NULL, GONE },
	{ "configdir", required_argument, NULL, GONE },
	{ "password", required_argument, NULL, GONE },
	OPTIONS_COMMON
};

struct request {
	const char *output, *host;
	bool quiet, verbose;
	unsigned int bits;
};

static bool take(void *ctx, int opt)
{
	struct request *r = ctx;
	const char *wrong;

	switch (opt) {
	case OUTPUT:
		r->output = optarg;
		return true;
	case BITS:
		wrong = hostkey_bits_parse(optarg, &r->bits);
		return wrong ? bad_value("bits", optarg, wrong) : true;
	case HOSTNAME:
		r->host = optarg;
		return true;
	case QUIET:
		r->quiet = true;
		return true;
	case VERBOSE:
		r->verbose = true;
		return true;
	default:
		complain("--random, --configdir and --password have no meaning any more: libcrypto makes the key, from the kernel's random numbers");
		return false;
	}
}

static FILE *open_output(const struct request *r)
{
	struct stat st;
	FILE *out;
	int fd;

	if (!strcmp(r->output, "-"))
		return stdout;
	fd = open(r->output, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || fchmod(fd, st.st_mode & 0600)) {
		complain("cannot add to %s: %s", r->output, fd < 0 || S_ISREG(st.st_mode) ? strerror(errno) : "expected a file");
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	out = fdopen(fd, "a");
	if (!out)
		close(fd);
	return out;
}

static int run(const struct request *r)
{
	struct rsa_private key;
	FILE *out;
	bool ok;

	if (r->verbose)
		fprintf(stderr, "ipsec newhostkey: making a key of %u bits\n", r->bits);
	if (!hostkey_make(r->bits, &key))
		return complain("libcrypto cannot make a key of %u bits", r->bits);
	out = open_output(r);
	if (out) {
		fputs(": RSA\t{\n", out);
		hostkey_print(out, &key, r->bits, r->host);
		fputs("\t}\n", out);
	}
	rsa_private_wipe(&key);
	if (!out)
		return 1;
	ok = !ferror(out) && !fflush(out);
	if (out != stdout)
		ok = !fclose(out) && ok;
	if (!ok)
		return complain("cannot write the key to %s", r->output);
	if (!r->quiet && out != stdout)
		printf("added an RSA key of %u bits to %s; \"ipsec showhostkey --left\" shows its public part\n", r->bits, r->output);
	return 0;
}

int cmd_newhostkey(int argc, char **argv)
{
	struct request r = { .bits = HOSTKEY_BITS };
	struct options o;

	if (!options_start(&o, argc, argv, table, "ipsec newhostkey", help) || !options_read(&o, take, &r))
		return o.status;
	if (!r.output)
		return complain("--output is missing, expected a file that the key is added to, or -");
	return run(&r);
}
