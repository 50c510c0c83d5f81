/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The classic lines and the JSON of eroutes, SAs and devices, for the listings and
 * look.
 */
#ifndef KLIPS_IPSEC_SHOW_H
#define KLIPS_IPSEC_SHOW_H

#include <stdio.h>

#include "genl.h"
#include "json.h"

#define SELECTOR_TEXT (SUBNET_TEXT + 24)

/* One side of a selector: 10.0.0.0/8, 10.0.0.0/8:80, [2001:db8::/32]:80. */
char *show_selector(const struct subnet *net, in_port_t port, in_port_t mask,
		    char buf[SELECTOR_TEXT]);

/* "inet", "inet6". */
const char *show_family(int family);

/*
 * For qsort(): as KLIPS users know the order; selectors by address, SAs by
 * destination, devices by number.
 */
int show_eroute_cmp(const void *a, const void *b);
int show_sa_cmp(const void *a, const void *b);
int show_device_cmp(const void *a, const void *b);

/* Classic lines with their newline (KLIPS 1.1, 2.2, 1.4 of /proc/net/ipsec). */
void show_eroute(FILE *out, const struct genl_eroute *er);
void show_sa(FILE *out, const struct genl_sa *sa);
void show_device(FILE *out, const struct genl_device *dev);

/* "larval", "mature", "dying", "dead". */
const char *show_sa_state(enum klips_sa_state state);

/*
 * The SAIDs of a group from @sa on outwards, or its own where it is alone, a blank between them; with
 * @classic one behind each, as /proc/net/ipsec_spigrp has it.
 */
void show_chain(FILE *out, const struct genl_sa *sa, bool classic);

/* The members of its group, innermost first, as an array of SAIDs; empty: alone. */
void json_group(struct json *json, const char *key, const struct genl_sa *sa);
/* What an eroute is, without its counters. */
void json_eroute_name(struct json *json, const char *key, const struct genl_eroute *er);

/* One object each. */
void json_eroute(struct json *json, const char *key, const struct genl_eroute *er);
void json_sa(struct json *json, const char *key, const struct genl_sa *sa);
/* Of enum klips_guard. */
const char *guard_text(uint8_t guard);

void json_device(struct json *json, const char *key, const struct genl_device *dev);
void json_drop(struct json *json, const char *key, const struct genl_drop *drop);

/* A hold, one line; what there is of holds and what became of others, two. */
void show_hold(FILE *out, const struct genl_hold *hold);
void show_hold_sums(FILE *out, const struct genl_hold_sums *sums);
void json_hold(struct json *json, const char *key, const struct genl_hold *hold);
void json_hold_sums(struct json *json, const char *key, const struct genl_hold_sums *sums);

/* The line of a dropped packet, with its newline. */
void show_drop(FILE *out, const struct genl_drop *drop);

/* The reasons that are not 0, as an object. */
void json_drops(struct json *json, const char *key,
		const uint64_t drops[__KLIPS_DROP_MAX]);

#endif
