/* SPDX-License-Identifier: GPL-2.0 */
/*
 * PF_KEY messages for tests: what they may have, as a manual would say it, and how to
 * build good ones. On purpose not made from the tables of klips/pfkey_parse.c.
 */
#ifndef KLIPS_TESTS_PFKEY_MESSAGES_H
#define KLIPS_TESTS_PFKEY_MESSAGES_H

#include <stdint.h>
#include <stdio.h>

#include "../../include/klips/pfkey.h"
#include "../../include/klips/types.h"

#include "../../klips/pure.h"

/* Bytes of a message under construction. */
struct bytes {
	size_t len;
	uint8_t b[1024] __attribute__((aligned(8)));
};

struct ext_name {
	const char *name;
	uint16_t type;
	uint16_t min, max;		/* bytes */
};

static const struct ext_name ext_names[] = {
	{ "sa", SADB_EXT_SA, 16, 16 },
	{ "current", SADB_EXT_LIFETIME_CURRENT, 32, 32 },
	{ "hard", SADB_EXT_LIFETIME_HARD, 32, 32 },
	{ "soft", SADB_EXT_LIFETIME_SOFT, 32, 32 },
	{ "src", SADB_EXT_ADDRESS_SRC, 24, 40 },
	{ "dst", SADB_EXT_ADDRESS_DST, 24, 40 },
	{ "proxy", SADB_EXT_ADDRESS_PROXY, 24, 40 },
	{ "akey", SADB_EXT_KEY_AUTH, 16, 8200 },
	{ "ekey", SADB_EXT_KEY_ENCRYPT, 16, 8200 },
	{ "idsrc", SADB_EXT_IDENTITY_SRC, 16, 512 },
	{ "iddst", SADB_EXT_IDENTITY_DST, 16, 512 },
	{ "sens", SADB_EXT_SENSITIVITY, 16, 512 },
	{ "proposal", SADB_EXT_PROPOSAL, 8, 512 },
	{ "supauth", SADB_EXT_SUPPORTED_AUTH, 8, 512 },
	{ "supenc", SADB_EXT_SUPPORTED_ENCRYPT, 8, 512 },
	{ "range", SADB_EXT_SPIRANGE, 16, 16 },
	{ "kmprivate", SADB_X_EXT_KMPRIVATE, 8, 8 },
	{ "policy", SADB_X_EXT_POLICY, 16, 512 },
	{ "sa2", SADB_X_EXT_SA2, 16, 16 },
	{ "nattype", SADB_X_EXT_NAT_T_TYPE, 8, 8 },
	{ "natsport", SADB_X_EXT_NAT_T_SPORT, 8, 8 },
	{ "natdport", SADB_X_EXT_NAT_T_DPORT, 8, 8 },
	{ "natoa", SADB_X_EXT_NAT_T_OA, 24, 40 },
	{ "secctx", SADB_X_EXT_SEC_CTX, 8, 512 },
	{ "kmaddress", SADB_X_EXT_KMADDRESS, 8, 512 },
	{ "filter", SADB_X_EXT_FILTER, 40, 40 },
	{ "target", KLIPS_EXT_TARGET, 8, 8 },
	{ "said", KLIPS_EXT_SAID, 32, 48 },
	{ "portmask", KLIPS_EXT_PORTMASK, 8, 8 },
	{ "device", KLIPS_EXT_DEVICE, 24, 24 },
	{ "replay", KLIPS_EXT_REPLAY, 16, 16 },
	{ "debug", KLIPS_EXT_DEBUG, 16, 16 },
	{ "natoadst", KLIPS_EXT_OA_DST, 24, 40 },
	{ "newdst", KLIPS_EXT_NEW_DST, 24, 40 },
	{ "keepalive", KLIPS_EXT_KEEPALIVE, 8, 8 },
	{ "said2", KLIPS_EXT_SAID2, 32, 48 },
	{ "said3", KLIPS_EXT_SAID3, 32, 48 },
	{ "said4", KLIPS_EXT_SAID4, 32, 48 },
	{ "trap", KLIPS_EXT_TRAP, 8, 8 },
	{ "trapsrc", KLIPS_EXT_TRAP_SRC, 24, 40 },
	{ "trapdst", KLIPS_EXT_TRAP_DST, 24, 40 },
};

#define EXTS (sizeof(ext_names) / sizeof(ext_names[0]))

struct msg_name {
	uint8_t type;
	const char *satypes;		/* "one", "any", "flow" */
	const char *required;		/* blanks around every word */
	const char *optional;
};

#define MATURE_OPTIONAL " hard soft akey ekey sa2 device replay nattype natsport natdport natoa " \
	"natoadst keepalive "

static const struct msg_name msg_names[] = {
	{ SADB_GETSPI, "one", " src dst ", " range sa2 " },
	{ SADB_UPDATE, "one", " sa src dst ", MATURE_OPTIONAL " newdst " },
	{ SADB_ADD, "one", " sa src dst ", MATURE_OPTIONAL },
	{ SADB_DELETE, "one", " sa dst ", " src " },
	{ SADB_GET, "one", " sa dst ", " src " },
	{ SADB_ACQUIRE, "any", "", "" },
	{ SADB_REGISTER, "one", "", "" },
	{ SADB_FLUSH, "any", "", "" },
	{ SADB_DUMP, "any", "", "" },
	{ KLIPS_SADB_ADDFLOW, "flow", " src dst target ", " said portmask device " },
	{ KLIPS_SADB_DELFLOW, "flow", " target ", " src dst said portmask device " },
	{ KLIPS_SADB_GRPSA, "flow", " said ", " said2 said3 said4 " },
	{ KLIPS_SADB_DEBUG, "any", " debug ", "" },
};

static inline const struct msg_name *msg_find(uint8_t type)
{
	for (size_t i = 0; i < sizeof(msg_names) / sizeof(msg_names[0]); i++)
		if (msg_names[i].type == type)
			return &msg_names[i];
	return NULL;
}

static bool has_word(const char *words, const char *word)
{
	size_t len = strlen(word);
	const char *at = words;

	while ((at = strstr(at, word))) {
		if (at[-1] == ' ' && at[len] == ' ')
			return true;
		at++;
	}
	return false;
}

static void begin(struct bytes *m, uint8_t type, uint8_t satype)
{
	struct sadb_msg hdr = {
		.sadb_msg_version = PF_KEY_V2,
		.sadb_msg_type = type,
		.sadb_msg_errno = type == SADB_ACQUIRE,
		.sadb_msg_satype = satype,
		.sadb_msg_seq = 7,
		.sadb_msg_pid = 4711,
	};

	memset(m, 0, sizeof(*m));
	memcpy(m->b, &hdr, sizeof(hdr));
	m->len = sizeof(hdr);
}

static void finish(struct bytes *m)
{
	((struct sadb_msg *)m->b)->sadb_msg_len = m->len / 8;
}

static void *grow(struct bytes *m, uint16_t type, size_t len)
{
	struct sadb_ext *ext = (struct sadb_ext *)(m->b + m->len);

	ext->sadb_ext_type = type;
	ext->sadb_ext_len = len / 8;
	m->len += len;
	return ext;
}

static void fill_sockaddr(void *at, int family, uint8_t last)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

	if (family == AF_INET) {
		in.sin_addr.s_addr = htonl(0xc0000200 + last);
		memcpy(at, &in, sizeof(in));
	} else {
		in6.sin6_addr.s6_addr[0] = 0x20;
		in6.sin6_addr.s6_addr[15] = last;
		memcpy(at, &in6, sizeof(in6));
	}
}

static void add_address(struct bytes *m, uint16_t type, int family, uint8_t last)
{
	struct sadb_address *ext = grow(m, type, family == AF_INET ? 24 : 40);

	fill_sockaddr(ext + 1, family, last);
	ext->sadb_address_prefixlen = family == AF_INET ? 32 : 128;
}

static void add_said(struct bytes *m, uint16_t type, int family)
{
	struct klips_ext_said *ext = grow(m, type, family == AF_INET ? 32 : 48);

	ext->satype = SADB_SATYPE_ESP;
	ext->spi = htonl(0x1234);
	fill_sockaddr(ext + 1, family, 9);
}

static void add_key(struct bytes *m, uint16_t type, unsigned int bits)
{
	struct sadb_key *ext = grow(m, type, 8 + (bits + 63) / 64 * 8);

	ext->sadb_key_bits = bits;
	memset(ext + 1, 0xa5, bits / 8);
}

static void add_target(struct bytes *m, uint8_t target, uint8_t flags)
{
	struct klips_ext_target *ext = grow(m, KLIPS_EXT_TARGET, 8);

	ext->target = target;
	ext->flags = flags;
}

/* A good extension of type @type; what the caller does not care for is zero. */
static void add_ext(struct bytes *m, uint16_t type, int family)
{
	uint8_t msg_type = m->b[1];

	switch (type) {
	case SADB_EXT_SA: {
		struct sadb_sa *sa = grow(m, type, 16);

		sa->sadb_sa_spi = htonl(0x1000);
		sa->sadb_sa_state = SADB_SASTATE_MATURE;
		sa->sadb_sa_encrypt = SADB_X_EALG_AES_GCM_ICV16;
		sa->sadb_sa_replay = 64;
		break;
	}
	case SADB_EXT_ADDRESS_SRC:
	case SADB_EXT_ADDRESS_DST:
	case SADB_EXT_ADDRESS_PROXY:
	case SADB_X_EXT_NAT_T_OA:
	case KLIPS_EXT_OA_DST:
	case KLIPS_EXT_NEW_DST:
		add_address(m, type, family, type);
		break;
	case SADB_EXT_KEY_AUTH:
		add_key(m, type, 256);
		break;
	case SADB_EXT_KEY_ENCRYPT:
		add_key(m, type, 160);
		break;
	case SADB_EXT_SPIRANGE: {
		struct sadb_spirange *range = grow(m, type, 16);

		range->sadb_spirange_min = 0x1000;
		range->sadb_spirange_max = 0x2000;
		break;
	}
	case KLIPS_EXT_TARGET:
		if (msg_type == KLIPS_SADB_ADDFLOW)
			add_target(m, KLIPS_TARGET_PASS, 0);
		else
			add_target(m, KLIPS_TARGET_NONE, 0);
		break;
	case KLIPS_EXT_SAID:
	case KLIPS_EXT_SAID2:
	case KLIPS_EXT_SAID3:
	case KLIPS_EXT_SAID4:
		add_said(m, type, family);
		break;
	case SADB_X_EXT_NAT_T_TYPE:
		((uint8_t *)grow(m, type, 8))[4] = 2;
		break;
	case SADB_X_EXT_NAT_T_SPORT:
	case SADB_X_EXT_NAT_T_DPORT:
		((struct sadb_x_nat_t_port *)grow(m, type, 8))->sadb_x_nat_t_port_port =
			htons(4500);
		break;
	case KLIPS_EXT_DEVICE:
		memcpy(((struct klips_ext_device *)grow(m, type, 24))->name, "ipsec0", 6);
		break;
	default:
		for (size_t i = 0; i < EXTS; i++)
			if (ext_names[i].type == type)
				grow(m, type, ext_names[i].min);
		break;
	}
}

/* Message @msg with all it must have, and with @extra (0: nothing) besides. */
static inline void build(struct bytes *m, const struct msg_name *msg, uint16_t extra,
			 uint16_t without, int family)
{
	bool one = !strcmp(msg->satypes, "one");

	begin(m, msg->type, one ? SADB_SATYPE_ESP : 0);
	for (size_t i = 0; i < EXTS; i++) {
		uint16_t type = ext_names[i].type;

		/* DELFLOW without CLEAR has addresses, which the word list cannot say. */
		if (!has_word(msg->required, ext_names[i].name) &&
		    !(msg->type == KLIPS_SADB_DELFLOW &&
		      (type == SADB_EXT_ADDRESS_SRC || type == SADB_EXT_ADDRESS_DST)))
			continue;
		if (type != without)
			add_ext(m, type, family);
	}
	if (extra)
		add_ext(m, extra, family);
	finish(m);
}

#endif
