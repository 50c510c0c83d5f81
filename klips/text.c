// SPDX-License-Identifier: GPL-2.0
#include <linux/in.h>
#include <linux/kernel.h>
#include <linux/socket.h>

#include "sa.h"
#include "selector.h"
#include "text.h"

const char *klips_said_prefix(u8 proto)
{
	switch (proto) {
	case IPPROTO_AH:
		return "ah";
	case IPPROTO_ESP:
		return "esp";
	case IPPROTO_IPIP:
		return "tun";
	case IPPROTO_COMP:
		return "comp";
	default:
		return "unk";
	}
}

const char *klips_target_name(enum klips_target target)
{
	static const char * const names[__KLIPS_TARGET_MAX] = {
		[KLIPS_TARGET_NONE] = "%none",
		[KLIPS_TARGET_SA] = "sa",
		[KLIPS_TARGET_PASS] = "%pass",
		[KLIPS_TARGET_DROP] = "%drop",
		[KLIPS_TARGET_REJECT] = "%reject",
		[KLIPS_TARGET_HOLD] = "%hold",
		[KLIPS_TARGET_TRAP] = "%trap",
		[KLIPS_TARGET_TRAPSUBNET] = "%trapsubnet",
	};

	return target < __KLIPS_TARGET_MAX ? names[target] : "%none";
}

const char *klips_state_name(enum klips_sa_state state)
{
	static const char * const names[] = { "larval", "mature", "dying", "dead" };

	return state < ARRAY_SIZE(names) ? names[state] : "unknown";
}

char *klips_said_text(char out[KLIPS_TEXT], const struct klips_said *said)
{
	const char *prefix = klips_said_prefix(said->proto);
	u32 spi = ntohl(said->spi);

	if (said->family == AF_INET)
		snprintf(out, KLIPS_TEXT, "%s0x%x@%pI4", prefix, spi, &said->dst);
	else if (said->family == AF_INET6)
		snprintf(out, KLIPS_TEXT, "%s0x%x@%pI6c", prefix, spi, &said->dst);
	else
		strscpy(out, "-", KLIPS_TEXT);
	return out;
}

char *klips_end_text(char out[KLIPS_TEXT], u8 family, const union klips_addr *addr,
		     __be16 port)
{
	if (family == AF_INET && port)
		snprintf(out, KLIPS_TEXT, "%pI4:%u", addr, ntohs(port));
	else if (family == AF_INET)
		snprintf(out, KLIPS_TEXT, "%pI4", addr);
	else if (family == AF_INET6 && port)
		snprintf(out, KLIPS_TEXT, "[%pI6c]:%u", addr, ntohs(port));
	else if (family == AF_INET6)
		snprintf(out, KLIPS_TEXT, "%pI6c", addr);
	else
		strscpy(out, "-", KLIPS_TEXT);
	return out;
}

static char *subnet_text(char *out, u8 family, const union klips_addr *addr,
			 u8 plen, __be16 port, __be16 mask)
{
	bool brackets = family == AF_INET6 && mask;
	int n;

	if (family == AF_INET)
		n = scnprintf(out, KLIPS_TEXT, "%pI4/%u", addr, plen);
	else
		n = scnprintf(out, KLIPS_TEXT, "%s%pI6c/%u%s",
			      brackets ? "[" : "", addr, plen, brackets ? "]" : "");
	if (mask)
		n += scnprintf(out + n, KLIPS_TEXT - n, ":%u", ntohs(port));
	if (mask && mask != htons(0xffff))
		scnprintf(out + n, KLIPS_TEXT - n, "/0x%04x", ntohs(mask));
	return out;
}

char *klips_src_text(char out[KLIPS_TEXT], const struct klips_selector *sel)
{
	return subnet_text(out, sel->family, &sel->src, sel->src_plen, sel->sport,
			   sel->sport_mask);
}

char *klips_dst_text(char out[KLIPS_TEXT], const struct klips_selector *sel)
{
	return subnet_text(out, sel->family, &sel->dst, sel->dst_plen, sel->dport,
			   sel->dport_mask);
}
