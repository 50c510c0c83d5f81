// SPDX-License-Identifier: GPL-2.0
/* sources: userland/pluto/creds.c userland/pluto/certs.c userland/pluto/certs_check.c userland/pluto/ike_sign.c */
/* sources: userland/pluto/privkey.c userland/pluto/ike_crypto.c userland/pluto/ike_auth.c userland/pluto/ike_payload.c */
/* sources: userland/pluto/ike_write.c userland/pluto/ike_text.c userland/lib/rsakey.c userland/lib/rsapriv.c userland/lib/conf_secrets.c userland/lib/conf_secrets_match.c */
/* sources: userland/pluto/ike_names.c userland/lib/conf_id.c userland/lib/dn.c userland/lib/addr.c userland/lib/ttodata.c */
/* libs: -lcrypto -lgmp */
/* The vault's part of IKE_AUTH: which key a conn means, what is made with it, and what passes for the peer's. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "creds.h"
#include "ike_sign.h"
#include "plog.h"
#include "rsa_test_key.h"
#include "ttodata.h"
#include "unit.h"

static char dir[] = "/tmp/test_creds.XXXXXX";
static char said[4000];
static const uint8_t octets[] = "the octets";

void plog(int level, const char *conn, const char *fmt, ...)
{
	(void)level;
	(void)conn;
	(void)fmt;
}

static void report(void *ctx, bool error, const char *text)
{
	(void)ctx;
	(void)error;
	strncat(said, text, sizeof(said) - strlen(said) - 2);
}

/* ---- files ---- */

static FILE *file(const char *name)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	CHECK(f, "cannot write %s", path);
	chmod(path, 0600);
	return f;
}

static void sub(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	mkdir(path, 0700);
}

static void extend(X509 *x, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;

	X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	CHECK(ext && X509_add_ext(x, ext, -1), "extension %s", value);
	X509_EXTENSION_free(ext);
}

/* Writes certs/NAME.pem and private/NAME.key (a CA: cacerts/NAME.pem). */
static X509 *make(const char *name, EVP_PKEY *key, X509 *ca, EVP_PKEY *ca_key)
{
	static long serial;
	X509 *x = X509_new();
	char path[128];
	FILE *f;

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(ca ? ca : x));
	X509_gmtime_adj(X509_getm_notBefore(x), -3600);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_set_pubkey(x, key);
	if (!ca)
		extend(x, NID_basic_constraints, "critical,CA:TRUE");
	X509_sign(x, ca ? ca_key : key, EVP_sha256());
	snprintf(path, sizeof(path), "%s/%s.pem", ca ? "certs" : "cacerts", name);
	f = file(path);
	PEM_write_X509(f, x);
	fclose(f);
	snprintf(path, sizeof(path), "private/%s.key", name);
	f = file(path);
	PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL);
	fclose(f);
	return x;
}

static void load(const char *secrets)
{
	char path[256];
	FILE *f = file("secrets");

	fputs(secrets, f);
	fclose(f);
	said[0] = '\0';
	snprintf(path, sizeof(path), "%s/secrets", dir);
	CHECK(creds_load(path, dir, false, report, NULL) >= 0, "%s", said);
}

/* ---- one end makes, the other checks ---- */

static struct ike_id ike_id(const char *text)
{
	struct conf_id c = { 0 };
	struct ike_id id = { 0 };

	if (text)
		conf_id_parse(text, &c);
	id.type = c.type;
	id.len = c.len;
	memcpy(id.data, c.data, c.len);
	return id;
}

struct made {
	int err;
	uint8_t data[16000];
	size_t len;
	char why[CERT_WHY];
};

static struct made run(const struct ike_action *a, const struct conn_creds *conn)
{
	static struct made m;
	struct auth_job *job;
	const uint8_t *data;

	memset(&m, 0, sizeof(m));
	job = auth_job_new(a, conn, &m.err, m.why);
	if (!job)
		return m;
	m.err = auth_job_do(job);
	data = auth_job_result(job, &m.len);
	if (m.err && data)
		snprintf(m.why, sizeof(m.why), "%.*s", (int)m.len, (const char *)data);
	else if (data)
		memcpy(m.data, data, m.len);
	auth_job_free(job);
	return m;
}

static struct made make_auth(const struct conn_creds *conn, const char *me, uint32_t allowed, uint32_t hashes, bool asked)
{
	struct ike_id ids[2] = { ike_id(me), ike_id("@peer") };
	struct ike_action a = { .kind = IKE_AUTH_MAKE, .auth = { .me = &ids[0], .peer = &ids[1], .prf = PRF_SHA2_256,
		.allowed = allowed, .octets = octets, .len = sizeof(octets), .hashes = hashes, .cert_asked = asked,
		.null_key = octets, .null_len = 8 } };

	return run(&a, conn);
}

/* Checks what @m made, with the certificates in it. */
static struct made check_auth(const struct conn_creds *conn, const char *peer, uint32_t allowed, const struct made *m)
{
	struct ike_id ids[2] = { ike_id("@me"), ike_id(peer) };
	struct ike_action a = { .kind = IKE_AUTH_CHECK, .auth = { .me = &ids[0], .peer = &ids[1], .prf = PRF_SHA2_256,
		.allowed = allowed, .octets = octets, .len = sizeof(octets), .method = m->data[0], .null_key = octets, .null_len = 8 } };
	size_t at = 4 + get_u16(m->data + 2);
	unsigned int i;

	a.auth.auth = m->data + 4;
	a.auth.auth_len = get_u16(m->data + 2);
	for (i = 0; i < m->data[1]; i++) {
		a.auth.certs[i] = (struct ike_bytes){ m->data + at + 2, get_u16(m->data + at) };
		at += 2 + a.auth.certs[i].len;
	}
	a.auth.n_certs = m->data[1];
	return run(&a, conn);
}

#define HASHES 0x3c
#define SIGS CONF_AUTHBY_DEFAULT

static void no(const struct made *m, int err, const char *what)
{
	CHECK(m->err == err && strstr(m->why, what), "%d, \"%s\", not %d, \"%s\"", m->err, m->why, err, what);
}

static void raw(void)
{
	static struct conf_end us, peer, nobody;
	struct conn_creds a = { &us, &nobody, NULL, NULL }, b = { &nobody, &peer, NULL, NULL };
	struct made m, c;
	size_t len;

	load("@east : RSA {\n" TEST_RSA_FIELDS "\t}\n");
	us.key.kind = peer.key.kind = CONF_PUBKEY_RSA;
	ttodata(TEST_PUBKEY, us.key.data, sizeof(us.key.data), &len);
	us.key.len = peer.key.len = len;
	memcpy(peer.key.data, us.key.data, len);

	m = make_auth(&a, "@west", SIGS, HASHES, true);
	CHECK(!m.err && m.data[0] == AUTH_SIGNATURE && !m.data[1], "by the public key: %d %s", m.err, m.why);
	c = check_auth(&b, "@anybody", SIGS, &m);
	CHECK(!c.err, "%s", c.why);
	c = check_auth(&b, "@anybody", CONF_AUTHBY_ECDSA, &m);
	no(&c, -ENOTSUP, "does not allow");
	m.data[100] ^= 1;
	c = check_auth(&b, "@anybody", SIGS, &m);
	no(&c, -EKEYREJECTED, "is not by the private key of rightrsasigkey=");
	/* The second key of the peer. */
	m.data[100] ^= 1;
	peer.key2 = peer.key;
	peer.key.data[40] ^= 1;
	c = check_auth(&b, "@anybody", SIGS, &m);
	CHECK(!c.err, "rsasigkey2: %s", c.why);
	peer.key2.kind = CONF_PUBKEY_UNSAID;
	c = check_auth(&b, "@anybody", SIGS, &m);
	no(&c, -EKEYREJECTED, "is not by");

	m = make_auth(&a, "@west", SIGS, 0, false);
	no(&m, -ENOTSUP, "does not know RFC 7427");
	m = make_auth(&a, "@west", SIGS | CONF_AUTHBY_RSA_SHA1, 0, false);
	CHECK(!m.err && m.data[0] == AUTH_RSA, "method 1");
	m = make_auth(&a, "@west", CONF_AUTHBY_EDDSA, HASHES, false);
	no(&m, -ENOTSUP, "can check none");
	us.key.data[40] ^= 1;
	m = make_auth(&a, "@west", SIGS, HASHES, false);
	no(&m, -ENOENT, "no private key of our public key");
	us.key.kind = CONF_PUBKEY_NONE;
	m = make_auth(&a, "@east", SIGS, HASHES, false);
	CHECK(!m.err, "by id: %s", m.why);
	m = make_auth(&a, "@west", SIGS, HASHES, false);
	no(&m, -ENOENT, "no private key for @west");
	peer.key.kind = CONF_PUBKEY_UNSAID;
	m = make_auth(&a, "@east", SIGS, HASHES, false);
	c = check_auth(&b, "@east", SIGS, &m);
	no(&c, -ENOENT, "sent no certificate");
	unit_done("creds: raw keys");
}

static void psk(void)
{
	static struct conf_end nobody;
	struct conn_creds none = { &nobody, &nobody, NULL, NULL };
	struct made m, c;

	load("@me @peer : PSK \"x\"\n");
	m = make_auth(&none, "@me", CONF_AUTHBY_SECRET, 0, false);
	CHECK(!m.err && m.data[0] == AUTH_PSK, "PSK: %d %s", m.err, m.why);
	c = check_auth(&none, "@peer", CONF_AUTHBY_SECRET, &m);
	CHECK(!c.err, "PSK: %d", c.err);
	c = check_auth(&none, "@other", CONF_AUTHBY_SECRET, &m);
	CHECK(c.err == -ENOENT && !c.why[0], "another peer: %d", c.err);
	m.data[5] ^= 1;
	c = check_auth(&none, "@peer", CONF_AUTHBY_SECRET, &m);
	CHECK(c.err == -EKEYREJECTED && !c.why[0], "wrong: %d", c.err);
	m = make_auth(&none, "@me", CONF_AUTHBY_SECRET | SIGS, HASHES, false);
	CHECK(!m.err && m.data[0] == AUTH_PSK, "PSK where there is no key: %s", m.why);
	m = make_auth(&none, "%null", CONF_AUTHBY_NULL, 0, false);
	CHECK(!m.err && m.data[0] == AUTH_NULL, "null: %d", m.err);
	c = check_auth(&none, "%null", CONF_AUTHBY_NULL, &m);
	CHECK(!c.err, "null: %d", c.err);
	c = check_auth(&none, "%null", CONF_AUTHBY_SECRET, &m);
	CHECK(c.err == -EKEYREJECTED, "null where it is not asked for: %d", c.err);
	m.data[5] ^= 1;
	c = check_auth(&none, "%null", CONF_AUTHBY_NULL, &m);
	CHECK(c.err == -EKEYREJECTED, "null, wrong: %d", c.err);
	unit_done("creds: pre-shared keys, and none");
}

static void certificates(void)
{
	static struct conf_end us, peer;
	EVP_PKEY *ca_key = EVP_EC_gen("P-256"), *key = EVP_EC_gen("P-384"), *other_key = EVP_EC_gen("P-256");
	X509 *ca = make("ca", ca_key, NULL, NULL), *west = make("west", key, ca, ca_key);
	X509 *other = make("other", other_key, ca, ca_key);
	struct conn_creds a = { &us, &peer, NULL, NULL }, b = { &us, &peer, NULL, NULL };
	char why[CERT_WHY];
	struct cert *cert, *third;
	struct made m, c;

	load(": PKCS8 west.key\n");
	cert = creds_cert("west.pem", dir, why);
	third = creds_cert("other.pem", dir, why);
	CHECK(cert && third, "%s", why);
	a.our_cert = cert;
	m = make_auth(&a, "CN=west", SIGS, HASHES, false);
	CHECK(!m.err && m.data[1] == 1, "always sent: %s", m.why);
	c = check_auth(&b, "CN=west", SIGS, &m);
	CHECK(!c.err, "%s", c.why);
	c = check_auth(&b, "CN=east", SIGS, &m);
	no(&c, -EKEYREJECTED, "is not for CN=east");
	peer.ca.kind = CONF_CA_NAME;
	conf_id_parse("CN=x", &peer.ca.name);
	c = check_auth(&b, "CN=west", SIGS, &m);
	no(&c, -EKEYREJECTED, "wants one below");
	peer.ca.kind = CONF_CA_SAME;
	c = check_auth(&b, "CN=west", SIGS, &m);
	no(&c, -ENOENT, "%same");
	b.our_cert = third;
	c = check_auth(&b, "CN=west", SIGS, &m);
	CHECK(!c.err, "%%same: %s", c.why);
	peer.ca.kind = CONF_CA_ANY;

	us.sendcert = CONF_SENDCERT_ASKED;
	m = make_auth(&a, "CN=west", SIGS, HASHES, false);
	CHECK(!m.err && !m.data[1], "not asked for");
	c = check_auth(&b, "CN=west", SIGS, &m);
	no(&c, -ENOENT, "sent no certificate");
	b.peer_cert = cert;
	c = check_auth(&b, "whoever@example", SIGS, &m);
	CHECK(!c.err, "rightcert=: %s", c.why);
	b.peer_cert = third;
	c = check_auth(&b, "CN=west", SIGS, &m);
	no(&c, -EKEYREJECTED, "is not by the private key of rightcert=");
	m = make_auth(&a, "CN=west", SIGS, HASHES, true);
	CHECK(!m.err && m.data[1] == 1, "asked for");
	us.sendcert = CONF_SENDCERT_NEVER;
	m = make_auth(&a, "CN=west", SIGS, HASHES, true);
	CHECK(!m.err && !m.data[1], "never");
	a.our_cert = third;
	m = make_auth(&a, "CN=other", SIGS, HASHES, true);
	no(&m, -ENOENT, "no private key of our certificate");
	CHECK(!creds_cert("none.pem", dir, why) && strstr(why, "none.pem"), "%s", why);
	cert_free(cert);
	cert_free(third);
	X509_free(ca);
	X509_free(west);
	X509_free(other);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other_key);
	unit_done("creds: certificates");
}

int main(void)
{
	CHECK(mkdtemp(dir), "no directory");
	sub("certs");
	sub("cacerts");
	sub("crls");
	sub("private");
	psk();
	raw();
	certificates();
	creds_free();
	return unit_status();
}
