// SPDX-License-Identifier: GPL-2.0
/* sources: userland/pluto/certs.c userland/pluto/certs_check.c userland/pluto/ike_sign.c userland/lib/rsakey.c */
/* sources: userland/lib/conf_id.c userland/lib/dn.c userland/lib/addr.c userland/lib/ttodata.c */
/* libs: -lcrypto -lgmp */
/* Certificates: which are taken for which id, and why not. Made here, so that nothing expires. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "certs.h"
#include "certs_trust.h"
#include "unit.h"

#define DAY 86400

static char dir[] = "/tmp/test_certs.XXXXXX";
static char said[2000];

static void report(void *ctx, bool error, const char *text)
{
	(void)ctx;
	(void)error;
	strncat(said, text, sizeof(said) - strlen(said) - 2);
}

/* What a certificate is made of. */
struct recipe {
	const char *cn, *san, *usage, *eku, *constraints, *names;
	int from, to;			/* days from today; 0, 0: a year around it */
	bool sha1;
};

struct made {
	X509 *x;
	EVP_PKEY *key;
};

static void extend(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;

	if (!value)
		return;
	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	CHECK(ext && X509_add_ext(x, ext, -1), "extension %s", value);
	X509_EXTENSION_free(ext);
}

static struct made make_with(const struct recipe *r, const struct made *ca, EVP_PKEY *key)
{
	struct made m = { X509_new(), key };
	static long serial = 100;
	X509 *issuer = ca ? ca->x : m.x;
	X509_NAME *name = X509_get_subject_name(m.x);

	X509_set_version(m.x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(m.x), ++serial);
	X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const unsigned char *)"Example", -1, -1, 0);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)r->cn, -1, -1, 0);
	X509_set_issuer_name(m.x, X509_get_subject_name(issuer));
	X509_gmtime_adj(X509_getm_notBefore(m.x), (long)(r->from || r->to ? r->from : -180) * DAY);
	X509_gmtime_adj(X509_getm_notAfter(m.x), (long)(r->from || r->to ? r->to : 180) * DAY);
	X509_set_pubkey(m.x, m.key);
	extend(m.x, issuer, NID_basic_constraints, r->constraints);
	extend(m.x, issuer, NID_key_usage, r->usage);
	extend(m.x, issuer, NID_ext_key_usage, r->eku);
	extend(m.x, issuer, NID_subject_alt_name, r->san);
	extend(m.x, issuer, NID_name_constraints, r->names);
	CHECK(X509_sign(m.x, ca ? ca->key : m.key, r->sha1 ? EVP_sha1() : EVP_sha256()), "cannot sign %s", r->cn);
	return m;
}

static struct made make(const struct recipe *r, const struct made *ca)
{
	return make_with(r, ca, EVP_EC_gen("P-256"));
}

static void unmake(struct made *m)
{
	X509_free(m->x);
	EVP_PKEY_free(m->key);
}

static void file(const char *sub, const char *name, X509 *x, X509_CRL *crl, bool der)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, sub);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/%s/%s", dir, sub, name);
	f = fopen(path, "w");
	CHECK(f && (x ? der ? i2d_X509_fp(f, x) : PEM_write_X509(f, x) : PEM_write_X509_CRL(f, crl)), "cannot write %s", path);
	fclose(f);
}

static void remove_file(const char *sub, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s/%s", dir, sub, name);
	unlink(path);
}

static X509_CRL *make_crl(const struct made *ca, X509 *revoked, int to)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *t = X509_gmtime_adj(NULL, -60L * DAY);
	X509_REVOKED *r;

	X509_CRL_set_version(crl, 1);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca->x));
	X509_CRL_set1_lastUpdate(crl, t);
	ASN1_TIME_free(t);
	t = X509_gmtime_adj(NULL, (long)to * DAY);
	X509_CRL_set1_nextUpdate(crl, t);
	if (revoked) {
		r = X509_REVOKED_new();
		X509_REVOKED_set_serialNumber(r, X509_get_serialNumber(revoked));
		X509_REVOKED_set_revocationDate(r, X509_getm_notBefore(ca->x));
		X509_CRL_add0_revoked(crl, r);
	}
	ASN1_TIME_free(t);
	X509_CRL_sign(crl, ca->key, EVP_sha256());
	return crl;
}

/* ---- the question ---- */

static const char *ask(struct trust *trust, const struct made *leaf, const struct made *between, const char *id, const char *ca)
{
	static char why[CERT_WHY];
	struct cert_question q = { .trust = trust };
	struct ike_bytes certs[2];
	struct conf_id want;
	const char *wrong;
	uint8_t *der[2] = { NULL };
	EVP_PKEY *key;

	memset(&q.id, 0, sizeof(q.id));
	wrong = conf_id_parse(id, &q.id);
	CHECK(!wrong, "%s: %s", id, wrong);
	if (ca) {
		memset(&want, 0, sizeof(want));
		conf_id_parse(ca, &want);
		q.ca_kind = CONF_CA_NAME;
		q.ca = want.data;
		q.ca_len = want.len;
	}
	certs[0].len = cert_der(leaf->x, &der[0]);
	certs[0].p = der[0];
	if (between) {
		certs[1].len = cert_der(between->x, &der[1]);
		certs[1].p = der[1];
	}
	q.certs = certs;
	q.n = between ? 2 : 1;
	why[0] = '\0';
	key = cert_check(&q, why);
	CHECK(!key || EVP_PKEY_eq(key, leaf->key) == 1, "another key");
	CHECK(key || why[0], "refused without a word");
	EVP_PKEY_free(key);
	free(der[0]);
	free(der[1]);
	return key ? NULL : why;
}

static void refused(struct trust *t, const struct made *leaf, const struct made *between, const char *id, const char *ca,
		    const char *what)
{
	const char *why = ask(t, leaf, between, id, ca);

	CHECK(why, "%s is taken, not: %s", id, what);
	CHECK(!why || strstr(why, what), "%s: says nothing of \"%s\" but \"%s\"", id, what, why);
}

static void taken(struct trust *t, const struct made *leaf, const struct made *between, const char *id, const char *ca)
{
	const char *why = ask(t, leaf, between, id, ca);

	CHECK(!why, "%s is refused: %s", id, why);
}

#define CA_RECIPE .usage = "critical,keyCertSign,cRLSign", .constraints = "critical,CA:TRUE"

static struct made ca, other;

static struct trust *load(bool strict)
{
	said[0] = '\0';
	return trust_load(dir, strict, report, NULL);
}

static void ids(void)
{
	struct made east = make(&(struct recipe){ "east", .san = "DNS:East.example,email:me@example,IP:192.0.2.2,IP:2001:db8::2" }, &ca);
	struct trust *t = load(false);
	size_t len;

	CHECK(trust_cas(t) == 1 && !trust_crls(t) && trust_hashes(t, &len) && len == 20, "%u CAs: %s", trust_cas(t), said);
	taken(t, &east, NULL, "@east.example", NULL);
	taken(t, &east, NULL, "me@example", NULL);
	taken(t, &east, NULL, "192.0.2.2", NULL);
	taken(t, &east, NULL, "2001:db8::2", NULL);
	taken(t, &east, NULL, "O=Example, CN=east", NULL);
	taken(t, &east, NULL, "O=example,CN=EAST", NULL);
	refused(t, &east, NULL, "@west.example", NULL, "not for @west.example but for @East.example");
	refused(t, &east, NULL, "@example", NULL, "not for");
	refused(t, &east, NULL, "@me@example", NULL, "not for");
	refused(t, &east, NULL, "you@example", NULL, "not for");
	refused(t, &east, NULL, "192.0.2.1", NULL, "not for 192.0.2.1");
	refused(t, &east, NULL, "O=Example, CN=west", NULL, "not for");
	refused(t, &east, NULL, "O=Example", NULL, "not for");
	refused(t, &east, NULL, "O=Example, CN=*", NULL, "not for");
	refused(t, &east, NULL, "@#656173742e6578616d706c65", NULL, "not for");
	taken(t, &east, NULL, "@east.example", "O=Example, CN=ca");
	taken(t, &east, NULL, "@east.example", "O=*, CN=ca");
	refused(t, &east, NULL, "@east.example", "O=Example, CN=other", "wants one below");
	refused(t, &east, NULL, "@east.example", "O=Example, CN=east", "wants one below");
	trust_put(t);
	unmake(&east);
	unit_done("certs: for whom");
}

/* A zero byte in a name must not end it. */
static void zero_byte(void)
{
	static const char evil[] = "east.example\0.evil";
	struct made m = make(&(struct recipe){ .cn = "evil" }, &ca);
	GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
	GENERAL_NAME *g = GENERAL_NAME_new();
	ASN1_IA5STRING *s = ASN1_IA5STRING_new();
	struct trust *t = load(false);

	ASN1_STRING_set(s, evil, sizeof(evil) - 1);
	GENERAL_NAME_set0_value(g, GEN_DNS, s);
	sk_GENERAL_NAME_push(names, g);
	X509_add1_ext_i2d(m.x, NID_subject_alt_name, names, 0, 0);
	X509_sign(m.x, ca.key, EVP_sha256());
	refused(t, &m, NULL, "@east.example", NULL, "not for");
	GENERAL_NAMES_free(names);
	trust_put(t);
	unmake(&m);
	unit_done("certs: a zero byte in a name");
}

static void faults(void)
{
	static const struct {
		struct recipe r;
		const char *what;	/* NULL: taken */
	} cases[] = {
		{ { "a", .san = "DNS:a" }, NULL },
		{ { "a", .san = "DNS:a", .from = -20, .to = -10 }, "has expired" },
		{ { "a", .san = "DNS:a", .from = 10, .to = 20 }, "is the clock right" },
		{ { "a", .san = "DNS:a", .sha1 = true }, "certificate" },
		{ { "a", .san = "DNS:a", .usage = "critical,digitalSignature" }, NULL },
		{ { "a", .san = "DNS:a", .usage = "nonRepudiation" }, NULL },
		{ { "a", .san = "DNS:a", .usage = "critical,keyEncipherment" }, "keyUsage" },
		{ { "a", .san = "DNS:a", .eku = "serverAuth" }, NULL },
		{ { "a", .san = "DNS:a", .eku = "1.3.6.1.5.5.7.3.17" }, NULL },
		{ { "a", .san = "DNS:a", .eku = "anyExtendedKeyUsage" }, NULL },
		{ { "a", .san = "DNS:a", .eku = "codeSigning,emailProtection" }, "extendedKeyUsage" },
	};
	struct trust *t = load(false);
	struct made m, self;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		m = make(&cases[i].r, &ca);
		if (cases[i].what)
			refused(t, &m, NULL, "@a", NULL, cases[i].what);
		else
			taken(t, &m, NULL, "@a", NULL);
		unmake(&m);
	}
	m = make(&cases[0].r, &other);
	refused(t, &m, NULL, "@a", NULL, "CN=other\", which is not among those");
	unmake(&m);
	/* Its issuer comes along, and is still nobody whom we trust. */
	m = make(&cases[0].r, &other);
	refused(t, &m, &other, "@a", NULL, "/etc/ipsec.d/cacerts");
	unmake(&m);
	self = make(&cases[0].r, NULL);
	refused(t, &self, NULL, "@a", NULL, "/etc/ipsec.d/cacerts");
	unmake(&self);
	m = make_with(&cases[0].r, &ca, EVP_RSA_gen(1024));
	refused(t, &m, NULL, "@a", NULL, "certificate");
	unmake(&m);
	m = make_with(&cases[0].r, &ca, EVP_EC_gen("secp256k1"));
	refused(t, &m, NULL, "@a", NULL, "curve");
	unmake(&m);
	trust_put(t);
	unit_done("certs: what is wrong with them");
}

static void chains(void)
{
	struct made between = make(&(struct recipe){ "between", CA_RECIPE }, &ca);
	struct made none = make(&(struct recipe){ "none", .usage = "keyCertSign,digitalSignature" }, &ca);
	struct made limited = make(&(struct recipe){ "limited", CA_RECIPE, .names = "critical,permitted;DNS:good.example" }, &ca);
	struct made below = make(&(struct recipe){ "a", .san = "DNS:a" }, &between);
	struct made forged = make(&(struct recipe){ "a", .san = "DNS:a" }, &none);
	struct made leaf = make(&(struct recipe){ "leaf", .san = "DNS:leaf" }, &ca);
	struct made stolen = make(&(struct recipe){ "a", .san = "DNS:a" }, &leaf);
	struct made good = make(&(struct recipe){ "g", .san = "DNS:x.good.example" }, &limited);
	struct made bad = make(&(struct recipe){ "b", .san = "DNS:x.bad.example" }, &limited);
	struct trust *t = load(false);

	taken(t, &below, &between, "@a", NULL);
	taken(t, &below, &between, "@a", "O=Example, CN=between");
	taken(t, &below, &between, "@a", "O=Example, CN=ca");
	refused(t, &below, NULL, "@a", NULL, "CN=between\", which is not among");
	refused(t, &forged, &none, "@a", NULL, "certificate");
	refused(t, &stolen, &leaf, "@a", NULL, "certificate");
	taken(t, &good, &limited, "@x.good.example", NULL);
	refused(t, &bad, &limited, "@x.bad.example", NULL, "permitted subtree violation");
	trust_put(t);
	/* An intermediate CA that is trusted by itself, in DER. */
	remove_file("cacerts", "ca.pem");
	file("cacerts", "between.der", between.x, NULL, true);
	t = load(false);
	taken(t, &below, NULL, "@a", NULL);
	refused(t, &leaf, NULL, "@leaf", NULL, "CN=ca\", which is not among");
	trust_put(t);
	remove_file("cacerts", "between.der");
	file("cacerts", "leaf.pem", leaf.x, NULL, false);
	t = load(false);
	CHECK(!trust_cas(t) && strstr(said, "no CA"), "a certificate of no CA is trusted: %u, %s", trust_cas(t), said);
	trust_put(t);
	remove_file("cacerts", "leaf.pem");
	t = load(false);
	refused(t, &leaf, NULL, "@leaf", NULL, "no CA is loaded");
	trust_put(t);
	file("cacerts", "ca.pem", ca.x, NULL, false);
	unmake(&between);
	unmake(&none);
	unmake(&limited);
	unmake(&below);
	unmake(&forged);
	unmake(&leaf);
	unmake(&stolen);
	unmake(&good);
	unmake(&bad);
	unit_done("certs: chains, name constraints, what is a CA");
}

static void crls(void)
{
	struct made good = make(&(struct recipe){ "good", .san = "DNS:good" }, &ca);
	struct made bad = make(&(struct recipe){ "bad", .san = "DNS:bad" }, &ca);
	X509_CRL *current = make_crl(&ca, bad.x, 30), *old = make_crl(&ca, bad.x, -30), *foreign = make_crl(&other, good.x, 30);
	struct trust *t = load(true);

	refused(t, &good, NULL, "@good", NULL, "strictcrlpolicy");
	trust_put(t);
	file("crls", "ca.crl", NULL, current, false);
	t = load(true);
	CHECK(trust_crls(t) == 1, "%u CRLs: %s", trust_crls(t), said);
	taken(t, &good, NULL, "@good", NULL);
	refused(t, &bad, NULL, "@bad", NULL, "is revoked");
	trust_put(t);
	t = load(false);
	taken(t, &good, NULL, "@good", NULL);
	refused(t, &bad, NULL, "@bad", NULL, "is revoked");
	trust_put(t);
	/* Too old: what it revoked stays revoked, the others pass unless it is strict. */
	file("crls", "ca.crl", NULL, old, false);
	t = load(false);
	taken(t, &good, NULL, "@good", NULL);
	refused(t, &bad, NULL, "@bad", NULL, "is revoked");
	trust_put(t);
	t = load(true);
	refused(t, &good, NULL, "@good", NULL, "strictcrlpolicy");
	trust_put(t);
	/* Of another CA: means nothing. */
	file("crls", "ca.crl", NULL, foreign, false);
	t = load(false);
	taken(t, &good, NULL, "@good", NULL);
	trust_put(t);
	remove_file("crls", "ca.crl");
	X509_CRL_free(current);
	X509_CRL_free(old);
	X509_CRL_free(foreign);
	unmake(&good);
	unmake(&bad);
	unit_done("certs: revoked ones");
}

/* Every cut and every changed byte of a certificate that a peer sends. */
static void hostile(void)
{
	struct made m = make(&(struct recipe){ "east", .san = "DNS:east" }, &ca);
	struct trust *t = load(false);
	struct cert_question q = { .trust = t, .n = 1 };
	struct ike_bytes cert;
	char why[CERT_WHY];
	uint8_t *der, *copy;
	EVP_PKEY *key;
	size_t len, i;

	len = cert_der(m.x, &der);
	memset(&q.id, 0, sizeof(q.id));
	conf_id_parse("@east", &q.id);
	q.certs = &cert;
	for (i = 0; i <= len + 1; i++) {
		copy = calloc(1, i ? i : 1);
		memcpy(copy, der, i < len ? i : len);
		cert = (struct ike_bytes){ copy, i };
		key = cert_check(&q, why);
		CHECK(!key == (i != len), "%zu of %zu bytes", i, len);
		EVP_PKEY_free(key);
		free(copy);
	}
	for (i = 0; i < len; i++) {
		der[i] ^= 1 << i % 8;
		cert = (struct ike_bytes){ der, len };
		key = cert_check(&q, why);
		CHECK(!key, "byte %zu of %zu changed", i, len);
		EVP_PKEY_free(key);
		der[i] ^= 1 << i % 8;
	}
	free(der);
	trust_put(t);
	unmake(&m);
	unit_done("certs: hostile ones");
}

static void our_own(void)
{
	struct made m = make(&(struct recipe){ .cn = "east" }, &ca), old = make(&(struct recipe){ "old", .from = -9, .to = -1 }, &ca);
	char why[CERT_WHY], text[CONF_ID_TEXT];
	struct conf_id id;
	struct cert *c;
	EVP_PKEY *key;

	file("certs", "east.pem", m.x, NULL, false);
	file("certs", "east.der", m.x, NULL, true);
	c = cert_load("east.pem", dir, why);
	CHECK(c && cert_subject(c->x, &id) && !strcmp(conf_id_format(&id, text), "O=Example, CN=east"), "%s", text);
	key = c ? cert_pinned_key(c->x, why) : NULL;
	CHECK(key, "%s", why);
	EVP_PKEY_free(key);
	cert_free(c);
	c = cert_load("east.der", dir, why);
	CHECK(c, "%s", why);
	cert_free(c);
	CHECK(!cert_load("none.pem", dir, why) && strstr(why, "No such file"), "%s", why);
	CHECK(!cert_load("../certs", dir, why), "a directory");
	CHECK(!cert_pinned_key(old.x, why) && strstr(why, "expired"), "%s", why);
	unmake(&m);
	unmake(&old);
	unit_done("certs: ours, and those that ipsec.conf has of the peer");
}

int main(void)
{
	CHECK(mkdtemp(dir), "no directory");
	ca = make(&(struct recipe){ "ca", CA_RECIPE }, NULL);
	other = make(&(struct recipe){ "other", CA_RECIPE }, NULL);
	file("cacerts", "ca.pem", ca.x, NULL, false);
	ids();
	zero_byte();
	faults();
	chains();
	crls();
	hostile();
	our_own();
	unmake(&ca);
	unmake(&other);
	return unit_status();
}
