// SPDX-License-Identifier: GPL-2.0
/* Pure: compiles in user space for its unit test. */
#include "tcpopt.h"

#define OPT_END 0
#define OPT_NOP 1
#define OPT_MSS 2

unsigned int klips_tcpopt_mss(const u8 *tcp, unsigned int len)
{
	unsigned int at = KLIPS_TCP_HEAD;

	while (at < len && tcp[at] != OPT_END) {
		if (tcp[at] == OPT_NOP) {
			at++;
			continue;
		}
		if (len - at < 2 || tcp[at + 1] < 2 || tcp[at + 1] > len - at)
			return 0;
		if (tcp[at] == OPT_MSS)
			return tcp[at + 1] == 4 ? at + 2 : 0;
		at += tcp[at + 1];
	}
	return 0;
}

/* The sum is of 16-bit words: at an odd offset the bytes belong to two of them, exchanged. */
__be16 klips_tcpopt_check(__be16 check, unsigned int at, u16 from, u16 to)
{
	u32 sum;

	if (at & 1) {
		from = (u16)(from << 8 | from >> 8);
		to = (u16)(to << 8 | to >> 8);
	}
	sum = (u16)~ntohs(check) + (u16)~from + to;
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return htons((u16)~sum);
}
