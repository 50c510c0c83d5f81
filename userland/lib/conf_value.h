/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Values of ipsec.conf, one parser a kind: NULL, or constant text that says what was
 * expected; then nothing is written. @field is the member that conf_keys.c names.
 */
#ifndef KLIPS_LIB_CONF_VALUE_H
#define KLIPS_LIB_CONF_VALUE_H

#include "conf.h"

const char *conf_value_pairs(const char *text, void *field);	/* struct conf_setup */
const char *conf_value_listen(const char *text, void *field);	/* struct conf_setup */
const char *conf_value_stack(const char *text, void *field);	/* uint8_t */
const char *conf_value_debug(const char *text, void *field);	/* uint32_t */
const char *conf_value_host(const char *text, void *field);	/* struct conf_end */
const char *conf_value_nexthop(const char *text, void *field);	/* struct conf_end */
const char *conf_value_subnet(const char *text, void *field);	/* struct conf_end */
const char *conf_value_virtual(const char *text, void *field);	/* char[CONF_VIRTUAL_TEXT] */
const char *conf_value_subnets(const char *text, void *field);	/* uint8_t: how many */
const char *conf_value_sourceip(const char *text, void *field);	/* struct ip_addr */
const char *conf_value_id(const char *text, void *field);	/* struct conf_id */
const char *conf_value_auto(const char *text, void *field);	/* uint8_t */
const char *conf_value_authby(const char *text, void *field);	/* uint32_t, CONF_AUTHBY_* */
const char *conf_value_endauth(const char *text, void *field);	/* the same, without never */
const char *conf_value_pubkey(const char *text, void *field);	/* struct conf_pubkey */
const char *conf_value_cert(const char *text, void *field);	/* char[CONF_PATH_MAX] */
const char *conf_value_sendcert(const char *text, void *field);	/* uint8_t, enum conf_sendcert */
const char *conf_value_ca(const char *text, void *field);	/* struct conf_ca */
const char *conf_value_type(const char *text, void *field);	/* uint8_t */
const char *conf_value_shunt(const char *text, void *field);	/* uint8_t, enum conf_shunt */
const char *conf_value_protoport(const char *text, void *field); /* struct protoport */
const char *conf_value_lifetime(const char *text, void *field);	/* uint32_t seconds */
const char *conf_value_dpd(const char *text, void *field);	/* uint32_t seconds, 0: not said */
const char *conf_value_dpdaction(const char *text, void *field); /* uint8_t, enum conf_dpd */
const char *conf_value_amount(const char *text, void *field);	/* uint64_t */
const char *conf_value_percent(const char *text, void *field);	/* uint32_t */
const char *conf_value_tries(const char *text, void *field);	/* uint32_t */
const char *conf_value_ike(const char *text, void *field);	/* struct conf_proposals */
const char *conf_value_esp(const char *text, void *field);	/* struct conf_proposals */
const char *conf_value_path(const char *text, void *field);	/* char[CONF_PATH_MAX] */
const char *conf_value_updown(const char *text, void *field);	/* char[CONF_PATH_MAX] */
const char *conf_value_encap(const char *text, void *field);	/* uint8_t, enum conf_encap */
const char *conf_value_esn(const char *text, void *field);
const char *conf_value_forceencaps(const char *text, void *field); /* the same, in the words of old */
const char *conf_value_family(const char *text, void *field); /* uint8_t, enum conf_family */
const char *conf_value_frag(const char *text, void *field);	/* uint8_t, enum conf_frag */
const char *conf_value_ppk(const char *text, void *field);	/* uint8_t, enum conf_ppk */
const char *conf_value_ppks(const char *text, void *field);	/* char[CONF_PPKS_MAX] */
const char *conf_value_bool(const char *text, void *field);	/* uint8_t, enum conf_bool */
const char *conf_value_mtu(const char *text, void *field);	/* uint32_t */
const char *conf_value_mss(const char *text, void *field);	/* uint8_t */
const char *conf_value_pool(const char *text, void *field);	/* struct conf_range */
const char *conf_value_ip(const char *text, void *field);	/* struct ip_addr */
const char *conf_value_dns(const char *text, void *field);	/* struct ip_addr[CONF_DNS] */
const char *conf_value_conn(const char *text, void *field);	/* char[CONF_NAME_MAX] */


/* Cuts the next word off @text at blanks and commas, into @word where it fits: its length, 0 at the end. */
size_t conf_next_word(const char **text, char *word, size_t size);

/* Addresses that one end gets of the other: NULL or what does not fit together. */
const char *conf_addresses_wrong(const struct conf_conn *conn);

/* What @text of subnets= says: NULL or what was expected. */
const char *conf_subnets_parse(const char *text, struct subnet list[CONF_SUBNETS], unsigned int *n);

#endif
