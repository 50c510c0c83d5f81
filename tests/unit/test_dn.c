// SPDX-License-Identifier: GPL-2.0
/* sources: userland/lib/dn.c */
/* Distinguished names: text, DER, and which are the same. */
#include <stdlib.h>
#include <string.h>

#include "dn.h"
#include "unit.h"

struct der {
	uint8_t data[256];
	size_t len;
};

static struct der der(const char *text)
{
	struct der d = { .len = 0 };
	const char *wrong = dn_parse(text, d.data, sizeof(d.data), &d.len);

	CHECK(!wrong, "%s: %s", text, wrong);
	return d;
}

static void forms(void)
{
	/* SEQ { SET { SEQ { 2.5.4.6, PrintableString AT } }, SET { SEQ { 2.5.4.3, UTF8String a_b } } } */
	static const uint8_t want[] = { 0x30, 0x1b, 0x31, 0x0b, 0x30, 0x09, 6, 3, 0x55, 4, 6, 0x13, 2, 'A', 'T',
		0x31, 0x0c, 0x30, 0x0a, 6, 3, 0x55, 4, 3, 0x0c, 3, 'a', '_', 'b' };
	static const char * const same[] = { "C=AT, CN=a_b", "C=AT,CN=a_b", "/C=AT/CN=a_b", "c = AT , cn = a_b", "C=AT, CN=a\\_b" };
	static const char * const bad[] = { "", "C", "C=", "C=AT,", "C=AT, ", "X=1", "=AT", "C=AT, CN", "CN=a\\", "/C=AT/", ", C=AT" };
	char text[600], *longer;
	struct der d;
	size_t i, len;

	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		d = der(same[i]);
		CHECK(d.len == sizeof(want) && !memcmp(d.data, want, d.len), "%s: other DER", same[i]);
		CHECK(!strcmp(dn_format(d.data, d.len, text, sizeof(text)), "C=AT, CN=a_b"), "%s becomes %s", same[i], text);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(dn_parse(bad[i], d.data, sizeof(d.data), &len), "\"%s\" is taken", bad[i]);
	longer = malloc(400);
	memset(longer, 'x', 399);
	memcpy(longer, "CN=", 3);
	longer[399] = 0;
	CHECK(dn_parse(longer, d.data, sizeof(d.data), &len), "400 bytes are taken");
	longer[240] = 0;
	CHECK(!dn_parse(longer, d.data, sizeof(d.data), &len) && dn_valid(d.data, len), "a long one");
	free(longer);
	d = der("O=a\\, b\\+c, CN=x+UID=y");
	CHECK(!strcmp(dn_format(d.data, d.len, text, sizeof(text)), "O=a\\, b\\+c, CN=x+UID=y"), "quoted: %s", text);
	CHECK(strlen(dn_format(d.data, d.len, text, 8)) == 7, "cut");
	unit_done("dn: text and DER");
}

static bool same(const char *a, const char *b, bool wild)
{
	struct der x = der(a), y = der(b);

	return dn_match(x.data, x.len, y.data, y.len, wild);
}

static void matching(void)
{
	struct der d;

	CHECK(same("C=AT, CN=East Gate", "C=at, CN= east   gate ", false), "letters and blanks");
	CHECK(!same("C=AT, CN=East Gate", "C=AT, CN=Eastgate", false), "a blank less");
	CHECK(!same("C=AT, CN=x", "CN=x, C=AT", false), "another order");
	CHECK(!same("C=AT, CN=x", "C=AT, CN=x, OU=y", false) && !same("C=AT, CN=x, OU=y", "C=AT, CN=x", false), "a part more");
	CHECK(!same("CN=x+UID=y", "CN=x, UID=y", false), "one RDN or two");
	CHECK(same("CN=a_b", "CN=A_B", false), "UTF8String");
	CHECK(!same("O=x", "OU=x", false), "another attribute");
	CHECK(same("C=AT, CN=*", "C=AT, CN=x", true) && !same("C=AT, CN=*", "C=AT, CN=x", false), "star");
	CHECK(!same("C=AT, CN=x", "C=AT, CN=*", true), "a star of the peer");
	CHECK(!same("C=AT, CN=*", "C=DE, CN=x", true) && !same("CN=*", "CN=x, OU=y", true), "star and the rest");
	CHECK(!same("CN=x*", "CN=xy", true), "a star inside");
	d = der("C=AT, CN=*");
	CHECK(dn_wild(d.data, d.len), "wild");
	d = der("C=AT, CN=x*");
	CHECK(!dn_wild(d.data, d.len), "not wild");
	unit_done("dn: the same, and with stars");
}

/* Every DER that differs in one byte, or is cut, is read without harm; lengths in another form are refused. */
static void hostile(void)
{
	static const uint8_t indefinite[] = { 0x30, 0x80, 0x31, 0x0b, 0x30, 0x09, 6, 3, 0x55, 4, 6, 0x13, 2, 'A', 'T', 0, 0 };
	static const uint8_t padded[] = { 0x30, 0x81, 0x0d, 0x31, 0x0b, 0x30, 0x09, 6, 3, 0x55, 4, 6, 0x13, 2, 'A', 'T' };
	static const uint8_t empty[] = { 0x30, 0 };
	static const uint8_t empty_rdn[] = { 0x30, 2, 0x31, 0 };
	struct der d = der("C=AT, O=Example, CN=east+UID=1"), good = d;
	char text[600];
	uint8_t *copy;
	size_t i, cut;
	int v;

	CHECK(!dn_valid(indefinite, sizeof(indefinite)) && !dn_valid(padded, sizeof(padded)), "lengths");
	CHECK(!dn_valid(empty, sizeof(empty)) && !dn_valid(empty_rdn, sizeof(empty_rdn)), "nothing in it");
	for (cut = 0; cut <= d.len; cut++) {
		copy = malloc(cut ? cut : 1);
		memcpy(copy, d.data, cut);
		CHECK(dn_valid(copy, cut) == (cut == d.len), "cut to %zu", cut);
		dn_format(copy, cut, text, sizeof(text));
		free(copy);
	}
	for (i = 0; i < d.len; i++) {
		for (v = 0; v < 256; v++) {
			d.data[i] = v;
			dn_format(d.data, d.len, text, sizeof(text));
			dn_match(good.data, good.len, d.data, d.len, v & 1);
			dn_wild(d.data, d.len);
		}
		d.data[i] = good.data[i];
	}
	unit_done("dn: hostile DER");
}

int main(void)
{
	forms();
	matching();
	hostile();
	return unit_status();
}
