/* SPDX-License-Identifier: GPL-2.0 */
/* Classic text of eroutes, SAs and devices. RCU read lock held. */
#ifndef KLIPS_PROC_TEXT_H
#define KLIPS_PROC_TEXT_H

struct klips_alg;
struct klips_dev;
struct klips_eroute;
struct klips_hold;
struct klips_net;
struct klips_sa;
struct klips_said;
struct seq_file;

void klips_text_said(struct seq_file *seq, const struct klips_said *said);

/* One line each. */
void klips_text_hold(struct seq_file *seq, struct klips_hold *h);
void klips_text_eroute(struct seq_file *seq, struct klips_net *kn,
		       const struct klips_eroute *er);
void klips_text_sa(struct seq_file *seq, struct klips_sa *sa);
/* The SA and those of its group that work on a packet after it. */
void klips_text_group(struct seq_file *seq, const struct klips_sa *sa);
void klips_text_alg(struct seq_file *seq, const struct klips_alg *alg);
void klips_text_device(struct seq_file *seq, const struct klips_dev *kd);

#endif
