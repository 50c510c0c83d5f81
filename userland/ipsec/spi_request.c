// SPDX-License-Identifier: GPL-2.0
/* What ipsec spi was asked for. */
#include <arpa/inet.h>
#include <linux/ipsec.h>
#include <linux/udp.h>
#include <stdio.h>
#include <string.h>

#include "diag.h"
#include "spi_request.h"
#include "ttodata.h"
#include "value.h"

#define WINDOW_MAX 4096
#define CPI_MAX 0xffff			/* RFC 3173 3.3 */

static bool missing(const char *option)
{
	complain("option '--%s' is missing", option);
	return false;
}

/* The field that "bytes" and so on name, NULL: none. Returns its largest value in @max. */
static void *life_field(struct sa_limits *l, const char *name, size_t len,
			uint64_t *max)
{
	static const char *const names[] = {
		"allocations", "packets", "bytes", "addtime", "usetime",
	};
	void *const fields[] = {
		/* PF_KEY has one field for both, klips counts packets */
		&l->allocations, &l->allocations, &l->bytes, &l->addtime,
		&l->usetime,
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strlen(names[i]) == len && !strncmp(names[i], name, len)) {
			*max = i < 2 ? UINT32_MAX : INT64_MAX;
			return fields[i];
		}
	}
	return NULL;
}

/* One soft-bytes=1000 of @len characters. */
static const char *life_item(const char *text, size_t len, struct sa_spec *spec)
{
	struct sa_limits *limits;
	char item[64], *equals;
	uint64_t n, max;
	void *field;

	if (len >= sizeof(item))
		return "an item is too long";
	memcpy(item, text, len);
	item[len] = '\0';
	if (!strncmp(item, "soft-", 5))
		limits = &spec->soft;
	else if (!strncmp(item, "hard-", 5))
		limits = &spec->hard;
	else
		return "an item does not begin with soft- or hard-";
	equals = strchr(item, '=');
	if (!equals)
		return "an item has no =";
	field = life_field(limits, item + 5, equals - item - 5, &max);
	if (!field)
		return "a name is none of bytes, packets, allocations, addtime, usetime";
	if (number_parse(equals + 1, 1, max, &n))
		return max == UINT32_MAX ?
			"packets are not a number from 1 to 4294967295" :
			"a value is not a number from 1 upwards";
	if (max == UINT32_MAX ? *(uint32_t *)field : *(uint64_t *)field)
		return "an item comes twice (packets and allocations are the same)";
	if (max == UINT32_MAX)
		*(uint32_t *)field = n;
	else
		*(uint64_t *)field = n;
	return NULL;
}

const char *spi_life_parse(const char *text, struct sa_spec *spec)
{
	const char *err = NULL;

	for (;;) {
		size_t len = strcspn(text, ",");

		err = life_item(text, len, spec);
		if (err || !text[len])
			return err;
		text += len + 1;
	}
}

static const struct kind {
	int kind;
	const char *name;
	uint8_t proto;
	const char *alg;		/* the only one; NULL: it is given */
} kinds[] = {
	{ SPI_ESP, "esp", IPPROTO_ESP, NULL },
	{ SPI_AH, "ah", IPPROTO_AH, NULL },
	{ SPI_COMP, "comp", IPPROTO_COMP, NULL },
	{ SPI_IP4, "ip4", IPPROTO_IPIP, "none" },
	{ SPI_IP6, "ip6", IPPROTO_IPIP, "none" },
};

static const struct kind *find_kind(int kind)
{
	const struct kind *k = kinds;

	while (k->kind != kind)
		k++;
	return k;
}

const char *spi_kind_name(int kind)
{
	return find_kind(kind)->name;
}

uint8_t spi_kind_proto(int kind)
{
	return find_kind(kind)->proto;
}

/* Decodes one key. Its value is never shown. */
static bool parse_key(const char *option, const char *text, unsigned int bits,
		      const struct esp_alg *alg, uint8_t *key)
{
	char salt[40] = "";
	const char *err;
	size_t len = 0;

	if (!bits && text) {
		complain("--%s: %s takes no such key", option, alg->name);
		return false;
	}
	if (!bits)
		return true;
	if (!text) {
		complain("option '--%s' is missing: %s needs a key of %u bits",
			 option, alg->name, bits);
		return false;
	}
	err = ttodata(text, key, SPI_KEY_MAX, &len);
	if (err) {
		complain("--%s: %s, expected 0x, 0s or 0t and %u bits", option,
			 err, bits);
		return false;
	}
	if (alg->salt_bits && bits == alg->ekey_bits)
		snprintf(salt, sizeof(salt), " (the last %u are the salt)",
			 alg->salt_bits);
	if (len * 8 != bits) {
		complain("--%s: the key has %zu bits, %s needs %u%s", option,
			 len * 8, alg->name, bits, salt);
		return false;
	}
	return true;
}

/* What --esp, --ah and --comp could have been. */
static bool bad_alg(const struct spi_request *r)
{
	static const char *const hints[] = {
		"a name like aes_gcm128 or aes128-sha2_256, ipsec spi --esp help lists all",
		"sha1, sha2_256, sha2_384 or sha2_512",
		"deflate",
	};

	complain("--%s '%s': not supported, expected %s", spi_kind_name(r->kind), r->alg,
		 hints[r->kind - SPI_ESP]);
	return false;
}

static bool parse_alg(struct spi_request *r)
{
	const struct kind *kind = find_kind(r->kind);
	const struct esp_alg *alg = sa_alg_by_name(kind->proto,
						   kind->alg ? kind->alg : r->alg);

	if (!alg)
		return bad_alg(r);
	r->spec.alg = alg;
	r->spec.ekey = r->ekey;
	r->spec.akey = r->akey;
	return parse_key("enckey", r->enckey, alg->ekey_bits, alg, r->ekey) &&
	       parse_key("authkey", r->authkey, alg->akey_bits, alg, r->akey);
}

/* An address of the family that the SA has, AF_UNSPEC where it is not given. */
static bool parse_addr(const struct spi_request *r, const char *option,
		       const char *text, struct ip_addr *addr)
{
	const char *err;

	if (!text)
		return true;
	err = addr_parse(text, AF_UNSPEC, addr);
	if (err)
		return bad_value(option, text, err);
	if (addr->family != r->spec.said.dst.family)
		return bad_value(option, text,
				 "not of the same family as the SA's destination");
	return true;
}

static bool parse_src(struct spi_request *r)
{
	return parse_addr(r, "src", r->src, &r->spec.src);
}

/* Classic command lines repeat the address of the SAID as the end of the tunnel. */
static bool parse_dst(struct spi_request *r)
{
	struct ip_addr dst = { 0 };

	if (!parse_addr(r, "dst", r->dst, &dst))
		return false;
	if (r->dst && !addr_equal(&dst, &r->spec.said.dst))
		return bad_value("dst", r->dst,
				 "a tunnel ends at the address of its SAID, which is another one");
	return true;
}

static bool parse_natt_type(struct spi_request *r)
{
	struct sa_encap *encap = &r->spec.encap;

	if (!r->natt || !strcmp(r->natt, "none") || !strcmp(r->natt, "0"))
		encap->type = 0;
	else if (!strcmp(r->natt, "nonesp") || !strcmp(r->natt, "2"))
		encap->type = UDP_ENCAP_ESPINUDP;
	else if (!strcmp(r->natt, "nonike") || !strcmp(r->natt, "1"))
		return bad_value("natt", r->natt,
				 "of drafts before RFC 3948 and not supported, use nonesp");
	else
		return bad_value("natt", r->natt, "neither nonesp nor none");
	return true;
}

static bool parse_udp_port(const char *option, const char *text, in_port_t *port)
{
	uint64_t n;

	if (!text) {
		complain("option '--%s' is missing: --natt needs --sport and --dport", option);
		return false;
	}
	if (number_parse(text, 1, UINT16_MAX, &n))
		return bad_value(option, text, "not a number from 1 to 65535");
	*port = htons(n);
	return true;
}

/* The first option that has a meaning only with ESP in UDP, or NULL. */
static const char *natt_only(const struct spi_request *r)
{
	return r->sport ? "sport" : r->dport ? "dport" : r->natt_oa ? "natt-oa" :
	       r->natt_oa_dst ? "natt-oa-dst" : r->keepalive ? "keepalive" : NULL;
}

static bool parse_natt(struct spi_request *r)
{
	struct sa_encap *encap = &r->spec.encap;
	uint64_t n = 0;

	if (!parse_natt_type(r))
		return false;
	if (!encap->type && natt_only(r)) {
		complain("option '--%s' has a meaning only with --natt nonesp", natt_only(r));
		return false;
	}
	if (!encap->type)
		return true;
	if (r->spec.said.proto != IPPROTO_ESP)
		return bad_value("natt", r->natt, "only an esp SA can be in UDP");
	if (!parse_udp_port("sport", r->sport, &encap->sport) ||
	    !parse_udp_port("dport", r->dport, &encap->dport) ||
	    !parse_addr(r, "natt-oa", r->natt_oa, &encap->oa_src) ||
	    !parse_addr(r, "natt-oa-dst", r->natt_oa_dst, &encap->oa_dst))
		return false;
	if ((r->natt_oa || r->natt_oa_dst) && r->spec.mode != IPSEC_MODE_TRANSPORT)
		return bad_value(r->natt_oa ? "natt-oa" : "natt-oa-dst",
				 r->natt_oa ? r->natt_oa : r->natt_oa_dst,
				 "original addresses need --mode transport");
	if (r->keepalive && number_parse(r->keepalive, 1, UINT16_MAX, &n))
		return bad_value("keepalive", r->keepalive,
				 "not a number of seconds from 1 to 65535");
	encap->keepalive = n;
	return true;
}

static bool parse_mode(struct spi_request *r)
{
	if (!r->mode)
		r->spec.mode = IPSEC_MODE_ANY;
	else if (!strcmp(r->mode, "tunnel"))
		r->spec.mode = IPSEC_MODE_TUNNEL;
	else if (!strcmp(r->mode, "transport"))
		r->spec.mode = IPSEC_MODE_TRANSPORT;
	else
		return bad_value("mode", r->mode, "neither tunnel nor transport");
	if (r->spec.mode == IPSEC_MODE_TRANSPORT && r->spec.said.proto == IPPROTO_IPIP)
		return bad_value("mode", r->mode, "a tun SA is a tunnel");
	return true;
}

/* Sequence numbers are in ESP and AH alone. */
static bool parse_replay(struct spi_request *r)
{
	bool numbered = r->spec.said.proto == IPPROTO_ESP ||
			r->spec.said.proto == IPPROTO_AH;
	uint64_t n = 0;

	if (r->window && number_parse(r->window, 0, WINDOW_MAX, &n))
		return bad_value("replay_window", r->window,
				 "not a number from 0 to 4096");
	if (!numbered && (n || r->esn)) {
		complain("option '--%s': %s SAs have no sequence numbers",
			 n ? "replay_window" : "esn", sa_proto_name(r->spec.said.proto));
		return false;
	}
	r->spec.window = n;
	r->spec.esn = r->esn;
	return true;
}

static bool parse_settings(struct spi_request *r)
{
	const char *err;
	uint64_t n = 0;

	if (!parse_mode(r) || !parse_replay(r) || !parse_natt(r))
		return false;
	if (r->reqid && number_parse(r->reqid, 0, UINT32_MAX, &n))
		return bad_value("reqid", r->reqid,
				 "not a number from 0 to 4294967295");
	r->spec.reqid = n;
	err = r->life ? spi_life_parse(r->life, &r->spec) : NULL;
	if (err)
		return bad_value("life", r->life, err);
	if (r->device && (!*r->device || strlen(r->device) >= KLIPS_IFNAMSIZ))
		return bad_value("device", r->device,
				 "not a device name, expected 1 to 15 characters");
	if (r->flags & KLIPS_SAFLAGS_FRAGMENTS && r->spec.mode == IPSEC_MODE_TRANSPORT) {
		complain("option '--fragments' has a meaning only in tunnel mode");
		return false;
	}
	r->spec.device = r->device;
	r->spec.flags = r->flags;
	return true;
}

/* Whether the algorithm given is one for the SA that is named. */
static bool check_kind(const struct spi_request *r)
{
	const struct said *said = &r->spec.said;
	int family = r->kind == SPI_IP4 ? AF_INET : r->kind == SPI_IP6 ? AF_INET6 :
							       said->dst.family;
	char text[SAID_TEXT];

	if (said->proto != spi_kind_proto(r->kind)) {
		complain("--%s makes an SA of %s, %s is another one",
			 spi_kind_name(r->kind), sa_proto_name(spi_kind_proto(r->kind)),
			 said_format(said, 'x', text));
		return false;
	}
	if (said->dst.family != family) {
		complain("--%s: the address of %s is of the other family",
			 spi_kind_name(r->kind), said_format(said, 'x', text));
		return false;
	}
	return true;
}

/* The SA that ADD and UPDATE are about; @proto where the command line does not say. */
static bool parse_named(struct spi_request *r, uint8_t proto)
{
	const struct said *said = &r->spec.said;
	char text[SAID_TEXT];

	if (!said_opts_parse(&r->said_opts, proto, &r->spec.said))
		return false;
	said_format(said, 'x', text);
	if (said->proto == SA_PROTO_INT || addr_is_any(&said->dst)) {
		complain("%s is no SA: expected esp, ah, comp or tun and an address", text);
		return false;
	}
	if (said->proto == IPPROTO_COMP && ntohl(said->spi) > CPI_MAX) {
		complain("%s: the number of a comp SA has 16 bits, expected 0x100 to 0xffff", text);
		return false;
	}
	if (!r->src)
		return missing("src");
	return parse_src(r) && parse_dst(r);
}

static bool parse_add(struct spi_request *r)
{
	if (r->new_dst) {
		complain("option '--new-dst' has a meaning only with --update");
		return false;
	}
	if (!parse_named(r, r->kind ? spi_kind_proto(r->kind) : IPPROTO_ESP))
		return false;
	if (!r->kind) {
		complain("one of --esp, --ah, --comp, --ip4, --ip6 is missing");
		return false;
	}
	return check_kind(r) && parse_settings(r) && parse_alg(r);
}

static bool parse_update(struct spi_request *r)
{
	const char *fixed = r->kind ? spi_kind_name(r->kind) : r->enckey ? "enckey" :
			    r->authkey ? "authkey" : r->window ? "replay_window" :
			    r->esn ? "esn" : r->flags ? "nopmtudisc, --decap-dscp, --noecn or --fragments" :
			    NULL;

	if (fixed) {
		complain("--%s: cannot be changed, add another SA and let the eroute name it",
			 fixed);
		return false;
	}
	return parse_named(r, 0) && parse_settings(r) &&
	       parse_addr(r, "new-dst", r->new_dst, &r->spec.new_dst);
}

/* The option of a new SA that came with --del or --clear, or NULL. */
static const char *stray(const struct spi_request *r)
{
	const char *natt = natt_only(r);

	return r->kind ? spi_kind_name(r->kind) : r->enckey ? "enckey" :
	       r->authkey ? "authkey" : r->mode ? "mode" :
	       r->window ? "replay_window" : r->esn ? "esn" : r->life ? "life" :
	       r->reqid ? "reqid" : r->device ? "device" : r->natt ? "natt" : natt ? natt :
	       r->dst ? "dst" : r->new_dst ? "new-dst" :
	       r->flags & SADB_SAFLAGS_NOPMTUDISC ? "nopmtudisc" :
	       r->flags & SADB_SAFLAGS_DECAP_DSCP ? "decap-dscp" :
	       r->flags & SADB_SAFLAGS_NOECN ? "noecn" :
	       r->flags & KLIPS_SAFLAGS_FRAGMENTS ? "fragments" : NULL;
}

bool spi_request_parse(struct spi_request *r)
{
	if (!r->action)
		r->action = SPI_ADD;
	if (r->action == SPI_ADD)
		return parse_add(r);
	if (r->action == SPI_UPDATE)
		return parse_update(r);
	if (stray(r)) {
		complain("option '--%s' has no meaning with --%s", stray(r),
			 r->action == SPI_DEL ? "del" : "clear");
		return false;
	}
	if (r->action == SPI_DEL)
		return said_opts_parse(&r->said_opts, IPPROTO_ESP, &r->spec.said) &&
		       parse_src(r);
	if (said_opts_given(&r->said_opts) || r->src) {
		complain("--clear removes every SA and takes no other option");
		return false;
	}
	return true;
}

void spi_request_wipe(struct spi_request *r)
{
	if (r->enckey)
		explicit_bzero(r->enckey, strlen(r->enckey));
	if (r->authkey)
		explicit_bzero(r->authkey, strlen(r->authkey));
	explicit_bzero(r, sizeof(*r));
}
