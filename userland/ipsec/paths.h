/* SPDX-License-Identifier: GPL-2.0 */
/* Where things are: the same built, installed, or moved. */
#ifndef KLIPS_IPSEC_PATHS_H
#define KLIPS_IPSEC_PATHS_H

/*
 * Directory of the programs behind ipsec (pluto): $IPSEC_EXECDIR, else ../libexec/ipsec
 * as seen from this program. Absolute, never NULL; what it points to need not exist.
 */
const char *path_exec_dir(void);

/* Directory of ipsec.conf: $IPSEC_CONFS, else /etc. */
const char *path_conf_dir(void);

#endif
