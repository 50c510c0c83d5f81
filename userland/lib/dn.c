// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "dn.h"

enum { SEQUENCE = 0x30, SET = 0x31, OID = 0x06, UTF8 = 0x0c, PRINTABLE = 0x13, T61 = 0x14, IA5 = 0x16 };

#define PARTS 32			/* of one name */

/* Attributes with a name; the first of an OID is the one that is written. */
static const struct attribute {
	const char *name;
	uint8_t oid[10];
	uint8_t len;
	uint8_t tag;			/* of its values where they are made here, 0: as their letters ask */
} attributes[] = {
	{ "CN", { 0x55, 4, 3 }, 3, 0 },
	{ "SN", { 0x55, 4, 4 }, 3, 0 },
	{ "S", { 0x55, 4, 4 }, 3, 0 },
	{ "serialNumber", { 0x55, 4, 5 }, 3, PRINTABLE },
	{ "C", { 0x55, 4, 6 }, 3, PRINTABLE },
	{ "L", { 0x55, 4, 7 }, 3, 0 },
	{ "ST", { 0x55, 4, 8 }, 3, 0 },
	{ "STREET", { 0x55, 4, 9 }, 3, 0 },
	{ "O", { 0x55, 4, 10 }, 3, 0 },
	{ "OU", { 0x55, 4, 11 }, 3, 0 },
	{ "T", { 0x55, 4, 12 }, 3, 0 },
	{ "D", { 0x55, 4, 13 }, 3, 0 },
	{ "N", { 0x55, 4, 41 }, 3, 0 },
	{ "G", { 0x55, 4, 42 }, 3, 0 },
	{ "GN", { 0x55, 4, 42 }, 3, 0 },
	{ "I", { 0x55, 4, 43 }, 3, 0 },
	{ "dnQualifier", { 0x55, 4, 46 }, 3, PRINTABLE },
	{ "E", { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1 }, 9, IA5 },
	{ "emailAddress", { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1 }, 9, IA5 },
	{ "Email", { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1 }, 9, IA5 },
	{ "DC", { 0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25 }, 10, IA5 },
	{ "UID", { 0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1 }, 10, 0 },
};

#define N_ATTRIBUTES (sizeof(attributes) / sizeof(attributes[0]))

struct bytes {
	const uint8_t *p;
	size_t len;
};

struct part {
	struct bytes oid, value;
	uint8_t tag;
	bool opens;			/* the first of its RDN */
};

/* ---- reading ---- */

/* Cuts one element off @from; lengths up to 65535 in their shortest form, nothing else. */
static bool take(struct bytes *from, uint8_t *tag, struct bytes *body)
{
	size_t head = 2, len;

	if (from->len < 2)
		return false;
	*tag = from->p[0];
	len = from->p[1];
	if ((*tag & 0x1f) == 0x1f)
		return false;
	if (len == 0x81) {
		if (from->len < 3 || from->p[2] < 0x80)
			return false;
		len = from->p[2];
		head = 3;
	} else if (len == 0x82) {
		if (from->len < 4 || !from->p[2])
			return false;
		len = from->p[2] << 8 | from->p[3];
		head = 4;
	} else if (len > 0x7f) {
		return false;
	}
	if (len > from->len - head)
		return false;
	*body = (struct bytes){ from->p + head, len };
	from->p += head + len;
	from->len -= head + len;
	return true;
}

static bool take_tag(struct bytes *from, uint8_t want, struct bytes *body)
{
	uint8_t tag;

	return take(from, &tag, body) && tag == want;
}

/* AttributeTypeAndValue, whole. */
static bool read_part(struct bytes one, struct part *part)
{
	return take_tag(&one, OID, &part->oid) && part->oid.len && take(&one, &part->tag, &part->value) && !one.len;
}

/* The parts of a name: how many, or -1 where it is none. */
static int read_name(const uint8_t *der, size_t len, struct part parts[PARTS])
{
	struct bytes all = { der, len }, name, rdn, one;
	int n = 0, first;

	if (!take_tag(&all, SEQUENCE, &name) || all.len)
		return -1;
	while (name.len) {
		if (!take_tag(&name, SET, &rdn) || !rdn.len)
			return -1;
		for (first = n; rdn.len; n++) {
			if (n == PARTS || !take_tag(&rdn, SEQUENCE, &one) || !read_part(one, &parts[n]))
				return -1;
			parts[n].opens = n == first;
		}
	}
	return n;
}

bool dn_valid(const uint8_t *der, size_t len)
{
	struct part parts[PARTS];

	return read_name(der, len, parts) > 0;
}

/* ---- comparing ---- */

static bool is_text(uint8_t tag)
{
	return tag == UTF8 || tag == PRINTABLE || tag == T61 || tag == IA5;
}

#define FOLDED 512

/* Letters in lower case, runs of blanks as one, none at the ends. */
static size_t fold(const struct bytes *b, uint8_t out[FOLDED])
{
	size_t i, n = 0;

	for (i = 0; i < b->len; i++)
		if (b->p[i] != ' ' || (n && out[n - 1] != ' '))
			out[n++] = b->p[i] < 0x80 ? tolower(b->p[i]) : b->p[i];
	return n && out[n - 1] == ' ' ? n - 1 : n;
}

static bool same_text(const struct bytes *a, const struct bytes *b)
{
	uint8_t x[FOLDED], y[FOLDED];
	size_t n;

	if (a->len > FOLDED || b->len > FOLDED)
		return a->len == b->len && !memcmp(a->p, b->p, a->len);
	n = fold(a, x);
	return n == fold(b, y) && !memcmp(x, y, n);
}

static bool is_star(const struct part *part)
{
	return is_text(part->tag) && part->value.len == 1 && part->value.p[0] == '*';
}

static bool same_part(const struct part *want, const struct part *got, bool wild)
{
	if (want->opens != got->opens || want->oid.len != got->oid.len ||
	    memcmp(want->oid.p, got->oid.p, want->oid.len))
		return false;
	if (wild && is_star(want))
		return true;
	if (is_text(want->tag) && is_text(got->tag))
		return same_text(&want->value, &got->value);
	return want->tag == got->tag && want->value.len == got->value.len &&
	       !memcmp(want->value.p, got->value.p, want->value.len);
}

bool dn_match(const uint8_t *want, size_t want_len, const uint8_t *got, size_t got_len, bool wild)
{
	struct part w[PARTS], g[PARTS];
	int n = read_name(want, want_len, w), i;

	if (n <= 0 || read_name(got, got_len, g) != n)
		return false;
	for (i = 0; i < n; i++)
		if (!same_part(&w[i], &g[i], wild))
			return false;
	return true;
}

bool dn_wild(const uint8_t *der, size_t len)
{
	struct part parts[PARTS];
	int n = read_name(der, len, parts);

	while (n > 0)
		if (is_star(&parts[--n]))
			return true;
	return false;
}

/* ---- as text ---- */

struct out {
	char *buf;
	size_t size, len;
};

static void add(struct out *o, char c)
{
	if (o->len + 1 < o->size)
		o->buf[o->len++] = c;
}

static void add_text(struct out *o, const char *text)
{
	while (*text)
		add(o, *text++);
}

/* "2.5.4.3": what has no name. */
static void add_oid(struct out *o, const struct bytes *oid)
{
	unsigned long arc = 0;
	char text[32];
	size_t i;
	bool first = true;

	for (i = 0; i < oid->len; i++) {
		arc = (arc & (~0UL >> 7)) << 7 | (oid->p[i] & 0x7f);
		if (oid->p[i] & 0x80)
			continue;
		if (first)
			snprintf(text, sizeof(text), "%lu.%lu", arc < 80 ? arc / 40 : 2, arc < 80 ? arc % 40 : arc - 80);
		else
			snprintf(text, sizeof(text), ".%lu", arc);
		add_text(o, text);
		first = false;
		arc = 0;
	}
}

static const struct attribute *by_oid(const struct bytes *oid)
{
	size_t i;

	for (i = 0; i < N_ATTRIBUTES; i++)
		if (attributes[i].len == oid->len && !memcmp(attributes[i].oid, oid->p, oid->len))
			return &attributes[i];
	return NULL;
}

static void add_part(struct out *o, const struct part *part)
{
	const struct attribute *a = by_oid(&part->oid);
	size_t i;

	if (a)
		add_text(o, a->name);
	else
		add_oid(o, &part->oid);
	add(o, '=');
	for (i = 0; i < part->value.len; i++) {
		uint8_t c = part->value.p[i];

		if (c == ',' || c == '\\' || c == '+')
			add(o, '\\');
		add(o, c >= ' ' && c < 0x7f ? c : '?');
	}
}

char *dn_format(const uint8_t *der, size_t len, char *buf, size_t size)
{
	struct out o = { buf, size, 0 };
	struct part parts[PARTS];
	int n = read_name(der, len, parts), i;

	if (n <= 0)
		add_text(&o, "(malformed name)");
	for (i = 0; i < n; i++) {
		if (i)
			add_text(&o, parts[i].opens ? ", " : "+");
		add_part(&o, &parts[i]);
	}
	buf[o.len] = '\0';
	return buf;
}

/* ---- from text ---- */

static bool printable(const char *text, size_t len)
{
	for (; len; len--, text++)
		if (!isalnum((unsigned char)*text) && !strchr(" '()+,-./:=?", *text))
			return false;
	return true;
}

static bool put(uint8_t *der, size_t size, size_t *at, const void *data, size_t len)
{
	if (len > size - *at)
		return false;
	memcpy(der + *at, data, len);
	*at += len;
	return true;
}

/* Puts tag and length in front of what stands at @from up to *at. */
static bool wrap(uint8_t *der, size_t size, size_t from, size_t *at, uint8_t tag)
{
	size_t len = *at - from, head = len < 0x80 ? 2 : len < 0x100 ? 3 : 4;

	if (len > 0xffff || head > size - *at)
		return false;
	memmove(der + from + head, der + from, len);
	der[from] = tag;
	der[from + 1] = head == 2 ? len : head == 3 ? 0x81 : 0x82;
	if (head == 3)
		der[from + 2] = len;
	if (head == 4) {
		der[from + 2] = len >> 8;
		der[from + 3] = len;
	}
	*at += head;
	return true;
}

static const struct attribute *by_name(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < N_ATTRIBUTES; i++)
		if (strlen(attributes[i].name) == len && !strncasecmp(attributes[i].name, name, len))
			return &attributes[i];
	return NULL;
}

/* The value of a part up to ',' or, with '/' in front of parts, '/'; a backslash takes the next letter as it is. */
static const char *value_parse(const char **text, bool slashes, char *value, size_t size, size_t *len)
{
	const char *end = slashes ? "/" : ",+";
	size_t n = 0, kept = 0;

	*text += strspn(*text, " \t");
	while (**text && !strchr(end, **text)) {
		if (**text == '\\' && !*++*text)
			return "a distinguished name ends with a backslash; expected a letter behind it";
		if (n == size)
			return "a part of a distinguished name is too long";
		value[n++] = *(*text)++;
		if (value[n - 1] != ' ' && value[n - 1] != '\t')
			kept = n;
	}
	*len = kept;
	return kept ? NULL : "a part of a distinguished name is empty; expected NAME=VALUE";
}

static const char *part_parse(const char **text, bool slashes, uint8_t *der, size_t size, size_t *at)
{
	static const char too_long[] = "the distinguished name is too long; expected at most 256 bytes of it";
	const struct attribute *a;
	char value[256];
	const char *wrong;
	size_t len, from = *at, inner;
	uint8_t tag;

	*text += strspn(*text, " \t");
	len = strcspn(*text, "= \t");
	a = by_name(*text, len);
	*text += len;
	*text += strspn(*text, " \t");
	if (!a || **text != '=')
		return "a part of a distinguished name has no name that is known; expected C=, ST=, L=, O=, OU=, CN=, E=, DC=, UID= ...";
	(*text)++;
	wrong = value_parse(text, slashes, value, sizeof(value), &len);
	if (wrong)
		return wrong;
	if (!put(der, size, at, a->oid, a->len) || !wrap(der, size, from, at, OID))
		return too_long;
	inner = *at;
	tag = len == 1 && value[0] == '*' ? UTF8 : a->tag ? a->tag : printable(value, len) ? PRINTABLE : UTF8;
	if (!put(der, size, at, value, len) || !wrap(der, size, inner, at, tag) || !wrap(der, size, from, at, SEQUENCE))
		return too_long;
	return NULL;
}

const char *dn_parse(const char *text, uint8_t *der, size_t size, size_t *len)
{
	bool slashes = *text == '/';
	size_t at = 0, rdn;
	const char *wrong;

	text += slashes;
	while (*text) {
		rdn = at;
		for (;;) {
			wrong = part_parse(&text, slashes, der, size, &at);
			if (wrong)
				return wrong;
			if (*text != '+')
				break;
			text++;
		}
		if (!wrap(der, size, rdn, &at, SET))
			return "the distinguished name is too long; expected at most 256 bytes of it";
		if (*text && !*++text)
			return "a distinguished name ends where a part should follow; expected NAME=VALUE, NAME=VALUE ...";
	}
	if (!at || !wrap(der, size, 0, &at, SEQUENCE) || !dn_valid(der, at))
		return "expected a distinguished name: C=AT, O=Example, CN=west";
	*len = at;
	return NULL;
}
