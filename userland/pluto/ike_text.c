// SPDX-License-Identifier: GPL-2.0
/* Text of addresses and identities. */
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "dn.h"
#include "ike_names.h"
#include "ike_text.h"

void t_init(struct text *t, char *buf, size_t cap)
{
	t->buf = buf;
	t->cap = cap;
	t->len = 0;
	buf[0] = '\0';
}

void t_add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->buf + t->len, t->cap - t->len, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if ((size_t)n < t->cap - t->len) {
		t->len += n;
		return;
	}
	t->len = t->cap - 1;
	if (t->cap > 4)
		memcpy(t->buf + t->cap - 4, "...", 4);
}

size_t ike_addr_len(uint8_t family)
{
	return family == AF_INET ? 4 : family == AF_INET6 ? 16 : 0;
}

static void addr_add(struct text *t, uint8_t family, const uint8_t *bytes)
{
	char buf[INET6_ADDRSTRLEN];

	if (ike_addr_len(family) && inet_ntop(family, bytes, buf, sizeof(buf)))
		t_add(t, "%s", buf);
	else
		t_add(t, "%%any");
}

char *ike_addr_text(const struct ike_addr *a, char *buf)
{
	struct text t;

	t_init(&t, buf, IKE_ADDR_TEXT);
	addr_add(&t, a->family, a->bytes);
	return buf;
}

char *ike_peer_text(const struct ike_addr *a, char *buf)
{
	struct text t;

	t_init(&t, buf, IKE_ADDR_TEXT);
	addr_add(&t, a->family, a->bytes);
	if (a->family && a->port != 500)
		t_add(&t, " port %u", a->port);
	return buf;
}

static bool printable(const uint8_t *p, size_t len)
{
	for (; len; len--, p++)
		if (*p <= ' ' || *p > '~' || *p == '"')
			return false;
	return true;
}

static void bytes_add(struct text *t, const char *mark, const uint8_t *p, size_t len)
{
	if (len && printable(p, len)) {
		t_add(t, "%s%.*s", mark, (int)len, (const char *)p);
		return;
	}
	t_add(t, "@#0x");
	for (; len; len--, p++)
		t_add(t, "%02x", *p);
}

char *ike_id_text(const struct ike_id *id, char *buf)
{
	struct text t;

	t_init(&t, buf, IKE_ID_TEXT);
	switch (id->type) {
	case 0:
		t_add(&t, "%%any");
		break;
	case ID_IPV4_ADDR:
		addr_add(&t, AF_INET, id->data);
		break;
	case ID_IPV6_ADDR:
		addr_add(&t, AF_INET6, id->data);
		break;
	case ID_FQDN:
		bytes_add(&t, "@", id->data, id->len);
		break;
	case ID_RFC822_ADDR:
		bytes_add(&t, "", id->data, id->len);
		break;
	case ID_DER_ASN1_DN:
		dn_format(id->data, id->len, buf, IKE_ID_TEXT);
		break;
	case ID_NULL:
		t_add(&t, "%%null");
		break;
	case ID_KEY_ID:
		bytes_add(&t, "@[", id->data, id->len);
		if (id->len && printable(id->data, id->len))
			t_add(&t, "]");
		break;
	default:
		t_add(&t, "(type %u) ", id->type);
		bytes_add(&t, "", id->data, id->len);
	}
	return buf;
}

/* Length of the prefix that is exactly start to end, or -1. */
static int prefix_len(const struct ike_ts *ts)
{
	int bits = ike_addr_len(ts->family) * 8, i, n;

	for (n = 0; n < bits; n++)
		if ((ts->start[n / 8] ^ ts->end[n / 8]) & (0x80 >> n % 8))
			break;
	for (i = n; i < bits; i++) {
		if (ts->start[i / 8] & (0x80 >> i % 8))
			return -1;
		if (!(ts->end[i / 8] & (0x80 >> i % 8)))
			return -1;
	}
	return n;
}

static void ts_add(struct text *t, const struct ike_ts *ts)
{
	int len = prefix_len(ts);

	addr_add(t, ts->family, ts->start);
	if (len >= 0) {
		t_add(t, "/%d", len);
	} else {
		t_add(t, "-");
		addr_add(t, ts->family, ts->end);
	}
	if (ts->proto || ts->start_port || ts->end_port != 65535)
		t_add(t, " protocol %u", ts->proto);
	if (ts->start_port == ts->end_port)
		t_add(t, " port %u", ts->start_port);
	else if (ts->start_port || ts->end_port != 65535)
		t_add(t, " ports %u-%u", ts->start_port, ts->end_port);
}

char *ike_ts_text(const struct ike_ts *list, unsigned int n, char *buf)
{
	struct text t;
	unsigned int i;

	t_init(&t, buf, IKE_TS_TEXT);
	for (i = 0; i < n; i++) {
		if (i)
			t_add(&t, ", ");
		ts_add(&t, &list[i]);
	}
	if (!n)
		t_add(&t, "nothing");
	return buf;
}

bool ike_addr_equal(const struct ike_addr *a, const struct ike_addr *b)
{
	return a->family == b->family && !memcmp(a->bytes, b->bytes, ike_addr_len(a->family));
}

bool ike_id_equal(const struct ike_id *a, const struct ike_id *b)
{
	if (a->type == ID_DER_ASN1_DN && b->type == ID_DER_ASN1_DN)
		return dn_match(a->data, a->len, b->data, b->len, false);
	return a->type == b->type && a->len == b->len && !memcmp(a->data, b->data, a->len);
}

bool ike_id_match(const struct ike_id *want, const struct ike_id *got)
{
	if (want->type == ID_DER_ASN1_DN && got->type == ID_DER_ASN1_DN)
		return dn_match(want->data, want->len, got->data, got->len, true);
	return ike_id_equal(want, got);
}

bool ike_id_wild(const struct ike_id *id)
{
	return id->type == ID_DER_ASN1_DN && dn_wild(id->data, id->len);
}
