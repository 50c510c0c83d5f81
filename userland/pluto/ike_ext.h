/* SPDX-License-Identifier: GPL-2.0 */
/* What other RFCs add to 7296, and transport mode: the part of ike_internal.h that is about it. */
#ifndef PLUTO_IKE_EXT_H
#define PLUTO_IKE_EXT_H

#include "ike_internal.h"

/* ike_send.c */
struct piece {
	uint8_t exchange;
	bool response;
	uint32_t id;
	uint8_t first;			/* type of the first payload inside */
	uint16_t number, total;		/* total 0: SK */
	const uint8_t *plain;
	size_t len;
};

/* Header and SK, or SKF with @number of @total: into @buf. Returns the length or 0. */
size_t sa_seal(struct ike_sa *sa, const struct piece *p, uint8_t *buf, size_t cap);
size_t sa_sealed_len(const struct ike_sa *sa, size_t plain);
/* @data: one or more messages. */
void ike_send_all(struct ike_engine *e, const struct ike_addr *local, const struct ike_addr *remote,
		  const uint8_t *data, size_t len);

/* ike_frag.c: RFC 7383 */
/* Whether we offer it in IKE_SA_INIT; @sa->conn NULL: whether any conn would that it can be. */
bool frag_offered(const struct ike_sa *sa);
/* Bytes of the longest message that goes whole, 0: any. */
size_t frag_room(const struct ike_sa *sa, bool response);
/* All of @whole in fragments into the engine's buffer. Returns the length or 0. */
size_t frag_seal(struct ike_sa *sa, const struct piece *whole, size_t room);
/* Fills .number and .total; false: @m is a fragment that is not to be. */
bool frag_parse(const struct ike_sa *sa, struct msg *m);
/* Not one that is here already, or of another cut than those that are. */
bool frag_wanted(const struct ike_sa *sa, const struct msg *m);
/* Keeps @m, which was opened. Its last one makes @m the whole message: what .plain shows then is the caller's. */
uint8_t *frag_gather(struct ike_sa *sa, struct msg *m);
/* Only the first fragment of a request that was answered asks for the answer again, RFC 7383 2.6.1. */
bool frag_repeats(struct ike_sa *sa, struct msg *m);
void frag_forget(struct ike_sa *sa, bool response);

/* ike_intermediate.c: RFC 9242, RFC 9370 */
#define IKE_MAX_INT_AUTH (2 * IKE_MAX_PRF + 4)
/* The peer's value for @method, of the right length; @answer: to ours. False: there is none. */
bool ke_value(const struct ike_payloads *in, uint16_t method, bool answer, struct view *value);
/* What AUTH covers of the IKE_INTERMEDIATE exchanges: bytes, 0 if there was none. */
size_t inter_octets(const struct ike_sa *sa, uint8_t out[IKE_MAX_INT_AUTH]);
/* The next one; after the last IKE_AUTH begins. */
void inter_i_next(struct ike_sa *sa);
void inter_i_dh_done(struct ike_sa *sa, int error, const uint8_t *data, size_t len);
void inter_i_response(struct ike_sa *sa, struct msg *m);
void inter_i_shared_done(struct ike_sa *sa, int error, const uint8_t *data, size_t len);
void inter_r_request(struct ike_sa *sa, struct msg *m);
void inter_r_answered(struct ike_sa *sa, int error, const uint8_t *data, size_t len);

/* ike_ppk.c: RFC 8784 */
void ppk_forget(struct ike_sa *sa);
/* Whether we say in IKE_SA_INIT that we know it; @sa->conn NULL: whether any conn would that it can be. */
bool ppk_wanted(const struct ike_sa *sa);
/* Mixes one into the keys. NULL, or why the attempt is over. */
const char *ppk_i_begin(struct ike_sa *sa);
/* AUTH is to be made without it, too, and before. */
bool ppk_i_without_first(const struct ike_sa *sa);
/* The keys with it and those without are exchanged. */
void ppk_swap(struct ike_sa *sa);
int ppk_i_keep(struct ike_sa *sa, struct view auth);
void w_ppk_i(struct ike_writer *w, const struct ike_sa *sa);
/* As the peer answers, the keys are those with it or without; false: with it was insisted on. */
bool ppk_i_answered(struct ike_sa *sa, const struct ike_payloads *in);
/* NULL and the right keys, and maybe *instead of what AUTH holds; or why it is refused. */
const char *ppk_r_begin(struct ike_sa *sa, const struct ike_payloads *in, struct view *instead);

/* ike_qcd.c: RFC 6290 */
void w_qcd(struct ike_writer *w, const struct ike_sa *sa);
/* The peer's token, from what is authenticated. */
void qcd_note(struct ike_sa *sa, const struct ike_payloads *in);
/* True: the packet is of an IKE SA that is gone, and was answered with its token. */
bool qcd_answer(struct ike_engine *e, const struct msg *m);
/* @m came in the clear and has the peer's token. */
bool qcd_proved(const struct ike_sa *sa, const struct msg *m);
void qcd_gone(struct ike_sa *sa);

/* ike_mobike.c: RFC 4555 */
struct mobike_asked {
	bool update;			/* the peer is where this comes from */
	bool natd;			/* it wants to know of NATs */
	uint16_t refused;		/* notify in place of .update, 0: none */
	struct view cookie;		/* to be sent back, .p NULL: none */
};

bool mobike_wanted(const struct ike_conn *conn);
/* The initiator goes to port 4500 after this answer to IKE_SA_INIT, with or without a NAT. */
bool mobike_floats(const struct ike_sa *sa, const struct ike_payloads *in);
/* The peer forbids NATs, and says other addresses than @m has. */
bool mobike_nat_unexpected(const struct ike_payloads *in, const struct msg *m);
/* What an INFORMATIONAL asks for; false: malformed. */
bool mobike_read(const struct ike_sa *sa, const struct msg *m, struct mobike_asked *a);
void mobike_answer(const struct ike_sa *sa, const struct msg *m, const struct mobike_asked *a, struct ike_writer *w);
/* After it was answered. */
void mobike_done(struct ike_sa *sa, const struct msg *m, const struct mobike_asked *a);
/* Asking whether the peer lives asks how it sees us, too: a NAT may have forgotten us (RFC 4555 3.8). */
void mobike_ask(struct ike_sa *sa, struct ike_writer *w);
/* .send_update and .send_probe. */
void mobike_write(struct ike_sa *sa, struct ike_writer *w);
/* Of an answer to those; false: the IKE SA is to end. */
bool mobike_response(struct ike_sa *sa, const struct msg *m, bool update, bool probe);

/* encapsulation=auto, and what was found out since. */
enum ike_encap conn_encap(const struct ike_conn *conn);
/* Nothing has come through the Child SA of @sa yet, and UDP could help. */
bool eaten_watched(const struct ike_sa *sa);
/* Packets of it so far: whether a firewall may eat them. */
bool eaten_look(struct ike_sa *sa, uint64_t in, uint64_t out);
/* The peer lives: if nothing but IKE comes from it, ESP goes in UDP. */
void eaten_act(struct ike_sa *sa);
/* The tunnel that was to go in UDP is up, or it failed. */
void eaten_trial_over(struct ike_conn *conn, bool ok);

/* ike_pool.c */
/* @conn, an instance for @sa's peer, gets an address of its pool unless it has one: 0 or -ENOSPC. @wish: what the peer would like. */
int pool_lease(struct ike_conn *conn, const struct ike_sa *sa, const struct ike_addr *wish);
void pool_release(struct ike_conn *conn);
void pools_free(struct ike_engine *e);

/* ike_instance.c */
/* It is for any peer, and stands for none. */
bool conn_is_template(const struct ike_conn *conn);
/* Of the selectors that @peer wants for its side those that the template @conn lets it have: how many. */
unsigned int instance_ts(const struct ike_conn *conn, const struct ike_addr *peer, const struct ike_ts_list *want,
			 struct ike_ts out[IKE_MAX_TS]);
/* The instance of @of for the peer of @sa, which has proved who it is; NULL: there is none. */
struct ike_conn *instance_find(const struct ike_conn *of, const struct ike_sa *sa);
/*
 * IKE_AUTH, when the conn and the selectors are found: @sa goes to the instance for its peer. @wish: the address that it would like,
 * where the conn has a pool. 0, or the notify that says why there is no Child SA.
 */
uint16_t instance_enter(struct ike_sa *sa, const struct ike_addr *wish);
/* @conn itself, or its instance for the peer of @trunk, which may be made; NULL: there can be none. */
struct ike_conn *instance_by(struct ike_sa *trunk, struct ike_conn *conn);
/* The address, if one was asked for and lent. */
void w_lease(struct ike_writer *w, const struct ike_sa *sa);
/* Those without an IKE SA end. */
void instances_sweep(struct ike_engine *e);

/* ike_ask.c: RFC 7296 2.19 as who asks */
void w_ask(struct ike_writer *w, const struct ike_sa *sa);
/* What the answer says, into @sa: 0, or the notify that says what is wrong. */
uint16_t ask_answered(struct ike_sa *sa, const struct ike_payloads *in);
/* The selectors of our side as the peer has them, and of those only the address that it gave: how many. */
unsigned int ask_narrow(const struct ike_sa *sa, const struct ike_ts_list *list, struct ike_ts *out);
/* The peer is who it says: the conn has what it gave. */
void ask_take(struct ike_sa *sa);
void ask_forget(struct ike_sa *sa);

/* ike_mode.c */
#define MODE_NATTED "type=transport through a NAT is not built: type=tunnel, with encapsulation in UDP, works there"
void w_mode(struct ike_writer *w, bool transport);
bool mode_said(const struct ike_payloads *in);
/* Between us and the peer is a NAT, through which transport mode does not go. */
bool mode_natted(const struct ike_sa *sa);
/* @conn can be what the peer asks for: transport mode if @asked, which a tunnel may decline. */
bool mode_possible(const struct ike_sa *sa, const struct ike_conn *conn, bool asked);
void mode_log_refused(const struct ike_sa *sa, const struct ike_conn *conn, bool asked);

#endif
