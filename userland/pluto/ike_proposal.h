/* SPDX-License-Identifier: GPL-2.0 */
/* Choosing algorithms: SA payloads from and against lists of struct ike_proposal. */
#ifndef PLUTO_IKE_PROPOSAL_H
#define PLUTO_IKE_PROPOSAL_H

#include "ike_payload.h"

/* An SA payload with all of @list, best first; @spi: 4 bytes for ESP, NULL for IKE. */
void w_proposals(struct ike_writer *w, const struct ike_proposal *list, unsigned int n,
		 const uint8_t *spi);
/* An SA payload with one choice, under the number that the peer gave it. */
void w_chosen(struct ike_writer *w, const struct ike_proposal *p, uint8_t number,
	      const uint8_t *spi);

/* The same for a rekeyed IKE SA, whose SPIs are inside. */
void w_rekey_proposals(struct ike_writer *w, const struct ike_proposal *list, unsigned int n,
		       const uint8_t spi[8]);
void w_rekey_chosen(struct ike_writer *w, const struct ike_proposal *p, uint8_t number,
		    const uint8_t spi[8]);

/*
 * The responder's choice: the first of @list that @offers hold, one with group @dh before
 * all others that have the same additional key exchanges (0: no preference). NULL: none. @offer: where it was found.
 */
const struct ike_proposal *ike_choose(const struct ike_offers *offers, bool esp,
				      const struct ike_proposal *list, unsigned int n,
				      uint16_t dh, const struct ike_offer **offer);
/*
 * How far down in @offers the first cipher is that @list has too, with the group and the additional key exchanges of @like.
 * @like: what ike_choose() found.
 */
unsigned int ike_named_at(const struct ike_offers *offers, const struct ike_proposal *list, unsigned int n,
			  const struct ike_proposal *like);
/* What the responder chose, which must be one of @list and nothing else; NULL: it is not. */
const struct ike_proposal *ike_chosen(const struct ike_offers *offers, bool esp,
				      const struct ike_proposal *list, unsigned int n);

/* The key exchange number @k, from 0, that comes on top of that of IKE_SA_INIT or CREATE_CHILD_SA; 0: there is none. RFC 9370. */
uint16_t ike_addke(const struct ike_proposal *p, unsigned int k);
/* Any of @list has one. */
bool ike_has_addke(const struct ike_proposal *list, unsigned int n);

bool ike_proposal_equal(const struct ike_proposal *a, const struct ike_proposal *b);
bool ike_lists_equal(const struct ike_proposal *a, unsigned int n, const struct ike_proposal *b, unsigned int m);
/* 0, or -EINVAL: something that this engine cannot do, or a part missing. */
int ike_proposal_check(const struct ike_proposal *p, bool esp);

#define IKE_OFFERS_TEXT 1024
/* "aes_gcm256+aes_gcm128-sha2_256-dh19, ...": as a list of the ike= or esp= grammar. */
char *ike_offers_text(const struct ike_offers *offers, bool esp, char *buf);
char *ike_list_text(const struct ike_proposal *list, unsigned int n, bool esp, char *buf);

#endif
