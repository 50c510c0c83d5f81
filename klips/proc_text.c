// SPDX-License-Identifier: GPL-2.0
/*
 * The lines of /proc/net/ipsec. Scripts of twenty years cut them at blanks, so a field
 * that KLIPS did not have comes last or not at all.
 */
#include <linux/ctype.h>
#include <linux/in.h>
#include <linux/ipsec.h>
#include <linux/ktime.h>
#include <linux/seq_file.h>

#include "alg.h"
#include "device.h"
#include "eroute.h"
#include "net.h"
#include "proc_text.h"
#include "sa.h"
#include "text.h"

static void text_addr(struct seq_file *seq, u8 family,
		      const union klips_addr *addr)
{
	if (family == AF_INET)
		seq_printf(seq, "%pI4", addr);
	else
		seq_printf(seq, "%pI6c", addr);
}

void klips_text_said(struct seq_file *seq, const struct klips_said *said)
{
	char text[KLIPS_TEXT];

	seq_puts(seq, klips_said_text(text, said));
}

void klips_text_eroute(struct seq_file *seq, struct klips_net *kn,
		       const struct klips_eroute *er)
{
	char src[KLIPS_TEXT], dst[KLIPS_TEXT];
	u64 packets, bytes;

	klips_counter_sum(er->stats, &packets, &bytes);
	klips_src_text(src, &er->entry.sel);
	klips_dst_text(dst, &er->entry.sel);
	seq_printf(seq, "%-10llu %-18s -> %-18s => ", packets, src, dst);
	if (er->target == KLIPS_TARGET_SA)
		klips_text_said(seq, &er->said);
	else
		seq_puts(seq, klips_target_name(klips_hold_under(kn, er) ? KLIPS_TARGET_HOLD : er->target));
	if (er->entry.sel.proto)
		seq_printf(seq, ":%u", er->entry.sel.proto);
	if (er->entry.sel.device) {
		struct klips_dev *kd = klips_device_by_id(kn, er->entry.sel.device);

		seq_printf(seq, " dev=%s", kd ? kd->dev->name : "gone");
	}
	seq_putc(seq, '\n');
}

/* A hold of a trap is a line as that of an eroute. */
void klips_text_hold(struct seq_file *seq, struct klips_hold *h)
{
	char src[KLIPS_TEXT], dst[KLIPS_TEXT];
	struct klips_hold_view view;

	klips_hold_look(h, &view);
	seq_printf(seq, "%-10llu %-18s -> %-18s => %s", view.met, klips_src_text(src, &h->sel),
		   klips_dst_text(dst, &h->sel), klips_target_name(KLIPS_TARGET_HOLD));
	if (h->sel.proto)
		seq_printf(seq, ":%u", h->sel.proto);
	if (h->parent.device)
		seq_printf(seq, " dev=%s", h->kd->dev->name);
	seq_putc(seq, '\n');
}

static void text_upper(struct seq_file *seq, const char *c, size_t len)
{
	while (len--)
		seq_putc(seq, toupper(*c++));
}

/* Characters of a cipher's name that are not its key's length: aes_gcm128 -> 7. */
static size_t cipher_len(const char *name, size_t len)
{
	const char *bits = name + len - 3;

	if (len <= 3 || (memcmp(bits, "128", 3) && memcmp(bits, "192", 3) &&
			 memcmp(bits, "256", 3)))
		return len;
	len -= 3;
	return name[len - 1] == '_' ? len - 1 : len;
}

/*
 * ESP_AES_GCM, ESP_AES_HMAC_SHA2_256, AH_HMAC_SHA1, COMP_DEFLATE, IPIP, as KLIPS put it: key
 * lengths have a field of their own.
 */
static void text_xform(struct seq_file *seq, const struct klips_sa *sa)
{
	const char *prefix = klips_said_prefix(sa->said.proto);
	const char *name = sa->alg ? sa->alg->name : "larval";
	const char *hash = strchrnul(name, '-');

	if (sa->said.proto == IPPROTO_IPIP) {
		seq_puts(seq, "IPIP");
		return;
	}
	text_upper(seq, prefix, strlen(prefix));
	seq_puts(seq, sa->alg && sa->said.proto == IPPROTO_AH ? "_HMAC_" : "_");
	text_upper(seq, name, cipher_len(name, hash - name));
	if (!*hash)
		return;
	seq_puts(seq, "_HMAC_");
	text_upper(seq, hash + 1, strlen(hash + 1));
}

/* What inner packets must be, one policy= each. */
static void text_policies(struct seq_file *seq, const struct klips_sa *sa)
{
	const struct klips_selectors *s = rcu_dereference(sa->selectors);
	char src[KLIPS_TEXT], dst[KLIPS_TEXT];
	unsigned int i;

	for (i = 0; s && i < s->count; i++) {
		klips_src_text(src, &s->sel[i]);
		klips_dst_text(dst, &s->sel[i]);
		seq_printf(seq, " policy=%s->%s", src, dst);
	}
}

static void text_if(struct seq_file *seq, const char *name, u64 value)
{
	if (value)
		seq_printf(seq, " %s=%llu", name, value);
}

static u64 drops(const struct klips_sa *sa, enum klips_drop why)
{
	return atomic_long_read(&sa->drops[why]);
}

/* Inbound SAs show the window, outbound ones the last number that was sent. */
static void text_sequence(struct seq_file *seq, struct klips_sa *sa)
{
	u64 top, recent;

	spin_lock_bh(&sa->replay_lock);
	top = sa->replay.top;
	recent = klips_replay_recent(&sa->replay);
	spin_unlock_bh(&sa->replay_lock);

	text_if(seq, "ooowin", sa->replay.window);
	text_if(seq, "ooo_errs", drops(sa, KLIPS_DROP_REPLAY));
	text_if(seq, "seq", max_t(u64, top, atomic64_read(&sa->seq_out)));
	if (top)
		seq_printf(seq, " bit=0x%llx", recent);
	if (sa->replay.esn)
		seq_puts(seq, " esn");
}

static void text_lengths(struct seq_file *seq, const struct klips_sa *sa)
{
	if (sa->alg) {
		text_if(seq, "alen", sa->alg->icv * 8);
		text_if(seq, "aklen", sa->alg->akey_bits);
	}
	text_if(seq, "auth_errs", drops(sa, KLIPS_DROP_AUTH));
	text_if(seq, "eklen", sa->ekey_bits);
	text_if(seq, "encr_size_errs", drops(sa, KLIPS_DROP_TRUNCATED));
	text_if(seq, "encr_pad_errs", drops(sa, KLIPS_DROP_BAD_PADDING));
}

/* A lifetime is there if it has a limit, or has come to more than @least. */
static void text_life(struct seq_file *seq, const char *name, u64 current_value,
		      u64 least, u64 soft, u64 hard)
{
	if (current_value > least || soft || hard)
		seq_printf(seq, "%s(%llu,%llu,%llu)", name, current_value, soft, hard);
}

static u64 seconds_since(time64_t when)
{
	return when ? ktime_get_seconds() - when : 0;
}

static void text_lives(struct seq_file *seq, const struct klips_sa *sa)
{
	u64 packets, bytes;

	klips_counter_sum(sa->stats, &packets, &bytes);
	seq_puts(seq, " life(c,s,h)=");
	text_life(seq, "bytes", bytes, 1, sa->soft.bytes, sa->hard.bytes);
	text_life(seq, "addtime", seconds_since(sa->added), 0,
		  sa->soft.addtime, sa->hard.addtime);
	text_life(seq, "usetime", seconds_since(READ_ONCE(sa->used_first)), 0,
		  sa->soft.usetime, sa->hard.usetime);
	text_life(seq, "packets", packets, 1, sa->soft.packets, sa->hard.packets);
	if (READ_ONCE(sa->used_last))
		seq_printf(seq, " idle=%llu", seconds_since(READ_ONCE(sa->used_last)));
}

void klips_text_sa(struct seq_file *seq, struct klips_sa *sa)
{
	klips_text_said(seq, &sa->said);
	seq_putc(seq, ' ');
	text_xform(seq, sa);
	seq_printf(seq, ": dir=%s src=", klips_sa_inbound(sa) ? "in " : "out");
	text_addr(seq, sa->said.family, &sa->src);
	text_policies(seq, sa);
	if (sa->alg && sa->alg->iv)
		seq_printf(seq, " iv_bits=%ubits", sa->alg->iv * 8);
	text_sequence(seq, sa);
	text_lengths(seq, sa);
	text_lives(seq, sa);
	seq_printf(seq, " natencap=%s natsport=%u natdport=%u refcount=%u ref=%u refhim=0",
		   sa->encap.type ? "nonesp" : "none", ntohs(sa->encap.sport),
		   ntohs(sa->encap.dport), refcount_read(&sa->refs), sa->id);
	if (sa->mode == IPSEC_MODE_TRANSPORT)
		seq_puts(seq, " mode=transport");
	seq_putc(seq, '\n');
}

void klips_text_group(struct seq_file *seq, const struct klips_sa *sa)
{
	const struct klips_group *group = rcu_dereference(sa->group);
	bool on = false;
	unsigned int i;

	for (i = 0; group && i < group->count; i++) {
		on |= group->sa[i] == sa;
		if (!on)
			continue;
		klips_text_said(seq, &group->sa[i]->said);
		seq_putc(seq, ' ');
	}
	if (!on) {
		klips_text_said(seq, &sa->said);
		seq_putc(seq, ' ');
	}
	seq_putc(seq, '\n');
}

/* Fields of KLIPS that an algorithm here has; TYPE 15 is SADB_EXT_SUPPORTED_ENCRYPT. */
void klips_text_alg(struct seq_file *seq, const struct klips_alg *alg)
{
	seq_printf(seq, "TYPE=15 ID=%u NAME=%s BLOCKSIZE=%u IVLEN=%u KEYMINBITS=%u KEYMAXBITS=%u AUTHLEN=%u\n",
		   alg->ealg, alg->name, alg->block, alg->iv, alg->ekey_bits,
		   alg->ekey_bits, alg->icv);
}

void klips_text_device(struct seq_file *seq, const struct klips_dev *kd)
{
	const struct net_device *lower = rcu_dereference(kd->lower);

	if (!lower)
		seq_printf(seq, "%s -> NULL mtu=0(0) -> 0\n", kd->dev->name);
	else
		seq_printf(seq, "%s -> %s mtu=%u(%u) -> %u\n", kd->dev->name,
			   lower->name, READ_ONCE(kd->dev->mtu),
			   READ_ONCE(kd->effective_mtu), READ_ONCE(lower->mtu));
}
