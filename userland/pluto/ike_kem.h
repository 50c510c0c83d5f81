/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Key encapsulation as ike_dh.c needs it: lengths in bytes, 0 or -errno as in ike_crypto.h, by the numbers of
 * IKEALG_KEMS; one that libcrypto does not have is -EINVAL.
 */
#ifndef PLUTO_IKE_KEM_H
#define PLUTO_IKE_KEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of what the initiator sends, or of the answer; 0: not known. */
size_t ike_kem_len(uint16_t number, bool answer);
/* The encapsulation key of the private value that @seed is. */
int ike_kem_public(uint16_t number, const uint8_t seed[64], uint8_t *out);
/* A wrong @answer of the right length gives a secret that nobody else has (FIPS 203 6.3), and no error. */
int ike_kem_decapsulate(uint16_t number, const uint8_t seed[64], const uint8_t *answer, size_t len, uint8_t *out, size_t *out_len);
/* -EBADMSG: @ask is no encapsulation key. */
int ike_kem_encapsulate(uint16_t number, const uint8_t seed[64], const uint8_t *ask, size_t len, uint8_t *answer, uint8_t *secret);

#endif
