// SPDX-License-Identifier: GPL-2.0
/* Writing IKEv2 messages. A message that does not fit is marked full and never sent. */
#include <string.h>
#include <sys/socket.h>

#include "ike_payload.h"

void w_init(struct ike_writer *w, void *buf, size_t cap)
{
	memset(w, 0, sizeof(*w));
	w->buf = buf;
	w->cap = cap;
	w->next = &w->first;
}

void w_bytes(struct ike_writer *w, const void *p, size_t len)
{
	if (w->full || len > w->cap - w->len) {
		w->full = true;
		return;
	}
	if (len)
		memcpy(w->buf + w->len, p, len);
	w->len += len;
}

void w_u8(struct ike_writer *w, uint8_t v)
{
	w_bytes(w, &v, 1);
}

void w_u16(struct ike_writer *w, uint16_t v)
{
	uint8_t b[2];

	put_u16(b, v);
	w_bytes(w, b, 2);
}

void w_u32(struct ike_writer *w, uint32_t v)
{
	uint8_t b[4];

	put_u32(b, v);
	w_bytes(w, b, 4);
}

void w_header(struct ike_writer *w, const uint8_t *spi_i, const uint8_t *spi_r,
	      uint8_t exchange, uint8_t flags, uint32_t id)
{
	static const uint8_t none[IKE_SPI_LEN];

	w_bytes(w, spi_i, IKE_SPI_LEN);
	w_bytes(w, spi_r ? spi_r : none, IKE_SPI_LEN);
	w_u8(w, PLD_NONE);
	w_u8(w, IKE_VERSION_2);
	w_u8(w, exchange);
	w_u8(w, flags);
	w_u32(w, id);
	w_u32(w, 0);
	if (!w->full)
		w->next = w->buf + 16;
}

void w_finish(struct ike_writer *w)
{
	if (!w->full && w->len >= IKE_HEADER_LEN)
		put_u32(w->buf + 24, w->len);
}

void w_begin(struct ike_writer *w, uint8_t type)
{
	static const uint8_t head[IKE_GENERIC_LEN];

	w->open = w->len;
	w_bytes(w, head, sizeof(head));
	if (w->full)
		return;
	*w->next = type;
	w->next = w->buf + w->open;
}

void w_end(struct ike_writer *w)
{
	if (w->len - w->open > UINT16_MAX)
		w->full = true;
	if (!w->full)
		put_u16(w->buf + w->open + 2, w->len - w->open);
}

void w_notify_spi(struct ike_writer *w, uint8_t proto, const uint8_t *spi, uint8_t spi_len, uint16_t type)
{
	w_begin(w, PLD_NOTIFY);
	w_u8(w, proto);
	w_u8(w, spi_len);
	w_u16(w, type);
	w_bytes(w, spi, spi_len);
	w_end(w);
}

void w_notify(struct ike_writer *w, uint16_t type, const void *data, size_t len)
{
	w_begin(w, PLD_NOTIFY);
	w_u8(w, 0);
	w_u8(w, 0);
	w_u16(w, type);
	w_bytes(w, data, len);
	w_end(w);
}

void w_ke(struct ike_writer *w, uint16_t group, const void *value, size_t len)
{
	w_begin(w, PLD_KE);
	w_u16(w, group);
	w_u16(w, 0);
	w_bytes(w, value, len);
	w_end(w);
}

void w_nonce(struct ike_writer *w, const void *nonce, size_t len)
{
	w_begin(w, PLD_NONCE);
	w_bytes(w, nonce, len);
	w_end(w);
}

void w_id(struct ike_writer *w, uint8_t type, const struct ike_id *id)
{
	w_begin(w, type);
	w_u8(w, id->type);
	w_u8(w, 0);
	w_u16(w, 0);
	w_bytes(w, id->data, id->len);
	w_end(w);
}

void w_auth(struct ike_writer *w, uint8_t method, const void *data, size_t len)
{
	w_begin(w, PLD_AUTH);
	w_u8(w, method);
	w_u8(w, 0);
	w_u16(w, 0);
	w_bytes(w, data, len);
	w_end(w);
}

void w_ts(struct ike_writer *w, uint8_t type, const struct ike_ts *list, unsigned int n)
{
	size_t size;

	w_begin(w, type);
	w_u8(w, n);
	w_u8(w, 0);
	w_u16(w, 0);
	for (; n; n--, list++) {
		size = list->family == AF_INET ? 4 : 16;
		w_u8(w, list->family == AF_INET ? TS_IPV4_RANGE : TS_IPV6_RANGE);
		w_u8(w, list->proto);
		w_u16(w, 8 + 2 * size);
		w_u16(w, list->start_port);
		w_u16(w, list->end_port);
		w_bytes(w, list->start, size);
		w_bytes(w, list->end, size);
	}
	w_end(w);
}

void w_delete_ike(struct ike_writer *w)
{
	w_begin(w, PLD_DELETE);
	w_u8(w, PROTO_IKE);
	w_u8(w, 0);
	w_u16(w, 0);
	w_end(w);
}

void w_delete_esp(struct ike_writer *w, const uint8_t *spis, unsigned int n)
{
	w_begin(w, PLD_DELETE);
	w_u8(w, PROTO_ESP);
	w_u8(w, 4);
	w_u16(w, n);
	w_bytes(w, spis, 4 * n);
	w_end(w);
}
