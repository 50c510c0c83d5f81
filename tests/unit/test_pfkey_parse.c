// SPDX-License-Identifier: GPL-2.0
/* sources: klips/pfkey_parse.c */
/*
 * The check of PF_KEY messages: every message type with every extension missing,
 * doubled, cut, stretched, empty and foreign, and a million mutations of good messages
 * compared with a second, naive checker. Each message lies in memory of exactly its size, so
 * that ASan sees a look beyond its end.
 */
#include <stdint.h>
#include <stdlib.h>

#include <linux/ipsec.h>

#include "pfkey_parse.h"
#include "unit.h"

#define MUTATIONS 1000000

/* Bytes of a message under construction. */
struct bytes {
	size_t len;
	uint8_t b[1024] __attribute__((aligned(8)));
};

/* --- What is permitted, as the manual would say it ------------------------- */

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
};

#define EXTS (sizeof(ext_names) / sizeof(ext_names[0]))

struct msg_name {
	uint8_t type;
	const char *satypes;		/* "one", "any", "flow" */
	const char *required;		/* blanks around every word */
	const char *optional;
};

#define MATURE_OPTIONAL " hard soft akey ekey sa2 device replay "

static const struct msg_name msg_names[] = {
	{ SADB_GETSPI, "one", " src dst ", " range sa2 " },
	{ SADB_UPDATE, "one", " sa src dst ", MATURE_OPTIONAL },
	{ SADB_ADD, "one", " sa src dst ", MATURE_OPTIONAL },
	{ SADB_DELETE, "one", " sa dst ", " src " },
	{ SADB_GET, "one", " sa dst ", " src " },
	{ SADB_REGISTER, "one", "", "" },
	{ SADB_FLUSH, "any", "", "" },
	{ SADB_DUMP, "any", "", "" },
	{ KLIPS_SADB_ADDFLOW, "flow", " src dst target ", " said portmask device " },
	{ KLIPS_SADB_DELFLOW, "flow", " target ", " src dst said portmask device " },
};

static const struct msg_name *msg_find(uint8_t type)
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

/* --- Building good messages ------------------------------------------------ */

static void begin(struct bytes *m, uint8_t type, uint8_t satype)
{
	struct sadb_msg hdr = {
		.sadb_msg_version = PF_KEY_V2,
		.sadb_msg_type = type,
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

static void add_said(struct bytes *m, int family)
{
	struct klips_ext_said *ext = grow(m, KLIPS_EXT_SAID, family == AF_INET ? 32 : 48);

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
		add_said(m, family);
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
static void build(struct bytes *m, const struct msg_name *msg, uint16_t extra,
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

/* --- Asking the checker ---------------------------------------------------- */

static int ask(const struct bytes *m, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);
	struct klips_pfkey_msg msg;
	int err;

	memcpy(copy, m->b, len);
	err = klips_pfkey_frame(copy, len);
	if (!err)
		err = klips_pfkey_parse(copy, len, &msg);
	free(copy);
	return err;
}

static int ask_all(struct bytes *m)
{
	finish(m);
	return ask(m, m->len);
}

/* --- The naive checker ----------------------------------------------------- */

struct naive {
	const uint8_t *ext[300];
	size_t len[300];
	int count[300];
};

static uint32_t get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return v;
}

static uint16_t get16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, 2);
	return v;
}

static bool zeros(const uint8_t *p, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (p[i])
			return false;
	return true;
}

static bool naive_sockaddr(const uint8_t *p, size_t room)
{
	uint16_t family = get16(p);

	if (family == AF_INET)
		return room == 16 && zeros(p, 8, 16);
	if (family == AF_INET6)
		return room == 32 && zeros(p, 4, 8) && zeros(p, 24, 32);
	return false;
}

static bool naive_satype(uint8_t satype)
{
	return satype == 2 || satype == 3 || satype == 9 || satype == 200;
}

static bool naive_ext(uint16_t type, const uint8_t *p, size_t len)
{
	size_t i;

	switch (type) {
	case SADB_EXT_SA:
		return len == 16 && ntohl(get32(p + 4)) >= 256;
	case SADB_EXT_LIFETIME_HARD:
	case SADB_EXT_LIFETIME_SOFT:
		return len == 32;
	case SADB_EXT_ADDRESS_SRC:
	case SADB_EXT_ADDRESS_DST:
		return len >= 24 && naive_sockaddr(p + 8, len - 8) && zeros(p, 6, 8) &&
		       p[5] <= (get16(p + 8) == AF_INET ? 32 : 128);
	case SADB_EXT_KEY_AUTH:
	case SADB_EXT_KEY_ENCRYPT:
		i = get16(p + 4);
		return i && i % 8 == 0 && zeros(p, 6, 8) && len == 8 + (i + 63) / 64 * 8 &&
		       zeros(p, 8 + i / 8, len);
	case SADB_EXT_SPIRANGE:
		if (len != 16 || get32(p + 12))
			return false;
		return (!get32(p + 4) && !get32(p + 8)) ||
		       (get32(p + 4) >= 256 && get32(p + 4) <= get32(p + 8));
	case SADB_X_EXT_SA2:
		return len == 16 && (p[4] == 0 || p[4] == 2) && zeros(p, 5, 12);
	case KLIPS_EXT_TARGET:
		return len == 8 && p[4] < 8 && p[5] < 8 && zeros(p, 6, 8);
	case KLIPS_EXT_SAID:
		if (len < 32 || !naive_sockaddr(p + 16, len - 16) || get16(p + 18))
			return false;
		if (get16(p + 16) == AF_INET ? zeros(p, 20, 24) : zeros(p, 24, 40))
			return false;
		return naive_satype(p[4]) && zeros(p, 5, 8) && zeros(p, 12, 16) &&
		       ntohl(get32(p + 8)) >= 256;
	case KLIPS_EXT_PORTMASK:
		return len == 8;
	case KLIPS_EXT_DEVICE:
		if (len != 24 || !zeros(p, 4, 8) || p[23] || !p[8])
			return false;
		for (i = 8; p[i]; i++)
			;
		return zeros(p, i, 24);
	case KLIPS_EXT_REPLAY:
		return len == 16 && get32(p + 8) < 2 && !get32(p + 12);
	default:
		return false;
	}
}

static bool naive_host(const uint8_t *p)
{
	uint8_t full = get16(p + 8) == AF_INET ? 32 : 128;

	return (p[4] == 0 || p[4] == 255) && (p[5] == 0 || p[5] == full) && !get16(p + 10);
}

static bool naive_sa_message(const struct naive *n, uint8_t type)
{
	const uint8_t *src = n->ext[SADB_EXT_ADDRESS_SRC];
	const uint8_t *dst = n->ext[SADB_EXT_ADDRESS_DST];
	const uint8_t *sa = n->ext[SADB_EXT_SA];

	if (!naive_host(dst))
		return false;
	if (get16(dst + 8) == AF_INET ? zeros(dst, 12, 16) : zeros(dst, 16, 32))
		return false;
	if (src && (!naive_host(src) || get16(src + 8) != get16(dst + 8)))
		return false;
	if (type == SADB_ADD || type == SADB_UPDATE)
		return sa[9] == 1 && !get32(sa + 12);
	return true;
}

static bool naive_flow_message(const struct naive *n, uint8_t type, uint8_t satype)
{
	const uint8_t *src = n->ext[SADB_EXT_ADDRESS_SRC];
	const uint8_t *dst = n->ext[SADB_EXT_ADDRESS_DST];
	const uint8_t *said = n->ext[KLIPS_EXT_SAID];
	const uint8_t *device = n->ext[KLIPS_EXT_DEVICE];
	uint8_t target = n->ext[KLIPS_EXT_TARGET][4];
	uint8_t flags = n->ext[KLIPS_EXT_TARGET][5];
	bool inbound = flags & KLIPS_FLOW_INBOUND;

	if (satype && (!said || satype != said[4]))
		return false;
	if (inbound && device)
		return false;
	if (flags & KLIPS_FLOW_CLEAR)
		return type == KLIPS_SADB_DELFLOW && flags == KLIPS_FLOW_CLEAR && !target &&
		       !src && !dst && !said && !n->ext[KLIPS_EXT_PORTMASK];
	if (!src || !dst || get16(src + 8) != get16(dst + 8) || src[4] != dst[4])
		return false;
	if (type == KLIPS_SADB_DELFLOW)
		return !target && !(flags & KLIPS_FLOW_REPLACE) && inbound == !!said;
	if (inbound && target != KLIPS_TARGET_SA)
		return false;
	return target && !!said == (target == KLIPS_TARGET_SA);
}

static bool naive_good(const uint8_t *b, size_t len)
{
	const struct msg_name *msg;
	struct naive n = { 0 };

	if (len < 16 || len > 16384 || b[0] != 2 || get16(b + 6) ||
	    get16(b + 4) * 8UL != len)
		return false;
	msg = msg_find(b[1]);
	if (!msg || b[2])
		return false;
	if (!strcmp(msg->satypes, "one") && !naive_satype(b[3]))
		return false;
	if (!strcmp(msg->satypes, "any") && b[3] && !naive_satype(b[3]))
		return false;

	for (size_t at = 16; at < len;) {
		size_t ext_len = get16(b + at) * 8UL;
		uint16_t type = get16(b + at + 2);

		if (!ext_len || at + ext_len > len || type >= 300 || n.count[type]++ ||
		    !naive_ext(type, b + at, ext_len))
			return false;
		n.ext[type] = b + at;
		at += ext_len;
	}
	for (size_t i = 0; i < EXTS; i++) {
		bool required = has_word(msg->required, ext_names[i].name);
		bool there = n.count[ext_names[i].type];

		if (required && !there)
			return false;
		if (there && !required && !has_word(msg->optional, ext_names[i].name))
			return false;
	}
	if (n.ext[KLIPS_EXT_TARGET])
		return naive_flow_message(&n, b[1], b[3]);
	return !n.ext[SADB_EXT_ADDRESS_DST] || naive_sa_message(&n, b[1]);
}

/* --- Tests ----------------------------------------------------------------- */

static void test_frame(void)
{
	struct bytes m;

	build(&m, msg_find(SADB_GET), 0, 0, AF_INET);
	CHECK(!ask(&m, m.len), "a good GET is refused");
	for (size_t len = 0; len < m.len + 9; len++)
		if (len != m.len)
			CHECK(ask(&m, len) == -EMSGSIZE, "%zu of %zu bytes: %d", len, m.len,
			      ask(&m, len));
	m.b[0] = 1;
	CHECK(ask(&m, m.len) == -EINVAL, "version 1");
	m.b[0] = 2;
	m.b[6] = 1;
	CHECK(ask(&m, m.len) == -EINVAL, "reserved field");
	m.b[6] = 0;
	m.b[2] = 1;
	CHECK(ask(&m, m.len) == -EINVAL, "errno in a request");
	unit_done("pfkey_parse frame");
}

static void test_too_long(void)
{
	size_t len = KLIPS_PFKEY_MAX_MSG + 8;
	uint8_t *b = calloc(1, len);
	struct sadb_msg *hdr = (struct sadb_msg *)b;

	hdr->sadb_msg_version = PF_KEY_V2;
	hdr->sadb_msg_type = SADB_GET;
	hdr->sadb_msg_len = len / 8;
	CHECK(klips_pfkey_frame(b, len) == -EMSGSIZE, "longer than the longest");
	hdr->sadb_msg_len = KLIPS_PFKEY_MAX_MSG / 8;
	CHECK(!klips_pfkey_frame(b, KLIPS_PFKEY_MAX_MSG), "the longest");
	free(b);
	unit_done("pfkey_parse length");
}

static void test_types(void)
{
	static const uint8_t unbuilt[] = {
		SADB_X_PROMISC, SADB_X_PCHANGE, SADB_X_SPDADD, SADB_X_SPDFLUSH,
		SADB_X_MIGRATE, KLIPS_SADB_GRPSA, KLIPS_SADB_DEBUG,
	};
	struct bytes m;
	int type;

	for (type = 0; type < 256; type++) {
		begin(&m, type, SADB_SATYPE_ESP);
		CHECK(!msg_find(type) == (ask_all(&m) != 0) || type < 6 ||
		      type == KLIPS_SADB_ADDFLOW || type == KLIPS_SADB_DELFLOW,
		      "type %d: %d", type, ask_all(&m));
	}
	for (size_t i = 0; i < sizeof(unbuilt); i++) {
		begin(&m, unbuilt[i], 0);
		CHECK(ask_all(&m) == -EOPNOTSUPP, "type %d", unbuilt[i]);
	}
	unit_done("pfkey_parse message types");
}

static void test_satypes(void)
{
	struct bytes m;

	for (int satype = 0; satype < 256; satype++) {
		bool one = naive_satype(satype);

		begin(&m, SADB_REGISTER, satype);
		CHECK(!ask_all(&m) == one, "REGISTER satype %d", satype);
		begin(&m, SADB_FLUSH, satype);
		CHECK(!ask_all(&m) == (one || !satype), "FLUSH satype %d", satype);
		build(&m, msg_find(SADB_ADD), 0, 0, AF_INET);
		m.b[3] = satype;
		CHECK(!ask_all(&m) == one, "ADD satype %d", satype);
		build(&m, msg_find(KLIPS_SADB_ADDFLOW), 0, 0, AF_INET);
		m.b[3] = satype;
		CHECK(!ask_all(&m) == !satype, "ADDFLOW satype %d", satype);
	}
	unit_done("pfkey_parse SA types");
}

/* Extension @ext with message @msg: as it should be, and in every way it should not. */
static void try_extension(const struct msg_name *msg, const struct ext_name *ext,
			  int family)
{
	bool required = has_word(msg->required, ext->name);
	bool optional = has_word(msg->optional, ext->name);
	uint16_t extra = required ? 0 : ext->type;
	size_t start, end;
	struct bytes m;
	int err;

	/* Extensions that another one decides on have tests of their own. */
	if (msg->type >= KLIPS_SADB_ADDFLOW && ext->type == KLIPS_EXT_SAID)
		return;
	if (msg->type == KLIPS_SADB_DELFLOW &&
	    (ext->type == SADB_EXT_ADDRESS_SRC || ext->type == SADB_EXT_ADDRESS_DST))
		return;

	build(&m, msg, extra, 0, family);
	err = ask(&m, m.len);
	CHECK(!err == (required || optional), "message %d with %s: %d", msg->type,
	      ext->name, err);
	CHECK(!err || err == -EINVAL || err == -EOPNOTSUPP, "message %d with %s: %d",
	      msg->type, ext->name, err);
	if (err)
		return;

	if (required) {
		build(&m, msg, 0, ext->type, family);
		CHECK(ask(&m, m.len) == -EINVAL, "message %d without %s", msg->type, ext->name);
	}

	/* At the end, so that what follows is the end of the message. */
	build(&m, msg, 0, ext->type, family);
	start = m.len;
	add_ext(&m, ext->type, family);
	end = m.len;
	CHECK(!ask_all(&m), "message %d with %s last", msg->type, ext->name);
	add_ext(&m, ext->type, family);
	CHECK(ask_all(&m) == -EINVAL, "message %d with %s twice", msg->type, ext->name);
	m.len = end;
	for (unsigned int words = 0; words < 1100; words++) {
		if (words == (end - start) / 8)
			continue;
		((struct sadb_ext *)(m.b + start))->sadb_ext_len = words;
		CHECK(ask_all(&m) < 0, "message %d: %s says %u words", msg->type, ext->name,
		      words);
	}
	for (size_t len = start + 8; len < end; len += 8) {
		m.len = len;
		((struct sadb_ext *)(m.b + start))->sadb_ext_len = (len - start) / 8;
		CHECK(ask_all(&m) < 0, "message %d: %s of %zu bytes", msg->type, ext->name,
		      len - start);
	}
	memset(m.b + end, 0, 8);
	m.len = end + 8;
	((struct sadb_ext *)(m.b + start))->sadb_ext_len = (m.len - start) / 8;
	CHECK(ask_all(&m) < 0, "message %d: %s stretched", msg->type, ext->name);
}

static void test_extensions(void)
{
	for (size_t i = 0; i < sizeof(msg_names) / sizeof(msg_names[0]); i++)
		for (size_t j = 0; j < EXTS; j++) {
			try_extension(&msg_names[i], &ext_names[j], AF_INET);
			try_extension(&msg_names[i], &ext_names[j], AF_INET6);
		}
	unit_done("pfkey_parse every message with every extension");
}

static void test_unknown_extensions(void)
{
	static const uint16_t unknown[] = {
		0, SADB_EXT_MAX + 1, 100, KLIPS_EXT_MIN - 1, KLIPS_EXT_MAX + 1, 0x7fff, 0xffff,
	};
	struct bytes m;

	for (size_t i = 0; i < sizeof(msg_names) / sizeof(msg_names[0]); i++)
		for (size_t j = 0; j < sizeof(unknown) / sizeof(unknown[0]); j++) {
			build(&m, &msg_names[i], 0, 0, AF_INET);
			grow(&m, unknown[j], 8);
			CHECK(ask_all(&m) == -EINVAL, "message %d with extension %d",
			      msg_names[i].type, unknown[j]);
		}
	unit_done("pfkey_parse unknown extensions");
}

/* A number next to those that exist must not be taken for one of them. */
static void test_renamed_extensions(void)
{
	static const uint16_t unknown[] = { SADB_EXT_MAX + 1, KLIPS_EXT_MIN - 1, KLIPS_EXT_MAX + 1 };
	struct bytes m, good;

	for (size_t i = 0; i < sizeof(msg_names) / sizeof(msg_names[0]); i++) {
		build(&good, &msg_names[i], 0, 0, AF_INET);
		for (size_t at = 16; at < good.len; at += get16(good.b + at) * 8)
			for (size_t j = 0; j < sizeof(unknown) / sizeof(unknown[0]); j++) {
				m = good;
				memcpy(m.b + at + 2, &unknown[j], 2);
				CHECK(ask(&m, m.len) == -EINVAL, "message %d, extension %d as %d",
				      m.b[1], get16(good.b + at + 2), unknown[j]);
			}
	}
	unit_done("pfkey_parse renamed extensions");
}

/* Whether an ADD is good whose last extension is @type with byte @at set to @value. */
static bool add_with(uint16_t type, size_t at, uint8_t value)
{
	struct bytes m;
	size_t start;

	build(&m, msg_find(SADB_ADD), 0, 0, AF_INET);
	start = m.len;
	add_ext(&m, type, AF_INET);
	m.b[start + at] = value;
	return !ask_all(&m);
}

static void test_fields(void)
{
	struct bytes m;

	CHECK(add_with(KLIPS_EXT_DEVICE, 14, 'x'), "a longer device name");
	CHECK(!add_with(KLIPS_EXT_DEVICE, 15, 'x'), "device name with a hole");
	CHECK(!add_with(KLIPS_EXT_DEVICE, 8, 0), "no device name");
	CHECK(!add_with(KLIPS_EXT_DEVICE, 4, 1), "device, reserved field");
	build(&m, msg_find(SADB_ADD), KLIPS_EXT_DEVICE, 0, AF_INET);
	memset(m.b + m.len - 16, 'x', 16);
	CHECK(ask(&m, m.len) == -EINVAL, "device name without an end");
	m.b[m.len - 1] = 0;
	CHECK(!ask(&m, m.len), "the longest device name");
	CHECK(!add_with(SADB_EXT_KEY_ENCRYPT, 4, 161), "161 bits");
	CHECK(!add_with(SADB_EXT_KEY_ENCRYPT, 4, 0), "no bits");
	CHECK(!add_with(SADB_EXT_KEY_ENCRYPT, 4, 192 + 8), "more bits than bytes");
	CHECK(!add_with(SADB_EXT_KEY_ENCRYPT, 4, 128), "fewer bits than bytes");
	CHECK(!add_with(SADB_EXT_KEY_ENCRYPT, 28, 1), "key padding");
	CHECK(add_with(KLIPS_EXT_REPLAY, 8, KLIPS_REPLAY_ESN), "ESN");
	CHECK(!add_with(KLIPS_EXT_REPLAY, 8, 2), "unknown replay flag");
	CHECK(!add_with(SADB_X_EXT_SA2, 4, 4), "unknown mode");
	unit_done("pfkey_parse fields");
}

static void test_unbuilt(void)
{
	static const uint16_t types[] = {
		SADB_EXT_ADDRESS_PROXY, SADB_EXT_IDENTITY_SRC, SADB_EXT_IDENTITY_DST,
		SADB_EXT_SENSITIVITY, SADB_X_EXT_NAT_T_TYPE, SADB_X_EXT_NAT_T_SPORT,
		SADB_X_EXT_NAT_T_DPORT, SADB_X_EXT_NAT_T_OA, SADB_X_EXT_SEC_CTX,
	};
	static const uint32_t flags[] = {
		SADB_SAFLAGS_PFS, SADB_SAFLAGS_NOPMTUDISC, SADB_SAFLAGS_DECAP_DSCP,
		SADB_SAFLAGS_NOECN,
	};
	struct bytes m;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		build(&m, msg_find(SADB_ADD), types[i], 0, AF_INET);
		CHECK(ask(&m, m.len) == -EOPNOTSUPP, "ADD with %d", types[i]);
		build(&m, msg_find(SADB_DELETE), types[i], 0, AF_INET);
		CHECK(ask(&m, m.len) < 0, "DELETE with %d", types[i]);
	}
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		build(&m, msg_find(SADB_UPDATE), 0, 0, AF_INET);
		((struct sadb_sa *)(m.b + 16))->sadb_sa_flags = flags[i];
		CHECK(ask(&m, m.len) == -EOPNOTSUPP, "flags %x", flags[i]);
	}
	build(&m, msg_find(SADB_ADD), SADB_X_EXT_SA2, 0, AF_INET);
	m.b[m.len - 12] = IPSEC_MODE_TRANSPORT;
	CHECK(ask(&m, m.len) == -EOPNOTSUPP, "transport mode");
	m.b[m.len - 12] = IPSEC_MODE_TUNNEL;
	CHECK(!ask(&m, m.len), "tunnel mode");
	unit_done("pfkey_parse what is not built yet");
}

static void test_families(void)
{
	struct bytes m;

	for (int src = 0; src < 12; src++)
		for (int dst = 0; dst < 12; dst++) {
			bool good = src == dst && (src == AF_INET || src == AF_INET6);

			begin(&m, SADB_GETSPI, SADB_SATYPE_ESP);
			add_address(&m, SADB_EXT_ADDRESS_SRC, src, 1);
			add_address(&m, SADB_EXT_ADDRESS_DST, dst, 2);
			((struct sockaddr *)(m.b + 24))->sa_family = src;
			((struct sockaddr *)(m.b + (src == AF_INET ? 48 : 64)))->sa_family = dst;
			CHECK(!ask_all(&m) == good, "families %d and %d", src, dst);
		}
	/* A family that does not fit the length. */
	begin(&m, SADB_GETSPI, SADB_SATYPE_ESP);
	add_address(&m, SADB_EXT_ADDRESS_SRC, AF_INET, 1);
	add_address(&m, SADB_EXT_ADDRESS_DST, AF_INET, 2);
	((struct sockaddr *)(m.b + 24))->sa_family = AF_INET6;
	CHECK(ask_all(&m) == -EINVAL, "IPv6 in the room of IPv4");
	((struct sockaddr *)(m.b + 24))->sa_family = AF_UNSPEC;
	CHECK(ask_all(&m) == -EAFNOSUPPORT, "no family");
	unit_done("pfkey_parse address families");
}

/* ADDFLOW and DELFLOW: every target, flag, with and without SAID, device, addresses. */
static bool flow_good(uint8_t type, unsigned int target, unsigned int flags, bool said,
		      bool device, bool addresses)
{
	bool inbound = flags & KLIPS_FLOW_INBOUND, clear = flags & KLIPS_FLOW_CLEAR;

	if (flags > 7 || target > KLIPS_TARGET_TRAPSUBNET)
		return false;
	if (type == KLIPS_SADB_ADDFLOW) {
		if (clear || !addresses || (inbound && device))
			return false;
		if (target == KLIPS_TARGET_SA)
			return said;
		return target && !said && !inbound;
	}
	if (target || (flags & KLIPS_FLOW_REPLACE))
		return false;
	if (clear)
		return !inbound && !said && !addresses;
	return addresses && said == inbound && !(inbound && device);
}

static void test_flows(void)
{
	struct bytes m;

	for (int i = 0; i < 2 * 10 * 16 * 8; i++) {
		uint8_t type = i & 1 ? KLIPS_SADB_ADDFLOW : KLIPS_SADB_DELFLOW;
		bool said = i & 2, device = i & 4, addresses = i & 8;
		unsigned int flags = i / 16 % 16, target = i / 256;

		begin(&m, type, 0);
		add_target(&m, target, flags);
		if (said)
			add_said(&m, AF_INET);
		if (device)
			add_ext(&m, KLIPS_EXT_DEVICE, AF_INET);
		if (addresses) {
			add_address(&m, SADB_EXT_ADDRESS_SRC, AF_INET6, 1);
			add_address(&m, SADB_EXT_ADDRESS_DST, AF_INET6, 2);
		}
		CHECK(!ask_all(&m) == flow_good(type, target, flags, said, device, addresses),
		      "type %d target %u flags %u said %d device %d addresses %d: %d", type,
		      target, flags, said, device, addresses, ask_all(&m));
	}
	unit_done("pfkey_parse flows");
}

/* What was written is what is read. */
static void test_reading(void)
{
	struct klips_pfkey_addr addr;
	struct klips_pfkey_msg msg;
	struct sadb_address *ext;
	struct bytes m;

	begin(&m, KLIPS_SADB_ADDFLOW, 0);
	add_target(&m, KLIPS_TARGET_PASS, 0);
	ext = (struct sadb_address *)(m.b + m.len);
	add_address(&m, SADB_EXT_ADDRESS_SRC, AF_INET, 1);
	ext->sadb_address_prefixlen = 24;
	ext->sadb_address_proto = 17;
	((struct sockaddr_in *)(ext + 1))->sin_port = htons(53);
	ext = (struct sadb_address *)(m.b + m.len);
	add_address(&m, SADB_EXT_ADDRESS_DST, AF_INET, 2);
	ext->sadb_address_proto = 17;
	CHECK(!ask_all(&m), "a flow");
	CHECK(!klips_pfkey_parse(m.b, m.len, &msg), "a flow");
	CHECK(klips_pfkey_address(&msg, SADB_EXT_ADDRESS_SRC, &addr), "source");
	CHECK(addr.family == AF_INET && addr.plen == 24 && addr.proto == 17 &&
	      addr.port == htons(53) && addr.addr.v4 == htonl(0xc0000201) &&
	      !addr.addr.v6[1] && !addr.addr.v6[3], "source is read wrong");
	CHECK(!klips_pfkey_address(&msg, SADB_EXT_ADDRESS_PROXY, &addr), "no proxy");
	ext->sadb_address_proto = 6;
	CHECK(ask_all(&m) == -EINVAL, "two protocols");
	for (int satype = 0; satype < 256; satype++)
		CHECK(!klips_pfkey_proto(satype) ||
		      klips_pfkey_satype(klips_pfkey_proto(satype)) == satype,
		      "satype %d and back", satype);
	unit_done("pfkey_parse reading");
}

static uint64_t seed = 0x9e3779b97f4a7c15;

static uint32_t rnd(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 32) % below;
}

/* A good message with a random choice of what it may have. */
static void random_good(struct bytes *m)
{
	const struct msg_name *msg;
	int family = rnd(2) ? AF_INET : AF_INET6;

	msg = &msg_names[rnd(sizeof(msg_names) / sizeof(msg_names[0]))];
	build(m, msg, 0, 0, family);
	for (size_t i = 0; i < EXTS; i++)
		if (has_word(msg->optional, ext_names[i].name) && rnd(2))
			add_ext(m, ext_names[i].type, family);
	if (msg->type == KLIPS_SADB_ADDFLOW && rnd(2))
		for (size_t at = 16; at < m->len; at += get16(m->b + at) * 8)
			if (get16(m->b + at + 2) == KLIPS_EXT_TARGET)
				m->b[at + 4] = KLIPS_TARGET_SA;
	finish(m);
}

static void mutate(struct bytes *m)
{
	static const uint8_t edge[] = { 0, 1, 2, 3, 4, 5, 6, 10, 32, 64, 128, 200, 255 };
	size_t at = rnd(m->len), word = at & ~7UL;

	switch (rnd(8)) {
	case 0:
		m->b[at] ^= 1 << rnd(8);
		break;
	case 1:
		m->b[at] = edge[rnd(sizeof(edge))];
		break;
	case 2:				/* the type or length of some extension, perhaps */
		m->b[word + rnd(4)] = edge[rnd(sizeof(edge))];
		break;
	case 3:
		m->b[at] = 0;
		break;
	case 4:				/* a word less */
		memmove(m->b + word, m->b + word + 8, m->len - word - 8);
		m->len -= 8;
		break;
	case 5:				/* a word more */
		memmove(m->b + word + 8, m->b + word, m->len - word);
		m->len += 8;
		break;
	case 6:
		m->len = word;
		break;
	case 7:				/* an extension that may be right here */
		add_ext(m, ext_names[rnd(EXTS)].type, rnd(2) ? AF_INET : AF_INET6);
		break;
	}
	if (m->len >= 16 && rnd(16))
		finish(m);
}

static void test_mutations(void)
{
	unsigned long good = 0;
	struct bytes m;

	for (int i = 0; i < MUTATIONS; i++) {
		int err;

		random_good(&m);
		for (unsigned int n = rnd(4); n && m.len; n--)
			mutate(&m);
		err = ask(&m, m.len);
		good += !err;
		CHECK(!err == naive_good(m.b, m.len), "mutation %d, message %d: %d", i, m.b[1],
		      err);
		CHECK(!err || err == -EINVAL || err == -EMSGSIZE || err == -EOPNOTSUPP ||
		      err == -EAFNOSUPPORT, "mutation %d: %d", i, err);
	}
	/* Else the comparison proves nothing. */
	CHECK(good > MUTATIONS / 20 && good < MUTATIONS / 4 * 3, "%lu of %d are good", good,
	      MUTATIONS);
	unit_done("pfkey_parse mutations against a naive checker");
}

int main(void)
{
	test_frame();
	test_too_long();
	test_types();
	test_satypes();
	test_extensions();
	test_unknown_extensions();
	test_renamed_extensions();
	test_fields();
	test_unbuilt();
	test_families();
	test_flows();
	test_reading();
	test_mutations();
	return unit_status();
}
