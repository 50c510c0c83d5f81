// SPDX-License-Identifier: GPL-2.0
/*
 * PF_KEY where others have gone wrong (tests/BUG-CLASSES.md). Wants an empty SADB and leaves one.
 *
 *   keyclass zeros     every message the module sends: what is reserved or padding is zero
 *   keyclass same      GET says what ADD said, for each type of SA and both families
 *   keyclass races N   N times: sockets registered and closed, dumps broken off in tiny buffers, SAs added and deleted,
 *                      all at once, in processes and in threads that share a socket
 *
 * Prints "not ok: WHAT" for every finding. Exit status 0: nothing found.
 */
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pfsocket.h"

#define SPI 0x2000

/* --- zeros ---------------------------------------------------------------- */

/* Bytes of an extension that say nothing. */
static const struct {
	uint16_t type;
	uint8_t from, to;
} silent[] = {
	{ SADB_X_EXT_SA2, 5, 8 }, { SADB_X_EXT_NAT_T_TYPE, 5, 8 }, { SADB_X_EXT_NAT_T_SPORT, 6, 8 },
	{ SADB_X_EXT_NAT_T_DPORT, 6, 8 }, { SADB_EXT_SUPPORTED_AUTH, 4, 8 }, { SADB_EXT_SUPPORTED_ENCRYPT, 4, 8 },
	{ SADB_EXT_SPIRANGE, 12, 16 }, { KLIPS_EXT_TARGET, 6, 8 }, { KLIPS_EXT_SAID, 5, 8 }, { KLIPS_EXT_SAID, 12, 16 },
	{ KLIPS_EXT_SAID2, 5, 8 }, { KLIPS_EXT_SAID2, 12, 16 }, { KLIPS_EXT_DEVICE, 4, 8 }, { KLIPS_EXT_REPLAY, 12, 16 },
	{ KLIPS_EXT_DEBUG, 12, 16 }, { KLIPS_EXT_KEEPALIVE, 6, 8 },
};

static void zero(const struct sadb_ext *ext, size_t from, size_t to, uint8_t msg)
{
	const uint8_t *bytes = (const uint8_t *)ext;

	for (; from < to; from++)
		EXPECT(!bytes[from], "message %u, extension %u: byte %zu is %u", msg, ext->sadb_ext_type, from, bytes[from]);
}

/* A sockaddr at byte @at of @ext: what is behind the address, and IPv6's flow and scope. */
static void zero_sockaddr(const struct sadb_ext *ext, size_t at, uint8_t msg)
{
	const struct sockaddr *sa = (const void *)((const uint8_t *)ext + at);

	if (sa->sa_family == AF_INET) {
		zero(ext, at + 8, ext->sadb_ext_len * 8, msg);
	} else {
		EXPECT(sa->sa_family == AF_INET6, "message %u, extension %u: family %u", msg, ext->sadb_ext_type,
		       sa->sa_family);
		zero(ext, at + 4, at + 8, msg);
		zero(ext, at + 24, ext->sadb_ext_len * 8, msg);
	}
}

static void zero_ext(const struct sadb_ext *ext, uint8_t msg)
{
	switch (ext->sadb_ext_type) {
	case SADB_EXT_ADDRESS_SRC:
	case SADB_EXT_ADDRESS_DST:
	case SADB_X_EXT_NAT_T_OA:
	case KLIPS_EXT_OA_DST:
	case KLIPS_EXT_NEW_DST:
		zero(ext, 6, 8, msg);
		zero_sockaddr(ext, 8, msg);
		break;
	case KLIPS_EXT_SAID:
	case KLIPS_EXT_SAID2:
		zero_sockaddr(ext, 16, msg);
		break;
	case SADB_EXT_SUPPORTED_AUTH:
	case SADB_EXT_SUPPORTED_ENCRYPT:
		for (int at = 8; at < ext->sadb_ext_len * 8; at += 8)
			zero(ext, at + 6, at + 8, msg);
		break;
	}
	for (size_t i = 0; i < sizeof(silent) / sizeof(silent[0]); i++)
		if (silent[i].type == ext->sadb_ext_type)
			zero(ext, silent[i].from, silent[i].to, msg);
}

static void zero_message(struct bytes *m)
{
	struct sadb_ext *ext;
	size_t at = 16;

	EXPECT(!m->b[6] && !m->b[7], "message %u: reserved field of the header", m->b[1]);
	while ((ext = next_ext(m, &at)))
		zero_ext(ext, m->b[1]);
	EXPECT(at == m->len, "message %u: %zu bytes, read up to %zu", m->b[1], m->len, at);
}

/* errno of the answer to @m, which is in @answer. */
static int ask(int fd, struct bytes *m, struct bytes *answer)
{
	finish(m);
	if (send(fd, m->b, m->len, 0) < 0)
		return errno;
	do {
		if (receive(fd, answer, ANSWER_MS) <= 0)
			return ETIMEDOUT;
		zero_message(answer);
	} while (answer->b[1] != m->b[1]);
	return answer->b[2];
}

#define ASK(_fd, _m, _answer, ...) do { \
	int _err = ask(_fd, _m, _answer); \
	\
	if (_err) \
		printf("%s: ", strerror(_err)); \
	EXPECT(!_err, __VA_ARGS__); \
} while (0)

static void name(struct bytes *m, uint8_t type, uint8_t satype, int family, uint32_t spi)
{
	struct sadb_sa *sa;

	begin(m, type, satype);
	sa = grow(m, SADB_EXT_SA, 16);
	sa->sadb_sa_spi = htonl(spi);
	sa->sadb_sa_state = SADB_SASTATE_MATURE;
	add_address(m, SADB_EXT_ADDRESS_SRC, family, 1);
	add_address(m, SADB_EXT_ADDRESS_DST, family, 2);
}

/* ADD of an SA with everything that one of its type can have. */
static void everything(struct bytes *m, uint8_t satype, int family)
{
	struct klips_ext_replay *replay;
	struct sadb_x_sa2 *sa2;
	struct sadb_lifetime *life;
	struct sadb_sa *sa;

	name(m, SADB_ADD, satype, family, SPI);
	sa = find(m, SADB_EXT_SA);
	sa->sadb_sa_flags = SADB_SAFLAGS_NOECN | SADB_SAFLAGS_NOPMTUDISC | SADB_SAFLAGS_DECAP_DSCP |
		KLIPS_SAFLAGS_FRAGMENTS;
	life = grow(m, SADB_EXT_LIFETIME_SOFT, sizeof(*life));
	life->sadb_lifetime_allocations = 7;
	life->sadb_lifetime_bytes = 1ULL << 33;
	life->sadb_lifetime_addtime = 1;
	life->sadb_lifetime_usetime = 1800;
	life = grow(m, SADB_EXT_LIFETIME_HARD, sizeof(*life));
	life->sadb_lifetime_allocations = 1U << 30;
	life->sadb_lifetime_addtime = 3600;
	sa2 = grow(m, SADB_X_EXT_SA2, sizeof(*sa2));
	sa2->sadb_x_sa2_mode = 2;
	sa2->sadb_x_sa2_reqid = 4711;
	if (satype == SADB_SATYPE_ESP) {
		sa->sadb_sa_encrypt = SADB_X_EALG_AES_GCM_ICV16;
		add_key(m, SADB_EXT_KEY_ENCRYPT, 160);
		add_ext(m, SADB_X_EXT_NAT_T_TYPE, family);
		add_ext(m, SADB_X_EXT_NAT_T_SPORT, family);
		add_ext(m, SADB_X_EXT_NAT_T_DPORT, family);
	} else if (satype == SADB_SATYPE_AH) {
		sa->sadb_sa_auth = SADB_AALG_SHA1HMAC;
		add_key(m, SADB_EXT_KEY_AUTH, 160);
	} else if (satype == SADB_X_SATYPE_IPCOMP) {
		sa->sadb_sa_encrypt = SADB_X_CALG_DEFLATE;
	}
	if (satype == SADB_SATYPE_ESP || satype == SADB_SATYPE_AH) {
		replay = grow(m, KLIPS_EXT_REPLAY, sizeof(*replay));
		replay->window = 1024;
		replay->flags = KLIPS_REPLAY_ESN;
		sa->sadb_sa_replay = 255;
	}
	finish(m);
}

static const uint8_t satypes[] = { SADB_SATYPE_ESP, SADB_SATYPE_AH, SADB_X_SATYPE_IPCOMP, KLIPS_SATYPE_IPIP };

static void ask_flow(int fd, uint8_t type, int family)
{
	struct bytes m, answer;
	bool add = type == KLIPS_SADB_ADDFLOW;

	begin(&m, type, 0);
	add_target(&m, add ? KLIPS_TARGET_SA : 0, 0);
	add_address(&m, SADB_EXT_ADDRESS_SRC, family, 1);
	add_address(&m, SADB_EXT_ADDRESS_DST, family, 2);
	if (add)
		add_said(&m, KLIPS_EXT_SAID, family);
	ASK(fd, &m, &answer, "flow message %u", type);
}

/* Every EXPIRE up to the soft one of each SA; each is looked at by ask() or here. */
static void expires(int fd, int count)
{
	struct bytes m;

	while (count && receive(fd, &m, ANSWER_MS) > 0) {
		zero_message(&m);
		count -= m.b[1] == SADB_EXPIRE;
	}
	EXPECT(!count, "%d EXPIREs did not come", count);
}

static void zeros_family(int fd, int family)
{
	struct bytes m, answer;

	for (size_t i = 0; i < sizeof(satypes); i++) {
		begin(&m, SADB_REGISTER, satypes[i]);
		ASK(fd, &m, &answer, "REGISTER of %u", satypes[i]);
		everything(&m, satypes[i], family);
		ASK(fd, &m, &answer, "ADD of %u", satypes[i]);
		name(&m, SADB_GET, satypes[i], family, SPI);
		ASK(fd, &m, &answer, "GET of %u", satypes[i]);
	}
	begin(&m, SADB_GETSPI, SADB_SATYPE_ESP);
	add_address(&m, SADB_EXT_ADDRESS_SRC, family, 1);
	add_address(&m, SADB_EXT_ADDRESS_DST, family, 2);
	add_ext(&m, SADB_EXT_SPIRANGE, family);
	ASK(fd, &m, &answer, "GETSPI");
	begin(&m, SADB_DUMP, 0);
	ASK(fd, &m, &answer, "DUMP");
	ask_flow(fd, KLIPS_SADB_ADDFLOW, family);
	ask_flow(fd, KLIPS_SADB_DELFLOW, family);
}

static void zeros(void)
{
	int fd = open_socket(), hears = open_socket();
	struct bytes m, answer;

	zeros_family(fd, AF_INET);
	zeros_family(fd, AF_INET6);
	expires(hears, 8);
	begin(&m, KLIPS_SADB_DEBUG, 0);
	((struct klips_ext_debug *)grow(&m, KLIPS_EXT_DEBUG, 16))->clear = 1;
	ASK(fd, &m, &answer, "DEBUG");
	name(&m, SADB_DELETE, SADB_SATYPE_AH, AF_INET6, SPI);
	ASK(fd, &m, &answer, "DELETE");
	begin(&m, SADB_FLUSH, 0);
	ASK(fd, &m, &answer, "FLUSH");
}

/* --- same ----------------------------------------------------------------- */

static void same_one(int fd, uint8_t satype, int family)
{
	struct bytes m, answer, get;
	struct sadb_ext *said, *says;
	size_t at = 16;

	everything(&m, satype, family);
	ASK(fd, &m, &answer, "ADD of %u", satype);
	name(&get, SADB_GET, satype, family, SPI);
	ASK(fd, &get, &answer, "GET of %u", satype);
	while ((said = next_ext(&m, &at))) {
		says = find(&answer, said->sadb_ext_type);
		if (said->sadb_ext_type == SADB_EXT_KEY_AUTH || said->sadb_ext_type == SADB_EXT_KEY_ENCRYPT)
			EXPECT(!says, "SA type %u: a key comes back", satype);
		else
			EXPECT(says && !memcmp(says, said, said->sadb_ext_len * 8UL),
			       "SA type %u, family %d: extension %u is not what ADD was given", satype, family,
			       said->sadb_ext_type);
	}
	/* And nothing is there that was not. */
	for (at = 16; (says = next_ext(&answer, &at)); )
		EXPECT(find(&m, says->sadb_ext_type) || says->sadb_ext_type == SADB_EXT_LIFETIME_CURRENT,
		       "SA type %u, family %d: extension %u was not given", satype, family, says->sadb_ext_type);
	get.b[1] = SADB_DELETE;
	ASK(fd, &get, &answer, "DELETE of %u", satype);
}

static void same(void)
{
	int fd = open_socket();

	for (size_t i = 0; i < sizeof(satypes); i++) {
		same_one(fd, satypes[i], AF_INET);
		same_one(fd, satypes[i], AF_INET6);
	}
}

/* --- races ---------------------------------------------------------------- */

static int times;

static void race_register(int n)
{
	int fd = open_socket();
	struct bytes m;

	begin(&m, SADB_REGISTER, satypes[n % sizeof(satypes)]);
	finish(&m);
	if (send(fd, m.b, m.len, 0) < 0)
		perror("REGISTER");
	if (n % 3 == 0)
		recv(fd, m.b, sizeof(m.b), MSG_DONTWAIT);
	close(fd);
}

static void race_dump(int n)
{
	int fd = open_socket(), one = 1;
	struct bytes m;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &one, sizeof(one));
	begin(&m, SADB_DUMP, 0);
	finish(&m);
	if (send(fd, m.b, m.len, 0) < 0)
		perror("DUMP");
	for (int i = 0; i < n % 20; i++)
		recv(fd, m.b, sizeof(m.b), MSG_DONTWAIT);
	close(fd);
}

static void race_change(int n)
{
	static int fd = -1;
	struct bytes m;

	if (fd < 0)
		fd = open_socket();
	name(&m, n % 2 ? SADB_DELETE : SADB_ADD, KLIPS_SATYPE_IPIP, AF_INET, 0x3000 + n / 2 % 50);
	finish(&m);
	if (send(fd, m.b, m.len, 0) < 0)
		perror("ADD");
	while (recv(fd, m.b, sizeof(m.b), MSG_DONTWAIT) > 0)
		;
}

static void race_flush(int n)
{
	static int fd = -1;
	struct bytes m;

	if (fd < 0)
		fd = open_socket();
	begin(&m, n % 8 ? SADB_DUMP : SADB_FLUSH, 0);
	finish(&m);
	if (send(fd, m.b, m.len, 0) < 0)
		perror("FLUSH");
	recv(fd, m.b, sizeof(m.b), MSG_DONTWAIT);
}

static void (*const racers[])(int n) = { race_register, race_register, race_dump, race_dump, race_change, race_flush };

static void *shared(void *arg)
{
	int fd = *(int *)arg;
	struct bytes m;

	for (int i = 0; i < times; i++) {
		begin(&m, i % 2 ? SADB_REGISTER : SADB_DUMP, SADB_SATYPE_ESP);
		finish(&m);
		if (send(fd, m.b, m.len, 0) < 0)
			break;
		recv(fd, m.b, sizeof(m.b), MSG_DONTWAIT);
	}
	return NULL;
}

/* Threads on one socket, which is closed while they use it: each holds its file for as long as a call lasts. */
static void races_in_threads(void)
{
	pthread_t threads[4];
	int fd = open_socket();

	for (int i = 0; i < 4; i++)
		if (pthread_create(&threads[i], NULL, shared, &fd))
			exit(2);
	for (int i = 0; i < times / 10; i++)
		race_register(i);
	close(fd);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
}

static void races(void)
{
	size_t count = sizeof(racers) / sizeof(racers[0]);
	struct bytes m, answer;
	int status;

	for (size_t i = 0; i < count; i++)
		if (!fork()) {
			for (int n = 0; n < times; n++)
				racers[i](n);
			_exit(0);
		}
	while (count && wait(&status) > 0) {
		EXPECT(!status, "a racer ended with %x", status);
		count--;
	}
	races_in_threads();
	begin(&m, SADB_FLUSH, 0);
	ASK(open_socket(), &m, &answer, "FLUSH");
	begin(&m, SADB_DUMP, 0);
	EXPECT(ask(open_socket(), &m, &answer) == ENOENT, "something is left");
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	setvbuf(stdout, NULL, _IOLBF, 0);
	times = argc > 2 ? atoi(argv[2]) : 0;
	if (!strcmp(what, "zeros"))
		zeros();
	else if (!strcmp(what, "same"))
		same();
	else if (!strcmp(what, "races") && times > 0)
		races();
	else
		return fprintf(stderr, "usage: keyclass zeros | same | races N\n"), 2;
	return findings != 0;
}
