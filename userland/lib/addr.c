// SPDX-License-Identifier: GPL-2.0
/* IP addresses of either family: text, sockaddr, comparison. */
#include <arpa/inet.h>
#include <string.h>

#include "addr.h"

unsigned int addr_len(int family)
{
	return family == AF_INET ? 4 : family == AF_INET6 ? 16 : 0;
}

unsigned int addr_bits(int family)
{
	return addr_len(family) * 8;
}

const char *addr_parse(const char *text, int family, struct ip_addr *addr)
{
	struct ip_addr a = { 0 };

	if (!*text)
		return "empty string";
	if (family == AF_UNSPEC)
		family = strchr(text, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(family, text, a.u.bytes) != 1)
		return family == AF_INET ? "not an IPv4 address" :
					   "not an IPv6 address";
	a.family = family;
	*addr = a;
	return NULL;
}

char *addr_format(const struct ip_addr *addr, char buf[ADDR_TEXT])
{
	if (!addr_len(addr->family) ||
	    !inet_ntop(addr->family, addr->u.bytes, buf, ADDR_TEXT))
		strcpy(buf, "none");
	return buf;
}

int addr_cmp(const struct ip_addr *a, const struct ip_addr *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->u.bytes, b->u.bytes, addr_len(a->family));
}

bool addr_equal(const struct ip_addr *a, const struct ip_addr *b)
{
	return !addr_cmp(a, b);
}

bool addr_is_any(const struct ip_addr *addr)
{
	static const uint8_t zero[16];
	unsigned int len = addr_len(addr->family);

	return len && !memcmp(addr->u.bytes, zero, len);
}

struct ip_addr addr_any(int family)
{
	return (struct ip_addr){ .family = family };
}

bool addr_from_bytes(struct ip_addr *addr, int family, const void *bytes,
		     size_t len)
{
	if (!addr_len(family) || addr_len(family) != len)
		return false;
	memset(addr, 0, sizeof(*addr));
	addr->family = family;
	memcpy(addr->u.bytes, bytes, len);
	return true;
}

socklen_t addr_to_sockaddr(const struct ip_addr *addr, in_port_t port,
			   struct sockaddr_storage *ss)
{
	struct sockaddr_in6 *sin6 = (void *)ss;
	struct sockaddr_in *sin = (void *)ss;

	memset(ss, 0, sizeof(*ss));
	ss->ss_family = addr->family;
	switch (addr->family) {
	case AF_INET:
		sin->sin_port = port;
		memcpy(&sin->sin_addr, addr->u.bytes, 4);
		return sizeof(*sin);
	case AF_INET6:
		sin6->sin6_port = port;
		memcpy(&sin6->sin6_addr, addr->u.bytes, 16);
		return sizeof(*sin6);
	default:
		return 0;
	}
}

bool addr_from_sockaddr(struct ip_addr *addr, in_port_t *port,
			const struct sockaddr *sa, size_t len)
{
	const struct sockaddr_in6 *sin6 = (const void *)sa;
	const struct sockaddr_in *sin = (const void *)sa;

	if (len < sizeof(sa->sa_family))
		return false;
	if (sa->sa_family == AF_INET && len >= sizeof(*sin)) {
		if (port)
			*port = sin->sin_port;
		return addr_from_bytes(addr, AF_INET, &sin->sin_addr, 4);
	}
	if (sa->sa_family == AF_INET6 && len >= sizeof(*sin6)) {
		if (port)
			*port = sin6->sin6_port;
		return addr_from_bytes(addr, AF_INET6, &sin6->sin6_addr, 16);
	}
	return false;
}
