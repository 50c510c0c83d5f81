// SPDX-License-Identifier: GPL-2.0
/* IKE identities as text (inventory 7.7; RFC 7296 3.5). */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "conf.h"
#include "dn.h"
#include "ttodata.h"

static const char *id_set(struct conf_id *id, uint8_t type, const void *data, size_t len)
{
	if (!len || len > sizeof(id->data))
		return "expected an identity of 1 to 256 bytes";
	memset(id, 0, sizeof(*id));
	id->type = type;
	id->len = len;
	memcpy(id->data, data, len);
	return NULL;
}

static const char *key_id_parse(const char *text, struct conf_id *id)
{
	uint8_t data[sizeof(id->data)];
	size_t len = strlen(text);

	if (text[0] == '[') {
		if (len < 3 || text[len - 1] != ']')
			return "expected @[text]";
		return id_set(id, CONF_ID_KEY, text + 1, len - 2);
	}
	if (!strncasecmp(text, "#0x", 3))
		text += 2;
	if (ttodata_base(text + 1, strlen(text + 1), 16, data, sizeof(data), &len))
		return "expected an even number of hexadecimal digits after @#";
	return id_set(id, CONF_ID_KEY, data, len);
}

static const char *dn_id_parse(const char *text, struct conf_id *id)
{
	uint8_t der[sizeof(id->data)];
	const char *wrong;
	size_t len;

	if (text[0] == '@') {
		wrong = ttodata_base(text + 2, strlen(text + 2), 16, der, sizeof(der), &len);
		if (wrong || !dn_valid(der, len))
			return "expected the DER of a distinguished name in hexadecimal digits after @~";
	} else {
		wrong = dn_parse(text, der, sizeof(der), &len);
		if (wrong)
			return wrong;
	}
	return id_set(id, CONF_ID_DN, der, len);
}

static bool name_ok(const char *text)
{
	for (; *text; text++)
		if (!isgraph((unsigned char)*text))
			return false;
	return true;
}

struct conf_id conf_id_of_addr(const struct ip_addr *addr)
{
	struct conf_id id;

	memset(&id, 0, sizeof(id));
	if (addr->family == AF_UNSPEC)
		return id;
	id.type = addr->family == AF_INET ? CONF_ID_IPV4 : CONF_ID_IPV6;
	id.len = addr_len(addr->family);
	memcpy(id.data, addr->u.bytes, id.len);
	return id;
}

const char *conf_id_parse(const char *text, struct conf_id *id)
{
	struct ip_addr addr;

	if (!strcasecmp(text, "%null")) {
		memset(id, 0, sizeof(*id));
		id->type = CONF_ID_NULL;
		return NULL;
	}
	if (text[0] == '@' && (text[1] == '#' || text[1] == '['))
		return key_id_parse(text + 1, id);
	if (text[0] == '@' && text[1] == '~')
		return dn_id_parse(text, id);
	if (text[0] == '@' && name_ok(text))
		return id_set(id, CONF_ID_FQDN, text + 1, strlen(text + 1));
	if (!addr_parse(text, AF_UNSPEC, &addr) && !addr_is_any(&addr)) {
		*id = conf_id_of_addr(&addr);
		return NULL;
	}
	if (strchr(text, '='))
		return dn_id_parse(text, id);
	if (strchr(text, '@') && name_ok(text))
		return id_set(id, CONF_ID_RFC822, text, strlen(text));
	return "expected an address, @name, user@name, @#hex, @[text], or a distinguished name";
}

static void format_text(const struct conf_id *id, const char *lead, char *buf)
{
	char *to = stpcpy(buf, lead);
	unsigned int i;

	for (i = 0; i < id->len; i++)
		*to++ = isgraph(id->data[i]) ? id->data[i] : '?';
	*to = '\0';
}

static void format_hex(const struct conf_id *id, char *buf)
{
	char *to = stpcpy(buf, "@#");
	unsigned int i;

	for (i = 0; i < id->len; i++)
		to += sprintf(to, "%02x", id->data[i]);
}

char *conf_id_format(const struct conf_id *id, char buf[CONF_ID_TEXT])
{
	struct ip_addr addr;

	if (id->len > sizeof(id->data))
		return strcpy(buf, "(malformed)");
	switch (id->type) {
	case CONF_ID_NONE:
		return strcpy(buf, "(none)");
	case CONF_ID_ANY:
		return strcpy(buf, "%any");
	case CONF_ID_IPV4:
	case CONF_ID_IPV6:
		if (!addr_from_bytes(&addr, id->type == CONF_ID_IPV4 ? AF_INET : AF_INET6,
				     id->data, id->len))
			return strcpy(buf, "(malformed)");
		return addr_format(&addr, buf);
	case CONF_ID_NULL:
		return strcpy(buf, "%null");
	case CONF_ID_FROMCERT:
		return strcpy(buf, "%fromcert");
	case CONF_ID_DN:
		return dn_format(id->data, id->len, buf, CONF_ID_TEXT);
	case CONF_ID_FQDN:
		format_text(id, "@", buf);
		return buf;
	case CONF_ID_RFC822:
		format_text(id, "", buf);
		return buf;
	default:
		format_hex(id, buf);
		return buf;
	}
}

bool conf_id_equal(const struct conf_id *a, const struct conf_id *b)
{
	if (a->type != b->type || a->len > sizeof(a->data) || b->len > sizeof(b->data))
		return false;
	if (a->type == CONF_ID_DN)
		return dn_match(a->data, a->len, b->data, b->len, false);
	if (a->len != b->len)
		return false;
	if (a->type == CONF_ID_FQDN || a->type == CONF_ID_RFC822)
		return !strncasecmp((const char *)a->data, (const char *)b->data, a->len);
	return !memcmp(a->data, b->data, a->len);
}
