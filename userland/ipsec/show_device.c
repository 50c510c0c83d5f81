// SPDX-License-Identifier: GPL-2.0
/* ipsec devices as text and as JSON. */
#include <string.h>

#include <klips/netlink.h>

#include "show.h"

int show_device_cmp(const void *pa, const void *pb)
{
	const struct genl_device *a = pa, *b = pb;

	/* ipsec2 before ipsec10 */
	return strverscmp(a->name, b->name);
}

static const char *df_text(uint8_t df)
{
	static const char * const texts[] = { "clear", "copy", "set" };

	return df < sizeof(texts) / sizeof(texts[0]) ? texts[df] : "?";
}

static const char *mss_text(uint16_t mss, char buf[8])
{
	if (mss == KLIPS_MSS_OFF)
		return "off";
	if (mss == KLIPS_MSS_AUTO)
		return "auto";
	snprintf(buf, 8, "%u", mss);
	return buf;
}

const char *guard_text(uint8_t guard)
{
	static const char * const texts[] = { "drop", "count", "off" };

	return guard < sizeof(texts) / sizeof(texts[0]) ? texts[guard] : "?";
}

/* Only what is not as on every device: the classic line stays what it was. */
static void show_headers(FILE *out, const struct genl_device *dev)
{
	char buf[8];

	if (dev->df != KLIPS_DF_CLEAR)
		fprintf(out, " df=%s", df_text(dev->df));
	if (!dev->hidetos)
		fprintf(out, " hidetos=no");
	if (!dev->fragicmp)
		fprintf(out, " fragicmp=no");
	if (dev->mss != KLIPS_MSS_OFF)
		fprintf(out, " mss=%s", mss_text(dev->mss, buf));
	if (dev->parallel)
		fprintf(out, " parallel=yes");
	if (dev->fwmark)
		fprintf(out, " fwmark=0x%x", dev->fwmark);
	if (dev->guard != KLIPS_GUARD_DROP)
		fprintf(out, " guard=%s", guard_text(dev->guard));
}

void show_device(FILE *out, const struct genl_device *dev)
{
	if (dev->physical[0])
		fprintf(out, "%s -> %s mtu=%u(%u) -> %u", dev->name,
			dev->physical, dev->mtu, dev->effective_mtu,
			dev->physical_mtu);
	else
		fprintf(out, "%s -> NULL mtu=%u(%u) -> 0", dev->name, dev->mtu,
			dev->effective_mtu);
	show_headers(out, dev);
	fputc('\n', out);
}

void json_drops(struct json *json, const char *key,
		const uint64_t drops[__KLIPS_DROP_MAX])
{
	json_object(json, key);
	for (unsigned int i = 0; i < __KLIPS_DROP_MAX; i++)
		if (drops[i])
			json_u64(json, drop_name(i), drops[i]);
	json_end(json);
}

void json_device(struct json *json, const char *key, const struct genl_device *dev)
{
	char buf[8];

	json_object(json, key);
	json_string(json, "name", dev->name);
	json_u64(json, "ifindex", dev->ifindex);
	json_string(json, "physical", dev->physical[0] ? dev->physical : NULL);
	json_u64(json, "mtu", dev->mtu);
	json_u64(json, "effective_mtu", dev->effective_mtu);
	json_u64(json, "physical_mtu", dev->physical_mtu);
	json_string(json, "df", df_text(dev->df));
	json_bool(json, "hidetos", dev->hidetos);
	json_bool(json, "fragicmp", dev->fragicmp);
	json_string(json, "mss", mss_text(dev->mss, buf));
	json_bool(json, "parallel", dev->parallel);
	json_u64(json, "fwmark", dev->fwmark);
	json_string(json, "guard", guard_text(dev->guard));
	json_object(json, "tx");
	json_u64(json, "packets", dev->tx_packets);
	json_u64(json, "bytes", dev->tx_bytes);
	json_u64(json, "transformed", dev->transformed);
	json_u64(json, "passed", dev->passed);
	json_u64(json, "held", dev->held);
	json_drops(json, "drops", dev->tx_drops);
	json_end(json);
	json_object(json, "rx");
	json_u64(json, "packets", dev->rx_packets);
	json_u64(json, "bytes", dev->rx_bytes);
	json_u64(json, "would_drop", dev->would_drop);
	json_drops(json, "drops", dev->rx_drops);
	json_end(json);
	json_end(json);
}
