// SPDX-License-Identifier: GPL-2.0
/*
 * Speaks PF_KEY to the module without any code of ours on this side, and says what
 * is wrong with the answers. Wants an empty SADB and leaves one.
 *
 *   pfkey bad        refused messages: the right errno, to the sender alone, nothing changed
 *   pfkey answers    what ADD, GET, UPDATE, GETSPI, DELETE, FLUSH, REGISTER and flows answer
 *   pfkey dump N     dumps of N SAs: through a tiny buffer, while SAs are deleted, and of none
 *   pfkey rights     who may open a socket, and who may write to one
 *
 * Prints "not ok: WHAT" for every finding. Exit status 0: nothing found.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "pfsocket.h"

#define FIRST_SPI 0x10000

static const uint8_t key[20] = "0123456789abcdefSALT";

static const struct sadb_msg *hdr(const struct bytes *m)
{
	return (const struct sadb_msg *)m->b;
}

static bool all_zero(const uint8_t *p, size_t n)
{
	while (n--)
		if (*p++)
			return false;
	return true;
}

/* Bytes that mean nothing are zero, and there is no key. */
static void check_clean(struct bytes *m)
{
	for (uint16_t type = SADB_EXT_ADDRESS_SRC; type <= SADB_EXT_ADDRESS_DST; type++) {
		const struct sadb_address *ext = find(m, type);
		const uint8_t *bytes = (const uint8_t *)ext;

		if (!ext)
			continue;
		EXPECT(!ext->sadb_address_reserved, "address: reserved field");
		if (((struct sockaddr *)(ext + 1))->sa_family == AF_INET)
			EXPECT(all_zero(bytes + 16, 8), "address: sin_zero");
		else
			EXPECT(all_zero(bytes + 36, 4), "address: padding");
	}
	EXPECT(!hdr(m)->sadb_msg_reserved, "header: reserved field");
	EXPECT(!find(m, SADB_EXT_KEY_ENCRYPT) && !find(m, SADB_EXT_KEY_AUTH), "a key extension");
	EXPECT(!memmem(m->b, m->len, key, 16), "key bytes");
}

/* Sends @m and waits for its answer in @answer: the errno in it, or that of the write, or ETIMEDOUT. */
static int ask(int fd, struct bytes *m, struct bytes *answer)
{
	static uint32_t seq = 1000;
	struct sadb_msg *h = (struct sadb_msg *)m->b;

	h->sadb_msg_seq = ++seq;
	h->sadb_msg_pid = getpid();
	if (send(fd, m->b, m->len, 0) < 0)
		return errno;
	do {
		if (receive(fd, answer, ANSWER_MS) <= 0)
			return ETIMEDOUT;
	} while (hdr(answer)->sadb_msg_seq != seq || hdr(answer)->sadb_msg_pid != h->sadb_msg_pid);
	EXPECT(hdr(answer)->sadb_msg_type == h->sadb_msg_type, "answer of another type");
	EXPECT(hdr(answer)->sadb_msg_len * 8UL == answer->len, "length of the answer");
	check_clean(answer);
	if (hdr(answer)->sadb_msg_errno)
		EXPECT(answer->len == 16, "an error with more than a header");
	return hdr(answer)->sadb_msg_errno;
}

static void build_sa(struct bytes *m, uint8_t type, uint32_t spi)
{
	struct sadb_sa *sa;
	struct sadb_key *ext;

	begin(m, type, SADB_SATYPE_ESP);
	sa = grow(m, SADB_EXT_SA, 16);
	sa->sadb_sa_spi = htonl(spi);
	sa->sadb_sa_state = SADB_SASTATE_MATURE;
	sa->sadb_sa_encrypt = SADB_X_EALG_AES_GCM_ICV16;
	sa->sadb_sa_replay = 64;
	add_address(m, SADB_EXT_ADDRESS_SRC, AF_INET, 1);
	add_address(m, SADB_EXT_ADDRESS_DST, AF_INET, 2);
	if (type == SADB_ADD) {
		ext = grow(m, SADB_EXT_KEY_ENCRYPT, 32);
		ext->sadb_key_bits = 160;
		memcpy(ext + 1, key, 20);
	}
	finish(m);
}

static void build_flow(struct bytes *m, uint8_t type, uint8_t target, uint8_t flags)
{
	begin(m, type, 0);
	add_target(m, target, flags);
	if (!(flags & KLIPS_FLOW_CLEAR)) {
		add_address(m, SADB_EXT_ADDRESS_SRC, AF_INET, 1);
		add_address(m, SADB_EXT_ADDRESS_DST, AF_INET, 2);
	}
	finish(m);
}

static void flush(int fd)
{
	struct bytes m, answer;

	begin(&m, SADB_FLUSH, SADB_SATYPE_UNSPEC);
	finish(&m);
	EXPECT(!ask(fd, &m, &answer), "FLUSH");
	build_flow(&m, KLIPS_SADB_DELFLOW, 0, KLIPS_FLOW_CLEAR);
	EXPECT(!ask(fd, &m, &answer), "DELFLOW, CLEAR");
}

/* Number of SAs that a dump shows; -1 where it breaks off. @each, if any, is called for each. */
static int dump(int fd, void (*each)(int n))
{
	struct bytes m;
	int n = 0;

	begin(&m, SADB_DUMP, SADB_SATYPE_UNSPEC);
	finish(&m);
	if (send(fd, m.b, m.len, 0) < 0)
		return -1;
	for (;;) {
		if (receive(fd, &m, ANSWER_MS) <= 0)
			return -1;
		if (hdr(&m)->sadb_msg_type != SADB_DUMP)
			continue;
		if (hdr(&m)->sadb_msg_errno)
			return hdr(&m)->sadb_msg_errno == ENOENT && !n && !hdr(&m)->sadb_msg_seq ? 0 : -1;
		check_clean(&m);
		n++;
		if (!hdr(&m)->sadb_msg_seq)
			return n;
		if (each)
			each(n);
	}
}

/* --- bad ------------------------------------------------------------------ */

/* @m must be refused with an errno of @allowed (0-terminated). */
static void refuse(int fd, struct bytes *m, const int *allowed, const char *what)
{
	struct bytes answer;
	int err;

	finish(m);
	err = ask(fd, m, &answer);
	for (; *allowed; allowed++)
		if (err == *allowed)
			return;
	EXPECT(false, "%s, message %d: %s", what, m->b[1], err ? strerror(err) : "accepted");
}

static void bad_framing(int fd)
{
	static uint8_t huge[20000];
	struct bytes m;

	build_sa(&m, SADB_GET, FIRST_SPI);
	for (size_t len = 0; len < m.len; len++)
		EXPECT(send(fd, m.b, len, 0) < 0 && errno == EMSGSIZE, "%zu bytes of a GET", len);
	EXPECT(send(fd, m.b, m.len + 8, 0) < 0 && errno == EMSGSIZE, "8 bytes behind a GET");
	EXPECT(send(fd, huge, sizeof(huge), 0) < 0 && errno == EMSGSIZE, "20000 bytes");
	m.b[0] = 3;
	EXPECT(send(fd, m.b, m.len, 0) < 0 && errno == EINVAL, "version 3");
	m.b[0] = 2;
	m.b[6] = 1;
	EXPECT(send(fd, m.b, m.len, 0) < 0 && errno == EINVAL, "reserved field");
}

static void bad_types(int fd)
{
	static const int refused[] = { EINVAL, EOPNOTSUPP, 0 };
	struct bytes m;

	for (int type = 0; type < 256; type++) {
		if (msg_find(type))
			continue;
		begin(&m, type, SADB_SATYPE_ESP);
		refuse(fd, &m, refused, "unknown message");
	}
}

/* Extension @ext of @msg in every way that is wrong, last in the message. */
static void bad_extension(int fd, const struct msg_name *msg, const struct ext_name *ext)
{
	static const int refused[] = { EINVAL, EOPNOTSUPP, 0 };
	bool required = has_word(msg->required, ext->name);
	struct bytes m;
	size_t start;

	if (required) {
		build(&m, msg, 0, ext->type, AF_INET);
		refuse(fd, &m, refused, "missing extension");
	} else if (!has_word(msg->optional, ext->name)) {
		build(&m, msg, ext->type, 0, AF_INET);
		refuse(fd, &m, refused, "foreign extension");
		return;
	}
	build(&m, msg, 0, ext->type, AF_INET);
	start = m.len;
	add_ext(&m, ext->type, AF_INET);
	add_ext(&m, ext->type, AF_INET);
	refuse(fd, &m, refused, "extension twice");
	m.len -= (m.len - start) / 2;
	((struct sadb_ext *)(m.b + start))->sadb_ext_len = 0;
	refuse(fd, &m, refused, "empty extension");
	((struct sadb_ext *)(m.b + start))->sadb_ext_len = (m.len - start) / 8 + 1;
	refuse(fd, &m, refused, "extension beyond the end");
	m.len += 8;
	refuse(fd, &m, refused, "overlong extension");
	m.len -= 16;
	if (m.len <= start)
		return;
	((struct sadb_ext *)(m.b + start))->sadb_ext_len = (m.len - start) / 8;
	refuse(fd, &m, refused, "truncated extension");
}

/* What only the module's tables know. */
static void bad_values(int fd)
{
	static const int no_device[] = { ENODEV, 0 }, invalid[] = { EINVAL, 0 };
	static const int no_sa[] = { ESRCH, 0 }, no_entry[] = { ENOENT, 0 };
	struct bytes m;

	build_sa(&m, SADB_ADD, FIRST_SPI);
	memcpy(((struct klips_ext_device *)grow(&m, KLIPS_EXT_DEVICE, 24))->name, "nosuch0", 7);
	refuse(fd, &m, no_device, "unknown device");
	build_sa(&m, SADB_ADD, FIRST_SPI);
	m.b[3] = SADB_SATYPE_AH;
	refuse(fd, &m, invalid, "AH that encrypts");
	build_sa(&m, SADB_ADD, FIRST_SPI);
	((struct klips_ext_replay *)grow(&m, KLIPS_EXT_REPLAY, 16))->window = 100000;
	refuse(fd, &m, invalid, "window of 100000");
	build_sa(&m, SADB_ADD, 255);
	refuse(fd, &m, invalid, "SPI 255");
	build_sa(&m, SADB_UPDATE, FIRST_SPI);
	refuse(fd, &m, no_sa, "no such SA");
	build_sa(&m, SADB_DELETE, FIRST_SPI);
	refuse(fd, &m, no_sa, "no such SA");
	build_sa(&m, SADB_GET, FIRST_SPI);
	refuse(fd, &m, no_sa, "no such SA");
	begin(&m, KLIPS_SADB_GRPSA, 0);
	add_said(&m, KLIPS_EXT_SAID, AF_INET);
	refuse(fd, &m, no_sa, "no SA to take out of its group");
	add_said(&m, KLIPS_EXT_SAID2, AF_INET6);
	refuse(fd, &m, no_sa, "no SAs to group");
	build_flow(&m, KLIPS_SADB_ADDFLOW, KLIPS_TARGET_PASS, 0);
	m.b[16 + 8 + 5] = 24;
	refuse(fd, &m, invalid, "bits behind the prefix");
	build_flow(&m, KLIPS_SADB_ADDFLOW, __KLIPS_TARGET_MAX, 0);
	refuse(fd, &m, invalid, "a target that there is not");
	begin(&m, SADB_ACQUIRE, SADB_SATYPE_ESP);
	finish(&m);
	refuse(fd, &m, no_sa, "a no to a hold that there is not");
	m.b[2] = 0;
	refuse(fd, &m, invalid, "ACQUIRE without an errno");
	build_flow(&m, KLIPS_SADB_DELFLOW, 0, 0);
	refuse(fd, &m, no_entry, "no such eroute");
}

static void bad(void)
{
	int fd = open_socket(), other = open_socket();
	struct bytes m;

	bad_framing(fd);
	bad_types(fd);
	for (size_t i = 0; i < sizeof(msg_names) / sizeof(msg_names[0]); i++)
		for (size_t j = 0; j < EXTS; j++) {
			/* DELFLOW's addresses depend on its flags. */
			if (msg_names[i].type == KLIPS_SADB_DELFLOW &&
			    strstr("src dst said portmask device", ext_names[j].name))
				continue;
			bad_extension(fd, &msg_names[i], &ext_names[j]);
		}
	bad_values(fd);
	EXPECT(!receive(other, &m, 0), "somebody else saw a refused message, type %d", m.b[1]);
	EXPECT(!dump(fd, NULL), "a refused message made an SA");
}

/* --- answers -------------------------------------------------------------- */

/* The same bytes at the sender and at @other. */
static void same(int other, const struct bytes *answer, const char *what)
{
	struct bytes seen;

	EXPECT(receive(other, &seen, ANSWER_MS) == (ssize_t)answer->len &&
	       !memcmp(seen.b, answer->b, answer->len), "%s: others see something else", what);
}

static void answer_sa(int fd, int other)
{
	struct bytes m, answer;
	struct sadb_lifetime hard = { .sadb_lifetime_len = 4, .sadb_lifetime_exttype = SADB_EXT_LIFETIME_HARD,
		.sadb_lifetime_allocations = 9, .sadb_lifetime_bytes = 1ULL << 40, .sadb_lifetime_addtime = 3600 };
	struct sadb_x_sa2 sa2 = { .sadb_x_sa2_len = 2, .sadb_x_sa2_exttype = SADB_X_EXT_SA2,
		.sadb_x_sa2_mode = 2, .sadb_x_sa2_reqid = 77 };
	void *ext;

	build_sa(&m, SADB_ADD, FIRST_SPI);
	memcpy(grow(&m, SADB_EXT_LIFETIME_HARD, sizeof(hard)), &hard, sizeof(hard));
	memcpy(grow(&m, SADB_X_EXT_SA2, sizeof(sa2)), &sa2, sizeof(sa2));
	finish(&m);
	EXPECT(!ask(fd, &m, &answer), "ADD");
	same(other, &answer, "ADD");
	EXPECT(ask(fd, &m, &answer) == EEXIST, "ADD twice");

	build_sa(&m, SADB_GET, FIRST_SPI);
	EXPECT(!ask(fd, &m, &answer), "GET");
	ext = find(&answer, SADB_EXT_LIFETIME_HARD);
	EXPECT(ext && !memcmp(ext, &hard, sizeof(hard)), "GET: hard lifetime");
	ext = find(&answer, SADB_X_EXT_SA2);
	EXPECT(ext && !memcmp(ext, &sa2, sizeof(sa2)), "GET: mode and reqid");
	ext = find(&answer, SADB_EXT_SA);
	EXPECT(ext && !memcmp(ext, m.b + 16, 16), "GET: SA");
	EXPECT(find(&answer, SADB_EXT_LIFETIME_CURRENT), "GET: current lifetime");
	EXPECT(!find(&answer, SADB_EXT_LIFETIME_SOFT), "GET: soft lifetime");

	build_sa(&m, SADB_DELETE, FIRST_SPI);
	m.b[16 + 16 + 8 + 7] ^= 8;
	EXPECT(ask(fd, &m, &answer) == ESRCH, "DELETE with another source");
	m.b[16 + 16 + 8 + 7] ^= 8;
	EXPECT(!ask(fd, &m, &answer), "DELETE");
	same(other, &answer, "DELETE");
}

static void answer_getspi(int fd, int other)
{
	struct bytes m, answer;
	struct sadb_sa *sa;
	struct sadb_key *k;
	uint32_t spi;

	begin(&m, SADB_GETSPI, SADB_SATYPE_ESP);
	add_address(&m, SADB_EXT_ADDRESS_SRC, AF_INET, 1);
	add_address(&m, SADB_EXT_ADDRESS_DST, AF_INET, 2);
	add_ext(&m, SADB_EXT_SPIRANGE, AF_INET);
	finish(&m);
	EXPECT(!ask(fd, &m, &answer), "GETSPI");
	same(other, &answer, "GETSPI");
	sa = find(&answer, SADB_EXT_SA);
	spi = sa ? ntohl(sa->sadb_sa_spi) : 0;
	EXPECT(spi >= 0x1000 && spi <= 0x2000, "GETSPI: SPI %x", spi);
	EXPECT(sa && sa->sadb_sa_state == SADB_SASTATE_LARVAL, "GETSPI: not larval");
	build_sa(&m, SADB_UPDATE, spi);
	EXPECT(ask(fd, &m, &answer) == EINVAL, "larval SA made mature without a key");
	k = grow(&m, SADB_EXT_KEY_ENCRYPT, 32);
	k->sadb_key_bits = 160;
	memcpy(k + 1, key, 20);
	finish(&m);
	EXPECT(!ask(fd, &m, &answer), "UPDATE");
	same(other, &answer, "UPDATE");
	EXPECT(ask(fd, &m, &answer) == EINVAL, "UPDATE of a mature SA's key");
}

static void answer_flow(int fd, int other)
{
	struct bytes m, answer;

	build_flow(&m, KLIPS_SADB_ADDFLOW, KLIPS_TARGET_DROP, 0);
	EXPECT(!ask(fd, &m, &answer), "ADDFLOW");
	same(other, &answer, "ADDFLOW");
	EXPECT(ask(fd, &m, &answer) == EEXIST, "ADDFLOW twice");
	build_flow(&m, KLIPS_SADB_ADDFLOW, KLIPS_TARGET_PASS, KLIPS_FLOW_REPLACE);
	EXPECT(!ask(fd, &m, &answer), "ADDFLOW, REPLACE");
	same(other, &answer, "REPLACE");
	build_flow(&m, KLIPS_SADB_DELFLOW, 0, 0);
	EXPECT(!ask(fd, &m, &answer), "DELFLOW");
	same(other, &answer, "DELFLOW");
}

/* Whether @answer has the extension of @m that is of @type, byte for byte. */
static bool says(struct bytes *answer, struct bytes *m, uint16_t type)
{
	struct sadb_ext *in = find(m, type), *out = find(answer, type);

	return in && out && in->sadb_ext_len == out->sadb_ext_len &&
	       !memcmp(in, out, in->sadb_ext_len * 8UL);
}

static const uint16_t udp_exts[] = {
	SADB_X_EXT_NAT_T_TYPE, SADB_X_EXT_NAT_T_SPORT, SADB_X_EXT_NAT_T_DPORT,
	SADB_X_EXT_NAT_T_OA, KLIPS_EXT_OA_DST, KLIPS_EXT_KEEPALIVE,
};

#define UDP_EXTS (sizeof(udp_exts) / sizeof(udp_exts[0]))

/* An SA in UDP and transport mode says all of it, and where UPDATE moved it to. */
static void answer_nat_t(int fd, int other)
{
	struct bytes m, answer;
	struct sadb_sa *sa;

	build_sa(&m, SADB_ADD, FIRST_SPI);
	sa = find(&m, SADB_EXT_SA);
	sa->sadb_sa_flags = SADB_SAFLAGS_NOECN | SADB_SAFLAGS_DECAP_DSCP;
	((struct sadb_x_sa2 *)grow(&m, SADB_X_EXT_SA2, 16))->sadb_x_sa2_mode = 1;
	for (size_t i = 0; i < UDP_EXTS; i++)
		add_ext(&m, udp_exts[i], AF_INET);
	((struct klips_ext_keepalive *)find(&m, KLIPS_EXT_KEEPALIVE))->seconds = 20;
	finish(&m);
	EXPECT(!ask(fd, &m, &answer), "ADD in UDP");
	same(other, &answer, "ADD in UDP");
	for (size_t i = 0; i < UDP_EXTS; i++)
		EXPECT(says(&answer, &m, udp_exts[i]), "ADD in UDP: extension %u", udp_exts[i]);
	EXPECT(says(&answer, &m, SADB_EXT_SA) && says(&answer, &m, SADB_X_EXT_SA2),
	       "ADD in UDP: flags or mode");
	EXPECT(!find(&answer, KLIPS_EXT_NEW_DST) && !find(&answer, KLIPS_EXT_SAID),
	       "ADD in UDP: moved, or in a group");

	build_sa(&m, SADB_UPDATE, FIRST_SPI);
	add_ext(&m, SADB_X_EXT_NAT_T_TYPE, AF_INET);
	add_ext(&m, SADB_X_EXT_NAT_T_SPORT, AF_INET);
	add_ext(&m, SADB_X_EXT_NAT_T_DPORT, AF_INET);
	((struct sadb_x_nat_t_port *)find(&m, SADB_X_EXT_NAT_T_DPORT))->sadb_x_nat_t_port_port =
		htons(61234);
	add_ext(&m, KLIPS_EXT_NEW_DST, AF_INET);
	finish(&m);
	EXPECT(!ask(fd, &m, &answer), "UPDATE that moves");
	same(other, &answer, "UPDATE that moves");
	build_sa(&m, SADB_GET, FIRST_SPI);
	add_ext(&m, KLIPS_EXT_NEW_DST, AF_INET);
	m.len -= 24;
	finish(&m);
	EXPECT(!ask(fd, &m, &answer), "GET by the old name");
	m.len += 24;
	EXPECT(says(&answer, &m, KLIPS_EXT_NEW_DST) && says(&answer, &m, SADB_EXT_ADDRESS_DST),
	       "GET: where it was moved");
	EXPECT(((struct sadb_x_nat_t_port *)find(&answer, SADB_X_EXT_NAT_T_DPORT))->sadb_x_nat_t_port_port ==
	       htons(61234), "GET: the new port");
	m.len -= 24;
	m.b[1] = SADB_DELETE;
	EXPECT(!ask(fd, &m, &answer), "DELETE by the old name");
	same(other, &answer, "DELETE by the old name");
}

#define TUN_SPI 0x1234

static void build_tun(struct bytes *m, uint8_t type)
{
	struct sadb_sa *sa;

	build_sa(m, type, TUN_SPI);
	m->b[3] = KLIPS_SATYPE_IPIP;
	sa = find(m, SADB_EXT_SA);
	sa->sadb_sa_encrypt = 0;
	sa->sadb_sa_replay = 0;
	if (type == SADB_ADD)
		m->len -= 32;
	finish(m);
}

static void build_group(struct bytes *m, bool both)
{
	struct klips_ext_said *said;

	begin(m, KLIPS_SADB_GRPSA, both ? KLIPS_SATYPE_IPIP : 0);
	add_said(m, KLIPS_EXT_SAID, AF_INET);
	said = find(m, KLIPS_EXT_SAID);
	said->satype = KLIPS_SATYPE_IPIP;
	fill_sockaddr(said + 1, AF_INET, 2);
	if (both) {
		add_said(m, KLIPS_EXT_SAID2, AF_INET);
		said = find(m, KLIPS_EXT_SAID2);
		said->spi = htonl(FIRST_SPI);
		fill_sockaddr(said + 1, AF_INET, 2);
	}
	finish(m);
}

static void answer_group(int fd, int other)
{
	struct bytes m, group, answer;

	build_tun(&m, SADB_ADD);
	EXPECT(!ask(fd, &m, &answer), "ADD of IPIP");
	same(other, &answer, "ADD of IPIP");
	build_sa(&m, SADB_ADD, FIRST_SPI);
	((struct sadb_x_sa2 *)grow(&m, SADB_X_EXT_SA2, 16))->sadb_x_sa2_mode = 1;
	finish(&m);
	EXPECT(!ask(fd, &m, &answer), "ADD in transport mode");
	same(other, &answer, "ADD in transport mode");
	build_group(&group, true);
	EXPECT(!ask(fd, &group, &answer), "GRPSA");
	same(other, &answer, "GRPSA");
	EXPECT(ask(fd, &group, &answer) == EEXIST, "GRPSA again");
	for (int i = 0; i < 2; i++) {
		if (i)
			build_tun(&m, SADB_GET);
		else
			build_sa(&m, SADB_GET, FIRST_SPI);
		EXPECT(!ask(fd, &m, &answer), "GET of a member");
		EXPECT(says(&answer, &group, KLIPS_EXT_SAID) && says(&answer, &group, KLIPS_EXT_SAID2) &&
		       !find(&answer, KLIPS_EXT_SAID3), "GET: the group");
	}
	build_group(&m, false);
	EXPECT(!ask(fd, &m, &answer), "GRPSA of one");
	same(other, &answer, "GRPSA of one");
	EXPECT(dump(fd, NULL) == 2, "GRPSA of one took an SA");
	EXPECT(!ask(fd, &group, &answer), "GRPSA once more");
	same(other, &answer, "GRPSA once more");
	build_sa(&m, SADB_DELETE, FIRST_SPI);
	EXPECT(!ask(fd, &m, &answer), "DELETE of a member");
	EXPECT(says(&answer, &m, SADB_EXT_ADDRESS_DST) && hdr(&answer)->sadb_msg_satype == SADB_SATYPE_ESP,
	       "DELETE of a member names another one");
	same(other, &answer, "DELETE of a member");
	EXPECT(!dump(fd, NULL), "DELETE of a member left another one");
}

/* What kinds of SA there are, and which algorithms each has. */
static void answer_register(int fd)
{
	static const struct {
		uint8_t satype;
		bool auth, encrypt;
	} types[] = {
		{ SADB_SATYPE_ESP, true, true },
		{ SADB_SATYPE_AH, true, false },
		{ SADB_X_SATYPE_IPCOMP, false, true },
		{ KLIPS_SATYPE_IPIP, false, false },
	};
	struct bytes m, answer;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		begin(&m, SADB_REGISTER, types[i].satype);
		finish(&m);
		EXPECT(!ask(fd, &m, &answer), "REGISTER of %u", types[i].satype);
		EXPECT(!find(&answer, SADB_EXT_SUPPORTED_AUTH) == !types[i].auth,
		       "REGISTER of %u: authentication", types[i].satype);
		EXPECT(!find(&answer, SADB_EXT_SUPPORTED_ENCRYPT) == !types[i].encrypt,
		       "REGISTER of %u: encryption", types[i].satype);
	}
}

static void answers(void)
{
	int fd = open_socket(), other = open_socket();
	struct bytes m, answer;

	answer_register(fd);
	answer_sa(fd, other);
	answer_nat_t(fd, other);
	answer_group(fd, other);
	answer_getspi(fd, other);
	answer_flow(fd, other);
	begin(&m, SADB_FLUSH, SADB_SATYPE_AH);
	finish(&m);
	EXPECT(!ask(fd, &m, &answer), "FLUSH of AH");
	EXPECT(dump(fd, NULL) == 1, "FLUSH of AH took an ESP SA");
	flush(fd);
}

/* --- dump ----------------------------------------------------------------- */

static int deleter, deletions;

/* Of every SA shown, one far behind it goes; each step is in the way of the dump. */
static void delete_behind(int n)
{
	struct bytes m, answer;

	build_sa(&m, SADB_DELETE, FIRST_SPI + 2 * n);
	if (n % 4 == 0 && !ask(deleter, &m, &answer))
		deletions++;
}

static void dumps(int count)
{
	int fd = open_socket(), slow = open_socket(), tiny = open_socket(), one = 1, n;
	struct bytes m, answer;

	EXPECT(!dump(fd, NULL), "the SADB is not empty");
	EXPECT(!setsockopt(slow, SOL_SOCKET, SO_RCVBUF, &one, sizeof(one)), "SO_RCVBUF");
	for (int i = 0; i < count; i++) {
		build_sa(&m, SADB_ADD, FIRST_SPI + i);
		EXPECT(!ask(fd, &m, &answer), "ADD %d", i);
	}
	do {
		n = receive(slow, &m, 0);
	} while (n > 0);
	EXPECT(n == -ENOBUFS, "a reader that lost messages is not told: %d", n);

	EXPECT(!setsockopt(tiny, SOL_SOCKET, SO_RCVBUF, &one, sizeof(one)), "SO_RCVBUF");
	while (receive(tiny, &m, 0))
		;
	n = dump(tiny, NULL);
	EXPECT(n == count, "%d of %d SAs through a tiny buffer", n, count);
	close(tiny);
	close(slow);
	deleter = open_socket();
	/* Not through a tiny buffer: the deletions are messages too, and must find room. */
	n = dump(fd, delete_behind);
	EXPECT(deletions > count / 10 && n >= count - deletions && n <= count, "%d of %d SAs while %d were deleted", n,
	       count, deletions);
	EXPECT(dump(deleter, NULL) == count - deletions, "the wrong number is left");
	close(deleter);
	flush(fd);
	EXPECT(!dump(fd, NULL), "something is left");
}

/* --- rights --------------------------------------------------------------- */

/* errno of opening a socket, or of writing to @fd, as a user without rights. */
static int unprivileged(int fd)
{
	struct bytes m;
	int status = 0;
	pid_t pid = fork();

	if (!pid) {
		if (setuid(65534))
			_exit(255);
		if (fd < 0)
			_exit(socket(PF_KEY, SOCK_RAW, PF_KEY_V2) < 0 ? errno : 0);
		begin(&m, SADB_DUMP, 0);
		finish(&m);
		_exit(send(fd, m.b, m.len, 0) < 0 ? errno : 0);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static void rights(void)
{
	EXPECT(unprivileged(-1) == EPERM, "a user without rights opens a socket");
	EXPECT(unprivileged(open_socket()) == EPERM, "a user without rights writes to a socket");
	EXPECT(socket(PF_KEY, SOCK_DGRAM, PF_KEY_V2) < 0 && errno == ESOCKTNOSUPPORT, "SOCK_DGRAM");
	EXPECT(socket(PF_KEY, SOCK_RAW, 1) < 0 && errno == EPROTONOSUPPORT, "protocol 1");
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!strcmp(what, "bad") && argc == 2)
		bad();
	else if (!strcmp(what, "answers") && argc == 2)
		answers();
	else if (!strcmp(what, "dump") && argc == 3)
		dumps(atoi(argv[2]));
	else if (!strcmp(what, "rights") && argc == 2)
		rights();
	else
		return fprintf(stderr, "usage: pfkey bad | answers | dump N | rights\n"), 2;
	return findings != 0;
}
