/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Values of ipsec.conf, one parser a kind: NULL, or constant text that says what was
 * expected; then nothing is written. @field is the member that conf_keys.c names.
 */
#ifndef KLIPS_LIB_CONF_VALUE_H
#define KLIPS_LIB_CONF_VALUE_H

const char *conf_value_pairs(const char *text, void *field);	/* struct conf_setup */
const char *conf_value_listen(const char *text, void *field);	/* struct conf_setup */
const char *conf_value_stack(const char *text, void *field);	/* uint8_t */
const char *conf_value_debug(const char *text, void *field);	/* uint32_t */
const char *conf_value_host(const char *text, void *field);	/* struct conf_end */
const char *conf_value_nexthop(const char *text, void *field);	/* struct conf_end */
const char *conf_value_subnet(const char *text, void *field);	/* struct subnet */
const char *conf_value_sourceip(const char *text, void *field);	/* struct ip_addr */
const char *conf_value_id(const char *text, void *field);	/* struct conf_id */
const char *conf_value_auto(const char *text, void *field);	/* uint8_t */
const char *conf_value_authby(const char *text, void *field);	/* uint8_t */
const char *conf_value_type(const char *text, void *field);	/* uint8_t */
const char *conf_value_lifetime(const char *text, void *field);	/* uint32_t seconds */
const char *conf_value_tries(const char *text, void *field);	/* uint32_t */
const char *conf_value_ike(const char *text, void *field);	/* struct conf_proposals */
const char *conf_value_esp(const char *text, void *field);	/* struct conf_proposals */
const char *conf_value_path(const char *text, void *field);	/* char[CONF_PATH_MAX] */
const char *conf_value_bool(const char *text, void *field);	/* uint8_t, enum conf_bool */
const char *conf_value_mtu(const char *text, void *field);	/* uint32_t */
const char *conf_value_mss(const char *text, void *field);	/* uint8_t */
const char *conf_value_conn(const char *text, void *field);	/* char[CONF_NAME_MAX] */

#endif
