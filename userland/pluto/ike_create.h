/* SPDX-License-Identifier: GPL-2.0 */
/* CREATE_CHILD_SA and what it makes: the part of ike_internal.h that is about it. */
#ifndef PLUTO_IKE_CREATE_H
#define PLUTO_IKE_CREATE_H

#include "ike_internal.h"

#define IKE_MAX_GONE 8
#define IKE_MAX_LINK 256		/* bytes of the peer's ADDITIONAL_KEY_EXCHANGE */
#define IKE_LINK_LEN 8			/* of ours */

/* A Child SA beside the one that carries the traffic (ike_children.c). */
struct spare {
	struct spare *next;
	struct child child;
	bool fresh;			/* the peer made it, and it has not taken over yet */
	bool deleting, delete_sent;	/* by us */
	uint64_t due;			/* fresh: when it takes over; else when we delete it ourselves */
};

/*
 * One CREATE_CHILD_SA (ike_create*.c): a Child SA, or with .ike an IKE SA. An IKE SA has at most one that
 * it began and one that the peer did, for the window is one. In R_WAIT no request is being answered: an IKE_FOLLOWUP_KE
 * (ike_followup.c) is to come.
 */
#define X_STATES(X) \
	X(I_DH) X(I_SPI) X(I_READY) X(I_SENT) X(I_SHARED) X(I_KE_DH) X(I_KE_READY) X(I_KE_SENT) X(I_KE_SHARED) X(I_INSTALL) \
	X(R_DH) X(R_SHARED) X(R_SPI) X(R_WAIT) X(R_KE) X(R_INSTALL)
#define X_STATE_ENUM(state) X_##state,
enum x_state { X_STATES(X_STATE_ENUM) X_N_STATES };

struct xchg {
	struct ike_sa *sa;
	struct req *req;
	uint64_t due;			/* patience with the result of .req */
	enum x_state state;
	bool initiator, ike;
	bool unwanted;			/* what the peer makes of it is deleted at once */
	struct spare *spare;		/* ready, so that none is wanting when the peer has what was made */
	uint32_t old;			/* serial of the Child SA to be replaced, 0: none */
	struct child child;
	struct ike_sa *made;
	struct ike_proposal alg;
	uint8_t offer;
	uint16_t group;			/* 0: without a key exchange */
	uint32_t dh_key;
	uint8_t *ke;			/* our public value, or the peer's while the secret is computed */
	size_t ke_len;
	uint8_t *pub;			/* responder: our public value */
	uint8_t secret[IKE_MAX_DH];
	size_t secret_len;
	uint8_t *more;			/* secrets of the additional key exchanges that are over, and how many that are */
	size_t more_len;
	unsigned int ke_done;
	uint8_t link[IKE_MAX_LINK];	/* of the IKE_FOLLOWUP_KE to come */
	uint16_t link_len;
	uint8_t nonce[2][IKE_MAX_NONCE];
	uint16_t nonce_len[2];
	unsigned int restarts;
	uint8_t gone[IKE_MAX_GONE][4];	/* SPIs that the peer deleted meanwhile and that we did not know */
	unsigned int n_gone;
	/* The peer rekeyed the same SA while our request was out (RFC 7296 2.8.1): */
	bool collided;
	uint8_t rival_nonce[IKE_MAX_NONCE]; /* the lower of its two */
	uint16_t rival_nonce_len;
	uint32_t rival;			/* serial of the IKE SA that it made, 0: not made yet */
};

/* ike_children.c */
struct child *child_by_serial(struct ike_sa *sa, uint32_t serial, struct spare **spare);
struct child *child_by_spi_out(struct ike_sa *sa, const uint8_t *spi, struct spare **spare);
/* All that @from has is @to's. */
void child_hand_over(struct child *to, struct child *from);
/* The peer has rekeyed what is in use. */
bool spare_fresh(const struct ike_sa *sa);
unsigned int spares_count(const struct ike_sa *sa);
/* @child goes over to @s, which is one of @sa's from now on. */
void spare_put(struct ike_sa *sa, struct spare *s, struct child *child);
void spare_drop(struct ike_sa *sa, struct spare *s);
/* It is deleted at the peer too. */
void spare_delete(struct ike_sa *sa, struct spare *s);
/* @s carries the traffic from now on, and what did so waits for its end. */
void spare_takeover(struct ike_sa *sa, struct spare *s);
/* Another one takes the place of the one in use, which goes; false: there is none. */
bool child_succeeded(struct ike_sa *sa);
/* The Child SA named by @serial is to be deleted, at the peer too. */
void child_retire(struct ike_sa *sa, uint32_t serial);
/* rekey_child(), or soon, where only another conn's business is in the way. */
int rekey_child_soon(struct ike_sa *sa);
/* When a new Child SA is to be rekeyed and when it ends. */
void child_lifetime(struct ike_sa *sa, struct child *child);
void child_timer_set(struct ike_sa *sa);
void sa_child_timer(void *owner);
/* Everything but the IKE SA itself: Child SAs and what is under way. */
void children_end(struct ike_sa *sa);
void child_announce(struct ike_sa *sa, const struct child *child, const char *what);
/* The time before the end at which to begin, of a lifetime in seconds. */
uint64_t rekey_margin_ms(struct ike_sa *sa, uint32_t life);

/* ike_create.c, ike_create_i.c, ike_create_r.c */
struct xchg *x_new(struct ike_sa *sa, bool initiator, bool ike);
void x_end(struct xchg *x);
int x_dh_generate(struct xchg *x);
int x_dh_shared(struct xchg *x);
int x_keep_secret(struct xchg *x, const uint8_t *data, size_t len);
void x_result(struct xchg *x, int error, const uint8_t *data, size_t len);
int x_child_prepare(struct xchg *x);
void x_spi(struct xchg *x, const uint8_t spi[4]);
void x_install(struct xchg *x);
/* Our nonces hold the lowest of the four: ours goes. */
bool x_loses(const struct xchg *x);
void x_collides(struct xchg *ours, const struct xchg *theirs);
/* What a Child SA may be rekeyed with; the number. */
unsigned int x_proposals(const struct ike_sa *sa, bool responder, struct ike_proposal *list);
int rekey_child(struct ike_sa *sa);
/* The first Child SA of a branch. */
void create_child(struct ike_sa *b);
void create_i_send(struct ike_sa *sa);
/* The peer has deleted @spi, which may be what it answers, or has answered, to what we ask for. */
void create_i_gone(struct ike_sa *sa, const uint8_t spi[4]);
void create_i_dh_done(struct xchg *x, int error, const uint8_t *data, size_t len);
void create_i_spi_done(struct xchg *x, int error, const uint8_t *data, size_t len);
void create_i_shared_done(struct xchg *x, int error, const uint8_t *data, size_t len);
void create_i_installed(struct xchg *x, int error, const uint8_t *data, size_t len);
void create_i_failed(struct xchg *x, const char *why);
/* All its key exchanges are over. */
void create_i_go_on(struct xchg *x);
/* Another Child SA of the conn stands, and stays. */
void create_i_beaten(struct xchg *x);
void create_child_request(struct ike_sa *sa, struct msg *m);
void create_child_response(struct ike_sa *sa, struct msg *m);
void create_r_refuse(struct xchg *x, uint16_t type);
/* True: the peer's KE is of another group than the chosen one, and it was answered so. */
bool create_r_wrong_group(struct xchg *x, uint16_t group, struct view ke);
int create_r_begin(struct xchg *x, struct view nonce, struct view ke);
void create_r_dh_done(struct xchg *x, int error, const uint8_t *data, size_t len);
void create_r_shared_done(struct xchg *x, int error, const uint8_t *data, size_t len);
void create_r_spi_done(struct xchg *x, int error, const uint8_t *data, size_t len);
void create_r_installed(struct xchg *x, int error, const uint8_t *data, size_t len);

/* ike_followup.c: RFC 9370 2.2.4 */
void followup_forget(struct xchg *x);
/* There is one more to come. */
bool followup_due(const struct xchg *x);
/* What the peer names it by, from its answer; false: it does not. */
bool followup_link(struct xchg *x, const struct ike_payloads *in);
void followup_i_next(struct xchg *x);
void followup_i_send(struct xchg *x);
void followup_i_dh_done(struct xchg *x, int error, const uint8_t *data, size_t len);
void followup_i_shared_done(struct xchg *x, int error, const uint8_t *data, size_t len);
void followup_response(struct ike_sa *sa, struct msg *m);
/* The link, if there is more to come. */
void w_followup(struct ike_writer *w, struct xchg *x);
void followup_w_answer(struct xchg *x, struct ike_writer *w);
/* It was answered so far, and the next one is due. */
void followup_r_wait(struct xchg *x);
/* It ends without an answer. */
void followup_r_end(struct xchg *x);
/* The peer has begun something else: what waits for it does so in vain. */
void followup_r_forsake(struct ike_sa *sa);
void followup_r_answered(struct xchg *x, int error, const uint8_t *data, size_t len);
void followup_request(struct ike_sa *sa, struct msg *m);

/* ike_rekey.c: IKE SAs */
int rekey_ike(struct ike_sa *sa);
void rekey_ike_later(struct ike_sa *sa, uint64_t ms);
void rekey_i_write(struct xchg *x, struct ike_writer *w);
/* What of the answer is not as a Child SA's; false: it cannot be. */
bool rekey_i_answer(struct xchg *x, struct ike_offers *offers);
void rekey_i_done(struct xchg *x);
void rekey_i_lost(struct xchg *x);
void rekey_r_request(struct ike_sa *sa, struct msg *m);
void rekey_r_done(struct xchg *x);
/* The Child SAs of @from are @to's from now on. */
void sa_inherit(struct ike_sa *to, struct ike_sa *from);
/* If @sa may inherit from one that still stands, it does. */
void heir_claim(struct ike_sa *sa);
struct ike_sa *heir_find(struct ike_sa *sa);

#endif
