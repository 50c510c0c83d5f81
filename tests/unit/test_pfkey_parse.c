// SPDX-License-Identifier: GPL-2.0
/* sources: klips/pfkey_parse.c klips/pfkey_ext.c */
/*
 * The check of PF_KEY messages: every message type with every extension missing,
 * doubled, cut, stretched, empty and foreign, and a million mutations of good messages
 * compared with a second, naive checker. Each message lies in memory of exactly its size, so
 * that ASan sees a look beyond its end.
 */
#include <stdlib.h>

#include <linux/ipsec.h>

#include "pfkey_naive.h"
#include "klips/pfkey_parse.h"
#include "unit.h"

#define MUTATIONS 1000000

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
		SADB_X_MIGRATE,
	};
	struct bytes m;
	int type;

	for (type = 0; type < 256; type++) {
		begin(&m, type, SADB_SATYPE_ESP);
		CHECK(!msg_find(type) == (ask_all(&m) != 0) || type < 6 ||
		      (type >= KLIPS_SADB_ADDFLOW && type <= KLIPS_SADB_DEBUG),
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
		((struct sadb_sa *)(m.b + 16))->sadb_sa_encrypt = 0;
		((struct sadb_sa *)(m.b + 16))->sadb_sa_replay = 0;
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
	if ((msg->type == KLIPS_SADB_ADDFLOW || msg->type == KLIPS_SADB_DELFLOW) &&
	    ext->type == KLIPS_EXT_SAID)
		return;
	if (has_word(" nattype natsport natdport natoa natoadst keepalive said3 said4 ", ext->name))
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
		SADB_EXT_SENSITIVITY, SADB_X_EXT_SEC_CTX,
	};
	struct bytes m;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		build(&m, msg_find(SADB_ADD), types[i], 0, AF_INET);
		CHECK(ask(&m, m.len) == -EOPNOTSUPP, "ADD with %d", types[i]);
		build(&m, msg_find(SADB_DELETE), types[i], 0, AF_INET);
		CHECK(ask(&m, m.len) < 0, "DELETE with %d", types[i]);
	}
	build(&m, msg_find(SADB_UPDATE), 0, 0, AF_INET);
	((struct sadb_sa *)(m.b + 16))->sadb_sa_flags = SADB_SAFLAGS_PFS;
	CHECK(ask(&m, m.len) == -EOPNOTSUPP, "PFS");
	build(&m, msg_find(SADB_ADD), SADB_X_EXT_SA2, 0, AF_INET);
	m.b[m.len - 12] = IPSEC_MODE_BEET;
	CHECK(ask(&m, m.len) == -EOPNOTSUPP, "BEET");
	unit_done("pfkey_parse what is not built");
}

static void test_flags(void)
{
	struct bytes m;

	for (unsigned int bit = 0; bit < 32; bit++) {
		build(&m, msg_find(SADB_ADD), 0, 0, AF_INET);
		((struct sadb_sa *)(m.b + 16))->sadb_sa_flags = 1U << bit;
		CHECK(!ask(&m, m.len) == (bit >= 28), "flag %x: %d", 1U << bit,
		      ask(&m, m.len));
	}
	unit_done("pfkey_parse flags of an SA");
}

#define ALL_OF_UDP 7

/* An ADD with some of the NAT-T extensions, by the bits of @which. */
static int ask_nat_t(unsigned int which, int mode, uint8_t satype)
{
	static const uint16_t types[] = {
		SADB_X_EXT_NAT_T_TYPE, SADB_X_EXT_NAT_T_SPORT, SADB_X_EXT_NAT_T_DPORT,
		SADB_X_EXT_NAT_T_OA, KLIPS_EXT_OA_DST, KLIPS_EXT_KEEPALIVE,
	};
	struct bytes m;

	build(&m, msg_find(SADB_ADD), mode < 0 ? 0 : SADB_X_EXT_SA2, 0, AF_INET6);
	m.b[3] = satype;
	((struct sadb_sa *)(m.b + 16))->sadb_sa_encrypt = 0;
	((struct sadb_sa *)(m.b + 16))->sadb_sa_replay = 0;
	if (mode >= 0)
		m.b[m.len - 12] = mode;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (which & 1U << i)
			add_ext(&m, types[i], AF_INET6);
	return ask_all(&m);
}

static void test_nat_t(void)
{
	static const uint8_t satypes[] = {
		SADB_SATYPE_AH, SADB_SATYPE_ESP, SADB_X_SATYPE_IPCOMP, KLIPS_SATYPE_IPIP,
	};
	struct bytes m;

	for (unsigned int which = 0; which < 64; which++)
		for (int mode = -1; mode < 3; mode++)
			for (size_t i = 0; i < 4; i++) {
				bool udp = (which & ALL_OF_UDP) == ALL_OF_UDP;
				bool oa = which & 0x18;
				bool good = !which || (satypes[i] == SADB_SATYPE_ESP && udp &&
						       (!oa || mode == IPSEC_MODE_TRANSPORT));

				if (satypes[i] == KLIPS_SATYPE_IPIP && mode == IPSEC_MODE_TRANSPORT)
					good = false;
				CHECK(!ask_nat_t(which, mode, satypes[i]) == good,
				      "NAT-T %x, mode %d, satype %u", which, mode, satypes[i]);
			}
	build(&m, msg_find(SADB_ADD), SADB_X_EXT_NAT_T_TYPE, 0, AF_INET);
	m.b[m.len - 4] = 1;
	CHECK(ask(&m, m.len) == -EOPNOTSUPP, "non-IKE");
	build(&m, msg_find(SADB_UPDATE), KLIPS_EXT_NEW_DST, 0, AF_INET);
	CHECK(!ask(&m, m.len), "UPDATE that moves");
	memset(m.b + m.len - 12, 0, 4);
	CHECK(ask(&m, m.len) == -EINVAL, "UPDATE that moves to 0.0.0.0");
	build(&m, msg_find(SADB_UPDATE), 0, 0, AF_INET);
	add_ext(&m, KLIPS_EXT_NEW_DST, AF_INET6);
	CHECK(ask_all(&m) == -EINVAL, "UPDATE that moves to another family");
	unit_done("pfkey_parse NAT-T");
}

/* Algorithm, key and replay window of each type of SA. */
static void test_kinds(void)
{
	static const struct {
		uint8_t satype;
		bool auth, encrypt, akey, ekey, replay;
	} kinds[] = {
		{ SADB_SATYPE_AH, true, false, true, false, true },
		{ SADB_SATYPE_ESP, true, true, true, true, true },
		{ SADB_X_SATYPE_IPCOMP, false, true, false, false, false },
		{ KLIPS_SATYPE_IPIP, false, false, false, false, false },
	};
	struct bytes m;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		for (unsigned int bits = 0; bits < 64; bits++) {
			bool good = (!(bits & 1) || kinds[i].auth) &&
				    (!(bits & 2) || kinds[i].encrypt) &&
				    (!(bits & 4) || kinds[i].akey) &&
				    (!(bits & 8) || kinds[i].ekey) &&
				    (!(bits & 48) || kinds[i].replay);
			struct sadb_sa *sa;

			build(&m, msg_find(SADB_ADD), 0, 0, AF_INET);
			m.b[3] = kinds[i].satype;
			sa = (struct sadb_sa *)(m.b + 16);
			sa->sadb_sa_auth = bits & 1;
			sa->sadb_sa_encrypt = bits & 2;
			sa->sadb_sa_replay = bits & 16;
			if (bits & 4)
				add_ext(&m, SADB_EXT_KEY_AUTH, AF_INET);
			if (bits & 8)
				add_ext(&m, SADB_EXT_KEY_ENCRYPT, AF_INET);
			if (bits & 32)
				add_ext(&m, KLIPS_EXT_REPLAY, AF_INET);
			CHECK(!ask_all(&m) == good, "satype %u, %x: %d", kinds[i].satype, bits,
			      ask_all(&m));
		}
	unit_done("pfkey_parse what each type of SA has");
}

static void test_cpi(void)
{
	static const struct {
		uint32_t spi;
		bool good;
	} spis[] = {
		{ 0, false }, { 255, false }, { 256, true }, { 0xffff, true }, { 0x10000, false },
		{ 0x10000100, false },
	};
	struct sadb_spirange *range;
	struct bytes m;

	for (size_t i = 0; i < sizeof(spis) / sizeof(spis[0]); i++) {
		build(&m, msg_find(SADB_GET), 0, 0, AF_INET);
		m.b[3] = SADB_X_SATYPE_IPCOMP;
		((struct sadb_sa *)(m.b + 16))->sadb_sa_spi = htonl(spis[i].spi);
		CHECK(!ask(&m, m.len) == spis[i].good, "CPI %u", spis[i].spi);
		begin(&m, KLIPS_SADB_GRPSA, 0);
		add_said(&m, KLIPS_EXT_SAID, AF_INET);
		m.b[20] = SADB_X_SATYPE_IPCOMP;
		((struct klips_ext_said *)(m.b + 16))->spi = htonl(spis[i].spi);
		CHECK(!ask_all(&m) == spis[i].good, "CPI %u in a group", spis[i].spi);
		build(&m, msg_find(SADB_GETSPI), SADB_EXT_SPIRANGE, 0, AF_INET);
		m.b[3] = SADB_X_SATYPE_IPCOMP;
		range = (struct sadb_spirange *)(m.b + m.len - 16);
		range->sadb_spirange_min = 256;
		range->sadb_spirange_max = spis[i].spi;
		CHECK(!ask(&m, m.len) == spis[i].good, "CPIs up to %u", spis[i].spi);
	}
	unit_done("pfkey_parse CPIs");
}

static void test_groups(void)
{
	struct bytes m;

	for (unsigned int which = 0; which < 16; which++) {
		begin(&m, KLIPS_SADB_GRPSA, 0);
		for (unsigned int i = 0; i < 4; i++)
			if (which & 1U << i)
				add_said(&m, i ? KLIPS_EXT_SAID2 + i - 1 : KLIPS_EXT_SAID,
					 i & 1 ? AF_INET6 : AF_INET);
		CHECK(!ask_all(&m) == (which == 1 || which == 3 || which == 7 || which == 15),
		      "members %x: %d", which, ask_all(&m));
		m.b[3] = SADB_SATYPE_AH;
		CHECK(ask_all(&m), "members %x, the first is no AH", which);
	}
	unit_done("pfkey_parse groups");
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
	bool trap = target == KLIPS_TARGET_TRAP || target == KLIPS_TARGET_TRAPSUBNET;

	if (flags & KLIPS_FLOW_SOFT && (type != KLIPS_SADB_ADDFLOW || !trap))
		return false;
	if (flags > 15 || target > KLIPS_TARGET_TRAPSUBNET)
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

	for (int i = 0; i < 10 * 32 * 16; i++) {
		uint8_t type = i & 1 ? KLIPS_SADB_ADDFLOW : KLIPS_SADB_DELFLOW;
		bool said = i & 2, device = i & 4, addresses = i & 8;
		unsigned int flags = i / 16 % 32, target = i / 512;

		begin(&m, type, 0);
		add_target(&m, target, flags);
		if (said)
			add_said(&m, KLIPS_EXT_SAID, AF_INET);
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

/* What SAs of a type never have. */
static bool is_foreign(uint8_t satype, const char *name)
{
	if (satype == SADB_SATYPE_ESP)
		return false;
	if (has_word(" ekey nattype natsport natdport natoa natoadst keepalive ", name))
		return true;
	return satype != SADB_SATYPE_AH && has_word(" akey replay ", name);
}

/* Extensions for ADD or UPDATE, most of the time such that they go together. */
static void random_mature(struct bytes *m, const struct msg_name *msg, int family)
{
	static const uint8_t satypes[] = { 2, 3, 3, 3, 9, 200 };
	struct sadb_sa *sa = (struct sadb_sa *)(m->b + 16);
	bool careful = rnd(8), udp = rnd(2), transport = rnd(2);
	uint8_t satype = satypes[rnd(sizeof(satypes))];

	m->b[3] = satype;
	if (careful && satype != 3 && satype != 9)
		sa->sadb_sa_encrypt = 0;
	if (careful && satype != 3 && satype != 2)
		sa->sadb_sa_replay = 0;
	for (size_t i = 0; i < EXTS; i++) {
		const char *name = ext_names[i].name;
		bool whole = has_word(" nattype natsport natdport ", name);

		if (!has_word(msg->optional, name) ||
		    (careful && is_foreign(satype, name)))
			continue;
		if (careful && has_word(" natoa natoadst ", name) && !transport)
			continue;
		if (careful && !udp && (whole || has_word(" natoa natoadst keepalive ", name)))
			continue;
		if ((careful && udp && whole) || (transport && !strcmp(name, "sa2")) || rnd(2))
			add_ext(m, ext_names[i].type, family);
		if (!strcmp(name, "sa2") && get16(m->b + m->len - 14) == SADB_X_EXT_SA2)
			m->b[m->len - 12] = transport && satype != 200 ? IPSEC_MODE_TRANSPORT : 0;
	}
}

/* A good message with a random choice of what it may have. */
static void random_good(struct bytes *m)
{
	const struct msg_name *msg;
	int family = rnd(2) ? AF_INET : AF_INET6;

	msg = &msg_names[rnd(sizeof(msg_names) / sizeof(msg_names[0]))];
	build(m, msg, 0, 0, family);
	if (msg->type == SADB_ADD || msg->type == SADB_UPDATE) {
		random_mature(m, msg, family);
		finish(m);
		return;
	}
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
	test_flags();
	test_nat_t();
	test_kinds();
	test_cpi();
	test_groups();
	test_families();
	test_flows();
	test_reading();
	test_mutations();
	return unit_status();
}
