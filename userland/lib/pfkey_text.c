// SPDX-License-Identifier: GPL-2.0
/* PF_KEY messages as text. Keys are never shown. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include "espalg.h"
#include "pfkey.h"
#include "pfkey_text.h"

const char *pfkey_type_name(uint8_t type)
{
	static const char *const names[] = {
		"reserved", "getspi", "update", "add", "delete", "get",
		"acquire", "register", "expire", "flush", "dump", "x_promisc",
		"x_pchange", "x_spdupdate", "x_spdadd", "x_spddelete",
		"x_spdget", "x_spdacquire", "x_spddump", "x_spdflush",
		"x_spdsetidx", "x_spdexpire", "x_spddelete2",
		"x_nat_t_new_mapping", "x_migrate",
	};

	switch (type) {
	case KLIPS_SADB_ADDFLOW: return "x_addflow";
	case KLIPS_SADB_DELFLOW: return "x_delflow";
	case KLIPS_SADB_GRPSA: return "x_grpsa";
	case KLIPS_SADB_DEBUG: return "x_debug";
	}
	if (type < sizeof(names) / sizeof(names[0]))
		return names[type];
	return "unknown";
}

const char *pfkey_satype_name(uint8_t satype)
{
	switch (satype) {
	case SADB_SATYPE_UNSPEC: return "unspec";
	case SADB_SATYPE_AH: return "AH";
	case SADB_SATYPE_ESP: return "ESP";
	case SADB_SATYPE_RSVP: return "RSVP";
	case SADB_SATYPE_OSPFV2: return "OSPFv2";
	case SADB_SATYPE_RIPV2: return "RIPv2";
	case SADB_SATYPE_MIP: return "MIP";
	case SADB_X_SATYPE_IPCOMP: return "COMP";
	case KLIPS_SATYPE_IPIP: return "IPIP";
	case KLIPS_SATYPE_INT: return "INT";
	default: return "unknown";
	}
}

static void print_bytes(FILE *out, const void *data, size_t len)
{
	const uint8_t *bytes = data;

	fputs("0x", out);
	for (size_t i = 0; i < len; i++)
		fprintf(out, "%02x", bytes[i]);
	putc(' ', out);
}

static void print_alg(FILE *out, const char *what, uint8_t number, const char *name)
{
	fprintf(out, "%s=%u", what, number);
	if (name)
		fprintf(out, "(%s)", name);
	putc(' ', out);
}

static void print_sa(FILE *out, const struct sadb_sa *sa)
{
	static const char *const states[] = { "larval", "mature", "dying", "dead" };

	fprintf(out, "spi=0x%08x replay=%u state=%u", ntohl(sa->sadb_sa_spi),
		sa->sadb_sa_replay, sa->sadb_sa_state);
	if (sa->sadb_sa_state < 4)
		fprintf(out, "(%s)", states[sa->sadb_sa_state]);
	putc(' ', out);
	print_alg(out, "auth", sa->sadb_sa_auth, aalg_name(sa->sadb_sa_auth));
	print_alg(out, "encrypt", sa->sadb_sa_encrypt,
		  ealg_name(sa->sadb_sa_encrypt));
	fprintf(out, "flags=0x%x ", sa->sadb_sa_flags);
}

static void print_lifetime(FILE *out, const struct sadb_lifetime *l)
{
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

static void print_address(FILE *out, const struct sadb_address *a, size_t size)
{
	fprintf(out, "proto=%u prefixlen=%u ", a->sadb_address_proto,
		a->sadb_address_prefixlen);
	print_sockaddr(out, a + 1, size - sizeof(*a));
}

static void print_prop(FILE *out, const struct sadb_prop *prop, size_t size)
{
	const struct sadb_comb *comb = (const void *)(prop + 1);
	size_t n = (size - sizeof(*prop)) / sizeof(*comb);

	fprintf(out, "replay=%u ", prop->sadb_prop_replay);
	for (size_t i = 0; i < n; i++, comb++) {
		putc('(', out);
		print_alg(out, "auth", comb->sadb_comb_auth,
			  aalg_name(comb->sadb_comb_auth));
		print_alg(out, "encrypt", comb->sadb_comb_encrypt,
			  ealg_name(comb->sadb_comb_encrypt));
		fprintf(out, "bits=%u-%u,%u-%u) ", comb->sadb_comb_auth_minbits,
			comb->sadb_comb_auth_maxbits,
			comb->sadb_comb_encrypt_minbits,
			comb->sadb_comb_encrypt_maxbits);
	}
}

static void print_supported(FILE *out, const struct sadb_supported *sup, size_t size)
{
	const struct sadb_alg *alg = (const void *)(sup + 1);
	size_t n = (size - sizeof(*sup)) / sizeof(*alg);
	int enc = sup->sadb_supported_exttype == SADB_EXT_SUPPORTED_ENCRYPT;

	for (size_t i = 0; i < n; i++, alg++) {
		const char *name = enc ? ealg_name(alg->sadb_alg_id) :
					 aalg_name(alg->sadb_alg_id);

		putc('(', out);
		print_alg(out, "id", alg->sadb_alg_id, name);
		fprintf(out, "ivlen=%u bits=%u-%u) ", alg->sadb_alg_ivlen,
			alg->sadb_alg_minbits, alg->sadb_alg_maxbits);
	}
}

static void print_target(FILE *out, const struct klips_ext_target *target)
{
	fprintf(out, "target=%u(%s) flags=0x%x%s%s%s ", target->target,
		target_name(target->target), target->flags,
		target->flags & KLIPS_FLOW_REPLACE ? "<replace>" : "",
		target->flags & KLIPS_FLOW_INBOUND ? "<inbound>" : "",
		target->flags & KLIPS_FLOW_CLEAR ? "<clear>" : "");
}

static void print_said(FILE *out, const struct klips_ext_said *said, size_t size)
{
	fprintf(out, "satype=%u(%s) spi=0x%08x ", said->satype,
		pfkey_satype_name(said->satype), ntohl(said->spi));
	print_sockaddr(out, said + 1, size - sizeof(*said));
}

static void print_device(FILE *out, const struct klips_ext_device *dev)
{
	fputs("device=", out);
	for (size_t i = 0; i < sizeof(dev->name) && dev->name[i]; i++)
		putc(dev->name[i] > ' ' && dev->name[i] < 0x7f ? dev->name[i] : '?',
		     out);
	putc(' ', out);
}

static void print_own(FILE *out, const struct sadb_ext *ext, size_t size)
{
	const struct klips_ext_portmask *mask = (const void *)ext;
	const struct klips_ext_replay *replay = (const void *)ext;

	switch (ext->sadb_ext_type) {
	case KLIPS_EXT_TARGET:
		print_target(out, (const void *)ext);
		break;
	case KLIPS_EXT_SAID:
		print_said(out, (const void *)ext, size);
		break;
	case KLIPS_EXT_PORTMASK:
		fprintf(out, "portmask=0x%04x,0x%04x ", ntohs(mask->src),
			ntohs(mask->dst));
		break;
	case KLIPS_EXT_DEVICE:
		print_device(out, (const void *)ext);
		break;
	case KLIPS_EXT_REPLAY:
		fprintf(out, "window=%u flags=0x%x%s ", replay->window,
			replay->flags,
			replay->flags & KLIPS_REPLAY_ESN ? "<esn>" : "");
		break;
	default:
		fputs("bytes=", out);
		print_bytes(out, ext + 1, size - sizeof(*ext));
	}
}

/* @ext was checked by pfkey_parse(). */
static void print_ext(FILE *out, const struct sadb_ext *ext)
{
	const struct sadb_spirange *range = (const void *)ext;
	const struct sadb_x_sa2 *sa2 = (const void *)ext;
	const struct sadb_key *key = (const void *)ext;
	size_t size = ext->sadb_ext_len * 8;

	fprintf(out, "{ext=%u len=%u ", ext->sadb_ext_type, ext->sadb_ext_len);
	switch (ext->sadb_ext_type) {
	case SADB_EXT_SA:
		print_sa(out, (const void *)ext);
		break;
	case SADB_EXT_LIFETIME_CURRENT:
	case SADB_EXT_LIFETIME_HARD:
	case SADB_EXT_LIFETIME_SOFT:
		print_lifetime(out, (const void *)ext);
		break;
	case SADB_EXT_ADDRESS_SRC:
	case SADB_EXT_ADDRESS_DST:
	case SADB_EXT_ADDRESS_PROXY:
	case SADB_X_EXT_NAT_T_OA:
		print_address(out, (const void *)ext, size);
		break;
	case SADB_EXT_KEY_AUTH:
	case SADB_EXT_KEY_ENCRYPT:
		fprintf(out, "key(%u bits) ", key->sadb_key_bits);
		break;
	case SADB_EXT_PROPOSAL:
		print_prop(out, (const void *)ext, size);
		break;
	case SADB_EXT_SUPPORTED_AUTH:
	case SADB_EXT_SUPPORTED_ENCRYPT:
		print_supported(out, (const void *)ext, size);
		break;
	case SADB_EXT_SPIRANGE:
		fprintf(out, "min=0x%x max=0x%x ", range->sadb_spirange_min,
			range->sadb_spirange_max);
		break;
	case SADB_X_EXT_SA2:
		fprintf(out, "mode=%u reqid=%u ", sa2->sadb_x_sa2_mode,
			sa2->sadb_x_sa2_reqid);
		break;
	default:
		print_own(out, ext, size);
	}
	fputs("} ", out);
}

/* A checked message of @len bytes. */
static void print_message(FILE *out, const struct pfkey_msg *msg)
{
	const struct sadb_msg *h = &msg->hdr;

	fprintf(out, "\npfkey v%u msg. type=%u(%s) seq=%u len=%u pid=%u errno=%u satype=%u(%s)\n",
		h->sadb_msg_version, h->sadb_msg_type,
		pfkey_type_name(h->sadb_msg_type), h->sadb_msg_seq,
		h->sadb_msg_len, h->sadb_msg_pid, h->sadb_msg_errno,
		h->sadb_msg_satype, pfkey_satype_name(h->sadb_msg_satype));
	fprintf(out, "version=%u type=%u errno=%u satype=%u len=%u seq=%u pid=%u ",
		h->sadb_msg_version, h->sadb_msg_type, h->sadb_msg_errno,
		h->sadb_msg_satype, h->sadb_msg_len, h->sadb_msg_seq,
		h->sadb_msg_pid);
	for (size_t at = sizeof(*h); at < msg->len;) {
		const struct sadb_ext *ext = (const void *)(msg->bytes + at);

		print_ext(out, ext);
		at += ext->sadb_ext_len * 8;
	}
	putc('\n', out);
}

void pfkey_print(FILE *out, const void *bytes, size_t len)
{
	struct pfkey_view view;
	struct pfkey_msg msg;
	const char *err;

	if (len < sizeof(msg.hdr)) {
		fprintf(out, "\nrunt PF_KEY message: %zu bytes, a header has %zu\n",
			len, sizeof(msg.hdr));
		return;
	}
	if (len > sizeof(msg.bytes)) {
		fprintf(out, "\nPF_KEY message too long: %zu bytes\n", len);
		return;
	}
	memcpy(msg.bytes, bytes, len);
	msg.len = len;
	err = pfkey_parse(msg.bytes, msg.len, &view);
	if (err && msg.hdr.sadb_msg_len * 8u != len)
		fprintf(out, "\nPF_KEY length mismatch: header says %u bytes, %zu came\n",
			msg.hdr.sadb_msg_len * 8u, len);
	else if (err)
		fprintf(out, "\nmalformed PF_KEY message, type=%u(%s): %s\n",
			msg.hdr.sadb_msg_type,
			pfkey_type_name(msg.hdr.sadb_msg_type), err);
	else
		print_message(out, &msg);
	pfkey_wipe(&msg);
}
