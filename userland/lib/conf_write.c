// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include "conf_value.h"
#include "conf_write.h"
#include "ttodata.h"

/* Each writes a field into CONF_WRITE_VALUE bytes that begin with "". */

static const char *word_of(const char * const *words, unsigned int n, unsigned int value)
{
	return value < n ? words[value] : "";
}

#define WORDS(name, ...) \
static void name(const void *field, char *buf) \
{ \
	static const char * const words[] = { __VA_ARGS__ }; \
\
	strcpy(buf, word_of(words, sizeof(words) / sizeof(words[0]), *(const uint8_t *)field)); \
}

WORDS(w_bool, "", "no", "yes")
WORDS(w_stack, "klips", "none")
WORDS(w_auto, "ignore", "add", "start", "route")
WORDS(w_type, "tunnel", "passthrough", "drop", "reject", "transport")
WORDS(w_shunt, "none", "passthrough", "drop", "reject")
WORDS(w_dpdaction, "", "hold", "clear", "restart")
WORDS(w_encap, "auto", "no", "yes")
WORDS(w_esn, "either", "no", "yes")
WORDS(w_frag, "yes", "no", "force")
WORDS(w_ppk, "no", "propose", "insist")
WORDS(w_family, "", "ipv4", "ipv6")
WORDS(w_sendcert, "always", "sendifasked", "never")
WORDS(w_mss, "no", "auto")

static void w_seconds(const void *field, char *buf)
{
	sprintf(buf, "%us", *(const uint32_t *)field);
}

static void w_dpd(const void *field, char *buf)
{
	if (*(const uint32_t *)field)
		w_seconds(field, buf);
}

static void w_mtu(const void *field, char *buf)
{
	if (*(const uint32_t *)field)
		sprintf(buf, "%u", *(const uint32_t *)field);
}

static void w_percent(const void *field, char *buf)
{
	sprintf(buf, "%u%%", *(const uint32_t *)field);
}

static void w_tries(const void *field, char *buf)
{
	if (*(const uint32_t *)field)
		sprintf(buf, "%u", *(const uint32_t *)field);
	else
		strcpy(buf, "%forever");
}

/* What is no number that may stand alone has a unit. */
static void w_amount(const void *field, char *buf)
{
	static const char units[] = "KMG";
	uint64_t n = *(const uint64_t *)field;
	unsigned int unit = 0;

	for (; n > UINT32_MAX && unit < 3; unit++)
		n >>= 10;
	if (n)
		sprintf(buf, unit ? "%" PRIu64 "%c" : "%" PRIu64, n, unit ? units[unit - 1] : 0);
}

static void w_text(const void *field, char *buf)
{
	snprintf(buf, CONF_PATH_MAX, "%s", (const char *)field);
}

static void w_virtual(const void *field, char *buf)
{
	strcpy(buf, field);
}

static void w_updown(const void *field, char *buf)
{
	w_text(field, buf);
	if (!buf[0])
		strcpy(buf, "%disabled");
}

static void w_debug(const void *field, char *buf)
{
	uint32_t bits = *(const uint32_t *)field;

	if (!bits)
		strcpy(buf, "none");
	if (bits & CONF_DEBUG_CONTROL)
		strcat(buf, "control ");
	if (bits & CONF_DEBUG_KERNEL)
		strcat(buf, "kernel ");
	if (bits & CONF_DEBUG_PACKETS)
		strcat(buf, "packets ");
}

static void w_pairs(const void *field, char *buf)
{
	const struct conf_setup *setup = field;
	uint32_t i;

	if (!setup->n_pairs)
		strcpy(buf, "%none");
	for (i = 0; i < setup->n_pairs && i < CONF_PAIRS; i++)
		sprintf(buf + strlen(buf), "%s%s=%s", i ? " " : "", setup->pairs[i].virt,
			setup->pairs[i].phys[0] ? setup->pairs[i].phys : "%defaultroute");
}

static void w_listen(const void *field, char *buf)
{
	const struct conf_setup *setup = field;
	char text[ADDR_TEXT];
	uint32_t i;

	for (i = 0; i < setup->n_listen && i < CONF_LISTEN; i++)
		sprintf(buf + strlen(buf), "%s%s", i ? " " : "", addr_format(&setup->listen[i], text));
}

static void w_host(const void *field, char *buf)
{
	const struct conf_end *end = field;

	if (end->host == CONF_HOST_ADDR || end->addr.family == AF_INET6)
		addr_format(&end->addr, buf);	/* "::" is %any and says which family */
	else if (end->host == CONF_HOST_DNS)
		strcpy(buf, end->name);
	else if (end->host)
		strcpy(buf, end->host == CONF_HOST_ANY ? "%any" : "%defaultroute");
}

static void w_nexthop(const void *field, char *buf)
{
	const struct conf_end *end = field;

	if (end->nexthop == CONF_NEXTHOP_ADDR)
		addr_format(&end->nexthop_addr, buf);
	else if (end->nexthop)
		strcpy(buf, end->nexthop == CONF_NEXTHOP_DIRECT ? "%direct" : "%defaultroute");
}

static void w_addr(const void *field, char *buf)
{
	if (((const struct ip_addr *)field)->family)
		addr_format(field, buf);
}

static void w_subnet(const void *field, char *buf)
{
	const struct conf_end *end = field;

	if (end->vhost[0])
		strcpy(buf, end->vhost);
	else if (end->subnet.addr.family)
		subnet_format(&end->subnet, buf);
}

static void w_pool(const void *field, char *buf)
{
	const struct conf_range *pool = field;
	char last[ADDR_TEXT];

	if (pool->first.family)
		sprintf(buf + strlen(addr_format(&pool->first, buf)), "-%s", addr_format(&pool->last, last));
}

static void w_dns(const void *field, char *buf)
{
	const struct ip_addr *dns = field;
	char text[ADDR_TEXT];
	unsigned int i;

	for (i = 0; i < CONF_DNS && dns[i].family; i++)
		sprintf(buf + strlen(buf), "%s%s", i ? " " : "", addr_format(&dns[i], text));
}

static void w_protoport(const void *field, char *buf)
{
	const struct protoport *pp = field;

	if (pp->port_any)
		sprintf(buf, "%u/%%any", pp->proto);
	else if (pp->port)
		sprintf(buf, "%u/%u", pp->proto, ntohs(pp->port));
	else if (pp->proto)
		sprintf(buf, "%u", pp->proto);
}

/* A name that is not read as it is shown (a value of an odd kind) goes as its bytes. */
static void w_id(const void *field, char *buf)
{
	const struct conf_id *id = field;
	struct conf_id again;
	unsigned int i;
	char *to;

	if (!id->type)
		return;
	conf_id_format(id, buf);
	if (id->type != CONF_ID_DN ||
	    (!conf_id_parse(buf, &again) && again.len == id->len && !memcmp(again.data, id->data, id->len)))
		return;
	to = stpcpy(buf, "@~");
	for (i = 0; i < id->len; i++)
		to += sprintf(to, "%02x", id->data[i]);
}

static void w_ca(const void *field, char *buf)
{
	const struct conf_ca *ca = field;

	if (ca->kind == CONF_CA_NAME)
		w_id(&ca->name, buf);
	else
		strcpy(buf, ca->kind == CONF_CA_SAME ? "%same" : "%any");
}

static void w_pubkey(const void *field, char *buf)
{
	const struct conf_pubkey *key = field;

	switch (key->kind) {
	case CONF_PUBKEY_NONE:
		strcpy(buf, "%none");
		break;
	case CONF_PUBKEY_CERT:
		strcpy(buf, "%cert");
		break;
	case CONF_PUBKEY_RSA:
		base64_format(key->data, key->len, stpcpy(buf, "0s"));
	}
}

static void w_auth(const void *field, char *buf)
{
	static const struct {
		uint32_t bits;
		const char *name;
	} methods[] = {
		{ CONF_AUTHBY_NEVER, "never" }, { CONF_AUTHBY_SECRET, "secret" }, { CONF_AUTHBY_NULL, "null" },
		{ CONF_AUTHBY_RSA_SHA1, "rsa-sha1" }, { CONF_AUTHBY_RSA, "rsasig" },
		{ CONF_AUTHBY_RSA_SHA2_256, "rsa-sha2_256" }, { CONF_AUTHBY_RSA_SHA2_384, "rsa-sha2_384" },
		{ CONF_AUTHBY_RSA_SHA2_512, "rsa-sha2_512" }, { CONF_AUTHBY_ECDSA, "ecdsa" },
		{ CONF_AUTHBY_ECDSA_SHA2_256, "ecdsa-sha2_256" }, { CONF_AUTHBY_ECDSA_SHA2_384, "ecdsa-sha2_384" },
		{ CONF_AUTHBY_ECDSA_SHA2_512, "ecdsa-sha2_512" }, { CONF_AUTHBY_EDDSA, "eddsa" },
	};
	uint32_t bits = *(const uint32_t *)field;
	unsigned int i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if ((bits & methods[i].bits) != methods[i].bits)
			continue;
		sprintf(buf + strlen(buf), "%s%s", buf[0] ? "|" : "", methods[i].name);
		bits &= ~methods[i].bits;
	}
}

static void w_proposals(const void *field, char *buf)
{
	const struct conf_proposals *p = field;
	char text[CONF_PROPOSAL_TEXT];
	uint32_t i;

	for (i = 0; i < p->n && i < CONF_PROPOSALS; i++)
		sprintf(buf + strlen(buf), "%s%s", i ? "," : "", conf_proposal_format(&p->list[i], text));
}

/* By what it is read with. The words of old for encapsulation= are written as that, and subnets= by write_pairs(). */
static const struct {
	const char *(*parse)(const char *text, void *field);
	void (*write)(const void *field, char *buf);
} writers[] = {
	{ conf_value_pairs, w_pairs }, { conf_value_listen, w_listen }, { conf_value_stack, w_stack },
	{ conf_value_debug, w_debug }, { conf_value_host, w_host }, { conf_value_nexthop, w_nexthop },
	{ conf_value_pool, w_pool }, { conf_value_ip, w_addr }, { conf_value_dns, w_dns }, { conf_value_virtual, w_virtual },
	{ conf_value_subnet, w_subnet }, { conf_value_sourceip, w_addr }, { conf_value_id, w_id },
	{ conf_value_auto, w_auto }, { conf_value_authby, w_auth }, { conf_value_endauth, w_auth },
	{ conf_value_pubkey, w_pubkey }, { conf_value_cert, w_text }, { conf_value_sendcert, w_sendcert },
	{ conf_value_ca, w_ca }, { conf_value_type, w_type }, { conf_value_shunt, w_shunt },
	{ conf_value_protoport, w_protoport }, { conf_value_lifetime, w_seconds }, { conf_value_dpd, w_dpd },
	{ conf_value_dpdaction, w_dpdaction }, { conf_value_amount, w_amount }, { conf_value_percent, w_percent },
	{ conf_value_tries, w_tries }, { conf_value_ike, w_proposals }, { conf_value_esp, w_proposals },
	{ conf_value_path, w_text }, { conf_value_updown, w_updown }, { conf_value_encap, w_encap },
	{ conf_value_esn, w_esn }, { conf_value_family, w_family }, { conf_value_frag, w_frag }, { conf_value_ppk, w_ppk }, { conf_value_ppks, w_text },
	{ conf_value_subnets, NULL }, { conf_value_forceencaps, NULL }, { conf_value_bool, w_bool }, { conf_value_mtu, w_mtu }, { conf_value_mss, w_mss },
};

bool conf_write_value(const struct conf_key *key, const void *base, char buf[CONF_WRITE_VALUE])
{
	size_t len;
	unsigned int i;

	buf[0] = '\0';
	for (i = 0; i < sizeof(writers) / sizeof(writers[0]); i++) {
		if (writers[i].parse != key->parse)
			continue;
		if (writers[i].write)
			writers[i].write((const char *)base + key->offset, buf);
		len = strlen(buf);
		if (len && buf[len - 1] == ' ')
			buf[len - 1] = '\0';
		return true;
	}
	return false;
}

/* Whether that is what the parser makes of nothing. */
static bool is_default(const struct conf_key *key, const char *value)
{
	union {
		struct conf_setup setup;
		struct conf_conn conn;
		struct conf_end end;
	} fresh;
	char text[CONF_WRITE_VALUE];

	memset(&fresh, 0, sizeof(fresh));
	if (key->fallback)
		key->parse(key->fallback, (char *)&fresh + key->offset);
	conf_write_value(key, &fresh, text);
	return !strcmp(text, value);
}

static void write_key(FILE *out, const char *end, const struct conf_key *key, const void *base)
{
	char value[CONF_WRITE_VALUE];

	if (!conf_write_value(key, base, value) || !value[0] || is_default(key, value))
		return;
	fprintf(out, strpbrk(value, " \t") ? "\t%s%s=\"%s\"\n" : "\t%s%s=%s\n", end, key->name, value);
}

static void write_section(FILE *out, enum conf_section section, const char *end, const void *base)
{
	unsigned int i;

	for (i = 0; i < conf_n_keys; i++)
		if (conf_keys[i].section == section && conf_keys[i].status == CONF_BUILT && !conf_keys[i].list)
			write_key(out, end, &conf_keys[i], base);
}

void conf_write_conn(const struct conf_conn *conn, FILE *out)
{
	fprintf(out, "\nconn %s\n", conn->name);
	write_section(out, CONF_END, "left", &conn->end[0]);
	write_section(out, CONF_END, "right", &conn->end[1]);
	write_section(out, CONF_CONN, "", conn);
}

/* How many there are of the conn whose first one is @pairs. */
static unsigned int count_pairs(const struct conf_conn *pairs)
{
	unsigned int n = 1;

	while (!conf_pair_last(&pairs[n - 1]))
		n++;
	return n;
}

/* The first one with the subnet number @i of @end: there is one, or conf_load() had refused it. */
static const struct conf_conn *pair_with(const struct conf_conn *pairs, unsigned int end, unsigned int i)
{
	unsigned int at = 0, a, b;

	for (a = 0; a < pairs->pairs[0]; a++) {
		for (b = 0; b < pairs->pairs[1]; b++) {
			if (!conf_pair_fits(pairs, a, b))
				continue;
			if ((end ? b : a) == i)
				return &pairs[at];
			at++;
		}
	}
	return pairs;
}

/* One line for what they have of this end. */
static void write_subnets(FILE *out, unsigned int end, const struct conf_conn *pairs)
{
	char text[SUBNET_TEXT];
	unsigned int i;

	fprintf(out, "\t%ssubnets={", end ? "right" : "left");
	for (i = 0; i < pairs->pairs[end]; i++)
		fprintf(out, "%s%s", i ? " " : "", subnet_format(&pair_with(pairs, end, i)->end[end].subnet, text));
	fputs("}\n", out);
}

/* The pairs of one conn, as that conn. A source is in one subnet only, and those of other pairs do not have it. */
static void write_pairs(const struct conf_conn *pairs, FILE *out)
{
	unsigned int n = count_pairs(pairs), i, end;
	struct conf_conn conn = *pairs;

	memcpy(conn.name, pairs->alias, sizeof(conn.name));
	for (end = 0; end < 2; end++) {
		for (i = 0; i < n && !conn.end[end].sourceip.family; i++)
			conn.end[end].sourceip = pairs[i].end[end].sourceip;
		if (conn.end[end].n_subnets)
			memset(&conn.end[end].subnet, 0, sizeof(conn.end[end].subnet));
	}
	conf_write_conn(&conn, out);
	if (conn.end[0].n_subnets)
		write_subnets(out, 0, pairs);
	if (conn.end[1].n_subnets)
		write_subnets(out, 1, pairs);
}

void conf_write(const struct conf *conf, FILE *out)
{
	const struct conf_conn *conn;
	unsigned int i;

	fputs("version 2.0\n\nconfig setup\n", out);
	write_section(out, CONF_SETUP, "", &conf->setup);
	for (i = 0; i < conf->n_conns; i += count_pairs(conn)) {
		conn = &conf->conns[i];
		if (conn->alias[0])
			write_pairs(conn, out);
		else
			conf_write_conn(conn, out);
	}
}
