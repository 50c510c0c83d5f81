// SPDX-License-Identifier: GPL-2.0
/* Reading IKEv2 messages. What arrives is hostile: every length is checked before use. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "ike_payload.h"

/* Cuts @len bytes off the front: false when there are fewer. */
static bool take(struct view *from, size_t len, struct view *out)
{
	if (from->len < len)
		return false;
	out->p = from->p;
	out->len = len;
	from->p += len;
	from->len -= len;
	return true;
}

int ike_header_parse(struct view msg, struct ike_header *h)
{
	const uint8_t *p = msg.p;

	if (msg.len < IKE_HEADER_LEN)
		return -EBADMSG;
	h->spi_i = p;
	h->spi_r = p + IKE_SPI_LEN;
	h->next = p[16];
	h->version = p[17];
	h->exchange = p[18];
	h->flags = p[19];
	h->id = get_u32(p + 20);
	h->len = get_u32(p + 24);
	return h->len == msg.len ? 0 : -EBADMSG;
}

int ike_chain_parse(uint8_t first, struct view data, struct ike_payloads *out)
{
	struct ike_payload *pld;
	struct view head;
	uint8_t type = first;
	size_t len;

	out->n = 0;
	while (type != PLD_NONE) {
		if (out->n == IKE_MAX_PAYLOADS || !take(&data, IKE_GENERIC_LEN, &head))
			return -EBADMSG;
		len = get_u16(head.p + 2);
		pld = &out->list[out->n];
		if (len < IKE_GENERIC_LEN || !take(&data, len - IKE_GENERIC_LEN, &pld->body))
			return -EBADMSG;
		pld->type = type;
		pld->critical = head.p[1] & 0x80;
		pld->inside = head.p[0];
		out->n++;
		if (type == PLD_SK || type == PLD_SKF)
			break;
		type = head.p[0];
	}
	return data.len ? -EBADMSG : 0;
}

const struct ike_payload *ike_find(const struct ike_payloads *list, uint8_t type)
{
	unsigned int i;

	for (i = 0; i < list->n; i++)
		if (list->list[i].type == type)
			return &list->list[i];
	return NULL;
}

uint8_t ike_unknown_critical(const struct ike_payloads *list)
{
	unsigned int i;
	uint8_t type;

	for (i = 0; i < list->n; i++) {
		type = list->list[i].type;
		if (list->list[i].critical && (type < PLD_SA || type > PLD_EAP) && type != PLD_SKF)
			return type;
	}
	return 0;
}

int ike_notify_parse(struct view body, struct ike_notify *out)
{
	struct view head;

	if (!take(&body, 4, &head))
		return -EBADMSG;
	out->proto = head.p[0];
	out->type = get_u16(head.p + 2);
	if (!take(&body, head.p[1], &out->spi))
		return -EBADMSG;
	out->data = body;
	return 0;
}

bool ike_notify_find(const struct ike_payloads *list, uint16_t type, struct ike_notify *out)
{
	unsigned int i;

	for (i = 0; i < list->n; i++) {
		if (list->list[i].type != PLD_NOTIFY || ike_notify_parse(list->list[i].body, out))
			continue;
		if (out->type == type)
			return true;
	}
	return false;
}

uint16_t ike_notify_error(const struct ike_payloads *list)
{
	struct ike_notify n;
	unsigned int i;

	for (i = 0; i < list->n; i++) {
		if (list->list[i].type != PLD_NOTIFY || ike_notify_parse(list->list[i].body, &n))
			continue;
		if (n.type && n.type < IKE_NOTIFY_STATUS)
			return n.type;
	}
	return 0;
}

int ike_delete_parse(struct view body, struct ike_delete *out)
{
	struct view head;

	if (!take(&body, 4, &head))
		return -EBADMSG;
	out->proto = head.p[0];
	out->spi_len = head.p[1];
	out->n = get_u16(head.p + 2);
	out->spis = body.p;
	return (size_t)out->n * out->spi_len == body.len ? 0 : -EBADMSG;
}

int ike_ke_parse(struct view body, uint16_t *group, struct view *value)
{
	struct view head;

	if (!take(&body, 4, &head) || !body.len)
		return -EBADMSG;
	*group = get_u16(head.p);
	*value = body;
	return 0;
}

int ike_auth_parse(struct view body, uint8_t *method, struct view *data)
{
	struct view head;

	if (!take(&body, 4, &head) || !body.len)
		return -EBADMSG;
	*method = head.p[0];
	*data = body;
	return 0;
}

int ike_id_parse(struct view body, struct ike_id *out)
{
	struct view head;

	if (!take(&body, 4, &head) || !head.p[0] || body.len > sizeof(out->data))
		return -EBADMSG;
	if ((head.p[0] == ID_IPV4_ADDR && body.len != 4) ||
	    (head.p[0] == ID_IPV6_ADDR && body.len != 16))
		return -EBADMSG;
	memset(out, 0, sizeof(*out));
	out->type = head.p[0];
	out->len = body.len;
	memcpy(out->data, body.p, body.len);
	return 0;
}

static bool ts_usable(const struct ike_ts *ts)
{
	return ts->start_port <= ts->end_port && memcmp(ts->start, ts->end, 16) <= 0;
}

static int ts_one(struct view body, struct ike_ts *ts)
{
	size_t size = body.len == 16 ? 4 : 16;

	if (body.len != 16 && body.len != 40)
		return -EBADMSG;
	memset(ts, 0, sizeof(*ts));
	ts->family = size == 4 ? AF_INET : AF_INET6;
	ts->proto = body.p[1];
	ts->start_port = get_u16(body.p + 4);
	ts->end_port = get_u16(body.p + 6);
	memcpy(ts->start, body.p + 8, size);
	memcpy(ts->end, body.p + 8 + size, size);
	return 0;
}

int ike_ts_parse(struct view body, struct ike_ts_list *out)
{
	struct view head, one;
	struct ike_ts ts;
	unsigned int i, n;
	size_t len;

	out->n = 0;
	if (!take(&body, 4, &head))
		return -EBADMSG;
	n = head.p[0];
	for (i = 0; i < n; i++) {
		if (body.len < 4)
			return -EBADMSG;
		len = get_u16(body.p + 2);
		if (len < 4 || !take(&body, len, &one))
			return -EBADMSG;
		if (one.p[0] != TS_IPV4_RANGE && one.p[0] != TS_IPV6_RANGE)
			continue;
		if (ts_one(one, &ts) || (one.p[0] == TS_IPV4_RANGE) != (len == 16))
			return -EBADMSG;
		if (out->n < IKE_OFFERED_TS && ts_usable(&ts))
			out->list[out->n++] = ts;
	}
	return n && !body.len ? 0 : -EBADMSG;
}

/* RFC 7296 3.3.5: the only attribute is the key length, in the short form. */
static int attributes(struct view body, struct ike_transform *t)
{
	struct view head, value;
	uint16_t type;

	while (body.len) {
		if (!take(&body, 4, &head))
			return -EBADMSG;
		type = get_u16(head.p);
		if (type == (0x8000 | 14)) {
			if (t->keylen || !get_u16(head.p + 2))
				t->odd = true;
			t->keylen = get_u16(head.p + 2);
			continue;
		}
		t->odd = true;
		if (!(type & 0x8000) && !take(&body, get_u16(head.p + 2), &value))
			return -EBADMSG;
	}
	return 0;
}

/* The last-or-more byte must agree with the number that the proposal says, RFC 7296 3.3.2. */
static int transforms(struct view body, unsigned int n, struct ike_offers *out)
{
	struct ike_transform t;
	struct view one;
	unsigned int i;
	size_t len;

	for (i = 0; i < n; i++) {
		if (body.len < 8)
			return -EBADMSG;
		len = get_u16(body.p + 2);
		if (len < 8 || !take(&body, len, &one))
			return -EBADMSG;
		if (one.p[0] != (i + 1 < n ? 3 : 0))
			return -EBADMSG;
		memset(&t, 0, sizeof(t));
		t.type = one.p[4];
		t.id = get_u16(one.p + 6);
		if (attributes((struct view){ one.p + 8, one.len - 8 }, &t))
			return -EBADMSG;
		if (out->n_transforms < IKE_MAX_TRANSFORMS)
			out->transforms[out->n_transforms++] = t;
	}
	return body.len ? -EBADMSG : 0;
}

static int proposal(struct view one, struct ike_offers *out)
{
	struct ike_offer o;
	struct view spi;
	unsigned int n = one.p[7];
	bool whole;

	o.number = one.p[4];
	o.proto = one.p[5];
	o.spi_len = one.p[6];
	o.first = out->n_transforms;
	one.p += 8;
	one.len -= 8;
	if (!take(&one, o.spi_len, &spi) || transforms(one, n, out))
		return -EBADMSG;
	o.spi = spi.p;
	o.n = out->n_transforms - o.first;
	whole = o.n == n;
	if (whole && out->n < IKE_MAX_OFFERS)
		out->list[out->n++] = o;
	return 0;
}

int ike_sa_parse(struct view body, struct ike_offers *out)
{
	struct view one;
	size_t len;
	uint8_t more = 2;

	out->n = 0;
	out->n_transforms = 0;
	out->ike_spi_len = 0;
	while (more) {
		if (body.len < 8)
			return -EBADMSG;
		more = body.p[0];
		len = get_u16(body.p + 2);
		if ((more != 0 && more != 2) || len < 8 || !take(&body, len, &one))
			return -EBADMSG;
		if (proposal(one, out))
			return -EBADMSG;
	}
	return body.len ? -EBADMSG : 0;
}
