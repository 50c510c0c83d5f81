/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Everything that holds a key for longer than a moment: pre-shared and private keys (creds.c) and private
 * Diffie-Hellman values. It serves the engine's slow requests in a thread of its own, so the event loop
 * never waits. The interface is small so that it can move into a process of its own.
 */
#ifndef PLUTO_VAULT_H
#define PLUTO_VAULT_H

#include "creds.h"
#include "engine.h"

/* Called from the event loop with the result of a request: as ike_result(). */
typedef void (*vault_result_fn)(uint32_t id, int error, const uint8_t *data, size_t len);

/* 0 or -errno. */
int vault_open(vault_result_fn result);
/* Ends the thread and wipes everything. */
void vault_close(void);

/*
 * Requests of the engine: IKE_DH_GENERATE, IKE_DH_SHARED, IKE_KE_ANSWER, IKE_AUTH_MAKE, IKE_AUTH_CHECK (for these @conn, read
 * before this returns; may be NULL); and IKE_DH_FORGET.
 */
void vault_serve(const struct ike_action *action, const struct conn_creds *conn);

#endif
