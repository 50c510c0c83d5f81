// SPDX-License-Identifier: GPL-2.0
/* ipsec status --json. */
#include <arpa/inet.h>
#include <stdio.h>

#include "client.h"
#include "json.h"
#include "status.h"
#include "traffic.h"

static void addr(struct json *j, const char *key, const struct ip_addr *a)
{
	char text[ADDR_TEXT];

	json_string(j, key, a->family ? addr_format(a, text) : NULL);
}

static void end(struct json *j, const char *key, const struct ctl_conn *c, unsigned int which,
		const struct ip_addr *now)
{
	const struct conf_end *e = &c->conf.end[which];
	const struct ip_addr *a = now->family ? now : &e->addr;
	char text[CONF_ID_TEXT];
	bool peer = which != (c->us == 1);
	struct conf_id id = peer && c->peer_id.type ? c->peer_id : e->id.type ? e->id : conf_id_of_addr(a);
	struct subnet client = c->lease.family && peer == !!c->instance ? subnet_host(&c->lease) :
			       peer && c->client.addr.family ? c->client : e->subnet;

	json_object(j, key);
	addr(j, "address", a);
	json_string(j, "name", e->name[0] ? e->name : NULL);
	json_string(j, "id", id.type ? conf_id_format(&id, text) : NULL);
	json_string(j, "subnet", client.addr.family ? subnet_format(&client, text) : NULL);
	json_u64(j, "protocol", e->protoport.proto);
	json_u64(j, "port", ntohs(e->protoport.port));
	json_end(j);
}

static void proposal(struct json *j, const char *key, const struct conf_proposal *p)
{
	char text[CONF_PROPOSAL_TEXT];

	json_string(j, key, p->encr ? conf_proposal_format(p, text) : NULL);
}

static void spi(struct json *j, const char *key, const struct said *said)
{
	char text[16];

	snprintf(text, sizeof(text), "0x%08x", ntohl(said->spi));
	json_string(j, key, said->spi ? text : NULL);
}

static void failure(struct json *j, const struct ctl_conn *c)
{
	if (!c->reason) {
		json_null(j, "last_failure");
		return;
	}
	json_object(j, "last_failure");
	json_string(j, "reason", reason_name(c->reason));
	json_u64(j, "exit_status", c->reason);
	json_string(j, "text", c->failure);
	json_end(j);
}

static void sas(struct json *j, const struct ctl_conn *c)
{
	if (c->ike_serial) {
		json_object(j, "ike_sa");
		json_u64(j, "serial", c->ike_serial);
		proposal(j, "algorithm", &c->ike);
		json_end(j);
	} else {
		json_null(j, "ike_sa");
	}
	if (c->child_serial) {
		json_object(j, "child_sa");
		json_u64(j, "serial", c->child_serial);
		proposal(j, "algorithm", &c->esp);
		spi(j, "spi_in", &c->in);
		spi(j, "spi_out", &c->out);
		json_end(j);
	} else {
		json_null(j, "child_sa");
	}
	if (c->adopted) {
		json_object(j, "adopted");
		spi(j, "spi_in", &c->in);
		spi(j, "spi_out", &c->out);
		json_end(j);
	} else {
		json_null(j, "adopted");
	}
}

static void traffic(struct json *j, const struct traffic_table *table, const struct ctl_conn *c)
{
	struct traffic t;

	if (!traffic_of(table, c, &t)) {
		json_null(j, "traffic");
		return;
	}
	json_object(j, "traffic");
	traffic_json(j, &t);
	json_end(j);
}

static void routing(struct json *j, const struct ctl_conn *c)
{
	static const char * const types[] = { "tunnel", "passthrough", "drop", "reject", "transport" };
	static const char * const shunts[] = { "hold", "passthrough", "drop", "reject" };
	static const char * const routings[CTL_N_ROUTINGS] = {
		[CTL_UNORIENTED] = "unoriented", [CTL_UNROUTED] = "unrouted", [CTL_PROSPECTIVE] = "prospective",
		[CTL_HOLD] = "hold", [CTL_NEGOTIATION] = "negotiation_shunt", [CTL_FAILURE] = "failure_shunt",
		[CTL_TUNNEL] = "tunnel", [CTL_LOOPBACK] = "loopback",
	};

	json_string(j, "type", c->conf.type <= CONF_TRANSPORT ? types[c->conf.type] : "unknown");
	json_string(j, "routing", c->routing < CTL_N_ROUTINGS ? routings[c->routing] : "unknown");
	json_string(j, "negotiationshunt", shunts[c->conf.negotiationshunt & 3]);
	json_string(j, "failureshunt", c->conf.failureshunt ? shunts[c->conf.failureshunt & 3] : "none");
	if (c->routing == CTL_FAILURE)
		json_u64(j, "failureshunt_left", c->shunt_left);
	else
		json_null(j, "failureshunt_left");
}

static void acquires(struct json *j, const struct ctl_daemon *d)
{
	json_object(j, "acquires");
	json_u64(j, "started", d->acquires[0]);
	json_u64(j, "duplicate", d->acquires[1]);
	json_u64(j, "refused", d->acquires[2]);
	json_u64(j, "unmatched", d->acquires[3]);
	json_u64(j, "lost", d->acquires_lost);
	json_end(j);
}

/* Given by one end to the other, in the tunnel. */
static void addresses(struct json *j, const struct ctl_conn *c)
{
	unsigned int i;

	addr(j, "lease", &c->lease);
	json_array(j, "name_servers");
	for (i = 0; i < c->n_dns; i++)
		addr(j, NULL, &c->dns[i]);
	json_end(j);
}

static void conn(struct json *j, const struct ctl_conn *c, const struct traffic_table *table)
{
	static const char * const states[] = { "idle", "trying", "established", "waiting" };
	static const char * const sides[] = { "left", "right" };
	static const struct ip_addr none;
	unsigned int us = c->us == 1;

	json_object(j, NULL);
	json_string(j, "name", c->conf.name);
	if (c->instance)
		json_u64(j, "instance", c->instance);
	else
		json_null(j, "instance");
	json_string(j, "this_end", c->us < 2 ? sides[c->us] : NULL);
	json_string(j, "state", c->state < 4 ? states[c->state] : "unknown");
	routing(j, c);
	json_u64(j, "since", c->since);
	json_string(j, "story", c->story);
	json_u64(j, "tries", c->tries);
	if (c->retry == UINT64_MAX)
		json_null(j, "retry_in");
	else
		json_u64(j, "retry_in", c->retry);
	failure(j, c);
	end(j, "local", c, us, c->us < 2 ? &c->local : &none);
	end(j, "remote", c, !us, c->us < 2 ? &c->remote : &none);
	addresses(j, c);
	addr(j, "nexthop", &c->nexthop);
	addr(j, "source", &c->source);
	json_string(j, "device", c->virt[0] ? c->virt : NULL);
	json_string(j, "physical", c->phys[0] ? c->phys : NULL);
	sas(j, c);
	traffic(j, table, c);
	json_end(j);
}

static void debug_classes(struct json *j, uint32_t debug)
{
	json_array(j, "debug");
	if (debug & CONF_DEBUG_CONTROL)
		json_string(j, NULL, "control");
	if (debug & CONF_DEBUG_KERNEL)
		json_string(j, NULL, "kernel");
	if (debug & CONF_DEBUG_PACKETS)
		json_string(j, NULL, "packets");
	json_end(j);
}

void status_json(const struct status *s)
{
	struct traffic_table table = traffic_read();
	struct json j;
	unsigned int i;

	json_start(&j, stdout);
	json_object(&j, NULL);
	json_string(&j, "version", s->daemon.version);
	json_string(&j, "kernel", s->daemon.stack);
	json_u64(&j, "pid", s->daemon.pid);
	json_u64(&j, "uptime", s->daemon.uptime);
	json_string(&j, "secrets_file", s->daemon.secrets);
	json_u64(&j, "secrets", s->daemon.n_secrets);
	json_string(&j, "libcrypto", s->daemon.libcrypto);
	json_bool(&j, "mlkem", s->daemon.mlkem);
	json_u64(&j, "loaded", s->daemon.n_conns);
	json_u64(&j, "up", s->daemon.n_up);
	acquires(&j, &s->daemon);
	debug_classes(&j, s->daemon.debug);
	json_array(&j, "interfaces");
	for (i = 0; i < s->n_ifaces; i++) {
		json_object(&j, NULL);
		json_string(&j, "device", s->ifaces[i].virt[0] ? s->ifaces[i].virt : NULL);
		json_string(&j, "physical", s->ifaces[i].phys);
		addr(&j, "address", &s->ifaces[i].addr);
		json_u64(&j, "port", s->ifaces[i].port);
		json_end(&j);
	}
	json_end(&j);
	json_array(&j, "conns");
	for (i = 0; i < s->n_conns; i++)
		conn(&j, &s->conns[i], &table);
	json_finish(&j);
	traffic_free(&table);
}
