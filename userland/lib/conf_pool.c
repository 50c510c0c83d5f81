// SPDX-License-Identifier: GPL-2.0
/* Values of ipsec.conf that are about addresses for peers. */
#include <arpa/inet.h>
#include <string.h>

#include "conf.h"
#include "conf_value.h"

size_t conf_base_len(const char *name)
{
	size_t len = strlen(name), at;

	if (len < 4 || name[len - 1] != ']')
		return len;
	for (at = len - 1; at > 1 && name[at - 1] >= '0' && name[at - 1] <= '9'; at--)
		;
	return at < len - 1 && name[at - 1] == '[' ? at - 1 : len;
}

static bool is_ip(const char *text, size_t len, struct ip_addr *addr)
{
	char one[ADDR_TEXT];

	memset(addr, 0, sizeof(*addr));
	if (!len || len >= sizeof(one))
		return false;
	memcpy(one, text, len);
	one[len] = '\0';
	return !addr_parse(one, AF_UNSPEC, addr) && !addr_is_any(addr);
}

/* Where its number is: all of it, or the last 8 bytes. The rest is the same in all of a pool. */
static unsigned int number_len(int family)
{
	return family == AF_INET ? 4 : 8;
}

static uint64_t number_of(const struct ip_addr *addr)
{
	unsigned int end = addr_len(addr->family), at = end - number_len(addr->family);
	uint64_t n = 0;

	for (; at < end; at++)
		n = n << 8 | addr->u.bytes[at];
	return n;
}

static void set_number(struct ip_addr *addr, uint64_t n)
{
	unsigned int at = addr_len(addr->family), i;

	for (i = 0; i < number_len(addr->family); i++, n >>= 8)
		addr->u.bytes[--at] = n;
}

/*
 * The hosts of @net: neither the network itself nor its broadcast address; of IPv6, which has none, not the first, which is
 * of any router there (RFC 4291 2.6.1).
 */
static void hosts_of(const struct subnet *net, struct conf_range *range)
{
	unsigned int bits = addr_bits(net->addr.family) - net->plen;
	uint64_t first = number_of(&net->addr), last = first | (bits ? UINT64_MAX >> (64 - bits) : 0);

	range->first = range->last = net->addr;
	set_number(&range->first, first + (bits > 1));
	set_number(&range->last, last - (bits > 1 && net->addr.family == AF_INET));
}

bool conf_pool_ok(const struct conf_range *pool)
{
	const struct ip_addr *first = &pool->first, *last = &pool->last;

	if (!addr_len(first->family) || first->family != last->family || addr_is_any(first) || number_of(first) > number_of(last))
		return false;
	return first->family == AF_INET ? number_of(last) - number_of(first) < 1 << 24 :
	       !memcmp(first->u.bytes, last->u.bytes, 16 - number_len(AF_INET6));
}

/* FIRST-LAST or NET/BITS. */
static bool one_range(const char *text, struct conf_range *range)
{
	const char *dash = strchr(text, '-');
	struct subnet net;

	memset(range, 0, sizeof(*range));
	memset(&net, 0, sizeof(net));
	if (dash)
		return is_ip(text, dash - text, &range->first) && is_ip(dash + 1, strlen(dash + 1), &range->last) &&
		       conf_pool_ok(range);
	if (subnet_parse(text, AF_UNSPEC, &net) || net.plen < (net.addr.family == AF_INET ? 8 : 64) || addr_is_any(&net.addr))
		return false;
	hosts_of(&net, range);
	return true;
}

const char *conf_value_pool(const char *text, void *field)
{
	struct conf_range range;

	if (strchr(text, ','))
		return "a conn is one tunnel of one family, and has one pool; expected a conn for each of them, which may share the rest by also=";
	if (!one_range(text, &range))
		return "expected FIRST-LAST (10.9.0.1-10.9.0.99) or NET/BITS, of IPv4 at most 16777216 addresses, of IPv6 all of one /64";
	*(struct conf_range *)field = range;
	return NULL;
}

const char *conf_value_ip(const char *text, void *field)
{
	struct ip_addr addr;

	if (!is_ip(text, strlen(text), &addr))
		return "expected an address";
	*(struct ip_addr *)field = addr;
	return NULL;
}

const char *conf_value_dns(const char *text, void *field)
{
	static const char expected[] = "expected one to 4 addresses";
	struct ip_addr list[CONF_DNS];
	unsigned int n = 0;
	size_t len;

	memset(list, 0, sizeof(list));
	for (text += strspn(text, " \t,"); *text; text += strspn(text, " \t,")) {
		len = strcspn(text, " \t,");
		if (n == CONF_DNS || !is_ip(text, len, &list[n++]))
			return expected;
		text += len;
	}
	if (!n)
		return expected;
	memcpy(field, list, sizeof(list));
	return NULL;
}

unsigned int conf_pool_nets(const struct conf_range *pool, struct subnet nets[CONF_POOL_NETS])
{
	unsigned int n = 0, bits;
	uint64_t at, last;

	if (!conf_pool_ok(pool))
		return 0;
	last = number_of(&pool->last);
	at = number_of(&pool->first);
	do {
		/* As much as begins here and ends in time. */
		for (bits = 0; bits < 63 && !(at >> bits & 1) && (2ULL << bits) - 1 <= last - at; bits++)
			;
		memset(&nets[n], 0, sizeof(nets[n]));
		nets[n].addr = pool->first;
		set_number(&nets[n].addr, at);
		nets[n++].plen = addr_bits(pool->first.family) - bits;
		at += 1ULL << bits;
	} while (at - 1 != last && n < CONF_POOL_NETS);
	return n;
}

/* ---- clients that the peer chooses ---- */

/* "%v4:10.0.0.0/8" or "%v6:!fd00::/8", of @len bytes. */
static bool one_net(const char *text, size_t len, struct conf_nets *nets)
{
	char word[SUBNET_TEXT + 8], *at = word + 4;
	int family;

	if (len >= sizeof(word) || nets->n == CONF_VIRTUAL)
		return false;
	memcpy(word, text, len);
	word[len] = '\0';
	family = !strncasecmp(word, "%v4:", 4) ? AF_INET : !strncasecmp(word, "%v6:", 4) ? AF_INET6 : 0;
	if (!family)
		return false;
	nets->except[nets->n] = *at == '!';
	at += *at == '!';
	memset(&nets->net[nets->n], 0, sizeof(nets->net[0]));
	return *at && !subnet_parse(at, family, &nets->net[nets->n++]);
}

const char *conf_nets_parse(const char *text, struct conf_nets *nets)
{
	static const char expected[] = "expected one to 16 of %v4:NET/BITS, %v6:NET/BITS, %v4:!NET/BITS and %v6:!NET/BITS, with commas between";
	size_t len, rest;

	memset(nets, 0, sizeof(*nets));
	for (;; text += rest + 1) {
		text += strspn(text, " \t");
		len = strcspn(text, ", \t");
		rest = len + strspn(text + len, " \t");
		if (!one_net(text, len, nets) || (text[rest] && text[rest] != ','))
			return expected;
		if (!text[rest])
			return NULL;
	}
}

const char *conf_value_virtual(const char *text, void *field)
{
	struct conf_nets nets;

	if (strlen(text) >= CONF_VIRTUAL_TEXT)
		return "expected at most 511 characters";
	strcpy(field, text);
	return conf_nets_parse(text, &nets);
}

static bool vhost_word(const char *text, size_t len, struct conf_vhost *v)
{
	if (len == 3 && !strncasecmp(text, "%no", len))
		v->host = true;
	else if (len == 5 && !strncasecmp(text, "%priv", len))
		v->priv = true;
	else if (len == 4 && !strncasecmp(text, "%all", len))
		v->all = true;
	else
		return one_net(text, len, &v->own);
	return true;
}

const char *conf_vhost_parse(const char *text, struct conf_vhost *v)
{
	static const char expected[] = "expected vhost: or vnet: with some of %no, %priv, %all, %v4:NET/BITS, %v6:NET/BITS, %v4:!NET/BITS, %v6:!NET/BITS, with commas between";
	size_t len;

	memset(v, 0, sizeof(*v));
	if (strlen(text) >= CONF_VHOST_TEXT)
		return "expected at most 127 characters";
	v->nets = !strncasecmp(text, "vnet:", 5);
	for (text = strchr(text, ':'); text && *text; text += len) {
		text++;
		len = strcspn(text, ",");
		if (!vhost_word(text, len, v))
			return expected;
	}
	return text ? NULL : expected;
}

/* ---- does it fit together ---- */

/* An end that gets an address of the other one. */
static const char *client_wrong(const struct conf_conn *conn, const struct conf_end *client)
{
	if (client->pool.first.family && client->host != CONF_HOST_ANY)
		return "addresspool= of an end that is not %any; expected it at the peers that get an address, right=%any";
	if (client->pool.first.family && client->cfgclient == CONF_NO)
		return "modecfgclient=no beside addresspool= of the same end; expected one of them";
	if (!conf_end_lent(client))
		return NULL;
	if (client->host == CONF_HOST_ANY && !client->pool.first.family)
		return "modecfgclient=yes of an end that is %any; expected addresspool= there, too: what the peers get";
	if (client->subnet.addr.family || client->sourceip.family)
		return "subnet= or sourceip= of an end that gets its address from the other; expected neither";
	if (conn->alias[0])
		return "several subnets with an address that is asked for; expected one rightsubnet=";
	if (conn->type == CONF_TRANSPORT)
		return "type=transport with an address that is asked for; expected type=tunnel";
	if (conn->dpdaction == CONF_DPD_HOLD && client->host != CONF_HOST_ANY)
		return "dpdaction=hold with modecfgclient=yes: there is no address that packets to be held could have; expected restart or clear";
	if (conn->startup == CONF_AUTO_ROUTE)
		return "auto=route with modecfgclient=yes: there is no address that packets could have before; expected auto=start or auto=add";
	return NULL;
}

const char *conf_addresses_wrong(const struct conf_conn *conn)
{
	const struct conf_end *left = &conn->end[0], *right = &conn->end[1];
	const char *wrong = client_wrong(conn, left);
	struct ip_addr dns[CONF_DNS + 6];

	if (!wrong)
		wrong = client_wrong(conn, right);
	if (wrong)
		return wrong;
	if (conf_end_lent(left) && conf_end_lent(right))
		return "both ends get an address of the other; expected one of them to give it";
	if ((left->cfgserver == CONF_YES && !conf_end_lent(right)) || (right->cfgserver == CONF_YES && !conf_end_lent(left)))
		return "modecfgserver=yes, and the other end gets no address; expected addresspool= or modecfgclient=yes there";
	if ((left->cfgserver == CONF_NO && conf_end_lent(right)) || (right->cfgserver == CONF_NO && conf_end_lent(left)))
		return "modecfgserver=no, and the other end gets an address: addresspool= or modecfgclient=yes there; expected modecfgserver=yes, or neither of them";
	if (conf_conn_dns(conn, dns) && !left->pool.first.family && !right->pool.first.family)
		return "modecfgdns= without addresspool=; expected both: name servers go with an address";
	return NULL;
}

unsigned int conf_conn_dns(const struct conf_conn *conn, struct ip_addr dns[CONF_DNS + 6])
{
	const struct ip_addr *all[] = {
		&conn->dns[0], &conn->dns[1], &conn->dns[2], &conn->dns[3], &conn->dns1, &conn->dns2, &conn->end[0].dns1,
		&conn->end[0].dns2, &conn->end[1].dns1, &conn->end[1].dns2,
	};
	unsigned int i, n = 0;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i]->family)
			dns[n++] = *all[i];
	return n;
}
