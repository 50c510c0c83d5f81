// SPDX-License-Identifier: GPL-2.0
/* What pluto answers, gathered, and the classic lines of "ipsec auto --status". */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "conf_policy.h"
#include "diag.h"
#include "status.h"

/* ---- gathering ---- */

static void *more(struct status *s, void *list, unsigned int *n, size_t size)
{
	void *bigger = list;

	if (!(*n & (*n - 1)))
		bigger = reallocarray(list, *n ? 2 * (size_t)*n : 1, size);
	if (!bigger)
		s->no_memory = true;
	return bigger;
}

static void answer(void *ctx, int type, const void *body)
{
	struct status *s = ctx;
	void *list;

	if (type == CTL_DAEMON)
		memcpy(&s->daemon, body, sizeof(s->daemon));
	if (type == CTL_IFACE) {
		list = more(s, s->ifaces, &s->n_ifaces, sizeof(*s->ifaces));
		if (!list)
			return;
		s->ifaces = list;
		memcpy(&s->ifaces[s->n_ifaces++], body, sizeof(*s->ifaces));
	}
	if (type == CTL_CONN) {
		list = more(s, s->conns, &s->n_conns, sizeof(*s->conns));
		if (!list)
			return;
		s->conns = list;
		memcpy(&s->conns[s->n_conns++], body, sizeof(*s->conns));
	}
}

int status_ask(struct status *s, const char *ctl, const char *conn)
{
	struct client c = { .ctl = ctl, .answer = answer, .ctx = s };
	int status;

	memset(s, 0, sizeof(*s));
	status = client_ask_name(&c, CTL_STATUS, conn, false);
	if (!status && s->no_memory)
		status = complain("out of memory");
	return status;
}

void status_free(struct status *s)
{
	free(s->ifaces);
	free(s->conns);
	memset(s, 0, sizeof(*s));
}

int status_print(const char *ctl, const char *conn, bool json)
{
	struct status s;
	int status = status_ask(&s, ctl, conn);

	if (!status) {
		if (json)
			status_json(&s);
		else
			status_text(&s);
		if (ferror(stdout) || fflush(stdout))
			status = complain("cannot write the answer");
	}
	status_free(&s);
	return status;
}

/* ---- the classic lines ---- */

static const char *debug_text(uint32_t debug, char *buf, size_t size)
{
	snprintf(buf, size, "%s%s%s%s", debug ? "" : "none", debug & CONF_DEBUG_CONTROL ? "control " : "",
		 debug & CONF_DEBUG_KERNEL ? "kernel " : "", debug & CONF_DEBUG_PACKETS ? "packets" : "");
	return buf;
}

static void daemon_text(const struct status *s)
{
	char text[ADDR_TEXT], debug[64];
	unsigned int i;

	printf("000 using kernel interface: %s\n", s->daemon.stack);
	printf("000 using secrets file: %s (%u secrets)\n", s->daemon.secrets, s->daemon.n_secrets);
	printf("000 using libcrypto: %s, %s\n", s->daemon.libcrypto,
	       s->daemon.mlkem ? "with ML-KEM" : "without ML-KEM, which OpenSSL 3.5 and later have");
	for (i = 0; i < s->n_ifaces; i++)
		if (s->ifaces[i].port == 500)
			printf("000 interface %s%s%s %s (%s)\n", s->ifaces[i].virt, s->ifaces[i].virt[0] ? "/" : "",
			       s->ifaces[i].phys, addr_format(&s->ifaces[i].addr, text),
			       s->ifaces[i].addr.family == AF_INET6 ? "AF_INET6" : "AF_INET");
	printf("000 acquires: %" PRIu64 " started, %" PRIu64 " duplicate, %" PRIu64 " refused, %" PRIu64 " unmatched, %" PRIu64 " lost\n",
	       s->daemon.acquires[0], s->daemon.acquires[1], s->daemon.acquires[2], s->daemon.acquires[3],
	       s->daemon.acquires_lost);
	printf("000 debug %s\n000  \n", debug_text(s->daemon.debug, debug, sizeof(debug)));
}

static const char *host_text(const struct ctl_conn *c, unsigned int end, char buf[ADDR_TEXT])
{
	const struct ip_addr *addr = end == c->us ? &c->local : &c->remote;

	if (c->us < 2 && addr->family)
		return addr_format(addr, buf);
	switch (c->conf.end[end].host) {
	case CONF_HOST_ADDR:
		return addr_format(&c->conf.end[end].addr, buf);
	case CONF_HOST_DNS:
		return c->conf.end[end].name;
	case CONF_HOST_DEFAULTROUTE:
		return "%defaultroute";
	default:
		return "%any";
	}
}

/* The network behind an end, or the address that it got. */
static struct subnet client_of(const struct ctl_conn *c, unsigned int end, bool near)
{
	if (c->lease.family && near == !c->instance)
		return subnet_host(&c->lease);
	return c->instance && !near && c->client.addr.family ? c->client : c->conf.end[end].subnet;
}

/* 10.1.0.0/24===192.0.2.1[@west]---192.0.2.254 for the near end, the mirror of it for the far one. */
static void end_text(const struct ctl_conn *c, unsigned int end, bool near)
{
	const struct conf_end *e = &c->conf.end[end];
	char host[ADDR_TEXT], net[SUBNET_TEXT], id[CONF_ID_TEXT];
	struct subnet client = client_of(c, end, near);
	const struct conf_id *who = !near && c->peer_id.type ? &c->peer_id : &e->id;
	bool hop = end == c->us && c->nexthop.family;

	if (near && client.addr.family)
		printf("%s===", subnet_format(&client, net));
	if (!near && hop)
		printf("%s---", addr_format(&c->nexthop, host));
	fputs(host_text(c, end, host), stdout);
	if (e->host == CONF_HOST_DNS && c->us < 2)
		printf("<%s>", e->name);
	if (who->type)
		printf("[%s]", conf_id_format(who, id));
	if (e->protoport.proto)
		printf(":%u/%u", e->protoport.proto, ntohs(e->protoport.port));
	if (near && hop)
		printf("---%s", addr_format(&c->nexthop, host));
	if (!near && client.addr.family)
		printf("===%s", subnet_format(&client, net));
	else if (!near && e->vhost[0])
		printf("===%s", e->vhost);
}

static const char *routing_text(const struct ctl_conn *c)
{
	static const char * const texts[CTL_N_ROUTINGS] = {
		[CTL_UNORIENTED] = "unoriented", [CTL_UNROUTED] = "unrouted", [CTL_PROSPECTIVE] = "prospective erouted",
		[CTL_HOLD] = "erouted HOLD", [CTL_NEGOTIATION] = "negotiation erouted", [CTL_FAILURE] = "fail erouted",
		[CTL_TUNNEL] = "erouted", [CTL_LOOPBACK] = "loopback",
	};

	return c->routing < CTL_N_ROUTINGS ? texts[c->routing] : "?";
}

char *status_called(const struct ctl_conn *c, char buf[STATUS_CALLED])
{
	char peer[ADDR_TEXT];

	if (c->instance)
		snprintf(buf, STATUS_CALLED, "\"%s\"[%u] %s", c->conf.name, c->instance, c->remote.family ? addr_format(&c->remote, peer) : "?");
	else
		snprintf(buf, STATUS_CALLED, "\"%s\"", c->conf.name);
	return buf;
}

static void proposals_text(const char *name, const char *kind, const struct conf_proposals *p)
{
	char text[CONF_PROPOSAL_TEXT];
	unsigned int i;

	printf("000 %s:   %s algorithms wanted: ", name, kind);
	for (i = 0; i < p->n && i < CONF_PROPOSALS; i++)
		printf("%s%s", i ? ", " : "", conf_proposal_format(&p->list[i], text));
	putchar('\n');
}

static void newest_text(const char *name, const char *kind, const struct conf_proposal *p)
{
	char text[CONF_PROPOSAL_TEXT];

	if (p->encr)
		printf("000 %s:   %s algorithm newest: %s\n", name, kind, conf_proposal_format(p, text));
}

static unsigned int plen_of(const struct conf_end *end)
{
	return end->subnet.addr.family ? end->subnet.plen : 32;
}

/* Who has which address in the tunnel. */
static void lease_text(const struct ctl_conn *c, const char *name)
{
	const struct ip_addr *mine = c->lease.family && !c->instance ? &c->lease : &c->source;
	char source[ADDR_TEXT], lease[ADDR_TEXT];

	printf("000 %s:     myip=%s; hisip=%s;\n", name, mine->family ? addr_format(mine, source) : "unset",
	       c->lease.family && c->instance ? addr_format(&c->lease, lease) : "unset");
}

static void addresses_text(const struct ctl_conn *c, const char *name)
{
	const struct conf_range *pool = &c->conf.end[c->us != 1].pool;
	char first[ADDR_TEXT], last[ADDR_TEXT];
	unsigned int i;

	if (pool->first.family && !c->instance)
		printf("000 %s:   address pool: %s-%s\n", name, addr_format(&pool->first, first), addr_format(&pool->last, last));
	if (!c->n_dns)
		return;
	printf("000 %s:   name servers of the peer:", name);
	for (i = 0; i < c->n_dns; i++)
		printf(" %s", addr_format(&c->dns[i], first));
	putchar('\n');
}

static void conn_text(const struct ctl_conn *c)
{
	char policy[CONF_POLICY_TEXT], name[STATUS_CALLED];
	unsigned int us = c->us == 1;

	printf("000 %s: ", status_called(c, name));
	end_text(c, us, true);
	fputs("...", stdout);
	end_text(c, !us, false);
	printf("; %s; eroute owner: #%u\n", routing_text(c), c->state == CTL_ESTABLISHED ? c->child_serial : 0);
	lease_text(c, name);
	printf("000 %s:   ike_life: %us; ipsec_life: %us; keyingtries: %u\n", name, c->conf.ikelifetime,
	       c->conf.salifetime, c->conf.keyingtries);
	printf("000 %s:   policy: %s; prio: %u,%u; interface: %s; kind=%s\n", name,
	       conf_policy_format(&c->conf, policy), plen_of(&c->conf.end[us]), plen_of(&c->conf.end[!us]),
	       c->phys[0] ? c->phys : "none", c->instance ? "CK_INSTANCE" :
	       c->conf.end[!us].host == CONF_HOST_ANY ? "CK_TEMPLATE" : "CK_PERMANENT");
	addresses_text(c, name);
	printf("000 %s:   newest ISAKMP SA: #%u; newest IPsec SA: #%u; eroute owner: #%u\n", name, c->ike_serial,
	       c->child_serial, c->child_serial);
	if (!conf_conn_negotiated(&c->conf))
		return;
	proposals_text(name, "IKE", &c->conf.ike);
	newest_text(name, "IKE", &c->ike);
	proposals_text(name, "ESP", &c->conf.esp);
	newest_text(name, "ESP", &c->esp);
}

static const char *state_name(const struct ctl_conn *c)
{
	static const char * const names[] = { "STATE_IDLE", "STATE_NEGOTIATING", "STATE_ESTABLISHED", "STATE_WAITING" };

	return c->state < 4 ? names[c->state] : "?";
}

static void retry_text(const struct ctl_conn *c)
{
	if (c->retry != UINT64_MAX)
		printf("; EVENT_RETRY in %llus", (unsigned long long)c->retry);
}

static void state_text(const struct ctl_conn *c)
{
	char out[SAID_TEXT], in[SAID_TEXT], name[STATUS_CALLED];

	status_called(c, name);
	if (c->adopted)
		printf("000 %s: adopted from an earlier pluto: %s %s\n", name, said_format(&c->out, 0, out),
		       c->in.spi ? said_format(&c->in, 0, in) : "");
	if (c->routing == CTL_FAILURE)
		printf("000 %s: failure shunt for %llus more\n", name, (unsigned long long)c->shunt_left);
	if (c->state == CTL_IDLE && !c->reason)
		return;
	printf("000 #%u: %s:%u IKEv2.0 %s (%s); for %llus", c->child_serial ? c->child_serial : c->ike_serial, name,
	       c->peer_port ? c->peer_port : 500, state_name(c), c->story, (unsigned long long)c->since);
	retry_text(c);
	if (c->state == CTL_ESTABLISHED)
		printf("; newest IPSEC; eroute owner; isakmp#%u", c->ike_serial);
	putchar('\n');
	if (c->state == CTL_ESTABLISHED && c->in.spi && c->out.spi)
		printf("000 #%u: %s %s %s\n", c->child_serial, name, said_format(&c->out, 0, out),
		       said_format(&c->in, 0, in));
	if (c->reason)
		printf("000 %s: last failure: %s\n", name, c->failure[0] ? c->failure : reason_words(c->reason));
}

void status_text(const struct status *s)
{
	unsigned int i;

	daemon_text(s);
	for (i = 0; i < s->n_conns; i++)
		conn_text(&s->conns[i]);
	puts("000  ");
	for (i = 0; i < s->n_conns; i++)
		state_text(&s->conns[i]);
	puts("000  ");
}
