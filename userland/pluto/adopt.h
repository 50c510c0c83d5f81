/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an earlier pluto left when it ended without doing so: its SAs and eroutes go on carrying traffic. When a conn is
 * loaded that they belong to they are its own, until a Child SA takes over from them, the conn is taken down or unloaded,
 * or the kernel ends them. Their peer keeps an IKE SA with a pluto that is gone: nobody can be told when they end, nor asked
 * whether he lives. So new ones are asked for: at once for auto=route, else when their lifetime nears its end, or when
 * nothing answers to what they carry.
 */
#ifndef PLUTO_ADOPT_H
#define PLUTO_ADOPT_H

#include "child.h"
#include "conn.h"
#include "pfkey.h"

/* Reads what there is. Changes nothing. */
void adopt_open(void);
/* What belongs to @conn, which was just loaded and oriented, becomes its own. */
void adopt_conn(struct pfkey *pk, const struct conn *conn);
/*
 * @by, of @conn or an instance of it, stands, and has the eroutes: what was adopted from the same peer ends. The old inbound
 * SAs stay a while for what is on its way.
 */
void adopt_superseded(struct pfkey *pk, const struct conn *conn, const struct child *by);
/* Ends what @conn adopted. */
void adopt_drop(struct pfkey *pk, const char *conn);
/* All conns are loaded: what belongs to none of them goes. */
void adopt_sweep(struct pfkey *pk);
/* All goes, as at every orderly end. */
void adopt_close(struct pfkey *pk);
/* There is something of an earlier pluto. */
bool adopt_any(void);

/* An SA to be added has the SAID of one that was adopted: that one goes. False: it was none of these. */
bool adopt_give_way(struct pfkey *pk, const struct said *said);

/* SADB_EXPIRE, at any time; adopt_serve() does what is to be done. True: it was about one of these. */
bool adopt_expired(const struct pfkey_msg *msg);
/* An authenticated packet of the SA @spi_in has come, in UDP, from @remote. What is not behind a NAT itself follows. */
void adopt_moved(struct pfkey *pk, const uint8_t spi_in[4], const struct ike_addr *remote);
/* Messages were lost, perhaps one of those. */
void adopt_lost(void);
void adopt_serve(struct pfkey *pk);
/* When adopt_serve() is due next. */
uint64_t adopt_deadline(void);

/* The far end of one is @addr and nothing else; of @asker itself none counts, who has come back. */
bool adopt_client(const struct ip_addr *addr, const struct ike_addr *asker);

/* The near end of one is @addr and nothing else: an earlier pluto put it on the device. */
bool adopt_source(const struct ip_addr *addr);

/* Whether traffic of @conn goes by what it adopted; then @out and @in (SPI 0: none) are the SAs. */
bool adopt_carries(const char *conn, struct said *in, struct said *out);

#endif
