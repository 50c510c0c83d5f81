/* SPDX-License-Identifier: GPL-2.0 */
/* Attributes of family klips into the structs of genl.h; inside of the library. */
#ifndef KLIPS_LIB_GENL_PARSE_H
#define KLIPS_LIB_GENL_PARSE_H

#include <libmnl/libmnl.h>

#include "genl.h"

struct genl_attrs {
	const struct nlattr *a[KLIPS_A_MAX + 1]; /* the first of each type */
	const struct nlmsghdr *nlh;	/* NULL: they are of a nest */
};

/* The attributes of a message (behind its genlmsghdr), sorted by type. */
void genl_attrs_of(const struct nlmsghdr *nlh, struct genl_attrs *attrs);

/* A string of at most @size - 1 bytes; "" where it is absent. */
void genl_get_string(const struct genl_attrs *attrs, unsigned int type, char *buf,
		     size_t size);

/* A number of any width; 0 where it is absent. */
uint64_t genl_get_number(const struct genl_attrs *attrs, unsigned int type);

/* What is absent or malformed is zero in the result. */
void genl_parse_eroute(const struct genl_attrs *attrs, struct genl_eroute *er);
void genl_parse_sa(const struct genl_attrs *attrs, struct genl_sa *sa);
void genl_parse_device(const struct genl_attrs *attrs, struct genl_device *dev);
void genl_parse_drop(const struct genl_attrs *attrs, struct genl_drop *drop);
void genl_parse_hold(const struct genl_attrs *attrs, struct genl_hold *hold);
void genl_parse_closed(const struct genl_attrs *attrs, struct genl_closed *closed);
void genl_parse_hold_sums(const struct genl_attrs *attrs, struct genl_hold_sums *sums);
void genl_parse_why(const struct genl_attrs *attrs, struct genl_why *why);

#endif
