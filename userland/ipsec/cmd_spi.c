// SPDX-License-Identifier: GPL-2.0
/* ipsec spi: list and change SAs. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/ipsec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "diag.h"
#include "kernel.h"
#include "options.h"
#include "pfkey_ops.h"
#include "saidopts.h"
#include "show.h"
#include "spi_request.h"

static const char help[] =
"Usage: ipsec spi [--json]\n"
"       ipsec spi [--add] SA --src ADDRESS --esp ALG --enckey KEY [--authkey KEY] [SETTINGS] [NAT]\n"
"       ipsec spi [--add] SA --src ADDRESS --ah HASH --authkey KEY [SETTINGS]\n"
"       ipsec spi [--add] SA --src ADDRESS --comp deflate [SETTINGS]\n"
"       ipsec spi [--add] SA --src ADDRESS --ip4 | --ip6 [--dst ADDRESS] [SETTINGS]\n"
"       ipsec spi --update SA --src ADDRESS [--new-dst ADDRESS] [--life LIST] [NAT]\n"
"       ipsec spi --del SA [--src ADDRESS]\n"
"       ipsec spi --clear\n"
"\n"
"Without an action: lists SAs. --del ends the whole group that the SA is in.\n"
"SA        --said SAID, e.g. esp0x1234@192.0.2.2;\n"
"          or [--af inet|inet6] --edst ADDRESS --spi NUMBER [--proto esp|ah|comp|tun]\n"
"ALG       aes_gcmN aes_ccmN aes_ccm_12_N aes_ccm_8_N aes_gmacN (N: 128, 192, 256) chacha20_poly1305,\n"
"          or aesN aes_ctrN 3des null, each with -sha1 -sha2_256 -sha2_384 or -sha2_512;\n"
"          --esp help lists all, with the lengths of their keys\n"
"HASH      sha1 sha2_256 sha2_384 sha2_512\n"
"KEY       0x hexadecimal, 0s base64 or 0t text, exactly as long as ALG wants, the salt included\n"
"SETTINGS  [--mode tunnel|transport] [--replay_window 0..4096] [--esn] [--reqid NUMBER] [--device IPSEC]\n"
"          [--life soft|hard-bytes|packets|addtime|usetime=NUMBER,...]\n"
"          [--nopmtudisc] [--decap-dscp] [--noecn] [--fragments]\n"
"NAT       --natt nonesp --sport PORT --dport PORT [--keepalive SECONDS]\n"
"          [--natt-oa ADDRESS] [--natt-oa-dst ADDRESS]\n"
"\n"
"ps shows keys on the command line: put them into a file that only root reads and\n"
"say --optionsfrom FILE (- is standard input).\n"
"Also --label TEXT, --debug, --help, --version. See ipsec_spi(8) and ipsec_spigrp(8).\n";

/* What classic command lines may have and klips does not, with what to tell. */
static const struct {
	int opt;
	const char *why;
} unsupported[] = {
	{ SPI_IV, "obsolete, the kernel makes the IVs" },
	{ SPI_OUTIF, "not supported, use --device" },
	{ SPI_SAREF, "SA references are not supported" },
	{ SPI_SAREFME, "SA references are not supported" },
	{ SPI_SAREFHIM, "SA references are not supported" },
	{ SPI_DUMPSAREF, "SA references are not supported" },
	{ SPI_LISTENREPLY, "not supported, see ipsec pf_key" },
};

static const struct option table[] = {
	{ "add", no_argument, NULL, SPI_ADD },
	{ "update", no_argument, NULL, SPI_UPDATE },
	{ "del", no_argument, NULL, SPI_DEL },
	{ "clear", no_argument, NULL, SPI_CLEAR },
	{ "json", no_argument, NULL, SPI_JSON },
	{ "said", required_argument, NULL, SPI_SAID },
	{ "af", required_argument, NULL, SPI_AF },
	{ "edst", required_argument, NULL, SPI_EDST },
	{ "spi", required_argument, NULL, SPI_SPI },
	{ "proto", required_argument, NULL, SPI_PROTO },
	{ "src", required_argument, NULL, SPI_SRC },
	{ "dst", required_argument, NULL, SPI_DST },
	{ "new-dst", required_argument, NULL, SPI_NEW_DST },
	{ "esp", required_argument, NULL, SPI_ESP },
	{ "ah", required_argument, NULL, SPI_AH },
	{ "comp", required_argument, NULL, SPI_COMP },
	{ "ip4", no_argument, NULL, SPI_IP4 },
	{ "ip6", no_argument, NULL, SPI_IP6 },
	{ "enckey", required_argument, NULL, SPI_ENCKEY },
	{ "authkey", required_argument, NULL, SPI_AUTHKEY },
	{ "mode", required_argument, NULL, SPI_MODE },
	{ "replay_window", required_argument, NULL, SPI_WINDOW },
	{ "replay-window", required_argument, NULL, SPI_WINDOW },
	{ "esn", no_argument, NULL, SPI_ESN },
	{ "life", required_argument, NULL, SPI_LIFE },
	{ "reqid", required_argument, NULL, SPI_REQID },
	{ "device", required_argument, NULL, SPI_DEVICE },
	{ "nopmtudisc", no_argument, NULL, SPI_NOPMTUDISC },
	{ "decap-dscp", no_argument, NULL, SPI_DECAP_DSCP },
	{ "noecn", no_argument, NULL, SPI_NOECN },
	{ "fragments", no_argument, NULL, SPI_FRAGMENTS },
	{ "natt", required_argument, NULL, SPI_NATT },
	{ "encap", required_argument, NULL, SPI_NATT },
	{ "sport", required_argument, NULL, SPI_SPORT },
	{ "dport", required_argument, NULL, SPI_DPORT },
	{ "natt-oa", required_argument, NULL, SPI_NATT_OA },
	{ "natt-oa-dst", required_argument, NULL, SPI_NATT_OA_DST },
	{ "keepalive", required_argument, NULL, SPI_KEEPALIVE },
	{ "iv", required_argument, NULL, SPI_IV },
	{ "outif", required_argument, NULL, SPI_OUTIF },
	{ "saref", no_argument, NULL, SPI_SAREF },
	{ "sarefme", required_argument, NULL, SPI_SAREFME },
	{ "sarefhim", required_argument, NULL, SPI_SAREFHIM },
	{ "dumpsaref", no_argument, NULL, SPI_DUMPSAREF },
	{ "listenreply", no_argument, NULL, SPI_LISTENREPLY },
	OPTIONS_COMMON
};

static const char *why_unsupported(int opt)
{
	for (size_t i = 0; i < sizeof(unsupported) / sizeof(unsupported[0]); i++)
		if (unsupported[i].opt == opt)
			return unsupported[i].why;
	return NULL;
}

static bool set_action(struct spi_request *r, int action)
{
	if (r->action) {
		complain("only one of --add, --update, --del, --clear, --json is permitted");
		return false;
	}
	r->action = action;
	return true;
}

static bool set_kind(struct spi_request *r, int kind)
{
	if (r->kind) {
		complain("only one of --esp, --ah, --comp, --ip4, --ip6 is permitted: several SAs work together by ipsec spigrp");
		return false;
	}
	r->kind = kind;
	r->alg = optarg;
	return true;
}

static bool take(const struct options *o, struct spi_request *r, int opt)
{
	const char *unsupported_why = why_unsupported(opt);

	if (unsupported_why) {
		complain("option '--%s': %s", options_name(o, opt), unsupported_why);
		return false;
	}
	switch (opt) {
	case SPI_SAID: r->said_opts.said = optarg; break;
	case SPI_AF: r->said_opts.af = optarg; break;
	case SPI_EDST: r->said_opts.edst = optarg; break;
	case SPI_SPI: r->said_opts.spi = optarg; break;
	case SPI_PROTO: r->said_opts.proto = optarg; break;
	case SPI_SRC: r->src = optarg; break;
	case SPI_DST: r->dst = optarg; break;
	case SPI_NEW_DST: r->new_dst = optarg; break;
	case SPI_ESP:
	case SPI_AH:
	case SPI_COMP:
	case SPI_IP4:
	case SPI_IP6: return set_kind(r, opt);
	case SPI_ENCKEY: r->enckey = optarg; break;
	case SPI_AUTHKEY: r->authkey = optarg; break;
	case SPI_MODE: r->mode = optarg; break;
	case SPI_WINDOW: r->window = optarg; break;
	case SPI_ESN: r->esn = true; break;
	case SPI_LIFE: r->life = optarg; break;
	case SPI_REQID: r->reqid = optarg; break;
	case SPI_DEVICE: r->device = optarg; break;
	case SPI_NOPMTUDISC: r->flags |= SADB_SAFLAGS_NOPMTUDISC; break;
	case SPI_DECAP_DSCP: r->flags |= SADB_SAFLAGS_DECAP_DSCP; break;
	case SPI_NOECN: r->flags |= SADB_SAFLAGS_NOECN; break;
	case SPI_FRAGMENTS: r->flags |= KLIPS_SAFLAGS_FRAGMENTS; break;
	case SPI_NATT: r->natt = optarg; break;
	case SPI_SPORT: r->sport = optarg; break;
	case SPI_DPORT: r->dport = optarg; break;
	case SPI_NATT_OA: r->natt_oa = optarg; break;
	case SPI_NATT_OA_DST: r->natt_oa_dst = optarg; break;
	case SPI_KEEPALIVE: r->keepalive = optarg; break;
	default: return set_action(r, opt);
	}
	return true;
}

/* The kernel's errno in the words of SAs. */
static const char *why(const struct spi_request *r, int err)
{
	switch (-err) {
	case EINVAL:
		return r->action == SPI_UPDATE ?
		       "cannot be changed like that: only limits, and where an SA is, but for IP in IP, groups and UDP around transport mode" :
		       kernel_why(err);
	case EEXIST:
		return "SA already in use, delete the old one first";
	case ESRCH:
	case ENOENT:
		return "there is no such SA, see ipsec spi";
	case ENOSPC:
		return "the network namespace has all SAs that it may have, see /proc/net/ipsec/limits";
	case EPROTONOSUPPORT:
		return "the kernel module has no SAs of this protocol";
	case EOPNOTSUPP:
		return "the kernel module does not do that with an SA";
	case ENODEV:
		return "there is no such ipsec device, see ipsec tncfg";
	default:
		return kernel_why(err);
	}
}

/* A table of all that --esp takes. */
static int list_algs(void)
{
	unsigned int n;
	const struct esp_alg *alg = esp_algs(&n);

	puts("ALG                  --enckey     of it salt  --authkey  ICV");
	for (; n; n--, alg++)
		printf("%-20s %4u bits  %4u bits   %4u bits  %3u bits\n", alg->name,
		       alg->ekey_bits, alg->salt_bits, alg->akey_bits, alg->icv * 8);
	return 0;
}

static int told(const struct spi_request *r, int err)
{
	char said[SAID_TEXT];

	if (!err)
		return 0;
	if (err == -ENOENT && r->action == SPI_ADD)
		return complain("%s: the kernel does not have %s",
				said_format(&r->spec.said, 'x', said), r->spec.alg->name);
	if (r->action == SPI_CLEAR)
		return complain("--clear: %s", why(r, err));
	return complain("%s: %s", said_format(&r->spec.said, 'x', said),
			why(r, err));
}

static int act(struct pfkey *pk, const struct spi_request *r)
{
	bool source = r->spec.src.family;

	switch (r->action) {
	case SPI_ADD:
		return sa_add(pk, &r->spec);
	case SPI_UPDATE:
		return sa_update(pk, &r->spec);
	case SPI_DEL:
		return sa_delete(pk, &r->spec.said, source ? &r->spec.src : NULL);
	default:
		return sa_flush(pk, SADB_SATYPE_UNSPEC);
	}
}

static int change(struct spi_request *r)
{
	struct pfkey pk;
	int status = 1;

	if (spi_request_parse(r) && kernel_pfkey(&pk)) {
		status = told(r, act(&pk, r));
		kernel_pfkey_keep(&pk);
	}
	return status;
}

static int list(bool as_json)
{
	struct genl_sa *sa;
	struct json json;
	struct genl g;
	size_t n;
	int err;

	if (!kernel_genl(&g))
		return 1;
	err = genl_list_sas(&g, &sa, &n);
	genl_close(&g);
	if (err)
		return complain("cannot read the SAs: %s", kernel_why(err));
	qsort(sa, n, sizeof(*sa), show_sa_cmp);
	if (as_json)
		json_start_list(&json, stdout, "sas");
	for (size_t i = 0; i < n; i++) {
		if (as_json)
			json_sa(&json, NULL, &sa[i]);
		else
			show_sa(stdout, &sa[i]);
	}
	if (as_json)
		json_finish(&json);
	free(sa);
	return 0;
}

static int run(struct options *o, struct spi_request *r)
{
	int opt;

	while ((opt = options_next(o)) != OPT_END) {
		if (opt == OPT_EXIT)
			return o->status;
		if (!take(o, r, opt))
			return 1;
	}
	if (!options_no_words(o))
		return 1;
	if (!options_any(o))
		return list(false);
	if (r->action == SPI_JSON && o->seen != 1ULL << (SPI_JSON - OPT_FIRST))
		return complain("--json lists all SAs and takes no other option");
	if (r->kind == SPI_ESP && !strcmp(r->alg, "help"))
		return list_algs();
	return r->action == SPI_JSON ? list(true) : change(r);
}

int cmd_spi(int argc, char **argv)
{
	struct spi_request r = { 0 };
	struct options o;
	int status;

	if (!options_start(&o, argc, argv, table, "ipsec spi", help))
		return o.status;
	status = run(&o, &r);
	spi_request_wipe(&r);
	return status;
}
