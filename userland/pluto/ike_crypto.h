/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The small interface to libcrypto; nothing else in pluto calls it. Functions return 0 or
 * -errno (-EINVAL: unknown algorithm or bad length, -EBADMSG: wrong integrity value or a peer's
 * value that is no public value, -EIO: libcrypto failed). Nothing is kept between calls, so
 * any thread may call.
 */
#ifndef PLUTO_IKE_CRYPTO_H
#define PLUTO_IKE_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ike_payload.h"

#define IKE_MAX_PRF 64
#define IKE_MAX_ICV 32

/* Sizes in bytes, 0: the algorithm is not known. */
size_t ike_prf_len(uint16_t prf);	/* key and output */
size_t ike_integ_key_len(uint16_t integ);
size_t ike_encr_key_len(uint16_t encr, uint16_t keylen); /* AEAD: with its 4 bytes of salt */
size_t ike_dh_len(uint16_t group);	/* public value */
/* Integrity and encryption in one: no integrity algorithm goes with it. */
bool ike_is_aead(uint16_t encr);

/* prf(key, parts...), RFC 7296 2.13. */
int ike_prf(uint16_t prf, const void *key, size_t key_len,
	    const struct view *parts, unsigned int n, uint8_t *out);
/* prf+(key, parts...) into @len bytes. */
int ike_prf_plus(uint16_t prf, const void *key, size_t key_len,
		 const struct view *parts, unsigned int n, uint8_t *out, size_t len);

int ike_sha1(const struct view *parts, unsigned int n, uint8_t out[20]);
int ike_sha256(const struct view *parts, unsigned int n, uint8_t out[32]);

/* In constant time. */
bool ike_same(const void *a, const void *b, size_t len);

/* ---- the encrypted payload, RFC 7296 3.14, RFC 5282 ---- */

struct ike_cipher {
	uint16_t encr, keylen, integ;
	const uint8_t *key;		/* ike_encr_key_len() bytes */
	const uint8_t *integ_key;	/* ike_integ_key_len() bytes, or NULL */
};

#define IKE_MAX_IV 16
size_t ike_iv_len(uint16_t encr);
/* How many bytes @plain grows to: IV, padding, pad length, integrity value. 0: unknown. */
size_t ike_sealed_len(const struct ike_cipher *c, size_t plain);
/*
 * @msg holds @head bytes, everything before the IV, lengths already final; what follows
 * (ike_sealed_len() bytes) is written. @iv must never repeat with one key (AEAD) or be random (CBC).
 */
int ike_seal(const struct ike_cipher *c, const uint8_t *iv, uint8_t *msg, size_t head,
	     const uint8_t *plain, size_t plain_len);
/* @plain has room for @len - @head bytes; nothing is written unless the integrity value is right. */
int ike_open(const struct ike_cipher *c, const uint8_t *msg, size_t head, size_t len,
	     uint8_t *plain, size_t *plain_len);

/* ---- Diffie-Hellman: for whoever serves IKE_DH_GENERATE and IKE_DH_SHARED ---- */

/* A private value; its owner wipes it. */
struct ike_dh {
	uint16_t group;
	uint8_t seed[64];
};

/* The private value is a function of @seed, so a run can be repeated. @pub: ike_ke_len() bytes. */
int ike_dh_generate(struct ike_dh *dh, uint16_t group, const uint8_t seed[64],
		    uint8_t *pub, size_t *pub_len);
/* -EBADMSG: @peer is not a public value of the group. @out: IKE_MAX_DH bytes of room. */
int ike_dh_shared(const struct ike_dh *dh, const uint8_t *peer, size_t peer_len,
		  uint8_t *out, size_t *out_len);

/* ---- additional key exchanges, RFC 9370: of any of the groups, or key encapsulation; ike_dh_*() take both ---- */

/* Bytes of what goes over the wire: from the initiator, or as its @answer. 0: not known. */
size_t ike_ke_len(uint16_t method, bool answer);
/* libcrypto has the key encapsulation @number; and what it says of itself. */
bool ike_kem_ready(uint16_t number);
const char *ike_libcrypto(void);
/*
 * The responder's part at once, for whoever serves IKE_KE_ANSWER; all that is drawn is a function of @seed. @out: IKE_MAX_KE +
 * IKE_MAX_DH bytes of room, for what goes to the peer and behind it the secret. -EBADMSG: @peer is no value of the method.
 */
int ike_ke_answer(uint16_t method, const uint8_t seed[64], const uint8_t *peer, size_t peer_len, uint8_t *out, size_t *out_len);

/* ---- AUTH with a pre-shared key: for whoever serves IKE_AUTH_MAKE and IKE_AUTH_CHECK ---- */

/* RFC 7296 2.15; @out has IKE_MAX_AUTH bytes of room. */
int ike_psk_auth(uint16_t prf, const uint8_t *psk, size_t psk_len,
		 const uint8_t *octets, size_t len, uint8_t *out, size_t *out_len);
/* 0, or -EKEYREJECTED: @auth is not that of the key. */
int ike_psk_check(uint16_t prf, const uint8_t *psk, size_t psk_len,
		  const uint8_t *octets, size_t len, const uint8_t *auth, size_t auth_len);

#endif
