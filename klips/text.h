/* SPDX-License-Identifier: GPL-2.0 */
/* Names and addresses as people read them, for /proc, tracepoints and the kernel log. */
#ifndef KLIPS_TEXT_H
#define KLIPS_TEXT_H

#include <linux/types.h>
#include <klips/types.h>

struct klips_said;
struct klips_selector;

/* "[", a longest IPv6 subnet, "]:65535/0xffff" and the end: room for all texts below. */
#define KLIPS_TEXT 72

/* "esp", "ah", "tun", "comp"; else "unk". */
const char *klips_said_prefix(u8 proto);

/* "%pass", "%drop" ...; "sa", "%none". */
const char *klips_target_name(enum klips_target target);

/* "larval", "mature", "dying", "dead". */
const char *klips_state_name(enum klips_sa_state state);

/* These return @out. "esp0x1001@192.0.2.2"; "-" where @said has no family. */
char *klips_said_text(char out[KLIPS_TEXT], const struct klips_said *said);

/* "10.1.0.2:53", "[2001:db8::1]:53", without port 0; "-" where there is no family. */
char *klips_end_text(char out[KLIPS_TEXT], u8 family, const union klips_addr *addr,
		     __be16 port);

/* "10.0.0.0/8:80", "[2001:db8::/32]:80"; the mask of a port only where it has one. */
char *klips_src_text(char out[KLIPS_TEXT], const struct klips_selector *sel);
char *klips_dst_text(char out[KLIPS_TEXT], const struct klips_selector *sel);

#endif
