// SPDX-License-Identifier: GPL-2.0
/* Subnets: an address and how many of its bits count. */
#include <stdio.h>
#include <string.h>

#include "subnet.h"
#include "value.h"

bool subnet_set(struct subnet *subnet, const struct ip_addr *addr,
		unsigned int plen)
{
	unsigned int len = addr_len(addr->family);

	if (!len || plen > len * 8)
		return false;
	subnet->addr = *addr;
	subnet->plen = plen;
	for (unsigned int i = 0; i < len; i++) {
		unsigned int keep = plen > i * 8 ? plen - i * 8 : 0;

		if (keep < 8)
			subnet->addr.u.bytes[i] &= 0xff00 >> keep;
	}
	return true;
}

struct subnet subnet_host(const struct ip_addr *addr)
{
	return (struct subnet){ *addr, addr_bits(addr->family) };
}

/* How many ones @mask begins with; false where a one follows a zero. */
static bool mask_bits(const struct ip_addr *mask, unsigned int *plen)
{
	struct subnet s;
	unsigned int n = 0;

	while (n < addr_bits(mask->family) &&
	       mask->u.bytes[n / 8] & (0x80 >> n % 8))
		n++;
	*plen = n;
	return subnet_set(&s, mask, n) && addr_equal(&s.addr, mask);
}

/* What is behind the slash. */
static const char *parse_mask(const char *text, int family, unsigned int *plen)
{
	struct ip_addr mask;
	uint64_t n;

	if (strpbrk(text, ".:")) {
		if (addr_parse(text, family, &mask))
			return "netmask is not an address of the same family";
		return mask_bits(&mask, plen) ? NULL : "non-contiguous netmask";
	}
	if (!*text)
		return "nothing behind the / of the subnet";
	if (strchr(text, 'x') || number_parse(text, 0, addr_bits(family), &n))
		return family == AF_INET ? "subnet bits are not 0 to 32" :
					   "subnet bits are not 0 to 128";
	*plen = n;
	return NULL;
}

const char *subnet_parse(const char *text, int family, struct subnet *subnet)
{
	const char *slash = strchr(text, '/'), *err;
	char addr_text[ADDR_TEXT];
	struct ip_addr addr;
	unsigned int plen;

	if (!*text)
		return "empty string";
	if (!strcmp(text, "%default") || !strcmp(text, "0/0")) {
		text = "0.0.0.0/0";
		slash = strchr(text, '/');
	}
	if (!slash) {
		err = addr_parse(text, family, &addr);
		if (!err)
			*subnet = subnet_host(&addr);
		return err;
	}
	if ((size_t)(slash - text) >= sizeof(addr_text))
		return "address of the subnet is too long";
	memcpy(addr_text, text, slash - text);
	addr_text[slash - text] = '\0';
	err = addr_parse(addr_text, family, &addr);
	if (!err)
		err = parse_mask(slash + 1, addr.family, &plen);
	if (!err)
		subnet_set(subnet, &addr, plen);
	return err;
}

char *subnet_format(const struct subnet *subnet, char buf[SUBNET_TEXT])
{
	char addr[ADDR_TEXT];

	snprintf(buf, SUBNET_TEXT, "%s/%u", addr_format(&subnet->addr, addr),
		 subnet->plen);
	return buf;
}

bool subnet_contains(const struct subnet *subnet, const struct ip_addr *addr)
{
	struct subnet s;

	return addr->family == subnet->addr.family &&
	       subnet_set(&s, addr, subnet->plen) &&
	       addr_equal(&s.addr, &subnet->addr);
}

bool subnet_within(const struct subnet *outer, const struct subnet *inner)
{
	return inner->plen >= outer->plen &&
	       subnet_contains(outer, &inner->addr);
}

int subnet_cmp(const struct subnet *a, const struct subnet *b)
{
	int order = addr_cmp(&a->addr, &b->addr);

	return order ? order : (int)a->plen - (int)b->plen;
}

bool subnet_equal(const struct subnet *a, const struct subnet *b)
{
	return !subnet_cmp(a, b);
}
