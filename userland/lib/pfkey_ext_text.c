// SPDX-License-Identifier: GPL-2.0
/* PF_KEY extensions as text, those too that klips itself neither takes nor sends. No key is shown. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <linux/ipsec.h>
#include <linux/udp.h>
#include <string.h>

#include "espalg.h"
#include "pfkey.h"
#include "pfkey_text.h"

/* An extension that was found at least as long as its struct. */
struct ext {
	const void *at;
	size_t size;
	uint8_t satype;			/* of the message */
};

static void print_bytes(FILE *out, const void *data, size_t len)
{
	const uint8_t *bytes = data;

	fputs("0x", out);
	for (size_t i = 0; i < len; i++)
		fprintf(out, "%02x", bytes[i]);
	putc(' ', out);
}

/* Text that somebody else wrote: only what is printable, up to its zero. */
static void print_text(FILE *out, const char *text, size_t room)
{
	for (size_t i = 0; i < room && text[i]; i++)
		putc(text[i] > ' ' && text[i] < 0x7f ? text[i] : '?', out);
	putc(' ', out);
}

static void print_alg(FILE *out, const char *what, uint8_t number, const char *name)
{
	fprintf(out, "%s=%u", what, number);
	if (name)
		fprintf(out, "(%s)", name);
	putc(' ', out);
}

/* IPCOMP has its own numbers where others encrypt. */
static const char *cipher_name(uint8_t satype, uint8_t number)
{
	return satype == SADB_X_SATYPE_IPCOMP ? calg_name(number) : ealg_name(number);
}

static void print_sa(FILE *out, const struct ext *ext)
{
	static const char *const states[] = { "larval", "mature", "dying", "dead" };
	const struct sadb_sa *sa = ext->at;
	uint32_t flags = sa->sadb_sa_flags;

	fprintf(out, "spi=0x%08x replay=%u state=%u", ntohl(sa->sadb_sa_spi),
		sa->sadb_sa_replay, sa->sadb_sa_state);
	if (sa->sadb_sa_state < 4)
		fprintf(out, "(%s)", states[sa->sadb_sa_state]);
	putc(' ', out);
	print_alg(out, "auth", sa->sadb_sa_auth, aalg_name(sa->sadb_sa_auth));
	print_alg(out, "encrypt", sa->sadb_sa_encrypt,
		  cipher_name(ext->satype, sa->sadb_sa_encrypt));
	fprintf(out, "flags=0x%x%s%s%s%s%s ", flags,
		flags & SADB_SAFLAGS_PFS ? "<pfs>" : "",
		flags & SADB_SAFLAGS_NOPMTUDISC ? "<nopmtudisc>" : "",
		flags & SADB_SAFLAGS_DECAP_DSCP ? "<decap-dscp>" : "",
		flags & SADB_SAFLAGS_NOECN ? "<noecn>" : "",
		flags & KLIPS_SAFLAGS_FRAGMENTS ? "<fragments>" : "");
}

static void print_lifetime(FILE *out, const struct ext *ext)
{
	const struct sadb_lifetime *l = ext->at;

	fprintf(out, "allocations=%u bytes=%" PRIu64 " addtime=%" PRIu64
		" usetime=%" PRIu64 " ", l->sadb_lifetime_allocations,
		(uint64_t)l->sadb_lifetime_bytes,
		(uint64_t)l->sadb_lifetime_addtime,
		(uint64_t)l->sadb_lifetime_usetime);
}

/* A sockaddr of @len bytes, as text or as bytes where it is none. */
static void print_sockaddr(FILE *out, const void *sa, size_t len)
{
	char text[ADDR_TEXT];
	struct ip_addr addr;
	in_port_t port;

	fputs("addr=", out);
	if (addr_from_sockaddr(&addr, &port, sa, len))
		fprintf(out, "%s port=%u ", addr_format(&addr, text), ntohs(port));
	else
		print_bytes(out, sa, len);
}

static void print_address(FILE *out, const struct ext *ext)
{
	const struct sadb_address *a = ext->at;

	fprintf(out, "proto=%u prefixlen=%u ", a->sadb_address_proto,
		a->sadb_address_prefixlen);
	print_sockaddr(out, a + 1, ext->size - sizeof(*a));
}

static void print_key(FILE *out, const struct ext *ext)
{
	fprintf(out, "key(%u bits) ", ((const struct sadb_key *)ext->at)->sadb_key_bits);
}

static void print_identity(FILE *out, const struct ext *ext)
{
	static const char *const types[] = { "reserved", "prefix", "fqdn", "user_fqdn" };
	const struct sadb_ident *id = ext->at;

	fprintf(out, "type=%u", id->sadb_ident_type);
	if (id->sadb_ident_type < sizeof(types) / sizeof(types[0]))
		fprintf(out, "(%s)", types[id->sadb_ident_type]);
	fprintf(out, " id=%" PRIu64 " name=", (uint64_t)id->sadb_ident_id);
	print_text(out, (const char *)(id + 1), ext->size - sizeof(*id));
}

static void print_sensitivity(FILE *out, const struct ext *ext)
{
	const struct sadb_sens *s = ext->at;

	fprintf(out, "dpd=%u sens_level=%u sens_len=%u integ_level=%u integ_len=%u ",
		s->sadb_sens_dpd, s->sadb_sens_sens_level, s->sadb_sens_sens_len,
		s->sadb_sens_integ_level, s->sadb_sens_integ_len);
}

static void print_prop(FILE *out, const struct ext *ext)
{
	const struct sadb_prop *prop = ext->at;
	const struct sadb_comb *comb = (const void *)(prop + 1);
	size_t n = (ext->size - sizeof(*prop)) / sizeof(*comb);

	fprintf(out, "replay=%u ", prop->sadb_prop_replay);
	for (size_t i = 0; i < n; i++, comb++) {
		putc('(', out);
		print_alg(out, "auth", comb->sadb_comb_auth,
			  aalg_name(comb->sadb_comb_auth));
		print_alg(out, "encrypt", comb->sadb_comb_encrypt,
			  cipher_name(ext->satype, comb->sadb_comb_encrypt));
		fprintf(out, "bits=%u-%u,%u-%u) ", comb->sadb_comb_auth_minbits,
			comb->sadb_comb_auth_maxbits,
			comb->sadb_comb_encrypt_minbits,
			comb->sadb_comb_encrypt_maxbits);
	}
}

static void print_supported(FILE *out, const struct ext *ext)
{
	const struct sadb_supported *sup = ext->at;
	const struct sadb_alg *alg = (const void *)(sup + 1);
	size_t n = (ext->size - sizeof(*sup)) / sizeof(*alg);
	bool enc = sup->sadb_supported_exttype == SADB_EXT_SUPPORTED_ENCRYPT;

	for (size_t i = 0; i < n; i++, alg++) {
		const char *name = enc ? cipher_name(ext->satype, alg->sadb_alg_id) :
					 aalg_name(alg->sadb_alg_id);

		putc('(', out);
		print_alg(out, "id", alg->sadb_alg_id, name);
		fprintf(out, "ivlen=%u bits=%u-%u) ", alg->sadb_alg_ivlen,
			alg->sadb_alg_minbits, alg->sadb_alg_maxbits);
	}
}

static void print_spirange(FILE *out, const struct ext *ext)
{
	const struct sadb_spirange *range = ext->at;

	fprintf(out, "min=0x%x max=0x%x ", range->sadb_spirange_min,
		range->sadb_spirange_max);
}

static void print_policy(FILE *out, const struct ext *ext)
{
	const struct sadb_x_policy *policy = ext->at;

	fprintf(out, "type=%u dir=%u id=%u priority=%u ", policy->sadb_x_policy_type,
		policy->sadb_x_policy_dir, policy->sadb_x_policy_id,
		policy->sadb_x_policy_priority);
}

static void print_sa2(FILE *out, const struct ext *ext)
{
	static const char *const modes[] = { "any", "transport", "tunnel", "beet" };
	const struct sadb_x_sa2 *sa2 = ext->at;

	fprintf(out, "mode=%u", sa2->sadb_x_sa2_mode);
	if (sa2->sadb_x_sa2_mode < sizeof(modes) / sizeof(modes[0]))
		fprintf(out, "(%s)", modes[sa2->sadb_x_sa2_mode]);
	fprintf(out, " reqid=%u ", sa2->sadb_x_sa2_reqid);
}

static void print_nat_t_type(FILE *out, const struct ext *ext)
{
	uint8_t type = ((const struct sadb_x_nat_t_type *)ext->at)->sadb_x_nat_t_type_type;

	fprintf(out, "natt=%u(%s) ", type, type == UDP_ENCAP_ESPINUDP ? "nonesp" :
		type == UDP_ENCAP_ESPINUDP_NON_IKE ? "nonike" : type ? "unknown" : "none");
}

static void print_sport(FILE *out, const struct ext *ext)
{
	const struct sadb_x_nat_t_port *port = ext->at;

	fprintf(out, "natsport=%u ", ntohs(port->sadb_x_nat_t_port_port));
}

static void print_dport(FILE *out, const struct ext *ext)
{
	const struct sadb_x_nat_t_port *port = ext->at;

	fprintf(out, "natdport=%u ", ntohs(port->sadb_x_nat_t_port_port));
}

static void print_sec_ctx(FILE *out, const struct ext *ext)
{
	const struct sadb_x_sec_ctx *ctx = ext->at;

	fprintf(out, "alg=%u doi=%u context=", ctx->sadb_x_ctx_alg, ctx->sadb_x_ctx_doi);
	print_text(out, (const char *)(ctx + 1), ext->size - sizeof(*ctx));
}

static void print_filter(FILE *out, const struct ext *ext)
{
	const struct sadb_x_filter *f = ext->at;
	char text[ADDR_TEXT];
	struct ip_addr addr;
	size_t len = addr_len(f->sadb_x_filter_family);

	if (addr_from_bytes(&addr, f->sadb_x_filter_family, f->sadb_x_filter_saddr, len))
		fprintf(out, "src=%s/%u ", addr_format(&addr, text), f->sadb_x_filter_splen);
	if (addr_from_bytes(&addr, f->sadb_x_filter_family, f->sadb_x_filter_daddr, len))
		fprintf(out, "dst=%s/%u ", addr_format(&addr, text), f->sadb_x_filter_dplen);
}

static void print_target(FILE *out, const struct ext *ext)
{
	const struct klips_ext_target *target = ext->at;

	fprintf(out, "target=%u(%s) flags=0x%x%s%s%s%s ", target->target,
		target_name(target->target), target->flags,
		target->flags & KLIPS_FLOW_REPLACE ? "<replace>" : "",
		target->flags & KLIPS_FLOW_INBOUND ? "<inbound>" : "",
		target->flags & KLIPS_FLOW_CLEAR ? "<clear>" : "",
		target->flags & KLIPS_FLOW_SOFT ? "<soft>" : "");
}

static void print_said(FILE *out, const struct ext *ext)
{
	const struct klips_ext_said *said = ext->at;

	fprintf(out, "satype=%u(%s) spi=0x%08x ", said->satype,
		pfkey_satype_name(said->satype), ntohl(said->spi));
	print_sockaddr(out, said + 1, ext->size - sizeof(*said));
}

static void print_portmask(FILE *out, const struct ext *ext)
{
	const struct klips_ext_portmask *mask = ext->at;

	fprintf(out, "portmask=0x%04x,0x%04x ", ntohs(mask->src), ntohs(mask->dst));
}

static void print_device(FILE *out, const struct ext *ext)
{
	const struct klips_ext_device *dev = ext->at;

	fputs("device=", out);
	print_text(out, dev->name, sizeof(dev->name));
}

static void print_replay(FILE *out, const struct ext *ext)
{
	const struct klips_ext_replay *replay = ext->at;

	fprintf(out, "window=%u flags=0x%x%s ", replay->window, replay->flags,
		replay->flags & KLIPS_REPLAY_ESN ? "<esn>" : "");
}

static void print_debug(FILE *out, const struct ext *ext)
{
	const struct klips_ext_debug *debug = ext->at;

	fprintf(out, "set=0x%x clear=0x%x ", debug->set, debug->clear);
}

static void print_keepalive(FILE *out, const struct ext *ext)
{
	fprintf(out, "keepalive=%u ", ((const struct klips_ext_keepalive *)ext->at)->seconds);
}

static void print_trap(FILE *out, const struct ext *ext)
{
	const struct klips_ext_trap *trap = ext->at;

	fprintf(out, "trap=%u(%s) flags=0x%x%s ", trap->target, target_name(trap->target),
		trap->flags, trap->flags & KLIPS_TRAP_FRAGMENT ? "<fragment>" : "");
}

/* What is not here is shown as bytes: it may come from a newer module. */
static const struct {
	uint16_t type;
	void (*print)(FILE *out, const struct ext *ext);
} printers[] = {
	{ SADB_EXT_SA, print_sa },
	{ SADB_EXT_LIFETIME_CURRENT, print_lifetime },
	{ SADB_EXT_LIFETIME_HARD, print_lifetime },
	{ SADB_EXT_LIFETIME_SOFT, print_lifetime },
	{ SADB_EXT_ADDRESS_SRC, print_address },
	{ SADB_EXT_ADDRESS_DST, print_address },
	{ SADB_EXT_ADDRESS_PROXY, print_address },
	{ SADB_EXT_KEY_AUTH, print_key },
	{ SADB_EXT_KEY_ENCRYPT, print_key },
	{ SADB_EXT_IDENTITY_SRC, print_identity },
	{ SADB_EXT_IDENTITY_DST, print_identity },
	{ SADB_EXT_SENSITIVITY, print_sensitivity },
	{ SADB_EXT_PROPOSAL, print_prop },
	{ SADB_EXT_SUPPORTED_AUTH, print_supported },
	{ SADB_EXT_SUPPORTED_ENCRYPT, print_supported },
	{ SADB_EXT_SPIRANGE, print_spirange },
	{ SADB_X_EXT_POLICY, print_policy },
	{ SADB_X_EXT_SA2, print_sa2 },
	{ SADB_X_EXT_NAT_T_TYPE, print_nat_t_type },
	{ SADB_X_EXT_NAT_T_SPORT, print_sport },
	{ SADB_X_EXT_NAT_T_DPORT, print_dport },
	{ SADB_X_EXT_NAT_T_OA, print_address },
	{ SADB_X_EXT_SEC_CTX, print_sec_ctx },
	{ SADB_X_EXT_FILTER, print_filter },
	{ KLIPS_EXT_TARGET, print_target },
	{ KLIPS_EXT_SAID, print_said },
	{ KLIPS_EXT_PORTMASK, print_portmask },
	{ KLIPS_EXT_DEVICE, print_device },
	{ KLIPS_EXT_REPLAY, print_replay },
	{ KLIPS_EXT_OA_DST, print_address },
	{ KLIPS_EXT_NEW_DST, print_address },
	{ KLIPS_EXT_DEBUG, print_debug },
	{ KLIPS_EXT_KEEPALIVE, print_keepalive },
	{ KLIPS_EXT_SAID2, print_said },
	{ KLIPS_EXT_SAID3, print_said },
	{ KLIPS_EXT_SAID4, print_said },
	{ KLIPS_EXT_TRAP, print_trap },
	{ KLIPS_EXT_TRAP_SRC, print_address },
	{ KLIPS_EXT_TRAP_DST, print_address },
};

void pfkey_print_ext(FILE *out, const struct sadb_ext *ext, uint8_t satype)
{
	struct ext e = { ext, ext->sadb_ext_len * 8, satype };
	size_t i = 0, n = sizeof(printers) / sizeof(printers[0]);

	fprintf(out, "{ext=%u len=%u ", ext->sadb_ext_type, ext->sadb_ext_len);
	while (i < n && printers[i].type != ext->sadb_ext_type)
		i++;
	if (i < n) {
		printers[i].print(out, &e);
	} else {
		fputs("bytes=", out);
		print_bytes(out, ext + 1, e.size - sizeof(*ext));
	}
	fputs("} ", out);
}
