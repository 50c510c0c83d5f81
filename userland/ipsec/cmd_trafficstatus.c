// SPDX-License-Identifier: GPL-2.0
/* ipsec trafficstatus: a line for each tunnel that is up, in libreswan's words. */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "client.h"
#include "commands.h"
#include "diag.h"
#include "options.h"
#include "status.h"
#include "traffic.h"

static const char help[] =
"Usage: ipsec trafficstatus [CONN] [--json]\n"
"\n"
"A line for each conn whose tunnel is up: since when (seconds since 1970) it has its SAs, and how\n"
"many bytes came in and went out through them. New SAs begin at 0.\n"
"Also --ctlbase PATH (pluto's socket is PATH.ctl), --label TEXT, --debug, --optionsfrom FILE, --help, --version.\n"
"Exit status: 0 done, 64 usage, 65 no such conn, 69 pluto is not running. See ipsec_trafficstatus(8).\n";

enum { AS_JSON = OPT_FIRST, CTLBASE };

static const struct option table[] = {
	{ "json", no_argument, NULL, AS_JSON },
	{ "ctlbase", required_argument, NULL, CTLBASE },
	OPTIONS_COMMON
};

static const char *peer_id(const struct ctl_conn *c, char buf[CONF_ID_TEXT])
{
	const struct conf_end *peer = &c->conf.end[c->us == 0];
	struct conf_id id = c->peer_id.type ? c->peer_id : peer->id.type ? peer->id : conf_id_of_addr(&c->remote);

	return id.type && id.type != CONF_ID_FROMCERT ? conf_id_format(&id, buf) : "%any";
}

static void print_text(const struct ctl_conn *c, const struct traffic *t)
{
	char id[CONF_ID_TEXT], name[STATUS_CALLED], text[SUBNET_TEXT];
	struct subnet lease = subnet_host(&c->lease);

	printf("006 #%u: %s, type=ESP, add_time=%" PRIu64 ", inBytes=%" PRIu64 ", outBytes=%" PRIu64 ", id='%s'",
	       c->child_serial, status_called(c, name), (uint64_t)time(NULL) - t->age, t->in_bytes, t->out_bytes, peer_id(c, id));
	if (c->lease.family)
		printf(", lease=%s", subnet_format(&lease, text));
	putchar('\n');
}

static void print_json(struct json *j, const struct ctl_conn *c, const struct traffic *t)
{
	char id[CONF_ID_TEXT];

	json_object(j, NULL);
	json_string(j, "name", c->conf.name);
	if (c->instance)
		json_u64(j, "instance", c->instance);
	else
		json_null(j, "instance");
	json_u64(j, "serial", c->child_serial);
	json_string(j, "type", "ESP");
	json_string(j, "id", peer_id(c, id));
	json_u64(j, "add_time", (uint64_t)time(NULL) - t->age);
	traffic_json(j, t);
	json_end(j);
}

static void print_all(const struct status *s, bool as_json)
{
	struct traffic_table counters = traffic_read();
	struct traffic t;
	struct json j;
	unsigned int i;

	if (as_json)
		json_start_list(&j, stdout, "conns");
	for (i = 0; i < s->n_conns; i++) {
		if (!traffic_of(&counters, &s->conns[i], &t))
			continue;
		if (as_json)
			print_json(&j, &s->conns[i], &t);
		else
			print_text(&s->conns[i], &t);
	}
	if (as_json)
		json_finish(&j);
	traffic_free(&counters);
}

static int run(const char *ctl, const char *conn, bool as_json)
{
	struct status s;
	int status = status_ask(&s, ctl, conn);

	if (!status) {
		print_all(&s, as_json);
		if (ferror(stdout) || fflush(stdout))
			status = complain("cannot write the answer");
	}
	status_free(&s);
	return status;
}

int cmd_trafficstatus(int argc, char **argv)
{
	const char *ctl = CTL_PATH;
	bool as_json = false;
	struct options o;
	char path[256];
	int opt;

	if (!options_start(&o, argc, argv, table, "ipsec trafficstatus", help))
		return EXIT_USAGE;
	while ((opt = options_next(&o)) != OPT_END) {
		if (opt == OPT_EXIT)
			return o.status ? EXIT_USAGE : EXIT_DONE;
		if (opt == AS_JSON)
			as_json = true;
		if (opt == CTLBASE) {
			snprintf(path, sizeof(path), "%s.ctl", optarg);
			ctl = path;
		}
	}
	if (o.argc - optind > 1) {
		complain("unexpected word \"%s\"; expected one conn at most", o.argv[optind + 1]);
		return EXIT_USAGE;
	}
	return run(ctl, optind < o.argc ? o.argv[optind] : "", as_json);
}
