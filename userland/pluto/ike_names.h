/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The numbers of IKEv2 and their names, each written once. IANA "Internet Key Exchange
 * Version 2 (IKEv2) Parameters"; RFC 7296 section 3.
 */
#ifndef PLUTO_IKE_NAMES_H
#define PLUTO_IKE_NAMES_H

#include <stdint.h>

#include "ikealg.h"

#define IKE_EXCHANGES(X) \
	X(IKE_SA_INIT, 34) X(IKE_AUTH, 35) X(CREATE_CHILD_SA, 36) X(INFORMATIONAL, 37) \
	X(IKE_INTERMEDIATE, 43) X(IKE_FOLLOWUP_KE, 44)

#define IKE_PAYLOADS(X) \
	X(SA, 33) X(KE, 34) X(IDi, 35) X(IDr, 36) X(CERT, 37) X(CERTREQ, 38) \
	X(AUTH, 39) X(NONCE, 40) X(NOTIFY, 41) X(DELETE, 42) X(VENDOR, 43) \
	X(TSi, 44) X(TSr, 45) X(SK, 46) X(CP, 47) X(EAP, 48) X(SKF, 53)

#define IKE_NOTIFIES(X) \
	X(UNSUPPORTED_CRITICAL_PAYLOAD, 1) X(INVALID_IKE_SPI, 4) \
	X(INVALID_MAJOR_VERSION, 5) X(INVALID_SYNTAX, 7) X(INVALID_MESSAGE_ID, 9) \
	X(INVALID_SPI, 11) X(NO_PROPOSAL_CHOSEN, 14) X(INVALID_KE_PAYLOAD, 17) \
	X(AUTHENTICATION_FAILED, 24) X(SINGLE_PAIR_REQUIRED, 34) X(NO_ADDITIONAL_SAS, 35) \
	X(INTERNAL_ADDRESS_FAILURE, 36) X(FAILED_CP_REQUIRED, 37) X(TS_UNACCEPTABLE, 38) \
	X(INVALID_SELECTORS, 39) X(UNACCEPTABLE_ADDRESSES, 40) X(UNEXPECTED_NAT_DETECTED, 41) \
	X(TEMPORARY_FAILURE, 43) X(CHILD_SA_NOT_FOUND, 44) X(STATE_NOT_FOUND, 47) \
	X(INITIAL_CONTACT, 16384) X(SET_WINDOW_SIZE, 16385) \
	X(ADDITIONAL_TS_POSSIBLE, 16386) X(IPCOMP_SUPPORTED, 16387) \
	X(NAT_DETECTION_SOURCE_IP, 16388) X(NAT_DETECTION_DESTINATION_IP, 16389) \
	X(COOKIE, 16390) X(USE_TRANSPORT_MODE, 16391) X(HTTP_CERT_LOOKUP_SUPPORTED, 16392) \
	X(REKEY_SA, 16393) X(ESP_TFC_PADDING_NOT_SUPPORTED, 16394) \
	X(NON_FIRST_FRAGMENTS_ALSO, 16395) X(MOBIKE_SUPPORTED, 16396) \
	X(ADDITIONAL_IP4_ADDRESS, 16397) X(ADDITIONAL_IP6_ADDRESS, 16398) \
	X(NO_ADDITIONAL_ADDRESSES, 16399) X(UPDATE_SA_ADDRESSES, 16400) X(COOKIE2, 16401) \
	X(NO_NATS_ALLOWED, 16402) \
	X(REDIRECT_SUPPORTED, 16406) X(QCD_TOKEN, 16419) X(IKEV2_FRAGMENTATION_SUPPORTED, 16430) \
	X(SIGNATURE_HASH_ALGORITHMS, 16431) X(USE_PPK, 16435) X(PPK_IDENTITY, 16436) \
	X(NO_PPK_AUTH, 16437) X(INTERMEDIATE_EXCHANGE_SUPPORTED, 16438) X(ADDITIONAL_KEY_EXCHANGE, 16441)

/* Below this a notify says that something failed, RFC 7296 3.10.1. */
#define IKE_NOTIFY_STATUS 16384

#define IKE_X_EXCHANGE(name, number) EXCH_##name = number,
#define IKE_X_PAYLOAD(name, number) PLD_##name = number,
#define IKE_X_NOTIFY(name, number) N_##name = number,

enum { IKE_EXCHANGES(IKE_X_EXCHANGE) };
enum { PLD_NONE = 0, IKE_PAYLOADS(IKE_X_PAYLOAD) };
enum { IKE_NOTIFIES(IKE_X_NOTIFY) };

enum { PROTO_IKE = 1, PROTO_AH = 2, PROTO_ESP = 3 };

/* Transform types that this engine knows, RFC 7296 3.3.2; additional key exchanges 1 to 7, RFC 9370 2.2.1. */
enum { TRANS_ENCR = 1, TRANS_PRF = 2, TRANS_INTEG = 3, TRANS_DH = 4, TRANS_ESN = 5, TRANS_ADDKE1 = 6, TRANS_ADDKE7 = 12 };

enum { ID_IPV4_ADDR = 1, ID_FQDN = 2, ID_RFC822_ADDR = 3, ID_IPV6_ADDR = 5,
	ID_DER_ASN1_DN = 9, ID_KEY_ID = 11, ID_NULL = 13 };
enum { TS_IPV4_RANGE = 7, TS_IPV6_RANGE = 8 };
enum { AUTH_RSA = 1, AUTH_PSK = 2, AUTH_DSS = 3, AUTH_NULL = 13, AUTH_SIGNATURE = 14 };

/* Names; for a number without one, the number as text in a static buffer. */
const char *ike_exchange_name(unsigned int exchange);
const char *ike_payload_name(unsigned int type);
const char *ike_notify_name(unsigned int type);
/* "aes_gcm256", "sha2_256", "dh19", ...; @keylen in bits, 0: none. For lists in messages. */
const char *ike_transform_name(unsigned int type, unsigned int id, unsigned int keylen);
const char *ike_auth_name(unsigned int method);

#endif
