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

static bool is_ip4(const char *text, size_t len, struct ip_addr *addr)
{
	char one[ADDR_TEXT];

	memset(addr, 0, sizeof(*addr));
	if (!len || len >= sizeof(one))
		return false;
	memcpy(one, text, len);
	one[len] = '\0';
	return !addr_parse(one, AF_INET, addr) && !addr_is_any(addr);
}

static uint32_t number_of(const struct ip_addr *addr)
{
	uint32_t n;

	memcpy(&n, addr->u.bytes, 4);
	return ntohl(n);
}

/* The hosts of @net: not the network itself, and not its broadcast address. */
static void hosts_of(const struct subnet *net, struct conf_range *range)
{
	uint32_t first = number_of(&net->addr), last;
	bool small = net->plen >= 31;

	last = first | (net->plen < 32 ? UINT32_MAX >> net->plen : 0);
	first = htonl(small ? first : first + 1);
	last = htonl(small ? last : last - 1);
	addr_from_bytes(&range->first, AF_INET, (const uint8_t *)&first, 4);
	addr_from_bytes(&range->last, AF_INET, (const uint8_t *)&last, 4);
}

const char *conf_value_pool(const char *text, void *field)
{
	static const char expected[] = "expected FIRST-LAST (10.9.0.1-10.9.0.99) or NET/BITS of IPv4 addresses, at most 16777216 of them";
	const char *dash = strchr(text, '-');
	struct conf_range range;
	struct subnet net;

	memset(&range, 0, sizeof(range));
	memset(&net, 0, sizeof(net));
	if (dash) {
		if (!is_ip4(text, dash - text, &range.first) || !is_ip4(dash + 1, strlen(dash + 1), &range.last) ||
		    number_of(&range.last) < number_of(&range.first) || number_of(&range.last) - number_of(&range.first) >= 1 << 24)
			return expected;
	} else {
		if (subnet_parse(text, AF_INET, &net) || net.plen < 8 || addr_is_any(&net.addr))
			return expected;
		hosts_of(&net, &range);
	}
	*(struct conf_range *)field = range;
	return NULL;
}

const char *conf_value_dns(const char *text, void *field)
{
	static const char expected[] = "expected one to 4 IPv4 addresses";
	struct ip_addr list[CONF_DNS];
	unsigned int n = 0;
	size_t len;

	memset(list, 0, sizeof(list));
	for (text += strspn(text, " \t,"); *text; text += strspn(text, " \t,")) {
		len = strcspn(text, " \t,");
		if (n == CONF_DNS || !is_ip4(text, len, &list[n++]))
			return expected;
		text += len;
	}
	if (!n)
		return expected;
	memcpy(field, list, sizeof(list));
	return NULL;
}
