// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include <openssl/x509.h>

#include "certs.h"
#include "conn.h"
#include "creds.h"
#include "ctl_list.h"

struct list {
	unsigned int kinds;
	void (*put)(void *ctx, enum ctl_type type, const void *body);
	void *ctx;
};

static struct ctl_item item_of(const struct conn *c, unsigned int end, uint8_t kind)
{
	struct ctl_item item;

	memset(&item, 0, sizeof(item));
	item.kind = kind;
	item.end = end;
	memcpy(item.conn, c->conf.name, sizeof(item.conn));
	return item;
}

static void put_key(const struct list *l, const struct conn *c, unsigned int end, const struct conf_pubkey *key)
{
	struct ctl_item item = item_of(c, end, CTL_LIST_PUBKEYS);
	const struct conf_end *e = &c->conf.end[end];
	struct rsa_public pub;

	if (key->kind != CONF_PUBKEY_RSA || rsa_public_parse(key->data, key->len, &pub))
		return;
	item.subject = e->id.type ? e->id : e->addr.family ? conf_id_of_addr(&e->addr) : item.subject;
	snprintf(item.key, sizeof(item.key), "%u RSA", rsa_public_bits(&pub));
	rsa_keyid(key->data, key->len, item.keyid);
	item.has_private = creds_has_private_rsa(key->data, key->len);
	l->put(l->ctx, CTL_ITEM, &item);
}

static void put_cert(const struct list *l, const struct conn *c, unsigned int end)
{
	struct ctl_item item = item_of(c, end, CTL_LIST_CERTS);

	cert_describe(c->cert[end]->x, &item);
	item.has_private = creds_has_private(X509_get0_pubkey(c->cert[end]->x));
	l->put(l->ctx, CTL_ITEM, &item);
}

static void each_conn(void *ctx, struct conn *c)
{
	const struct list *l = ctx;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		if (l->kinds & CTL_LIST_PUBKEYS) {
			put_key(l, c, i, &c->conf.end[i].key);
			put_key(l, c, i, &c->conf.end[i].key2);
		}
		if (l->kinds & CTL_LIST_CERTS && c->cert[i])
			put_cert(l, c, i);
	}
}

static void each_trusted(void *ctx, const struct ctl_item *item)
{
	const struct list *l = ctx;

	l->put(l->ctx, CTL_ITEM, item);
}

void ctl_list(unsigned int kinds, void (*put)(void *ctx, enum ctl_type type, const void *body), void *ctx)
{
	struct list l = { kinds, put, ctx };

	loaded_each(each_conn, &l);
	trust_each(creds_trust(), kinds, each_trusted, &l);
}
