// SPDX-License-Identifier: GPL-2.0
/* ipsec spigrp: list SAs by group, make and dissolve groups. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "diag.h"
#include "kernel.h"
#include "options.h"
#include "pfkey_ops.h"
#include "saidopts.h"
#include "show.h"

static const char help[] =
"Usage: ipsec spigrp [--json]\n"
"       ipsec spigrp FAMILY ADDRESS SPI PROTO [FAMILY ADDRESS SPI PROTO ...]\n"
"       ipsec spigrp --said SAID [SAID ...]\n"
"\n"
"Without arguments: lists every SA, and behind it those that work on a packet after it.\n"
"Two to four SAs become one group, innermost first: the first is the one that works on a\n"
"packet first when it is sent, and the one that an eroute names. One alone: the group that\n"
"it is in is dissolved, the SAs stay. ipsec spi --del ends the whole group of an SA.\n"
"FAMILY    inet or inet6, of ADDRESS\n"
"PROTO     tun, comp, esp or ah\n"
"SAID      e.g. tun0x1000@192.0.2.2\n"
"Also --label TEXT, --debug, --optionsfrom FILE, --help, --version. See ipsec_spigrp(8).\n";

enum { SAID = OPT_FIRST, JSON };

static const struct option table[] = {
	{ "said", required_argument, NULL, SAID },
	{ "json", no_argument, NULL, JSON },
	OPTIONS_COMMON
};

#define WORDS 4				/* of an SA in the form without --said */

/* What was asked for. */
struct group {
	unsigned int n;
	struct said sa[SA_GROUP_MAX];
};

static bool too_many(void)
{
	complain("a group has at most %d SAs", SA_GROUP_MAX);
	return false;
}

/* What can be in a group; twice the same cannot. */
static bool add(struct group *g, const struct said *said)
{
	char text[SAID_TEXT];

	if (g->n == SA_GROUP_MAX)
		return too_many();
	said_format(said, 'x', text);
	if (said->proto == SA_PROTO_INT || addr_is_any(&said->dst)) {
		complain("%s is no SA: expected tun, comp, esp or ah and an address", text);
		return false;
	}
	for (unsigned int i = 0; i < g->n; i++) {
		if (said_equal(&g->sa[i], said)) {
			complain("%s was given twice", text);
			return false;
		}
	}
	g->sa[g->n++] = *said;
	return true;
}

static bool add_text(struct group *g, const char *text)
{
	struct said_opts opts = { .said = text };
	struct said said;

	return said_opts_parse(&opts, 0, &said) && add(g, &said);
}

/* --said @first, and the words behind it. */
static bool parse_saids(struct group *g, const char *first, char **words)
{
	if (!add_text(g, first))
		return false;
	for (; *words; words++)
		if (!add_text(g, *words))
			return false;
	return true;
}

static bool parse_words(struct group *g, char **words, int n)
{
	if (n % WORDS) {
		complain("expected FAMILY ADDRESS SPI PROTO for each SA, %d words are none or too many",
			 n);
		return false;
	}
	for (; n; n -= WORDS, words += WORDS) {
		struct said_opts opts = { .af = words[0], .edst = words[1],
					  .spi = words[2], .proto = words[3] };
		struct said said;

		if (!said_opts_parse(&opts, 0, &said) || !add(g, &said))
			return false;
	}
	return true;
}

static const struct genl_sa *find(const struct genl_sa *sas, size_t n,
				  const struct said *said)
{
	for (size_t i = 0; i < n; i++)
		if (said_equal(&sas[i].said, said))
			return &sas[i];
	return NULL;
}

static int list_sas(struct genl_sa **sas, size_t *n)
{
	struct genl g;
	int err;

	if (!kernel_genl(&g))
		return 1;
	err = genl_list_sas(&g, sas, n);
	genl_close(&g);
	if (err)
		return complain("cannot read the SAs: %s", kernel_why(err));
	qsort(*sas, *n, sizeof(**sas), show_sa_cmp);
	return 0;
}

/* Says which SA is missing, or in a group already. */
static int told_which(const struct group *g, int err)
{
	struct genl_sa *sas;
	char text[SAID_TEXT];
	int status = 0;
	size_t n;

	if (list_sas(&sas, &n))
		return 1;
	for (unsigned int i = 0; i < g->n && !status; i++) {
		const struct genl_sa *sa = find(sas, n, &g->sa[i]);

		said_format(&g->sa[i], 'x', text);
		if (!sa && err == -ESRCH)
			status = complain("%s: there is no such SA, see ipsec spi", text);
		if (sa && sa->members && err == -EEXIST)
			status = complain("%s is in a group already, dissolve that one first: ipsec spigrp --said %s",
					  text, text);
	}
	free(sas);
	return status;
}

static int not_grouped(const struct group *g)
{
	char text[SAID_TEXT];

	if (g->n == 1)
		return complain("%s is in no group, see ipsec spigrp",
				said_format(&g->sa[0], 'x', text));
	return complain("these SAs cannot work in this order: expected, innermost first, at most one tun, then comp, esp, ah, those behind another with its addresses and --mode transport; all mature, all inbound or all outbound");
}

static int told(const struct group *g, int err)
{
	int status = 0;

	if (!err)
		return 0;
	if (err == -ESRCH || err == -EEXIST)
		status = told_which(g, err);
	if (status)
		return status;
	switch (err) {
	case -ESRCH:
		return complain("one of the SAs is missing, see ipsec spi");
	case -EEXIST:
		return complain("one of the SAs is in a group already, see ipsec spigrp");
	case -EINVAL:
		return not_grouped(g);
	default:
		return complain("cannot group: %s", kernel_why(err));
	}
}

static int change(const struct group *g)
{
	struct pfkey pk;
	int status;

	if (!kernel_pfkey(&pk))
		return 1;
	status = told(g, sa_group(&pk, g->sa, g->n));
	kernel_pfkey_keep(&pk);
	return status;
}

static void json_groups(const struct genl_sa *sas, size_t n)
{
	char said[SAID_TEXT];
	struct json json;

	json_start_list(&json, stdout, "groups");
	for (size_t i = 0; i < n; i++)
		if (sas[i].members && !sas[i].place)
			json_group(&json, NULL, &sas[i]);
	json_end(&json);
	json_array(&json, "alone");
	for (size_t i = 0; i < n; i++)
		if (!sas[i].members)
			json_string(&json, NULL, said_format(&sas[i].said, 'x', said));
	json_finish(&json);
}

static int list(bool as_json)
{
	struct genl_sa *sas;
	size_t n;

	if (list_sas(&sas, &n))
		return 1;
	if (as_json)
		json_groups(sas, n);
	for (size_t i = 0; i < n && !as_json; i++) {
		show_chain(stdout, &sas[i], true);
		putchar('\n');
	}
	free(sas);
	return 0;
}

int cmd_spigrp(int argc, char **argv)
{
	const char *first = NULL;
	struct group g = { 0 };
	struct options o;
	int opt, words;

	if (!options_start(&o, argc, argv, table, "ipsec spigrp", help))
		return o.status;
	while ((opt = options_next(&o)) != OPT_END) {
		if (opt == OPT_EXIT)
			return o.status;
		if (opt == SAID)
			first = optarg;
	}
	words = o.argc - optind;
	if (options_seen(&o, JSON) && (first || words))
		return complain("--json lists all groups and takes no other argument");
	if (!first && !words)
		return list(options_seen(&o, JSON));
	if (first ? !parse_saids(&g, first, o.argv + optind) :
		    !parse_words(&g, o.argv + optind, words))
		return 1;
	return change(&g);
}
